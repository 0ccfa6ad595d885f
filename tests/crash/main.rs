//! The power button, pressed at any moment: what was acknowledged is kept, once, and everything that follows from it
//! follows as if nothing had happened.
//!
//! `PORTICO_CRASH_ROUNDS` sets how often the daemon is killed (50), `PORTICO_SEED` repeats a run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failure stops the test: that is what it is for.

#[path = "../support/mod.rs"]
mod support;

mod devices;
mod record;
mod wire;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use devices::{Device, GUESTS, HttpKiosk, Key, Kind};
use firmware_sim::upstream::{Answer, UpstreamControl};
use portico::facts::{AlertState, RuleKind, Span, Timestamp};
use portico::journal::Reader;
use record::Record;
use support::{Daemon, Dice};
use wire::Wire;

const KIOSKS: u64 = 4;
const SENSORS: u64 = 3;
const VEHICLES: u64 = 2;
const ROUNDS: u64 = 50;
/// How long a room must be too warm: longer than a round, so that the kill falls into it.
const HOLD: Span = Span::from_secs(2);
/// Longer than any of this takes on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_mins(1);

/// Everybody who talks to the gateway.
struct Venue {
    devices: Vec<Device>,
    http: HttpKiosk,
    wire: Wire,
    above: Above,
}

/// Upstream, which comes and goes while everybody works.
struct Above {
    collector: UpstreamControl,
    runtime: tokio::runtime::Runtime,
    dice: Dice,
    turns: u64,
}

impl Above {
    fn work(&mut self, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            // Seldom enough that most of it is delivered in time, and the next kill meets another stretch.
            match self.dice.roll(16) {
                0 => self.collector.answer_next([Answer::AcceptThenReset]),
                1 => self.collector.answer_next([Answer::Refuse(500, None), Answer::Reset]),
                2..5 => {
                    self.turns += 1;
                    self.runtime.block_on(self.collector.go_away());
                }
                _ => self.come_back(),
            }
            std::thread::sleep(Duration::from_millis(20 + self.dice.roll(250)));
        }
    }

    fn come_back(&self) {
        self.runtime.block_on(self.collector.come_back()).unwrap();
    }
}

impl Venue {
    fn new(dir: &Path, seed: u64) -> Self {
        let kiosks = (0..KIOSKS).map(|n| Device::new(&format!("K{n}"), Kind::Kiosk, seed + n));
        let vehicles = (0..VEHICLES).map(|n| Device::new(&format!("car-{n}"), Kind::Vehicle, seed + 150 + n));
        let sensors = (0..SENSORS).map(|n| Device::new(&format!("S{n}"), Kind::Sensor, seed + 100 + n));
        let told = Device::new("hot", Kind::Told, seed + 200);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let collector = runtime.block_on(UpstreamControl::start("127.0.0.1:0".parse().unwrap(), true)).unwrap();
        Self {
            devices: kiosks.chain(sensors).chain(vehicles).chain([told]).collect(),
            http: HttpKiosk::new("K-http", seed + 300),
            wire: Wire::lay(dir, seed + 400),
            above: Above { collector, runtime, dice: Dice::new(seed + 500), turns: 0 },
        }
    }

