//! A disk that fails: full, read-only, refusing writes, refusing syncs. Nothing is acknowledged that is not kept, the
//! gateway says what is the matter, and the work goes on by itself when the disk does.
//!
//! The whole daemon works on a disk over FUSE that refuses by command. `PORTICO_SEED` repeats a run,
//! `PORTICO_DISK_ROUNDS` sets how often each trouble comes (1).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failure stops the test: that is what it is for.

mod damage;
#[path = "../crash/devices.rs"]
#[allow(dead_code)] // The crash test uses more of them.
mod devices;
#[path = "../support/forgetful/mod.rs"]
#[allow(dead_code)] // The power cut uses more of it.
mod forgetful;
#[path = "../crash/record.rs"]
#[allow(dead_code)]
mod record;
#[path = "../support/mod.rs"]
mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use devices::{Device, Key, Kind};
use forgetful::{Disk, Trouble};
use portico::facts::{RuleKind, Span};
use record::Record;
use serde_json::Value;
use support::{Daemon, Dice};

const DISK_BYTES: usize = 256 << 20;
/// How long anything may take on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long a room may be out of bounds.
const HOLD: Span = Span::from_secs(2);
const CONFIG: &str = "[data]\ndir = \"data\"\nfree_min = \"1MiB\"\n";

/// What the disk does, and what the gateway says to it.
const TROUBLES: [(&str, Option<Trouble>, &str); 4] = [
    ("full", None, "the disk is full"),
    ("read-only", Some(Trouble { read_only: true, writes_fail: false, syncs_fail: false }), "nothing can be kept"),
    ("writes fail", Some(Trouble { read_only: false, writes_fail: true, syncs_fail: false }), "nothing can be kept"),
    ("syncs fail", Some(Trouble { read_only: false, writes_fail: false, syncs_fail: true }), "nothing can be kept"),
];

fn until(what: &str, daemon: &Daemon, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what}: not within {} s\n{}", PATIENCE.as_secs(), daemon.log());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Ends the devices' work, also where the test fails meanwhile.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Venue {
    daemon: Daemon,
    disk: Disk,
    devices: Vec<Device>,
    record: Record,
}

impl Venue {
    fn acked(&self) -> usize {
        self.devices.iter().map(|device| device.acked.len()).sum()
    }

    /// Everybody works while `watch` looks on.
    fn work<T>(&mut self, watch: impl FnOnce(&Daemon, &Disk) -> T) -> T {
        let (mqtt, stop) = (self.daemon.mqtt, AtomicBool::new(false));
        std::thread::scope(|threads| {
            for device in &mut self.devices {
                threads.spawn(|| device.work(mqtt, &stop));
            }
            let _stop = Stop(&stop);
            watch(&self.daemon, &self.disk)
        })
    }

