//! What a measured number means: its unit, and whether any room can have it.
//!
//! Converts with integers only, rounded once. Does not judge what only time can tell: a value that jumps, one that
//! never changes, the 85.0 °C of a sensor that has just been powered.

use std::fmt;
use std::str::FromStr;

use super::json::Json;
use crate::facts::{Metric, Milli, NumberFault};

macro_rules! units {
    ($($(#[$doc:meta])* $variant:ident = $word:literal $(| $other:literal)*, times $num:literal / $den:literal from $zero:literal, for $($metric:ident)|+;)+) => {
        /// In what a device counts.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Unit { $($(#[$doc])* $variant),+ }

        impl Unit {
            /// Every unit.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word in the configuration.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Factor as a fraction, and the thousandths at which the scale begins.
            const fn scale(self) -> (i128, i128, i128) {
                match self { $(Self::$variant => ($num, $den, $zero)),+ }
            }

            /// Whether `metric` can be counted in it.
            pub const fn fits(self, metric: Metric) -> bool {
                match self { $(Self::$variant => matches!(metric, $(Metric::$metric)|+)),+ }
            }
        }

        impl FromStr for Unit {
            type Err = UnitFault;
            fn from_str(word: &str) -> Result<Self, UnitFault> {
                match word { $($word $(| $other)* => Ok(Self::$variant),)+ _ => Err(UnitFault(super::reason::clip(word))) }
            }
        }
    };
}

/// A word that names no unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no unit; known are C, F, K, %, ratio, ppm, ppb, ug/m3, mg/m3, hPa, Pa, kPa, mmHg, inHg, lx, V, mV, count, closed, open"
)]
pub struct UnitFault(String);

units! {
    /// Degrees Celsius.
    Celsius = "C" | "°C" | "℃", times 1 / 1 from 0, for Temperature;
    /// Degrees Fahrenheit.
    Fahrenheit = "F" | "°F" | "℉", times 5 / 9 from 32_000, for Temperature;
    /// Kelvin.
    Kelvin = "K", times 1 / 1 from 273_150, for Temperature;
    /// Hundredths.
    Percent = "%", times 1 / 1 from 0, for Humidity | Battery;
    /// From 0 to 1.
    Ratio = "ratio", times 100 / 1 from 0, for Humidity | Battery;
    /// Parts in a million.
    Ppm = "ppm", times 1 / 1 from 0, for Co2;
    /// Parts in a thousand million.
    Ppb = "ppb", times 1 / 1 from 0, for Tvoc;
    /// Micrograms in a cubic metre.
    Microgram = "ug/m3" | "µg/m³" | "μg/m³" | "µg/m3", times 1 / 1 from 0, for Pm25 | Pm10 | Hcho;
    /// Milligrams in a cubic metre.
    Milligram = "mg/m3" | "mg/m³", times 1000 / 1 from 0, for Pm25 | Pm10 | Hcho;
    /// Hectopascals, which are millibars.
    Hectopascal = "hPa" | "mbar", times 1 / 1 from 0, for Pressure;
    /// Pascals.
    Pascal = "Pa", times 1 / 100 from 0, for Pressure;
    /// Kilopascals.
    Kilopascal = "kPa", times 10 / 1 from 0, for Pressure;
    /// Millimetres of mercury.
    MmHg = "mmHg", times 133_322 / 100_000 from 0, for Pressure;
    /// Inches of mercury.
    InHg = "inHg", times 338_639 / 10_000 from 0, for Pressure;
    /// Lux.
    Lux = "lx" | "lux", times 1 / 1 from 0, for Illuminance;
    /// Volts.
    Volt = "V", times 1 / 1 from 0, for BatteryVoltage;
    /// Millivolts.
    Millivolt = "mV", times 1 / 1000 from 0, for BatteryVoltage;
    /// Persons, or movements.
    Count = "count", times 1 / 1 from 0, for Occupancy | MotionCount;
    /// 1 or true is closed.
    Closed = "closed", times 1 / 1 from 0, for Contact;
    /// 1 or true is open.
    Open = "open", times -1 / 1 from 1000, for Contact;
}

impl Unit {
    /// The unit in which `metric` is kept.
    pub const fn of(metric: Metric) -> Self {
        match metric {
            Metric::Temperature => Self::Celsius,
            Metric::Humidity | Metric::Battery => Self::Percent,
            Metric::Co2 => Self::Ppm,
            Metric::Pm25 | Metric::Pm10 | Metric::Hcho => Self::Microgram,
            Metric::Tvoc => Self::Ppb,
            Metric::Pressure => Self::Hectopascal,
            Metric::Illuminance => Self::Lux,
            Metric::Occupancy | Metric::MotionCount => Self::Count,
            Metric::Contact => Self::Closed,
            Metric::BatteryVoltage => Self::Volt,
        }
    }

