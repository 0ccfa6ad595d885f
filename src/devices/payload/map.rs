//! Any JSON, read by pointers that the configuration gives.
//!
//! Takes what the pointers name and nothing else. A pointer that leads nowhere is a device without this value at the
//! moment; if none leads anywhere, the reason says so.

use super::gather::Gathering;
use super::json::{self, Json};
use super::quantity::{Unit, UnitFault};
use super::reason::Reason;
use super::{Decoded, Message, Nothing, times, vocabulary};
use crate::facts::{Metric, Milli};

/// A JSON pointer (RFC 6901), taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pointer {
    written: String,
    steps: Vec<String>,
}

impl Pointer {
    fn new(written: &str) -> Result<Self, MapFault> {
        let steps = match written.strip_prefix('/') {
            Some(rest) => rest.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect(),
            None if written.is_empty() => Vec::new(),
            None => return Err(MapFault::Pointer(super::reason::clip(written))),
        };
        Ok(Self { written: written.to_owned(), steps })
    }
}

/// One value of a [`MapSpec`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapEntry {
    metric: Metric,
    unit: Unit,
    pointer: Pointer,
    source: Option<String>,
}

/// Where the values of a message stand, and in which units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapSpec {
    entries: Vec<MapEntry>,
    time: Option<Pointer>,
}

/// Why a map in the configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MapFault {
    /// A pointer that is none.
    #[error("\"{0}\" is no JSON pointer; write it like \"/data/temperature\"")]
    Pointer(String),
    /// A unit that is none.
    #[error(transparent)]
    Unit(#[from] UnitFault),
    /// A unit of another quantity.
    #[error("{metric} is not measured in {unit}")]
    Misfit {
        /// The quantity.
        metric: Metric,
        /// The unit's word.
        unit: &'static str,
    },
    /// No pointer at all.
    #[error("a map needs at least one pointer to a value")]
    Empty,
}

impl MapEntry {
    /// The value of `metric` at `pointer`. Without a unit it is the one in which the quantity is kept. `source` tells
    /// several values of one quantity apart and becomes part of the sensor's name.
    pub fn new(metric: Metric, pointer: &str, unit: Option<&str>, source: Option<&str>) -> Result<Self, MapFault> {
        let unit = unit.map_or(Ok(Unit::of(metric)), str::parse)?;
        if !unit.fits(metric) {
            return Err(MapFault::Misfit { metric, unit: unit.word() });
        }
        Ok(Self { metric, unit, pointer: Pointer::new(pointer)?, source: source.map(str::to_owned) })
    }
}

impl MapSpec {
    /// A map of these values; `time` points to the device's own time (written, or seconds or milliseconds since 1970).
    pub fn new(entries: Vec<MapEntry>, time: Option<&str>) -> Result<Self, MapFault> {
        if entries.is_empty() {
            return Err(MapFault::Empty);
        }
        Ok(Self { entries, time: time.map(Pointer::new).transpose()? })
    }
}

pub(super) fn decode(spec: &MapSpec, message: &Message<'_>) -> Result<Decoded, Reason> {
    let text = json::text(message.payload)?;
    let json = Json::read(&text)?;
    let mut gathering = Gathering::default();
    for MapEntry { metric, unit, pointer, source } in &spec.entries {
        let Some(value) = json.at(&pointer.steps) else { continue };
        // A door's ON or OFF means what the configured unit says.
        let switch = match metric {
            Metric::Contact | Metric::Occupancy => {
                value.as_bool().or_else(|| value.as_text().and_then(vocabulary::switched))
            }
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
            | Metric::BatteryVoltage => None,
        };
        match switch {
            Some(on) => {
                gathering.put(source.as_deref(), *metric, *unit, &pointer.written, Milli::from_whole(i64::from(on)));
            }
            None => gathering.take(source.as_deref(), *metric, *unit, &pointer.written, value),
        }
    }
    if gathering.is_untouched() {
        let path = spec.entries.first().map(|entry| entry.pointer.written.clone()).unwrap_or_default();
        return Err(Reason::Missing { path: path.into(), wanted: "a value, as the map of this [[sensor]] says" });
    }
    let time = spec.time.as_ref().and_then(|time| json.at(&time.steps)).and_then(|time| times::any(time, message.zone));
    Ok(Decoded::of(gathering.finish(Nothing::NoValue)?).at(time, message))
}
