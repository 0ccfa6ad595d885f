//! The whole sink against a real journal, a real recorder and a real collector behind a wire that can be cut.

use std::collections::BTreeMap;
use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;
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
use tokio::time::{Instant, sleep, timeout};

use super::event::EventWriter;
use super::*;
use crate::backoff::Backoff;
use crate::facts::{Kind, Timestamp};
use crate::journal::Journal;
use crate::recorder::{Settings, start};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the collector does with one request.
#[derive(Debug, Clone)]
enum Reply {
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
struct Seen {
    ids: Vec<String>,
    key: String,
    token: Option<String>,
    at: Instant,
}

type Script = Box<dyn FnMut(&Seen) -> Reply + Send>;

#[derive(Default)]
struct Inbox {
    /// The first text of each event by id.
    kept: BTreeMap<String, String>,
    /// Numbers of entries in the order they first came, urgent ones and bulk ones.
    order: [Vec<u64>; 2],
    requests: Vec<Seen>,
    /// What must never happen.
    wrongs: Vec<String>,
    /// What each event and each key stood for when it was first heard, kept or not.
    heard: BTreeMap<String, String>,
}

#[derive(Clone)]
struct Collector {
    inbox: Arc<Mutex<Inbox>>,
    script: Arc<Mutex<Script>>,
    addr: SocketAddr,
}

#[derive(Deserialize)]
struct Heard {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    sequence: String,
}

impl Collector {
    async fn start(script: impl FnMut(&Seen) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let it = Self { inbox: Arc::default(), script: Arc::new(Mutex::new(Box::new(script))), addr };
        let app = axum::Router::new().route("/in", axum::routing::post(take)).with_state(it.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        it
    }

    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap()
    }

    fn url(&self) -> Url {
        format!("http://{}/in", self.addr).parse().unwrap()
    }

