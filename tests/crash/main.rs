//! The power button, pressed at any moment: what was acknowledged is kept, once, and everything that follows from it
//! follows as if nothing had happened.
//!
//! `PORTICO_CRASH_ROUNDS` sets how often the daemon is killed (25), `PORTICO_SEED` repeats a run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failure stops the test: that is what it is for.

#[path = "../support/mod.rs"]
mod support;

mod devices;
mod record;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use devices::{Device, GUESTS, HttpKiosk, Key, Kind};
use firmware_sim::upstream::{Answer, UpstreamControl};
use portico::facts::{AlertState, RuleKind, Span, Timestamp};
use record::Record;
use support::{Daemon, Dice};

const KIOSKS: u64 = 4;
const SENSORS: u64 = 4;
const ROUNDS: u64 = 25;
/// How long a room must be too warm: longer than most rounds, so that the kill falls into it.
const HOLD: Span = Span::from_secs(2);
/// Longer than any of this takes on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_mins(1);

/// Everybody who talks to the gateway.
struct Venue {
    devices: Vec<Device>,
    http: HttpKiosk,
}

impl Venue {
    fn new(seed: u64) -> Self {
        let kiosks = (0..KIOSKS).map(|n| Device::new(&format!("K{n}"), Kind::Kiosk, seed + n));
        let sensors = (0..SENSORS).map(|n| Device::new(&format!("S{n}"), Kind::Sensor, seed + 100 + n));
        let told = Device::new("hot", Kind::Told, seed + 200);
        Self { devices: kiosks.chain(sensors).chain([told]).collect(), http: HttpKiosk::new("K-http", seed + 300) }
    }

    /// The sensor that measures what it is told to.
    fn told(&mut self) -> &mut Device {
        self.devices.last_mut().unwrap()
    }

    /// Everybody works; after `length` the gateway is killed.
    fn work_until_killed(&mut self, daemon: &mut Daemon, length: Duration) {
        let (mqtt, http, stop) = (daemon.mqtt, daemon.http, AtomicBool::new(false));
        std::thread::scope(|threads| {
            for device in &mut self.devices {
                threads.spawn(|| device.work(mqtt, &stop));
            }
            threads.spawn(|| self.http.work(http, &stop));
            std::thread::sleep(length);
            daemon.kill();
            stop.store(true, Ordering::Relaxed);
        });
    }

    fn acked(&self) -> impl Iterator<Item = &Key> {
        self.devices.iter().flat_map(|device| &device.acked).chain(&self.http.acked)
    }
}

/// Guests of today, some of them due while the test runs.
fn write_plan(dir: &Path) {
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let mut plan = "code,name,tier,expected_at,cancelled\n".to_owned();
    for guest in 0..GUESTS {
        let due = Timestamp::from_millis(now + (guest as i64 - 10) * 2_000);
        let cancelled = if guest % 17 == 3 { "yes" } else { "" };
        writeln!(plan, "G-{guest:03},Guest {guest},guest,{due},{cancelled}").unwrap();
    }
    std::fs::write(dir.join("plan.csv"), plan).unwrap();
}

