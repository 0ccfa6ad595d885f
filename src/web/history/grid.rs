//! From when to when a chart is asked for, and in steps of what length.
//!
//! Promises whole minutes and a bounded number of steps; refuses what would not be that, and says what would. Knows what
//! time it is only as an argument.

use jiff::tz::TimeZone;

use super::super::problem::Problem;
use super::super::report::ReportDay;
use crate::facts::{Span, Timestamp};

/// Steps in one answer. A screen has no more points across.
const STEPS_MAX: i64 = 2_000;
/// Steps where nobody says how long one is.
const STEPS_USUAL: i64 = 300;
/// What is looked through for one answer, in minutes: for one room, and for all of them.
pub(super) const ONE_MAX: i64 = 31 * 24 * 60;
pub(super) const ALL_MAX: i64 = 24 * 60;
/// Steps that people read off a clock, in minutes.
const ROUND: [i64; 13] = [1, 2, 5, 10, 15, 30, 60, 2 * 60, 3 * 60, 6 * 60, 12 * 60, 24 * 60, 48 * 60];
const MINUTE_MS: i64 = 60_000;

/// What is asked for; what is absent has a usual value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub step: Option<Span>,
}

/// The first moment where nobody says it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Since<'a> {
    /// The site's midnight before the end.
    Midnight(&'a TimeZone),
    /// So long before the end.
    Before(Span),
}

/// Steps of one length, side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grid {
    /// The first step's beginning: a whole minute.
    pub from: Timestamp,
    /// As asked; the last step holds it or ends at it.
    pub to: Timestamp,
    /// Minutes of a step.
    step: i64,
    pub steps: usize,
}

impl Grid {
    pub fn of(asked: Asked, since: Since<'_>, now: Timestamp, minutes_max: i64) -> Result<Self, Problem> {
        let to = asked.to.unwrap_or(now);
        let from = match (asked.from, since) {
            (Some(from), _) => from,
            (None, Since::Before(span)) => to.minus(span),
            (None, Since::Midnight(zone)) => {
                let day = ReportDay::asked("today", zone, to.minus(Span::from_millis(1)));
                day.map_or(to, |day| day.from)
            }
        };
        if from > to {
            return Err(Problem::malformed(format!("from is {from}, which is after {to}, where the answer ends")));
        }
        let from = Timestamp::from_millis(from.as_millis().div_euclid(MINUTE_MS) * MINUTE_MS);
        let minutes = ceil(to.since(from).as_millis(), MINUTE_MS).max(1);
        if minutes > minutes_max {
            return Err(Problem::malformed(format!(
                "from {from} to {to} are more than the {} hours that are told at once; ask for less",
                minutes_max / 60
            )));
        }
        let step = match asked.step {
            Some(step) => in_minutes(step)?,
            None => round(minutes, STEPS_USUAL),
        };
        let steps = ceil(minutes, step);
        if steps > STEPS_MAX {
            let would = Span::from_mins(round(minutes, STEPS_MAX));
            return Err(Problem::malformed(format!(
                "a step of {} makes {steps} steps, and at most {STEPS_MAX} are told; a step of {would} would do",
                Span::from_mins(step)
            )));
        }
        Ok(Self { from, to, step, steps: usize::try_from(steps).unwrap_or_default() })
    }

    pub const fn step_s(&self) -> i64 {
        self.step * 60
    }

    /// The first moment behind the last whole minute.
    pub const fn end(&self) -> Timestamp {
        let minutes = ceil(self.to.as_millis() - self.from.as_millis(), MINUTE_MS);
        Timestamp::from_millis(self.from.as_millis() + if minutes < 1 { 1 } else { minutes } * MINUTE_MS)
    }

    /// The step that a minute since 1970 belongs to.
    pub fn place(&self, minute: i64) -> Option<usize> {
        let after = minute - self.from.as_millis().div_euclid(MINUTE_MS);
        usize::try_from(after.div_euclid(self.step)).ok().filter(|place| *place < self.steps)
    }
}

const fn ceil(of: i64, by: i64) -> i64 {
    (of + by - 1).div_euclid(by)
}

