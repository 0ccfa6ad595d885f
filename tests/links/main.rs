//! Links that fail: devices at the built-in broker and on serial ports that vanish, come back, fall silent, flood or
//! talk rubbish, against a real daemon. What is lost is counted, and the others do not notice.
//!
//! Random parts print their seed; `PORTICO_SEED=…` repeats one. `PORTICO_LINK_ROUNDS=…` repeats the short faults so often,
//! `PORTICO_OUTAGE_S=600` makes the outages last so long.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failure stops its test and says where.

#[path = "../support/mod.rs"]
mod support;

mod flood;
mod life;
mod serial;
mod takeover;

use std::time::{Duration, Instant};

use serde_json::Value;
use support::Daemon;

/// How long anything may take on a machine that has other things to do.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A number of the environment, for the long forms.
pub fn asked_for(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

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

/// The journal's entries of a kind, oldest first, however many.
pub fn journal(daemon: &Daemon, kind: &str) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let page = daemon.get(&format!("/api/v1/journal?limit=1000&kind={kind}&after={after}"));
        let entries = page["entries"].as_array().unwrap();
        if entries.is_empty() {
            return all;
        }
        all.extend(entries.iter().cloned());
        after = page["next"].as_u64().unwrap();
    }
}
