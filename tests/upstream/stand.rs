//! A daemon with a collector above it, and what must hold between them at the end of every test.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use portico::facts::Timestamp;
use portico::journal::Reader;
use serde_json::Value;

use super::collector::{Collector, wait};
use super::support::daemon::free_address;
use super::support::mqtt::{Client, Packet};
use super::support::{Daemon, Dice};

/// Longer than anything here takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_mins(2);
/// Patience of the daemon that does not make a test of seconds one of minutes.
pub const QUICK: &str = "timeout = { connect = \"2s\", answer = \"1500ms\", total = \"3s\" }\n\
                         retry = { first = \"200ms\", most = \"800ms\", refused = \"700ms\" }\n";
/// Messages on the way without their acknowledgement.
const WINDOW: usize = 64;

pub struct Stand {
    pub daemon: Daemon,
    pub collector: Collector,
    pub dice: Dice,
    sent: u64,
    dir: tempfile::TempDir,
}

pub fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// The entry's number, in its event's id.
pub fn seq_of(id: &str) -> u64 {
    id.rsplit('/').next().unwrap().parse().unwrap()
}

impl Stand {
    /// `upstream` are further keys of the section.
    pub fn new(upstream: &str) -> Self {
        Self::with_plan(upstream, None)
    }

    /// With a sheet of guests.
    pub fn with_plan(upstream: &str, guests: Option<&str>) -> Self {
        let seed = super::support::seed();
        println!("PORTICO_SEED={seed}");
        let dir = tempfile::tempdir().unwrap();
        if let Some(guests) = guests {
            std::fs::write(dir.path().join("plan.csv"), guests).unwrap();
        }
        let collector = Collector::start(free_address());
        let daemon = Daemon::start(dir.path(), &Self::section(&collector, upstream));
        Self { daemon, collector, dice: Dice::new(seed), sent: 0, dir }
    }

    /// Of parts that were put together by hand.
    pub fn of(daemon: Daemon, collector: Collector, dir: tempfile::TempDir) -> Self {
        Self { daemon, collector, dice: Dice::new(0), sent: 0, dir }
    }

    pub fn section(collector: &Collector, upstream: &str) -> String {
        format!("[upstream]\nkind = \"http\"\nurl = \"http://{}/in\"\n{upstream}", collector.address)
    }

