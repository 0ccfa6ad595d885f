//! Everything that was heard is accounted for: good, repeated, damaged, oversized, thinned and refused input by MQTT,
//! HTTP and a serial port, an upstream that refuses one event for good, and every line of the report adds up to what
//! this test itself sent.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failure stops its test and says where.

mod support;

use firmware_sim::nmea::sentence;
use firmware_sim::pty::Pty;
use firmware_sim::upstream::UpstreamControl;
use portico::journal::{FILE_NAME, Reader};
use serde_json::{Value, json};
use support::Daemon;
use support::mqtt::Client;
use support::patience::until_so;

/// More than the 64 KiB of a payload that are read, and of a body that is taken.
const OVERSIZED_BYTES: usize = 70_000;

fn report(daemon: &Daemon) -> Value {
    let report = daemon.get("/api/v1/conservation");
    assert_eq!((&report["adds_up"], &report["differences"]), (&json!(true), &json!([])), "{report:#}");
    report
}

fn link(report: &Value, name: &str) -> Value {
    let links = report["links"].as_array().unwrap();
    links.iter().find(|line| line["link"] == name).unwrap_or_else(|| panic!("no {name}: {report:#}")).clone()
}

fn scan(id: &str) -> String {
    format!("{{\"scan_id\":\"{id}\",\"code\":\"G-{id}\"}}")
}

fn scan_by_http(id: &str) -> String {
    format!("{{\"scan_id\":\"{id}\",\"code\":\"G-{id}\",\"kiosk\":\"K9\"}}")
}

/// Twelve scans, three of them twice; a reading with QoS 0; four payloads that cannot be read, each for a reason of its
/// own; three messages of others.
fn speak_mqtt(daemon: &Daemon) {
    let mut client = Client::plain(daemon.mqtt, "conservation").unwrap();
    let topic = "reception/v1/kiosk/K1/scan";
    for id in (0..12).chain(3..6) {
        client.publish_and_wait(topic, scan(&format!("m{id}")).as_bytes()).unwrap();
    }
    let reading =
        support::mqtt::publish_packet("reception/v1/room/hall/sensor/t", b"{\"temperature\":21.5}", None, false);
    client.send(&reading).unwrap();
    client.publish_and_wait(topic, b"{\"scan_id\":").unwrap();
    client.publish_and_wait(topic, b"{\"scan_id\":\"x\"}").unwrap();
    client.publish_and_wait(topic, &vec![b' '; OVERSIZED_BYTES]).unwrap();
    client.publish_and_wait("reception/v1/kiosk/K1/scans", b"{}").unwrap();
    for _ in 0..3 {
        client.publish_and_wait("somebody/elses", b"27").unwrap();
    }
}

/// Five scans, two of them twice; one body that is no scan, one that is no JSON, one too large, one not declared.
fn speak_http(daemon: &Daemon) {
    let post = |body: &str| daemon.post("/api/v1/scans", body).0;
    for id in (0..5).chain(1..3) {
        assert_eq!(post(&scan_by_http(&format!("h{id}"))), 200);
    }
    assert_eq!(post("{\"code\":\"G-1\"}"), 422);
    assert_eq!(post("{\"scan_id\""), 400);
    assert_eq!(post(&format!("\"{}\"", "x".repeat(OVERSIZED_BYTES))), 413);
}

fn rmc(second: u32) -> String {
    format!(
        "{}\r\n",
        sentence(&format!("GPRMC,0217{second:02},A,3114.5820,N,12128.3051,E,000.0,087.0,231126,,,A")).trim()
    )
}

/// A car that stands still for forty moments, and eight sentences that the wire has damaged.
fn speak_serial(daemon: &Daemon, port: &mut Pty) {
    let heard = || link(&daemon.get("/api/v1/conservation"), "serial:car-1")["heard"].as_u64().unwrap();
    until_so("the gateway hears the port", || {
        port.write(format!("{}\r\n", sentence("GPTXT,01,01,02,ANTSTATUS=OK").trim()).as_bytes());
        heard() == 1
    });
    for second in 0..40 {
        assert_eq!(port.write(rmc(second).as_bytes()).lost, 0);
    }
    for second in 40..48 {
        let damaged = rmc(second).replace("3114", "3115");
        assert_eq!(port.write(damaged.as_bytes()).lost, 0);
    }
    // Its first word, forty moments, eight damaged sentences; what lingers for company is kept before anything else.
    until_so("everything of the port is heard and kept", || {
        let line = link(&daemon.get("/api/v1/conservation"), "serial:car-1");
        line["heard"] == 49 && line["in_flight"] == 0
    });
}

