//! The truth, in SQLite: one table of entries in order, each with the hash of the one before it.
//!
//! Promises that what [`Batch::commit`] returned from survives a power cut (WAL, `synchronous=FULL`), that `seq` has
//! no holes, and that everybody else reads through connections that cannot write. Knows no rule and no topic, starts
//! no thread and keeps no clock: the recorder owns the one writer.

mod append;
pub mod backup;
mod between;
mod chain;
mod count;
mod epochs;
mod evidence;
mod extent;
mod fault;
mod folder;
mod ledger;
mod minutes;
mod parked;
mod people;
mod read;
mod replace;
mod retention;
mod room;
mod salvage;
mod schema;
mod seams;
mod search;
mod snapshots;
mod space;
mod trial;
mod verify;

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, params};

pub use append::Batch;
pub use epochs::Epochs;
pub use extent::Extent;
pub use fault::JournalFault;
pub use ledger::{AlertChange, AlertQuery, AlertsFound};
pub use minutes::{Figure, Figures};
pub use parked::Parked;
pub use read::{Lane, Page, Reader, Row};
pub use retention::{GaveUp, Pass, STRETCH};
pub use room::Keeping;
pub use salvage::{REPORTED_AGAIN, salvage};
pub use search::{Order, Search};
pub use space::{Room, free_bytes, room};
pub use trial::try_disk;
pub use verify::{ChainFault, Verified};

use crate::facts::{Entry, Hash, Kind, Seq, Timestamp};
use minutes::Minutes;

/// The database's file name within the data folder.
pub const FILE_NAME: &str = "portico.db";
/// What a probe writes: about what a busy commit does.
const PROBE_BYTES: usize = 16 * 1024;
/// A disk that was full counts as usable again with so much room. The write-ahead log keeps its size, so a commit may find
/// room in it that the next one does not: by the probe alone a full disk would come and go with every commit.
const ROOM_AFTER_FULL: u64 = 1024 * 1024;
/// Statements kept compiled; there are fewer than this.
const STATEMENTS_MAX: usize = 64;

/// The newest entry: what the next one follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tail {
    /// Its number; 0 before the first.
    pub seq: Seq,
    /// The hash that the next entry builds on: its own, or one made from it and the word of the epoch that begins next.
    pub hash: Hash,
    /// Its stamp.
    pub received_at: Timestamp,
}

/// A message that a broker holds for those who subscribe later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retained {
    /// Its topic.
    pub topic: String,
    /// Its quality of service, 0 to 2.
    pub qos: u8,
    /// Its bytes; none: let it go.
    pub payload: Vec<u8>,
}

/// The one writer of a journal.
#[derive(Debug)]
pub struct Journal {
    conn: Connection,
    dir: PathBuf,
    epochs: Epochs,
    tail: Tail,
    body: Vec<u8>,
    keeping: Option<Keeping>,
    /// None after a transaction that came to nothing: the next one makes it again from what is committed.
    minutes: Option<Minutes>,
    /// Names may stand in the write-ahead log that are no longer in the database. At its opening too: a process that died
    /// may have left such a log.
    untidy: bool,
    _lock: File,
}

impl Journal {
    /// Opens the journal in `dir`, making folder and database where there is none. `epoch` names a new database.
    pub fn open(dir: &Path, epoch: impl FnOnce() -> String) -> Result<Self, JournalFault> {
        folder::make(dir).map_err(|source| JournalFault::folder(dir, source))?;
        let lock = folder::lock(dir)?;
        folder::settle(dir)?;
        let path = dir.join(FILE_NAME);
        let mut conn = Connection::open(&path).map_err(|source| JournalFault::sqlite("open", source))?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        schema::prepare(&conn)?;
        schema::migrate(&mut conn, &path)?;
        let epochs = schema::epochs(&conn, epoch)?;
        let tail = read_tail(&conn, &epochs)?;
        let (dir, body, minutes) = (dir.to_owned(), Vec::new(), Some(Minutes::open(&conn, tail.seq)?));
        Ok(Self { conn, dir, epochs, tail, body, keeping: None, minutes, untidy: true, _lock: lock })
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The random words that are part of every event id.
    pub fn epochs(&self) -> &Epochs {
        &self.epochs
    }

    /// The newest entry.
    pub fn tail(&self) -> Tail {
        self.tail
    }

    /// Begins the next transaction.
    pub fn begin(&mut self) -> Result<Batch<'_>, JournalFault> {
        Batch::begin(self)
    }

