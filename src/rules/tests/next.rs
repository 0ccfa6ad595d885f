//! Where a vehicle goes next, as it is shown.

use super::{MIDNIGHT, run, time};
use crate::facts::Span;

/// 10 km straight are 15 on the road, and take half an hour.
const ON: &str = r#"rules {"pickup_at_risk":{"enabled":true},"late_arrival":{"tiers":{}},"travel":{"speed_kmh":30,"detour":1.5},"idle_vehicle":{"enabled":false},"silent":{"vehicle":{"enabled":false,"severity":"info","after":"2m"}}} @0s"#;
const PLAN: &str = "plan G-1 10h; G-2 10h; airport -100..100; venue 20000..20200; car-1; t1 trip car-1 9h from=airport to=venue G-1 G-2; t2 trip car-1 14h from=venue to=airport G-3 @1h";

/// What is next for car-1, in a line, times to the second.
fn next(tale: &str, at: &str) -> String {
    let present = run(&format!("{tale}, tick @{at}")).engine.present(9, time(at));
    let Some(next) = present.vehicles.into_iter().find(|car| car.id.as_str() == "car-1").unwrap().next else {
        return "none".to_owned();
    };
    let second = |at: crate::facts::Timestamp| {
        Span::from_secs((at.since(MIDNIGHT).as_millis() + 500).div_euclid(1_000)).to_string().replace(' ', "")
    };
    let guests: Vec<&str> = next.guests.iter().map(crate::facts::Name::as_str).collect();
    let word = serde_json::to_string(&next.kind).unwrap().replace('"', "");
    let place = next.place.map(|place| place.to_string()).unwrap_or_default();
    let far = next.distance_m.map(|metres| format!(", {metres} m")).unwrap_or_default();
    let eta = next.eta.map(|eta| format!(", about {}", second(eta))).unwrap_or_default();
    let risk = if next.at_risk { ", at risk" } else { "" };
    format!("{word} {} {place} at {}{far}{eta}{risk}", guests.join("+"), second(next.at))
}

fn of(tale: &str, at: &str) -> String {
    next(&format!("{ON}, {PLAN}, {tale}"), at)
}

#[test]
fn it_fetches_its_guests_and_brings_them() {
    assert_eq!(of("tick @7h", "7h"), "pickup G-1+G-2 airport at 9h");
    assert_eq!(of("car-1 at 10000 40kmh @8h", "8h"), "pickup G-1+G-2 airport at 9h, 10000 m, about 8h30m");
    assert_eq!(
        of("car-1 at 10000 40kmh @8h..8h40m/1m", "8h40m"),
        "pickup G-1+G-2 airport at 9h, 10000 m, about 9h10m, at risk"
    );
    // Where it is now nobody knows.
    let away = "car-1 at 10000 40kmh @8h, tick @8h20m";
    assert_eq!(of(away, "8h20m"), "pickup G-1+G-2 airport at 9h, 10000 m");
    assert_eq!(of(&format!("{away}, tick @8h45m"), "8h45m"), "pickup G-1+G-2 airport at 9h, 10000 m, at risk");
    // It was there.
    let there = "car-1 at 0 0kmh @8h50m, car-1 at 10100 40kmh @9h20m";
    assert_eq!(of(there, "9h20m"), "trip G-1+G-2 venue at 10h, 10000 m, about 9h50m");
    assert_eq!(
        of("car-1 at 0 0kmh @8h50m, car-1 at 100 40kmh @9h40m", "9h40m"),
        "trip G-1+G-2 venue at 10h, 20000 m, about 10h40m, at risk"
    );
    // One of two is here, both are.
    assert_eq!(of(&format!("{there}, scan G-1 K1 @9h55m"), "9h55m"), "trip G-1+G-2 venue at 10h, 10000 m");
    let both = format!("{there}, scan G-1 K1 @9h55m, scan G-2 K1 @9h56m");
    assert_eq!(of(&both, "9h56m"), "pickup G-3 venue at 14h, 10000 m");
}

#[test]
fn a_trip_that_nobody_ends_gives_way() {
    let there = "car-1 at 0 0kmh @8h50m";
    assert_eq!(of(there, "9h59m"), "trip G-1+G-2 venue at 10h, 20100 m");
    assert_eq!(of(there, "10h"), "pickup G-3 venue at 14h, 20100 m");
    // Its pick-up was not made, and nobody knows of it any more.
    assert_eq!(of("tick @9h30m", "9h59m"), "pickup G-1+G-2 airport at 9h, at risk");
    assert_eq!(of("tick @9h30m", "10h"), "pickup G-3 venue at 14h");
    assert_eq!(of("tick @9h30m", "14h30m"), "pickup G-3 venue at 14h, at risk");
    assert_eq!(of("tick @9h30m", "15h"), "none");
    // Behind with the one, it is shown until the other is near.
    let plan = |second: &str| {
        format!(
            "{ON}, plan G-1 9h30m; airport -100..100; venue 20000..20200; t1 trip car-1 9h from=airport to=venue G-1; t2 trip car-1 {second} from=venue; car-1 @1h, car-1 at 0 0kmh @8h50m"
        )
    };
    assert_eq!(next(&plan("9h50m"), "9h29m"), "trip G-1 venue at 9h30m, 20100 m");
    assert_eq!(next(&plan("9h50m"), "9h30m"), "pickup  venue at 9h50m, 20100 m, at risk");
    assert_eq!(next(&plan("12h"), "9h30m"), "trip G-1 venue at 9h30m, 20100 m");
    assert_eq!(next(&plan("12h"), "10h"), "pickup  venue at 12h, 20100 m");
}

#[test]
fn without_the_rule_a_pick_up_is_made_by_its_time() {
    let off = ON.replace(r#"{"enabled":true}"#, r#"{"enabled":false}"#);
    assert_eq!(next(&format!("{off}, {PLAN}"), "8h59m"), "pickup G-1+G-2 airport at 9h");
    assert_eq!(next(&format!("{off}, {PLAN}"), "9h"), "trip G-1+G-2 venue at 10h");
}

#[test]
fn guests_without_a_trip_come_in_their_vehicle() {
    let plan = "plan G-1 9h vehicle=car-1 place=venue; G-2 9h vehicle=car-1 place=venue; G-3 9h30m vehicle=car-1; G-4 8h vehicle=car-2; venue 20000..20200; car-1 @1h";
    let of = |tale: &str, at: &str| next(&format!("{ON}, {plan}, {tale}"), at);
    assert_eq!(of("car-1 at 10100 40kmh @8h40m", "8h40m"), "trip G-1+G-2 venue at 9h, 10000 m, about 9h10m");
    assert_eq!(of("car-1 at 10100 40kmh @9h1m", "9h1m"), "trip G-1+G-2 venue at 9h, 10000 m, about 9h31m, at risk");
    assert_eq!(of("scan G-1 K1 @8h50m", "8h50m"), "trip G-2 venue at 9h");
    assert_eq!(of("tick @9h", "9h30m"), "trip G-1+G-2 venue at 9h, at risk");
    assert_eq!(of("tick @9h", "10h"), "trip G-3  at 9h30m, at risk");
    assert_eq!(of("tick @9h", "10h30m"), "none");
}

#[test]
fn nobody_says_what_is_next_by_an_untrusted_clock() {
    assert_eq!(of("clock untrusted @2h", "8h"), "none");
}
