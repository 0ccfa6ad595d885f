//! `idle_vehicle`, and what counts as standing.

use super::{check, run, time};
use crate::facts::{Value, VehicleState};

#[test]
fn stands_from_the_first_slow_position() {
    // Confirmed after thirty seconds, counted from the first.
    check("car-1 at 0 30kmh @0s, car-1 at 100 1.5kmh @10s..15m10s/10s", "car-1 pending @40s, car-1 firing @10m10s");
    // The hold ends between two positions, to the millisecond.
    check("car-1 at 0 0kmh @7s..10m7s/30s, tick @10m7s", "car-1 pending @37s, car-1 firing @10m7s");
    // A standing vehicle that is thinned to one position every thirty seconds.
    check("car-1 at 0 0kmh @0s..9m30s/30s, car-1 at 0 20kmh @9m50s, car-1 at 60 20kmh @9m55s", {
        "car-1 pending @30s, car-1 moved @9m55s"
    });
    // At a red light for twenty seconds.
    check("car-1 at 0 30kmh @0s, car-1 at 10 0kmh @5s..25s/5s, car-1 at 10 8kmh @30s, car-1 at 30 30kmh @35s", "");
}

#[test]
fn one_position_alone_changes_nothing() {
    let stands = "car-1 at 0 0kmh @0s..5m/30s";
    let goes_on = "car-1 at 1 0.5kmh @5m30s..11m/30s";
    // A spike of speed, a jump of place, and noise between the two speeds.
    check(&format!("{stands}, car-1 at 0 6kmh @5m10s, {goes_on}"), "car-1 pending @30s, car-1 firing @10m");
    check(&format!("{stands}, car-1 at 300 0kmh @5m10s, {goes_on}"), "car-1 pending @30s, car-1 firing @10m");
    check(&format!("{stands}, car-1 at 0 5kmh @5m10s..5m20s/5s, {goes_on}"), "car-1 pending @30s, car-1 firing @10m");
    // Two in a row are movement.
    check(
        &format!("{stands}, car-1 at 0 6kmh @5m10s, car-1 at 2 7kmh @5m11s"),
        "car-1 pending @30s, car-1 moved @5m11s",
    );
    // So is creeping away, however slowly: it then stands somewhere else.
    check(
        &format!("{stands}, car-1 at 55 1kmh @5m10s, car-1 at 56 1kmh @5m20s..6m/10s, tick @8m"),
        "car-1 pending @30s, car-1 moved @5m20s, car-1 pending @6m, car-1 silent @8m, car-1 cleared @8m",
    );
}

#[test]
fn a_bad_position_says_nothing_about_movement() {
    let stands = "car-1 at 0 0kmh @0s..5m/30s";
    for bad in ["hdop=5.1", "sats=3"] {
        let jump = format!("car-1 at 900 40kmh {bad} @5m5s, car-1 at 950 40kmh {bad} @5m6s");
        check(&format!("{stands}, {jump}, car-1 at 0 0kmh @5m30s..10m/30s"), "car-1 pending @30s, car-1 firing @10m");
    }
    for good in ["hdop=5", "sats=4"] {
        let jump = format!("car-1 at 900 40kmh {good} @5m5s, car-1 at 950 40kmh {good} @5m6s");
        check(&format!("{stands}, {jump}"), "car-1 pending @30s, car-1 moved @5m6s");
    }
}

#[test]
fn displacement_tells_the_speed_that_is_not_said() {
    // Receiver noise of a few metres is no speed.
    check(
        "car-1 at 0 @0s, car-1 at 3 @10s, car-1 at 1 @20s, car-1 at 2 @30s, car-1 at 4 @40s..10m20s/20s",
        "car-1 pending @40s, car-1 firing @10m10s",
    );
    // Twenty metres in ten seconds is 7.2 km/h.
    check(
        "car-1 at 0 @0s, car-1 at 0 @10s..60s/10s, car-1 at 20 @70s, car-1 at 40 @80s",
        "car-1 pending @40s, car-1 moved @80s",
    );
    // By the device's own stamps, where they are plausible: these came late and together.
    check("car-1 at 0 seen=0s @60s, car-1 at 0 seen=30s @60s, car-1 at 0 seen=59s @90s", "car-1 pending @90s");
}

#[test]
fn may_stand_in_its_zones_and_off_duty() {
    let plan = "plan car-1 zones=yard; car-2 off; yard 0..100 @0s";
    check(&format!("{plan}, car-1 at 50 0kmh @0s..20m/30s, say car-2 online @20m"), "");
    check(&format!("{plan}, car-1 at 150 0kmh @0s..2m/30s"), "car-1 pending @30s");
    check(&format!("{plan}, car-2 at 150 0kmh @0s..1m/30s, say car-1 online @1m"), "");
    // Another vehicle's zone is not its own.
    check(&format!("{plan}, car-3 at 50 0kmh @0s..1m/30s, say car-1 online @1m"), "car-3 pending @30s");
    // Rolled in to where it may stand.
    check(
        &format!("{plan}, car-1 at 110 0kmh @0s..60s/30s, car-1 at 95 1kmh @90s, car-1 at 105 0kmh @2m..20m/30s"),
        "car-1 pending @30s, car-1 moved @90s",
    );
    // The plan draws the zone where it stands, or takes it away.
    check(
        "car-1 at 50 0kmh @0s..60s/30s, plan car-1 zones=yard; yard 0..100 @70s, car-1 at 50 0kmh @90s, \
         plan car-1 @2m, car-1 at 50 0kmh @3m..4m/60s, plan car-1 off @5m",
        "car-1 pending @30s, car-1 plan_changed @70s, car-1 pending @2m, car-1 plan_changed @5m",
    );
}

