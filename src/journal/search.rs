//! Entries of one subject or one device, from the oldest on or from the newest back.
//!
//! Promises to look at a bounded number of entries, however rare what is looked for is, and tells where to go on. Makes no
//! index for it: what somebody looks through by hand does not make every commit dearer.

use rusqlite::{Connection, params};

use super::read::{one, read_row};
use super::{JournalFault, Lane, Page, Reader};
use crate::facts::{Kind, Seq};

/// Entries that one search looks at, at most.
const LOOKED_AT_MAX: usize = 20_000;

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// After this number, the oldest first.
    After(Seq),
    /// Before this number, the newest first.
    Before(Seq),
}

/// Which entries.
#[derive(Debug, Clone)]
pub struct Search {
    /// Of this kind.
    pub kind: Option<Kind>,
    /// About this (`room/lobby`), or about this kind of subjects (`room`).
    pub subject: Option<String>,
    /// Reported by this (`kiosk/K01`), or by this kind of devices (`kiosk`).
    pub device: Option<String>,
    /// From where on.
    pub order: Order,
    /// So many.
    pub entries_max: usize,
    /// No more once their bodies pass this.
    pub bytes_max: usize,
}

impl Search {
    fn sql(&self) -> String {
        // Readings and positions have no index of their own: they are picked out here, so that it is counted how many
        // others were passed.
        let lane = self.kind.filter(|kind| kind.is_urgent()).map_or(Lane::All, Lane::Kind);
        let (indexed, condition) = (if lane == Lane::All { " NOT INDEXED" } else { "" }, lane.condition());
        let (bounds, order) = match self.order {
            Order::After(_) => ("seq > ?1 AND seq <= ?2", "seq"),
            Order::Before(_) => ("seq < ?1 AND seq <= ?2", "seq DESC"),
        };
        format!(
            "SELECT seq, kind, subject, device, observed_at, received_at, body, hash FROM entry{indexed}
             WHERE {condition} AND {bounds} ORDER BY {order}"
        )
    }

    /// Whether it is one of those, by the columns before the body, which may be long and stands elsewhere then.
    fn takes(&self, row: &rusqlite::Row<'_>) -> rusqlite::Result<bool> {
        let is = |column: usize, wanted: Option<&str>| -> rusqlite::Result<bool> {
            let Some(wanted) = wanted else { return Ok(true) };
            let rest = row.get_ref(column)?.as_bytes()?.strip_prefix(wanted.as_bytes());
            Ok(rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/")))
        };
        let kind = self.kind.map_or(Ok(true), |kind| row.get::<_, u8>(1).map(|number| number == kind as u8))?;
        Ok(kind && is(2, self.subject.as_deref())? && is(3, self.device.as_deref())?)
    }
}

impl Reader {
    /// The next entries of a search. Everything between where it began and the page's `upto` is in `rows`, or is not
    /// looked for; from the newest back `upto` is 0 where there is nothing before.
    pub fn search(&self, search: &Search) -> Result<Page, JournalFault> {
        self.in_one_view("look for entries", |conn| find(conn, search))
    }
}

fn find(conn: &Connection, search: &Search) -> rusqlite::Result<Page> {
    let newest: Seq = one(conn, "SELECT coalesce(max(seq), 0) FROM entry", [])?;
    let (begin, end) = match search.order {
        Order::After(after) => (after, newest.max(after)),
        Order::Before(before) => (before, 0),
    };
    let begin = i64::try_from(begin).unwrap_or(i64::MAX);
    let mut statement = conn.prepare_cached(&search.sql())?;
    let mut found = statement.query(params![begin, newest as i64])?;
    let (mut rows, mut bytes, mut upto) = (Vec::new(), 0, begin as Seq);
    for _ in 0..LOOKED_AT_MAX {
        let Some(row) = found.next()? else { return Ok(Page { rows, upto: end }) };
        if search.takes(row)? {
            let row = read_row(row)?;
            bytes += row.body.len();
            if bytes > search.bytes_max && !rows.is_empty() {
                break;
            }
            upto = row.seq;
            rows.push(row);
            if rows.len() >= search.entries_max {
                break;
            }
        } else {
            upto = row.get::<_, i64>(0)? as Seq;
        }
    }
    Ok(Page { rows, upto })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Entry, Fact, Subject, Timestamp};
    use crate::journal::Journal;

