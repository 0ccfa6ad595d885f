//! A damaged database: set aside as it was found, and what can be read of it brought into a new one.
//!
//! Promises that what is brought over is what was written: entry by entry, each proved by its hash, from the first on;
//! what cannot be read in the database is taken from the newest backup that goes on from there. At the first entry that
//! neither has it ends, with the last report all of whose consequences are there, and what is kept from then on is a new
//! epoch, so that no event id ever stands for something else. What still tells something behind it is kept aside, to be
//! reported again: see [`behind`]. The damaged files stay, byte for byte, under a name with the date, and until the new
//! database is whole and on disk they stay where they were. Judges no content, and tells nobody: see [`Reader::salvaged`].

mod behind;
mod build;
mod source;

pub use behind::REPORTED_AGAIN;

use std::path::{Path, PathBuf};

use rusqlite::OptionalExtension;

use super::backup::{self, Backup};
use super::replace::{self, Why};
use super::{FILE_NAME, JournalFault, Reader, folder, read, schema};
use crate::facts::{Entry, Timestamp};
use build::Built;
use source::Source;

/// Where it is worked in; what is found in it at a start counts for nothing.
const SCRATCH: &str = "salvage.part";
/// Where the word on it stands in the table of numbers that change rarely.
pub(super) const NOTE_KEY: &str = "salvaged";
/// A write-ahead log of fewer bytes holds nothing.
const LOG_BYTES_MIN: u64 = 32;
/// What a salvage needs besides.
const SPARE_BYTES: u64 = 1 << 20;
/// So many of the newest backups are tried until one is whole.
const BACKUPS_TRIED: usize = 3;

/// Looks whether the journal in `dir` is damaged, as SQLite sees it, or is known to be by `known`; then sets it aside at
/// `now`, brings what can be read into a new one, with help of the newest whole backup in `backups`, and begins the epoch
/// `word`. Of what can be read behind the damage, what `tells` is kept aside to be reported again: see [`Reader::behind`].
/// Gives what is to be said of it; none where nothing is the matter. To be called before anybody opens it.
///
/// # Errors
/// When the folder cannot be worked in: then nothing is changed.
pub fn salvage(
    dir: &Path,
    backups: &Path,
    now: Timestamp,
    word: &str,
    known: Option<&JournalFault>,
    tells: impl Fn(&Entry) -> bool,
) -> Result<Option<String>, JournalFault> {
    if !dir.exists() {
        return Ok(None);
    }
    let _held = folder::lock(dir)?;
    // Cut off before it was in its place.
    let finished = replace::finish(dir)?;
    clear(dir)?;
    match finished {
        Some(Why::Salvaged) => return Reader::open(dir)?.salvaged(),
        Some(Why::Restored) => tracing::warn!("a restore had been cut off; its backup is in its place now"),
        None => {}
    }
    let Some(fault) = known.map(ToString::to_string).or_else(|| look(dir)) else { return Ok(None) };
    tracing::error!(fault, "the journal is damaged; bringing what can be read into a new one");
    let made = make(dir, backups, now, word, &fault, tells);
    // What is half done must not fill the disk that the next try needs.
    let cleared = clear(dir);
    let text = made?;
    cleared?;
    Ok(Some(text))
}

/// Makes the new database of a journal with this `fault`, and puts it in the place of the old one.
fn make(
    dir: &Path,
    backups: &Path,
    now: Timestamp,
    word: &str,
    fault: &str,
    tells: impl Fn(&Entry) -> bool,
) -> Result<String, JournalFault> {
    let stamp = Why::Salvaged.free_stamp(dir, now);
    fits(dir)?;
    let scratch = dir.join(SCRATCH);
    std::fs::create_dir(&scratch).map_err(|source| JournalFault::folder(&scratch, source))?;
    let damaged = Source::damaged(dir, &scratch)?;
    let backup = newest_whole(backups);
    let from_backup = match &backup {
        Some(backup) => Some(Source::backup(&backup.path)?),
        None => None,
    };
    let made = scratch.join("new.db");
    let built = build::build(&made, damaged.as_ref(), from_backup.as_ref(), word, tells)?;
    let text = tell(fault, &stamp, &built, backup.as_ref());
    build::finish(&made, &text)?;
    alike(&dir.join(FILE_NAME), &made)?;
    drop((damaged, from_backup));
    Why::Salvaged.put(&made, dir, &stamp)?;
    Ok(text)
}

