//! `vehicle_empty`.

use super::{check, run};
use crate::facts::Value;

const ON: &str = r#"rules {"vehicle_empty":{"enabled":true},"late_arrival":{"enabled":false},"idle_vehicle":{"enabled":false},"silent":{"vehicle":{"enabled":false,"severity":"info","after":"2m"}}} @0s"#;
const PLAN: &str = "plan t1 trip car-1 12h G-1; G-1 12h30m; car-1 @1h";

fn tale(tale: &str, want: &str) {
    check(&format!("{ON}, {PLAN}, {tale}"), want);
}

/// Drives 601 m a minute from a place on, and so many minutes.
fn drive(hour: &str, from: i64, minutes: i64) -> String {
    let at = |n: i64| format!("car-1 at {} 36kmh @{hour}{n}m", from + n * 601);
    (0..=minutes).map(at).collect::<Vec<_>>().join(", ")
}

#[test]
fn a_drive_without_a_trip_is_told_when_it_is_long_enough() {
    // Driving is known with the second position; what was driven before counts from the first.
    tale(&drive("8h", 0, 4), "");
    tale(&drive("8h", 0, 5), "car-1 firing @8h5m");
    let stands = "car-1 at 3005 0kmh @8h6m..8h7m/30s";
    tale(&format!("{}, {stands}", drive("8h", 0, 5)), "car-1 firing @8h5m, car-1 over @8h6m30s");
    // Each drive by itself.
    let pause = "car-1 at 1803 0kmh @8h4m..8h5m/30s";
    tale(&format!("{}, {pause}, {}", drive("8h", 0, 3), drive("9h", 1803, 3)), "");
    // On the way to the pick-up, with the guests, and on the way back.
    for hour in ["11h", "12h", "13h"] {
        tale(&drive(hour, 0, 20), "");
    }
    tale(&drive("14h", 0, 5), "car-1 firing @14h5m");
    tale(&format!("{}, {}", drive("10h", 0, 59), "car-1 at 36060 36kmh @11h"), "car-1 firing @10h5m, car-1 over @11h");
}

#[test]
fn says_what_share_of_the_day_it_is() {
    let out = run(&format!(
        "{ON}, {PLAN}, {}, car-1 at 3005 0kmh @8h6m..8h7m/30s, {}, {}",
        drive("8h", 0, 5),
        drive("12h", 3005, 10),
        drive("14h", 9015, 5)
    ));
    let last = out.changes.last().unwrap();
    let value = |key: &str| last.values.get(key).cloned();
    // 3 km in the morning, 6 with guests, 3 now.
    assert_eq!(value("drive_m"), Some(Value::from(3_005)), "{last:?}");
    let (Some(Value::Number(driven)), Some(Value::Number(empty))) = (value("driven_m"), value("empty_m")) else {
        panic!("{last:?}")
    };
    assert!((driven.whole() - 12_020).abs() <= 5 && (empty.whole() - 6_010).abs() <= 5, "{last:?}");
    assert_eq!(value("empty_percent"), Some(Value::from(50)), "{last:?}");
}

#[test]
fn what_is_not_seen_is_no_way() {
    // A gap of three minutes, in which it went far.
    tale(&format!("{}, {}", drive("8h", 0, 2), "car-1 at 9000 36kmh @8h10m..8h12m/1m"), "");
    // What was told stays until it is seen standing.
    tale(&format!("{}, tick @9h, car-1 at 9000 36kmh @9h..9h2m/1m", drive("8h", 0, 5)), "car-1 firing @8h5m");
    tale(
        &format!("{}, tick @9h, car-1 at 9000 0kmh @9h..9h1m/30s", drive("8h", 0, 5)),
        "car-1 firing @8h5m, car-1 over @9h30s",
    );
    // A receiver that wavers where it stands drives nowhere.
    tale("car-1 at 0 0kmh @8h..8h30m/30s, car-1 at 40 1kmh @8h31m..8h59m/1m", "");
    check(&format!("{ON}, {PLAN}, clock untrusted @2h, {}", drive("8h", 0, 20)), {
        "clock_untrusted pending @2h, clock_untrusted firing @2h"
    });
}

#[test]
fn plan_rule_and_people_change_it() {
    let told = drive("8h", 0, 5);
    tale(&format!("{told}, plan t1 trip car-1 9h; car-1 @8h6m"), "car-1 firing @8h5m, car-1 plan_changed @8h6m");
    tale(&format!("{told}, {}", PLAN.replace("@1h", "@8h6m")), "car-1 firing @8h5m");
    tale(
        &format!("{told}, {}", PLAN.replace("car-1 @1h", "car-1 off @8h6m")),
        "car-1 firing @8h5m, car-1 plan_changed @8h6m",
    );
    tale(&format!("{told}, plan car-1 @8h6m"), "car-1 firing @8h5m, car-1 plan_changed @8h6m");
    tale(&format!("{told}, {}", ON.replace(r#"{"enabled":true}"#, "{}").replace("@0s", "@8h6m")), {
        "car-1 firing @8h5m, car-1 rule_changed @8h6m"
    });
    tale(
        &format!("{told}, resolve A-1 li @8h5m30s, car-1 at 3606 36kmh @8h6m"),
        "car-1 firing @8h5m, car-1 operator @8h5m30s",
    );
    // Without a single trip nobody is judged.
    check(&format!("{ON}, plan car-1 @1h, {told}"), "");
    check(&format!("{}, {PLAN}, {told}", ON.replace(r#"{"enabled":true}"#, "{}")), "");
}
