//! What is due when: at most one deadline a key, taken in the order of time and then of the key.
//!
//! Knows no clock and no rule.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::lifecycle::Key;
use crate::facts::Timestamp;

/// Every running deadline.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(Timestamp, Key)>", into = "Vec<(Timestamp, Key)>")]
pub(super) struct Deadlines {
    by_time: BTreeSet<(Timestamp, Key)>,
    by_key: BTreeMap<Key, Timestamp>,
}

impl Deadlines {
    /// Sets the deadline of a key; an earlier one of the same key is replaced.
    pub(super) fn arm(&mut self, key: &Key, at: Timestamp) {
        match self.by_key.get_mut(key) {
            Some(old) if *old == at => {}
            Some(old) => {
                // The same key moves with every report of a device: its copy in the set is reused.
                let mut moved = (*old, key.clone());
                self.by_time.remove(&moved);
                moved.0 = at;
                self.by_time.insert(moved);
                *old = at;
            }
            None => {
                self.by_key.insert(key.clone(), at);
                self.by_time.insert((at, key.clone()));
            }
        }
    }

    /// Stops the deadline of a key, if one runs.
    pub(super) fn cancel(&mut self, key: &Key) {
        if let Some(at) = self.by_key.remove(key) {
            self.by_time.remove(&(at, key.clone()));
        }
    }

    /// Takes the first deadline that is not after `to`.
    pub(super) fn pop_due(&mut self, to: Timestamp) -> Option<(Timestamp, Key)> {
        if self.next()? > to {
            return None;
        }
        let (at, key) = self.by_time.pop_first()?;
        self.by_key.remove(&key);
        Some((at, key))
    }

    /// The first deadline.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(at, _)| *at)
    }
}

impl From<Vec<(Timestamp, Key)>> for Deadlines {
    fn from(pairs: Vec<(Timestamp, Key)>) -> Self {
        let mut deadlines = Self::default();
        for (at, key) in pairs {
            deadlines.arm(&key, at);
        }
        deadlines
    }
}

impl From<Deadlines> for Vec<(Timestamp, Key)> {
    fn from(deadlines: Deadlines) -> Self {
        deadlines.by_time.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_come_in_the_order_of_time_and_key() {
        let at = Timestamp::from_millis;
        let key = |name: &str| Key::Idle(name.parse().unwrap());
        let mut deadlines = Deadlines::default();
        for (name, ms) in [("b", 5), ("a", 5), ("c", 3), ("d", 9), ("c", 7)] {
            deadlines.arm(&key(name), at(ms));
        }
        deadlines.cancel(&key("d"));
        deadlines.cancel(&key("never"));
        let again = Deadlines::from(Vec::from(deadlines.clone()));
        assert_eq!(again, deadlines);
        assert_eq!(deadlines.next(), Some(at(5)));
        assert_eq!(deadlines.pop_due(at(4)), None);
        let order: Vec<_> = std::iter::from_fn(|| deadlines.pop_due(at(100))).collect();
        assert_eq!(order, [(at(5), key("a")), (at(5), key("b")), (at(7), key("c"))]);
        assert_eq!(deadlines.next(), None);
    }
}
