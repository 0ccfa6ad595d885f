//! The live stream: where it begins, what it sends, how it ends.

use std::time::Instant;

use tokio::io::AsyncWriteExt;

use super::*;
use crate::web::live;

/// One event as a browser would see it; an id without data is one as well, because a browser remembers it.
#[derive(Debug, Default, Clone, PartialEq)]
struct Event {
    id: Option<String>,
    name: String,
    data: Value,
}

struct Events {
    response: reqwest::Response,
    text: String,
}

impl Events {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let block: String = self.text.drain(..end + 2).collect();
                return Some(parse(&block));
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await.expect("the stream is silent");
            self.text.push_str(std::str::from_utf8(&chunk.ok()??).unwrap());
        }
    }

    /// The next event that is not the time.
    async fn told(&mut self) -> Event {
        loop {
            let event = self.next().await.expect("the stream ended");
            if event.name != "tick" {
                return event;
            }
            assert_eq!(event.id, None);
            assert!(event.data["now"].is_string());
        }
    }

    /// The numbers of the next `count` entries, each checked for its id and name.
    async fn seqs(&mut self, count: usize) -> Vec<Seq> {
        let mut seqs = Vec::new();
        while seqs.len() < count {
            let event = self.told().await;
            let seq = event.data["seq"].as_u64().unwrap_or_else(|| panic!("{event:?}"));
            assert_eq!(event.id, Some(format!("quiet-fox-{seq}")));
            assert_eq!(event.data["kind"], event.name);
            seqs.push(seq);
        }
        seqs
    }
}

fn parse(block: &str) -> Event {
    let mut event = Event::default();
    for line in block.lines() {
        match line.split_once(": ").unwrap_or((line, "")) {
            ("id", id) => event.id = Some(id.to_owned()),
            ("event", name) => name.clone_into(&mut event.name),
            ("data", data) => event.data = serde_json::from_str(data).unwrap(),
            ("retry" | "", _) => {}
            other => panic!("{other:?} is no line of an event"),
        }
    }
    event
}

