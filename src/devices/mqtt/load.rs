//! How many bytes are underway to each listener of the built-in broker, from the moment a message is handed on until
//! nobody holds it any more.
//!
//! Promises that a listener that does not read, or is away, never holds more than its share of memory, however large or
//! many the messages are; and that the books cannot drift, because a message is taken off them by being dropped itself.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

/// Bytes underway to one listener. Beyond it a message is not handed on to that listener, and counted.
const LISTENER_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Bytes underway to all listeners together. Beyond it only a listener with less than [`FAIR_BYTES`] is handed more.
const ALL_BYTES_MAX: usize = 64 * 1024 * 1024;
/// What a listener is handed in any case: verdicts for a kiosk must not wait for somebody else's pile.
const FAIR_BYTES: usize = 64 * 1024;
/// What a message takes besides its payload: topic, properties, its place in queues.
const MESSAGE_BYTES: usize = 512;
/// Listeners on the books before those without anything underway are taken off.
const LISTENERS_KEPT: usize = 1_024;

/// The books. Shared by cloning.
#[derive(Debug, Clone, Default)]
pub(super) struct Load {
    all: Arc<AtomicUsize>,
    listeners: Arc<Mutex<HashMap<String, Arc<AtomicUsize>>>>,
}

/// A payload that is on the books for as long as it exists.
struct Underway {
    payload: Bytes,
    counts: [Arc<AtomicUsize>; 2],
}

impl AsRef<[u8]> for Underway {
    fn as_ref(&self) -> &[u8] {
        &self.payload
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        let bytes = weight(&self.payload);
        for count in &self.counts {
            count.fetch_sub(bytes, Ordering::Relaxed);
        }
    }
}

fn weight(payload: &Bytes) -> usize {
    payload.len() + MESSAGE_BYTES
}

impl Load {
    /// The payload as it is handed on to `listener`; none where that has too much underway already.
    pub(super) fn take_on(&self, listener: &str, payload: &Bytes) -> Option<Bytes> {
        let one = self.of(listener);
        let (bytes, mine) = (weight(payload), one.load(Ordering::Relaxed));
        let crowded = self.all.load(Ordering::Relaxed) + bytes > ALL_BYTES_MAX && mine + bytes > FAIR_BYTES;
        // A message alone is never too large: the broker took it.
        if mine > 0 && (mine + bytes > LISTENER_BYTES_MAX || crowded) {
            return None;
        }
        let counts = [one, Arc::clone(&self.all)];
        for count in &counts {
            count.fetch_add(bytes, Ordering::Relaxed);
        }
        Some(Bytes::from_owner(Underway { payload: payload.clone(), counts }))
    }

    fn listeners(&self) -> MutexGuard<'_, HashMap<String, Arc<AtomicUsize>>> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of(&self, listener: &str) -> Arc<AtomicUsize> {
        let mut listeners = self.listeners();
        if let Some(known) = listeners.get(listener) {
            return Arc::clone(known);
        }
        if listeners.len() >= LISTENERS_KEPT {
            listeners.retain(|_, underway| Arc::strong_count(underway) > 1);
        }
        Arc::clone(listeners.entry(listener.to_owned()).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As many messages of `bytes` as the listener is handed when nothing is ever read.
    fn pile(load: &Load, listener: &str, bytes: usize) -> Vec<Bytes> {
        let message = Bytes::from(vec![b'x'; bytes]);
        std::iter::from_fn(|| load.take_on(listener, &message)).take(100_000).collect()
    }

    #[test]
    fn a_listener_that_never_reads_has_its_share_and_no_more() {
        let load = Load::default();
        let held = pile(&load, "deaf", 200_000);
        assert_eq!(held.len(), LISTENER_BYTES_MAX / (200_000 + MESSAGE_BYTES));
        assert!(load.take_on("other", &held[0]).is_some(), "others have theirs");
        drop(held);
        assert_eq!(load.all.load(Ordering::Relaxed), 0, "dropped is off the books");
        assert!(load.take_on("deaf", &Bytes::from_static(b"again")).is_some());
    }

    #[test]
    fn ten_thousand_verdicts_wait_for_one_kiosk() {
        let load = Load::default();
        assert!(pile(&load, "K01", 300).len() >= 10_000);
    }

    #[test]
    fn all_together_are_bounded_and_nobody_goes_without() {
        let load = Load::default();
        let mut held: Vec<Vec<Bytes>> = (0..8).map(|number| pile(&load, &format!("deaf-{number}"), 200_000)).collect();
        // What is left is filled up by one who is handed small ones; then the next has nothing but its fair share.
        held.push(pile(&load, "small", 300));
        assert!(held[8].len() > FAIR_BYTES / (300 + MESSAGE_BYTES));
        held.push(pile(&load, "late", 300));
        let all = load.all.load(Ordering::Relaxed);
        assert!(all <= ALL_BYTES_MAX + FAIR_BYTES, "{all}");
        assert_eq!(held[9].len(), FAIR_BYTES / (300 + MESSAGE_BYTES), "its fair share");
        assert_eq!(load.take_on("newest", &held[0][0]).map(|bytes| bytes.len()), Some(200_000), "one alone always");
    }

    #[test]
    fn names_do_not_fill_the_books() {
        let load = Load::default();
        for number in 0..3 * LISTENERS_KEPT {
            let _read_at_once = load.take_on(&format!("client-{number}"), &Bytes::from_static(b"x"));
        }
        assert!(load.listeners().len() <= LISTENERS_KEPT);
    }
}
