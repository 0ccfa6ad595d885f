//! Through an existing broker: a network that goes away without a word, answers that cannot leave, messages of unknown
//! age, a client that floods. What the broker has acknowledged is kept once and answered, and nobody else is held up.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::mosquitto::Mosquitto;
use crate::support::mqtt::{Client, Hello, Packet, publish_packet};
use crate::support::process::resident_kb;
use crate::support::proxy::Proxy;
use crate::{PATIENCE, counter, gateway, gateway_behind, scan, scans, until};

const UP: &str = r#"portico_link_up{link="broker:portico-test"}"#;
const SESSIONS_LOST: &str = r#"portico_sessions_lost_total{link="broker:portico-test"}"#;
const PASSED_BY: &str = r#"portico_held_passed_by_total{link="broker:portico-test"}"#;
const VERDICT: &str = "reception/v1/kiosk/K01/verdict";
/// Of the configuration that these tests use, and how often it may pass before the loss must be seen.
const KEEP_ALIVE: Duration = Duration::from_secs(5);
const KEEP_ALIVES_MAX: u32 = 3;

fn verdicts(kiosk: &mut Client, want: usize) -> BTreeSet<String> {
    let mut told = BTreeSet::new();
    let begun = Instant::now();
    while told.len() < want {
        assert!(begun.elapsed() < PATIENCE, "{} verdicts of {want}", told.len());
        if let Some(Packet::Publish { payload, .. }) = kiosk.wait(Duration::from_secs(1)).unwrap() {
            let verdict: Value = serde_json::from_slice(&payload).unwrap();
            told.insert(verdict["scan_id"].as_str().unwrap().to_owned());
        }
    }
    told
}

fn device(gateway: &crate::Daemon, id: &str) -> Value {
    let devices = gateway.get("/api/v1/overview")["devices"].clone();
    devices.as_array().unwrap().iter().find(|device| device["id"] == id).cloned().unwrap_or(Value::Null)
}

/// `PORTICO_OUTAGE_S=600` for ten minutes.
#[test]
fn a_network_that_goes_away_without_a_word_is_noticed_and_costs_nothing() {
    let Some(broker) = Mosquitto::start("") else { return };
    let network = Proxy::before(broker.address);
    let dir = tempfile::tempdir().unwrap();
    let daemon = gateway_behind(dir.path(), &network, &broker, "");
    let mut kiosk = broker.client("K01");
    kiosk.subscribe(VERDICT).unwrap();

    network.go_away();
    let begun = Instant::now();
    let mut sent = BTreeSet::new();
    let mut speak = |count: usize| {
        for _ in 0..count {
            let id = format!("gone-{}", sent.len());
            scan(&mut kiosk, "K01", &id);
            sent.insert(id);
        }
    };
    speak(20);
    until("the loss is seen", || (counter(&daemon, UP) == 0).then_some(()));
    println!("seen after {} ms with a keep-alive of {} s", begun.elapsed().as_millis(), KEEP_ALIVE.as_secs());
    assert!(begun.elapsed() < KEEP_ALIVE * KEEP_ALIVES_MAX, "seen after {:?}", begun.elapsed());
    until("the device list says it", || {
        (device(&daemon, "link/broker:portico-test")["state"] == "offline").then_some(())
    });
    let seconds = std::env::var("PORTICO_OUTAGE_S").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    while begun.elapsed() < Duration::from_secs(seconds) {
        speak(1);
        std::thread::sleep(Duration::from_secs(1));
    }
    speak(20);
    network.come_back();
    assert_eq!(verdicts(&mut kiosk, sent.len()), sent);
    let kept = scans(&daemon);
    assert!(sent.iter().all(|id| kept.get(id) == Some(&1)), "{kept:?}");
    assert_eq!(counter(&daemon, UP), 1);
    assert_eq!(counter(&daemon, SESSIONS_LOST), 0, "the broker remembered us");
    assert_eq!(device(&daemon, "link/broker:portico-test")["state"], "online");
}

#[test]
fn a_verdict_that_could_not_leave_outlives_the_power_cut() {
    let Some(broker) = Mosquitto::start("") else { return };
    let network = Proxy::before(broker.address);
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = gateway_behind(dir.path(), &network, &broker, "");
    let mut kiosk = broker.client("K01");
    kiosk.subscribe(VERDICT).unwrap();
    // The connection by which verdicts leave gets nowhere from now on; the one that hears scans is there again.
    network.bar(Some("portico-test-out"));
    network.go_away();
    until("the loss is seen", || (counter(&daemon, UP) == 0).then_some(()));
    network.come_back();
    until("the link is up", || (counter(&daemon, UP) == 1).then_some(()));
    let ids: BTreeSet<String> = (0..10).map(|number| format!("K01-{number}")).collect();
    for id in &ids {
        scan(&mut kiosk, "K01", id);
    }
    until("the scans are kept", || ids.iter().all(|id| scans(&daemon).contains_key(id)).then_some(()));
    assert_eq!(kiosk.wait(Duration::from_millis(200)).unwrap(), None, "no verdict can have come");
    daemon.kill();
    network.bar(None);
    daemon.run();
    assert_eq!(verdicts(&mut kiosk, ids.len()), ids);
    assert!(scans(&daemon).values().all(|count| *count == 1));
}

