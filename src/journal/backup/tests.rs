use std::path::PathBuf;

use super::*;
use crate::facts::{Entry, Fact, Kind, Name, Reading, Seq, Subject};
use crate::journal::{Journal, Lane, Reader};

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(1_795_000_000_000 + ms)
}

fn entry(seq: Seq, text: &str) -> Entry {
    let device: Subject = "kiosk/K".parse().unwrap();
    let fact = if seq.is_multiple_of(3) {
        Fact::read_body(Kind::Scan, &format!(r#"{{"scan_id":"K-{seq}","code":"G-1","kiosk":"K"}}"#)).unwrap()
    } else {
        let measures = serde_json::from_str(&format!(r#"{{"temperature":{text}}}"#)).unwrap();
        Fact::Reading(Reading { room: name("lobby"), sensor: name("t1"), measures })
    };
    Entry { seq, subject: fact.subject(&device), device, observed_at: None, received_at: at(seq as i64), fact }
}

/// Entries up to `to`; `text` is the temperature in them.
fn fill(data: &Path, to: Seq, text: &str) {
    let mut journal = Journal::open(data, || "e1".to_owned()).unwrap();
    let mut batch = journal.begin().unwrap();
    while batch.next_seq() <= to {
        batch.append(&entry(batch.next_seq(), text)).unwrap();
    }
    batch.save_cursor("up", to).unwrap();
    batch.save_snapshot(b"what the rules know").unwrap();
    batch.commit().unwrap();
}

struct Place {
    _dir: tempfile::TempDir,
    data: PathBuf,
    out: PathBuf,
    fresh: PathBuf,
}

fn place(entries: Seq) -> Place {
    let dir = tempfile::tempdir().unwrap();
    let inner = |name: &str| dir.path().join(name);
    let (data, out, fresh) = (inner("data"), inner("out"), inner("fresh"));
    fill(&data, entries, "23.4");
    Place { _dir: dir, data, out, fresh }
}

fn plan() -> Vec<Attached> {
    vec![Attached { name: "plan.csv".to_owned(), bytes: b"code\nG-1\n".to_vec() }]
}

fn hashes(data: &Path) -> Vec<crate::facts::Hash> {
    let rows = Reader::open(data).unwrap().read(Lane::All, 0, usize::MAX >> 1, usize::MAX).unwrap().rows;
    rows.into_iter().map(|row| row.hash).collect()
}

#[test]
fn a_backup_holds_everything_and_a_fresh_folder_goes_on_from_it() {
    let place = place(40);
    let made = make(&place.data, &place.out, at(50), &plan()).unwrap();
    assert_eq!((made.manifest.seq, made.manifest.epoch.as_str(), made.manifest.made_at), (40, "e1", at(50)));
    assert_eq!(kept(&place.out).unwrap()[0].path, made.path);
    let opened = Backup::open(&made.path).unwrap();
    assert_eq!(opened, made);
    assert_eq!(opened.attached("plan.csv").unwrap().unwrap(), b"code\nG-1\n");
    assert_eq!(opened.attached("portico.toml").unwrap(), None);

    let restored = restore(&opened, &place.fresh, "e2", Newer::Refuse, at(60)).unwrap();
    assert_eq!((restored.epoch.as_str(), restored.set_aside), ("e2", None));
    assert_eq!(hashes(&place.fresh), hashes(&place.data), "the entries and their chain are the same");
    let reader = Reader::open(&place.fresh).unwrap();
    assert_eq!(reader.cursor("up").unwrap(), Some(40));
    assert!(reader.with("look", |conn| conn.prepare("SELECT 1 FROM backup_manifest").map(|_| ())).is_err());
    drop(reader);
    fill(&place.fresh, 43, "23.4");
    let reader = Reader::open(&place.fresh).unwrap();
    assert_eq!((reader.epochs().of(40), reader.epochs().of(41)), ("e1", "e2"), "old ids stay, new ones are new");
    assert_eq!(reader.verify().unwrap().faults, []);
    let journal = Journal::open(&place.fresh, String::new).unwrap();
    assert_eq!(journal.snapshot().unwrap().unwrap().1, b"what the rules know");
}

#[test]
fn a_backup_can_be_read_where_nothing_can_be_written() {
    let place = place(9);
    let made = make(&place.data, &place.out, at(50), &[]).unwrap();
    // A stick that is write-protected: no log and no shared memory can be made beside the file.
    let header = std::fs::read(&made.path).unwrap();
    assert_eq!(header[18..20], [1, 1], "it needs no write-ahead log to be read");
    Backup::open(&made.path).unwrap();
    let beside: Vec<_> = std::fs::read_dir(&place.out).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(beside.len(), 2, "{beside:?}");
}

#[test]
fn a_restore_never_loses_what_is_there() {
    let place = place(30);
    let old = make(&place.data, &place.out, at(50), &[]).unwrap();
    let refused =
        |data: &Path, backup: &Backup| restore(backup, data, "e2", Newer::Refuse, at(60)).unwrap_err().to_string();

    // Newer by the same hand.
    fill(&place.data, 33, "23.4");
    let word = refused(&place.data, &old);
    assert!(word.contains("entries up to 33 of epoch e1") && word.contains("reaches to 30"), "{word}");
    // As many entries, or fewer, and others.
    for to in [30, 7] {
        let other = place.fresh.join(format!("other-{to}"));
        fill(&other, to, "20.0");
        let word = refused(&other, &old);
        assert!(word.contains(&format!("entries up to {to}")), "{word}");
        assert_eq!(hashes(&other).len() as Seq, to, "nothing was changed");
    }
    // Nobody knows what it holds.
    let torn = place.fresh.join("torn");
    std::fs::create_dir_all(&torn).unwrap();
    std::fs::write(torn.join(FILE_NAME), b"SQLite format 3\0 and nothing else").unwrap();
    let word = refused(&torn, &old);
    assert!(word.contains("cannot be read") && word.contains("--set-aside"), "{word}");

    // Told to: the newer journal stays beside it, whole.
    let restored = restore(&old, &place.data, "e2", Newer::SetAside, at(60)).unwrap();
    let aside = restored.set_aside.unwrap();
    assert!(aside.file_name().unwrap().to_str().unwrap().starts_with("set-aside-2026-11-"), "{}", aside.display());
    let reader = Reader::open_file(&aside).unwrap();
    assert_eq!((reader.newest().unwrap(), reader.verify().unwrap().faults), (33, vec![]));
    assert_eq!(hashes(&place.data).len(), 30);
    // Again within the same second, over the torn one.
    for expected in ["set-aside", "-2-"] {
        std::fs::write(torn.join(FILE_NAME), b"torn").unwrap();
        let restored = restore(&old, &torn, "e2", Newer::SetAside, at(60)).unwrap();
        assert!(restored.set_aside.unwrap().display().to_string().contains(expected));
    }
}

#[test]
fn a_restore_that_is_cut_off_is_gone_on_with() {
    for moved in 0..=2 {
        let place = place(30);
        let old = make(&place.data, &place.out, at(50), &[]).unwrap();
        fill(&place.data, 33, "23.4");
        let aside = restore(&old, &place.data, "e2", Newer::SetAside, at(60)).unwrap().set_aside.unwrap();
        let name = aside.file_name().unwrap().to_str().unwrap().to_owned();
        let stamp = name.strip_prefix("set-aside-").and_then(|name| name.strip_suffix("-portico.db")).unwrap();
        // As if it had been cut off with so much of the old one moved.
        let (database, log) = (place.data.join(FILE_NAME), place.data.join(format!("{FILE_NAME}-wal")));
        let waiting = place.data.join(format!("{FILE_NAME}.restored-{stamp}"));
        std::fs::rename(&database, &waiting).unwrap();
        if moved < 2 {
            std::fs::rename(&aside, &database).unwrap();
        }
        if moved < 1 {
            std::fs::write(&log, b"of the old one").unwrap();
        }
        if moved == 1 {
            // By another restore, which then finds nothing that the backup does not hold.
            restore(&old, &place.data, "e3", Newer::Refuse, at(70)).unwrap();
        } else {
            // By the start of a daemon.
            let said = crate::journal::salvage(&place.data, &place.out, at(70), "e9", None, |_| false).unwrap();
            assert_eq!(said, None);
        }
        assert_eq!(hashes(&place.data).len(), 30);
        assert_eq!(Reader::open_file(&aside).unwrap().newest().unwrap(), 33);
        assert!(!waiting.exists() && std::fs::read(&log).unwrap_or_default() != b"of the old one");
    }
}

#[test]
fn an_older_journal_of_the_same_entries_gives_way() {
    let place = place(30);
    let first = make(&place.data, &place.out, at(50), &[]).unwrap();
    fill(&place.data, 60, "23.4");
    let second = make(&place.data, &place.out, at(2_000), &[]).unwrap();
    restore(&first, &place.fresh, "e2", Newer::Refuse, at(60)).unwrap();
    // Restored and not started: no entry of the new epoch is there, so nothing would be lost.
    let restored = restore(&second, &place.fresh, "e3", Newer::Refuse, at(60)).unwrap();
    assert!(restored.set_aside.is_some());
    assert_eq!(hashes(&place.fresh).len(), 60);
    // Once it went on by itself, it holds what no backup has.
    fill(&place.fresh, 61, "23.4");
    assert!(matches!(
        restore(&second, &place.fresh, "e4", Newer::Refuse, at(60)),
        Err(BackupFault::WouldLose { found: 61, .. })
    ));
}

#[test]
fn a_folder_in_use_is_left_alone() {
    let place = place(9);
    let made = make(&place.data, &place.out, at(50), &[]).unwrap();
    let _daemon = Journal::open(&place.fresh, || "x".to_owned()).unwrap();
    for newer in [Newer::Refuse, Newer::SetAside] {
        let word = restore(&made, &place.fresh, "e2", newer, at(60)).unwrap_err().to_string();
        assert!(word.contains("another portico is running"), "{word}");
    }
}

#[test]
fn whatever_was_changed_in_a_backup_is_found_and_named() {
    let place = place(20);
    let made = make(&place.data, &place.out, at(50), &plan()).unwrap();
    let whole = std::fs::read(&made.path).unwrap();
    for (sql, place_named) in [
        ("UPDATE entry SET body = replace(body, '23.4', '23.5') WHERE seq = 4", "entry 4 was changed"),
        ("DELETE FROM entry WHERE seq = 4", "entry 4 is missing"),
        ("DELETE FROM entry WHERE seq = 20", "20 entries with another end; here are 19"),
        ("UPDATE cursor SET seq = 1", "table cursor: it holds something else"),
        ("UPDATE snapshot SET body = x'00'", "table snapshot"),
        ("UPDATE backup_file SET body = x'00'", "table backup_file"),
        ("UPDATE backup_manifest SET value = '2026-01-01T00:00:00Z' WHERE key = 'made_at'", "table backup_manifest"),
        ("UPDATE backup_manifest SET value = 'x' WHERE key = 'seq'", "it says nothing that can be read"),
        ("DROP TABLE parked", "table parked: it is gone"),
        ("CREATE TABLE other (a)", "table other: it was put in later"),
        ("DROP INDEX entry_urgent", "table sqlite_schema"),
    ] {
        Connection::open(&made.path).unwrap().execute_batch(sql).unwrap();
        let word = Backup::open(&made.path).unwrap_err().to_string();
        assert!(word.contains("is damaged") && word.contains(place_named), "{sql}: {word}");
        std::fs::write(&made.path, &whole).unwrap();
    }
    Backup::open(&made.path).unwrap();
    std::fs::write(&made.path, &whole[..whole.len() / 2]).unwrap();
    assert!(matches!(Backup::open(&made.path), Err(BackupFault::Damaged { .. })));
    std::fs::write(&made.path, b"a text").unwrap();
    assert!(matches!(Backup::open(&made.path), Err(BackupFault::NotABackup(_))));
    assert!(matches!(Backup::open(&place.data.join(FILE_NAME)), Err(BackupFault::NotABackup(_))));
    assert!(matches!(Backup::open(&place.out.join("nothing")), Err(BackupFault::File { .. })));
}

/// Flips bits wherever they come: what is used holds nothing but what was written.
#[test]
fn a_flipped_bit_anywhere_never_reaches_a_restored_journal() {
    let place = place(20);
    let made = make(&place.data, &place.out, at(50), &plan()).unwrap();
    let whole = std::fs::read(&made.path).unwrap();
    let mut found = 0;
    for round in 0..400_usize {
        let mut bytes = whole.clone();
        let (byte, bit) = (round * 7_919 % bytes.len(), round % 8);
        bytes[byte] ^= 1 << bit;
        std::fs::write(&made.path, &bytes).unwrap();
        match Backup::open(&made.path) {
            Ok(opened) => {
                // Unused room between the rows.
                assert_eq!(opened.manifest, made.manifest, "byte {byte}, bit {bit}");
                assert_eq!(opened.attached("plan.csv").unwrap().unwrap(), b"code\nG-1\n");
                let rows = Reader::open_file(&made.path).unwrap().verify().unwrap();
                assert_eq!((rows.entries, rows.faults), (20, vec![]));
            }
            Err(_) => found += 1,
        }
    }
    println!("{found} of 400 flips were found, the rest fell into unused room");
    assert!(found > 20);
}

#[test]
fn what_was_interrupted_counts_for_nothing_and_is_cleared_away() {
    let place = place(9);
    std::fs::create_dir_all(&place.out).unwrap();
    let part = place.out.join("portico-2026-11-25T04-00-00Z.part");
    for left in [part.clone(), PathBuf::from(format!("{}-journal", part.display()))] {
        std::fs::write(left, b"half a database").unwrap();
    }
    assert_eq!(kept(&place.out).unwrap(), []);
    assert!(Backup::open(&part).is_err());
    make(&place.data, &place.out, at(50), &[]).unwrap();
    assert!(!part.exists());
    assert_eq!(kept(&place.out).unwrap().len(), 1);
}
