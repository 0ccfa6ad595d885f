//! When alerts that were put aside come back: their deadlines, and what a step of our clock means to them.
//!
//! A length runs on across a step of the clock, because it is time that passes: its end moves along. A moment stays
//! where it is, because it is one on the wall: after a step beyond it the alert comes back with the step, and after one
//! back it is never further away than a shelving may last. What becomes of the alert itself is in `lifecycle`.

use super::lifecycle::{Key, Turn};
use super::state::State;
use crate::facts::{Aside, Name, Shelf, Span, Timestamp};

/// Somebody puts an alert aside. Nothing happens where the time is over already.
pub(super) fn shelve(state: &mut State, turn: &mut Turn, id: &Name, by: &Name, aside: Aside, reason: &str) {
    let at = turn.at;
    let (until, length) = match aside {
        Aside::For(length) => (at.plus(length), Some(length)),
        Aside::Until(until) => (until, None),
    };
    let until = until.min(at.plus(Shelf::LENGTH_MAX));
    if until <= at {
        return;
    }
    let shelf = Shelf { at, until, length, by: by.clone(), reason: reason.to_owned(), ended_at: None };
    if let Some(number) = state.ledger.shelve(turn, id, shelf) {
        state.deadlines.arm(&Key::Shelf(number), until);
    }
}

/// Somebody takes an alert back before its time.
pub(super) fn unshelve(state: &mut State, turn: &mut Turn, id: &Name) {
    if let Some(number) = state.ledger.number(id.as_str()) {
        over(state, turn, number);
    }
}

/// The time is over: an alert that is still open fires again. One that ended meanwhile, or came back, stays as it is.
pub(super) fn over(state: &mut State, turn: &mut Turn, number: u64) {
    state.deadlines.cancel(&Key::Shelf(number));
    state.ledger.unshelve(turn, number);
}

/// Our clock was moved.
pub(super) fn clock_moved(state: &mut State, turn: &mut Turn, by: Span) {
    let until = |shelf: &Shelf| match shelf.length {
        Some(_) => shelf.until.plus(by),
        None => shelf.until.min(turn.at.plus(Shelf::LENGTH_MAX)),
    };
    let ends: Vec<(u64, Timestamp)> = state.ledger.shelved().map(|(number, shelf)| (number, until(shelf))).collect();
    for (number, until) in ends {
        if until <= turn.at {
            over(state, turn, number);
        } else {
            state.ledger.move_shelf(turn, number, until);
            state.deadlines.arm(&Key::Shelf(number), until);
        }
    }
}

/// What is put aside was taken over from the record: its end is waited for from here on.
pub(super) fn taken_over(state: &mut State) {
    let ends: Vec<(u64, Timestamp)> = state.ledger.shelved().map(|(number, shelf)| (number, shelf.until)).collect();
    for (number, until) in ends {
        state.deadlines.arm(&Key::Shelf(number), until);
    }
}
