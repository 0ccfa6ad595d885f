use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::facts::{Fact, Position, Reading, Subject};

fn fact(seq: Seq, kind: u8) -> Fact {
    match kind {
        0 => Fact::read_body(Kind::Scan, &format!(r#"{{"scan_id":"K-{seq}","code":"G-1","kiosk":"K"}}"#)).unwrap(),
        1 => {
            let body = r#"{"lat":31.2,"lon":121.4,"speed_kmh":null,"course":null,"fix_at":null}"#;
            Fact::Position(serde_json::from_str::<Position>(body).unwrap())
        }
        2 => Fact::read_body(Kind::Rejected, r#"{"link":"x","reason":"no","raw":"AA==","bytes":1}"#).unwrap(),
        _ => Fact::Reading(Reading {
            room: "lobby".parse().unwrap(),
            sensor: "t1".parse().unwrap(),
            measures: serde_json::from_str(r#"{"temperature":23.4}"#).unwrap(),
        }),
    }
}

fn entry(seq: Seq, fact: Fact) -> Entry {
    let device = Subject::Gateway;
    let received_at = Timestamp::from_millis(1_795_000_000_000 + seq as i64);
    Entry { seq, subject: fact.subject(&device), device, observed_at: None, received_at, fact }
}

/// A journal of `entries` entries whose kinds `kind` chooses, with a snapshot after the newest.
fn filled(dir: &Path, entries: Seq, kind: impl Fn(Seq) -> u8) -> Journal {
    let mut journal = Journal::open(dir, || "e1".to_owned()).unwrap();
    let mut batch = journal.begin().unwrap();
    for seq in 1..=entries {
        batch.append(&entry(seq, fact(seq, kind(seq)))).unwrap();
    }
    batch.save_snapshot(b"rules").unwrap();
    batch.commit().unwrap();
    journal
}

/// One step of a pass, with its gap in the same transaction; whether something was given up.
fn step(journal: &mut Journal, pass: Pass) -> bool {
    let mut batch = journal.begin().unwrap();
    let gave = batch.give_up(pass).unwrap();
    let some = matches!(gave, GaveUp::Some(_));
    if let GaveUp::Some(gap) = gave {
        let seq = batch.next_seq();
        batch.append(&entry(seq, Fact::Gap(gap))).unwrap();
    }
    batch.commit().unwrap();
    some
}

#[test]
fn the_extent_is_told_without_counting() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = filled(dir.path(), 3_000, |_| 3);
    let reader = Reader::open(dir.path()).unwrap();
    let before = reader.extent().unwrap();
    assert_eq!((before.entries, before.given_up, before.newest), (3_000, 0, 3_000));
    assert_eq!(before.oldest_at, Some(Timestamp::from_millis(1_795_000_000_001)));
    assert!(before.schema >= 4 && before.used_bytes > 300_000, "{before:?}");
    assert!(before.file_bytes >= before.used_bytes, "{before:?}");
    assert!(step(&mut journal, Pass::Readings));
    let after = reader.extent().unwrap();
    assert_eq!(after.newest, 3_001, "the gap is an entry");
    assert_eq!((after.given_up, after.entries), (STRETCH, rows(&reader).len() as u64));
    assert_eq!(after.oldest_at, Some(Timestamp::from_millis(1_795_000_000_001 + STRETCH as i64)));
}

fn rows(reader: &Reader) -> BTreeMap<Seq, Row> {
    let page = reader.read(Lane::All, 0, usize::MAX >> 1, usize::MAX).unwrap();
    page.rows.into_iter().map(|row| (row.seq, row)).collect()
}

#[test]
fn readings_go_first_then_positions_and_never_a_scan() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = filled(dir.path(), 3 * STRETCH, |seq| (seq % 5) as u8);
    let reader = Reader::open(dir.path()).unwrap();
    assert!(step(&mut journal, Pass::Readings));
    let kinds = |upto: Seq| rows(&reader).into_values().filter(move |row| row.seq <= upto).map(|row| row.kind);
    assert!(kinds(STRETCH).all(|kind| matches!(kind, Kind::Scan | Kind::Position)));
    assert!(kinds(2 * STRETCH).any(|kind| kind == Kind::Reading), "one stretch at a time");
    while step(&mut journal, Pass::Readings) {}
    while step(&mut journal, Pass::Positions) {}
    assert!(kinds(3 * STRETCH).all(|kind| kind == Kind::Scan));
    assert_eq!(kinds(3 * STRETCH).count() as u64, 3 * STRETCH / 5);
    let verified = reader.verify().unwrap();
    assert_eq!(verified.faults, []);
    assert_eq!((verified.given_up, verified.stretches), (3 * STRETCH - 3 * STRETCH / 5, 3));
    assert_eq!(verified.head, journal.tail().hash);
    drop(journal);
    let journal = Journal::open(dir.path(), String::new).unwrap();
    assert_eq!(journal.tail().hash, verified.head);
}

#[test]
fn what_upstream_lacks_or_refused_and_what_is_younger_stays() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = filled(dir.path(), 3 * STRETCH, |_| 3);
    let batch = journal.begin().unwrap();
    batch.park("up", 7, "refused").unwrap();
    batch.commit().unwrap();
    let at = |seq: Seq| Timestamp::from_millis(1_795_000_000_000 + seq as i64);
    assert!(!step(&mut journal, Pass::Upstream { upto: STRETCH - 1, before: Timestamp::MAX }));
    assert!(!step(&mut journal, Pass::Upstream { upto: 3 * STRETCH, before: at(STRETCH) }));
    assert!(step(&mut journal, Pass::Upstream { upto: 3 * STRETCH, before: at(STRETCH + 1) }));
    assert!(!step(&mut journal, Pass::Upstream { upto: 3 * STRETCH, before: at(STRETCH + 1) }));
    let reader = Reader::open(dir.path()).unwrap();
    let first: Vec<Seq> = rows(&reader).into_keys().take(2).collect();
    assert_eq!(first, [7, STRETCH + 1]);
    assert_eq!(reader.verify().unwrap().faults, []);
}

#[test]
fn nothing_goes_that_the_newest_snapshot_does_not_hold() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = filled(dir.path(), STRETCH - 1, |_| 3);
    let mut batch = journal.begin().unwrap();
    batch.append(&entry(STRETCH, fact(STRETCH, 3))).unwrap();
    batch.commit().unwrap();
    assert!(!step(&mut journal, Pass::Readings));
    let batch = journal.begin().unwrap();
    batch.save_snapshot(b"rules").unwrap();
    batch.commit().unwrap();
    assert!(step(&mut journal, Pass::Readings));
    assert_eq!(Reader::open(dir.path()).unwrap().verify().unwrap().faults, []);
}

