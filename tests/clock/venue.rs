//! A gateway whose machine has the wrong time: libfaketime sets the wall clock of the daemon, and of nothing else.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use portico::facts::{Span, Timestamp};
use serde_json::Value;

use crate::support::Daemon;
use crate::support::mqtt::Client;

/// How long anything may take on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_mins(1);
/// The gateway and the test reckon from clocks that they read one after the other, in milliseconds.
const ROUNDING_MS: i64 = 50;

/// The venue's noon, which is when each test begins, whatever time it really is.
pub fn noon() -> Timestamp {
    "2026-11-23T04:00:00Z".parse().unwrap()
}

/// The library, where the machine has it.
pub fn library() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").ok()?.flatten();
    let found = folders.map(|folder| folder.path().join("faketime/libfaketime.so.1")).find(|path| path.exists());
    if found.is_none() {
        println!("skipped: this machine has no libfaketime (apt-get install libfaketime)");
    }
    found
}

/// The true time of the venue, and what the machine's wall clock says instead.
pub struct Wall {
    file: PathBuf,
    /// The true time minus that of the machine that tests, whole seconds.
    truth_s: i64,
}

fn real_s() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

impl Wall {
    pub fn truth(&self) -> Timestamp {
        let real = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        Timestamp::from_millis(i64::try_from(real).unwrap() + self.truth_s * 1000)
    }

    /// Time passes at the venue. Only while the gateway is off.
    pub fn pass(&mut self, seconds: i64) {
        self.truth_s += seconds;
    }

    /// Sets the wall clock wrong by so much.
    pub fn off_by(&self, seconds: i64) {
        self.set(self.truth_s + seconds);
    }

    /// Sets it to where a machine without a battery begins.
    pub fn begin_in_1970(&self) {
        self.set(10 - real_s());
    }

    fn set(&self, offset_s: i64) {
        // Never half a file: the daemon reads it at every look at the clock.
        let new = self.file.with_extension("new");
        fs::write(&new, format!("{offset_s:+}\n")).unwrap();
        fs::rename(new, &self.file).unwrap();
    }
}

pub struct Venue {
    pub daemon: Daemon,
    pub wall: Wall,
    _dir: tempfile::TempDir,
}

impl Venue {
    /// At noon, with the clock right, not started yet. Guests are expected at 12:30 and 12:35, and to be late at once.
    pub fn at_noon(library: &Path, extra: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let plan = "code,name,tier,expected_at\nG-1,Li Na,guest,2026-11-23 12:30\nG-2,Anna,guest,2026-11-23 12:35\n";
        fs::write(dir.path().join("guests.csv"), plan).unwrap();
        // What the kernel of the machine that tests says of its clock is not said of the one that is set here.
        let config = format!(
            "[clock]\nntp = false\n[plan]\nfile = \"guests.csv\"\n[rules.late_arrival]\ngrace = \"0s\"\n\
             [rules.silent]\nkiosk = \"30m\"\n[rules.room_climate]\nhold = \"{}s\"\n{extra}",
            HOLD.as_secs()
        );
        let mut daemon = Daemon::prepare(dir.path(), &config);
        let wall = Wall { file: dir.path().join("wall"), truth_s: noon().as_millis() / 1000 - real_s() };
        wall.off_by(0);
        daemon.env = vec![
            ("LD_PRELOAD", library.into()),
            ("FAKETIME_TIMESTAMP_FILE", wall.file.clone().into()),
            ("FAKETIME_NO_CACHE", OsString::from("1")),
            ("FAKETIME_DONT_FAKE_MONOTONIC", OsString::from("1")),
            ("NO_FAKE_STAT", OsString::from("1")),
        ];
        Self { daemon, wall, _dir: dir }
    }

    /// The clock as the overview tells it.
    pub fn clock(&self) -> Value {
        self.daemon.get("/api/v1/overview")["clock"].clone()
    }

    /// Whether the gateway's time is the venue's.
    pub fn is_right(&self) -> bool {
        let before = self.wall.truth();
        let now = time(&self.daemon.get("/api/v1/overview")["now"]);
        now >= before.minus(Span::from_millis(ROUNDING_MS + 1000))
            && now <= self.wall.truth().plus(Span::from_millis(ROUNDING_MS))
    }

