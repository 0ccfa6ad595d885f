//! Whether a vehicle drives or stands, from positions that are noise when it stands.
//!
//! It stands once its speed stayed low for [`STANDS_AFTER`], since the first slow position; it drives once two
//! positions in a row are fast or far from where it stopped, since the first of them. One position alone changes
//! nothing, and none at all is not standing: see [`lost`]. Judges no standing: that is `idle_vehicle`.

use serde::{Deserialize, Serialize};

use super::day::Day;
use super::geometry::{self, Point};
use super::lifecycle::{Key, Turn};
use super::settings::IdleVehicle;
use super::state::State;
use super::{idle_vehicle, pickup_at_risk, vehicle_empty, zone};
use crate::facts::plan::Zone;
use crate::facts::{Entry, Milli, Name, Position, Resolution, Span, Timestamp};

/// How long a vehicle must be slow before it stands. A thinned GPS sends one position in this time when it stands.
const STANDS_AFTER: Span = Span::from_secs(30);
/// Over less time than this, displacement says more about the receiver's noise than about speed.
const SPEED_OVER: Span = Span::from_secs(10);
/// A device's own stamp is used for speed where it is at most this far from ours.
const PLAUSIBLE: Span = Span::from_mins(10);

/// What is known of a vehicle that reported a position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct VehicleRecord {
    /// The newest position, good or bad, and when it came.
    pub position: Position,
    pub position_at: Timestamp,
    pub motion: Motion,
    /// No position came for so long that the motion above is memory, not knowledge.
    pub lost: bool,
    /// The standing that the rule counts, and so its alert.
    pub idle_since: Option<Timestamp>,
    /// The first position of a slow run: a candidate for standing.
    slow: Option<(Timestamp, Point)>,
    /// The first position of a fast or far run: a candidate for driving.
    leaving: Option<Timestamp>,
    /// Where speed by displacement is measured from.
    measured: Option<(Timestamp, Point)>,
}

/// What a vehicle does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Motion {
    /// Too few positions to tell.
    Unknown,
    /// It drives.
    Moving {
        /// Since its first fast or far position.
        since: Timestamp,
    },
    /// It stands.
    Stationary {
        /// Since its first slow position.
        since: Timestamp,
        /// Where that was.
        anchor: Point,
        /// It was seen in one of its zones since it stands. That holds until it drives, so that a position that
        /// wanders over the zone's edge changes nothing.
        excused: bool,
    },
}

/// A vehicle was somewhere.
pub(super) fn position(state: &mut State, turn: &mut Turn, name: &Name, position: &Position, entry: &Entry) {
    let rule = &state.settings.idle_vehicle;
    let record = state.vehicles.entry(name.clone()).or_insert_with(|| VehicleRecord::heard(position, turn.at));
    record.position = position.clone();
    record.position_at = turn.at;
    state.deadlines.arm(&Key::Lost(name.clone()), turn.at.plus(state.settings.silent.vehicle.after));
    let blurred = position.hdop.is_some_and(|hdop| hdop > rule.max_hdop)
        || position.satellites.is_some_and(|satellites| satellites < rule.min_satellites);
    if blurred {
        pickup_at_risk::vehicle(state, turn, name);
        return;
    }
    let point = Point::of(position);
    if std::mem::take(&mut record.lost) {
        record.found();
    }
    if let Some(speed) = record.speed(position, point, entry) {
        record.step(turn.at, point, speed, rule);
    }
    if let Motion::Stationary { anchor, excused, .. } = &mut record.motion {
        *excused = *excused || is_allowed(&state.day, name, point) || is_allowed(&state.day, name, *anchor);
    }
    idle_vehicle::reassess(state, turn, name, Resolution::Moved);
    vehicle_empty::position(state, turn, name, point);
    zone::position(state, turn, name, point);
    pickup_at_risk::vehicle(state, turn, name);
}

/// No position came for as long as a vehicle may be silent: nobody knows whether it stands.
pub(super) fn lost(state: &mut State, turn: &mut Turn, name: &Name) {
    let Some(record) = state.vehicles.get_mut(name) else { return };
    record.lost = true;
    record.slow = None;
    record.leaving = None;
    record.measured = None;
    idle_vehicle::lost(state, turn, name);
    vehicle_empty::lost(state, name);
    zone::lost(state, name);
    pickup_at_risk::vehicle(state, turn, name);
}

/// The rules say otherwise how long a vehicle may be silent, and so how long its last position counts.
pub(super) fn silence_changed(state: &mut State, turn: &mut Turn) {
    let after = state.settings.silent.vehicle.after;
    let seen: Vec<(Timestamp, Name)> = state
        .vehicles
        .iter()
        .filter(|(_, record)| !record.lost)
        .map(|(name, record)| (record.position_at.plus(after), name.clone()))
        .collect();
    for (due, name) in seen {
        let key = Key::Lost(name.clone());
        if due > turn.at {
            state.deadlines.arm(&key, due);
        } else {
            state.deadlines.cancel(&key);
            lost(state, turn, &name);
        }
    }
}

