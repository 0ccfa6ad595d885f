//! The model's opinion of pick-ups: judges each trip anew whenever it is looked at.

use std::collections::BTreeMap;

use portico::facts::plan::{Trip, Zone};
use portico::facts::{Name, RuleKind, Span, Subject, Timestamp};
use portico::rules::Settings;

use super::Key;
use super::bookings::end_of;
use super::model::Model;

/// Lengths that the description of the rules names.
const EARLY: Span = Span::from_mins(15);
const OVER_AFTER: Span = Span::from_mins(60);
const THERE_CM: i64 = 20_000;

/// The trips by name: what they are known by, and whether nothing is to be said of them any more.
pub type Pickups = BTreeMap<Name, (Identity, bool)>;
type Identity = (Name, Option<Name>, Timestamp);

fn key(vehicle: &Name, trip: &Name) -> Key {
    (RuleKind::PickupAtRisk, Subject::Vehicle(vehicle.clone()), trip.to_string())
}

/// How far it is to a zone on the equator, by its middle; nothing for whoever is in it or near that.
fn way(zone: &Zone, lon: i64) -> i64 {
    let corners = || zone.ring.iter().map(|(lon, _)| lon.raw());
    let middle = corners().sum::<i64>() / zone.ring.len() as i64;
    let cm = (lon - middle).abs() * 11_119_508 / 10_000_000;
    let inside = (corners().min().unwrap()..=corners().max().unwrap()).contains(&lon);
    if inside || cm <= THERE_CM { 0 } else { cm }
}

impl Model {
    pub fn pickups_plan(&mut self) {
        let mut old = std::mem::take(&mut self.pickups);
        for trip in self.plan.trips.clone() {
            let Some(from) = trip.pickup_at else { continue };
            let identity = (trip.vehicle.clone(), trip.from.clone(), from);
            let kept = old.get(&trip.id).filter(|(before, _)| *before == identity).map(|(_, done)| *done);
            if kept.is_some() {
                old.remove(&trip.id);
            }
            let done = kept.unwrap_or(self.trusted && from < self.now);
            self.pickups.insert(trip.id.clone(), (identity, done));
        }
        for (trip, ((vehicle, ..), _)) in old {
            self.set(key(&vehicle, &trip), None, Span::ZERO);
        }
    }

    /// Nobody looked: how it went nobody knows.
    pub fn pickups_unwatched(&mut self) {
        let (now, broken) = (self.now, &self.broken);
        for (trip, ((vehicle, _, from), done)) in &mut self.pickups {
            *done |= *from < now && !broken.contains_key(&key(vehicle, trip));
        }
    }

    pub fn pickups_rules(&mut self, old: &Settings) {
        if self.rules.pickup_at_risk.enabled && !old.pickup_at_risk.enabled {
            self.pickups_unwatched();
        }
    }

    pub fn judge_pickups(&mut self) {
        for trip in self.plan.trips.clone() {
            let Some(from) = trip.pickup_at else { continue };
            let key = key(&trip.vehicle, &trip.id);
            if self.trusted || !self.is_judged(&trip) {
                match self.is_at_risk(&trip, from) {
                    Some(true) => self.set(key, Some(self.now), Span::ZERO),
                    Some(false) => self.set(key, None, Span::ZERO),
                    None => {}
                }
            }
        }
    }

    fn is_judged(&self, trip: &Trip) -> bool {
        let done = self.pickups.get(&trip.id).is_some_and(|(_, done)| *done);
        let place = trip.from.as_ref().is_some_and(|from| self.plan.zones.iter().any(|zone| zone.id == *from));
        self.rules.pickup_at_risk.enabled && !self.off_duty(&trip.vehicle) && place && !done
    }

    /// Whether anybody is to be told; none where it stays as it was.
    fn is_at_risk(&mut self, trip: &Trip, from: Timestamp) -> Option<bool> {
        let rule = self.rules.pickup_at_risk.clone();
        let over = end_of(&self.plan, trip, from).max(from.plus(OVER_AFTER));
        if !self.is_judged(trip) || over <= self.now {
            return Some(false);
        }
        let zone = self.plan.zones.iter().find(|zone| Some(&zone.id) == trip.from.as_ref()).unwrap();
        let late = from.plus(rule.slack);
        let seen = self.cars.get(&trip.vehicle).and_then(|car| Some((car.last?, car.lon)));
        match seen.filter(|(at, _)| self.now.since(*at) < self.rules.silent.vehicle.after) {
            Some((at, lon)) => {
                let way = way(zone, lon);
                // 50 km/h over 1.3 times the way.
                let arrives = at.plus(Span::from_millis(way * 36 * 13 / 500));
                if way == 0 && at >= from.minus(EARLY) {
                    self.pickups.get_mut(&trip.id).unwrap().1 = true;
                    Some(false)
                } else if arrives > late || self.now >= late {
                    Some(true)
                } else {
                    (arrives <= from).then_some(false)
                }
            }
            None => (rule.blind > Span::ZERO && self.now >= from.minus(rule.blind)).then_some(true),
        }
    }
}