    /// Trouble comes under load, is told, and goes; then the gateway works again as the same process.
    fn suffer(&mut self, name: &str, trouble: Option<Trouble>, says: &str) {
        let (pid, before) = (self.daemon.pid(), self.acked());
        self.work(|daemon, disk| {
            std::thread::sleep(Duration::from_millis(300));
            let refused = disk.refused();
            match trouble {
                Some(trouble) => disk.trouble(trouble),
                None => disk.leave_free(8 << 10),
            }
            until("readyz says it", daemon, || {
                let (status, body) = daemon.request("GET", "/readyz", None);
                status == 503 && body.contains(says)
            });
            let storage = daemon.get("/api/v1/overview")["storage"].clone();
            assert_eq!(storage["state"], "failing", "{name}: {storage}");
            let (status, answer) = daemon.post("/api/v1/scans", r#"{"scan_id":"X-1","code":"G-001","kiosk":"K-x"}"#);
            assert_eq!(status, 503, "{name}: {answer}");
            std::thread::sleep(Duration::from_millis(1_500));
            assert!(disk.refused() > refused, "{name}: the disk refused nothing");
            match trouble {
                Some(_) => disk.trouble(Trouble::default()),
                None => disk.leave_free(DISK_BYTES),
            }
            until("ready again", daemon, || daemon.request("GET", "/readyz", None).0 == 200);
        });
        assert_eq!(self.daemon.get("/api/v1/overview")["storage"]["state"], "ok");
        let during = self.acked();
        self.work(|_, _| std::thread::sleep(Duration::from_millis(300)));
        println!("{name}: {} acknowledged before it ended, {} after", during - before, self.acked() - during);
        assert!(self.acked() > during, "{name}: the work goes on");
        assert_eq!(self.daemon.pid(), pid);
    }

    /// Everything acknowledged is kept once, and the chain holds. Reads past the daemon.
    fn check(&mut self) {
        self.record.read_on(&self.daemon.data());
        let acked: Vec<&Key> = self.devices.iter().flat_map(|device| &device.acked).collect();
        self.record.holds(acked.into_iter());
        let (code, out, talk) = Daemon::command(&["verify", self.daemon.data().to_str().unwrap()]);
        assert_eq!(code, 0, "{out}{talk}\n{}", self.daemon.log());
    }
}

/// What was put down of the disk, oldest first: its state and reason.
fn told_of_the_disk(daemon: &Daemon) -> Vec<(String, String)> {
    let page = daemon.get("/api/v1/journal?limit=1000&kind=device");
    let of_disk = |entry: &&Value| entry["body"]["part"] == "disk";
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let entries = page["entries"].as_array().unwrap().iter().filter(of_disk);
    entries.map(|entry| (text(&entry["body"]["state"]), text(&entry["body"]["reason"]))).collect()
}

#[test]
fn nothing_is_acknowledged_that_is_not_kept_and_the_work_resumes_by_itself() {
    let rounds = std::env::var("PORTICO_DISK_ROUNDS").map_or(1, |text| text.parse::<usize>().unwrap());
    let seed = support::seed();
    println!("PORTICO_SEED={seed} PORTICO_DISK_ROUNDS={rounds}");
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::prepare(dir.path(), &format!("[rules.room_climate]\nhold = \"{HOLD}\"\n"));
    daemon.env = vec![("RUST_LOG", "portico=info".into())];
    daemon.amend("[data]\ndir = \"data\"\n", CONFIG);
    let disk = Disk::new(DISK_BYTES);
    let Some(mount) = disk.mount(&daemon.data()) else { return };
    let kiosks = (0..2).map(|n| Device::new(&format!("K{n}"), Kind::Kiosk, seed + n));
    let sensors = (0..2).map(|n| Device::new(&format!("S{n}"), Kind::Sensor, seed + 100 + n));
    let devices = kiosks.chain(sensors).collect();
    let mut venue = Venue { daemon, disk, devices, record: Record::default() };
    venue.daemon.run();
    for _ in 0..rounds {
        for (name, trouble, says) in TROUBLES {
            venue.suffer(name, trouble, says);
            venue.check();
        }
    }
    // Each is in the journal with its reason, and somebody was told.
    until("the failures are put down", &venue.daemon, || told_of_the_disk(&venue.daemon).last().unwrap().0 == "online");
    let told = told_of_the_disk(&venue.daemon);
    assert!(told.iter().any(|(state, reason)| state == "offline" && reason.contains("the disk is full")), "{told:?}");
    let failures =
        told.iter().filter(|(state, reason)| state == "offline" && reason.starts_with("nothing could be kept"));
    assert!(failures.count() >= rounds * TROUBLES.len(), "{told:?}");
    venue.record.read_on(&venue.daemon.data());
    assert!(venue.record.fired(RuleKind::DiskLow) > 0);

    // The page cache may show what is on no disk after a sync that failed: only a cut tells.
    venue.disk.cut();
    venue.daemon.kill();
    drop(mount);
    venue.disk = venue.disk.after_the_cut(&mut Dice::new(seed));
    let Some(_mount) = venue.disk.mount(&venue.daemon.data()) else { return };
    venue.check();
    venue.daemon.run();
    for device in &mut venue.devices {
        device.settle(venue.daemon.mqtt);
    }
    assert!(venue.daemon.stop().success());
    venue.check();
    println!("{} acknowledged, none lost", venue.acked());
}

/// The gateway is started while the disk does not do its work: it says so and waits, listens to no device, and starts by
/// itself as soon as it can.
#[test]
fn a_start_waits_for_the_disk_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::prepare(dir.path(), "");
    daemon.amend("[data]\ndir = \"data\"\n", CONFIG);
    let disk = Disk::new(DISK_BYTES);
    let Some(_mount) = disk.mount(&daemon.data()) else { return };
    let scan = |daemon: &Daemon, id: &str| {
        daemon.post("/api/v1/scans", &format!(r#"{{"scan_id":"{id}","code":"G-001","kiosk":"K-x"}}"#))
    };
    for (round, (name, trouble, _)) in TROUBLES.into_iter().enumerate() {
        // First on a disk with no journal yet, then on the one of the rounds before.
        match trouble {
            Some(trouble) => disk.trouble(trouble),
            None => disk.leave_free(8 << 10),
        }
        daemon.spawn();
        let says = if trouble.is_some() { "the disk of the journal takes nothing" } else { "the disk is full" };
        until("readyz says it", &daemon, || {
            std::net::TcpStream::connect(daemon.http).is_ok() && {
                let (status, body) = daemon.request("GET", "/readyz", None);
                status == 503 && body.contains("nothing can be kept") && body.contains(says)
            }
        });
        let (status, page) = daemon.request("GET", "/", None);
        assert!(status == 503 && page.contains("<h2>") && page.contains(says), "{name}: {page}");
        assert_eq!(scan(&daemon, "X-refused").0, 503, "{name}");
        assert!(std::net::TcpStream::connect(daemon.mqtt).is_err(), "{name}: no device is listened to");
        if round == 1 {
            assert!(daemon.stop().success(), "a wait can be ended");
            daemon.spawn();
        }
        let pid = daemon.pid();
        match trouble {
            Some(_) => disk.trouble(Trouble::default()),
            None => disk.leave_free(DISK_BYTES),
        }
        daemon.wait_ready();
        until("ready", &daemon, || daemon.request("GET", "/readyz", None).0 == 200);
        assert_eq!(daemon.pid(), pid, "{name}: the same process");
        assert_eq!(scan(&daemon, &format!("X-{round}")).0, 200, "{name}");
        assert!(daemon.stop().success());
        let (code, out, talk) = Daemon::command(&["verify", daemon.data().to_str().unwrap()]);
        assert_eq!(code, 0, "{name}: {out}{talk}");
    }
}

#[test]
fn little_room_is_told_before_there_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let daemon = Daemon::prepare(dir.path(), "");
    daemon.amend("[data]\ndir = \"data\"\n", "[data]\ndir = \"data\"\nfree_min = \"64MiB\"\n");
    let disk = Disk::new(DISK_BYTES);
    let mut daemon = daemon;
    let Some(_mount) = disk.mount(&daemon.data()) else { return };
    daemon.run();
    let notes = |daemon: &Daemon| daemon.get("/readyz")["notes"].to_string();
    // Not the only alert at the hour of the day's backup, which finds no room either.
    let alert = |daemon: &Daemon| {
        let alerts = daemon.get("/api/v1/overview")["alerts"].clone();
        alerts.as_array().unwrap().iter().find(|alert| alert["rule"] == "disk_low").cloned()
    };
    until("well at the start", &daemon, || told_of_the_disk(&daemon).len() == 1);
    assert!(!notes(&daemon).contains("disk"), "{}", notes(&daemon));
    disk.leave_free(20 << 20);
    until("the alert", &daemon, || alert(&daemon).is_some());
    let told = alert(&daemon).unwrap();
    assert!(told["values"]["reason"].as_str().unwrap().contains("MiB are free"), "{told}");
    assert!(notes(&daemon).contains("disk: only"), "{}", notes(&daemon));
    // Still ready: there is room.
    let (status, answer) = daemon.post("/api/v1/scans", r#"{"scan_id":"X-1","code":"G-001","kiosk":"K-x"}"#);
    assert_eq!(status, 200, "{answer}");
    disk.leave_free(DISK_BYTES);
    until("room again", &daemon, || alert(&daemon).is_none());
    assert!(daemon.stop().success());
}
