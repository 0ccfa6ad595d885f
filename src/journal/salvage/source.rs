//! What can be read of a database, however damaged: rows one by one where they cannot be read together, and a first page
//! in the place of one that says nothing any more.
//!
//! Works on copies. Promises nothing about what it reads: the hash chain judges that.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rusqlite::types::Value;
use rusqlite::{Connection, params};

use crate::facts::{Hash, Seq};
use crate::journal::read::{self, Row};
use crate::journal::{Epochs, FILE_NAME, JournalFault, schema};

/// What stands before a database's first page of tables.
const HEADER_BYTES: usize = 100;
/// Where the header says that the write-ahead log is used: twice a 2.
const WAL_MARKS: std::ops::Range<usize> = 18..20;
/// Where it says how many pages there are; 0: as many as the file holds.
const PAGE_COUNT: std::ops::Range<usize> = 28..32;
/// Page sizes that a journal may have: ours, and SQLite's own, which ours had before.
const PAGE_SIZES: [usize; 2] = [1024, 4096];
/// Where the write-ahead log says its page size, four bytes.
const LOG_PAGE_SIZE: std::ops::Range<usize> = 8..12;

/// What is put in the place of the first page.
#[derive(Clone, Copy)]
enum First {
    AsItIs,
    /// The header of a new database, before what is there.
    Header(usize),
    /// The whole page of one: the tables are where our own migrations put them.
    Page(usize),
}

/// A database to read from.
pub(super) struct Source {
    conn: Connection,
}

/// Rows of some numbers.
pub(super) struct Rows {
    pub rows: Vec<Row>,
    /// What is not among them is not there.
    pub complete: bool,
}

impl Source {
    /// The damaged database in `dir`, copied into `scratch`; none where nothing of it can be read.
    pub(super) fn damaged(dir: &Path, scratch: &Path) -> Result<Option<Self>, JournalFault> {
        let sizes = || PAGE_SIZES.into_iter().filter(|size| log_page_size(dir).is_none_or(|logged| logged == *size));
        let firsts = std::iter::once(First::AsItIs).chain(sizes().map(First::Header)).chain(sizes().map(First::Page));
        let mut readable = None;
        for first in firsts {
            let path = copy(dir, scratch)?;
            put_first(&path, first, scratch).map_err(|source| JournalFault::folder(&path, source))?;
            let Ok(source) = Self::open(&path) else { continue };
            if source.epochs().is_some() && source.tables() {
                return Ok(Some(source));
            }
            if readable.is_none() && source.tables() {
                readable = Some(first);
            }
        }
        // Its epochs are gone, but perhaps a backup knows them.
        let Some(first) = readable else { return Ok(None) };
        let path = copy(dir, scratch)?;
        put_first(&path, first, scratch).map_err(|source| JournalFault::folder(&path, source))?;
        Ok(Self::open(&path).ok())
    }

    /// A whole one.
    pub(super) fn backup(path: &Path) -> Result<Self, JournalFault> {
        Self::open(path)
    }

    fn open(path: &Path) -> Result<Self, JournalFault> {
        Ok(Self { conn: read::connect(path)? })
    }

    pub(super) fn conn(&self) -> &Connection {
        &self.conn
    }

    fn tables(&self) -> bool {
        self.conn.prepare("SELECT seq, hash FROM entry").is_ok()
    }

    pub(super) fn epochs(&self) -> Option<Epochs> {
        Epochs::read(&self.conn).ok().flatten()
    }

    /// The entries `from` to `to`, as far as they can be read.
    pub(super) fn rows(&self, from: Seq, to: Seq) -> Rows {
        if let Ok(rows) = read::rows_between(&self.conn, from, to) {
            return Rows { rows, complete: true };
        }
        let rows = (from..=to).filter_map(|seq| read::row_at(&self.conn, seq).ok().flatten()).collect();
        Rows { rows, complete: false }
    }

