//! The rules' state as it was after the newest entry: from a snapshot and what came after it, from every entry, or, where
//! neither can be had, from the entries that are left.
//!
//! Promises that no alert's number is given twice, and that a state which does not follow from what is recorded is
//! itself recorded, before anybody sees it.

use crate::facts::{Alert, Command, Fact, Report, Seq, Subject};
use crate::journal::{Journal, JournalFault};
use crate::rules::Engine;

use super::slow;
use super::transact::{append_changes, keep_one};

/// The rules' state as it was after the newest entry, and how many entries the newest snapshot is behind.
///
/// # Errors
/// When the journal cannot be read, or what had to be recorded could not be.
pub fn rebuild(journal: &mut Journal) -> Result<(Engine, u64), JournalFault> {
    let (mut engine, read) = rules_of(journal)?;
    engine.lend(slow::stopwatch);
    Ok((engine, read))
}

fn rules_of(journal: &mut Journal) -> Result<(Engine, u64), JournalFault> {
    if let Some(known) = look(journal)? {
        return Ok(known);
    }
    tracing::warn!(
        "no snapshot of the rules can be used, and entries were given up; the rules go on with what is left"
    );
    begin_anew(journal)
}

/// The same without writing anything; none where something had to be recorded first.
pub(super) fn look(journal: &Journal) -> Result<Option<(Engine, u64)>, JournalFault> {
    let mut before = Seq::MAX;
    while let Some((seq, body)) = journal.snapshot_before(before)? {
        match Engine::restore(&body) {
            Ok(engine) => return read_on(journal, engine, seq).map(Some),
            Err(fault) => tracing::warn!(%fault, seq, "this snapshot cannot be used; trying the one before it"),
        }
        before = seq;
    }
    if journal.given_up_to()? == 0 {
        return read_on(journal, Engine::new(), 0).map(Some);
    }
    Ok(None)
}

fn read_on(journal: &Journal, mut engine: Engine, after: Seq) -> Result<(Engine, u64), JournalFault> {
    let mut read = 0;
    journal.replay(after, |entry| {
        read += 1;
        engine.take(&entry);
        Ok(())
    })?;
    Ok((engine, read))
}

/// Makes a state of the entries that are left, brings what it has of alerts in line with the record, and records that a
/// proof can only begin here. All of it at the moment of the newest entry: nobody was listening since.
fn begin_anew(journal: &mut Journal) -> Result<(Engine, u64), JournalFault> {
    let recorded = journal.alerts()?;
    let number = |alert: &Alert| alert.id.as_str().rsplit('-').next().and_then(|digits| digits.parse().ok());
    let numbers = recorded.iter().filter_map(number).max().unwrap_or(0);
    let (mut engine, _) = read_on(journal, Engine::over_gaps(numbers), 0)?;
    let mut batch = journal.begin()?;
    let mut at = batch.newest_at();
    let changes = engine.take_over(recorded, at);
    append_changes(&mut batch, at, &changes)?;
    let body = engine
        .snapshot()
        .map_err(|fault| JournalFault::Damaged { seq: batch.next_seq() - 1, reason: fault.to_string() })?;
    let footing = batch.begin_anew(&body)?;
    let fact = Fact::Command(Command::ResumeRules { footing });
    let resumed = Report { device: Subject::Gateway, observed_at: None, fact, awaited: false };
    keep_one(&mut batch, &mut engine, &mut at, resumed)?;
    batch.commit()?;
    Ok((engine, 1))
}
