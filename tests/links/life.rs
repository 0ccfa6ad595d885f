//! A kiosk with nothing to say: its connection answers, so it is not silent; one whose network is gone is.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::Daemon;
use crate::support::mqtt::{Client, Hello, Packet, publish_packet};
use crate::support::proxy::Proxy;
use crate::until;

const RULES: &str = "[rules.silent]\nkiosk = \"5s\"";
const PING: [u8; 2] = [0xc0, 0];

fn kiosk(address: std::net::SocketAddr, id: &'static str, status: &'static str) -> Client {
    let hello = Hello { client_id: id, clean: true, keep_alive_s: 60, will: Some((status, "offline", true)) };
    Client::connect(address, &hello).unwrap()
}

fn alerts(daemon: &Daemon, subject: &str) -> Vec<Value> {
    daemon.journal("alert").into_iter().filter(|entry| entry["subject"] == subject).collect()
}

fn told(daemon: &Daemon, subject: &str) -> usize {
    daemon.journal("device").iter().filter(|entry| entry["subject"] == subject).count()
}

#[test]
fn an_idle_kiosk_that_answers_is_not_silent_and_one_that_is_cut_off_is() {
    let dir = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(dir.path(), RULES);
    let network = Proxy::before(daemon.mqtt);
    let mut idle = kiosk(daemon.mqtt, "K01", "reception/v1/kiosk/K01/status");
    let mut lost = kiosk(network.address, "K02", "reception/v1/kiosk/K02/status");
    for (client, topic) in [(&mut idle, "reception/v1/kiosk/K01/status"), (&mut lost, "reception/v1/kiosk/K02/status")]
    {
        client.send(&publish_packet(topic, b"online", Some(1), true)).unwrap();
        assert_eq!(client.wait(Duration::from_secs(10)).unwrap(), Some(Packet::PubAck(1)));
    }
    // A bridge that pings says nothing of the kiosks behind it.
    let mut bridge = Client::plain(daemon.mqtt, "bridge").unwrap();
    for name in ["K03", "K04"] {
        bridge.publish_and_wait(&format!("reception/v1/kiosk/{name}/status"), b"online").unwrap();
    }
    // Twice the limit: both ping as clients do, and one of them into a network that is gone.
    network.go_away();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(10) {
        for client in [&mut idle, &mut lost, &mut bridge] {
            client.send(&PING).unwrap();
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    for silent in ["kiosk/K02", "kiosk/K03", "kiosk/K04"] {
        until("who is not heard is silent", || alerts(&daemon, silent).pop());
    }
    assert_eq!(alerts(&daemon, "kiosk/K01"), [] as [Value; 0], "it answered all the time");
    let told = told(&daemon, "kiosk/K01");
    assert!((3..=7).contains(&told), "50 pings in ten seconds made {told} entries");
    let overview = daemon.get("/api/v1/overview");
    let state = |id: &str| {
        let device = overview["devices"].as_array().unwrap().iter().find(|device| device["id"] == id).unwrap().clone();
        device["state"].clone()
    };
    assert_eq!((state("kiosk/K01"), state("kiosk/K02")), (json!("online"), json!("silent")));
}
