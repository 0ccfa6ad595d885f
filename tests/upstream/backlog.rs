//! A long outage: what waits is told fast when the link is back, in flat memory, and nobody at a kiosk notices.

use std::path::Path;
use std::time::{Duration, Instant};

use portico::facts::{Entry, Fact, Kind, Span, Timestamp};
use portico::journal::{Journal, Lane, Reader};

use super::collector::wait;
use super::stand::{PATIENCE, Stand, now_ms, seq_of};
use super::support::Dice;
use super::support::daemon::Daemon;
use super::support::mqtt::Client;

/// Entries of one transaction of the prepared journal.
const BATCH: u64 = 5_000;
/// The gateway may need so much more than an idle one, at any time.
const GROWTH_MAX_KIB: u64 = 20 * 1024;
/// What the release build must reach to a collector on the same machine, entries a second.
const RATE_MIN: f64 = 10_000.0;
/// A scan every so often.
const SCAN_EVERY: Duration = Duration::from_millis(50);
/// Scans before the link is back, to compare with.
const CALM_SCANS: usize = 80;

/// Lays down `count` entries as a day would have: of a hundred two are scans and ten are positions, the rest readings.
pub fn fill(data: &Path, count: u64, dice: &mut Dice) {
    let mut journal = Journal::open(data, || "e1".to_owned()).unwrap();
    let begun = Timestamp::from_millis(now_ms()).minus(Span::from_mins(6 * 60));
    let step_ms = 6 * 3_600_000 / count as i64;
    while journal.tail().seq < count {
        let mut batch = journal.begin().unwrap();
        for _ in 0..BATCH.min(count + 1 - batch.next_seq()) {
            let seq = batch.next_seq();
            let at = begun.plus(Span::from_millis(seq as i64 * step_ms));
            let (device, kind, body) = match dice.roll(100) {
                0 | 1 => {
                    let body = format!(r#"{{"scan_id":"S-{seq}","code":"G-{}","kiosk":"K09"}}"#, dice.roll(900));
                    ("kiosk/K09".to_owned(), Kind::Scan, body)
                }
                2..12 => {
                    let (car, lat, lon) = (dice.roll(9), dice.roll(90_000), dice.roll(90_000));
                    let body = format!(r#"{{"lat":31.2{lat:05},"lon":121.4{lon:05},"speed_kmh":{}}}"#, dice.roll(80));
                    (format!("vehicle/car-{car}"), Kind::Position, body)
                }
                _ => {
                    let (room, celsius, co2) = (dice.roll(24), 190 + dice.roll(60), 400 + dice.roll(500));
                    let (whole, tenth) = (celsius / 10, celsius % 10);
                    let body =
                        format!(r#"{{"room":"r{room}","sensor":"t","temperature":{whole}.{tenth},"co2":{co2}}}"#);
                    (format!("sensor/r{room}/t"), Kind::Reading, body)
                }
            };
            let device = device.parse().unwrap();
            let fact = Fact::read_body(kind, &body).unwrap_or_else(|fault| panic!("{body}: {fault}"));
            let subject = fact.subject(&device);
            batch.append(&Entry { seq, subject, device, observed_at: Some(at), received_at: at, fact }).unwrap();
        }
        batch.commit().unwrap();
    }
    journal.checkpoint().unwrap();
}

/// A figure of the daemon's own memory, KiB.
fn memory_kib(daemon: &Daemon, figure: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with(figure)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Scans at a kiosk's pace until `done`; how long each took to be acknowledged, shortest first.
fn scan_until(daemon: &Daemon, name: &str, mut done: impl FnMut(usize) -> bool) -> Vec<Duration> {
    let mut kiosk = Client::plain(daemon.mqtt, name).unwrap();
    let mut took = Vec::new();
    while !done(took.len()) {
        let payload = format!("{{\"scan_id\":\"{name}-{}\",\"code\":\"G-{}\"}}", took.len(), took.len());
        let begun = Instant::now();
        kiosk.publish_and_wait("reception/v1/kiosk/K1/scan", payload.as_bytes()).unwrap();
        took.push(begun.elapsed());
        std::thread::sleep(SCAN_EVERY.saturating_sub(begun.elapsed()));
    }
    took.sort_unstable();
    took
}

fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)].as_secs_f64() * 1_000.0
}

/// How fast the same entries can be read at all, page by page, by this build on this machine, entries a second.
fn raw_rate(data: &Path) -> f64 {
    let reader = Reader::open(data).unwrap();
    let (begun, mut after, mut read) = (Instant::now(), 0, 0);
    while read < 60_000 {
        let page = reader.read(Lane::Bulk, after, 500, 256 * 1024).unwrap();
        if page.rows.is_empty() {
            break;
        }
        read += page.rows.len();
        after = page.upto;
    }
    read as f64 / begun.elapsed().as_secs_f64()
}

#[test]
fn a_long_backlog_drains_fast_in_flat_memory_and_nobody_at_a_kiosk_notices() {
    let backlog = std::env::var("PORTICO_BACKLOG").ok().and_then(|n| n.parse().ok()).unwrap_or(40_000);
    let mut stand = Stand::new("");
    stand.settle();
    let idle = memory_kib(&stand.daemon, "VmRSS:");
    assert!(stand.daemon.stop().success());
    let data = stand.daemon.data();
    std::fs::remove_dir_all(&data).unwrap();
    fill(&data, backlog, &mut stand.dice);
    stand.collector.go_away();
    stand.collector.state().ledger = super::ledger::Ledger::default();
    // The first start reads the whole journal; what it then lays down spares the next one that.
    stand.daemon.run();
    assert!(stand.daemon.stop().success());
    stand.daemon.run();
    let calm = scan_until(&stand.daemon, "calm", |scans| scans >= CALM_SCANS);
    let waiting = memory_kib(&stand.daemon, "VmRSS:");

    stand.collector.come_back();
    assert!(wait(PATIENCE, || !stand.collector.state().ledger.requests.is_empty()));
    let begun = Instant::now();
    let mut drained = None;
    let rush = scan_until(&stand.daemon, "rush", |scans| {
        if drained.is_none() && stand.collector.state().ledger.count() as u64 >= backlog {
            drained = Some(begun.elapsed());
        }
        drained.is_some() && scans >= CALM_SCANS
    });
    let peak = memory_kib(&stand.daemon, "VmHWM:");
    let rate = backlog as f64 / drained.unwrap().as_secs_f64();
    stand.settle();
    let raw = raw_rate(&data);

    println!(
        "{backlog} entries: {rate:.0} a second to a collector, {:.2} of the {raw:.0} they can be read",
        rate / raw
    );
    println!("memory: {idle} KiB idle, {waiting} KiB with the backlog, {peak} KiB at its peak");
    let of = |took: &[Duration]| [50, 99].map(|percent| percentile(took, percent));
    let ([calm_50, calm_99], [rush_50, rush_99]) = (of(&calm), of(&rush));
    println!(
        "scan to PUBACK: p50 {calm_50:.1} ms, p99 {calm_99:.1} ms; while it drains {rush_50:.1} and {rush_99:.1} ms"
    );
    overtook(&stand, backlog);
    assert!(peak < idle + GROWTH_MAX_KIB, "{idle} KiB grew to {peak} KiB");
    if !cfg!(debug_assertions) {
        assert!(rate >= RATE_MIN, "only {rate:.0} entries a second");
    }
    assert!(rush_50 < 5.0 * calm_50.max(2.0), "a scan took {rush_50:.1} ms while the backlog drained");
}

/// What was scanned while the backlog drained did not wait for its end.
fn overtook(stand: &Stand, backlog: u64) {
    let state = stand.collector.state();
    let order: Vec<(u64, bool)> = state.ledger.order.iter().map(|(id, bulk)| (seq_of(id), *bulk)).collect();
    let first_live = order.iter().position(|(seq, bulk)| !bulk && *seq > backlog).unwrap();
    let behind = order[first_live..].iter().filter(|(seq, bulk)| *bulk && *seq <= backlog).count() as u64;
    println!("{behind} readings and positions of the outage arrived after the first scan that came behind it");
    assert!(behind > backlog / 2, "only {behind} of {backlog} were overtaken");
}
