//! The web side over real sockets, with the real recorder and journal behind it.

mod api;
mod check_ins;
mod evidence;
mod guests;
mod history;
mod ledger;
mod pages;
mod plan;
mod present;
mod report;
mod squeezed;
mod stream;
mod system;
mod tiles;

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::site::Desk;
use super::{BackupView, Keeping, Site, SiteView, serve};
use crate::clock::Clock;
use crate::counters::Counters;
use crate::facts::{Fact, Kind, Report, Seq, Subject, Timestamp};
use crate::journal::{Journal, Reader};
use crate::plan::{Directory, SharedDirectory};
use crate::recorder::{self, Handle, Settings};

/// Nothing here takes this long; a test that waits longer has found a fault.
const PATIENCE: Duration = Duration::from_secs(30);
const START: &str = "2026-11-23T02:00:00.000Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A gateway's web side, listening.
struct House {
    recorder: Handle,
    site: Site,
    directory: SharedDirectory,
    clerk: Arc<plan::Clerk>,
    upstream: watch::Sender<Value>,
    backup: watch::Sender<BackupView>,
    cancel: CancellationToken,
    serving: JoinHandle<std::io::Result<()>>,
    base: String,
    client: reqwest::Client,
    dir: TempDir,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|fault| panic!("{fault}: {}", self.text))
    }

    fn header(&self, name: &str) -> &str {
        said(&self.headers, name)
    }

    /// The sentence of a problem, after checking that it is one.
    fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{} {}", self.status, self.text);
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        assert!(problem["title"].is_string(), "{problem}");
        problem["detail"].as_str().unwrap().to_owned()
    }
}

/// A header's text; empty where there is none.
fn said<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

impl House {
    async fn open() -> Self {
        // Whoever comes first; the client wants one even where nothing is encrypted.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().to_owned();
        let (clock, counters) = (Clock::manual(at(START)), Arc::new(Counters::default()));
        let recorder = recorder::start(
            move || Journal::open(&path, || "quiet-fox".to_owned()),
            Settings { linger: Duration::ZERO },
            clock.clone(),
            Arc::clone(&counters),
            tokio::runtime::Handle::current(),
        )
        .unwrap();
        let (directory, clerk) = (Directory::default().shared(), Arc::new(plan::Clerk::default()));
        let (backup, backups) = watch::channel(BackupView { enabled: true, ..BackupView::default() });
        let site = Site {
            view: SiteView {
                id: "venue-1".to_owned(),
                name: "Venue".to_owned(),
                time_zone: "Asia/Shanghai".to_owned(),
                language: "zh-CN".to_owned(),
                tiles: true,
            },
            tiles: Some(dir.path().join("venue.pmtiles")),
            recorder: recorder.clone(),
            reader: Reader::open(dir.path()).unwrap(),
            directory: Arc::clone(&directory),
            counters,
            clock,
            plan_desk: Arc::clone(&clerk) as Arc<dyn super::PlanDesk>,
            keeping: Keeping {
                dir: dir.path().to_owned(),
                free_min: 1,
                budget: 1 << 30,
                retention_days: 30,
                personal_data_days: 7,
                backup: backups,
            },
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (upstream, told) = watch::channel(json!({"state": "off"}));
        let cancel = CancellationToken::new();
        let serving = tokio::spawn(serve(listener, site.clone(), (told, nobody()), cancel.clone()));
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let house = Self { recorder, site, directory, clerk, upstream, backup, cancel, serving, base, client, dir };
        // The recorder says two things of its own when it starts: the clock's standing, and that it was started.
        house.wait_for(2).await;
        house
    }

    /// A desk of its own on the same recorder and journal, to look at the parts behind the socket.
    fn desk(&self) -> Desk {
        Desk::open(self.site.clone(), (self.upstream.subscribe(), nobody()), self.cancel.clone())
    }

    async fn wait_for(&self, seq: Seq) {
        let mut newest = self.recorder.newest();
        tokio::time::timeout(PATIENCE, newest.wait_for(|newest| *newest >= seq)).await.unwrap().unwrap();
    }

    /// Commits one fact and gives its number.
    async fn keep(&self, device: &str, kind: &str, body: &str) -> Seq {
        self.recorder.submit(report(device, kind, body)).await.unwrap().seq
    }

    /// Commits `count` readings, and gives the number of the last.
    async fn keep_readings(&self, count: u64) -> Seq {
        let before = *self.recorder.newest().borrow();
        for value in 0..count {
            // A reading with the stamp and the values of an earlier one would not be kept again.
            let body = format!(r#"{{"room":"lobby","sensor":"t1","temperature":{}.{}}}"#, 20 + value % 5, value % 7);
            let mut reading = report("sensor/lobby/t1", "reading", &body);
            reading.observed_at = Some(Timestamp::from_millis(at(START).as_millis() + (before + value) as i64));
            reading.awaited = false;
            self.recorder.post(reading).await.unwrap();
        }
        self.wait_for(before + count).await;
        before + count
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let answer = tokio::time::timeout(PATIENCE, request.send()).await.unwrap().unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Answer { status, headers, text: answer.text().await.unwrap() }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(self.client.get(format!("{}{path}", self.base))).await
    }

    async fn post(&self, path: &str, body: &str) -> Answer {
        let request = self.client.post(format!("{}{path}", self.base));
        self.send(request.header(CONTENT_TYPE, "application/json").body(body.to_owned())).await
    }
}

fn report(device: &str, kind: &str, body: &str) -> Report {
    let fact = Fact::read_body(Kind::from_word(kind).unwrap(), body).unwrap();
    let device: Subject = device.parse().unwrap();
    Report { device, observed_at: None, fact, awaited: true }
}

/// No notifiers.
fn nobody() -> watch::Receiver<serde_json::Value> {
    watch::channel(json!([])).1
}
