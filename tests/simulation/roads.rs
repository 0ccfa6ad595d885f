//! The model's opinion of vehicles in zones, and of vehicles that drive without a trip.

use std::collections::{BTreeMap, BTreeSet};

use portico::facts::plan::{Plan, Zone};
use portico::facts::{Name, RuleKind, Span, Subject, Timestamp};
use portico::rules::Settings;

use super::Key;
use super::bookings::end_of;
use super::model::Model;

/// What is known of the roads that vehicles take.
#[derive(Default)]
pub struct Roads {
    /// By vehicle and zone: whether it is in it, and whether its last position said otherwise.
    stays: BTreeMap<(Name, Name), (bool, bool)>,
    /// Where each vehicle was last, until it is lost.
    last: BTreeMap<Name, i64>,
    /// The drive without a trip that lasts, in centimetres.
    drives: BTreeMap<Name, i64>,
}

fn in_zone(vehicle: &Name, zone: &Name) -> Key {
    (RuleKind::Zone, Subject::Vehicle(vehicle.clone()), zone.to_string())
}

fn empty(vehicle: &Name) -> Key {
    (RuleKind::VehicleEmpty, Subject::Vehicle(vehicle.clone()), String::new())
}

/// How far outside a zone on the equator a place lies, in centimetres; nothing inside.
fn outside(zone: &Zone, lon: i64) -> i64 {
    let corners = || zone.ring.iter().map(|(lon, _)| lon.raw());
    let (west, east) = (corners().min().unwrap(), corners().max().unwrap());
    // Zones end a good kilometre north and south of the equator: whoever is farther away than that is beyond all the same.
    (west - lon).max(lon - east).max(0) * 11_119_508 / 10_000_000
}

impl Model {
    fn watches(&self, vehicle: &Name, zone: &Name) -> bool {
        let drawn = self.plan.zones.iter().any(|other| other.id == *zone);
        let named = self.plan.trips.iter().any(|trip| trip.to.as_ref() == Some(zone));
        self.rules.zone.enabled && drawn && named && !self.off_duty(vehicle)
    }

    fn has_trip(&self, vehicle: &Name, at: Timestamp) -> bool {
        let rule = &self.rules.vehicle_empty;
        let trips = self.plan.trips.iter().filter(|trip| trip.vehicle == *vehicle);
        let mut timed = trips.filter_map(|trip| Some((trip.pickup_at?, trip)));
        timed.any(|(from, trip)| from.minus(rule.lead) <= at && at < end_of(&self.plan, trip, from).plus(rule.tail))
    }

    fn counts_roads(&self, vehicle: &Name) -> bool {
        let any = self.plan.trips.iter().any(|trip| trip.pickup_at.is_some());
        self.rules.vehicle_empty.enabled && any && !self.off_duty(vehicle)
    }

    /// A position that says something, after it was judged whether the vehicle drives.
    pub fn road_position(&mut self, vehicle: &Name, lon: i64) {
        for zone in self.plan.zones.clone() {
            if !self.watches(vehicle, &zone.id) {
                continue;
            }
            let (inside, turning) = self.roads.stays.entry((vehicle.clone(), zone.id.clone())).or_default();
            let out = outside(&zone, lon);
            let otherwise = if *inside { out > 3_000 } else { out == 0 };
            let crosses = otherwise && *turning;
            *turning = otherwise && !crosses;
            if crosses {
                *inside = !*inside;
                let since = inside.then_some(self.now);
                self.set(in_zone(vehicle, &zone.id), since, Span::ZERO);
            }
        }
        if !self.counts_roads(vehicle) {
            return;
        }
        let before = self.roads.last.insert(vehicle.clone(), lon);
        let (stands, drives) = self.cars[vehicle].motion();
        if stands || (drives && before.is_some() && self.trusted && self.has_trip(vehicle, self.now)) {
            self.roads.drives.remove(vehicle);
            self.set(empty(vehicle), None, Span::ZERO);
        } else if let Some(before) = before.filter(|_| drives && self.trusted) {
            let drive = self.roads.drives.entry(vehicle.clone()).or_default();
            *drive += (lon - before).abs() * 11_119_508 / 10_000_000;
            if *drive >= i64::from(self.rules.vehicle_empty.after_m) * 100 {
                self.set(empty(vehicle), Some(self.now), Span::ZERO);
            }
        }
    }

    pub fn road_lost(&mut self, vehicle: &Name) {
        self.roads.last.remove(vehicle);
        for (_, (_, turning)) in self.roads.stays.iter_mut().filter(|((other, _), _)| other == vehicle) {
            *turning = false;
        }
    }

    /// The plan or the rules are others: what is watched no more is over.
    fn forget_roads(&mut self) {
        let stays: Vec<(Name, Name)> = self.roads.stays.keys().cloned().collect();
        for (vehicle, zone) in stays {
            if !self.watches(&vehicle, &zone) {
                self.roads.stays.remove(&(vehicle.clone(), zone.clone()));
                self.set(in_zone(&vehicle, &zone), None, Span::ZERO);
            }
        }
    }

    fn drive_ends(&mut self, vehicle: &Name) {
        self.roads.drives.remove(vehicle);
        self.set(empty(vehicle), None, Span::ZERO);
    }

    pub fn roads_plan(&mut self, old: &Plan) {
        self.forget_roads();
        let trips = |plan: &Plan, vehicle: &Name| {
            let of_vehicle = plan.trips.iter().filter(|trip| trip.vehicle == *vehicle);
            let timed = of_vehicle.filter_map(|trip| Some((trip.clone(), end_of(plan, trip, trip.pickup_at?))));
            timed.collect::<BTreeSet<_>>()
        };
        let known: BTreeSet<Name> = self.roads.last.keys().chain(self.roads.drives.keys()).cloned().collect();
        for vehicle in known {
            let others = trips(old, &vehicle) != trips(&self.plan, &vehicle);
            if !self.counts_roads(&vehicle) {
                self.drive_ends(&vehicle);
                self.roads.last.remove(&vehicle);
            } else if others && self.trusted && self.has_trip(&vehicle, self.now) {
                self.drive_ends(&vehicle);
            }
        }
    }

    pub fn roads_rules(&mut self, old: &Settings) {
        if old.zone != self.rules.zone {
            self.forget_roads();
        }
        if !self.rules.vehicle_empty.enabled {
            let known: Vec<Name> = self.roads.drives.keys().cloned().collect();
            for vehicle in &known {
                self.drive_ends(vehicle);
            }
            self.roads.last.clear();
        }
    }
}
