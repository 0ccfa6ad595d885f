//! The rule `double_booking`: the plan wants a room or a vehicle twice at once.
//!
//! Found in the plan alone, when it comes: two bookings of a room that overlap, or a pick-up of a vehicle before the guests of
//! its trip before are expected. Pick-ups at one place within [`TOGETHER`] are one journey. What is booked is held against
//! whatever runs longest when it begins, so each booking and each trip is told at most once. Opens firing, and ends when the
//! plan mends it or the overlap is over.
//!
//! A trip without a time says nothing, and an off-duty vehicle is not judged. The plan contradicts itself by any clock: while
//! ours is not trusted a double booking that seems to lie ahead is told all the same, but none ends by the time.

use serde::{Deserialize, Serialize};

use super::day::Day;
use super::lifecycle::{Breach, Key, Turn};
use super::runs::Run;
use super::state::State;
use crate::facts::plan::Booking;
use crate::facts::{Name, Resolution, RuleKind, Span, Subject, Timestamp, Value, Values};

/// Pick-ups at one place that lie no farther apart than this are one journey.
const TOGETHER: Span = Span::from_mins(15);

/// What is booked though something else runs there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Slot {
    /// The booking of this room that begins at this moment.
    Room(Name, Timestamp),
    /// The trip of this name of this vehicle.
    Trip(Name, Name),
}

/// A double booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Clash {
    /// What runs, and what begins before that is over.
    first: Stretch,
    second: Stretch,
    /// It was told; whoever ends that alert, it is not told again.
    told: bool,
}

/// One booking, or one trip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Stretch {
    from: Timestamp,
    to: Timestamp,
    trip: Option<Name>,
}

impl Clash {
    fn ends(&self) -> Timestamp {
        self.first.to.min(self.second.to)
    }

    fn is_same(&self, other: &Self) -> bool {
        (&self.first, &self.second) == (&other.first, &other.second)
    }
}

impl Stretch {
    fn of_booking(booking: &Booking) -> Self {
        Self { from: booking.from, to: booking.to, trip: None }
    }

    fn of_run(run: &Run) -> Self {
        Self { from: run.from, to: run.to, trip: Some(run.trip.id.clone()) }
    }
}

/// Every double booking of a plan.
fn find(day: &Day) -> Vec<(Slot, Clash)> {
    let mut found = Vec::new();
    for (room, bookings) in &day.bookings {
        let mut bookings: Vec<&Booking> = bookings.iter().collect();
        bookings.sort();
        each_with_longest(
            &bookings,
            |booking| booking.to,
            |longest, booking| {
                if booking.from < longest.to {
                    let slot = Slot::Room(room.clone(), booking.from);
                    found.push((slot, Clash::new(Stretch::of_booking(longest), Stretch::of_booking(booking))));
                }
            },
        );
    }
    for (vehicle, runs) in day.runs.iter().filter(|(vehicle, _)| !day.is_off_duty(vehicle)) {
        let runs: Vec<&Run> = runs.iter().collect();
        each_with_longest(
            &runs,
            |run| run.to,
            |longest, run| {
                let at_once = run.from < longest.to || run.from == longest.from;
                let together = longest.trip.from.is_some()
                    && longest.trip.from == run.trip.from
                    && run.from.since(longest.from) <= TOGETHER;
                if at_once && !together {
                    let slot = Slot::Trip(vehicle.clone(), run.trip.id.clone());
                    found.push((slot, Clash::new(Stretch::of_run(longest), Stretch::of_run(run))));
                }
            },
        );
    }
    found
}

impl Clash {
    const fn new(first: Stretch, second: Stretch) -> Self {
        Self { first, second, told: false }
    }
}

/// Each of a list in the order of its beginnings, with whichever before it ends last.
fn each_with_longest<T>(all: &[&T], end: impl Fn(&T) -> Timestamp, mut take: impl FnMut(&T, &T)) {
    let mut longest: Option<&T> = None;
    for one in all {
        if let Some(longest) = longest {
            take(longest, one);
        }
        if longest.is_none_or(|longest| end(one) > end(longest)) {
            longest = Some(one);
        }
    }
}

/// A plan takes the place of the one before. What is booked twice by both keeps its alert.
pub(super) fn replace(state: &mut State, turn: &mut Turn) {
    let mut old = std::mem::take(&mut state.clashes);
    for (slot, clash) in find(&state.day) {
        let told = old.get(&slot).is_some_and(|before| before.is_same(&clash) && before.told);
        if told {
            old.remove(&slot);
        }
        state.clashes.insert(slot, Clash { told, ..clash });
    }
    for (slot, clash) in old {
        let key = Key::Double(slot);
        state.deadlines.cancel(&key);
        if clash.told {
            state.ledger.resolve(turn, &key, Resolution::PlanChanged, Values::new());
        }
    }
    reassess_all(state, turn, Resolution::PlanChanged);
}

/// The plan, the rule or the clock changed: judges every double booking anew, in the order in which they begin.
pub(super) fn reassess_all(state: &mut State, turn: &mut Turn, because: Resolution) {
    let mut slots: Vec<(Timestamp, Slot)> =
        state.clashes.iter().map(|(slot, clash)| (clash.second.from, slot.clone())).collect();
    slots.sort();
    for (_, slot) in slots {
        reassess(state, turn, &slot, because);
    }
}

/// An overlap is over.
pub(super) fn fire(state: &mut State, turn: &mut Turn, slot: &Slot) {
    reassess(state, turn, slot, Resolution::Over);
}

fn reassess(state: &mut State, turn: &mut Turn, slot: &Slot, because: Resolution) {
    let (rule, trusted) = (&state.settings.double_booking, state.clock.trusted);
    let Some(clash) = state.clashes.get_mut(slot) else { return };
    let (key, ends) = (Key::Double(slot.clone()), clash.ends());
    let is_over = ends <= turn.at && (trusted || !clash.told);
    if !rule.enabled || is_over {
        state.deadlines.cancel(&key);
        if std::mem::take(&mut clash.told) {
            let resolution = if rule.enabled { Resolution::Over } else { because };
            state.ledger.resolve(turn, &key, resolution, Values::new());
        }
        return;
    }
    if trusted {
        state.deadlines.arm(&key, ends);
    } else {
        state.deadlines.cancel(&key);
    }
    if !std::mem::replace(&mut clash.told, true) {
        let (subject, values) = (subject(slot), values(clash));
        let breach = Breach { rule: RuleKind::DoubleBooking, subject, severity: rule.severity, since: turn.at, values };
        state.ledger.open_firing(turn, key, breach);
    }
}

fn subject(slot: &Slot) -> Subject {
    match slot {
        Slot::Room(room, _) => Subject::Room(room.clone()),
        Slot::Trip(vehicle, _) => Subject::Vehicle(vehicle.clone()),
    }
}

fn values(clash: &Clash) -> Values {
    let Clash { first, second, .. } = clash;
    let mut values = Values::from([
        ("first_from".into(), Value::from(first.from)),
        ("first_to".into(), Value::from(first.to)),
        ("second_from".into(), Value::from(second.from)),
        ("second_to".into(), Value::from(second.to)),
    ]);
    let trips = [("first_trip", &first.trip), ("second_trip", &second.trip)];
    values.extend(trips.into_iter().filter_map(|(key, trip)| Some((key.into(), Value::from(trip.as_ref()?)))));
    values
}
