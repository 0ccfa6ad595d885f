//! What was done by hand and is taken back, with a crash between the two.

use serde_json::{Value, json};

use crate::gateway;
use crate::support::Daemon;

fn visit(daemon: &Daemon) -> Value {
    let mut visit = daemon.get("/api/v1/overview")["visits"][0].take();
    // It grows while one looks.
    visit["late_by_s"].take();
    visit
}

fn late(daemon: &Daemon) -> Vec<Value> {
    let overview = daemon.get("/api/v1/overview");
    let alerts = overview["alerts"].as_array().unwrap().iter();
    alerts.filter(|alert| alert["rule"] == "late_arrival").cloned().collect()
}

#[test]
fn a_check_in_by_hand_is_taken_back_though_the_gateway_died_meanwhile() {
    let dir = tempfile::tempdir().unwrap();
    // Where it is about noon, so Ada is hours late.
    let mut daemon = gateway(dir.path(), "code,name,expected_at\nG-1,Ada,06:00\n", "");
    let before = visit(&daemon);
    assert_eq!((&before["state"], late(&daemon).len()), (&json!("late"), 1));
    let first = late(&daemon)[0]["id"].clone();
    let acknowledge = format!("/api/v1/alerts/{}/acknowledge", first.as_str().unwrap());
    assert_eq!(daemon.post(&acknowledge, r#"{"by":"li"}"#).0, 200);

    let by_hand = r#"{"by":"li","scan_id":"H-1"}"#;
    let (status, told) = daemon.post("/api/v1/guests/G-1/check_in", by_hand);
    assert_eq!((status, &told["verdict"], &told["guest"]["name"]), (200, &json!("admit"), &json!("Ada")), "{told}");
    assert_eq!((&visit(&daemon)["state"], late(&daemon).len()), (&json!("arrived"), 0));
    daemon.kill();
    daemon.run();
    assert_eq!(daemon.post("/api/v1/guests/G-1/check_in", by_hand), (200, told), "the same again is the same");

    let (status, undone) = daemon.post("/api/v1/guests/G-1/undo_check_in", by_hand);
    assert_eq!((status, &undone["visits"][0]["state"]), (200, &json!("late")), "{undone}");
    daemon.kill();
    daemon.run();
    assert_eq!(visit(&daemon), before);
    let again = late(&daemon);
    assert_eq!((again.len(), &again[0]["state"], &again[0]["acknowledged_by"]), (1, &json!("firing"), &Value::Null));
    assert_ne!(again[0]["id"], first, "it is another alert");
    assert_eq!(daemon.get("/api/v1/report")["punctuality"]["all"]["not_seen"], 1);
    assert!(daemon.stop().success());
    let (code, _, said) = Daemon::command(&["verify", daemon.data().to_str().unwrap()]);
    assert_eq!(code, 0, "{said}");
}
