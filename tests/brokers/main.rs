//! Other people's MQTT: Debian's `mosquitto_pub` and `mosquitto_sub` against our broker, and a real Mosquitto as the
//! existing broker that our client connects to, which dies, forgets and comes back.
//!
//! Without Mosquitto installed (`apt-get install mosquitto mosquitto-clients`) each test says so and passes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failure stops its test and says where.

#[path = "../support/mod.rs"]
mod support;

mod clients;
mod faults;
mod mosquitto;
mod outages;
mod traffic;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use mosquitto::Mosquitto;
use serde_json::Value;
use support::Daemon;
use support::mqtt::Client;
pub use support::process::counter;
use support::proxy::Proxy;

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
        std::thread::sleep(Duration::from_millis(50));
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

/// How often each scan id stands in the journal.
pub fn scans(daemon: &Daemon) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    for entry in journal(daemon, "scan") {
        *count.entry(entry["body"]["scan_id"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    count
}

/// A gateway that listens to this broker, and hears it.
pub fn gateway(dir: &Path, broker: &Mosquitto, extra: &str) -> Daemon {
    let daemon = Daemon::start(dir, &format!("[[mqtt.broker]]\nurl = \"mqtt://{}\"\n{extra}", broker.address));
    hears(&daemon, broker, "first");
    daemon
}

/// A gateway that reaches this broker through `network`, and hears it.
pub fn gateway_behind(dir: &Path, network: &Proxy, broker: &Mosquitto, extra: &str) -> Daemon {
    let link = format!("[[mqtt.broker]]\nurl = \"mqtt://{}\"\nkeep_alive = \"5s\"\n{extra}", network.address);
    let daemon = Daemon::start(dir, &link);
    hears(&daemon, broker, "first");
    daemon
}

/// Waits until what is published at the broker reaches the gateway. A broker forgets what nobody has subscribed to
/// yet, so this asks with a new scan each time.
pub fn hears(daemon: &Daemon, broker: &Mosquitto, word: &str) {
    let mut kiosk = broker.client(&format!("probe-{word}"));
    let mut number = 0;
    until("the gateway hears the broker", || {
        number += 1;
        scan(&mut kiosk, "K00", &format!("probe-{word}-{number}"));
        scans(daemon).keys().any(|id| id.starts_with(&format!("probe-{word}"))).then_some(())
    });
}

/// Publishes a scan; returns when the broker has acknowledged it.
pub fn scan(client: &mut Client, kiosk: &str, scan_id: &str) {
    let payload = format!(r#"{{"scan_id":"{scan_id}","code":"X-1"}}"#);
    client.publish_and_wait(&format!("reception/v1/kiosk/{kiosk}/scan"), payload.as_bytes()).unwrap();
}
