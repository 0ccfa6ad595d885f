//! Entries that an output's receiver refuses for good: how many, which, and why.

use rusqlite::params;

use super::read::{one, row_at};
use super::{JournalFault, Lane, Reader, Row};
use crate::facts::Seq;

/// An entry that was passed by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// The cursor that passed it, which names the output.
    pub name: String,
    /// Its number.
    pub seq: Seq,
    /// What the receiver said.
    pub reason: String,
    /// The entry itself; none where retention has dropped it since.
    pub row: Option<Row>,
}

impl Reader {
    /// Entries parked by the output `name`: number and reason.
    pub fn parked(&self, name: &str) -> Result<Vec<(Seq, String)>, JournalFault> {
        self.with("read what is parked", |conn| {
            conn.prepare_cached("SELECT seq, reason FROM parked WHERE name = ?1 ORDER BY seq")?
                .query_map([name], |row| Ok((row.get::<_, i64>(0)? as Seq, row.get(1)?)))?
                .collect()
        })
    }

    /// How many entries the output `name` has parked.
    pub fn parked_count(&self, name: &str) -> Result<u64, JournalFault> {
        self.with("count what is parked", |conn| one(conn, "SELECT count(*) FROM parked WHERE name = ?1", [name]))
    }

    /// How many entries of `lane` the output `name` parked one after the other, up to its cursor at `upto`, with none
    /// delivered between.
    pub fn parked_in_a_row(&self, name: &str, lane: Lane, upto: Seq) -> Result<u64, JournalFault> {
        self.with("count what was parked last", |conn| {
            let sql = format!(
                "SELECT count(*) FROM parked WHERE name = ?1 AND seq <= ?2 AND seq > coalesce(
                   (SELECT seq FROM entry NOT INDEXED WHERE {} AND seq <= ?2
                      AND seq NOT IN (SELECT seq FROM parked WHERE name = ?1)
                    ORDER BY seq DESC LIMIT 1), 0)",
                lane.condition()
            );
            one(conn, &sql, params![name, upto as i64])
        })
    }

    /// The newest parked entries of all outputs whose name begins with `prefix`, newest first, at most `most`.
    pub fn newest_parked(&self, prefix: &str, most: usize) -> Result<Vec<Parked>, JournalFault> {
        self.with("read what is parked", |conn| {
            let listed: Vec<(String, i64, String)> = conn
                .prepare_cached(
                    "SELECT name, seq, reason FROM parked WHERE substr(name, 1, length(?1)) = ?1
                     ORDER BY seq DESC LIMIT ?2",
                )?
                .query_map(params![prefix, most as i64], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect::<Result<_, _>>()?;
            let with_entry = |(name, seq, reason)| {
                let seq = seq as Seq;
                Ok(Parked { name, seq, reason, row: row_at(conn, seq)? })
            };
            listed.into_iter().map(with_entry).collect()
        })
    }
}
