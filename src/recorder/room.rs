//! When something is given up, and when nothing more is taken in: by how much of the data budget is in use.
//!
//! Pure: bytes and numbers in, a decision out. First goes what upstream has, then readings, then positions; scans, alerts
//! and commands never: rather than that, nothing more is taken in.

use crate::facts::{Seq, Span, Timestamp};
use crate::journal::{GaveUp, Keeping, Pass};

/// Nothing was given up for want of room for so long: then it is over.
const QUIET: Span = Span::from_mins(60);
/// A snapshot is laid down for the sake of giving up more only after so many entries.
const SNAPSHOT_AFTER: u64 = crate::journal::STRETCH;

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Give up a stretch, for want of room.
    Forced(Pass),
    /// Give up a stretch that upstream has and that is old enough.
    Aged(Pass),
    /// Have a snapshot laid down, so that more may go.
    Snapshot,
    /// Nothing.
    Rest,
}

/// How much room there is where nothing is left that may go for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Short {
    /// Enough, or more may go.
    #[default]
    No,
    /// Little, until there is some again.
    Low,
    /// None: all of the budget is in use.
    Spent,
}

/// Where the budget stands.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// Since it was nearly in use, and until there is some room again.
    forced: bool,
    short: Short,
    /// How many kinds of passes came to their end since then.
    ended: usize,
    /// What may go for its age is gone, as far as was looked.
    aged: bool,
    /// When something last went for want of room; none: it is long over.
    given_up_at: Option<Timestamp>,
}

/// What is known when a decision is due.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fill {
    pub(super) used: u64,
    /// Upstream has everything up to here.
    pub(super) delivered: Seq,
    /// Entries since the newest snapshot.
    pub(super) since_snapshot: u64,
}

impl Room {
    /// At a start; `given_up_at`: as if something had gone for want of room then.
    pub(super) fn begin(given_up_at: Option<Timestamp>) -> Self {
        Self { given_up_at, ..Self::default() }
    }

    /// Whether the budget is nearly in use.
    fn is_tight(used: u64, budget: u64) -> bool {
        used >= budget - budget / 16
    }

    /// Decides. Giving up begins when a sixteenth of the budget is left and ends when an eighth is free.
    pub(super) fn next(&mut self, keeping: &Keeping, fill: Fill, now: Timestamp) -> Next {
        let Fill { used, delivered, since_snapshot } = fill;
        if Self::is_tight(used, keeping.budget) {
            self.forced = true;
        } else if used < keeping.budget - keeping.budget / 8 {
            (self.forced, self.short, self.ended) = (false, Short::No, 0);
        }
        let passes = [Pass::Upstream { upto: delivered, before: Timestamp::MAX }, Pass::Readings, Pass::Positions];
        // One more batch is taken in where a snapshot can ride along: then more may go.
        let nothing_left = self.ended >= passes.len() && since_snapshot < SNAPSHOT_AFTER;
        self.short = if nothing_left && used >= keeping.budget {
            Short::Spent
        } else if self.short != Short::No || nothing_left && Self::is_tight(used, keeping.budget) {
            Short::Low
        } else {
            Short::No
        };
        if self.forced {
            return match passes.get(self.ended) {
                Some(pass) => Next::Forced(*pass),
                None if since_snapshot >= SNAPSHOT_AFTER => Next::Snapshot,
                None => Next::Rest,
            };
        }
        if self.aged || delivered == 0 {
            return Next::Rest;
        }
        Next::Aged(Pass::Upstream { upto: delivered, before: now.minus(keeping.days) })
    }

    /// Takes down what came of it.
    pub(super) fn came(&mut self, next: Next, gave: &GaveUp, now: Timestamp) {
        match (next, gave) {
            (Next::Forced(_), GaveUp::Some(_)) => self.given_up_at = Some(now),
            (Next::Forced(_), GaveUp::Nothing) => self.ended += 1,
            (Next::Aged(_), GaveUp::Nothing) => self.aged = true,
            (Next::Forced(_) | Next::Aged(_), GaveUp::NotYet)
            | (Next::Aged(_), GaveUp::Some(_))
            | (Next::Snapshot | Next::Rest, _) => {}
        }
    }

