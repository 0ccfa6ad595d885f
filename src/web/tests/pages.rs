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

/// What is sent for `path` to a client that accepts this, byte for byte.
#[cfg(feature = "dashboard")]
async fn sent(house: &House, path: &str, accepts: Option<&str>) -> (HeaderMap, Vec<u8>) {
    let client = reqwest::Client::builder().no_proxy().no_gzip().build().unwrap();
    let mut request = client.get(format!("{}{path}", house.base));
    if let Some(accepts) = accepts {
        request = request.header("accept-encoding", accepts);
    }
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    (answer.headers().clone(), answer.bytes().await.unwrap().to_vec())
}

#[cfg(feature = "dashboard")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_come_in_the_form_that_the_client_likes_best() {
    let house = House::open().await;
    let page = house.get("/").await;
    let script = page.text.split(" src=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let (plain_headers, plain) = sent(&house, script, None).await;
    assert!(!plain_headers.contains_key("content-encoding"));
    let (gzip_headers, gzip) = sent(&house, script, Some("gzip")).await;
    let mut unpacked = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(gzip.as_slice()), &mut unpacked).unwrap();
    assert!(unpacked == plain, "gzip holds the same");
    let (brotli_headers, brotli) = sent(&house, script, Some("gzip, deflate, br, zstd")).await;
    assert_eq!([&gzip_headers, &brotli_headers].map(|headers| said(headers, "content-encoding")), ["gzip", "br"]);
    assert!(
        brotli.len() < gzip.len() && gzip.len() * 2 < plain.len(),
        "{} {} {}",
        brotli.len(),
        gzip.len(),
        plain.len()
    );
    let mut tags = std::collections::BTreeSet::new();
    for headers in [&plain_headers, &gzip_headers, &brotli_headers] {
        assert_eq!(headers["vary"], "accept-encoding");
        assert_eq!(headers["content-type"], "text/javascript; charset=utf-8");
        tags.insert(headers["etag"].to_str().unwrap().to_owned());
    }
    assert_eq!(tags.len(), 3, "each form has a tag of its own");
    // What is known is known by the form that would be sent.
    let client = reqwest::Client::builder().no_proxy().no_gzip().build().unwrap();
    for (accepts, status) in [("br", 304), ("gzip", 200)] {
        let request = client.get(format!("{}{script}", house.base)).header("accept-encoding", accepts);
        let answer = request.header("if-none-match", &brotli_headers["etag"]).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), said(answer.headers(), "vary")), (status, "accept-encoding"));
    }
    for form in [".br", ".gz"] {
        assert_eq!(house.get(&format!("{script}{form}")).await.status, 404, "a form is no file of its own");
    }
    let (headers, _) = sent(&house, "/alerts/A-12", Some("br")).await;
    assert_eq!(["content-encoding", "cache-control"].map(|name| said(&headers, name)), ["br", "no-cache"]);
}

/// Whatever a page may do is here: who adds to it says why in the commit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_may_load_from_the_gateway_alone_and_nothing_is_inlined() {
    let house = House::open().await;
    let page = house.get("/").await;
    assert_eq!(
        page.header("content-security-policy"),
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    for inlined in ["<style", "style=", "onclick=", "javascript:"] {
        assert!(!page.text.contains(inlined), "{inlined} would not work: {}", page.text);
    }
    for script in page.text.split("<script").skip(1) {
        assert!(script.split('>').next().unwrap().contains(" src=\"/"), "an inlined script would not run: {script}");
    }
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
    let head = house.client.head(format!("{}/system", house.base)).header("accept-encoding", "identity");
    let head = house.send(head).await;
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
