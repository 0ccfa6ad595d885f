//! Through an existing broker: what happens when either side goes away. Nothing that the broker has acknowledged to a
//! device is missing afterwards, and nothing stands in the journal twice.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::mosquitto::Mosquitto;
use crate::support::{Daemon, Dice, mqtt::Client, seed};
use crate::{PATIENCE, counter, gateway, hears, scan, scans, until};

const LOST: &str = r#"portico_sessions_lost_total{link="broker:portico-test"}"#;
const UP: &str = r#"portico_link_up{link="broker:portico-test"}"#;

/// Waits until every one of these scans is in the journal, and that each is there once.
fn all_once(daemon: &Daemon, ids: &[String]) {
    let begun = Instant::now();
    let there = loop {
        let there = scans(daemon);
        let missing: Vec<_> = ids.iter().filter(|id| !there.contains_key(*id)).collect();
        if missing.is_empty() {
            break there;
        }
        let few: Vec<_> = missing.iter().take(5).collect();
        assert!(begun.elapsed() < PATIENCE, "{} missing, as {few:?}\n{}", missing.len(), daemon.log());
        std::thread::sleep(Duration::from_millis(50));
    };
    let twice: Vec<_> = there.iter().filter(|(_, count)| **count != 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

fn ids(word: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{word}-{number}")).collect()
}

fn scan_all(client: &mut Client, ids: &[String]) {
    for id in ids {
        scan(client, "K01", id);
    }
}

#[test]
fn what_came_while_we_were_away_waits_for_us() {
    let Some(mut broker) = Mosquitto::start("") else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = gateway(dir.path(), &broker, "");
    let mut kiosk = broker.client("K01");
    kiosk.subscribe("reception/v1/kiosk/K01/verdict").unwrap();
    assert!(daemon.stop().success());
    let away = ids("away", 50);
    scan_all(&mut kiosk, &away);
    // The broker's machine restarts, too, before we are back.
    broker.stop();
    broker.run();
    let mut kiosk = broker.client("K01");
    kiosk.subscribe("reception/v1/kiosk/K01/verdict").unwrap();
    daemon.run();
    all_once(&daemon, &away);
    let mut answered = BTreeSet::new();
    while answered.len() < away.len() {
        if let Some(crate::support::mqtt::Packet::Publish { payload, .. }) = kiosk.wait(PATIENCE).unwrap() {
            let verdict: serde_json::Value = serde_json::from_slice(&payload).unwrap();
            answered.insert(verdict["scan_id"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(answered, away.into_iter().collect());
    assert_eq!(counter(&daemon, LOST), 0);
}

#[test]
fn killed_under_load_nothing_is_missing_and_nothing_is_twice() {
    let Some(broker) = Mosquitto::start("") else { return };
    let seed = seed();
    println!("PORTICO_SEED={seed}");
    let mut dice = Dice::new(seed);
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = gateway(dir.path(), &broker, "");
    let all = ids("load", 2_000);
    let load = {
        let (mut kiosk, all) = (broker.client("K01"), all.clone());
        std::thread::spawn(move || {
            for burst in all.chunks(20) {
                for id in burst {
                    let payload = format!(r#"{{"scan_id":"{id}","code":"X-1"}}"#);
                    kiosk.publish("reception/v1/kiosk/K01/scan", payload.as_bytes()).unwrap();
                }
                // Acknowledged in order: with this one the broker has them all.
                scan(&mut kiosk, "K02", &format!("after-{}", burst[0]));
                // Spread over several lives of the gateway.
                std::thread::sleep(Duration::from_millis(30));
            }
        })
    };
    let (mut killed, mut repeated) = (0, 0);
    while !load.is_finished() {
        std::thread::sleep(Duration::from_millis(50 + dice.roll(300)));
        repeated += counter(&daemon, "portico_duplicates_total{kind=\"scan\"}");
        daemon.kill();
        killed += 1;
        daemon.run();
    }
    load.join().unwrap();
    all_once(&daemon, &all);
    repeated += counter(&daemon, "portico_duplicates_total{kind=\"scan\"}");
    println!("{} scans, killed {killed} times, {repeated} came again", all.len());
    assert!(daemon.stop().success());
    let (code, out, err) = Daemon::command(&["verify", daemon.data().to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{err}");
}

#[test]
fn a_broker_that_remembers_is_taken_up_where_it_was() {
    let Some(mut broker) = Mosquitto::start("") else { return };
    let dir = tempfile::tempdir().unwrap();
    let daemon = gateway(dir.path(), &broker, "");
    let before = ids("before", 20);
    scan_all(&mut broker.client("K01"), &before);
    broker.stop();
    until("the link is down", || (counter(&daemon, UP) == 0).then_some(()));
    broker.run();
    // Whether or not we are back already: the broker keeps it for us.
    let after = ids("after", 20);
    scan_all(&mut broker.client("K01"), &after);
    all_once(&daemon, &[before, after].concat());
    assert_eq!(counter(&daemon, LOST), 0, "the session was kept");
    until("the link is up", || (counter(&daemon, UP) == 1).then_some(()));
    assert_eq!(counter(&daemon, r#"portico_links_lost_total{link="broker:portico-test"}"#), 1);
    // Said once each way.
    let said = |state: &str| {
        let all = daemon.journal("device");
        all.iter().filter(|e| e["subject"] == "link/broker:portico-test" && e["body"]["state"] == state).count()
    };
    assert_eq!((said("online"), said("offline")), (2, 1));
}

#[test]
fn a_broker_that_forgot_us_is_told_and_subscribed_to_again() {
    // One whose disk was lost, and one that keeps nothing on disk and is restarted in good order.
    let Some(broker) = Mosquitto::start("") else { return };
    forgotten(broker, Mosquitto::forget);
    let Some(broker) = Mosquitto::start("persistence false") else { return };
    forgotten(broker, Mosquitto::stop);
}

fn forgotten(mut broker: Mosquitto, end: impl Fn(&mut Mosquitto)) {
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = gateway(dir.path(), &broker, "");
    let before = ids("before", 20);
    scan_all(&mut broker.client("K01"), &before);
    all_once(&daemon, &before);
    assert_eq!(counter(&daemon, LOST), 0, "the first time there was nothing to lose");
    end(&mut broker);
    broker.run();
    hears(&daemon, &broker, "again");
    assert_eq!(counter(&daemon, LOST), 1);
    let after = ids("after", 20);
    scan_all(&mut broker.client("K01"), &after);
    all_once(&daemon, &[before, after].concat());
    let told = daemon.journal("device");
    let last = told.iter().rfind(|entry| entry["subject"] == "link/broker:portico-test").unwrap();
    assert_eq!(last["body"]["state"], "online");
    assert!(last["body"]["reason"].as_str().unwrap().contains("has forgotten our session"), "{last}");

    // Also when we were away ourselves meanwhile: the journal knows that there was a session.
    assert!(daemon.stop().success());
    end(&mut broker);
    broker.run();
    daemon.run();
    until("the lost session is counted", || (counter(&daemon, LOST) == 1).then_some(()));
}
