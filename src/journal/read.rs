//! Reading what is committed: pages after a cursor, single entries, the newest of this and that.
//!
//! A [`Reader`] holds connections that cannot write. Its calls block: from async code use `spawn_blocking`.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use super::{Epochs, FILE_NAME, JournalFault, Retained, schema};
use crate::facts::plan::People;
use crate::facts::{Entry, Fact, Hash, Kind, Seq, Timestamp};

/// Idle read connections kept for the next reader; more are opened at need and closed after use.
const IDLE_MAX: usize = 4;

/// Which entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// All.
    All,
    /// All but readings and positions: see [`Kind::is_urgent`].
    Urgent,
    /// Readings and positions.
    Bulk,
    /// Of one kind.
    Kind(Kind),
}

impl Lane {
    /// The query of a page. The few kinds are found one by one in their index, each in order, and merged: a page costs
    /// what it holds, however many readings lie between and however long the backlog is.
    fn page(self) -> String {
        const COLUMNS: &str = "SELECT seq, kind, subject, device, observed_at, received_at, body, hash FROM entry";
        if self == Self::Urgent {
            let few = Kind::ALL.iter().filter(|kind| kind.is_urgent()).map(|kind| {
                let condition = Self::Kind(*kind).condition();
                format!("{COLUMNS} INDEXED BY entry_urgent WHERE {condition} AND seq > ?1 AND seq <= ?2")
            });
            return few.collect::<Vec<_>>().join(" UNION ALL ") + " ORDER BY seq LIMIT ?3";
        }
        let indexed = if matches!(self, Self::Bulk | Self::All) { " NOT INDEXED" } else { "" };
        let condition = self.condition();
        format!("{COLUMNS}{indexed} WHERE seq > ?1 AND seq <= ?2 AND {condition} ORDER BY seq LIMIT ?3")
    }

    /// The condition in SQL. For the few kinds it is the very condition of the partial index.
    pub(super) fn condition(self) -> String {
        match self {
            Self::All => "1".to_owned(),
            Self::Urgent => "kind NOT IN (2, 3)".to_owned(),
            Self::Bulk => "kind IN (2, 3)".to_owned(),
            Self::Kind(kind) if kind.is_urgent() => format!("kind NOT IN (2, 3) AND kind = {}", kind as u8),
            Self::Kind(kind) => format!("kind = {}", kind as u8),
        }
    }
}

/// An entry as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number.
    pub seq: Seq,
    /// Its kind.
    pub kind: Kind,
    /// Whom it is about.
    pub subject: String,
    /// Who reported it.
    pub device: String,
    /// The device's claim.
    pub observed_at: Option<Timestamp>,
    /// Our stamp.
    pub received_at: Timestamp,
    /// Its JSON.
    pub body: String,
    /// Its hash.
    pub hash: Hash,
}

/// A page of entries in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The entries.
    pub rows: Vec<Row>,
    /// Everything of the lane up to here is in `rows` or before them.
    pub upto: Seq,
}

/// Read-only access, shared by cloning.
#[derive(Debug, Clone)]
pub struct Reader {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    epochs: Mutex<Arc<Epochs>>,
    idle: Mutex<Vec<Connection>>,
}

impl Reader {
    /// Opens the journal in `dir`, which must be there.
    pub fn open(dir: &Path) -> Result<Self, JournalFault> {
        Self::open_file(&dir.join(FILE_NAME))
    }

    /// Opens a database of any name: a backup, a journal that was set aside.
    pub fn open_file(path: &Path) -> Result<Self, JournalFault> {
        let path = path.to_owned();
        let conn = connect(&path)?;
        schema::check_version(&conn, &path)?;
        let epochs = Mutex::new(Arc::new(Epochs::known(&conn)?));
        Ok(Self { inner: Arc::new(Inner { path, epochs, idle: Mutex::new(vec![conn]) }) })
    }

    /// The database's file.
    pub(super) fn path(&self) -> &Path {
        &self.inner.path
    }

