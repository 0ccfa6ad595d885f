//! Times as people write them in a plan, to moments.
//!
//! Promises that a time that could mean two moments, or none, is refused and not guessed.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::document::Fields;
use crate::facts::{Milli, Timestamp};

/// Years outside are taken for slips of the finger (Excel's day 0 is in 1899).
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2199;

/// Days as Excel counts them, for the years 2009 to 2064.
const EXCEL_DAYS: std::ops::RangeInclusive<i64> = 40_000..=60_000;

/// The site's time zone and the day of times that name none.
#[derive(Debug, Clone)]
pub(super) struct Calendar<'z> {
    zone: &'z TimeZone,
    day: Date,
}

/// What a text says about time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// A moment, and the day it falls on at the site.
    At(Timestamp, Date),
    /// Some time on this day.
    On(Date),
}

/// Why a text is not a time: what is wrong and what to do.
pub(super) type Refusal = (String, String);

impl<'z> Calendar<'z> {
    pub(super) const fn new(zone: &'z TimeZone, day: Date) -> Self {
        Self { zone, day }
    }

    /// The same zone with another day.
    pub(super) const fn with_day(self, day: Date) -> Self {
        Self { zone: self.zone, day }
    }

    /// The day of times that name none.
    pub(super) const fn day(&self) -> Date {
        self.day
    }

    /// A moment with an offset (RFC 3339), a local date and time, a local time, or a date.
    pub(super) fn read(&self, text: &str) -> Result<When, Refusal> {
        let refuse = || {
            let what = format!("\"{text}\" is not a time");
            if text.trim().parse::<Milli>().is_ok_and(|days| EXCEL_DAYS.contains(&days.whole())) {
                return (
                    what,
                    "this is Excel's own number of a time: format the column as yyyy-mm-dd hh:mm".to_owned(),
                );
            }
            (what, self.forms())
        };
        if let Ok(at) = text.trim().parse::<Timestamp>() {
            let local = jiff::Timestamp::from_millisecond(at.as_millis()).map_err(|_| refuse())?;
            let date = local.to_zoned(self.zone.clone()).date();
            return in_years(date, text).map(|date| When::At(at, date));
        }
        let plain = plain(text);
        let mut words = plain.split([' ', 'T', '\u{3000}']).filter(|word| !word.is_empty());
        let (date, time) = match (words.next(), words.next(), words.next()) {
            (Some(time), None, None) if time.contains(':') => (self.day, Some(time)),
            (Some(date), time, None) => (in_years(read_date(date).ok_or_else(refuse)?, text)?, time),
            _ => return Err(refuse()),
        };
        let Some(time) = time else { return Ok(When::On(date)) };
        self.local(DateTime::from_parts(date, read_time(time).ok_or_else(refuse)?)).map(|at| When::At(at, date))
    }

    /// A date alone.
    pub(super) fn read_day(&self, text: &str) -> Result<Date, Refusal> {
        let date = read_date(plain(text).trim())
            .ok_or_else(|| (format!("\"{text}\" is not a date"), format!("write it as {}", self.day)))?;
        in_years(date, text)
    }

    fn local(&self, local: DateTime) -> Result<Timestamp, Refusal> {
        let zone = self.zone.iana_name().unwrap_or("the site's zone");
        let hint = "write the time with its offset, as 2026-11-23T14:30:00+08:00".to_owned();
        match self.zone.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Gap { .. } => {
                return Err((format!("the clocks in {zone} jump over {local}: there is no such time"), hint));
            }
            AmbiguousOffset::Fold { .. } => return Err((format!("{local} happens twice in {zone}"), hint)),
            AmbiguousOffset::Unambiguous { .. } => {}
        }
        let zoned = self.zone.to_zoned(local).map_err(|_| (format!("{local} is out of range"), self.forms()))?;
        Ok(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
    }

    /// First moment of the day at the site, and first moment of the day after.
    pub(super) fn bounds(&self, day: Date) -> (Timestamp, Timestamp) {
        let first = |date: Date| {
            let zoned = date.to_zoned(self.zone.clone());
            zoned.map_or(Timestamp::MAX, |zoned| Timestamp::from_millis(zoned.timestamp().as_millisecond()))
        };
        (first(day), first(day.saturating_add(jiff::Span::new().days(1))))
    }

    fn forms(&self) -> String {
        format!("write {day} 14:30, 14:30 (on {day}) or {day}T14:30:00+08:00, by the 24-hour clock", day = self.day)
    }

