//! The file of map tiles, whole and in pieces.

use super::*;

/// What a file of tiles may look like: more than one chunk.
fn bytes() -> Vec<u8> {
    (0..200_000_u32).map(|at| (at % 251) as u8).collect()
}

async fn asked(house: &House, method: reqwest::Method, headers: &[(&str, &str)]) -> (u16, HeaderMap, Vec<u8>) {
    let mut request = house.client.request(method, format!("{}/tiles.pmtiles", house.base));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = tokio::time::timeout(PATIENCE, request.send()).await.unwrap().unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    (status, headers, answer.bytes().await.unwrap().to_vec())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tiles_are_served_whole_and_in_pieces() {
    let house = House::open().await;
    assert_eq!(house.get("/api/v1/overview").await.json()["site"]["tiles"], true);
    let get = || reqwest::Method::GET;
    let (status, _, body) = asked(&house, get(), &[]).await;
    assert_eq!(status, 500, "it was there at the start: {}", String::from_utf8_lossy(&body));
    let file = bytes();
    std::fs::write(house.site.tiles.as_ref().unwrap(), &file).unwrap();

    let (status, whole, body) = asked(&house, get(), &[]).await;
    assert!(status == 200 && body == file);
    assert_eq!(["accept-ranges", "content-length"].map(|name| said(&whole, name)), ["bytes", "200000"]);
    assert_eq!(whole["content-type"], "application/vnd.pmtiles");
    let tag = whole["etag"].to_str().unwrap();

    for (range, part) in
        [("bytes=0-126", 0..127), ("bytes=65530-131080", 65_530..131_081), ("bytes=-5", 199_995..200_000)]
    {
        let (status, headers, body) = asked(&house, get(), &[("range", range), ("if-range", tag)]).await;
        assert!(status == 206 && body == file[part.clone()], "{range}: {status}");
        assert_eq!(headers["content-range"], format!("bytes {}-{}/200000", part.start, part.end - 1));
        assert_eq!(["etag", "content-length"].map(|name| said(&headers, name)), [tag, &part.len().to_string()]);
    }
    let (status, headers, body) = asked(&house, get(), &[("range", "bytes=200000-")]).await;
    assert_eq!((status, said(&headers, "content-range")), (416, "bytes */200000"));
    assert_eq!(headers["content-type"], "application/problem+json", "{}", String::from_utf8_lossy(&body));
    let (status, headers, body) = asked(&house, reqwest::Method::HEAD, &[("range", "bytes=0-1")]).await;
    assert_eq!((status, said(&headers, "content-length"), body.len()), (200, "200000", 0));
    let (status, _, body) = asked(&house, get(), &[("if-none-match", tag)]).await;
    assert_eq!((status, body.len()), (304, 0));

    // Another file in its place: what the client has of the old is no beginning of the new.
    std::fs::write(house.site.tiles.as_ref().unwrap(), &file[..100_000]).unwrap();
    let (status, headers, body) = asked(&house, get(), &[("range", "bytes=0-1"), ("if-range", tag)]).await;
    assert_eq!((status, body.len()), (200, 100_000));
    assert_ne!(headers["etag"], tag);
}
