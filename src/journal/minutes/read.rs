//! What is asked of the minutes: rows that are laid down, and the entries behind them, from one moment's view.

use rusqlite::{Connection, OptionalExtension, params};

use super::lay::{reading, tail, upto};
use super::{Figure, Figures, SUBJECT_BITS, add, first_key, minute_of, numbers};
use crate::facts::{Name, Seq, Subject, Timestamp};
use crate::journal::read::{Row, row_at};
use crate::journal::{JournalFault, Reader};

/// Entries about one subject that are found at most: the newest. A day of a receiver that tells its position every second.
const FOUND_MAX: usize = 100_000;

/// Minutes since 1970, the first and the last.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    first: i64,
    last: i64,
}

impl Stretch {
    /// The minutes that `from` to before `to` touch.
    fn of(from: Timestamp, to: Timestamp) -> Self {
        Self { first: minute_of(from), last: (to.as_millis() - 1).div_euclid(60_000) }
    }

    /// As far as there are rows, so that nobody looks for what cannot be there.
    fn with_rows(self, conn: &Connection) -> rusqlite::Result<Self> {
        let edge = |sql: &str| -> rusqlite::Result<Option<i64>> {
            conn.prepare_cached(sql)?.query_row([], |row| row.get::<_, Option<i64>>(0))
        };
        let oldest = edge("SELECT min(key) FROM minute")?.map(|key| key >> SUBJECT_BITS);
        let newest = edge("SELECT max(key) FROM minute")?.map(|key| key >> SUBJECT_BITS);
        Ok(match oldest.zip(newest) {
            Some((oldest, newest)) => Self { first: self.first.max(oldest), last: self.last.min(newest) },
            None => Self { first: 0, last: -1 },
        })
    }

    const fn holds(self, minute: i64) -> bool {
        self.first <= minute && minute <= self.last
    }
}

impl Reader {
    /// Calls `each` with a minute and what was measured in it, for every minute from `from` to before `to` in which the
    /// room measured something; the newest ones may come in parts. Whole minutes: those at the ends count in full.
    pub fn room_minutes(
        &self,
        room: &Name,
        from: Timestamp,
        to: Timestamp,
        mut each: impl FnMut(i64, &Figures),
    ) -> Result<(), JournalFault> {
        let (stretch, subject) = (Stretch::of(from, to), Subject::Room(room.clone()).to_string());
        self.in_one_view("read a room's figures", |conn| {
            if let Some(number) = number(conn, &subject)? {
                let rows = stretch.with_rows(conn)?;
                // By their keys: between two minutes of a room lie those of all others.
                let mut statement = conn.prepare_cached("SELECT figures FROM minute WHERE key = ?1")?;
                for minute in rows.first..=rows.last {
                    let figures: Option<Option<String>> =
                        statement.query_row([first_key(minute) + number], |row| row.get(0)).optional()?;
                    if let Some(figures) = figures.flatten().as_deref().and_then(read) {
                        each(minute, &figures);
                    }
                }
            }
            fresh(conn, stretch, |row, minute, figures| {
                if row.subject == subject {
                    each(minute, figures);
                }
            })
        })
    }

    /// The same of every room, by its id.
    pub fn rooms_minutes(
        &self,
        from: Timestamp,
        to: Timestamp,
        mut each: impl FnMut(&str, i64, &Figures),
    ) -> Result<(), JournalFault> {
        let stretch = Stretch::of(from, to);
        let room = |subject: &str| subject.strip_prefix("room/").map(str::to_owned);
        self.in_one_view("read the rooms' figures", |conn| {
            let names = conn
                .prepare_cached("SELECT number, name FROM minute_subject")?
                .query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?
                .collect::<rusqlite::Result<std::collections::HashMap<_, _>>>()?;
            let mut statement = conn.prepare_cached(
                "SELECT key, figures FROM minute WHERE key >= ?1 AND key < ?2 AND figures IS NOT NULL ORDER BY key",
            )?;
            let mut rows = statement.query([first_key(stretch.first), first_key(stretch.last + 1)])?;
            while let Some(row) = rows.next()? {
                let key: i64 = row.get(0)?;
                let name = names.get(&(key & ((1 << SUBJECT_BITS) - 1))).and_then(|name| room(name));
                if let Some((name, figures)) = name.zip(read(row.get_ref(1)?.as_str()?)) {
                    each(&name, key >> SUBJECT_BITS, &figures);
                }
            }
            fresh(conn, stretch, |row, minute, figures| {
                if let Some(name) = room(&row.subject) {
                    each(&name, minute, figures);
                }
            })
        })
    }

