//! What the vehicles did: how long they drove and stood, how far, with whom, and whether they were there to fetch.
//!
//! What a vehicle does is told by [`Track`]. It runs with guests from the pick-up of a trip (from when it was there, where it
//! was late) until the first of the trip's guests is scanned, at the latest when the last of them is expected, and where
//! neither is known for [`WITH_GUESTS_MAX`]; every other kilometre is empty. It is in time where it stands in the zone that the
//! trip starts from at the planned time, or comes there within [`IN_TIME`].

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::day::ReportDay;
use super::figures::{minutes, percent, tenths};
use super::ground::Point;
use super::punctuality::Visits;
use super::terms::Terms;
use super::track::{Measure, Track};
use crate::facts::plan::{People, Plan, Trip};
use crate::facts::{E7, Entry, Name, Position, Span, Timestamp};

/// Positions come twice a minute, so that who comes with the next one or two was in time.
const IN_TIME: Span = Span::from_mins(2);
/// A vehicle is looked for at a pick-up for so long.
const LOOKED_FOR: Span = Span::from_mins(120);
/// A run with guests of whom nothing else is known.
const WITH_GUESTS_MAX: Span = Span::from_mins(120);
/// A device's own stamp is taken where it is at most so far ahead of ours; one that is behind was uploaded later.
const AHEAD_MAX: Span = Span::from_mins(10);

/// The day's vehicles.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct FleetFigures {
    /// Each that the plan names or that was heard.
    pub vehicles: Vec<VehicleFigures>,
    /// Kilometres that were seen driven, all together; null where there is no position.
    pub km: Option<f64>,
    /// Of these, those without guests, per cent; null where the plan has no trips or nothing was driven.
    pub empty_percent: Option<f64>,
    /// Pick-ups of all vehicles.
    pub pick_ups: PickUpFigures,
}

/// One vehicle.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct VehicleFigures {
    /// Which.
    #[schema(value_type = String)]
    pub vehicle: Name,
    /// What it is called; null where the plan does not say it or it was erased.
    pub name: Option<String>,
    /// Positions that were measured by. Where there are none, every other figure is null.
    pub positions: u32,
    /// Minutes of driving.
    pub driving_min: Option<f64>,
    /// Minutes of standing.
    pub standing_min: Option<f64>,
    /// Of the standing, minutes on duty outside its zones, where it lasted longer than the rule allows.
    pub idle_min: Option<f64>,
    /// Minutes between its first and last position of which nobody knows whether it drove or stood.
    pub no_data_min: Option<f64>,
    /// Kilometres that were seen driven.
    pub km: Option<f64>,
    /// The straight line over stretches in which it moved unseen, kilometres; not part of `km`.
    pub unseen_km: Option<f64>,
    /// Of the kilometres, those without guests, per cent; null where the plan has no trips or nothing was driven.
    pub empty_percent: Option<f64>,
    /// Its pick-ups.
    pub pick_ups: PickUpFigures,
}

/// Pick-ups whose time has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, ToSchema)]
pub struct PickUpFigures {
    /// Planned: the sum of the next four.
    pub planned: u32,
    /// The vehicle was there at the planned time.
    pub in_time: u32,
    /// It came there later.
    pub late: u32,
    /// It was seen, but not there.
    pub missed: u32,
    /// Nobody knows: it was not seen then, or the place is no zone of the plan.
    pub no_data: u32,
    /// In time of those in time, late and missed, per cent; null where there are none.
    pub in_time_percent: Option<f64>,
}

/// The vehicles of the day as they report.
pub(super) struct Fleet {
    vehicles: BTreeMap<Name, Vehicle>,
    has_trips: bool,
}

#[derive(Default)]
struct Vehicle {
    off_duty: bool,
    /// Where it may stand as long as it likes.
    zones: Vec<Ring>,
    track: Track,
    pick_ups: Vec<PickUp>,
}

type Ring = Vec<(E7, E7)>;

/// A pick-up, and what was seen of it.
struct PickUp {
    at: Timestamp,
    guests: Vec<Name>,
    ring: Option<Ring>,
    /// The last position up to the planned time, and whether it was there.
    before: Option<(Timestamp, bool)>,
    /// The first one after it.
    after: Option<(Timestamp, bool)>,
    /// When it was first there after it.
    there: Option<Timestamp>,
}

