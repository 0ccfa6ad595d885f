//! Lays a minute's rows down, takes up where the last process left off, and lets rows go.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, OptionalExtension, params};

use super::{Minutes, SUBJECT_BITS, SUBJECTS_MAX, Tally, UPTO_KEY, add, first_key, minute_of, numbers};
use crate::facts::{Entry, Fact, Kind, Reading, Seq, Subject, Timestamp};
use crate::journal::read::{Row, read_row};
use crate::journal::retention::Pass;
use crate::journal::{Batch, JournalFault};

/// Entries whose rows are made in one transaction, where there were none before.
const MADE_AT_ONCE: u64 = 50_000;

impl Minutes {
    /// Takes up where the rows end, up to `newest`, which is committed. The rows of a database that had none are made here:
    /// some seconds for a million entries, once.
    pub(in crate::journal) fn open(conn: &Connection, newest: Seq) -> Result<Self, JournalFault> {
        let fault = |source| JournalFault::sqlite("make a minute's figures", source);
        let mut minutes = Self::resume(conn).map_err(fault)?;
        if newest.saturating_sub(minutes.upto) > MADE_AT_ONCE {
            tracing::info!("adding up what was kept, minute by minute, for charts; once");
        }
        while newest.saturating_sub(minutes.upto) > MADE_AT_ONCE {
            let tx = conn.unchecked_transaction().map_err(fault)?;
            let to = minutes.upto + MADE_AT_ONCE;
            minutes.catch_up(conn, to)?;
            minutes.lay_down(conn, to)?;
            tx.commit().map_err(fault)?;
        }
        let tx = conn.unchecked_transaction().map_err(fault)?;
        minutes.catch_up(conn, newest)?;
        tx.commit().map_err(fault)?;
        minutes.unsure = false;
        Ok(minutes)
    }

    /// The same after a transaction that came to nothing, within the next one.
    pub(in crate::journal) fn again(conn: &Connection, newest: Seq) -> Result<Self, JournalFault> {
        let resumed = Self::resume(conn);
        let mut minutes = resumed.map_err(|source| JournalFault::sqlite("make a minute's figures again", source))?;
        minutes.catch_up(conn, newest)?;
        Ok(minutes)
    }

    /// As the database has it, nothing in memory yet.
    fn resume(conn: &Connection) -> rusqlite::Result<Self> {
        let mut numbers = HashMap::new();
        let mut statement = conn.prepare_cached("SELECT number, name FROM minute_subject")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            // A name that was damaged is nobody's, and its rows are not found.
            if let Ok(subject) = row.get::<_, String>(1)?.parse() {
                numbers.insert(subject, row.get(0)?);
            }
        }
        Ok(Self { upto: upto(conn)?, minute: 0, open: BTreeMap::new(), numbers, unsure: false })
    }

    /// Takes in what was committed behind the rows, up to `to`.
    fn catch_up(&mut self, conn: &Connection, to: Seq) -> Result<(), JournalFault> {
        let from = self.upto + 1;
        let mut fault = None;
        tail(conn, from, to, |row| {
            // One that is damaged has no figures; its hash tells.
            if fault.is_none()
                && let Ok(entry) = row.to_entry()
            {
                fault = self.push(conn, &entry).err();
            }
        })
        .map_err(|source| JournalFault::sqlite("read what has no figures yet", source))?;
        fault.map_or(Ok(()), Err)
    }

    /// Lays down everything up to `upto`, which is the newest entry that was taken in.
    pub(in crate::journal) fn lay_down(&mut self, conn: &Connection, upto: Seq) -> Result<(), JournalFault> {
        let mut lay = || -> rusqlite::Result<()> {
            for (subject, tally) in std::mem::take(&mut self.open) {
                if let Some(number) = number(conn, &mut self.numbers, &subject)? {
                    lay_row(conn, first_key(self.minute) + number, tally)?;
                }
            }
            conn.prepare_cached("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)")?
                .execute(params![UPTO_KEY, upto.to_string()])?;
            Ok(())
        };
        self.unsure = true;
        lay().map_err(|source| JournalFault::sqlite("lay a minute's figures down", source))?;
        self.upto = upto;
        Ok(())
    }
}

/// How far the rows have come.
pub(super) fn upto(conn: &Connection) -> rusqlite::Result<Seq> {
    let upto: Option<String> = conn
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([UPTO_KEY], |row| row.get(0))
        .optional()?;
    Ok(upto.and_then(|upto| upto.parse().ok()).unwrap_or(0))
}