    /// A file beside the configuration.
    pub fn file(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    /// Sends so many readings and scans and waits until each is acknowledged.
    pub fn feed(&mut self, readings: usize, scans: usize) {
        let codes: Vec<String> = (0..scans).map(|_| format!("G-{}", self.dice.roll(900))).collect();
        self.feed_with(readings, &codes);
    }

    /// The same, with scans of these codes.
    pub fn feed_with(&mut self, readings: usize, codes: &[String]) {
        let begun = now_ms();
        let mut messages = Vec::new();
        for _ in 0..readings {
            self.sent += 1;
            let (at, room) = (Timestamp::from_millis(begun + self.sent as i64), self.dice.roll(8));
            let celsius = format!("{}.{}", 19 + self.dice.roll(7), self.dice.roll(10));
            let topic = format!("reception/v1/room/r{room}/sensor/t");
            messages
                .push((topic, format!("{{\"at\":\"{at}\",\"temperature\":{celsius},\"co2\":{}}}", self.sent % 900)));
        }
        for code in codes {
            self.sent += 1;
            let payload = format!("{{\"scan_id\":\"S-{}\",\"code\":\"{code}\"}}", self.sent);
            messages.push(("reception/v1/kiosk/K1/scan".to_owned(), payload));
        }
        self.publish(messages);
    }

    fn publish(&self, messages: Vec<(String, String)>) {
        let mut client = Client::plain(self.daemon.mqtt, &format!("feed-{}", self.sent)).unwrap();
        let mut waiting = 0;
        let count = messages.len();
        for (n, (topic, payload)) in messages.into_iter().enumerate() {
            client.publish(&topic, payload.as_bytes()).unwrap();
            waiting += 1;
            while waiting >= WINDOW || (n + 1 == count && waiting > 0) {
                let packet = client.wait(Duration::from_secs(30)).unwrap();
                assert!(matches!(packet, Some(Packet::PubAck(_))), "no PUBACK but {packet:?}");
                waiting -= 1;
            }
        }
    }

    pub fn view(&self) -> Value {
        self.daemon.get("/api/v1/overview")["upstream"].clone()
    }

    /// Waits until upstream is shown as the test wants it.
    pub fn wait_view(&self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let seen = wait(PATIENCE, || {
            last = self.view();
            fits(&last)
        });
        assert!(seen, "never {what}; last {last}\n{}", self.daemon.log());
        last
    }

    /// Waits for the one alert about upstream that has this status in its reason to come into this state.
    pub fn wait_alert(&self, state: &str, status: u16) -> Value {
        let mut found = Vec::new();
        let seen = wait(PATIENCE, || {
            let alerts = self.daemon.get("/api/v1/alerts?state=all")["alerts"].clone();
            let ours = |alert: &&Value| {
                let reason = alert["values"]["reason"].as_str().unwrap_or_default();
                alert["rule"] == "upstream_offline" && reason.contains(&format!(" {status} "))
            };
            found = alerts.as_array().unwrap().iter().filter(ours).cloned().collect();
            found.first().is_some_and(|alert| alert["state"] == state)
        });
        assert!(seen && found.len() == 1, "no one alert about {status} is {state}: {found:?}");
        found.remove(0)
    }

    pub fn newest(&self) -> u64 {
        Reader::open(&self.daemon.data()).unwrap().newest().unwrap()
    }

    /// The numbers of what was passed by, on both lanes.
    pub fn parked(&self) -> BTreeMap<u64, String> {
        let reader = Reader::open(&self.daemon.data()).unwrap();
        ["upstream.urgent", "upstream.bulk"].iter().flat_map(|name| reader.parked(name).unwrap()).collect()
    }

    /// Waits until upstream has everything, and checks that it has each entry once, in one version, in order within
    /// each lane, but for what is parked.
    pub fn settle(&self) {
        let begun = Instant::now();
        let newest = loop {
            let newest = self.newest();
            self.wait_view("drained", |view| {
                let done = view["backlog"] == 0 && view["acknowledged_seq"].as_u64() >= Some(newest);
                done && view["state"] == "connected"
            });
            if newest == self.newest() {
                break newest;
            }
            assert!(begun.elapsed() < PATIENCE, "new entries without end\n{}", self.daemon.log());
        };
        let books = self.daemon.get("/api/v1/conservation");
        assert_eq!(books["adds_up"], true, "{books:#}");
        self.check(newest);
    }

    /// Everything up to `newest` is there. What the gateway itself has to say may have come after it.
    pub fn check(&self, newest: u64) {
        let parked = self.parked();
        let state = self.collector.state();
        let ledger = &state.ledger;
        assert_eq!(ledger.wrongs, Vec::<String>::new());
        let arrived: Vec<(u64, bool)> = ledger.order.iter().map(|(id, bulk)| (seq_of(id), *bulk)).collect();
        let seqs: BTreeSet<u64> = arrived.iter().map(|(seq, _)| *seq).collect();
        assert_eq!(seqs.len(), arrived.len(), "an event was stored twice");
        let missing = (1..=newest).filter(|seq| !seqs.contains(seq) && !parked.contains_key(seq)).count();
        assert_eq!(missing, 0, "entries never arrived");
        for lane in [true, false] {
            let lane: Vec<u64> = arrived.iter().filter(|(_, bulk)| *bulk == lane).map(|(seq, _)| *seq).collect();
            assert!(lane.is_sorted(), "out of order within a lane");
        }
    }
}
