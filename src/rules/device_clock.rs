//! What a device's own clock is worth: how far it is off, and when a thing that it reports really happened.
//!
//! A report's *lag* is our stamp minus the device's: the error of its clock plus the time the report was under way.
//! Being under way takes no negative time, so the smallest lag seen is the best guess at the error, and what a report
//! has above it is how late it was reported. Three things must not fool this:
//!
//! - *A late upload as the first report.* A lag of up to [`ERROR_AT_ONCE`] is taken as the clock's error, a longer one
//!   as lateness of a clock that is right.
//! - *A single mad stamp, or a clock that was set.* A lag that would move the error by more than [`ERROR_AT_ONCE`], or
//!   up at all, must be shown by [`AGREEING`] reports spread over time: live reports through a wrong clock agree to
//!   seconds, those of a backlog do not.
//! - *No clock at all* (a kiosk that boots in 1970): a lag beyond [`LAG_MAX`] is never learned and never believed, since
//!   such a clock starts again at every boot. Our stamp counts.
//!
//! Reads no clock: both times are arguments.

use serde::{Deserialize, Serialize};

use crate::facts::{Span, Timestamp};

/// The error that one report may teach.
const ERROR_AT_ONCE: Span = Span::from_mins(10);
/// The largest believable lag either way: one day, no venue is cut off longer.
const LAG_MAX: Span = Span::from_mins(24 * 60);
/// Above this a report counts as reported late; below it the time under way is not worth a word.
pub(super) const LATE_REPORT: Span = Span::from_secs(60);
/// How many reports must show the same lag before it is taken as the clock's error.
const AGREEING: u8 = 3;
/// How far their lags may differ.
const AGREEMENT: Span = Span::from_secs(10);
/// How far apart they must be received: a backlog comes in one go.
const AGREEING_APART: Span = Span::from_secs(30);

/// The learned error of one device's clock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DeviceClock {
    /// The lag of a report that was not under way at all: positive for a clock that is slow.
    error: Option<Span>,
    /// Another error that the latest reports agree on.
    rival: Option<Rival>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Rival {
    error: Span,
    reports: u8,
    received_at: Timestamp,
}

impl DeviceClock {
    /// When a thing happened that the device stamped `observed_at`: never after `received_at`.
    pub(super) fn judge(&mut self, observed_at: Option<Timestamp>, received_at: Timestamp) -> Timestamp {
        let Some(observed_at) = observed_at else { return received_at };
        let lag = received_at.since(observed_at);
        if lag > LAG_MAX || lag < LAG_MAX.times(-1) {
            self.rival = None;
            return received_at;
        }
        let late = lag.as_millis() - self.error.map_or(0, Span::as_millis);
        let near = late.abs() <= ERROR_AT_ONCE.as_millis();
        if near && (late < 0 || self.error.is_none()) {
            self.error = Some(lag);
            self.rival = None;
            return received_at;
        }
        if (0..=LATE_REPORT.as_millis()).contains(&late) {
            self.rival = None;
        } else if self.agrees(lag, received_at) {
            self.error = Some(lag);
            self.rival = None;
            return received_at;
        }
        if late < 0 || late > LAG_MAX.as_millis() {
            return received_at;
        }
        received_at.minus(Span::from_millis(late))
    }

    /// Counts a report for the rival error; true when enough agree.
    fn agrees(&mut self, lag: Span, received_at: Timestamp) -> bool {
        match &mut self.rival {
            Some(rival) if (lag.as_millis() - rival.error.as_millis()).abs() <= AGREEMENT.as_millis() => {
                if received_at.since(rival.received_at) >= AGREEING_APART {
                    rival.reports += 1;
                    rival.received_at = received_at;
                }
                rival.reports >= AGREEING
            }
            Some(_) | None => {
                self.rival = Some(Rival { error: lag, reports: 1, received_at });
                false
            }
        }
    }

