//! One transaction: entries, what hangs on them, and nothing by halves.

use rusqlite::{Connection, OptionalExtension, params};

use super::chain::{self, Parts};
use super::minutes::Minutes;
use super::{Journal, JournalFault, Retained, Tail, kind_number, ledger, read};
use crate::facts::{Alert, Command, Entry, Fact, Name, Seq, Timestamp};

/// An open transaction. Dropped without [`Batch::commit`] it never was.
pub struct Batch<'j> {
    journal: &'j mut Journal,
    tail: Tail,
    committed: bool,
}

impl<'j> Batch<'j> {
    pub(super) fn begin(journal: &'j mut Journal) -> Result<Self, JournalFault> {
        journal
            .conn
            .execute_batch("BEGIN IMMEDIATE")
            .map_err(|source| JournalFault::sqlite("begin a transaction", source))?;
        let tail = journal.tail;
        let batch = Self { journal, tail, committed: false };
        if batch.journal.minutes.is_none() {
            batch.journal.minutes = Some(Minutes::again(&batch.journal.conn, tail.seq)?);
        }
        Ok(batch)
    }

    /// The number that the next entry must carry.
    pub fn next_seq(&self) -> Seq {
        self.tail.seq + 1
    }

    /// The stamp of the newest entry: the next must not be earlier, unless it begins an epoch.
    pub fn newest_at(&self) -> Timestamp {
        self.tail.received_at
    }

