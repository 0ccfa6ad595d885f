//! From a scan's first byte to the verdict's last, while sensors go on reporting; and what that costs the disk.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::load;
use crate::support::Daemon;
use crate::support::mqtt::{Client, Packet, publish_packet};

/// Scans a second, over all kiosks.
const SCANS: u64 = 20;
/// Kiosks that they come from.
const KIOSKS: u64 = 5;
/// Other messages a second.
const OTHERS: u64 = 200;
/// Guests of the plan.
const GUESTS: u64 = 3_000;

/// Writes a plan of the day, and gives its name within the configuration's folder.
pub fn plan(dir: &Path) -> String {
    let mut text = String::from("code,name,tier,expected_at,place\n");
    for guest in 0..GUESTS {
        writeln!(text, "G-{guest},Guest {guest},guest,{:02}:{:02},hall", 6 + guest % 14, guest % 60).unwrap();
    }
    std::fs::create_dir_all(dir).unwrap();
    std::fs::write(dir.join("plan.csv"), text).unwrap();
    "plan.csv".to_owned()
}

/// Prints p50 and p99, and the bytes that the process had written a message.
pub fn measure(daemon: &Daemon, length: Duration) {
    println!(
        "\nscan to verdict, {SCANS} scans/s over {OTHERS} other messages/s, {GUESTS} guests planned, fsync included"
    );
    println!("others        p50 ms  p99 ms   written B/message   resident MB");
    for (word, qos1) in [("QoS 1", true), ("QoS 0", false)] {
        let before = written(daemon.pid());
        let stop = AtomicBool::new(false);
        let mut times = std::thread::scope(|scope| {
            for number in 0..10 {
                let (stop, address) = (&stop, daemon.mqtt);
                scope.spawn(move || others(address, number, qos1, stop));
            }
            let kiosks: Vec<_> =
                (0..KIOSKS).map(|number| scope.spawn(move || kiosk(daemon, number, qos1, length))).collect();
            let times: Vec<Duration> = kiosks.into_iter().flat_map(|kiosk| kiosk.join().unwrap()).collect();
            stop.store(true, Ordering::Relaxed);
            times
        });
        times.sort_unstable();
        let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1000.0;
        let messages = length.as_secs() * (SCANS + OTHERS);
        let bytes = (written(daemon.pid()) - before) / messages;
        let resident = crate::resident_mb(daemon.pid());
        println!("{word:<10} {:>9.2} {:>7.2} {bytes:>19} {resident:>13.1}", at(50), at(99));
    }
}

/// Bytes that the kernel was made to write for a process.
fn written(pid: u32) -> u64 {
    let io = std::fs::read_to_string(format!("/proc/{pid}/io")).unwrap();
    io.lines().find_map(|line| line.strip_prefix("write_bytes: ")).unwrap().trim().parse().unwrap()
}

fn others(address: std::net::SocketAddr, number: u64, qos1: bool, stop: &AtomicBool) {
    let mut client = Client::plain(address, &format!("others-{number}")).unwrap();
    let topic = format!("reception/v1/room/room-{number}/sensor/s1");
    let (begun, mut sent) = (Instant::now(), 0_u64);
    // Each of the ten begins at another moment of their common beat.
    let pace = Duration::from_secs(10) / u32::try_from(OTHERS).unwrap();
    let offset = pace / 10 * u32::try_from(number).unwrap();
    while !stop.load(Ordering::Relaxed) {
        sleep_until(begun + offset + pace * u32::try_from(sent).unwrap());
        let payload = load::reading(sent * 10 + number);
        if qos1 {
            client.publish(&topic, payload.as_bytes()).unwrap();
            client.wait(Duration::from_secs(10)).unwrap();
        } else {
            client.send(&publish_packet(&topic, payload.as_bytes(), None, false)).unwrap();
        }
        sent += 1;
    }
}

fn kiosk(daemon: &Daemon, number: u64, qos1: bool, length: Duration) -> Vec<Duration> {
    let name = format!("K{number}{}", u8::from(qos1));
    let mut client = Client::plain(daemon.mqtt, &name).unwrap();
    client.subscribe(&format!("reception/v1/kiosk/{name}/verdict")).unwrap();
    let topic = format!("reception/v1/kiosk/{name}/scan");
    let (begun, mut times) = (Instant::now(), Vec::new());
    let pace = Duration::from_secs(KIOSKS) / u32::try_from(SCANS).unwrap();
    let offset = pace / u32::try_from(KIOSKS).unwrap() * u32::try_from(number).unwrap();
    let mut sent = 0_u32;
    while begun.elapsed() < length {
        sleep_until(begun + offset + pace * sent);
        let code = (u64::from(sent) * KIOSKS + number) % GUESTS;
        let scan = format!("{{\"scan_id\":\"{name}-{sent:06}\",\"code\":\"G-{code}\",\"direction\":\"entry\"}}");
        let asked = Instant::now();
        client.publish(&topic, scan.as_bytes()).unwrap();
        loop {
            match client.wait(Duration::from_secs(10)).unwrap().expect("a verdict within 10 s") {
                Packet::Publish { .. } => break,
                Packet::PubAck(_) | Packet::ConnAck { .. } | Packet::SubAck(_) | Packet::Other(_) => {}
            }
        }
        times.push(asked.elapsed());
        sent += 1;
    }
    times
}

fn sleep_until(at: Instant) {
    std::thread::sleep(at.saturating_duration_since(Instant::now()));
}
