//! What must hold for any sequence of entries.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::{Out, feed, lawful, time};
use crate::facts::{Alert, AlertState, Entry, Fact, Kind, Ruling, Timestamp};
use crate::rules::Engine;

/// One entry's text without its time.
fn what() -> impl Strategy<Value = String> {
    let pick = |all: &'static [&'static str]| prop::sample::select(all);
    prop_oneof![
        3 => (pick(&["G-1", "G-2", "G-3", "G-9"]), pick(&["K1", "K2"]), pick(&["", "exit", "point=main", "seen=5m", "seen=20m", "took=30", "took=200"]))
            .prop_map(|(guest, kiosk, how)| format!("scan {guest} {kiosk} {how}")),
        4 => (pick(&["lobby/t1", "lobby/t2", "hall/t1"]), pick(&["temperature", "co2"]), pick(&["17", "20", "26.7", "27.4", "950", "1100"]))
            .prop_map(|(sensor, metric, value)| format!("read {sensor} {metric}={value}")),
        2 => (pick(&["lobby/t1", "hall/t1"]), pick(&["occupancy=3", "occupancy=9", "battery=9", "battery=30", "temperature=20"]))
            .prop_map(|(sensor, value)| format!("read {sensor} {value}")),
        6 => (pick(&["car-1", "car-2"]), pick(&["0", "1", "60", "300"]), pick(&["0kmh", "1kmh", "4kmh", "30kmh", "", "0kmh hdop=9"]))
            .prop_map(|(car, at, how)| format!("{car} at {at} {how}")),
        2 => (pick(&["K1", "K2", "car-1", "lobby/t1"]), pick(&["online", "offline", "no_fix", "rubbish"]))
            .prop_map(|(device, word)| format!("say {device} {word}")),
        2 => (pick(&["ack", "note", "resolve"]), 1..12_u32).prop_map(|(verb, n)| format!("{verb} A-{n} li words")),
        1 => (pick(&["note", "resolve"]), 1..12_u32, pick(&["cause", "handling", "result"]), 0..1000_u32)
            .prop_map(|(verb, n, what, text)| format!("{verb} A-{n} li {what}={text}")),
        2 => (1..8_u32, pick(&["30s", "5m", "13h", "until=10m", "until=40m", "0s"])).prop_map(|(n, end)| format!("shelve A-{n} li {end} words")),
        1 => pick(&["G-1", "G-2", "G-9"]).prop_map(|guest| format!("receive {guest} li")),
        1 => (1..8_u32).prop_map(|n| format!("unshelve A-{n} li")),
        2 => (pick(&["upstream", "disk", "data"]), pick(&["offline no room", "offline", "online"]))
            .prop_map(|(part, word)| format!("gateway {part} {word}")),
        1 => pick(&["trusted", "untrusted", "trusted 5m", "trusted -3m"]).prop_map(|word| format!("clock {word}")),
        2 => pick(&[
            "plan G-1 5m; G-1 40m; G-2 vip 10m; K1 kiosk; car-1 zones=yard; yard 0..30; lobby temperature=..25 holds=10",
            "plan lobby booked 4m..9m; hall booked 10m..12m; hall booked 12m..20m; hall temperature=..19 holds=4",
            "plan hall booked 4m..9m; hall booked 8m..12m; t1 trip car-1 5m G-1; t2 trip car-1 9m; car-1; G-1 20m; G-2 vip 10m",
            "plan yard 0..30; t1 trip car-1 50m to=yard; t2 trip car-2 3h; car-1; G-1 1h",
            "plan yard 0..30; t1 trip car-1 5m from=yard G-1; t2 trip car-1 40m from=yard; t3 trip car-2 12m from=yard; car-1",
            "plan desk post 10m..40m staff=G-9; gate post 20m..25m; K1 kiosk",
            "plan desk post 5m..15m staff=G-1; gate post 20m..60m staff=G-1; G-1 30m",
            "plan G-1 15m vip place=main; G-2 vip 10m place=hall; K1 kiosk=hall; K2 kiosk",
            "plan G-1 15m; G-2 vip 10m cancelled; G-3; K2 kiosk; car-1; car-2 off",
            "plan",
        ]).prop_map(str::to_owned),
        1 => pick(&[
            "{}",
            r#"{"late_arrival":{"grace":"3m"},"room_climate":{"hold":"1m"}}"#,
            r#"{"idle_vehicle":{"after":"1m"},"silent":{"sensors":{"lobby/t1":"30s","hall/t9":"1m"}}}"#,
            r#"{"room_climate":{"enabled":false},"idle_vehicle":{"enabled":false}}"#,
            r#"{"gateway":{"upstream_offline":{"enabled":true,"severity":"info","after":"2m"}}}"#,
            r#"{"gateway":{"disk_low":{"enabled":false,"severity":"info","after":"1m"}}}"#,
            r#"{"room_climate":{"hold":"1m","off_delay":"2m","keep":"5m"},"room_crowded":{"enabled":true,"off_delay":"90s"}}"#,
            r#"{"custom":[{"name":"warm","on":"reading","when":"room.temperature > 25","severity":"info","hold":"2m"},{"name":"far","on":"position","when":"position.speed_kmh > 3.0","severity":"info","hold":"0s"},{"name":"odd","on":"scan","when":"!visit.planned || scan.took_s > 60","severity":"info","hold":"1m"}]}"#,
            r#"{"room_climate":{"only_in_use":true,"lead":"3m","hold":"1m"},"room_crowded":{"enabled":true}}"#,
            r#"{"post_unmanned":{"enabled":true,"before":"4m"}}"#,
            r#"{"late_arrival":{"eta":true,"grace":"2m"}}"#,
            r#"{"pickup_at_risk":{"enabled":true,"slack":"1m","blind":"6m"},"travel":{"speed_kmh":1}}"#,
            r#"{"zone":{"enabled":true,"margin_m":20},"vehicle_empty":{"enabled":true,"after_m":200,"lead":"10m"}}"#,
            r#"{"double_booking":{"enabled":true}}"#,
            r#"{"arrival_reminder":{"enabled":true,"before":"7m","tiers":["vip","guest"]}}"#,
            r#"{"guest_waiting":{"enabled":true,"after":"1m","tiers":["vip","guest"]}}"#,
            r#"{"room_crowded":{"enabled":true,"hold":"30s"},"battery_low":{"enabled":true},"sensor_stuck":{"enabled":true,"after":"1m"},"kiosk_slow":{"enabled":true,"scans_min":2}}"#,
            r#"{"room_crowded":{"enabled":true,"above_percent":20,"band_percent":10},"room_climate":{"limits":{"occupancy":{"high":2}}},"sensor_stuck":{"enabled":true,"after":"3m"}}"#,
        ]).prop_map(|json| format!("rules {json}")),
    ]
}

