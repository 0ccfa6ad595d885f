//! What stands in a backup beside the journal, and the proof that all of it is as it was written.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, params};

use super::BackupFault;
use super::digest::{self, DIGESTS};
use crate::facts::{Hash, Seq, Timestamp};
use crate::journal::{ChainFault, Epochs, JournalFault, Reader, Tail, read_tail, schema};

/// The tables that only a backup has.
const TABLES: &str = "
    CREATE TABLE backup_manifest (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE backup_file (name TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE backup_digest (name TEXT PRIMARY KEY, digest BLOB NOT NULL) STRICT, WITHOUT ROWID;";
/// Takes them out again.
const NO_TABLES: &str = "DROP TABLE backup_manifest; DROP TABLE backup_file; DROP TABLE backup_digest;";
/// What every SQLite file begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// When it was made.
    pub made_at: Timestamp,
    /// The epoch of its newest entry.
    pub epoch: String,
    /// The number of its newest entry.
    pub seq: Seq,
    /// The hash that the next entry would build on: it pins everything before.
    pub hash: Hash,
    /// The schema's version.
    pub schema: i64,
    /// The version of the program that made it.
    pub version: String,
}

impl Default for Manifest {
    fn default() -> Self {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Self { made_at: Timestamp::MIN, epoch: String::new(), seq: 0, hash: [0; 32], schema: 0, version }
    }
}

/// A file that goes along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// What it is called in the backup.
    pub name: String,
    /// What stands in it.
    pub bytes: Vec<u8>,
}

/// A backup that was opened and is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// The file.
    pub path: PathBuf,
    /// What it says of itself.
    pub manifest: Manifest,
}

/// Writes manifest, attached files and digests into the copy at `part`.
pub(super) fn describe(part: &Path, made_at: Timestamp, attached: &[Attached]) -> Result<Manifest, BackupFault> {
    let mut conn = Connection::open(part).map_err(|fault| BackupFault::sqlite("open the copy", fault))?;
    let epochs = Epochs::known(&conn)?;
    let Tail { seq, hash, .. } = read_tail(&conn, &epochs)?;
    let (epoch, schema) = (epochs.of(seq).to_owned(), schema::version(&conn)?);
    let manifest = Manifest { made_at, epoch, seq, hash, schema, ..Manifest::default() };
    let mut write = || -> rusqlite::Result<()> {
        // It counts for nothing yet, and is synced as a whole before it does.
        conn.execute_batch("PRAGMA synchronous = OFF")?;
        let tx = conn.transaction()?;
        tx.execute_batch(TABLES)?;
        for (key, value) in manifest.fields() {
            tx.execute("INSERT INTO backup_manifest (key, value) VALUES (?1, ?2)", params![key, value])?;
        }
        for file in attached {
            tx.execute("INSERT INTO backup_file (name, body) VALUES (?1, ?2)", params![file.name, file.bytes])?;
        }
        for (name, digest) in digest::of_tables(&tx)? {
            tx.execute("INSERT INTO backup_digest (name, digest) VALUES (?1, ?2)", params![name, digest])?;
        }
        tx.commit()
    };
    write()
        .and_then(|()| conn.close().map_err(|(_, fault)| fault))
        .map_err(|fault| BackupFault::sqlite("describe the backup", fault))?;
    Ok(manifest)
}

