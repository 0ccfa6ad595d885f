//! The rule `late_arrival`: a guest has not been seen though the grace after the expected time is over.
//!
//! Fires at the end of the grace, to the millisecond, and opens firing: the grace is its hold. Tells each visit once,
//! and none after its day. Compares nothing with the plan while our clock is not trusted; what became due meanwhile
//! fires with the clock entry that brings the trust back. Says where the guest's vehicle is when it fires, as far as `travel`
//! knows: what becomes of the vehicle after that changes no alert.

use super::day::{VisitId, VisitRecord};
use super::device_clock::LATE_REPORT;
use super::lifecycle::{Breach, Key, Turn};
use super::settings::{LateArrival, tier_word};
use super::state::State;
use super::{runs, silent, travel};
use crate::facts::plan::Visit;
use crate::facts::{Name, Resolution, RuleKind, Subject, Timestamp, Value, Values};

/// When a visit's grace is over; none where the rule does not judge it.
pub(super) fn deadline(rule: &LateArrival, record: &VisitRecord) -> Option<Timestamp> {
    let visit = &record.visit;
    if !rule.enabled || visit.cancelled || record.arrived_at.is_some() {
        return None;
    }
    let deadline = visit.expected_at?.plus(rule.grace(visit.tier));
    (deadline < visit.day_to).then_some(deadline)
}

/// The plan, the rules or the clock changed: judges every visit anew.
pub(super) fn reassess_all(state: &mut State, turn: &mut Turn, because: Resolution) {
    let mut ids: Vec<(Option<Timestamp>, VisitId)> =
        state.visits.iter().map(|(id, record)| (deadline(&state.settings.late_arrival, record), id.clone())).collect();
    // What is overdue is told in the order of its deadlines, as if time had brought it.
    ids.sort();
    for (due, id) in ids {
        reassess(state, turn, &id, due, because);
    }
}

/// A visit is no longer what it was: judges it anew.
pub(super) fn reassess_one(state: &mut State, turn: &mut Turn, id: &VisitId, because: Resolution) {
    let due = state.visits.get(id).and_then(|record| deadline(&state.settings.late_arrival, record));
    reassess(state, turn, id, due, because);
}

fn reassess(state: &mut State, turn: &mut Turn, id: &VisitId, due: Option<Timestamp>, because: Resolution) {
    let Some(record) = state.visits.get_mut(id) else { return };
    let key = Key::Late(id.clone());
    let Some(due) = due else {
        state.deadlines.cancel(&key);
        if std::mem::take(&mut record.told_late) {
            let resolution = if record.visit.cancelled { Resolution::Cancelled } else { because };
            state.ledger.resolve(turn, &key, resolution, Values::new());
        }
        return;
    };
    if !state.clock.trusted {
        state.deadlines.cancel(&key);
    } else if due > turn.at {
        if std::mem::take(&mut record.told_late) {
            state.ledger.resolve(turn, &key, because, Values::new());
        }
        state.deadlines.arm(&key, due);
    } else {
        state.deadlines.cancel(&key);
        if !record.told_late && turn.at < record.visit.day_to {
            fire(state, turn, id);
        }
    }
}

/// A visit is no longer in the plan.
pub(super) fn gone(state: &mut State, turn: &mut Turn, id: &VisitId, record: &VisitRecord) {
    let key = Key::Late(id.clone());
    state.deadlines.cancel(&key);
    if record.told_late {
        state.ledger.resolve(turn, &key, Resolution::PlanChanged, Values::new());
    }
}