    /// The epochs of every entry that [`Reader::read`] has given so far, to anybody.
    pub fn epochs(&self) -> Arc<Epochs> {
        Arc::clone(&self.inner.epochs.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Learns the epochs anew where another one has begun than `newest`.
    fn learn_epochs(&self, newest: Option<String>) -> Result<(), JournalFault> {
        if newest.is_some_and(|word| word != self.epochs().newest()) {
            let conn = self.take()?;
            let epochs = Arc::new(Epochs::known(&conn)?);
            *self.inner.epochs.lock().unwrap_or_else(PoisonError::into_inner) = epochs;
            self.give(conn);
        }
        Ok(())
    }

    /// The newest entry's number; 0 where there is none.
    pub fn newest(&self) -> Result<Seq, JournalFault> {
        self.with("read the newest number", |conn| one(conn, "SELECT coalesce(max(seq), 0) FROM entry", []))
    }

    /// The oldest entry's number; 0 where there is none.
    pub fn oldest(&self) -> Result<Seq, JournalFault> {
        self.with("read the oldest number", |conn| one(conn, "SELECT coalesce(min(seq), 0) FROM entry", []))
    }

    /// The entries of `lane` after `after`, at most `entries_max`, and no more once their bodies pass `bytes_max`
    /// (but always one, if there is one).
    pub fn read(&self, lane: Lane, after: Seq, entries_max: usize, bytes_max: usize) -> Result<Page, JournalFault> {
        let (page, epoch) = self.with("read entries", |conn| {
            let newest: Seq = one(conn, "SELECT coalesce(max(seq), 0) FROM entry", [])?;
            let mut statement = conn.prepare_cached(&lane.page())?;
            let mut found = statement.query(params![after as i64, newest as i64, entries_max as i64])?;
            let (mut rows, mut bytes) = (Vec::new(), 0);
            while let Some(row) = found.next()? {
                let row = read_row(row)?;
                bytes += row.body.len();
                if bytes > bytes_max && !rows.is_empty() {
                    break;
                }
                rows.push(row);
            }
            let drained = rows.len() < entries_max && bytes <= bytes_max;
            let upto = match rows.last() {
                Some(last) if !drained => last.seq,
                Some(_) | None => newest.max(after),
            };
            // A file that no writer has migrated has no such table, and its one epoch is known.
            let epoch = conn
                .prepare_cached("SELECT word FROM epoch ORDER BY from_seq DESC LIMIT 1")
                .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
                .ok();
            Ok((Page { rows, upto }, epoch))
        })?;
        self.learn_epochs(epoch)?;
        Ok(page)
    }

    /// One entry.
    pub fn entry(&self, seq: Seq) -> Result<Option<Row>, JournalFault> {
        self.with("read an entry", |conn| row_at(conn, seq))
    }

    /// The entry of a scan, by its kiosk's own id.
    pub fn scan(&self, kiosk: &str, scan_id: &str) -> Result<Option<Row>, JournalFault> {
        self.with("look up a scan", |conn| {
            let mut statement = conn.prepare_cached("SELECT seq FROM scan_id WHERE kiosk = ?1 AND scan_id = ?2")?;
            let seq = statement.query_row([kiosk, scan_id], |row| row.get::<_, i64>(0)).optional()?;
            seq.map_or(Ok(None), |seq| row_at(conn, seq as Seq))
        })
    }

    /// The newest entry of a kind.
    pub fn latest(&self, kind: Kind) -> Result<Option<Row>, JournalFault> {
        self.with("read the newest entry of a kind", |conn| {
            let sql = format!(
                "SELECT seq, kind, subject, device, observed_at, received_at, body, hash FROM entry
                 WHERE {} ORDER BY seq DESC LIMIT 1",
                Lane::Kind(kind).condition()
            );
            conn.prepare_cached(&sql)?.query_row([], read_row).optional()
        })
    }

    /// Number and stamp of the newest entry of a kind.
    pub fn newest_of(&self, kind: Kind) -> Result<Option<(Seq, Timestamp)>, JournalFault> {
        self.with("find the newest entry of a kind", |conn| {
            let condition = Lane::Kind(kind).condition();
            let sql = format!("SELECT seq, received_at FROM entry WHERE {condition} ORDER BY seq DESC LIMIT 1");
            let read =
                |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)? as Seq, Timestamp::from_millis(row.get(1)?)));
            conn.prepare_cached(&sql)?.query_row([], read).optional()
        })
    }

    /// How far an output has come.
    pub fn cursor(&self, name: &str) -> Result<Option<Seq>, JournalFault> {
        self.with("read a cursor", |conn| {
            conn.prepare_cached("SELECT seq FROM cursor WHERE name = ?1")?
                .query_row([name], |row| row.get::<_, i64>(0).map(|seq| seq as Seq))
                .optional()
        })
    }

    /// The built-in broker's retained messages.
    pub fn retained(&self) -> Result<Vec<Retained>, JournalFault> {
        self.with("read the retained messages", |conn| {
            conn.prepare_cached("SELECT topic, qos, payload FROM retained")?
                .query_map([], |row| Ok(Retained { topic: row.get(0)?, qos: row.get(1)?, payload: row.get(2)? }))?
                .collect()
        })
    }

    /// The names of the plan's people.
    pub fn people(&self) -> Result<People, JournalFault> {
        let body: Option<String> = self.with("read the people", |conn| {
            conn.query_row("SELECT body FROM people WHERE id = 1", [], |row| row.get(0)).optional()
        })?;
        body.map_or_else(
            || Ok(People::default()),
            |body| {
                serde_json::from_str(&body)
                    .map_err(|source| JournalFault::Damaged { seq: 0, reason: format!("the people's names: {source}") })
            },
        )
    }

    /// Calls `each` for every entry after `after`, in order, all from one moment's view.
    pub fn replay(&self, after: Seq, each: impl FnMut(Entry) -> Result<(), JournalFault>) -> Result<(), JournalFault> {
        let conn = self.take()?;
        let result = replay(&conn, after, each);
        self.give(conn);
        result
    }

    pub(super) fn with<T>(
        &self,
        action: &'static str,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, JournalFault> {
        let conn = self.take()?;
        let result = read(&conn).map_err(|source| JournalFault::sqlite(action, source));
        if result.is_ok() {
            self.give(conn);
        }
        result
    }

    fn take(&self) -> Result<Connection, JournalFault> {
        let idle = self.inner.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| connect(&self.inner.path), Ok)
    }

    fn give(&self, conn: Connection) {
        let mut idle = self.inner.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(conn);
        }
    }
}

