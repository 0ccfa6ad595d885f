//! The whole daemon at a budget that is spent on what is never given up: devices are not acknowledged, people are told.

use std::fs;
use std::time::{Duration, Instant};

use portico::facts::{Command, Entry, Fact, Kind, Subject, Timestamp};
use portico::journal::{Journal, Lane, Reader};

use super::support::Daemon;
use super::support::mqtt::Client;

const BUDGET: u64 = 8 << 20;
const PATIENCE: Duration = Duration::from_secs(30);

/// A journal nearly full of what people wrote.
fn fill(daemon: &Daemon) {
    let mut journal = Journal::open(&daemon.data(), || "full".to_owned()).unwrap();
    let text = "0123456789".repeat(190);
    let received_at = Timestamp::from_millis(1_795_000_000_000);
    while journal.used().unwrap() < BUDGET - BUDGET / 64 {
        let mut batch = journal.begin().unwrap();
        for _ in 0..20 {
            let note = Command::Note {
                alert: "A-1".parse().unwrap(),
                by: "li".parse().unwrap(),
                text: Some(text.clone()),
                findings: Box::default(),
            };
            let (seq, subject, device) = (batch.next_seq(), Subject::Gateway, Subject::Gateway);
            let fact = Fact::Command(note);
            batch.append(&Entry { seq, subject, device, observed_at: None, received_at, fact }).unwrap();
        }
        batch.commit().unwrap();
    }
}

fn post_scan(daemon: &Daemon, number: u64) -> (u16, String) {
    let filler = "x".repeat(40);
    let body = format!(
        r#"{{"scan_id":"S-{number}-{filler}","code":"G-{number}-{filler}","kiosk":"K-{filler}","point":"p-{filler}"}}"#
    );
    daemon.request("POST", "/api/v1/scans", Some(&body))
}

#[test]
fn at_a_spent_budget_no_device_is_acknowledged_people_are_told_and_more_budget_mends_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::prepare(dir.path(), "");
    let file = dir.path().join("portico.toml");
    let config = fs::read_to_string(&file).unwrap();
    let with = |budget: &str| fs::write(&file, config.replace("[data]\n", &format!("[data]\nbudget = \"{budget}\"\n")));
    with("8MiB").unwrap();
    fill(&daemon);
    daemon.run();
    let mut kept = Vec::new();
    let begun = Instant::now();
    let refusal = loop {
        let number = kept.len() as u64;
        let (status, answer) = post_scan(&daemon, number);
        if status >= 300 {
            break (status, answer);
        }
        kept.push(number);
        assert!(begun.elapsed() < PATIENCE, "{} scans are kept, and it is not full", kept.len());
    };
    assert_eq!(refusal.0, 503, "{}", refusal.1);
    assert!(refusal.1.contains("data budget of 8 MiB is spent"), "{}", refusal.1);
    let (status, ready) = daemon.request("GET", "/readyz", None);
    assert!(status == 503 && ready.contains("data budget"), "{status} {ready}");
    let alerts = daemon.get("/api/v1/overview")["alerts"].to_string();
    assert!(alerts.contains("disk_low") && alerts.contains("raise data.budget"), "{alerts}");
    let mut kiosk = Client::plain(daemon.mqtt, "K01").unwrap();
    let told = kiosk.publish_and_wait("reception/v1/kiosk/K01/scan", br#"{"scan_id":"M-1","code":"G-1"}"#);
    assert!(told.is_err(), "a scan that is not kept was acknowledged");
    // A plan is a person's order, and is taken whoever signs it.
    let (status, taken) = daemon.request("PUT", "/api/v1/plan?file=plan.csv&by=desk", Some("code\nG-1\n"));
    assert!(status == 200 && taken.contains("\"replaced\":true"), "{status} {taken}");
    assert!(daemon.stop().success());
    with("64MiB").unwrap();
    daemon.run();
    let mut kiosk = Client::plain(daemon.mqtt, "K01").unwrap();
    kiosk.publish_and_wait("reception/v1/kiosk/K01/scan", br#"{"scan_id":"M-1","code":"G-1"}"#).unwrap();
    assert_eq!(daemon.request("GET", "/readyz", None).0, 200);
    assert!(daemon.stop().success());
    let rows = Reader::open(&daemon.data()).unwrap().read(Lane::Kind(Kind::Scan), 0, 1 << 20, usize::MAX).unwrap().rows;
    let held = |id: &str| rows.iter().filter(|row| row.body.contains(id)).count();
    for number in &kept {
        assert_eq!(held(&format!("\"S-{number}-")), 1, "scan {number}");
    }
    assert_eq!(held("\"M-1\""), 1);
    println!("{} scans were kept before the budget was spent, all of them are there", kept.len());
}