    fn change_script(&self, script: impl FnMut(&Seen) -> Reply + Send + 'static) {
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
            events.iter().for_each(|event| inbox.keep(event.get()));
        }
        reply
    };
    match reply {
        Reply::Keep => StatusCode::ACCEPTED.into_response(),
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
enum Fault {
    None,
    /// After so many bytes of it the connection is reset.
    ResetAfter(usize),
    /// After so many bytes of it the connection ends as if all was said.
    EndAfter(usize),
    /// Nobody listens.
    Refuse,
}

/// A wire to the collector on which answers get lost after the collector acted on the request.
async fn wire(to: SocketAddr) -> (SocketAddr, Arc<Mutex<Fault>>) {
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
struct Gateway {
    dir: TempDir,
    handle: Handle,
    reader: Reader,
    clock: Clock,
    counters: Arc<Counters>,
}

/// The sink at work.
struct Sink {
    view: watch::Receiver<UpstreamView>,
    cancel: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Gateway {
    fn open() -> Self {
        Self::open_in(tempfile::tempdir().unwrap())
    }

    fn open_in(dir: TempDir) -> Self {
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
    async fn fill(&self, from: u64, n: u64) {
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
    async fn commit(&self) {
        let state = DeviceReport { state: Presence::Online, reason: None };
        let device = "kiosk/K01".parse().unwrap();
        let report = Report { device, observed_at: None, fact: Fact::Device(state), awaited: true };
        self.handle.submit(report).await.unwrap();
    }

    fn settings(url: Url) -> UpstreamSettings {
        UpstreamSettings {
            timeouts: Timeouts {
                connect: Duration::from_secs(5),
                read: Duration::from_secs(1),
                total: Duration::from_secs(10),
            },
            pace: Pace {
                backoff: Backoff { first: Duration::from_millis(40), most: Duration::from_millis(200) },
                denied: Duration::from_millis(100),
                asked_max: Duration::from_secs(1),
            },
            ..UpstreamSettings::new("venue-1".parse().unwrap(), url)
        }
    }

    fn run(&self, settings: UpstreamSettings) -> Sink {
        let (state, view) = watch::channel(UpstreamView::default());
        let cancel = CancellationToken::new();
        let (counters, clock) = (self.counters.clone(), self.clock.clone());
        let it = run(settings, self.reader.clone(), self.handle.clone(), counters, clock, state, cancel.clone());
        Sink { view, cancel, task: tokio::spawn(it) }
    }

    /// Every entry is there once, in order within its lane, with the bytes that the journal gives; but for the parked.
    fn check(&self, collector: &Collector, parked: &[u64]) {
        let page = self.reader.read(Lane::All, 0, usize::MAX >> 1, usize::MAX).unwrap();
        let writer = EventWriter::new(&"venue-1".parse().unwrap(), "e1");
        let inbox = collector.inbox();
        assert_eq!(inbox.wrongs, Vec::<String>::new());
        let want: BTreeMap<String, String> = page
            .rows
            .iter()
            .filter(|row| !parked.contains(&row.seq))
            .map(|row| {
                let event = writer.write(std::slice::from_ref(row), None).unwrap().slice(&(0..1)).to_owned();
                (format!("venue-1/e1/{}", row.seq), event)
            })
            .collect();
        assert_eq!(inbox.kept.len(), want.len());
        assert!(inbox.kept == want, "the collector holds other events than the journal");
        assert!(inbox.order.iter().all(|lane| lane.is_sorted()), "a lane is out of order");
    }
}

impl Sink {
    async fn wait(&mut self, what: &str, mut fits: impl FnMut(&UpstreamView) -> bool) -> UpstreamView {
        match timeout(PATIENCE, self.view.wait_for(|view| fits(view))).await {
            Ok(view) => view.unwrap().clone(),
            Err(_) => panic!("never {what}; last {:?}", self.view.borrow()),
        }
    }

    /// Until everything is delivered, what the sink itself makes happen included.
    async fn drained(&mut self, gateway: &Gateway) {
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

    async fn stop(self) {
        self.cancel.cancel();
        timeout(PATIENCE, self.task).await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_arrives_once_and_the_cursor_survives_a_restart() {
    let (gateway, collector) = (Gateway::open(), Collector::start(|_| Reply::Keep).await);
    gateway.fill(0, 1300).await;
    let mut sink = gateway.run(Gateway::settings(collector.url()));
    sink.drained(&gateway).await;
    sink.stop().await;
    gateway.check(&collector, &[]);
    let Gateway { dir, handle, .. } = gateway;
    handle.stop().await;

    let gateway = Gateway::open_in(dir);
    let requests = collector.inbox().requests.len();
    let mut sink = gateway.run(Gateway::settings(collector.url()));
    gateway.fill(1300, 100).await;
    sink.drained(&gateway).await;
    sink.stop().await;
    gateway.check(&collector, &[]);
    let again: usize = collector.inbox().requests.iter().skip(requests).map(|seen| seen.ids.len()).sum();
    assert!(again < 200, "{again} events were sent after the restart, when about 100 were new");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_changed_whatever_the_collector_and_the_wire_do() {
    let mut replies = vec![
        Reply::Say(500, &[]),
        Reply::Say(429, &[("retry-after", "0")]),
        Reply::KeepAndFail,
        Reply::Say(413, &[]),
        Reply::Say(503, &[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")]),
        Reply::Keep,
        Reply::Say(401, &[]),
        Reply::Hang,
        Reply::Say(302, &[("location", "/login")]),
        Reply::Say(502, &[]),
        Reply::Say(409, &[]),
        Reply::Keep,
        Reply::Say(413, &[]),
    ];
    replies.reverse();
    let poisoned = "venue-1/e1/777".to_owned();
    let refuses = poisoned.clone();
    let collector = Collector::start(move |seen| match replies.pop() {
        Some(reply) => reply,
        None if seen.ids.contains(&refuses) => Reply::Say(422, &[]),
        None => Reply::Keep,
    })
    .await;
    let (addr, fault) = wire(collector.addr).await;
    let gateway = Gateway::open();
    gateway.fill(0, 1500).await;
    let mut sink = gateway.run(Gateway::settings(format!("http://{addr}/in").parse().unwrap()));
    for broken in [
        Fault::ResetAfter(0),
        Fault::ResetAfter(20),
        Fault::EndAfter(0),
        Fault::EndAfter(40),
        Fault::ResetAfter(40),
        Fault::Refuse,
    ] {
        *fault.lock().unwrap() = broken;
        gateway.fill(2000, 60).await;
        let hit = if broken == Fault::Refuse {
            sink.wait("offline", |view| view.state == UpstreamState::Offline).await;
            *fault.lock().unwrap() = Fault::None;
            Ok(())
        } else {
            let gone = async {
                while *fault.lock().unwrap() != Fault::None {
                    gateway.fill(3000, 10).await;
                    sleep(Duration::from_millis(20)).await;
                }
            };
            timeout(PATIENCE, gone).await
        };
        assert!(hit.is_ok(), "{broken:?} was never met");
    }
    sink.drained(&gateway).await;
    let view = sink.view.borrow().clone();
    assert_eq!(view.parked, 1, "{view:?}");
    sink.stop().await;
    gateway.check(&collector, &[777]);
    let kept =
        gateway.reader.parked(BULK.cursor).unwrap().into_iter().chain(gateway.reader.parked(URGENT.cursor).unwrap());
    let kept: Vec<_> = kept.collect();
    assert_eq!(kept, [(777, "422 Unprocessable Entity: as the test says".to_owned())]);
    assert_eq!(gateway.counters.upstream_parked.get(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_is_the_same_request_with_the_same_key() {
    let mut first = true;
    let collector = Collector::start(move |seen| {
        if seen.ids.len() > 1 && std::mem::take(&mut first) { Reply::KeepAndFail } else { Reply::Keep }
    })
    .await;
    let gateway = Gateway::open();
    gateway.fill(0, 300).await;
    let mut sink = gateway.run(Gateway::settings(collector.url()));
    sink.drained(&gateway).await;
    sink.stop().await;
    gateway.check(&collector, &[]);
    let inbox = collector.inbox();
    let twice =
        inbox.requests.iter().filter(|seen| seen.key == inbox.requests[0].key || seen.key == inbox.requests[1].key);
    let twice: Vec<_> = twice.map(|seen| (&seen.key, &seen.ids)).collect();
    assert_eq!(twice.len(), 3, "two lanes, one of which had to send twice");
    assert!(inbox.requests[0].key.starts_with("\"e1-"), "{}", inbox.requests[0].key);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wait_that_was_asked_for_is_kept_and_capped() {
    let mut waits = vec!["3600", "1"];
    let collector = Collector::start(move |_| match waits.pop() {
        Some("1") => Reply::Say(429, &[("retry-after", "1")]),
        Some(_) => Reply::Say(503, &[("retry-after", "3600")]),
        None => Reply::Keep,
    })
    .await;
    let gateway = Gateway::open();
    gateway.commit().await;
    let mut sink = gateway.run(Gateway::settings(collector.url()));
    sink.wait("busy", |view| view.reason.as_deref().is_some_and(|reason| reason.starts_with("429"))).await;
    sink.drained(&gateway).await;
    sink.stop().await;
    let inbox = collector.inbox();
    let [first, second, third] = [0, 1, 2].map(|i| inbox.requests[i].at);
    assert!(second - first >= Duration::from_secs(1), "the wait it asked for");
    assert!(third - second >= Duration::from_secs(1), "the cap, as an hour was asked for");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_token_is_taken_up_and_a_wrong_one_is_said() {
    let collector = Collector::start(|seen| match seen.token.as_deref() {
        Some("Bearer right") => Reply::Keep,
        Some(_) | None => Reply::Say(401, &[]),
    })
    .await;
    let gateway = Gateway::open();
    let token_file = gateway.dir.path().join("token");
    std::fs::write(&token_file, "wrong\n").unwrap();
    gateway.fill(0, 50).await;
    let mut settings = Gateway::settings(collector.url());
    settings.token_file = Some(token_file.clone());
    let mut sink = gateway.run(settings);
    let view = sink.wait("refused", |view| view.state == UpstreamState::Refused).await;
    assert_eq!(view.reason.as_deref(), Some("401 Unauthorized: as the test says; check the token"));
    assert!(collector.inbox().kept.is_empty());
    write_whole(&token_file, "right\n");
    sink.drained(&gateway).await;
    sink.stop().await;
    gateway.check(&collector, &[]);
    let said = gateway.reader.read(Lane::Kind(Kind::Device), 0, 1000, usize::MAX).unwrap();
    let said: Vec<_> = said.rows.iter().filter(|row| row.device == "link/upstream").map(|row| &row.body).collect();
    let refused = r#"{"state":"offline","reason":"401 Unauthorized: as the test says; check the token"}"#;
    assert_eq!(said, [refused, r#"{"state":"online"}"#]);
}

fn write_whole(path: &Path, text: &str) {
    let beside = path.with_extension("new");
    std::fs::write(&beside, text).unwrap();
    std::fs::rename(&beside, path).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_refuses_everything_loses_us_next_to_nothing() {
    let collector = Collector::start(|_| Reply::Say(400, &[])).await;
    let gateway = Gateway::open();
    gateway.fill(0, 2000).await;
    let mut sink = gateway.run(Gateway::settings(collector.url()));
    let view = sink.wait("refused", |view| view.state == UpstreamState::Refused && view.parked >= 64).await;
    assert_eq!(view.parked, 64, "32 a lane");
    collector.change_script(|_| Reply::Keep);
    sink.drained(&gateway).await;
    sink.stop().await;
    let parked = [URGENT, BULK].map(|lane| gateway.reader.parked(lane.cursor).unwrap()).concat();
    let parked: Vec<u64> = parked.into_iter().map(|(seq, _)| seq).collect();
    assert_eq!(parked.len(), 64);
    gateway.check(&collector, &parked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scan_overtakes_a_backlog_that_cannot_be_delivered() {
    let collector = Collector::start(|seen| {
        let urgent = seen.ids.iter().all(|id| id.ends_with('1'));
        if urgent { Reply::Keep } else { Reply::Hang }
    })
    .await;
    let gateway = Gateway::open();
    let hung = collector.clone();
    collector.change_script(move |seen| {
        // A batch of the bulk lane is long here; only the urgent lane sends few.
        if seen.ids.len() > 100 { Reply::Hang } else { Reply::Keep }
    });
    gateway.fill(1, 600).await;
    let sink = gateway.run(Gateway::settings(collector.url()));
    let scans = async {
        while hung.inbox().order[0].len() < 60 {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, scans).await.unwrap();
    assert!(hung.inbox().order[1].is_empty(), "no reading was taken yet");
    sink.cancel.cancel();
    let begun = Instant::now();
    timeout(PATIENCE, sink.task).await.unwrap().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10), "a hung delivery does not hold up the stop");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_go_upstream_only_where_it_is_allowed() {
    for personal_data in [false, true] {
        let (gateway, collector) = (Gateway::open(), Collector::start(|_| Reply::Keep).await);
        let mut plan = crate::facts::plan::Plan::default();
        let person = crate::facts::plan::Person { name: Some("Li Na".to_owned()), ..Default::default() };
        plan.people.guests.insert("G-0".parse().unwrap(), person);
        let fact = Fact::Plan(Box::new(plan));
        let device = Subject::Gateway;
        gateway.handle.submit(Report { device, observed_at: None, fact, awaited: true }).await.unwrap();
        gateway.fill(0, 20).await;
        let mut sink = gateway.run(UpstreamSettings { personal_data, ..Gateway::settings(collector.url()) });
        sink.drained(&gateway).await;
        sink.stop().await;
        let inbox = collector.inbox();
        let named: Vec<_> = inbox.kept.values().filter(|event| event.contains("Li Na")).collect();
        assert_eq!(named.len(), usize::from(personal_data));
        for event in named {
            assert!(event.contains(r#""subject":"guest/G-0""#), "{event}");
            assert!(event.ends_with(r#","person":{"name":"Li Na"}}}"#), "{event}");
        }
    }
}

/// Not a test but a measure: `cargo test --release -p portico --lib drain_rate -- --ignored --nocapture`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures; run by hand"]
async fn drain_rate() {
    let (gateway, collector) = (Gateway::open(), Collector::start(|_| Reply::Keep).await);
    gateway.fill(0, 50_000).await;
    let begun = Instant::now();
    let mut sink = gateway.run(Gateway::settings(collector.url()));
    let newest = gateway.reader.newest().unwrap();
    sink.wait("drained", |view| view.acknowledged_seq >= newest).await;
    let rate = 50_000.0 / begun.elapsed().as_secs_f64();
    println!("{rate:.0} entries a second, the collector in the same process included");
    sink.stop().await;
}
