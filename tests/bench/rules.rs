//! What the rules cost by themselves: the engine in memory, no journal and no device, on a day of 20 vehicles and 60 rooms.
//!
//! Each kind of entry is measured with 300 guests and with 3,000: what does not touch a guest must not cost more for them.

use std::time::{Duration, Instant};

use portico::facts::plan::{Plan, Post, Room, Tier, Vehicle, Visit};
use portico::facts::{
    Command, Direction, E7, Entry, Fact, Measures, Metric, Milli, Name, Position, Reading, Scan, Span, Subject,
    Timestamp,
};
use portico::rules::{Engine, Settings};

/// What is asked of one entry, µs.
const ASKED: f64 = 5.0;
const ENTRIES: usize = 100_000;
/// Entries come in at about 220 a second.
const APART: Span = Span::from_millis(5);
const VEHICLES: usize = 20;
const ROOMS: usize = 60;
const KIOSKS: usize = 20;

/// A kind of entry: its name, and the n-th of it on a day with so many guests.
type Kind = (&'static str, fn(usize, usize) -> (Subject, Fact));

const KINDS: [Kind; 4] = [("readings", reading), ("positions", position), ("scans", scan), ("as they come", mixed)];

/// Prints a row for each kind. `raw` is how many rows a second SQLite keeps here, one a commit.
pub fn measure(raw: f64) {
    println!("\nrules alone, 20 vehicles, 60 rooms, each entry with its deadlines, µs (asked: below {ASKED})");
    println!("entries          300 guests   3,000 guests   ratio   of a raw row");
    for (name, kind) in KINDS {
        let [few, many] = [300, 3_000].map(|guests| each(guests, kind));
        println!("{name:<16} {few:>10.2} {many:>14.2} {:>7.2} {:>12.2} %", many / few, 100.0 * many * raw / 1e6);
    }
}

/// Microseconds an entry: the best of three runs, as what else the machine does can only add to it.
fn each(guests: usize, kind: fn(usize, usize) -> (Subject, Fact)) -> f64 {
    let begin: Timestamp = "2026-11-23T01:00:00Z".parse().unwrap();
    let entry = |seq: usize, device: Subject, fact: Fact| {
        let received_at = begin.plus(APART.times(seq as i64));
        Entry {
            seq: seq as u64,
            subject: fact.subject(&device),
            device,
            observed_at: Some(received_at),
            received_at,
            fact,
        }
    };
    let settings = Settings::configured().to_json().unwrap();
    let mut ready = Engine::new();
    ready.take(&entry(1, Subject::Gateway, Fact::Command(Command::SetRules { settings })));
    ready.take(&entry(2, Subject::Gateway, Fact::Plan(Box::new(plan(guests, begin)))));
    let entries: Vec<Entry> = (0..ENTRIES)
        .map(|n| {
            let (device, fact) = kind(n, guests);
            entry(n + 3, device, fact)
        })
        .collect();
    let run = || {
        let mut engine = ready.clone();
        let started = Instant::now();
        let changes: usize = entries
            .iter()
            .map(|entry| {
                let (before, step) = engine.take(entry);
                before.len() + step.changes.len()
            })
            .sum();
        let took = started.elapsed();
        assert!(changes > 0, "nothing followed");
        took
    };
    let best = (0..3).map(|_| run()).min().unwrap_or(Duration::MAX);
    best.as_secs_f64() * 1e6 / ENTRIES as f64
}

fn name(kind: &str, number: usize) -> Name {
    format!("{kind}-{number}").parse().unwrap()
}

/// Guests who are expected all day, so that some are late in the stretch that is measured.
fn plan(guests: usize, begin: Timestamp) -> Plan {
    let day_to = begin.plus(Span::from_mins(15 * 60));
    let visit = |n: usize| Visit {
        code: name("G", n),
        tier: if n.is_multiple_of(20) { Tier::Vip } else { Tier::Guest },
        expected_at: Some(begin.plus(Span::from_secs((n as i64 * 28_800) / guests as i64 - 1_700))),
        day_from: begin.minus(Span::from_mins(9 * 60)),
        day_to,
        place: Some(name("room", n % ROOMS)),
        point: None,
        vehicle: n.is_multiple_of(20).then(|| name("car", n / 20 % VEHICLES)),
        cancelled: false,
        attention: false,
    };
    let room = |n: usize| Room { id: name("room", n), capacity: Some(100), limits: Vec::new() };
    let post = |n: usize| Post {
        id: name("post", n),
        staff: Some(name("S", n)),
        place: None,
        from: begin.plus(Span::from_mins(20 * n as i64)),
        to: day_to,
    };
    Plan {
        visits: (0..guests).map(visit).collect(),
        vehicles: (0..VEHICLES).map(|n| Vehicle { id: name("car", n), off_duty: false, zones: Vec::new() }).collect(),
        rooms: (0..ROOMS).map(room).collect(),
        posts: (0..10).map(post).collect(),
        kiosks: (0..KIOSKS).map(|n| (name("K", n), None)).collect(),
        ..Plan::default()
    }
}

fn reading(n: usize, _: usize) -> (Subject, Fact) {
    let (room, sensor) = (name("room", n % ROOMS), name("s", n / ROOMS % 2));
    // A slow wave that crosses the limits now and then.
    let wave = ((n / ROOMS) % 400) as i64;
    let measures: Measures = [
        (Metric::Temperature, Milli::from_raw(20_000 + wave * 20)),
        (Metric::Humidity, Milli::from_whole(40)),
        (Metric::Co2, Milli::from_whole(600 + wave)),
        (Metric::Occupancy, Milli::from_whole(wave / 4)),
        (Metric::Battery, Milli::from_whole(87)),
    ]
    .into_iter()
    .collect();
    let device = Subject::Sensor(room.clone(), sensor.clone());
    (device, Fact::Reading(Reading { room, sensor, measures }))
}

fn position(n: usize, _: usize) -> (Subject, Fact) {
    let round = (n / VEHICLES) as i64;
    // Stands for a third of the time.
    let (moved, speed) = if round % 300 < 100 { (0, 0) } else { (round % 300 * 1_000, 30) };
    let position = Position {
        lat: E7::from_raw(312_430_300 + moved),
        lon: E7::from_raw(1_214_717_500),
        speed_kmh: Some(Milli::from_whole(speed)),
        course: None,
        fix_at: None,
        ignition: None,
        hdop: None,
        satellites: None,
    };
    (Subject::Vehicle(name("car", n % VEHICLES)), Fact::Position(position))
}

fn scan(n: usize, guests: usize) -> (Subject, Fact) {
    let kiosk = name("K", n % KIOSKS);
    let scan = Scan {
        scan_id: name("scan", n),
        code: name("G", n % guests),
        kiosk: kiosk.clone(),
        direction: if (n / guests).is_multiple_of(2) { Direction::Entry } else { Direction::Exit },
        point: None,
        method: None,
        duration_s: Some(20),
        ruling: None,
    };
    (Subject::Kiosk(kiosk), Fact::Scan(scan))
}

/// Of eleven entries eight are readings, two positions, and one is a scan.
fn mixed(n: usize, guests: usize) -> (Subject, Fact) {
    let round = n / 11;
    match n % 11 {
        0 => scan(round, guests),
        1 => position(2 * round, guests),
        2 => position(2 * round + 1, guests),
        other => reading(8 * round + other - 3, guests),
    }
}
