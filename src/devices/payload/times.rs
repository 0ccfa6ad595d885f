//! Times as devices write them, and whether they can be believed.
//!
//! A time without an offset is read in the site's zone. Reads no clock: what counts as now is an argument.

use jiff::civil;
use jiff::tz::TimeZone;

use super::json::Json;
use crate::facts::{Span, Timestamp};

/// A device's time further than this from ours is not believed: the device's clock is wrong, or the message is an
/// old one that was retained.
pub const PLAUSIBLE: Span = Span::from_mins(10);

/// `at`, if it is close enough to `now` to be believed.
pub(super) fn plausible(at: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    at.filter(|at| at.since(now).as_millis().abs() <= PLAUSIBLE.as_millis())
}

/// A written time: RFC 3339, or the same without an offset (`2026-11-23T10:15:00`, also with dots and a blank as some
/// translations have it), which is taken in `zone`.
pub(super) fn written(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(at) = text.parse() {
        return Some(at);
    }
    let date = text.get(..10)?;
    let time = text.get(11..).filter(|time| time.len() >= 5 && !time.contains(['+', '-', 'Z', 'z']))?;
    let local: civil::DateTime = format!("{}T{time}", date.replace('.', "-")).parse().ok()?;
    let zoned = local.to_zoned(zone.clone()).ok()?;
    Some(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
}

/// Seconds since 1970, with or without a fraction, digit by digit.
pub(super) fn seconds(digits: &str) -> Option<Timestamp> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let ms = (0..3).fold(0, |ms, place| ms * 10 + i64::from(fraction.as_bytes().get(place).map_or(0, |b| b - b'0')));
    let whole: i64 = whole.parse().ok()?;
    Some(Timestamp::from_millis(whole.checked_mul(1000)?.checked_add(ms)?))
}

/// Milliseconds since 1970.
pub(super) fn millis(digits: &str) -> Option<Timestamp> {
    digits.parse().ok().map(Timestamp::from_millis)
}

/// A time in whatever way a member holds it: a written one, or a number of seconds or milliseconds, told apart by
/// size (100,000 million seconds are the year 5138).
pub(super) fn any(value: &Json<'_>, zone: &TimeZone) -> Option<Timestamp> {
    let digits = value.as_digits()?;
    let whole = digits.split('.').next().unwrap_or_default();
    if whole.is_empty() || !whole.bytes().all(|b| b.is_ascii_digit()) || digits.matches('.').count() > 1 {
        return written(digits, zone);
    }
    if whole.len() > 11 { millis(whole) } else { seconds(digits) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_a_time_gives_the_same_moment() {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        for (json, want) in [
            ("\"2026-11-23T02:17:20.412Z\"", "2026-11-23T02:17:20.412Z"),
            ("\"2026-11-23T10:17:20+08:00\"", "2026-11-23T02:17:20.000Z"),
            ("\"2026-11-23T10:17:20\"", "2026-11-23T02:17:20.000Z"),
            ("\"2026.11.23 10:17:20\"", "2026-11-23T02:17:20.000Z"),
            ("1669541352.21", "2022-11-27T09:29:12.210Z"),
            ("\"1669541352\"", "2022-11-27T09:29:12.000Z"),
            ("1669541352219", "2022-11-27T09:29:12.219Z"),
        ] {
            let json = Json::read(json).unwrap();
            assert_eq!(any(&json, &zone).unwrap().to_string(), want, "{json:?}");
        }
        for none in
            ["null", "\"\"", "\"soon\"", "-5", "1e9", "true", "\"2026-11-23\"", "\"2026-13-41T10:00:00\"", "\"٣\""]
        {
            assert_eq!(any(&Json::read(none).unwrap(), &zone), None, "{none}");
        }
    }

    #[test]
    fn a_time_is_believed_within_ten_minutes() {
        let now = Timestamp::from_millis(1_000_000_000_000);
        for (ms, believed) in [(0, true), (600_000, true), (-600_000, true), (600_001, false), (-600_001, false)] {
            let at = now.plus(Span::from_millis(ms));
            assert_eq!(plausible(Some(at), now).is_some(), believed, "{ms}");
        }
    }
}
