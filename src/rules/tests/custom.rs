//! Rules of one's own: what they say, what they must not say, and how a slow one is switched off.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{check, entry, run};
use crate::facts::{Command, Fact, Value};
use crate::rules::custom::Draft;
use crate::rules::engine::Engine;
use crate::rules::settings::{Occasion, Settings};

/// The order that sets one rule of one's own, with nothing else that could speak.
fn rule(on: &str, when: &str, hold: &str) -> String {
    format!(
        r#"rules {{"room_climate":{{"enabled":false}},"custom":[{{"name":"own","on":"{on}","when":"{when}","severity":"info","hold":"{hold}","say":"do it"}}]}} @0s"#
    )
}

fn own(on: &str, when: &str, tale: &str, want: &str) {
    check(&format!("{}, {tale}", rule(on, when, "2m")), want);
}

#[test]
fn true_is_a_breach_and_false_is_its_end() {
    let stuffy = "room.co2 > 1200 && room.occupancy >= 50";
    own(
        "reading",
        stuffy,
        "read hall/t1 co2=1300 occupancy=60 @0s, read hall/t1 co2=1100 occupancy=60 @5m, read hall/t1 co2=1201 occupancy=50 @6m, \
         read hall/t1 co2=1000 occupancy=50 @7m, tick @10m",
        "hall own pending @0s, hall own firing @2m, hall own cleared @5m, hall own pending @6m, hall own cleared @7m",
    );
    own(
        "position",
        "position.speed_kmh > 60.5",
        "car-1 at 0 80kmh @0s, car-1 at 900 70kmh @1m, car-1 at 1800 70kmh @2m, car-1 at 2700 40kmh @3m",
        "car-1 own pending @0s, car-1 own firing @2m, car-1 own cleared @3m",
    );
    check(
        &format!(
            "{}, plan G-1 vip 9h; G-2 9h @1s, scan G-1 K1 @10s, scan G-2 K2 @20s, scan G-1 K2 exit @30s, tick @100s, scan G-1 K1 @110s",
            rule("scan", "visit.tier == 'vip' && scan.kiosk == 'K2'", "1m")
        ),
        "G-1 own pending @30s, G-1 own firing @1m30s, G-1 own cleared @1m50s",
    );
    // No hold: told in the same breath.
    check(&format!("{}, read hall/t1 co2=9 @1m", rule("reading", "room.co2 > 5", "0s")), {
        "hall own pending @1m, hall own firing @1m"
    });
}

#[test]
fn what_it_needs_and_nobody_knows_is_no_answer() {
    let stuffy = "room.co2 > 1200 && room.occupancy >= 50";
    own(
        "reading",
        stuffy,
        "read hall/t1 co2=1300 @0s, read hall/t1 occupancy=60 @1m, read hall/t1 temperature=20 @2m, tick @3m",
        "hall own pending @1m, hall own firing @3m",
    );
    // Its only counter of people falls silent: nothing says that it is over.
    own(
        "reading",
        stuffy,
        "read hall/p1 occupancy=60 @0s, read hall/t1 co2=1300 @1s..20m1s/5m, read hall/t1 co2=1300 @21m, tick @22m",
        "hall own pending @1s, hall own firing @2m1s, hall/p1 silent @15m",
    );
    own(
        "reading",
        "has(room.occupancy) && room.occupancy > 5",
        "read hall/t1 co2=1300 @0s, read hall/t1 occupancy=6 @1m",
        "hall own pending @1m",
    );
    own("scan", "scan.took_s > 60", "scan G-1 K1 @0s, scan G-1 K1 took=61 @1m, scan G-1 K1 @2m, tick @3m", {
        "G-1 own pending @1m, G-1 own firing @3m"
    });
}

#[test]
fn the_alert_says_by_what_it_was_judged() {
    let out =
        run(&format!("{}, read hall/t1 co2=1250.5 @1s", rule("reading", "room.co2 > 1200 && room.id != 'bar'", "0s")));
    let values = &out.changes.last().unwrap().values;
    assert_eq!(values.get("say"), Some(&Value::from("do it")));
    assert_eq!(serde_json::to_string(&values["room.co2"]).unwrap(), "1250.5");
    assert_eq!(values.get("room.id"), Some(&Value::from("hall")));
}

