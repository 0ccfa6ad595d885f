//! The whole present, told from what the rules know: visits, vehicles, rooms, devices and open alerts.
//!
//! Changes nothing, and names no person. What nobody knows is told as unknown or stale, never as the last good value's
//! state.

mod journeys;
mod next;
mod vehicles;

use std::collections::{BTreeMap, BTreeSet};

use self::journeys::Journeys;
use super::day::VisitRecord;
use super::devices::DeviceRecord;
use super::room_climate::{RoomRecord, Sensed};
use super::state::State;
use super::{guest_waiting, room_limits, room_use, silent};
use crate::facts::{
    AlertState, ClockView, DeviceState, DeviceView, GuestCounts, Measures, Metric, Name, Presence, Present, RoomState,
    RoomView, Seq, Subject, Timestamp, VisitState, VisitView,
};

/// Tells everything at `now`.
pub(super) fn tell(state: &State, seq: Seq, now: Timestamp) -> Present {
    let mut journeys = Journeys::default();
    let of_day = state.visits.values().filter(|record| record.is_on(now));
    let visits: Vec<VisitView> = of_day.map(|record| visit(state, &mut journeys, record, now)).collect();
    let rooms: BTreeSet<&Name> = state.day.rooms.keys().chain(state.rooms.keys()).collect();
    Present {
        seq,
        now,
        clock: ClockView {
            trusted: state.clock.trusted,
            source: state.clock.source,
            reason: state.clock.reason.clone(),
        },
        guests: count(&visits),
        visits,
        vehicles: vehicles::tell(state, now),
        rooms: rooms.into_iter().map(|name| room(state, name, now)).collect(),
        alerts: state.ledger.alerts().cloned().collect(),
        check_ins: state.by_hand.tell(now),
        devices: state.devices.iter().map(|(id, record)| device(state, id, record, now)).collect(),
    }
}

fn visit<'a>(state: &'a State, journeys: &mut Journeys<'a>, record: &'a VisitRecord, now: Timestamp) -> VisitView {
    let plan = &record.visit;
    let grace_over = plan.expected_at.map(|at| at.plus(state.settings.late_arrival.grace(plan.tier)));
    let trusted = state.clock.trusted;
    let standing = if plan.cancelled {
        VisitState::Cancelled
    } else if record.inside {
        VisitState::Arrived
    } else if record.arrived_at.is_some() {
        VisitState::Left
    } else if trusted && grace_over.is_some_and(|over| over <= now) {
        VisitState::Late
    } else {
        VisitState::Expected
    };
    let late_by_s = match (standing, record.arrived_at) {
        (VisitState::Cancelled, _) => 0,
        (_, Some(arrived)) => record.late_by_s(arrived),
        (_, None) if trusted => record.late_by_s(now),
        (_, None) => 0,
    };
    let way = journeys.way(state, record, standing, now);
    VisitView {
        code: plan.code.clone(),
        tier: plan.tier,
        expected_at: plan.expected_at,
        place: plan.place.clone(),
        vehicle: plan.vehicle.clone(),
        arrived_at: record.arrived_at,
        waits_since: guest_waiting::waits_since(&state.settings.guest_waiting, record),
        received_at: guest_waiting::received_at(record),
        late_by_s,
        state: standing,
        eta: way.and_then(|way| way.eta),
        car_distance_m: way.map(|way| way.metres),
    }
}

fn count(visits: &[VisitView]) -> GuestCounts {
    let mut counts = GuestCounts::default();
    for visit in visits {
        match visit.state {
            VisitState::Cancelled => {
                counts.cancelled += 1;
                continue;
            }
            VisitState::Expected => {}
            VisitState::Late => counts.late += 1,
            VisitState::Arrived => counts.arrived += 1,
            VisitState::Left => {
                counts.arrived += 1;
                counts.left += 1;
            }
        }
        counts.expected += 1;
    }
    counts
}

fn room(state: &State, name: &Name, now: Timestamp) -> RoomView {
    let record = state.rooms.get(name);
    let values = record.map(freshest).unwrap_or_default();
    let standing = if values.is_empty() {
        RoomState::Unknown
    } else {
        state.ledger.of_room(name).fold(RoomState::Ok, |worst, alert| match (worst, alert) {
            (RoomState::Alert, _) | (_, AlertState::Firing | AlertState::Acknowledged | AlertState::Shelved) => {
                RoomState::Alert
            }
            (_, AlertState::Pending) => RoomState::Breach,
            (worst, AlertState::Resolved) => worst,
        })
    };
    RoomView {
        id: name.clone(),
        capacity: state.day.rooms.get(name).and_then(|room| room.capacity),
        measures: values.into_iter().map(|(metric, sensed)| (metric, sensed.value)).collect::<Measures>(),
        reading_at: record.and_then(|record| record.reading_at),
        state: standing,
        limits: room_limits::of_room(state, name),
        over: record.map(RoomRecord::off_limits).unwrap_or_default(),
        in_use: room_use::used(state, name, now),
        booking: room_use::booking(state, name, now).cloned(),
    }
}

/// The newest value of each quantity among the sensors that are not silent.
fn freshest(record: &RoomRecord) -> BTreeMap<Metric, Sensed> {
    let mut values: BTreeMap<Metric, Sensed> = BTreeMap::new();
    for (metric, sensed) in record.sensors.values().flatten() {
        let newest = values.entry(*metric).or_insert(*sensed);
        if sensed.at > newest.at {
            *newest = *sensed;
        }
    }
    values
}

fn device(state: &State, id: &Subject, record: &DeviceRecord, now: Timestamp) -> DeviceView {
    let deadline = silent::deadline(state, id, record);
    let is_silent = record.silent || deadline.is_some_and(|deadline| deadline <= now);
    let (standing, since) = match (record.heard_at, record.presence) {
        (_, Some((Presence::Offline, since))) => (DeviceState::Offline, Some(since)),
        (None, _) => (DeviceState::Unknown, Some(record.silent_from)),
        (Some(_), _) if is_silent => (DeviceState::Silent, Some(record.silent_from)),
        (Some(_), Some((Presence::NoFix, since))) => (DeviceState::NoFix, Some(since)),
        (Some(_), Some((Presence::Online, since))) => (DeviceState::Online, Some(since)),
        (Some(heard_at), None) => (DeviceState::Online, Some(heard_at)),
    };
    DeviceView {
        id: id.clone(),
        state: standing,
        heard_at: record.heard_at,
        since,
        reason: record.reason.clone(),
        received: record.received,
        rejected: record.rejected,
        last_rejected_at: record.last_rejected.as_ref().map(|(at, _)| *at),
        last_reason: record.last_rejected.as_ref().map(|(_, reason)| reason.clone()),
    }
}
