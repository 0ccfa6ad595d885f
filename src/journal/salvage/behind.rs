//! Behind entries that nobody has any more: what still tells something, kept aside to be reported again.
//!
//! It cannot be brought over as it is: the chain has no link to it, and what the rules made of it came after entries that
//! are gone. Decides nothing: what tells is said by who asks.

use rusqlite::{Connection, params};

use super::source::Source;
use crate::facts::{Entry, Fact, Seq, Timestamp};
use crate::journal::read::{Row, read_row};
use crate::journal::{JournalFault, Reader, kind_number};

/// Entries looked at together.
const CHUNK: u64 = 64;
/// So many numbers without an entry are the end, where the end itself cannot be read.
const EMPTY_MAX: u64 = 100_000;

/// How many entries can be read behind the damage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Behind {
    /// Kept aside, to be reported again.
    pub told: u64,
    /// Left where they are.
    pub left: u64,
}

/// Keeps what `tells` behind `upto` of the damaged database. Each entry is taken as it can be read: that its predecessor
/// is gone takes away the proof of it, and a report too many, which says when it was made, is better than one that was
/// acknowledged and is lost.
pub(super) fn keep_aside(
    conn: &Connection,
    damaged: &Source,
    upto: Seq,
    tells: impl Fn(&Fact) -> bool,
) -> Result<Behind, JournalFault> {
    let newest = damaged.newest();
    let (mut next, mut last, mut found) = (upto + 1, upto, Behind::default());
    while newest.map_or(next - last <= EMPTY_MAX, |newest| next <= newest) {
        for row in damaged.rows(next, next + CHUNK - 1).rows {
            last = row.seq;
            if row.to_entry().is_ok_and(|entry| tells(&entry.fact)) {
                put(conn, &row)?;
                found.told += 1;
            } else {
                found.left += 1;
            }
        }
        next += CHUNK;
    }
    Ok(found)
}

fn put(conn: &Connection, row: &Row) -> Result<(), JournalFault> {
    conn.prepare_cached(
        "INSERT INTO behind (kind, subject, device, observed_at, received_at, body, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )
    .and_then(|mut statement| {
        statement.execute(params![
            kind_number(row.kind),
            row.subject,
            row.device,
            row.observed_at.map(Timestamp::as_millis),
            row.received_at.as_millis(),
            row.body,
            row.hash
        ])
    })
    .map(|_| ())
    .map_err(|source| JournalFault::sqlite("keep aside what is to be reported again", source))
}

impl Reader {
    /// Reports that are to be made again, numbered by this table's own numbers: those after `after`, in order, at most
    /// `most`.
    pub fn behind(&self, after: Seq, most: usize) -> Result<Vec<Entry>, JournalFault> {
        let rows: Vec<Row> = self.with("read what is to be reported again", |conn| {
            conn.prepare_cached(
                "SELECT number, kind, subject, device, observed_at, received_at, body, hash FROM behind
                 WHERE number > ?1 ORDER BY number LIMIT ?2",
            )?
            .query_map(params![after as i64, most as i64], read_row)?
            .collect()
        })?;
        rows.iter().map(Row::to_entry).collect()
    }
}
