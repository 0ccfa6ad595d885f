//! What is recorded proves itself: the same alerts follow from the same entries, byte for byte, whatever was changed
//! during the day; and what was tampered with does not.
//!
//! Days go through the real recorder on a clock that the test moves; the proofs are those of the program.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failure stops the test: that is what it is for.

mod gaps;
mod other;
#[path = "../support/mod.rs"]
mod support;
#[allow(dead_code)] // The simulation looks at more of the day than this does.
#[path = "../simulation/world.rs"]
mod world;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use portico::clock::Clock;
use portico::counters::Counters;
use portico::facts::{
    Alert, Command, E7, Entry, Fact, Kind, Milli, Name, Position, Report, RuleKind, Seq, Span, Subject, Timestamp,
};
use portico::journal::{FILE_NAME, Journal, JournalFault, Lane, Reader};
use portico::recorder::{self, Handle};
use portico::rules::{Engine, Settings};
use support::{Daemon, Dice};
use tokio::runtime::Runtime;
use world::{Chance, World};

/// A recorder at work on a day whose time the test tells.
struct Day {
    dir: PathBuf,
    clock: Clock,
    handle: Option<Handle>,
    runtime: Runtime,
}

impl Day {
    fn start(dir: &Path, at: Timestamp) -> Self {
        let runtime = Runtime::new().unwrap();
        let mut day = Self { dir: dir.to_owned(), clock: Clock::manual(at), handle: None, runtime };
        day.open();
        day
    }