fn verify(daemon: &Daemon) {
    let (code, out, talk) = Daemon::command(&["verify", daemon.data().to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{talk}");
}

#[test]
fn whatever_was_acknowledged_survives_the_power_button() {
    let rounds = std::env::var("PORTICO_CRASH_ROUNDS").map_or(ROUNDS, |text| text.parse().unwrap());
    let seed = support::seed();
    println!("PORTICO_SEED={seed} PORTICO_CRASH_ROUNDS={rounds}");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let collector = runtime.block_on(UpstreamControl::start("127.0.0.1:0".parse().unwrap(), false)).unwrap();
    let dir = tempfile::tempdir().unwrap();
    write_plan(dir.path());
    let extra = format!(
        "[rules.late_arrival]\ngrace = \"3s\"\n[rules.room_climate]\nhold = \"{HOLD}\"\n\
         [upstream]\nkind = \"http\"\nurl = \"http://{}/\"\n",
        collector.address()
    );
    let mut daemon = Daemon::prepare(dir.path(), &extra);
    let (mut dice, mut venue, mut record) = (Dice::new(seed), Venue::new(seed), Record::default());
    for round in 0..rounds {
        while dice.roll(4) == 0 {
            // Not even ready yet.
            daemon.spawn();
            std::thread::sleep(Duration::from_millis(dice.roll(400)));
            daemon.kill();
        }
        if dice.roll(3) == 0 {
            collector.answer_next([Answer::AcceptThenReset]);
        }
        venue.told().tell(&format!("hot-{round}"), "30.0");
        daemon.run();
        venue.work_until_killed(&mut daemon, Duration::from_millis(100 + dice.roll(1_500)));
        record.read_on(&daemon.data());
        let acked = record.holds(venue.acked());
        record.check_alerts(HOLD);
        println!("round {round}: {} entries, {acked} acknowledged", record.newest);
        if round % 8 == 7 {
            verify(&daemon);
        }
    }
    daemon.run();
    settle(&daemon, &mut venue, &mut record, rounds);
    ask_again(&daemon, &mut venue, &record);
    everything_arrived(&daemon, &collector, &runtime);
    assert!(daemon.stop().success());
    record.read_on(&daemon.data());
    record.holds(venue.acked());
    record.check_alerts(HOLD);
    verify(&daemon);
    let (code, out, talk) = Daemon::command(&["replay", daemon.data().to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{talk}");
    assert!(record.fired(RuleKind::LateArrival) > 0, "a test in which nobody is late tries too little");
}

/// Everything is acknowledged, and every room that was too warm is told once.
fn settle(daemon: &Daemon, venue: &mut Venue, record: &mut Record, rounds: u64) {
    for device in &mut venue.devices {
        device.settle(daemon.mqtt);
    }
    venue.http.settle(daemon.http);
    let begun = Instant::now();
    for round in 0..rounds {
        let room = format!("hot-{round}");
        while record.climate(&room) != [AlertState::Pending, AlertState::Firing] {
            assert!(begun.elapsed() < PATIENCE, "{room}: {:?}", record.climate(&room));
            std::thread::sleep(Duration::from_millis(50));
            record.read_on(&daemon.data());
        }
    }
    record.read_on(&daemon.data());
    record.holds(venue.acked());
}

/// Every scan is sent once more, over MQTT and over HTTP, and answered as it was and as it is recorded.
fn ask_again(daemon: &Daemon, venue: &mut Venue, record: &Record) {
    let mut seen = BTreeSet::new();
    for device in &mut venue.devices[..KIOSKS as usize] {
        device.ask_again(daemon.mqtt);
        for (body, verdict) in device.scans_for_http() {
            assert_eq!(devices::post(daemon.http, &body).as_ref(), Some(verdict), "{body}");
        }
    }
    let kiosks = venue.devices.iter().map(|device| &device.verdicts).chain([&venue.http.verdicts]);
    for answer in kiosks.flat_map(|verdicts| verdicts.values()) {
        let answer: serde_json::Value = serde_json::from_str(answer).unwrap();
        let scan_id = answer["scan_id"].as_str().unwrap();
        let kiosk = scan_id.rsplit_once('-').unwrap().0;
        let (verdict, judged_at) = &record.verdicts[&(kiosk.to_owned(), scan_id.to_owned())];
        assert_eq!(
            (answer["verdict"].as_str(), answer["at"].as_str()),
            (Some(&**verdict), Some(&*judged_at.to_string()))
        );
        seen.insert(verdict.clone());
    }
    println!("verdicts: {seen:?}");
    for verdict in ["admit", "admit_again", "already_in", "left", "not_found", "cancelled"] {
        assert!(seen.contains(verdict), "nobody was told \"{verdict}\": {seen:?}");
    }
}

/// Upstream has every entry, and none in two versions.
fn everything_arrived(daemon: &Daemon, collector: &UpstreamControl, runtime: &tokio::runtime::Runtime) {
    let reader = portico::journal::Reader::open(&daemon.data()).unwrap();
    let newest = reader.newest().unwrap();
    let all = runtime.block_on(collector.wait_for(newest as usize, PATIENCE));
    let (ids, counts) = (collector.ids(), collector.counts());
    assert!(all, "{} of {newest} entries are upstream: {counts:?}", ids.len());
    let arrived: BTreeSet<String> = ids.into_iter().collect();
    for seq in 1..=newest {
        assert!(arrived.contains(&format!("test/{}/{seq}", reader.epoch())), "entry {seq} never arrived");
    }
    assert_eq!((collector.conflicts(), counts.malformed, counts.reused_keys), (Vec::new(), 0, 0));
    println!("upstream: {counts:?}");
}
