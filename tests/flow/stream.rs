//! A reader of `GET /api/v1/stream`, as a browser is one: HTTP/1.1 in chunks, events after HTML 9.2.
//!
//! Checks of itself that numbers grow by one from event to event, so that every test that uses it would see a hole or
//! a repetition.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::PATIENCE;

/// One event with an id, or without one (`tick`, `upstream`).
#[derive(Debug, Clone)]
pub struct Event {
    /// `<epoch>-<seq>`.
    pub id: Option<String>,
    /// `scan`, `alert`, `reset` …; empty for the opening, which carries an id alone.
    pub name: String,
    pub data: Value,
}

impl Event {
    /// The number in the id.
    pub fn seq(&self) -> u64 {
        self.id.as_deref().unwrap().rsplit_once('-').unwrap().1.parse().unwrap()
    }

    /// The word in the id.
    pub fn epoch(&self) -> &str {
        self.id.as_deref().unwrap().rsplit_once('-').unwrap().0
    }
}

/// An open stream. Dropping it closes the connection.
pub struct Stream {
    events: Receiver<Event>,
    socket: TcpStream,
    /// Every entry so far, in order.
    pub entries: Vec<Event>,
    last: Option<u64>,
}

impl Stream {
    /// From the newest entry on.
    pub fn live(address: SocketAddr) -> Self {
        let mut stream = Self::open(address, "/api/v1/stream", None);
        // Only after its first words is it sure that nothing newer escapes it.
        stream.opening();
        stream
    }

    /// From the first entry on.
    pub fn whole(address: SocketAddr) -> Self {
        Self::open(address, "/api/v1/stream?after=0", None)
    }

    /// As a browser that comes back and remembers.
    pub fn resumed(address: SocketAddr, last_event_id: &str) -> Self {
        Self::open(address, "/api/v1/stream", Some(last_event_id))
    }

    fn open(address: SocketAddr, path: &str, last_event_id: Option<&str>) -> Self {
        let mut socket = TcpStream::connect(address).unwrap();
        let remembered = last_event_id.map_or(String::new(), |id| format!("Last-Event-ID: {id}\r\n"));
        write!(socket, "GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: text/event-stream\r\n{remembered}\r\n")
            .unwrap();
        let (sender, events) = channel();
        let reader = BufReader::new(socket.try_clone().unwrap());
        std::thread::spawn(move || {
            let mut body = Chunked::after_head(reader);
            let mut text = String::new();
            while let Some(chunk) = body.next_chunk() {
                text.push_str(std::str::from_utf8(&chunk).unwrap());
                while let Some((event, rest)) = text.split_once("\n\n") {
                    if sender.send(parse(event)).is_err() {
                        return;
                    }
                    text = rest.to_owned();
                }
            }
        });
        Self { events, socket, entries: Vec::new(), last: None }
    }

    /// The first event, whatever it is.
    pub fn opening(&mut self) -> Event {
        let event = self.events.recv_timeout(PATIENCE).expect("a stream says something at once");
        self.last = Some(event.seq());
        event
    }

    /// The next entry for which `wanted` holds. What came before it is in `entries`.
    pub fn until(&mut self, what: &str, mut wanted: impl FnMut(&Event) -> bool) -> Event {
        let begun = Instant::now();
        loop {
            let left = PATIENCE.saturating_sub(begun.elapsed());
            let Some(event) = self.next(left) else {
                panic!("no {what} on the stream; seen: {:#?}", self.entries);
            };
            if wanted(&event) {
                return event;
            }
        }
    }

    /// The next alert change to `state` of `rule`.
    pub fn alert(&mut self, rule: &str, state: &str) -> Event {
        self.until(&format!("{rule} {state}"), |event| {
            event.name == "alert" && event.data["body"]["rule"] == rule && event.data["body"]["state"] == state
        })
    }

    /// The next entry, or none within `limit`.
    pub fn next(&mut self, limit: Duration) -> Option<Event> {
        let until = Instant::now() + limit;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let event = self.events.recv_timeout(left).ok()?;
            if event.id.is_none() {
                assert!(matches!(event.name.as_str(), "tick" | "upstream"), "an entry without an id: {event:?}");
                continue;
            }
            if event.name.is_empty() || event.name == "reset" {
                self.last = Some(event.seq());
                continue;
            }
            assert_eq!(event.data["seq"], event.seq(), "the id is the entry's number: {event:?}");
            assert_eq!(event.data["kind"], *event.name, "{event:?}");
            if let Some(last) = self.last {
                assert_eq!(event.seq(), last + 1, "a hole or a repetition: {event:?}");
            }
            self.last = Some(event.seq());
            self.entries.push(event.clone());
            return Some(event);
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let _ended = self.socket.shutdown(std::net::Shutdown::Both);
    }
}

fn parse(text: &str) -> Event {
    let mut event = Event { id: None, name: String::new(), data: Value::Null };
    for line in text.lines() {
        let (field, value) = line.split_once(": ").unwrap_or_else(|| panic!("no field: {line:?}"));
        match field {
            "id" => event.id = Some(value.to_owned()),
            "event" => value.clone_into(&mut event.name),
            "data" => event.data = serde_json::from_str(value).unwrap(),
            "retry" => assert!(value.parse::<u32>().is_ok()),
            other => panic!("a field that is none: {other:?}"),
        }
    }
    event
}

/// The body of an answer in chunks (RFC 9112, 7.1).
struct Chunked(BufReader<TcpStream>);

impl Chunked {
    fn after_head(mut reader: BufReader<TcpStream>) -> Self {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(reader.read_line(&mut head).unwrap() > 0, "the stream ended in its head: {head}");
        }
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert!(head.to_ascii_lowercase().contains("content-type: text/event-stream"), "{head}");
        Self(reader)
    }

    /// None when the connection is over, however it ended.
    fn next_chunk(&mut self) -> Option<Vec<u8>> {
        let mut size = String::new();
        self.0.read_line(&mut size).ok().filter(|count| *count > 0)?;
        let size = usize::from_str_radix(size.trim(), 16).ok().filter(|size| *size > 0)?;
        let mut chunk = vec![0; size + 2];
        self.0.read_exact(&mut chunk).ok()?;
        chunk.truncate(size);
        Some(chunk)
    }
}
