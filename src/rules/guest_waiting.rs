//! The rule `guest_waiting`: a guest has checked in, and the host has not received him.
//!
//! Judges the ranks that are received in person, by default VIPs alone. Received is who somebody says is (the command
//! `receive`), or who is scanned at the place of his visit after he came in at another one; checking in at that place itself
//! is no reception. Opens firing when he has waited for `after`, counted from when we heard of the check-in: of one that a
//! kiosk reports late more may follow. Ends when he is received, goes out, or the plan changes.
//!
//! No word is no reception: nobody is taken for received because nothing is heard. A wait is a length of time and is compared
//! with no plan, so it goes on while our clock is not trusted; across a step of it it begins again.

use serde::{Deserialize, Serialize};

use super::day::{VisitId, VisitRecord, of_guest};
use super::lifecycle::{Breach, Key, Turn};
use super::settings::{GuestWaiting, tier_word};
use super::state::State;
use crate::facts::{Direction, Name, Resolution, RuleKind, Scan, Subject, Timestamp, Value, Values};

/// How far the reception of a guest is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Reception {
    /// There is nobody to receive.
    NotHere,
    /// Checked in, and nobody said that he was received.
    Waits {
        /// Since the check-in, as it was judged.
        since: Timestamp,
        /// When we heard of it.
        heard: Timestamp,
        /// Where he came in.
        point: Option<Name>,
        /// It was told; whoever ends that alert, it is not told again.
        told: bool,
    },
    /// Received; who goes out and comes back need not be received again.
    Received {
        /// When.
        at: Timestamp,
    },
}

/// Since when the guest waits, where anybody is to be told of it.
pub(super) fn waits_since(rule: &GuestWaiting, record: &VisitRecord) -> Option<Timestamp> {
    match record.reception {
        Reception::Waits { since, .. } if is_judged(rule, record) => Some(since),
        Reception::Waits { .. } | Reception::NotHere | Reception::Received { .. } => None,
    }
}

/// When the guest was received.
pub(super) const fn received_at(record: &VisitRecord) -> Option<Timestamp> {
    match record.reception {
        Reception::Received { at } => Some(at),
        Reception::Waits { .. } | Reception::NotHere => None,
    }
}

fn is_judged(rule: &GuestWaiting, record: &VisitRecord) -> bool {
    rule.enabled && record.inside && !record.visit.cancelled && rule.tiers.contains(&record.visit.tier)
}

/// A guest of the plan was scanned, and `id` is the visit that this was about. The guest has been moved already.
pub(super) fn scan(state: &mut State, turn: &mut Turn, id: &VisitId, scan: &Scan, judged_at: Timestamp) {
    let known = state.day.kiosks.get(&scan.kiosk).and_then(Option::as_ref);
    let point = scan.point.as_ref().or(known).cloned();
    match scan.direction {
        Direction::Entry => {
            for visit in waiting(state, &scan.code, |record, came_in_at| {
                point.is_some() && record.visit.place == point && came_in_at != point.as_ref()
            }) {
                receive(state, turn, &visit, judged_at);
            }
            begin(state, turn, id, point);
        }
        Direction::Exit => {
            for visit in waiting(state, &scan.code, |record, _| !record.inside) {
                end(state, turn, &visit, Reception::NotHere, Resolution::Over, judged_at);
            }
        }
    }
}

/// The visits for which this guest waits and that fit, by where he came in.
fn waiting(state: &State, code: &Name, fits: impl Fn(&VisitRecord, Option<&Name>) -> bool) -> Vec<VisitId> {
    let waits = |record: &VisitRecord| match &record.reception {
        Reception::Waits { point, .. } => fits(record, point.as_ref()),
        Reception::NotHere | Reception::Received { .. } => false,
    };
    of_guest(&state.visits, code).filter(|(_, record)| waits(record)).map(|(id, _)| id.clone()).collect()
}

/// Somebody says that the guest was received. Nothing happens where he is not here.
pub(super) fn received(state: &mut State, turn: &mut Turn, guest: &Name) {
    for visit in waiting(state, guest, |_, _| true) {
        receive(state, turn, &visit, turn.at);
    }
}

fn receive(state: &mut State, turn: &mut Turn, id: &VisitId, at: Timestamp) {
    end(state, turn, id, Reception::Received { at }, Resolution::Received, at);
}

fn begin(state: &mut State, turn: &mut Turn, id: &VisitId, point: Option<Name>) {
    let Some(record) = state.visits.get_mut(id).filter(|record| record.inside) else { return };
    if let (Reception::NotHere, Some(since)) = (&record.reception, record.moved_at) {
        record.reception = Reception::Waits { since, heard: turn.at, point, told: false };
        reassess(state, turn, id, Resolution::Cleared);
    }
}

