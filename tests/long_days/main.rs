//! Days on end: 20 kiosks, 20 vehicles, 60 sensors and an open dashboard at many times the speed of the clock, on a budget
//! that is too small to keep it all. Memory stays flat, files stay within bounds, nobody waits longer at the end than at
//! the beginning, and what was acknowledged of scans is all there.
//!
//! An hour in CI. Three days:
//! `PORTICO_LONG_HOURS=72 cargo test --release --test long_days -- --nocapture`

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failure stops the test: that is what it is for.

mod gateway;
#[path = "../support/mod.rs"]
mod support;
mod venue;

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use portico::facts::Kind;
use portico::journal::{Lane, Reader};

use gateway::Gateway;
use support::Daemon;
use venue::{Pace, Venue};

/// How many times the speed of the clock, unless `PORTICO_LONG_SPEED` says otherwise: what two busy cores keep up with.
const SPEED: u64 = 240;
/// Bytes of memory that may come on top after a third of the time: what an allocator keeps at hand.
const GROWTH_MAX: u64 = 8 << 20;
/// What the write-ahead log may take: the size at which SQLite cuts it.
const WAL_MAX: u64 = 64 << 20;
/// What the journal's file may have over its budget: the rules' state, laid down at once, and the largest batch.
const FILE_OVER_MAX: u64 = 1 << 20;
/// How often the process and its files are looked at, in our time.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A number from the environment, or the one for CI.
fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// One look at the process and its files.
struct Look {
    hours: f64,
    memory: u64,
    wal: u64,
    file: u64,
    /// How long the dashboard's overview took.
    overview: Duration,
}

impl Look {
    fn take(gateway: &Gateway, pace: &Pace) -> Self {
        let begun = Instant::now();
        gateway.overview();
        let overview = begun.elapsed();
        let (wal, file) = (gateway.size("portico.db-wal"), gateway.size("portico.db"));
        Self { hours: pace.hours(), memory: gateway.memory(), wal, file, overview }
    }
}

/// The slope of the memory over the looks, bytes an hour of the faster day (least squares).
fn slope(looks: &[Look]) -> f64 {
    let mean = |of: fn(&Look) -> f64| looks.iter().map(of).sum::<f64>() / looks.len() as f64;
    let (x, y) = (mean(|look| look.hours), mean(|look| look.memory as f64));
    let along: f64 = looks.iter().map(|look| (look.hours - x) * (look.memory as f64 - y)).sum();
    let square: f64 = looks.iter().map(|look| (look.hours - x).powi(2)).sum();
    if square > 0.0 { along / square } else { 0.0 }
}

fn percentile(waits: &[Duration], part: usize) -> Duration {
    let mut sorted = waits.to_vec();
    sorted.sort();
    sorted[(sorted.len() - 1) * part / 100]
}

/// Prints what the first and the last third waited for, and says no where the last waited much longer.
fn compare(what: &str, waits: &[Duration]) -> bool {
    let third = waits.len() / 3;
    let (early, late) = (&waits[..third], &waits[waits.len() - third..]);
    let told = |waits| format!("p50 {:.1?} p99 {:.1?}", percentile(waits, 50), percentile(waits, 99));
    println!("{what}: {} in the first third, {} in the last", told(early), told(late));
    percentile(late, 50) < percentile(early, 50) * 3 + Duration::from_millis(50)
}

/// A plan of 600 guests over three days.
fn plan() -> String {
    let mut text = String::from("code,name,tier,expected_at\n");
    for n in 0..600 {
        writeln!(text, "G-{n},Guest {n},guest,2026-11-{} {:02}:{:02}", 23 + n % 3, 8 + n % 10, n % 60).unwrap();
    }
    text
}

/// The one test here, by its name: it runs itself again as the gateway.
const DAYS: &str = "days_on_end_cost_no_more_at_their_end_than_at_their_beginning";

#[test]
fn days_on_end_cost_no_more_at_their_end_than_at_their_beginning() {
    if gateway::is_the_gateway() {
        return;
    }
    let (hours, speed) = (number("PORTICO_LONG_HOURS", 1), number("PORTICO_LONG_SPEED", SPEED));
    // Scans and alerts, which are never given up, take about a mebibyte an hour; everything takes five.
    let budget = 2 + hours * 3 / 2;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("plan.csv"), plan()).unwrap();
    let mut gateway = Gateway::start(DAYS, folder.path(), speed, budget << 20);
    let over = Arc::new(AtomicBool::new(false));
    let viewer = venue::viewer(gateway.http, &over);
    let pace = Arc::new(Pace::new(hours * 3_600, speed));
    let begun = Instant::now();
    let venue = Venue::open(gateway.mqtt, &pace);
    let mut looks = vec![Look::take(&gateway, &pace)];
    while !venue.is_over() {
        std::thread::sleep(LOOK_EVERY);
        looks.push(Look::take(&gateway, &pace));
        if looks.len() % 120 == 0 {
            let Look { hours, memory, wal, file, .. } = &looks[looks.len() - 1];
            println!("{hours:.1} h: memory {} KiB, journal {} KiB, log {} KiB", memory >> 10, file >> 10, wal >> 10);
        }
    }
    let (scans, others) = venue.close();
    let took = begun.elapsed();
    over.store(true, Ordering::Relaxed);
    let shown = viewer.join().unwrap();
    let messages = scans.len() + others.len();
    println!(
        "{hours} hours in {} s, at most {:?} behind: {messages} messages acknowledged, {} KiB shown",
        took.as_secs(),
        pace.behind(),
        shown >> 10
    );
    let third = looks.len() / 3;
    let (then, now) = (looks[third].memory, looks[looks.len() - 1].memory);
    println!(
        "memory {} KiB at first, {} KiB after a third, {} KiB at the end; slope after the first third {:.1} KiB an hour",
        looks[0].memory >> 10,
        then >> 10,
        now >> 10,
        slope(&looks[third..]) / 1024.0
    );
    let most = |of: fn(&Look) -> u64| looks.iter().map(of).max().unwrap();
    let (file, wal) = (most(|look| look.file), most(|look| look.wal));
    println!("largest: journal {} KiB of {budget} MiB, write-ahead log {} KiB", file >> 10, wal >> 10);
    let overviews: Vec<Duration> = looks.iter().map(|look| look.overview).collect();
    let steady = [("a scan's acknowledgement", &scans), ("a report's", &others), ("the overview", &overviews)]
        .map(|(what, waits)| compare(what, waits));
    gateway.stop();
    let reader = Reader::open(&folder.path().join("data")).unwrap();
    let verified = reader.verify().unwrap();
    println!("{} entries are left, {} were given up", verified.entries, verified.given_up);
    assert_eq!(reader.backlog(Lane::Kind(Kind::Scan), 0).unwrap(), scans.len() as u64, "scans");
    assert!(verified.given_up > 0, "the budget was never met");
    assert!(now < then + GROWTH_MAX, "memory grows");
    assert!(file <= (budget << 20) + FILE_OVER_MAX, "the journal outgrows its budget");
    assert!(wal <= WAL_MAX, "the write-ahead log outgrows its bound");
    assert_eq!(steady, [true; 3], "somebody waits longer and longer");
    let (code, out, talk) = Daemon::command(&["verify", folder.path().join("data").to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{talk}");
}
