//! `pickup_at_risk`.

use super::{check, run, time};
use crate::facts::Value;

/// 10 km straight are 15 on the road, and take half an hour.
const ON: &str = r#"rules {"pickup_at_risk":{"enabled":true},"travel":{"speed_kmh":30,"detour":1.5},"idle_vehicle":{"enabled":false},"silent":{"vehicle":{"enabled":false,"severity":"info","after":"2m"}}} @0s"#;
const PLAN: &str = "plan airport -100..100; t1 trip car-1 9h from=airport; car-1 @1h";

fn tale(tale: &str, want: &str) {
    check(&format!("{ON}, {PLAN}, {tale}"), want);
}

#[test]
fn who_is_too_far_away_is_told_in_time_to_do_something() {
    // Half an hour away at 8h34m: just within the slack. At 8h36m it is not.
    tale("car-1 at 10000 0kmh @8h..8h34m/1m", "");
    tale("car-1 at 10000 0kmh @8h..8h36m/1m", "car-1 firing @8h36m");
    // It makes up for it: over when it is in time, not when it is within the slack.
    tale("car-1 at 10000 0kmh @8h..8h36m/1m, car-1 at 8000 60kmh @8h37m..8h38m/1m, car-1 at 6000 60kmh @8h39m", {
        "car-1 firing @8h36m, car-1 cleared @8h39m"
    });
    let out = run(&format!("{ON}, {PLAN}, car-1 at 10000 0kmh @8h..8h36m/1m"));
    let values = &out.changes[0].values;
    for (key, want) in [
        ("trip", Value::from("t1")),
        ("pickup_at", time("9h").into()),
        ("place", "airport".into()),
        ("vehicle_distance_m", 10_000.into()),
        ("vehicle_eta", time("9h5m59s998ms").into()),
        ("vehicle_position", "fresh".into()),
    ] {
        assert_eq!(values.get(key), Some(&want), "{values:?}");
    }
}

#[test]
fn who_is_there_has_done_it() {
    // There, and away with the guests before the time.
    tale("car-1 at 0 0kmh @8h25m..8h58m/1m, car-1 at 5000 40kmh @8h59m..9h30m/1m", "");
    // Too early to have come for that: it went elsewhere.
    tale("car-1 at 0 0kmh @8h..8h30m/1m, car-1 at 12000 40kmh @8h31m", "car-1 firing @8h31m");
    tale("car-1 at 10000 0kmh @8h20m..8h36m/1m, car-1 at 90 0kmh @8h59m", {
        "car-1 firing @8h36m, car-1 arrived @8h59m"
    });
    tale("car-1 at 10000 0kmh @8h20m..8h36m/1m, car-1 at 90 0kmh @9h10m, car-1 at 90000 0kmh @9h20m", {
        "car-1 firing @8h36m, car-1 arrived_late @9h10m"
    });
    // Near, and not there when it should be.
    tale("car-1 at 250 0kmh @8h20m..9h10m/1m", "car-1 firing @9h5m");
    tale("car-1 at 900 0kmh @8h20m..9h10m/1m", "car-1 firing @9h3m");
    // Nobody ever says how it went.
    tale("car-1 at 10000 0kmh @8h20m..11h/1m", "car-1 firing @8h36m, car-1 over @10h");
}

#[test]
fn what_nobody_knows_is_told_before_the_time() {
    tale("tick @8h29m59s", "");
    tale("tick @8h40m", "car-1 firing @8h30m");
    tale("car-1 at 0 0kmh @8h, tick @8h40m", "car-1 firing @8h30m");
    // Lost after that, and found again in time.
    tale("car-1 at 3000 0kmh @8h20m..8h32m/1m, tick @8h35m, car-1 at 3000 0kmh @8h36m", {
        "car-1 firing @8h34m, car-1 cleared @8h36m"
    });
    let out = run(&format!("{ON}, {PLAN}, tick @8h40m, car-1 at 40000 60kmh @8h41m"));
    let words: Vec<_> = out.changes.iter().map(|alert| alert.values["vehicle_position"].clone()).collect();
    assert_eq!(words, [Value::from("none"), Value::from("fresh")], "found, and too far away");
    // Where nobody need know, nobody is asked.
    let off = ON.replace(r#"{"enabled":true}"#, r#"{"enabled":true,"blind":"0s"}"#);
    check(&format!("{off}, {PLAN}, tick @9h10m"), "");
    // A place that nobody drew, a trip without a time, a vehicle off duty.
    for plan in ["t1 trip car-1 9h from=airport", "t1 trip car-1 9h", "airport -100..100; t1 trip car-1 from=airport"] {
        check(&format!("{ON}, plan {plan} @1h, tick @9h10m"), "");
    }
    check(&format!("{ON}, {}, tick @9h10m", PLAN.replace("; car-1", "; car-1 off")), "");
}

#[test]
fn plan_rule_clock_and_people_change_it() {
    let far = "car-1 at 10000 0kmh @8h..8h40m/1m";
    tale(
        &format!("{far}, plan airport -100..100; t1 trip car-1 10h from=airport @8h41m, car-1 at 10000 0kmh @8h42m"),
        "car-1 firing @8h36m, car-1 plan_changed @8h41m",
    );
    tale(&format!("{far}, {}, car-1 at 10000 0kmh @8h42m", PLAN.replace("@1h", "@8h41m")), "car-1 firing @8h36m");
    tale(&format!("{far}, plan car-1 @8h41m"), "car-1 firing @8h36m, car-1 plan_changed @8h41m");
    tale(&format!("{far}, resolve A-1 li @8h41m, car-1 at 10000 0kmh @8h42m"), {
        "car-1 firing @8h36m, car-1 operator @8h41m"
    });
    let slack = ON.replace(r#"{"enabled":true}"#, r#"{"enabled":true,"slack":"40m"}"#).replace("@0s", "@8h41m");
    tale(&format!("{far}, {slack}, car-1 at 1000 0kmh @8h42m"), "car-1 firing @8h36m, car-1 cleared @8h42m");
    let off = ON.replace(r#"{"enabled":true}"#, "{}").replace("@0s", "@8h41m");
    tale(&format!("{far}, {off}"), "car-1 firing @8h36m, car-1 rule_changed @8h41m");
    // Of a pick-up that passed before anybody looked nobody knows how it went.
    check(&format!("{ON}, {}, car-1 at 10000 0kmh @9h2m..9h20m/1m", PLAN.replace("@1h", "@9h1m")), "");
    let (off, on) = (ON.replace(r#"{"enabled":true}"#, "{}"), ON.replace("@0s", "@9h1m"));
    check(&format!("{off}, {PLAN}, {on}, car-1 at 10000 0kmh @9h2m..9h20m/1m"), "");
    let untrusted = "clock_untrusted pending @30m, clock_untrusted firing @30m, ";
    check(
        &format!("{ON}, clock untrusted @30m, {PLAN}, {far}, clock trusted @8h41m"),
        &(untrusted.to_owned() + "clock_untrusted cleared @8h41m, car-1 firing @8h41m"),
    );
    check(
        &format!(
            "{ON}, clock untrusted @30m, {PLAN}, tick @9h3m, clock trusted @9h3m, car-1 at 10000 0kmh @9h4m..9h20m/1m"
        ),
        &(untrusted.to_owned() + "clock_untrusted cleared @9h3m"),
    );
}