impl House {
    async fn listen(&self, query: &str, last_event_id: Option<&str>) -> Events {
        let mut request = self.client.get(format!("{}/api/v1/stream{query}", self.base));
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let response = tokio::time::timeout(PATIENCE, request.send()).await.unwrap().unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        Events { response, text: String::new() }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_reader_hears_what_is_committed_from_now_on() {
    let house = House::open().await;
    house.keep_readings(5).await;
    let mut events = house.listen("", None).await;
    let opening = events.told().await;
    assert_eq!(opening, Event { id: Some("quiet-fox-7".to_owned()), ..Event::default() });
    house.keep("room/lobby", "incident", r#"{"room":"lobby","incident":"medical"}"#).await;
    let event = events.told().await;
    assert_eq!((event.name.as_str(), event.id.as_deref()), ("incident", Some("quiet-fox-8")));
    let page = house.get("/api/v1/journal?after=7").await.json();
    assert_eq!(event.data, page["entries"][0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_comes_back_misses_nothing_and_hears_nothing_twice() {
    let house = House::open().await;
    let newest = house.keep_readings(1_200).await;
    for (query, id, from) in [
        ("", Some("quiet-fox-700"), 701),
        ("?last_event_id=quiet-fox-700", None, 701),
        ("?after=0", None, 1),
        // The browser's memory counts before the address it began with.
        ("?after=3", Some("quiet-fox-1000"), 1_001),
    ] {
        let mut events = house.listen(query, id).await;
        assert_eq!(events.told().await.id, Some(format!("quiet-fox-{}", from - 1)));
        let missed = usize::try_from(newest - from + 1).unwrap();
        assert_eq!(events.seqs(missed).await, (from..=newest).collect::<Vec<_>>(), "{query} {id:?}");
    }
    let mut events = house.listen("", Some("quiet-fox-1190")).await;
    events.told().await;
    let later = house.keep_readings(300).await;
    let count = usize::try_from(later - 1_190).unwrap();
    assert_eq!(events.seqs(count).await, (1_191..=later).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_continued_begins_anew_with_the_whole_present() {
    let house = House::open().await;
    let newest = house.keep_readings(10).await;
    for (query, id) in [
        ("", Some("other-word-5")),
        ("", Some("quiet-fox-13")),
        ("", Some("rubbish")),
        ("", Some("")),
        ("?last_event_id=other-5", None),
        ("?after=13", None),
    ] {
        let mut events = house.listen(query, id).await;
        let reset = events.told().await;
        assert_eq!(reset.name, "reset", "{query} {id:?}");
        assert_eq!(reset.data["seq"], newest);
        assert_eq!(reset.id, Some(format!("quiet-fox-{newest}")));
        assert_eq!(reset.data["site"]["id"], "venue-1");
    }
    let mut events = house.listen("", Some("other-word-5")).await;
    events.told().await;
    let later = house.keep_readings(2).await;
    assert_eq!(events.seqs(2).await, [later - 1, later]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_stands_before_a_gap_begins_anew_and_who_stands_behind_it_goes_on() {
    let house = House::open().await;
    let newest = house.keep_readings(1_200).await;
    let sql = "DELETE FROM entry WHERE seq BETWEEN 11 AND 500; INSERT INTO stretch (first, entries) VALUES (1, 490)";
    let file = house.dir.path().join(crate::journal::FILE_NAME);
    rusqlite::Connection::open(file).unwrap().execute_batch(sql).unwrap();
    for seq in [3, 10, 11, 499] {
        let mut events = house.listen("", Some(&format!("quiet-fox-{seq}"))).await;
        let reset = events.told().await;
        assert_eq!((reset.name.as_str(), &reset.data["seq"]), ("reset", &json!(newest)), "{seq}");
    }
    let mut events = house.listen("", Some("quiet-fox-500")).await;
    assert_eq!(events.told().await.id, Some("quiet-fox-500".to_owned()));
    assert_eq!(events.seqs(700).await, (501..=1_200).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upstream_and_the_time_are_told_without_moving_the_place() {
    let house = House::open().await;
    let mut events = house.listen("", None).await;
    events.told().await;
    house.upstream.send_replace(json!({"state": "connected", "backlog": 3}));
    let event = events.told().await;
    assert_eq!(
        event,
        Event { id: None, name: "upstream".to_owned(), data: json!({"state": "connected", "backlog": 3}) }
    );
    assert_eq!(house.get("/api/v1/overview").await.json()["upstream"]["backlog"], 3);
    let tick = loop {
        let event = events.next().await.unwrap();
        if event.name == "tick" {
            break event;
        }
    };
    assert_eq!(
        tick,
        Event {
            id: None,
            name: "tick".to_owned(),
            data: json!({"now": START, "storage": {"state": "ok", "reason": null}})
        }
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_readers_all_hear_everything_in_order() {
    let house = House::open().await;
    let mut readers = Vec::new();
    for _ in 0..40 {
        let mut events = house.listen("", None).await;
        events.told().await;
        readers.push(events);
    }
    let newest = house.keep_readings(900).await;
    for events in &mut readers {
        assert_eq!(events.seqs(900).await, (3..=newest).collect::<Vec<_>>());
    }
    let text = house.get("/metrics").await.text;
    assert!(text.contains("portico_live_clients 40"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_does_not_read_holds_up_nobody_and_begins_anew() {
    let house = House::open().await;
    let mut chunks = live::opened_for_test(house.desk());
    // Its chunks fill up, its task waits; the recorder and everybody else go on.
    let newest = house.keep_readings(7_000).await;
    let mut text = String::new();
    let reset = format!("id: quiet-fox-{newest}\nevent: reset\n");
    while !text.contains(&reset) {
        let chunk = tokio::time::timeout(PATIENCE, chunks.recv()).await.expect("silent").expect("ended");
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    let entries = text.matches("event: reading\n").count();
    assert!(entries < 2_500, "{entries} entries were sent to a reader that was to begin anew");
    let later = house.keep_readings(1).await;
    while !text.contains(&format!("id: quiet-fox-{later}\nevent: reading\n")) {
        let chunk = tokio::time::timeout(PATIENCE, chunks.recv()).await.expect("silent").expect("ended");
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_ends_within_three_seconds_whoever_is_connected() {
    let house = House::open().await;
    let mut events = house.listen("", None).await;
    events.told().await;
    let mut half = tokio::net::TcpStream::connect(house.base.trim_start_matches("http://")).await.unwrap();
    half.write_all(b"POST /api/v1/scans HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{").await.unwrap();
    // An answer on another connection: by then ours is taken in as well.
    house.get("/healthz").await;
    let began = Instant::now();
    house.cancel.cancel();
    tokio::time::timeout(PATIENCE, house.serving).await.unwrap().unwrap().unwrap();
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    while events.next().await.is_some() {}
}
