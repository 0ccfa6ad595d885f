//! Rules at work: from a reading, a silence or the clock to the alert, its acknowledgement and its end.

use serde_json::{Value, json};

use crate::support::mqtt::Client;
use crate::{Stream, gateway, moment, next_json, scan};

fn at(value: &Value) -> jiff::Timestamp {
    value.as_str().unwrap_or_else(|| panic!("no time: {value}")).parse().unwrap()
}

/// The state of the one open alert of a rule; none when there is none.
fn open(daemon: &crate::support::Daemon, rule: &str) -> Option<Value> {
    let overview = daemon.get("/api/v1/overview");
    let mut of_rule: Vec<&Value> =
        overview["alerts"].as_array().unwrap().iter().filter(|alert| alert["rule"] == rule).collect();
    assert!(of_rule.len() <= 1, "{of_rule:?}");
    of_rule.pop().cloned()
}

#[test]
fn a_hot_room_is_told_taken_on_and_done_with() {
    let dir = tempfile::tempdir().unwrap();
    let daemon = gateway(dir.path(), "", "[rules.room_climate]\nhold = \"1s\"");
    let mut stream = Stream::live(daemon.http);
    let mut told = Client::plain(daemon.mqtt, "pager").unwrap();
    told.subscribe("reception/v1/alert").unwrap();
    let mut sensor = Client::plain(daemon.mqtt, "lobby-1").unwrap();
    let topic = "reception/v1/room/lobby/sensor/lobby-1";
    sensor.publish_and_wait(topic, br#"{"temperature":30.0}"#).unwrap();

    let reading = stream.until("reading", |event| event.name == "reading");
    assert_eq!(reading.data["body"], json!({"room": "lobby", "sensor": "lobby-1", "temperature": 30}));
    let pending = stream.alert("room_climate", "pending");
    let firing = stream.alert("room_climate", "firing");
    let body = &firing.data["body"];
    assert_eq!(pending.data["body"]["cause"], reading.seq());
    assert_eq!(pending.data["body"]["id"], body["id"]);
    assert_eq!(body["cause"], Value::Null, "time alone did it");
    let held = at(&body["fired_at"]).duration_since(at(&body["pending_at"]));
    assert_eq!(held, jiff::SignedDuration::from_secs(1));
    assert_eq!(body["at"], body["fired_at"], "it fires at its deadline, however late we wake");
    assert_eq!((&body["values"]["metric"], &body["values"]["value"]), (&json!("temperature"), &json!(30)));
    assert_eq!(open(&daemon, "room_climate").as_ref(), Some(body));

    let id = body["id"].as_str().unwrap();
    let (status, answer) =
        daemon.post(&format!("/api/v1/alerts/{id}/acknowledge"), r#"{"by":"desk","note":"door opened"}"#);
    assert_eq!((status, &answer["state"]), (200, &json!("acknowledged")), "{answer}");
    let taken = stream.alert("room_climate", "acknowledged");
    assert_eq!(taken.data["body"], answer, "the answer is what was committed");
    assert_eq!((&answer["acknowledged_by"], &answer["notes"][0]["text"]), (&json!("desk"), &json!("door opened")));
    assert_eq!(daemon.post(&format!("/api/v1/alerts/{id}/acknowledge"), r#"{"by":"other"}"#).0, 409);

    sensor.publish_and_wait(topic, br#"{"temperature":25.0}"#).unwrap();
    let resolved = stream.alert("room_climate", "resolved");
    assert_eq!(resolved.data["body"]["resolution"], "cleared");
    assert_eq!(open(&daemon, "room_climate"), None);
    let all = daemon.get("/api/v1/alerts?state=all");
    assert_eq!(all["alerts"], json!([resolved.data["body"]]));

    // Who listens on MQTT is told the same four things, in order.
    for shown in [&pending, &firing, &taken, &resolved] {
        assert_eq!(next_json(&mut told), shown.data["body"]);
    }
}

#[test]
fn a_short_breach_never_fires() {
    let dir = tempfile::tempdir().unwrap();
    let daemon = gateway(dir.path(), "", "[rules.room_climate]\nhold = \"20s\"");
    let mut stream = Stream::live(daemon.http);
    let mut sensor = Client::plain(daemon.mqtt, "lobby-1").unwrap();
    for temperature in [30, 25] {
        let payload = format!(r#"{{"temperature":{temperature}}}"#);
        sensor.publish_and_wait("reception/v1/room/lobby/sensor/lobby-1", payload.as_bytes()).unwrap();
    }
    stream.alert("room_climate", "resolved");
    let states: Vec<&Value> =
        stream.entries.iter().filter(|event| event.name == "alert").map(|event| &event.data["body"]["state"]).collect();
    assert_eq!(states, ["pending", "resolved"]);
}

#[test]
fn a_late_guest_is_told_and_arrives() {
    let dir = tempfile::tempdir().unwrap();
    let expected = moment(-60);
    let plan = format!("code,name,tier,expected_at\nG-7,陈伟,guest,{expected}\nG-8,Maria Rossi,vip,{expected}\n");
    let extra = "[rules.late_arrival]\ngrace = \"5s\"\ntiers = { vip = \"10m\" }";
    let daemon = gateway(dir.path(), &plan, extra);
    let mut stream = Stream::whole(daemon.http);
    let late = stream.alert("late_arrival", "firing");
    assert_eq!(late.data["subject"], "guest/G-7");
    assert_eq!(late.data["body"]["values"]["grace_s"], 5);
    assert!(late.data["body"]["values"]["late_by_s"].as_f64().unwrap() >= 60.0, "{:?}", late.data);
    assert_eq!(open(&daemon, "late_arrival").unwrap()["subject"], "guest/G-7", "the other has ten minutes");
    assert_eq!(daemon.get("/api/v1/overview")["guests"]["late"], 1);

    let mut kiosk = Client::plain(daemon.mqtt, "K01").unwrap();
    kiosk.subscribe("reception/v1/kiosk/+/verdict").unwrap();
    kiosk.publish_and_wait("reception/v1/kiosk/K01/scan", &scan("K01-1", "G-7")).unwrap();
    let verdict = next_json(&mut kiosk);
    assert_eq!(verdict["verdict"], "admit");
    let late_by = verdict["late_by_s"].as_i64().unwrap();
    assert!((60..600).contains(&late_by), "{late_by}");
    let resolved = stream.alert("late_arrival", "resolved");
    let scanned = stream.entries.iter().find(|event| event.name == "scan").unwrap();
    assert_eq!(resolved.data["body"]["resolution"], "arrived_late");
    assert_eq!(resolved.data["body"]["cause"], scanned.seq());
    assert_eq!(scanned.data["body"]["late_by_s"], late_by);
    let visits = daemon.get("/api/v1/overview")["visits"].clone();
    let visit = visits.as_array().unwrap().iter().find(|visit| visit["code"] == "G-7").unwrap().clone();
    assert_eq!((&visit["state"], &visit["late_by_s"]), (&json!("arrived"), &json!(late_by)));
}
