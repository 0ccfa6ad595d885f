//! Puts a backup in the place of a journal, on this machine or a fresh one.
//!
//! Promises that nothing is lost: what is there already is kept under a name of its own, and where it holds an entry
//! that the backup does not, nothing happens without being told to. Cut off anywhere, the old journal is in its place and
//! whole, or the next start brings the new one there, see [`replace`]. What goes on from the backup is a new epoch, so that its entries are never taken for those that the
//! lost machine may have made and sent after it.

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::manifest::{self, Backup};
use super::{BackupFault, folder, require_space};
use crate::facts::{Hash, Seq, Timestamp};
use crate::journal::folder::lock;
use crate::journal::replace::{self, Why};
use crate::journal::{FILE_NAME, JournalFault, Reader};

/// The copy on its way; it counts for nothing.
const INCOMING: &str = "portico.db.incoming";
/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The epoch that begins behind the newest entry.
    pub epoch: String,
    /// Where the journal went that was there before.
    pub set_aside: Option<PathBuf>,
}

/// What is to happen to a journal that holds entries which the backup does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newer {
    /// Refuse.
    Refuse,
    /// Keep it under another name and go on.
    SetAside,
}

/// Puts `backup` in the place of the journal in `data`, at `now`, and begins the epoch `word`.
pub fn restore(
    backup: &Backup,
    data: &Path,
    word: &str,
    newer: Newer,
    now: Timestamp,
) -> Result<Restored, BackupFault> {
    std::fs::create_dir_all(data).map_err(|source| BackupFault::file(data, source))?;
    // As long as we hold it no daemon starts on this folder.
    let held = lock(data)?;
    replace::finish(data)?;
    if newer == Newer::Refuse {
        refuse_to_lose(backup, data)?;
    }
    let incoming = data.join(INCOMING);
    folder::remove_part(&incoming);
    let bytes = std::fs::metadata(&backup.path).map_err(|source| BackupFault::file(&backup.path, source))?.len();
    require_space(data, bytes)?;
    let stamp = Why::Restored.free_stamp(data, now);
    let outcome = bring_in(backup, &incoming, word).and_then(|()| {
        fold_in(&data.join(FILE_NAME));
        Ok(Why::Restored.put(&incoming, data, &stamp)?)
    });
    if outcome.is_err() {
        folder::remove_part(&incoming);
    }
    outcome?;
    let set_aside = replace::found_aside(data, Why::Restored, &stamp);
    drop(held);
    Ok(Restored { epoch: word.to_owned(), set_aside })
}

/// Copies the backup, proves the copy, and makes a journal of it.
fn bring_in(backup: &Backup, incoming: &Path, word: &str) -> Result<(), BackupFault> {
    std::fs::copy(&backup.path, incoming).map_err(|source| BackupFault::file(incoming, source))?;
    folder::make_private(incoming)?;
    Backup::open(incoming)?;
    manifest::undress(incoming, word)?;
    File::open(incoming).and_then(|file| file.sync_all()).map_err(|source| BackupFault::file(incoming, source))
}

/// The newest entry of the journal in `data` must be in the backup: then all before it are, too.
fn refuse_to_lose(backup: &Backup, data: &Path) -> Result<(), BackupFault> {
    if !data.join(FILE_NAME).exists() {
        return Ok(());
    }
    let unreadable = |fault: JournalFault| BackupFault::Unreadable { dir: data.to_owned(), reason: fault.to_string() };
    let Some((seq, hash, epoch)) = newest(data).map_err(unreadable)? else { return Ok(()) };
    let held = Reader::open_file(&backup.path)?.entry(seq)?.is_some_and(|row| row.hash == hash);
    if held {
        return Ok(());
    }
    Err(BackupFault::WouldLose { dir: data.to_owned(), found: seq, epoch, reaches: backup.manifest.seq })
}

fn newest(data: &Path) -> Result<Option<(Seq, Hash, String)>, JournalFault> {
    let reader = match Reader::open(data) {
        Ok(reader) => reader,
        // Cut off before its first epoch was made: there cannot be an entry.
        Err(JournalFault::Damaged { seq: 0, .. }) => return Ok(None),
        Err(fault) => return Err(fault),
    };
    let seq = reader.newest()?;
    let row = reader.entry(seq)?;
    Ok(row.map(|row| (seq, row.hash, reader.epochs().of(seq).to_owned())))
}

/// Moves the write-ahead log into the database, where that can still be done; SQLite then takes it away.
fn fold_in(database: &Path) {
    if !database.exists() {
        return;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let folded = Connection::open_with_flags(database, flags).and_then(|conn| {
        conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).optional()?;
        conn.close().map_err(|(_, fault)| fault)
    });
    if let Err(fault) = folded {
        tracing::warn!(%fault, "the old journal is set aside together with its write-ahead log");
    }
}