#[test]
fn giving_up_that_was_not_committed_never_was() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = filled(dir.path(), STRETCH, |_| 3);
    let reader = Reader::open(dir.path()).unwrap();
    let before = rows(&reader);
    let mut batch = journal.begin().unwrap();
    assert!(matches!(batch.give_up(Pass::Readings).unwrap(), GaveUp::Some(_)));
    drop(batch);
    assert_eq!(rows(&reader), before);
    assert!(step(&mut journal, Pass::Readings));
}

#[test]
fn tampering_around_a_gap_is_found() {
    let tamper = |sql: &str| {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = filled(dir.path(), 2 * STRETCH, |seq| u8::from(seq % 4 != 0) * 3);
        assert!(step(&mut journal, Pass::Readings));
        drop(journal);
        Connection::open(dir.path().join(FILE_NAME)).unwrap().execute_batch(sql).unwrap();
        Reader::open(dir.path()).unwrap().verify().unwrap().faults
    };
    let seal = ChainFault::Seal { from: 1, to: STRETCH };
    assert_eq!(tamper("SELECT 1"), []);
    // One more is taken out, and its hash laid down as retention would have.
    let more = "DELETE FROM given_up WHERE seq = 7;
                INSERT INTO given_up SELECT 11, hash FROM given_up WHERE seq = 11 ON CONFLICT DO NOTHING;
                DELETE FROM entry WHERE seq = 8";
    assert_eq!(tamper(more), std::slice::from_ref(&seal));
    assert!(tamper("UPDATE given_up SET hash = zeroblob(32) WHERE seq = 7").contains(&ChainFault::Hash { seq: 8 }));
    assert!(tamper("UPDATE entry SET hash = zeroblob(32) WHERE seq = 8").contains(&seal));
    let hole = ChainFault::Hole { expected: STRETCH + 5, found: STRETCH + 6 };
    assert!(tamper(&format!("DELETE FROM entry WHERE seq = {}", STRETCH + 5)).contains(&hole));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Whatever goes in whatever order: the chain holds, what is left is what was written, and the counts are true.
    #[test]
    fn any_order_of_passes_keeps_the_rest(
        kinds in proptest::collection::vec(0_u8..6, 1..64),
        passes in proptest::collection::vec((0_u8..3, 0..6 * STRETCH), 1..24),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = filled(dir.path(), 4 * STRETCH + 100, |seq| kinds[seq as usize % kinds.len()]);
        let reader = Reader::open(dir.path()).unwrap();
        let written = rows(&reader);
        for (pass, number) in passes {
            let pass = match pass {
                0 => Pass::Readings,
                1 => Pass::Positions,
                _ => Pass::Upstream { upto: number, before: Timestamp::MAX },
            };
            step(&mut journal, pass);
            let left = rows(&reader);
            for lost in written.values().filter(|row| !left.contains_key(&row.seq)) {
                prop_assert!(matches!(lost.kind, Kind::Reading | Kind::Rejected | Kind::Position));
            }
            for row in left.values().filter(|row| row.kind != Kind::Gap) {
                prop_assert_eq!(Some(row), written.get(&row.seq));
            }
            for after in [0, number.min(journal.tail().seq)] {
                prop_assert_eq!(reader.backlog(Lane::All, after).unwrap(), left.range(after + 1..).count() as u64);
            }
        }
        let verified = reader.verify().unwrap();
        prop_assert_eq!(verified.faults, []);
        prop_assert_eq!(verified.given_up + verified.entries, journal.tail().seq);
    }
}
