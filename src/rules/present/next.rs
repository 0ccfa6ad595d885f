//! Where a vehicle goes next by the plan: to a pick-up that it has not made, or with its guests to where they are expected.
//!
//! A pick-up is made when `pickup_at_risk` saw the vehicle there; where that rule looks at none, when its time is over. The
//! trip that follows is over when each of its guests was scanned, and so long after it should be as a pick-up is. Guests to
//! whom the plan gives a vehicle and no trip are taken for a trip without a pick-up. While our clock is not trusted nobody can
//! say what is next. Judges nothing: what is at risk is what `pickup_at_risk` and `late_arrival` say.

use std::collections::BTreeMap;

use super::super::day::{VisitRecord, of_guest};
use super::super::pickup_at_risk::{self, OVER_AFTER};
use super::super::runs::{self, RIDE_MAX, Run};
use super::super::state::State;
use super::super::{late_arrival, travel};
use crate::facts::{Name, NextKind, NextStop, Timestamp};

/// A place, when somebody is to be there, and who.
struct Stop<'a> {
    kind: NextKind,
    at: Timestamp,
    place: Option<&'a Name>,
    guests: Vec<&'a Name>,
    /// Who is late with it.
    awaited: Vec<&'a VisitRecord>,
    /// The pick-up is told to be at risk.
    is_told: bool,
}

/// Guests who come in a vehicle without a trip, those of each vehicle who are expected first.
pub(super) struct Passengers<'a>(BTreeMap<&'a Name, Vec<&'a VisitRecord>>);

impl<'a> Passengers<'a> {
    /// Looks at each visit once.
    pub(super) fn of(state: &'a State, now: Timestamp) -> Self {
        let mut first: BTreeMap<&Name, Vec<&VisitRecord>> = BTreeMap::new();
        let waited_for = |record: &&VisitRecord| record.arrived_at.is_none() && !record.visit.cancelled;
        for record in state.visits.values().filter(waited_for) {
            let (Some(vehicle), Some(at)) = (&record.visit.vehicle, record.visit.expected_at) else { continue };
            let rides = state.day.rides.get(&record.visit.code).map(Vec::as_slice).unwrap_or_default();
            if at.plus(OVER_AFTER) <= now || runs::to_visit(rides, at).is_some() {
                continue;
            }
            let others = first.entry(vehicle).or_default();
            match others.first().map(|other| when_and_where(other).cmp(&when_and_where(record))) {
                Some(std::cmp::Ordering::Less) => {}
                Some(std::cmp::Ordering::Equal) => others.push(record),
                Some(std::cmp::Ordering::Greater) | None => *others = vec![record],
            }
        }
        Self(first)
    }
}

fn when_and_where(record: &VisitRecord) -> (Option<Timestamp>, Option<&Name>) {
    (record.visit.expected_at, record.visit.place.as_ref())
}

/// Where this vehicle goes next.
pub(super) fn stop(state: &State, passengers: &Passengers<'_>, vehicle: &Name, now: Timestamp) -> Option<NextStop> {
    if !state.clock.trusted {
        return None;
    }
    let stops = [of_trips(state, vehicle, now), of_passengers(passengers, vehicle)];
    let next = stops.into_iter().flatten().min_by_key(|stop| stop.at)?;
    let zone = next.place.and_then(|place| state.day.zones.get(place));
    let way = zone.and_then(|zone| travel::way(state, vehicle, zone, now));
    let middle = zone.map(travel::middle);
    let eta = way.and_then(|way| way.eta);
    Some(NextStop {
        kind: next.kind,
        at_risk: next.is_told || next.awaited.iter().any(|record| may_be_late(state, record, eta)),
        guests: next.guests.into_iter().cloned().collect(),
        place: next.place.cloned(),
        lat: middle.map(|middle| middle.lat),
        lon: middle.map(|middle| middle.lon),
        at: next.at,
        eta,
        distance_m: way.map(|way| way.metres),
    })
}

fn of_trips<'a>(state: &'a State, vehicle: &Name, now: Timestamp) -> Option<Stop<'a>> {
    let mut behind: Option<(Timestamp, Stop<'a>)> = None;
    for run in state.day.runs.get(vehicle)? {
        let over = pickup_at_risk::over(run);
        let Some(stop) = (now < over).then(|| of_run(state, run, now)).flatten() else { continue };
        match stop.kind {
            NextKind::Trip if stop.at <= now => {
                behind.get_or_insert((over, stop));
            }
            // Who brought guests and was not seen to have done it goes on to the next, if that is soon.
            NextKind::Pickup | NextKind::Trip => match behind {
                Some((over, stop)) if run.from > over => return Some(stop),
                Some(_) | None => return Some(stop),
            },
        }
    }
    behind.map(|(_, stop)| stop)
}

fn of_run<'a>(state: &'a State, run: &'a Run, now: Timestamp) -> Option<Stop<'a>> {
    let trip = &run.trip;
    let guests = trip.guests.iter().collect();
    let pickup = pickup_at_risk::looked_at(state, &trip.id);
    if pickup.map_or(now < run.from, |pickup| !pickup.is_done()) {
        let (kind, place, at) = (NextKind::Pickup, trip.from.as_ref(), run.from);
        let is_told = pickup.is_some_and(pickup_at_risk::Pickup::is_told);
        return Some(Stop { kind, at, place, guests, awaited: Vec::new(), is_told });
    }
    let in_reach = |at: Timestamp| at > run.from && at.since(run.from) <= RIDE_MAX;
    let expected: Vec<&VisitRecord> = trip
        .guests
        .iter()
        .flat_map(|guest| of_guest(&state.visits, guest).map(|(_, record)| record))
        .filter(|record| !record.visit.cancelled && record.visit.expected_at.is_some_and(in_reach))
        .collect();
    let (here, awaited): (Vec<_>, Vec<_>) = expected.into_iter().partition(|record| record.arrived_at.is_some());
    let is_done = !here.is_empty() && awaited.is_empty();
    let place = trip.to.as_ref().filter(|_| !is_done)?;
    Some(Stop { kind: NextKind::Trip, at: run.to, place: Some(place), guests, awaited, is_told: false })
}

fn of_passengers<'a>(passengers: &Passengers<'a>, vehicle: &Name) -> Option<Stop<'a>> {
    let awaited = passengers.0.get(vehicle)?;
    let visit = &awaited.first()?.visit;
    let guests = awaited.iter().map(|record| &record.visit.code).collect();
    let (at, place) = (visit.expected_at?, visit.place.as_ref());
    Some(Stop { kind: NextKind::Trip, at, place, guests, awaited: awaited.clone(), is_told: false })
}

/// Whether a guest is told to be late, or will be by when the vehicle may be there.
fn may_be_late(state: &State, record: &VisitRecord, eta: Option<Timestamp>) -> bool {
    let deadline = late_arrival::deadline(&state.settings.late_arrival, record);
    record.told_late || deadline.zip(eta).is_some_and(|(deadline, eta)| deadline < eta)
}
