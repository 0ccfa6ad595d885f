//! What came in each minute, by room and by vehicle: a chart's figures, and where its entries stand.
//!
//! A day's chart of one room would read every reading of the day, and an index of them by room would have each commit
//! write one more page for each room in it: a third more bytes for a message, on a card that counts them. So the figures
//! of a minute are added up in memory, as entries come, and laid down once, in the transaction of the first entry that
//! comes after it: some tens of rows a minute, side by side, for thousands of entries. A chart of a day reads one row a
//! minute, however many entries there were, and the entries since the last row that was laid down: a minute of them, and
//! never more than [`TAIL_MAX`].
//!
//! A minute is one of `received_at`, as rules judge readings by when they came: a chart shows what an alert was raised on,
//! and a sensor whose clock is wrong does not draw into yesterday. A clock that was put back passes through the same
//! minutes once more; what came then is added to them.
//!
//! Promises that rows and entries agree: a row is in the transaction of the entries after it, what was not laid down when
//! the process died is made again from the entries, and a row goes with the newest entry in it when that is given up.
//! Holds no name of a person, so that nothing here is to be erased.

mod lay;
mod numbers;
mod read;

pub(super) use read::seqs_about;

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::JournalFault;
use crate::facts::{Entry, Fact, Metric, Milli, Reading, Seq, Subject, Timestamp};

/// Entries that are laid down together at the latest: who reads has to look through so many beside the rows, and a start
/// to make the figures of so many.
const TAIL_MAX: u64 = 4_096;
/// Bits of a key that number a subject.
const SUBJECT_BITS: u32 = 20;
/// Beyond so many rooms and vehicles a new one has no rows, as its number would not fit into a key. Its entries are kept
/// like any other's.
const SUBJECTS_MAX: i64 = (1 << SUBJECT_BITS) - 1;
/// Where it stands how far the rows have come, in the table of numbers that change rarely.
pub(super) const UPTO_KEY: &str = "minutes";

/// What was measured of one quantity in some stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure(i64, i64, i64, i64);

impl Figure {
    /// One reading.
    const fn of(value: Milli) -> Self {
        Self(value.raw(), value.raw(), value.raw(), 1)
    }

    /// Both together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        let Self(low, high, sum, readings) = self;
        Self(low.min(other.0), high.max(other.1), sum.saturating_add(other.2), readings.saturating_add(other.3))
    }

    /// The lowest value.
    pub const fn low(self) -> Milli {
        Milli::from_raw(self.0)
    }

    /// The highest.
    pub const fn high(self) -> Milli {
        Milli::from_raw(self.1)
    }

    /// The mean of all readings, rounded half away from zero.
    pub fn mean(self) -> Milli {
        let (sum, readings) = (i128::from(self.2), i128::from(self.3.max(1)));
        let half = if sum < 0 { -readings } else { readings };
        Milli::from_raw(i64::try_from((2 * sum + half) / (2 * readings)).unwrap_or_default())
    }
}

/// One figure a quantity.
pub type Figures = BTreeMap<Metric, Figure>;

/// What came about one subject since the last time that rows were laid down.
#[derive(Debug, Default)]
struct Tally {
    figures: Figures,
    seqs: Vec<Seq>,
}

/// What is not laid down yet.
#[derive(Debug)]
pub(super) struct Minutes {
    /// Everything up to here is laid down.
    upto: Seq,
    /// The minute of what is not.
    minute: i64,
    open: BTreeMap<Subject, Tally>,
    /// The numbers of subjects that have one.
    numbers: HashMap<Subject, i64>,
    /// Something changed since the last commit.
    unsure: bool,
}

/// The minute that a moment lies in, counted from 1970.
pub(super) const fn minute_of(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(60_000)
}

/// Where the rows of a minute begin.
const fn first_key(minute: i64) -> i64 {
    minute << SUBJECT_BITS
}

impl Minutes {
    fn tally(&mut self, subject: &Subject) -> &mut Tally {
        self.open.entry(subject.clone()).or_default()
    }

    /// Everything up to here is laid down.
    pub(super) const fn upto(&self) -> Seq {
        self.upto
    }

    /// Whether a transaction that comes to nothing takes something of it along.
    pub(super) const fn is_unsure(&self) -> bool {
        self.unsure
    }

    /// What was taken in is committed.
    pub(super) const fn settle(&mut self) {
        self.unsure = false;
    }

    /// Takes the next entry in.
    pub(super) fn push(&mut self, conn: &rusqlite::Connection, entry: &Entry) -> Result<(), JournalFault> {
        let (minute, before) = (minute_of(entry.received_at), entry.seq - 1);
        if before > self.upto && (minute != self.minute || before - self.upto >= TAIL_MAX) {
            self.lay_down(conn, before)?;
        }
        self.minute = minute;
        self.unsure = true;
        match &entry.fact {
            Fact::Reading(Reading { measures, .. }) => {
                let tally = self.tally(&entry.subject);
                tally.seqs.push(entry.seq);
                for (metric, value) in measures.iter() {
                    add(&mut tally.figures, metric, Figure::of(value));
                }
            }
            Fact::Position(_) => self.tally(&entry.subject).seqs.push(entry.seq),
            Fact::Scan(_)
            | Fact::Device(_)
            | Fact::Plan(_)
            | Fact::Command(_)
            | Fact::Alert(_)
            | Fact::Incident(_)
            | Fact::Rejected(_)
            | Fact::Clock(_)
            | Fact::Gap(_) => {}
        }
        Ok(())
    }
}

fn add(figures: &mut Figures, metric: Metric, figure: Figure) {
    figures.entry(metric).and_modify(|before| *before = before.with(figure)).or_insert(figure);
}

#[cfg(test)]
mod tests;
