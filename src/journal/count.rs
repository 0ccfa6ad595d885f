//! Counting what is committed between two numbers, without reading the many.

use std::collections::BTreeMap;

use rusqlite::params;

use super::read::given_up_after;
use super::{JournalFault, Lane, Reader};
use crate::facts::{Kind, Seq};

impl Reader {
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
