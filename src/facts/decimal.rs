//! Measured values as integers: a whole number of thousandths ([`Milli`]) or of ten-millionths ([`E7`]).
//!
//! On the wire they are ordinary JSON numbers in the unit that people use (`23.4`), read and written digit by
//! digit, so that no floating-point unit can make two machines differ. Holds no unit: the field's name does.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::value::RawValue;

/// A number with `DIGITS` digits after the point, kept as an integer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Fixed<const DIGITS: u32>(i64);

/// Thousandths: temperatures, percentages, ppm, km/h, degrees of course.
pub type Milli = Fixed<3>;
/// Ten-millionths: degrees of latitude and longitude (about 1 cm).
pub type E7 = Fixed<7>;

/// The longest text of a number of 64 bits, with its sign and its point.
const DIGITS_MAX: usize = 24;
/// No value may be larger than this in its own unit (one thousand million), so that sums cannot overflow.
const WHOLE_MAX: i64 = 1_000_000_000;

impl<const DIGITS: u32> Fixed<DIGITS> {
    const ONE: i64 = 10_i64.pow(DIGITS);

    /// From the integer inside.
    pub const fn from_raw(raw: i64) -> Self {
        Self(raw)
    }

    /// From a whole number of units.
    pub const fn from_whole(whole: i64) -> Self {
        Self(whole.saturating_mul(Self::ONE))
    }

    /// The integer inside.
    pub const fn raw(self) -> i64 {
        self.0
    }

    /// Whole units, rounded towards zero.
    pub const fn whole(self) -> i64 {
        self.0 / Self::ONE
    }

    /// The sum.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Milli {
    /// The same value with more digits.
    pub const fn to_e7(self) -> E7 {
        Fixed(self.0.saturating_mul(10_000))
    }
}

impl<const DIGITS: u32> Fixed<DIGITS> {
    /// The digits as JSON has them, laid at the end of `room`. Every value of every entry comes by here.
    fn digits(self, room: &mut [u8; DIGITS_MAX]) -> &str {
        let one = Self::ONE.unsigned_abs();
        let (mut whole, mut part) = (self.0.unsigned_abs() / one, self.0.unsigned_abs() % one);
        let mut at = room.len();
        let mut put = |byte| {
            at -= 1;
            room[at] = byte;
        };
        if part > 0 {
            let mut width = DIGITS;
            while part % 10 == 0 {
                part /= 10;
                width -= 1;
            }
            for _ in 0..width {
                put(b'0' + (part % 10) as u8);
                part /= 10;
            }
            put(b'.');
        }
        loop {
            put(b'0' + (whole % 10) as u8);
            whole /= 10;
            if whole == 0 {
                break;
            }
        }
        if self.0 < 0 {
            put(b'-');
        }
        std::str::from_utf8(&room[at..]).unwrap_or_default()
    }

    /// Appends the digits to JSON.
    pub(super) fn write(self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.digits(&mut [0; DIGITS_MAX]).as_bytes());
    }
}

impl<const DIGITS: u32> fmt::Display for Fixed<DIGITS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.digits(&mut [0; DIGITS_MAX]))
    }
}

impl<const DIGITS: u32> fmt::Debug for Fixed<DIGITS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Why a text is not a number that can be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NumberFault {
    /// Not a decimal number at all (`nan`, `inf`, words).
    #[error("\"{0}\" is not a number")]
    NotANumber(String),
    /// Beyond one thousand million units.
    #[error("{0} is out of range")]
    OutOfRange(String),
}

impl<const DIGITS: u32> FromStr for Fixed<DIGITS> {
    type Err = NumberFault;

    /// Decimal text as JSON writes it (`-12.5`, `1e3`), rounded half away from zero at the last digit kept.
    fn from_str(text: &str) -> Result<Self, NumberFault> {
        Self::plain(text).map_or_else(|| Self::any(text), Ok)
    }
}

impl<const DIGITS: u32> Fixed<DIGITS> {
    /// Digits with at most a sign and a point, as nearly all numbers are, in one pass; none where it is not that, or not
    /// small.
    fn plain(text: &str) -> Option<Self> {
        /// So many whole digits, and all that are kept behind them, are within 64 bits.
        const WHOLE_DIGITS_MAX: u32 = 9;
        let digits = text.strip_prefix('-');
        let (mut value, mut whole, mut part) = (0_i64, 0, None);
        for byte in digits.unwrap_or(text).bytes() {
            match (byte, part) {
                (b'0'..=b'9', None) => whole += 1,
                (b'0'..=b'9', Some(kept)) if kept < DIGITS => part = Some(kept + 1),
                (b'.', None) => {
                    part = Some(0);
                    continue;
                }
                _ => return None,
            }
            if whole > WHOLE_DIGITS_MAX {
                return None;
            }
            value = value * 10 + i64::from(byte - b'0');
        }
        if whole == 0 {
            return None;
        }
        value *= 10_i64.pow(DIGITS - part.unwrap_or(0));
        Some(Self(if digits.is_some() { -value } else { value }))
    }

