//! How the daemon stops, what it refuses to start with, and what a SIGHUP changes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failure stops the test: that is what it is for.

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use portico::facts::Kind;
use portico::journal::{FILE_NAME, Lane, Reader};
use support::Daemon;
use support::mqtt::{Client, Packet};

/// Longer than anything here takes on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(30);

fn signal(daemon: &Daemon, name: &str) {
    let sent = Command::new("kill").args([name, &daemon.pid().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Waits until `done` gives something.
fn wait<T>(what: &str, daemon: &Daemon, mut done: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(value) = done() {
            return value;
        }
        assert!(begun.elapsed() < PATIENCE, "{what} does not come\n{}", daemon.log());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// How many entries of a kind there are.
fn count(daemon: &Daemon, kind: Kind) -> u64 {
    Reader::open(&daemon.data()).unwrap().backlog(Lane::Kind(kind), 0).unwrap()
}

/// How `portico run` ends on a folder that it should refuse.
fn refused(dir: &Path) -> (i32, String) {
    let (code, out, talk) = Daemon::command(&["run", "--config", dir.join("portico.toml").to_str().unwrap()]);
    assert_eq!(out, "");
    (code, talk)
}

fn open_stream(daemon: &Daemon) -> TcpStream {
    let mut stream = TcpStream::connect(daemon.http).unwrap();
    write!(stream, "GET /api/v1/stream HTTP/1.1\r\nHost: {}\r\n\r\n", daemon.http).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut first = [0; 16];
    stream.read_exact(&mut first).unwrap();
    assert!(first.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&first));
    stream
}

#[test]
fn a_stop_ends_in_time_and_keeps_what_it_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::start(dir.path(), "");
    let streams: Vec<TcpStream> = (0..5).map(|_| open_stream(&daemon)).collect();
    let mut idle: Vec<Client> = (0..5).map(|n| Client::plain(daemon.mqtt, &format!("idle-{n}")).unwrap()).collect();
    idle[0].subscribe("reception/v1/#").unwrap();
    let address = daemon.mqtt;
    let sensor = std::thread::spawn(move || {
        let mut client = Client::plain(address, "busy").unwrap();
        let mut acked = Vec::new();
        // It goes on until the gateway is gone.
        for n in 0.. {
            let payload = format!("{{\"scan_id\":\"S-{n}\",\"code\":\"G-1\"}}");
            match client.publish_and_wait("reception/v1/kiosk/K1/scan", payload.as_bytes()) {
                Ok(()) => acked.push(format!("S-{n}")),
                Err(_) => break,
            }
        }
        acked
    });
    wait("the first scans", &daemon, || (count(&daemon, Kind::Scan) >= 50).then_some(()));
    let begun = Instant::now();
    let status = daemon.stop();
    let took = begun.elapsed();
    assert!(status.success(), "{status}\n{}", daemon.log());
    assert!(took < Duration::from_secs(10), "the stop took {took:?}");
    let acked = sensor.join().unwrap();
    drop((streams, idle));
    let reader = Reader::open(&daemon.data()).unwrap();
    let kept: Vec<String> = reader
        .read(Lane::Kind(Kind::Scan), 0, usize::MAX >> 1, usize::MAX)
        .unwrap()
        .rows
        .iter()
        .map(|row| {
            serde_json::from_str::<serde_json::Value>(&row.body).unwrap()["scan_id"].as_str().unwrap().to_owned()
        })
        .collect();
    println!("{} acknowledged, {} kept, stopped within {took:?}", acked.len(), kept.len());
    assert!(acked.iter().eq(kept.iter().take(acked.len())), "acknowledged and not kept");
    let (code, out, talk) = Daemon::command(&["verify", daemon.data().to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{talk}");
}

#[test]
fn a_signal_during_the_start_is_not_lost() {
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::prepare(dir.path(), "");
    for round in 0..8 {
        daemon.spawn();
        daemon.wait_ready();
        if round % 2 == 0 {
            signal(&daemon, "-HUP");
        }
        let status = daemon.stop();
        assert!(status.success(), "{status}\n{}", daemon.log());
    }
}

#[test]
fn a_second_daemon_on_the_same_data_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let first = Daemon::start(dir.path(), "");
    let second = dir.path().join("second");
    let daemon = Daemon::prepare(&second, "");
    let config = std::fs::read_to_string(second.join("portico.toml")).unwrap();
    std::fs::write(second.join("portico.toml"), config.replace("dir = \"data\"", "dir = \"../data\"")).unwrap();
    let (code, talk) = refused(&second);
    assert_eq!(code, 1, "{talk}");
    assert!(talk.contains("another portico is running on"), "{talk}");
    assert!(talk.contains("stop it first, or use another data folder"), "{talk}");
    drop(daemon);
    assert_eq!(first.get("/api/v1/overview")["site"]["id"], "test", "the first one goes on");
}

#[test]
fn a_journal_of_a_newer_version_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::start(dir.path(), "");
    assert!(daemon.stop().success());
    let database = daemon.data().join(FILE_NAME);
    let conn = rusqlite::Connection::open(&database).unwrap();
    conn.pragma_update(None, "user_version", 99).unwrap();
    drop(conn);
    for args in [vec!["run", "--config"], vec!["verify", "--config"], vec!["replay", "--config"]] {
        let config = dir.path().join("portico.toml");
        let (code, out, talk) = Daemon::command(&[&args[..], &[config.to_str().unwrap()]].concat());
        assert_eq!((code, out.as_str()), (1, ""), "{args:?} {talk}");
        assert!(talk.contains("has schema 99, but this version knows only up to"), "{args:?} {talk}");
        assert!(talk.contains("install the newer version again"), "{args:?} {talk}");
    }
}

#[test]
fn a_port_that_is_taken_is_told_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let daemon = Daemon::prepare(dir.path(), "");
    for (address, word) in [(daemon.http, "cannot listen for HTTP on"), (daemon.mqtt, "cannot listen for MQTT on")] {
        let taken = std::net::TcpListener::bind(address).unwrap();
        let (code, talk) = refused(dir.path());
        assert_eq!(code, 1, "{talk}");
        assert!(talk.contains(&format!("error: {word} {address}")), "{talk}");
        assert!(!talk.contains("panicked"), "{talk}");
        drop(taken);
    }
    let (code, out, talk) = Daemon::command(&["verify", daemon.data().to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{talk}");
}

#[test]
fn an_address_that_others_could_reach_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    for (section, port) in [("web", 8080), ("mqtt.listener", 1883)] {
        for host in ["0.0.0.0", "192.0.2.7", "[::]"] {
            let config = format!("[{section}]\nbind = \"{host}:{port}\"\n");
            std::fs::write(dir.path().join("portico.toml"), config).unwrap();
            let (code, talk) = refused(dir.path());
            let ip = host.trim_matches(['[', ']']);
            assert_eq!(code, 64, "{section} {host}: {talk}");
            assert!(
                talk.contains(&format!("{ip} is not a loopback address, and there are no users in this version")),
                "{talk}"
            );
            assert!(talk.contains("portico.toml:2:8"), "{talk}");
            assert!(!dir.path().join("data").exists(), "nothing is made by what is refused");
        }
    }
}

/// A guest who should have been here so many minutes ago, and more rows.
fn plan(minutes_ago: i64, more: &str) -> String {
    let due = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(minutes_ago);
    let due = jiff::Timestamp::from_millisecond(due.as_millisecond()).unwrap();
    format!("code,name,tier,expected_at\nG-1,Guest,guest,{due}\n{more}")
}

fn late_alerts(daemon: &Daemon) -> Vec<serde_json::Value> {
    let alerts = daemon.get("/api/v1/alerts?state=all");
    let list = alerts["alerts"].as_array().or_else(|| alerts.as_array()).unwrap_or_else(|| panic!("{alerts}")).clone();
    list.into_iter().filter(|alert| alert["rule"] == "late_arrival").collect()
}

#[test]
fn a_reload_takes_a_good_file_and_refuses_a_bad_one() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("plan.csv"), plan(10, "")).unwrap();
    let mut daemon = Daemon::start(dir.path(), "[rules.late_arrival]\ngrace = \"60m\"");
    let file = dir.path().join("portico.toml");
    let good = std::fs::read_to_string(&file).unwrap();
    let log = dir.path().join("log.txt");
    let told = |word: &str| std::fs::read_to_string(&log).unwrap().matches(word).count();
    assert_eq!((late_alerts(&daemon), count(&daemon, Kind::Plan)), (Vec::new(), 1));

    std::fs::write(&file, good.replace("grace = \"60m\"", "grace = \"5 parsecs\"\nseverty = \"info\"")).unwrap();
    signal(&daemon, "-HUP");
    wait("the refusal", &daemon, || (told("is refused; the old one stays") == 2).then_some(()));
    assert!(
        told("\"grace\" is not a duration") == 1 && told("unknown key \"severty\"") == 1,
        "both faults are told\n{}",
        daemon.log()
    );
    assert_eq!(late_alerts(&daemon), Vec::<serde_json::Value>::new());
    assert_eq!(count(&daemon, Kind::Command), 1, "the rules of the start alone");

    std::fs::write(&file, good.replace("60m", "5m")).unwrap();
    signal(&daemon, "-HUP");
    let alert = wait("the alert by the new grace", &daemon, || late_alerts(&daemon).pop());
    assert_eq!((alert["subject"].as_str(), alert["state"].as_str()), (Some("guest/G-1"), Some("firing")), "{alert}");
    wait("the word that it is done", &daemon, || (told("are read again") == 1).then_some(()));

    // A plan that cannot be read changes nothing; one that can takes the place of the old one.
    std::fs::write(dir.path().join("plan.csv"), "code,name,tier\nG-1,Guest,emperor\n").unwrap();
    signal(&daemon, "-HUP");
    wait("the refusal of the plan", &daemon, || (told("emperor") > 0).then_some(()));
    assert_eq!(count(&daemon, Kind::Plan), 1);
    std::fs::write(dir.path().join("plan.csv"), plan(2, "G-2,Newcomer,guest,\n")).unwrap();
    signal(&daemon, "-HUP");
    wait("the end of the alert", &daemon, || {
        late_alerts(&daemon).pop().filter(|alert| alert["resolution"] == "plan_changed")
    });
    assert_eq!(count(&daemon, Kind::Plan), 2);
    let mut kiosk = Client::plain(daemon.mqtt, "K1").unwrap();
    kiosk.subscribe("reception/v1/kiosk/K1/verdict").unwrap();
    kiosk.publish("reception/v1/kiosk/K1/scan", br#"{"scan_id":"1","code":"G-2"}"#).unwrap();
    let answer = wait("the verdict", &daemon, || match kiosk.wait(Duration::from_secs(1)).unwrap() {
        Some(Packet::Publish { payload, .. }) => Some(String::from_utf8(payload).unwrap()),
        Some(_) | None => None,
    });
    assert!(answer.contains("\"verdict\":\"admit\"") && answer.contains("Newcomer"), "{answer}");
    assert!(daemon.stop().success());
    let (code, out, talk) = Daemon::command(&["verify", daemon.data().to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{talk}");
}
