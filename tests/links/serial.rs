//! Serial ports that fail, as real pseudo-terminals into a real daemon. Every sentence that was written is counted by
//! what became of it, every fix is kept or counted as given up, and a port that misbehaves costs no processor.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use firmware_sim::nmea::{damaged, sentence};
use firmware_sim::pty::Pty;
use portico::devices::lines::LineBuffer;
use portico::devices::nmea::{Checksum, Refused, decode};
use serde_json::Value;

use crate::support::process::{counter, processor_time};
use crate::support::{Daemon, Dice, Ends, seed};
use crate::{asked_for, until};

/// As the contract has it: five seconds at most between tries, and what a loaded machine adds.
const REOPENED_WITHIN: Duration = Duration::from_secs(8);
/// How much of a processor, in per cent, a port may take at which there is nothing to do, with an unoptimised daemon that
/// is asked for its state many times a second: a loop that does not wait takes a hundred.
const IDLE_SHARE_MAX: f64 = 25.0;

/// The second of the day at which the next moment is, told in hundredths, and the sentences of it.
struct Receiver {
    hundredth: u32,
    moments: usize,
}

impl Receiver {
    fn new() -> Self {
        Self { hundredth: 30_000_000 / 10, moments: 0 }
    }

    fn time(&mut self, step: u32) -> String {
        self.hundredth += step;
        self.moments += 1;
        let (s, c) = (self.hundredth / 100, self.hundredth % 100);
        format!("{:02}{:02}{:02}.{c:02}", s / 3600 % 24, s / 60 % 60, s % 60)
    }

    /// One moment in one sentence.
    fn rmc(&mut self) -> String {
        let time = self.time(100);
        line(&format!("GPRMC,{time},A,3114.58{:02},N,12128.3051,E,12.4,87.0,231126,,,A", self.moments % 100))
    }

    /// One moment as a receiver with everything switched on tells it: seven sentences.
    fn burst(&mut self) -> Vec<String> {
        let time = self.time(4);
        let north = format!("3114.{:04}", self.moments % 10_000);
        [
            format!("GNRMC,{time},A,{north},N,12128.3051,E,12.4,87.0,231126,,,A"),
            format!("GNGGA,{time},{north},N,12128.3051,E,1,09,0.9,12.0,M,8.0,M,,"),
            "GNGSA,A,3,01,02,03,04,05,06,07,08,09,,,,1.6,0.9,1.3".to_owned(),
            "GNVTG,87.0,T,,M,12.4,N,23.0,K,A".to_owned(),
            "GPGSV,3,1,11,01,40,083,46,02,17,308,41,12,07,344,39,14,22,228,45".to_owned(),
            "GPGSV,3,2,11,15,40,083,46,17,17,308,41,18,07,344,39,19,22,228,45".to_owned(),
            "GPGSV,3,3,11,21,40,083,46,22,17,308,41,23,07,344,39".to_owned(),
        ]
        .iter()
        .map(|body| line(body))
        .collect()
    }
}

fn line(body: &str) -> String {
    format!("{}\r\n", sentence(body))
}

/// What the daemon counted of the sentences on one port, by outcome.
fn outcomes(daemon: &Daemon, vehicle: &str) -> BTreeMap<String, u64> {
    let (_, text) = daemon.request("GET", "/metrics", None);
    let start = format!("portico_sentences_total{{link=\"serial:{vehicle}\",outcome=\"");
    let line = |line: &str| {
        let (outcome, count) = line.strip_prefix(&start)?.split_once("\"} ")?;
        Some((outcome.to_owned(), count.parse().unwrap()))
    };
    text.lines().filter_map(line).collect()
}

fn heard(daemon: &Daemon, vehicle: &str) -> u64 {
    outcomes(daemon, vehicle).values().sum()
}

fn rubbish(daemon: &Daemon, vehicle: &str) -> u64 {
    counter(daemon, &format!("portico_rubbish_bytes_total{{link=\"serial:{vehicle}\"}}"))
}