/// Entries with the seconds between them, as texts with their times.
fn tales() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec((what(), prop_oneof![Just(0_u32), 1..20_u32, 20..300_u32]), 1..60).prop_map(|steps| {
        let mut at = 0;
        let line = |(what, pause): (String, u32)| {
            at += i64::from(pause);
            // An entry that moves our clock is stamped by the new reckoning.
            at += match what.rsplit_once(' ') {
                Some(("clock trusted", "5m")) => 300,
                Some(("clock trusted", "-3m")) => -180,
                _ => 0,
            };
            format!("{what} @{at}s")
        };
        steps.into_iter().map(line).collect()
    })
}

fn entries(tale: &[String]) -> Vec<Entry> {
    (1..).zip(tale).filter_map(|(seq, line)| super::entry(line, seq)).collect()
}

/// The journal bodies of all that follows, and the rulings.
fn live(engine: &mut Engine, entries: &[Entry], mut between: impl FnMut(&mut Engine, Timestamp) -> Vec<Alert>) -> Told {
    let mut told = Told::default();
    for entry in entries {
        told.changes.extend(between(engine, Engine::before(entry)));
        told.changes.extend(engine.advance(Engine::before(entry)));
        let step = engine.step(entry);
        told.changes.extend(step.changes);
        told.rulings.extend(step.ruling);
    }
    told
}

#[derive(Debug, Default, PartialEq)]
struct Told {
    changes: Vec<Alert>,
    rulings: Vec<Ruling>,
}

