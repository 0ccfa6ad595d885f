//! The plan's trips as the rules see them: by vehicle, in the order of their pick-ups, each with how long it takes.
//!
//! A trip begins with its pick-up and ends when the last of its guests is expected; where the plan does not say that, it is
//! its pick-up alone. A trip without a pick-up time stands nowhere in the day and is left out. Judges nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::facts::plan::{Plan, Trip};
use crate::facts::{Name, Span, Timestamp};

/// Nobody sits in a car longer than this: a guest who is expected later comes to something else.
pub(super) const RIDE_MAX: Span = Span::from_mins(12 * 60);

/// A trip with its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Run {
    pub trip: Trip,
    /// The pick-up.
    pub from: Timestamp,
    /// When the last of its guests is expected; the pick-up where nobody says.
    pub to: Timestamp,
}

/// Who sits in which vehicle, and where it goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ride {
    pub vehicle: Name,
    /// The pick-up; none where the plan does not say when.
    pub from: Option<Timestamp>,
    pub to: Option<Name>,
}

/// The rides of every guest, as the plan lists them.
pub(super) fn by_guest(plan: &Plan) -> BTreeMap<Name, Vec<Ride>> {
    let mut rides: BTreeMap<Name, Vec<Ride>> = BTreeMap::new();
    for trip in &plan.trips {
        for guest in &trip.guests {
            let ride = Ride { vehicle: trip.vehicle.clone(), from: trip.pickup_at, to: trip.to.clone() };
            rides.entry(guest.clone()).or_default().push(ride);
        }
    }
    rides
}

/// The ride that brings a guest who is expected at this time: the last one that begins before, or one without a time.
pub(super) fn to_visit(rides: &[Ride], expected: Timestamp) -> Option<&Ride> {
    let timed = rides.iter().filter_map(|ride| Some((ride.from?, ride)));
    let before = timed.filter(|(from, _)| *from <= expected && expected.since(*from) <= RIDE_MAX);
    let last = before.max_by_key(|(from, _)| *from).map(|(_, ride)| ride);
    last.or_else(|| rides.iter().find(|ride| ride.from.is_none()))
}

/// Every trip of the plan that has a time.
pub(super) fn of_plan(plan: &Plan) -> BTreeMap<Name, Vec<Run>> {
    let mut expected: BTreeMap<&Name, Vec<Timestamp>> = BTreeMap::new();
    for visit in plan.visits.iter().filter(|visit| !visit.cancelled) {
        expected.entry(&visit.code).or_default().extend(visit.expected_at);
    }
    let mut runs: BTreeMap<Name, Vec<Run>> = BTreeMap::new();
    for trip in &plan.trips {
        let Some(from) = trip.pickup_at else { continue };
        let times = trip.guests.iter().filter_map(|guest| expected.get(guest)).flatten();
        let to = times.filter(|at| **at > from && at.since(from) <= RIDE_MAX).max().copied().unwrap_or(from);
        runs.entry(trip.vehicle.clone()).or_default().push(Run { trip: trip.clone(), from, to });
    }
    for runs in runs.values_mut() {
        runs.sort_by(|one, other| (one.from, &one.trip.id).cmp(&(other.from, &other.trip.id)));
    }
    runs
}
