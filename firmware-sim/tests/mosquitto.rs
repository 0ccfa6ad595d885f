//! The devices against a real broker, Debian's mosquitto, with a small stand-in for the gateway that only answers.
//! Without the broker installed the tests say so and pass.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by failing")]

use std::collections::{BTreeMap, BTreeSet};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use firmware_sim::kiosk::{Deed, Direction, Kiosk, KioskCounts, Scan};
use firmware_sim::{Day, SimClock, Targets, run_day};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// How long anything may take on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(30);

struct Broker {
    process: Child,
    address: SocketAddr,
    dir: tempfile::TempDir,
}

impl Broker {
    fn start() -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let dir = tempfile::tempdir().unwrap();
        let config = format!(
            "listener {port} 127.0.0.1\nallow_anonymous true\nuser root\npersistence false\nmax_queued_messages 0\n"
        );
        std::fs::write(dir.path().join("m.conf"), config).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let process = spawn(&dir.path().join("m.conf"), address)?;
        Some(Self { process, address, dir })
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn spawn(config: &Path, address: SocketAddr) -> Option<Child> {
    let known = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/usr/bin/mosquitto"];
    let Some(program) = known.iter().find(|path| Path::new(path).exists()) else {
        println!("skipped: mosquitto is not installed");
        return None;
    };
    let process =
        Command::new(program).arg("-c").arg(config).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + PATIENCE;
    while std::net::TcpStream::connect(address).is_err() {
        assert!(Instant::now() < deadline, "mosquitto does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
    Some(process)
}

/// Everything published under `reception/v1/`, in order, and an `admit` for each scan.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<(String, String)>>>);

impl Heard {
    async fn listen(broker: SocketAddr) -> Self {
        let heard = Self::default();
        let mut options = MqttOptions::new("gateway-stand-in", broker.ip().to_string(), broker.port());
        options.set_inflight(1000);
        let (client, mut events) = AsyncClient::new(options, 10_000);
        let log = heard.clone();
        let (ready, listening) = tokio::sync::oneshot::channel();
        tokio::spawn(async move {
            let mut ready = Some(ready);
            loop {
                let event = match events.poll().await {
                    Ok(event) => event,
                    // A broker that has only just begun to listen may still turn the first connection away.
                    Err(_) if ready.is_some() => {
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        continue;
                    }
                    Err(_) => break,
                };
                match event {
                    Event::Incoming(Packet::ConnAck(_)) => {
                        client.try_subscribe("reception/v1/#", QoS::AtLeastOnce).unwrap();
                    }
                    Event::Incoming(Packet::SubAck(_)) => {
                        ready.take().map(|ready| ready.send(()));
                    }
                    Event::Incoming(Packet::Publish(message)) => {
                        let text = String::from_utf8_lossy(&message.payload).into_owned();
                        if message.topic.ends_with("/scan") {
                            let scan: serde_json::Value = serde_json::from_str(&text).unwrap();
                            let verdict = serde_json::json!({"scan_id": scan["scan_id"], "verdict": "admit"});
                            let topic = message.topic.replace("/scan", "/verdict");
                            client.try_publish(topic, QoS::AtLeastOnce, false, verdict.to_string()).unwrap();
                        }
                        log.0.lock().unwrap().push((message.topic, text));
                    }
                    Event::Incoming(_) | Event::Outgoing(_) => {}
                }
            }
        });
        tokio::time::timeout(PATIENCE, listening).await.unwrap().unwrap();
        heard
    }

    fn on(&self, ending: &str) -> Vec<String> {
        let all = self.0.lock().unwrap();
        all.iter().filter(|(topic, _)| topic.ends_with(ending)).map(|(_, text)| text.clone()).collect()
    }

    async fn until(&self, what: &str, enough: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !enough(self) {
            assert!(Instant::now() < deadline, "{what} did not come about; heard {:?}", self.0.lock().unwrap());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

fn scan(number: u32, at: &str) -> Scan {
    Scan {
        scan_id: format!("K03-{number:06}"),
        code: format!("G-{number}"),
        at: at.parse().unwrap(),
        direction: Direction::Entry,
        point: "main-door".to_owned(),
        method: "qr",
        duration_s: 41,
    }
}

struct Running {
    deeds: mpsc::Sender<Deed>,
    closing: CancellationToken,
    task: tokio::task::JoinHandle<KioskCounts>,
}

impl Running {
    fn start(broker: SocketAddr) -> Self {
        let (deeds, orders) = mpsc::channel(16);
        let closing = CancellationToken::new();
        let clock = SimClock::new(Timestamp::now(), Instant::now(), 60.0).unwrap();
        let kiosk = Kiosk::new("K03", Kiosk::settings("K03", broker), None);
        let task = tokio::spawn(kiosk.run(orders, clock, closing.clone()));
        Self { deeds, closing, task }
    }

    async fn act(&self, deed: Deed) {
        self.deeds.send(deed).await.unwrap();
    }

    async fn stop(self) -> KioskCounts {
        self.closing.cancel();
        self.task.await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kiosk_that_was_cut_off_reports_late_with_the_scans_own_time() {
    let Some(broker) = Broker::start() else { return };
    let heard = Heard::listen(broker.address).await;
    let kiosk = Running::start(broker.address);
    heard.until("online", |heard| heard.on("K03/status") == ["online"] || heard.on("K03/status").len() > 1).await;
    kiosk.act(Deed::Scan(scan(1, "2026-11-23T01:00:00Z"))).await;
    heard.until("the first verdict", |heard| heard.on("/verdict").len() == 1).await;

    kiosk.act(Deed::CutOff).await;
    heard.until("the last will", |heard| heard.on("K03/status").last().is_some_and(|last| last == "offline")).await;
    for number in 2..=30 {
        kiosk.act(Deed::Scan(scan(number, "2026-11-23T01:10:00.5Z"))).await;
    }
    kiosk.act(Deed::Scan(scan(1, "2026-11-23T01:00:00Z"))).await;
    assert_eq!(heard.on("/scan").len(), 1, "nothing gets through");
    kiosk.act(Deed::Reconnect).await;
    heard.until("all verdicts", |heard| heard.on("/verdict").len() == 31).await;

    let counts = kiosk.stop().await;
    heard.until("a goodbye", |heard| heard.on("K03/status").last().is_some_and(|last| last == "offline")).await;
    assert_eq!((counts.scans_sent, counts.scans_acknowledged, counts.late_uploads), (31, 31, 30), "{counts:?}");
    assert_eq!((counts.scans_left, counts.scans_unanswered, counts.connections), (0, 0, 2), "{counts:?}");
    assert_eq!(counts.verdicts, BTreeMap::from([("admit".to_owned(), 31)]));
    let order: Vec<String> = heard.on("/scan").iter().map(|text| text[12..22].to_owned()).collect();
    let expected: Vec<String> = (1..=30).chain([1]).map(|number| format!("K03-{number:06}")).collect();
    assert_eq!(order, expected, "in the order in which they were made");
    assert!(heard.on("/scan")[1].contains(r#""at":"2026-11-23T01:10:00.500Z""#));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_dies_costs_no_scan() {
    let Some(mut broker) = Broker::start() else { return };
    let kiosk = Running::start(broker.address);
    kiosk.act(Deed::Scan(scan(1, "2026-11-23T01:00:00Z"))).await;
    broker.process.kill().unwrap();
    broker.process.wait().unwrap();
    for number in 2..=50 {
        kiosk.act(Deed::Scan(scan(number, "2026-11-23T01:00:00Z"))).await;
    }
    // The gateway listens before the kiosk can be back: it waits out a pause between attempts, and so may we.
    let config = broker.dir.path().join("m.conf");
    broker.process = spawn(&config, broker.address).unwrap();
    let heard = Heard::listen(broker.address).await;
    heard
        .until("the scans made meanwhile", |heard| {
            let ids: BTreeSet<String> = heard.on("/scan").iter().map(|text| text[12..22].to_owned()).collect();
            (2..=50).all(|number| ids.contains(&format!("K03-{number:06}")))
        })
        .await;
    let counts = kiosk.stop().await;
    assert_eq!((counts.scans_left, counts.scans_dropped), (0, 0), "{counts:?}");
}

fn made_while_cut_off(day: &Day) -> u64 {
    let mut count = 0;
    for kiosk in &day.kiosks {
        let mut cut = false;
        for (_, deed) in &kiosk.deeds {
            match deed {
                Deed::CutOff => cut = true,
                Deed::Reconnect => cut = false,
                Deed::Scan(_) => count += u64::from(cut),
            }
        }
    }
    count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_day_arrives() {
    let Some(broker) = Broker::start() else { return };
    let heard = Heard::listen(broker.address).await;
    let dir = tempfile::tempdir().unwrap();
    let zone = TimeZone::fixed(jiff::tz::offset(8));
    let day = Day::generate(7, jiff::civil::date(2026, 11, 23), zone).unwrap();
    let ports = day.prepare_ports(dir.path()).unwrap();
    assert!(ports.paths().values().all(|path| path.exists()), "the ports are there before the day");
    let upstream = firmware_sim::upstream::UpstreamControl::start(([127, 0, 0, 1], 0).into(), false).await.unwrap();
    // Fourteen hours in fourteen seconds.
    let clock = SimClock::new(day.opens, Instant::now(), 3600.0).unwrap();
    let targets = Targets { mqtt: broker.address, ports, upstream: Some(upstream.clone()) };
    let summary = run_day(&day, targets, clock, CancellationToken::new()).await;
    println!("{summary}");

    let planned: BTreeSet<String> = day
        .kiosks
        .iter()
        .flat_map(|kiosk| &kiosk.deeds)
        .filter_map(|(_, deed)| match deed {
            Deed::Scan(scan) => Some(scan.scan_id.clone()),
            Deed::CutOff | Deed::Reconnect => None,
        })
        .collect();
    let arrived =
        |heard: &Heard| -> BTreeSet<String> { heard.on("/scan").iter().map(|text| text[12..22].to_owned()).collect() };
    heard.until("the last scan", |heard| arrived(heard).len() >= planned.len()).await;
    assert_eq!(arrived(&heard), planned);
    let scans = summary.scans();
    assert_eq!((scans.scans_sent, scans.scans_left), (planned.len() as u64 + 1, 0), "one was sent twice");
    let cut_off = made_while_cut_off(&day);
    assert!(cut_off >= 4 && scans.late_uploads >= cut_off, "{cut_off} {scans:?}");
    assert_eq!(scans.verdicts_changed, 0);
    assert_eq!(summary.upstream_outages, 1);
    assert!(summary.complete && summary.broken_devices == 0);
    let air = summary.sensors;
    assert_eq!(air.readings_sent, air.readings_acknowledged + air.readings_dropped);
    assert!(air.readings_sent + air.readings_skipped > 24 * 14 * 60 - 24 * 5 - 400, "{air:?}");
    assert_eq!(summary.receivers().unplugged, 1);
    assert!(!dir.path().join("car-1").exists(), "the ports go with the day");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_broken_off_ends_soon() {
    let Some(broker) = Broker::start() else { return };
    let dir = tempfile::tempdir().unwrap();
    let zone = TimeZone::fixed(jiff::tz::offset(8));
    let day = Day::generate(7, jiff::civil::date(2026, 11, 23), zone).unwrap();
    let clock = SimClock::new(day.opens, Instant::now(), 60.0).unwrap();
    let targets = Targets { mqtt: broker.address, ports: day.prepare_ports(dir.path()).unwrap(), upstream: None };
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(500)).await;
        stop.cancel();
    });
    let summary = tokio::time::timeout(PATIENCE, run_day(&day, targets, clock, cancel)).await.unwrap();
    assert!(!summary.complete && summary.broken_devices == 0);
    assert_eq!(summary.kiosks.len(), 5);
}
