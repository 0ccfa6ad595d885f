//! A day without upstream, in small: everything arrives when it is back, once under one id, what people wait for first,
//! and the gateway grows no fatter meanwhile.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failure stops the test: that is what it is for.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use firmware_sim::upstream::{Answer, UpstreamControl};
use portico::facts::Timestamp;
use portico::journal::Reader;
use support::mqtt::{Client, Packet};
use support::{Daemon, Dice};
use tokio::runtime::Runtime;

/// Readings of the outage, and the scans among them.
const READINGS: usize = 19_600;
const SCANS: usize = 400;
const SENSORS: usize = 16;
const KIOSKS: usize = 4;
/// Messages of one device on the way without their acknowledgement.
const WINDOW: usize = 64;
/// The gateway may grow by this much while nothing can be sent, in KiB.
const GROWTH_MAX_KIB: u64 = 20 * 1024;
/// After an outage the gateway may wait half a minute before it tries again.
const PATIENCE: Duration = Duration::from_mins(2);

/// A daemon with a collector above it.
struct Stand {
    daemon: Daemon,
    collector: UpstreamControl,
    runtime: Runtime,
    _dir: tempfile::TempDir,
}

impl Stand {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let collector = runtime.block_on(UpstreamControl::start("127.0.0.1:0".parse().unwrap(), true)).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let extra = format!(
            "[rules.room_climate]\nhold = \"1s\"\n\
             [upstream]\nkind = \"http\"\nurl = \"http://{}/\"\nbatch_events = 50\n",
            collector.address()
        );
        let daemon = Daemon::start(dir.path(), &extra);
        Self { daemon, collector, runtime, _dir: dir }
    }

    /// Upstream is left without a word, or listens again.
    fn set_up(&self, up: bool) {
        self.runtime.block_on(async {
            if up { self.collector.come_back().await.unwrap() } else { self.collector.go_away().await }
        });
    }

    fn newest(&self) -> usize {
        Reader::open(&self.daemon.data()).unwrap().newest().unwrap() as usize
    }

    fn wait_for(&self, events: usize) {
        let arrived = self.runtime.block_on(self.collector.wait_for(events, PATIENCE));
        assert!(arrived, "{events} wanted, {:?}\n{}", self.collector.counts(), self.daemon.log());
    }

    /// The seqs that arrived, in the order of their first arrival, each with whether it goes on the urgent lane.
    fn arrived(&self) -> Vec<(u64, bool)> {
        let epoch = Reader::open(&self.daemon.data()).unwrap().epochs().newest().to_owned();
        let seq = |event: &serde_json::Value| {
            let id = event["id"].as_str().unwrap().strip_prefix(&format!("test/{epoch}/")).unwrap().parse().unwrap();
            let bulk = matches!(event["type"].as_str().unwrap(), "portico.reading.v1" | "portico.position.v1");
            (id, !bulk)
        };
        self.collector.events().iter().map(seq).collect()
    }

    /// Everything is there, once in one version, in order within each lane.
    fn check_complete(&self) -> Vec<(u64, bool)> {
        let begun = Instant::now();
        let newest = loop {
            let newest = self.newest();
            self.wait_for(newest);
            let view = self.daemon.get("/api/v1/overview")["upstream"].clone();
            if view["state"] == "connected" && view["backlog"] == 0 && newest == self.newest() {
                break newest;
            }
            assert!(begun.elapsed() < PATIENCE, "everything has arrived, but upstream is told as {view}");
            std::thread::sleep(Duration::from_millis(100));
        };
        let arrived = self.arrived();
        let seqs: BTreeSet<u64> = arrived.iter().map(|(seq, _)| *seq).collect();
        // What the gateway itself has to say may come at any time, the end of this outage for one.
        assert!((1..=newest as u64).all(|seq| seqs.contains(&seq)), "something never arrived");
        for lane in [true, false] {
            let lane: Vec<u64> = arrived.iter().filter(|(_, urgent)| *urgent == lane).map(|(seq, _)| *seq).collect();
            assert!(lane.is_sorted(), "out of order within a lane");
        }
        let counts = self.collector.counts();
        assert_eq!((self.collector.conflicts(), counts.malformed, counts.reused_keys), (Vec::new(), 0, 0));
        println!("upstream: {counts:?}");
        arrived
    }

    /// The daemon's own memory, KiB.
    fn memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.daemon.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// Sends `messages` with QoS 1, many on the way at once, until all are acknowledged.
