//! Where a stretch of time stands in the journal, found without reading what lies in it.

use rusqlite::{Connection, OptionalExtension, params};

use super::read::{read_row, rows_of};
use super::{Epochs, JournalFault, Lane, Reader, Row};
use crate::facts::{Fact, Kind, Seq, Timestamp};

impl Reader {
    /// The entries that came at `from` or later and before `to`: after the first number, up to the second. One pair for
    /// each epoch that has any, in order; within an epoch stamps never run back, so that they are found by halving.
    pub fn between(&self, from: Timestamp, to: Timestamp) -> Result<Vec<(Seq, Seq)>, JournalFault> {
        let newest = self.newest()?;
        let starts = self.with("read its epochs", |conn| Ok(starts(conn)))??;
        self.with("look for a stretch of time", |conn| {
            let mut found = Vec::new();
            for (at, start) in starts.iter().enumerate() {
                let end = starts.get(at + 1).map_or(newest, |next| next - 1);
                let first = first_from(conn, *start, end, from)?;
                let behind = first_from(conn, first, end, to)?;
                if first < behind {
                    found.push((first - 1, behind - 1));
                }
            }
            Ok(found)
        })
    }

    /// The newest entry of a kind up to a number.
    pub fn latest_upto(&self, kind: Kind, upto: Seq) -> Result<Option<Row>, JournalFault> {
        self.with("read the newest entry of a kind up to a number", |conn| {
            let condition = Lane::Kind(kind).condition();
            let sql = format!(
                "SELECT seq, kind, subject, device, observed_at, received_at, body, hash FROM entry
                 WHERE {condition} AND seq <= ?1 ORDER BY seq DESC LIMIT 1"
            );
            conn.prepare_cached(&sql)?.query_row([i64::try_from(upto).unwrap_or(i64::MAX)], read_row).optional()
        })
    }
}

/// The first number of each epoch: of those that have a word of their own, and of those that a clock put back began.
fn starts(conn: &Connection) -> Result<Vec<Seq>, JournalFault> {
    let mut starts: Vec<Seq> = Epochs::known(conn)?.starts().collect();
    rows_of(conn, Kind::Clock, |row| {
        if let Ok(Fact::Clock(clock)) = Fact::read_body(row.kind, &row.body)
            && clock.begins_epoch()
        {
            starts.push(row.seq);
        }
    })?;
    starts.sort_unstable();
    starts.dedup();
    Ok(starts)
}

/// The first number from `low` to `high` behind which no stamp lies before `at`; the one after `high` where there is none.
fn first_from(conn: &Connection, mut low: Seq, high: Seq, at: Timestamp) -> rusqlite::Result<Seq> {
    let mut statement =
        conn.prepare_cached("SELECT seq, received_at FROM entry WHERE seq >= ?1 ORDER BY seq LIMIT 1")?;
    let mut behind = high + 1;
    while low < behind {
        let middle = u64::midpoint(low, behind);
        let next = statement
            .query_row(params![middle as i64], |row| Ok((row.get::<_, i64>(0)? as Seq, row.get::<_, i64>(1)?)))
            .optional()?;
        match next {
            // Numbers that were given up have no stamp: the next one that is left speaks for them.
            Some((seq, stamp)) if seq <= high && stamp < at.as_millis() => low = seq + 1,
            Some(_) | None => behind = middle,
        }
    }
    Ok(low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{ClockFact, ClockSource, Entry, Fact, Subject};
    use crate::journal::Journal;

    /// Appends a clock entry with this stamp; one whose time goes back begins an epoch.
    fn append(journal: &mut Journal, at: i64, stepped_ms: i64) {
        let mut batch = journal.begin().unwrap();
        let fact = Fact::Clock(ClockFact { trusted: true, source: ClockSource::Ntp, stepped_ms, reason: None });
        let seq = batch.next_seq();
        let (subject, device) = (Subject::Gateway, Subject::Gateway);
        let received_at = Timestamp::from_millis(at);
        batch.append(&Entry { seq, subject, device, observed_at: None, received_at, fact }).unwrap();
        batch.commit().unwrap();
    }

    #[test]
    fn a_stretch_of_time_is_found_in_each_epoch() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(dir.path(), || "e1".to_owned()).unwrap();
        for at in [10, 20, 20, 30, 40] {
            append(&mut journal, at, 0);
        }
        append(&mut journal, 15, -120_000);
        append(&mut journal, 25, 0);
        let reader = Reader::open(dir.path()).unwrap();
        let between = |from, to| reader.between(Timestamp::from_millis(from), Timestamp::from_millis(to)).unwrap();
        assert_eq!(between(0, 99), [(0, 5), (5, 7)]);
        assert_eq!(between(20, 30), [(1, 3), (6, 7)]);
        assert_eq!(between(21, 25), []);
        assert_eq!(between(40, 41), [(4, 5)]);
        assert_eq!(between(41, 99), []);
        let of = |upto| reader.latest_upto(Kind::Clock, upto).unwrap().map(|row| row.seq);
        assert_eq!((of(3), of(99), of(0)), (Some(3), Some(7), None));
        assert_eq!(reader.latest_upto(Kind::Scan, 9).unwrap(), None);
    }
}
