//! A hash over everything that a table holds, so that a value which changed is found also where no chain reaches:
//! names, cursors, snapshots, the attached files.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, params};

use crate::facts::Hash;

/// Where a backup's own hashes stand: the one table that is in none of them.
pub(super) const DIGESTS: &str = "backup_digest";

/// Every table with the hash of its rows, by name, and the hash of how they are defined.
pub(super) fn of_tables(conn: &Connection) -> rusqlite::Result<Vec<(String, Hash)>> {
    let tables: Vec<String> = conn
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> ?1 ORDER BY name",
        )?
        .query_map([DIGESTS], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut digests = vec![(
        "sqlite_schema".to_owned(),
        of_rows(conn, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name")?,
    )];
    for table in tables {
        // In the order of the table itself, never of an index.
        let digest = of_rows(conn, &format!("SELECT * FROM \"{}\" NOT INDEXED", table.replace('"', "\"\"")))?;
        digests.push((table, digest));
    }
    Ok(digests)
}

fn of_rows(conn: &Connection, sql: &str) -> rusqlite::Result<Hash> {
    let mut statement = conn.prepare(sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query(params![])?;
    let mut hasher = blake3::Hasher::new();
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            let (tag, number, bytes): (u8, [u8; 8], &[u8]) = match row.get_ref(column)? {
                ValueRef::Null => (0, [0; 8], &[]),
                ValueRef::Integer(number) => (1, number.to_be_bytes(), &[]),
                ValueRef::Real(number) => (2, number.to_bits().to_be_bytes(), &[]),
                ValueRef::Text(bytes) => (3, (bytes.len() as u64).to_be_bytes(), bytes),
                ValueRef::Blob(bytes) => (4, (bytes.len() as u64).to_be_bytes(), bytes),
            };
            hasher.update(&[tag]).update(&number).update(bytes);
        }
    }
    Ok(*hasher.finalize().as_bytes())
}
