//! How rooms were: minutes within their limits, beyond them, and without data; how they were used and filled.
//!
//! A room is looked at while it is booked; one that the plan does not book on the day, from its first reading to its last.
//! A reading counts until the next of its sensor, at most as long as that sensor may be silent. A minute is comfortable
//! while at least one quantity with a limit is known and no sensor measures beyond a limit: the room's own, else the
//! rule's as it held then. Holds and bands of the rule do not count here: they say when to call somebody, not how it was.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::day::ReportDay;
use super::figures::{minutes, percent};
use super::terms::{Side, Terms};
use crate::facts::plan::{People, Plan};
use crate::facts::{Metric, Milli, Name, Reading, Timestamp};

/// The day's rooms.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct RoomsFigures {
    /// Each that the plan names or that was heard.
    pub rooms: Vec<RoomFigures>,
    /// Comfortable minutes of all rooms together; null where no room was looked at.
    pub comfortable_min: Option<f64>,
    /// Of the minutes of which something is known, the comfortable ones, per cent; null where nothing is known.
    pub comfortable_percent: Option<f64>,
}

/// One room.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RoomFigures {
    /// Which.
    #[schema(value_type = String)]
    pub room: Name,
    /// What it is called; null where the plan does not say it.
    pub name: Option<String>,
    /// How many people it holds, where the plan says it.
    pub capacity: Option<u32>,
    /// Minutes for which the plan books it on the day, up to now; null where it does not.
    pub booked_min: Option<f64>,
    /// Minutes in which it was looked at: the sum of the next three. Null where it is neither booked nor heard.
    pub looked_at_min: Option<f64>,
    /// Minutes within every limit.
    pub comfortable_min: Option<f64>,
    /// Minutes beyond a limit.
    pub uncomfortable_min: Option<f64>,
    /// Minutes of which nobody knows.
    pub no_data_min: Option<f64>,
    /// Of the minutes of which something is known, the comfortable ones, per cent; null where nothing is known.
    pub comfortable_percent: Option<f64>,
    /// Minutes in which somebody was counted in it; null where nobody counts.
    pub in_use_min: Option<f64>,
    /// The most people counted at once; null where nobody counts.
    pub people_max: Option<f64>,
    /// These of its capacity, per cent.
    pub people_max_percent: Option<f64>,
    /// Each quantity that was measured and has limits.
    pub quantities: Vec<QuantityFigures>,
}

/// One quantity in one room, in the unit of the wire.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct QuantityFigures {
    /// Which.
    pub quantity: &'static str,
    /// Too low below this.
    pub low: Option<Milli>,
    /// Too high above this.
    pub high: Option<Milli>,
    /// The lowest value measured on the day.
    pub least: Milli,
    /// The highest.
    pub most: Milli,
    /// Minutes beyond a limit, while the room was looked at.
    pub beyond_min: f64,
}

/// The rooms of the day as they report.
pub(super) struct Rooms {
    rooms: BTreeMap<Name, Room>,
    until: Timestamp,
}

#[derive(Default)]
struct Room {
    capacity: Option<u32>,
    /// Its own limits.
    limits: BTreeMap<Metric, Side>,
    /// When it is booked on the day: apart from each other, in order.
    booked: Vec<(Timestamp, Timestamp)>,
    /// The newest value of each sensor, and until when it counts.
    values: BTreeMap<(Name, Metric), (Milli, Timestamp)>,
    /// Everything before is added up.
    at: Option<Timestamp>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    comfortable_ms: i64,
    uncomfortable_ms: i64,
    in_use_ms: i64,
    people_max: Option<Milli>,
    quantities: BTreeMap<Metric, Quantity>,
}

struct Quantity {
    limits: Side,
    least: Milli,
    most: Milli,
    beyond_ms: i64,
}

