//! What is written down of a commit, and of one that failed, before anybody is answered: nothing is counted as kept
//! that is not on disk.

use std::collections::BTreeMap;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

use super::transact::Done;
use super::{NotKept, Reply, Waiting};
use crate::counters::ledger::{Fate, Slip};
use crate::counters::{Counters, OfKind};
use crate::facts::{Kind, Report};
use crate::journal::Journal;

/// Who waits for the answer to a report of this kind, and the slip for its fate.
pub(super) struct Asker {
    kind: Kind,
    slip: Slip,
    reply: Reply,
}

/// The report to be kept, and who asked.
pub(super) fn part(waiting: Waiting) -> (Report, Asker) {
    let Waiting { report, slip, reply, haste: _, moved: _ } = waiting;
    let kind = report.fact.kind();
    (report, Asker { kind, slip, reply })
}

/// A report was handed over.
pub(super) fn received(counters: &Counters, kind: Kind) {
    count(&counters.received, kind, 1);
}

/// Everything of a commit is on disk.
pub(super) fn kept(counters: &Counters, done: Done, askers: Vec<Asker>) {
    let mut by_kind = BTreeMap::new();
    if done.alert_changes > 0 {
        by_kind.insert(Kind::Alert, done.alert_changes);
    }
    let (mut fates, mut replies) = (Vec::with_capacity(askers.len()), Vec::with_capacity(askers.len()));
    for (Asker { kind, slip, reply }, receipt) in askers.into_iter().zip(done.receipts) {
        let fate = if receipt.duplicate { Fate::Duplicate } else { slip.kept() };
        if receipt.duplicate {
            count(&counters.duplicates, kind, 1);
        } else {
            *by_kind.entry(kind).or_default() += 1;
        }
        fates.push((slip, fate));
        replies.push((reply, receipt));
    }
    for (kind, number) in &by_kind {
        count(&counters.kept, *kind, *number);
    }
    counters.ledger.settle(done.newest, &by_kind, fates);
    for (reply, receipt) in replies {
        if let Some(reply) = reply {
            let _gone = reply.send(Ok(receipt));
        }
    }
}

/// Nothing of a commit is kept, and everybody is told so.
pub(super) fn not_kept(counters: &Counters, refusal: &NotKept, askers: Vec<Asker>) {
    for Asker { kind, slip, reply } in askers {
        count(&counters.not_kept, kind, 1);
        slip.ended(Fate::NotKept);
        if let Some(reply) = reply {
            let _gone = reply.send(Err(refusal.clone()));
        }
    }
}

/// The journal was opened anew after a commit failed. What of it is there after all was not counted then.
pub(super) fn found(counters: &Counters, journal: &Journal) {
    let counted = counters.ledger.books().committed.newest;
    if journal.tail().seq <= counted {
        return;
    }
    let mut by_kind = BTreeMap::new();
    let read = journal.replay(counted, |entry| {
        *by_kind.entry(entry.fact.kind()).or_default() += 1;
        Ok(())
    });
    match read {
        Ok(()) => {
            tracing::warn!(?by_kind, "a commit that had failed is on disk after all; its senders will send it again");
            for (kind, number) in &by_kind {
                count(&counters.kept, *kind, *number);
            }
            counters.ledger.found(journal.tail().seq, &by_kind);
        }
        Err(fault) => tracing::warn!(%fault, "what a failed commit left could not be counted"),
    }
}

fn count(family: &Family<OfKind, Counter>, kind: Kind, by: u64) {
    family.get_or_create(&OfKind { kind: kind.word() }).inc_by(by);
}
