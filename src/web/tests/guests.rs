//! A guest is received: at the API as in the alert.

use super::*;
use crate::facts::Command;
use crate::facts::plan::{Plan, Visit};

const VISIT: &str = r#"{"code":"G-1","tier":"vip","expected_at":"2026-11-23T02:00:00Z",
    "day_from":"2026-11-22T16:00:00Z","day_to":"2026-11-23T16:00:00Z","place":"hall"}"#;

async fn house() -> House {
    let house = House::open().await;
    let visit: Visit = serde_json::from_str(VISIT).unwrap();
    let other = Visit { code: "G-2".parse().unwrap(), ..visit.clone() };
    let settings = r#"{"guest_waiting":{"enabled":true,"after":"0s"}}"#.to_owned();
    for fact in [
        Fact::Command(Command::SetRules { settings }),
        Fact::Plan(Box::new(Plan { visits: vec![visit, other], ..Plan::default() })),
    ] {
        let report = Report { device: Subject::Gateway, observed_at: None, fact, awaited: true };
        house.recorder.submit(report).await.unwrap();
    }
    house
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_checked_in_waits_until_somebody_says_that_he_was_received() {
    let house = house().await;
    let scan = r#"{"scan_id":"K-1","code":"G-1","kiosk":"K","point":"main-door"}"#;
    assert_eq!(house.post("/api/v1/scans", scan).await.status, 200);
    let overview = house.get("/api/v1/overview").await.json();
    assert!(overview["visits"][0]["waits_since"].is_string(), "{overview}");
    assert_eq!(overview["alerts"][0]["rule"], "guest_waiting");

    let path = "/api/v1/guests/G-1/receive";
    let received = house.post(path, r#"{"by":"li"}"#).await;
    assert_eq!(received.status, 200, "{}", received.text);
    let told = received.json();
    assert_eq!((&told["alert"]["state"], &told["alert"]["resolution"]), (&json!("resolved"), &json!("received")));
    let visit = house.get("/api/v1/overview").await.json()["visits"][0].clone();
    assert_eq!((&visit["waits_since"], &visit["received_at"]), (&Value::Null, &told["received_at"]));

    let newest = *house.recorder.newest().borrow();
    let again = house.post(path, r#"{"by":"li"}"#).await.json();
    assert_eq!((&again["received_at"], &again["alert"]), (&told["received_at"], &Value::Null));
    assert_eq!(*house.recorder.newest().borrow(), newest, "nothing new was said");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_here_or_not_known_cannot_be_received() {
    let house = house().await;
    let newest = *house.recorder.newest().borrow();
    for (code, body, status) in [
        ("G-2", r#"{"by":"li"}"#, 409),
        ("G-9", r#"{"by":"li"}"#, 404),
        ("%20", r#"{"by":"li"}"#, 404),
        ("G-2", r#"{"by":""}"#, 422),
        ("G-2", "{", 400),
    ] {
        let answer = house.post(&format!("/api/v1/guests/{code}/receive"), body).await;
        assert_eq!(answer.status, status, "{code} {body}: {}", answer.text);
    }
    assert_eq!(*house.recorder.newest().borrow(), newest, "nothing was kept");
}