    fn any(text: &str) -> Result<Self, NumberFault> {
        let clip = || text.chars().take(24).collect::<String>();
        let not_a_number = || NumberFault::NotANumber(clip());
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i32>().map_err(|_| not_a_number())?),
            None => (text, 0),
        };
        let (negative, digits) = match mantissa.as_bytes().first() {
            Some(b'-') => (true, &mantissa[1..]),
            _ => (false, mantissa),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let count = whole.len() + fraction.len();
        if whole.is_empty() || count > 40 || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
            return Err(not_a_number());
        }
        // Where the last kept digit stands among the digits given.
        let keep = i64::try_from(whole.len()).unwrap_or(0) + i64::from(exponent) + i64::from(DIGITS);
        let out_of_range = || NumberFault::OutOfRange(clip());
        let mut value: i64 = 0;
        let mut round_up = false;
        for (place, digit) in (0_i64..).zip(whole.bytes().chain(fraction.bytes())) {
            if place < keep {
                value = value
                    .checked_mul(10)
                    .and_then(|v| v.checked_add(i64::from(digit - b'0')))
                    .ok_or_else(out_of_range)?;
            } else if place == keep {
                round_up = digit >= b'5';
            }
        }
        if value != 0 {
            for _ in (count as i64)..keep {
                value = value.checked_mul(10).ok_or_else(out_of_range)?;
            }
        }
        value += i64::from(round_up);
        if value > WHOLE_MAX.saturating_mul(Self::ONE) {
            return Err(out_of_range());
        }
        Ok(Self(if negative { -value } else { value }))
    }
}

impl<const DIGITS: u32> Serialize for Fixed<DIGITS> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % Self::ONE == 0 {
            return serializer.serialize_i64(self.whole());
        }
        let raw = RawValue::from_string(self.to_string()).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de, const DIGITS: u32> Deserialize<'de> for Fixed<DIGITS> {
    /// From JSON only: the digits are taken as they stand in the text.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?;
        raw.get().parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_go_through_unchanged() {
        for (text, raw, out) in [
            ("23.4", 23_400, "23.4"),
            ("-0.5", -500, "-0.5"),
            ("871", 871_000, "871"),
            ("1e3", 1_000_000, "1000"),
            ("2.5e-1", 250, "0.25"),
            ("0.0004", 0, "0"),
            ("0.0005", 1, "0.001"),
            ("-0.0005", -1, "-0.001"),
            ("0e0", 0, "0"),
            ("00.1", 100, "0.1"),
        ] {
            let value: Milli = text.parse().unwrap();
            assert_eq!(value.raw(), raw, "{text}");
            assert_eq!(value.to_string(), out);
            assert_eq!(serde_json::to_string(&value).unwrap(), out);
        }
        assert_eq!("121.47175".parse::<E7>().unwrap().raw(), 1_214_717_500);
    }

    #[test]
    fn the_short_way_reads_what_the_long_way_reads() {
        let mut state = 1_u64;
        let mut next = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize % below
        };
        let mut short = 0;
        for _ in 0..200_000 {
            let text: String = (0..next(14)).map(|_| char::from(b"0123456789012345678900--..e"[next(27)])).collect();
            if let Some(value) = Milli::plain(&text) {
                assert_eq!(Milli::any(&text), Ok(value), "{text}");
                short += 1;
            }
            if let Some(value) = E7::plain(&text) {
                assert_eq!(E7::any(&text), Ok(value), "{text}");
            }
        }
        assert!(short > 20_000, "{short}");
        for text in ["0.123", "-0", "999999999.999", "5."] {
            assert_eq!(Milli::plain(text).ok_or(()), Milli::any(text).map_err(|_| ()), "{text}");
        }
    }

    #[test]
    fn the_greatest_and_the_least_have_room() {
        for raw in [i64::MAX, i64::MIN, 0, -1, 1_000, -1_000_000_007] {
            let plain = |digits: u32| {
                let one = 10_u64.pow(digits);
                let (whole, part) = (raw.unsigned_abs() / one, raw.unsigned_abs() % one);
                let part = format!("{part:0width$}", width = digits as usize);
                let part = part.trim_end_matches('0');
                format!("{}{whole}{}{part}", if raw < 0 { "-" } else { "" }, if part.is_empty() { "" } else { "." })
            };
            assert_eq!(Milli::from_raw(raw).to_string(), plain(3));
            assert_eq!(E7::from_raw(raw).to_string(), plain(7));
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for bad in ["nan", "inf", "", "-", "1.2.3", "1e", ".5", "+1", "1e99", "99999999999", "0x10", "1e999999999"] {
            assert!(bad.parse::<Milli>().is_err(), "{bad}");
        }
        assert!(serde_json::from_str::<Milli>("\"23\"").is_err());
        assert!(serde_json::from_str::<Milli>("null").is_err());
    }
}
