//! Days of which something was given up: what can be proven is, what cannot is named, and no alert's number comes twice.

use std::collections::BTreeMap;
use std::path::Path;

use portico::facts::{AlertState, Entry, Fact, Kind, Resolution, RuleKind, Subject};
use portico::journal::{FILE_NAME, GaveUp, Lane, Pass, Reader, STRETCH};
use portico::recorder;
use rusqlite::Connection;
use serde_json::Value;

use super::support::{self, Dice};
use super::world::{Chance, World};
use super::{Day, run};

/// A random day that was stopped now and then, with a snapshot at each stop, and has more than two stretches.
fn days(dir: &Path, seed: u64) -> Day {
    let (mut dice, mut chance) = (Dice::new(seed), Chance(seed));
    let mut world = World::new(&mut chance);
    let mut day = Day::start(dir, world.from);
    let mut events = std::mem::take(&mut world.events);
    while !events.is_empty() {
        let rest = events.split_off(events.len().min(150 + dice.roll(250) as usize));
        world.events = events;
        events = rest;
        day.live(&mut world, &mut chance);
        day.stop();
        lay_down(&day);
        day.open();
    }
    day.stop();
    let newest = Reader::open(dir).unwrap().newest().unwrap();
    assert!(newest > 2 * STRETCH, "{newest} entries are too few");
    day
}

/// A snapshot after the newest entry.
fn lay_down(day: &Day) {
    let mut journal = day.journal();
    let (engine, _) = recorder::rebuild(&mut journal).unwrap();
    let batch = journal.begin().unwrap();
    batch.save_snapshot(&engine.snapshot().unwrap()).unwrap();
    batch.commit().unwrap();
}

/// Gives up all that may go of the first `stretches` stretches: how much went.
fn give_up(day: &Day, stretches: usize) -> u64 {
    let mut journal = day.journal();
    let mut gone = 0;
    for pass in [Pass::Readings, Pass::Positions] {
        for _ in 0..stretches {
            let received_at = journal.tail().received_at;
            let mut batch = journal.begin().unwrap();
            let GaveUp::Some(gap) = batch.give_up(pass).unwrap() else { break };
            gone += gap.entries;
            let (seq, fact) = (batch.next_seq(), Fact::Gap(gap));
            let (subject, device) = (Subject::Gateway, Subject::Gateway);
            batch.append(&Entry { seq, subject, device, observed_at: None, received_at, fact }).unwrap();
            batch.commit().unwrap();
        }
    }
    gone
}

fn told(command: &str, data: &Path) -> (i32, Value, String) {
    let (code, out, talk) = run(&[command, "--json"], data);
    let (_, words, talked) = run(&[command], data);
    (code, serde_json::from_str(&out).unwrap(), format!("{words}{talk}{talked}"))
}

/// Proves what is left, and gives the first entry of the proof.
fn proved_from(data: &Path) -> u64 {
    let (code, verified, words) = told("verify", data);
    assert_eq!(code, 0, "{verified} {words}");
    let from = verified["proved_from"].as_u64().unwrap();
    assert_eq!(from > 1, words.contains(&format!("before entry {from} are proven by the chain only")), "{words}");
    assert_eq!(from > 1, !words.contains("chain unbroken, and every alert"), "{words}");
    let (code, replayed, words) = told("replay", data);
    assert_eq!((code, &replayed["proved_from"]), (0, &verified["proved_from"]), "{words}");
    assert_eq!(replayed["alerts"], verified["alerts"]);
    super::other::changes_nothing(data);
    from
}