fn in_minutes(step: Span) -> Result<i64, Problem> {
    let ms = step.as_millis();
    if ms >= MINUTE_MS && ms % MINUTE_MS == 0 {
        return Ok(ms / MINUTE_MS);
    }
    let what = "what rooms measured is added up by the minute";
    Err(Problem::malformed(format!("step is {step}, but {what}; ask for whole minutes, as 1m or 5m")))
}

/// The shortest round step that makes no more steps than that.
fn round(minutes: i64, steps: i64) -> i64 {
    ROUND.into_iter().find(|step| ceil(minutes, *step) <= steps).unwrap_or_else(|| ceil(minutes, steps))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(from: &str, to: &str, step: &str) -> Result<String, String> {
        let time = |text: &str| (!text.is_empty()).then(|| text.parse::<Timestamp>().unwrap());
        let step = (!step.is_empty()).then(|| step.parse().unwrap());
        let asked = Asked { from: time(from), to: time(to), step };
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let now = "2026-11-23T02:17:20.412Z".parse().unwrap();
        let grid = Grid::of(asked, Since::Midnight(&zone), now, ONE_MAX);
        let told = |grid: Grid| format!("{} {} of {}", grid.from, grid.steps, Span::from_secs(grid.step_s()));
        grid.map(told).map_err(|problem| problem.detail().to_owned())
    }

    #[test]
    fn what_is_not_said_is_the_sites_day_so_far_in_round_steps() {
        for (from, to, step, want) in [
            ("", "", "", "2026-11-22T16:00:00.000Z 124 of 5m"),
            ("", "2026-11-23T16:00:00Z", "", "2026-11-22T16:00:00.000Z 288 of 5m"),
            ("2026-11-23T01:17:20Z", "", "", "2026-11-23T01:17:00.000Z 61 of 1m"),
            ("2026-11-23T01:17:20Z", "2026-11-23T01:17:20Z", "", "2026-11-23T01:17:00.000Z 1 of 1m"),
            ("2026-11-23T02:00:00Z", "2026-11-23T03:00:00Z", "7m", "2026-11-23T02:00:00.000Z 9 of 7m"),
            ("2026-10-24T00:00:00Z", "2026-11-23T00:00:00Z", "", "2026-10-24T00:00:00.000Z 240 of 3h"),
        ] {
            assert_eq!(grid(from, to, step).unwrap(), want, "{from} {to} {step}");
        }
    }

    #[test]
    fn what_is_too_much_or_no_stretch_is_refused_with_what_would_do() {
        for (from, to, step, says) in [
            ("2026-11-23T03:00:00Z", "", "", "is after"),
            ("2026-11-21T00:00:00Z", "2026-11-23T00:00:00Z", "1m", "2880 steps"),
            ("2026-11-21T00:00:00Z", "2026-11-23T00:00:00Z", "1m", "a step of 2m would do"),
            ("2026-10-01T00:00:00Z", "", "", "more than the 744 hours"),
            ("", "", "30s", "as 1m or 5m"),
            ("", "", "90s", "as 1m or 5m"),
            ("", "", "0s", "as 1m or 5m"),
            ("", "", "-5m", "as 1m or 5m"),
        ] {
            let fault = grid(from, to, step).unwrap_err();
            assert!(fault.contains(says), "{from} {to} {step}: {fault}");
        }
    }

    #[test]
    fn each_minute_has_its_place() {
        let (from, to) = ("2026-11-23T02:00:30Z".parse().unwrap(), "2026-11-23T02:11:10Z".parse().unwrap());
        let asked = Asked { from: Some(from), to: Some(to), step: Some(Span::from_mins(5)) };
        let grid = Grid::of(asked, Since::Before(Span::from_mins(60)), to, ALL_MAX).unwrap();
        let first = grid.from.as_millis() / MINUTE_MS;
        let places: Vec<_> = [-1, 0, 4, 5, 10, 11, 15].map(|after| grid.place(first + after)).into();
        assert_eq!(places, [None, Some(0), Some(0), Some(1), Some(2), Some(2), None]);
        assert_eq!(grid.end().to_string(), "2026-11-23T02:12:00.000Z");
    }
}