fn send(address: SocketAddr, client_id: &str, messages: Vec<(String, String)>) {
    let mut client = Client::plain(address, client_id).unwrap();
    let mut waiting = 0;
    let acked = |client: &mut Client, waiting: &mut usize| {
        let packet = client.wait(Duration::from_secs(30)).unwrap();
        assert!(matches!(packet, Some(Packet::PubAck(_))), "{client_id}: no PUBACK but {packet:?}");
        *waiting -= 1;
    };
    for (topic, payload) in messages {
        client.publish(&topic, payload.as_bytes()).unwrap();
        waiting += 1;
        if waiting == WINDOW {
            acked(&mut client, &mut waiting);
        }
    }
    while waiting > 0 {
        acked(&mut client, &mut waiting);
    }
}

/// Sensors and kiosks send so much, each on a connection of its own.
fn flood(address: SocketAddr, seed: u64, readings: usize, scans: usize) {
    std::thread::scope(|threads| {
        for n in 0..SENSORS {
            threads.spawn(move || {
                let mut dice = Dice::new(seed + n as u64);
                let begun = now_ms();
                let reading = |number: usize| {
                    let at = Timestamp::from_millis(begun + number as i64);
                    let celsius = format!("{}.{}", 20 + dice.roll(5), dice.roll(10));
                    (
                        format!("reception/v1/room/r{n}/sensor/t"),
                        format!("{{\"at\":\"{at}\",\"temperature\":{celsius}}}"),
                    )
                };
                send(address, &format!("s{n}-{seed}"), (0..readings / SENSORS).map(reading).collect());
            });
        }
        for n in 0..KIOSKS {
            threads.spawn(move || {
                let scan = |number: usize| {
                    let payload = format!("{{\"scan_id\":\"{seed}-{n}-{number}\",\"code\":\"G-{number}\"}}");
                    (format!("reception/v1/kiosk/K{n}/scan"), payload)
                };
                send(address, &format!("k{n}-{seed}"), (0..scans / KIOSKS).map(scan).collect());
            });
        }
    });
}

#[test]
fn an_outage_of_twenty_thousand_messages_loses_none() {
    let seed = support::seed();
    println!("PORTICO_SEED={seed}");
    let mut stand = Stand::new();
    // What a gateway needs anyway is there after a while.
    flood(stand.daemon.mqtt, seed, 1_600, 40);
    stand.check_complete();
    stand.set_up(false);
    let (before, calm) = (stand.newest(), stand.memory_kib());
    flood(stand.daemon.mqtt, seed + 1_000, READINGS, SCANS);
    let hot = format!("{{\"at\":\"{}\",\"temperature\":31}}", Timestamp::from_millis(now_ms()));
    send(stand.daemon.mqtt, "hot", vec![("reception/v1/room/hot/sensor/t".to_owned(), hot)]);
    std::thread::sleep(Duration::from_millis(1_500));
    let during = stand.memory_kib();
    let until = stand.newest();
    assert!(until - before >= READINGS + SCANS, "{} entries of {}", until - before, READINGS + SCANS);
    let view = stand.daemon.get("/api/v1/overview")["upstream"].clone();
    assert_eq!(view["state"], "offline", "{view}");
    let mut after = 0;
    stand.set_up(true);
    // In the middle of it the gateway is started anew, once in order and once by the power button.
    for (events, in_order) in [(4_000, true), (10_000, false)] {
        stand.wait_for(before + events);
        stand.set_up(false);
        assert!(stand.collector.ids().len() < until, "the whole backlog was there before the restart could come");
        after = after.max(stand.memory_kib());
        if in_order {
            assert!(stand.daemon.stop().success(), "{}", stand.daemon.log());
        } else {
            stand.daemon.kill();
        }
        stand.daemon.run();
        stand.set_up(true);
    }
    let arrived = stand.check_complete();

    println!("memory: {calm} KiB before, {during} KiB during, {after} KiB after the outage");
    assert!(during.max(after) < calm + GROWTH_MAX_KIB, "{calm} KiB grew to {during} KiB, then {after} KiB");
    overtook(&arrived, before as u64, until as u64);
    let kinds: BTreeMap<String, usize> = stand.collector.events().iter().fold(BTreeMap::new(), |mut kinds, event| {
        *kinds.entry(event["type"].as_str().unwrap().to_owned()).or_default() += 1;
        kinds
    });
    println!("{kinds:?}");
    assert_eq!(kinds["portico.scan.v1"], SCANS + 40);
    assert_eq!(kinds["portico.reading.v1"], READINGS + 1_600 + 1);
    check_alerts(&stand);
}

