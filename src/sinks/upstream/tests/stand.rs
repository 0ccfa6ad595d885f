//! The test stand: a gateway without devices, a collector that answers as it is told, and a wire between them.

use std::collections::BTreeMap;
use std::io::Read;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::value::RawValue;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout};

use super::super::event::EventWriter;
use super::super::*;
use crate::backoff::Backoff;
use crate::facts::{DeviceReport, Fact, Kind, Presence, Report, Timestamp};
use crate::journal::Journal;
use crate::recorder::{Settings, start};

/// Longer than anything here takes on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);

/// What the collector does with one request.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// Keeps the events and says so.
    Keep,
    /// Answers this; keeps nothing.
    Say(u16, &'static [(&'static str, &'static str)]),
    /// Keeps the events, and says that it failed.
    KeepAndFail,
    /// Never answers.
    Hang,
}

/// One request as the collector saw it.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) ids: Vec<String>,
    pub(super) key: String,
    pub(super) token: Option<String>,
    pub(super) at: Instant,
}

type Script = Box<dyn FnMut(&Seen) -> Reply + Send>;

#[derive(Default)]
pub(super) struct Inbox {
    /// The first text of each event by id.
    pub(super) kept: BTreeMap<String, String>,
    /// Numbers of entries in the order they first came, urgent ones and bulk ones.
    pub(super) order: [Vec<u64>; 2],
    pub(super) requests: Vec<Seen>,
    /// What must never happen.
    wrongs: Vec<String>,
    /// What each event and each key stood for when it was first heard, kept or not.
    heard: BTreeMap<String, String>,
}

#[derive(Clone)]
pub(super) struct Collector {
    inbox: Arc<Mutex<Inbox>>,
    script: Arc<Mutex<Script>>,
    pub(super) addr: SocketAddr,
}

#[derive(Deserialize)]
struct Heard {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    sequence: String,
}

impl Collector {
    pub(super) async fn start(script: impl FnMut(&Seen) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let it = Self { inbox: Arc::default(), script: Arc::new(Mutex::new(Box::new(script))), addr };
        let app = axum::Router::new().route("/in", axum::routing::post(take)).with_state(it.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        it
    }

    pub(super) fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap()
    }

    pub(super) fn url(&self) -> Url {
        format!("http://{}/in", self.addr).parse().unwrap()
    }

    pub(super) fn change_script(&self, script: impl FnMut(&Seen) -> Reply + Send + 'static) {
        *self.script.lock().unwrap() = Box::new(script);
    }
}

async fn take(State(it): State<Collector>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let mut text = String::new();
    GzDecoder::new(&body[..]).read_to_string(&mut text).unwrap();
    let events: Vec<&RawValue> = serde_json::from_str(&text).unwrap();
    let ids = events.iter().map(|event| serde_json::from_str::<Heard>(event.get()).unwrap().id).collect();
    let (key, token) = (header("idempotency-key").unwrap(), header("authorization"));
    let seen = Seen { ids, key, token, at: Instant::now() };
    let reply = {
        let mut inbox = it.inbox();
        if header("content-type").as_deref() != Some("application/cloudevents-batch+json") {
            inbox.wrongs.push(format!("content type {:?}", header("content-type")));
        }
        if events.is_empty() || events.len() > 500 || (text.len() > 256 * 1024 && events.len() > 1) {
            inbox.wrongs.push(format!("a batch of {} events and {} bytes", events.len(), text.len()));
        }
        inbox.hear(&seen.key, &text);
        for (id, event) in seen.ids.iter().zip(&events) {
            inbox.hear(id, event.get());
        }
        inbox.requests.push(seen.clone());
        let reply = it.script.lock().unwrap()(&seen);
        if matches!(reply, Reply::Keep | Reply::KeepAndFail) {
            for event in &events {
                inbox.keep(event.get());
            }
        }
        reply
    };
    match reply {
        Reply::Keep => (StatusCode::ACCEPTED, "kept".repeat(500)).into_response(),
        Reply::KeepAndFail => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Reply::Say(status, headers) => {
            let mut response = (StatusCode::from_u16(status).unwrap(), "as the test says").into_response();
            for (name, value) in headers {
                response.headers_mut().insert(*name, value.parse().unwrap());
            }
            response
        }
        Reply::Hang => std::future::pending().await,
    }
}

