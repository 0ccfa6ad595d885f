//! The ledger of alerts: where each stands, its changes, and who finds it by what.
//!
//! What is listed here is read off the entries and could be made from them again. Answers from a narrow table and takes
//! the entries of those alone that are wanted.

use rusqlite::types::Value as Sql;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use super::append::number;
use super::{JournalFault, Reader, Row};
use crate::facts::{Alert, AlertState, Fact, RuleKind, Seq, Severity, Subject, Timestamp};

/// Alerts that one search looks at, at most; where it goes on is told.
const LOOKED_AT_MAX: usize = 20_000;

/// Which alerts; what is not said does not matter.
#[derive(Debug, Clone, Default)]
pub struct AlertQuery {
    /// In one of these states.
    pub states: Vec<AlertState>,
    /// Of this rule.
    pub rule: Option<RuleKind>,
    /// Of this subject (`room/lobby`), or of this kind of subjects (`room`).
    pub subject: Option<String>,
    /// Of this severity.
    pub severity: Option<Severity>,
    /// Whose rule was broken at this time or later.
    pub from: Option<Timestamp>,
    /// Whose rule was broken before this time.
    pub to: Option<Timestamp>,
    /// With a smaller number than this.
    pub below: Option<u64>,
    /// So many.
    pub limit: usize,
    /// No more once their bodies pass this.
    pub bytes_max: usize,
}

/// Alerts that were looked for, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlertsFound {
    /// The latest body of each.
    pub bodies: Vec<String>,
    /// There may be more below this number.
    pub next: Option<u64>,
}

/// One move of an alert, and the entry that caused it; none where time did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertChange {
    /// The alert entry.
    pub row: Row,
    /// Its cause.
    pub cause: Option<Row>,
}

impl AlertQuery {
    /// The condition in SQL, and what fills it.
    fn condition(&self) -> (String, Vec<Sql>) {
        let (mut tests, mut values) = (vec!["1".to_owned()], Vec::new());
        let mut test = |test: &str, value: Sql| {
            values.push(value);
            tests.push(test.replace('?', &format!("?{}", values.len())));
        };
        for (column, word) in [("rule", self.rule.map(RuleKind::word)), ("severity", self.severity.map(Severity::word))]
        {
            if let Some(word) = word {
                test(&format!("a.{column} = ?"), Sql::from(word.to_owned()));
            }
        }
        if let Some(subject) = &self.subject {
            test("(a.subject = ? OR substr(a.subject, 1, length(?) + 1) = ? || '/')", Sql::from(subject.clone()));
        }
        if !self.states.is_empty() {
            // Words of ours, not anybody's input.
            let words: Vec<String> = self.states.iter().map(|state| format!("'{}'", state.word())).collect();
            tests.push(format!("a.state IN ({})", words.join(", ")));
        }
        let mut test = |test: &str, value: i64| {
            values.push(Sql::from(value));
            tests.push(format!("{test} ?{}", values.len()));
        };
        if let Some(from) = self.from {
            test("a.began_at >=", from.as_millis());
        }
        if let Some(to) = self.to {
            test("a.began_at <", to.as_millis());
        }
        if let Some(below) = self.below {
            test("a.number <", i64::try_from(below).unwrap_or(i64::MAX));
        }
        (tests.join(" AND "), values)
    }
}

/// Lists where an alert stands after an entry, and that this entry is a change of it.
pub(super) fn list(conn: &Connection, alert: &Alert, seq: Seq) -> rusqlite::Result<()> {
    let (number, seq) = (number(alert), seq as i64);
    conn.prepare_cached(
        "INSERT OR REPLACE INTO alert (number, seq, rule, subject, severity, state, began_at, teaches)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        number,
        seq,
        alert.rule.word(),
        alert.subject.to_string(),
        alert.severity.word(),
        alert.state.word(),
        alert.pending_at.as_millis(),
        alert.findings.teaches()
    ])?;
    conn.prepare_cached("INSERT OR IGNORE INTO alert_change (number, seq) VALUES (?1, ?2)")?
        .execute(params![number, seq])?;
    Ok(())
}