impl Told {
    fn bodies(&self) -> Vec<String> {
        let body = |alert: &Alert| {
            let mut out = Vec::new();
            Fact::Alert(Box::new(alert.clone())).write_body(&mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        self.changes.iter().map(body).collect()
    }
}

/// The same cases every time, unless `PORTICO_PROPERTY_SEED` asks for others.
fn cases() -> ProptestConfig {
    let seed = std::env::var("PORTICO_PROPERTY_SEED").map_or(20_261_123, |text| text.parse().unwrap());
    println!("PORTICO_PROPERTY_SEED={seed}");
    ProptestConfig {
        cases: 300,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn how_often_time_is_looked_at_changes_nothing(tale in tales(), looks in prop::collection::vec(0..200_000_i64, 1..40)) {
        let entries = entries(&tale);
        let plain = live(&mut Engine::new(), &entries, |_, _| Vec::new());
        let mut looks = looks.into_iter().cycle();
        let mut before = entries[0].received_at;
        let often = live(&mut Engine::new(), &entries, |engine, next| {
            let mut changes = Vec::new();
            for _ in 0..3 {
                let ahead = looks.next().unwrap_or(0);
                let to = before.plus(crate::facts::Span::from_millis(ahead)).min(next);
                changes.extend(engine.advance(to));
                before = to;
            }
            if let Some(due) = engine.next_deadline().filter(|due| *due < next) {
                changes.extend(engine.advance(due));
            }
            before = next;
            changes
        });
        prop_assert_eq!(plain.bodies(), often.bodies());
        prop_assert_eq!(plain.rulings, often.rulings);
    }

    #[test]
    fn a_snapshot_at_any_point_changes_nothing(tale in tales(), every in 1..7_usize) {
        let entries = entries(&tale);
        let mut plain = Engine::new();
        let want = live(&mut plain, &entries, |_, _| Vec::new());
        let mut n = 0;
        let mut again = Engine::new();
        let got = live(&mut again, &entries, |engine, _| {
            n += 1;
            if n % every == 0 {
                let bytes = engine.snapshot().unwrap();
                *engine = Engine::restore(&bytes).unwrap();
                assert_eq!(engine.snapshot().unwrap(), bytes);
            }
            Vec::new()
        });
        prop_assert_eq!(want.bodies(), got.bodies());
        prop_assert_eq!(want.rulings, got.rulings);
        prop_assert_eq!(plain, again);
    }

    #[test]
    fn no_alert_skips_a_state(tale in tales()) {
        let mut out = Out::default();
        let mut seq = 0;
        for line in &tale {
            feed(&mut out, line, &mut seq);
        }
        out.changes.extend(out.engine.advance(time("20h")));
        lawful(&out.changes);
        // What is open is what was opened and did not end, each as it was last told, and one a subject and rule.
        let mut open: BTreeMap<u64, Alert> = BTreeMap::new();
        for alert in &out.changes {
            let number = alert.id.as_str()[2..].parse().unwrap();
            match alert.state {
                AlertState::Resolved => open.remove(&number),
                _ => open.insert(number, alert.clone()),
            };
        }
        let shown = out.engine.present(1, time("20h")).alerts;
        prop_assert_eq!(open.into_values().collect::<Vec<_>>(), shown);
    }

    #[test]
    fn the_same_rules_and_the_same_plan_again_change_nothing(tale in tales()) {
        let mut out = Out::default();
        let mut seq = 0;
        for line in &tale {
            feed(&mut out, line, &mut seq);
        }
        let entries = entries(&tale);
        let at = entries.last().unwrap().received_at;
        let settings = out.engine.settings().to_json().unwrap();
        let plan = entries.iter().rfind(|entry| entry.fact.kind() == Kind::Plan).cloned();
        let mut rules = super::entry(&format!("rules {settings} @0s"), 1_000).unwrap();
        rules.received_at = at;
        let before = out.engine.clone();
        prop_assert_eq!(out.engine.step(&rules).changes, []);
        prop_assert_eq!(&out.engine, &before);
        if let Some(mut plan) = plan {
            plan.received_at = at;
            prop_assert_eq!(out.engine.step(&plan).changes, []);
        }
    }
}