    /// Calls `each` for every entry after `after`, in order.
    pub fn replay(&self, after: Seq, each: impl FnMut(Entry) -> Result<(), JournalFault>) -> Result<(), JournalFault> {
        read::replay(&self.conn, after, each)
    }

    /// Whether no transaction is half done in it.
    pub fn is_at_rest(&self) -> bool {
        self.conn.is_autocommit()
    }

    /// After the disk was full: whether it has more room than the write-ahead log holds already. One that does not say how
    /// much it has is judged by [`Journal::probe`] alone.
    pub fn has_room(&self) -> Result<(), JournalFault> {
        has_room(&self.dir, ROOM_AFTER_FULL)
    }

    /// Writes something and makes it durable: whether the disk takes anything at all.
    pub fn probe(&mut self) -> Result<(), JournalFault> {
        let batch = self.begin()?;
        let filler = "0".repeat(PROBE_BYTES);
        batch.run("INSERT OR REPLACE INTO meta (key, value) VALUES ('probe', ?1)", params![filler])?;
        batch.commit().map(|_| ())
    }

    /// Moves the write-ahead log into the database and empties it. For idle moments.
    pub fn checkpoint(&self) -> Result<(), JournalFault> {
        self.conn
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .map_err(|source| JournalFault::sqlite("checkpoint", source))
    }
}

/// Whether the disk under `dir` has so much room that what is written next will not be the last. A disk that cannot say how
/// much it has is judged by what it takes alone.
fn has_room(dir: &Path, needed: u64) -> Result<(), JournalFault> {
    match free_bytes(dir) {
        Ok(free) if free < needed => Err(JournalFault::Brink { free, needed }),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// The stamp of the newest entry in `dir`; none where there is no journal yet.
///
/// # Errors
/// When there is one and it cannot be read.
pub fn newest_stamp(dir: &Path) -> Result<Option<Timestamp>, JournalFault> {
    let path = dir.join(FILE_NAME);
    if path.exists() { read::newest_stamp(&path) } else { Ok(None) }
}

fn read_tail(conn: &Connection, epochs: &Epochs) -> Result<Tail, JournalFault> {
    let newest = conn
        .query_row("SELECT seq, hash, received_at FROM entry ORDER BY seq DESC LIMIT 1", params![], |row| {
            let received_at = Timestamp::from_millis(row.get(2)?);
            Ok((row.get::<_, i64>(0)? as Seq, row.get::<_, Hash>(1)?, received_at))
        })
        .optional()
        .map_err(|source| JournalFault::sqlite("read the newest entry", source))?;
    let Some((seq, hash, received_at)) = newest else {
        return Ok(Tail { seq: 0, hash: epochs.base(1, None), received_at: Timestamp::MIN });
    };
    Ok(Tail { seq, hash: epochs.base(seq + 1, Some(&hash)), received_at })
}

/// Begins the epoch `word` behind the newest entry of a database that no daemon has open.
fn renew_epoch(conn: &mut Connection, word: &str) -> Result<(), JournalFault> {
    let epochs = Epochs::known(conn)?;
    let next = read_tail(conn, &epochs)?.seq + 1;
    epochs.begin(conn, next, word).map(|_| ())
}

/// The number a kind has in the database.
const fn kind_number(kind: Kind) -> u8 {
    kind as u8
}

#[cfg(test)]
mod retention_tests;
#[cfg(test)]
mod tests;