    /// `value` of this unit in the unit in which its quantity is kept, rounded half away from zero.
    pub const fn convert(self, value: Milli) -> Milli {
        let (num, den, zero) = self.scale();
        let scaled = (value.raw() as i128 - zero) * num;
        let half = if scaled < 0 { -den / 2 } else { den / 2 };
        Milli::from_raw(((scaled + half) / den) as i64)
    }
}

/// Why a value is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// Not a number: `nan`, a word, an object.
    NotANumber(String),
    /// More digits than any value has.
    OutOfRange(String),
    /// −127 or about 127.94 °C: a DS18B20 that does not answer.
    ProbeGone(Milli),
    /// The greatest or least value of the device's register: no probe, or a bus fault.
    RegisterEnd(Milli),
    /// CO₂ 0 ppm: the sensor warms up, or measures temperature and humidity only.
    NotMeasuring,
    /// Beyond what a room can have.
    Impossible {
        /// The value found, in the unit in which it would be kept.
        value: Milli,
        /// The least possible, whole units.
        low: i32,
        /// The greatest possible, whole units.
        high: i32,
    },
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotANumber(text) => write!(f, "{text} is not a number (sensor unplugged?)"),
            Self::OutOfRange(text) => write!(f, "{text} is out of range"),
            Self::ProbeGone(value) => write!(f, "{value} is what a probe gives that does not answer (cable, supply)"),
            Self::RegisterEnd(value) => write!(f, "{value} is the end of the register (no probe, or a bus fault)"),
            Self::NotMeasuring => f.write_str("0 is what a sensor gives that warms up or does not measure this"),
            Self::Impossible { value, low, high } => write!(f, "{value} is outside {low} to {high}"),
        }
    }
}

/// One value that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The quantity it was given as.
    pub metric: Metric,
    /// Where it stood.
    pub path: String,
    /// Why it was not taken.
    pub why: Unfit,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.metric, self.path, self.why)
    }
}

/// The least and the greatest whole number that a room can have of a quantity.
pub const fn gate(metric: Metric) -> (i32, i32) {
    match metric {
        Metric::Temperature => (-40, 60),
        Metric::Humidity | Metric::Battery => (0, 100),
        Metric::Co2 => (350, 10_000),
        Metric::Pm25 => (0, 1_000),
        Metric::Pm10 => (0, 2_000),
        Metric::Tvoc => (0, 60_000),
        Metric::Hcho => (0, 10_000),
        Metric::Pressure => (300, 1_100),
        Metric::Illuminance => (0, 200_000),
        Metric::Occupancy => (0, 100_000),
        Metric::MotionCount => (0, 1_000_000),
        Metric::Contact => (0, 1),
        Metric::BatteryVoltage => (0, 60),
    }
}

/// The ends of 16-bit registers, raw and in tenths and hundredths, in thousandths.
const REGISTER_ENDS: [i64; 10] =
    [65_535_000, 6_553_500, 655_350, 327_670, 327_680, 3_276_700, 3_276_800, -327_680, -3_276_800, -32_768_000];

/// `value`, if a room can have it.
pub fn judge(metric: Metric, value: Milli) -> Result<Milli, Unfit> {
    let raw = value.raw();
    // An open ended count may well be 6553.5 lx or 3276.7 ppm; only the whole register is suspicious there.
    let ends = match metric {
        Metric::Co2 | Metric::Illuminance => &REGISTER_ENDS[..1],
        Metric::Occupancy | Metric::MotionCount | Metric::Contact => &[],
        Metric::Temperature
        | Metric::Humidity
        | Metric::Pm25
        | Metric::Pm10
        | Metric::Tvoc
        | Metric::Hcho
        | Metric::Pressure
        | Metric::Battery
        | Metric::BatteryVoltage => &REGISTER_ENDS[..],
    };
    if metric == Metric::Temperature && (raw == -127_000 || (127_900..128_000).contains(&raw)) {
        return Err(Unfit::ProbeGone(value));
    }
    if ends.contains(&raw) {
        return Err(Unfit::RegisterEnd(value));
    }
    if metric == Metric::Co2 && raw == 0 {
        return Err(Unfit::NotMeasuring);
    }
    let (low, high) = gate(metric);
    if raw < i64::from(low) * 1000 || raw > i64::from(high) * 1000 {
        return Err(Unfit::Impossible { value, low, high });
    }
    Ok(value)
}

/// The number in a JSON value; `None` where the device says that it has none (`null`, an empty text).
pub(super) fn number(metric: Metric, value: &Json<'_>) -> Result<Option<Milli>, Unfit> {
    let no_number = || Err(Unfit::NotANumber(value.kind().to_owned()));
    match value {
        Json::Null => Ok(None),
        Json::Bool(yes) => match metric {
            Metric::Occupancy | Metric::Contact => Ok(Some(Milli::from_whole(i64::from(*yes)))),
            Metric::Temperature
            | Metric::Humidity
            | Metric::Co2
            | Metric::Pm25
            | Metric::Pm10
            | Metric::Tvoc
            | Metric::Hcho
            | Metric::Pressure
            | Metric::Illuminance
            | Metric::MotionCount
            | Metric::Battery
            | Metric::BatteryVoltage => no_number(),
        },
        Json::Number(digits) => digits_of(digits).map(Some),
        Json::Text(text) if text.trim().is_empty() => Ok(None),
        Json::Text(text) => digits_of(text.trim()).map(Some),
        Json::Nan | Json::List(_) | Json::Object(_) => no_number(),
    }
}