/// Somebody else holds the database: a scan is not kept, its sender is told so and sends it again.
fn be_refused(daemon: &Daemon) -> u64 {
    let held = rusqlite::Connection::open(daemon.data().join(FILE_NAME)).unwrap();
    held.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (status, problem) = daemon.post("/api/v1/scans", &scan_by_http("late"));
    assert_eq!(status, 503, "{problem}");
    held.execute_batch("ROLLBACK").unwrap();
    let mut refused = 1;
    until_so("the scan is taken", || {
        let status = daemon.post("/api/v1/scans", &scan_by_http("late")).0;
        assert!(status == 200 || status == 503, "{status}");
        refused += u64::from(status == 503);
        status == 200
    });
    refused
}

#[test]
fn whatever_was_heard_is_accounted_for() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let collector = runtime.block_on(UpstreamControl::start("127.0.0.1:0".parse().unwrap(), false)).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut port = Pty::open(&dir.path().join("gps")).unwrap();
    let extra = format!(
        "[[serial]]\npath = \"{}\"\nvehicle = \"car-1\"\n[upstream]\nkind = \"http\"\nurl = \"http://{}/\"\n",
        port.link().display(),
        collector.address()
    );
    let mut daemon = Daemon::start(dir.path(), &extra);
    let reader = Reader::open(&daemon.data()).unwrap();
    // Some scan to come is poison to the receiver.
    collector.refuse_event(&format!("test/{}/{}", reader.epochs().newest(), reader.newest().unwrap() + 5));
    report(&daemon);
    speak_mqtt(&daemon);
    report(&daemon);
    speak_http(&daemon);
    speak_serial(&daemon, &mut port);
    let refused = be_refused(&daemon);
    let settled = || {
        let report = report(&daemon);
        let quiet = report["links"].as_array().unwrap().iter().all(|line| line["in_flight"] == 0);
        let upstream = report["upstream"].as_array().unwrap();
        (quiet && upstream.len() == 2 && upstream.iter().all(|lane| lane["backlog"] == 0)).then_some(report)
    };
    until_so("everything is at its end", || settled().is_some());
    let report = settled().unwrap();
    check(&report, refused);
    let parked: u64 = report["upstream"].as_array().unwrap().iter().map(|lane| lane["parked"].as_u64().unwrap()).sum();
    let entries = report["entries"]["newest_seq"].as_u64().unwrap();
    assert_eq!(parked, 1, "{report:#}");
    assert_eq!(collector.counts().events, entries - 1, "upstream has everything but the one");
    assert!(daemon.stop().success());
    let out = daemon.out();
    println!("{out}");
    assert!(out.starts_with("conservation: everything adds up\n"), "{out}");
    for line in [
        "  mqtt: 23 heard = 13 kept + 3 kept before + 4 rejected (missing 1, not_json 1, too_long 1, unknown_topic 1) \
         + 3 with nothing to keep (not_ours 3)\n",
        "+ 1 turned away (body_bytes_max 1)",
        "upstream.urgent: ",
        " + 1 parked\n",
    ] {
        assert!(out.contains(line), "{line:?} is not said at the end:\n{out}");
    }
}

/// The report against what was sent.
fn check(report: &Value, refused: u64) {
    let mqtt = link(report, "mqtt");
    let want = json!({
        "link": "mqtt", "heard": 12 + 3 + 1 + 4 + 3, "kept": 13, "duplicates": 3,
        "rejected": {"missing": 1, "not_json": 1, "too_long": 1, "unknown_topic": 1},
        "nothing_to_keep": {"not_ours": 3},
        "thinned": 0, "dropped": {}, "turned_away": {}, "not_kept": 0, "in_flight": 0,
    });
    assert_eq!(mqtt, want);
    let http = link(report, "http");
    let want = json!({
        "link": "http", "heard": 5 + 2 + 3 + 1 + refused, "kept": 6, "duplicates": 2,
        "rejected": {"not_a_scan": 1, "not_json": 1}, "nothing_to_keep": {},
        "thinned": 0, "dropped": {}, "turned_away": {"body_bytes_max": 1}, "not_kept": refused, "in_flight": 0,
    });
    assert_eq!(http, want);
    let serial = link(report, "serial:car-1");
    let count = |name: &str| serial[name].as_u64().unwrap();
    let damaged = serial["rejected"]["checksum"].as_u64().unwrap_or_else(|| panic!("{serial}"));
    let early = serial["dropped"]["serial_rejected_every"].as_u64().unwrap_or(0);
    assert_eq!((count("heard"), damaged + early), (49, 8), "{serial}");
    assert!(count("thinned") >= 30 && count("kept") >= 2, "{serial}");
    assert_eq!(count("thinned") + count("kept"), 41, "{serial}");
    let by_kind = &report["entries"]["by_kind"];
    assert_eq!((&by_kind["scan"], &by_kind["reading"]), (&json!(18), &json!(1)), "{report:#}");
    assert_eq!(by_kind["rejected"].as_u64().unwrap(), 6 + damaged, "{report:#}");
    assert_eq!(by_kind["position"].as_u64().unwrap(), count("kept") - 1, "{report:#}");
}