impl Reader {
    /// The latest body of each alert, newest alert first.
    pub fn alerts(&self, limit: usize) -> Result<Vec<String>, JournalFault> {
        self.with("read alerts", |conn| {
            conn.prepare_cached(
                "SELECT e.body FROM alert a JOIN entry e ON e.seq = a.seq ORDER BY a.number DESC LIMIT ?1",
            )?
            .query_map([limit as i64], |row| row.get(0))?
            .collect()
        })
    }

    /// The latest body of one alert, by the n of A-n.
    pub fn alert(&self, number: u64) -> Result<Option<String>, JournalFault> {
        self.with("read an alert", |conn| {
            conn.prepare_cached("SELECT e.body FROM alert a JOIN entry e ON e.seq = a.seq WHERE a.number = ?1")?
                .query_row([number as i64], |row| row.get(0))
                .optional()
        })
    }

    /// The n of the newest A-n; 0 where there is none.
    pub fn newest_alert(&self) -> Result<u64, JournalFault> {
        self.with("read the newest alert's number", |conn| {
            super::read::one(conn, "SELECT coalesce(max(number), 0) FROM alert", [])
        })
    }

    /// The alerts of a query whose body `fits`, newest first.
    pub fn find_alerts(
        &self,
        query: &AlertQuery,
        mut fits: impl FnMut(&str) -> bool,
    ) -> Result<AlertsFound, JournalFault> {
        let (condition, values) = query.condition();
        let sql = format!(
            "SELECT a.number, e.body FROM alert a JOIN entry e ON e.seq = a.seq WHERE {condition} ORDER BY a.number DESC"
        );
        self.with("look for alerts", |conn| {
            let mut statement = conn.prepare(&sql)?;
            let mut rows = statement.query(params_from_iter(values))?;
            let (mut found, mut bytes, mut looked_at) = (AlertsFound::default(), 0, 0);
            while let Some(row) = rows.next()? {
                let number = row.get::<_, i64>(0)? as u64;
                let body: String = row.get(1)?;
                looked_at += 1;
                if fits(&body) {
                    if found.bodies.len() >= query.limit || (bytes > 0 && bytes + body.len() > query.bytes_max) {
                        found.next = Some(number + 1);
                        break;
                    }
                    bytes += body.len();
                    found.bodies.push(body);
                }
                if looked_at >= LOOKED_AT_MAX {
                    found.next = Some(number);
                    break;
                }
            }
            Ok(found)
        })
    }

    /// The newest changes of one alert, oldest first, each with its cause.
    pub fn alert_history(&self, number: u64, limit: usize) -> Result<Vec<AlertChange>, JournalFault> {
        let rows = self.with("read an alert's changes", |conn| {
            let mut seqs = conn
                .prepare_cached("SELECT seq FROM alert_change WHERE number = ?1 ORDER BY seq DESC LIMIT ?2")?
                .query_map(params![number as i64, limit as i64], |row| row.get::<_, i64>(0))?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            seqs.reverse();
            seqs.into_iter().map(|seq| super::read::row_at(conn, seq as Seq)).collect::<rusqlite::Result<Vec<_>>>()
        })?;
        let mut changes = Vec::with_capacity(rows.len());
        for row in rows.into_iter().flatten() {
            // Of a damaged change nobody can tell the cause; that it was made is still to be seen.
            let cause = match row.to_entry().map(|entry| entry.fact) {
                Ok(Fact::Alert(alert)) => alert.cause,
                Ok(_) | Err(_) => None,
            };
            let cause = cause.map(|seq| self.entry(seq)).transpose()?.flatten();
            changes.push(AlertChange { row, cause });
        }
        Ok(changes)
    }

    /// What was written of the last alerts of this rule and this kind of subject that are over, newest first: the latest
    /// body of each.
    pub fn lessons(&self, rule: RuleKind, subject: &Subject, limit: usize) -> Result<Vec<String>, JournalFault> {
        self.with("look for what is known of such alerts", |conn| {
            conn.prepare_cached(
                "SELECT e.body FROM alert a JOIN entry e ON e.seq = a.seq
                 WHERE a.rule = ?1 AND a.teaches = 1 AND a.state = 'resolved'
                   AND (a.subject = ?2 OR substr(a.subject, 1, length(?2) + 1) = ?2 || '/')
                 ORDER BY a.number DESC LIMIT ?3",
            )?
            .query_map(params![rule.word(), subject.kind(), limit as i64], |row| row.get(0))?
            .collect()
        })
    }
}

#[cfg(test)]
mod tests;