#[test]
fn behind_what_was_given_up_every_alert_is_proven_and_before_it_none_is_claimed() {
    let seed = support::seed();
    println!("PORTICO_SEED={seed}");
    let dir = tempfile::tempdir().unwrap();
    let mut day = days(dir.path(), seed);
    assert_eq!(proved_from(dir.path()), 1);
    assert!(give_up(&day, 1) > 100);
    let newest = Reader::open(dir.path()).unwrap().newest().unwrap();
    let from = proved_from(dir.path());
    assert!((STRETCH + 1..newest).contains(&from), "{from} of {newest}");
    let alerts = told("verify", dir.path()).1["alerts"].as_u64().unwrap();
    assert!(alerts > 0, "nothing is proven from entry {from} of {newest} on");
    // The gateway starts over it, goes on, and gives up more.
    day.open();
    day.stop();
    lay_down(&day);
    assert!(give_up(&day, usize::MAX) > 0);
    let later = proved_from(dir.path());
    assert!(later >= from);
    let conn = Connection::open(dir.path().join(FILE_NAME)).unwrap();
    let sealed = later - 1;
    for (tamper, word) in [
        (
            format!("UPDATE snapshot SET body = CAST(body || ' ' AS BLOB) WHERE seq = {sealed}"),
            "is not the one that was sealed",
        ),
        (format!("DELETE FROM snapshot WHERE seq = {sealed}"), "is missing"),
        (
            "UPDATE entry SET body = replace(body, '\"digest\":\"', '\"digest\":\"0') WHERE kind = 11".into(),
            "was changed",
        ),
    ] {
        conn.execute_batch("CREATE TABLE kept AS SELECT * FROM snapshot").unwrap();
        conn.execute_batch(&tamper).unwrap();
        let (code, verified, words) = told("verify", dir.path());
        assert_eq!((code, &verified["proved_from"]), (1, &Value::Null), "{tamper}: {words}");
        assert!(words.contains(word) && !words.contains("ok:"), "{tamper}: {words}");
        assert_eq!(told_code("replay", dir.path()), 1, "{tamper}");
        conn.execute_batch("DELETE FROM snapshot; INSERT INTO snapshot SELECT * FROM kept; DROP TABLE kept").unwrap();
    }
}

fn told_code(command: &str, data: &Path) -> i32 {
    run(&[command], data).0
}

#[test]
fn without_a_snapshot_over_gaps_the_rules_go_on_with_what_is_left_and_no_number_comes_twice() {
    let seed = support::seed();
    println!("PORTICO_SEED={seed}");
    let dir = tempfile::tempdir().unwrap();
    let mut day = days(dir.path(), seed);
    assert!(give_up(&day, usize::MAX) > 100);
    let conn = Connection::open(dir.path().join(FILE_NAME)).unwrap();
    // As after an update whose rules keep another state.
    let newer = "UPDATE snapshot SET body = CAST(replace(CAST(body AS TEXT), '\"version\":', '\"version\":9') AS BLOB)";
    conn.execute(newer, []).unwrap();
    drop(conn);
    let (code, verified, words) = told("verify", dir.path());
    assert_eq!((code, &verified["proved_from"]), (1, &Value::Null), "{words}");
    assert!(words.contains("nothing is proved to follow") && !words.contains("ok:"), "{words}");
    let before = Reader::open(dir.path()).unwrap().newest().unwrap();
    day.open();
    let open = day.runtime.block_on(day.handle.as_ref().unwrap().present()).unwrap().alerts.clone();
    day.stop();
    let from = proved_from(dir.path());
    assert!(from > before, "{from} is not behind {before}");
    let reader = Reader::open(dir.path()).unwrap();
    let rows = reader.read(Lane::Kind(Kind::Alert), 0, usize::MAX >> 1, usize::MAX).unwrap().rows;
    let mut last: BTreeMap<String, (RuleKind, Subject, AlertState)> = BTreeMap::new();
    let mut unknown = 0;
    for row in rows {
        let Fact::Alert(alert) = row.to_entry().unwrap().fact else { panic!("{row:?}") };
        unknown += u64::from(alert.resolution == Some(Resolution::Unknown));
        let now = (alert.rule, alert.subject.clone(), alert.state);
        if let Some(was) = last.insert(alert.id.to_string(), now.clone()) {
            assert_eq!((was.0, was.1), (now.0, now.1), "entry {}: {} is another alert", row.seq, alert.id);
            assert_ne!((was.2, now.2), (AlertState::Resolved, AlertState::Firing), "{} fires again", alert.id);
        }
    }
    let recorded = last.iter().filter(|(_, (_, _, state))| *state != AlertState::Resolved).map(|(id, _)| id.clone());
    let mut here: Vec<String> = open.iter().map(|alert| alert.id.to_string()).collect();
    here.sort();
    println!("{} alerts open, {unknown} nobody can say any more", here.len());
    assert_eq!(recorded.collect::<Vec<_>>(), here);
}