    /// The time under a key of a document.
    pub(super) fn field(&self, fields: &Fields<'_>, key: &str) -> Option<When> {
        self.read(fields.raw_text(key)?).map_err(|(what, hint)| fields.fault(key, what, hint)).ok()
    }

    /// The moment under a key of a document; a date alone is a fault.
    pub(super) fn moment(&self, fields: &Fields<'_>, key: &str) -> Option<Timestamp> {
        match self.field(fields, key)? {
            When::At(at, _) => Some(at),
            When::On(date) => {
                fields.fault(key, format!("\"{key}\" has no time of day"), format!("write {date} 14:30"));
                None
            }
        }
    }
}

fn in_years(date: Date, text: &str) -> Result<Date, Refusal> {
    if YEARS.contains(&date.year()) {
        return Ok(date);
    }
    let what = format!("\"{text}\" is in the year {}", date.year());
    Err((what, format!("take a year from {} to {}", YEARS.start(), YEARS.end())))
}

/// The same text with the signs that our own formats use: `2026/11/23 9：05` and `2026年11月23日 9:05` included.
fn plain(text: &str) -> String {
    text.trim()
        .chars()
        .map(|c| match c {
            '/' | '年' | '月' => '-',
            '日' => ' ',
            '：' => ':',
            other => other,
        })
        .collect()
}

fn number<T: std::str::FromStr>(text: &str, widths: std::ops::RangeInclusive<usize>) -> Option<T> {
    (widths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn read_date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    Date::new(number(year, 4..=4)?, number(month, 1..=2)?, number(day, 1..=2)?).ok()
}

fn read_time(text: &str) -> Option<Time> {
    let mut parts = text.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next().unwrap_or("00"));
    if parts.next().is_some() {
        return None;
    }
    Time::new(number(hour, 1..=2)?, number(minute, 2..=2)?, number(second, 2..=2)?, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn read(text: &str, zone: &str) -> Result<String, String> {
        let zone = TimeZone::get(zone).unwrap();
        match Calendar::new(&zone, date(2026, 11, 23)).read(text) {
            Ok(When::At(at, day)) => Ok(format!("{at} on {day}")),
            Ok(When::On(day)) => Ok(format!("some time on {day}")),
            Err((what, _)) => Err(what),
        }
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, want) in [
            ("2026-11-23T02:17:20.412Z", "2026-11-23T02:17:20.412Z on 2026-11-23"),
            ("2026-11-23T23:30:00Z", "2026-11-23T23:30:00.000Z on 2026-11-24"),
            ("2026-11-24T01:00:00+08:00", "2026-11-23T17:00:00.000Z on 2026-11-24"),
            ("2026-11-24 14:30", "2026-11-24T06:30:00.000Z on 2026-11-24"),
            ("2026-11-24T14:30:05", "2026-11-24T06:30:05.000Z on 2026-11-24"),
            (" 14:30 ", "2026-11-23T06:30:00.000Z on 2026-11-23"),
            ("9:05", "2026-11-23T01:05:00.000Z on 2026-11-23"),
            ("2026/11/3 9：05", "2026-11-03T01:05:00.000Z on 2026-11-03"),
            ("2026年11月24日 14:30", "2026-11-24T06:30:00.000Z on 2026-11-24"),
            ("2026-11-24", "some time on 2026-11-24"),
        ] {
            assert_eq!(read(text, "Asia/Shanghai").as_deref(), Ok(want), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_or_two_is_refused() {
        for text in
            ["25:00", "14.30", "2 pm", "2:30 PM", "noon", "46349.6", "2026-13-01 10:00", "2026-02-30", "14:3", ":"]
        {
            assert!(read(text, "Asia/Shanghai").is_err(), "{text}");
        }
        assert!(read("1926-11-23 14:30", "Asia/Shanghai").unwrap_err().contains("year 1926"));
        assert!(read("2026-10-25 02:30", "Europe/Berlin").unwrap_err().contains("happens twice"));
        assert!(read("2026-03-29 02:30", "Europe/Berlin").unwrap_err().contains("no such time"));
        assert_eq!(read("2026-10-25T02:30+01:00", "Europe/Berlin").unwrap(), "2026-10-25T01:30:00.000Z on 2026-10-25");
    }

    #[test]
    fn a_day_is_as_long_as_it_is_there() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let (from, to) = Calendar::new(&zone, date(2026, 10, 25)).bounds(date(2026, 10, 25));
        assert_eq!(to.since(from).as_secs(), 25 * 3600);
        assert_eq!(from.to_string(), "2026-10-24T22:00:00.000Z");
    }
}
