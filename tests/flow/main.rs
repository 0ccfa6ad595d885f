//! Bytes in, bytes out: what devices say to a running gateway, and what comes of it on every way out.
//!
//! The daemon is a child process with its real disk, broker and web server; devices are sockets and pseudo-terminals;
//! the system above is the collector of `firmware-sim`. Looks into no memory of the gateway.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failure stops its test and says where.

#[path = "../support/mod.rs"]
mod support;

mod alerts;
mod broker;
mod plan;
mod resume;
mod scans;
mod stream;
mod undo;
mod wire;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stream::Stream;
use support::Daemon;
use support::mqtt::{Client, Packet};
use support::patience::within;

/// How long anything may take on a machine that has other things to do.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Looks until `found` gives something.
pub fn until<T>(what: &str, found: impl FnMut() -> Option<T>) -> T {
    within(PATIENCE, what, found)
}

/// A gateway in whose time zone it is about noon, so that no test meets midnight; with a plan of guests.
pub fn gateway(dir: &Path, plan: &str, extra: &str) -> Daemon {
    let mut daemon = Daemon::prepare(dir, extra);
    daemon.in_noon_zone();
    if !plan.is_empty() {
        fs::write(dir.join("plan.csv"), plan).unwrap();
    }
    daemon.run();
    daemon
}

/// A moment so many seconds from now, as the wire has it.
pub fn moment(seconds: i64) -> String {
    let at = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds);
    format!("{at:.3}")
}

/// The next message that this connection is sent.
pub fn next_message(client: &mut Client) -> (String, Vec<u8>, bool) {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(Packet::Publish { topic, payload, retain, .. }) = client.wait(Duration::from_secs(1)).unwrap() {
            return (topic, payload, retain);
        }
    }
    panic!("no message within {} s", PATIENCE.as_secs());
}

/// The next message as JSON.
pub fn next_json(client: &mut Client) -> Value {
    let (topic, payload, _) = next_message(client);
    serde_json::from_slice(&payload).unwrap_or_else(|fault| panic!("{topic}: {fault}: {payload:?}"))
}

/// A scan's payload.
pub fn scan(scan_id: &str, code: &str) -> Vec<u8> {
    json!({"scan_id": scan_id, "code": code, "at": moment(0), "direction": "entry"}).to_string().into_bytes()
}
