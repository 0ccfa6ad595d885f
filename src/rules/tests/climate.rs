//! `room_climate`.

use super::{check, run, time};
use crate::facts::RoomState;

const HIGH: &str = "lobby temperature high";

/// One sensor's temperatures, `27.5 @0s`, and what becomes of the room, `pending @0s`.
fn warm(readings: &str, want: &str) {
    let part = |text: &str, before: &str| {
        let parts = text.split(", ").map(|part| {
            let before = if part.starts_with("tick") { "" } else { before };
            format!("{before}{part}")
        });
        parts.filter(|part| *part != before).collect::<Vec<_>>().join(", ")
    };
    check(&part(readings, "read lobby/t1 temperature="), &part(want, &format!("{HIGH} ")));
}

#[test]
fn fires_after_the_hold_whether_or_not_anything_arrives() {
    warm("27.5 @0s, tick @10m, 25.0 @12m", "pending @0s, firing @5m, cleared @12m");
    warm("27.5 @0s, 28 @2m, 27.1 @4m, 27.2 @6m", "pending @0s, firing @5m");
    warm("27.5 @0s, 26.4 @4m59s, 27.5 @6m", "pending @0s, cleared @4m59s, pending @6m");
}

#[test]
fn the_band_keeps_it_from_chattering() {
    warm("27 @0s", "");
    warm("27.001 @0s, 27 @1m, 26.501 @2m, tick @6m, 26.5 @7m", "pending @0s, firing @5m, cleared @7m");
    check(
        "read lobby/t1 temperature=17.9 humidity=29 co2=1001 @0s, read lobby/t1 temperature=18.5 humidity=33 co2=900 @1m",
        "lobby temperature low pending @0s, lobby humidity low pending @0s, lobby co2 high pending @0s, \
         lobby temperature low cleared @1m, lobby humidity low cleared @1m, lobby co2 high cleared @1m",
    );
    // A quantity without limits is not judged.
    check("read lobby/t1 pm25=900 battery=1 @0s", "");
}

#[test]
fn one_sensor_breaks_it_and_all_make_it_whole() {
    check(
        "read lobby/t1 temperature=26 @0s, read lobby/t2 temperature=28 @0s, read lobby/t1 temperature=20 @1m, \
         read lobby/t2 temperature=26.8 @6m, read lobby/t2 temperature=26 @7m",
        "lobby temperature high pending @0s, lobby temperature high firing @5m, lobby temperature high cleared @7m",
    );
    let out = run("read lobby/t1 temperature=27.1 @0s, read lobby/t2 temperature=28 @1m, tick @5m");
    let values = serde_json::to_string(&out.changes.last().unwrap().values).unwrap();
    assert_eq!(
        values,
        concat!(
            r#"{"band":0.5,"limit":27,"metric":"temperature","sensor":"t2","side":"high","#,
            r#""since":"2026-11-23T00:00:00.000Z","value":28}"#
        )
    );
}

#[test]
fn no_data_is_not_all_is_well() {
    // Silent: nothing changes, and the next cool reading ends it.
    check(
        "read lobby/t1 temperature=28 @0s, tick @60m, read lobby/t1 temperature=25 @61m",
        "lobby temperature high pending @0s, lobby temperature high firing @5m, lobby/t1 silent @15m, \
         lobby/t1 heard @61m, lobby temperature high cleared @61m",
    );
    // The hot one is silent, the other is cool: what is known is well, from the moment the hot one is not known.
    check(
        "read lobby/t1 temperature=28 @0s, read lobby/t2 temperature=25 @10m, tick @20m",
        "lobby temperature high pending @0s, lobby temperature high firing @5m, lobby temperature high cleared @15m, \
         lobby/t1 silent @15m",
    );
    // A warm sensor within the band holds it as long as it is fresh.
    check(
        "read lobby/t1 temperature=28 @0s, read lobby/t2 temperature=26.9 @10m, tick @20m",
        "lobby temperature high pending @0s, lobby temperature high firing @5m, lobby/t1 silent @15m",
    );
    // Both silent at one moment: nothing is known, so nothing is well.
    check(
        "read lobby/t1 temperature=28 @0s, read lobby/t2 temperature=25 @0s, tick @20m",
        "lobby temperature high pending @0s, lobby temperature high firing @5m, lobby/t1 silent @15m, \
         lobby/t2 silent @15m",
    );
    // A silence shorter than the hold does not stop it.
    check(
        r#"rules {"silent":{"sensors":{"lobby/t1":"1m"}}} @0s, read lobby/t1 temperature=28 @0s, tick @6m"#,
        "lobby temperature high pending @0s, lobby/t1 silent @1m, lobby temperature high firing @5m",
    );
}

