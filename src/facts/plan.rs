//! The day as intended, without a single personal name: what rules need and what the hash chain may hold.
//!
//! The names that go with the codes are [`People`], which are kept apart so that they can be erased.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::decimal::{E7, Milli};
use super::measures::Metric;
use super::names::Name;
use super::time::Timestamp;

/// How a guest is ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Received in person.
    Vip,
    /// Everybody else who is invited.
    #[default]
    Guest,
    /// One's own people.
    Staff,
}

/// One guest expected at one place and time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Visit {
    /// The guest's code.
    pub code: Name,
    /// The guest's rank.
    pub tier: Tier,
    /// When the guest is expected; none: some time that day, never late.
    pub expected_at: Option<Timestamp>,
    /// First moment of the day of this visit at the site.
    pub day_from: Timestamp,
    /// First moment of the day after.
    pub day_to: Timestamp,
    /// Where, as the plan calls it (a room or an entrance).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Name>,
    /// The only entrance this guest may use, where the plan names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<Name>,
    /// The vehicle that fetches the guest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vehicle: Option<Name>,
    /// Called off.
    #[serde(default)]
    pub cancelled: bool,
    /// Let in, but the host is to be called.
    #[serde(default)]
    pub attention: bool,
}

/// A vehicle of the day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Vehicle {
    /// Its short name on the wire.
    pub id: Name,
    /// Off duty: heard and shown, but no rule judges it.
    #[serde(default)]
    pub off_duty: bool,
    /// The zones where it may stand as long as it likes.
    #[serde(default)]
    pub zones: Vec<Name>,
}

/// One vehicle run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Trip {
    /// Its name.
    pub id: Name,
    /// Which vehicle.
    pub vehicle: Name,
    /// Whom it fetches.
    pub guests: Vec<Name>,
    /// Where it starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Name>,
    /// Where it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Name>,
    /// When it picks up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pickup_at: Option<Timestamp>,
}

/// A stretch of ground: one outer ring of corners, not closed (the last corner joins the first).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Zone {
    /// Its name.
    pub id: Name,
    /// Corners as (longitude, latitude), GeoJSON's order; at least three.
    pub ring: Vec<(E7, E7)>,
}

/// A limit pair of one quantity in a room. A side that is not given is not judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Limits {
    /// Too low below this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<Milli>,
    /// Too high above this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<Milli>,
}

/// A room of the day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Room {
    /// Its short name on the wire.
    pub id: Name,
    /// How many people it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u32>,
    /// Its own comfort limits; they take the place of the rule's.
    #[serde(default)]
    pub limits: Vec<(Metric, Limits)>,
}

/// A room reserved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Booking {
    /// Which room.
    pub room: Name,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
}

/// One staff duty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Post {
    /// Its name.
    pub id: Name,
    /// The code of the person on duty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<Name>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Name>,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
}

/// The whole plan as the rules see it. Lists are ordered by name, and within a guest by time.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Plan {
    /// Who is expected when.
    #[serde(default)]
    pub visits: Vec<Visit>,
    /// The vehicles.
    #[serde(default)]
    pub vehicles: Vec<Vehicle>,
    /// Their runs.
    #[serde(default)]
    pub trips: Vec<Trip>,
    /// Where vehicles may stand.
    #[serde(default)]
    pub zones: Vec<Zone>,
    /// The rooms.
    #[serde(default)]
    pub rooms: Vec<Room>,
    /// Their reservations.
    #[serde(default)]
    pub bookings: Vec<Booking>,
    /// Staff duties.
    #[serde(default)]
    pub posts: Vec<Post>,
    /// Kiosks that are expected to be heard, with their entrance.
    #[serde(default)]
    pub kiosks: Vec<(Name, Option<Name>)>,
    /// Names and contacts: never written with the plan, so never in the hash chain.
    #[serde(skip)]
    pub people: People,
}

/// What is personal about one guest.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Person {
    /// Full name.
    pub name: Option<String>,
    /// Where the guest comes from.
    pub organisation: Option<String>,
    /// Who receives the guest.
    pub host: Option<String>,
    /// How to reach the host.
    pub host_contact: Option<String>,
    /// Special needs and preferences, as the plan words them.
    pub needs: Vec<String>,
    /// What the kiosk says, where the plan gives it.
    pub greeting: Option<String>,
}