impl Rooms {
    /// Those of a plan. The report is told up to `until`.
    pub fn of(plan: &Plan, day: &ReportDay, until: Timestamp) -> Self {
        let mut rooms: BTreeMap<Name, Room> = BTreeMap::new();
        for room in &plan.rooms {
            let limits =
                room.limits.iter().map(|(metric, own)| (*metric, Side { low: own.low, high: own.high })).collect();
            rooms.insert(room.id.clone(), Room { capacity: room.capacity, limits, ..Room::default() });
        }
        for booking in &plan.bookings {
            let (from, to) = (booking.from.max(day.from), booking.to.min(day.to).min(until));
            if from < to {
                rooms.entry(booking.room.clone()).or_default().booked.push((from, to));
            }
        }
        for room in rooms.values_mut() {
            room.booked.sort_unstable();
            room.booked = joined(&room.booked);
        }
        Self { rooms, until }
    }

    /// A sensor measured.
    pub fn reading(&mut self, reading: &Reading, at: Timestamp, terms: &Terms) {
        let room = self.rooms.entry(reading.room.clone()).or_default();
        room.pass(at);
        room.first.get_or_insert(at);
        room.last = Some(at);
        let until = at.plus(terms.sensor_counts_for(&reading.room, &reading.sensor));
        for (metric, value) in reading.measures.iter() {
            if metric == Metric::Occupancy {
                room.people_max = Some(room.people_max.map_or(value, |most| most.max(value)));
            } else {
                let Some(limits) = room.limits_of(metric, terms) else { continue };
                let fresh = Quantity { limits, least: value, most: value, beyond_ms: 0 };
                let quantity = room.quantities.entry(metric).or_insert(fresh);
                quantity.limits = limits;
                (quantity.least, quantity.most) = (quantity.least.min(value), quantity.most.max(value));
            }
            room.values.insert((reading.sensor.clone(), metric), (value, until));
        }
    }

    /// The figures.
    pub fn finish(mut self, people: &People) -> RoomsFigures {
        let mut figures = RoomsFigures::default();
        let (mut comfortable_ms, mut uncomfortable_ms, mut looked_at) = (0, 0, false);
        for (name, mut room) in std::mem::take(&mut self.rooms) {
            // One that is not booked is looked at up to its last reading, which has added up everything before it.
            if !room.booked.is_empty() {
                room.pass(self.until);
            }
            let told = room.told(name, people);
            (comfortable_ms, uncomfortable_ms) =
                (comfortable_ms + room.comfortable_ms, uncomfortable_ms + room.uncomfortable_ms);
            looked_at = looked_at || told.looked_at_min.is_some();
            figures.rooms.push(told);
        }
        RoomsFigures {
            comfortable_min: looked_at.then(|| minutes(comfortable_ms)),
            comfortable_percent: share(comfortable_ms, uncomfortable_ms),
            ..figures
        }
    }
}

/// Stretches that touch or overlap as one.
fn joined(stretches: &[(Timestamp, Timestamp)]) -> Vec<(Timestamp, Timestamp)> {
    let mut joined: Vec<(Timestamp, Timestamp)> = Vec::new();
    for (from, to) in stretches {
        match joined.last_mut() {
            Some(last) if last.1 >= *from => last.1 = last.1.max(*to),
            Some(_) | None => joined.push((*from, *to)),
        }
    }
    joined
}

fn share(comfortable_ms: i64, uncomfortable_ms: i64) -> Option<f64> {
    percent(comfortable_ms as f64, (comfortable_ms + uncomfortable_ms) as f64)
}

fn is_beyond(value: Milli, limits: Side) -> bool {
    limits.low.is_some_and(|low| value < low) || limits.high.is_some_and(|high| value > high)
}

impl Room {
    /// The room's own limits or else the rule's; none where neither names a side.
    fn limits_of(&self, metric: Metric, terms: &Terms) -> Option<Side> {
        let limits = self.limits.get(&metric).or_else(|| terms.limits().get(&metric)).copied()?;
        (limits.low.is_some() || limits.high.is_some()).then_some(limits)
    }

