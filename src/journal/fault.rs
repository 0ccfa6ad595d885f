//! What can go wrong with the journal, in words for the one who must mend it.

use std::path::{Path, PathBuf};

/// A failure of the journal: what failed, on what, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum JournalFault {
    /// The folder or a file in it cannot be used.
    #[error("cannot use {path}: {source}; check that the folder exists and that this user may write there")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The disk under the folder takes nothing now.
    #[error("the disk of the journal takes nothing: {source}")]
    Disk {
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Another process writes this journal.
    #[error("another portico is running on {0}; stop it first, or use another data folder")]
    InUse(PathBuf),
    /// The database was written by a newer Portico.
    #[error("{path} has schema {found}, but this version knows only up to {known}; install the newer version again")]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// No thread can be had.
    #[error("cannot start the recorder's thread: {source}; the machine has too many threads or too little memory")]
    Thread {
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// SQLite refused.
    #[error("the journal could not {action}: {source}")]
    Sqlite {
        /// What was tried.
        action: &'static str,
        /// SQLite's word.
        #[source]
        source: rusqlite::Error,
    },
    /// The disk was full and has hardly any room yet.
    #[error("only {} KiB are free on the disk of the journal, and it takes {} to go on", .free >> 10, .needed >> 10)]
    Brink {
        /// Bytes that are free.
        free: u64,
        /// Bytes that must be.
        needed: u64,
    },
    /// A stored value is not what was written.
    #[error("entry {seq} cannot be read: {reason}; run `portico verify`")]
    Damaged {
        /// Which entry; 0 where it is not known.
        seq: u64,
        /// Why.
        reason: String,
    },
}

impl JournalFault {
    pub(super) fn sqlite(action: &'static str, source: rusqlite::Error) -> Self {
        Self::Sqlite { action, source }
    }

    pub(super) fn folder(path: &Path, source: std::io::Error) -> Self {
        Self::Folder { path: path.to_owned(), source }
    }

    /// Whether the disk is full, which mends itself when somebody makes room.
    pub fn is_full(&self) -> bool {
        let is_no_room = |source: &std::io::Error| {
            matches!(source.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
        };
        match self {
            Self::Brink { .. } => true,
            Self::Disk { source } => is_no_room(source),
            _ => self.is(rusqlite::ErrorCode::DiskFull),
        }
    }

    /// Whether it asked for a connection that may write.
    pub(super) fn is_read_only(&self) -> bool {
        self.is(rusqlite::ErrorCode::ReadOnly)
    }

    /// Whether the file holds something else than what was written.
    pub fn is_damage(&self) -> bool {
        let is_stored_otherwise = matches!(self, Self::Damaged { seq, .. } if *seq > 0);
        is_stored_otherwise
            || self.is(rusqlite::ErrorCode::DatabaseCorrupt)
            || self.is(rusqlite::ErrorCode::NotADatabase)
    }

    fn is(&self, code: rusqlite::ErrorCode) -> bool {
        matches!(self, Self::Sqlite { source: rusqlite::Error::SqliteFailure(error, _), .. } if error.code == code)
    }
}