impl Fleet {
    /// Those of a plan, with their pick-ups of the day.
    pub fn of(plan: &Plan, day: &ReportDay) -> Self {
        let ring = |zone: &Name| plan.zones.iter().find(|known| known.id == *zone).map(|known| known.ring.clone());
        let mut vehicles: BTreeMap<Name, Vehicle> = BTreeMap::new();
        for vehicle in &plan.vehicles {
            let zones = vehicle.zones.iter().filter_map(ring).collect();
            let of_day = Vehicle { off_duty: vehicle.off_duty, zones, ..Vehicle::default() };
            vehicles.insert(vehicle.id.clone(), of_day);
        }
        let of_day = |trip: &&Trip| trip.pickup_at.is_some_and(|at| day.holds(at));
        for trip in plan.trips.iter().filter(of_day) {
            let Some(at) = trip.pickup_at else { continue };
            let ring = trip.from.as_ref().and_then(ring);
            let pick_up = PickUp { at, guests: trip.guests.clone(), ring, before: None, after: None, there: None };
            vehicles.entry(trip.vehicle.clone()).or_default().pick_ups.push(pick_up);
        }
        for vehicle in vehicles.values_mut() {
            vehicle.pick_ups.sort_by_key(|pick_up| pick_up.at);
        }
        let has_trips = vehicles.values().any(|vehicle| !vehicle.pick_ups.is_empty());
        Self { vehicles, has_trips }
    }

    /// A vehicle was somewhere.
    pub fn position(&mut self, name: &Name, position: &Position, entry: &Entry, terms: &Terms, day: &ReportDay) {
        let at = moment(entry, day);
        let point = Point::of(position);
        let vehicle = self.vehicles.entry(name.clone()).or_default();
        let may_stand = vehicle.off_duty || vehicle.zones.iter().any(|ring| point.is_within(ring));
        let counted = vehicle.track.positions;
        vehicle.track.push(at, position, &measure(terms, may_stand, day));
        if vehicle.track.positions > counted {
            vehicle.pick_ups.iter_mut().for_each(|pick_up| pick_up.seen(at, point));
        }
    }

    /// Positions that cannot be.
    pub fn passed_over(&self) -> u64 {
        self.vehicles.values().map(|vehicle| u64::from(vehicle.track.passed_over)).sum()
    }

    /// The figures, told up to `until`.
    pub fn finish(
        mut self,
        terms: Option<&Terms>,
        visits: &Visits,
        people: &People,
        day: &ReportDay,
        until: Timestamp,
    ) -> FleetFigures {
        let mut figures = FleetFigures::default();
        let (mut all_m, mut all_empty_m, mut heard) = (0.0, 0.0, false);
        for (name, mut vehicle) in std::mem::take(&mut self.vehicles) {
            if let Some(terms) = terms {
                vehicle.track.finish(&measure(terms, true, day));
            }
            let counts_for = terms.map_or(Span::ZERO, Terms::vehicle_counts_for);
            let (metres, empty_m) = vehicle.metres(visits, day);
            let track = &vehicle.track;
            let is_heard = track.positions > 0;
            let known = |figure: f64| is_heard.then_some(figure);
            let km = |metres: f64| tenths(metres / 1_000.0);
            let pick_ups = PickUpFigures::of(&vehicle.pick_ups, counts_for, until);
            figures.pick_ups.add(pick_ups);
            figures.vehicles.push(VehicleFigures {
                name: people.vehicles.get(&name).cloned(),
                vehicle: name,
                positions: track.positions,
                driving_min: known(minutes(track.driving_ms)),
                standing_min: known(minutes(track.standing_ms)),
                idle_min: known(minutes(track.idle_ms)),
                no_data_min: known(track.no_data_min()),
                km: known(km(metres)),
                unseen_km: known(km(track.unseen_m)),
                empty_percent: if self.has_trips { percent(empty_m, metres) } else { None },
                pick_ups: pick_ups.with_share(),
            });
            (all_m, all_empty_m, heard) = (all_m + metres, all_empty_m + empty_m, heard || is_heard);
        }
        FleetFigures {
            km: heard.then(|| tenths(all_m / 1_000.0)),
            empty_percent: if self.has_trips { percent(all_empty_m, all_m) } else { None },
            pick_ups: figures.pick_ups.with_share(),
            ..figures
        }
    }
}

