//! The journal's folder: made so that it stays, held by one writer, and what is in it made safe before anything builds
//! on it.
//!
//! Knows files, not tables. Promises that [`settle`] changes no byte that a reader can see.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::{FILE_NAME, JournalFault};

/// Held locked for as long as a writer lives, so that two daemons cannot share a data folder.
const LOCK_NAME: &str = "portico.lock";
/// How much of the write-ahead log is written anew at once.
const CHUNK_BYTES: usize = 1 << 20;

/// Makes the folder where there is none, so that a power cut does not take it away again with all that is in it.
pub(super) fn make(dir: &Path) -> std::io::Result<()> {
    let missing: Vec<&Path> = dir.ancestors().take_while(|folder| !folder.exists()).collect();
    std::fs::create_dir_all(dir)?;
    for made in missing {
        if let Some(parent) = made.parent() {
            let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
            File::open(parent)?.sync_all()?;
        }
    }
    Ok(())
}

/// Takes the folder for one writer.
pub(super) fn lock(dir: &Path) -> Result<File, JournalFault> {
    let path = dir.join(LOCK_NAME);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|source| JournalFault::folder(&path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(JournalFault::InUse(dir.to_owned())),
        Err(std::fs::TryLockError::Error(source)) => Err(JournalFault::folder(&path, source)),
    }
}

/// Makes the write-ahead log as durable as it looks, for the one who holds the lock.
///
/// After a sync that failed, Linux takes the pages for clean and never writes them again, but goes on showing them to
/// everybody who reads. Such a commit was told to nobody; yet a new start would find it in the log, put the next ones
/// behind it, and a power cut would end the log at the page that never reached the disk, with all that was acknowledged
/// after it. So each byte is written once more and synced before anything is read: what is found after that is kept.
pub(super) fn settle(dir: &Path) -> Result<(), JournalFault> {
    let path = dir.join(format!("{FILE_NAME}-wal"));
    let fault = |source| JournalFault::folder(&path, source);
    let log = match File::options().read(true).write(true).open(&path) {
        Ok(log) => log,
        Err(absent) if absent.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(fault(source)),
    };
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut at = 0;
    loop {
        let bytes = log.read_at(&mut chunk, at).map_err(fault)?;
        if bytes == 0 {
            break;
        }
        log.write_all_at(&chunk[..bytes], at).map_err(fault)?;
        at += bytes as u64;
    }
    log.sync_all().map_err(fault)
}