/// The newest entry's stamp. A database that was cut off before its first tables or its epoch were made has none: the
/// writer makes them when it opens it. Where the power went just then, SQLite has something to take back before it can
/// read at all, and only a connection that may write can do that.
pub(super) fn newest_stamp(path: &Path) -> Result<Option<Timestamp>, JournalFault> {
    match connect(path).and_then(|conn| stamp(&conn, path)) {
        Err(fault) if fault.is_read_only() => stamp(&connect_to_take_back(path)?, path),
        outcome => outcome,
    }
}

fn stamp(conn: &Connection, path: &Path) -> Result<Option<Timestamp>, JournalFault> {
    schema::check_version(conn, path)?;
    if schema::version(conn)? == 0 {
        return Ok(None);
    }
    conn.query_row("SELECT received_at FROM entry ORDER BY seq DESC LIMIT 1", [], |row| row.get(0))
        .optional()
        .map(|ms: Option<i64>| ms.map(Timestamp::from_millis))
        .map_err(|source| JournalFault::sqlite("read the newest stamp", source))
}

/// It leaves a write-ahead log as it is: that is for the writer, who makes sure of it first.
fn connect_to_take_back(path: &Path) -> Result<Connection, JournalFault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
        .and_then(|conn| conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map(|_| conn))
        .map_err(|source| JournalFault::sqlite("open to take back what was half done", source))
}

pub(super) fn connect(path: &Path) -> Result<Connection, JournalFault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
        .and_then(|conn| {
            conn.execute_batch("PRAGMA query_only = ON; PRAGMA busy_timeout = 5000; PRAGMA cache_size = -1000")?;
            // No query is made for certain values; without, a page of an output is planned anew at every turn.
            conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
            Ok(conn)
        })
        .map_err(|source| JournalFault::sqlite("open for reading", source))
}

pub(super) fn one(conn: &Connection, sql: &str, values: impl rusqlite::Params) -> rusqlite::Result<u64> {
    conn.prepare_cached(sql)?.query_row(values, |row| row.get::<_, i64>(0)).map(|n| n as u64)
}

