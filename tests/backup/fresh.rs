//! A machine is lost: another one goes on from the backup and shows the same day; and nothing newer is ever overwritten.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::support::mqtt::Client;
use crate::support::{Daemon, Ends};
use crate::until;

const RULES: &str = "[rules.room_climate]\nhold = \"1s\"\n[plan]\nfile = \"plan.csv\"";
const PLAN: &str = "code,name,tier,expected_at,place,host\n\
    G-1,Ada Example,vip,2026-01-01T00:00:00Z,Lobby,Host One\n\
    G-2,Ben Example,guest,2026-01-01T00:00:00Z,Lobby,Host Two\n";

/// A gateway that has had something of a day: guests in and out, an alert that somebody works on, one that is over.
fn busy(dir: &Path) -> Daemon {
    std::fs::create_dir_all(dir).unwrap();
    std::fs::write(dir.join("plan.csv"), PLAN.replace("2026-01-01T00:00:00Z", &soon())).unwrap();
    let mut daemon = Daemon::prepare(dir, RULES);
    daemon.in_noon_zone();
    daemon.run();
    let mut device = Client::plain(daemon.mqtt, "all").unwrap();
    for (number, code) in ["G-1", "X-9", "G-2"].into_iter().enumerate() {
        let scan = format!(r#"{{"scan_id":"K01-{number}","code":"{code}"}}"#);
        device.publish_and_wait("reception/v1/kiosk/K01/scan", scan.as_bytes()).unwrap();
    }
    for (room, temperature) in [("lobby", 31.5), ("hall", 22.5), ("gallery", 30.0)] {
        let reading = format!(r#"{{"temperature":{temperature},"co2":700}}"#);
        device.publish_and_wait(&format!("reception/v1/room/{room}/sensor/s1"), reading.as_bytes()).unwrap();
    }
    let position = br#"{"lat":31.24303,"lon":121.47175,"speed_kmh":23.0,"course":87.0}"#;
    device.publish_and_wait("reception/v1/vehicle/car-1/position", position).unwrap();
    let alerts = until("two rooms are too warm", || {
        let alerts = daemon.get("/api/v1/alerts?state=open")["alerts"].as_array().unwrap().clone();
        let firing = |alert: &&Value| alert["state"] == "firing" && alert["rule"] == "room_climate";
        (alerts.iter().filter(firing).count() == 2).then_some(alerts)
    });
    let id = alerts[0]["id"].as_str().unwrap();
    let (status, told) =
        daemon.post(&format!("/api/v1/alerts/{id}/acknowledge"), r#"{"by":"desk","note":"door opened"}"#);
    assert_eq!(status, 200, "{told}");
    daemon
}

fn soon() -> String {
    (jiff::Timestamp::now() + jiff::SignedDuration::from_mins(1)).to_string()
}

/// `portico backup` on this gateway's configuration; gives the file.
fn back_up(dir: &Path) -> PathBuf {
    let (code, out, talk) = Daemon::command(&["backup", "--config", dir.join("portico.toml").to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{talk}");
    assert!(out.contains("proved"), "{out}");
    PathBuf::from(out.lines().next().unwrap())
}

fn restore(file: &Path, dir: &Path, more: &[&str]) -> (i32, String, String) {
    let config = dir.join("portico.toml");
    let args = ["restore", file.to_str().unwrap(), "--config", config.to_str().unwrap()];
    Daemon::command(&[&args[..], more].concat())
}

/// What the dashboard shows of the day: all but the numbers and moments of the machine itself.
fn shown(overview: &Value) -> Value {
    let mut shown = overview.clone();
    let all = shown.as_object_mut().unwrap();
    for of_the_machine in ["seq", "now", "clock", "upstream", "epoch"] {
        all.remove(of_the_machine);
    }
    shown
}

fn head(data: &Path) -> Value {
    let (code, out, talk) = Daemon::command(&["verify", "--json", data.to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{talk}");
    serde_json::from_str(&out).unwrap()
}

#[test]
fn a_fresh_machine_shows_the_same_day_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let (here, there) = (dir.path().join("here"), dir.path().join("there"));
    let daemon = busy(&here);
    let before = shown(&daemon.get("/api/v1/overview"));
    let file = back_up(&here);
    assert_eq!(shown(&daemon.get("/api/v1/overview")), before, "nothing was said meanwhile");
    // The machine is gone. The fresh one has the program and the backup, nothing else; its ports are free.
    let mut fresh = daemon.moved_to(&there);
    let (code, out, talk) = restore(&file, &there, &[]);
    assert_eq!(code, 0, "{out}{talk}");
    for written in ["portico.toml", "plan.csv"] {
        let both = [&here, &there].map(|dir| std::fs::read(dir.join(written)).unwrap());
        assert_eq!(both[0], both[1], "{written}");
    }
    fresh.run();
    assert_eq!(shown(&fresh.get("/api/v1/overview")), before);
    // The same scan again is known; a new one gets a number of its own.
    let mut kiosk = Client::plain(fresh.mqtt, "K01").unwrap();
    let scans = |fresh: &Daemon| fresh.get("/api/v1/journal?limit=1000&kind=scan")["entries"].as_array().unwrap().len();
    kiosk.publish_and_wait("reception/v1/kiosk/K01/scan", br#"{"scan_id":"K01-0","code":"G-1"}"#).unwrap();
    assert_eq!(scans(&fresh), 3);
    kiosk.publish_and_wait("reception/v1/kiosk/K01/scan", br#"{"scan_id":"K01-9","code":"G-2"}"#).unwrap();
    assert_eq!(scans(&fresh), 4);
    assert!(fresh.stop().success());
    let proved = head(&there.join("data"));

    // It holds what the backup does not: nothing is overwritten.
    let (code, out, talk) = restore(&file, &there, &[]);
    assert_eq!(code, 1, "{out}{talk}");
    assert!(talk.contains("nothing was changed") && talk.contains("--set-aside"), "{talk}");
    assert_eq!(head(&there.join("data")), proved);
    // Told to, the newer journal is kept, whole, and the backup takes its place.
    let (code, out, talk) = restore(&file, &there, &["--set-aside"]);
    assert_eq!(code, 0, "{out}{talk}");
    assert!(out.contains("what was there before is kept as"), "{out}");
    fresh.run();
    assert_eq!(shown(&fresh.get("/api/v1/overview")), before);
    assert!(fresh.stop().success());
    head(&there.join("data"));
    let aside = std::fs::read_dir(there.join("data")).unwrap().map(|entry| entry.unwrap().path());
    let aside: Vec<PathBuf> = aside.filter(|path| path.to_string_lossy().contains("set-aside")).collect();
    assert_eq!(aside.len(), 1, "{aside:?}");
    let again = dir.path().join("again");
    std::fs::create_dir_all(&again).unwrap();
    std::fs::copy(&aside[0], again.join("portico.db")).unwrap();
    assert_eq!(head(&again), proved);
}

#[test]
fn a_backup_under_load_is_one_moment_of_the_day() {
    let dir = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(dir.path(), "");
    let ended = AtomicBool::new(false);
    let files: Vec<PathBuf> = std::thread::scope(|scope| {
        for number in 0..2 {
            let (mqtt, ended) = (daemon.mqtt, &ended);
            scope.spawn(move || {
                let name = format!("K0{number}");
                let mut kiosk = Client::plain(mqtt, &name).unwrap();
                for scan in 0.. {
                    if ended.load(Ordering::Relaxed) {
                        return;
                    }
                    let payload = format!(r#"{{"scan_id":"{name}-{scan}","code":"X-1"}}"#);
                    kiosk.publish_and_wait(&format!("reception/v1/kiosk/{name}/scan"), payload.as_bytes()).unwrap();
                }
            });
        }
        let ends = Ends(&ended);
        let made = (0..3).map(|_| {
            std::thread::sleep(Duration::from_millis(1_100));
            back_up(dir.path())
        });
        let made = made.collect();
        drop(ends);
        made
    });
    let mut before = 0;
    for (number, file) in files.iter().enumerate() {
        let there = dir.path().join(format!("there-{number}"));
        std::fs::create_dir_all(&there).unwrap();
        std::fs::copy(dir.path().join("portico.toml"), there.join("portico.toml")).unwrap();
        let (code, out, talk) = restore(file, &there, &[]);
        assert_eq!(code, 0, "{out}{talk}");
        let entries = head(&there.join("data"))["entries"].as_u64().unwrap();
        assert!(entries > before, "backup {number} holds {entries} entries, the one before {before}");
        before = entries;
    }
    println!("{before} entries at the last backup, {} now", head_of(&daemon));
}

fn head_of(daemon: &Daemon) -> Value {
    daemon.get("/api/v1/overview")["seq"].clone()
}
