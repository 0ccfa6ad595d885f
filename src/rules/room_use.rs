//! Whether a room is in use: for `room_climate`, where it judges only rooms that are.
//!
//! A room is in use while one of its bookings runs, from so long before as the rule says, and while a sensor that is not
//! silent counts people in it. Of a room that the plan does not book and where nobody counts, nothing says that it is
//! empty: it counts as in use. So does a booked one while our clock is not trusted. Judges no climate.

use std::collections::BTreeSet;

use super::day::Day;
use super::lifecycle::{Key, Turn};
use super::room_climate;
use super::state::State;
use crate::facts::plan::Booking;
use crate::facts::{Metric, Milli, Name, Resolution, Timestamp};

/// Whether the room's climate matters at this moment.
pub(super) fn counts(state: &State, room: &Name, at: Timestamp) -> bool {
    !state.settings.room_climate.only_in_use || used(state, room, at).unwrap_or(true)
}

/// Whether the room is in use at this moment; none where nothing says so or otherwise.
pub(super) fn used(state: &State, room: &Name, at: Timestamp) -> Option<bool> {
    let rule = &state.settings.room_climate;
    let people = people(state, room);
    let bookings = bookings(&state.day, room);
    let runs = |booking: &Booking| booking.from.minus(rule.lead) <= at && at < booking.to;
    match people {
        Some(people) if people > Milli::default() => Some(true),
        None if bookings.is_empty() => None,
        Some(_) if bookings.is_empty() => Some(false),
        Some(_) | None => state.clock.trusted.then(|| bookings.iter().any(runs)),
    }
}

/// The booking of the room that runs, or the next one; none while nobody knows what time it is.
pub(super) fn booking<'a>(state: &'a State, room: &Name, at: Timestamp) -> Option<&'a Booking> {
    let ahead = bookings(&state.day, room).iter().filter(|booking| state.clock.trusted && at < booking.to);
    ahead.min_by_key(|booking| (booking.from, booking.to))
}

/// How many people are in a room at least, as far as anybody counts.
fn people(state: &State, room: &Name) -> Option<Milli> {
    let sensors = state.rooms.get(room)?.sensors.values();
    sensors.filter_map(|values| values.get(&Metric::Occupancy)).map(|sensed| sensed.value).max()
}

fn bookings<'a>(day: &'a Day, room: &Name) -> &'a [Booking] {
    day.bookings.get(room).map(Vec::as_slice).unwrap_or_default()
}

/// The rule or our clock changed: what begins and ends from here on is due anew.
pub(super) fn expect_all(state: &mut State, at: Timestamp) {
    let rooms: Vec<Name> = state.day.bookings.keys().cloned().collect();
    for room in rooms {
        expect(state, &room, at);
    }
}

/// A new plan took the place of `old`.
pub(super) fn plan_changed(state: &mut State, at: Timestamp, old: &Day) {
    let rooms: BTreeSet<Name> = old.bookings.keys().chain(state.day.bookings.keys()).cloned().collect();
    for room in rooms {
        expect(state, &room, at);
    }
}

/// Waits for the next booking of the room that begins to count, or ends.
fn expect(state: &mut State, room: &Name, at: Timestamp) {
    let rule = &state.settings.room_climate;
    let edges = bookings(&state.day, room).iter().flat_map(|booking| [booking.from.minus(rule.lead), booking.to]);
    let next = edges.filter(|edge| *edge > at && rule.only_in_use && rule.enabled).min();
    let key = Key::InUse(room.clone());
    match next {
        Some(next) => state.deadlines.arm(&key, next),
        None => state.deadlines.cancel(&key),
    }
}

/// A booking of the room begins to count, or ends.
pub(super) fn fire(state: &mut State, turn: &mut Turn, room: &Name) {
    expect(state, room, turn.at);
    room_climate::reassess_room(state, turn, room, Resolution::Cleared);
}
