//! Copies of the journal and what they are good for: the day's backup, a fresh machine that goes on from one, and the
//! audit that finds whatever was changed and says where.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failure stops its test and says where.

#[path = "../support/mod.rs"]
mod support;

mod audit;
mod daily;
mod fresh;

use std::time::{Duration, Instant};

/// How long anything may take on a machine that has other things to do.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Looks until `found` gives something.
pub fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "{what}: not within {} s", PATIENCE.as_secs());
        std::thread::sleep(Duration::from_millis(20));
    }
}