    /// Our own clock was moved: every lag moves with it.
    pub(super) fn we_moved(&mut self, by: Span) {
        self.rival = None;
        self.error = self
            .error
            .map(|error| Span::from_millis(error.as_millis().saturating_add(by.as_millis())))
            .filter(|error| *error <= LAG_MAX && *error >= LAG_MAX.times(-1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each report is `observed>received`, minutes with decimals; what comes out is how many seconds before its
    /// receipt the thing is judged to have happened.
    fn check(reports: &str, want: &str) {
        let minutes = |text: &str| {
            let minutes: crate::facts::Milli = text.parse().unwrap();
            Timestamp::from_millis(1_795_400_000_000 + minutes.raw() * 60)
        };
        let mut clock = DeviceClock::default();
        let got: Vec<String> = reports
            .split_whitespace()
            .map(|report| {
                let (observed, received) = report.split_once('>').unwrap();
                let received = minutes(received);
                let observed = match observed {
                    "-" => None,
                    "1970" => Some(Timestamp::from_millis(received.as_millis() % 1_000_000)),
                    text => Some(minutes(text)),
                };
                let judged = clock.judge(observed, received);
                assert!(judged <= received, "{report} is judged to have happened in the future");
                received.since(judged).as_secs().to_string()
            })
            .collect();
        assert_eq!(got.join(" "), want, "{reports}");
    }

    #[test]
    fn a_right_clock_is_believed() {
        check("0>0 1>1 2>2.01 3>3.05", "0 0 0 3");
        check("->0 1>1", "0 0");
        // Small jitter does not add up: the smallest lag stays.
        check("0>0.05 1>1.01 2>2.05 3>3.01", "0 0 2 0");
    }

    #[test]
    fn a_constant_error_is_taken_off() {
        // Five minutes slow, then five minutes fast.
        check("0>5 1>6 2>7 3>48", "0 0 0 2400");
        check("5>0 6>1 7>2 8>43", "0 0 0 2400");
        // An hour fast: not believed at first, learned from three reports spread over time.
        check("60>0 61>1 62>2 63>3 64>44", "0 0 0 0 2400");
        // An hour fast and cut off before it was learned: our stamp.
        check("60>0 61>41", "0 0");
    }

    #[test]
    fn a_backlog_tells_the_past() {
        check("0>0 5>45 15>45.01 25>45.02 35>45.03 44.9>45.04 46>46", "0 2400 1800 1201 601 8 0");
        // The same as the very first thing that is heard.
        check("5>45 15>45.01 44.9>45.04 46>46", "2400 1800 0 0");
        // Even when it drips in slowly.
        check("0>0 5>45 6>45.5 7>46 8>46.5", "0 2400 2370 2340 2310");
    }

    #[test]
    fn no_clock_at_all_is_never_believed() {
        check("1970>0 1970>1 1970>2 1970>3 1970>60", "0 0 0 0 0");
        check("0>0 1970>1 2>2 3>43", "0 0 0 2400");
    }

    #[test]
    fn a_clock_that_was_set_is_learned_again() {
        // Half an hour fast, put right: three live reports later it is believed.
        check("30>0 31>1 32>2 3>3 4>4 5>5 6>6 7>17", "0 0 0 1800 1800 0 0 600");
        // One mad stamp changes nothing.
        check("0>0 300>1 2>2 3>13", "0 0 0 600");
    }

    #[test]
    fn our_own_step_is_no_error_of_the_device() {
        let at = |s: i64| Timestamp::from_millis(1_795_400_000_000 + s * 1000);
        let mut clock = DeviceClock::default();
        assert_eq!(clock.judge(Some(at(0)), at(-300)), at(-300));
        clock.we_moved(Span::from_secs(300));
        assert_eq!(clock.judge(Some(at(60)), at(60)), at(60));
        assert_eq!(clock.judge(Some(at(120)), at(720)), at(120));
    }
}
