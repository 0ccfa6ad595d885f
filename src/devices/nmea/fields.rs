//! A sentence's fields as numbers, digit by digit, each in its range or refused.

use super::{Damage, E7, Milli};
use crate::facts::{Span, Timestamp};

/// A time of day in UTC: milliseconds since midnight. A leap second (`235960`) is the first of the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(u32);

impl TimeOfDay {
    /// The time since midnight.
    pub fn since_midnight(self) -> Span {
        Span::from_millis(i64::from(self.0))
    }
}

/// A UTC day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(Timestamp);

impl Day {
    /// Its midnight.
    pub fn midnight(self) -> Timestamp {
        self.0
    }

    /// This time of this day.
    pub fn at(self, time: TimeOfDay) -> Timestamp {
        self.0.plus(time.since_midnight())
    }

    /// The day that `at` lies in.
    pub fn of(at: Timestamp) -> Self {
        Self(at.minus(Span::from_millis(at.as_millis().rem_euclid(86_400_000))))
    }

    fn civil(year: i16, month: i8, day: i8) -> Option<Self> {
        let date = jiff::civil::Date::new(year, month, day).ok()?;
        let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
        Some(Self(Timestamp::from_millis(midnight.as_millisecond())))
    }
}

/// A point on the earth, WGS 84.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Degrees north.
    pub lat: E7,
    /// Degrees east.
    pub lon: E7,
}

/// What stands between the commas, behind the address.
#[derive(Debug)]
pub(super) struct Fields<'a>(Vec<&'a str>);

impl<'a> Fields<'a> {
    pub(super) fn split(body: &'a str) -> Self {
        Self(body.split(',').skip(1).map(str::trim).collect())
    }

    /// A field that is not there is an empty one.
    pub(super) fn at(&self, place: usize) -> &'a str {
        self.0.get(place).copied().unwrap_or_default()
    }

    /// Refuses any other number of fields: with a right checksum it means that two sentences were merged.
    pub(super) fn count(&self, least: usize, most: usize) -> Result<(), Damage> {
        let count = self.0.len();
        if (least..=most).contains(&count) {
            Ok(())
        } else {
            Err(impossible("the number of fields", &count.to_string()))
        }
    }

    /// A time of day; none where empty.
    pub(super) fn time(&self, place: usize) -> Result<Option<TimeOfDay>, Damage> {
        let text = self.at(place);
        if text.is_empty() { Ok(None) } else { time_of_day(text).map(Some).ok_or_else(|| impossible("the time", text)) }
    }

    /// Latitude, hemisphere, longitude, hemisphere from `place` on; none where all is empty, or where it is the point
    /// 0° 0°, which receivers write for "nowhere".
    pub(super) fn place(&self, place: usize) -> Result<Option<Place>, Damage> {
        let [lat, ns, lon, ew] = [self.at(place), self.at(place + 1), self.at(place + 2), self.at(place + 3)];
        if lat.is_empty() && lon.is_empty() {
            return Ok(None);
        }
        let lat =
            angle(lat, 4, 90, sign(ns, "N", "S")).ok_or_else(|| impossible("the latitude", &format!("{lat},{ns}")))?;
        let lon = angle(lon, 5, 180, sign(ew, "E", "W"))
            .ok_or_else(|| impossible("the longitude", &format!("{lon},{ew}")))?;
        Ok((lat.raw() != 0 || lon.raw() != 0).then_some(Place { lat, lon }))
    }

    /// Knots as km/h; none where empty. Nothing on the ground or above it goes 1000 knots.
    pub(super) fn knots(&self, place: usize) -> Result<Option<Milli>, Damage> {
        let knots = self.number(place, "the speed", 7, 999)?;
        Ok(knots.map(knots_to_kmh))
    }

    /// A course in degrees, 360 being 0; none where empty.
    pub(super) fn course(&self, place: usize) -> Result<Option<Milli>, Damage> {
        let course = self.number(place, "the course", 3, 360)?;
        Ok(course.map(|raw| Milli::from_raw(raw % 360_000)))
    }

    /// A dilution; none where empty. Receivers without a fix write up to 999.
    pub(super) fn dilution(&self, place: usize) -> Result<Option<Milli>, Damage> {
        Ok(self.number(place, "the dilution", 3, 999)?.map(Milli::from_raw))
    }

    /// A number of satellites; none where empty.
    pub(super) fn satellites(&self, place: usize) -> Result<Option<u8>, Damage> {
        Ok(self.number(place, "the number of satellites", 0, 255)?.and_then(|count| u8::try_from(count).ok()))
    }

    fn number(&self, place: usize, field: &'static str, digits: u32, most: i64) -> Result<Option<i64>, Damage> {
        let text = self.at(place);
        if text.is_empty() {
            return Ok(None);
        }
        decimal(text, digits)
            .filter(|raw| *raw <= most * 10_i64.pow(digits))
            .map(Some)
            .ok_or_else(|| impossible(field, text))
    }
}