/// The grace of a visit is over.
pub(super) fn fire(state: &mut State, turn: &mut Turn, id: &VisitId) {
    let unheard = silent::unheard_kiosks(state);
    let journey = journey(state, id, turn.at);
    let Some(record) = state.visits.get_mut(id) else { return };
    record.told_late = true;
    let visit = &record.visit;
    let rule = &state.settings.late_arrival;
    let mut values = Values::from([
        ("code".into(), Value::from(&visit.code)),
        ("tier".into(), Value::from(tier_word(visit.tier))),
        ("late_by_s".into(), Value::from(record.late_by_s(turn.at))),
        ("grace_s".into(), Value::from(rule.grace(visit.tier))),
    ]);
    let named = [("place", &visit.place), ("vehicle", &visit.vehicle)];
    values.extend(named.into_iter().filter_map(|(key, name)| Some((key.into(), Value::from(name.as_ref()?)))));
    values.extend(visit.expected_at.map(|at| ("expected_at".into(), Value::from(at))));
    values.extend(unheard);
    values.extend(journey);
    let breach = Breach {
        rule: RuleKind::LateArrival,
        subject: Subject::Guest(visit.code.clone()),
        severity: rule.severity,
        since: visit.expected_at.unwrap_or(turn.at),
        values,
    };
    state.ledger.open_firing(turn, Key::Late(id.clone()), breach);
}

/// How a guest comes, by the plan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Car<'a> {
    pub vehicle: &'a Name,
    /// Where to.
    pub to: Option<&'a Name>,
    /// When the guest is fetched; none where the plan does not say.
    pub from: Option<Timestamp>,
}

/// The vehicle that brings the guest of a visit, where anybody wants to hear of it.
pub(super) fn car<'a>(state: &'a State, visit: &'a Visit) -> Option<Car<'a>> {
    if !state.settings.late_arrival.eta {
        return None;
    }
    let rides = state.day.rides.get(&visit.code).map(Vec::as_slice).unwrap_or_default();
    let ride = visit.expected_at.and_then(|expected| runs::to_visit(rides, expected));
    let vehicle = ride.map(|ride| &ride.vehicle).or(visit.vehicle.as_ref())?;
    let to = ride.and_then(|ride| ride.to.as_ref()).or(visit.place.as_ref());
    Some(Car { vehicle, to, from: ride.and_then(|ride| ride.from) })
}

/// In which vehicle the guest comes, and where that is.
fn journey(state: &State, id: &VisitId, at: Timestamp) -> Values {
    let car = state.visits.get(id).and_then(|record| car(state, &record.visit));
    car.map(|car| travel::tell(state, car.vehicle, car.to, at)).unwrap_or_default()
}

/// No kiosk is silent any more: whoever has not been seen is not here by an unheard scan either.
pub(super) fn kiosks_heard(state: &mut State, turn: &mut Turn) {
    let at = turn.at;
    for rule in [RuleKind::LateArrival, RuleKind::PostUnmanned] {
        state.ledger.learn(turn, rule, |values| {
            let waits = values.contains_key("kiosk_silent") && !values.contains_key("kiosk_heard_at");
            if waits {
                values.insert("kiosk_heard_at".into(), Value::from(at));
            }
            waits
        });
    }
}

/// The guest is known to have been here at `judged_at`: in time after all, or late.
pub(super) fn arrived(state: &mut State, turn: &mut Turn, id: &VisitId, judged_at: Timestamp) {
    let key = Key::Late(id.clone());
    state.deadlines.cancel(&key);
    let Some(record) = state.visits.get_mut(id) else { return };
    if !std::mem::take(&mut record.told_late) {
        return;
    }
    let visit = &record.visit;
    let in_time = visit
        .expected_at
        .is_some_and(|expected| judged_at <= expected.plus(state.settings.late_arrival.grace(visit.tier)));
    let resolution = if in_time { Resolution::ReportedLate } else { Resolution::ArrivedLate };
    let mut values = Values::from([
        ("arrived_at".into(), Value::from(judged_at)),
        ("late_by_s".into(), Value::from(record.late_by_s(judged_at))),
    ]);
    values.extend(visit.expected_at.map(|at| ("expected_at".into(), Value::from(at))));
    let under_way = turn.at.since(judged_at);
    if under_way > LATE_REPORT {
        values.insert("reported_after_s".into(), Value::from(under_way));
    }
    state.ledger.resolve(turn, &key, resolution, values);
}
