//! `late_arrival` names the guest's vehicle, and says where it is.

use super::{run, time};
use crate::facts::{AlertState, Span, Timestamp, Value};

const ON: &str = r#"rules {"late_arrival":{"eta":true,"tiers":{}},"travel":{"speed_kmh":30,"detour":1.5},"idle_vehicle":{"enabled":false}} @0s"#;
const PLAN: &str = "plan G-1 9h place=hall vehicle=car-9; venue -100..100; yard 4900..5100; t1 trip car-1 8h from=yard to=venue G-1 @1h";

/// Since midnight: a way is measured to the centimetre, and driven to the millisecond.
fn to_the_second(at: Timestamp) -> String {
    Span::from_secs((at.since(time("0s")).as_millis() + 500) / 1_000).to_string()
}

/// What the alert of G-1 says of its vehicle, without where that stands on the map.
fn told(tale: &str) -> Vec<String> {
    let out = run(&format!("{ON}, {tale}, tick @9h31m"));
    let late = |alert: &&crate::facts::Alert| alert.rule.word() == "late_arrival" && alert.state == AlertState::Firing;
    let values = out.changes.iter().find(late).unwrap().values.clone();
    let map = ["vehicle_lat", "vehicle_lon"];
    let of_vehicle = values.iter().filter(|(key, _)| key.starts_with("vehicle") && !map.contains(&key.as_ref()));
    let tell = |value: &Value| match value {
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.parse().map_or(text.clone(), |at: Timestamp| to_the_second(at)),
    };
    of_vehicle.map(|(key, value)| format!("{}={}", key.trim_start_matches("vehicle_"), tell(value))).collect()
}

#[test]
fn a_vehicle_on_its_way_is_told_with_distance_and_time() {
    // 10 km straight are 15 on the road, and take half an hour.
    assert_eq!(
        told(&format!("{PLAN}, car-1 at 10000 40kmh @9h29m..9h29m30s/30s")),
        ["vehicle=car-1", "distance_m=10000", "eta=9h 59m 30s", "position=fresh", "seen_at=9h 29m 30s", "to=venue"]
    );
    assert_eq!(
        told(&format!("{PLAN}, car-1 at 5000 0kmh @9h29m30s")),
        [
            "vehicle=car-1",
            "distance_m=5000",
            "eta=9h 44m 30s",
            "position=fresh",
            "seen_at=9h 29m 30s",
            "to=venue",
            "zone=yard"
        ]
    );
    // There already: inside the zone, or near enough to its middle.
    for place in ["90", "190"] {
        let told = told(&format!("{PLAN}, car-1 at {place} 0kmh @9h29m30s"));
        assert!(told.contains(&"distance_m=0".to_owned()) && told.contains(&"eta=9h 29m 30s".to_owned()), "{told:?}");
    }
}

#[test]
fn what_nobody_knows_is_said() {
    assert_eq!(told(PLAN), ["vehicle=car-1", "position=none"]);
    assert_eq!(
        told(&format!("{PLAN}, car-1 at 10000 40kmh @9h28m")),
        ["vehicle=car-1", "distance_m=10000", "position=stale", "seen_at=9h 28m", "to=venue"]
    );
    // No trip of the plan: the vehicle that the visit names, and no way to where nobody drew.
    let plan = PLAN.replace("; t1 trip car-1 8h from=yard to=venue G-1", "");
    assert_eq!(
        told(&format!("{plan}, car-9 at 10000 40kmh @9h29m30s")),
        ["vehicle=car-9", "position=fresh", "seen_at=9h 29m 30s"]
    );
    assert_eq!(told("plan G-1 9h @1h"), Vec::<String>::new());
}

#[test]
fn of_several_trips_it_is_the_one_that_brings_him() {
    let plan = |trips: &str| format!("plan G-1 9h; venue -100..100; {trips} @1h");
    for (trips, vehicle) in [
        ("t1 trip car-1 7h G-1; t2 trip car-2 8h G-1; t3 trip car-3 17h G-1", "vehicle=car-2"),
        ("t1 trip car-1 20h G-1; t2 trip car-2 G-1", "vehicle=car-2"),
        ("t1 trip car-1 8h G-2; t2 trip car-2 G-1; G-2", "vehicle=car-2"),
    ] {
        assert_eq!(told(&plan(trips))[0], vehicle, "{trips}");
    }
}

#[test]
fn a_record_from_before_says_what_it_said() {
    let out = run(&format!("{PLAN}, tick @9h31m"));
    assert_eq!(out.changes[0].values.get("vehicle"), Some(&Value::from("car-9")));
    assert!(!out.changes[0].values.contains_key("vehicle_position"));
}

/// How far G-1 is, and when here, as a board shows it.
fn shown(tale: &str, at: &str) -> String {
    let visit = run(&format!("{ON}, {tale}, tick @{at}")).engine.present(9, time(at)).visits.remove(0);
    let metres = visit.car_distance_m.map_or_else(|| "-".to_owned(), |metres| format!("{metres} m"));
    visit.eta.map_or(metres.clone(), |eta| format!("{metres} about {}", to_the_second(eta)))
}

#[test]
fn a_guest_is_shown_with_the_way_that_is_left() {
    let at = |text: &str| format!("{PLAN}, car-1 at 10000 40kmh @{text}");
    assert_eq!(shown(&at("8h30m"), "8h30m"), "10000 m about 9h");
    assert_eq!(shown(&at("9h40m"), "9h40m"), "10000 m about 10h 10m", "also who is late");
    // Not fetched yet, not seen now, here, or who knows what time it is.
    assert_eq!(shown(&at("7h59m"), "7h59m"), "-");
    assert_eq!(shown(&at("8h30m"), "8h50m"), "10000 m");
    assert_eq!(shown(&format!("{}, scan G-1 K1 @8h31m", at("8h30m")), "8h31m"), "-");
    assert_eq!(shown(&format!("{}, clock untrusted @8h30m", at("8h30m")), "8h30m"), "-");
    assert_eq!(shown(PLAN, "8h30m"), "-", "no position at all");
    // The plan names a vehicle and no trip.
    let plan = "plan G-1 9h place=venue vehicle=car-1; venue -100..100 @1h";
    assert_eq!(shown(&format!("{plan}, car-1 at 10000 40kmh @8h"), "8h"), "10000 m about 8h 30m");
    assert_eq!(shown(&format!("{plan}, car-1 at 10000 40kmh @7h59m"), "7h59m"), "-");
    let off = format!("rules {{}} @1h, {plan}, car-1 at 10000 40kmh @8h");
    assert_eq!(shown(&off, "8h"), "-", "nobody wants to hear of it");
}
