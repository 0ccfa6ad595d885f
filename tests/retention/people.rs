//! Names are erased when their time is over, from every byte of the data folder, and what happened stays proven.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use portico::app::{App, Start};
use portico::clock::Clock;
use portico::config;
use portico::facts::{Span, Timestamp};

use super::support::Daemon;

const PATIENCE: Duration = Duration::from_mins(1);
/// Long enough to need pages of its own.
const GONE: &str = "Zhang Weimin of the Erasable Names";
const STAYS: &str = "Li Hua of the Lasting Names";

/// How many files of the data folder hold this text.
fn holding(data: &Path, text: &str) -> usize {
    let files = fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let holds =
        |path: &std::path::PathBuf| fs::read(path).unwrap().windows(text.len()).any(|bytes| bytes == text.as_bytes());
    files.filter(holds).count()
}

async fn start(dir: &Path, at: Timestamp) -> (App, Clock) {
    let clock = Clock::manual(at);
    let path = dir.join("portico.toml");
    let loaded = config::load(&path, at).unwrap();
    (App::start(Start { loaded, path: Some(path), clock: Some(clock.clone()) }).await.unwrap(), clock)
}

/// What a kiosk shows to who comes with this code.
async fn shown(app: &App, code: &str) -> String {
    static SCANS: AtomicU64 = AtomicU64::new(0);
    let number = SCANS.fetch_add(1, Ordering::Relaxed);
    let body = format!(r#"{{"scan_id":"K-{number}","code":"{code}","kiosk":"K01"}}"#);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.post(format!("http://{}/api/v1/scans", app.http)).header("content-type", "application/json");
    request.body(body).send().await.unwrap().error_for_status().unwrap().text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_byte_of_a_name_is_left_when_its_time_is_over() {
    let _already = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let (dir, data) = (folder.path(), folder.path().join("data"));
    let begin: Timestamp = "2026-11-23T01:00:00Z".parse().unwrap();
    let mut plan = String::from("code,name,tier,organisation,expected_at,host\n");
    for n in 0..40 {
        writeln!(plan, "G-{n},{GONE} {n},guest,Erasable Names & Sons,2026-11-23 12:00,{GONE}").unwrap();
        writeln!(plan, "S-{n},{STAYS} {n},vip,,2026-12-05 12:00,").unwrap();
    }
    fs::write(dir.join("plan.csv"), plan).unwrap();
    let text = "[site]\nid = \"t\"\nname = \"T\"\ntime_zone = \"Asia/Shanghai\"\nlanguage = \"en\"\n[data]\ndir = \"data\"\n\
                personal_data_days = 7\n[web]\nbind = \"127.0.0.1:0\"\n[mqtt.listener]\nbind = \"127.0.0.1:0\"\n";
    fs::write(dir.join("portico.toml"), text).unwrap();
    let (app, clock) = start(dir, begin).await;
    assert!(holding(&data, GONE) > 0 && holding(&data, STAYS) > 0);
    assert!(shown(&app, "G-1").await.contains(GONE));
    // The seventh day after the day of the visit is not over.
    clock.set(begin.plus(Span::from_secs(7 * 86_400)));
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(holding(&data, GONE) > 0);
    clock.set(begin.plus(Span::from_secs(8 * 86_400)));
    let asked = Instant::now();
    while holding(&data, "Erasable Names") > 0 || shown(&app, "G-1").await.contains("Erasable Names") {
        assert!(asked.elapsed() < PATIENCE, "{} files still hold the name", holding(&data, "Erasable Names"));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(holding(&data, STAYS) > 0);
    assert!(shown(&app, "S-1").await.contains(STAYS));
    app.stop().await;
    // The plan file still holds them; read again it brings none back.
    let (app, _) = start(dir, begin.plus(Span::from_secs(9 * 86_400))).await;
    assert!(!shown(&app, "G-1").await.contains("Erasable Names") && shown(&app, "S-1").await.contains(STAYS));
    assert_eq!(holding(&data, "Erasable Names"), 0);
    app.stop().await;
    assert_eq!(holding(&data, "Erasable Names"), 0);
    let (code, out, talk) = Daemon::command(&["verify", data.to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{talk}");
}
