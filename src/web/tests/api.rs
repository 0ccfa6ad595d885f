//! What is asked and answered, problems among it.

use std::collections::BTreeSet;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::web::routes;

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_overview_has_the_members_of_the_contract() {
    let house = House::open().await;
    let answer = house.get("/api/v1/overview").await;
    assert_eq!(answer.status, 200);
    let mut want = vec![
        "seq",
        "epoch",
        "now",
        "clock",
        "site",
        "guests",
        "notifiers",
        "visits",
        "vehicles",
        "rooms",
        "alerts",
        "devices",
        "upstream",
        "storage",
    ];
    want.sort_unstable();
    let overview = answer.json();
    let mut have = keys(&overview);
    have.sort_unstable();
    assert_eq!(have, want);
    assert_eq!((&overview["seq"], &overview["epoch"]), (&json!(2), &json!("quiet-fox")));
    assert_eq!(overview["now"], START);
    assert_eq!(overview["site"]["time_zone"], "Asia/Shanghai");
    assert_eq!(overview["upstream"], json!({"state": "off"}));
    assert_eq!(overview["storage"], json!({"state": "ok", "reason": null}));
    for count in ["expected", "arrived", "late", "cancelled", "left"] {
        assert!(overview["guests"][count].is_u64(), "{count}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_overview_is_never_older_than_its_question() {
    let house = House::open().await;
    for _ in 0..5 {
        let seq = house.keep_readings(3).await;
        let overview = house.get("/api/v1/overview").await.json();
        assert!(overview["seq"].as_u64().unwrap() >= seq, "{seq}: {}", overview["seq"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_journal_is_read_in_pages_to_the_end() {
    let house = House::open().await;
    house.keep("sensor/lobby/t1", "reading", r#"{"room":"lobby","sensor":"t1","temperature":23.4}"#).await;
    let newest = house.keep_readings(25).await;
    let (mut after, mut seqs) = (0, Vec::new());
    loop {
        let page = house.get(&format!("/api/v1/journal?after={after}&limit=10")).await.json();
        let entries = page["entries"].as_array().unwrap();
        assert!(entries.len() <= 10);
        seqs.extend(entries.iter().map(|entry| entry["seq"].as_u64().unwrap()));
        after = page["next"].as_u64().unwrap();
        if entries.is_empty() {
            break;
        }
    }
    assert_eq!(seqs, (1..=newest).collect::<Vec<_>>());
    assert_eq!(after, newest);

    let page = house.get("/api/v1/journal?after=2&limit=1").await.json();
    let entry = &page["entries"][0];
    assert_eq!(
        keys(entry),
        ["body", "device", "hash", "kind", "observed_at", "received_at", "seq", "subject"],
        "an entry is {entry}"
    );
    assert_eq!(entry["body"], json!({"room": "lobby", "sensor": "t1", "temperature": 23.4}));
    assert_eq!((&entry["subject"], &entry["device"]), (&json!("room/lobby"), &json!("sensor/lobby/t1")));
    // The device told no time, so ours stands for it.
    assert_eq!((&entry["observed_at"], &entry["received_at"]), (&json!(START), &json!(START)));
    let hash = entry["hash"].as_str().unwrap();
    assert!(hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()), "{hash}");

    let devices = house.get("/api/v1/journal?kind=device").await.json();
    assert_eq!(devices["entries"].as_array().unwrap().len(), 1);
    assert_eq!(devices["next"], newest);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_refusal_is_a_problem_that_says_what_to_do() {
    let house = House::open().await;
    for (path, status, says) in [
        ("/api/v1/nothing", 404, "/api/openapi.json"),
        ("/nothing", 404, "/api/openapi.json"),
        ("/api/v1/journal?kind=planet", 400, "scan, position"),
        ("/api/v1/journal?limit=0", 400, "1 to 1000"),
        ("/api/v1/journal?limit=1001", 400, "1 to 1000"),
        ("/api/v1/journal?after=-1", 400, "after"),
        ("/api/v1/journal?after=x", 400, "after"),
        ("/api/v1/journal?before=5&after=2", 400, "order=oldest"),
        ("/api/v1/journal?order=newest&after=2", 400, "order=newest"),
        ("/api/v1/journal?order=random", 400, "random"),
        ("/api/v1/alerts?state=some", 400, "some"),
        ("/api/v1/stream?after=x", 400, "after"),
        ("/api/v1/scans", 405, "GET"),
    ] {
        let answer = house.get(path).await;
        assert_eq!(answer.status, status, "{path}");
        let detail = answer.problem();
        assert!(detail.contains(says), "{path}: {detail}");
    }
    assert_eq!(house.get("/api/v1/scans").await.header("allow"), "POST");

    let large = format!("{{\"scan_id\":\"{}\"}}", "x".repeat(70_000));
    for (body, status, says) in [
        ("", 400, "JSON"),
        ("{", 400, "JSON"),
        ("{}", 422, "scan_id"),
        ("[1]", 422, "what is asked for"),
        (r#"{"scan_id":"K-1","code":"","kiosk":"K"}"#, 422, "empty"),
        (r#"{"scan_id":"K-1","code":"G-1","kiosk":"K","at":"yesterday"}"#, 422, "RFC 3339"),
        (r#"{"scan_id":"K-1","code":"G-1","kiosk":"K","direction":"up"}"#, 422, "direction"),
        (&large, 413, "65536"),
    ] {
        let answer = house.post("/api/v1/scans", body).await;
        assert_eq!(answer.status, status, "{body:.60}: {}", answer.text);
        let detail = answer.problem();
        assert!(detail.contains(says) || says == "direction", "{body:.60}: {detail}");
    }
    let plain = house.client.post(format!("{}/api/v1/scans", house.base)).body("{}");
    assert_eq!(house.send(plain).await.problem().split(';').next(), Some("the body must be JSON"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scan_that_is_not_understood_is_kept_with_its_reason() {
    let house = House::open().await;
    let refusal = house.post("/api/v1/scans", r#"{"code":"G-1"}"#).await;
    assert_eq!(refusal.status, 422);
    let page = house.get("/api/v1/journal?kind=rejected").await.json();
    let body = &page["entries"][0]["body"];
    assert_eq!(body["raw"], "eyJjb2RlIjoiRy0xIn0=");
    assert_eq!((&body["bytes"], &body["reason"]), (&json!(14), &json!(refusal.problem())));
    assert_eq!(page["entries"][0]["device"], "link/http");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_points_at_us_is_not_answered() {
    let house = House::open().await;
    for (host, allowed) in [("evil.example", false), ("localhost", true), ("127.0.0.1:1", true), ("10.1.2.3", false)] {
        let request = house.client.get(format!("{}/api/v1/overview", house.base)).header("host", host);
        let answer = house.send(request).await;
        assert_eq!(answer.status, if allowed { 200 } else { 421 }, "{host}");
        if !allowed {
            assert!(answer.problem().contains("localhost"));
        }
    }
    // A target with another host, as to a proxy, and no host at all.
    for head in ["GET http://evil.example/healthz HTTP/1.1\r\nhost: localhost\r\n", "GET /healthz HTTP/1.0\r\n"] {
        let mut raw = tokio::net::TcpStream::connect(house.base.trim_start_matches("http://")).await.unwrap();
        raw.write_all(format!("{head}connection: close\r\n\r\n").as_bytes()).await.unwrap();
        let mut answer = String::new();
        raw.read_to_string(&mut answer).await.unwrap();
        assert!(answer.contains(" 421 "), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_another_site_can_do_nothing() {
    let house = House::open().await;
    let scan = r#"{"scan_id":"K-1","code":"G-1","kiosk":"K"}"#;
    let before = *house.recorder.newest().borrow();
    for (name, value) in [("origin", "http://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
        let request = house.client.post(format!("{}/api/v1/scans", house.base)).header(name, value);
        let answer = house.send(request.header(CONTENT_TYPE, "application/json").body(scan)).await;
        assert_eq!(answer.status, 403, "{name}: {value}");
        answer.problem();
    }
    assert_eq!(*house.recorder.newest().borrow(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_has_the_safe_headers() {
    let house = House::open().await;
    for path in ["/", "/healthz", "/api/v1/overview", "/api/v1/nothing", "/metrics"] {
        let answer = house.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'self'") && policy.contains("frame-ancestors 'none'"), "{path}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
    }
    assert_eq!(house.get("/api/v1/overview").await.header("cache-control"), "no-store");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_says_whether_it_can_work() {
    let house = House::open().await;
    assert_eq!(house.get("/healthz").await.json()["status"], "ok");
    assert_eq!(house.get("/readyz").await.json(), json!({"ready": true, "notes": []}));
    house.upstream.send_replace(json!({"state": "offline", "reason": "connection refused"}));
    house.keep("link/serial:car-1", "device", r#"{"state":"offline","reason":"unplugged"}"#).await;
    let notes = loop {
        let ready = house.get("/readyz").await.json();
        assert_eq!(ready["ready"], true, "a gateway without upstream does its work: {ready}");
        if ready["notes"].as_array().unwrap().len() == 2 {
            break ready["notes"].clone();
        }
    };
    assert_eq!(notes, json!(["link serial:car-1 is down", "upstream is offline: connection refused"]));
    let metrics = house.get("/metrics").await;
    assert!(metrics.text.contains("portico_newest_seq 3"), "{}", metrics.text);
    assert!(metrics.text.ends_with("# EOF\n"));

    house.recorder.stop().await;
    let answer = house.get("/readyz").await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.json()["reasons"].as_array().unwrap().len(), 1, "{}", answer.text);
    assert_eq!(house.get("/healthz").await.status, 200);
    let scan = house.post("/api/v1/scans", r#"{"scan_id":"K-1","code":"G-1","kiosk":"K"}"#).await;
    assert_eq!((scan.status, scan.header("retry-after")), (503, "1"));
    assert!(scan.problem().contains("send the same again"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_served_is_described_and_what_is_described_is_served() {
    let house = House::open().await;
    let described = house.get("/api/openapi.json").await.json();
    assert!(described["openapi"].as_str().unwrap().starts_with("3.1."), "{}", described["openapi"]);
    let mut from_document = BTreeSet::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys().filter(|key| *key != "parameters") {
            from_document.insert((method.clone(), path.clone()));
            let address = format!("{}{}", house.base, path.replace("{id}", "A-1"));
            let request = house.client.request(method.to_uppercase().parse().unwrap(), address);
            let answer = tokio::time::timeout(PATIENCE, request.send()).await.unwrap().unwrap();
            let (status, kind) = (answer.status().as_u16(), answer.headers()[CONTENT_TYPE].to_str().unwrap());
            assert_ne!(status, 405, "{method} {path}");
            let answers = &methods[method]["responses"];
            let listed = &answers[status.to_string()]["content"];
            assert!(
                listed.as_object().is_some_and(|kinds| kinds.keys().any(|k| kind.starts_with(k.as_str()))),
                "{method} {path} answers {status} {kind}, which is not described in {answers}"
            );
        }
    }
    let served: BTreeSet<_> =
        routes::SERVED.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(from_document, served);

    let text = described.to_string();
    let schemas = described["components"]["schemas"].as_object().unwrap();
    for reference in text.split("\"$ref\":\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name} is referred to, but not described");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_is_shown_with_its_pace_and_with_what_was_not_understood() {
    let house = House::open().await;
    assert_eq!(house.post("/api/v1/scans", r#"{"code":"G-1"}"#).await.status, 422);
    let device = |overview: &Value| {
        let all = overview["devices"].as_array().unwrap().clone();
        all.into_iter().find(|device| device["id"] == "link/http").expect("it was heard")
    };
    let http = device(&house.get("/api/v1/overview").await.json());
    assert_eq!(
        keys(&http),
        [
            "heard_at",
            "id",
            "last_reason",
            "last_rejected_at",
            "per_minute",
            "reason",
            "received",
            "rejected",
            "since",
            "state"
        ]
    );
    assert_eq!((&http["received"], &http["rejected"], &http["per_minute"]), (&json!(0), &json!(1), &json!(null)));
    assert_eq!(http["last_rejected_at"], START);
    assert!(http["last_reason"].as_str().unwrap().contains("scan_id"), "{http}");
    // A minute after it was first counted.
    let desk = house.desk();
    while desk.paces.counted() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    house.keep("kiosk/K", "scan", r#"{"scan_id":"K-1","code":"G-1","kiosk":"K"}"#).await;
    house.site.clock.set(Timestamp::from_millis(at(START).as_millis() + 60_000));
    let told = loop {
        let Ok(shown) = desk.board.current(&desk.site).await else { panic!("the recorder tells the present") };
        if shown.present.now > at(START) {
            let Ok(told) = shown.json(&desk).await else { panic!("it can be written") };
            break serde_json::from_slice::<Value>(&told).unwrap();
        }
    };
    assert_eq!(device(&told)["per_minute"], 0, "nothing came since");
    let kiosk = told["devices"].as_array().unwrap().iter().find(|device| device["id"] == "kiosk/K").unwrap();
    assert_eq!(kiosk["per_minute"], 1, "{kiosk}");
}
