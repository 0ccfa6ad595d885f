//! Devices that want too much of the built-in broker: a packet beyond its bound, floods, a listener that never reads.
//! Each harms itself alone; memory stays bounded, and another device's QoS 1 publish is answered as before.

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::support::mqtt::{Client, Hello, connect_packet, publish_packet};
use crate::support::process::{counter, resident_kb};
use crate::support::{Daemon, Ends};
use crate::until;

const READING: &str = "reception/v1/room/lobby/sensor/s1";
const SCAN: &str = "reception/v1/kiosk/K01/scan";
/// What a flood may cost in memory: queues at their bounds, and a socket's worth for each connection.
const GROWTH_KB_MAX: u64 = 96 * 1024;
/// How long another device may wait for its PUBACK while others flood, median, on a machine with other things to do.
const MEDIAN_MAX: Duration = Duration::from_millis(500);

#[test]
fn a_packet_beyond_the_bound_ends_its_own_connection_only() {
    let dir = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(dir.path(), "");
    let mut other = Client::plain(daemon.mqtt, "K01").unwrap();
    other.publish_and_wait("reception/v1/kiosk/K01/status", b"online").unwrap();
    let megabyte = vec![b'7'; 1024 * 1024];
    for round in 1..=3 {
        let mut huge = Client::plain(daemon.mqtt, "s1").unwrap();
        let refused = huge.publish_and_wait(READING, &megabyte);
        assert!(refused.is_err(), "a megabyte is not acknowledged");
        let name = r#"portico_dropped_total{bound="max_packet"}"#;
        until("it is counted", || (counter(&daemon, name) == round).then_some(()));
    }
    // Kept with its reason once, not at every try.
    until("it is kept", || daemon.journal("rejected").pop());
    std::thread::sleep(Duration::from_millis(500));
    let rejected = daemon.journal("rejected");
    assert_eq!(rejected.len(), 1, "{rejected:#?}");
    let body = &rejected[0]["body"];
    assert!(body["reason"].as_str().unwrap().contains("mqtt.listener.max_packet"), "{body}");
    assert_eq!(body["link"], "client s1");
    assert!((1024 * 1024..1024 * 1024 + 100).contains(&body["bytes"].as_u64().unwrap()), "{body}");
    assert_eq!(daemon.journal("reading").len(), 0);
    // The other one's connection never ended.
    other.publish_and_wait(SCAN, br#"{"scan_id":"K01-1","code":"X-1"}"#).unwrap();
}

/// How a kiosk is served: the median and the longest wait for a PUBACK.
fn served(kiosk: &mut Client, word: &str) -> (Duration, Duration) {
    let mut took: Vec<Duration> = (0..40)
        .map(|number| {
            let payload = format!(r#"{{"scan_id":"{word}-{number}","code":"X-1"}}"#);
            let begun = Instant::now();
            kiosk.publish_and_wait(SCAN, payload.as_bytes()).unwrap();
            begun.elapsed()
        })
        .collect();
    took.sort();
    (took[took.len() / 2], took[took.len() - 1])
}

/// Runs these floods beside a kiosk, and judges what they did to it and to the memory.
fn judge(word: &str, flooders: usize, flood: impl Fn(&Daemon, usize, &AtomicBool, &AtomicU64) + Sync) {
    let dir = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(dir.path(), "");
    let mut kiosk = Client::plain(daemon.mqtt, "K01").unwrap();
    let before = served(&mut kiosk, "before");
    let (idle, ended, sent) = (resident_kb(daemon.pid()), AtomicBool::new(false), AtomicU64::new(0));
    let (during, peak) = std::thread::scope(|scope| {
        for number in 0..flooders {
            let (daemon, ended, sent, flood) = (&daemon, &ended, &sent, &flood);
            scope.spawn(move || flood(daemon, number, ended, sent));
        }
        let ends = Ends(&ended);
        std::thread::sleep(Duration::from_secs(1));
        let during = served(&mut kiosk, "during");
        // Long enough for a queue without a bound to show.
        std::thread::sleep(Duration::from_secs(2));
        let peak = resident_kb(daemon.pid());
        drop(ends);
        (during, peak)
    });
    println!(
        "{word}: {} messages; PUBACK {:?} before, {:?} during (median ratio {:.1}); memory {idle} kB, then {peak} kB",
        sent.load(Ordering::Relaxed),
        before,
        during,
        during.0.as_secs_f64() / before.0.as_secs_f64()
    );
    assert!(peak < idle + GROWTH_KB_MAX, "{word}: memory grew from {idle} to {peak} kB");
    assert!(during.0 < MEDIAN_MAX, "{word}: {during:?}");
    let after = served(&mut kiosk, "after");
    println!("{word}: PUBACK {after:?} after");
}

fn connect(daemon: &Daemon, number: usize) -> TcpStream {
    let id = format!("flood-{number}");
    let mut stream = TcpStream::connect(daemon.mqtt).unwrap();
    stream.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    stream.write_all(&connect_packet(&Hello { client_id: &id, clean: true, keep_alive_s: 0, will: None })).unwrap();
    stream
}

/// Writes `bytes` again and again, as fast as they are taken.
fn pour(mut stream: TcpStream, bytes: &[u8], messages: u64, ended: &AtomicBool, sent: &AtomicU64) {
    stream.set_nonblocking(true).unwrap();
    while !ended.load(Ordering::Relaxed) {
        let mut rest = bytes;
        while !rest.is_empty() && !ended.load(Ordering::Relaxed) {
            match stream.write(rest) {
                Ok(count) => rest = &rest[count..],
                Err(fault) if fault.kind() == std::io::ErrorKind::WouldBlock => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(_) => return,
            }
        }
        sent.fetch_add(messages, Ordering::Relaxed);
    }
}

#[test]
fn readings_that_nobody_waits_for_do_not_hold_up_a_kiosk() {
    judge("QoS 0 readings", 2, |daemon, number, ended, sent| {
        let stream = connect(daemon, number);
        let topic = format!("reception/v1/room/lobby/sensor/s{number}");
        let messages: Vec<u8> = (0..100)
            .flat_map(|n| publish_packet(&topic, format!(r#"{{"co2":{}}}"#, 500 + n).as_bytes(), None, false))
            .collect();
        pour(stream, &messages, 100, ended, sent);
    });
}

#[test]
fn publishes_of_one_who_never_waits_do_not_hold_up_a_kiosk() {
    judge("QoS 1 readings, PUBACKs never read", 2, |daemon, number, ended, sent| {
        let stream = connect(daemon, number);
        let topic = format!("reception/v1/room/lobby/sensor/s{number}");
        let messages: Vec<u8> = (1..=100)
            .flat_map(|n| publish_packet(&topic, format!(r#"{{"co2":{}}}"#, 500 + n).as_bytes(), Some(n), false))
            .collect();
        pour(stream, &messages, 100, ended, sent);
    });
}

#[test]
fn a_listener_that_never_reads_does_not_fill_the_memory() {
    judge("large messages to one who never reads", 2, |daemon, number, ended, sent| {
        let mut stream = connect(daemon, number);
        if number == 0 {
            // Subscribes to everything at QoS 1 and is never heard of again.
            stream.write_all(&[0x82, 6, 0, 9, 0, 1, b'#', 1]).unwrap();
            while !ended.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(20));
            }
            return;
        }
        let message = publish_packet("venue/camera", &vec![b'x'; 200_000], None, false);
        pour(stream, &message, 1, ended, sent);
    });
}
