//! The model's opinion of which vehicle stands.

use portico::facts::{Entry, Milli, Name, Position, RuleKind, Span, Subject, Timestamp};

use super::model::Model;

/// A length that the description of the rules names.
const LOST_AFTER: Span = Span::from_mins(2);
const STANDS_AFTER: Span = Span::from_secs(30);

#[derive(Default)]
pub struct Car {
    /// Positions since it was lost; standing that was carried over the loss.
    track: Vec<(Timestamp, i64, Milli)>,
    carried: Option<(Timestamp, i64)>,
    pub last: Option<Timestamp>,
    /// Where it was last, degrees east.
    pub lon: i64,
    lost: bool,
}

/// Whether two places on the equator, in degrees east, are farther apart than the 50 m that a standing vehicle may waver.
fn is_far(one: i64, other: i64) -> bool {
    (one - other).abs() * 11_119_508 / 10_000_000 > 5_000
}

fn is_blurred(position: &Position) -> bool {
    position.hdop.is_some_and(|hdop| hdop > Milli::from_whole(5))
}

impl Model {
    pub fn position(&mut self, entry: &Entry, position: &Position) {
        let Subject::Vehicle(name) = &entry.device else { panic!("{entry:?}") };
        let key = (RuleKind::IdleVehicle, entry.device.clone(), String::new());
        let counted = self.broken.contains_key(&key);
        let car = self.cars.entry(name.clone()).or_default();
        car.last = Some(self.now);
        car.lon = position.lon.raw();
        if is_blurred(position) {
            return;
        }
        if std::mem::take(&mut car.lost) {
            // Only idling that was told goes on across a loss; anything else starts from nothing.
            let standing = car.standing();
            car.carried = standing.filter(|_| counted);
            car.track.clear();
        }
        car.track.push((self.now, position.lon.raw(), position.speed_kmh.unwrap()));
    }

    pub fn last_position(&self, name: &Name) -> Option<Timestamp> {
        self.cars.get(name)?.last
    }

    /// A position was judged: where the road leads, unless it is too blurred to say.
    pub fn road(&mut self, device: &Subject, position: &Position) {
        if let Subject::Vehicle(name) = device
            && !is_blurred(position)
        {
            self.road_position(name, position.lon.raw());
        }
    }

    pub fn judge_cars(&mut self) {
        let after = self.rules.idle_vehicle.after;
        let corners = || self.plan.zones.iter().filter(|zone| zone.id.as_str() == "yard").flat_map(|zone| &zone.ring);
        let lons = || corners().map(|(lon, _)| lon.raw());
        let yard = lons().min().unwrap_or(1)..=lons().max().unwrap_or(0);
        for name in self.cars.keys().cloned().collect::<Vec<_>>() {
            let key = (RuleKind::IdleVehicle, Subject::Vehicle(name.clone()), String::new());
            let before = self.broken.get(&key).copied();
            let in_yard = self.plan.vehicles.iter().any(|car| car.id == name && !car.zones.is_empty());
            let judged = self.rules.idle_vehicle.enabled && !self.off_duty(&name);
            let car = self.cars.get_mut(&name).unwrap();
            if !car.lost && self.now.since(car.last.unwrap()) >= LOST_AFTER {
                car.lost = true;
                self.road_lost(&name);
                // A hold that ends at this very moment has ended.
                let pending = before.is_some_and(|(since, _)| self.now.since(since) < after);
                if pending && !self.muted.contains(&key) {
                    self.set(key, None, after);
                    continue;
                }
            }
            let car = &self.cars[&name];
            let standing = car.standing().filter(|(since, anchor)| {
                let seen = car.track.iter().filter(|(at, ..)| at >= since).map(|(_, place, _)| *place);
                !(in_yard && seen.chain([*anchor]).any(|place| yard.contains(&place)))
            });
            let since = standing.map(|(since, _)| since).filter(|_| judged && (!car.lost || before.is_some()));
            self.set(key, since, after);
        }
    }
}

impl Car {
    /// Since when and where it stands, by all its positions.
    fn standing(&self) -> Option<(Timestamp, i64)> {
        self.walk().0
    }

    /// Whether it stands, and whether it drives; neither where too little is known.
    pub fn motion(&self) -> (bool, bool) {
        let (standing, drives) = self.walk();
        (standing.is_some(), standing.is_none() && drives)
    }

    fn walk(&self) -> (Option<(Timestamp, i64)>, bool) {
        let mut drives = false;
        let mut standing = self.carried;
        let mut slow: Option<(Timestamp, i64)> = None;
        let mut leaving = false;
        for (at, place, speed) in &self.track {
            let far = standing.is_some_and(|(_, anchor)| is_far(*place, anchor));
            if far || *speed >= Milli::from_raw(5_500) {
                slow = None;
                if leaving {
                    standing = None;
                    drives = true;
                }
                leaving = true;
                continue;
            }
            leaving = false;
            if standing.is_some() {
                continue;
            }
            slow = match slow {
                _ if *speed > Milli::from_raw(2_000) => None,
                Some((_, anchor)) if is_far(*place, anchor) => Some((*at, *place)),
                None => Some((*at, *place)),
                kept => kept,
            };
            if let Some((since, _)) = slow
                && at.since(since) >= STANDS_AFTER
            {
                standing = slow.take();
                drives = false;
            }
        }
        (standing, drives)
    }
}