impl Inbox {
    fn hear(&mut self, name: &str, text: &str) {
        let first = self.heard.entry(name.to_owned()).or_insert_with(|| text.to_owned());
        if first != text {
            self.wrongs.push(format!("{name} was first {first}, then {text}"));
        }
    }

    fn keep(&mut self, event: &str) {
        let heard: Heard = serde_json::from_str(event).unwrap();
        if self.kept.insert(heard.id, event.to_owned()).is_none() {
            let bulk = usize::from(matches!(heard.kind.as_str(), "portico.reading.v1" | "portico.position.v1"));
            self.order[bulk].push(heard.sequence.parse().unwrap());
        }
    }
}

/// What the wire does to the next answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    /// After so many bytes of it the connection is reset.
    ResetAfter(usize),
    /// After so many bytes of it the connection ends as if all was said.
    EndAfter(usize),
    /// Nobody listens.
    Refuse,
}

/// A wire to the collector on which answers get lost after the collector acted on the request.
pub(super) async fn wire(to: SocketAddr) -> (SocketAddr, Arc<Mutex<Fault>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (addr, fault) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Fault::None)));
    let armed = fault.clone();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            tokio::spawn(carry(near, to, armed.clone()));
        }
    });
    (addr, fault)
}

async fn carry(mut near: TcpStream, to: SocketAddr, armed: Arc<Mutex<Fault>>) {
    if *armed.lock().unwrap() == Fault::Refuse {
        near.set_zero_linger().unwrap();
        return;
    }
    let mut far = TcpStream::connect(to).await.unwrap();
    let (mut up, mut down) = (vec![0; 65536], vec![0; 65536]);
    loop {
        tokio::select! {
            Ok(n) = near.read(&mut up) => {
                if n == 0 || far.write_all(&up[..n]).await.is_err() { return; }
            }
            Ok(n) = far.read(&mut down) => {
                let fault = std::mem::replace(&mut *armed.lock().unwrap(), Fault::None);
                match fault {
                    Fault::None if n == 0 => return,
                    Fault::None => near.write_all(&down[..n]).await.unwrap(),
                    Fault::ResetAfter(bytes) => {
                        near.write_all(&down[..n.min(bytes)]).await.unwrap();
                        near.set_zero_linger().unwrap();
                        return;
                    }
                    Fault::EndAfter(bytes) => {
                        near.write_all(&down[..n.min(bytes)]).await.unwrap();
                        return;
                    }
                    Fault::Refuse => {
                        *armed.lock().unwrap() = Fault::Refuse;
                        near.set_zero_linger().unwrap();
                        return;
                    }
                }
            }
            else => return,
        }
    }
}

/// A gateway without devices: journal, recorder, and this sink.
pub(super) struct Gateway {
    pub(super) dir: TempDir,
    pub(super) handle: Handle,
    pub(super) reader: Reader,
    clock: Clock,
    pub(super) counters: Arc<Counters>,
}

/// The sink at work.
pub(super) struct Sink {
    pub(super) view: watch::Receiver<UpstreamView>,
    pub(super) cancel: CancellationToken,
    pub(super) task: tokio::task::JoinHandle<()>,
}

impl Gateway {
    pub(super) fn open() -> Self {
        Self::open_in(tempfile::tempdir().unwrap())
    }

    pub(super) fn open_in(dir: TempDir) -> Self {
        let _again = rustls::crypto::ring::default_provider().install_default();
        let clock = Clock::manual(Timestamp::from_millis(1_795_400_240_412));
        let (path, counters) = (dir.path().to_owned(), Arc::new(Counters::default()));
        let open = move || Journal::open(&path, || "e1".to_owned());
        let runtime = tokio::runtime::Handle::current();
        let settings = Settings { linger: Duration::from_millis(5) };
        let handle = start(open, settings, clock.clone(), counters.clone(), runtime).unwrap();
        let reader = Reader::open(dir.path()).unwrap();
        Self { dir, handle, reader, clock, counters }
    }

