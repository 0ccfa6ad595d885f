//! The verdict of a scan, and what it says about the guest's visits.
//!
//! The first that applies: the code is not in the plan (`not_found`); all its visits of the day, or all it has, are
//! called off (`cancelled`); none is on this day (`wrong_day`); the visit names another entrance (`wrong_point`); the
//! guest goes out (`left`), is inside (`already_in`), was inside before (`admit_again`), is let in with a call to the
//! host (`needs_attention`), is let in (`admit`).
//!
//! While our clock is not trusted the day is not judged and nobody is late: a gateway that believes it is 1970 must not
//! turn its guests away. Does not know about a second scan of the same id: the recorder answers those.

use super::day::{VisitId, VisitRecord, of_guest};
use super::lifecycle::Turn;
use super::state::State;
use super::{arrival_reminder, guest_waiting, late_arrival};
use crate::facts::{Direction, Entry, Ruling, Scan, Subject, Timestamp, Verdict};

/// Judges a scan and moves the guest.
pub(super) fn judge(state: &mut State, turn: &mut Turn, scan: &Scan, entry: &Entry) -> Ruling {
    let judged_at = match (&entry.device, state.devices.get_mut(&entry.device)) {
        // What the gateway reports again, it stamped itself when it first came.
        (Subject::Gateway, _) => entry.observed_at.map_or(entry.received_at, |at| at.min(entry.received_at)),
        (_, Some(device)) => device.clock.judge(entry.observed_at, entry.received_at),
        (_, None) => entry.received_at,
    };
    let id = match meant(state, scan, judged_at) {
        Ok(id) => id,
        Err(verdict) => return Ruling { verdict, late_by_s: 0, judged_at },
    };
    let Some(record) = state.visits.get(&id) else {
        return Ruling { verdict: Verdict::NotFound, late_by_s: 0, judged_at };
    };
    let verdict = verdict(record, scan);
    let at = record.arrived_at.map_or(judged_at, |arrived| arrived.min(judged_at));
    let late_by_s = if state.clock.trusted { record.late_by_s(at) } else { 0 };
    match scan.direction {
        _ if verdict == Verdict::WrongPoint => {}
        Direction::Entry => came_in(state, turn, &id, judged_at),
        Direction::Exit => went_out(state, turn, &id, judged_at),
    }
    guest_waiting::scan(state, turn, &id, scan, judged_at);
    Ruling { verdict, late_by_s, judged_at }
}

fn verdict(record: &VisitRecord, scan: &Scan) -> Verdict {
    if let (Some(only), Some(point)) = (&record.visit.point, &scan.point)
        && only != point
    {
        return Verdict::WrongPoint;
    }
    match scan.direction {
        Direction::Exit => Verdict::Left,
        Direction::Entry if record.inside => Verdict::AlreadyIn,
        Direction::Entry if record.arrived_at.is_some() => Verdict::AdmitAgain,
        Direction::Entry if record.visit.attention => Verdict::NeedsAttention,
        Direction::Entry => Verdict::Admit,
    }
}

/// The visit that a scan is about, or why there is none.
///
/// Of several on one day it is the one whose expected time is nearest, so that a guest who comes back for the second
/// is admitted to it although nobody scanned the way out of the first; a guest who goes out leaves where he is.
fn meant(state: &State, scan: &Scan, judged_at: Timestamp) -> Result<VisitId, Verdict> {
    let all: Vec<_> = of_guest(&state.visits, &scan.code).collect();
    if all.is_empty() {
        return Err(Verdict::NotFound);
    }
    let trusted = state.clock.trusted;
    let of_day: Vec<_> = all.iter().filter(|(_, record)| !trusted || record.is_on(judged_at)).collect();
    if of_day.is_empty() {
        let cancelled = all.iter().all(|(_, record)| record.visit.cancelled);
        return Err(if cancelled { Verdict::Cancelled } else { Verdict::WrongDay });
    }
    of_day
        .into_iter()
        .filter(|(_, record)| !record.visit.cancelled)
        .min_by_key(|(id, record)| {
            let expected = record.visit.expected_at;
            let away = match expected {
                Some(expected) if trusted => expected.since(judged_at).as_millis().abs(),
                Some(_) => 0,
                None => i64::MAX,
            };
            let leaves_here = scan.direction == Direction::Exit && record.inside;
            let left_here = scan.direction == Direction::Exit && record.arrived_at.is_some();
            (!leaves_here, !left_here, away, record.arrived_at.is_some(), expected, *id)
        })
        .map(|(id, _)| (*id).clone())
        .ok_or(Verdict::Cancelled)
}

/// The guest is in the house: for this visit, and seen for every earlier one of the day that waited for him.
fn came_in(state: &mut State, turn: &mut Turn, id: &VisitId, judged_at: Timestamp) {
    for other in visits_of_the_day(state, id) {
        let Some(record) = state.visits.get_mut(&other) else { continue };
        let waited = record.arrived_at.is_none() && record.visit.expected_at.is_some_and(|at| at <= judged_at);
        if other == *id || waited {
            seen(record, judged_at, true);
            late_arrival::arrived(state, turn, &other, judged_at);
            arrival_reminder::arrived(state, turn, &other, judged_at);
        }
    }
}

/// The guest left the house, and so every visit that held him there. Who goes out was in, whatever we heard of it.
fn went_out(state: &mut State, turn: &mut Turn, id: &VisitId, judged_at: Timestamp) {
    for other in visits_of_the_day(state, id) {
        let Some(record) = state.visits.get_mut(&other) else { continue };
        if other == *id || record.inside {
            seen(record, judged_at, false);
            late_arrival::arrived(state, turn, &other, judged_at);
            arrival_reminder::arrived(state, turn, &other, judged_at);
        }
    }
}

/// A scan that is older than the latest move tells when the guest was first here, but not where he is.
fn seen(record: &mut VisitRecord, judged_at: Timestamp, inside: bool) {
    record.arrived_at = Some(record.arrived_at.map_or(judged_at, |arrived| arrived.min(judged_at)));
    if record.moved_at.is_none_or(|moved| moved <= judged_at) {
        record.moved_at = Some(judged_at);
        record.inside = inside;
    }
}

/// The visits of the same guest and day that are not called off.
fn visits_of_the_day(state: &State, id: &VisitId) -> Vec<VisitId> {
    let Some(day) = state.visits.get(id).map(|record| record.visit.day_from) else { return Vec::new() };
    of_guest(&state.visits, &id.code)
        .filter(|(_, record)| record.visit.day_from == day && !record.visit.cancelled)
        .map(|(id, _)| id.clone())
        .collect()
}