    /// Every entry.
    pub fn entries(&self) -> Vec<Value> {
        let (mut all, mut after) = (Vec::new(), 0);
        loop {
            let page = self.daemon.get(&format!("/api/v1/journal?limit=1000&after={after}"));
            let entries = page["entries"].as_array().unwrap();
            if entries.is_empty() {
                return all;
            }
            all.extend(entries.iter().cloned());
            after = page["next"].as_u64().unwrap();
        }
    }

    pub fn of_kind(&self, kind: &str) -> Vec<Value> {
        self.entries().into_iter().filter(|entry| entry["kind"] == kind).collect()
    }

    /// Every change of a rule's alerts: state and body.
    pub fn alerts(&self, rule: &str) -> Vec<Value> {
        let bodies = self.of_kind("alert").into_iter().map(|entry| entry["body"].clone());
        bodies.filter(|body| body["rule"] == rule).collect()
    }

    pub fn states(&self, rule: &str) -> Vec<String> {
        self.alerts(rule).iter().map(|alert| alert["state"].as_str().unwrap().to_owned()).collect()
    }

    /// A kiosk's scan of this guest: verdict and lateness.
    pub fn scan(&self, scan_id: &str, code: &str) -> (String, i64) {
        let body = format!(r#"{{"scan_id":"{scan_id}","code":"{code}","kiosk":"K01"}}"#);
        let (status, answer) = self.daemon.post("/api/v1/scans", &body);
        assert_eq!(status, 200, "{answer}");
        (answer["verdict"].as_str().unwrap().to_owned(), answer["late_by_s"].as_i64().unwrap())
    }

    /// Waits until this room's alert has fired, and checks that its hold had run in full: from its breach or, where our
    /// time was moved under it, from that move.
    pub fn check_hold(&self, room: &str) {
        let of_room = |state: &str| {
            let mut alerts = self.of_kind("alert").into_iter();
            alerts.rfind(|entry| entry["subject"] == format!("room/{room}") && entry["body"]["state"] == state)
        };
        until("the room's alert", || of_room("firing").is_some());
        let (pending, fired) = (of_room("pending").unwrap(), of_room("firing").unwrap());
        let hold = pending["seq"].as_u64()..fired["seq"].as_u64();
        let moved = self
            .of_kind("clock")
            .into_iter()
            .rfind(|clock| stepped_ms(clock) != 0 && hold.contains(&clock["seq"].as_u64()));
        let from = time(&moved.unwrap_or(pending)["received_at"]);
        assert_eq!(time(&fired["body"]["fired_at"]), from.plus(HOLD), "{fired}");
    }

    /// Stops it, and checks what it leaves: no stamp runs back but where an epoch begins, the chain holds, and every
    /// alert follows. Gives how many epochs began.
    pub fn check_and_stop(&mut self) -> usize {
        let epochs = self.check_stamps();
        assert!(self.daemon.stop().success());
        let data = self.daemon.data();
        for command in ["verify", "replay"] {
            let (code, out, err) = Daemon::command(&[command, data.to_str().unwrap()]);
            assert_eq!(code, 0, "{command}: {out}{err}");
        }
        epochs
    }

    fn check_stamps(&self) -> usize {
        let entries = self.entries();
        let mut epochs = 0;
        for pair in entries.windows(2) {
            if time(&pair[1]["received_at"]) < time(&pair[0]["received_at"]) {
                assert_eq!(pair[1]["kind"], "clock", "time ran back: {} {}", pair[0], pair[1]);
                assert!(stepped_ms(&pair[1]) < -60_000, "within an epoch: {} {}", pair[0], pair[1]);
                epochs += 1;
            }
        }
        epochs
    }
}

/// How long a room must be too warm.
pub const HOLD: Span = Span::from_secs(4);

/// A room gets too warm.
pub fn warm(sensors: &mut Client, room: &str) {
    let topic = format!("reception/v1/room/{room}/sensor/t1");
    sensors.publish_and_wait(&topic, br#"{"temperature":31.5}"#).unwrap();
}

pub fn stepped_ms(clock: &Value) -> i64 {
    clock["body"]["stepped_ms"].as_i64().unwrap()
}

pub fn time(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what}: not within {} s", PATIENCE.as_secs());
        std::thread::sleep(Duration::from_millis(100));
    }
}
