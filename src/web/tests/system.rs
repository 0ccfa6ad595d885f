//! What is told of the machine and the program.

use super::*;
use crate::web::BackupView;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_system_is_told_from_what_is_there() {
    let house = House::open().await;
    house.keep("link/serial:car-1", "device", r#"{"state":"offline","reason":"unplugged"}"#).await;
    let seq = house.keep_readings(20).await;
    assert_eq!(house.post("/api/v1/scans", r#"{"code":"G-1"}"#).await.status, 422);
    let system = house.get("/api/v1/system").await.json();
    assert_eq!(system["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(system["started_at"], START);
    assert!(system["uptime_s"].as_u64().unwrap() < 60, "{system}");
    assert_eq!(system["host"], json!({"os": std::env::consts::OS, "arch": std::env::consts::ARCH}));
    let journal = &system["journal"];
    assert_eq!((&journal["entries"], &journal["newest_seq"]), (&json!(seq + 1), &json!(seq + 1)));
    assert_eq!(journal["oldest_at"], START);
    assert!(journal["bytes"].as_u64().unwrap() > 10_000 && journal["file_bytes"].is_u64(), "{journal}");
    assert!(journal["schema"].as_u64().unwrap() >= 4, "{journal}");
    let disk = &system["disk"];
    let (free, total) = (disk["free_bytes"].as_u64().unwrap(), disk["total_bytes"].as_u64().unwrap());
    assert!(0 < free && free <= total, "{disk}");
    assert_eq!((&disk["low"], &disk["free_min_bytes"]), (&json!(false), &json!(1)));
    assert_eq!(
        system["retention"],
        json!({
            "budget_bytes": 1 << 30, "retention_days": 30, "personal_data_days": 7,
            "given_up": 0, "given_up_for_age": 0, "given_up_for_room": 0,
        })
    );
    assert_eq!(system["backlog"], json!(null));
    assert!(system["memory_bytes"].as_u64().is_none_or(|bytes| bytes > 1 << 20), "{system}");
    let source = |link: &str| {
        let all = system["sources"].as_array().unwrap();
        let found: Vec<&Value> = all.iter().filter(|source| source["link"] == link).collect();
        assert_eq!(found.len(), 1, "{link} in {all:?}");
        found[0].clone()
    };
    let http = source("http");
    assert_eq!((&http["heard"], &http["rejected"], &http["state"]), (&json!(1), &json!(1), &json!("online")));
    let gateway = source("gateway");
    assert_eq!((&gateway["state"], &gateway["rejected"]), (&json!(null), &json!(0)));
    let car = source("serial:car-1");
    assert_eq!((&car["state"], &car["reason"]), (&json!("offline"), &json!("unplugged")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_backup_and_the_backlog_are_told_as_they_change() {
    let house = House::open().await;
    let told = |system: Value| system["backup"].clone();
    assert_eq!(
        told(house.get("/api/v1/system").await.json()),
        json!({"enabled": true, "last_at": null, "file": null, "error": null, "next_at": null, "ok": null})
    );
    let view = BackupView {
        enabled: true,
        last_at: Some(at("2026-11-22T20:00:00Z")),
        file: Some("portico-1.db".to_owned()),
        error: Some("only 5 MiB are free".to_owned()),
        next_at: Some(at("2026-11-23T02:15:00Z")),
    };
    house.backup.send_replace(view);
    house.upstream.send_replace(json!({"state": "offline", "backlog": 12}));
    let want = json!({
        "enabled": true, "last_at": "2026-11-22T20:00:00.000Z", "file": "portico-1.db", "ok": false,
        "error": "only 5 MiB are free", "next_at": "2026-11-23T02:15:00.000Z",
    });
    let system = loop {
        let system = house.get("/api/v1/system").await.json();
        // It is passed on by a task of its own.
        if system["backlog"] == 12 {
            break system;
        }
    };
    assert_eq!(told(system), want);
}