/// Whether there is room for the copy that is read and for the new database, which is no larger.
fn fits(dir: &Path) -> Result<(), JournalFault> {
    let bytes = |ending| std::fs::metadata(dir.join(format!("{FILE_NAME}{ending}"))).map_or(0, |data| data.len());
    let needed = 2 * (bytes("") + bytes("-wal")) + SPARE_BYTES;
    super::has_room(dir, needed)
}

/// Takes away what a salvage left that was cut off, so that it does not fill the disk. For the one who holds the folder.
pub(super) fn clear_scratch(dir: &Path) -> Result<(), JournalFault> {
    let _held = folder::lock(dir)?;
    clear(dir)
}

impl Reader {
    /// What is to be said of a damaged database that this one goes on from.
    pub fn salvaged(&self) -> Result<Option<String>, JournalFault> {
        self.with("read what was salvaged", |conn| {
            conn.query_row("SELECT value FROM meta WHERE key = ?1", [NOTE_KEY], |row| row.get(0)).optional()
        })
    }
}

/// What SQLite finds wrong with the database; none where it opens, or where it is not damage that keeps it from opening.
fn look(dir: &Path) -> Option<String> {
    let path = dir.join(FILE_NAME);
    let bytes = |path: &Path| std::fs::metadata(path).map_or(0, |data| data.len());
    if bytes(&path) == 0 {
        // SQLite would take the log away, and with it all that was kept.
        let logged = bytes(&dir.join(format!("{FILE_NAME}-wal"))) > LOG_BYTES_MIN;
        return logged.then(|| "the database is empty, and its write-ahead log is not".to_owned());
    }
    match check(&path) {
        Ok(words) if words == "ok" => None,
        Ok(words) => Some(words),
        Err(fault) => fault.is_damage().then(|| fault.to_string()),
    }
}

/// SQLite's own check, which reads every page but compares no index; and what a start needs first.
fn check(path: &Path) -> Result<String, JournalFault> {
    let conn = read::connect(path)?;
    if schema::version(&conn)? > 0 {
        read::newest_stamp(path)?;
    }
    conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|source| JournalFault::sqlite("check its integrity", source))
}

fn newest_whole(backups: &Path) -> Option<Backup> {
    let kept = backup::kept(backups).inspect_err(|fault| tracing::warn!(%fault, "no backup can be looked at"));
    kept.unwrap_or_default().into_iter().take(BACKUPS_TRIED).find_map(|kept| {
        Backup::open(&kept.path).inspect_err(|fault| tracing::warn!(%fault, "this backup is of no help")).ok()
    })
}

fn tell(fault: &str, stamp: &str, built: &Built, backup: Option<&Backup>) -> String {
    let Built { upto, newest_at, entries, from_backup, behind } = built;
    let fault = fault.split_whitespace().collect::<Vec<_>>().join(" ");
    let found = match newest_at {
        Some(at) => format!("{entries} entries were recovered, up to entry {upto} of {at}"),
        None => "no entry could be recovered".to_owned(),
    };
    let name = backup.and_then(|backup| backup.path.file_name()).map(|name| name.to_string_lossy().into_owned());
    let helped = match name {
        Some(name) => format!(", {from_backup} of them from the newest backup, {name}"),
        None => "; there is no backup to fill the rest from".to_owned(),
    };
    let again = match behind.told {
        0 => String::new(),
        told => format!(
            "; {told} scans and calls for help behind the damage are reported again, but for scans over a day old"
        ),
    };
    let left = match behind.left {
        0 => String::new(),
        left => format!("; {left} other entries behind the damage can be read there and are not in the journal"),
    };
    format!(
        "the journal was damaged ({fault}) and is set aside as {}; {found}{helped}{again}{left}",
        Why::Salvaged.aside(stamp)
    )
}

fn clear(dir: &Path) -> Result<(), JournalFault> {
    let scratch: PathBuf = dir.join(SCRATCH);
    match std::fs::remove_dir_all(&scratch) {
        Err(fault) if fault.kind() != std::io::ErrorKind::NotFound => Err(JournalFault::folder(&scratch, fault)),
        _ => Ok(()),
    }
}

/// Who may read the one may read the other.
fn alike(old: &Path, new: &Path) -> Result<(), JournalFault> {
    match std::fs::metadata(old) {
        Ok(data) => std::fs::set_permissions(new, data.permissions()),
        Err(_) => Ok(()),
    }
    .map_err(|source| JournalFault::folder(new, source))
}

#[cfg(test)]
mod tests;