/// Everything personal in a plan, apart from the plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct People {
    /// By guest code.
    pub guests: BTreeMap<Name, Person>,
    /// Display names of vehicles (a plate, a driver) by id.
    pub vehicles: BTreeMap<Name, String>,
    /// Display names of rooms by id.
    pub rooms: BTreeMap<Name, String>,
    /// What a room is reserved for, by room and by the beginning of the booking (a title may name a guest).
    pub bookings: BTreeMap<Name, BTreeMap<Timestamp, String>>,
}

impl People {
    /// What is left of the people of `plan` when everything goes that ended before `before`: a guest after the last
    /// visit and duty, a booking's title after the booking, what vehicles are called after all of the plan. Whoever has
    /// no day stays as long as anything of the plan does.
    #[must_use]
    pub fn since(&self, plan: &Plan, before: Timestamp) -> Self {
        let visits = plan.visits.iter().map(|visit| (Some(&visit.code), visit.day_to));
        let posts = plan.posts.iter().map(|post| (post.staff.as_ref(), post.to));
        let bookings = plan.bookings.iter().map(|booking| (None, booking.to));
        let ends: Vec<(Option<&Name>, Timestamp)> = visits.chain(posts).chain(bookings).collect();
        let is_over = !ends.is_empty() && ends.iter().all(|(_, end)| *end <= before);
        let stays = |code: &Name| {
            let mut own = ends.iter().filter(|(of, _)| *of == Some(code)).peekable();
            if own.peek().is_none() { !is_over } else { own.any(|(_, end)| *end > before) }
        };
        let booking_stays = |room: &Name, from: &Timestamp| {
            let booking = plan.bookings.iter().find(|booking| booking.room == *room && booking.from == *from);
            booking.map_or(*from, |booking| booking.to) > before
        };
        let mut left = self.clone();
        left.guests.retain(|code, _| stays(code));
        left.vehicles.retain(|_, _| !is_over);
        for (room, titles) in &mut left.bookings {
            titles.retain(|from, _| booking_stays(room, from));
        }
        left.bookings.retain(|_, titles| !titles.is_empty());
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_been_is_erased_and_who_is_still_expected_is_not() {
        let at = Timestamp::from_millis;
        let name = |text: &str| text.parse::<Name>().unwrap();
        let visit = |code: &str, day_to: i64| Visit {
            code: name(code),
            tier: Tier::Guest,
            expected_at: None,
            day_from: at(0),
            day_to: at(day_to),
            place: None,
            point: None,
            vehicle: None,
            cancelled: false,
            attention: false,
        };
        let booking = Booking { room: name("hall"), from: at(5), to: at(30) };
        let visits = vec![visit("once", 10), visit("twice", 10), visit("twice", 20)];
        let plan = Plan { visits, bookings: vec![booking], ..Plan::default() };
        let mut people = People::default();
        for code in ["once", "twice", "undated"] {
            people.guests.insert(name(code), Person::default());
        }
        people.vehicles.insert(name("car-1"), "the driver".to_owned());
        people.rooms.insert(name("hall"), "the great hall".to_owned());
        people.bookings.entry(name("hall")).or_default().insert(at(5), "for a guest".to_owned());
        let left = |before: i64| {
            let left = people.since(&plan, at(before));
            let guests: Vec<String> = left.guests.keys().map(ToString::to_string).collect();
            (guests.join(" "), left.vehicles.len(), left.bookings.len(), left.rooms.len())
        };
        assert_eq!(left(9), ("once twice undated".to_owned(), 1, 1, 1));
        assert_eq!(left(10), ("twice undated".to_owned(), 1, 1, 1));
        assert_eq!(left(20), ("undated".to_owned(), 1, 1, 1));
        assert_eq!(left(30), (String::new(), 0, 0, 1));
        assert_eq!(people.since(&Plan::default(), at(99)).guests.len(), 3, "nothing of it has a day");
    }
}
