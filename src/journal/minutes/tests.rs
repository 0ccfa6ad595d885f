use std::path::Path;

use super::*;
use crate::facts::{Gap, Kind, Name};
use crate::journal::{FILE_NAME, GaveUp, Journal, Pass, Reader, STRETCH};

/// A whole minute.
const START: i64 = 29_916_000 * 60_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(START + seconds * 1_000)
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn open(dir: &Path) -> Journal {
    Journal::open(dir, || "e1".to_owned()).unwrap()
}

fn entry(seq: Seq, seconds: i64, device: &str, kind: Kind, body: &str) -> Entry {
    let (device, fact): (Subject, _) = (device.parse().unwrap(), Fact::read_body(kind, body).unwrap());
    Entry { seq, subject: fact.subject(&device), device, observed_at: None, received_at: at(seconds), fact }
}

fn reading(seq: Seq, seconds: i64, room: &str, temperature: &str) -> Entry {
    let body = format!(r#"{{"room":"{room}","sensor":"t1","temperature":{temperature}}}"#);
    entry(seq, seconds, &format!("sensor/{room}/t1"), Kind::Reading, &body)
}

fn position(seq: Seq, seconds: i64) -> Entry {
    let body = r#"{"lat":31.2,"lon":121.4,"speed_kmh":null,"course":null,"fix_at":null}"#;
    entry(seq, seconds, "vehicle/car-1", Kind::Position, body)
}

fn fill(journal: &mut Journal, entries: impl IntoIterator<Item = Entry>) {
    let mut batch = journal.begin().unwrap();
    for entry in entries {
        batch.append(&entry).unwrap();
    }
    batch.commit().unwrap();
}

/// `minute: low mean high (readings)` of each minute of a room that has temperatures.
fn shown(reader: &Reader, room: &str) -> Vec<String> {
    let mut minutes: BTreeMap<i64, Figures> = BTreeMap::new();
    let each = |minute, figures: &Figures| {
        for (metric, figure) in figures {
            add(minutes.entry(minute).or_default(), *metric, *figure);
        }
    };
    reader.room_minutes(&name(room), at(-86_400), at(86_400), each).unwrap();
    let told = |(minute, figures): (&i64, &Figures)| {
        let figure = figures[&Metric::Temperature];
        let (low, mean, high) = (figure.low(), figure.mean(), figure.high());
        format!("{}: {low} {mean} {high} ({})", minute - START / 60_000, figure.3)
    };
    minutes.iter().map(told).collect()
}

/// How many rows there are, and how far they have come.
fn rows(dir: &Path) -> (i64, Seq) {
    let conn = rusqlite::Connection::open(dir.join(FILE_NAME)).unwrap();
    let rows = conn.query_row("SELECT count(*) FROM minute", [], |row| row.get(0)).unwrap();
    (rows, lay::upto(&conn).unwrap())
}

#[test]
fn a_mean_is_rounded_half_away_from_zero() {
    let mean = |values: &[i64]| {
        let figures = values.iter().map(|raw| Figure::of(Milli::from_raw(*raw)));
        figures.reduce(Figure::with).unwrap().mean().raw()
    };
    for (values, want) in [(&[1, 2][..], 2), (&[-1, -2], -2), (&[1, 1, 2], 1), (&[-3, 3], 0), (&[5], 5)] {
        assert_eq!(mean(values), want, "{values:?}");
    }
}

#[test]
fn minutes_are_the_same_before_and_after_they_are_laid_down() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = open(dir.path());
    let reader = Reader::open(dir.path()).unwrap();
    fill(&mut journal, [reading(1, 0, "lobby", "20"), reading(2, 30, "hall", "30"), reading(3, 59, "lobby", "21")]);
    assert_eq!(shown(&reader, "lobby"), ["0: 20 20.5 21 (2)"]);
    assert_eq!(rows(dir.path()), (0, 0), "nothing is written for the minute that runs");
    fill(&mut journal, [reading(4, 60, "lobby", "22")]);
    assert_eq!(rows(dir.path()), (2, 3), "a row for each room of the minute before");
    assert_eq!(shown(&reader, "lobby"), ["0: 20 20.5 21 (2)", "1: 22 22 22 (1)"]);
    assert_eq!(shown(&reader, "hall"), ["0: 30 30 30 (1)"]);
    assert_eq!(shown(&reader, "nowhere"), <[&str; 0]>::default());
    let mut all = Vec::new();
    reader.rooms_minutes(at(0), at(60), |room, minute, _| all.push((room.to_owned(), minute))).unwrap();
    all.sort();
    assert_eq!(
        all,
        [("hall".to_owned(), START / 60_000), ("lobby".to_owned(), START / 60_000)],
        "the one minute asked"
    );
}

