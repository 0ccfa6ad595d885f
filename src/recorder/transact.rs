//! One transaction: every report with its verdict and the alert changes that follow, and what rides along.
//!
//! Touches the journal through its batch alone, so that a failure anywhere leaves nothing behind. Answers nobody: see
//! the recorder.

use std::collections::BTreeMap;

use tokio::sync::oneshot;

use super::handle::{CursorName, NotKept, Parked, Receipt};
use crate::facts::{Alert, Entry, Fact, Report, Scan, Seq, Span, Subject, Timestamp};
use crate::journal::{Batch, Journal, JournalFault, Retained};
use crate::rules::Engine;

/// What rides along with a transaction.
pub(super) struct Notes<'a> {
    /// None where they wait for a later transaction.
    pub(super) cursors: Option<&'a BTreeMap<CursorName, Seq>>,
    pub(super) parked: &'a [(Parked, oneshot::Sender<Result<(), NotKept>>)],
    pub(super) retained: &'a [(Retained, oneshot::Sender<Result<(), NotKept>>)],
    pub(super) snapshot_due: bool,
}

/// What a transaction made.
pub(super) struct Done {
    /// The newest entry then.
    pub(super) newest: Seq,
    /// One for each report.
    pub(super) receipts: Vec<Receipt>,
    /// Entries that follow from them, or from deadlines.
    pub(super) alert_changes: u64,
}

/// One transaction: every report with its verdict and alert changes, then what rides along.
pub(super) fn transact(
    journal: &mut Journal,
    engine: &mut Engine,
    now: Timestamp,
    reports: Vec<Report>,
    notes: &Notes<'_>,
) -> Result<Done, JournalFault> {
    let mut batch = journal.begin()?;
    let (first, mut now) = (batch.next_seq(), now.max(batch.newest_at()));
    let mut receipts = Vec::with_capacity(reports.len());
    for report in reports {
        receipts.push(keep_one(&mut batch, engine, &mut now, report)?);
    }
    let due = engine.advance(now);
    append_changes(&mut batch, now, &due)?;
    let reported = receipts.iter().filter(|receipt| !receipt.duplicate).count() as u64;
    let alert_changes = batch.next_seq() - first - reported;
    for (name, seq) in notes.cursors.into_iter().flatten() {
        batch.save_cursor(name, *seq)?;
    }
    for ((name, seq, reason), _) in notes.parked {
        batch.park(name, *seq, reason)?;
    }
    for (message, _) in notes.retained {
        batch.retain(message)?;
    }
    // Only right after an entry of this very moment: time that passed without one may have changed what the rules know,
    // and who reads the entries alone does not know that it passed.
    if notes.snapshot_due && batch.next_seq() > first {
        match engine.snapshot() {
            Ok(body) => batch.save_snapshot(&body)?,
            Err(fault) => tracing::warn!(%fault, "no snapshot of the rules; the next start reads more entries"),
        }
    }
    let newest = batch.commit()?.seq;
    Ok(Done { newest, receipts, alert_changes })
}

pub(super) fn keep_one(
    batch: &mut Batch<'_>,
    engine: &mut Engine,
    now: &mut Timestamp,
    report: Report,
) -> Result<Receipt, JournalFault> {
    if let Some(receipt) = find_kept(batch, engine, &report)? {
        return Ok(receipt);
    }
    let at = stamp(&report.fact, *now);
    let due = engine.advance_before(&report.device, &report.fact, at);
    append_changes(batch, *now, &due)?;
    *now = at;
    let subject = report.fact.subject(&report.device);
    let Report { device, observed_at, fact, .. } = report;
    let mut entry = Entry { seq: batch.next_seq(), subject, device, observed_at, received_at: at, fact };
    let step = engine.step(&entry);
    if let Fact::Scan(scan) = &mut entry.fact {
        scan.ruling.clone_from(&step.ruling);
    }
    batch.append(&entry)?;
    append_changes(batch, at, &step.changes)?;
    Ok(Receipt { seq: entry.seq, duplicate: false, ruling: step.ruling, changes: step.changes })
}

/// An entry that moves our time is the first of the new reckoning: what was due before it is stamped by the old one. That
/// it is stamped by the very step that it tells makes a replay let pass exactly the time that passed.
fn stamp(fact: &Fact, now: Timestamp) -> Timestamp {
    match fact {
        Fact::Clock(clock) => now.plus(Span::from_millis(clock.stepped_ms)),
        Fact::Scan(_)
        | Fact::Position(_)
        | Fact::Reading(_)
        | Fact::Device(_)
        | Fact::Plan(_)
        | Fact::Command(_)
        | Fact::Alert(_)
        | Fact::Incident(_)
        | Fact::Rejected(_)
        | Fact::Gap(_) => now,
    }
}

/// The receipt of a report that is kept already: a scan by its kiosk's own id, a reading or position that its sender
/// repeats because our acknowledgement was lost.
fn find_kept(batch: &Batch<'_>, engine: &Engine, report: &Report) -> Result<Option<Receipt>, JournalFault> {
    let receipt = |seq, ruling| Receipt { seq, duplicate: true, ruling, changes: Vec::new() };
    if let Fact::Scan(Scan { kiosk, scan_id, .. }) = &report.fact {
        let found = batch.find_scan(kiosk, scan_id)?;
        return Ok(found.map(|entry| match entry.fact {
            Fact::Scan(scan) => receipt(entry.seq, scan.ruling),
            _ => receipt(entry.seq, None),
        }));
    }
    Ok(engine.repeats(report).then(|| receipt(0, None)))
}

pub(super) fn append_changes(batch: &mut Batch<'_>, now: Timestamp, changes: &[Alert]) -> Result<(), JournalFault> {
    for alert in changes {
        let fact = Fact::Alert(Box::new(alert.clone()));
        let entry = Entry {
            seq: batch.next_seq(),
            subject: alert.subject.clone(),
            device: Subject::Gateway,
            observed_at: Some(alert.at),
            received_at: now,
            fact,
        };
        batch.append(&entry)?;
    }
    Ok(())
}
