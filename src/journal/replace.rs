//! Puts a new database in the place of the old one, which stays under a name with the date.
//!
//! Promises that there is always one or the other: a new database that is whole waits beside the old one under a name that
//! says so, and whoever is cut off on the way is gone on for at the next start. Reads neither of them.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::{FILE_NAME, JournalFault, backup};
use crate::facts::Timestamp;

/// What SQLite keeps beside a database, and the database itself last.
const FILES: [&str; 4] = ["-journal", "-wal", "-shm", ""];

/// Why there is a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// The old one was damaged.
    Salvaged,
    /// A backup was brought in.
    Restored,
}

impl Why {
    /// What the new one is called until it is in its place, but for the date.
    fn waiting(self) -> String {
        match self {
            Self::Salvaged => format!("{FILE_NAME}.salvaged-"),
            Self::Restored => format!("{FILE_NAME}.restored-"),
        }
    }

    /// What becomes of the old one.
    pub(super) fn aside(self, stamp: &str) -> String {
        match self {
            Self::Salvaged => format!("{FILE_NAME}.damaged-{stamp}"),
            Self::Restored => format!("set-aside-{stamp}-{FILE_NAME}"),
        }
    }

    /// A date of which nothing was set aside yet.
    pub(super) fn free_stamp(self, dir: &Path, now: Timestamp) -> String {
        let plain = backup::stamp(now);
        let numbered = (2_u32..).map(|n| format!("{plain}-{n}"));
        let is_free = |stamp: &String| !dir.join(self.aside(stamp)).exists();
        std::iter::once(plain.clone()).chain(numbered).find(is_free).unwrap_or(plain)
    }

    /// Puts `new`, which is whole and on disk, in the place of the journal in `dir`. For the one who holds the folder.
    ///
    /// # Errors
    /// Where nothing could be moved, the old one is in its place, and `new` is gone.
    pub(super) fn put(self, new: &Path, dir: &Path, stamp: &str) -> Result<(), JournalFault> {
        let waiting = dir.join(format!("{}{stamp}", self.waiting()));
        std::fs::rename(new, &waiting).map_err(|source| JournalFault::folder(&waiting, source))?;
        sync(dir).and_then(|()| self.switch(dir, stamp)).inspect_err(|_| {
            // A person is told that it failed: then it must not come about by itself at the next start.
            let aside = self.aside(stamp);
            let moved = FILES.iter().any(|ending| dir.join(format!("{aside}{ending}")).exists());
            if !moved && dir.join(FILE_NAME).exists() {
                let _gone = std::fs::remove_file(&waiting);
            }
        })
    }

    fn switch(self, dir: &Path, stamp: &str) -> Result<(), JournalFault> {
        for ending in FILES {
            let from = dir.join(format!("{FILE_NAME}{ending}"));
            let to = dir.join(format!("{}{ending}", self.aside(stamp)));
            if from.exists() {
                std::fs::rename(&from, &to).map_err(|source| JournalFault::folder(&from, source))?;
            }
        }
        // None of them may come back beside the new one.
        sync(dir)?;
        let waiting = dir.join(format!("{}{stamp}", self.waiting()));
        std::fs::rename(&waiting, dir.join(FILE_NAME)).map_err(|source| JournalFault::folder(&waiting, source))?;
        sync(dir)
    }
}

/// Goes on where somebody was cut off; tells of what. For the one who holds the folder, before anybody opens the journal.
pub(super) fn finish(dir: &Path) -> Result<Option<Why>, JournalFault> {
    let fault = |source| JournalFault::folder(dir, source);
    for entry in std::fs::read_dir(dir).map_err(fault)? {
        let name = entry.map_err(fault)?.file_name();
        for why in [Why::Salvaged, Why::Restored] {
            if let Some(stamp) = name.to_str().and_then(|name| name.strip_prefix(&why.waiting())) {
                why.switch(dir, stamp)?;
                return Ok(Some(why));
            }
        }
    }
    Ok(None)
}

fn sync(dir: &Path) -> Result<(), JournalFault> {
    File::open(dir).and_then(|folder| folder.sync_all()).map_err(|source| JournalFault::folder(dir, source))
}

/// Where the old one is, once the new one is in its place; none where there was none.
pub(super) fn found_aside(dir: &Path, why: Why, stamp: &str) -> Option<PathBuf> {
    Some(dir.join(why.aside(stamp))).filter(|path| path.exists())
}
