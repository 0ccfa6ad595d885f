//! The mains, cut at any moment: what was acknowledged is on the disk, once, and everything follows as if nothing had
//! happened.
//!
//! The whole daemon works on a disk that forgets what was not synced. `PORTICO_CUT_ROUNDS` sets how often the power is
//! cut (12), `PORTICO_SEED` repeats a run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failure stops the test: that is what it is for.

#[path = "../crash/devices.rs"]
#[allow(dead_code)] // The crash test uses more of them.
mod devices;
#[path = "../support/forgetful/mod.rs"]
#[allow(dead_code)] // The disk test uses more of it.
mod forgetful;
#[path = "../crash/record.rs"]
#[allow(dead_code)]
mod record;
#[path = "../support/mod.rs"]
mod support;

use std::net::SocketAddr;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use devices::{Device, Key, Kind};
use forgetful::{Deed, Disk, Mount, Trouble};
use portico::facts::Span;
use record::Record;
use support::{Daemon, Dice, Ends};

const ROUNDS: u64 = 12;
/// A new disk after so many: the first start is cut as often as any other.
const CUTS_A_DISK: u64 = 6;
const KIOSKS: u64 = 3;
const SENSORS: u64 = 3;
/// Entries.
const STRETCH: u64 = 200;
const DISK_BYTES: usize = 256 << 20;
/// As in the configuration that the test writes.
const HOLD: Span = Span::from_secs(2);
/// Longer than any of this takes on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_mins(1);
const DATABASE: &str = "portico.db";
const LOG: &str = "portico.db-wal";