#[test]
fn what_is_not_seen_is_not_idling() {
    // Pending, then nothing for two minutes; then it is there again, and counts anew.
    let tale = "car-1 at 0 0kmh @0s..3m/30s, tick @6m, car-1 at 0 0kmh @6m..17m/30s";
    check(
        tale,
        "car-1 pending @30s, car-1 silent @5m, car-1 cleared @5m, car-1 heard @6m, car-1 pending @6m30s, \
         car-1 firing @16m",
    );
    let cleared = run(tale).changes.into_iter().find(|alert| alert.values.contains_key("no_data_since")).unwrap();
    assert_eq!(cleared.values.get("no_data_since"), Some(&Value::from(time("3m"))));
    // In a garage it is heard, but nobody knows where it is.
    check("car-1 at 0 0kmh @0s..3m/30s, say car-1 no_fix @3m20s..9m/40s", "car-1 pending @30s, car-1 cleared @5m");
    // What was told stays told, and nothing is told twice.
    let told = "car-1 at 0 0kmh @0s..11m/30s, say car-1 online @11m30s..20m/60s";
    check(&format!("{told}, car-1 at 0 0kmh @20m30s..40m/30s"), "car-1 pending @30s, car-1 firing @10m");
    // Unless it is somewhere else.
    check(
        &format!("{told}, car-1 at 500 0kmh @20m30s..22m/30s"),
        "car-1 pending @30s, car-1 firing @10m, car-1 moved @21m, car-1 pending @22m",
    );
    // Lost while it drove, found standing where it was last seen.
    check("car-1 at 0 50kmh @0s..20s/10s, tick @9m, car-1 at 0 0kmh @10m..11m/30s", {
        "car-1 silent @2m20s, car-1 heard @10m, car-1 pending @10m30s"
    });
}

#[test]
fn people_and_rules_change_it() {
    let stands = "car-1 at 0 0kmh @0s..12m/30s";
    // Ended by hand it is not told again before the vehicle has moved.
    check(
        &format!(
            "{stands}, resolve A-1 li @12m, car-1 at 0 0kmh @12m30s..25m/30s, car-1 at 100 20kmh @25m10s..25m20s/5s, car-1 at 200 0kmh @25m30s..26m/30s"
        ),
        "car-1 pending @30s, car-1 firing @10m, car-1 operator @12m, car-1 pending @26m",
    );
    check(
        "car-1 at 0 0kmh @0s..5m/30s, resolve A-1 li @5m, car-1 at 0 0kmh @5m30s..12m/30s",
        "car-1 pending @30s, car-1 operator @5m",
    );
    let rules = |after: &str| format!(r#"rules {{"idle_vehicle":{{"after":"{after}"}}}} @12m"#);
    let goes_on = "car-1 at 0 0kmh @12m30s..21m/30s";
    check(
        &format!("{stands}, {}, {goes_on}", rules("20m")),
        "car-1 pending @30s, car-1 firing @10m, car-1 rule_changed @12m, car-1 pending @12m, car-1 firing @20m",
    );
    check(&format!("{stands}, {}, {goes_on}", rules("11m")), "car-1 pending @30s, car-1 firing @10m");
    check(
        r#"car-1 at 0 0kmh @0s..5m/30s, rules {"idle_vehicle":{"after":"2m"}} @5m, tick @6m"#,
        "car-1 pending @30s, car-1 firing @5m",
    );
    check(
        r#"car-1 at 0 0kmh @0s..5m/30s, rules {"idle_vehicle":{"enabled":false}} @5m, rules {} @6m"#,
        "car-1 pending @30s, car-1 rule_changed @5m, car-1 pending @6m",
    );
    // A step of our clock: nobody knows how long it stood, so the hold starts again.
    check(
        "car-1 at 0 0kmh @0s..5m/30s, clock trusted 1h @1h5m, car-1 at 0 0kmh @1h6m..1h16m/60s",
        "car-1 pending @30s, car-1 firing @1h15m",
    );
}

#[test]
fn the_present_says_what_is_known() {
    for (tale, at, want, since) in [
        ("car-1 at 0 40kmh @0s..10s/5s", "15s", VehicleState::Moving, Some("0s")),
        ("car-1 at 0 40kmh @0s", "1s", VehicleState::Moving, None),
        ("car-1 at 0 0kmh @0s", "1s", VehicleState::Stationary, None),
        ("car-1 at 0 0kmh @0s..60s/30s", "1m59s", VehicleState::Stationary, Some("0s")),
        ("car-1 at 0 0kmh @0s..60s/30s", "2m", VehicleState::Stale, Some("60s")),
        ("car-1 at 0 0kmh @0s..60s/30s, say car-1 no_fix @62s", "63s", VehicleState::Stale, Some("62s")),
        ("car-1 at 0 0kmh @0s..60s/30s, say car-1 no_fix @62s..70m/60s", "70m", VehicleState::Stale, Some("62s")),
        ("car-1 at 0 0kmh @0s..60s/30s, say car-1 offline @62s", "63s", VehicleState::Offline, Some("62s")),
        ("car-1 at 0 0kmh @0s..60s/30s", "11m", VehicleState::Offline, Some("60s")),
        ("say car-1 online @0s", "1s", VehicleState::Stale, None),
        ("plan car-1 @0s", "1s", VehicleState::Offline, None),
    ] {
        let mut engine = run(tale).engine;
        engine.advance(time(at));
        let view = engine.present(1, time(at)).vehicles.remove(0);
        assert_eq!((view.state, view.since), (want, since.map(time)), "{tale}");
    }
}
