//! The rule `arrival_reminder`: a guest is expected soon, so the host may get ready.
//!
//! Tells each visit once, so long before its expected time as the rule says, and later where the plan comes later. Opens
//! firing. Over at the expected time and with the arrival; a visit that the plan moves is told anew, with the new time.
//!
//! Who was not heard of is expected: silence changes nothing here. While our clock is not trusted nothing is compared with the
//! plan: what was told stays, and what is still ahead when the trust is back is told then.

use super::day::{VisitId, VisitRecord};
use super::lifecycle::{Breach, Key, Turn};
use super::settings::{ArrivalReminder, tier_word};
use super::state::State;
use crate::facts::{Resolution, RuleKind, Subject, Timestamp, Value, Values};

/// When a guest is expected of whom somebody is to be reminded.
fn expected(rule: &ArrivalReminder, record: &VisitRecord) -> Option<Timestamp> {
    let visit = &record.visit;
    let judged = rule.enabled && !visit.cancelled && record.arrived_at.is_none() && rule.tiers.contains(&visit.tier);
    visit.expected_at.filter(|_| judged)
}

/// The plan, the rule or the clock changed: judges every visit anew, in the order in which they are expected.
pub(super) fn reassess_all(state: &mut State, turn: &mut Turn, because: Resolution) {
    let mut ids: Vec<(Option<Timestamp>, VisitId)> =
        state.visits.iter().map(|(id, record)| (record.visit.expected_at, id.clone())).collect();
    ids.sort();
    for (_, id) in ids {
        reassess(state, turn, &id, because);
    }
}

/// The time to remind has come, or the guest is expected now.
pub(super) fn fire(state: &mut State, turn: &mut Turn, id: &VisitId) {
    reassess(state, turn, id, Resolution::Over);
}

/// A visit may no longer be what it was: judges it anew.
pub(super) fn reassess(state: &mut State, turn: &mut Turn, id: &VisitId, because: Resolution) {
    let rule = &state.settings.arrival_reminder;
    let Some(record) = state.visits.get(id) else { return };
    let (cancelled, planned) = (record.visit.cancelled, record.visit.expected_at);
    let moved = record.reminded_of.is_some_and(|told| Some(told) != planned);
    let expected = expected(rule, record);
    let due = expected.map(|expected| expected.minus(rule.before));
    let ended = match (expected, due) {
        _ if cancelled => Some(Resolution::Cancelled),
        (None, _) | (_, None) => Some(because),
        _ if moved => Some(Resolution::PlanChanged),
        _ if !state.clock.trusted => None,
        (Some(expected), _) if expected <= turn.at => Some(Resolution::Over),
        (_, Some(due)) if due > turn.at => Some(because),
        _ => None,
    };
    if let Some(resolution) = ended {
        end(state, turn, id, resolution, Values::new());
    }
    let key = Key::Reminder(id.clone());
    match (expected, due) {
        (_, Some(due)) if state.clock.trusted && due > turn.at => state.deadlines.arm(&key, due),
        (Some(expected), _) if state.clock.trusted && expected > turn.at => {
            state.deadlines.arm(&key, expected);
            tell(state, turn, id);
        }
        _ => state.deadlines.cancel(&key),
    }
}

fn tell(state: &mut State, turn: &mut Turn, id: &VisitId) {
    let Some(record) = state.visits.get_mut(id).filter(|record| record.reminded_of.is_none()) else { return };
    let visit = &record.visit;
    record.reminded_of = visit.expected_at;
    let mut values =
        Values::from([("code".into(), Value::from(&visit.code)), ("tier".into(), Value::from(tier_word(visit.tier)))]);
    values.extend(visit.expected_at.map(|at| ("expected_at".into(), Value::from(at))));
    let named = [("place", &visit.place), ("vehicle", &visit.vehicle)];
    values.extend(named.into_iter().filter_map(|(key, name)| Some((key.into(), Value::from(name.as_ref()?)))));
    let (rule, subject) = (RuleKind::ArrivalReminder, Subject::Guest(visit.code.clone()));
    let severity = state.settings.arrival_reminder.severity;
    let breach = Breach { rule, subject, severity, since: turn.at, values };
    state.ledger.open_firing(turn, Key::Reminder(id.clone()), breach);
}

fn end(state: &mut State, turn: &mut Turn, id: &VisitId, resolution: Resolution, values: Values) {
    let Some(record) = state.visits.get_mut(id) else { return };
    if record.reminded_of.take().is_some() {
        state.ledger.resolve(turn, &Key::Reminder(id.clone()), resolution, values);
    }
}

/// The guest is known to have been here at `judged_at`.
pub(super) fn arrived(state: &mut State, turn: &mut Turn, id: &VisitId, judged_at: Timestamp) {
    state.deadlines.cancel(&Key::Reminder(id.clone()));
    let values = Values::from([("arrived_at".into(), Value::from(judged_at))]);
    end(state, turn, id, Resolution::Arrived, values);
}

/// A visit is no longer in the plan.
pub(super) fn gone(state: &mut State, turn: &mut Turn, id: &VisitId, record: &VisitRecord) {
    let key = Key::Reminder(id.clone());
    state.deadlines.cancel(&key);
    if record.reminded_of.is_some() {
        state.ledger.resolve(turn, &key, Resolution::PlanChanged, Values::new());
    }
}
