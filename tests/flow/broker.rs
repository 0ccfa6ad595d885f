//! The built-in broker as devices meet it: last wills, retained messages, all three qualities of service, MQTT 5, and
//! what nobody can read.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rumqttc::v5;
use serde_json::{Value, json};

use crate::support::Daemon;
use crate::support::mqtt::{Client, Hello, Packet, publish_packet};
use crate::{PATIENCE, Stream, gateway, next_json, next_message, scan, until};

const STATUS: &str = "reception/v1/kiosk/K02/status";
const SCAN: &str = "reception/v1/kiosk/K02/scan";
const READING: &str = "reception/v1/room/lobby/sensor/s1";

/// A kiosk that says `online`, retained, and leaves `offline` as its last will.
fn kiosk_with_will(daemon: &Daemon) -> Client {
    let will = Some((STATUS, "offline", true));
    let hello = Hello { client_id: "K02", clean: true, keep_alive_s: 60, will };
    let mut kiosk = Client::connect(daemon.mqtt, &hello).unwrap();
    kiosk.send(&publish_packet(STATUS, b"online", Some(1), true)).unwrap();
    expect(&mut kiosk, &Packet::PubAck(1));
    kiosk
}

/// The next packet must be this one.
fn expect(client: &mut Client, want: &Packet) {
    assert_eq!(client.wait(PATIENCE).unwrap().as_ref(), Some(want));
}

/// Somebody who subscribes now is told this status of the kiosk's, as one that was held. Who comes while a status is on
/// its way hears the one before, or this one as it passes; so newcomers come until one hears it as held.
fn expect_for_a_newcomer(daemon: &Daemon, want: &str) {
    let begun = Instant::now();
    loop {
        let mut newcomer = Client::plain(daemon.mqtt, "newcomer").unwrap();
        newcomer.subscribe("reception/v1/kiosk/+/status").unwrap();
        let (topic, payload, retained) = next_message(&mut newcomer);
        assert_eq!(topic, STATUS);
        if (&payload[..], retained) == (want.as_bytes(), true) {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{:?}, retained {retained}", String::from_utf8_lossy(&payload));
    }
}

#[test]
fn a_kiosk_whose_cable_is_cut_is_offline_then_silent_then_heard_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = gateway(dir.path(), "", "[rules.silent]\nkiosk = \"5s\"");
    let mut stream = Stream::live(daemon.http);
    let kiosk = kiosk_with_will(&daemon);
    let online = stream.until("device", |event| event.data["subject"] == "kiosk/K02");
    assert_eq!(online.data["body"]["state"], "online");
    expect_for_a_newcomer(&daemon, "online");

    // No DISCONNECT: the connection is simply gone.
    drop(kiosk);
    let offline = stream.until("device", |event| event.data["body"]["state"] == "offline");
    assert_eq!((&offline.name[..], &offline.data["subject"]), ("device", &json!("kiosk/K02")));
    expect_for_a_newcomer(&daemon, "offline");
    let silent = stream.alert("kiosk_silent", "firing");
    assert_eq!(silent.data["subject"], "kiosk/K02");
    assert_eq!(silent.data["body"]["pending_at"], offline.data["received_at"], "the silence begins with the goodbye");

    // The power goes while it is away; what was retained is still there afterwards, and so is the alert.
    daemon.kill();
    daemon.run();
    expect_for_a_newcomer(&daemon, "offline");
    let mut stream = Stream::live(daemon.http);
    let _kiosk = kiosk_with_will(&daemon);
    let heard = stream.alert("kiosk_silent", "resolved");
    assert_eq!(
        (&heard.data["body"]["resolution"], &heard.data["body"]["id"]),
        (&json!("heard"), &silent.data["body"]["id"])
    );
    expect_for_a_newcomer(&daemon, "online");
    let devices = daemon.get("/api/v1/overview")["devices"].clone();
    let kiosk = devices.as_array().unwrap().iter().find(|device| device["id"] == "kiosk/K02").unwrap().clone();
    assert_eq!(kiosk["state"], "online");
}

