//! Guests are checked in by hand, and that is taken back.

use super::*;
use crate::facts::plan::{Plan, Visit};
use crate::facts::{Command, Name};

const VISIT: &str = r#"{"code":"G-1","tier":"vip","expected_at":"2026-11-23T01:00:00Z",
    "day_from":"2026-11-22T16:00:00Z","day_to":"2026-11-23T16:00:00Z","place":"hall"}"#;

/// A guest who is an hour late, and another one; the plan has a kiosk of the dashboard's name.
async fn house() -> House {
    let house = House::open().await;
    let visit: Visit = serde_json::from_str(VISIT).unwrap();
    let other = Visit { code: "G-2".parse().unwrap(), ..visit.clone() };
    let kiosks = vec![("dashboard".parse::<Name>().unwrap(), None), ("K".parse().unwrap(), None)];
    let settings = r#"{"guest_waiting":{"enabled":true,"after":"0s"}}"#.to_owned();
    for fact in [
        Fact::Command(Command::SetRules { settings }),
        Fact::Plan(Box::new(Plan { visits: vec![visit, other], kiosks, ..Plan::default() })),
    ] {
        let report = Report { device: Subject::Gateway, observed_at: None, fact, awaited: true };
        house.recorder.submit(report).await.unwrap();
    }
    house
}

