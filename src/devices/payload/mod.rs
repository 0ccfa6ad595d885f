//! Topic and bytes in, what was reported out: one file a vendor's format.
//!
//! Promises that every message ends as values, as a device's presence, as a named "nothing to read", or as a
//! [`Reason`] that a technician can act on; and that a value which no room can have never passes as a reading.
//! Reads no clock, keeps nothing between messages (the one exception, the names that a Sparkplug node gives its
//! values once only, is handed in as [`Births`]), and decides nothing: rooms and rules are elsewhere.

mod chirpstack;
mod esphome;
mod format;
mod gather;
mod hear;
mod homie;
mod json;
mod lorawan;
mod map;
mod native;
mod owntracks;
mod plain;
mod protobuf;
mod quantity;
mod reason;
mod rejected;
mod shelly;
mod sparkplug;
mod tasmota;
mod theengs;
mod times;
mod tts;
mod vocabulary;
mod zigbee2mqtt;

use std::fmt;

use jiff::tz::TimeZone;

use crate::facts::{DeviceReport, Measures, Metric, Name, Position, Presence, Timestamp};

pub use format::{Format, FormatFault};
pub use hear::{Heard, Told, hear};
pub use map::{MapEntry, MapFault, MapSpec};
pub use native::decode as decode_native;
pub use quantity::{Refused, Unfit, Unit, UnitFault, gate, judge};
pub use reason::{Path, Reason};
pub use rejected::rejected;
pub use sparkplug::Births;
pub use times::PLAUSIBLE;

/// A longer payload is refused as [`Reason::TooLong`] without being read.
pub const PAYLOAD_MAX: usize = 64 * 1024;

/// One message as it came, and what is needed to understand its times.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// Its topic.
    pub topic: &'a str,
    /// Its bytes.
    pub payload: &'a [u8],
    /// When it came, by our clock.
    pub now: Timestamp,
    /// The site's zone, in which times without an offset are read.
    pub zone: &'a TimeZone,
}

impl Message<'_> {
    /// The topic's levels.
    fn levels(&self) -> Vec<&str> {
        self.topic.split('/').collect()
    }
}

/// What one message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// When, by the device's clock, where it says so and is within [`PLAUSIBLE`] of ours.
    pub observed_at: Option<Timestamp>,
    /// The room that the message itself names (a tag of a network server).
    pub room: Option<Name>,
    /// What.
    pub observed: Observed,
}

/// The kinds of things a message can say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observed {
    /// Measured values.
    Readings {
        /// By source, in the message's order. A source without values stands here too.
        sources: Vec<Measured>,
        /// Values that were given and not taken.
        refused: Vec<Refused>,
    },
    /// The device came or went.
    Presence(DeviceReport),
    /// Where a person's or vehicle's phone is.
    Position(Position),
    /// Understood, and nothing in it to keep.
    Nothing(Nothing),
}

/// The values of one source within a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// The source as the device names it (`SCD40`, `temperature:0`, `DS18B20-2`); none where a device has but one.
    pub source: Option<String>,
    /// The values taken.
    pub measures: Measures,
    /// The quantities that the source speaks of, with a value or without.
    pub offered: Vec<Metric>,
}

/// Why an understood message holds nothing to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nothing {
    /// Signal strength, addresses, uptime.
    LinkStatus,
    /// A plug, a lamp, a button: no quantity of a room among its members.
    NotASensor,
    /// Switch states whose meaning only their owner knows.
    Switches,
    /// Quantities without values: all `null`.
    NoValue,
    /// Values stored earlier and sent now; they must not raise alarms.
    History,
    /// A description, a setting or an order to a device.
    Configuration,
    /// An event of the network or the app that is no reading.
    Event,
}

impl Nothing {
    /// The word by which it is counted.
    pub const fn word(self) -> &'static str {
        match self {
            Self::LinkStatus => "link_status",
            Self::NotASensor => "not_a_sensor",
            Self::Switches => "switches",
            Self::NoValue => "no_value",
            Self::History => "history",
            Self::Configuration => "configuration",
            Self::Event => "event",
        }
    }
}

impl fmt::Display for Nothing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LinkStatus => "status of the link",
            Self::NotASensor => "no room sensor: none of its members is a known quantity",
            Self::Switches => "switch states only; use format = \"map\" to say what they mean",
            Self::NoValue => "the sensor has no value at the moment",
            Self::History => "values stored earlier",
            Self::Configuration => "a description, a setting or an order",
            Self::Event => "an event that is no reading",
        })
    }
}

impl Decoded {
    fn of(observed: Observed) -> Self {
        Self { observed_at: None, room: None, observed }
    }

    fn nothing(why: Nothing) -> Self {
        Self::of(Observed::Nothing(why))
    }

    fn presence(state: Presence, reason: impl Into<String>) -> Self {
        Self::of(Observed::Presence(DeviceReport::of_device(state, Some(reason.into()))))
    }

    /// With the device's own time, if it can be believed.
    fn at(self, at: Option<Timestamp>, message: &Message<'_>) -> Self {
        Self { observed_at: times::plausible(at, message.now), ..self }
    }
}

/// Reads one message as `format` has it.
pub fn decode(format: &Format, message: &Message<'_>, births: &Births) -> Result<Decoded, Reason> {
    match format {
        Format::Native => native::sensor(message),
        Format::Zigbee2mqtt => zigbee2mqtt::decode(message),
        Format::Tasmota => tasmota::decode(message),
        Format::Esphome => esphome::decode(message),
        Format::Shelly => shelly::decode(message),
        Format::Homie => homie::decode(message),
        Format::Sparkplug => sparkplug::decode(message, births),
        Format::Theengs => theengs::decode(message),
        Format::Chirpstack => chirpstack::decode(message),
        Format::Tts => tts::decode(message),
        Format::Owntracks => owntracks::decode(message),
        Format::Bare { metric } => plain::decode(*metric, message),
        Format::Map(spec) => map::decode(spec, message),
    }
}

/// Reads the payload of an availability topic: a word, or an object with a `state`.
fn availability(payload: &[u8]) -> Result<Decoded, Reason> {
    let text = json::plain(payload)?;
    let word = if text.trim_start().starts_with('{') {
        let json = json::Json::read(text)?;
        let state = json.get("state").and_then(json::Json::as_text);
        state.ok_or(Reason::Missing { path: "$.state".into(), wanted: "online or offline" })?.to_owned()
    } else {
        text.to_owned()
    };
    let state = vocabulary::presence(&word).ok_or_else(|| Reason::Word {
        path: "the payload".into(),
        found: reason::clip(&word),
        known: vocabulary::PRESENCE_WORDS,
    })?;
    Ok(Decoded::presence(state, format!("says {}", reason::clip(word.trim()))))
}