#[test]
fn what_a_broker_had_held_is_no_reading_of_now_and_no_sign_of_life() {
    let Some(broker) = Mosquitto::start("") else { return };
    let dir = tempfile::tempdir().unwrap();
    // Said yesterday, as far as anybody knows.
    let mut old = broker.client("old");
    let held: [(&str, &[u8]); 4] = [
        ("reception/v1/room/lobby/sensor/s1", br#"{"temperature":31}"#),
        ("reception/v1/kiosk/K01/status", b"online"),
        ("reception/v1/kiosk/K02/status", b"offline"),
        ("zigbee2mqtt/hall", br#"{"temperature":31}"#),
    ];
    for (number, (topic, payload)) in held.into_iter().enumerate() {
        let id = u16::try_from(number).unwrap() + 1;
        old.send(&publish_packet(topic, payload, Some(id), true)).unwrap();
        assert_eq!(old.wait(PATIENCE).unwrap(), Some(Packet::PubAck(id)));
    }
    let sensor = "[[sensor]]\ntopic = \"zigbee2mqtt/hall\"\nformat = \"zigbee2mqtt\"\nroom = \"hall\"";
    let mut daemon = gateway(dir.path(), &broker, sensor);
    for life in 1..=2 {
        until("they are passed by", || (counter(&daemon, PASSED_BY) == 3).then_some(()));
        assert_eq!(daemon.journal("reading"), [] as [Value; 0], "life {life}");
        assert!(device(&daemon, "kiosk/K01")["heard_at"].is_null(), "{}", device(&daemon, "kiosk/K01"));
        assert_eq!(device(&daemon, "kiosk/K02")["state"], "offline", "a goodbye holds until it is taken back");
        assert!(device(&daemon, "sensor/lobby/s1")["heard_at"].is_null());
        // Asked for again at each connection, and held again.
        assert!(daemon.stop().success());
        daemon.run();
    }
    // The same said now counts, also with the flag.
    let mut sensor = broker.client("s1");
    sensor.send(&publish_packet(held[0].0, held[0].1, Some(1), true)).unwrap();
    let reading = until("the reading of now", || daemon.journal("reading").pop());
    assert_eq!(reading["body"]["temperature"], json!(31));
}

/// Everything comes by one connection, in the broker's order, so a scan waits for the part of the flood before it. What
/// must hold: the memory is bounded, and every scan is answered.
#[test]
fn a_flood_at_the_broker_is_bounded_and_scans_in_it_are_answered() {
    const FLOOD: u64 = 20_000;
    let Some(broker) = Mosquitto::start("") else { return };
    let dir = tempfile::tempdir().unwrap();
    let daemon = gateway(dir.path(), &broker, "");
    let mut kiosk = broker.client("K01");
    kiosk.subscribe(VERDICT).unwrap();
    let before = round_trips(&mut kiosk, "before");
    let idle = resident_kb(daemon.pid());
    let (during, peak) = std::thread::scope(|scope| {
        scope.spawn(|| {
            let hello = Hello { client_id: "flood", clean: true, keep_alive_s: 0, will: None };
            let mut client = Client::connect(broker.address, &hello).unwrap();
            for number in 0..FLOOD {
                let payload = format!(r#"{{"temperature":{}.5}}"#, number % 10 + 20);
                let topic = "reception/v1/room/lobby/sensor/s1";
                client.send(&publish_packet(topic, payload.as_bytes(), None, false)).unwrap();
            }
        });
        let during = round_trips(&mut kiosk, "during");
        (during, resident_kb(daemon.pid()))
    });
    println!(
        "flood of {FLOOD} messages; scan to verdict {before:?} before, {during:?} during (ratio {:.1}); memory {idle} \
         kB, then {peak} kB",
        during.as_secs_f64() / before.as_secs_f64()
    );
    assert!(peak < idle + 96 * 1024, "memory grew from {idle} to {peak} kB");
}

/// The median time from a scan to its verdict.
fn round_trips(kiosk: &mut Client, word: &str) -> Duration {
    let mut took: Vec<Duration> = (0..15)
        .map(|number| {
            let begun = Instant::now();
            scan(kiosk, "K01", &format!("{word}-{number}"));
            verdicts(kiosk, 1);
            begun.elapsed()
        })
        .collect();
    took.sort();
    took[took.len() / 2]
}