#[test]
fn people_rules_and_clocks_change_it() {
    let told = format!("{}, read hall/t1 co2=1300 @0s", rule("reading", "room.co2 > 1200", "2m"));
    check(
        &format!(
            "{told}, resolve A-1 li @3m, read hall/t1 co2=1300 @4m, read hall/t1 co2=1 @5m, read hall/t1 co2=1300 @6m"
        ),
        "hall own pending @0s, hall own firing @2m, hall own operator @3m, hall own pending @6m",
    );
    check(
        &format!("{told}, rules {{\"room_climate\":{{\"enabled\":false}}}} @3m, tick @9m"),
        "hall own pending @0s, hall own firing @2m, hall own rule_changed @3m",
    );
    let same = rule("reading", "room.co2 > 1200", "2m").replace("@0s", "@1m");
    check(&format!("{told}, {same}, tick @9m"), "hall own pending @0s, hall own firing @2m");
    let other = rule("reading", "room.co2 > 1250", "2m").replace("@0s", "@1m");
    check(&format!("{told}, {other}, read hall/t1 co2=1300 @2m, tick @9m"), {
        "hall own pending @0s, hall own rule_changed @1m, hall own pending @2m, hall own firing @4m"
    });
    // Across a step of our clock nobody knows how long it was so.
    check(&format!("{told}, clock trusted 1h @1h1m, tick @1h9m"), "hall own pending @0s, hall own firing @1h3m");
}

/// Every look at it is 20 ms after the one before.
fn slow() -> u64 {
    static LOOKS: AtomicU64 = AtomicU64::new(0);
    LOOKS.fetch_add(20_000, Ordering::Relaxed)
}

#[test]
fn a_slow_rule_is_switched_off_by_an_order_until_it_is_another() {
    let mut engine = Engine::new();
    engine.lend(slow);
    let mut seq = 0;
    let mut feed = |engine: &mut Engine, text: &str| {
        seq += 1;
        let entry = entry(text, seq).unwrap();
        let mut told = engine.advance(Engine::before(&entry));
        told.extend(engine.step(&entry).changes);
        told.iter().map(super::tell).collect::<Vec<_>>().join(", ")
    };
    feed(&mut engine, &rule("reading", "room.co2 > 1200", "0s"));
    feed(&mut engine, "read hall/t1 co2=1300 @1s");
    feed(&mut engine, "read hall/t1 co2=1300 @2s");
    assert_eq!(engine.take_slow(), None, "twice may be the machine's doing");
    feed(&mut engine, "read hall/t1 co2=1300 @3s");
    assert_eq!(engine.take_slow(), Some(Command::SwitchOff { rule: "own".parse().unwrap(), took_ms: 20 }));
    assert_eq!(engine.take_slow(), None, "told once");
    assert_eq!(feed(&mut engine, "slow own @4s"), "hall own unknown @4000, custom own firing @4000");
    assert_eq!(feed(&mut engine, "slow own @5s"), "");
    assert_eq!(feed(&mut engine, "read hall/t1 co2=1 @6s") + &feed(&mut engine, "read hall/t1 co2=1300 @7s"), "");
    // Known also after a start.
    let mut restored = Engine::restore(&engine.snapshot().unwrap()).unwrap();
    assert_eq!(restored, engine);
    assert_eq!(feed(&mut restored, "read hall/t1 co2=1300 @8s"), "");
    let other = rule("reading", "room.co2 > 1250", "0s").replace("@0s", "@9s");
    assert_eq!(feed(&mut engine, &other), "custom own rule_changed @9000");
    assert_eq!(feed(&mut engine, "read hall/t1 co2=1300 @10s"), "hall own pending @10000, hall own firing @10000");
}

#[test]
fn a_snapshot_asks_the_same_rules() {
    let mut engine = run(&rule("reading", "room.co2 > 1200", "0s")).engine;
    let mut restored = Engine::restore(&engine.snapshot().unwrap()).unwrap();
    let reading = entry("read hall/t1 co2=1300 @1s", 9).unwrap();
    assert_eq!(restored.step(&reading), engine.step(&reading));
    assert_eq!(engine.step(&entry("read hall/t1 co2=1 @2s", 10).unwrap()).changes.len(), 1);
}

