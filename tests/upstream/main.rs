//! The system above, misbehaving in every way that was thought of, against the real daemon: nothing is lost, no id
//! stands for two contents, what is refused for good is parked and shown, and the rest flows.
//!
//! Long forms: `PORTICO_UPSTREAM_ROUNDS=50` (each fault so often), `PORTICO_FLAP_S=600` (an upstream that flaps for so
//! long), and, with `--release`, `PORTICO_BACKLOG=1000000` (entries that wait).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failure stops the test: that is what it is for.

mod backlog;
mod collector;
mod faults;
mod ledger;
mod line;
mod people;
mod stand;
mod storm;
#[path = "../support/mod.rs"]
mod support;
