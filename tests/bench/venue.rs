//! What the gateway does on this machine, as ratios to what SQLite alone does on it in the same run.
//!
//! `cargo bench --bench venue` prints a table; figures in absolute numbers differ from machine to machine and from hour
//! to hour, ratios much less. `cargo bench --bench venue -- acks` measures a part alone: `rules`, `charts`, `acks`,
//! `latency` or `start`. Nothing here passes or fails.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A measurement that cannot be made stops here.

mod charts;
mod latency;
mod load;
mod raw;
mod rules;
mod streams;
#[path = "../support/mod.rs"]
mod support;
mod trial;

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use firmware_sim::upstream::UpstreamControl;
use support::Daemon;
use support::mqtt::Client;
use trial::Trial;

/// Connections of which each has publishes in flight.
const CONNECTIONS: [usize; 4] = [1, 10, 50, 200];
/// How long a turn is, and how many of them the gateway and the trial have.
const LENGTH: Duration = Duration::from_secs(2);
const TURNS: usize = 5;

fn main() {
    // `cargo test --benches` and `cargo bench -- --list` must not run it.
    if std::env::args().any(|argument| argument == "--test" || argument == "--list") {
        return;
    }
    if let Some(dir) = std::env::args().skip_while(|argument| argument != trial::ARGUMENT).nth(1) {
        return trial::serve(Path::new(&dir));
    }
    let parts = ["rules", "charts", "acks", "latency", "start"];
    let only = parts.into_iter().find(|part| std::env::args().any(|argument| argument == *part));
    let asked = |part| only.is_none_or(|only| only == part);
    let dir = tempfile::tempdir().unwrap();
    let raw = raw::measure(&dir.path().join("raw"));
    println!(
        "raw SQLite, WAL, synchronous=FULL: {:.0} rows/s one a commit, {:.0} rows/s a hundred a commit",
        raw.one, raw.hundred
    );
    if asked("rules") {
        rules::measure(raw.one);
    }
    if asked("charts") {
        charts::measure(&dir.path().join("charts"));
    }
    let upstream = Upstream::start();
    if asked("acks") {
        acks(&dir.path().join("venue"), &upstream, raw.one);
    }
    if asked("latency") {
        let dir = dir.path().join("day");
        let daemon = Daemon::start(&dir, &upstream.config_with(&latency::plan(&dir)));
        latency::measure(&daemon, Duration::from_secs(20));
        streams::measure(&daemon);
    }
    if asked("start") {
        start_up(&dir.path().join("start"));
    }
}

/// PUBACKs a second, and memory. Gateway and trial take turns, so that a machine that is slower for a while is slower for
/// both; of the turns the middle one counts.
fn acks(dir: &Path, upstream: &Upstream, raw_one: f64) {
    let trial = Trial::start(&dir.with_extension("trial"));
    let daemon = Daemon::start(dir, &upstream.config());
    println!("\nresident when idle: {:.1} MB", resident_mb(daemon.pid()));
    println!(
        "\ndurable PUBACKs a second, {} in flight a connection, rules, hash chain and upstream running; trial: the broker and \
         a row on disk alone",
        load::WINDOW
    );
    println!(
        "connections      /s   ratio to raw one-row   trial /s   of the trial   processor time a message, µs   trial's"
    );
    for connections in CONNECTIONS {
        let (mut gateway, mut alone, mut shares) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..TURNS {
            alone.push(rate(trial.address, trial.pid(), connections));
            gateway.push(rate(daemon.mqtt, daemon.pid(), connections));
            shares.extend(gateway.last().zip(alone.last()).map(|(gateway, alone)| gateway.0 / alone.0));
        }
        let [acks, each] = [middle(gateway.iter().map(|turn| turn.0)), middle(gateway.iter().map(|turn| turn.1))];
        println!(
            "{connections:>11} {acks:>7.0} {:>22.2} {:>10.0} {:>12.0} % {each:>30.1} {:>9.1}",
            acks / raw_one,
            middle(alone.iter().map(|turn| turn.0)),
            100.0 * middle(shares),
            middle(alone.iter().map(|turn| turn.1))
        );
    }
    println!("resident under load: {:.1} MB", resident_mb(daemon.pid()));
    println!(
        "upstream took {} events meanwhile, {} with another content",
        upstream.control.counts().events,
        upstream.control.counts().conflicts
    );
}