fn given_up(daemon: &Daemon) -> u64 {
    counter(daemon, "portico_dropped_total{bound=\"serial_reports_max\"}")
}

fn positions(daemon: &Daemon, vehicle: &str) -> usize {
    let subject = format!("vehicle/{vehicle}");
    daemon.journal("position").iter().filter(|entry| entry["subject"] == subject).count()
}

/// How the device list on the dashboard has it.
fn shown(daemon: &Daemon, vehicle: &str) -> Value {
    let id = format!("vehicle/{vehicle}");
    let overview = daemon.get("/api/v1/overview");
    overview["devices"].as_array().unwrap().iter().find(|device| device["id"] == id).cloned().unwrap_or(Value::Null)
}

fn alerts(daemon: &Daemon, vehicle: &str) -> Vec<String> {
    let subject = format!("vehicle/{vehicle}");
    let of_it = daemon.journal("alert").into_iter().filter(|entry| entry["subject"] == subject);
    of_it.map(|entry| format!("{} {}", entry["body"]["rule"], entry["body"]["state"]).replace('"', "")).collect()
}

fn config(port: &Path, vehicle: &str, baud: u32) -> String {
    format!("[[serial]]\npath = \"{}\"\nvehicle = \"{vehicle}\"\nbaud = {baud}\nthin = false\n", port.display())
}

