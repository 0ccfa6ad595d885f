//! Through an existing broker: verdicts and alerts go back, the unreadable and the huge do not stop the flow, and a
//! broker that sends as much at once as it likes is listened to.

use serde_json::{Value, json};

use crate::mosquitto::Mosquitto;
use crate::support::mqtt::{Client, Packet};
use crate::{PATIENCE, counter, gateway, scan, scans, until};

fn next(client: &mut Client) -> (String, Value) {
    match client.wait(PATIENCE).unwrap() {
        Some(Packet::Publish { topic, payload, .. }) => (topic, serde_json::from_slice(&payload).unwrap()),
        other => panic!("no message but {other:?}"),
    }
}

#[test]
fn verdicts_and_alerts_come_back() {
    let Some(broker) = Mosquitto::start("") else { return };
    let dir = tempfile::tempdir().unwrap();
    let daemon = gateway(dir.path(), &broker, "[rules.room_climate]\nhold = \"1s\"");
    let mut kiosk = broker.client("K01");
    kiosk.subscribe("reception/v1/kiosk/K01/verdict").unwrap();
    scan(&mut kiosk, "K01", "K01-1");
    let (_, verdict) = next(&mut kiosk);
    assert_eq!((&verdict["scan_id"], &verdict["verdict"]), (&json!("K01-1"), &json!("not_found")));
    // The same again through the broker: the same verdict, no second entry.
    scan(&mut kiosk, "K01", "K01-1");
    assert_eq!(next(&mut kiosk).1, verdict);
    assert_eq!(scans(&daemon)["K01-1"], 1);

    let mut pager = broker.client("pager");
    pager.subscribe("reception/v1/alert").unwrap();
    let mut sensor = broker.client("s1");
    sensor.publish_and_wait("reception/v1/room/lobby/sensor/s1", br#"{"temperature":31}"#).unwrap();
    for state in ["pending", "firing"] {
        let (_, alert) = next(&mut pager);
        assert_eq!((&alert["rule"], &alert["state"]), (&json!("room_climate"), &json!(state)));
    }
}

#[test]
fn what_is_unreadable_or_huge_is_acknowledged_and_the_flow_goes_on() {
    let Some(broker) = Mosquitto::start("") else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = gateway(dir.path(), &broker, "");
    let mut device = broker.client("s1");
    let sizes = [1_000_000, 9_000_000];
    for size in sizes {
        device.publish_and_wait("reception/v1/room/lobby/sensor/s1", &vec![b'7'; size]).unwrap();
    }
    device.publish_and_wait("reception/v1/kiosk/K01/scan", b"\xff\x00").unwrap();
    scan(&mut device, "K01", "K01-after");
    until("the scan after them", || scans(&daemon).contains_key("K01-after").then_some(()));
    let told = |entries: &[Value]| -> Vec<u64> {
        entries.iter().map(|entry| entry["body"]["bytes"].as_u64().unwrap()).collect()
    };
    assert_eq!(told(&daemon.journal("rejected")), [1_000_000, 9_000_000, 2]);
    assert_eq!(counter(&daemon, r#"portico_links_lost_total{link="broker:portico-test"}"#), 0);
    // They were acknowledged: they do not come again.
    assert!(daemon.stop().success());
    daemon.run();
    crate::hears(&daemon, &broker, "again");
    assert_eq!(daemon.journal("rejected").len(), 3);
}

#[test]
fn a_broker_without_a_limit_of_its_own_is_listened_to() {
    let Some(broker) = Mosquitto::start("max_inflight_messages 0\nmax_inflight_bytes 0") else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = gateway(dir.path(), &broker, "");
    assert!(daemon.stop().success());
    let mut kiosk = broker.client("K01");
    for number in 0..5_000 {
        let payload = format!(r#"{{"scan_id":"K01-{number}","code":"X-1"}}"#);
        kiosk.publish("reception/v1/kiosk/K01/scan", payload.as_bytes()).unwrap();
    }
    // Acknowledged in order, so the broker has them all when it has the last.
    scan(&mut kiosk, "K01", "K01-last");
    daemon.run();
    until("the last of them", || scans(&daemon).contains_key("K01-last").then_some(()));
    let scans = scans(&daemon);
    assert!((0..5_000).all(|number| scans.get(&format!("K01-{number}")) == Some(&1)), "{} scans", scans.len());
    assert_eq!(counter(&daemon, r#"portico_links_lost_total{link="broker:portico-test"}"#), 0, "{}", daemon.log());
}
