//! Giving entries up, a stretch at a time, so that the chain still proves all the others.
//!
//! Promises that an entry's hash stays where the entry after it builds on it, that scans, alerts and commands are never
//! given up, and that nothing is given up beyond the newest snapshot of the rules: what follows it is whole, so a start
//! does not have to read through a gap. Each gap names the snapshot from which a proof can go on. Decides not whether
//! room is needed, and appends no entry: its caller puts the [`Gap`] into the same transaction.

use rusqlite::{OptionalExtension, params};

use super::{Batch, JournalFault};
use crate::facts::{Gap, Hash, Kind, Seq, Timestamp};

/// Entries of one stretch, which is given up in one transaction. Never change it: gaps seal whole stretches.
pub const STRETCH: u64 = 1_024;
/// Stretches with nothing to give up that are looked at in one transaction; the rest are looked at in the next.
const LOOKS_MAX: u32 = 8;

/// Which entries may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// Readings, positions and what was not understood, where upstream has everything up to a number, and all of the
    /// stretch came before a moment. What upstream refused (it is parked) stays.
    Upstream {
        /// Upstream has everything up to here.
        upto: Seq,
        /// Only what came before.
        before: Timestamp,
    },
    /// Readings, and what was not understood: worth no more than a reading.
    Readings,
    /// Positions.
    Positions,
}

impl Pass {
    const fn name(self) -> &'static str {
        match self {
            Self::Upstream { .. } => "upstream",
            Self::Readings => "readings",
            Self::Positions => "positions",
        }
    }

    /// What a gap's reason says.
    const fn reason(self) -> &'static str {
        match self {
            Self::Upstream { .. } => "upstream",
            Self::Readings | Self::Positions => "budget",
        }
    }

    pub(super) const fn gives_up(self, kind: Kind) -> bool {
        match kind {
            Kind::Reading | Kind::Rejected => matches!(self, Self::Upstream { .. } | Self::Readings),
            Kind::Position => matches!(self, Self::Upstream { .. } | Self::Positions),
            Kind::Scan
            | Kind::Device
            | Kind::Plan
            | Kind::Command
            | Kind::Alert
            | Kind::Incident
            | Kind::Clock
            | Kind::Gap => false,
        }
    }
}

/// What a pass came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GaveUp {
    /// These, in the transaction that is open: append the gap to it.
    Some(Box<Gap>),
    /// None, but it has not looked at everything yet.
    NotYet,
    /// None: it has come as far as it may.
    Nothing,
}

/// An entry of a stretch, without what it says.
struct Line {
    seq: Seq,
    kind: Kind,
    hash: Hash,
    goes: bool,
}

