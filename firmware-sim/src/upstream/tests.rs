use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

async fn collector() -> UpstreamControl {
    UpstreamControl::start("127.0.0.1:0".parse().unwrap(), true).await.unwrap()
}

fn batch(ids: &[&str]) -> Vec<u8> {
    let events: Vec<Value> = ids
        .iter()
        .map(
            |id| json!({"specversion": "1.0", "id": id, "source": "/portico/v", "type": "portico.scan.v1", "data": {}}),
        )
        .collect();
    serde_json::to_vec(&events).unwrap()
}

fn request(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("POST /events HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn plain(ids: &[&str]) -> Vec<u8> {
    request(&format!("Content-Type: {BATCH}\r\n"), &batch(ids))
}

/// Sends raw bytes and reads the head of the answer; an error if the connection is refused, reset or closed before.
async fn exchange(control: &UpstreamControl, bytes: &[u8]) -> io::Result<String> {
    let mut stream = TcpStream::connect(control.address()).await?;
    stream.write_all(bytes).await?;
    let mut heard = Vec::new();
    let mut chunk = [0; 1024];
    while !heard.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut chunk).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => heard.extend_from_slice(&chunk[..count]),
        }
    }
    Ok(String::from_utf8_lossy(&heard).into_owned())
}

#[tokio::test]
async fn a_batch_is_stored_once_plain_or_packed() {
    let control = collector().await;
    assert!(exchange(&control, &plain(&["a", "b"])).await.unwrap().starts_with("HTTP/1.1 202"));
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(&batch(&["b", "c"])).unwrap();
    let headers = format!("Content-Type: {BATCH}; charset=utf-8\r\nContent-Encoding: gzip\r\n");
    let zipped = request(&headers, &packer.finish().unwrap());
    assert!(exchange(&control, &zipped).await.unwrap().starts_with("HTTP/1.1 202"));
    assert_eq!(control.ids(), ["a", "b", "c"]);
    assert_eq!((control.duplicates(), control.conflicts().len(), control.events().len()), (1, 0, 3));
    assert!(control.wait_for(3, Duration::from_secs(5)).await);
}

#[tokio::test]
async fn what_is_no_batch_is_refused() {
    let control = collector().await;
    for (headers, body, status) in [
        ("Content-Type: application/json\r\n".to_owned(), batch(&["a"]), "415"),
        (format!("Content-Type: {BATCH}\r\n"), b"{}".to_vec(), "400"),
        (format!("Content-Type: {BATCH}\r\nContent-Encoding: gzip\r\n"), b"nonsense".to_vec(), "400"),
        (format!("Content-Type: {BATCH}\r\n"), br#"[{"specversion":"1.0"}]"#.to_vec(), "400"),
    ] {
        let answer = exchange(&control, &request(&headers, &body)).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    }
    assert_eq!((control.counts().malformed, control.ids().len()), (4, 0));
}

#[tokio::test]
async fn answers_come_as_programmed() {
    let control = collector().await;
    control.answer_next([Answer::Refuse(503, Some(7)), Answer::Reset, Answer::AcceptThenReset]);
    let busy = exchange(&control, &plain(&["a"])).await.unwrap();
    assert!(busy.starts_with("HTTP/1.1 503") && busy.contains("retry-after: 7"), "{busy}");
    assert!(exchange(&control, &plain(&["a"])).await.is_err(), "reset");
    assert!(control.ids().is_empty());
    assert!(exchange(&control, &plain(&["a"])).await.is_err(), "stored, but nobody is told");
    assert_eq!(control.ids(), ["a"]);
    assert!(exchange(&control, &plain(&["a"])).await.unwrap().starts_with("HTTP/1.1 202"), "and then as always");
    assert_eq!(control.duplicates(), 1);
}

#[tokio::test]
async fn poison_and_size_are_refused_until_the_sender_splits() {
    let control = collector().await;
    control.refuse_event("b");
    control.limit_batch(Some(2));
    assert!(exchange(&control, &plain(&["a", "b", "c"])).await.unwrap().starts_with("HTTP/1.1 413"));
    assert!(exchange(&control, &plain(&["a", "b"])).await.unwrap().starts_with("HTTP/1.1 422"));
    assert!(exchange(&control, &plain(&["a", "c"])).await.unwrap().starts_with("HTTP/1.1 202"));
    assert_eq!(control.ids(), ["a", "c"]);
}

#[tokio::test]
async fn away_it_refuses_connections_and_drops_those_it_had() {
    let control = collector().await;
    let mut idle = TcpStream::connect(control.address()).await.unwrap();
    idle.write_all(&plain(&["a"])).await.unwrap();
    assert!(control.wait_for(1, Duration::from_secs(5)).await);
    control.answer_next([Answer::Hang]);
    let hanging = tokio::spawn({
        let control = control.clone();
        async move { exchange(&control, &plain(&["b"])).await }
    });
    let asked = async {
        while control.counts().requests < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), asked).await.unwrap();

    control.go_away().await;
    assert!(hanging.await.unwrap().is_err(), "a hanging request dies with it");
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(5), idle.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "an idle connection does too");
    let refused = exchange(&control, &plain(&["b"])).await.unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);

    control.come_back().await.unwrap();
    assert!(exchange(&control, &plain(&["b"])).await.unwrap().starts_with("HTTP/1.1 202"));
    assert_eq!(control.ids(), ["a", "b"], "it remembers what it had");
}
