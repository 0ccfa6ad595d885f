//! A line that is slow, and that is cut: a network namespace with a rate limit. Needs root and `ip`, `tc`,
//! `mosquitto_pub`; says so and ends where they are not.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::backlog::fill;
use super::collector::{Collector, wait};
use super::stand::{PATIENCE, Stand, seq_of};
use super::support::{Daemon, Dice};

/// About eight kilobytes a second: three seconds for a full batch.
const RATE: &str = "64kbit";
const ENTRIES: u64 = 1_400;

/// A namespace with one end of a wire in it; the other end is here.
struct Line {
    namespace: String,
    wire: String,
    net: String,
}

fn run(words: &str) -> bool {
    let words: Vec<&str> = words.split(' ').collect();
    let status = Command::new(words[0]).args(&words[1..]).stderr(Stdio::null()).stdout(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

impl Line {
    fn lay() -> Option<Self> {
        let id = std::process::id() % 10_000;
        let line = Self {
            namespace: format!("pu{id}"),
            wire: format!("pu{id}"),
            net: format!("10.{}.{}", 64 + id / 250, id % 250),
        };
        let Self { namespace, wire, net } = &line;
        let laid = run(&format!("ip netns add {namespace}"))
            && run(&format!("ip link add {wire}a type veth peer name {wire}b"))
            && run(&format!("ip link set {wire}a netns {namespace}"))
            && run(&format!("ip -n {namespace} addr add {net}.1/24 dev {wire}a"))
            && run(&format!("ip -n {namespace} link set lo up"))
            && run(&format!("ip -n {namespace} link set {wire}a up"))
            && run(&format!("ip addr add {net}.2/24 dev {wire}b"))
            && run(&format!("ip link set {wire}b up"))
            && run(&format!("tc -n {namespace} qdisc add dev {wire}a root tbf rate {RATE} burst 4kb latency 400ms"));
        laid.then_some(line)
    }

    fn set(&self, state: &str) {
        assert!(run(&format!("ip -n {} link set {}a {state}", self.namespace, self.wire)));
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        run(&format!("ip link del {}b", self.wire));
        run(&format!("ip netns del {}", self.namespace));
    }
}

#[test]
fn a_slow_line_that_is_cut_carries_everything_and_scans_first() {
    let Some(line) = Line::lay() else {
        println!("skipped: no network namespace with a rate limit can be made here");
        return;
    };
    let seed = super::support::seed();
    println!("PORTICO_SEED={seed}");
    let dir = tempfile::tempdir().unwrap();
    let address: SocketAddr = format!("{}.2:18080", line.net).parse().unwrap();
    let mut collector = Collector::start(address);
    let patience = "timeout = { connect = \"2s\", answer = \"1500ms\", total = \"3s\" }\n";
    let mut daemon = Daemon::prepare(dir.path(), &Stand::section(&collector, patience));
    daemon.within = ["ip", "netns", "exec", &line.namespace].map(str::to_owned).into();
    fill(&daemon.data(), ENTRIES, &mut Dice::new(seed));
    daemon.spawn();
    let count = |collector: &Collector| collector.state().ledger.count() as u64;
    assert!(wait(PATIENCE, || count(&collector) > ENTRIES / 5), "{}", daemon.log());
    line.set("down");
    std::thread::sleep(Duration::from_secs(2));
    let before = count(&collector);
    line.set("up");
    let scan = Command::new("ip")
        .args(["netns", "exec", &line.namespace, "mosquitto_pub", "-q", "1", "-t", "reception/v1/kiosk/K1/scan", "-m"])
        .args(["{\"scan_id\":\"live\",\"code\":\"G-1\"}", "-h", &daemon.mqtt.ip().to_string(), "-p"])
        .arg(daemon.mqtt.port().to_string())
        .status();
    let begun = Instant::now();
    let scanned = scan.is_ok_and(|status| status.success());
    let reader = portico::journal::Reader::open(&daemon.data()).unwrap();
    let newest = reader.newest().unwrap();
    let there = |collector: &Collector| {
        let seqs = collector.state().ledger.order.iter().map(|(id, _)| seq_of(id)).collect::<BTreeSet<u64>>();
        (1..=newest).all(|seq| seqs.contains(&seq))
    };
    assert!(wait(PATIENCE, || there(&collector)), "{}", daemon.log());
    println!("{} entries in {:?} after the line was back, {before} before it", count(&collector), begun.elapsed());

    collector.go_away();
    let state = collector.state();
    let requests = &state.ledger.requests;
    let most = requests.iter().map(|request| request.ids.len()).max().unwrap();
    println!("{} requests arrived whole, of {most} events at most, {} bytes", requests.len(), state.bytes_in);
    assert!(daemon.log().contains("no answer in time") || most < 500, "the line was not slow");
    if scanned {
        let order = &state.ledger.order;
        let scanned_at = order.iter().rposition(|(_, bulk)| !bulk).unwrap();
        assert!(order.len() - scanned_at > 50, "the scan waited for the readings of the outage");
    } else {
        println!("without mosquitto_pub no scan was sent");
    }
    drop(state);
    let stand = Stand::of(daemon, collector, dir);
    stand.check(newest);
}
