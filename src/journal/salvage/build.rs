//! Makes a new database of what two others have: entry by entry, each proved by its hash.

use std::path::Path;

use rusqlite::{Connection, params, params_from_iter};

use super::NOTE_KEY;
use super::behind::{self, Behind};
use super::source::Source;
use crate::facts::{Entry, Fact, Hash, Kind, Seq, Timestamp};
use crate::journal::chain::{self, Parts};
use crate::journal::read::Row;
use crate::journal::{Epochs, JournalFault, kind_number, ledger, schema};

/// Entries looked at together.
const CHUNK: u64 = 64;
/// What stands beside the entries, up to the last one that is brought over (`?1`). A cursor that was further would pass
/// by what comes next.
const BESIDE: [(&str, &str); 9] = [
    ("epoch", "SELECT from_seq, word FROM epoch WHERE from_seq <= max(?1, 1)"),
    ("snapshot", "SELECT seq, body FROM snapshot WHERE seq <= ?1"),
    ("given_up", "SELECT seq, hash FROM given_up WHERE seq <= ?1"),
    ("stretch", "SELECT first, entries FROM stretch WHERE first <= ?1"),
    ("pass", "SELECT name, min(upto, ?1) FROM pass"),
    ("cursor", "SELECT name, min(seq, ?1) FROM cursor WHERE name NOT IN ('salvaged', 'reported_again')"),
    ("parked", "SELECT name, seq, reason FROM parked WHERE seq <= ?1"),
    ("people", "SELECT id, body FROM people WHERE ?1 >= 0"),
    ("retained", "SELECT topic, qos, payload FROM retained WHERE ?1 >= 0"),
];
/// Numbers that change rarely, but for what is of the damaged database alone. Figures of minutes are not brought over: the
/// first start makes them again from the entries, which are proved.
const META: &str = "SELECT key, value FROM meta WHERE key NOT IN ('epoch', 'probe', 'salvaged', 'minutes')
    AND (key <> 'footing' OR json_extract(value, '$.seq') <= ?1)";

/// What came of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Built {
    /// The last entry that was brought over.
    pub upto: Seq,
    /// Its stamp; none where there is none.
    pub newest_at: Option<Timestamp>,
    /// Entries brought over.
    pub entries: u64,
    /// Those of them that only the backup had.
    pub from_backup: u64,
    /// What can be read behind the damage.
    pub behind: Behind,
}

/// Makes the database `path`, whose next entry begins the epoch `word`.
pub(super) fn build(
    path: &Path,
    damaged: Option<&Source>,
    backup: Option<&Source>,
    word: &str,
    tells: impl Fn(&Entry) -> bool,
) -> Result<Built, JournalFault> {
    let fault = |source| JournalFault::sqlite("make a new database", source);
    let mut conn = Connection::open(path).map_err(fault)?;
    // It counts only once it is whole and synced.
    conn.execute_batch("PRAGMA page_size = 1024; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
        .map_err(fault)?;
    schema::migrate(&mut conn, path)?;
    conn.execute_batch("BEGIN").map_err(fault)?;
    let epochs = damaged.and_then(Source::epochs).or_else(|| backup.and_then(Source::epochs));
    let mut built = Built::default();
    let mut last = None;
    if let Some(epochs) = &epochs {
        last = bring_over(&conn, epochs, damaged, backup, &mut built)?;
    }
    for (table, sql) in BESIDE.into_iter().chain([("meta", META)]) {
        beside(&conn, table, sql, built.upto, damaged, backup)?;
    }
    let begun = match Epochs::read(&conn)? {
        Some(epochs) => epochs.begin(&conn, built.upto + 1, word).map(|_| ()),
        None => conn.execute("INSERT INTO epoch (from_seq, word) VALUES (1, ?1)", [word]).map(|_| ()).map_err(fault),
    };
    begun?;
    if let Some(damaged) = damaged {
        behind::take_over(&conn, damaged, &tells)?;
    }
    if let (Some(damaged), Some(epochs)) = (damaged, &epochs) {
        built.behind = behind::keep_aside(&conn, damaged, epochs, last, tells)?;
    }
    conn.execute_batch("COMMIT").map_err(fault)?;
    conn.close().map_err(|(_, source)| fault(source))?;
    Ok(built)
}

/// Notes what is to be said of it, and makes it safe.
pub(super) fn finish(path: &Path, text: &str) -> Result<(), JournalFault> {
    let fault = |source| JournalFault::sqlite("note what was salvaged", source);
    let conn = Connection::open(path).map_err(fault)?;
    conn.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)", params![NOTE_KEY, text]).map_err(fault)?;
    conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).map_err(fault)?;
    conn.close().map_err(|(_, source)| fault(source))?;
    std::fs::File::open(path).and_then(|file| file.sync_all()).map_err(|source| JournalFault::folder(path, source))
}

