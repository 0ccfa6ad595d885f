//! The random plan of a day, and how it changes.

use std::collections::BTreeSet;

use portico::facts::plan::{Booking, Plan, Post, Room, Tier, Trip, Vehicle, Visit, Zone};
use portico::facts::{E7, Name, Span, Timestamp};

use super::{Chance, GUESTS, KIOSKS, POSTS, ROOMS, TICK, TICKS, TRIPS, VEHICLES, World, name, place};

/// A trip's name.
fn trip(n: i64) -> Name {
    name(&format!("trip-{n}"))
}

impl World {
    fn visit(&self, code: &str, chance: &mut Chance) -> Visit {
        let day_from: Timestamp = "2026-11-22T16:00:00Z".parse().unwrap();
        Visit {
            code: name(code),
            tier: [Tier::Vip, Tier::Guest, Tier::Staff][chance.below(3) as usize],
            expected_at: (!chance.one_in(20)).then(|| self.tick(chance.between(20, TICKS))),
            day_from,
            day_to: day_from.plus(Span::from_mins(24 * 60)),
            place: chance.one_in(3).then(|| name("hall")),
            point: chance.one_in(20).then(|| name("main")),
            vehicle: chance.one_in(4).then(|| name(&format!("car-{}", chance.below(VEHICLES)))),
            cancelled: chance.one_in(25),
            attention: chance.one_in(20),
        }
    }

    /// Guests help out at some posts; one post in six has nobody.
    fn post(&self, chance: &mut Chance, n: i64) -> Post {
        let from = chance.between(10, TICKS);
        let staff = (!chance.one_in(6)).then(|| name(&format!("G-{:04}", chance.below(GUESTS))));
        let (from, to) = (self.tick(from), self.tick(from + chance.between(20, 200)));
        Post { id: name(&format!("post-{n}")), staff, place: None, from, to }
    }

    /// Of all rooms but two.
    fn booking(&self, chance: &mut Chance) -> Booking {
        let from = chance.between(0, TICKS);
        let (from, to) = (self.tick(from), self.tick(from + chance.between(1, 120)));
        Booking { room: name(&format!("room-{}", chance.between(2, ROOMS))), from, to }
    }

    /// Some have no time, some no place.
    fn trip(&self, chance: &mut Chance, n: i64) -> Trip {
        let places = ["yard", "gate"];
        let place = |chance: &mut Chance| (!chance.one_in(4)).then(|| name(places[chance.below(2) as usize]));
        Trip {
            id: trip(n),
            vehicle: name(&format!("car-{}", chance.below(VEHICLES))),
            guests: (0..chance.below(3)).map(|_| Self::some_guest(chance)).collect(),
            from: place(chance),
            to: place(chance),
            pickup_at: (!chance.one_in(8)).then(|| self.tick(chance.between(0, TICKS))),
        }
    }

    fn room(n: i64, capacity: u32) -> Room {
        Room { id: name(&format!("room-{n}")), capacity: Some(capacity), limits: Vec::new() }
    }

    /// No two bookings of a room begin at one moment: a plan that says so is refused.
    fn part_bookings(plan: &mut Plan) {
        let mut seen = BTreeSet::new();
        plan.bookings.retain(|booking| seen.insert((booking.room.clone(), booking.from)));
    }

    pub(super) fn first_plan(&self, chance: &mut Chance) -> Plan {
        let visits = (0..GUESTS).map(|n| self.visit(&format!("G-{n:04}"), chance)).collect();
        let vehicles = (0..VEHICLES).map(|n| Vehicle {
            id: name(&format!("car-{n}")),
            off_duty: n == 1,
            zones: if n % 2 == 0 { vec![name("yard")] } else { Vec::new() },
        });
        let edge = E7::from_raw(100_000);
        let low = E7::from_raw(-100_000);
        let (west, east) = (place(-10_000), place(0));
        let (gate, end) = (place(3_000), place(3_100));
        let mut plan = Plan {
            visits,
            // One vehicle is not in the plan.
            vehicles: vehicles.skip(1).collect(),
            zones: vec![
                Zone { id: name("yard"), ring: vec![(west, low), (east, low), (east, edge), (west, edge)] },
                Zone { id: name("gate"), ring: vec![(gate, low), (end, low), (end, edge), (gate, edge)] },
            ],
            bookings: (0..ROOMS * 2).map(|_| self.booking(chance)).collect(),
            trips: (0..TRIPS).map(|n| self.trip(chance, n)).collect(),
            posts: (0..POSTS).map(|n| self.post(chance, n)).collect(),
            // One room's capacity is not known.
            rooms: (1..ROOMS).map(|n| Self::room(n, 60)).collect(),
            kiosks: (0..KIOSKS).map(|n| (name(&format!("K{n}")), None)).collect(),
            ..Plan::default()
        };
        Self::part_bookings(&mut plan);
        plan
    }

    /// Visits moved, called off, dropped and added; vehicles put on and off duty.
    pub fn other_plan(&mut self, chance: &mut Chance) -> Plan {
        self.plan.visits.retain(|_| !chance.one_in(100));
        for visit in &mut self.plan.visits {
            if chance.one_in(10) {
                visit.expected_at = visit.expected_at.map(|at| at.plus(TICK.times(chance.between(-60, 60))));
            }
            visit.cancelled ^= chance.one_in(40);
        }
        self.strangers += 1;
        let visit = self.visit(&format!("G-new-{}", self.strangers), chance);
        self.plan.visits.push(visit);
        let at = chance.below(POSTS);
        let post = self.post(chance, at);
        self.plan.posts.retain(|one| one.id != post.id);
        if !chance.one_in(3) {
            self.plan.posts.push(post);
        }
        self.plan.bookings.pop();
        let booking = self.booking(chance);
        self.plan.bookings.insert(0, booking);
        Self::part_bookings(&mut self.plan);
        let at = chance.below(TRIPS);
        self.plan.trips.retain(|one| one.id != trip(at));
        if !chance.one_in(5) {
            let trip = self.trip(chance, at);
            self.plan.trips.push(trip);
        }
        for room in &mut self.plan.rooms {
            if chance.one_in(3) {
                room.capacity = (!chance.one_in(4)).then(|| chance.between(30, 90) as u32);
            }
        }
        for vehicle in &mut self.plan.vehicles {
            vehicle.off_duty ^= chance.one_in(4);
        }
        self.plan.clone()
    }
}
