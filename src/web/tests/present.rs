//! What the overview shows beside the bare state: a room's limits and booking.

use super::*;
use crate::facts::plan::Plan;

/// A house over which a plan holds, with the names that go with it.
async fn house_of(plan: &str, people: &str) -> House {
    let house = House::open().await;
    let plan: Plan = serde_json::from_str(plan).unwrap();
    let people = serde_json::from_str(people).unwrap();
    house.directory.store(Arc::new(Directory::of(&Plan { people, ..plan.clone() })));
    let fact = Fact::Plan(Box::new(plan));
    house.recorder.submit(Report { device: Subject::Gateway, observed_at: None, fact, awaited: true }).await.unwrap();
    house
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_has_its_limits_and_its_booking() {
    let plan = r#"{"rooms":[{"id":"hall","limits":[["temperature",{"low":20,"high":24.5}]]},{"id":"lobby"}],
        "bookings":[{"room":"hall","from":"2026-11-23T04:00:00Z","to":"2026-11-23T05:00:00Z"},
                    {"room":"lobby","from":"2026-11-23T01:00:00Z","to":"2026-11-23T05:00:00Z"}]}"#;
    let people = r#"{"bookings":{"hall":{"2026-11-23T04:00:00Z":"Signing"}}}"#;
    let house = house_of(plan, people).await;
    house.keep("sensor/hall/t1", "reading", r#"{"room":"hall","sensor":"t1","temperature":25.1,"co2":800}"#).await;
    let rooms = house.get("/api/v1/overview").await.json()["rooms"].clone();
    let hall = &rooms[0];
    assert_eq!(hall["limits"]["temperature"], json!({"low": 20, "high": 24.5}));
    assert_eq!(hall["limits"]["co2"], json!({"high": 1000}));
    assert_eq!((&hall["over"], &hall["in_use"]), (&json!({"temperature": "high"}), &json!(false)));
    let booking = json!({"from": "2026-11-23T04:00:00.000Z", "to": "2026-11-23T05:00:00.000Z", "title": "Signing"});
    assert_eq!(hall["booking"], booking);
    let lobby = &rooms[1];
    assert_eq!((&lobby["over"], &lobby["in_use"]), (&json!({}), &json!(true)));
    assert_eq!(lobby["booking"], json!({"from": "2026-11-23T01:00:00.000Z", "to": "2026-11-23T05:00:00.000Z"}));
}