#[test]
fn a_kiosk_that_says_goodbye_leaves_no_will() {
    let dir = tempfile::tempdir().unwrap();
    let daemon = gateway(dir.path(), "", "");
    let mut kiosk = kiosk_with_will(&daemon);
    kiosk.send(&[0xe0, 0]).unwrap();
    drop(kiosk);
    // A will would be told at once, as in the test above; half a second and a commit later there is none.
    std::thread::sleep(Duration::from_millis(500));
    let mut sensor = Client::plain(daemon.mqtt, "s1").unwrap();
    sensor.publish_and_wait(READING, br#"{"co2":700}"#).unwrap();
    let said: Vec<Value> = daemon.journal("device").iter().map(|entry| entry["body"]["state"].clone()).collect();
    assert!(!said.contains(&json!("offline")), "{said:?}");
    expect_for_a_newcomer(&daemon, "online");
}

#[test]
fn retained_messages_are_let_go_and_outlive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = gateway(dir.path(), "", "");
    let mut owner = Client::plain(daemon.mqtt, "owner").unwrap();
    for (id, topic, payload) in [(1, "venue/a", "1"), (2, "venue/b", "1"), (3, "venue/b", "2"), (4, "venue/a", "")] {
        owner.send(&publish_packet(topic, payload.as_bytes(), Some(id), true)).unwrap();
        expect(&mut owner, &Packet::PubAck(id));
    }
    for stop in [true, false] {
        if stop {
            assert!(daemon.stop().success());
        } else {
            daemon.kill();
        }
        daemon.run();
        let mut newcomer = Client::plain(daemon.mqtt, "newcomer").unwrap();
        newcomer.subscribe("venue/#").unwrap();
        assert_eq!(next_message(&mut newcomer), ("venue/b".to_owned(), b"2".to_vec(), true));
        assert_eq!(newcomer.wait(Duration::from_millis(300)).unwrap(), None, "what was let go does not come back");
    }
    assert_eq!(daemon.journal("rejected"), [] as [Value; 0], "other makes' topics are none of ours");
}

