//! `room_crowded`.

use super::{check, run};
use crate::facts::{Milli, Value};

const ON: &str = r#"rules {"room_crowded":{"enabled":true}} @0s, plan hall holds=100 @0s"#;

fn people(text: &str) -> String {
    let readings = text.split(", ").map(|one| {
        let (people, at) = one.split_once(' ').unwrap();
        format!("read hall/t1 occupancy={people} {at}")
    });
    format!("{ON}, {}", readings.collect::<Vec<_>>().join(", "))
}

#[test]
fn a_room_is_crowded_above_its_share_and_no_more_below_the_band() {
    check(&people("80 @1m, 81 @2m, 76 @4m, 75 @5m"), {
        "hall occupancy high pending @2m, hall occupancy high firing @3m, hall occupancy high cleared @5m"
    });
    check(&people("95 @1m, 70 @1m30s"), "hall occupancy high pending @1m, hall occupancy high cleared @1m30s");
    let out = run(&people("90 @1m, 90 @3m"));
    let values = &out.changes[1].values;
    let number = |number: i64| Some(Value::from(Milli::from_whole(number)));
    let said = ["value", "limit", "band", "capacity", "above_percent"].map(|key| values.get(key).cloned());
    assert_eq!(said, [90, 80, 5, 100, 80].map(number));
    assert_eq!(out.changes[1].rule.word(), "room_crowded");
}

#[test]
fn no_data_is_no_empty_room() {
    // The sensor falls silent at 17m: what was told stays, and what was not is not born of it.
    check(&format!("{}, tick @40m", people("90 @2m")), {
        "hall occupancy high pending @2m, hall occupancy high firing @3m, hall/t1 silent @17m"
    });
    check(&format!("{}, tick @40m", people("60 @2m")), "hall/t1 silent @17m");
}

#[test]
fn what_the_plan_says_of_the_room_counts() {
    check(
        "rules {\"room_crowded\":{\"enabled\":true}} @0s, plan hall temperature=18.. @0s, read hall/t1 occupancy=900 @1m, tick @9m",
        "",
    );
    check(&format!("{}, plan hall holds=200 @4m", people("90 @1m")), {
        "hall occupancy high pending @1m, hall occupancy high firing @2m, hall occupancy high plan_changed @4m"
    });
    check(&format!("{}, plan hall holds=50 @4m, tick @9m", people("60 @1m")), {
        "hall occupancy high pending @4m, hall occupancy high firing @5m"
    });
}

#[test]
fn another_rule_means_another_end() {
    let off = r#"rules {"room_crowded":{"enabled":false}} @3m"#;
    check(&format!("{}, {off}", people("90 @1m")), {
        "hall occupancy high pending @1m, hall occupancy high firing @2m, hall occupancy high rule_changed @3m"
    });
    let longer = r#"rules {"room_crowded":{"enabled":true,"hold":"5m"}} @3m"#;
    check(&format!("{}, {longer}, tick @9m", people("90 @1m")), {
        "hall occupancy high pending @1m, hall occupancy high firing @2m, hall occupancy high rule_changed @3m, \
         hall occupancy high pending @3m, hall occupancy high firing @6m"
    });
    // A limit of the climate on the same quantity takes its place, as the alert of its own rule.
    let other = r#"rules {"room_climate":{"limits":{"occupancy":{"high":50}}}} @3m"#;
    let out = run(&format!("{}, {other}", people("90 @1m")));
    let rules: Vec<&str> = out.changes.iter().map(|alert| alert.rule.word()).collect();
    assert_eq!(rules, ["room_crowded", "room_crowded", "room_crowded", "room_climate"]);
}
