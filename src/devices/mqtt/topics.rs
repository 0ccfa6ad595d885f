//! The gateway's own topics, read and written: `reception/v1/…`.
//!
//! Promises that a topic below `reception/` is either one of the contract's or a fault that says which there are.
//! Sensors of other makes have topics of their own: see `routes`.

use crate::facts::{Name, NameFault, Subject};

/// The first two levels of every topic of ours.
const ROOT: &str = "reception/v1";
/// How every topic of a kiosk begins.
pub(super) const KIOSKS: &str = "reception/v1/kiosk/";

/// What the gateway must subscribe to on an existing broker to hear its own devices.
pub const NATIVE_FILTERS: [&str; 5] = [
    "reception/v1/kiosk/+/scan",
    "reception/v1/kiosk/+/status",
    "reception/v1/room/+/sensor/+",
    "reception/v1/room/+/button",
    "reception/v1/vehicle/+/position",
];

/// On which alert changes are published.
pub const ALERT_TOPIC: &str = "reception/v1/alert";

/// Which of our topics one is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Native {
    /// `reception/v1/kiosk/{kiosk}/scan`
    KioskScan {
        /// Which kiosk.
        kiosk: Name,
    },
    /// `reception/v1/kiosk/{kiosk}/status`
    KioskStatus {
        /// Which kiosk.
        kiosk: Name,
    },
    /// `reception/v1/room/{room}/sensor/{sensor}`
    RoomSensor {
        /// Which room.
        room: Name,
        /// Which sensor in it.
        sensor: Name,
    },
    /// `reception/v1/room/{room}/button`
    RoomButton {
        /// Which room.
        room: Name,
    },
    /// `reception/v1/vehicle/{vehicle}/position`
    VehiclePosition {
        /// Which vehicle.
        vehicle: Name,
    },
    /// A verdict's or the alerts' topic: devices listen there and must not publish.
    Outgoing,
    /// Not below `reception/`: another make's, or nobody's.
    NotOurs,
}

/// Why a topic below `reception/` is not one of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TopicFault {
    /// A form that the contract does not have.
    #[error(
        "\"{0}\" is no topic of the contract; known are reception/v1/kiosk/<id>/scan, …/kiosk/<id>/status, …/room/<id>/sensor/<id>, …/room/<id>/button and …/vehicle/<id>/position"
    )]
    Unknown(String),
    /// A level that should be a name and is none.
    #[error("the {what} in the topic is no name: {fault}; use 1 to 128 printable bytes")]
    Name {
        /// Whose name.
        what: &'static str,
        /// What is wrong with it.
        fault: NameFault,
    },
    /// A level with white space at an end, which would make two topics of one device.
    #[error("the {what} in the topic begins or ends with white space; take it out")]
    Blank {
        /// Whose name.
        what: &'static str,
    },
}

impl TopicFault {
    /// The word by which it is counted.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "unknown_topic",
            Self::Name { .. } | Self::Blank { .. } => "name_in_topic",
        }
    }
}

impl Native {
    /// Reads a topic on which a message came.
    pub fn parse(topic: &str) -> Result<Self, TopicFault> {
        let Some(rest) = topic.strip_prefix("reception").filter(|rest| rest.is_empty() || rest.starts_with('/')) else {
            return Ok(Self::NotOurs);
        };
        let mut levels = rest.split('/').skip(1);
        let mut next = || levels.next();
        let levels = [next(), next(), next(), next(), next(), next()];
        match levels {
            [Some("v1"), Some("kiosk"), Some(kiosk), Some("scan"), None, _] => {
                Ok(Self::KioskScan { kiosk: name(kiosk, "kiosk")? })
            }
            [Some("v1"), Some("kiosk"), Some(kiosk), Some("status"), None, _] => {
                Ok(Self::KioskStatus { kiosk: name(kiosk, "kiosk")? })
            }
            [Some("v1"), Some("room"), Some(room), Some("sensor"), Some(sensor), None] => {
                Ok(Self::RoomSensor { room: name(room, "room")?, sensor: name(sensor, "sensor")? })
            }
            [Some("v1"), Some("room"), Some(room), Some("button"), None, _] => {
                Ok(Self::RoomButton { room: name(room, "room")? })
            }
            [Some("v1"), Some("vehicle"), Some(vehicle), Some("position"), None, _] => {
                Ok(Self::VehiclePosition { vehicle: name(vehicle, "vehicle")? })
            }
            [Some("v1"), Some("kiosk"), Some(_), Some("verdict"), None, _] | [Some("v1"), Some("alert"), None, ..] => {
                Ok(Self::Outgoing)
            }
            _ => Err(TopicFault::Unknown(topic.chars().take(80).collect())),
        }
    }

    /// Whether a topic is one of [`Native::Outgoing`], told without reading the names in it: asked for every message.
    pub fn is_outgoing(topic: &str) -> bool {
        let of_a_kiosk = topic.strip_prefix(KIOSKS).and_then(|rest| rest.split_once('/'));
        topic == ALERT_TOPIC || of_a_kiosk.is_some_and(|(_, what)| what == "verdict")
    }

