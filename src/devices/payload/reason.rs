//! Why a message was not understood: the place, what is wrong there, and what a technician can do about it.
//!
//! Promises that no reason repeats a guest's code. Holds no bytes of the message: see `rejected`.

use std::borrow::Cow;

use super::quantity::Refused;
use crate::devices::mqtt::topics::TopicFault;
use crate::facts::{E7, NameFault};

/// A place in a message: a JSON path such as `$.at`, written so that a person finds it.
pub type Path = Cow<'static, str>;

/// Why a message is kept as rejected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// No bytes, or white space only.
    #[error("the payload is empty; if a retained message was cleared on purpose, nothing need be done")]
    Empty,
    /// More than [`PAYLOAD_MAX`](super::PAYLOAD_MAX).
    #[error("the payload has {0} bytes, more than the 65536 that are read; send less in one message")]
    TooLong(usize),
    /// Not UTF-8.
    #[error("byte {at} is not UTF-8; set the device's text encoding to UTF-8")]
    NotUtf8 {
        /// Offset of the first bad byte.
        at: usize,
    },
    /// Not JSON.
    #[error("not JSON at byte {at}: {what}; compare the payload with the format configured for this topic")]
    NotJson {
        /// Offset at which the reader gave up.
        at: usize,
        /// What it says.
        what: String,
    },
    /// JSON nested deeper than any device does.
    #[error("JSON is nested more than 16 deep; no known device does that, check who publishes here")]
    TooDeep,
    /// More sources than one device has.
    #[error("more than 64 sensors in one message; publish each device on a topic of its own")]
    TooManySources,
    /// A member that must be there is not.
    #[error("{path} is missing; it must hold {wanted}")]
    Missing {
        /// Where.
        path: Path,
        /// What must be there.
        wanted: &'static str,
    },
    /// A member of another type than agreed.
    #[error("{path} is {found}; it must hold {wanted}")]
    WrongType {
        /// Where.
        path: Path,
        /// What stands there.
        found: &'static str,
        /// What must be there.
        wanted: &'static str,
    },
    /// A number that cannot be read, or that has more digits than can be kept.
    #[error("{path}: {fault}; write a plain decimal number")]
    Number {
        /// Where.
        path: Path,
        /// What is wrong with it.
        fault: crate::facts::NumberFault,
    },
    /// A number beyond what the world has.
    #[error("{path} is {value}; it must be from {low} to {high}")]
    Range {
        /// Where.
        path: Path,
        /// The number found.
        value: E7,
        /// The least.
        low: i32,
        /// The greatest.
        high: i32,
    },
    /// Latitude and longitude both exactly 0.
    #[error("$.lat and $.lon are both 0, which is what a receiver without a fix gives; send nothing until it has one")]
    NoFix,
    /// A word that is not one of those agreed.
    #[error("{path} is \"{found}\"; known are {known}")]
    Word {
        /// Where.
        path: Path,
        /// The word found, clipped.
        found: String,
        /// The words that are known.
        known: &'static str,
    },
    /// A name that is none.
    #[error("{path}: {fault}; use 1 to 128 printable bytes")]
    Name {
        /// Where.
        path: Path,
        /// What is wrong with it.
        fault: NameFault,
    },
    /// A time that cannot be read.
    #[error("{path} is \"{found}\", which is no time with an offset; write it like 2026-11-23T02:17:20.412Z")]
    Time {
        /// Where.
        path: Path,
        /// What stands there, clipped.
        found: String,
    },
    /// A sensor's message without any value that is known.
    #[error("no measured value in it; expected at least one of temperature, humidity, co2, pm25, occupancy …")]
    NoMeasure,
    /// Values there are, but not one of them can be true.
    #[error("every value was refused: {}; check the sensor and its cable", listed(.0))]
    AllRefused(Vec<Refused>),
    /// A topic on which the gateway speaks and devices listen.
    #[error("devices must not publish on a topic that the gateway publishes on; correct the device's topic")]
    Outgoing,
    /// The topic itself is wrong.
    #[error(transparent)]
    Topic(#[from] TopicFault),
    /// The topic's form is not that of the configured format.
    #[error("the topic is not of the form {wanted}; correct `topic` or `format` of this [[sensor]]")]
    TopicForm {
        /// The form of the format's topics.
        wanted: &'static str,
    },
    /// A single value whose quantity cannot be told from its topic.
    #[error("\"{found}\" does not tell what is measured; use format = \"bare\" with quantity = \"…\" for this topic")]
    UnknownQuantity {
        /// The part of the topic that should have told it, clipped.
        found: String,
    },
    /// A LoRaWAN server that passes raw bytes on.
    #[error(
        "{path} is missing: the network server has no decoder for this device; set a codec (payload formatter) there"
    )]
    NoCodec {
        /// Where decoded values would stand.
        path: Path,
    },
    /// An OwnTracks message whose content is encrypted.
    #[error("the content is encrypted; switch payload encryption off in the OwnTracks app, use TLS instead")]
    Encrypted,
    /// Bytes that are not the binary format expected.
    #[error("not a Sparkplug B payload at byte {at}: {what}; check that the node speaks version B")]
    NotSparkplug {
        /// Offset at which the reader gave up.
        at: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// Sparkplug values known by alias only, before the birth that names them was heard.
    #[error("{0} values carry an alias only, and the node's birth was not heard; ask the node for a rebirth")]
    NoBirth(usize),
}

impl Reason {
    /// The word by which it is counted.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong(_) => "too_long",
            Self::NotUtf8 { .. } => "not_utf8",
            Self::NotJson { .. } => "not_json",
            Self::TooDeep => "too_deep",
            Self::TooManySources => "too_many_sources",
            Self::Missing { .. } => "missing",
            Self::WrongType { .. } => "wrong_type",
            Self::Number { .. } => "number",
            Self::Range { .. } => "range",
            Self::NoFix => "no_fix",
            Self::Word { .. } => "unknown_word",
            Self::Name { .. } => "name",
            Self::Time { .. } => "time",
            Self::NoMeasure => "no_measure",
            Self::AllRefused(_) => "all_values_refused",
            Self::Outgoing => "outgoing_topic",
            Self::Topic(fault) => fault.word(),
            Self::TopicForm { .. } => "topic_form",
            Self::UnknownQuantity { .. } => "unknown_quantity",
            Self::NoCodec { .. } => "no_codec",
            Self::Encrypted => "encrypted",
            Self::NotSparkplug { .. } => "not_sparkplug",
            Self::NoBirth(_) => "no_birth",
        }
    }
}

/// At most this many refused values are spelt out in one reason; the others are counted.
const LISTED_MAX: usize = 8;

fn listed(refused: &[Refused]) -> String {
    let mut text: Vec<String> = refused.iter().take(LISTED_MAX).map(ToString::to_string).collect();
    if refused.len() > LISTED_MAX {
        text.push(format!("and {} more", refused.len() - LISTED_MAX));
    }
    text.join(", ")
}

/// The first 40 characters of what a device wrote, without control characters, for a message.
pub(super) fn clip(text: &str) -> String {
    text.chars().take(40).map(|c| if c.is_control() { '·' } else { c }).collect()
}