/// Writes all of it, waiting where the port is full; what is written before anybody listens is nowhere.
fn write(port: &mut Pty, mut bytes: &[u8]) {
    let begun = Instant::now();
    while !bytes.is_empty() {
        bytes = &bytes[port.write(bytes).taken..];
        assert!(begun.elapsed() < crate::PATIENCE, "{} bytes are not taken", bytes.len());
        if !bytes.is_empty() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Waits until somebody has the port open: a line break, which nobody counts, is taken then. Whoever opens a port throws
/// away what was in it while they set its speed, so there is a moment more to wait.
fn wait_open(port: &mut Pty) {
    until("the port is open", || (port.write(b"\n").taken == 1).then_some(()));
    std::thread::sleep(Duration::from_millis(300));
}

#[test]
fn unplugged_and_replugged_under_another_name() {
    let seed = seed();
    println!("PORTICO_SEED={seed}");
    let mut dice = Dice::new(seed);
    let dir = tempfile::tempdir().unwrap();
    let mut port = Pty::open(&dir.path().join("by-id")).unwrap();
    let daemon =
        Daemon::start(dir.path(), &format!("{}[rules.silent]\nvehicle = \"5s\"", config(port.link(), "car-1", 9600)));
    let (mut receiver, mut sentences, mut halves) = (Receiver::new(), 0, 0);
    let mut names = std::collections::BTreeSet::new();
    let mut held = Vec::new();
    for round in 0..asked_for("PORTICO_LINK_ROUNDS", 4).min(100) {
        wait_open(&mut port);
        names.insert(std::fs::read_link(port.link()).unwrap());
        for _ in 0..=dice.roll(20) {
            write(&mut port, receiver.rmc().as_bytes());
            sentences += 1;
        }
        until("every sentence is heard", || (heard(&daemon, "car-1") == sentences).then_some(()));
        // Pulled in the middle of a sentence.
        let half = receiver.rmc();
        receiver.moments -= 1;
        let cut = 1 + usize::try_from(dice.roll(half.len() as u64 - 4)).unwrap();
        write(&mut port, &half.as_bytes()[..cut]);
        // What the kernel holds when the plug is pulled was never heard by anybody; here it was.
        std::thread::sleep(Duration::from_millis(100));
        halves += cut as u64;
        port.unplug().unwrap();
        until("the dashboard says it", || (shown(&daemon, "car-1")["state"] == "offline").then_some(()));
        if round == 0 {
            until("the silence is told", || {
                alerts(&daemon, "car-1").contains(&"vehicle_silent firing".to_owned()).then_some(())
            });
        }
        // Something else takes its number meanwhile.
        held.push(Pty::open(&dir.path().join(format!("other-{round}"))).unwrap());
        let begun = Instant::now();
        port.plug().unwrap();
        wait_open(&mut port);
        println!("round {round}: open again after {} ms", begun.elapsed().as_millis());
        assert!(begun.elapsed() < REOPENED_WITHIN, "open again after {:?}", begun.elapsed());
    }
    write(&mut port, receiver.rmc().as_bytes());
    sentences += 1;
    until("the last one is heard", || (heard(&daemon, "car-1") == sentences).then_some(()));
    until("every fix is kept", || (positions(&daemon, "car-1") == receiver.moments).then_some(()));
    assert!(names.len() > 1, "the port had other names: {names:?}");
    assert_eq!(outcomes(&daemon, "car-1"), BTreeMap::from([("taken".to_owned(), sentences)]));
    assert_eq!(
        (rubbish(&daemon, "car-1"), given_up(&daemon)),
        (halves, 0),
        "the halves are counted, nothing else was lost"
    );
    assert_eq!(shown(&daemon, "car-1")["state"], "online");
    assert_eq!(alerts(&daemon, "car-1").last().unwrap(), "vehicle_silent resolved");
}

#[test]
fn a_port_that_says_nothing_is_told_and_costs_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut port = Pty::open(&dir.path().join("by-id")).unwrap();
    let daemon =
        Daemon::start(dir.path(), &format!("{}[rules.silent]\nvehicle = \"5s\"", config(port.link(), "car-1", 9600)));
    wait_open(&mut port);
    let mut receiver = Receiver::new();
    write(&mut port, receiver.rmc().as_bytes());
    until("it is heard", || (positions(&daemon, "car-1") == 1).then_some(()));
    let (begun, used) = (Instant::now(), processor_time(daemon.pid()));
    until("the silence is told", || {
        alerts(&daemon, "car-1").contains(&"vehicle_silent firing".to_owned()).then_some(())
    });
    // The port is opened anew after half a minute without a sentence, and that is said.
    std::thread::sleep(Duration::from_secs(25));
    until("the dashboard says it", || (shown(&daemon, "car-1")["state"] == "offline").then_some(()));
    let said = daemon.journal("device").pop().unwrap();
    assert!(said["body"]["reason"].as_str().unwrap().starts_with("silent:"), "{said}");
    let share = share(&daemon, used, begun);
    println!("a silent port takes {share:.2} % of a processor");
    assert!(share < IDLE_SHARE_MAX, "a silent port takes {share} % of a processor");
    until("it is heard again", || {
        write(&mut port, receiver.rmc().as_bytes());
        (shown(&daemon, "car-1")["state"] == "online").then_some(())
    });
    until("the alert ends", || (alerts(&daemon, "car-1").last().unwrap() == "vehicle_silent resolved").then_some(()));
}

/// How much of a processor the daemon has used since `begun`, when it had used so much.
fn share(daemon: &Daemon, before: Duration, begun: Instant) -> f64 {
    let used = processor_time(daemon.pid()).saturating_sub(before);
    used.as_secs_f64() / begun.elapsed().as_secs_f64() * 100.0
}

#[test]
fn a_port_that_ends_at_every_opening_is_tried_with_patience() {
    let dir = tempfile::tempdir().unwrap();
    let mut port = Pty::open(&dir.path().join("by-id")).unwrap();
    let daemon = Daemon::start(dir.path(), &config(port.link(), "car-1", 9600));
    let length = Duration::from_secs(asked_for("PORTICO_OUTAGE_S", 15).max(15));
    let (begun, used) = (Instant::now(), processor_time(daemon.pid()));
    let mut openings = 0;
    while begun.elapsed() < length {
        if port.write(b"\n").taken == 1 {
            openings += 1;
            // Whoever reads now reads the end, at once and for ever.
            port.unplug().unwrap();
            port.plug().unwrap();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let share = share(&daemon, used, begun);
    println!("{openings} openings in {} s, {share:.2} % of a processor", length.as_secs());
    // Half a second at first, five at most, with chance down to a quarter of a second.
    assert!((2..=length.as_secs() * 2).contains(&openings), "{openings} openings");
    assert!(share < IDLE_SHARE_MAX, "a port that ends takes {share} % of a processor");
    assert_eq!(shown(&daemon, "car-1")["state"], "offline");
    let said = daemon.journal("device");
    assert_eq!(said.iter().filter(|entry| entry["subject"] == "vehicle/car-1").count(), 1, "said once: {said:?}");
}

#[test]
fn rubbish_and_sentences_byte_by_byte_are_all_counted() {
    let seed = seed();
    println!("PORTICO_SEED={seed}");
    let mut dice = Dice::new(seed);
    let dir = tempfile::tempdir().unwrap();
    let mut port = Pty::open(&dir.path().join("by-id")).unwrap();
    let daemon = Daemon::start(dir.path(), &config(port.link(), "car-1", 9600));
    let mut receiver = Receiver::new();
    let (mut bytes, mut spoilt) = (b"\n".to_vec(), 0);
    for _ in 0..asked_for("PORTICO_LINK_ROUNDS", 100) {
        match dice.roll(4) {
            0 => bytes.extend((0..dice.roll(300)).map(|_| dice.roll(256) as u8)),
            1 => {
                let whole = receiver.rmc();
                receiver.moments -= 1;
                bytes.extend(damaged(&whole).as_bytes());
                spoilt += 1;
            }
            _ => {
                bytes.push(b'\n');
                bytes.extend(receiver.rmc().as_bytes());
            }
        }
    }
    // After rubbish that ends in the middle of something, a sentence that closes it.
    bytes.push(b'\n');
    bytes.extend(receiver.rmc().as_bytes());
    // What the same bytes are at once and without a wire.
    let mut lines = LineBuffer::default();
    let mut want = BTreeMap::<String, u64>::new();
    for frame in lines.push(&bytes) {
        let outcome = match decode(&frame, Checksum::Required).sentence {
            Ok(_) => "taken",
            Err(Refused::NotForUs) => "not_for_us",
            Err(Refused::NotUnderstood(_)) => "not_understood",
            Err(Refused::Damaged(_)) => "damaged",
        };
        *want.entry(outcome.to_owned()).or_default() += 1;
    }
    assert!(want["damaged"] >= spoilt && want["taken"] as usize >= receiver.moments / 2, "{want:?}");

    wait_open(&mut port);
    for byte in &bytes {
        write(&mut port, std::slice::from_ref(byte));
    }
    let all: u64 = want.values().sum();
    until("every sentence is heard", || (heard(&daemon, "car-1") >= all).then_some(()));
    assert_eq!(outcomes(&daemon, "car-1"), want);
    until("the rubbish is counted", || (rubbish(&daemon, "car-1") == lines.rubbish()).then_some(()));
    // Of what is damaged one a second is kept; the rest is counted.
    let rejected = counter(&daemon, "portico_rejected_total{link=\"serial:car-1\"}");
    let not_kept = counter(&daemon, "portico_dropped_total{bound=\"serial_rejected_every\"}");
    assert_eq!(rejected + not_kept, want["damaged"]);
    until("the rejected are kept", || (daemon.journal("rejected").len() as u64 == rejected).then_some(()));
    until("every fix is kept", || (positions(&daemon, "car-1") as u64 == want["taken"]).then_some(()));
    assert_eq!(given_up(&daemon), 0);
    println!("{} bytes: {want:?}, {} of rubbish", bytes.len(), lines.rubbish());
}

#[test]
fn three_receivers_at_full_speed_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let names = ["car-1", "car-2", "car-3"];
    let mut ports: Vec<Pty> = names.iter().map(|name| Pty::open(&dir.path().join(name)).unwrap()).collect();
    let ends = names.iter().zip(&ports).map(|(name, port)| config(port.link(), name, 115_200)).collect::<String>();
    let daemon = Daemon::start(dir.path(), &ends);
    ports.iter_mut().for_each(wait_open);
    let length = Duration::from_secs(asked_for("PORTICO_OUTAGE_S", 6).max(6));
    let (begun, used) = (Instant::now(), processor_time(daemon.pid()));
    // 115200 baud are 11,520 bytes a second.
    let speak = |mut port: Pty| {
        let (mut receiver, mut sentences, mut bytes) = (Receiver::new(), 0_u64, 0);
        while begun.elapsed() < length {
            for sentence in receiver.burst() {
                write(&mut port, sentence.as_bytes());
                bytes += sentence.len();
                sentences += 1;
            }
            let due = Duration::from_secs_f64(bytes as f64 / 11_520.0);
            std::thread::sleep(due.saturating_sub(begun.elapsed()));
        }
        (port, receiver.moments, sentences)
    };
    let spoken: Vec<(Pty, usize, u64)> = std::thread::scope(|scope| {
        let speakers: Vec<_> = ports.drain(..).map(|port| scope.spawn(|| speak(port))).collect();
        speakers.into_iter().map(|speaker| speaker.join().unwrap()).collect()
    });
    let share = share(&daemon, used, begun);
    for (name, (_, moments, sentences)) in names.iter().zip(&spoken) {
        until("every sentence is heard", || (heard(&daemon, name) == *sentences).then_some(()));
        until("every fix is kept", || (positions(&daemon, name) == *moments).then_some(()));
        let outcomes = outcomes(&daemon, name);
        assert!(!outcomes.contains_key("damaged"), "{outcomes:?}");
        println!("{name}: {sentences} sentences, {outcomes:?}, {moments} fixes kept");
    }
    assert_eq!(given_up(&daemon), 0);
    println!("three full streams take {share:.1} % of a processor");
    assert!(share < 100.0, "three full streams take {share} % of a processor");
}

#[test]
fn a_port_that_pours_rubbish_does_not_hold_up_another() {
    let dir = tempfile::tempdir().unwrap();
    let mut mad = Pty::open(&dir.path().join("mad")).unwrap();
    let mut good = Pty::open(&dir.path().join("good")).unwrap();
    let both = config(mad.link(), "car-1", 9600) + &config(good.link(), "car-2", 9600);
    let daemon = Daemon::start(dir.path(), &both);
    wait_open(&mut mad);
    wait_open(&mut good);
    let mut dice = Dice::new(7);
    let rubbish: Vec<u8> = (0..64 * 1024).map(|_| dice.roll(256) as u8).collect();
    let (begun, used) = (Instant::now(), processor_time(daemon.pid()));
    let ended = std::sync::atomic::AtomicBool::new(false);
    let (moments, slowest, poured) = std::thread::scope(|scope| {
        let pouring = scope.spawn(|| {
            let mut poured = 0;
            while !ended.load(std::sync::atomic::Ordering::Relaxed) {
                poured += mad.write(&rubbish).taken;
                // A megabyte a second is ninety times what any port of 115200 baud can do.
                std::thread::sleep(Duration::from_millis(4));
            }
            poured
        });
        let ends = Ends(&ended);
        let (mut receiver, mut slowest) = (Receiver::new(), Duration::ZERO);
        for _ in 0..10 {
            write(&mut good, receiver.rmc().as_bytes());
            let spoken = Instant::now();
            until("the fix is kept", || (positions(&daemon, "car-2") == receiver.moments).then_some(()));
            slowest = slowest.max(spoken.elapsed());
            std::thread::sleep(Duration::from_millis(200));
        }
        drop(ends);
        (receiver.moments, slowest, pouring.join().unwrap())
    });
    let share = share(&daemon, used, begun);
    println!(
        "{poured} bytes of rubbish take {share:.1} % of a processor; a fix beside them is kept within {} ms",
        slowest.as_millis()
    );
    assert_eq!(positions(&daemon, "car-2"), moments);
    assert!(slowest < Duration::from_secs(5), "{slowest:?}");
    assert!(daemon.journal("rejected").len() as u64 <= begun.elapsed().as_secs() + 2, "one a second at most");
}