    /// The device that publishes there.
    pub fn device(&self) -> Option<Subject> {
        match self {
            Self::KioskScan { kiosk } | Self::KioskStatus { kiosk } => Some(Subject::Kiosk(kiosk.clone())),
            Self::RoomSensor { room, sensor } => Some(Subject::Sensor(room.clone(), sensor.clone())),
            Self::RoomButton { room } => Some(Subject::Room(room.clone())),
            Self::VehiclePosition { vehicle } => Some(Subject::Vehicle(vehicle.clone())),
            Self::Outgoing | Self::NotOurs => None,
        }
    }
}

/// On which a kiosk hears the answers to its scans. `None` for a kiosk whose name cannot be a topic's level (it came
/// by HTTP and is answered there).
pub fn verdict_topic(kiosk: &Name) -> Option<String> {
    let name = kiosk.as_str();
    (!name.contains(['/', '+', '#'])).then(|| format!("{ROOT}/kiosk/{name}/verdict"))
}

fn name(level: &str, what: &'static str) -> Result<Name, TopicFault> {
    if level.trim().len() != level.len() && !level.trim().is_empty() {
        return Err(TopicFault::Blank { what });
    }
    level.parse().map_err(|fault| TopicFault::Name { what, fault })
}

#[cfg(test)]
mod tests {
    use super::super::filter::Filter;
    use super::*;

    fn read(topic: &str) -> String {
        match Native::parse(topic) {
            Ok(native) => format!("{native:?}"),
            Err(fault) => fault.to_string(),
        }
    }

    #[test]
    fn topics_are_told_apart() {
        for (topic, want) in [
            ("reception/v1/kiosk/K01/scan", "KioskScan { kiosk: \"K01\" }"),
            ("reception/v1/kiosk/K01/status", "KioskStatus { kiosk: \"K01\" }"),
            ("reception/v1/room/宴会厅/sensor/t1", "RoomSensor { room: \"宴会厅\", sensor: \"t1\" }"),
            ("reception/v1/room/lobby/button", "RoomButton { room: \"lobby\" }"),
            ("reception/v1/vehicle/car-1/position", "VehiclePosition { vehicle: \"car-1\" }"),
            ("reception/v1/kiosk/K01/verdict", "Outgoing"),
            ("reception/v1/alert", "Outgoing"),
            ("zigbee2mqtt/lobby", "NotOurs"),
            ("receptionist/v1/kiosk/K01/scan", "NotOurs"),
            ("", "NotOurs"),
            (
                "reception/v1/kiosk//scan",
                "the kiosk in the topic is no name: a name is empty; use 1 to 128 printable bytes",
            ),
            (
                "reception/v1/room/ /sensor/t1",
                "the room in the topic is no name: a name is empty; use 1 to 128 printable bytes",
            ),
            (
                "reception/v1/vehicle/a\nb/position",
                "the vehicle in the topic is no name: a name holds a control character; use 1 to 128 printable bytes",
            ),
            ("reception/v1/kiosk/K01 /scan", "the kiosk in the topic begins or ends with white space; take it out"),
        ] {
            assert_eq!(read(topic), want, "{topic}");
            assert_eq!(Native::is_outgoing(topic), want == "Outgoing", "{topic}");
        }
        for topic in [
            "reception/v1/kiosk/K01/verdict/extra",
            "reception/v1/alert/extra",
            "reception",
            "reception/v1",
            "reception/v2/kiosk/K01/scan",
            "reception/v1/kiosk/K01/scans",
            "reception/v1/kiosk/K01/scan/extra",
            "reception/v1/room/lobby/sensor",
            "reception/v1/room/lobby/sensor/a/b",
        ] {
            assert!(read(topic).contains("is no topic of the contract; known are"), "{topic}");
            assert!(!Native::is_outgoing(topic), "{topic}");
        }
    }

    #[test]
    fn every_incoming_topic_is_subscribed_to() {
        for (topic, subscribed) in [
            ("reception/v1/kiosk/K01/scan", true),
            ("reception/v1/kiosk/K01/status", true),
            ("reception/v1/room/lobby/sensor/t1", true),
            ("reception/v1/room/lobby/button", true),
            ("reception/v1/vehicle/car-1/position", true),
            ("reception/v1/kiosk/K01/verdict", false),
            (ALERT_TOPIC, false),
        ] {
            let heard = NATIVE_FILTERS.iter().any(|filter| filter.parse::<Filter>().unwrap().matches(topic));
            assert_eq!(heard, subscribed, "{topic}");
            assert_eq!(Native::parse(topic).unwrap().device().is_some(), subscribed, "{topic}");
        }
        let kiosk = "K01".parse().unwrap();
        assert_eq!(verdict_topic(&kiosk).as_deref(), Some("reception/v1/kiosk/K01/verdict"));
        assert_eq!(verdict_topic(&"a/b".parse().unwrap()), None);
    }
}
