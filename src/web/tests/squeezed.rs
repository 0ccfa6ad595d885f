//! Answers in gzip: which are, and what is in them.

use std::io::Read;

use flate2::read::GzDecoder;

use super::*;

/// Status, headers and bytes for a client that accepts this.
async fn sent(house: &House, path: &str, accepts: &str) -> (HeaderMap, Vec<u8>) {
    let client = reqwest::Client::builder().no_proxy().no_gzip().build().unwrap();
    let request = client.get(format!("{}{path}", house.base)).header("accept-encoding", accepts);
    let answer = tokio::time::timeout(PATIENCE, request.send()).await.unwrap().unwrap();
    (answer.headers().clone(), answer.bytes().await.unwrap().to_vec())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_answers_are_in_gzip_for_who_takes_it() {
    let house = House::open().await;
    house.keep_readings(200).await;
    for path in
        ["/api/v1/overview", "/api/v1/journal?limit=200", "/api/openapi.json", "/metrics", "/api/v1/report?format=html"]
    {
        let (headers, plain) = sent(&house, path, "identity").await;
        assert!(!headers.contains_key("content-encoding"), "{path}");
        assert_eq!(headers["vary"], "accept-encoding", "{path}");
        let (headers, packed) = sent(&house, path, "br, gzip").await;
        assert_eq!(
            ["content-encoding", "vary"].map(|name| said(&headers, name)),
            ["gzip", "accept-encoding"],
            "{path}"
        );
        assert_eq!(headers["content-length"], packed.len().to_string(), "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        let mut unpacked = Vec::new();
        GzDecoder::new(packed.as_slice()).read_to_end(&mut unpacked).unwrap();
        // The counters and what is being asked for moves on between the two.
        assert!(path == "/metrics" || unpacked.len().abs_diff(plain.len()) < 64, "{path}");
        assert!(packed.len() < unpacked.len(), "{path}: {} of {}", packed.len(), unpacked.len());
    }
    for (path, accepts) in [("/healthz", "gzip"), ("/api/v1/nothing", "gzip"), ("/api/v1/overview", "gzip;q=0, br")] {
        let (headers, _) = sent(&house, path, accepts).await;
        assert!(!headers.contains_key("content-encoding"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_live_stream_is_never_held_back_to_be_squeezed() {
    let house = House::open().await;
    let client = reqwest::Client::builder().no_proxy().no_gzip().build().unwrap();
    let request = client.get(format!("{}/api/v1/stream", house.base)).header("accept-encoding", "gzip");
    let mut stream = tokio::time::timeout(PATIENCE, request.send()).await.unwrap().unwrap();
    assert!(!stream.headers().contains_key("content-encoding"));
    let first = tokio::time::timeout(PATIENCE, stream.chunk()).await.unwrap().unwrap().unwrap();
    assert!(first.starts_with(b"retry: "), "{first:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_present_is_squeezed_once_for_all() {
    let house = House::open().await;
    let desk = house.desk();
    let Ok(shown) = desk.board.current(&desk.site).await else { panic!("the recorder tells the present") };
    let (Ok(one), Ok(other)) = tokio::join!(shown.gzip(&desk), shown.gzip(&desk)) else { panic!("it can be written") };
    assert_eq!(one.as_ptr(), other.as_ptr());
}
