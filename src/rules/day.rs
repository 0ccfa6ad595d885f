//! The plan as the rules keep it, and what became of its visits; how a new plan takes the place of the old one.
//!
//! A visit that stays in the plan keeps its arrival and its alert, also when its time moves. Judges no one: who is
//! late is `late_arrival`, who may come in is `scans`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::guest_waiting::Reception;
use super::lifecycle::Turn;
use super::runs::{self, Ride, Run};
use super::state::State;
use super::{
    arrival_reminder, double_booking, guest_waiting, idle_vehicle, late_arrival, pickup_at_risk, post_unmanned,
    room_climate, room_use, silent, vehicle_empty, zone,
};
use crate::facts::plan::{Booking, Plan, Room, Vehicle, Visit, Zone};
use crate::facts::{Name, Resolution, Scan, Subject, Timestamp};

/// One visit, by its guest and a number that stays when the plan moves it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct VisitId {
    pub code: Name,
    pub number: u32,
}

/// A visit and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct VisitRecord {
    pub visit: Visit,
    /// The earliest moment the guest is known to have been here, as it was judged.
    pub arrived_at: Option<Timestamp>,
    /// Whether the guest is in the house for this visit.
    pub inside: bool,
    /// The judged time of the latest scan in or out: an older one that is reported later does not move the guest.
    pub moved_at: Option<Timestamp>,
    /// The late alert was told; it is not told again, whoever ended it, before the plan or the rule changes that.
    pub told_late: bool,
    /// The expected time of which somebody was reminded; not again, whoever ended that alert, before the plan changes it.
    pub reminded_of: Option<Timestamp>,
    /// How far the guest's reception is.
    pub reception: Reception,
}

impl VisitRecord {
    fn expected(visit: Visit) -> Self {
        let reception = Reception::NotHere;
        Self { visit, arrived_at: None, inside: false, moved_at: None, told_late: false, reminded_of: None, reception }
    }

    /// Whether the day of this visit holds the moment.
    pub(super) fn is_on(&self, moment: Timestamp) -> bool {
        self.visit.day_from <= moment && moment < self.visit.day_to
    }

    /// How late a guest is who comes at `moment`, in whole seconds; never negative.
    pub(super) fn late_by_s(&self, moment: Timestamp) -> i64 {
        self.visit.expected_at.map_or(0, |expected| moment.since(expected).as_secs().max(0))
    }
}

/// The plan without its visits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Day {
    pub vehicles: BTreeMap<Name, Vehicle>,
    pub zones: BTreeMap<Name, Zone>,
    pub rooms: BTreeMap<Name, Room>,
    /// With the entrance where each stands.
    pub kiosks: BTreeMap<Name, Option<Name>>,
    /// By room.
    pub bookings: BTreeMap<Name, Vec<Booking>>,
    /// By vehicle, in the order of their pick-ups.
    pub runs: BTreeMap<Name, Vec<Run>>,
    /// The zones where trips go.
    pub destinations: BTreeSet<Name>,
    /// The days of the visits, from their first moment to the next day's.
    pub days: BTreeSet<(Timestamp, Timestamp)>,
    /// By guest.
    pub rides: BTreeMap<Name, Vec<Ride>>,
}

impl Day {
    /// Whether no rule judges this vehicle.
    pub(super) fn is_off_duty(&self, vehicle: &Name) -> bool {
        self.vehicles.get(vehicle).is_some_and(|vehicle| vehicle.off_duty)
    }

    /// Whether the plan names this device.
    pub(super) fn names(&self, device: &Subject) -> bool {
        match device {
            Subject::Kiosk(name) => self.kiosks.contains_key(name),
            Subject::Vehicle(name) => self.vehicles.contains_key(name),
            Subject::Guest(_)
            | Subject::Room(_)
            | Subject::Sensor(..)
            | Subject::Link(_)
            | Subject::Operator(_)
            | Subject::Gateway => false,
        }
    }
}