impl Batch<'_> {
    /// Gives up what `pass` allows in the oldest stretch where there is any.
    pub fn give_up(&mut self, pass: Pass) -> Result<GaveUp, JournalFault> {
        let limit = self.give_up_limit(pass)?;
        let mut upto = self.number("SELECT upto FROM pass WHERE name = ?1", [pass.name()])?.unwrap_or(0);
        for _ in 0..LOOKS_MAX {
            let (first, last) = (upto + 1, upto + STRETCH);
            if last > limit || !self.is_old(pass, last)? {
                return Ok(GaveUp::Nothing);
            }
            let lines = self.lines(pass, first, last)?;
            upto = last;
            self.run(
                "INSERT INTO pass (name, upto) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET upto = excluded.upto",
                params![pass.name(), upto as i64],
            )?;
            if lines.iter().any(|line| line.goes) {
                self.give_up_minutes(pass, first, last)?;
                self.keep_hashes(&lines, first, last)?;
                return Ok(GaveUp::Some(Box::new(self.take_out(pass, &lines, first, last)?)));
            }
        }
        Ok(GaveUp::NotYet)
    }

    fn give_up_limit(&self, pass: Pass) -> Result<Seq, JournalFault> {
        let snapshot = self.number("SELECT max(seq) FROM snapshot", [])?.unwrap_or(0);
        Ok(match pass {
            Pass::Upstream { upto, .. } => upto.min(snapshot),
            Pass::Readings | Pass::Positions => snapshot,
        })
    }

    /// Whether all up to `last` came early enough. What is left at or after `last` came no earlier.
    fn is_old(&self, pass: Pass, last: Seq) -> Result<bool, JournalFault> {
        let Pass::Upstream { before, .. } = pass else { return Ok(true) };
        let sql = "SELECT received_at FROM entry WHERE seq >= ?1 ORDER BY seq LIMIT 1";
        let at: Option<i64> = self.optional(sql, [last as i64], |row| row.get(0))?;
        Ok(at.is_some_and(|at| at < before.as_millis()))
    }

    fn lines(&self, pass: Pass, first: Seq, last: Seq) -> Result<Vec<Line>, JournalFault> {
        let parked = matches!(pass, Pass::Upstream { .. });
        let read = || {
            self.conn()
                .prepare_cached(
                    "SELECT seq, kind, hash, EXISTS (SELECT 1 FROM parked WHERE parked.seq = entry.seq) FROM entry
                     WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq",
                )?
                .query_map([first as i64, last as i64], |row| {
                    let number: u8 = row.get(1)?;
                    let kind =
                        Kind::from_number(number).ok_or(rusqlite::Error::IntegralValueOutOfRange(1, number.into()))?;
                    let goes = pass.gives_up(kind) && !(parked && row.get(3)?);
                    Ok(Line { seq: row.get::<_, i64>(0)? as Seq, kind, hash: row.get(2)?, goes })
                })?
                .collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|source| JournalFault::sqlite("look at a stretch", source))
    }

    /// Lays down the hash of the last entry of each run that is gone, and lets those go that no entry builds on any more.
    fn keep_hashes(&self, lines: &[Line], first: Seq, last: Seq) -> Result<(), JournalFault> {
        for line in lines.iter().filter(|line| line.goes) {
            self.run("INSERT INTO given_up (seq, hash) VALUES (?1, ?2)", params![line.seq as i64, line.hash])?;
        }
        for line in lines.iter().filter(|line| line.goes) {
            self.run("DELETE FROM entry WHERE seq = ?1", [line.seq as i64])?;
        }
        // The next entry is gone as well: nothing builds on this one.
        self.run(
            "DELETE FROM given_up WHERE seq BETWEEN ?1 AND ?2
             AND seq < (SELECT max(seq) FROM entry)
             AND NOT EXISTS (SELECT 1 FROM entry WHERE entry.seq = given_up.seq + 1)",
            params![first as i64 - 1, last as i64],
        )
    }

    fn take_out(&self, pass: Pass, lines: &[Line], first: Seq, last: Seq) -> Result<Gap, JournalFault> {
        let mut left = blake3::Hasher::new();
        for line in lines.iter().filter(|line| !line.goes) {
            seal(&mut left, line.seq, &line.hash);
        }
        let mut kinds: Vec<Kind> = lines.iter().filter(|line| line.goes).map(|line| line.kind).collect();
        let entries = kinds.len() as u64;
        kinds.sort_unstable();
        kinds.dedup();
        self.run(
            "INSERT INTO stretch (first, entries) VALUES (?1, ?2)
             ON CONFLICT (first) DO UPDATE SET entries = entries + excluded.entries",
            params![first as i64, entries as i64],
        )?;
        let sql = "SELECT hash FROM entry WHERE seq = ?1";
        let before: Option<Hash> = self.optional(sql, [first as i64 - 1], |row| row.get(0))?;
        Ok(Gap {
            from: first,
            to: last,
            reason: pass.reason().to_owned(),
            kinds,
            entries,
            before: before.map(|hash| hex(&hash)),
            left: left.finalize().to_hex().to_string(),
            footing: self.stand_on(last)?,
        })
    }

    pub(super) fn number(&self, sql: &str, values: impl rusqlite::Params) -> Result<Option<Seq>, JournalFault> {
        let number: Option<Option<i64>> = self.optional(sql, values, |row| row.get(0))?;
        Ok(number.flatten().map(|number| number as Seq))
    }

    pub(super) fn optional<T>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        read: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, JournalFault> {
        self.conn()
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row(values, read).optional())
            .map_err(|source| JournalFault::sqlite("look at what may be given up", source))
    }
}

/// Takes one entry that is left into the seal of its stretch.
pub(super) fn seal(left: &mut blake3::Hasher, seq: Seq, hash: &Hash) {
    left.update(&seq.to_be_bytes());
    left.update(hash);
}

/// A hash as gap entries write it.
pub(super) fn hex(hash: &Hash) -> String {
    blake3::Hash::from_bytes(*hash).to_hex().to_string()
}