#[test]
fn a_transaction_that_came_to_nothing_leaves_no_figures_and_takes_none() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = open(dir.path());
    fill(&mut journal, [reading(1, 0, "lobby", "20")]);
    let mut batch = journal.begin().unwrap();
    batch.append(&reading(2, 1, "lobby", "99")).unwrap();
    batch.append(&reading(3, 61, "lobby", "99")).unwrap();
    drop(batch);
    assert_eq!(rows(dir.path()), (0, 0));
    fill(&mut journal, [reading(2, 2, "lobby", "22"), reading(3, 62, "lobby", "24"), reading(4, 122, "lobby", "26")]);
    let reader = Reader::open(dir.path()).unwrap();
    let want = ["0: 20 21 22 (2)", "1: 24 24 24 (1)", "2: 26 26 26 (1)"];
    assert_eq!(shown(&reader, "lobby"), want);
    // Nor does a process that dies with a minute half over, nor a clock that is put back.
    drop(journal);
    let mut journal = open(dir.path());
    fill(&mut journal, [reading(5, 123, "lobby", "28"), reading(6, 3, "lobby", "17"), reading(7, 130, "lobby", "27")]);
    assert_eq!(shown(&reader, "lobby"), ["0: 17 19.667 22 (3)", "1: 24 24 24 (1)", "2: 26 27 28 (3)"]);
    assert_eq!(rows(dir.path()), (3, 6));
}

#[test]
fn a_busy_minute_is_laid_down_in_parts_and_an_old_database_at_its_first_opening() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = open(dir.path());
    let many = 2 * TAIL_MAX + 10;
    fill(
        &mut journal,
        (1..=many).map(|seq| if seq % 8 == 0 { position(seq, 5) } else { reading(seq, 5, "lobby", "20") }),
    );
    assert_eq!(rows(dir.path()), (2, 2 * TAIL_MAX));
    let reader = Reader::open(dir.path()).unwrap();
    let want = [format!("0: 20 20 20 ({})", many - many / 8)];
    assert_eq!(shown(&reader, "lobby"), want);
    let places = |reader: &Reader| reader.entries_about(&"vehicle/car-1".parse().unwrap(), at(0), at(6)).unwrap();
    let seqs: Vec<Seq> = places(&reader).into_iter().map(|row| row.seq).collect();
    assert_eq!(seqs, (1..=many).filter(|seq| seq % 8 == 0).collect::<Vec<_>>());
    assert_eq!(reader.entries_about(&"vehicle/car-1".parse().unwrap(), at(6), at(59)).unwrap(), []);
    drop(journal);
    let sql = "DELETE FROM minute; DELETE FROM minute_subject; DELETE FROM meta WHERE key = 'minutes'";
    rusqlite::Connection::open(dir.path().join(FILE_NAME)).unwrap().execute_batch(sql).unwrap();
    assert!(!reader.has_reported(&"vehicle/car-2".parse().unwrap()).unwrap());
    drop(open(dir.path()));
    assert_eq!(shown(&reader, "lobby"), want);
    assert_eq!(places(&reader).len(), seqs.len());
}

#[test]
fn a_row_goes_with_its_newest_reading_and_never_with_anothers() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = open(dir.path());
    // Ten entries a minute: the first stretch ends in the middle of one.
    let made = |seq: Seq| {
        let seconds = (seq as i64 - 1) * 6;
        if seq % 10 == 5 { position(seq, seconds) } else { reading(seq, seconds, "lobby", "20") }
    };
    fill(&mut journal, (1..=2 * STRETCH).map(made));
    let mut give_up = |pass| {
        let mut batch = journal.begin().unwrap();
        batch.save_snapshot(b"rules").unwrap();
        let GaveUp::Some(gap) = batch.give_up(pass).unwrap() else { panic!("nothing was given up") };
        let gap: Box<Gap> = gap;
        let (seq, device) = (batch.next_seq(), Subject::Gateway);
        let received_at = at(seq as i64 * 6);
        batch
            .append(&Entry {
                seq,
                subject: device.clone(),
                device,
                observed_at: None,
                received_at,
                fact: Fact::Gap(gap),
            })
            .unwrap();
        batch.commit().unwrap();
    };
    let reader = Reader::open(dir.path()).unwrap();
    let whole = shown(&reader, "lobby");
    give_up(Pass::Readings);
    let left = shown(&reader, "lobby");
    // Minute 102 has entries 1,021 to 1,030: it stays, and says what was measured.
    assert_eq!((left.first(), left.len()), (whole.get(102), whole.len() - 102));
    let car = "vehicle/car-1".parse().unwrap();
    let seqs = |reader: &Reader| reader.entries_about(&car, at(0), at(86_400)).unwrap().len() as u64;
    assert_eq!(seqs(&reader), 205, "the positions of the same minutes are still there");
    give_up(Pass::Positions);
    assert_eq!(seqs(&reader), 205 - 102);
    give_up(Pass::Readings);
    assert_eq!(shown(&reader, "lobby"), <[&str; 0]>::default());
    assert_eq!(reader.verify().unwrap().faults, []);
}
