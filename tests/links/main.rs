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

pub use support::patience::{PATIENCE, until};

/// A number of the environment, for the long forms.
pub fn asked_for(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}
