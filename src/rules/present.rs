//! The whole present, told from what the rules know: visits, vehicles, rooms, devices and open alerts.
//!
//! Changes nothing, and names no person. What nobody knows is told as unknown or stale, never as the last good value's
//! state.

use std::collections::{BTreeMap, BTreeSet};

use super::day::VisitRecord;
use super::devices::DeviceRecord;
use super::room_climate::{RoomRecord, Sensed};
use super::state::State;
use super::vehicles::{Motion, VehicleRecord};
use super::{guest_waiting, room_limits, room_use, silent};
use crate::facts::{
    AlertState, ClockView, DeviceState, DeviceView, GuestCounts, Measures, Metric, Name, Presence, Present, RoomState,
    RoomView, Seq, Span, Subject, Timestamp, VehicleState, VehicleView, VisitState, VisitView,
};

/// A vehicle without a position for this long may drive or stand. A thinned GPS sends one every 30 s when it stands.
const STALE_AFTER: Span = Span::from_secs(60);
/// A vehicle that was not heard for this long is offline.
const OFFLINE_AFTER: Span = Span::from_mins(10);

/// Tells everything at `now`.
pub(super) fn tell(state: &State, seq: Seq, now: Timestamp) -> Present {
    let visits: Vec<VisitView> =
        state.visits.values().filter(|record| record.is_on(now)).map(|record| visit(state, record, now)).collect();
    let vehicles: BTreeSet<&Name> = state.day.vehicles.keys().chain(state.vehicles.keys()).collect();
    let heard_vehicles = state.devices.keys().filter_map(|device| match device {
        Subject::Vehicle(name) => Some(name),
        Subject::Guest(_)
        | Subject::Room(_)
        | Subject::Sensor(..)
        | Subject::Kiosk(_)
        | Subject::Link(_)
        | Subject::Operator(_)
        | Subject::Gateway => None,
    });
    let vehicles: BTreeSet<&Name> = vehicles.into_iter().chain(heard_vehicles).collect();
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
        vehicles: vehicles.into_iter().map(|name| vehicle(state, name, now)).collect(),
        rooms: rooms.into_iter().map(|name| room(state, name, now)).collect(),
        alerts: state.ledger.alerts().cloned().collect(),
        devices: state.devices.iter().map(|(id, record)| device(state, id, record, now)).collect(),
    }
}

fn visit(state: &State, record: &VisitRecord, now: Timestamp) -> VisitView {
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

fn vehicle(state: &State, name: &Name, now: Timestamp) -> VehicleView {
    let device = state.devices.get(&Subject::Vehicle(name.clone()));
    let record = state.vehicles.get(name);
    let (standing, since) = motion(state, device, record, now);
    let position = record.map(|record| &record.position);
    VehicleView {
        id: name.clone(),
        state: standing,
        lat: position.map(|position| position.lat),
        lon: position.map(|position| position.lon),
        speed_kmh: position.and_then(|position| position.speed_kmh),
        course: position.and_then(|position| position.course),
        fix_at: position.and_then(|position| position.fix_at),
        since,
        heard_at: device.and_then(|device| device.heard_at),
        no_fix_since: device.and_then(no_fix_since),
    }
}

fn no_fix_since(device: &DeviceRecord) -> Option<Timestamp> {
    match device.presence {
        Some((Presence::NoFix, since)) => Some(since),
        Some((Presence::Online | Presence::Offline, _)) | None => None,
    }
}

/// What a vehicle does, and since when.
fn motion(
    state: &State,
    device: Option<&DeviceRecord>,
    record: Option<&VehicleRecord>,
    now: Timestamp,
) -> (VehicleState, Option<Timestamp>) {
    let Some(device) = device else { return (VehicleState::Offline, None) };
    if let Some((Presence::Offline, since)) = device.presence {
        return (VehicleState::Offline, Some(since));
    }
    let Some(heard_at) = device.heard_at else { return (VehicleState::Offline, None) };
    if now.since(heard_at) >= OFFLINE_AFTER {
        return (VehicleState::Offline, Some(heard_at));
    }
    let Some(record) = record else { return (VehicleState::Stale, no_fix_since(device)) };
    if let Some(since) = no_fix_since(device) {
        return (VehicleState::Stale, Some(since));
    }
    if record.lost || now.since(record.position_at) >= STALE_AFTER {
        return (VehicleState::Stale, Some(record.position_at));
    }
    match (record.motion, record.position.speed_kmh) {
        (Motion::Moving { since }, _) => (VehicleState::Moving, Some(since)),
        (Motion::Stationary { since, .. }, _) => (VehicleState::Stationary, Some(since)),
        // Too early to be sure: what the newest position says.
        (Motion::Unknown, Some(speed)) if speed > state.settings.idle_vehicle.stationary_below_kmh => {
            (VehicleState::Moving, None)
        }
        (Motion::Unknown, Some(_)) => (VehicleState::Stationary, None),
        (Motion::Unknown, None) => (VehicleState::Stale, None),
    }
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
    }
}