    /// `n` entries of which every tenth is a scan, the rest readings.
    pub(super) async fn fill(&self, from: u64, n: u64) {
        for i in from..from + n {
            let (device, kind, body) = if i % 10 == 0 {
                let body = format!(r#"{{"scan_id":"S-{i}","code":"G-{i}","kiosk":"K01"}}"#);
                ("kiosk/K01", Kind::Scan, body)
            } else {
                let body = format!(r#"{{"room":"lobby","sensor":"t1","temperature":{}.{}}}"#, 10 + i / 10 % 30, i % 10);
                ("sensor/lobby/t1", Kind::Reading, body)
            };
            let observed_at = Some(Timestamp::from_millis(1_795_400_000_000 + i64::try_from(i).unwrap() * 1000));
            let fact = Fact::read_body(kind, &body).unwrap();
            let report = Report { device: device.parse().unwrap(), observed_at, fact, awaited: false };
            self.handle.post(report).await.unwrap();
        }
        self.commit().await;
    }

    /// Waits for a commit after everything posted so far.
    pub(super) async fn commit(&self) {
        let state = DeviceReport::of_device(Presence::Online, None);
        let device = "kiosk/K01".parse().unwrap();
        let report = Report { device, observed_at: None, fact: Fact::Device(state), awaited: true };
        self.handle.submit(report).await.unwrap();
    }

    pub(super) fn settings(url: Url) -> UpstreamSettings {
        UpstreamSettings {
            timeouts: Timeouts {
                connect: Duration::from_secs(5),
                read: Duration::from_secs(1),
                total: Duration::from_secs(10),
            },
            pace: Pace {
                backoff: Backoff { first: Duration::from_millis(40), most: Duration::from_millis(200) },
                knock_every: Duration::from_millis(50),
                denied: Duration::from_millis(100),
                asked_max: Duration::from_secs(1),
                ..Pace::default()
            },
            ..UpstreamSettings::new("venue-1".parse().unwrap(), url)
        }
    }

    pub(super) fn run(&self, settings: UpstreamSettings) -> Sink {
        let (state, view) = watch::channel(UpstreamView::default());
        let cancel = CancellationToken::new();
        let (counters, clock) = (self.counters.clone(), self.clock.clone());
        let it = run(settings, self.reader.clone(), self.handle.clone(), counters, clock, state, cancel.clone());
        Sink { view, cancel, task: tokio::spawn(it) }
    }

    /// Every entry is there once, in order within its lane, with the bytes that the journal gives; but for the parked.
    pub(super) fn check(&self, collector: &Collector, parked: &[u64]) {
        let page = self.reader.read(Lane::All, 0, usize::MAX >> 1, usize::MAX).unwrap();
        let writer = EventWriter::new(&"venue-1".parse().unwrap());
        let inbox = collector.inbox();
        assert_eq!(inbox.wrongs, Vec::<String>::new());
        let want: BTreeMap<String, String> = page
            .rows
            .iter()
            .filter(|row| !parked.contains(&row.seq))
            .map(|row| {
                let epochs = self.reader.epochs();
                let event = writer.write(std::slice::from_ref(row), &epochs).unwrap().slice(&(0..1)).to_owned();
                (format!("venue-1/e1/{}", row.seq), event)
            })
            .collect();
        assert_eq!(inbox.kept.len(), want.len());
        assert!(inbox.kept == want, "the collector holds other events than the journal");
        assert!(inbox.order.iter().all(|lane| lane.is_sorted()), "a lane is out of order");
    }
}

impl Sink {
    pub(super) async fn wait(&mut self, what: &str, mut fits: impl FnMut(&UpstreamView) -> bool) -> UpstreamView {
        let fitting = timeout(PATIENCE, self.view.wait_for(|view| fits(view))).await;
        let found = fitting.ok().map(|view| view.unwrap().clone());
        found.unwrap_or_else(|| panic!("never {what}; last {:?}", self.view.borrow()))
    }

    /// Until everything is delivered, what the sink itself makes happen included.
    pub(super) async fn drained(&mut self, gateway: &Gateway) {
        loop {
            let newest = gateway.reader.newest().unwrap();
            let fits = |view: &UpstreamView| {
                view.state == UpstreamState::Connected && view.backlog == 0 && view.acknowledged_seq >= newest
            };
            self.wait("drained", fits).await;
            gateway.commit().await;
            let newest = gateway.reader.newest().unwrap();
            let done = self.wait("drained after a commit", |view| view.acknowledged_seq >= newest).await;
            if gateway.reader.newest().unwrap() == done.acknowledged_seq {
                return;
            }
        }
    }

    pub(super) async fn stop(self) {
        self.cancel.cancel();
        timeout(PATIENCE, self.task).await.unwrap().unwrap();
    }
}
