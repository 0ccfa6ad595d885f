//! How much room a journal may take, and how much of it is in use.
//!
//! Says numbers; whether something is to be given up is the recorder's business.

use super::{Journal, JournalFault};
use crate::facts::{Seq, Span};

/// What is kept, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeping {
    /// Bytes of the database that may be in use.
    pub budget: u64,
    /// What is older may go as soon as upstream has it.
    pub days: Span,
    /// The cursors that have all passed what upstream has; none: there is no upstream, and nothing goes for its age.
    pub upstream: &'static [&'static str],
}

impl Journal {
    /// Has this journal kept within bounds; without, everything is kept for as long as the disk has room.
    #[must_use]
    pub fn within(self, keeping: Keeping) -> Self {
        Self { keeping: Some(keeping), ..self }
    }

    /// The bounds.
    pub fn keeping(&self) -> Option<Keeping> {
        self.keeping
    }

    /// Bytes of the database in use. Pages that hold nothing any more stay in the file and are used again.
    pub fn used(&self) -> Result<u64, JournalFault> {
        let number = |sql: &str| -> rusqlite::Result<u64> {
            self.conn.prepare_cached(sql)?.query_row([], |row| row.get::<_, i64>(0)).map(|number| number as u64)
        };
        let used = || {
            let (pages, free) = (number("PRAGMA page_count")?, number("PRAGMA freelist_count")?);
            Ok(pages.saturating_sub(free) * number("PRAGMA page_size")?)
        };
        used().map_err(|source| JournalFault::sqlite("count its pages", source))
    }

    /// Up to here upstream has everything, as far as that is on disk.
    pub fn delivered(&self) -> Result<Seq, JournalFault> {
        let names = self.keeping.as_ref().map_or(&[][..], |keeping| keeping.upstream);
        let cursor = |name: &&str| -> rusqlite::Result<Seq> {
            let sql = "SELECT coalesce(max(seq), 0) FROM cursor WHERE name = ?1";
            self.conn.prepare_cached(sql)?.query_row([name], |row| row.get::<_, i64>(0)).map(|seq| seq as Seq)
        };
        let cursors: Result<Vec<Seq>, _> = names.iter().map(cursor).collect();
        let cursors = cursors.map_err(|source| JournalFault::sqlite("read the cursors", source))?;
        Ok(cursors.into_iter().min().unwrap_or(0))
    }
}
