//! The folder of backups: what its files are called, which count, which go.
//!
//! `portico-2026-11-25T04-00-00Z-9f3a61c2-48213.db`: when, of which epoch, up to which entry. Touches no file of another
//! name.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use super::{BackupFault, Manifest};
use crate::facts::{Seq, Timestamp};

/// Every backup's name begins with this …
const HEAD: &str = "portico-";
/// … and ends in this.
const TAIL: &str = ".db";
/// What is being written ends in this instead, and counts for nothing.
const PART: &str = ".part";
/// Held locked while one is being written.
const LOCK_NAME: &str = "backup.lock";
/// Beside a database that was cut off there may be its rollback journal.
const ROLLBACK: &str = "-journal";

/// A backup by its name alone: what is needed to list and rotate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kept {
    /// When it was made, to the second.
    pub made_at: Timestamp,
    /// Its newest entry.
    pub seq: Seq,
    /// The file.
    pub path: PathBuf,
}

pub(super) fn name(manifest: &Manifest) -> String {
    format!("{HEAD}{}-{}-{}{TAIL}", stamp(manifest.made_at), manifest.epoch, manifest.seq)
}

pub(super) fn part(out: &Path, made_at: Timestamp) -> PathBuf {
    out.join(format!("{HEAD}{}{PART}", stamp(made_at)))
}

/// To the second, and without signs that some file systems refuse.
pub(in crate::journal) fn stamp(at: Timestamp) -> String {
    let text = at.to_string();
    format!("{}Z", text.get(..19).unwrap_or(&text).replace(':', "-"))
}

/// The folder, made where it is not there, for one who writes. Dropping the file lets it go.
pub(super) fn claim(out: &Path) -> Result<File, BackupFault> {
    std::fs::create_dir_all(out).map_err(|source| BackupFault::file(out, source))?;
    let path = out.join(LOCK_NAME);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|source| BackupFault::file(&path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(BackupFault::Busy(out.to_owned())),
        Err(TryLockError::Error(source)) => Err(BackupFault::file(&path, source)),
    }
}

/// Clears away what an interrupted backup left.
pub(super) fn clear(out: &Path) -> Result<(), BackupFault> {
    for path in files(out)? {
        let name = file_name(&path);
        if name.starts_with(HEAD) && name.trim_end_matches(ROLLBACK).ends_with(PART) {
            std::fs::remove_file(&path).map_err(|source| BackupFault::file(&path, source))?;
        }
    }
    Ok(())
}

pub(super) fn remove_part(part: &Path) {
    for path in [part.to_owned(), PathBuf::from(format!("{}{ROLLBACK}", part.display()))] {
        if path.exists()
            && let Err(fault) = std::fs::remove_file(&path)
        {
            tracing::warn!(path = %path.display(), %fault, "what is left of a failed backup stays for now");
        }
    }
}

/// An empty file that nobody else can read, for the copy to go into: names of guests will be in it.
pub(super) fn create_private(path: &Path) -> Result<(), BackupFault> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|source| BackupFault::file(path, source))
}

/// Names of guests are in it.
pub(super) fn make_private(path: &Path) -> Result<(), BackupFault> {
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(path, private).map_err(|source| BackupFault::file(path, source))
}

/// The backups in `out`, newest first; none where there is no such folder.
pub fn kept(out: &Path) -> Result<Vec<Kept>, BackupFault> {
    if !out.exists() {
        return Ok(Vec::new());
    }
    let mut kept: Vec<Kept> = files(out)?.into_iter().filter_map(read_name).collect();
    kept.sort_by(|a, b| b.cmp(a));
    Ok(kept)
}

/// Removes all but the newest `keep` (at least one) and gives what went. `made` stays in any case: one that a wrong
/// clock calls newer must not drive it out.
pub fn rotate(out: &Path, keep: usize, made: &Path) -> Result<Vec<PathBuf>, BackupFault> {
    let mut gone = Vec::new();
    let others = kept(out)?.into_iter().filter(|kept| kept.path != made);
    for old in others.skip(keep.saturating_sub(1)) {
        std::fs::remove_file(&old.path).map_err(|source| BackupFault::file(&old.path, source))?;
        gone.push(old.path);
    }
    Ok(gone)
}

fn files(out: &Path) -> Result<Vec<PathBuf>, BackupFault> {
    let read =
        std::fs::read_dir(out).and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect());
    read.map_err(|source| BackupFault::file(out, source))
}

fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

fn read_name(path: PathBuf) -> Option<Kept> {
    let inner = file_name(&path).strip_prefix(HEAD)?.strip_suffix(TAIL)?;
    // 2026-11-25T04-00-00Z-<epoch>-<seq>
    let (made_at, rest) = inner.split_at_checked(20)?;
    let (date, time) = made_at.split_once('T')?;
    let made_at = format!("{date}T{}", time.replace('-', ":")).parse().ok()?;
    let seq = rest.rsplit_once('-')?.1.parse().ok()?;
    Some(Kept { made_at, seq, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_when_and_how_far_and_other_files_are_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let manifest = |text: &str, epoch: &str, seq| Manifest {
            made_at: text.parse().unwrap(),
            epoch: epoch.to_owned(),
            seq,
            ..Manifest::default()
        };
        let days = [
            manifest("2026-11-25T04:00:00.123Z", "9f3a61c2", 48_213),
            manifest("2026-11-24T04:00:00Z", "a-b", 7),
            manifest("2026-11-26T04:00:00Z", "0", 3),
        ];
        let others = ["portico-2026-11-23.db", "notes.txt", "portico-2026-11-27T04-00-00Z.part", "x-portico.db"];
        let names: Vec<String> = days.iter().map(name).chain(others.map(str::to_owned)).collect();
        assert_eq!(names[0], "portico-2026-11-25T04-00-00Z-9f3a61c2-48213.db");
        for name in &names {
            std::fs::write(dir.path().join(name), "").unwrap();
        }
        let seqs = |dir: &Path| kept(dir).unwrap().iter().map(|kept| kept.seq).collect::<Vec<_>>();
        assert_eq!(seqs(dir.path()), [3, 48_213, 7]);
        let path = |number: usize| dir.path().join(&names[number]);
        assert_eq!(rotate(dir.path(), 2, &path(2)).unwrap(), [path(1)]);
        assert_eq!(rotate(dir.path(), 0, &path(0)).unwrap(), [path(2)], "what was just made stays, newest or not");
        assert_eq!(seqs(dir.path()), [48_213]);
        for name in others {
            assert!(dir.path().join(name).exists(), "{name}");
        }
        clear(dir.path()).unwrap();
        assert!(!dir.path().join(others[2]).exists() && dir.path().join(others[0]).exists());
        assert_eq!(kept(&dir.path().join("nowhere")).unwrap(), []);
    }

    #[test]
    fn one_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let first = claim(dir.path()).unwrap();
        assert!(matches!(claim(dir.path()), Err(BackupFault::Busy(_))));
        drop(first);
        claim(dir.path()).unwrap();
    }
}
