//! What SQLite alone does on this disk, with rows like ours and a real fsync a commit: the measure of everything else.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

/// Rows a second.
pub struct Raw {
    /// One row a commit: the rate of the disk's fsync.
    pub one: f64,
    /// A hundred rows a commit.
    pub hundred: f64,
}

/// Measures both, each for a second and a half.
pub fn measure(dir: &Path) -> Raw {
    std::fs::create_dir_all(dir).unwrap();
    let conn = Connection::open(dir.join("raw.db")).unwrap();
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000;
         CREATE TABLE row (seq INTEGER PRIMARY KEY, device TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL)",
    )
    .unwrap();
    Raw { one: rate(&conn, 1), hundred: rate(&conn, 100) }
}

fn rate(conn: &Connection, rows_a_commit: u64) -> f64 {
    let body = crate::load::reading(7);
    let mut insert = conn.prepare("INSERT INTO row (device, at, body) VALUES ('sensor/lobby/t1', ?1, ?2)").unwrap();
    let (begun, mut rows) = (Instant::now(), 0_i64);
    while begun.elapsed() < Duration::from_millis(1_500) {
        conn.execute_batch("BEGIN IMMEDIATE").unwrap();
        for _ in 0..rows_a_commit {
            insert.execute(params![rows, body]).unwrap();
            rows += 1;
        }
        conn.execute_batch("COMMIT").unwrap();
    }
    rows as f64 / begun.elapsed().as_secs_f64()
}