pub(super) fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let number: u8 = row.get(1)?;
    let kind = Kind::from_number(number).ok_or(rusqlite::Error::IntegralValueOutOfRange(1, i64::from(number)))?;
    Ok(Row {
        seq: row.get::<_, i64>(0)? as Seq,
        kind,
        subject: text(row, 2)?,
        device: text(row, 3)?,
        observed_at: row.get::<_, Option<i64>>(4)?.map(Timestamp::from_millis),
        received_at: Timestamp::from_millis(row.get(5)?),
        body: text(row, 6)?,
        hash: row.get(7)?,
    })
}

/// A text, also where the file was damaged and it is none any more: its hash tells that, and nobody's way through the
/// journal ends at it.
fn text(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(String::from_utf8_lossy(row.get_ref(column)?.as_bytes()?).into_owned())
}

pub(super) fn row_at(conn: &Connection, seq: Seq) -> rusqlite::Result<Option<Row>> {
    conn.prepare_cached(
        "SELECT seq, kind, subject, device, observed_at, received_at, body, hash FROM entry WHERE seq = ?1",
    )?
    .query_row([seq as i64], read_row)
    .optional()
}

impl Row {
    /// The entry that was written.
    pub fn to_entry(&self) -> Result<Entry, JournalFault> {
        let damaged = |reason: String| JournalFault::Damaged { seq: self.seq, reason };
        Ok(Entry {
            seq: self.seq,
            subject: self.subject.parse().map_err(|fault| damaged(format!("{fault}")))?,
            device: self.device.parse().map_err(|fault| damaged(format!("{fault}")))?,
            observed_at: self.observed_at,
            received_at: self.received_at,
            fact: Fact::read_body(self.kind, &self.body).map_err(|fault| damaged(fault.to_string()))?,
        })
    }
}

pub(super) fn entry(conn: &Connection, seq: Seq) -> Result<Option<Entry>, JournalFault> {
    let row = row_at(conn, seq).map_err(|source| JournalFault::sqlite("read an entry", source))?;
    row.map(|row| row.to_entry()).transpose()
}

/// Every row after `after`, in order, from one moment's view.
pub(super) fn rows(
    conn: &Connection,
    after: Seq,
    mut each: impl FnMut(Row) -> Result<(), JournalFault>,
) -> Result<(), JournalFault> {
    let fail = |source| JournalFault::sqlite("read entries", source);
    let mut statement = conn
        .prepare_cached(
            "SELECT seq, kind, subject, device, observed_at, received_at, body, hash FROM entry
             WHERE seq > ?1 ORDER BY seq",
        )
        .map_err(fail)?;
    let mut found = statement.query([after as i64]).map_err(fail)?;
    while let Some(row) = found.next().map_err(fail)? {
        each(read_row(row).map_err(fail)?)?;
    }
    Ok(())
}

/// The rows of these numbers, in order.
pub(super) fn rows_between(conn: &Connection, from: Seq, to: Seq) -> rusqlite::Result<Vec<Row>> {
    conn.prepare_cached(
        "SELECT seq, kind, subject, device, observed_at, received_at, body, hash FROM entry
         WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq",
    )?
    .query_map([from as i64, to as i64], read_row)?
    .collect()
}

/// Calls `each` for every row of one of the few kinds, in order.
pub(super) fn rows_of(conn: &Connection, kind: Kind, mut each: impl FnMut(Row)) -> Result<(), JournalFault> {
    let mut read = || {
        let mut statement = conn.prepare(&format!(
            "SELECT seq, kind, subject, device, observed_at, received_at, body, hash FROM entry
             WHERE {} ORDER BY seq",
            Lane::Kind(kind).condition()
        ))?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            each(read_row(row)?);
        }
        Ok(())
    };
    read().map_err(|source| JournalFault::sqlite("read the entries of a kind", source))
}

pub(super) fn replay(
    conn: &Connection,
    after: Seq,
    mut each: impl FnMut(Entry) -> Result<(), JournalFault>,
) -> Result<(), JournalFault> {
    rows(conn, after, |row| each(row.to_entry()?))
}
