//! What a check of the chain knows of stretches of which some entries were given up.
//!
//! Takes the newest gap entry of each stretch at its word; that word is itself in the chain, and checked there. Pure
//! but for reading it.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::retention::{hex, seal};
use super::{JournalFault, read, schema};
use crate::facts::{Fact, Gap, Hash, Kind, Seq};

/// One stretch as its newest gap tells it.
struct Stretch {
    gap: Gap,
    /// Given up by all of its gaps together.
    entries: u64,
}

/// Every stretch with gaps, and the seal of the one that is being read.
#[derive(Default)]
pub(super) struct Seams {
    stretches: BTreeMap<Seq, Stretch>,
    hashes: BTreeMap<Seq, Hash>,
    left: blake3::Hasher,
    seen: u64,
    broken: Vec<(Seq, Seq)>,
}

impl Seams {
    /// Those of a journal.
    pub(super) fn read(conn: &Connection) -> Result<Self, JournalFault> {
        let mut seams = Self::default();
        if !schema::has_gaps(conn)? {
            return Ok(seams);
        }
        read::rows_of(conn, Kind::Gap, |row| {
            // A gap whose body is damaged seals nothing; the chain tells where it was changed.
            if let Ok(Fact::Gap(gap)) = Fact::read_body(row.kind, &row.body) {
                let before = seams.stretches.get(&gap.from).map_or(0, |stretch| stretch.entries);
                let entries = before + gap.entries;
                seams.stretches.insert(gap.from, Stretch { gap: *gap, entries });
            }
        })?;
        let hashes = || -> rusqlite::Result<BTreeMap<Seq, Hash>> {
            conn.prepare("SELECT seq, hash FROM given_up")?
                .query_map([], |row| Ok((row.get::<_, i64>(0)? as Seq, row.get(1)?)))?
                .collect()
        };
        seams.hashes = hashes().map_err(|source| JournalFault::sqlite("read what is left of entries", source))?;
        Ok(seams)
    }

    /// Entries given up, and in how many stretches.
    pub(super) fn given_up(&self) -> (u64, u64) {
        (self.stretches.values().map(|stretch| stretch.entries).sum(), self.stretches.len() as u64)
    }

    /// The hash that the entry after a hole builds on; none where the numbers `from` to `to` were not given up.
    pub(super) fn across(&self, from: Seq, to: Seq) -> Option<Hash> {
        let mut next = from;
        while next <= to {
            let (_, stretch) = self.stretches.range(..=next).next_back()?;
            if stretch.gap.to < next {
                return None;
            }
            next = stretch.gap.to + 1;
        }
        self.hashes.get(&to).copied()
    }

    /// The next entry that is left, in order.
    pub(super) fn push(&mut self, seq: Seq, hash: &Hash) {
        self.close_before(seq);
        if self.stretches.first_key_value().is_some_and(|(from, _)| *from <= seq) {
            seal(&mut self.left, seq, hash);
            self.seen += 1;
        }
        let stretch = self.stretches.get(&(seq + 1));
        if stretch.is_some_and(|stretch| stretch.gap.before.as_ref().is_some_and(|before| *before != hex(hash))) {
            self.broken.push((seq, seq));
        }
    }

    /// Ends every stretch that lies before `seq`, comparing what was left in it with its seal.
    pub(super) fn close_before(&mut self, seq: Seq) {
        while let Some(first) = self.stretches.first_entry() {
            if first.get().gap.to >= seq {
                return;
            }
            let Stretch { gap, entries } = first.remove();
            let left = std::mem::take(&mut self.left).finalize().to_hex();
            let seen = std::mem::take(&mut self.seen);
            if left.as_str() != gap.left || seen + entries != gap.to - gap.from + 1 {
                self.broken.push((gap.from, gap.to));
            }
        }
    }

    /// The stretches found broken since this was last asked, each as first and last number.
    pub(super) fn broken(&mut self) -> Vec<(Seq, Seq)> {
        std::mem::take(&mut self.broken)
    }
}
