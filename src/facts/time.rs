//! Points and lengths of time as every module exchanges them.
//!
//! Promises that a time inside is exactly the time on the wire (whole milliseconds, UTC). Reads no clock.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A moment: milliseconds since 1970-01-01T00:00:00Z. On the wire RFC 3339 with `Z` and milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The earliest moment that can be written (year 1).
    pub const MIN: Self = Self(-62_135_596_800_000);
    /// The latest moment that can be written and read again (the end of year 9999, less any offset that a reader may want
    /// to add: 25 h 59 min 59 s).
    pub const MAX: Self = Self(253_402_207_200_999);

    /// `ms` milliseconds since 1970; clamped to what can be written.
    pub const fn from_millis(ms: i64) -> Self {
        if ms < Self::MIN.0 {
            Self::MIN
        } else if ms > Self::MAX.0 {
            Self::MAX
        } else {
            Self(ms)
        }
    }

    /// Milliseconds since 1970.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The length from `earlier` to `self`; negative when `earlier` is later.
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0 - earlier.0)
    }

    /// This moment moved by `span`; clamped to what can be written.
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self::from_millis(self.0.saturating_add(span.0))
    }

    /// This moment moved back by `span`; clamped to what can be written.
    #[must_use]
    pub const fn minus(self, span: Span) -> Self {
        Self::from_millis(self.0.saturating_sub(span.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Civil from days (proleptic Gregorian), written out because this runs several times an entry.
        let days = self.0.div_euclid(86_400_000);
        let ms = self.0.rem_euclid(86_400_000);
        let z = days + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = doy - (153 * mp + 2) / 5 + 1;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        let year = yoe + era * 400 + i64::from(month <= 2);
        let (hour, minute, second, milli) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000);
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let mut put = |at: usize, width: usize, mut value: i64| {
            for place in (at..at + width).rev() {
                text[place] = b'0' + u8::try_from(value % 10).unwrap_or(0);
                value /= 10;
            }
        };
        put(0, 4, year);
        put(5, 2, month);
        put(8, 2, day);
        put(11, 2, hour);
        put(14, 2, minute);
        put(17, 2, second);
        put(20, 3, milli);
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Why a text is not a [`Timestamp`] or a [`Span`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TimeFault(String);

impl FromStr for Timestamp {
    type Err = TimeFault;

    /// RFC 3339 with any offset; a time without an offset is refused, because it could mean any hour.
    fn from_str(text: &str) -> Result<Self, TimeFault> {
        let parsed: jiff::Timestamp = text
            .parse()
            .map_err(|_| TimeFault(format!("\"{}\" is not an RFC 3339 time with an offset", clip(text))))?;
        Ok(Self::from_millis(parsed.as_millisecond()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A length of time in milliseconds. Written the way people write it: `30m`, `250ms`, `1h 30m`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(i64);

impl Span {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// `ms` milliseconds.
    pub const fn from_millis(ms: i64) -> Self {
        Self(ms)
    }

    /// `s` seconds.
    pub const fn from_secs(s: i64) -> Self {
        Self(s.saturating_mul(1000))
    }

    /// `m` minutes.
    pub const fn from_mins(m: i64) -> Self {
        Self::from_secs(m.saturating_mul(60))
    }

    /// Milliseconds.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds, rounded towards zero.
    pub const fn as_secs(self) -> i64 {
        self.0 / 1000
    }

    /// `factor` times as long.
    #[must_use]
    pub const fn times(self, factor: i64) -> Self {
        Self(self.0.saturating_mul(factor))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", jiff::SignedDuration::from_millis(self.0))
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Span {
    type Err = TimeFault;

    fn from_str(text: &str) -> Result<Self, TimeFault> {
        let parsed: jiff::SignedDuration = text.parse().map_err(|_| {
            TimeFault(format!("\"{}\" is not a duration like \"30m\", \"250ms\" or \"1h 30m\"", clip(text)))
        })?;
        i64::try_from(parsed.as_millis()).map(Self).map_err(|_| TimeFault(format!("\"{}\" is too long", clip(text))))
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// The first 40 characters, for a message.
fn clip(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_it_was_read() {
        for (text, want) in [
            ("2026-11-23T02:17:20.412Z", "2026-11-23T02:17:20.412Z"),
            ("2026-11-23T10:17:20.412+08:00", "2026-11-23T02:17:20.412Z"),
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"),
            ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
            ("2024-02-29T23:59:59.5Z", "2024-02-29T23:59:59.500Z"),
            ("2100-03-01T00:00:00Z", "2100-03-01T00:00:00.000Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
        ] {
            let parsed: Timestamp = text.parse().unwrap();
            assert_eq!(parsed.to_string(), want);
            assert_eq!(want.parse::<Timestamp>().unwrap(), parsed);
        }
        for bad in ["2026-11-23T02:17:20", "yesterday", "", "2026-13-01T00:00:00Z"] {
            assert!(bad.parse::<Timestamp>().is_err(), "{bad}");
        }
    }

    #[test]
    fn whatever_can_be_held_can_be_read_again() {
        for ms in [i64::MIN, i64::MAX] {
            let held = Timestamp::from_millis(ms);
            assert_eq!(held.to_string().parse::<Timestamp>(), Ok(held));
        }
    }

    #[test]
    fn our_writing_agrees_with_the_calendar_library() {
        let mut ms = -62_135_596_800_000_i64;
        while ms < 253_402_000_000_000 {
            let ours = Timestamp::from_millis(ms).to_string();
            let theirs = jiff::Timestamp::from_millisecond(ms).unwrap().strftime("%Y-%m-%dT%H:%M:%S").to_string();
            assert_eq!(ours.get(..19), Some(theirs.as_str()));
            ms += 86_400_000 * 97 + 3_723_004;
        }
    }

    #[test]
    fn a_length_is_written_as_people_write_it() {
        for (text, ms) in [("30m", 1_800_000), ("250ms", 250), ("1h 30m", 5_400_000), ("2m", 120_000), ("0s", 0)] {
            let span: Span = text.parse().unwrap();
            assert_eq!(span.as_millis(), ms);
            assert_eq!(span.to_string().parse::<Span>().unwrap(), span);
        }
        assert!("30".parse::<Span>().is_err());
    }
}