    /// Adds up everything up to `at`: within it values stop to count.
    fn pass(&mut self, at: Timestamp) {
        let Some(mut from) = self.at.replace(at) else { return };
        while from < at {
            self.values.retain(|_, (_, until)| *until > from);
            let next = self.values.values().map(|(_, until)| *until).min().map_or(at, |until| until.min(at));
            self.add(from, next);
            from = next;
        }
        self.at = Some(from.max(at));
    }

    /// A stretch in which every value counts.
    fn add(&mut self, from: Timestamp, to: Timestamp) {
        let people = self.values.iter().filter(|((_, metric), _)| *metric == Metric::Occupancy);
        if people.map(|(_, (value, _))| *value).max().is_some_and(|people| people > Milli::default()) {
            self.in_use_ms += to.since(from).as_millis();
        }
        let looked_at_ms = self.looked_at(from, to);
        let (mut known, mut uncomfortable) = (false, false);
        for (metric, quantity) in &mut self.quantities {
            let mut values = self.values.iter().filter(|((_, of), _)| of == metric).map(|(_, (value, _))| *value);
            let Some(first) = values.next() else { continue };
            known = true;
            if is_beyond(first, quantity.limits) || values.any(|value| is_beyond(value, quantity.limits)) {
                uncomfortable = true;
                quantity.beyond_ms += looked_at_ms;
            }
        }
        match (known, uncomfortable) {
            (true, false) => self.comfortable_ms += looked_at_ms,
            (true, true) => self.uncomfortable_ms += looked_at_ms,
            (false, _) => {}
        }
    }

    /// How much of a stretch it is looked at: one that is not booked, all of it.
    fn looked_at(&self, from: Timestamp, to: Timestamp) -> i64 {
        if self.booked.is_empty() {
            return to.since(from).as_millis();
        }
        let within =
            |(begins, ends): &(Timestamp, Timestamp)| to.min(*ends).since(from.max(*begins)).as_millis().max(0);
        self.booked.iter().map(within).sum()
    }

    fn told(&self, name: Name, people: &People) -> RoomFigures {
        let booked_ms: i64 = self.booked.iter().map(|(from, to)| to.since(*from).as_millis()).sum();
        let heard_ms = self.first.zip(self.last).map(|(first, last)| last.since(first).as_millis());
        let looked_at_ms = if self.booked.is_empty() { heard_ms } else { Some(booked_ms) };
        let known = |ms: i64| looked_at_ms.map(|_| minutes(ms));
        let people_max = self.people_max.map(|most| most.raw() as f64 / 1_000.0);
        RoomFigures {
            name: people.rooms.get(&name).cloned(),
            room: name,
            capacity: self.capacity,
            booked_min: (!self.booked.is_empty()).then(|| minutes(booked_ms)),
            looked_at_min: looked_at_ms.map(minutes),
            comfortable_min: known(self.comfortable_ms),
            uncomfortable_min: known(self.uncomfortable_ms),
            no_data_min: looked_at_ms.map(|ms| minutes((ms - self.comfortable_ms - self.uncomfortable_ms).max(0))),
            comfortable_percent: share(self.comfortable_ms, self.uncomfortable_ms),
            in_use_min: people_max.map(|_| minutes(self.in_use_ms)),
            people_max,
            people_max_percent: people_max.zip(self.capacity).and_then(|(most, holds)| percent(most, holds)),
            quantities: self.quantities.iter().map(|(metric, quantity)| quantity.told(*metric)).collect(),
        }
    }
}

impl Quantity {
    fn told(&self, metric: Metric) -> QuantityFigures {
        QuantityFigures {
            quantity: metric.word(),
            low: self.limits.low,
            high: self.limits.high,
            least: self.least,
            most: self.most,
            beyond_min: minutes(self.beyond_ms),
        }
    }
}

#[cfg(test)]
#[path = "rooms_tests.rs"]
mod tests;