    /// Whether it is known that none of these entries is there.
    pub(super) fn has_none(&self, from: Seq, to: Seq) -> bool {
        let sql = "SELECT count(*) FROM (SELECT 1 FROM entry WHERE seq BETWEEN ?1 AND ?2 LIMIT 1)";
        self.conn.query_row(sql, params![from as i64, to as i64], |row| row.get::<_, i64>(0)).is_ok_and(|n| n == 0)
    }

    /// The newest number, where that can be told.
    pub(super) fn newest(&self) -> Option<Seq> {
        let newest = self.conn.query_row("SELECT max(seq) FROM entry", [], |row| row.get::<_, Option<i64>>(0));
        newest.ok().map(|seq| seq.unwrap_or(0) as Seq)
    }

    /// What is left of entries that were given up: the last of each run, and its hash.
    pub(super) fn given_up(&self) -> Option<BTreeMap<Seq, Hash>> {
        let mut statement = self.conn.prepare("SELECT seq, hash FROM given_up").ok()?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)? as Seq, row.get(1)?))).ok()?;
        rows.collect::<Result<_, _>>().ok()
    }

    /// All that a query gives, where it can be read to its end.
    pub(super) fn values(&self, sql: &str, upto: Seq) -> Option<Vec<Vec<Value>>> {
        let mut statement = self.conn.prepare(sql).ok()?;
        let columns = statement.column_count();
        let rows = statement.query_map([upto as i64], |row| (0..columns).map(|at| row.get(at)).collect()).ok()?;
        rows.collect::<Result<_, _>>().ok()
    }
}

/// Copies the database and its log anew.
fn copy(dir: &Path, scratch: &Path) -> Result<PathBuf, JournalFault> {
    let copied = scratch.join(FILE_NAME);
    for ending in ["-wal", "-shm", ""] {
        let (from, to) = (dir.join(format!("{FILE_NAME}{ending}")), scratch.join(format!("{FILE_NAME}{ending}")));
        let done = match ending {
            // SQLite makes it from the log.
            "-shm" => std::fs::remove_file(&to),
            _ => std::fs::copy(&from, &to).map(|_| ()),
        };
        match done {
            Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => {}
            done => done.map_err(|source| JournalFault::folder(&to, source))?,
        }
    }
    Ok(copied)
}

fn put_first(path: &Path, first: First, scratch: &Path) -> std::io::Result<()> {
    let (page_bytes, bytes) = match first {
        First::AsItIs => return Ok(()),
        First::Header(page_bytes) => (page_bytes, HEADER_BYTES),
        First::Page(page_bytes) => (page_bytes, page_bytes),
    };
    let page = first_page(&scratch.join("first.db"), page_bytes).map_err(std::io::Error::other)?;
    let file = std::fs::File::options().create(true).truncate(false).write(true).open(path)?;
    if file.metadata()?.len() < page_bytes as u64 {
        file.set_len(page_bytes as u64)?;
    }
    std::os::unix::fs::FileExt::write_all_at(&file, page.get(..bytes).unwrap_or(&page), 0)
}

/// The first page of a new journal.
fn first_page(path: &Path, page_bytes: usize) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    if path.exists() {
        std::fs::remove_file(path)?;
    }
    let mut conn = Connection::open(path)?;
    conn.execute_batch(&format!("PRAGMA page_size = {page_bytes}"))?;
    schema::migrate(&mut conn, path)?;
    conn.close().map_err(|(_, fault)| fault)?;
    let mut page = std::fs::read(path)?;
    page.truncate(page_bytes);
    page.get_mut(WAL_MARKS).ok_or("a page without a header")?.fill(2);
    page.get_mut(PAGE_COUNT).ok_or("a page without a header")?.fill(0);
    Ok(page)
}

fn log_page_size(dir: &Path) -> Option<usize> {
    let mut head = [0; 32];
    let mut log = std::fs::File::open(dir.join(format!("{FILE_NAME}-wal"))).ok()?;
    std::io::Read::read_exact(&mut log, &mut head).ok()?;
    let size = u32::from_be_bytes(head.get(LOG_PAGE_SIZE)?.try_into().ok()?) as usize;
    PAGE_SIZES.contains(&size).then_some(size)
}