/// The plan or the rule changed: judges every visit anew, in the order in which they have waited.
pub(super) fn reassess_all(state: &mut State, turn: &mut Turn, because: Resolution) {
    let heard = |record: &VisitRecord| match record.reception {
        Reception::Waits { heard, .. } => Some(heard),
        Reception::NotHere | Reception::Received { .. } => None,
    };
    let mut ids: Vec<(Timestamp, VisitId)> =
        state.visits.iter().filter_map(|(id, record)| Some((heard(record)?, id.clone()))).collect();
    ids.sort();
    for (_, id) in ids {
        reassess(state, turn, &id, because);
    }
}

/// The guest has waited for as long as he may.
pub(super) fn fire(state: &mut State, turn: &mut Turn, id: &VisitId) {
    reassess(state, turn, id, Resolution::Cleared);
}

fn reassess(state: &mut State, turn: &mut Turn, id: &VisitId, because: Resolution) {
    let rule = &state.settings.guest_waiting;
    let Some(record) = state.visits.get_mut(id) else { return };
    let (judged, cancelled) = (is_judged(rule, record), record.visit.cancelled);
    let Reception::Waits { heard, told, .. } = &mut record.reception else { return };
    let (key, due) = (Key::Waiting(id.clone()), heard.plus(rule.after));
    if (!judged || due > turn.at) && std::mem::take(told) {
        let resolution = if cancelled { Resolution::Cancelled } else { because };
        state.ledger.resolve(turn, &key, resolution, Values::new());
    }
    if judged && due > turn.at {
        state.deadlines.arm(&key, due);
        return;
    }
    state.deadlines.cancel(&key);
    if judged && !std::mem::replace(told, true) {
        tell(state, turn, id);
    }
}

fn tell(state: &mut State, turn: &mut Turn, id: &VisitId) {
    let rule = &state.settings.guest_waiting;
    let Some(record) = state.visits.get(id) else { return };
    let Reception::Waits { since, point, .. } = &record.reception else { return };
    let visit = &record.visit;
    let mut values = Values::from([
        ("code".into(), Value::from(&visit.code)),
        ("tier".into(), Value::from(tier_word(visit.tier))),
        ("since".into(), Value::from(*since)),
        ("after_s".into(), Value::from(rule.after)),
    ]);
    let named = [("place", &visit.place), ("point", point)];
    values.extend(named.into_iter().filter_map(|(key, name)| Some((key.into(), Value::from(name.as_ref()?)))));
    let subject = Subject::Guest(visit.code.clone());
    let breach = Breach { rule: RuleKind::GuestWaiting, subject, severity: rule.severity, since: *since, values };
    state.ledger.open_firing(turn, Key::Waiting(id.clone()), breach);
}

fn end(state: &mut State, turn: &mut Turn, id: &VisitId, then: Reception, how: Resolution, at: Timestamp) {
    let Some(record) = state.visits.get_mut(id) else { return };
    let key = Key::Waiting(id.clone());
    state.deadlines.cancel(&key);
    if let Reception::Waits { since, told: true, .. } = std::mem::replace(&mut record.reception, then) {
        let mut values = Values::from([("waited_s".into(), Value::from(at.since(since)))]);
        if how == Resolution::Received {
            values.insert("received_at".into(), Value::from(at));
        }
        state.ledger.resolve(turn, &key, how, values);
    }
}

/// The guest is not here after all.
pub(super) fn taken_back(state: &mut State, turn: &mut Turn, id: &VisitId) {
    let waits = |record: &VisitRecord| matches!(record.reception, Reception::Waits { .. });
    if state.visits.get(id).is_some_and(waits) {
        end(state, turn, id, Reception::NotHere, Resolution::Operator, turn.at);
    }
}

/// A visit is no longer in the plan.
pub(super) fn gone(state: &mut State, turn: &mut Turn, id: &VisitId, record: &VisitRecord) {
    let key = Key::Waiting(id.clone());
    state.deadlines.cancel(&key);
    if matches!(record.reception, Reception::Waits { told: true, .. }) {
        state.ledger.resolve(turn, &key, Resolution::PlanChanged, Values::new());
    }
}

/// Our clock was moved: every wait that was not told begins again.
pub(super) fn clock_moved(state: &mut State, at: Timestamp) {
    let after = state.settings.guest_waiting.after;
    for (id, record) in &mut state.visits {
        let judged = is_judged(&state.settings.guest_waiting, record);
        if let Reception::Waits { heard, told, .. } = &mut record.reception {
            *heard = if *told { at.minus(after) } else { at };
            if judged && !*told {
                state.deadlines.arm(&Key::Waiting(id.clone()), at.plus(after));
            }
        }
    }
}
