//! A GPS daemon that the world's boats and phones rely on judges our sentences: gpsd reads the pseudo-terminal and must
//! report a three-dimensional fix where the simulated car is. Without gpsd installed the tests say so and pass.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by failing")]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use firmware_sim::SimClock;
use firmware_sim::drive::Drive;
use firmware_sim::gps::{self, Dress, GpsScript, Motion};
use firmware_sim::nmea::Dialect;
use firmware_sim::pty::Pty;
use firmware_sim::track::{Point, Track};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

/// What gpsd is given to make up its mind.
const PATIENCE: Duration = Duration::from_secs(25);

fn tool(name: &str) -> Option<PathBuf> {
    let found = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"]
        .iter()
        .map(|dir| Path::new(dir).join(name))
        .find(|path| path.exists());
    if found.is_none() {
        println!("skipped: {name} is not installed");
    }
    found
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Runs a receiver and asks gpsd where it is: the first report with a full fix.
fn first_fix(motion: Motion, dialect: Dialect, started: Timestamp) -> Option<Value> {
    let (gpsd, gpspipe) = (tool("gpsd")?, tool("gpspipe")?);
    let dir = tempfile::tempdir().unwrap();
    let port = Pty::open(&dir.path().join("gps")).unwrap();
    let terminal = std::fs::read_link(port.link()).unwrap();
    let script = GpsScript {
        vehicle: "car-1".to_owned(),
        motion,
        dialect,
        dress: Dress::Plain,
        every: SignedDuration::from_secs(1),
        no_fix: Vec::new(),
        unplugged: Vec::new(),
        bad_checksums: Vec::new(),
        seed: 1,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let clock = SimClock::new(started, Instant::now(), 1.0).unwrap();
    let stop = CancellationToken::new();
    let running = runtime.spawn(gps::run(script, port, clock, stop.clone()));

    let tcp = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    // Our own child, so that the end of this function is its end, however it comes.
    let daemon = Command::new(gpsd)
        .args(["-N", "-n", "-S", &tcp, "-D", "2"])
        .arg(terminal)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _daemon = Killed(daemon);
    let deadline = Instant::now() + PATIENCE;
    let mut fix = None;
    while fix.is_none() && Instant::now() < deadline {
        // `-s KILL`: gpspipe waits for ever for a daemon that says nothing.
        let heard = Command::new("timeout")
            .args(["-s", "KILL", "5"])
            .arg(&gpspipe)
            .args(["-w", "-n", "8", &format!("localhost:{tcp}")])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&heard.stdout).into_owned();
        let mut reports = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        fix = reports.rfind(|report| report["class"] == "TPV" && report["mode"] == 3);
        std::thread::sleep(Duration::from_millis(100));
    }
    stop.cancel();
    let counts = runtime.block_on(running).unwrap();
    assert!(fix.is_some(), "gpsd reports no three-dimensional fix; {counts:?}");
    fix
}

fn near(fix: &Value, lat: f64, lon: f64) {
    let (got_lat, got_lon) = (fix["lat"].as_f64().unwrap(), fix["lon"].as_f64().unwrap());
    assert!((got_lat - lat).abs() < 1e-3 && (got_lon - lon).abs() < 1e-3, "{fix}");
}

fn in_time(fix: &Value, started: Timestamp) {
    let at: Timestamp = fix["time"].as_str().unwrap().parse().unwrap();
    let age = at.duration_since(started);
    assert!((SignedDuration::ZERO..SignedDuration::from_mins(2)).contains(&age), "{fix}");
}

fn standing(dialect: Dialect) {
    let started = Timestamp::now();
    let track = Track::starting(Point::new(31.2430, 121.4717), started);
    let Some(fix) = first_fix(Motion::Track(Arc::new(track)), dialect, started) else { return };
    near(&fix, 31.2430, 121.4717);
    in_time(&fix, started);
    let altitude = fix["altMSL"].as_f64().or(fix["alt"].as_f64()).unwrap();
    assert!((5.0..9.0).contains(&altitude), "{fix}");
    assert!(fix["speed"].as_f64().unwrap() < 0.2, "{fix}");
}

#[test]
fn gpsd_takes_a_plain_gps_receiver() {
    standing(Dialect::GP);
}

#[test]
fn gpsd_takes_a_receiver_of_many_constellations() {
    standing(Dialect::GN);
}

#[test]
fn gpsd_takes_the_recorded_drive_as_if_it_were_today() {
    let started = Timestamp::now();
    let drive = Arc::new(Drive::recorded().unwrap());
    let Some(fix) = first_fix(Motion::Drive(drive, started), Dialect::GP, started) else { return };
    near(&fix, 39.0 + 14.0853 / 60.0, -(120.0 + 1.3454 / 60.0));
    in_time(&fix, started);
}