/// The hot room's alert was pending and then fired. The outage itself may have made one too, where it lasted long enough
/// to be said: that one ends with the outage, before its hold is over. There is no other.
fn check_alerts(stand: &Stand) {
    let mut changes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut events = stand.collector.events();
    events.sort_by_key(|event| event["sequence"].as_str().unwrap().to_owned());
    for event in events.iter().filter(|event| event["type"] == "portico.alert.v1") {
        let alert = &event["data"];
        let whose = format!("{} {} {}", alert["rule"], alert["subject"], alert["id"]).replace('"', "");
        changes.entry(whose).or_default().push(alert["state"].as_str().unwrap().to_owned());
    }
    println!("{changes:?}");
    let (upstream, others): (Vec<_>, Vec<_>) =
        changes.iter().partition(|(whose, _)| whose.starts_with("upstream_offline gateway "));
    let [(room, states)] = others[..] else { panic!("one alert of the room: {others:?}") };
    assert!(room.starts_with("room_climate room/hot "), "{room}");
    assert_eq!(*states, ["pending", "firing"], "{room}");
    for (whose, states) in upstream {
        assert_eq!(*states, ["pending", "resolved"], "{whose}");
    }
}

/// When the last scan or alert of the outage had arrived, most of its readings had not.
fn overtook(arrived: &[(u64, bool)], before: u64, until: u64) {
    let of_outage = |seq: u64| before < seq && seq <= until;
    let last = arrived.iter().rposition(|(seq, urgent)| *urgent && of_outage(*seq)).unwrap();
    let waiting = arrived[last..].iter().filter(|(seq, urgent)| !urgent && of_outage(*seq)).count();
    println!("{waiting} readings arrived after the last scan or alert of the outage");
    assert!(waiting > READINGS / 2, "only {waiting} readings were overtaken");
}

#[test]
fn an_upstream_that_flaps_gets_everything() {
    let seed = support::seed();
    println!("PORTICO_SEED={seed}");
    let stand = Stand::new();
    let mut dice = Dice::new(seed);
    std::thread::scope(|threads| {
        let address = stand.daemon.mqtt;
        let flooding = threads.spawn(move || {
            let begun = Instant::now();
            let mut round = seed;
            while begun.elapsed() < Duration::from_secs(10) {
                round += 1_000;
                flood(address, round, 320, 20);
            }
        });
        let mut up = true;
        while !flooding.is_finished() {
            up = !up;
            stand.set_up(up);
            // Some batches arrive without their sender's knowing.
            if up && dice.roll(2) == 0 {
                stand.collector.answer_next([Answer::Accept, Answer::AcceptThenReset]);
            }
            std::thread::sleep(Duration::from_millis(200 + dice.roll(200)));
        }
    });
    stand.set_up(true);
    stand.check_complete();
}