    /// Readings or positions about `subject` that came at `from` or later and before `to`, oldest first: the newest, where
    /// there are very many.
    pub fn entries_about(&self, subject: &Subject, from: Timestamp, to: Timestamp) -> Result<Vec<Row>, JournalFault> {
        self.in_one_view("read what came about somebody", |conn| {
            let mut seqs = seqs_about(conn, &subject.to_string(), from, to, FOUND_MAX, &|_| true)?;
            seqs.sort_unstable();
            let mut rows = Vec::with_capacity(seqs.len());
            for seq in seqs {
                // Of a row that is still there some entries may be given up.
                rows.extend(row_at(conn, seq)?.filter(|row| (from..to).contains(&row.received_at)));
            }
            Ok(rows)
        })
    }

    /// Whether a reading or position about `subject` was ever kept.
    pub fn has_reported(&self, subject: &Subject) -> Result<bool, JournalFault> {
        let subject = subject.to_string();
        self.in_one_view("look whether somebody reported", |conn| {
            if number(conn, &subject)?.is_some() {
                return Ok(true);
            }
            let mut found = false;
            tail(conn, upto(conn)? + 1, i64::MAX as u64, |row| found = found || row.subject == subject)?;
            Ok(found)
        })
    }

    /// Reads more than once, and sees the same: rows that are laid down meanwhile are not counted twice.
    pub(in crate::journal) fn in_one_view<T>(
        &self,
        action: &'static str,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, JournalFault> {
        self.with(action, |conn| {
            let view = conn.unchecked_transaction()?;
            let found = read(&view)?;
            view.finish()?;
            Ok(found)
        })
    }
}

/// Numbers of entries about a subject that are `within` what is looked for, the newest minutes first, until there are
/// `most`.
pub(in crate::journal) fn seqs_about(
    conn: &Connection,
    subject: &str,
    from: Timestamp,
    to: Timestamp,
    most: usize,
    within: &impl Fn(&Seq) -> bool,
) -> rusqlite::Result<Vec<Seq>> {
    let stretch = Stretch::of(from, to);
    let mut seqs = Vec::new();
    tail(conn, upto(conn)? + 1, i64::MAX as u64, |row| {
        if row.subject == subject && stretch.holds(minute_of(row.received_at)) && within(&row.seq) {
            seqs.push(row.seq);
        }
    })?;
    let Some(number) = number(conn, subject)? else { return Ok(seqs) };
    let rows = stretch.with_rows(conn)?;
    let mut statement = conn.prepare_cached("SELECT seqs FROM minute WHERE key = ?1")?;
    for minute in (rows.first..=rows.last).rev() {
        if seqs.len() >= most {
            break;
        }
        let bytes: Option<Vec<u8>> = statement.query_row([first_key(minute) + number], |row| row.get(0)).optional()?;
        numbers::read(&bytes.unwrap_or_default(), |seq| {
            if within(&seq) {
                seqs.push(seq);
            }
        });
    }
    Ok(seqs)
}

/// What was measured in entries that have no rows yet.
fn fresh(conn: &Connection, stretch: Stretch, mut each: impl FnMut(&Row, i64, &Figures)) -> rusqlite::Result<()> {
    tail(conn, upto(conn)? + 1, i64::MAX as u64, |row| {
        let minute = minute_of(row.received_at);
        if !stretch.holds(minute) {
            return;
        }
        if let Some(reading) = reading(row) {
            let mut figures = Figures::new();
            for (metric, value) in reading.measures.iter() {
                add(&mut figures, metric, Figure::of(value));
            }
            each(row, minute, &figures);
        }
    })
}

fn number(conn: &Connection, subject: &str) -> rusqlite::Result<Option<i64>> {
    conn.prepare_cached("SELECT number FROM minute_subject WHERE name = ?1")?
        .query_row(params![subject], |row| row.get(0))
        .optional()
}

/// A row's figures; of a damaged one there are none.
fn read(figures: &str) -> Option<Figures> {
    serde_json::from_str(figures).ok()
}