/// The number in a text.
pub(super) fn digits_of(text: &str) -> Result<Milli, Unfit> {
    text.parse().map_err(|fault| match fault {
        NumberFault::NotANumber(_) => Unfit::NotANumber(super::reason::clip(text)),
        NumberFault::OutOfRange(digits) => Unfit::OutOfRange(digits),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_converted_exactly() {
        for (unit, value, want) in [
            ("F", "78.8", "26"),
            ("F", "74.8", "23.778"),
            ("°F", "-40", "-40"),
            ("F", "-0.5", "-18.056"),
            ("K", "296.55", "23.4"),
            ("ratio", "0.482", "48.2"),
            ("mV", "3025", "3.025"),
            ("Pa", "95740", "957.4"),
            ("kPa", "101.325", "1013.25"),
            ("mmHg", "760", "1013.247"),
            ("inHg", "29.92", "1013.208"),
            ("mg/m3", "0.035", "35"),
            ("open", "1", "0"),
            ("open", "0", "1"),
        ] {
            let unit: Unit = unit.parse().unwrap();
            assert_eq!(unit.convert(value.parse().unwrap()).to_string(), want, "{value} {unit:?}");
        }
        assert!("furlong".parse::<Unit>().unwrap_err().to_string().contains("no unit"));
        for unit in Unit::ALL {
            assert_eq!(unit.word().parse(), Ok(*unit));
        }
        for metric in Metric::ALL {
            assert!(Unit::of(*metric).fits(*metric));
        }
    }

    #[test]
    fn what_no_room_can_have_is_refused_by_name() {
        for (metric, value, want) in [
            (Metric::Temperature, "23.4", "23.4"),
            (Metric::Temperature, "85", "85 is outside -40 to 60"),
            (Metric::Temperature, "-127", "-127 is what a probe gives that does not answer (cable, supply)"),
            (Metric::Temperature, "127.94", "127.94 is what a probe gives that does not answer (cable, supply)"),
            (Metric::Temperature, "327.67", "327.67 is the end of the register (no probe, or a bus fault)"),
            (Metric::Temperature, "-3276.8", "-3276.8 is the end of the register (no probe, or a bus fault)"),
            (Metric::Temperature, "404.6", "404.6 is outside -40 to 60"),
            (Metric::Humidity, "3276.7", "3276.7 is the end of the register (no probe, or a bus fault)"),
            (Metric::Humidity, "100.1", "100.1 is outside 0 to 100"),
            (Metric::Humidity, "100", "100"),
            (Metric::Co2, "0", "0 is what a sensor gives that warms up or does not measure this"),
            (Metric::Co2, "65535", "65535 is the end of the register (no probe, or a bus fault)"),
            (Metric::Co2, "349.9", "349.9 is outside 350 to 10000"),
            (Metric::Pm25, "1000.1", "1000.1 is outside 0 to 1000"),
            (Metric::Illuminance, "327.67", "327.67"),
            (Metric::Contact, "2", "2 is outside 0 to 1"),
        ] {
            let got = match judge(metric, value.parse().unwrap()) {
                Ok(value) => value.to_string(),
                Err(unfit) => unfit.to_string(),
            };
            assert_eq!(got, want, "{metric} {value}");
        }
    }

    #[test]
    fn numbers_come_as_numbers_texts_or_not_at_all() {
        for (json, want) in [
            ("23.40", Ok(Some(23_400))),
            ("\" 23.4 \"", Ok(Some(23_400))),
            ("null", Ok(None)),
            ("\"\"", Ok(None)),
            ("\"nan\"", Err("nan is not a number (sensor unplugged?)")),
            ("\"inf\"", Err("inf is not a number (sensor unplugged?)")),
            ("\"23,4\"", Err("23,4 is not a number (sensor unplugged?)")),
            ("true", Err("true or false is not a number (sensor unplugged?)")),
            ("{}", Err("an object is not a number (sensor unplugged?)")),
            ("1e99", Err("1e99 is out of range")),
        ] {
            let got = number(Metric::Temperature, &Json::read(json).unwrap());
            assert_eq!(
                got.map(|v| v.map(Milli::raw)).map_err(|e| e.to_string()),
                want.map_err(str::to_owned),
                "{json}"
            );
        }
        assert_eq!(number(Metric::Contact, &Json::Bool(true)), Ok(Some(Milli::from_whole(1))));
    }
}
