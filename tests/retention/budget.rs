//! The real recorder on a small budget and a clock that the test moves.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use portico::clock::Clock;
use portico::conservation;
use portico::counters::Counters;
use portico::facts::{Command, Fact, Kind, Report, Span, Subject, Timestamp};
use portico::journal::{Journal, Keeping, Lane, Reader, STRETCH};
use portico::recorder::{self, Handle, NotKept, Settings};

use super::support::Daemon;

const CURSORS: &[&str] = &["upstream.urgent", "upstream.bulk"];
/// Nothing here takes this long.
const PATIENCE: Duration = Duration::from_mins(1);

struct Gateway {
    handle: Handle,
    clock: Clock,
    counters: Arc<Counters>,
    reader: Reader,
    scans: u64,
}

fn begin() -> Timestamp {
    "2026-11-23T02:00:00Z".parse().unwrap()
}

fn report(device: &str, kind: Kind, body: &str) -> Report {
    let device: Subject = device.parse().unwrap();
    Report { device, observed_at: None, fact: Fact::read_body(kind, body).unwrap(), awaited: true }
}

impl Gateway {
    fn start(dir: &Path, at: Timestamp, budget: u64, upstream: &'static [&'static str]) -> Self {
        let (path, clock, counters) = (dir.to_owned(), Clock::manual(at), Arc::new(Counters::default()));
        let keeping = Keeping { budget, days: Span::from_secs(86_400), upstream };
        let open = move || Journal::open(&path, || "e".to_owned()).map(|journal| journal.within(keeping));
        let settings = Settings { linger: Duration::ZERO };
        let runtime = tokio::runtime::Handle::current();
        let handle = recorder::start(open, settings, clock.clone(), Arc::clone(&counters), runtime).unwrap();
        Self { handle, clock, counters, reader: Reader::open(dir).unwrap(), scans: 0 }
    }

    /// A minute of the venue: readings and positions in masses, a few scans.
    async fn minute(&mut self, readings: u32, positions: u32, scans: u32) -> Result<(), NotKept> {
        self.clock.set(self.clock.now().plus(Span::from_secs(60)));
        let reading =
            |n: u32| format!(r#"{{"room":"r{}","sensor":"t{}","temperature":21.{}}}"#, n % 12, n % 60, n % 10);
        let position =
            |n: u32| format!(r#"{{"lat":31.2{n},"lon":121.4{n},"speed_kmh":40,"course":null,"fix_at":null}}"#);
        let mut reports: Vec<Report> = Vec::new();
        reports.extend(
            (0..readings).map(|n| report(&format!("sensor/r{}/t{}", n % 12, n % 60), Kind::Reading, &reading(n))),
        );
        reports.extend((0..positions).map(|n| report(&format!("vehicle/v{}", n % 20), Kind::Position, &position(n))));
        for _ in 0..scans {
            let body = format!(r#"{{"scan_id":"K-{}","code":"G-{}","kiosk":"K"}}"#, self.scans, self.scans % 700);
            reports.push(report("kiosk/K", Kind::Scan, &body));
            self.scans += 1;
        }
        let kept = join_all(reports.into_iter().map(|report| self.handle.submit(report))).await;
        let fault = kept.into_iter().find_map(Result::err);
        fault.map_or(Ok(()), Err)
    }

    fn count(&self, kind: Kind) -> u64 {
        self.reader.backlog(Lane::Kind(kind), 0).unwrap()
    }

    /// Bodies of a kind that hold this text.
    fn bodies(&self, kind: Kind, text: &str) -> Vec<String> {
        let rows = self.reader.read(Lane::Kind(kind), 0, usize::MAX >> 1, usize::MAX).unwrap().rows;
        rows.into_iter().map(|row| row.body).filter(|body| body.contains(text)).collect()
    }

    async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !holds(self) {
            assert!(begun.elapsed() < PATIENCE, "{what} did not come");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// `portico verify` finds nothing; gives the entry from which alerts are proven.
fn proved_from(dir: &Path) -> u64 {
    let (code, out, talk) = Daemon::command(&["verify", "--json", dir.to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{talk}");
    let told: serde_json::Value = serde_json::from_str(&out).unwrap();
    told["proved_from"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn within_the_budget_readings_go_before_positions_and_scans_never() {
    const BUDGET: u64 = 4 << 20;
    let dir = tempfile::tempdir().unwrap();
    let mut gateway = Gateway::start(dir.path(), begin(), BUDGET, &[]);
    let (mut most, mut readings_gone_first) = (0, false);
    for _ in 0..150 {
        gateway.minute(180, 120, 10).await.unwrap();
        most = most.max(gateway.counters.data_used.get() as u64);
        let gaps = gateway.bodies(Kind::Gap, "");
        readings_gone_first |= !gaps.is_empty() && gaps.iter().all(|gap| !gap.contains("position"));
    }
    println!("{} entries, at most {most} bytes of {BUDGET} in use", gateway.reader.newest().unwrap());
    assert!(most > BUDGET / 2 && most <= BUDGET, "{most} of {BUDGET}");
    assert!(readings_gone_first);
    assert_eq!(gateway.count(Kind::Scan), gateway.scans);
    assert_eq!(gateway.bodies(Kind::Alert, "data_given_up").len(), 2, "pending and firing, once");
    // An hour without it, and it is over. The hours pass faster than anything is given up, so there may be some of them.
    let over =
        |gateway: &Gateway| gateway.bodies(Kind::Alert, "data_given_up").iter().any(|body| body.contains("cleared"));
    let begun = Instant::now();
    while !over(&gateway) {
        assert!(begun.elapsed() < PATIENCE, "the alert does not end");
        gateway.minute(0, 0, 1).await.unwrap();
    }
    let books = conservation::take(&gateway.reader, &gateway.counters.ledger.books()).unwrap();
    assert!(books.adds_up && books.entries.given_up > 10 * STRETCH, "{books:#?}");
    gateway.handle.stop().await;
    let given_up: u64 = gateway.reader.verify().unwrap().given_up;
    assert!(given_up > 10 * STRETCH, "{given_up}");
    let file = std::fs::metadata(dir.path().join(portico::journal::FILE_NAME)).unwrap().len();
    assert!(file <= BUDGET + BUDGET / 8, "the file has {file} bytes");
    assert!(proved_from(dir.path()) > 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_a_budget_spent_on_scans_nothing_is_taken_in_until_there_is_more() {
    const BUDGET: u64 = 2 << 20;
    let dir = tempfile::tempdir().unwrap();
    let mut gateway = Gateway::start(dir.path(), begin(), BUDGET, &[]);
    let mut kept = 0;
    let refusal = loop {
        match gateway.minute(2, 0, 100).await {
            Ok(()) => kept = gateway.scans,
            Err(fault) => break fault,
        }
        assert!(gateway.scans < 50_000);
    };
    assert_eq!(refusal, NotKept::Spent(BUDGET));
    assert!(kept > 1_000);
    gateway.until("the alert", |gateway| !gateway.bodies(Kind::Alert, "disk_low").is_empty()).await;
    assert_eq!(gateway.handle.refuses(), Some(NotKept::Spent(BUDGET)));
    let newest = gateway.reader.newest().unwrap();
    for _ in 0..20 {
        assert_eq!(gateway.minute(1, 1, 1).await, Err(NotKept::Spent(BUDGET)));
    }
    assert!(gateway.reader.newest().unwrap() < newest + 100, "only the gateway's own word is kept");
    // What a person orders is few, and is kept.
    let note = Command::Note {
        alert: "A-1".parse().unwrap(),
        by: "li".parse().unwrap(),
        text: Some("on my way".to_owned()),
        findings: Box::default(),
    };
    let order = Report { device: Subject::Gateway, observed_at: None, fact: Fact::Command(note), awaited: true };
    gateway.handle.submit(order).await.unwrap();
    let at = gateway.clock.now();
    gateway.handle.stop().await;
    let scans: BTreeSet<String> = gateway.bodies(Kind::Scan, "").into_iter().collect();
    assert!(scans.len() as u64 >= kept, "{} of {kept}", scans.len());
    proved_from(dir.path());
    let mut gateway = Gateway::start(dir.path(), at, 2 * BUDGET, &[]);
    gateway.scans = 1_000_000;
    gateway.minute(1, 1, 1).await.unwrap();
    gateway
        .until("the end of the alert", |gateway| {
            gateway.bodies(Kind::Alert, "disk_low").iter().any(|alert| alert.contains("\"state\":\"resolved\""))
        })
        .await;
    gateway.handle.stop().await;
    proved_from(dir.path());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn for_its_age_goes_only_what_upstream_has() {
    let dir = tempfile::tempdir().unwrap();
    let mut gateway = Gateway::start(dir.path(), begin(), 1 << 30, CURSORS);
    // Enough for a snapshot.
    for _ in 0..70 {
        gateway.minute(200, 100, 2).await.unwrap();
    }
    let newest = gateway.reader.newest().unwrap();
    let days = |n: i64| begin().plus(Span::from_secs(n * 86_400));
    gateway.clock.set(days(3));
    gateway.minute(1, 0, 0).await.unwrap();
    assert_eq!(gateway.count(Kind::Gap), 0, "upstream has nothing");
    gateway.handle.save_cursor(CURSORS[0], newest);
    gateway.handle.save_cursor(CURSORS[1], STRETCH + 5);
    gateway.until("the cursor", |gateway| gateway.reader.cursor(CURSORS[1]).unwrap().is_some()).await;
    gateway.clock.set(days(4));
    gateway.minute(1, 0, 0).await.unwrap();
    gateway.until("a gap", |gateway| gateway.count(Kind::Gap) > 0).await;
    gateway.minute(1, 0, 0).await.unwrap();
    let gaps = gateway.bodies(Kind::Gap, "");
    assert_eq!(gaps.len(), 1, "upstream has no second stretch: {gaps:?}");
    assert!(gaps[0].contains("\"reason\":\"upstream\""), "{gaps:?}");
    assert_eq!(gateway.bodies(Kind::Alert, "data_given_up"), Vec::<String>::new());
    gateway.handle.stop().await;
    assert!(proved_from(dir.path()) > 1);
}