/// When the power goes.
#[derive(Debug, Clone, Copy)]
enum Cut {
    /// After so long.
    After(Duration),
    /// In place of what is done to a file for the nth time.
    At(Deed, &'static str, u64),
    /// While the daemon stops: its last commit, and the log moved into the database.
    Stopping(Deed, &'static str, u64),
}

impl Cut {
    /// The kinds take turns, so that a short run meets each. `fresh`: nothing is on the disk yet, so that each of the
    /// first deeds makes the database.
    fn draw(dice: &mut Dice, round: u64, fresh: bool) -> Self {
        let deed = [Deed::Write, Deed::Sync, Deed::Name][dice.roll(3) as usize];
        let content = if dice.roll(2) == 0 { Deed::Write } else { Deed::Sync };
        let file = if dice.roll(2) == 0 { DATABASE } else { LOG };
        match round % 4 {
            0 | 1 if fresh && deed == Deed::Name => Self::At(deed, file, 1),
            0 | 1 if fresh => Self::At(deed, file, 1 + dice.roll(6)),
            0 => Self::After(Duration::from_millis(dice.roll(900))),
            // Only a checkpoint writes to the database itself.
            1 => Self::At(content, DATABASE, 1 + dice.roll(20)),
            2 => Self::At(content, LOG, 1 + dice.roll(400)),
            // The log's name goes last of all.
            _ if deed == Deed::Name => Self::Stopping(deed, LOG, 1),
            _ => Self::Stopping(deed, file, 1 + dice.roll(4)),
        }
    }
}

struct Venue {
    devices: Vec<Device>,
}

impl Venue {
    fn new(seed: u64) -> Self {
        let kiosks = (0..KIOSKS).map(|n| Device::new(&format!("K{n}"), Kind::Kiosk, seed + n));
        let sensors = (0..SENSORS).map(|n| Device::new(&format!("S{n}"), Kind::Sensor, seed + 100 + n));
        Self { devices: kiosks.chain(sensors).collect() }
    }

    /// Everybody works for as long as `meanwhile` takes.
    fn work<T>(&mut self, mqtt: SocketAddr, meanwhile: impl FnOnce() -> T) -> T {
        let stop = AtomicBool::new(false);
        std::thread::scope(|threads| {
            let _ends = Ends(&stop);
            for device in &mut self.devices {
                threads.spawn(|| device.work(mqtt, &stop));
            }
            meanwhile()
        })
    }

    /// Everybody works until the power is cut; whether that was in place of the deed that was chosen for it.
    fn work_until_cut(&mut self, daemon: &mut Daemon, disk: &Disk, cut: Cut) -> bool {
        let most = match cut {
            Cut::After(length) => length,
            Cut::At(..) => Duration::from_secs(2),
            Cut::Stopping(..) => Duration::from_millis(150),
        };
        self.work(daemon.mqtt, || {
            wait(most, || disk.is_cut());
            if let Cut::Stopping(deed, file, count) = cut {
                disk.cut_at(deed, file, count);
                daemon.terminate();
                wait(Duration::from_secs(3), || disk.is_cut() || !daemon.is_running());
            }
            let in_place = disk.is_cut();
            disk.cut();
            daemon.kill();
            in_place
        })
    }

    fn acked(&self) -> impl Iterator<Item = &Key> {
        self.devices.iter().flat_map(|device| &device.acked)
    }
}

/// So many entries more are committed. More than all devices together have on the way, so that some are acknowledged.
fn goes_on(daemon: &Daemon) {
    let newest = || daemon.get("/api/v1/overview")["seq"].as_u64().unwrap();
    let begun = newest();
    assert!(wait(PATIENCE, || newest() > begun + STRETCH), "it does not go on: {}", daemon.log());
}

/// Waits for `done`, but no longer than `most`; whether it came.
fn wait(most: Duration, mut done: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    while !done() {
        if begun.elapsed() > most {
            return false;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    true
}

fn verify(daemon: &Daemon) {
    let (code, out, talk) = Daemon::command(&["verify", daemon.data().to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{talk}\n{}", daemon.log());
}

/// What a run came to, so that one that tried nothing cannot pass.
#[derive(Debug, Default)]
struct Tally {
    acked: usize,
    /// Cuts in place of a deed, and not for want of one.
    in_place: u64,
    verified: u64,
    disks: u64,
}

#[test]
fn whatever_was_acknowledged_survives_the_cut() {
    let rounds = std::env::var("PORTICO_CUT_ROUNDS").map_or(ROUNDS, |text| text.parse().unwrap());
    let seed = support::seed();
    println!("PORTICO_SEED={seed} PORTICO_CUT_ROUNDS={rounds}");
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::prepare(dir.path(), &format!("[rules.room_climate]\nhold = \"{HOLD}\"\n"));
    // Room is not what is tried here.
    daemon.amend("[data]\n", "[data]\nfree_min = \"1MiB\"\n");
    let mut dice = Dice::new(seed);
    if Disk::new(DISK_BYTES).mount(&daemon.data()).is_none() {
        return;
    }
    let mut tally = Tally::default();
    let mut left = rounds;
    while left > 0 {
        let cuts = left.min(CUTS_A_DISK);
        live_and_die(&mut daemon, &mut dice, seed + left, cuts, &mut tally);
        left -= cuts;
    }
    println!("{rounds} cuts: {tally:?}, none lost");
    assert!(tally.acked as u64 > rounds, "next to nothing was acknowledged: {tally:?}");
    assert!(tally.in_place > 0, "no cut met what it was to meet: {tally:?}");
}

/// One disk from its first use on, over so many cuts and then in peace.
fn live_and_die(daemon: &mut Daemon, dice: &mut Dice, seed: u64, cuts: u64, tally: &mut Tally) {
    let (mut disk, mut venue, mut record) = (Disk::new(DISK_BYTES), Venue::new(seed), Record::default());
    tally.disks += 1;
    for round in 0..cuts {
        let before = venue.acked().count();
        let cut = Cut::draw(dice, round, before == 0);
        {
            let _mount = mounted(&disk, daemon);
            if let Cut::At(deed, file, count) = cut {
                disk.cut_at(deed, file, count);
            }
            daemon.spawn();
            tally.in_place += u64::from(venue.work_until_cut(daemon, &disk, cut));
        }
        disk = disk.after_the_cut(dice);
        let _mount = mounted(&disk, daemon);
        let acked = venue.acked().count();
        println!("round {round}: {cut:?}, {} acknowledged in it", acked - before);
        // Before the first acknowledgement there need not be a journal yet: then the next start is what is tried.
        if acked > 0 {
            verify(daemon);
            tally.verified += 1;
            record.read_on(&daemon.data());
            record.holds(venue.acked());
        }
    }
    end_in_peace(daemon, &disk, &mut venue, &mut record);
    tally.acked += venue.acked().count();
}

/// Such a sync leaves pages that everybody can read and that are on no disk. What is acknowledged after the next start
/// must not stand behind them.
#[test]
fn nothing_is_built_on_what_a_failed_sync_left_behind() {
    let seed = support::seed();
    println!("PORTICO_SEED={seed}");
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::prepare(dir.path(), "");
    let (disk, mut venue) = (Disk::new(DISK_BYTES), Venue::new(seed));
    let Some(mount) = disk.mount(&daemon.data()) else { return };
    daemon.run();
    venue.work(daemon.mqtt, || {
        goes_on(&daemon);
        disk.trouble(Trouble { syncs_fail: true, ..Trouble::default() });
        assert!(wait(PATIENCE, || disk.refused() > 0), "no sync failed");
        daemon.kill();
    });
    disk.trouble(Trouble::default());
    let before = venue.acked().count();
    daemon.run();
    venue.work(daemon.mqtt, || {
        goes_on(&daemon);
        disk.cut();
        daemon.kill();
    });
    drop(mount);
    let after = venue.acked().count();
    println!("{before} acknowledged before the sync failed, {} after it", after - before);
    assert!(before > 0 && after > before);
    let disk = disk.after_the_cut(&mut Dice::new(seed));
    end_in_peace(&mut daemon, &disk, &mut venue, &mut Record::default());
}

fn mounted(disk: &Disk, daemon: &Daemon) -> Mount {
    disk.mount(&daemon.data()).expect("what could be mounted once can be mounted again")
}

/// With the power on, everybody is served again, and everything that was sent is acknowledged and kept.
fn end_in_peace(daemon: &mut Daemon, disk: &Disk, venue: &mut Venue, record: &mut Record) {
    let _mount = mounted(disk, daemon);
    daemon.run();
    venue.work(daemon.mqtt, || goes_on(daemon));
    for device in &mut venue.devices {
        device.settle(daemon.mqtt);
    }
    assert!(daemon.stop().success());
    verify(daemon);
    record.read_on(&daemon.data());
    record.holds(venue.acked());
    let (code, out, talk) = Daemon::command(&["replay", daemon.data().to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{talk}");
}
