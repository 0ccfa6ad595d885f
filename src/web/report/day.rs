//! Which day a report is of, by the clock on the wall of the site.
//!
//! Promises whole days of the site's zone, also where one has 23 or 25 hours. Knows what time it is only as an argument.

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::facts::Timestamp;

/// A day at the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportDay {
    /// Its date.
    pub date: Date,
    /// The site's time zone.
    pub zone: TimeZone,
    /// Its first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub to: Timestamp,
}

/// Why there is no report of a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DayFault {
    /// Not a day at all.
    #[error("\"{0}\" is not a day; write today, yesterday or a date like 2026-11-30")]
    NotADay(String),
    /// A day that has not begun.
    #[error("{day} has not begun: at the site it is {today}; ask for today, yesterday or an earlier date")]
    Future {
        /// The day.
        day: Date,
        /// What day it is.
        today: Date,
    },
}

/// A quarter of an hour: what check-ins are counted by.
const QUARTER_MS: i64 = 15 * 60_000;

impl ReportDay {
    /// The day that `text` means at `now`: `today`, `yesterday` or a date like `2026-11-30`.
    ///
    /// # Errors
    /// [`DayFault`] for any other text, and for a day that has not begun.
    pub fn asked(text: &str, zone: &TimeZone, now: Timestamp) -> Result<Self, DayFault> {
        let not_a_day = || DayFault::NotADay(text.chars().take(40).collect());
        let today = local(now, zone).date();
        let date = match text.trim() {
            "today" => today,
            "yesterday" => today.yesterday().map_err(|_| not_a_day())?,
            // Nothing but a date: with a time, another zone's day could be meant.
            date if date.len() == 10 => date.parse().map_err(|_| not_a_day())?,
            _ => return Err(not_a_day()),
        };
        if date > today {
            return Err(DayFault::Future { day: date, today });
        }
        Self::of(date, zone).ok_or_else(not_a_day)
    }

    /// The whole of a date; none at the very ends of what can be written.
    pub fn of(date: Date, zone: &TimeZone) -> Option<Self> {
        let begins = |date: Date| {
            let begins = zone.to_ambiguous_zoned(date.to_datetime(jiff::civil::Time::midnight())).compatible().ok()?;
            Some(Timestamp::from_millis(begins.timestamp().as_millisecond()))
        };
        let next = date.checked_add(1.day()).ok()?;
        Some(Self { date, zone: zone.clone(), from: begins(date)?, to: begins(next)? })
    }

    /// Whether a moment is of this day.
    pub fn holds(&self, at: Timestamp) -> bool {
        (self.from..self.to).contains(&at)
    }

    /// The hour on the wall at a moment.
    pub fn hour(&self, at: Timestamp) -> u8 {
        local(at, &self.zone).hour().unsigned_abs()
    }

    /// Which quarter of an hour of the day holds a moment, from 0 on.
    pub fn quarter(&self, at: Timestamp) -> u16 {
        u16::try_from(at.since(self.from).as_millis() / QUARTER_MS).unwrap_or_default()
    }

    /// When such a quarter of an hour begins.
    pub fn quarter_begins(&self, quarter: u16) -> Timestamp {
        self.from.plus(crate::facts::Span::from_millis(i64::from(quarter) * QUARTER_MS))
    }

    /// The time on the wall at a moment, as `09:41`; with the date where it is another.
    pub fn clock(&self, at: Timestamp) -> String {
        let there = local(at, &self.zone);
        let form = if there.date() == self.date { "%H:%M" } else { "%Y-%m-%d %H:%M" };
        there.strftime(form).to_string()
    }
}

fn local(at: Timestamp, zone: &TimeZone) -> jiff::Zoned {
    jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default().to_zoned(zone.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str, zone: &str) -> Result<(String, String, String), DayFault> {
        let zone = TimeZone::get(zone).unwrap();
        // In Shanghai it is the first of December already.
        let day = ReportDay::asked(text, &zone, "2026-11-30T16:30:00Z".parse().unwrap())?;
        Ok((day.date.to_string(), day.from.to_string(), day.to.to_string()))
    }

    #[test]
    fn a_day_is_one_of_the_site() {
        for (text, zone, date, from, to) in [
            ("today", "Asia/Shanghai", "2026-12-01", "2026-11-30T16:00:00.000Z", "2026-12-01T16:00:00.000Z"),
            ("yesterday", "Asia/Shanghai", "2026-11-30", "2026-11-29T16:00:00.000Z", "2026-11-30T16:00:00.000Z"),
            ("today", "UTC", "2026-11-30", "2026-11-30T00:00:00.000Z", "2026-12-01T00:00:00.000Z"),
            ("2026-11-23", "UTC", "2026-11-23", "2026-11-23T00:00:00.000Z", "2026-11-24T00:00:00.000Z"),
            // The hour that is there twice belongs to the day once: it has 25.
            ("2026-10-25", "Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00.000Z", "2026-10-25T23:00:00.000Z"),
        ] {
            assert_eq!(asked(text, zone).unwrap(), (date.into(), from.into(), to.into()), "{text} {zone}");
        }
    }

    #[test]
    fn what_is_no_day_or_has_not_begun_is_refused() {
        let long = "9".repeat(500);
        for text in ["", "tomorrow", "2026-13-01", "2026-02-30", "30.11.2026", "2026-11-30T00:00", "20261130", &long] {
            let fault = asked(text, "Asia/Shanghai").unwrap_err();
            assert!(matches!(fault, DayFault::NotADay(_)) && fault.to_string().len() < 200, "{fault}");
        }
        let future = asked("2026-12-02", "Asia/Shanghai").unwrap_err().to_string();
        assert!(future.starts_with("2026-12-02 has not begun: at the site it is 2026-12-01"), "{future}");
        assert!(asked("2026-12-01", "UTC").is_err());
    }
}
