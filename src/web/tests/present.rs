//! What the overview shows beside the bare state: a room's limits and booking, where a vehicle goes next, how far a guest is.

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vehicle_goes_to_a_guest_whose_name_is_told() {
    let ring = r"[[121.47,31.23],[121.48,31.23],[121.48,31.24],[121.47,31.24]]";
    let plan = format!(
        r#"{{"vehicles":[{{"id":"car-1"}},{{"id":"car-2"}}],"zones":[{{"id":"station","ring":{ring}}}],
            "trips":[{{"id":"t1","vehicle":"car-1","guests":["G-1","G-2"],"from":"station",
                       "pickup_at":"2026-11-23T03:00:00Z"}}]}}"#
    );
    let house = house_of(&plan, r#"{"guests":{"G-1":{"name":"Wang Fang"}}}"#).await;
    let position = r#"{"lat":31.235,"lon":121.475,"speed_kmh":0,"course":null,"fix_at":null}"#;
    house.keep("vehicle/car-1", "position", position).await;
    let vehicles = house.get("/api/v1/overview").await.json()["vehicles"].clone();
    let want = json!({
        "kind": "pickup", "guest": "G-1", "guests": ["G-1", "G-2"], "name": "Wang Fang", "place": "station",
        "lat": 31.235, "lon": 121.475, "at": "2026-11-23T03:00:00.000Z", "eta": START, "distance_m": 0,
        "at_risk": false,
    });
    assert_eq!((&vehicles[0]["next"], &vehicles[0]["zones"]), (&want, &json!(["station"])));
    assert_eq!((&vehicles[1]["next"], &vehicles[1]["zones"]), (&Value::Null, &json!([])));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_in_a_vehicle_is_shown_with_the_way_that_is_left() {
    let plan = r#"{"visits":[{"code":"G-1","tier":"vip","expected_at":"2026-11-23T02:30:00Z","place":"hall",
            "vehicle":"car-1","day_from":"2026-11-22T16:00:00Z","day_to":"2026-11-23T16:00:00Z"}],
        "zones":[{"id":"hall","ring":[[121.47,31.23],[121.48,31.23],[121.48,31.24],[121.47,31.24]]}]}"#;
    let house = house_of(plan, "{}").await;
    let settings = r#"{"action":"set_rules","settings":"{\"late_arrival\":{\"eta\":true}}"}"#;
    house.keep("gateway", "command", settings).await;
    let visit = house.get("/api/v1/overview").await.json()["visits"][0].clone();
    assert_eq!((&visit["eta"], &visit["car_distance_m"]), (&Value::Null, &Value::Null));
    let position = r#"{"lat":31.235,"lon":121.475,"speed_kmh":0,"course":null,"fix_at":null}"#;
    house.keep("vehicle/car-1", "position", position).await;
    let visit = house.get("/api/v1/overview").await.json()["visits"][0].clone();
    assert_eq!((&visit["eta"], &visit["car_distance_m"]), (&json!(START), &json!(0)));
}
