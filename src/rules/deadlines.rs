//! What is due when: at most one deadline a key, taken in the order of time and then of the key.
//!
//! Knows no clock and no rule.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::lifecycle::Key;
use crate::facts::Timestamp;

/// Every running deadline.
///
/// Most are moved forward long before they come: each report of a device puts its silence off. So a key is listed at
/// its deadline or earlier, and put where it belongs only when its place in the list has come.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<(Timestamp, Key)>", into = "Vec<(Timestamp, Key)>")]
pub(super) struct Deadlines {
    listed: BTreeSet<(Timestamp, Key)>,
    by_key: BTreeMap<Key, Deadline>,
}

#[derive(Debug, Clone, Copy)]
struct Deadline {
    at: Timestamp,
    /// Where the key stands in the list: never after `at`.
    listed: Timestamp,
}

impl Deadlines {
    /// Sets the deadline of a key; an earlier one of the same key is replaced.
    pub(super) fn arm(&mut self, key: &Key, at: Timestamp) {
        match self.by_key.get_mut(key) {
            Some(deadline) if at >= deadline.listed => deadline.at = at,
            Some(deadline) => {
                let mut moved = (deadline.listed, key.clone());
                self.listed.remove(&moved);
                moved.0 = at;
                self.listed.insert(moved);
                *deadline = Deadline { at, listed: at };
            }
            None => {
                self.by_key.insert(key.clone(), Deadline { at, listed: at });
                self.listed.insert((at, key.clone()));
            }
        }
    }

    /// Stops the deadline of a key, if one runs.
    pub(super) fn cancel(&mut self, key: &Key) {
        if let Some(deadline) = self.by_key.remove(key) {
            self.listed.remove(&(deadline.listed, key.clone()));
        }
    }

    /// Takes the first deadline that is not after `to`.
    pub(super) fn pop_due(&mut self, to: Timestamp) -> Option<(Timestamp, Key)> {
        while self.next()? <= to {
            let (listed, key) = self.listed.pop_first()?;
            match self.by_key.get_mut(&key) {
                Some(deadline) if deadline.at > listed => {
                    deadline.listed = deadline.at;
                    self.listed.insert((deadline.at, key));
                }
                Some(_) | None => {
                    self.by_key.remove(&key);
                    return Some((listed, key));
                }
            }
        }
        None
    }

    /// Not after the first deadline: when to look for one again. After a look up to some time it is later than that.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.listed.first().map(|(at, _)| *at)
    }
}

impl PartialEq for Deadlines {
    /// The same deadlines, wherever they are listed.
    fn eq(&self, other: &Self) -> bool {
        self.by_key
            .iter()
            .map(|(key, deadline)| (key, deadline.at))
            .eq(other.by_key.iter().map(|(key, deadline)| (key, deadline.at)))
    }
}

impl Eq for Deadlines {}

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
        let mut pairs: Vec<_> = deadlines.by_key.into_iter().map(|(key, deadline)| (deadline.at, key)).collect();
        pairs.sort_unstable();
        pairs
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
        assert_eq!(deadlines.pop_due(at(4)), None);
        assert_eq!(deadlines.next(), Some(at(5)));
        let order: Vec<_> = std::iter::from_fn(|| deadlines.pop_due(at(100))).collect();
        assert_eq!(order, [(at(5), key("a")), (at(5), key("b")), (at(7), key("c"))]);
        assert_eq!(deadlines.next(), None);
    }

    #[test]
    fn a_deadline_that_was_put_off_comes_when_it_is_due_and_not_before() {
        let at = Timestamp::from_millis;
        let key = |name: &str| Key::Idle(name.parse().unwrap());
        let mut deadlines = Deadlines::default();
        for (name, ms) in [("a", 5), ("b", 8), ("a", 7), ("a", 20), ("b", 9), ("b", 6)] {
            deadlines.arm(&key(name), at(ms));
        }
        let written = Vec::from(deadlines.clone());
        assert_eq!(written, [(at(6), key("b")), (at(20), key("a"))], "a snapshot does not tell where they are listed");
        assert_eq!(Deadlines::from(written), deadlines);
        assert_eq!(deadlines.pop_due(at(5)), None);
        assert!(deadlines.next().unwrap() > at(5));
        assert_eq!(deadlines.pop_due(at(19)), Some((at(6), key("b"))));
        assert_eq!(deadlines.pop_due(at(19)), None);
        assert_eq!(deadlines.next(), Some(at(20)));
        deadlines.arm(&key("a"), at(30));
        deadlines.cancel(&key("a"));
        assert_eq!(deadlines.pop_due(at(100)), None);
        assert_eq!(deadlines.next(), None);
    }
}
