//! What the misbehaving collector remembers: each event by its id, each key by its body, each request as it came.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Instant;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::collector::Conduct;

/// One request with a whole batch in it, and what it met with.
#[derive(Debug, Clone)]
pub struct Seen {
    pub at: Instant,
    pub key: String,
    pub ids: Vec<String>,
    pub conduct: Conduct,
    /// What it was answered with; 0 where nobody answered.
    pub status: u16,
}

/// The memory.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Hash of each event that was kept, by its id.
    kept: HashMap<String, u64>,
    /// Ids in the order of their first arrival, and whether each goes on the bulk lane.
    pub order: Vec<(String, bool)>,
    /// Events that introduce a guest, by id.
    pub people: BTreeMap<String, String>,
    /// Whether some other event holds this text, which must not leave the house but in those.
    pub secret: Option<String>,
    /// What each id and each key stood for when it was first heard, kept or not.
    heard: HashMap<String, u64>,
    pub requests: Vec<Seen>,
    /// Events that came again as they were.
    pub duplicates: u64,
    /// What must never happen.
    pub wrongs: Vec<String>,
}

#[derive(Deserialize)]
struct Head<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lane {
    Urgent,
    Bulk,
    People,
}

/// A batch as it came.
pub struct Batch {
    pub ids: Vec<String>,
    events: Vec<(Lane, u64, String)>,
    body: u64,
}

impl Batch {
    /// Whether there are scans in it.
    pub fn has_scans(&self) -> bool {
        self.events.iter().any(|event| event.2.contains("portico.scan.v1"))
    }
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

/// Takes a batch apart.
pub fn read(body: &[u8]) -> Result<Batch, serde_json::Error> {
    let events: Vec<&RawValue> = serde_json::from_slice(body)?;
    let mut batch = Batch { ids: Vec::new(), events: Vec::new(), body: hash(body) };
    for event in events {
        let head: Head<'_> = serde_json::from_str(event.get())?;
        let lane = match head.kind {
            "portico.reading.v1" | "portico.position.v1" => Lane::Bulk,
            "portico.person.v1" => Lane::People,
            _ => Lane::Urgent,
        };
        batch.ids.push(head.id.to_owned());
        batch.events.push((lane, hash(event.get().as_bytes()), event.get().to_owned()));
    }
    Ok(batch)
}

impl Ledger {
    /// A batch came, whatever becomes of it: nothing in it may ever have meant something else.
    pub fn hear(&mut self, key: &str, batch: &Batch, bytes: usize) {
        let count = batch.ids.len();
        if count == 0 || count > 500 || (bytes > 256 * 1024 && count > 1) {
            self.wrongs.push(format!("a batch of {count} events and {bytes} bytes"));
        }
        let events = batch.ids.iter().map(String::as_str).zip(batch.events.iter().map(|event| event.1));
        for (name, content) in events.chain([(key, batch.body)]) {
            match self.heard.get(name) {
                Some(before) if *before != content => self.wrongs.push(format!("{name} came with two contents")),
                Some(_) => {}
                None => drop(self.heard.insert(name.to_owned(), content)),
            }
        }
    }

    /// The batch is stored.
    pub fn keep(&mut self, batch: Batch) {
        for (id, (lane, content, text)) in batch.ids.into_iter().zip(batch.events) {
            if lane == Lane::People {
                self.people.insert(id, text);
                continue;
            }
            if self.secret.as_ref().is_some_and(|secret| text.contains(secret)) {
                self.wrongs.push(format!("{id} holds a name"));
            }
            if self.kept.insert(id.clone(), content).is_some() {
                self.duplicates += 1;
                continue;
            }
            self.order.push((id, lane == Lane::Bulk));
        }
    }

    /// How many different events are stored.
    pub fn count(&self) -> usize {
        self.kept.len()
    }
}