    const MANY: Seq = LOOKED_AT_MAX as Seq + 500;

    /// Readings of the lobby, and in the 100th place of each thousand something rejected of kiosk K1.
    fn journal(dir: &std::path::Path) -> Reader {
        let mut journal = Journal::open(dir, || "e1".to_owned()).unwrap();
        let mut batch = journal.begin().unwrap();
        for seq in 1..=MANY {
            let (device, kind, body) = if seq % 1_000 == 100 {
                ("kiosk/K1", Kind::Rejected, r#"{"link":"x","reason":"no","raw":"AA==","bytes":1}"#)
            } else {
                ("sensor/lobby/t1", Kind::Reading, r#"{"room":"lobby","sensor":"t1","co2":400}"#)
            };
            let (device, fact): (Subject, _) = (device.parse().unwrap(), Fact::read_body(kind, body).unwrap());
            let received_at = Timestamp::from_millis(1_795_000_000_000 + seq as i64);
            let entry = Entry { seq, subject: fact.subject(&device), device, observed_at: None, received_at, fact };
            batch.append(&entry).unwrap();
        }
        batch.commit().unwrap();
        Reader::open(dir).unwrap()
    }

    #[test]
    fn what_is_rare_is_found_without_reading_everything_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let reader = journal(dir.path());
        let find = |kind: Option<Kind>, subject: Option<&str>, device: Option<&str>, order, entries_max| {
            let [subject, device] = [subject, device].map(|word| word.map(str::to_owned));
            let page =
                reader.search(&Search { kind, subject, device, order, entries_max, bytes_max: usize::MAX }).unwrap();
            (page.rows.iter().map(|row| row.seq).collect::<Vec<_>>(), page.upto)
        };
        let (rejected, k1) = (Some(Kind::Rejected), Some("kiosk/K1"));
        assert_eq!(find(rejected, None, k1, Order::Before(Seq::MAX), 2), (vec![20_100, 19_100], 19_100));
        assert_eq!(find(rejected, None, k1, Order::Before(1_100), 2), (vec![100], 0));
        assert_eq!(find(rejected, None, k1, Order::After(0), 2), (vec![100, 1_100], 1_100));
        assert_eq!(find(rejected, None, Some("kiosk/K2"), Order::After(0), 2), (vec![], MANY));
        assert_eq!(find(rejected, Some("kiosk"), None, Order::Before(Seq::MAX), 1), (vec![20_100], 20_100));
        assert_eq!(find(None, None, Some("kiosk/K"), Order::After(MANY - 9), 9), (vec![], MANY), "no half of a name");
        // By device alone nothing helps: after so many entries it says where to go on.
        let none = Some("kiosk/K2");
        let (rows, next) = find(None, None, none, Order::Before(Seq::MAX), 5);
        assert_eq!((rows.len(), next), (0, 501));
        assert_eq!(find(None, None, none, Order::Before(next), 5), (vec![], 0));
        assert_eq!(find(None, None, none, Order::After(0), 5), (vec![], LOOKED_AT_MAX as Seq));
        let position = Some(Kind::Position);
        assert_eq!(find(position, None, None, Order::After(0), 5), (vec![], LOOKED_AT_MAX as Seq));
        assert_eq!(find(Some(Kind::Reading), None, None, Order::Before(102), 2), (vec![101, 99], 99));
        let words = Search {
            kind: None,
            subject: Some("room/lobby".to_owned()),
            device: None,
            order: Order::After(0),
            entries_max: 50,
            bytes_max: 100,
        };
        let page = reader.search(&words).unwrap();
        assert_eq!((page.rows.len(), page.upto), (2, 2), "the bodies of two fit");
    }
}
