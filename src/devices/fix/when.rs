//! When a fix was: GGA and GLL tell no date, two-digit years and ten-bit weeks tell a wrong one.

use crate::devices::nmea::{Day, TimeOfDay};
use crate::facts::{Span, Timestamp};

/// GPS counts 1024 weeks and begins again (1999, April 2019, November 2038): old receivers then tell a date that much
/// too early.
const ROLLOVER: Span = Span::from_mins(1024 * 7 * 24 * 60);

/// A live fix is of now. One that is a day off is not believed.
const OFF_MAX: Span = Span::from_mins(24 * 60);

/// A full time that a receiver told, and when it was heard.
#[derive(Debug, Clone, Copy)]
pub(super) struct Anchor {
    told: Timestamp,
    heard: Timestamp,
}

impl Anchor {
    pub(super) fn new(day: Day, time: TimeOfDay, heard: Timestamp) -> Self {
        Self { told: day.at(time), heard }
    }

    /// What the receiver's clock shows by now.
    pub(super) fn reckoned(self, now: Timestamp) -> Timestamp {
        self.told.plus(now.since(self.heard))
    }
}

/// The day on which this time of day is nearest to `near`: just after midnight, 23:59:59 was yesterday.
pub(super) fn nearest(time: TimeOfDay, near: Timestamp) -> Timestamp {
    const DAY: Span = Span::from_mins(24 * 60);
    let today = Day::of(near).at(time);
    let off = today.since(near).as_millis();
    if off > DAY.as_millis() / 2 {
        today.minus(DAY)
    } else if off < -DAY.as_millis() / 2 {
        today.plus(DAY)
    } else {
        today
    }
}

/// The time that is meant, and whether it can be right. One that is whole roll-overs early is put right; any other
/// that is too far from `now` stays as it was told.
pub(super) fn judge(told: Timestamp, now: Timestamp) -> (Timestamp, bool) {
    let near = |at: Timestamp| now.since(at).as_millis().abs() <= OFF_MAX.as_millis();
    let rounds = (now.since(told).as_millis() + ROLLOVER.as_millis() / 2).div_euclid(ROLLOVER.as_millis());
    let meant = if rounds > 0 { told.plus(ROLLOVER.times(rounds)) } else { told };
    if near(meant) { (meant, true) } else { (told, false) }
}
