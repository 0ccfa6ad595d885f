//! The tables, how they came to be, and how the database is run.
//!
//! Migrations are numbered and only added to: an old file opens, a newer one is refused with a clear word.

use std::path::Path;

use rusqlite::{Connection, params};

use super::{Epochs, JournalFault};

/// One step from each version to the next; step `n` leads to `user_version = n + 1`.
const STEPS: &[&str] = &[
    include_str!("schema/001.sql"),
    include_str!("schema/002.sql"),
    include_str!("schema/003.sql"),
    include_str!("schema/004.sql"),
    include_str!("schema/005.sql"),
    include_str!("schema/006.sql"),
];

/// How the database is run. FULL and not NORMAL: with NORMAL a power cut may roll back a commit we have answered.
pub(super) fn prepare(conn: &Connection) -> Result<(), JournalFault> {
    let run = |sql: &str| conn.execute_batch(sql).map_err(|source| JournalFault::sqlite("set itself up", source));
    // Small pages, because each commit writes every page that it touched, whole: with a few rows a commit that is what a
    // memory card has to take. Of a database that is there already the size stays as it is.
    run("PRAGMA page_size = 1024")?;
    let mode: String = conn
        .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
        .map_err(|source| JournalFault::sqlite("switch to the write-ahead log", source))?;
    if mode != "wal" {
        return Err(JournalFault::Damaged { seq: 0, reason: format!("journal_mode is {mode}, not wal") });
    }
    run("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864;
         PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -2000")
}

/// Brings the database to the newest schema, each step in a transaction of its own.
pub(super) fn migrate(conn: &mut Connection, path: &Path) -> Result<(), JournalFault> {
    let known = STEPS.len() as i64;
    let found = version(conn)?;
    if found > known {
        return Err(JournalFault::Newer { path: path.to_owned(), found, known });
    }
    for (number, step) in STEPS.iter().enumerate().skip(usize::try_from(found).unwrap_or(0)) {
        let tx = conn.transaction().map_err(|source| JournalFault::sqlite("begin a migration", source))?;
        tx.execute_batch(step).map_err(|source| JournalFault::sqlite("migrate", source))?;
        tx.pragma_update(None, "user_version", number as i64 + 1)
            .map_err(|source| JournalFault::sqlite("note the new schema", source))?;
        tx.commit().map_err(|source| JournalFault::sqlite("commit a migration", source))?;
    }
    Ok(())
}

/// Refuses a database that only a newer version understands; for those who read only.
pub(super) fn check_version(conn: &Connection, path: &Path) -> Result<(), JournalFault> {
    let (found, known) = (version(conn)?, STEPS.len() as i64);
    if found > known { Err(JournalFault::Newer { path: path.to_owned(), found, known }) } else { Ok(()) }
}

/// Whether entries may have been given up; who only reads may meet a file that no writer has migrated yet.
pub(super) fn has_gaps(conn: &Connection) -> Result<bool, JournalFault> {
    Ok(version(conn)? >= 2)
}

pub(super) fn version(conn: &Connection) -> Result<i64, JournalFault> {
    conn.query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(|source| JournalFault::sqlite("read its schema version", source))
}

/// Whether the table of epochs is there; before, the one epoch stood in `meta`.
pub(super) fn has_epochs(conn: &Connection) -> Result<bool, JournalFault> {
    Ok(version(conn)? >= 3)
}

/// The database's epochs, the first made by `make` where there is none yet.
pub(super) fn epochs(conn: &Connection, make: impl FnOnce() -> String) -> Result<Epochs, JournalFault> {
    if let Some(epochs) = Epochs::read(conn)? {
        return Ok(epochs);
    }
    conn.execute("INSERT INTO epoch (from_seq, word) VALUES (1, ?1)", params![make()])
        .map_err(|source| JournalFault::sqlite("note its epoch", source))?;
    Epochs::known(conn)
}
