//! The flood guard: when so many alerts come that nobody reads them one by one, they are gathered.
//!
//! Pure: the time is an argument. Promises that one receiver gets no more than [`ALERTS_MAX`] alerts of their own in
//! [`WINDOW`], and that it is said when the gathering begins and when it ends. Its memory is short and not kept: after a
//! start it counts anew.

use std::collections::VecDeque;

use crate::facts::{Span, Timestamp};

/// More alerts than these in [`WINDOW`] are a flood.
const ALERTS_MAX: usize = 10;
/// In which they are counted, and after which what was gathered is told.
const WINDOW: Span = Span::from_mins(10);
/// A critical alert does not wait for so long, but not each makes a message of its own.
const URGENT_WINDOW: Span = Span::from_mins(1);

/// How a message stands to the flood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tide {
    /// There is none.
    Calm,
    /// There is one: what comes from here on is gathered until then.
    High(Timestamp),
    /// It is over with this message.
    Over,
}

/// What one receiver was told lately.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Flood {
    /// When each of the last alerts was told.
    told: VecDeque<Timestamp>,
    /// When the last message went, while there is a flood.
    said_at: Option<Timestamp>,
}

impl Flood {
    /// Until when to gather; none: there is no flood, or it has been long enough. A stamp that lies ahead of us is of a
    /// time that was put back.
    pub(super) fn gathers_until(&self, now: Timestamp, urgent: bool) -> Option<Timestamp> {
        let said_at = self.said_at.filter(|at| *at <= now)?;
        Some(said_at.plus(if urgent { URGENT_WINDOW } else { WINDOW })).filter(|until| *until > now)
    }

    /// A message with so many alerts that fire goes now.
    pub(super) fn count(&mut self, now: Timestamp, firing: usize) -> Tide {
        self.told.retain(|at| *at <= now && at.plus(WINDOW) > now);
        self.told.extend(std::iter::repeat_n(now, firing.min(ALERTS_MAX + 1)));
        let was_high = self.said_at.is_some();
        if self.told.len() > ALERTS_MAX {
            // Older ones change nothing any more.
            self.told.drain(..self.told.len() - ALERTS_MAX - 1);
            self.said_at = Some(now);
            return Tide::High(now.plus(WINDOW));
        }
        self.said_at = None;
        if was_high { Tide::Over } else { Tide::Calm }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(mins: i64) -> Timestamp {
        Timestamp::from_millis(1_795_400_000_000 + mins * 60_000)
    }

    #[test]
    fn more_than_ten_in_ten_minutes_are_gathered_until_fewer_come() {
        let mut flood = Flood::default();
        for minute in 0..5 {
            assert_eq!(flood.count(at(minute), 2), Tide::Calm);
        }
        assert_eq!(flood.gathers_until(at(4), false), None);
        assert_eq!(flood.count(at(5), 1), Tide::High(at(15)));
        assert_eq!((flood.gathers_until(at(14), false), flood.gathers_until(at(15), false)), (Some(at(15)), None));
        assert_eq!(flood.count(at(15), 11), Tide::High(at(25)), "it goes on");
        assert_eq!(flood.count(at(25), 10), Tide::Over);
        assert_eq!(flood.gathers_until(at(25), false), None);
        assert_eq!(flood.count(at(34), 1), Tide::High(at(44)), "ten were told nine minutes ago");
    }

    #[test]
    fn slow_ones_are_no_flood() {
        let mut flood = Flood::default();
        for minute in 0..200 {
            assert_eq!(flood.count(at(minute), 1), Tide::Calm);
        }
    }

    #[test]
    fn urgent_ones_wait_for_a_minute_and_a_clock_put_back_holds_nothing() {
        let mut flood = Flood::default();
        assert!(matches!(flood.count(at(0), 500), Tide::High(_)));
        assert_eq!((flood.gathers_until(at(0), true), flood.gathers_until(at(1), true)), (Some(at(1)), None));
        assert!(matches!(flood.count(at(1), 1), Tide::High(_)));
        assert_eq!(flood.gathers_until(at(-60), false), None);
        assert_eq!(flood.count(at(-60), 1), Tide::Over);
    }
}
