//! The names that go with the plan's codes: beside the chain, one plan's at a time, so that they can be erased.
//!
//! Promises that no page of the database holds a name any more once the transaction that took it out is in the file, and
//! the write-ahead log was emptied (see [`Journal::tidy`]). The chain never held one.

use std::time::Duration;

use rusqlite::params;

use super::{Batch, Journal, JournalFault, Lane};
use crate::facts::plan::{People, Plan};
use crate::facts::{Fact, Kind, Seq, Timestamp};

/// How long a writer waits for another, as at its opening.
const BUSY: Duration = Duration::from_secs(5);

impl Batch<'_> {
    /// Keeps these people in the place of those before.
    pub(super) fn keep_people(&mut self, people: &People, seq: Seq) -> Result<(), JournalFault> {
        let body = serde_json::to_string(people).map_err(|source| damaged(seq, &source))?;
        // At a rollback too: what was written of it may stand in the log.
        self.leave_untidy();
        self.overwriting(|| self.run("INSERT OR REPLACE INTO people (id, body) VALUES (1, ?1)", params![body]))
    }

    /// Erases the names of whoever's visits all ended before.
    pub(super) fn erase_people(&mut self, before: Timestamp, seq: Seq) -> Result<(), JournalFault> {
        let Some((plan, people)) = self.plan_and_people(seq)? else { return Ok(()) };
        self.keep_people(&people.since(&plan, before), seq)
    }

    fn plan_and_people(&self, seq: Seq) -> Result<Option<(Plan, People)>, JournalFault> {
        let sql =
            format!("SELECT body FROM entry WHERE {} ORDER BY seq DESC LIMIT 1", Lane::Kind(Kind::Plan).condition());
        let plan: Option<String> = self.optional(&sql, [], |row| row.get(0))?;
        let people: Option<String> = self.optional("SELECT body FROM people WHERE id = 1", [], |row| row.get(0))?;
        let (Some(plan), Some(people)) = (plan, people) else { return Ok(None) };
        let people = serde_json::from_str(&people).map_err(|source| damaged(seq, &source))?;
        match Fact::read_body(Kind::Plan, &plan) {
            Ok(Fact::Plan(plan)) => Ok(Some((*plan, people))),
            Ok(_) => Ok(None),
            Err(fault) => Err(JournalFault::Damaged { seq, reason: fault.to_string() }),
        }
    }

    /// What is taken out meanwhile is overwritten with zeros. Not always: what retention takes out would be written twice.
    fn overwriting<T>(&self, work: impl FnOnce() -> Result<T, JournalFault>) -> Result<T, JournalFault> {
        let set = |sql: &str| {
            self.conn().execute_batch(sql).map_err(|source| JournalFault::sqlite("have names overwritten", source))
        };
        set("PRAGMA secure_delete = ON")?;
        let worked = work();
        set("PRAGMA secure_delete = OFF")?;
        worked
    }
}

impl Journal {
    /// Where names were taken out: moves the write-ahead log into the database and cuts it to nothing, as they may still
    /// stand in it. Waits for nobody: while somebody reads in it, nothing comes of it, and it is to be called again.
    pub fn tidy(&mut self) -> Result<(), JournalFault> {
        if !self.untidy {
            return Ok(());
        }
        let cut = || -> rusqlite::Result<bool> {
            self.conn.busy_timeout(Duration::ZERO)?;
            let busy = self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
            self.conn.busy_timeout(BUSY)?;
            Ok(busy? == 0)
        };
        self.untidy = !cut().map_err(|source| JournalFault::sqlite("empty the write-ahead log", source))?;
        Ok(())
    }
}

fn damaged(seq: Seq, source: &serde_json::Error) -> JournalFault {
    JournalFault::Damaged { seq, reason: source.to_string() }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::facts::plan::Person;
    use crate::facts::{Command, Entry, Subject};
    use crate::journal::FILE_NAME;

    const NAME: &str = "Zhang Weimin of the Erasable Names";
    const LOG_NAME: &str = "portico.db-wal";

    fn is_held(dir: &Path) -> bool {
        let holds = |name| fs::read(dir.join(name)).unwrap().windows(NAME.len()).any(|bytes| bytes == NAME.as_bytes());
        [FILE_NAME, LOG_NAME].into_iter().any(holds)
    }

    fn append(journal: &mut Journal, fact: Fact) {
        let mut batch = journal.begin().unwrap();
        let (seq, received_at) = (batch.next_seq(), Timestamp::from_millis(1_795_000_000_000));
        let (subject, device) = (Subject::Gateway, Subject::Gateway);
        batch.append(&Entry { seq, subject, device, observed_at: None, received_at, fact }).unwrap();
        batch.commit().unwrap();
    }

    /// A journal that held a name, and erased it just now.
    fn erased(dir: &Path) -> Journal {
        let mut journal = Journal::open(dir, || "e1".to_owned()).unwrap();
        let visit = r#"{"code":"G-1","tier":"vip","expected_at":null,"day_from":"2026-11-22T16:00:00Z","day_to":"2026-11-23T16:00:00Z","place":"lobby"}"#;
        let mut plan = Plan { visits: vec![serde_json::from_str(visit).unwrap()], ..Plan::default() };
        let person = Person { name: Some(NAME.to_owned()), ..Person::default() };
        plan.people.guests.insert("G-1".parse().unwrap(), person);
        append(&mut journal, Fact::Plan(Box::new(plan)));
        assert!(is_held(dir));
        append(&mut journal, Fact::Command(Command::ErasePeople { before: "2026-11-23T16:00:00Z".parse().unwrap() }));
        journal
    }

    #[test]
    fn a_log_that_somebody_reads_is_emptied_when_nobody_does() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = erased(dir.path());
        let reading = rusqlite::Connection::open(dir.path().join(FILE_NAME)).unwrap();
        reading.execute_batch("BEGIN; SELECT count(*) FROM entry").unwrap();
        journal.tidy().unwrap();
        assert!(is_held(dir.path()));
        reading.execute_batch("END").unwrap();
        journal.tidy().unwrap();
        assert!(!is_held(dir.path()));
    }

    #[test]
    fn a_log_left_by_a_process_that_died_is_emptied_too() {
        let (dir, left) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let _dying = erased(dir.path());
        for name in [FILE_NAME, LOG_NAME] {
            fs::copy(dir.path().join(name), left.path().join(name)).unwrap();
        }
        let mut journal = Journal::open(left.path(), || "e2".to_owned()).unwrap();
        assert!(is_held(left.path()));
        journal.tidy().unwrap();
        assert!(!is_held(left.path()));
    }
}
