//! `battery_low` and `sensor_stuck`.

use super::{check, run};
use crate::facts::{Milli, Value};

const BATTERY: &str = r#"rules {"battery_low":{"enabled":true}} @0s"#;
const STUCK: &str = r#"rules {"sensor_stuck":{"enabled":true,"after":"1h"}} @0s"#;

#[test]
fn a_low_battery_is_told_once_until_it_is_changed() {
    check(
        &format!(
            "{BATTERY}, read hall/t1 battery=15 @1m, read hall/t1 battery=14.9 @2m, read hall/t1 battery=9 @3m, \
             read hall/t1 battery=19 @4m, read hall/t1 battery=20 @5m, read hall/t1 battery=3 @6m"
        ),
        "hall/t1 battery firing @2m, hall/t1 battery cleared @5m, hall/t1 battery firing @6m",
    );
    // Somebody ended it; it is not told again before it was well.
    check(
        &format!("{BATTERY}, read hall/t1 battery=9 @1m, resolve A-1 li @2m, read hall/t1 battery=8 @3m"),
        "hall/t1 battery firing @1m, hall/t1 battery operator @2m",
    );
}

#[test]
fn a_sensor_that_falls_silent_keeps_its_low_battery() {
    check(
        &format!("{BATTERY}, read hall/t1 battery=9 @1m, tick @30m, read hall/t1 temperature=20 @40m"),
        "hall/t1 battery firing @1m, hall/t1 silent @16m, hall/t1 heard @40m",
    );
}

#[test]
fn another_limit_for_batteries_is_another_end() {
    let lower = r#"rules {"battery_low":{"enabled":true,"below":5}} @2m"#;
    check(&format!("{BATTERY}, read hall/t1 battery=9 @1m, {lower}, read hall/t1 battery=9 @3m"), {
        "hall/t1 battery firing @1m, hall/t1 battery rule_changed @2m"
    });
}

#[test]
fn a_value_that_never_moves_is_told_and_its_first_move_ends_it() {
    check(
        &format!(
            "{STUCK}, read hall/t1 temperature=21.5 humidity=40 @0m..60m/10m, \
             read hall/t1 temperature=21.5 humidity=41 @70m, read hall/t1 temperature=21.6 humidity=41 @80m"
        ),
        "hall/t1 temperature firing @60m, hall/t1 humidity firing @60m, hall/t1 humidity cleared @70m, \
         hall/t1 temperature cleared @80m",
    );
    let out = run(&format!("{STUCK}, read hall/t1 temperature=21.5 @0m..60m/10m"));
    let alert = &out.changes[0];
    assert_eq!(alert.pending_at, super::MIDNIGHT);
    assert_eq!(alert.values.get("value"), Some(&Value::from(Milli::from_raw(21_500))));
    // What may stay the same all day is not judged.
    check(&format!("{STUCK}, read hall/t1 battery=90 occupancy=0 pressure=1013 @0m..90m/10m"), "");
}

#[test]
fn a_silence_is_no_stillness() {
    check(
        &format!("{STUCK}, read hall/t1 temperature=21.5 @0m..50m/10m, read hall/t1 temperature=21.5 @70m..129m/10m"),
        "hall/t1 silent @65m, hall/t1 heard @70m",
    );
    // But what was told is not over because nobody measures any more.
    check(
        &format!("{STUCK}, read hall/t1 temperature=21.5 @0m..60m/10m, read hall/t1 temperature=21.5 @90m"),
        "hall/t1 temperature firing @60m, hall/t1 silent @75m, hall/t1 heard @90m",
    );
}

#[test]
fn a_step_of_the_clock_is_no_stillness() {
    check(
        &format!(
            "{STUCK}, read hall/t1 temperature=21.5 @1m, clock stepped 2h @2h2m, read hall/t1 temperature=21.5 @2h3m"
        ),
        "",
    );
}

#[test]
fn another_length_is_another_end() {
    let longer = r#"rules {"sensor_stuck":{"enabled":true,"after":"2h"}} @61m"#;
    check(&format!("{STUCK}, read hall/t1 temperature=21.5 @0m..60m/10m, {longer}"), {
        "hall/t1 temperature firing @60m, hall/t1 temperature rule_changed @61m"
    });
}