#[test]
fn what_cannot_be_read_is_acknowledged_and_kept_with_its_reason() {
    let dir = tempfile::tempdir().unwrap();
    let daemon = gateway(dir.path(), "", "");
    let mut device = Client::plain(daemon.mqtt, "K02").unwrap();
    device.subscribe("reception/v1/kiosk/K02/verdict").unwrap();
    let long = vec![b'x'; 200_000];
    let bad: [(&str, &[u8]); 6] = [
        (SCAN, br#"{"scan_id":"K02-1","#),
        (SCAN, br#"{"scan_id":"K02-1"}"#),
        (READING, &[0xff, 0xfe, 0, 1]),
        (READING, b""),
        ("reception/v1/kiosk/K02/scans", b"{}"),
        (READING, &long),
    ];
    for (topic, payload) in bad {
        device.publish_and_wait(topic, payload).unwrap();
    }
    device.publish_and_wait(SCAN, &scan("K02-1", "G-1")).unwrap();
    assert_eq!(next_json(&mut device)["verdict"], "not_found", "the next one is heard on the same connection");

    let rejected = daemon.journal("rejected");
    assert_eq!(rejected.len(), bad.len(), "{rejected:#?}");
    for (entry, (topic, payload)) in rejected.iter().zip(bad) {
        let body = &entry["body"];
        assert!(body["link"].as_str().unwrap().contains(topic), "{entry}");
        assert!(body["reason"].as_str().unwrap().len() > 10, "{entry}");
        assert_eq!(body["bytes"], payload.len(), "{entry}");
        let raw = STANDARD.decode(body["raw"].as_str().unwrap()).unwrap();
        assert_eq!(raw, payload[..payload.len().min(1024)], "{entry}");
    }
    assert_eq!(daemon.journal("scan").len(), 1);
    assert_eq!(daemon.journal("reading"), [] as [Value; 0]);
    let (_, metrics) = daemon.request("GET", "/metrics", None);
    assert!(metrics.contains("portico_rejected_total{link=\"mqtt\"} 6"), "{metrics}");
}

#[test]
fn a_device_cannot_speak_with_the_gateways_voice() {
    let dir = tempfile::tempdir().unwrap();
    let daemon = gateway(dir.path(), "", "");
    let mut kiosk = Client::plain(daemon.mqtt, "K01").unwrap();
    kiosk.subscribe("reception/v1/#").unwrap();
    let mut liar = Client::plain(daemon.mqtt, "liar").unwrap();
    for topic in ["reception/v1/kiosk/K01/verdict", "reception/v1/alert"] {
        liar.publish_and_wait(topic, br#"{"scan_id":"K01-1","verdict":"admit"}"#).unwrap();
    }
    liar.publish_and_wait(READING, br#"{"co2":700}"#).unwrap();
    assert_eq!(next_message(&mut kiosk).0, READING, "only what devices may say is handed on");
    assert_eq!(daemon.journal("rejected").len(), 2);
}

#[test]
fn every_quality_of_service_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let daemon = gateway(dir.path(), "", "");
    let mut kiosk = Client::plain(daemon.mqtt, "K02").unwrap();
    kiosk.subscribe("reception/v1/kiosk/K02/verdict").unwrap();

    // QoS 0: nobody acknowledges, but a scan is answered.
    kiosk.send(&publish_packet(SCAN, &scan("K02-1", "X"), None, false)).unwrap();
    assert_eq!(next_json(&mut kiosk)["scan_id"], "K02-1");
    kiosk.send(&publish_packet(READING, br#"{"co2":700}"#, None, false)).unwrap();
    until("the reading", || daemon.journal("reading").pop());

    // QoS 2: PUBREC is the word that it is kept; the repetition before PUBREL makes no second entry.
    let mut packet = publish_packet(SCAN, &scan("K02-2", "X"), Some(7), false);
    packet[0] = 0x34;
    kiosk.send(&packet).unwrap();
    let mut packets = vec![kiosk.wait(PATIENCE).unwrap().unwrap(), kiosk.wait(PATIENCE).unwrap().unwrap()];
    packets.sort_by_key(|packet| matches!(packet, Packet::Publish { .. }));
    assert!(matches!(&packets[..], [Packet::Other(5), Packet::Publish { .. }]), "PUBREC and a verdict: {packets:?}");
    assert_eq!(daemon.journal("scan").len(), 2);
    packet[0] = 0x3c;
    kiosk.send(&packet).unwrap();
    expect(&mut kiosk, &Packet::Other(5));
    kiosk.send(&[0x62, 2, 0, 7]).unwrap();
    expect(&mut kiosk, &Packet::Other(7));
    assert_eq!(daemon.journal("scan").len(), 2);
}

#[tokio::test]
async fn mqtt_5_is_spoken_too() {
    let dir = tempfile::tempdir().unwrap();
    let daemon = gateway(dir.path(), "", "");
    let mut options = v5::MqttOptions::new("K05", daemon.mqtt.ip().to_string(), daemon.mqtt.port());
    options.set_clean_start(true).set_outgoing_inflight_upper_limit(10);
    let (kiosk, mut events) = v5::AsyncClient::new(options, 10);
    kiosk.subscribe("reception/v1/kiosk/K05/verdict", v5::mqttbytes::QoS::AtLeastOnce).await.unwrap();
    let qos = v5::mqttbytes::QoS::AtLeastOnce;
    let (mut acknowledged, mut verdict) = (false, None);
    let talk = async {
        while !acknowledged || verdict.is_none() {
            match events.poll().await.unwrap() {
                v5::Event::Incoming(v5::Incoming::SubAck(_)) => {
                    let payload = scan("K05-1", "X-1");
                    kiosk.publish("reception/v1/kiosk/K05/scan", qos, false, payload).await.unwrap();
                }
                v5::Event::Incoming(v5::Incoming::PubAck(ack)) => {
                    assert_eq!(ack.reason, v5::mqttbytes::v5::PubAckReason::Success);
                    acknowledged = true;
                }
                v5::Event::Incoming(v5::Incoming::Publish(publish)) => verdict = Some(publish.payload),
                v5::Event::Incoming(_) | v5::Event::Outgoing(_) => {}
            }
        }
    };
    tokio::time::timeout(PATIENCE, talk).await.unwrap();
    let verdict: Value = serde_json::from_slice(&verdict.unwrap()).unwrap();
    assert_eq!((&verdict["scan_id"], &verdict["verdict"]), (&json!("K05-1"), &json!("not_found")));
    assert_eq!(daemon.journal("scan").len(), 1);
}
