//! Who is meant: short names of guests, devices and places, and the subjects they make up.
//!
//! Promises that a name that exists is short, printable and safe in a topic, a path and a log line.
//! Knows no personal name: those live in the plan's people alone.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A short name as a device, a topic or the plan writes it: 1 to 128 bytes of text without control characters.
/// Cloning is cheap.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

impl Name {
    /// The longest name in bytes. A longer one is refused: it is more likely a payload in the wrong place.
    pub const BYTES_MAX: usize = 128;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is not a [`Name`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameFault {
    /// Nothing but white space.
    #[error("a name is empty")]
    Empty,
    /// More than [`Name::BYTES_MAX`] bytes.
    #[error("a name has {0} bytes; at most 128 are taken")]
    TooLong(usize),
    /// A control character, such as a line break.
    #[error("a name holds a control character")]
    Control,
}

impl FromStr for Name {
    type Err = NameFault;

    fn from_str(text: &str) -> Result<Self, NameFault> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NameFault::Empty);
        }
        if text.len() > Self::BYTES_MAX {
            return Err(NameFault::TooLong(text.len()));
        }
        if text.chars().any(char::is_control) {
            return Err(NameFault::Control);
        }
        Ok(Self(Arc::from(text)))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

impl std::borrow::Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// What an entry is about, and also which device reported it. Written `kind/name`, as `guest/G-1042`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A guest, by the code on the badge or invitation: `guest/G-1042`.
    Guest(Name),
    /// A vehicle: `vehicle/car-1`.
    Vehicle(Name),
    /// A room: `room/lobby`.
    Room(Name),
    /// A sensor within a room: `sensor/lobby/t1`.
    Sensor(Name, Name),
    /// A check-in kiosk: `kiosk/K01`.
    Kiosk(Name),
    /// A connection of ours to devices: `link/serial:car-1`.
    Link(Name),
    /// A person at the dashboard or the API: `operator/li-na`.
    Operator(Name),
    /// This gateway itself: `gateway`.
    Gateway,
}

impl Subject {
    /// The word before its name.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Guest(_) => "guest",
            Self::Vehicle(_) => "vehicle",
            Self::Room(_) => "room",
            Self::Sensor(..) => "sensor",
            Self::Kiosk(_) => "kiosk",
            Self::Link(_) => "link",
            Self::Operator(_) => "operator",
            Self::Gateway => "gateway",
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Guest(name) => write!(f, "guest/{name}"),
            Self::Vehicle(name) => write!(f, "vehicle/{name}"),
            Self::Room(name) => write!(f, "room/{name}"),
            Self::Sensor(room, name) => write!(f, "sensor/{room}/{name}"),
            Self::Kiosk(name) => write!(f, "kiosk/{name}"),
            Self::Link(name) => write!(f, "link/{name}"),
            Self::Operator(name) => write!(f, "operator/{name}"),
            Self::Gateway => f.write_str("gateway"),
        }
    }
}

/// Why a text is not a [`Subject`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubjectFault {
    /// No such kind of subject.
    #[error("\"{0}\" names no kind of subject")]
    Kind(String),
    /// The name after the kind is not one.
    #[error(transparent)]
    Name(#[from] NameFault),
}

impl FromStr for Subject {
    type Err = SubjectFault;

    fn from_str(text: &str) -> Result<Self, SubjectFault> {
        if text == "gateway" {
            return Ok(Self::Gateway);
        }
        let unknown = || SubjectFault::Kind(text.chars().take(40).collect());
        let (kind, name) = text.split_once('/').ok_or_else(unknown)?;
        match kind {
            "guest" => Ok(Self::Guest(name.parse()?)),
            "vehicle" => Ok(Self::Vehicle(name.parse()?)),
            "room" => Ok(Self::Room(name.parse()?)),
            "sensor" => {
                let (room, sensor) = name.split_once('/').ok_or_else(unknown)?;
                Ok(Self::Sensor(room.parse()?, sensor.parse()?))
            }
            "kiosk" => Ok(Self::Kiosk(name.parse()?)),
            "link" => Ok(Self::Link(name.parse()?)),
            "operator" => Ok(Self::Operator(name.parse()?)),
            _ => Err(unknown()),
        }
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_read_as_it_is_written() {
        for text in [
            "guest/G-1",
            "vehicle/car-1",
            "room/lobby",
            "sensor/lobby/a/b",
            "kiosk/K01",
            "link/x",
            "operator/李娜",
            "gateway",
        ] {
            assert_eq!(text.parse::<Subject>().unwrap().to_string(), text);
        }
        for bad in ["", "guest", "guest/", "planet/x", "sensor/lobby", "room/a\nb"] {
            assert!(bad.parse::<Subject>().is_err(), "{bad}");
        }
        assert!("x".repeat(129).parse::<Name>().is_err());
    }
}
