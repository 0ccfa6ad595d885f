//! What can go wrong with a backup, in words for the one who must mend it.

use std::path::{Path, PathBuf};

use super::SPACE_KEPT;
use crate::facts::Seq;
use crate::journal::JournalFault;

/// Why a backup was not made, or not restored. Nothing half done counts.
#[derive(Debug, thiserror::Error)]
pub enum BackupFault {
    /// The journal, or the backup as a database, refused.
    #[error("{0}")]
    Journal(#[from] JournalFault),
    /// A file or folder cannot be used.
    #[error("cannot use {path}: {source}; check that it is there and that this user may write there")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// There is nothing to copy.
    #[error("there is no journal in {0}; is this the data folder?")]
    NoJournal(PathBuf),
    /// The disk would be left with too little.
    #[error(
        "the disk under {dir} has {free} MiB free; this needs {needed} MiB, and {kept} MiB stay free for the journal; make room, or name a folder on another disk",
        kept = SPACE_KEPT >> 20
    )]
    Space {
        /// Where.
        dir: PathBuf,
        /// What it has, MiB.
        free: u64,
        /// What is needed, MiB.
        needed: u64,
    },
    /// Somebody else writes a backup into this folder.
    #[error("another backup is being written into {0}; wait for it")]
    Busy(PathBuf),
    /// The file is something else.
    #[error("{0} is not a backup of Portico; name a file that `portico backup` has written")]
    NotABackup(PathBuf),
    /// The file is not what was written.
    #[error("{path} is damaged and is not used: {}; take another backup", .faults.join("; "))]
    Damaged {
        /// Which.
        path: PathBuf,
        /// Each with its place.
        faults: Vec<String>,
    },
    /// What is there would be lost.
    #[error(
        "{dir} holds entries up to {found} of epoch {epoch}, and the backup, which reaches to {reaches}, does not hold them; nothing was changed; with --set-aside the journal that is there is kept under another name and the backup takes its place"
    )]
    WouldLose {
        /// The folder.
        dir: PathBuf,
        /// Its newest entry.
        found: Seq,
        /// Of which epoch.
        epoch: String,
        /// The backup's newest entry.
        reaches: Seq,
    },
    /// What is there cannot be read, so that nobody knows what would be lost.
    #[error(
        "the journal in {dir} cannot be read ({reason}), so nobody can say what it holds; nothing was changed; with --set-aside it is kept under another name and the backup takes its place"
    )]
    Unreadable {
        /// The folder.
        dir: PathBuf,
        /// Why.
        reason: String,
    },
}

impl BackupFault {
    pub(super) fn file(path: &Path, source: std::io::Error) -> Self {
        Self::File { path: path.to_owned(), source }
    }

    pub(super) fn sqlite(action: &'static str, source: rusqlite::Error) -> Self {
        Self::Journal(JournalFault::sqlite(action, source))
    }
}
