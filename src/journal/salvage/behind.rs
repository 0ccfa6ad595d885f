//! Behind entries that nobody has any more: what still tells something, kept aside to be reported again.
//!
//! It cannot be brought over as it is: the chain has no link to it, and what the rules made of it came after entries that
//! are gone. Decides nothing: what tells is said by who asks.

use rusqlite::{Connection, OptionalExtension, params};

use super::build::{links, write};
use super::source::Source;
use crate::facts::{Entry, Fact, Hash, Seq};
use crate::journal::read::{Row, read_row};
use crate::journal::{Epochs, JournalFault, Reader};

/// The cursor that has come as far as what was reported again, by the numbers of the table.
pub const REPORTED_AGAIN: &str = "reported_again";
/// Entries looked at together.
const CHUNK: u64 = 64;
/// So many numbers without an entry are the end, where the next one cannot be looked for.
const EMPTY_MAX: u64 = 100_000;
const COLUMNS: &str = "number, kind, subject, device, observed_at, received_at, body, hash";

/// How many entries can be read behind the damage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Behind {
    /// Kept aside, to be reported again.
    pub told: u64,
    /// Left where they are.
    pub left: u64,
}

/// Takes over what an earlier damage had left to be reported again. What was reported is taken once more where its own id
/// tells that it was: its entry may be among those that are gone now.
pub(super) fn take_over(
    conn: &Connection,
    source: &Source,
    tells: impl Fn(&Entry) -> bool,
) -> Result<(), JournalFault> {
    let reported = source.cursor(REPORTED_AGAIN).unwrap_or(0);
    let mut after = 0;
    while let Some(row) = source.behind(after) {
        after = row.seq;
        let wanted = |entry: Entry| tells(&entry) && (row.seq > reported || matches!(entry.fact, Fact::Scan(_)));
        // Where the table's own page was lost with the first, other rows may stand in its place.
        if row.to_entry().is_ok_and(wanted) {
            write(conn, "behind", None, &row)?;
        }
    }
    Ok(())
}

/// Keeps what `tells` behind the entry `last` of the damaged database. One whose hash does not fit to the entry right before
/// it is not what was written, and left. Where that one is gone, too, it is taken as it can be read: a report too many,
/// which says when it was made, is better than one that was acknowledged and is lost.
pub(super) fn keep_aside(
    conn: &Connection,
    damaged: &Source,
    epochs: &Epochs,
    last: Option<(Seq, Hash)>,
    tells: impl Fn(&Entry) -> bool,
) -> Result<Behind, JournalFault> {
    let (mut found, mut before) = (Behind::default(), last);
    let mut newest = last.map_or(0, |(seq, _)| seq);
    let mut next = newest + 1;
    while next - newest <= EMPTY_MAX {
        let rows = damaged.rows(next, next + CHUNK - 1).rows;
        for row in &rows {
            newest = row.seq;
            let known = before.filter(|(seq, _)| seq + 1 == row.seq);
            let is_disproved = known.is_some_and(|(_, hash)| !links(epochs, Some(&hash), row));
            // Of two that do not fit, the later may be whole, and the hash of the earlier be what was changed.
            before = (!is_disproved).then_some((row.seq, row.hash));
            if !is_disproved && row.to_entry().is_ok_and(|entry| tells(&entry)) {
                write(conn, "behind", None, row)?;
                found.told += 1;
            } else {
                found.left += 1;
            }
        }
        next += CHUNK;
        if rows.is_empty() {
            match damaged.first_after(next - 1) {
                Ok(Some(seq)) => (next, newest) = (seq, seq),
                Ok(None) => break,
                Err(_) => {}
            }
        }
    }
    Ok(found)
}

impl Source {
    /// The first row after `number` of what is to be reported again; none where there is none, or none can be read.
    fn behind(&self, number: Seq) -> Option<Row> {
        rows(self.conn(), number, 1).ok()?.pop()
    }

    /// How far an output had come; none where it is not known.
    fn cursor(&self, name: &str) -> Option<Seq> {
        let sql = "SELECT seq FROM cursor WHERE name = ?1";
        self.conn().query_row(sql, [name], |row| row.get::<_, i64>(0)).ok().map(|seq| seq as Seq)
    }

    /// The number of the first entry after `seq`.
    fn first_after(&self, seq: Seq) -> rusqlite::Result<Option<Seq>> {
        let sql = "SELECT seq FROM entry WHERE seq > ?1 ORDER BY seq LIMIT 1";
        let found = self.conn().query_row(sql, [seq as i64], |row| row.get::<_, i64>(0)).optional()?;
        Ok(found.map(|seq| seq as Seq))
    }
}

impl Reader {
    /// Reports that are to be made again, numbered by this table's own numbers: those after `after`, in order, at most
    /// `most`.
    pub fn behind(&self, after: Seq, most: usize) -> Result<Vec<Row>, JournalFault> {
        self.with("read what is to be reported again", |conn| rows(conn, after, most))
    }
}

fn rows(conn: &Connection, after: Seq, most: usize) -> rusqlite::Result<Vec<Row>> {
    conn.prepare_cached(&format!("SELECT {COLUMNS} FROM behind WHERE number > ?1 ORDER BY number LIMIT ?2"))?
        .query_map(params![after as i64, most as i64], read_row)?
        .collect()
}