impl Manifest {
    fn fields(&self) -> [(&'static str, String); 6] {
        [
            ("epoch", self.epoch.clone()),
            ("hash", blake3::Hash::from_bytes(self.hash).to_hex().to_string()),
            ("made_at", self.made_at.to_string()),
            ("schema", self.schema.to_string()),
            ("seq", self.seq.to_string()),
            ("version", self.version.clone()),
        ]
    }

    fn read(conn: &Connection) -> rusqlite::Result<Option<Self>> {
        let value = |key: &str| -> rusqlite::Result<String> {
            let sql = "SELECT value FROM backup_manifest WHERE key = ?1";
            Ok(conn.query_row(sql, [key], |row| row.get(0)).optional()?.unwrap_or_default())
        };
        let (made_at, hash) = (value("made_at")?.parse(), blake3::Hash::from_hex(value("hash")?));
        let (schema, seq) = (value("schema")?.parse(), value("seq")?.parse());
        let (Ok(made_at), Ok(hash), Ok(schema), Ok(seq)) = (made_at, hash, schema, seq) else { return Ok(None) };
        let (epoch, version) = (value("epoch")?, value("version")?);
        Ok(Some(Self { made_at, epoch, seq, hash: *hash.as_bytes(), schema, version }))
    }
}

impl Backup {
    /// Opens a backup and proves it: SQLite's own check, the hash chain to its head, every table's digest, and that the
    /// manifest tells of this journal.
    pub fn open(path: &Path) -> Result<Self, BackupFault> {
        let mut head = [0; MAGIC.len()];
        std::fs::File::open(path)
            .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut head))
            .or_else(|fault| if fault.kind() == std::io::ErrorKind::UnexpectedEof { Ok(()) } else { Err(fault) })
            .map_err(|source| BackupFault::file(path, source))?;
        if head != MAGIC {
            return Err(BackupFault::NotABackup(path.to_owned()));
        }
        let damaged = |faults: Vec<String>| BackupFault::Damaged { path: path.to_owned(), faults };
        let reader = match Reader::open_file(path) {
            Ok(reader) => reader,
            Err(fault @ JournalFault::Newer { .. }) => return Err(fault.into()),
            Err(fault) => return Err(damaged(vec![fault.to_string()])),
        };
        match prove(&reader) {
            Ok(Found::Whole(manifest)) => Ok(Self { path: path.to_owned(), manifest }),
            Ok(Found::Faults(faults)) => Err(damaged(faults)),
            Ok(Found::NoBackup) => Err(BackupFault::NotABackup(path.to_owned())),
            Err(fault) => Err(damaged(vec![fault.to_string()])),
        }
    }

    /// A file that went along.
    pub fn attached(&self, name: &str) -> Result<Option<Vec<u8>>, BackupFault> {
        let reader = Reader::open_file(&self.path)?;
        let find = |conn: &Connection| {
            conn.query_row("SELECT body FROM backup_file WHERE name = ?1", [name], |row| row.get(0)).optional()
        };
        Ok(reader.with("read what goes along", find)?)
    }
}

enum Found {
    Whole(Manifest),
    Faults(Vec<String>),
    NoBackup,
}

fn prove(reader: &Reader) -> Result<Found, JournalFault> {
    let is_backup = reader.with("look for its manifest", |conn| {
        let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name LIKE 'backup\\_%' ESCAPE '\\'";
        conn.query_row(sql, [], |row| row.get::<_, i64>(0))
    })?;
    if is_backup == 0 {
        return Ok(Found::NoBackup);
    }
    let verified = reader.verify()?;
    let mut faults: Vec<String> = verified.faults.iter().map(ChainFault::to_string).collect();
    // A file that SQLite itself finds torn is read no further.
    if !verified.faults.iter().any(|fault| matches!(fault, ChainFault::Sqlite(_))) {
        faults.extend(reader.with("compare its digests", differing)?);
    }
    let Some(manifest) = reader.with("read its manifest", Manifest::read)? else {
        faults.push("table backup_manifest: it says nothing that can be read".to_owned());
        return Ok(Found::Faults(faults));
    };
    let schema = reader.with("read its schema", |conn| conn.query_row("PRAGMA user_version", [], |row| row.get(0)))?;
    let seq = reader.newest()?;
    if (manifest.seq, manifest.hash, manifest.schema) != (seq, verified.head, schema) {
        let told = format!("the manifest tells of {} entries with another end; here are {seq}", manifest.seq);
        faults.push(told);
    }
    Ok(if faults.is_empty() { Found::Whole(manifest) } else { Found::Faults(faults) })
}

/// The tables that do not hold what their digests were taken over.
fn differing(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let written: Vec<(String, Vec<u8>)> = conn
        .prepare(&format!("SELECT name, digest FROM {DIGESTS} ORDER BY name"))?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let found = digest::of_tables(conn)?;
    let lost = written.iter().filter(|(name, _)| found.iter().all(|(table, _)| table != name));
    let mut faults: Vec<String> = lost.map(|(name, _)| format!("table {name}: it is gone")).collect();
    for (table, digest) in &found {
        match written.iter().find(|(name, _)| name == table) {
            Some((_, written)) if written == digest => {}
            Some(_) => faults.push(format!("table {table}: it holds something else than was written")),
            None => faults.push(format!("table {table}: it was put in later")),
        }
    }
    Ok(faults)
}

/// Makes a journal of the copy at `path`: takes out what only a backup has, brings the schema up to date and begins
/// the epoch `word` behind the newest entry.
pub(super) fn undress(path: &Path, word: &str) -> Result<(), BackupFault> {
    let mut conn = Connection::open(path).map_err(|fault| BackupFault::sqlite("open the copy", fault))?;
    conn.execute_batch(&format!("BEGIN; {NO_TABLES} COMMIT"))
        .map_err(|fault| BackupFault::sqlite("take out what only a backup has", fault))?;
    schema::migrate(&mut conn, path)?;
    crate::journal::renew_epoch(&mut conn, word)?;
    conn.close().map_err(|(_, fault)| BackupFault::sqlite("close the copy", fault))
}