/// Publishes acknowledged a second, and the processor time that the process had for each, in µs.
fn rate(address: SocketAddr, pid: u32, connections: usize) -> (f64, f64) {
    let worked = processor_seconds(pid);
    let load::Took { acked, took } = load::publish(address, connections, LENGTH);
    (acked as f64 / took.as_secs_f64(), (processor_seconds(pid) - worked) / acked as f64 * 1e6)
}

fn middle(of: impl IntoIterator<Item = f64>) -> f64 {
    let mut all: Vec<f64> = of.into_iter().collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// A collector with a runtime of its own.
struct Upstream {
    control: UpstreamControl,
    _runtime: tokio::runtime::Runtime,
}

impl Upstream {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let control = runtime.block_on(UpstreamControl::start("127.0.0.1:0".parse().unwrap(), false)).unwrap();
        Self { control, _runtime: runtime }
    }

    fn config(&self) -> String {
        format!("[upstream]\nkind = \"http\"\nurl = \"http://{}/\"\n", self.control.address())
    }

    fn config_with(&self, plan: &str) -> String {
        format!("[plan]\nfile = \"{plan}\"\n{}", self.config())
    }
}

/// `VmRSS` of a process, in MB.
pub fn resident_mb(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

/// Processor time that a process has had, its own and the kernel's for it: hardly depends on what else the machine does.
fn processor_seconds(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // The name in parentheses may hold anything; the two figures, in hundredths, are the 12th and 13th after it.
    let ticks = stat.rsplit(')').next().unwrap().split_whitespace().skip(11).take(2);
    ticks.map(|ticks| ticks.parse::<f64>().unwrap() / 100.0).sum()
}

/// From the start of the process to the first acknowledged message, with a journal of 100,000 entries.
fn start_up(dir: &Path) {
    let mut daemon = Daemon::start(dir, "");
    let mut sent = 0;
    let mut client = Client::plain(daemon.mqtt, "filler").unwrap();
    while sent < 100_000 {
        for _ in 0..500 {
            client.publish("reception/v1/room/hall/sensor/s1", load::reading(sent).as_bytes()).unwrap();
            sent += 1;
        }
        for _ in 0..500 {
            client.wait(Duration::from_secs(10)).unwrap().expect("a PUBACK");
        }
    }
    daemon.kill();
    let begun = Instant::now();
    daemon.spawn();
    let answered = loop {
        let tried = Client::plain(daemon.mqtt, "first").and_then(|mut client| {
            client.publish_and_wait("reception/v1/room/hall/sensor/s1", b"{\"temperature\":21.5}")
        });
        if tried.is_ok() {
            break begun.elapsed();
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    println!(
        "\nstart to first message acknowledged, 100,000 entries, after kill -9: {:.0} ms",
        answered.as_secs_f64() * 1000.0
    );
    replay(&daemon);
}

/// Entries a second of a proof, and of other rules over the same record.
fn replay(daemon: &Daemon) {
    let rules = daemon.data().with_file_name("rules.toml");
    std::fs::write(&rules, "[rules.room_climate]\nhold = \"1m\"\n").unwrap();
    let data = daemon.data();
    for (name, args) in
        [("replay", vec!["replay"]), ("replay --rules", vec!["replay", "--rules", rules.to_str().unwrap()])]
    {
        let begun = Instant::now();
        let (code, out, talk) = Daemon::command(&[&args[..], &[data.to_str().unwrap()]].concat());
        let rate = 100_000.0 / begun.elapsed().as_secs_f64();
        assert_eq!(code, 0, "{out}{talk}");
        println!("{name}: {rate:.0} entries/s (asked: 100,000)");
    }
}
