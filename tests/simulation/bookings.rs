//! The model's opinion of what the plan wants twice at once: looks at every pair each time.

use std::collections::{BTreeMap, BTreeSet};

use portico::facts::plan::{Plan, Trip};
use portico::facts::{RuleKind, Span, Subject, Timestamp};

use super::Key;
use super::model::Model;

/// Lengths that the description of the rule names.
const TOGETHER: Span = Span::from_mins(15);
const RIDE_MAX: Span = Span::from_mins(12 * 60);

/// What is booked twice: what it is told by, and both stretches.
pub type Clashes = BTreeMap<Key, ((Timestamp, Timestamp), (Timestamp, Timestamp), String)>;

/// When a trip ends: with the last of its guests.
pub fn end_of(plan: &Plan, trip: &Trip, from: Timestamp) -> Timestamp {
    let visits = plan.visits.iter().filter(|visit| trip.guests.contains(&visit.code) && !visit.cancelled);
    let times = visits.filter_map(|visit| visit.expected_at);
    times.filter(|at| *at > from && at.since(from) <= RIDE_MAX).max().unwrap_or(from)
}

fn clashes(plan: &Plan) -> Clashes {
    let mut found = Clashes::new();
    for second in &plan.bookings {
        let before = plan.bookings.iter().filter(|first| first.room == second.room);
        let before = before.filter(|first| (first.from, first.to) < (second.from, second.to));
        // Of two that end together the one that began first.
        let longest = before.max_by_key(|first| (first.to, -first.from.as_millis()));
        if let Some(first) = longest.filter(|first| first.to > second.from) {
            let key = (RuleKind::DoubleBooking, Subject::Room(second.room.clone()), second.from.to_string());
            found.insert(key, ((first.from, first.to), (second.from, second.to), String::new()));
        }
    }
    let timed = |trip: &Trip| trip.pickup_at.map(|from| (from, trip.id.clone(), end_of(plan, trip, from)));
    for second in &plan.trips {
        let off_duty = plan.vehicles.iter().any(|vehicle| vehicle.id == second.vehicle && vehicle.off_duty);
        let Some((from, id, to)) = timed(second).filter(|_| !off_duty) else { continue };
        let others = plan.trips.iter().filter(|first| first.vehicle == second.vehicle);
        let before = others
            .filter_map(|first| Some((timed(first)?, first)))
            .filter(|((at, other, _), _)| (*at, other) < (from, &id));
        let longest = before.max_by_key(|((at, other, end), _)| (*end, std::cmp::Reverse((*at, other.clone()))));
        let Some(((at, other, end), first)) = longest else { continue };
        let together = first.from.is_some() && first.from == second.from && from.since(at) <= TOGETHER;
        if (end > from || at == from) && !together {
            let told = format!("{from}{id}");
            let key = (RuleKind::DoubleBooking, Subject::Vehicle(second.vehicle.clone()), told);
            found.insert(key, ((at, end), (from, to), other.to_string()));
        }
    }
    found
}

impl Model {
    /// Another plan holds: what is booked twice in another way is another matter.
    pub fn bookings_plan(&mut self) {
        let old = std::mem::replace(&mut self.clashes, clashes(&self.plan));
        for (key, clash) in old {
            if self.clashes.get(&key) != Some(&clash) {
                self.set(key, None, Span::ZERO);
            }
        }
    }

    pub fn judge_bookings(&mut self) {
        let rule = self.rules.double_booking.enabled;
        let lasts = |key: &Key, ends: Timestamp| {
            let stays = !self.trusted && self.broken.contains_key(key);
            self.now < ends || stays
        };
        let ahead = self.clashes.iter().filter(|(key, (first, second, _))| rule && lasts(key, first.1.min(second.1)));
        let open = ahead.map(|(key, _)| key.clone());
        let open: BTreeSet<Key> = open.collect();
        self.replace(RuleKind::DoubleBooking, open);
    }
}
