use super::*;
use crate::facts::{Fact, Name, Reading, Subject};

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn open(dir: &Path) -> Journal {
    Journal::open(dir, || "e1".to_owned()).unwrap()
}

fn entry(seq: Seq, device: &str, fact: Fact) -> Entry {
    let device: Subject = device.parse().unwrap();
    let received_at = Timestamp::from_millis(1_795_000_000_000 + seq as i64);
    Entry { seq, subject: fact.subject(&device), device, observed_at: None, received_at, fact }
}

fn reading(seq: Seq) -> Entry {
    let measures = serde_json::from_str(r#"{"temperature":23.4}"#).unwrap();
    entry(seq, "sensor/lobby/t1", Fact::Reading(Reading { room: name("lobby"), sensor: name("t1"), measures }))
}

fn scan(seq: Seq) -> Entry {
    let body = format!(r#"{{"scan_id":"K-{seq}","code":"G-1","kiosk":"K"}}"#);
    entry(seq, "kiosk/K", Fact::read_body(Kind::Scan, &body).unwrap())
}

fn fill(journal: &mut Journal, entries: impl IntoIterator<Item = Entry>) {
    let mut batch = journal.begin().unwrap();
    for entry in entries {
        batch.append(&entry).unwrap();
    }
    batch.commit().unwrap();
}

#[test]
fn what_was_committed_is_there_after_reopening_and_what_was_not_never_was() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = open(dir.path());
    fill(&mut journal, [scan(1), reading(2)]);
    let mut batch = journal.begin().unwrap();
    batch.append(&reading(3)).unwrap();
    drop(batch);
    let tail = journal.tail();
    drop(journal);
    let mut journal = open(dir.path());
    assert_eq!((journal.tail(), journal.epochs().newest()), (tail, "e1"));
    let batch = journal.begin().unwrap();
    assert_eq!(batch.next_seq(), 3);
    let found = batch.find_scan(&name("K"), &name("K-1")).unwrap().unwrap();
    assert_eq!(found, scan(1));
    assert!(batch.find_scan(&name("K2"), &name("K-1")).unwrap().is_none());
}

#[test]
fn lanes_are_read_in_pages_after_a_cursor() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = open(dir.path());
    fill(&mut journal, (1..=100).map(|seq| if seq % 10 == 0 { scan(seq) } else { reading(seq) }));
    let reader = Reader::open(dir.path()).unwrap();
    let seqs = |page: &Page| page.rows.iter().map(|row| row.seq).collect::<Vec<_>>();
    let page = reader.read(Lane::Urgent, 0, 4, usize::MAX).unwrap();
    assert_eq!((seqs(&page), page.upto), (vec![10, 20, 30, 40], 40));
    let page = reader.read(Lane::Urgent, 40, 100, usize::MAX).unwrap();
    assert_eq!((seqs(&page), page.upto), (vec![50, 60, 70, 80, 90, 100], 100));
    let page = reader.read(Lane::Bulk, 8, 3, usize::MAX).unwrap();
    assert_eq!((seqs(&page), page.upto), (vec![9, 11, 12], 12));
    let page = reader.read(Lane::All, 98, 10, 1).unwrap();
    assert_eq!((seqs(&page), page.upto), (vec![99], 99));
    let page = reader.read(Lane::Kind(Kind::Alert), 0, 10, usize::MAX).unwrap();
    assert_eq!((seqs(&page), page.upto), (vec![], 100));
    for (lane, after, want) in
        [(Lane::All, 0, 100), (Lane::Urgent, 40, 6), (Lane::Bulk, 40, 54), (Lane::Kind(Kind::Scan), 0, 10)]
    {
        assert_eq!(reader.backlog(lane, after).unwrap(), want, "{lane:?}");
    }
    assert_eq!(reader.latest(Kind::Scan).unwrap().unwrap().seq, 100);
    assert!(reader.latest(Kind::Plan).unwrap().is_none());
}

