//! A kiosk that comes back under its own id while the broker still holds its last connection: it is let in by the first
//! answer, every time, and its last connection's will does not speak over it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::mqtt::{Client, Hello, Packet, publish_packet};
use crate::support::proxy::Proxy;
use crate::support::{Daemon, Dice, seed};
use crate::{asked_for, until};

const STATUS: &str = "reception/v1/kiosk/K01/status";
const SCAN: &str = "reception/v1/kiosk/K01/scan";
/// No client gives up sooner.
const AT_ONCE: Duration = Duration::from_secs(3);

fn hello(clean: bool, will: bool) -> Hello<'static> {
    Hello { client_id: "K01", clean, keep_alive_s: 60, will: will.then_some((STATUS, "offline", true)) }
}

fn say(kiosk: &mut Client, status: &str) {
    kiosk.send(&publish_packet(STATUS, status.as_bytes(), Some(1), true)).unwrap();
    assert_eq!(kiosk.wait(Duration::from_secs(10)).unwrap(), Some(Packet::PubAck(1)));
}

/// What the kiosk last said of itself, in the journal and to somebody who asks the broker now.
fn last_word(daemon: &Daemon) -> (serde_json::Value, String) {
    let entries = daemon.journal("device");
    let told = entries.iter().rfind(|entry| entry["subject"] == "kiosk/K01").unwrap()["body"]["state"].clone();
    let mut newcomer = Client::plain(daemon.mqtt, "newcomer").unwrap();
    newcomer.subscribe(STATUS).unwrap();
    match newcomer.wait(Duration::from_secs(10)).unwrap() {
        Some(Packet::Publish { payload, .. }) => (told, String::from_utf8(payload).unwrap()),
        other => panic!("no retained status but {other:?}"),
    }
}

#[test]
fn a_half_open_connection_is_taken_over_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(dir.path(), "");
    let network = Proxy::before(daemon.mqtt);
    for (round, (clean, will)) in [(true, true), (false, true), (true, false), (false, false)].into_iter().enumerate() {
        let mut lost = Client::connect(network.address, &hello(clean, will)).unwrap();
        lost.subscribe("reception/v1/kiosk/K01/verdict").unwrap();
        say(&mut lost, "online");
        // The Wi-Fi drops: for the broker the connection is as open as ever.
        network.go_away();
        let begun = Instant::now();
        let mut back = Client::connect(daemon.mqtt, &hello(clean, will)).unwrap();
        let took = begun.elapsed();
        println!("clean {clean}, will {will}: let in after {} ms", took.as_millis());
        assert!(took < AT_ONCE, "let in after {took:?}");
        say(&mut back, "online");
        back.publish_and_wait(SCAN, format!(r#"{{"scan_id":"K01-{round}","code":"X-1"}}"#).as_bytes()).unwrap();
        assert_eq!(last_word(&daemon), (json!("online"), "online".to_owned()));
        drop((lost, back));
        network.come_back();
    }
}

#[test]
fn who_comes_back_while_the_last_connection_ends_is_never_refused() {
    let seed = seed();
    println!("PORTICO_SEED={seed}");
    let mut dice = Dice::new(seed);
    let rounds = asked_for("PORTICO_LINK_ROUNDS", 150);
    let dir = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(dir.path(), "");
    let (mut refused, mut slowest) = (Vec::new(), Duration::ZERO);
    let mut last = None::<Client>;
    for round in 0..rounds {
        let (clean, will) = (dice.roll(3) > 0, dice.roll(3) > 0);
        // The end and the return meet at every distance, from before the broker sees the end to after it has cleaned up.
        if dice.roll(2) > 0 {
            drop(last.take());
            std::thread::sleep(Duration::from_micros(dice.roll(3_000)));
        }
        let begun = Instant::now();
        match Client::connect(daemon.mqtt, &hello(clean, will)) {
            Ok(mut kiosk) => {
                slowest = slowest.max(begun.elapsed());
                say(&mut kiosk, "online");
                let _before = last.replace(kiosk);
            }
            Err(fault) => refused.push(format!("round {round}, clean {clean}, will {will}: {fault}")),
        }
    }
    println!("{rounds} returns, the slowest in {} ms", slowest.as_millis());
    assert!(refused.is_empty(), "{} of {rounds} refused: {refused:#?}", refused.len());
    assert!(slowest < AT_ONCE, "let in after {slowest:?}");
    until("the kiosk's own word is the last", || {
        (last_word(&daemon) == (json!("online"), "online".to_owned())).then_some(())
    });
}

#[test]
fn attempts_at_the_same_time_are_all_let_in() {
    let dir = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(dir.path(), "");
    let refused = Arc::new(AtomicUsize::new(0));
    let attempts: Vec<_> = (0..4)
        .map(|_| {
            let (mqtt, refused) = (daemon.mqtt, Arc::clone(&refused));
            std::thread::spawn(move || {
                for _ in 0..25 {
                    if let Err(fault) = Client::connect(mqtt, &hello(false, true)) {
                        println!("{fault}");
                        refused.fetch_add(1, Ordering::Relaxed);
                    }
                }
            })
        })
        .collect();
    for attempt in attempts {
        attempt.join().unwrap();
    }
    assert_eq!(refused.load(Ordering::Relaxed), 0);
    // And whoever comes last stays.
    let mut kiosk = Client::connect(daemon.mqtt, &hello(true, true)).unwrap();
    say(&mut kiosk, "online");
    assert_eq!(last_word(&daemon), (json!("online"), "online".to_owned()));
}