    /// Appends `entry`, whose number must be [`Batch::next_seq`]. Lays down its scan id, its alert's newest change and
    /// its people along with it, and the figures of the minute before it where it begins one.
    pub fn append(&mut self, entry: &Entry) -> Result<(), JournalFault> {
        debug_assert_eq!(entry.seq, self.next_seq());
        let Journal { conn, body, .. } = &mut *self.journal;
        body.clear();
        entry
            .fact
            .write_body(body)
            .map_err(|source| JournalFault::Damaged { seq: entry.seq, reason: source.to_string() })?;
        let text = std::str::from_utf8(body)
            .map_err(|source| JournalFault::Damaged { seq: entry.seq, reason: source.to_string() })?;
        let (kind, subject, device) = (entry.fact.kind(), entry.subject.to_string(), entry.device.to_string());
        let parts = Parts {
            seq: entry.seq,
            kind,
            subject: &subject,
            device: &device,
            observed_at: entry.observed_at,
            received_at: entry.received_at,
            body,
        };
        let hash = chain::link(&self.tail.hash, &parts);
        conn.prepare_cached(
            "INSERT INTO entry (seq, kind, subject, device, observed_at, received_at, body, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                entry.seq as i64,
                kind_number(kind),
                subject,
                device,
                entry.observed_at.map(Timestamp::as_millis),
                entry.received_at.as_millis(),
                text,
                hash
            ])
        })
        .map_err(|source| JournalFault::sqlite("append an entry", source))?;
        self.tail = Tail { seq: entry.seq, hash, received_at: entry.received_at };
        if let Some(minutes) = &mut self.journal.minutes {
            minutes.push(&self.journal.conn, entry)?;
        }
        self.append_beside(entry)
    }

    /// Lays down what came in this minute so far, where some of it stands at or before `upto`.
    pub(super) fn lay_minutes_down(&mut self, upto: Seq) -> Result<(), JournalFault> {
        let Journal { conn, minutes, .. } = &mut *self.journal;
        match minutes {
            Some(minutes) if minutes.upto() < upto => minutes.lay_down(conn, self.tail.seq),
            Some(_) | None => Ok(()),
        }
    }

    /// What some kinds leave beside the entry itself.
    fn append_beside(&mut self, entry: &Entry) -> Result<(), JournalFault> {
        match &entry.fact {
            Fact::Scan(scan) => self.run(
                "INSERT INTO scan_id (kiosk, scan_id, seq) VALUES (?1, ?2, ?3)",
                params![scan.kiosk.as_str(), scan.scan_id.as_str(), entry.seq as i64],
            ),
            Fact::Alert(alert) => ledger::list(&self.journal.conn, alert, entry.seq)
                .map_err(|source| JournalFault::sqlite("list an alert", source)),
            Fact::Plan(plan) => self.keep_people(&plan.people, entry.seq),
            Fact::Command(Command::ErasePeople { before }) => self.erase_people(*before, entry.seq),
            Fact::Position(_)
            | Fact::Reading(_)
            | Fact::Device(_)
            | Fact::Command(_)
            | Fact::Incident(_)
            | Fact::Rejected(_)
            | Fact::Clock(_)
            | Fact::Gap(_) => Ok(()),
        }
    }

    /// The entry that holds this kiosk's scan already, this transaction's own included.
    pub fn find_scan(&self, kiosk: &Name, scan_id: &Name) -> Result<Option<Entry>, JournalFault> {
        let conn = &self.journal.conn;
        let seq: Option<i64> = conn
            .prepare_cached("SELECT seq FROM scan_id WHERE kiosk = ?1 AND scan_id = ?2")
            .and_then(|mut statement| {
                statement.query_row(params![kiosk.as_str(), scan_id.as_str()], |row| row.get(0)).optional()
            })
            .map_err(|source| JournalFault::sqlite("look up a scan", source))?;
        seq.map_or(Ok(None), |seq| read::entry(conn, seq as Seq))
    }

    /// Notes how far an output has come.
    pub fn save_cursor(&self, name: &str, seq: Seq) -> Result<(), JournalFault> {
        self.run(
            "INSERT INTO cursor (name, seq) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET seq = excluded.seq",
            params![name, seq as i64],
        )
    }

    /// Notes an entry that an output's receiver refuses for good.
    pub fn park(&self, name: &str, seq: Seq, reason: &str) -> Result<(), JournalFault> {
        self.run(
            "INSERT OR REPLACE INTO parked (name, seq, reason) VALUES (?1, ?2, ?3)",
            params![name, seq as i64, reason],
        )
    }

    /// Keeps a retained message, or lets it go where its payload is empty.
    pub fn retain(&self, message: &Retained) -> Result<(), JournalFault> {
        if message.payload.is_empty() {
            return self.run("DELETE FROM retained WHERE topic = ?1", params![message.topic]);
        }
        self.run(
            "INSERT OR REPLACE INTO retained (topic, qos, payload) VALUES (?1, ?2, ?3)",
            params![message.topic, message.qos, message.payload],
        )
    }

    /// Makes it all true at once, on disk.
    pub fn commit(mut self) -> Result<Tail, JournalFault> {
        self.journal.conn.execute_batch("COMMIT").map_err(|source| JournalFault::sqlite("commit", source))?;
        self.committed = true;
        if let Some(minutes) = &mut self.journal.minutes {
            minutes.settle();
        }
        self.journal.tail = self.tail;
        Ok(self.tail)
    }

    /// See [`Journal::tidy`].
    pub(super) fn leave_untidy(&mut self) {
        self.journal.untidy = true;
    }

    pub(super) fn conn(&self) -> &Connection {
        &self.journal.conn
    }

    pub(super) fn run(&self, sql: &str, values: impl rusqlite::Params) -> Result<(), JournalFault> {
        self.journal
            .conn
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(values))
            .map(|_| ())
            .map_err(|source| JournalFault::sqlite("write beside an entry", source))
    }
}

/// The n of its A-n.
pub(super) fn number(alert: &Alert) -> i64 {
    alert.id.as_str().rsplit('-').next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        if !self.committed {
            self.journal.minutes.take_if(|minutes| minutes.is_unsure());
        }
        // A rollback that fails leaves the transaction to the connection, which the recorder then reopens.
        if !self.committed && self.journal.conn.execute_batch("ROLLBACK").is_err() {
            tracing::debug!("the transaction had ended by itself");
        }
    }
}