/// Every entry from the first on, until the first that neither has. Gives the number and hash that the next builds on.
fn bring_over(
    conn: &Connection,
    epochs: &Epochs,
    damaged: Option<&Source>,
    backup: Option<&Source>,
    built: &mut Built,
) -> Result<Option<(Seq, Hash)>, JournalFault> {
    let given_up = damaged.into_iter().chain(backup).find_map(Source::given_up).unwrap_or_default();
    let reach = damaged.and_then(Source::newest);
    let ends = [reach, backup.and_then(Source::newest)];
    let (mut next, mut previous, mut newest) = (1, None, Newest::default());
    loop {
        let to = next + CHUNK - 1;
        let own = damaged.map(|damaged| damaged.rows(next, to));
        // What is not in a part that can be read whole was given up, and the backup may hold it still.
        let is_whole = own.as_ref().is_some_and(|own| own.complete) && reach.is_some_and(|reach| to <= reach);
        let others = backup.filter(|_| !is_whole).map(|backup| backup.rows(next, to));
        while next <= to {
            let proved = |row: &&Row| row.seq == next && proves(epochs, previous.as_ref(), row);
            let mine = own.as_ref().and_then(|own| own.rows.iter().find(proved));
            let Some(row) = mine.or_else(|| others.as_ref().and_then(|rows| rows.rows.iter().find(proved))) else {
                break;
            };
            if row.kind != Kind::Alert {
                newest.keep(conn, built)?;
                newest.builds_on = previous.map(|hash| (next - 1, hash));
            }
            newest.rows.push((row.clone(), mine.is_none()));
            (previous, next) = (Some(row.hash), next + 1);
        }
        if next <= to {
            // Perhaps it was given up, and the chain goes on from its hash.
            let run = given_up.range(next..).next();
            let Some((last, hash)) =
                run.filter(|(last, _)| damaged.or(backup).is_some_and(|source| source.has_none(next, **last)))
            else {
                if ends.contains(&Some(next - 1)) {
                    newest.keep(conn, built)?;
                    return Ok(previous.map(|hash| (next - 1, hash)));
                }
                return Ok(newest.builds_on);
            };
            (previous, next) = (Some(*hash), last + 1);
        }
    }
}

/// The newest report and the alert changes behind it. Where it is the last before the damage, more may have followed from it
/// that nobody has: it counts as behind the damage then, or the rules would know alerts that nobody was ever told of.
#[derive(Default)]
struct Newest {
    /// Each with whether only the backup had it.
    rows: Vec<(Row, bool)>,
    /// The number and hash before them.
    builds_on: Option<(Seq, Hash)>,
}

impl Newest {
    /// Nothing is missing among them.
    fn keep(&mut self, conn: &Connection, built: &mut Built) -> Result<(), JournalFault> {
        for (row, from_backup) in self.rows.drain(..) {
            keep(conn, &row)?;
            built.from_backup += u64::from(from_backup);
            (built.upto, built.newest_at, built.entries) = (row.seq, Some(row.received_at), built.entries + 1);
        }
        Ok(())
    }
}

/// Whether it is what was written, and can be understood.
fn proves(epochs: &Epochs, previous: Option<&Hash>, row: &Row) -> bool {
    links(epochs, previous, row) && row.to_entry().is_ok()
}

/// Whether its hash is the one that follows from the hash before it.
pub(super) fn links(epochs: &Epochs, previous: Option<&Hash>, row: &Row) -> bool {
    chain::link(&epochs.base(row.seq, previous), &Parts::of(row)) == row.hash
}

/// Writes a row as it is into a table of the entries' form; without a number it gets the next.
pub(super) fn write(conn: &Connection, table: &str, number: Option<Seq>, row: &Row) -> Result<(), JournalFault> {
    conn.prepare_cached(&format!("INSERT INTO {table} VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"))
        .and_then(|mut statement| {
            statement.execute(params![
                number.map(|number| number as i64),
                kind_number(row.kind),
                row.subject,
                row.device,
                row.observed_at.map(Timestamp::as_millis),
                row.received_at.as_millis(),
                row.body,
                row.hash
            ])
        })
        .map(|_| ())
        .map_err(|source| JournalFault::sqlite("bring an entry over", source))
}

/// Keeps it as it is, and makes anew what stands beside it.
fn keep(conn: &Connection, row: &Row) -> Result<(), JournalFault> {
    let fault = |source| JournalFault::sqlite("bring an entry over", source);
    write(conn, "entry", Some(row.seq), row)?;
    match row.to_entry()?.fact {
        Fact::Scan(scan) => conn
            .prepare_cached("INSERT OR IGNORE INTO scan_id (kiosk, scan_id, seq) VALUES (?1, ?2, ?3)")
            .and_then(|mut into| into.execute(params![scan.kiosk.as_str(), scan.scan_id.as_str(), row.seq as i64])),
        Fact::Alert(alert) => ledger::list(conn, &alert, row.seq).map(|()| 1),
        Fact::Position(_)
        | Fact::Reading(_)
        | Fact::Device(_)
        | Fact::Plan(_)
        | Fact::Command(_)
        | Fact::Incident(_)
        | Fact::Rejected(_)
        | Fact::Clock(_)
        | Fact::Gap(_) => Ok(0),
    }
    .map(|_| ())
    .map_err(fault)
}

/// Brings over a whole table beside the entries, from where it can be read to its end.
fn beside(
    conn: &Connection,
    table: &str,
    sql: &str,
    upto: Seq,
    damaged: Option<&Source>,
    backup: Option<&Source>,
) -> Result<(), JournalFault> {
    let rows = damaged.into_iter().chain(backup).find_map(|source| source.values(sql, upto));
    let fault = |source| JournalFault::sqlite("bring over what stands beside the entries", source);
    for row in rows.unwrap_or_default() {
        let places = vec!["?"; row.len()].join(", ");
        let mut into =
            conn.prepare_cached(&format!("INSERT OR REPLACE INTO {table} VALUES ({places})")).map_err(fault)?;
        match into.execute(params_from_iter(row)) {
            // A value that cannot be what was written: the work must not stop at it.
            Err(refused) if refused.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) => {
                tracing::warn!(table, fault = %refused, "a damaged row is left where it is");
            }
            done => done.map(|_| ()).map_err(fault)?,
        }
    }
    Ok(())
}
