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

use mosquitto::Mosquitto;
use support::Daemon;
use support::mqtt::Client;
pub use support::patience::{PATIENCE, until};
pub use support::process::counter;
use support::proxy::Proxy;

/// How often each scan id stands in the journal.
pub fn scans(daemon: &Daemon) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    for entry in daemon.journal("scan") {
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