/// A plan takes the place of the one before.
pub(super) fn replace(state: &mut State, turn: &mut Turn, plan: &Plan) {
    let gone = replace_visits(&mut state.visits, &plan.visits);
    for (id, record) in gone {
        state.by_hand.forget(&id.code);
        late_arrival::gone(state, turn, &id, &record);
        arrival_reminder::gone(state, turn, &id, &record);
        guest_waiting::gone(state, turn, &id, &record);
    }
    let day = Day {
        vehicles: plan.vehicles.iter().map(|vehicle| (vehicle.id.clone(), vehicle.clone())).collect(),
        zones: plan.zones.iter().map(|zone| (zone.id.clone(), zone.clone())).collect(),
        rooms: plan.rooms.iter().map(|room| (room.id.clone(), room.clone())).collect(),
        // The dashboard is no device, whatever the plan calls its kiosks.
        kiosks: plan.kiosks.iter().filter(|(kiosk, _)| !Scan::is_dashboard(kiosk)).cloned().collect(),
        bookings: by_room(&plan.bookings),
        runs: runs::of_plan(plan),
        destinations: plan.trips.iter().filter_map(|trip| trip.to.clone()).collect(),
        days: plan.visits.iter().map(|visit| (visit.day_from, visit.day_to)).collect(),
        rides: runs::by_guest(plan),
    };
    let old = std::mem::replace(&mut state.day, day);
    late_arrival::reassess_all(state, turn, Resolution::PlanChanged);
    arrival_reminder::reassess_all(state, turn, Resolution::PlanChanged);
    guest_waiting::reassess_all(state, turn, Resolution::PlanChanged);
    post_unmanned::replace(state, turn, plan);
    post_unmanned::reassess_all(state, turn, Resolution::PlanChanged);
    double_booking::replace(state, turn);
    pickup_at_risk::replace(state, turn);
    silent::expect_of_plan(state, turn);
    silent::reassess_all(state, turn, Resolution::PlanChanged);
    idle_vehicle::plan_changed(state, turn, &old);
    vehicle_empty::plan_changed(state, turn, &old);
    zone::plan_changed(state, turn, &old);
    room_use::plan_changed(state, turn.at, &old);
    room_climate::reassess_all(state, turn, Resolution::PlanChanged);
}

fn by_room(bookings: &[Booking]) -> BTreeMap<Name, Vec<Booking>> {
    let mut by_room: BTreeMap<Name, Vec<Booking>> = BTreeMap::new();
    for booking in bookings {
        by_room.entry(booking.room.clone()).or_default().push(booking.clone());
    }
    by_room
}

/// Puts the new visits in the place of the old ones and gives back those that are no longer in the plan.
///
/// A new visit is the old one of the same guest, day and time; failing that, the next one of that guest and day.
fn replace_visits(visits: &mut BTreeMap<VisitId, VisitRecord>, new: &[Visit]) -> BTreeMap<VisitId, VisitRecord> {
    let mut old = std::mem::take(visits);
    let mut moved: Vec<&Visit> = Vec::new();
    for visit in new {
        let same = |record: &VisitRecord| {
            record.visit.day_from == visit.day_from && record.visit.expected_at == visit.expected_at
        };
        match take(&mut old, &visit.code, same) {
            Some((id, record)) => {
                visits.insert(id, VisitRecord { visit: visit.clone(), ..record });
            }
            None => moved.push(visit),
        }
    }
    for visit in moved {
        let (id, record) = match take(&mut old, &visit.code, |record| record.visit.day_from == visit.day_from) {
            Some((id, record)) => (id, VisitRecord { visit: visit.clone(), ..record }),
            None => (free_id(visits, &old, &visit.code), VisitRecord::expected(visit.clone())),
        };
        visits.insert(id, record);
    }
    old
}

/// Takes the first old visit of this guest that fits.
fn take(
    old: &mut BTreeMap<VisitId, VisitRecord>,
    code: &Name,
    fits: impl Fn(&VisitRecord) -> bool,
) -> Option<(VisitId, VisitRecord)> {
    let id = of_guest(old, code).find(|(_, record)| fits(record)).map(|(id, _)| id.clone())?;
    old.remove_entry(&id)
}

/// A number that neither a kept nor a leaving visit of this guest has.
fn free_id(kept: &BTreeMap<VisitId, VisitRecord>, old: &BTreeMap<VisitId, VisitRecord>, code: &Name) -> VisitId {
    let last = |visits| of_guest(visits, code).map(|(id, _)| id.number).last();
    let number = last(kept).max(last(old)).map_or(0, |number| number + 1);
    VisitId { code: code.clone(), number }
}

/// The visits of one guest, in the order in which the plan first named them.
pub(super) fn of_guest<'a>(
    visits: &'a BTreeMap<VisitId, VisitRecord>,
    code: &Name,
) -> impl Iterator<Item = (&'a VisitId, &'a VisitRecord)> {
    let first = VisitId { code: code.clone(), number: 0 };
    let last = VisitId { code: code.clone(), number: u32::MAX };
    visits.range(first..=last)
}
