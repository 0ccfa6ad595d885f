//! Copies of the whole journal, made while it is written, each proved before it counts.
//!
//! A backup is one SQLite file that holds everything a fresh machine needs: the journal with the people of the plan,
//! the configuration and the plan's file as they stood, and a manifest with a hash over every table. It is written
//! under another name, reopened, proved, and only then given its own: a file of that name is whole. It holds no secret
//! (token and password files), but it does hold personal names, for as long as it is kept. Starts no thread and keeps
//! no clock: who calls says when.

mod digest;
mod fault;
mod folder;
mod manifest;
mod restore;

use std::fs::File;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, params};

pub use fault::BackupFault;
pub use folder::{Kept, kept, rotate};
pub use manifest::{Attached, Backup, Manifest};
pub use restore::{Newer, Restored, restore};

pub(super) use folder::stamp;

use super::space::free_bytes;
use super::{FILE_NAME, JournalFault};
use crate::facts::Timestamp;

/// A backup leaves this much of its disk free: the journal of a day, so that keeping yesterday never costs today.
pub const SPACE_KEPT: u64 = 128 << 20;

/// Makes a backup of the journal in `data` into `out` at `made_at`, whether or not a daemon writes the journal
/// meanwhile, and proves it by reopening. `attached` goes along.
pub fn make(data: &Path, out: &Path, made_at: Timestamp, attached: &[Attached]) -> Result<Backup, BackupFault> {
    if !data.join(FILE_NAME).exists() {
        return Err(BackupFault::NoJournal(data.to_owned()));
    }
    let _lock = folder::claim(out)?;
    folder::clear(out)?;
    let source = open_source(data)?;
    let bytes = size_of(&source).map_err(|fault| BackupFault::sqlite("tell its size", fault))?;
    let attached_bytes: usize = attached.iter().map(|file| file.bytes.len()).sum();
    require_space(out, bytes + attached_bytes as u64)?;
    let part = folder::part(out, made_at);
    let outcome = write(&source, &part, made_at, attached).and_then(|manifest| {
        let path = out.join(folder::name(&manifest));
        std::fs::rename(&part, &path).map_err(|source| BackupFault::file(&path, source))?;
        sync_folder(out)?;
        Ok(Backup { path, manifest })
    });
    if outcome.is_err() {
        // What is left of it does not count; should it stay, the next backup clears it away.
        folder::remove_part(&part);
    }
    outcome
}

/// Copies, describes, lays down and proves, all under the name that does not count.
fn write(source: &Connection, part: &Path, made_at: Timestamp, attached: &[Attached]) -> Result<Manifest, BackupFault> {
    folder::create_private(part)?;
    source
        .execute("VACUUM INTO ?1", params![part.to_string_lossy()])
        .map_err(|fault| BackupFault::sqlite("copy itself", fault))?;
    let described = manifest::describe(part, made_at, attached)?;
    File::open(part).and_then(|file| file.sync_all()).map_err(|source| BackupFault::file(part, source))?;
    let proved = Backup::open(part)?;
    if proved.manifest != described {
        let fault = "it says something else than what was written into it".to_owned();
        return Err(BackupFault::Damaged { path: part.to_owned(), faults: vec![fault] });
    }
    Ok(described)
}

/// A connection that cannot write the journal, but may write the copy.
fn open_source(data: &Path) -> Result<Connection, BackupFault> {
    let path = data.join(FILE_NAME);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(&path, flags)
        .and_then(|conn| {
            conn.execute_batch("PRAGMA busy_timeout = 5000; PRAGMA cache_size = -1000")?;
            Ok(conn)
        })
        .map_err(|source| JournalFault::sqlite("open for a backup", source).into())
}

fn size_of(conn: &Connection) -> rusqlite::Result<u64> {
    let pages: i64 = conn.query_row("PRAGMA page_count", [], |row| row.get(0))?;
    let page: i64 = conn.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    Ok((pages * page) as u64)
}

fn require_space(dir: &Path, needed: u64) -> Result<(), BackupFault> {
    let free = free_bytes(dir).map_err(|source| BackupFault::file(dir, source))?;
    if free < needed + SPACE_KEPT {
        return Err(BackupFault::Space { dir: dir.to_owned(), free: free >> 20, needed: needed.div_ceil(1 << 20) });
    }
    Ok(())
}

/// A name is on the disk only once its folder is.
fn sync_folder(dir: &Path) -> Result<(), BackupFault> {
    File::open(dir).and_then(|folder| folder.sync_all()).map_err(|source| BackupFault::file(dir, source))
}

#[cfg(test)]
mod tests;