#[test]
fn a_rooms_own_limits_take_the_place_of_the_rules() {
    check("plan lobby temperature=..24 @0s, read lobby/t1 temperature=24.5 @1m", "lobby temperature high pending @1m");
    check("plan lobby temperature=..24 @0s, read lobby/t1 temperature=5 @1m", "");
    check("plan lobby pm25=..50 @0s, read lobby/t1 pm25=50.1 @1m, read lobby/t1 pm25=50 @2m", {
        "lobby pm25 high pending @1m, lobby pm25 high cleared @2m"
    });
    check(
        "read lobby/t1 temperature=28 @0s, plan lobby temperature=..30 @6m, plan @7m, plan lobby temperature=..27.9 @8m",
        "lobby temperature high pending @0s, lobby temperature high firing @5m, lobby temperature high plan_changed @6m, \
         lobby temperature high pending @7m",
    );
}

#[test]
fn people_and_rules_change_it() {
    // Ended by hand: told again only after it was well once.
    warm("28 @0s, tick @5m", "pending @0s, firing @5m");
    check(
        "read lobby/t1 temperature=28 @0s, resolve A-1 li @6m, read lobby/t1 temperature=29 @10m, tick @14m, \
         read lobby/t1 temperature=26 @15m, read lobby/t1 temperature=28 @16m",
        "lobby temperature high pending @0s, lobby temperature high firing @5m, lobby temperature high operator @6m, \
         lobby temperature high pending @16m",
    );
    // Ended while pending: its hold is over too.
    check(
        "read lobby/t1 temperature=28 @0s, resolve A-1 li @1m, tick @10m",
        "lobby temperature high pending @0s, lobby temperature high operator @1m",
    );
    for (rules, want) in [
        (r#"{"room_climate":{"enabled":false}}"#, "rule_changed @6m"),
        (r#"{"room_climate":{"limits":{}}}"#, "rule_changed @6m"),
        (r#"{"room_climate":{"limits":{"temperature":{"high":28}}}}"#, "rule_changed @6m"),
        // By another limit it is judged afresh: 28 is within the band, but not too high.
        (r#"{"room_climate":{"limits":{"temperature":{"high":28.2,"band":0.5}}}}"#, "rule_changed @6m"),
        (r#"{"room_climate":{"limits":{"temperature":{"high":26}}}}"#, ""),
        (r#"{"room_climate":{"severity":"critical"}}"#, ""),
        (r#"{"room_climate":{"hold":"2m"}}"#, ""),
        (r#"{"room_climate":{"hold":"8m"}}"#, "rule_changed @6m, pending @6m, firing @8m"),
        ("{}", ""),
    ] {
        let first = ["pending @0s", "firing @5m"];
        let want: Vec<String> = first
            .into_iter()
            .chain(want.split(", ").filter(|change| !change.is_empty()))
            .map(|change| format!("{HIGH} {change}"))
            .collect();
        check(&format!("read lobby/t1 temperature=28 @0s, rules {rules} @6m, tick @9m"), &want.join(", "));
    }
    for (rules, want) in [("1m", "firing @2m"), ("3m", "firing @3m"), ("8m", "firing @8m")] {
        check(
            &format!(
                r#"read lobby/t1 temperature=28 @0s, rules {{"room_climate":{{"hold":"{rules}"}}}} @2m, tick @9m"#
            ),
            &format!("{HIGH} pending @0s, {HIGH} {want}"),
        );
    }
    // No hold at all: pending and firing in one breath, no state skipped.
    check(r#"rules {"room_climate":{"hold":"0s"}} @0s, read lobby/t1 temperature=28 @1m"#, {
        "lobby temperature high pending @1m, lobby temperature high firing @1m"
    });
    // A step of our clock starts the hold again.
    check(
        "read lobby/t1 temperature=28 @0s, clock trusted 1h @1h4m, tick @1h10m",
        "lobby temperature high pending @0s, lobby temperature high firing @1h9m",
    );
}

#[test]
fn the_present_says_what_is_known() {
    for (tale, at, want) in [
        ("plan lobby temperature=..30 @0s", "1m", RoomState::Unknown),
        ("read lobby/t1 temperature=20 @0s", "1m", RoomState::Ok),
        ("read lobby/t1 temperature=28 @0s", "1m", RoomState::Breach),
        ("read lobby/t1 temperature=28 co2=1200 @0s, read lobby/t1 temperature=20 @1m", "6m", RoomState::Alert),
        ("read lobby/t1 temperature=28 @0s, ack A-1 li @6m", "7m", RoomState::Alert),
        ("read lobby/t1 temperature=28 @0s", "15m", RoomState::Unknown),
        ("read lobby/t1 temperature=20 @0s, read hall/t1 temperature=30 @6m", "7m", RoomState::Ok),
    ] {
        let mut engine = run(tale).engine;
        engine.advance(time(at));
        let rooms = engine.present(1, time(at)).rooms;
        assert_eq!(rooms.iter().find(|room| room.id.as_str() == "lobby").unwrap().state, want, "{tale}");
    }
    // The newest value of each quantity, whoever measured it.
    let tale = "read lobby/t1 temperature=20 co2=800 @0s, read lobby/t2 temperature=21 @1m";
    let room = run(tale).engine.present(1, time("2m")).rooms.remove(0);
    assert_eq!(serde_json::to_value(&room.measures).unwrap(), serde_json::json!({"temperature": 21, "co2": 800}));
    assert_eq!(room.reading_at, Some(time("1m")));
}
