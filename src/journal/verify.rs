//! Proving that the journal is what was written: SQLite's own check, the numbers, the hash chain.

use super::chain::{self, Parts};
use super::read::{Reader, rows};
use super::seams::Seams;
use super::{JournalFault, read};
use crate::facts::{Fact, Hash, Kind, Seq, Timestamp};

/// What was found to be wrong with the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainFault {
    /// SQLite's integrity check said this.
    Sqlite(String),
    /// Entries are missing, or stand in the wrong place.
    Hole {
        /// The number that should have come.
        expected: Seq,
        /// The number that came.
        found: Seq,
    },
    /// This entry's content or hash was changed.
    Hash {
        /// Its number.
        seq: Seq,
    },
    /// Some entries of this stretch were given up, and those that are left are not the ones that were left then.
    Seal {
        /// Its first number.
        from: Seq,
        /// Its last number.
        to: Seq,
    },
    /// This entry is stamped earlier than the one before it, and begins no epoch.
    RanBack {
        /// Its number.
        seq: Seq,
    },
}

impl std::fmt::Display for ChainFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(word) => write!(f, "SQLite finds the file damaged: {word}"),
            Self::Hole { expected, found } => write!(f, "entry {expected} is missing: {found} stands in its place"),
            Self::Hash { seq } => write!(f, "entry {seq} was changed after it was written, or the one before it was"),
            Self::Seal { from, to } => {
                write!(f, "entries {from} to {to} are not those that were left when others among them were given up")
            }
            Self::RanBack { seq } => write!(f, "entry {seq} is stamped earlier than the one before it"),
        }
    }
}

/// What was checked, and what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Entries read.
    pub entries: u64,
    /// Entries that were given up; what they said is gone, their place in the chain is not.
    pub given_up: u64,
    /// In how many stretches.
    pub stretches: u64,
    /// The newest hash: write it down and the whole day is pinned.
    pub head: Hash,
    /// Faults, first first; at most [`Verified::FAULTS_MAX`].
    pub faults: Vec<ChainFault>,
}

impl Verified {
    /// After so many faults the rest is not listed: the file is not to be trusted.
    pub const FAULTS_MAX: usize = 20;
}

/// Only a clock entry that says so may be stamped earlier than the one before it.
fn begins_epoch(row: &read::Row) -> bool {
    row.kind == Kind::Clock
        && matches!(Fact::read_body(row.kind, &row.body), Ok(Fact::Clock(clock)) if clock.begins_epoch())
}

impl Reader {
    /// Checks the whole journal.
    pub fn verify(&self) -> Result<Verified, JournalFault> {
        let mut faults = Vec::new();
        let words: Vec<String> = self.with("check its integrity", |conn| {
            conn.prepare("PRAGMA integrity_check(20)")?.query_map([], |row| row.get(0))?.collect()
        })?;
        faults.extend(words.into_iter().filter(|word| word != "ok").map(ChainFault::Sqlite));
        let mut seams = self.seams()?;
        let (given_up, stretches) = seams.given_up();
        let epochs = self.epochs();
        let mut previous = None;
        let (mut last, mut newest_at, mut entries) = (0, Timestamp::MIN, 0);
        self.rows(|row| {
            entries += 1;
            if row.seq > last + 1
                && let Some(hash) = seams.across(last + 1, row.seq - 1)
            {
                (last, previous) = (row.seq - 1, Some(hash));
            }
            let fault = if row.seq != last + 1 {
                Some(ChainFault::Hole { expected: last + 1, found: row.seq })
            } else if chain::link(&epochs.base(row.seq, previous.as_ref()), &Parts::of(&row)) != row.hash {
                Some(ChainFault::Hash { seq: row.seq })
            } else if row.received_at < newest_at && !epochs.begins(row.seq) && !begins_epoch(&row) {
                Some(ChainFault::RanBack { seq: row.seq })
            } else {
                None
            };
            (last, newest_at, previous) = (row.seq, row.received_at, Some(row.hash));
            seams.push(row.seq, &row.hash);
            let broken = seams.broken().into_iter().map(|(from, to)| ChainFault::Seal { from, to });
            faults.extend(broken.chain(fault));
            faults.truncate(Verified::FAULTS_MAX);
            Ok(())
        })?;
        seams.close_before(last + 1);
        faults.extend(seams.broken().into_iter().map(|(from, to)| ChainFault::Seal { from, to }));
        faults.truncate(Verified::FAULTS_MAX);
        Ok(Verified { entries, given_up, stretches, head: epochs.base(last + 1, previous.as_ref()), faults })
    }

    fn seams(&self) -> Result<Seams, JournalFault> {
        let mut outcome = Ok(Seams::default());
        self.with("read its gaps", |conn| {
            outcome = Seams::read(conn);
            Ok(())
        })?;
        outcome
    }

    fn rows(&self, each: impl FnMut(read::Row) -> Result<(), JournalFault>) -> Result<(), JournalFault> {
        let mut outcome = Ok(());
        self.with("read entries", |conn| {
            outcome = rows(conn, 0, each);
            Ok(())
        })?;
        outcome
    }
}
