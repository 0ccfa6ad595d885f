//! `double_booking`.

use super::{check, run, time};
use crate::facts::{Subject, Value};

const ON: &str = r#"rules {"double_booking":{"enabled":true},"late_arrival":{"enabled":false},"silent":{"vehicle":{"enabled":false,"severity":"info","after":"24h"}}} @0s"#;

fn plan(text: &str, want: &str) {
    check(&format!("{ON}, plan {text} @1h, tick @20h"), want);
}

#[test]
fn a_room_that_is_booked_twice_at_once_is_told_with_the_plan() {
    plan("hall booked 9h..11h; hall booked 10h..12h", "hall firing @1h, hall over @11h");
    plan("hall booked 10h..12h; hall booked 9h..11h", "hall firing @1h, hall over @11h");
    plan("hall booked 9h..11h; hall booked 11h..12h; lobby booked 9h..12h", "");
    // Each is held against what runs longest: two within a long one are told, not three pairs.
    plan("hall booked 9h..18h; hall booked 10h..11h; hall booked 12h..13h", {
        "hall firing @1h, hall firing @1h, hall over @11h, hall over @13h"
    });
    let out = run(&format!("{ON}, plan hall booked 9h..11h; hall booked 10h..12h @1h"));
    let values = &out.changes[0].values;
    for (key, at) in [("first_from", "9h"), ("first_to", "11h"), ("second_from", "10h"), ("second_to", "12h")] {
        assert_eq!(values.get(key), Some(&Value::from(time(at))), "{values:?}");
    }
    // Over before the plan came.
    check(&format!("{ON}, plan hall booked 9h..11h; hall booked 10h..12h @11h, tick @20h"), "");
}

#[test]
fn a_vehicle_cannot_fetch_before_its_guests_before_are_here() {
    let guests = "G-1 9h30m; G-2 12h";
    plan(&format!("t1 trip car-1 9h G-1; t2 trip car-1 9h15m G-2; {guests}"), "car-1 firing @1h, car-1 over @9h30m");
    plan(&format!("t1 trip car-1 9h G-1; t2 trip car-1 9h30m G-2; {guests}"), "");
    plan(&format!("t1 trip car-1 9h G-1; t2 trip car-2 9h15m G-2; {guests}"), "");
    // Who is not expected says nothing of how long it takes: two pick-ups at one moment are still one too many.
    plan("t1 trip car-1 9h G-1; t2 trip car-1 9h15m; G-1", "");
    plan("t1 trip car-1 9h; t2 trip car-1 9h", "car-1 firing @1h, car-1 over @9h");
    plan("t1 trip car-1; t2 trip car-1", "");
    plan("t1 trip car-1 9h G-1; t2 trip car-1 9h15m; G-1 9h30m cancelled", "");
    // One journey, written as two trips.
    plan("t1 trip car-1 9h from=airport G-1; t2 trip car-1 9h10m from=airport; G-1 10h", "");
    plan("t1 trip car-1 9h from=airport G-1; t2 trip car-1 9h10m from=hotel; G-1 10h", {
        "car-1 firing @1h, car-1 over @9h10m"
    });
    plan("t1 trip car-1 9h; t2 trip car-1 9h; car-1 off", "");
    let out = run(&format!("{ON}, plan t1 trip car-1 9h; t2 trip car-1 9h @1h"));
    assert_eq!(out.changes[0].subject, Subject::Vehicle("car-1".parse().unwrap()));
    assert_eq!(out.changes[0].values.get("second_trip"), Some(&Value::from("t2")));
}

#[test]
fn the_plan_mends_it_or_makes_another_of_it() {
    let told = format!("{ON}, plan hall booked 9h..11h; hall booked 10h..12h @1h");
    check(&format!("{told}, plan hall booked 9h..10h; hall booked 10h..12h @2h, tick @20h"), {
        "hall firing @1h, hall plan_changed @2h"
    });
    check(
        &format!("{told}, plan hall booked 9h..11h; hall booked 10h..12h; lobby booked 9h..10h @2h"),
        "hall firing @1h",
    );
    check(&format!("{told}, plan hall booked 9h..10h30m; hall booked 10h..12h @2h, tick @20h"), {
        "hall firing @1h, hall plan_changed @2h, hall firing @2h, hall over @10h30m"
    });
    check(&format!("{told}, resolve A-1 li @2h, plan hall booked 9h..11h; hall booked 10h..12h @3h"), {
        "hall firing @1h, hall operator @2h"
    });
    check(&format!("{told}, rules {{}} @2h"), "hall firing @1h, hall rule_changed @2h");
    check("plan hall booked 9h..11h; hall booked 10h..12h @1h, tick @2h", "");
    check(&format!("plan hall booked 9h..11h; hall booked 10h..12h @1h, {}", ON.replace("@0s", "@2h")), {
        "hall firing @2h"
    });
}

#[test]
fn a_plan_contradicts_itself_by_any_clock() {
    let untrusted = "clock_untrusted pending @30m, clock_untrusted firing @30m, ";
    check(
        &format!(
            "{ON}, clock untrusted @30m, plan hall booked 9h..11h; hall booked 10h..12h @1h, tick @12h, clock trusted @13h"
        ),
        &(untrusted.to_owned() + "hall firing @1h, clock_untrusted cleared @13h, hall over @13h"),
    );
}
