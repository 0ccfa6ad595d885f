//! From what a message says to facts that the recorder takes: which room, which sensor.
//!
//! **Rooms.** The route's `room`; else the room that the message names (a ChirpStack tag `room`); else the first level
//! of the device's part of the topic, so that `zigbee2mqtt/+` makes each device a room of its own name.
//!
//! **Sensors.** The route's `sensor`; else the device's part of the topic, see [`Format::telling`]. Where a device has
//! several sources, their values go into one reading as long as no two of them speak of the same quantity. As soon as
//! two do, each source is a sensor of its own, `<sensor>:<source>` (`esp01:DS18B20-2`). What a source speaks of counts
//! even where its value is missing, so a broken probe renames nobody. Formats that send changes only are named by the
//! source alone, since one message does not show all of them: Shelly's component 0 is the device itself and
//! component 100 is `<sensor>:100`; Sparkplug and `map` always carry their source.
//!
//! **Phones.** OwnTracks tells of a vehicle: the route's `sensor`, else the last level, is its name.

use super::format::Format;
use super::quantity::Refused;
use super::reason::Reason;
use super::sparkplug::Births;
use super::{Decoded, Measured, Message, Nothing, Observed, decode};
use crate::devices::mqtt::routes::SensorRoute;
use crate::facts::{Fact, Measures, Name, Reading, Report, Subject, Timestamp};

/// One fact with its device: a report, but for whether somebody waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Who says it.
    pub device: Subject,
    /// When, by the device's clock, where that can be used.
    pub observed_at: Option<Timestamp>,
    /// What.
    pub fact: Fact,
}

impl Heard {
    /// As the recorder takes it.
    pub fn report(self, awaited: bool) -> Report {
        Report { device: self.device, observed_at: self.observed_at, fact: self.fact, awaited }
    }
}

/// All that one message tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The facts. Empty only with [`Told::nothing`].
    pub heard: Vec<Heard>,
    /// Values given and not taken: to be counted and shown. Never alone: a message of nothing else is
    /// [`Reason::AllRefused`].
    pub refused: Vec<Refused>,
    /// Why there is nothing to keep.
    pub nothing: Option<Nothing>,
}

impl Told {
    /// One fact.
    pub(super) fn one(device: Subject, observed_at: Option<Timestamp>, fact: Fact) -> Self {
        Self { heard: vec![Heard { device, observed_at, fact }], refused: Vec::new(), nothing: None }
    }
}

/// Reads a message that came by `route`.
pub fn hear(route: &SensorRoute, message: &Message<'_>, births: &Births) -> Result<Told, Reason> {
    let Decoded { observed_at, room, observed } = decode(&route.format, message, births)?;
    match observed {
        Observed::Nothing(why) => Ok(Told { heard: Vec::new(), refused: Vec::new(), nothing: Some(why) }),
        Observed::Position(position) => {
            let vehicle = sensor_name(route, message.topic)?;
            Ok(Told::one(Subject::Vehicle(vehicle), observed_at, Fact::Position(position)))
        }
        Observed::Presence(report) => {
            let sensor = sensor_name(route, message.topic)?;
            let device = match route.format {
                Format::Owntracks => Subject::Vehicle(sensor),
                Format::Native
                | Format::Zigbee2mqtt
                | Format::Tasmota
                | Format::Esphome
                | Format::Shelly
                | Format::Homie
                | Format::Sparkplug
                | Format::Theengs
                | Format::Chirpstack
                | Format::Tts
                | Format::Bare { .. }
                | Format::Map(_) => Subject::Sensor(room_name(route, room, &sensor)?, sensor),
            };
            Ok(Told::one(device, observed_at, Fact::Device(report)))
        }
        // A Sparkplug edge's birth is heard for the names in it; its own values are not this device's.
        Observed::Readings { .. } if is_of_another_device(route, message.topic) => {
            Ok(Told { heard: Vec::new(), refused: Vec::new(), nothing: Some(Nothing::Event) })
        }
        Observed::Readings { sources, refused } => {
            let sensor = sensor_name(route, message.topic)?;
            let room = room_name(route, room, &sensor)?;
            let mut heard = Vec::new();
            for (sensor, measures) in by_sensor(&route.format, &sensor, sources)? {
                let device = Subject::Sensor(room.clone(), sensor.clone());
                let fact = Fact::Reading(Reading { room: room.clone(), sensor, measures });
                heard.push(Heard { device, observed_at, fact });
            }
            if heard.is_empty() { Err(Reason::AllRefused(refused)) } else { Ok(Told { heard, refused, nothing: None }) }
        }
    }
}

/// The name of the device on `topic`. A companion topic (a last will) tells of the route's own device.
fn sensor_name(route: &SensorRoute, topic: &str) -> Result<Name, Reason> {
    if let Some(sensor) = &route.sensor {
        return Ok(sensor.clone());
    }
    let told = if route.filter.is_exact() { route.filter.as_str() } else { topic };
    name(&route.format.telling(told))
}

/// Whether a message came by a companion topic that belongs to more than the route's device.
fn is_of_another_device(route: &SensorRoute, topic: &str) -> bool {
    let filter = &route.filter;
    filter.is_exact()
        && filter.as_str() != topic
        && route.format.telling(filter.as_str()) != route.format.telling(topic)
}

fn room_name(route: &SensorRoute, said: Option<Name>, sensor: &Name) -> Result<Name, Reason> {
    match (&route.room, said) {
        (Some(room), _) => Ok(room.clone()),
        // A subject is written `sensor/<room>/<sensor>`, so a room holds no slash.
        (None, Some(said)) => name(&said.as_str().replace('/', "-")),
        (None, None) => name(sensor.as_str().split('/').find(|level| !level.trim().is_empty()).unwrap_or_default()),
    }
}

fn name(text: &str) -> Result<Name, Reason> {
    text.parse().map_err(|fault| Reason::Name { path: "the device's part of the topic".into(), fault })
}

/// The values by sensor, as the module's doc says.
fn by_sensor(format: &Format, device: &Name, sources: Vec<Measured>) -> Result<Vec<(Name, Measures)>, Reason> {
    let shared = sources.iter().enumerate().any(|(at, one)| {
        sources[..at].iter().any(|other| one.offered.iter().any(|metric| other.offered.contains(metric)))
    });
    let mut sensors: Vec<(Name, Measures)> = Vec::new();
    for Measured { source, measures, .. } in sources {
        if measures.is_empty() {
            continue;
        }
        let suffix = match format {
            Format::Shelly => source.as_deref().and_then(|source| source.split_once(':')).map(|(_, id)| id),
            Format::Sparkplug | Format::Map(_) => source.as_deref(),
            Format::Native
            | Format::Zigbee2mqtt
            | Format::Tasmota
            | Format::Esphome
            | Format::Homie
            | Format::Theengs
            | Format::Chirpstack
            | Format::Tts
            | Format::Owntracks
            | Format::Bare { .. } => source.as_deref().filter(|_| shared),
        };
        let suffix = suffix.filter(|suffix| !(matches!(format, Format::Shelly) && *suffix == "0"));
        let sensor = suffix.map_or_else(|| Ok(device.clone()), |suffix| name(&format!("{device}:{suffix}")))?;
        match sensors.iter_mut().find(|(known, _)| *known == sensor) {
            Some((_, known)) => measures.iter().for_each(|(metric, value)| known.set(metric, value)),
            None => sensors.push((sensor, measures)),
        }
    }
    Ok(sensors)
}

#[cfg(test)]
#[path = "hear_tests.rs"]
mod tests;
