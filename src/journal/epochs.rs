//! Which epoch an entry belongs to: a random word that tells it from the entry of the same number in any other journal.
//!
//! Promises that an entry's epoch never changes, so that its event id never does: a new epoch (after a restore, or when
//! time was put back) begins behind the newest entry. Draws no words: they are arguments.

use std::sync::Arc;

use rusqlite::{Connection, params};

use super::{JournalFault, chain, schema};
use crate::facts::{Hash, Seq};

/// The epochs of one journal, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Epochs {
    first: Arc<str>,
    /// The later ones, each with the number of its first entry.
    later: Vec<(Seq, Arc<str>)>,
}

impl Epochs {
    /// The epochs that a database knows; none where the first is not made yet.
    pub(super) fn read(conn: &Connection) -> Result<Option<Self>, JournalFault> {
        // Who only reads may meet a file that no writer has migrated yet.
        let sql = if schema::has_epochs(conn)? {
            "SELECT from_seq, word FROM epoch ORDER BY from_seq"
        } else {
            "SELECT 1, value FROM meta WHERE key = 'epoch'"
        };
        let rows: Vec<(Seq, Arc<str>)> = conn
            .prepare(sql)
            .and_then(|mut statement| {
                statement
                    .query_map([], |row| Ok((row.get::<_, i64>(0)? as Seq, row.get::<_, String>(1)?.into())))?
                    .collect()
            })
            .map_err(|source| JournalFault::sqlite("read its epochs", source))?;
        let mut rows = rows.into_iter();
        Ok(rows.next().map(|(_, first)| Self { first, later: rows.collect() }))
    }

    /// Those of a database that must have one.
    pub(super) fn known(conn: &Connection) -> Result<Self, JournalFault> {
        Self::read(conn)?
            .ok_or_else(|| JournalFault::Damaged { seq: 0, reason: "the database has no epoch".to_owned() })
    }

    /// Lets `word` begin with entry `from`, in the open transaction. One that began there already had no entry, and
    /// gives way.
    pub(super) fn begin(&self, conn: &Connection, from: Seq, word: &str) -> Result<Self, JournalFault> {
        let mut epochs = self.clone();
        epochs.later.retain(|(seq, _)| *seq < from);
        if from <= 1 {
            epochs.first = word.into();
        } else {
            epochs.later.push((from, word.into()));
        }
        conn.execute(
            "INSERT OR REPLACE INTO epoch (from_seq, word) VALUES (?1, ?2)",
            params![from.max(1) as i64, word],
        )
        .map_err(|source| JournalFault::sqlite("begin an epoch", source))?;
        Ok(epochs)
    }

    /// Of a journal that never was: the first word, and the later ones with their first entries.
    #[cfg(test)]
    pub(crate) fn for_test(first: &str, later: &[(Seq, &str)]) -> Self {
        Self { first: first.into(), later: later.iter().map(|(from, word)| (*from, (*word).into())).collect() }
    }

    /// The epoch of the entry `seq`.
    pub fn of(&self, seq: Seq) -> &str {
        self.later.iter().rev().find(|(from, _)| *from <= seq).map_or(&self.first, |(_, word)| word)
    }

    /// The epoch of the next entry.
    pub fn newest(&self) -> &str {
        self.later.last().map_or(&self.first, |(_, word)| word)
    }

    /// The number of the first entry of each, oldest first.
    pub(super) fn starts(&self) -> impl Iterator<Item = Seq> + '_ {
        std::iter::once(1).chain(self.later.iter().map(|(from, _)| *from))
    }

    /// Whether entry `seq` is the first of an epoch, so that its stamp may lie before the one of the entry before it.
    pub fn begins(&self, seq: Seq) -> bool {
        seq == 1 || self.later.iter().any(|(from, _)| *from == seq)
    }

    /// The hash that entry `seq` builds on, where the entry before it has `previous`. An epoch's word goes into the
    /// chain where it begins, so that no epoch can be slipped in, taken out or renamed.
    pub(super) fn base(&self, seq: Seq, previous: Option<&Hash>) -> Hash {
        match previous {
            None => chain::genesis(&self.first),
            Some(previous) if seq > 1 && self.begins(seq) => chain::renew(previous, self.of(seq)),
            Some(previous) => *previous,
        }
    }
}