async fn check_in(house: &House, code: &str, body: &str) -> Answer {
    house.post(&format!("/api/v1/guests/{code}/check_in"), body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_is_checked_in_by_hand_and_once() {
    let house = house().await;
    let first = check_in(&house, "G-1", r#"{"by":"li","scan_id":"H-1"}"#).await;
    assert_eq!(first.status, 200, "{}", first.text);
    let told = first.json();
    assert_eq!(
        (&told["verdict"], &told["late_by_s"], &told["scan_id"]),
        (&json!("admit"), &json!(3_600), &json!("H-1"))
    );
    let entry = house.get("/api/v1/journal?kind=scan").await.json()["entries"][0].clone();
    assert_eq!((&entry["device"], &entry["subject"]), (&json!("operator/li"), &json!("guest/G-1")));
    assert_eq!((&entry["body"]["kiosk"], &entry["body"]["method"]), (&json!("dashboard"), &json!("hand")));

    let newest = *house.recorder.newest().borrow();
    let again = check_in(&house, "G-1", r#"{"by":"li","scan_id":"H-1"}"#).await;
    assert_eq!((again.status, &again.text), (200, &first.text));
    let other = check_in(&house, "G-2", r#"{"by":"li","scan_id":"H-1"}"#).await;
    assert_eq!((other.status, other.problem().contains("H-1 was used for another guest")), (409, true));
    assert_eq!(*house.recorder.newest().borrow(), newest, "nothing was kept twice");

    let twice = check_in(&house, "G-1", r#"{"by":"li","scan_id":"H-2"}"#).await.json();
    assert_eq!(twice["verdict"], "already_in");
    assert_eq!(check_in(&house, "G-9", r#"{"by":"li","scan_id":"H-3"}"#).await.json()["verdict"], "not_found");
    for (code, body, status) in [
        ("%20", r#"{"by":"li","scan_id":"H-4"}"#, 404),
        ("G-2", r#"{"by":"li"}"#, 422),
        ("G-2", r#"{"by":"","scan_id":"H-4"}"#, 422),
        ("G-2", "{", 400),
    ] {
        assert_eq!(check_in(&house, code, body).await.status, status, "{code} {body}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_dashboard_is_no_kiosk_that_anybody_waits_for() {
    let house = house().await;
    let slow = |n: u32| format!(r#"{{"scan_id":"S-{n}","code":"G-2","kiosk":"dashboard","duration_s":900}}"#);
    for n in 0..20 {
        assert_eq!(house.post("/api/v1/scans", &slow(n)).await.status, 200);
    }
    assert_eq!(check_in(&house, "G-1", r#"{"by":"li","scan_id":"H-1"}"#).await.status, 200);
    house.site.clock.set(at("2026-11-23T03:00:00Z"));
    house.keep_readings(1).await;
    let overview = house.get("/api/v1/overview").await.json();
    let devices: Vec<&str> =
        overview["devices"].as_array().unwrap().iter().map(|d| d["id"].as_str().unwrap()).collect();
    assert!(devices.contains(&"kiosk/K") && !devices.contains(&"kiosk/dashboard"), "{devices:?}");
    let alerts = house.get("/api/v1/alerts?state=all").await.json();
    let silent = |alert: &&Value| alert["rule"] == "kiosk_silent";
    let told: Vec<&Value> = alerts["alerts"].as_array().unwrap().iter().filter(silent).collect();
    assert_eq!(told.iter().map(|alert| &alert["subject"]).collect::<Vec<_>>(), ["kiosk/K"]);
    assert!(!alerts.to_string().contains("kiosk/dashboard"), "{alerts}");
}

async fn undo(house: &House, code: &str, scan_id: &str) -> Answer {
    let body = format!(r#"{{"by":"wang","scan_id":"{scan_id}"}}"#);
    house.post(&format!("/api/v1/guests/{code}/undo_check_in"), &body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_in_that_was_taken_back_has_not_been() {
    let house = house().await;
    house.keep_readings(1).await;
    let before = house.get("/api/v1/overview").await.json();
    assert_eq!((&before["visits"][0]["state"], &before["guests"]["late"]), (&json!("late"), &json!(2)));
    assert_eq!(check_in(&house, "G-1", r#"{"by":"li","scan_id":"H-1"}"#).await.status, 200);
    let between = house.get("/api/v1/overview").await.json();
    assert!(between["visits"][0]["waits_since"].is_string(), "{between}");

    let undone = undo(&house, "G-1", "H-1").await;
    assert_eq!(undone.status, 200, "{}", undone.text);
    assert_eq!(undone.json()["visits"], json!([before["visits"][0]]));
    let after = house.get("/api/v1/overview").await.json();
    assert_eq!((&after["visits"], &after["guests"]), (&before["visits"], &before["guests"]));
    let rules: Vec<&str> = after["alerts"].as_array().unwrap().iter().map(|a| a["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["late_arrival", "late_arrival"]);
    let ordered = house.get("/api/v1/journal?kind=command").await.json();
    let ordered = &ordered["entries"].as_array().unwrap().last().unwrap()["body"];
    assert_eq!(*ordered, json!({"action": "undo_check_in", "guest": "G-1", "by": "wang", "scan_id": "H-1"}));

    let newest = *house.recorder.newest().borrow();
    let again = undo(&house, "G-1", "H-1").await;
    assert_eq!((again.status, again.text), (200, undone.text), "said again, it is as it was");
    assert_eq!(*house.recorder.newest().borrow(), newest);
    let report = house.get("/api/v1/report").await.json();
    assert_eq!((&report["check_in"]["check_ins"], &report["punctuality"]["all"]["not_seen"]), (&json!(0), &json!(2)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_taken_back_is_refused_with_the_reason() {
    let house = house().await;
    let scan = |id: &str| format!(r#"{{"scan_id":"{id}","code":"G-2","kiosk":"dashboard","method":"hand"}}"#);
    assert_eq!(house.post("/api/v1/scans", &scan("S-1")).await.status, 200);
    assert_eq!(check_in(&house, "G-1", r#"{"by":"li","scan_id":"H-1"}"#).await.status, 200);
    let newest = *house.recorder.newest().borrow();
    for (code, id) in [("G-2", "S-1"), ("G-2", "H-1"), ("G-1", "H-9")] {
        let refused = undo(&house, code, id).await;
        assert_eq!(
            (refused.status, refused.problem().contains("was not checked in by hand")),
            (409, true),
            "{code} {id}"
        );
    }
    assert_eq!(undo(&house, "%20", "H-1").await.status, 404);
    assert_eq!(*house.recorder.newest().borrow(), newest, "nothing was kept");

    let seen = r#"{"scan_id":"K-1","code":"G-1","kiosk":"K"}"#;
    assert_eq!(house.post("/api/v1/scans", seen).await.status, 200);
    let refused = undo(&house, "G-1", "H-1").await;
    assert_eq!((refused.status, refused.problem().contains("scanned or received since")), (409, true));

    assert_eq!(check_in(&house, "G-2", r#"{"by":"li","scan_id":"H-2"}"#).await.status, 200);
    house.site.clock.set(at("2026-11-23T02:01:00.001Z"));
    let refused = undo(&house, "G-2", "H-2").await;
    assert_eq!((refused.status, refused.problem().contains("for 1m only")), (409, true), "{}", refused.text);
}