/// Every reading and position from `from` to `to` that is left, in order.
pub(super) fn tail(conn: &Connection, from: Seq, to: Seq, mut each: impl FnMut(&Row)) -> rusqlite::Result<()> {
    let mut statement = conn.prepare_cached(
        "SELECT seq, kind, subject, device, observed_at, received_at, body, hash FROM entry NOT INDEXED
         WHERE seq BETWEEN ?1 AND ?2 AND kind IN (2, 3) ORDER BY seq",
    )?;
    let mut rows = statement.query(params![from as i64, to as i64])?;
    while let Some(row) = rows.next()? {
        each(&read_row(row)?);
    }
    Ok(())
}

/// The subject's number, given to it now where it had none; none where there are no more.
fn number(conn: &Connection, numbers: &mut HashMap<Subject, i64>, subject: &Subject) -> rusqlite::Result<Option<i64>> {
    if let Some(number) = numbers.get(subject) {
        return Ok(Some(*number));
    }
    let next: i64 = conn
        .prepare_cached("SELECT coalesce(max(number), 0) + 1 FROM minute_subject")?
        .query_row([], |row| row.get(0))?;
    if next > SUBJECTS_MAX {
        return Ok(None);
    }
    conn.prepare_cached("INSERT INTO minute_subject (number, name) VALUES (?1, ?2)")?
        .execute(params![next, subject.to_string()])?;
    numbers.insert(subject.clone(), next);
    Ok(Some(next))
}

/// Lays one row down, with what is there already: a busy minute is laid down in parts, and a clock that was put back
/// comes through a minute again.
fn lay_row(conn: &Connection, key: i64, mut tally: Tally) -> rusqlite::Result<()> {
    let Some(newest) = tally.seqs.last().copied() else { return Ok(()) };
    let before: Option<(i64, Option<String>, Vec<u8>)> = conn
        .prepare_cached("SELECT newest, figures, seqs FROM minute WHERE key = ?1")?
        .query_row([key], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let (last, mut seqs) = match before {
        Some((last, figures, seqs)) => {
            let figures = figures.and_then(|figures| serde_json::from_str::<super::Figures>(&figures).ok());
            for (metric, figure) in figures.into_iter().flatten() {
                add(&mut tally.figures, metric, figure);
            }
            (last as Seq, seqs)
        }
        None => (0, Vec::new()),
    };
    numbers::write(&mut seqs, last, &tally.seqs);
    // Words and whole numbers can always be written.
    let figures = (!tally.figures.is_empty()).then(|| serde_json::to_string(&tally.figures).unwrap_or_default());
    conn.prepare_cached("INSERT OR REPLACE INTO minute (key, newest, figures, seqs) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![key, newest as i64, figures, seqs])?;
    Ok(())
}

impl Batch<'_> {
    /// Lets the rows go whose newest entry is among those that `pass` gives up from `first` to `last`: to be called before
    /// the entries are taken out, as these tell which minutes that are. A row that goes on behind `last` stays, and says
    /// what was measured, until the rest of it goes.
    pub(in crate::journal) fn give_up_minutes(
        &mut self,
        pass: Pass,
        first: Seq,
        last: Seq,
    ) -> Result<(), JournalFault> {
        self.lay_minutes_down(last)?;
        let kinds = [(Kind::Reading, "room/*"), (Kind::Position, "vehicle/*")];
        for (_, names) in kinds.into_iter().filter(|(kind, _)| pass.gives_up(*kind)) {
            let sql = "SELECT min(received_at), max(received_at) FROM entry WHERE seq BETWEEN ?1 AND ?2";
            let stamps = self.optional(sql, params![first as i64, last as i64], |row| {
                Ok(row.get::<_, Option<i64>>(0)?.zip(row.get::<_, Option<i64>>(1)?))
            })?;
            let Some((from, to)) = stamps.flatten() else { continue };
            let [from, to] = [from, to].map(|at| minute_of(Timestamp::from_millis(at)));
            self.run(
                "DELETE FROM minute WHERE key >= ?1 AND key < ?2 AND newest BETWEEN ?3 AND ?4
                 AND (key & ?5) IN (SELECT number FROM minute_subject WHERE name GLOB ?6)",
                params![
                    first_key(from),
                    first_key(to + 1),
                    first as i64,
                    last as i64,
                    (1_i64 << SUBJECT_BITS) - 1,
                    names
                ],
            )?;
        }
        Ok(())
    }
}

/// A reading as it is told in a row's place, where it has none yet.
pub(super) fn reading(row: &Row) -> Option<Reading> {
    match row.to_entry() {
        Ok(Entry { fact: Fact::Reading(reading), .. }) => Some(reading),
        Ok(_) | Err(_) => None,
    }
}
