//! A recorded drive through a real pseudo-terminal into a running gateway: with `thin = false` every fix that others
//! counted in the recording is an entry, in order, also when the cable is pulled on the way and put back.
//!
//! The recording is of 2005, so the receiver's date is not plausible: `fix_at` tells it, `observed_at` is ours.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failure stops its test and says where.

mod support;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use firmware_sim::nmea::sentence;
use firmware_sim::pty::Pty;
use serde_json::{Value, json};
use support::Daemon;
use support::patience::{PATIENCE, until_so};

const LOG: &str = "car-reno-tahoe-part2.nmea";
fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/nmea").join(name)).unwrap()
}

/// What others found in the recording.
fn facts() -> Value {
    let facts: Value = serde_json::from_slice(&fixture("facts.json")).unwrap();
    let files = facts["files"].as_array().unwrap();
    files.iter().find(|file| file["file"] == LOG).unwrap()["facts"].clone()
}

/// How often the vehicle's link came and went, so far.
fn comings_and_goings(daemon: &Daemon) -> Vec<String> {
    let entries = daemon.journal("device");
    let of_car = entries.iter().filter(|entry| entry["subject"] == "vehicle/car-1");
    of_car.map(|entry| entry["body"]["state"].as_str().unwrap().to_owned()).collect()
}

/// Speaks a sentence that tells no place until the gateway has said that it hears the port once more.
fn wait_for_the_ear(daemon: &Daemon, port: &mut Pty) {
    let before = comings_and_goings(daemon).len();
    until_so("the gateway hears the port", || {
        port.write(format!("{}\r\n", sentence("GPTXT,01,01,02,ANTSTATUS=OK").trim_end()).as_bytes());
        comings_and_goings(daemon).len() > before
    });
    assert_eq!(comings_and_goings(daemon).last().unwrap(), "online");
}

/// Writes everything at about five megabit a second, some hundred times the receiver's own pace. Faster than any
/// serial port there would be no pause in which positions are handed on, and the oldest give way (and are counted).
fn speak(port: &mut Pty, mut bytes: &[u8]) {
    let begun = Instant::now();
    while !bytes.is_empty() {
        let chunk = &bytes[..bytes.len().min(1024)];
        bytes = &bytes[port.write(chunk).taken..];
        assert!(begun.elapsed() < PATIENCE, "{} bytes are not taken", bytes.len());
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn drive(dir: &Path) -> (Daemon, Pty) {
    let port = Pty::open(&dir.join("gps")).unwrap();
    let extra = format!("[[serial]]\npath = \"{}\"\nvehicle = \"car-1\"\nthin = false", port.link().display());
    (Daemon::start(dir, &extra), port)
}

/// Waits until there are so many positions, and no more.
fn fixes(daemon: &Daemon, want: usize) {
    let begun = Instant::now();
    loop {
        let got = daemon.journal("position").len();
        if got == want {
            return;
        }
        let (_, metrics) = daemon.request("GET", "/metrics", None);
        let lost: Vec<&str> = metrics.lines().filter(|line| line.starts_with("portico_dropped_total{")).collect();
        assert!(got < want && begun.elapsed() < PATIENCE, "{got} positions of {want}; given up: {lost:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn near(what: &str, got: &Value, want: &Value, within: f64) {
    let (got, want) = (got.as_f64().unwrap(), want.as_f64().unwrap());
    assert!((got - want).abs() <= within, "{what}: {got}, not {want}");
}

/// Checks that the journal has exactly the fixes that others found.
fn check_every_fix(daemon: &Daemon) {
    let facts = facts();
    let rmc = &facts["rmc"];
    let want = usize::try_from(rmc["active"].as_u64().unwrap()).unwrap();
    fixes(daemon, want);
    let kept = daemon.journal("position");
    let (first, last) = (&kept[0]["body"], &kept[want - 1]["body"]);
    assert_eq!((&first["fix_at"], &last["fix_at"]), (&rmc["first"]["time"], &rmc["last"]["time"]));
    let time = |entry: &Value| entry["body"]["fix_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    for pair in kept.windows(2) {
        let step = time(&pair[1]).duration_since(time(&pair[0]));
        assert_eq!(step, jiff::SignedDuration::from_secs(2), "no fix is missing: {} {}", pair[0], pair[1]);
    }
    let samples = rmc["sample_fixes"].as_array().unwrap();
    assert!(samples.len() >= 9);
    for sample in samples {
        let nth = usize::try_from(sample["nth_active_rmc"].as_u64().unwrap()).unwrap();
        let body = &kept[nth]["body"];
        let what = format!("fix {nth}");
        assert_eq!(body["fix_at"], sample["time"], "{what}");
        near(&what, &body["lat"], &sample["lat"], 5.1e-7);
        near(&what, &body["lon"], &sample["lon"], 5.1e-7);
        near(&what, &body["speed_kmh"], &json!(sample["speed_kn"].as_f64().unwrap() * 1.852), 0.001);
        near(&what, &body["course"], &sample["course"], 0.001);
        assert!(kept[nth]["observed_at"].as_str().unwrap() > "2026", "{what}: {}", kept[nth]);
    }
    let (_, metrics) = daemon.request("GET", "/metrics", None);
    assert!(!metrics.contains("portico_dropped_total{"), "nothing was given up: {metrics}");
    // The two lines of its logger's banner are no sentences; nothing else was in the recording.
    assert_eq!(daemon.journal("rejected"), [] as [Value; 0]);
    let taken = facts["sentences"]["valid"].as_u64().unwrap();
    let told: u64 = metrics
        .lines()
        .filter(|line| line.starts_with("portico_sentences_total{link=\"serial:car-1\""))
        .map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap())
        .sum();
    assert!(told >= taken, "{told} sentences of {taken}");
    let vehicle = daemon.get("/api/v1/overview")["vehicles"][0].clone();
    near("the place on the map", &vehicle["lat"], &rmc["last"]["lat"], 5.1e-7);
}

#[test]
fn every_fix_of_a_recorded_drive_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (daemon, mut port) = drive(dir.path());
    wait_for_the_ear(&daemon, &mut port);
    speak(&mut port, &fixture(LOG));
    check_every_fix(&daemon);
    assert_eq!(comings_and_goings(&daemon), ["online"]);
}

#[test]
fn a_cable_pulled_and_put_back_costs_no_fix_that_was_heard() {
    let dir = tempfile::tempdir().unwrap();
    let (mut daemon, mut port) = drive(dir.path());
    wait_for_the_ear(&daemon, &mut port);
    let log = fixture(LOG);
    // Between two moments: each begins with an RMC.
    let middle = log.len() / 2;
    let cut = middle + log[middle..].windows(7).position(|window| window == b"\n$GPRMC").unwrap() + 1;
    let heard = log[..cut].windows(7).filter(|window| *window == b"\n$GPRMC").count();
    speak(&mut port, &log[..cut]);
    fixes(&daemon, heard);
    port.unplug().unwrap();
    until_so("the loss", || comings_and_goings(&daemon) == ["online", "offline"]);
    port.plug().unwrap();
    wait_for_the_ear(&daemon, &mut port);
    speak(&mut port, &log[cut..]);
    check_every_fix(&daemon);
    assert_eq!(comings_and_goings(&daemon), ["online", "offline", "online"]);
    assert!(daemon.stop().success());
    let (code, out, err) = Daemon::command(&["verify", daemon.data().to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{err}");
}
