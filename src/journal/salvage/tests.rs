use super::*;
use crate::facts::{Entry, Fact, Hash, Kind, Name, Reading, Seq, Subject};
use crate::journal::read::Row;
use crate::journal::{Journal, Lane};

const ENTRIES: Seq = 400;
const AT: Timestamp = Timestamp::from_millis(1_795_000_000_000);

fn entry(seq: Seq) -> Entry {
    let name = |text: &str| text.parse::<Name>().unwrap();
    let device: Subject = "kiosk/K".parse().unwrap();
    let fact = if seq.is_multiple_of(3) {
        Fact::read_body(Kind::Scan, &format!(r#"{{"scan_id":"K-{seq}","code":"G-1","kiosk":"K"}}"#)).unwrap()
    } else {
        let measures = serde_json::from_str(r#"{"temperature":23.4}"#).unwrap();
        Fact::Reading(Reading { room: name("lobby"), sensor: name("t1"), measures })
    };
    let received_at = Timestamp::from_millis(AT.as_millis() + seq as i64);
    Entry { seq, subject: fact.subject(&device), device, observed_at: None, received_at, fact }
}

fn fill(data: &Path, to: Seq) -> Journal {
    let mut journal = Journal::open(data, || "e1".to_owned()).unwrap();
    let mut batch = journal.begin().unwrap();
    while batch.next_seq() <= to {
        batch.append(&entry(batch.next_seq())).unwrap();
    }
    batch.save_cursor("up", to).unwrap();
    batch.save_snapshot(b"what the rules know").unwrap();
    batch.commit().unwrap();
    journal
}

fn is_scan(entry: &Entry) -> bool {
    matches!(entry.fact, Fact::Scan(_))
}

struct Place {
    _dir: tempfile::TempDir,
    data: PathBuf,
    backups: PathBuf,
    hashes: Vec<Hash>,
}

fn hashes(data: &Path) -> Vec<Hash> {
    let rows = Reader::open(data).unwrap().read(Lane::All, 0, usize::MAX >> 1, usize::MAX).unwrap().rows;
    rows.into_iter().map(|row| row.hash).collect()
}

/// A journal of which a backup was made after `backed_up` entries.
fn place(backed_up: Option<Seq>) -> Place {
    let dir = tempfile::tempdir().unwrap();
    let (data, backups) = (dir.path().join("data"), dir.path().join("backups"));
    if let Some(entries) = backed_up {
        drop(fill(&data, entries));
        backup::make(&data, &backups, AT, &[]).unwrap();
    }
    drop(fill(&data, ENTRIES));
    let hashes = hashes(&data);
    Place { _dir: dir, data, backups, hashes }
}

impl Place {
    fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.data.join(FILE_NAME)).unwrap()
    }

    fn put(&self, bytes: &[u8]) {
        std::fs::write(self.data.join(FILE_NAME), bytes).unwrap();
    }

    /// Overwrites the page on which a scan's entry stands.
    fn flip(&self, seq: Seq) {
        let mut bytes = self.bytes();
        let body = format!(r#""scan_id":"K-{seq}""#);
        let at = bytes.windows(body.len()).position(|window| window == body.as_bytes()).unwrap();
        bytes[at / 1024 * 1024..][..1024].fill(0xA5);
        self.put(&bytes);
    }

    fn salvage(&self) -> Option<String> {
        salvage(&self.data, &self.backups, AT, "e2", None, is_scan).unwrap()
    }

    /// The old numbers of what is to be reported again, which a scan has in its id.
    fn behind(&self) -> Vec<Seq> {
        let number = |row: &Row| match row.to_entry().unwrap().fact {
            Fact::Scan(scan) => scan.scan_id.as_str().strip_prefix("K-").unwrap().parse().unwrap(),
            other => panic!("{other:?}"),
        };
        let reader = Reader::open(&self.data).unwrap();
        let rows = reader.behind(0, 1_000).unwrap();
        let firsts: Vec<Seq> = reader.behind(5, 2).unwrap().iter().map(|row| row.seq).collect();
        assert_eq!(firsts, (6..=7).filter(|number| *number <= rows.len() as Seq).collect::<Vec<_>>());
        rows.iter().map(number).collect()
    }

    /// Everything up to `upto` is what it was, what comes next is another epoch, and the daemon can go on.
    fn goes_on_from(&self, upto: Seq) {
        assert_eq!(hashes(&self.data), self.hashes[..upto as usize], "the same entries, and no others");
        let mut journal = Journal::open(&self.data, || "e3".to_owned()).unwrap();
        assert_eq!(journal.tail().seq, upto);
        let mut batch = journal.begin().unwrap();
        let scan = (1..=upto).rev().find(|seq| seq.is_multiple_of(3));
        if let Some(seq) = scan {
            let found = batch.find_scan(&"K".parse().unwrap(), &format!("K-{seq}").parse().unwrap()).unwrap();
            assert_eq!(found.unwrap(), entry(seq), "a scan that comes again is known");
        }
        batch.append(&entry(upto + 1)).unwrap();
        batch.commit().unwrap();
        let reader = Reader::open(&self.data).unwrap();
        assert_eq!((reader.epochs().of(upto + 1), upto == 0 || reader.epochs().of(upto) == "e1"), ("e2", true));
        assert!(reader.cursor("up").unwrap().is_none_or(|cursor| cursor == upto), "what comes next is not passed by");
        assert_eq!(reader.verify().unwrap().faults, []);
        assert!(!self.data.join(SCRATCH).exists());
    }

    fn aside(&self) -> PathBuf {
        self.data.join("portico.db.damaged-2026-11-18T11-06-40Z")
    }
}

#[test]
fn what_is_well_is_left_alone() {
    let place = place(None);
    let before = place.bytes();
    assert_eq!(place.salvage(), None);
    assert_eq!(place.bytes(), before);
    let none = tempfile::tempdir().unwrap();
    assert_eq!(salvage(none.path(), none.path(), AT, "e", None, is_scan).unwrap(), None);
    assert_eq!(salvage(&none.path().join("data"), none.path(), AT, "e", None, is_scan).unwrap(), None);
}

#[test]
fn behind_a_header_of_rubbish_everything_is_found() {
    let place = place(None);
    let mut bytes = place.bytes();
    bytes[..100].fill(b'#');
    place.put(&bytes);
    let text = place.salvage().unwrap();
    assert!(text.contains("400 entries were recovered, up to entry 400 of 2026-11-18T"), "{text}");
    assert_eq!(std::fs::read(place.aside()).unwrap(), bytes, "byte for byte");
    place.goes_on_from(400);
    assert_eq!(place.salvage(), None, "once");
    assert_eq!(Reader::open(&place.data).unwrap().salvaged().unwrap(), Some(text));
}

#[test]
fn without_a_first_page_everything_is_found() {
    let place = place(None);
    let mut bytes = place.bytes();
    bytes[..1024].fill(0);
    place.put(&bytes);
    let text = place.salvage().unwrap();
    assert!(text.contains("400 entries"), "{text}");
    place.goes_on_from(400);
}

#[test]
fn behind_a_flipped_page_that_no_backup_fills_scans_are_kept_aside() {
    let place = place(None);
    place.flip(150);
    let text = place.salvage().unwrap();
    let upto = Reader::open(&place.data).unwrap().newest().unwrap();
    assert!((130..150).contains(&upto), "{text}");
    let told = place.behind();
    let number =
        |word: &str| -> Seq { text.split("; ").find_map(|part| part.split_once(word)).unwrap().0.parse().unwrap() };
    assert_eq!(number(" scans and calls for help behind the damage are reported again"), told.len() as Seq);
    let left = number(" other entries behind the damage can be read there");
    assert!((200..=250).contains(&(left + told.len() as Seq)), "{text}");
    // Every scan that can be read, once, in order.
    let jumps = told.iter().zip(&told[1..]).filter(|(one, next)| *one + 3 != **next).count();
    // The last before the damage, of whose consequences nobody knows, may be a scan itself.
    assert!(jumps == usize::from(told[0] < 150), "{told:?}");
    assert!(told.iter().any(|seq| (151..175).contains(seq)) && *told.last().unwrap() == 399, "{told:?}");
    assert!(text.contains("there is no backup"), "{text}");
    place.goes_on_from(upto);
    // Damaged once more when some were: they stay, as the entries of those may be gone now.
    let mut journal = Journal::open(&place.data, || "e3".to_owned()).unwrap();
    let batch = journal.begin().unwrap();
    batch.save_cursor(REPORTED_AGAIN, 20).unwrap();
    batch.commit().unwrap();
    drop(journal);
    place.flip(upto / 2 / 3 * 3);
    place.salvage().unwrap();
    let still = place.behind();
    assert_eq!(still[..told.len()], told);
    assert!(still.len() > told.len(), "and what is behind the new damage comes after them: {still:?}");
    assert_eq!(Reader::open(&place.data).unwrap().cursor(REPORTED_AGAIN).unwrap(), None, "from the first on");
}

#[test]
fn what_its_hash_disproves_is_not_reported_as_true() {
    let place = place(None);
    place.flip(150);
    let mut bytes = place.bytes();
    let body = br#""scan_id":"K-300","code":"G-1""#;
    let at = bytes.windows(body.len()).position(|window| window == body).unwrap();
    bytes[at + body.len() - 2] = b'2';
    place.put(&bytes);
    place.salvage().unwrap();
    let told = place.behind();
    assert!(told.contains(&297) && !told.contains(&300) && told.contains(&303), "{told:?}");
}

#[test]
fn what_was_cut_off_can_be_cleared_away_by_whoever_holds_the_folder() {
    let place = place(None);
    place.flip(150);
    // A part of one that was cut off.
    let scratch = place.data.join(SCRATCH);
    std::fs::create_dir(&scratch).unwrap();
    std::fs::write(scratch.join(FILE_NAME), b"half").unwrap();
    clear_scratch(&place.data).unwrap();
    assert!(!scratch.exists());
    let held = folder::lock(&place.data).unwrap();
    assert!(matches!(clear_scratch(&place.data), Err(JournalFault::InUse(_))), "not while somebody works in it");
    drop(held);
}

#[test]
fn a_backup_fills_what_cannot_be_read_and_the_damaged_file_has_the_rest() {
    let place = place(Some(300));
    place.flip(150);
    let text = place.salvage().unwrap();
    assert!(text.contains("400 entries were recovered") && text.contains("from the newest backup, portico-"), "{text}");
    assert!(!text.contains(" 0 of them"), "{text}");
    place.goes_on_from(400);
}

#[test]
fn of_a_file_cut_in_half_the_first_half_is_found() {
    for backed_up in [None, Some(350)] {
        let place = place(backed_up);
        let bytes = place.bytes();
        place.put(&bytes[..bytes.len() / 2]);
        let text = place.salvage().unwrap();
        let upto = Reader::open(&place.data).unwrap().newest().unwrap();
        let fits = backed_up.map_or((50..350).contains(&upto), |backed_up| upto == backed_up);
        assert!(fits, "{text}");
        place.goes_on_from(upto);
    }
}

#[test]
fn an_empty_file_beside_a_log_is_made_whole_from_the_log() {
    let place = place(None);
    let fresh = tempfile::tempdir().unwrap();
    let journal = fill(fresh.path(), ENTRIES);
    let log = format!("{FILE_NAME}-wal");
    place.put(&[]);
    std::fs::copy(fresh.path().join(&log), place.data.join(&log)).unwrap();
    drop(journal);
    let text = place.salvage().unwrap();
    assert!(text.contains("the database is empty") && text.contains("400 entries"), "{text}");
    assert!(place.data.join(format!("{}-wal", place.aside().display())).exists());
    place.goes_on_from(400);
}

#[test]
fn of_rubbish_nothing_is_found_but_the_backup() {
    for backed_up in [None, Some(300)] {
        let place = place(backed_up);
        place.put(&vec![0x5A; 50_000]);
        let text = place.salvage().unwrap();
        let upto = backed_up.unwrap_or(0);
        let found = if upto > 0 { "300 entries were recovered" } else { "no entry could be recovered" };
        assert!(text.contains(found), "{text}");
        place.goes_on_from(upto);
    }
}

#[test]
fn cut_off_anywhere_it_is_gone_on_with() {
    for moved in 0..=2 {
        let place = place(None);
        let mut bytes = place.bytes();
        bytes[..100].fill(b'#');
        place.put(&bytes);
        let text = place.salvage().unwrap();
        let (database, log) = (place.data.join(FILE_NAME), place.data.join(format!("{FILE_NAME}-wal")));
        let ready = place.data.join("portico.db.salvaged-2026-11-18T11-06-40Z");
        std::fs::rename(&database, &ready).unwrap();
        if moved < 2 {
            std::fs::rename(place.aside(), &database).unwrap();
        }
        if moved < 1 {
            std::fs::write(&log, b"of the damaged one").unwrap();
        }
        assert_eq!(place.salvage(), Some(text));
        assert_eq!(std::fs::read(place.aside()).unwrap(), bytes);
        assert!(!ready.exists() && std::fs::read(&log).unwrap_or_default() != b"of the damaged one");
        place.goes_on_from(400);
    }
    // What is not whole yet counts for nothing.
    let place = place(None);
    std::fs::create_dir(place.data.join(SCRATCH)).unwrap();
    std::fs::write(place.data.join(SCRATCH).join("new.db"), b"half").unwrap();
    assert_eq!(place.salvage(), None);
    assert!(!place.data.join(SCRATCH).exists());
}
