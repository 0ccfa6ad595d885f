//! How large a journal is, told without reading through it.

use std::path::Path;

use rusqlite::OptionalExtension;

use super::count::given_up_after;
use super::read::one;
use super::{JournalFault, Reader};
use crate::facts::{Seq, Timestamp};

/// What there is of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Entries that are there.
    pub entries: u64,
    /// Entries that were given up, ever.
    pub given_up: u64,
    /// The newest entry; 0 before the first.
    pub newest: Seq,
    /// The stamp of the oldest entry that is there.
    pub oldest_at: Option<Timestamp>,
    /// Bytes of the database in use: what the budget counts.
    pub used_bytes: u64,
    /// Bytes that its files take on the disk, the write-ahead log among them.
    pub file_bytes: u64,
    /// The version of its schema.
    pub schema: u32,
}

impl Reader {
    /// Where there is no file it takes no room.
    fn file_bytes(&self) -> u64 {
        let size = |path: &Path| std::fs::metadata(path).map_or(0, |meta| meta.len());
        let path = self.path();
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        size(path) + size(Path::new(&log))
    }

    /// How large the journal is. Numbers have no holes but those that were given up, so entries need not be counted.
    pub fn extent(&self) -> Result<Extent, JournalFault> {
        self.with("tell its size", |conn| {
            let newest = one(conn, "SELECT coalesce(max(seq), 0) FROM entry", [])?;
            let given_up = given_up_after(conn, 0)?;
            let oldest_at: Option<i64> = conn
                .prepare_cached("SELECT received_at FROM entry ORDER BY seq LIMIT 1")?
                .query_row([], |row| row.get(0))
                .optional()?;
            let pages = one(conn, "PRAGMA page_count", [])?.saturating_sub(one(conn, "PRAGMA freelist_count", [])?);
            Ok(Extent {
                entries: newest.saturating_sub(given_up),
                given_up,
                newest,
                oldest_at: oldest_at.map(Timestamp::from_millis),
                used_bytes: pages * one(conn, "PRAGMA page_size", [])?,
                file_bytes: self.file_bytes(),
                schema: one(conn, "PRAGMA user_version", [])? as u32,
            })
        })
    }
}
