//! Whether the disk under the journal takes what is written, tried without the database.
//!
//! For the time before a start: SQLite says of a disk that is full or read-only in a dozen ways that a file cannot be
//! opened. Knows no table, and leaves nothing behind.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::Path;

use super::{JournalFault, ROOM_AFTER_FULL, folder, has_room, salvage};

/// What is written, synced and taken away again.
const TRIAL_NAME: &str = "portico.trial";
const TRIAL_BYTES: usize = 16 * 1024;

/// Tries whether the disk under `dir` takes what is written, and has `least_free` bytes for it. Makes the folder where there
/// is none.
///
/// # Errors
/// [`JournalFault::Disk`] or [`JournalFault::Brink`] where the disk takes nothing now and may later: it is full,
/// read-only, or fails. What a person must mend before the next start (a folder of somebody else's, a file in its place)
/// is no fault here: the start tells it, in its own words.
pub fn try_disk(dir: &Path, least_free: u64) -> Result<(), JournalFault> {
    // What a salvage left that was cut off may be what fills it.
    once(dir, least_free)
        .or_else(|fault| if salvage::clear_scratch(dir).is_ok() { once(dir, least_free) } else { Err(fault) })
}

fn once(dir: &Path, least_free: u64) -> Result<(), JournalFault> {
    let path = dir.join(TRIAL_NAME);
    let written = folder::make(dir).and_then(|()| {
        let mut file = File::create(&path)?;
        file.write_all(&[0; TRIAL_BYTES])?;
        file.sync_all()
    });
    // Also what is there in part only.
    let removed = match std::fs::remove_file(&path) {
        Err(fault) if fault.kind() != ErrorKind::NotFound => Err(fault),
        _ => Ok(()),
    };
    match written.and(removed) {
        Err(source) if may_pass(&source) => Err(JournalFault::Disk { source }),
        Err(_) => Ok(()),
        Ok(()) => has_room(dir, least_free.max(ROOM_AFTER_FULL)),
    }
}

/// Whether it is the disk's, and not a matter of names and rights.
fn may_pass(fault: &std::io::Error) -> bool {
    // It fails, or was unplugged: these have no kind of their own.
    let is_away = matches!(fault.raw_os_error(), Some(libc::EIO | libc::ENXIO | libc::ENODEV | libc::ENOTCONN));
    let is_refused = matches!(
        fault.kind(),
        ErrorKind::StorageFull
            | ErrorKind::QuotaExceeded
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::StaleNetworkFileHandle
            | ErrorKind::TimedOut
    );
    is_away || is_refused
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_works_is_left_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("deep/data");
        try_disk(&data, 0).unwrap();
        assert_eq!(std::fs::read_dir(&data).unwrap().count(), 0);
        assert!(matches!(try_disk(&data, u64::MAX), Err(JournalFault::Brink { needed: u64::MAX, .. })));
    }

    #[test]
    fn a_wrong_folder_is_for_the_start_to_tell() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "no folder").unwrap();
        try_disk(&file, 0).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"no folder");
    }

    #[test]
    fn what_may_pass_is_the_disks() {
        for (code, passes) in [
            (libc::ENOSPC, true),
            (libc::EDQUOT, true),
            (libc::EROFS, true),
            (libc::EIO, true),
            (libc::ENODEV, true),
            (libc::ETIMEDOUT, true),
            (libc::EACCES, false),
            (libc::ENOTDIR, false),
        ] {
            let fault = std::io::Error::from_raw_os_error(code);
            assert_eq!(may_pass(&fault), passes, "{fault}");
        }
        let fault = |code| JournalFault::Disk { source: std::io::Error::from_raw_os_error(code) };
        assert!(fault(libc::ENOSPC).is_full() && fault(libc::EDQUOT).is_full() && !fault(libc::EROFS).is_full());
    }
}