    /// There is a newer snapshot: more may go.
    pub(super) fn snapshot_laid_down(&mut self) {
        self.ended = 0;
    }

    /// Time has passed: look again for what is old enough.
    pub(super) fn look_again(&mut self) {
        self.aged = false;
    }

    /// Whether there is little room and nothing left that may go for it.
    pub(super) fn is_low(&self) -> bool {
        self.short != Short::No
    }

    /// Whether all of the budget is in use, and nothing is left that may go.
    pub(super) fn is_spent(&self) -> bool {
        self.short == Short::Spent
    }

    /// Whether something went for want of room not long ago.
    pub(super) fn gives_up(&mut self, now: Timestamp) -> bool {
        self.given_up_at = self.given_up_at.filter(|at| now.since(*at) < QUIET);
        self.given_up_at.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::from_millis(1_795_000_000_000);

    fn keeping() -> Keeping {
        Keeping { budget: 1_600, days: Span::from_secs(86_400), upstream: &["a"] }
    }

    fn next(room: &mut Room, used: u64, since_snapshot: u64) -> Next {
        room.next(&keeping(), Fill { used, delivered: 7, since_snapshot }, AT)
    }

    #[test]
    fn it_begins_at_a_sixteenth_and_ends_at_an_eighth() {
        let mut room = Room { aged: true, ..Room::default() };
        let first = Next::Forced(Pass::Upstream { upto: 7, before: Timestamp::MAX });
        for (used, want) in
            [(1_499, Next::Rest), (1_500, first), (1_400, first), (1_399, Next::Rest), (1_499, Next::Rest)]
        {
            assert_eq!(next(&mut room, used, 0), want, "{used}");
        }
    }

    #[test]
    fn readings_then_positions_then_a_snapshot_and_then_nothing_more_is_taken_in() {
        let mut room = Room::default();
        let mut seen = Vec::new();
        while seen.last() != Some(&Next::Rest) {
            let came = next(&mut room, 1_600, 0);
            assert_eq!(room.is_spent(), came == Next::Rest);
            room.came(came, &GaveUp::NotYet, AT);
            assert_eq!(next(&mut room, 1_600, 0), came, "it goes on where it was");
            room.came(came, &GaveUp::Nothing, AT);
            seen.push(came);
        }
        let upstream = Next::Forced(Pass::Upstream { upto: 7, before: Timestamp::MAX });
        let want = [upstream, Next::Forced(Pass::Readings), Next::Forced(Pass::Positions), Next::Rest];
        assert_eq!(seen, want);
        assert!(room.is_low());
        assert_eq!((next(&mut room, 1_599, 0), room.is_spent(), room.is_low()), (Next::Rest, false, true));
        assert_eq!(next(&mut room, 1_600, SNAPSHOT_AFTER), Next::Snapshot);
        room.snapshot_laid_down();
        assert_eq!((next(&mut room, 1_600, 0), room.is_spent()), (upstream, false));
    }

    #[test]
    fn by_age_goes_only_what_upstream_has() {
        let (mut room, mut without) = (Room::default(), Room::default());
        let before = AT.minus(Span::from_secs(86_400));
        let came = next(&mut room, 10, 0);
        assert_eq!(came, Next::Aged(Pass::Upstream { upto: 7, before }));
        room.came(came, &GaveUp::Nothing, AT);
        assert_eq!(next(&mut room, 10, 0), Next::Rest);
        room.look_again();
        assert_eq!(next(&mut room, 10, 0), came);
        assert_eq!(without.next(&keeping(), Fill { used: 10, delivered: 0, since_snapshot: 0 }, AT), Next::Rest);
    }
}