fn measure<'a>(terms: &'a Terms, may_stand: bool, day: &ReportDay) -> Measure<'a> {
    Measure { rule: &terms.idle_vehicle, counts_for: terms.vehicle_counts_for(), may_stand, from: day.from }
}

/// When a vehicle was there: by its own stamp where that may be, so that what was uploaded later keeps its time.
fn moment(entry: &Entry, day: &ReportDay) -> Timestamp {
    let may_be = |at: &Timestamp| day.holds(*at) && at.since(entry.received_at) <= AHEAD_MAX;
    entry.observed_at.filter(may_be).unwrap_or(entry.received_at)
}

impl Vehicle {
    /// Metres driven, and those of them without guests.
    fn metres(&self, visits: &Visits, day: &ReportDay) -> (f64, f64) {
        let runs: Vec<(Timestamp, Timestamp)> =
            self.pick_ups.iter().filter_map(|pick_up| pick_up.with_guests(visits)).collect();
        self.track.minutes.iter().enumerate().fold((0.0, 0.0), |(all, empty), (minute, metres)| {
            let middle = day.from.plus(Span::from_millis(minute as i64 * 60_000 + 30_000));
            let is_empty = !runs.iter().any(|(from, to)| (*from..*to).contains(&middle));
            let metres = f64::from(*metres);
            (all + metres, if is_empty { empty + metres } else { empty })
        })
    }
}

impl PickUp {
    fn seen(&mut self, at: Timestamp, point: Point) {
        let Some(ring) = &self.ring else { return };
        if at > self.at.plus(LOOKED_FOR) {
            return;
        }
        let is_there = point.is_within(ring);
        if at <= self.at {
            self.before = Some((at, is_there));
            return;
        }
        self.after.get_or_insert((at, is_there));
        if is_there {
            self.there.get_or_insert(at);
        }
    }

    /// From when to when it runs with its guests; none where it fetches nobody.
    fn with_guests(&self, visits: &Visits) -> Option<(Timestamp, Timestamp)> {
        if self.guests.is_empty() {
            return None;
        }
        let from = self.there.filter(|_| !self.was_there(WITH_GUESTS_MAX)).unwrap_or(self.at);
        let arrival = visits.arrival(&self.guests, self.at);
        let end = arrival.or_else(|| visits.expected(&self.guests, from));
        Some((from, end.unwrap_or_else(|| from.plus(WITH_GUESTS_MAX))))
    }

    /// Whether it was there at the planned time, by a position that still counted then.
    fn was_there(&self, counts_for: Span) -> bool {
        self.before.is_some_and(|(at, is_there)| is_there && self.at.since(at) <= counts_for)
    }
}

impl PickUpFigures {
    fn of(pick_ups: &[PickUp], counts_for: Span, until: Timestamp) -> Self {
        let mut figures = Self::default();
        for pick_up in pick_ups.iter().filter(|pick_up| pick_up.at.plus(IN_TIME) <= until) {
            figures.planned += 1;
            let fresh = pick_up.before.is_some_and(|(at, _)| pick_up.at.since(at) <= counts_for);
            let soon = |at: Timestamp| at.since(pick_up.at) <= IN_TIME;
            *match (pick_up.there, pick_up.after) {
                _ if pick_up.was_there(counts_for) => &mut figures.in_time,
                (Some(there), _) if soon(there) => &mut figures.in_time,
                // The first that was seen of it after a stretch without data: it may have stood there all the while.
                (Some(there), Some((first, true))) if there == first && !fresh => &mut figures.no_data,
                (Some(_), _) => &mut figures.late,
                (None, Some(_)) => &mut figures.missed,
                (None, None) => &mut figures.no_data,
            } += 1;
        }
        figures
    }

    fn add(&mut self, other: Self) {
        self.planned += other.planned;
        self.in_time += other.in_time;
        self.late += other.late;
        self.missed += other.missed;
        self.no_data += other.no_data;
    }

    fn with_share(self) -> Self {
        Self { in_time_percent: percent(self.in_time, self.in_time + self.late + self.missed), ..self }
    }
}

#[cfg(test)]
#[path = "vehicles_tests.rs"]
mod tests;
