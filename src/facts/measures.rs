//! What a room's sensor can measure, and one set of measured values.
//!
//! The set of quantities is closed: a decoder that meets another leaves it out. Units are those of the wire.

use std::fmt;
use std::str::FromStr;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::decimal::Milli;

macro_rules! metrics {
    ($($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)?) => {
        /// A measured quantity.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Metric { $($(#[$doc])* $variant),+ }

        impl Metric {
            /// Every quantity, in the order in which they are written.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word on the wire.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl FromStr for Metric {
            type Err = ();
            fn from_str(word: &str) -> Result<Self, ()> {
                match word { $($word => Ok(Self::$variant),)+ _ => Err(()) }
            }
        }
    };
}

metrics! {
    /// Air temperature, °C.
    Temperature = "temperature",
    /// Relative humidity, %.
    Humidity = "humidity",
    /// Carbon dioxide, ppm.
    Co2 = "co2",
    /// Fine dust up to 2.5 µm, µg/m³.
    Pm25 = "pm25",
    /// Fine dust up to 10 µm, µg/m³.
    Pm10 = "pm10",
    /// Volatile organic compounds, ppb.
    Tvoc = "tvoc",
    /// Formaldehyde, µg/m³.
    Hcho = "hcho",
    /// Air pressure, hPa.
    Pressure = "pressure",
    /// Illuminance, lx.
    Illuminance = "illuminance",
    /// Persons present, or 1 and 0 from a sensor that only sees whether somebody is there.
    Occupancy = "occupancy",
    /// A door or window contact: 1 closed, 0 open.
    Contact = "contact",
    /// How often movement was seen since the last report.
    MotionCount = "motion_count",
    /// Charge of the sensor's battery, %.
    Battery = "battery",
    /// Voltage of the sensor's battery, V.
    BatteryVoltage = "battery_voltage",
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Serialize for Metric {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for Metric {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = std::borrow::Cow::<str>::deserialize(deserializer)?;
        word.parse().map_err(|()| serde::de::Error::custom(format!("\"{word}\" is not a quantity")))
    }
}

/// At most one value a quantity, ordered as [`Metric`] is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Measures(Vec<(Metric, Milli)>);

impl Measures {
    /// The value of one quantity.
    pub fn get(&self, metric: Metric) -> Option<Milli> {
        self.0.iter().find(|(m, _)| *m == metric).map(|(_, value)| *value)
    }

    /// Sets one value; an earlier one of the same quantity is replaced.
    pub fn set(&mut self, metric: Metric, value: Milli) {
        match self.0.binary_search_by_key(&metric, |(m, _)| *m) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (metric, value)),
        }
    }

    /// Every value, ordered by quantity.
    pub fn iter(&self) -> impl Iterator<Item = (Metric, Milli)> + '_ {
        self.0.iter().copied()
    }

    /// Appends every value as members that follow others.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        for (metric, value) in self.iter() {
            out.extend_from_slice(b",\"");
            out.extend_from_slice(metric.word().as_bytes());
            out.extend_from_slice(b"\":");
            value.write(out);
        }
    }

    /// Whether nothing was measured.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(Metric, Milli)> for Measures {
    fn from_iter<T: IntoIterator<Item = (Metric, Milli)>>(values: T) -> Self {
        let mut measures = Self::default();
        for (metric, value) in values {
            measures.set(metric, value);
        }
        measures
    }
}

impl Serialize for Measures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Measures {
    /// From a JSON object; members that are no quantity are passed over.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Measures;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of measured values")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Measures, A::Error> {
                let mut measures = Measures::default();
                while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
                    match key.parse::<Metric>() {
                        Ok(metric) => {
                            if let Some(value) = map.next_value::<Option<Milli>>()? {
                                measures.set(metric, value);
                            }
                        }
                        Err(()) => {
                            map.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(measures)
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_exactly_and_strangers_passed_over() {
        let measures: Measures =
            serde_json::from_str(r#"{"co2":871,"at":"x","temperature":23.4,"humidity":null,"deep":{"a":[1]}}"#)
                .unwrap();
        assert_eq!(serde_json::to_string(&measures).unwrap(), r#"{"temperature":23.4,"co2":871}"#);
        assert_eq!(measures.get(Metric::Humidity), None);
        assert!(serde_json::from_str::<Measures>(r#"{"temperature":"warm"}"#).is_err());
    }
}