/// What is said to a condition, and where in it.
fn refused(on: Occasion, when: &str) -> String {
    let fault = Draft::read(on, when).expect_err(when);
    assert!(!fault.hint.is_empty(), "{when}");
    format!("{}{}", fault.what, fault.at.map(|at| format!(" @{at}")).unwrap_or_default())
}

#[test]
fn a_slip_is_told_when_the_rule_is_read() {
    for (when, says) in [
        ("", "there is no condition"),
        ("room.c02 > 1200", "\"room\" has no member \"c02\""),
        ("rom.co2 > 1200", "\"rom\" is not known here"),
        ("co2 > 1200", "\"co2\" is not known here"),
        ("room > 3", "\"room\" is no value"),
        ("room.co2", "the condition is a number, neither true nor false"),
        ("room.co2.high > 3", "nothing has a member \"high\" here"),
        ("room.co2 > '1200'", "this does not work"),
        ("room.id == 3 || room.co2 > 1", ""),
        ("room.co2 > 1200 && room.co2 + 'a' == 'b'", "this does not work"),
        // Also where the sample would never come to it.
        ("false && room.typo > 1", "\"room\" has no member \"typo\""),
        ("true || size(room.co2) > 1", "this does not work"),
        ("room.co2 + 100 > 900", "this does not work"),
        ("frobnicate(room.co2)", "this does not work"),
        ("[1, 2].all(x, x > 0)", "all, exists, map and filter are not for rules"),
        ("room.co2 >", "the condition cannot be read"),
        ("scan.code == 'x'", "\"scan\" is not known here"),
        ("room.co2 > 1 &&& true", "the condition cannot be read"),
    ] {
        if says.is_empty() {
            // Two kinds are never equal; that is no slip that anybody can know.
            assert!(Draft::read(Occasion::Reading, when).is_ok(), "{when}");
            continue;
        }
        let told = refused(Occasion::Reading, when);
        assert!(told.starts_with(says), "{when}: {told}");
    }
    let long = format!("room.co2 > 1 || {}", "room.co2 > 1 || ".repeat(70) + "true");
    assert!(refused(Occasion::Reading, &long).contains("bytes; at most 1024"));
    for deep in ["(".repeat(200) + "true" + &")".repeat(200), "1 + (".repeat(40) + "1" + &")".repeat(40) + " > 0"] {
        let told = refused(Occasion::Reading, &deep);
        assert!(told.contains("nested") || told.contains("cannot be read"), "{told}");
    }
    for (on, when) in [
        (Occasion::Reading, "room.capacity > 0 && room.occupancy / room.capacity > 0.8"),
        (Occasion::Position, "vehicle.on_duty && position.speed_kmh > 90 && position.lat > 31.1"),
        (
            Occasion::Scan,
            "scan.verdict in ['not_found', 'wrong_day'] || scan.direction == 'exit' && visit.tier == 'vip'",
        ),
        (Occasion::Scan, "scan.code.startsWith('S-') ? scan.took_s > 10 : scan.took_s > 120"),
        (Occasion::Reading, "10.0 / (reading.co2 - 1.0) > 2"),
    ] {
        assert!(Draft::read(on, when).is_ok(), "{when}: {:?}", Draft::read(on, when));
    }
}

#[test]
fn settings_with_a_bad_rule_are_refused_whole() {
    let text = rule("reading", "room.c02 > 1", "0s").replacen("rules ", "", 1).replace(" @0s", "");
    let fault = Settings::from_json(&text).unwrap_err().to_string();
    assert!(fault.contains("custom.own.when") && fault.contains("no member"), "{fault}");
    let twice = text.replace("c02", "co2").replacen(
        "[{",
        r#"[{"name":"own","on":"scan","when":"true","severity":"info","hold":"0s"},{"#,
        1,
    );
    assert!(Settings::from_json(&twice).unwrap_err().to_string().contains("here twice"));
    assert!(matches!(entry(&rule("reading", "true", "0s"), 1).unwrap().fact, Fact::Command(Command::SetRules { .. })));
}
