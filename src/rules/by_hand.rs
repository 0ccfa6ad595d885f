//! Check-ins by hand, and how one is taken back soon after.
//!
//! For [`Command::UNDO_WITHIN`] it is remembered how the guest's visits and posts stood before. Taken back, they stand like
//! that again, and each rule judges them as if nobody had been scanned: what the check-in ended is told anew, and nobody has
//! taken that on; what somebody had put an end to before stays ended. Who is scanned or received meanwhile is here, and
//! nothing is taken back; nor across a step of our clock.
//!
//! Rules of one's own are asked about each scan as it comes: of what they said nothing is taken back.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::day::{VisitId, VisitRecord, of_guest};
use super::guest_waiting::{self, Reception};
use super::lifecycle::{Key, Turn};
use super::post_unmanned::{self, Seen};
use super::state::State;
use super::{arrival_reminder, late_arrival};
use crate::facts::{Command, Entry, HandCheckIn, Name, Resolution, Scan, Subject, Timestamp};

/// How many check-ins are remembered. With more of them within the time the oldest can be taken back no more.
const REMEMBERED_MAX: usize = 1_024;

/// The last check-ins by hand, oldest first, at most one a guest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ByHand(VecDeque<CheckIn>);

/// One of them, and how the guest stood before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CheckIn {
    scan_id: Name,
    guest: Name,
    at: Timestamp,
    /// The visits that it changed.
    visits: Vec<Before>,
    duty: Option<Seen>,
    taken_back: bool,
}

/// How a visit stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Before {
    visit: VisitId,
    arrived_at: Option<Timestamp>,
    inside: bool,
    moved_at: Option<Timestamp>,
    /// There was nobody to receive.
    not_here: bool,
    /// It was told to be late, and somebody put an end to that.
    late_ended: bool,
    /// The time of which somebody was reminded, where somebody put an end to that.
    reminder_ended: Option<Timestamp>,
}

impl ByHand {
    /// A guest is here, or no longer in the plan: no check-in of theirs is taken back any more.
    pub(super) fn forget(&mut self, guest: &Name) {
        self.0.retain(|check_in| check_in.guest != *guest);
    }

    /// Our clock was moved: how long ago they were nobody knows.
    pub(super) fn forget_all(&mut self) {
        self.0.clear();
    }

    /// Those that can be taken back at `now`, and those that were.
    pub(super) fn tell(&self, now: Timestamp) -> Vec<HandCheckIn> {
        let in_time = self.0.iter().filter(|check_in| Command::can_undo(check_in.at, now));
        let told = |CheckIn { scan_id, guest, taken_back, .. }: &CheckIn| HandCheckIn {
            scan_id: scan_id.clone(),
            guest: guest.clone(),
            taken_back: *taken_back,
        };
        in_time.map(told).collect()
    }
}

impl Before {
    fn of(state: &State, id: &VisitId, record: &VisitRecord) -> Self {
        let is_open = |key: Key| state.ledger.state_of(&key).is_some();
        Self {
            visit: id.clone(),
            arrived_at: record.arrived_at,
            inside: record.inside,
            moved_at: record.moved_at,
            not_here: record.reception == Reception::NotHere,
            late_ended: record.told_late && !is_open(Key::Late(id.clone())),
            reminder_ended: record.reminded_of.filter(|_| !is_open(Key::Reminder(id.clone()))),
        }
    }

    fn differs_from(&self, record: &VisitRecord) -> bool {
        (self.arrived_at, self.inside, self.moved_at) != (record.arrived_at, record.inside, record.moved_at)
            || self.not_here != (record.reception == Reception::NotHere)
    }
}

/// A guest is about to be scanned. What is remembered where that is by hand.
pub(super) fn before(state: &mut State, scan: &Scan, entry: &Entry) -> Option<CheckIn> {
    state.by_hand.forget(&scan.code);
    let by_hand = scan.method.as_ref().is_some_and(|method| method.as_str() == Scan::HAND);
    if !by_hand || !Scan::is_dashboard(&scan.kiosk) || !matches!(entry.device, Subject::Operator(_)) {
        return None;
    }
    let visits = of_guest(&state.visits, &scan.code).map(|(id, record)| Before::of(state, id, record));
    Some(CheckIn {
        scan_id: scan.scan_id.clone(),
        guest: scan.code.clone(),
        at: entry.received_at,
        visits: visits.collect(),
        duty: post_unmanned::seen(state, &scan.code),
        taken_back: false,
    })
}

/// The guest was checked in.
pub(super) fn done(state: &mut State, mut check_in: CheckIn) {
    check_in.visits.retain(|before| {
        let record = state.visits.get(&before.visit);
        record.is_some_and(|record| before.differs_from(record))
    });
    let remembered = &mut state.by_hand.0;
    remembered.retain(|other| Command::can_undo(other.at, check_in.at));
    if remembered.len() >= REMEMBERED_MAX {
        remembered.pop_front();
    }
    remembered.push_back(check_in);
}

/// Somebody takes a check-in by hand back. Nothing happens where that is no longer possible.
pub(super) fn take_back(state: &mut State, turn: &mut Turn, guest: &Name, scan_id: &Name) {
    let remembered = state.by_hand.0.iter_mut();
    let Some(check_in) = remembered
        .filter(|check_in| (&check_in.guest, &check_in.scan_id) == (guest, scan_id))
        .find(|check_in| !check_in.taken_back && Command::can_undo(check_in.at, turn.at))
    else {
        return;
    };
    check_in.taken_back = true;
    let CheckIn { at, visits, duty, .. } = check_in.clone();
    for before in visits {
        let Some(record) = state.visits.get_mut(&before.visit) else { continue };
        (record.arrived_at, record.inside, record.moved_at) = (before.arrived_at, before.inside, before.moved_at);
        (record.told_late, record.reminded_of) = (before.late_ended, before.reminder_ended);
        if before.not_here {
            guest_waiting::taken_back(state, turn, &before.visit);
        }
        late_arrival::reassess_one(state, turn, &before.visit, Resolution::Cleared);
        arrival_reminder::reassess(state, turn, &before.visit, Resolution::Cleared);
    }
    post_unmanned::unsee(state, turn, guest, at, duty.as_ref());
}
