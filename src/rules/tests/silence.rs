//! `kiosk_silent`, `vehicle_silent`, `sensor_silent`, and what is known of devices.

use super::{MIDNIGHT, check, run, time};
use crate::facts::{DeviceState, Report, Span, Subject};

#[test]
fn silence_is_told_at_its_limit_and_ends_with_the_next_report() {
    check("say K1 online @0s, tick @1m59s999ms", "");
    check("say K1 online @0s, tick @9m, say K1 rubbish @10m", "K1 silent @2m, K1 heard @10m");
    check("scan G-1 K1 @0s, scan G-1 K1 @1m59s, tick @3m59s", "K1 silent @3m59s");
    check("car-1 at 0 40kmh @0s, tick @9m, say car-1 no_fix @10m", "car-1 silent @2m, car-1 heard @10m");
    check("read lobby/t1 battery=80 @0s, tick @60m", "lobby/t1 silent @15m");
    // Heard at the very limit: silent and back.
    check("say K1 online @0s, say K1 online @2m", "K1 silent @2m, K1 heard @2m");
    let out = run("say K1 online @1m, tick @9m");
    assert_eq!(out.changes[0].pending_at, time("1m"));
    let values = serde_json::to_string(&out.changes[0].values).unwrap();
    assert_eq!(values, r#"{"after_s":120,"last_heard":"2026-11-23T00:01:00.000Z"}"#);
}

#[test]
fn a_goodbye_starts_the_silence_and_is_no_sign_of_life() {
    check("say K1 online @0s, say K1 offline @1m, tick @9m", "K1 silent @3m");
    check(
        "say K1 online @0s, say K1 offline @5m, say K1 offline @6m, say K1 online @7m",
        "K1 silent @2m, K1 heard @7m",
    );
    check("say K1 offline @0s, say K1 offline @1m, tick @9m", "K1 silent @2m");
}

#[test]
fn who_is_expected_is_missed() {
    check("plan K1 kiosk; car-1; car-2 off @0s, tick @9m", "car-1 silent @2m, K1 silent @2m");
    check("plan K1 kiosk @0s, tick @9m, plan K2 kiosk @10m, tick @20m", {
        "K1 silent @2m, K1 plan_changed @10m, K2 silent @12m"
    });
    // Heard once, it is watched whether or not the plan names it.
    check("say K1 online @0s, plan @1m, tick @9m", "K1 silent @2m");
    // Put on duty, and off.
    check(
        "plan car-1 off @0s, tick @9m, plan car-1 @10m, plan car-1 off @11m, say car-1 online @12m",
        "car-1 silent @10m, car-1 plan_changed @11m",
    );
    check(
        r#"rules {"silent":{"sensors":{"lobby/t1":"3h"}}} @0s, tick @9h, rules {} @10h, tick @20h"#,
        "lobby/t1 silent @3h, lobby/t1 rule_changed @10h",
    );
}

#[test]
fn other_rules_judge_anew() {
    let hour = r#"rules {"silent":{"sensors":{"lobby/t1":"1h"}}}"#;
    check(&format!("read lobby/t1 co2=1 @0s, {hour} @1m, tick @2h"), "lobby/t1 silent @1h");
    check(
        &format!("read lobby/t1 co2=1 @0s, tick @20m, {hour} @30m, tick @2h"),
        "lobby/t1 silent @15m, lobby/t1 rule_changed @30m, lobby/t1 silent @1h",
    );
    check(&format!("{hour} @0s, read lobby/t1 co2=1 @0s, rules {{}} @30m"), "lobby/t1 silent @30m");
    let off = r#"rules {"silent":{"kiosk":{"enabled":false,"severity":"warning","after":"2m"}}}"#;
    check(
        &format!("say K1 online @0s, tick @5m, {off} @6m, tick @7m, rules {{}} @8m, say K1 online @9m"),
        "K1 silent @2m, K1 rule_changed @6m, K1 silent @8m, K1 heard @9m",
    );
    // Ended by hand it is not told again before the device was heard.
    check(
        "say K1 online @0s, resolve A-1 li @5m, plan K1 kiosk @6m, rules {\"silent\":{}} @7m, say K1 online @8m, tick @11m",
        "K1 silent @2m, K1 operator @5m, K1 silent @10m",
    );
    // A step of our clock starts the count again.
    check("say K1 online @0s, clock trusted 1h @1h1m, tick @1h9m", "K1 silent @1h3m");
    check("say K1 online @2h, clock trusted -1h @1h1m, tick @1h9m", "K1 silent @1h3m");
}

#[test]
fn the_present_says_what_is_known_of_a_device() {
    for (tale, at, want, since) in [
        ("plan K1 kiosk @0s", "1m", DeviceState::Unknown, "0s"),
        ("plan K1 kiosk @0s", "9m", DeviceState::Unknown, "0s"),
        ("say K1 online @1m, say K1 online @2m", "3m", DeviceState::Online, "1m"),
        ("say K1 online @1m", "9m", DeviceState::Silent, "1m"),
        ("say K1 online @1m, tick @9m, say K1 online @10m", "11m", DeviceState::Online, "10m"),
        ("say K1 online @1m, say K1 offline @2m", "3m", DeviceState::Offline, "2m"),
        ("say K1 offline @2m, scan G-1 K1 @4m", "5m", DeviceState::Online, "4m"),
        ("say car-1 no_fix @1m, say car-1 no_fix @2m", "3m", DeviceState::NoFix, "1m"),
        ("say car-1 no_fix @1m, car-1 at 0 0kmh @2m", "3m", DeviceState::Online, "2m"),
        ("say car-1 no_fix @1m, say car-1 rubbish @2m", "3m", DeviceState::NoFix, "1m"),
    ] {
        let mut engine = run(tale).engine;
        engine.advance(time(at));
        let view = engine.present(1, time(at)).devices.remove(0);
        assert_eq!((view.state, view.since), (want, Some(time(since))), "{tale}");
    }
    let view =
        run("scan G-1 K1 @0s, say K1 rubbish @1m, say K1 online @2m").engine.present(1, MIDNIGHT).devices.remove(0);
    assert_eq!((view.received, view.rejected, view.heard_at), (2, 1, Some(time("2m"))));
}

#[test]
fn a_redelivery_is_known() {
    let out = run("read lobby/t1 co2=1 @0s, car-1 at 5 1kmh seen=0s @1s, scan G-1 K1 seen=0s @2s");
    let report = |line: &str| {
        let entry = super::entry(line, 9).unwrap();
        Report { device: entry.device, observed_at: entry.observed_at, fact: entry.fact, awaited: false }
    };
    for (line, repeats) in [
        ("car-1 at 5 1kmh seen=0s @9m", true),
        ("car-1 at 5 1kmh seen=1s @9m", false),
        ("car-1 at 6 1kmh seen=0s @9m", false),
        ("car-1 at 5 1kmh @9m", false),
        ("car-2 at 5 1kmh seen=0s @9m", false),
        // Without a stamp of its own a reading may be the same twice; scans have their ids.
        ("read lobby/t1 co2=1 @9m", false),
        ("scan G-1 K1 seen=0s @9m", false),
    ] {
        assert_eq!(out.engine.repeats(&report(line)), repeats, "{line}");
    }
    let again = crate::rules::Engine::restore(&out.engine.snapshot().unwrap()).unwrap();
    assert!(again.repeats(&report("car-1 at 5 1kmh seen=0s @9m")));
}

#[test]
fn a_link_of_ours_is_shown_and_never_silent() {
    let mut entry = super::entry("say K1 offline @1m", 1).unwrap();
    entry.device = Subject::Link(super::name("serial:car-1"));
    let mut engine = crate::rules::Engine::new();
    assert_eq!(engine.step(&entry).changes, []);
    assert_eq!(engine.advance(time("20h")), []);
    let view = engine.present(1, time("20h")).devices.remove(0);
    assert_eq!((view.id, view.state, view.since), (entry.device, DeviceState::Offline, Some(time("1m"))));
}

#[test]
fn everything_that_was_on_the_way_is_known_again() {
    let line = |n: u32| format!("car-1 at {n} 1kmh seen={n}s @{n}s");
    let tale: Vec<String> = (1..=40).map(line).collect();
    let engine = run(&tale.join(", ")).engine;
    let known = |n: u32| {
        let entry = super::entry(&line(n), 99).unwrap();
        engine.repeats(&Report {
            device: entry.device,
            observed_at: entry.observed_at,
            fact: entry.fact,
            awaited: true,
        })
    };
    let first = (1..=40).find(|n| known(*n));
    assert_eq!(first, Some(9), "the last 32 are known");
    assert!((9..=40).all(known));
}

#[test]
fn made_up_names_do_not_fill_the_memory() {
    let tale: Vec<String> = (0..5_000).map(|n| format!("say K{n} online @0s")).collect();
    let tale = tale.join("\n");
    let engine = run(&tale).engine;
    assert_eq!(engine.present(1, MIDNIGHT).devices.len(), 4_096);
    assert_eq!(engine.next_deadline(), Some(MIDNIGHT.plus(Span::from_mins(2))));
    // Who is named is watched all the same.
    let named = run(&format!("{tale}, plan K9999 kiosk @1s")).engine.present(1, MIDNIGHT).devices;
    assert!(named.iter().any(|device| device.id == Subject::Kiosk(super::name("K9999"))));
}