    fn open(&mut self) {
        let dir = self.dir.clone();
        let begun = Instant::now();
        // A command that another test starts holds what we let go for a moment, until it is itself.
        let open = move || loop {
            match Journal::open(&dir, || "day".to_owned()) {
                Err(JournalFault::InUse(_)) if begun.elapsed() < Duration::from_secs(30) => {}
                opened => return opened,
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let settings = recorder::Settings { linger: Duration::ZERO };
        let counters = Arc::new(Counters::default());
        let handle =
            recorder::start(open, settings, self.clock.clone(), counters, self.runtime.handle().clone()).unwrap();
        self.handle = Some(handle);
    }

    /// The gateway stops in order.
    fn stop(&mut self) {
        let handle = self.handle.take().unwrap();
        self.runtime.block_on(handle.stop());
        drop(self.journal());
    }

    /// The gateway ends without a word: no last commit, no snapshot.
    fn end(&mut self) {
        self.handle = None;
        drop(self.journal());
    }

    /// The journal, as soon as its recorder has let it go.
    fn journal(&self) -> Journal {
        let begun = Instant::now();
        loop {
            match Journal::open(&self.dir, || panic!("the journal is gone")) {
                Ok(journal) => return journal,
                Err(fault) => assert!(begun.elapsed() < Duration::from_secs(30), "{fault}"),
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// These reports come at one moment, in this order.
    fn tell(&self, at: Timestamp, reports: Vec<Report>) {
        self.clock.set(at);
        let handle = self.handle.as_ref().unwrap();
        let kept = self.runtime.block_on(join_all(reports.into_iter().map(|report| handle.submit(report))));
        assert!(kept.iter().all(Result::is_ok), "{kept:?}");
    }

    fn order(&self, at: Timestamp, fact: Fact) {
        self.tell(at, vec![Report { device: Subject::Gateway, observed_at: None, fact, awaited: true }]);
    }

    /// Runs a random day from `from` to `to`, with other rules and another plan now and then.
    fn live(&self, world: &mut World, chance: &mut Chance) {
        let mut events = std::mem::take(&mut world.events).into_iter().peekable();
        while let Some(at) = events.peek().map(|event| event.at) {
            let mut reports = Vec::new();
            while let Some(event) = events.next_if(|event| event.at == at) {
                let world::Event { device, observed_at, fact, .. } = event;
                reports.push(Report { device, observed_at, fact, awaited: true });
            }
            self.tell(at, reports);
            if chance.one_in(60) {
                let settings = world.other_rules(chance).to_json().unwrap();
                self.order(at, Fact::Command(Command::SetRules { settings }));
            }
            if chance.one_in(60) {
                let plan = world.other_plan(chance);
                self.order(at, Fact::Plan(Box::new(plan)));
            }
        }
    }
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn run(args: &[&str], data: &Path) -> (i32, String, String) {
    Daemon::command(&[args, &[data.to_str().unwrap()]].concat())
}

/// A random day recorded from the seed.
fn record(dir: &Path, seed: u64) -> Day {
    let mut chance = Chance(seed);
    let mut world = World::new(&mut chance);
    let day = Day::start(dir, world.from);
    day.live(&mut world, &mut chance);
    day
}

/// Everything that alerts say in the journal, as bytes, and everything that follows from the other entries.
fn recorded_and_followed(data: &Path) -> (Vec<String>, Vec<String>) {
    let reader = Reader::open(data).unwrap();
    let rows = reader.read(Lane::Kind(Kind::Alert), 0, usize::MAX >> 1, usize::MAX).unwrap().rows;
    let recorded: Vec<String> = rows.into_iter().map(|row| row.body).collect();
    let mut engine = Engine::new();
    let mut followed = Vec::new();
    let text = |alert: Alert| {
        let mut body = Vec::new();
        Fact::Alert(Box::new(alert)).write_body(&mut body).unwrap();
        String::from_utf8(body).unwrap()
    };
    reader
        .replay(0, |entry| {
            let (before, step) = engine.take(&entry);
            followed.extend(before.into_iter().chain(step.changes).map(text));
            Ok(())
        })
        .unwrap();
    (recorded, followed)
}

#[test]
fn a_recorded_day_proves_itself_to_the_byte() {
    let seed = support::seed();
    println!("PORTICO_SEED={seed}");
    let dir = tempfile::tempdir().unwrap();
    let mut day = record(dir.path(), seed);
    day.stop();
    let (recorded, followed) = recorded_and_followed(dir.path());
    assert!(recorded.len() > 100, "{} alert changes are no day", recorded.len());
    assert_eq!(recorded, followed);
    let commands = Reader::open(dir.path()).unwrap().backlog(Lane::Kind(Kind::Command), 0).unwrap();
    assert!(commands > 0, "the rules never changed");
    for command in ["verify", "replay"] {
        let (code, out, talk) = run(&[command, "--json"], dir.path());
        assert_eq!(code, 0, "{command}: {out}{talk}");
        let told: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(told["alerts"], recorded.len(), "{command}: {told}");
    }
    assert!(other::changes_nothing(dir.path()) > 50);
}

/// What the journal ends in: a hash over every byte of every entry.
fn head(data: &Path) -> String {
    blake3::Hash::from_bytes(Reader::open(data).unwrap().verify().unwrap().head).to_hex().to_string()
}

/// With `PORTICO_DAY=FOLDER` the day is left there: `tests/arm64/run` compares it with that of another kind of machine.
#[test]
fn the_same_day_told_twice_is_the_same_to_the_byte() {
    let seed = support::seed();
    println!("PORTICO_SEED={seed}");
    let dir = tempfile::tempdir().unwrap();
    let asked = std::env::var_os("PORTICO_DAY").map(PathBuf::from);
    let both = [asked.unwrap_or_else(|| dir.path().join("first")), dir.path().join("second")];
    let heads = both.map(|data| {
        record(&data, seed).stop();
        head(&data)
    });
    println!("head {}", heads[0]);
    assert_eq!(heads[0], heads[1]);
}

/// The state from the newest snapshot and what came after it, and the state from the first entry on.
fn both_states(day: &Day) -> (Seq, String, String) {
    let mut journal = day.journal();
    let from = journal.snapshot().unwrap().map_or(0, |(seq, _)| seq);
    let (short, _) = recorder::rebuild(&mut journal).unwrap();
    let mut long = Engine::new();
    journal
        .replay(0, |entry: Entry| {
            long.take(&entry);
            Ok(())
        })
        .unwrap();
    let text = |engine: &Engine| String::from_utf8(engine.snapshot().unwrap()).unwrap();
    (from, text(&short), text(&long))
}

#[test]
fn a_state_from_a_snapshot_is_the_state_from_nothing() {
    let seed = support::seed();
    println!("PORTICO_SEED={seed}");
    let mut dice = Dice::new(seed);
    let dir = tempfile::tempdir().unwrap();
    let mut chance = Chance(seed);
    let mut world = World::new(&mut chance);
    let mut day = Day::start(dir.path(), world.from);
    let mut events = std::mem::take(&mut world.events);
    let mut snapshots = std::collections::BTreeSet::new();
    while !events.is_empty() {
        let rest = events.split_off(events.len().min(200 + dice.roll(400) as usize));
        world.events = events;
        events = rest;
        day.live(&mut world, &mut chance);
        // It stops some minutes after the last entry, or without a word; then both ways must lead to one state.
        let later = day.clock.now().plus(Span::from_secs(dice.roll(300) as i64));
        day.clock.set(later);
        if dice.roll(3) == 0 {
            day.end();
        } else {
            day.stop();
        }
        let (from, short, long) = both_states(&day);
        assert_eq!(short, long, "from the snapshot at {from}");
        snapshots.insert(from);
        let next = events.first().map_or(later, |event| event.at);
        day.clock.set(later.plus(Span::from_secs(1)).min(next).max(later));
        day.open();
    }
    day.stop();
    println!("snapshots at {snapshots:?}");
    let (code, out, talk) = run(&["verify"], dir.path());
    assert_eq!(code, 0, "{out}{talk}");
}

#[test]
fn a_stop_long_after_the_last_entry_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let begin: Timestamp = "2026-11-23T02:00:00Z".parse().unwrap();
    let mut day = Day::start(dir.path(), begin);
    // Nobody is told when a vehicle is silent: its silence leaves no entry.
    let mut settings = Settings::default();
    settings.silent.vehicle.enabled = false;
    day.order(begin, Fact::Command(Command::SetRules { settings: settings.to_json().unwrap() }));
    let at_speed = |at: Timestamp, kmh: i64| {
        let position = Position {
            lat: E7::from_raw(312_430_300),
            lon: E7::from_raw(1_214_717_500),
            speed_kmh: Some(Milli::from_whole(kmh)),
            course: None,
            fix_at: Some(at),
            ignition: None,
            hdop: None,
            satellites: None,
        };
        let device = Subject::Vehicle(name("car-1"));
        vec![Report { device, observed_at: Some(at), fact: Fact::Position(position), awaited: true }]
    };
    let minute = |n: i64| begin.plus(Span::from_mins(n));
    // It drives, is slow once, and falls silent before that can mean anything.
    for (n, kmh) in [(1, 40), (2, 40), (3, 0)] {
        day.tell(minute(n), at_speed(minute(n), kmh));
    }
    day.clock.set(minute(8));
    day.stop();
    let (_, short, long) = both_states(&day);
    assert_eq!(short, long);
    day.open();
    (9..30).for_each(|n| day.tell(minute(n), at_speed(minute(n), 0)));
    day.stop();
    let (code, out, talk) = run(&["verify"], dir.path());
    assert_eq!(code, 0, "{out}{talk}");
}

/// A guest who comes 45 minutes late, and one who never comes.
fn late_day(dir: &Path) -> Timestamp {
    let begin: Timestamp = "2026-11-23T02:00:00Z".parse().unwrap();
    let mut day = Day::start(dir, begin);
    let visit = |code: &str| {
        let text = format!(
            "{{\"code\":\"{code}\",\"tier\":\"guest\",\"expected_at\":\"2026-11-23T02:10:00Z\",\
             \"day_from\":\"2026-11-22T16:00:00Z\",\"day_to\":\"2026-11-23T16:00:00Z\"}}"
        );
        serde_json::from_str(&text).unwrap()
    };
    let plan = portico::facts::plan::Plan { visits: vec![visit("G-1"), visit("G-2")], ..Default::default() };
    day.order(begin, Fact::Plan(Box::new(plan)));
    let scan = serde_json::from_str(r#"{"scan_id":"1","code":"G-1","kiosk":"K1"}"#).unwrap();
    let at = begin.plus(Span::from_mins(55));
    let report =
        Report { device: Subject::Kiosk(name("K1")), observed_at: Some(at), fact: Fact::Scan(scan), awaited: true };
    day.tell(at, vec![report]);
    // Time goes on, and something is heard of it.
    let scan = serde_json::from_str(r#"{"scan_id":"2","code":"G-9","kiosk":"K1"}"#).unwrap();
    let at = begin.plus(Span::from_mins(80));
    let report =
        Report { device: Subject::Kiosk(name("K1")), observed_at: Some(at), fact: Fact::Scan(scan), awaited: true };
    day.tell(at, vec![report]);
    day.stop();
    begin
}

#[test]
fn one_flipped_bit_of_an_alert_is_found_and_named() {
    let seed = support::seed();
    println!("PORTICO_SEED={seed}");
    let mut dice = Dice::new(seed);
    let dir = tempfile::tempdir().unwrap();
    late_day(dir.path());
    let reader = Reader::open(dir.path()).unwrap();
    let alerts = reader.read(Lane::Kind(Kind::Alert), 0, 1_000, usize::MAX).unwrap().rows;
    assert!(alerts.iter().any(|row| row.body.contains(RuleKind::LateArrival.word())));
    drop(reader);
    let conn = rusqlite::Connection::open(dir.path().join(FILE_NAME)).unwrap();
    for round in 0..24 {
        let row = &alerts[dice.roll(alerts.len() as u64) as usize];
        let (byte, bit) = (dice.roll(row.body.len() as u64) as usize, dice.roll(8));
        let mut body = row.body.clone().into_bytes();
        body[byte] ^= 1 << bit;
        let write = |body: &[u8]| {
            let sql = "UPDATE entry SET body = CAST(?1 AS TEXT) WHERE seq = ?2";
            assert_eq!(conn.execute(sql, rusqlite::params![body, row.seq as i64]).unwrap(), 1);
        };
        write(&body);
        let (code, out, talk) = run(&["verify"], dir.path());
        let what = format!("round {round}, entry {}, byte {byte}, bit {bit}: {out}{talk}", row.seq);
        assert_eq!(code, 1, "{what}");
        assert!(talk.contains(&format!("entry {} was changed", row.seq)), "{what}");
        write(row.body.as_bytes());
    }
    let (code, out, talk) = run(&["verify"], dir.path());
    assert_eq!(code, 0, "mended again: {out}{talk}");
}