/// Our clock was moved: what is remembered moves with it, and how long the last position counts starts again.
pub(super) fn clock_moved(state: &mut State, at: Timestamp, by: Span) {
    for (name, record) in &mut state.vehicles {
        record.clock_moved(by);
        if !record.lost {
            state.deadlines.arm(&Key::Lost(name.clone()), at.plus(state.settings.silent.vehicle.after));
        }
    }
}

/// The areas where a vehicle may stand as long as it likes.
fn allowed<'a>(day: &'a Day, vehicle: &Name) -> impl Iterator<Item = &'a Zone> {
    let zones = day.vehicles.get(vehicle).map_or(&[][..], |vehicle| &vehicle.zones);
    zones.iter().filter_map(|zone| day.zones.get(zone))
}

fn is_allowed(day: &Day, vehicle: &Name, point: Point) -> bool {
    allowed(day, vehicle).any(|zone| geometry::contains(&zone.ring, point))
}

/// A new plan took the place of `old`: a vehicle for which it draws other areas is excused anew, by where it stopped and
/// where it was last.
pub(super) fn excuse_anew(old: &Day, new: &Day, name: &Name, record: &mut VehicleRecord) {
    let last = Point::of(&record.position);
    if let Motion::Stationary { anchor, excused, .. } = &mut record.motion
        && allowed(old, name).ne(allowed(new, name))
    {
        *excused = is_allowed(new, name, *anchor) || is_allowed(new, name, last);
    }
}

impl VehicleRecord {
    fn heard(position: &Position, at: Timestamp) -> Self {
        Self {
            position: position.clone(),
            position_at: at,
            motion: Motion::Unknown,
            lost: false,
            idle_since: None,
            slow: None,
            leaving: None,
            measured: None,
        }
    }

    fn clock_moved(&mut self, by: Span) {
        self.position_at = self.position_at.plus(by);
        self.idle_since = self.idle_since.map(|since| since.plus(by));
        self.slow = self.slow.map(|(since, point)| (since.plus(by), point));
        self.leaving = self.leaving.map(|since| since.plus(by));
        // The device's own stamps did not move.
        self.measured = None;
        self.motion = match self.motion {
            Motion::Unknown => Motion::Unknown,
            Motion::Moving { since } => Motion::Moving { since: since.plus(by) },
            Motion::Stationary { since, anchor, excused } => {
                Motion::Stationary { since: since.plus(by), anchor, excused }
            }
        };
    }

    /// Positions come again. A vehicle whose idling was told goes on with it until it is seen driving; any other starts
    /// from nothing, so that no standing is counted across the gap.
    fn found(&mut self) {
        match self.motion {
            Motion::Stationary { .. } if self.idle_since.is_some() => {}
            Motion::Stationary { .. } | Motion::Moving { .. } | Motion::Unknown => self.motion = Motion::Unknown,
        }
    }

    /// The speed that the device says or, failing that, displacement over time. None when it is too early to tell.
    fn speed(&mut self, position: &Position, point: Point, entry: &Entry) -> Option<Milli> {
        let plausible =
            |observed: &Timestamp| entry.received_at.since(*observed).as_millis().abs() <= PLAUSIBLE.as_millis();
        let moment = entry.observed_at.filter(plausible).unwrap_or(entry.received_at);
        if position.speed_kmh.is_some() {
            self.measured = Some((moment, point));
            return position.speed_kmh;
        }
        let Some((from, start)) = self.measured else {
            self.measured = Some((moment, point));
            return None;
        };
        let took_ms = moment.since(from).as_millis();
        if took_ms < 0 {
            self.measured = Some((moment, point));
        }
        if took_ms < SPEED_OVER.as_millis() {
            return None;
        }
        self.measured = Some((moment, point));
        // One centimetre a millisecond is 36 km/h.
        Some(Milli::from_raw(geometry::centimetres(start, point).saturating_mul(36_000) / took_ms))
    }

    fn step(&mut self, at: Timestamp, point: Point, speed: Milli, rule: &IdleVehicle) {
        let far = match self.motion {
            Motion::Stationary { anchor, .. } => geometry::farther_than(anchor, point, rule.radius_m),
            Motion::Moving { .. } | Motion::Unknown => false,
        };
        if far || speed >= rule.moving_above_kmh {
            self.slow = None;
            match (self.leaving, self.motion) {
                (_, Motion::Moving { .. }) => {}
                (None, Motion::Stationary { .. } | Motion::Unknown) => self.leaving = Some(at),
                (Some(since), Motion::Stationary { .. } | Motion::Unknown) => {
                    self.leaving = None;
                    self.motion = Motion::Moving { since };
                }
            }
            return;
        }
        self.leaving = None;
        if matches!(self.motion, Motion::Stationary { .. }) {
            return;
        }
        if speed > rule.stationary_below_kmh {
            self.slow = None;
            return;
        }
        match self.slow {
            Some((since, anchor)) if !geometry::farther_than(anchor, point, rule.radius_m) => {
                if at.since(since) >= STANDS_AFTER {
                    self.slow = None;
                    self.motion = Motion::Stationary { since, anchor, excused: false };
                }
            }
            Some(_) | None => self.slow = Some((at, point)),
        }
    }
}