    fn section(&self) -> String {
        format!(
            "[rules.late_arrival]\ngrace = \"3s\"\n[rules.room_climate]\nhold = \"{HOLD}\"\n{}\
             [upstream]\nkind = \"http\"\nurl = \"http://{}/\"\nretry = {{ first = \"200ms\", most = \"1s\" }}\n",
            self.wire.section(),
            self.above.collector.address()
        )
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
            threads.spawn(|| self.wire.work(&stop));
            threads.spawn(|| self.above.work(&stop));
            std::thread::sleep(length);
            daemon.kill();
            stop.store(true, Ordering::Relaxed);
        });
    }

    /// What was acknowledged since this was last asked.
    fn newly_acked(&mut self) -> Vec<Key> {
        let Self { devices, http, .. } = self;
        let lists = devices.iter_mut().map(|device| &mut device.acked).chain([&mut http.acked]);
        lists.flat_map(std::mem::take).collect()
    }
}

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// Guests of today, some of them due while the test runs.
fn write_plan(dir: &Path) {
    let now = now();
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
    let dir = tempfile::tempdir().unwrap();
    write_plan(dir.path());
    let (mut dice, mut venue, mut record) = (Dice::new(seed), Venue::new(dir.path(), seed), Record::default());
    let mut daemon = Daemon::prepare(dir.path(), &venue.section());
    let (mut acked, verify_every) = (Vec::new(), (rounds / 6).max(8));
    for round in 0..rounds {
        while dice.roll(4) == 0 {
            // Not even ready yet.
            daemon.spawn();
            std::thread::sleep(Duration::from_millis(dice.roll(400)));
            daemon.kill();
        }
        venue.told().tell(&format!("hot-{round}"), "30.0");
        daemon.run();
        // Mostly short; now and then long enough for what rides with a later commit, upstream's cursors for one.
        let long = if dice.roll(6) == 0 { 1_400 } else { 0 };
        venue.work_until_killed(&mut daemon, Duration::from_millis(100 + dice.roll(500) + long));
        // Nobody is there to read it: what follows is seen as the kill left it.
        look(&mut venue, &mut record, &mut acked, &daemon);
        println!(
            "round {round}: {} entries, {} acknowledged, {} upstream",
            record.newest,
            acked.len(),
            record.sent.len()
        );
        if round % verify_every == verify_every - 1 {
            verify(&daemon);
        }
    }
    venue.above.come_back();
    daemon.run();
    settle(&daemon, &mut venue, &mut record, &mut acked, rounds);
    ask_again(&daemon, &mut venue, &record);
    everything_arrived(&daemon, &mut venue, &mut record);
    assert!(daemon.stop().success());
    look(&mut venue, &mut record, &mut acked, &daemon);
    // Once more from the beginning: what was acknowledged in the first round is still there after the last.
    let mut anew = Record::default();
    anew.read_on(&daemon.data());
    anew.holds(acked.iter());
    verify(&daemon);
    let (code, out, talk) = Daemon::command(&["replay", daemon.data().to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{talk}");
    assert!(record.fired(RuleKind::LateArrival) > 0, "a test in which nobody is late tries too little");
    assert!(record.wired > rounds && venue.above.turns > 0, "the wire or upstream did nothing");
}

/// Reads on in the journal and above, and checks that the one holds what was acknowledged, and the other no more than it.
fn look(venue: &mut Venue, record: &mut Record, acked: &mut Vec<Key>, daemon: &Daemon) {
    record.read_on(&daemon.data());
    let new = venue.newly_acked();
    record.holds(new.iter());
    acked.extend(new);
    let reader = Reader::open(&daemon.data()).unwrap();
    record.check_sent(&reader, &venue.above.collector.take_events());
}

/// Everything is acknowledged, and every room that was too warm is told once.
fn settle(daemon: &Daemon, venue: &mut Venue, record: &mut Record, acked: &mut Vec<Key>, rounds: u64) {
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
    look(venue, record, acked, daemon);
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

/// Upstream has every entry, none in two versions, and nothing else.
fn everything_arrived(daemon: &Daemon, venue: &mut Venue, record: &mut Record) {
    let reader = Reader::open(&daemon.data()).unwrap();
    let (newest, begun) = (reader.newest().unwrap(), Instant::now());
    let collector = &venue.above.collector;
    let missing = |record: &Record| (1..=newest).filter(|seq| !record.sent.contains(seq)).count();
    while missing(record) > 0 {
        assert!(begun.elapsed() < PATIENCE, "{} of {newest} entries never arrived", missing(record));
        std::thread::sleep(Duration::from_millis(50));
        record.check_sent(&reader, &collector.take_events());
    }
    let counts = collector.counts();
    assert_eq!((collector.conflicts(), counts.malformed, counts.reused_keys), (Vec::new(), 0, 0));
    println!("upstream: {counts:?}, {} times gone", venue.above.turns);
    let books = daemon.get("/api/v1/conservation");
    assert_eq!(books["adds_up"], true, "{books:#}");
}