#[test]
fn verify_finds_every_kind_of_tampering_and_says_where() {
    let tamper = |sql: &str| {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = open(dir.path());
        fill(&mut journal, (1..=9).map(reading));
        drop(journal);
        Connection::open(dir.path().join(FILE_NAME)).unwrap().execute_batch(sql).unwrap();
        Reader::open(dir.path()).unwrap().verify().unwrap().faults
    };
    assert_eq!(tamper("SELECT 1"), []);
    assert_eq!(
        tamper("UPDATE entry SET body = replace(body, '23.4', '23.5') WHERE seq = 4"),
        [ChainFault::Hash { seq: 4 }]
    );
    assert_eq!(
        tamper("UPDATE entry SET received_at = received_at - 5 WHERE seq = 4").first(),
        Some(&ChainFault::Hash { seq: 4 })
    );
    assert_eq!(tamper("DELETE FROM entry WHERE seq = 4"), [ChainFault::Hole { expected: 4, found: 5 }]);
    let swapped = "UPDATE entry SET seq = 100 WHERE seq = 4; UPDATE entry SET seq = 4 WHERE seq = 5; UPDATE entry SET seq = 5 WHERE seq = 100";
    assert_eq!(tamper(swapped).first(), Some(&ChainFault::Hash { seq: 4 }));
}

#[test]
fn an_epoch_begins_behind_what_is_there_and_stands_in_the_chain() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = open(dir.path());
    fill(&mut journal, (1..=3).map(reading));
    let first_reader = Reader::open(dir.path()).unwrap();
    let before = journal.tail();
    drop(journal);
    let renew = |word: &str| renew_epoch(&mut Connection::open(dir.path().join(FILE_NAME)).unwrap(), word).unwrap();
    // One without an entry gives way to the next.
    for word in ["e2", "e3"] {
        renew(word);
        let journal = open(dir.path());
        assert_eq!((journal.tail().seq, journal.epochs().newest()), (3, word));
        assert_ne!(journal.tail().hash, before.hash);
    }
    let tail = open(dir.path()).tail();
    assert_eq!(Reader::open(dir.path()).unwrap().verify().unwrap().head, tail.hash);
    // Time may have been put back where an epoch begins, and nowhere else.
    let earlier = |seq| Entry { received_at: Timestamp::from_millis(seq as i64), ..reading(seq) };
    fill(&mut open(dir.path()), [earlier(4), earlier(5), earlier(6)]);
    renew("e4");
    let mut journal = open(dir.path());
    fill(&mut journal, [earlier(7)]);
    let page = first_reader.read(Lane::All, 0, 100, usize::MAX).unwrap();
    let epochs = first_reader.epochs();
    let words: Vec<&str> = page.rows.iter().map(|row| epochs.of(row.seq)).collect();
    assert_eq!(words, ["e1", "e1", "e1", "e3", "e3", "e3", "e4"]);
    assert_eq!(Reader::open(dir.path()).unwrap().verify().unwrap().faults, []);
    drop(journal);
    for (sql, first) in [
        ("UPDATE epoch SET word = 'x' WHERE from_seq = 1", ChainFault::Hash { seq: 1 }),
        ("UPDATE epoch SET word = 'x' WHERE from_seq = 4", ChainFault::Hash { seq: 4 }),
        ("DELETE FROM epoch WHERE from_seq = 7", ChainFault::Hash { seq: 7 }),
        ("INSERT INTO epoch VALUES (2, 'x')", ChainFault::Hash { seq: 2 }),
    ] {
        let conn = Connection::open(dir.path().join(FILE_NAME)).unwrap();
        conn.execute_batch(&format!("SAVEPOINT s; CREATE TEMP TABLE kept AS SELECT * FROM epoch; {sql}; RELEASE s"))
            .unwrap();
        let faults = Reader::open(dir.path()).unwrap().verify().unwrap().faults;
        assert_eq!(faults.first(), Some(&first), "{sql}");
        conn.execute_batch("DELETE FROM epoch; INSERT INTO epoch SELECT * FROM kept").unwrap();
    }
}

#[test]
fn a_file_of_the_first_schema_opens_with_its_epoch() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path()).unwrap();
    let first = concat!(
        include_str!("schema/001.sql"),
        "PRAGMA user_version = 1; PRAGMA journal_mode = WAL; INSERT INTO meta VALUES ('epoch', 'old')"
    );
    Connection::open(dir.path().join(FILE_NAME)).unwrap().execute_batch(first).unwrap();
    let reader = Reader::open(dir.path()).unwrap();
    assert_eq!((reader.epochs().newest(), reader.newest().unwrap()), ("old", 0), "who only reads");
    assert!(reader.read(Lane::All, 0, 1, 1).unwrap().rows.is_empty());
    let mut journal = Journal::open(dir.path(), || panic!("it has an epoch")).unwrap();
    assert_eq!(journal.epochs().newest(), "old");
    fill(&mut journal, [reading(1)]);
    drop(journal);
    assert_eq!(Reader::open(dir.path()).unwrap().verify().unwrap().faults, []);
}