/// The damage of a field that cannot be.
pub(super) fn impossible(field: &'static str, text: &str) -> Damage {
    Damage::Field { field, text: text.chars().take(24).collect() }
}

/// From ten-millionths of a knot: a knot is 1.852 km/h.
pub(super) fn knots_to_kmh(raw_e7: i64) -> Milli {
    Milli::from_raw((raw_e7 * 1852 + 5_000_000) / 10_000_000)
}

/// A two-digit day, month and year. Years 83 to 99 are of the last century: GPS time began in 1980, and receivers that
/// do not know the date tell it from there.
pub(super) fn short_date(text: &str) -> Option<Day> {
    if text.len() != 6 {
        return None;
    }
    let [day, month, year] = [pair(text, 0)?, pair(text, 2)?, pair(text, 4)?];
    let century = if year >= 83 { 1900 } else { 2000 };
    Day::civil(century + i16::from(year), i8::try_from(month).ok()?, i8::try_from(day).ok()?)
}

/// Day, month and four-digit year in three fields.
pub(super) fn long_date(day: &str, month: &str, year: &str) -> Option<Day> {
    let year = Some(year).filter(|y| y.len() == 4 && y.bytes().all(|b| b.is_ascii_digit()))?;
    Day::civil(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

fn pair(text: &str, at: usize) -> Option<u8> {
    let pair = text.get(at..at + 2).filter(|pair| pair.bytes().all(|b| b.is_ascii_digit()))?;
    pair.parse().ok()
}

fn time_of_day(text: &str) -> Option<TimeOfDay> {
    let [hour, minute, second] = [pair(text, 0)?, pair(text, 2)?, pair(text, 4)?];
    let fraction = match text.get(6..)? {
        "" => 0,
        // Cut, not rounded: 59.9996 must not become the next minute.
        rest => decimal_cut(rest.strip_prefix('.')?, 3)?,
    };
    let leap = hour == 23 && minute == 59 && second == 60;
    if hour > 23 || minute > 59 || (second > 59 && !leap) {
        return None;
    }
    let seconds = (u32::from(hour) * 60 + u32::from(minute)) * 60 + u32::from(second);
    Some(TimeOfDay(seconds * 1000 + u32::try_from(fraction).ok()?))
}

fn sign(text: &str, plus: &str, minus: &str) -> Option<i64> {
    if text == plus {
        Some(1)
    } else if text == minus {
        Some(-1)
    } else {
        None
    }
}

/// Degrees and minutes (`dddmm.mmmm`) as ten-millionths of a degree, rounded half away from zero. `whole_max` digits
/// may stand before the point; leading zeros may be missing.
fn angle(text: &str, whole_max: usize, degrees_max: i64, sign: Option<i64>) -> Option<E7> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !(3..=whole_max).contains(&whole.len()) {
        return None;
    }
    let (degrees, minutes) = whole.split_at_checked(whole.len() - 2)?;
    let degrees = decimal(degrees, 0)?;
    let minutes = decimal(minutes, 0)? * 100_000_000 + decimal_cut(fraction, 8)?;
    if minutes >= 60 * 100_000_000 {
        return None;
    }
    let raw = degrees * 10_000_000 + (minutes + 300) / 600;
    if raw > degrees_max * 10_000_000 { None } else { Some(E7::from_raw(raw * sign?)) }
}

/// Digits with at most one point between them, as a whole number of `10^-digits`, rounded half up.
fn decimal(text: &str, digits: u32) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.len() > 9 || (whole.is_empty() && fraction.is_empty()) || !whole.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let part = decimal_cut(fraction, digits + 1)?;
    Some(whole * 10_i64.pow(digits) + (part + 5) / 10)
}

/// The first `digits` digits behind a point as a number; the rest must be digits too.
fn decimal_cut(fraction: &str, digits: u32) -> Option<i64> {
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let kept = fraction.bytes().chain(std::iter::repeat(b'0')).take(digits as usize);
    Some(kept.fold(0, |value, digit| value * 10 + i64::from(digit - b'0')))
}
