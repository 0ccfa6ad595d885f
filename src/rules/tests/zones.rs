//! `zone`.

use super::{check, run, time};
use crate::facts::Value;

const ON: &str = r#"rules {"zone":{"enabled":true},"idle_vehicle":{"enabled":false},"silent":{"vehicle":{"enabled":false,"severity":"info","after":"2m"}}} @0s"#;
const PLAN: &str = "plan door 0..100; yard 500..600; t1 trip car-1 9h to=door; car-1 @1h";

fn tale(tale: &str, want: &str) {
    check(&format!("{ON}, {PLAN}, {tale}"), want);
}

#[test]
fn a_vehicle_enters_and_leaves_where_trips_go() {
    let tale_of = "car-1 at -500 30kmh @8h, car-1 at 50 10kmh @8h1m..8h5m/30s, car-1 at 400 30kmh @8h6m..8h7m/30s";
    tale(tale_of, "car-1 firing @8h1m30s, car-1 left @8h6m30s");
    let out = run(&format!("{ON}, {PLAN}, {tale_of}"));
    let (entered, left) = (&out.changes[0], &out.changes[1]);
    assert_eq!((entered.pending_at, entered.values.get("zone")), (time("8h1m"), Some(&Value::from("door"))));
    assert_eq!(left.values.get("left_at"), Some(&Value::from(time("8h6m"))));
    assert_eq!(left.values.get("stayed_s"), Some(&Value::from(300)));
    // Where no trip goes nobody watches, unless the rule names it.
    tale("car-1 at 550 0kmh @8h..8h5m/30s", "");
    let named = ON.replace(r#"{"zone":{"enabled":true}"#, r#"{"zone":{"enabled":true,"zones":["yard","nowhere"]}"#);
    check(&format!("{named}, {PLAN}, car-1 at 550 0kmh @8h..8h5m/30s, car-1 at 50 0kmh @8h6m..8h7m/30s"), {
        "car-1 firing @8h30s, car-1 left @8h6m30s"
    });
    // A vehicle that the plan does not name is watched, too; one that is off duty is not.
    tale("car-7 at 50 0kmh @8h..8h1m/30s", "car-7 firing @8h30s");
    check(&format!("{ON}, {}, car-1 at 50 0kmh @8h..8h1m/30s", PLAN.replace("; car-1 @", "; car-1 off @")), "");
}

#[test]
fn a_receiver_that_wavers_crosses_no_edge() {
    // One position alone, in either direction.
    tale("car-1 at -500 30kmh @8h, car-1 at 50 30kmh @8h30s, car-1 at 600 30kmh @8h1m..8h2m/30s", "");
    let inside = "car-1 at 95 0kmh @8h..8h1m/30s";
    tale(&format!("{inside}, car-1 at 300 0kmh @8h2m, car-1 at 95 0kmh @8h2m30s..8h4m/30s"), "car-1 firing @8h30s");
    // Just outside, as long as it likes; beyond the margin it is gone.
    tale(&format!("{inside}, car-1 at 125 0kmh @8h2m..8h20m/30s"), "car-1 firing @8h30s");
    tale(&format!("{inside}, car-1 at 131 0kmh @8h2m..8h3m/30s"), "car-1 firing @8h30s, car-1 left @8h2m30s");
    // A blurred position says nothing.
    tale(&format!("{inside}, car-1 at 900 0kmh hdop=9 @8h2m..8h3m/30s"), "car-1 firing @8h30s");
}

#[test]
fn who_is_lost_is_where_it_was() {
    let inside = "car-1 at 50 0kmh @8h..8h1m/30s";
    tale(&format!("{inside}, tick @9h, car-1 at 50 0kmh @9h..9h5m/30s"), "car-1 firing @8h30s");
    tale(&format!("{inside}, tick @9h, car-1 at 900 0kmh @9h..9h1m/30s"), "car-1 firing @8h30s, car-1 left @9h30s");
    // The position before the loss and the one after are not in a row.
    tale("car-1 at 50 0kmh @8h, car-1 at 50 0kmh @8h5m, tick @9h", "");
    tale("clock untrusted @2h, car-1 at 50 0kmh @8h..8h1m/30s", {
        "clock_untrusted pending @2h, clock_untrusted firing @2h, car-1 firing @8h30s"
    });
}

#[test]
fn plan_rule_and_people_change_it() {
    let inside = "car-1 at 50 0kmh @8h..8h1m/30s";
    tale(&format!("{inside}, plan door 0..90; t1 trip car-1 9h to=door @8h2m, car-1 at 50 0kmh @8h3m..8h4m/30s"), {
        "car-1 firing @8h30s, car-1 plan_changed @8h2m, car-1 firing @8h3m30s"
    });
    tale(&format!("{inside}, {}", PLAN.replace("@1h", "@8h2m")), "car-1 firing @8h30s");
    tale(&format!("{inside}, plan door 0..100 @8h2m"), "car-1 firing @8h30s, car-1 plan_changed @8h2m");
    tale(&format!("{inside}, {}", ON.replace(r#"{"enabled":true}"#, "{}").replace("@0s", "@8h2m")), {
        "car-1 firing @8h30s, car-1 rule_changed @8h2m"
    });
    tale(&format!("{inside}, resolve A-1 li @8h2m, car-1 at 50 0kmh @8h3m..8h4m/30s"), {
        "car-1 firing @8h30s, car-1 operator @8h2m"
    });
    check(&format!("{}, {PLAN}, {inside}", ON.replace(r#"{"enabled":true}"#, "{}")), "");
}
