//! Where a vehicle is, and how long it takes to a place, as far as anybody can say.
//!
//! A way is the straight line, times what roads add to it, at the speed of the configuration: an estimate without a map. A place
//! is a zone of the plan, taken by its middle; who is inside, or nearer to that than [`THERE_M`], is there. Without a fresh
//! position it is said since when there is none, or that there never was one: no time of arrival is made of an old one.
//! Judges nothing.

use super::geometry::{self, Point};
use super::settings::Travel;
use super::state::State;
use super::vehicles::VehicleRecord;
use crate::facts::plan::Zone;
use crate::facts::{E7, Name, Span, Timestamp, Value, Values};

/// Nearer than this to the middle of a place is there, metres: zones are drawn small, and cars stop before the door.
const THERE_M: u32 = 200;
/// One kilometre an hour is one centimetre in so many milliseconds.
const MS_A_CM_AT_1_KMH: i128 = 36;

/// What is known of where a vehicle is.
pub(super) enum Sight<'a> {
    /// It never had a position.
    Never,
    /// Its last position is older than a vehicle may be silent.
    Stale(&'a VehicleRecord),
    /// It was seen just now.
    Fresh(&'a VehicleRecord),
}

/// Looks for a vehicle.
pub(super) fn sight<'a>(state: &'a State, vehicle: &Name, at: Timestamp) -> Sight<'a> {
    match state.vehicles.get(vehicle) {
        None => Sight::Never,
        Some(record) if at.since(record.position_at) >= state.settings.silent.vehicle.after => Sight::Stale(record),
        Some(record) => Sight::Fresh(record),
    }
}

/// How far it is to a place, in centimetres; nothing for whoever is there.
pub(super) fn way_cm(from: &VehicleRecord, to: &Zone) -> i64 {
    let (point, middle) = (Point::of(&from.position), middle(to));
    if geometry::contains(&to.ring, point) || !geometry::farther_than(point, middle, THERE_M) {
        return 0;
    }
    geometry::centimetres(point, middle)
}

/// How long such a way takes.
pub(super) fn takes(travel: &Travel, cm: i64) -> Span {
    let speed = i128::from(travel.speed_kmh.raw().max(1));
    let ms = i128::from(cm) * MS_A_CM_AT_1_KMH * i128::from(travel.detour.raw()) / speed;
    Span::from_millis(i64::try_from(ms).unwrap_or(i64::MAX))
}

/// The mean of a zone's corners.
pub(super) fn middle(zone: &Zone) -> Point {
    let corners = i64::try_from(zone.ring.len()).unwrap_or(1).max(1);
    let mean =
        |of: fn(&(E7, E7)) -> E7| E7::from_raw(zone.ring.iter().map(|corner| of(corner).raw()).sum::<i64>() / corners);
    Point { lat: mean(|(_, lat)| *lat), lon: mean(|(lon, _)| *lon) }
}

/// A way that is left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    /// How far it is.
    pub metres: i64,
    /// When the vehicle may be there; none by an old position.
    pub eta: Option<Timestamp>,
}

/// How far a vehicle has to go to a place; none where it was never seen.
pub(super) fn way(state: &State, vehicle: &Name, to: &Zone, at: Timestamp) -> Option<Way> {
    let (record, is_fresh) = match sight(state, vehicle, at) {
        Sight::Never => return None,
        Sight::Stale(record) => (record, false),
        Sight::Fresh(record) => (record, true),
    };
    let cm = way_cm(record, to);
    let eta = is_fresh.then(|| record.position_at.plus(takes(&state.settings.travel, cm)));
    Some(Way { metres: (cm + 50) / 100, eta })
}

/// What an alert says of a vehicle on its way: where it is, how far that is from where it goes, and when it may be there.
pub(super) fn tell(state: &State, vehicle: &Name, to: Option<&Name>, at: Timestamp) -> Values {
    let (word, record) = match sight(state, vehicle, at) {
        Sight::Never => ("none", None),
        Sight::Stale(record) => ("stale", Some(record)),
        Sight::Fresh(record) => ("fresh", Some(record)),
    };
    let mut values =
        Values::from([("vehicle".into(), Value::from(vehicle)), ("vehicle_position".into(), Value::from(word))]);
    let Some(record) = record else { return values };
    values.insert("vehicle_seen_at".into(), Value::from(record.position_at));
    values.insert("vehicle_lat".into(), Value::from(record.position.lat));
    values.insert("vehicle_lon".into(), Value::from(record.position.lon));
    let point = Point::of(&record.position);
    let zone = state.day.zones.values().find(|zone| geometry::contains(&zone.ring, point));
    values.extend(zone.map(|zone| ("vehicle_zone".into(), Value::from(&zone.id))));
    let place = to.and_then(|to| state.day.zones.get(to));
    if let Some((place, way)) = place.and_then(|place| Some((place, way(state, vehicle, place, at)?))) {
        values.insert("vehicle_to".into(), Value::from(&place.id));
        values.insert("vehicle_distance_m".into(), Value::from(way.metres));
        values.extend(way.eta.map(|eta| ("vehicle_eta".into(), Value::from(eta))));
    }
    values
}
