//! The day's backup by itself, on a clock that makes a day of some seconds: made at its hour while the work goes on,
//! proved, rotated; and told when it cannot be made, until it can.

use std::path::Path;
use std::time::{Duration, Instant};

use portico::app::{App, Start};
use portico::clock::Clock;
use portico::config;
use portico::facts::{Fact, Kind, Reading, Report, Subject, Timestamp};
use portico::journal::backup::{Backup, kept};
use portico::journal::{Lane, Reader};
use tokio::runtime::Runtime;

use crate::support::Daemon;
use crate::{PATIENCE, until};

/// A day in about three seconds.
const SPEED: f64 = 30_000.0;

/// What the gateway said of its backups, oldest first.
fn said(reader: &Reader) -> Vec<serde_json::Value> {
    let rows = reader.read(Lane::Kind(Kind::Device), 0, 10_000, usize::MAX).unwrap().rows;
    let bodies = rows.iter().map(|row| serde_json::from_str::<serde_json::Value>(&row.body).unwrap());
    bodies.filter(|body| body["part"] == "backup").collect()
}

fn alerts(reader: &Reader) -> Vec<String> {
    let rows = reader.read(Lane::Kind(Kind::Alert), 0, 10_000, usize::MAX).unwrap().rows;
    let bodies = rows.iter().map(|row| serde_json::from_str::<serde_json::Value>(&row.body).unwrap());
    bodies.filter(|body| body["rule"] == "backup_old").map(|body| body["state"].as_str().unwrap().to_owned()).collect()
}

/// What is shown of the backups, once they stand so.
fn shown(daemon: &Daemon, ok: bool) -> serde_json::Value {
    until("the backups' standing is shown", || {
        let shown = daemon.get("/api/v1/system")["backup"].clone();
        (shown["ok"] == ok).then_some(shown)
    })
}

async fn start(dir: &Path, at: &str) -> App {
    let at: Timestamp = at.parse().unwrap();
    let path = dir.join("portico.toml");
    let loaded = config::load(&path, at).unwrap();
    let clock = Clock::scaled(at, Instant::now(), SPEED);
    App::start(Start { loaded, path: Some(path), clock: Some(clock) }).await.unwrap()
}

/// Keeps readings coming until `found` gives something.
async fn work<T>(app: &App, what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        let measures = serde_json::from_str(r#"{"temperature":22}"#).unwrap();
        let reading = Reading { room: "lobby".parse().unwrap(), sensor: "s1".parse().unwrap(), measures };
        let device: Subject = "sensor/lobby/s1".parse().unwrap();
        let report = Report { device, observed_at: None, fact: Fact::Reading(reading), awaited: true };
        app.recorder.submit(report).await.unwrap();
        if let Some(found) = found() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "{what}: not within {} s", PATIENCE.as_secs());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn every_day_has_its_backup_and_one_that_is_missing_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("stick");
    let daemon = Daemon::prepare(dir.path(), "[backup]\nat = \"04:00\"\nkeep = 2\ndir = \"stick\"");
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let app = start(dir.path(), "2026-11-25T03:00:00+08:00").await;
        let reader = Reader::open(&daemon.data()).unwrap();
        let made = work(&app, "three days have their backups", || {
            let said = said(&reader);
            (said.len() >= 3).then_some(said)
        })
        .await;
        assert!(made.iter().all(|said| said["state"] == "online"), "{made:?}");
        assert_eq!(alerts(&reader), [] as [String; 0]);
        let there = kept(&out).unwrap();
        assert_eq!(there.len(), 2, "the third has rotated the first away: {there:?}");
        for one in &there {
            let backup = Backup::open(&one.path).unwrap();
            let name = one.path.file_name().unwrap().to_str().unwrap();
            let told = made.iter().any(|said| said["reason"].as_str().unwrap().contains(name));
            // A fourth may have been made since.
            assert!(told || one == &there[0], "{name}: {made:?}");
            assert!(backup.attached("portico.toml").unwrap().is_some());
        }
        // The stick is pulled, and something else lies where it was.
        for pulled in 0.. {
            std::fs::rename(&out, dir.path().join(format!("pulled-{pulled}"))).unwrap();
            // Unless the gateway was quicker and has made the folder anew.
            if std::fs::write(&out, "no folder").is_ok() {
                break;
            }
        }
        work(&app, "the missing one is told", || alerts(&reader).contains(&"firing".to_owned()).then_some(())).await;
        let last = said(&reader).pop().unwrap();
        assert_eq!(last["state"], "offline");
        assert!(last["reason"].as_str().unwrap().contains("stick"), "{last}");
        let shown = shown(&daemon, false);
        assert!(shown["error"].as_str().unwrap().contains("stick") && shown["next_at"].is_string(), "{shown}");
        app.stop().await;

        // The gateway is off meanwhile, and the alert is still open after its start; once the stick is back, it is over.
        let newest = reader.read(Lane::All, reader.newest().unwrap() - 1, 1, usize::MAX).unwrap().rows;
        let app = start(dir.path(), &newest[0].received_at.to_string()).await;
        let told = said(&reader).iter().filter(|said| said["state"] == "offline").count();
        assert_eq!(told, 1, "told once");
        std::fs::remove_file(&out).unwrap();
        work(&app, "the alert is over", || (alerts(&reader).last()? == "resolved").then_some(())).await;
        assert!(!kept(&out).unwrap().is_empty());
        app.stop().await;
    });
    let (code, out, talk) = Daemon::command(&["verify", daemon.data().to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{talk}");
}

#[test]
fn a_gateway_that_was_off_at_the_hour_makes_it_up() {
    let dir = tempfile::tempdir().unwrap();
    let daemon = Daemon::prepare(dir.path(), "[backup]\nat = \"04:00\"");
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let app = start(dir.path(), "2026-11-25T05:00:00+08:00").await;
        app.stop().await;
        let reader = Reader::open(&daemon.data()).unwrap();
        assert_eq!(said(&reader).len(), 0, "a journal of one hour has none to make up");
        let app = start(dir.path(), "2026-11-26T09:00:00+08:00").await;
        let made = work(&app, "it is made up", || said(&reader).pop()).await;
        assert_eq!(made["state"], "online");
        let shown = shown(&daemon, true);
        assert!(shown["file"].as_str().unwrap().starts_with("portico-2026-11-"), "{shown}");
        assert!(shown["next_at"].as_str().unwrap() > shown["last_at"].as_str().unwrap(), "{shown}");
        app.stop().await;
        let first = kept(&daemon.data().join("backup")).unwrap().pop().unwrap();
        // Within the same day, on a clock at which a day is some seconds.
        let due: Timestamp = "2026-11-26T09:00:00+08:00".parse().unwrap();
        assert!(first.made_at >= due, "{first:?}");
    });
}
