//! The dashboard's files and pages, as a browser gets and keeps them.

use super::*;

#[cfg(feature = "dashboard")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_dashboard_is_kept_by_browsers_as_long_as_it_is_the_same() {
    let house = House::open().await;
    let page = house.get("/").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert_eq!(page.header("cache-control"), "no-cache");
    let again = house.client.get(format!("{}/", house.base)).header("if-none-match", page.header("etag"));
    let again = house.send(again).await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    let asset = page.text.split('"').find(|text| text.starts_with("/assets/")).expect("the page names its script");
    let asset = house.get(asset).await;
    assert_eq!(asset.status, 200);
    assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(house.get("/assets/../index.html").await.status, 200, "the client shortens this to /index.html");
    assert_eq!(house.get("/assets/nothing.js").await.status, 404);
    assert_eq!(house.post("/", "{}").await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_has_an_address_of_its_own() {
    let house = House::open().await;
    let start = house.get("/").await;
    for path in ["/arrivals", "/rooms/lobby", "/alerts/A-12", "/rooms/%E5%A4%A7%E5%8E%85", "/wall?room=lobby", "/plan/"]
    {
        let page = house.get(path).await;
        assert_eq!((page.status, &page.text), (200, &start.text), "{path}");
        assert_eq!(page.header("etag"), start.header("etag"), "{path}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{path}");
    }
    let head = house.send(house.client.head(format!("{}/system", house.base))).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!(head.header("content-length"), start.text.len().to_string());
    for path in ["/arrival", "/roomsy/lobby", "/api/rooms", "/api", "//rooms", "/assets/rooms", "/Rooms"] {
        let answer = house.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.problem().contains("/api/openapi.json"), "{path}");
    }
    assert_eq!(house.post("/rooms", "{}").await.status, 404);
}

#[cfg(not(feature = "dashboard"))]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_dashboard_the_page_names_the_api() {
    let house = House::open().await;
    let page = house.get("/").await;
    assert!(page.status == 200 && page.text.contains("/api/openapi.json"), "{}", page.text);
    assert_eq!(house.get("/nothing").await.status, 404);
}
