//! A day in figures by HTTP: what it is, how it may be shown, and what is refused.

use super::*;

const SCAN: &str = r#"{"scan_id":"K1-1","code":"G-1","kiosk":"K1","duration_s":41}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_report_tells_of_today_and_of_what_was_heard() {
    let house = House::open().await;
    assert_eq!(house.post("/api/v1/scans", SCAN).await.status, 200);
    let answer = house.get("/api/v1/report").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    let report = answer.json();
    assert_eq!((&report["day"], &report["until"]), (&json!("2026-11-23"), &json!(START)));
    assert_eq!(report["site"], json!({"id": "venue-1", "name": "Venue", "time_zone": "Asia/Shanghai"}));
    assert_eq!((&report["check_in"]["check_ins"], &report["check_in"]["refused"]), (&json!(1), &json!(1)));
    assert_eq!((&report["quality"]["entries"], &report["quality"]["missing"]), (&json!(3), &json!(0)));
    assert_eq!(report["conservation"]["adds_up"], true, "{report:#}");
    // Nothing is known of punctuality and vehicles, and nothing is made up.
    assert_eq!(report["punctuality"]["all"]["in_time_percent"], Value::Null);
    assert_eq!((&report["vehicles"]["km"], &report["vehicles"]["empty_percent"]), (&Value::Null, &Value::Null));
    // Of the day before the gateway knows nothing, and what it heard since its start is not of that day.
    let before = house.get("/api/v1/report?day=yesterday").await.json();
    assert_eq!((&before["day"], &before["quality"]["entries"]), (&json!("2026-11-22"), &json!(0)));
    assert_eq!((&before["conservation"], &before["until"]), (&Value::Null, &json!("2026-11-22T16:00:00.000Z")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_stands_alone_and_the_table_is_a_file() {
    let house = House::open().await;
    house.post("/api/v1/scans", SCAN).await;
    let page = house.get("/api/v1/report?day=2026-11-23&format=html").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.text.starts_with("<!doctype html>") && page.text.contains("<html lang=\"zh-CN\">"), "{}", page.text);
    // Its own style and nothing else, also not what the dashboard may.
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(policy.ends_with("frame-ancestors 'self'") && policy.matches("self").count() == 1, "{policy}");
    assert_eq!(page.header("cache-control"), "no-store");
    let english = house.get("/api/v1/report?format=html&lang=en").await;
    assert!(english.text.contains("<html lang=\"en\">") && english.text.contains("Punctuality"), "{}", english.text);
    let table = house.get("/api/v1/report?format=csv&lang=en").await;
    assert_eq!((table.status, table.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert_eq!(table.header("content-disposition"), "attachment; filename=\"report-2026-11-23.csv\"");
    assert!(table.text.trim_start_matches('\u{feff}').starts_with("section,table"), "{}", table.text);
    assert!(table.text.contains("Check-in,,,Check-ins,1,\r\n"), "{}", table.text);
    // Any other page keeps the policy that it had.
    assert!(house.get("/api/v1/report").await.header("content-security-policy").starts_with("default-src 'self'"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_report_is_refused_with_what_is() {
    let house = House::open().await;
    for (query, says) in [
        ("day=tomorrow", "today, yesterday or a date like 2026-11-30"),
        ("day=2026-02-30", "2026-02-30"),
        ("day=2026-11-24", "2026-11-24 has not begun: at the site it is 2026-11-23"),
        ("format=pdf", "pdf"),
        ("lang=fr", "zh-CN or en"),
    ] {
        let answer = house.get(&format!("/api/v1/report?{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
        let detail = answer.problem();
        assert!(detail.contains(says), "{query}: {detail}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_ask_at_once_are_all_answered() {
    let house = House::open().await;
    let asked = (0..12).map(|number| house.get(["/api/v1/report?format=html", "/api/v1/alerts"][number % 2]));
    let answers = futures_util::future::join_all(asked).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
}
