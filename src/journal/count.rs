//! Counting what is committed between two numbers, without reading the many.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::read::one;
use super::{JournalFault, Lane, Reader, STRETCH};
use crate::facts::{Kind, Seq};

impl Reader {
    /// How many entries of `lane` come after `after`. Counts the few kinds by their index and the many by difference.
    pub fn backlog(&self, lane: Lane, after: Seq) -> Result<u64, JournalFault> {
        self.with("count the backlog", |conn| {
            let newest: Seq = one(conn, "SELECT coalesce(max(seq), 0) FROM entry", [])?;
            let all = newest.saturating_sub(after).saturating_sub(given_up_after(conn, after)?);
            let mut urgent = 0;
            for kind in Kind::ALL.iter().filter(|kind| kind.is_urgent()) {
                let counts = matches!(lane, Lane::Urgent | Lane::Bulk) || lane == Lane::Kind(*kind);
                if counts {
                    urgent += one(
                        conn,
                        "SELECT count(*) FROM entry INDEXED BY entry_urgent
                         WHERE kind NOT IN (2, 3) AND kind = ?1 AND seq > ?2 AND seq <= ?3",
                        params![*kind as u8, after as i64, newest as i64],
                    )?;
                }
            }
            match lane {
                Lane::All => Ok(all),
                Lane::Urgent => Ok(urgent),
                Lane::Bulk => Ok(all.saturating_sub(urgent)),
                Lane::Kind(kind) if kind.is_urgent() => Ok(urgent),
                Lane::Kind(kind) => one(
                    conn,
                    "SELECT count(*) FROM entry WHERE kind = ?1 AND seq > ?2",
                    params![kind as u8, after as i64],
                ),
            }
        })
    }

    /// How many entries of each kind but readings and positions stand after `after`, up to `upto`, by their index.
    pub fn count_urgent(&self, after: Seq, upto: Seq) -> Result<BTreeMap<Kind, u64>, JournalFault> {
        self.with("count entries by kind", |conn| {
            let mut found = BTreeMap::new();
            let mut statement = conn.prepare_cached(
                "SELECT count(*) FROM entry INDEXED BY entry_urgent
                 WHERE kind NOT IN (2, 3) AND kind = ?1 AND seq > ?2 AND seq <= ?3",
            )?;
            for kind in Kind::ALL.iter().filter(|kind| kind.is_urgent()) {
                let values = params![*kind as u8, after as i64, upto as i64];
                let count = statement.query_row(values, |row| row.get::<_, i64>(0))? as u64;
                if count > 0 {
                    found.insert(*kind, count);
                }
            }
            Ok(found)
        })
    }

    /// How many entries after `after`, up to `upto`, were given up since.
    pub fn count_given_up(&self, after: Seq, upto: Seq) -> Result<u64, JournalFault> {
        self.with("count what was given up", |conn| {
            Ok(given_up_after(conn, after)?.saturating_sub(given_up_after(conn, upto)?))
        })
    }

    /// How many entries of `lane` came after `after`, up to `upto`. Readings and positions are what is left of all
    /// numbers, because numbers have no holes: those that were given up since are among them.
    pub fn count(&self, lane: Lane, after: Seq, upto: Seq) -> Result<u64, JournalFault> {
        let all = upto.saturating_sub(after);
        let urgent = |kinds: BTreeMap<Kind, u64>| kinds.values().sum::<u64>();
        match lane {
            Lane::All => Ok(all),
            Lane::Urgent => Ok(urgent(self.count_urgent(after, upto)?)),
            Lane::Bulk => Ok(all.saturating_sub(urgent(self.count_urgent(after, upto)?))),
            Lane::Kind(kind) => self.with("count entries of a kind", |conn| {
                conn.prepare_cached("SELECT count(*) FROM entry WHERE kind = ?1 AND seq > ?2 AND seq <= ?3")?
                    .query_row(params![kind as u8, after as i64, upto as i64], |row| row.get::<_, i64>(0))
                    .map(|count| count as u64)
            }),
        }
    }
}

/// How many of the entries after `after` were given up.
pub(super) fn given_up_after(conn: &Connection, after: Seq) -> rusqlite::Result<u64> {
    let gaps = one(conn, "SELECT count(*) FROM pragma_table_list WHERE name = 'stretch'", [])? > 0;
    if !gaps || one(conn, "SELECT count(*) FROM (SELECT 1 FROM stretch LIMIT 1)", [])? == 0 {
        return Ok(0);
    }
    // The stretch that `after` stands in is counted entry by entry, the ones behind it by their numbers.
    let next = after.div_ceil(STRETCH) * STRETCH;
    let within = one(
        conn,
        "SELECT count(*) FROM stretch WHERE first > ?1 AND first <= ?2",
        params![next.saturating_sub(STRETCH) as i64, next as i64],
    )?;
    let left =
        one(conn, "SELECT count(*) FROM entry WHERE seq > ?1 AND seq <= ?2", params![after as i64, next as i64])?;
    let here = if within > 0 { (next - after).saturating_sub(left) } else { 0 };
    let behind = one(conn, "SELECT coalesce(sum(entries), 0) FROM stretch WHERE first > ?1", params![next as i64])?;
    Ok(here + behind)
}
