//! What the collector remembers of the events it was sent: which ids, with which content, how often. Pure: it opens
//! no connection and tells no time.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Serialize;
use serde_json::Value;

/// How many idempotency keys are remembered; an older one may be used again unnoticed, as with any server that expires
/// them.
const KEYS: usize = 1_024;

/// The figures of a collector.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Requests with a batch, whatever became of them.
    pub requests: u64,
    /// Different events stored.
    pub events: u64,
    /// Events that were known already, with the same content.
    pub duplicates: u64,
    /// Events whose id was known with another content.
    pub conflicts: u64,
    /// Requests that are not batches of CloudEvents.
    pub malformed: u64,
    /// Requests that used another request's idempotency key.
    pub reused_keys: u64,
}

/// A batch that is refused whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadBatch {
    /// One of its members is not a CloudEvent; the reason.
    NotAnEvent(String),
    /// Its idempotency key belongs to another batch.
    KeyReused,
}

/// The memory of a collector.
#[derive(Debug)]
pub struct Ledger {
    known: HashMap<String, u64>,
    ids: Vec<String>,
    bodies: Option<Vec<Value>>,
    conflicts: Vec<String>,
    keys: VecDeque<(String, u64)>,
    counts: Counts,
}

impl Ledger {
    /// An empty memory that keeps the events whole or only their ids.
    pub fn new(keep_bodies: bool) -> Self {
        Self {
            known: HashMap::new(),
            ids: Vec::new(),
            bodies: keep_bodies.then(Vec::new),
            conflicts: Vec::new(),
            keys: VecDeque::new(),
            counts: Counts::default(),
        }
    }

    /// Stores a batch: all of it or, if one member is no CloudEvent, nothing.
    pub fn store(&mut self, key: Option<&str>, batch: Vec<Value>) -> Result<(), BadBatch> {
        let ids = batch.iter().map(event_id).collect::<Result<Vec<_>, _>>().map_err(BadBatch::NotAnEvent)?;
        if let Some(key) = key {
            self.claim(key, digest(&Value::Array(batch.clone())))?;
        }
        for (id, event) in ids.into_iter().zip(batch) {
            let content = digest(&event);
            match self.known.get(&id) {
                Some(before) if *before == content => self.counts.duplicates += 1,
                Some(_) => {
                    self.counts.conflicts += 1;
                    self.conflicts.push(id);
                }
                None => {
                    self.counts.events += 1;
                    self.known.insert(id.clone(), content);
                    self.ids.push(id);
                    if let Some(bodies) = &mut self.bodies {
                        bodies.push(event);
                    }
                }
            }
        }
        Ok(())
    }

    fn claim(&mut self, key: &str, content: u64) -> Result<(), BadBatch> {
        match self.keys.iter().find(|(known, _)| known == key) {
            Some((_, before)) if *before == content => Ok(()),
            Some(_) => {
                self.counts.reused_keys += 1;
                Err(BadBatch::KeyReused)
            }
            None => {
                if self.keys.len() == KEYS {
                    self.keys.pop_front();
                }
                self.keys.push_back((key.to_owned(), content));
                Ok(())
            }
        }
    }

    /// One more request.
    pub fn count_request(&mut self) {
        self.counts.requests += 1;
    }

    /// One more request that is no batch.
    pub fn count_malformed(&mut self) {
        self.counts.malformed += 1;
    }

    /// The figures.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The ids in the order of their first arrival.
    pub fn ids(&self) -> &[String] {
        &self.ids
    }

    /// The events in the order of their first arrival; empty unless they are kept.
    pub fn bodies(&self) -> &[Value] {
        self.bodies.as_deref().unwrap_or_default()
    }

    /// The events that came since this was last asked.
    pub fn take_bodies(&mut self) -> Vec<Value> {
        self.bodies.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Ids that came again with another content, each time they did.
    pub fn conflicts(&self) -> &[String] {
        &self.conflicts
    }
}

/// The id of a CloudEvent, or what keeps a value from being one.
fn event_id(event: &Value) -> Result<String, String> {
    let text = |name: &str| event.get(name).and_then(Value::as_str).filter(|value| !value.is_empty());
    match text("specversion") {
        Some("1.0") => {}
        other => return Err(format!("specversion is {other:?}, want \"1.0\"")),
    }
    for name in ["source", "type"] {
        text(name).ok_or_else(|| format!("{name} is missing"))?;
    }
    text("id").map(str::to_owned).ok_or_else(|| "id is missing".to_owned())
}

/// A hash of a JSON value that does not depend on the order of object members.
fn digest(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    feed(value, &mut hasher);
    hasher.finish()
}

fn feed(value: &Value, hasher: &mut DefaultHasher) {
    match value {
        Value::Null => hasher.write_u8(0),
        Value::Bool(truth) => (1_u8, truth).hash(hasher),
        Value::Number(number) => (2_u8, number.to_string()).hash(hasher),
        Value::String(text) => (3_u8, text).hash(hasher),
        Value::Array(items) => {
            (4_u8, items.len()).hash(hasher);
            for item in items {
                feed(item, hasher);
            }
        }
        Value::Object(members) => {
            (5_u8, members.len()).hash(hasher);
            let mut names: Vec<&String> = members.keys().collect();
            names.sort_unstable();
            for name in names {
                name.hash(hasher);
                feed(members.get(name).unwrap_or(&Value::Null), hasher);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(id: &str, data: &Value) -> Value {
        json!({"specversion": "1.0", "id": id, "source": "/portico/venue-1", "type": "portico.scan.v1", "data": data})
    }

    #[test]
    fn an_event_is_new_known_or_in_conflict() {
        let mut ledger = Ledger::new(true);
        ledger.store(None, vec![event("a", &json!({"x": 1, "y": 2})), event("b", &json!(1))]).unwrap();
        ledger.store(None, vec![event("a", &json!({"y": 2, "x": 1})), event("b", &json!(2))]).unwrap();
        let counts = ledger.counts();
        assert_eq!((counts.events, counts.duplicates, counts.conflicts), (2, 1, 1));
        assert_eq!(ledger.ids(), ["a", "b"]);
        assert_eq!(ledger.conflicts(), ["b"]);
        assert_eq!(ledger.bodies()[1]["data"], 1, "the first content stays");
        assert_eq!((ledger.take_bodies().len(), ledger.take_bodies().len()), (2, 0));
        ledger.store(None, vec![event("a", &json!({"x": 1, "y": 2})), event("c", &json!(1))]).unwrap();
        assert_eq!(ledger.take_bodies(), [event("c", &json!(1))]);
    }

    #[test]
    fn a_batch_with_one_bad_member_stores_nothing() {
        let mut ledger = Ledger::new(false);
        let mut bad = event("b", &json!(1));
        bad["specversion"] = json!("0.3");
        let refused = ledger.store(None, vec![event("a", &json!(1)), bad]).unwrap_err();
        assert!(matches!(refused, BadBatch::NotAnEvent(reason) if reason.contains("0.3")));
        assert_eq!(ledger.counts().events, 0);
    }

    #[test]
    fn an_idempotency_key_belongs_to_one_batch() {
        let mut ledger = Ledger::new(false);
        let batch = || vec![event("a", &json!(1))];
        assert_eq!(ledger.store(Some("k"), batch()), Ok(()));
        assert_eq!(ledger.store(Some("k"), batch()), Ok(()));
        assert_eq!(ledger.store(Some("k"), vec![event("b", &json!(1))]), Err(BadBatch::KeyReused));
        assert_eq!(ledger.counts().reused_keys, 1);
    }
}