#[test]
fn only_a_clock_entry_that_says_so_may_be_stamped_earlier() {
    let faults = |step: i64| {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = open(dir.path());
        let body = format!(r#"{{"trusted":true,"source":"gps","stepped_ms":{step}}}"#);
        let mut clock = entry(3, "gateway", Fact::read_body(Kind::Clock, &body).unwrap());
        clock.received_at = Timestamp::from_millis(clock.received_at.as_millis() + step);
        let mut after = reading(4);
        after.received_at = clock.received_at;
        fill(&mut journal, [reading(1), reading(2), clock, after]);
        drop(journal);
        Reader::open(dir.path()).unwrap().verify().unwrap().faults
    };
    assert_eq!(faults(-3_600_000), []);
    assert_eq!(faults(-60_000), [ChainFault::RanBack { seq: 3 }], "so little is made up by standing still");
    assert_eq!(faults(3_600_000), []);
}

#[test]
fn two_writers_and_newer_schemas_are_refused_in_clear_words() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    let second = Journal::open(dir.path(), String::new).unwrap_err().to_string();
    assert!(second.contains("another portico is running"), "{second}");
    drop(journal);
    Connection::open(dir.path().join(FILE_NAME)).unwrap().pragma_update(None, "user_version", 99).unwrap();
    for word in [Journal::open(dir.path(), String::new).unwrap_err(), Reader::open(dir.path()).unwrap_err()] {
        assert!(word.to_string().contains("install the newer version"), "{word}");
    }
}

#[test]
fn a_reader_cannot_write() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = open(dir.path());
    fill(&mut journal, [reading(1)]);
    let reader = Reader::open(dir.path()).unwrap();
    assert!(reader.with("write", |conn| conn.execute("DELETE FROM entry", [])).is_err());
    assert_eq!(reader.newest().unwrap(), 1);
}

#[test]
fn snapshots_cursors_parked_and_people_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = open(dir.path());
    let batch = journal.begin().unwrap();
    for body in [b"one", b"two"] {
        batch.save_snapshot(body).unwrap();
    }
    batch.save_cursor("up", 7).unwrap();
    batch.park("up", 3, "refused").unwrap();
    batch.commit().unwrap();
    assert_eq!(journal.snapshot().unwrap(), Some((0, b"two".to_vec())));
    let reader = Reader::open(dir.path()).unwrap();
    assert_eq!(reader.cursor("up").unwrap(), Some(7));
    assert_eq!(reader.cursor("down").unwrap(), None);
    assert_eq!(reader.parked("up").unwrap(), [(3, "refused".to_owned())]);
}

#[test]
fn a_database_cut_off_while_it_was_made_has_no_newest_entry_and_is_made_whole() {
    for cut in [
        "PRAGMA user_version = 0",
        "PRAGMA journal_mode = WAL",
        concat!(include_str!("schema/001.sql"), "PRAGMA user_version = 1"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(newest_stamp(dir.path()).unwrap(), None);
        Connection::open(dir.path().join(FILE_NAME)).unwrap().execute_batch(cut).unwrap();
        assert_eq!(newest_stamp(dir.path()).unwrap(), None, "{cut}");
        let mut journal = open(dir.path());
        fill(&mut journal, [reading(1)]);
        assert_eq!(newest_stamp(dir.path()).unwrap(), Some(journal.tail().received_at));
    }
}

#[test]
fn a_database_whose_making_was_half_done_when_the_power_went_is_taken_back_and_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let (path, aside) = (dir.path().join(FILE_NAME), dir.path().join("cut"));
    std::fs::create_dir(&aside).unwrap();
    let making = Connection::open(&path).unwrap();
    making.execute_batch("CREATE TABLE early (x)").unwrap();
    // With next to no cache the pages are in the file, and what they were in the rollback journal, before the commit.
    making.execute_batch("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN; CREATE TABLE late (x)").unwrap();
    making.execute("INSERT INTO late SELECT zeroblob(100000)", []).unwrap();
    let journal = format!("{FILE_NAME}-journal");
    for name in [FILE_NAME, &journal] {
        std::fs::copy(dir.path().join(name), aside.join(name)).unwrap();
    }
    assert!(Reader::open(&aside).unwrap_err().to_string().contains("readonly"), "there is something to take back");
    assert_eq!(newest_stamp(&aside).unwrap(), None);
    fill(&mut open(&aside), [reading(1)]);
}
