//! Vehicles as they are shown: what each does and since when, where it is, and where it goes next.

use std::collections::BTreeSet;

use super::super::devices::DeviceRecord;
use super::super::geometry::{self, Point};
use super::super::state::State;
use super::super::vehicles::{Motion, VehicleRecord};
use super::next::{self, Passengers};
use crate::facts::{Name, Presence, Span, Subject, Timestamp, VehicleState, VehicleView};

/// A vehicle without a position for this long may drive or stand. A thinned GPS sends one every 30 s when it stands.
const STALE_AFTER: Span = Span::from_secs(60);
/// A vehicle that was not heard for this long is offline.
const OFFLINE_AFTER: Span = Span::from_mins(10);

/// Every vehicle of the plan or heard, by name.
pub(super) fn tell(state: &State, now: Timestamp) -> Vec<VehicleView> {
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
    let passengers = Passengers::of(state, now);
    vehicles.into_iter().map(|name| vehicle(state, &passengers, name, now)).collect()
}

fn vehicle(state: &State, passengers: &Passengers<'_>, name: &Name, now: Timestamp) -> VehicleView {
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
        next: next::stop(state, passengers, name, now),
        zones: position.map(|position| zones(state, Point::of(position))).unwrap_or_default(),
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

/// The zones of the plan that hold a place.
fn zones(state: &State, point: Point) -> Vec<Name> {
    let holding = state.day.zones.values().filter(|zone| geometry::contains(&zone.ring, point));
    holding.map(|zone| zone.id.clone()).collect()
}
