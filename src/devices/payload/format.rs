//! The formats by the words of the configuration, and what each one's topics tell.
//!
//! Knows topics only: payloads are read by the file of each vendor.

use std::str::FromStr;

use super::map::MapSpec;
use super::{reason, vocabulary};
use crate::facts::Metric;

/// How the messages of a `[[sensor]]` are to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// The gateway's own sensor payload, on any topic.
    Native,
    /// Zigbee2MQTT with `output: json`.
    Zigbee2mqtt,
    /// Tasmota telemetry.
    Tasmota,
    /// ESPHome's MQTT component.
    Esphome,
    /// Shelly, first generation and Gen2 onwards.
    Shelly,
    /// Homie 3 to 5.
    Homie,
    /// Eclipse Sparkplug B.
    Sparkplug,
    /// Theengs and OpenMQTTGateway.
    Theengs,
    /// ChirpStack v4.
    Chirpstack,
    /// The Things Stack v3.
    Tts,
    /// OwnTracks phones: the positions of a vehicle.
    Owntracks,
    /// One number as the whole payload.
    Bare {
        /// What is measured.
        metric: Metric,
    },
    /// Any JSON, read by pointers.
    Map(MapSpec),
}

/// Why a word is not a format by itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatFault {
    /// No such format.
    #[error(
        "\"{0}\" is no format; known are native, zigbee2mqtt, tasmota, esphome, shelly, homie, sparkplug, theengs, chirpstack, tts, owntracks, bare, map"
    )]
    Unknown(String),
    /// `bare` alone.
    #[error("format = \"bare\" needs quantity = \"temperature\" or another quantity")]
    NeedsQuantity,
    /// `map` alone.
    #[error("format = \"map\" needs the pointers to its values")]
    NeedsMap,
}

impl FromStr for Format {
    type Err = FormatFault;

    /// The formats that need nothing beside their word; `bare` and `map` say what they need.
    fn from_str(word: &str) -> Result<Self, FormatFault> {
        match word {
            "native" => Ok(Self::Native),
            "zigbee2mqtt" => Ok(Self::Zigbee2mqtt),
            "tasmota" => Ok(Self::Tasmota),
            "esphome" => Ok(Self::Esphome),
            "shelly" => Ok(Self::Shelly),
            "homie" => Ok(Self::Homie),
            "sparkplug" => Ok(Self::Sparkplug),
            "theengs" => Ok(Self::Theengs),
            "chirpstack" => Ok(Self::Chirpstack),
            "tts" => Ok(Self::Tts),
            "owntracks" => Ok(Self::Owntracks),
            "bare" => Err(FormatFault::NeedsQuantity),
            "map" => Err(FormatFault::NeedsMap),
            _ => Err(FormatFault::Unknown(reason::clip(word))),
        }
    }
}

impl Format {
    /// Every word, for hints.
    pub const WORDS: &[&str] = &[
        "native",
        "zigbee2mqtt",
        "tasmota",
        "esphome",
        "shelly",
        "homie",
        "sparkplug",
        "theengs",
        "chirpstack",
        "tts",
        "owntracks",
        "bare",
        "map",
    ];

    /// The word in the configuration.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Zigbee2mqtt => "zigbee2mqtt",
            Self::Tasmota => "tasmota",
            Self::Esphome => "esphome",
            Self::Shelly => "shelly",
            Self::Homie => "homie",
            Self::Sparkplug => "sparkplug",
            Self::Theengs => "theengs",
            Self::Chirpstack => "chirpstack",
            Self::Tts => "tts",
            Self::Owntracks => "owntracks",
            Self::Bare { .. } => "bare",
            Self::Map(_) => "map",
        }
    }

    /// The part of a topic that names the device; where a topic holds one value only, also which of its values.
    ///
    /// | format | topic | device |
    /// |---|---|---|
    /// | zigbee2mqtt | `zigbee2mqtt/lounge/east` | `lounge/east` |
    /// | tasmota | `tele/stadtweg/esp01/SENSOR` | `stadtweg/esp01` |
    /// | esphome | `node/sensor/lounge_co2/state` | `node/lounge_co2` |
    /// | shelly | `shellyht-1/events/rpc`, `shellies/shellyht-1/sensor/humidity` | `shellyht-1` |
    /// | homie | `homie/5/node/air/co2` | `node/air` |
    /// | sparkplug | `spBv1.0/venue/DDATA/edge/lounge` | `edge/lounge` |
    /// | theengs | `home/gw/BTtoMQTT/AABBCCDDEEFF` | `AABBCCDDEEFF` |
    /// | chirpstack | `application/a/device/24e1…/event/up` | `24e1…` |
    /// | tts | `v3/app@tenant/devices/lounge-1/up` | `lounge-1` |
    /// | owntracks | `owntracks/fleet/car-1` | `car-1` |
    /// | bare | `/flat/lounge/temperature` | `flat/lounge` |
    /// | native, map | `a/b` | `a/b` |
    pub fn telling(&self, topic: &str) -> String {
        let topic = topic.trim_matches('/');
        let levels: Vec<&str> = topic.split('/').collect();
        let after = |word: &str| levels.iter().rposition(|level| *level == word).and_then(|at| levels.get(at + 1));
        let part = match self {
            Self::Native | Self::Map(_) => None,
            Self::Zigbee2mqtt => {
                let name = topic.strip_suffix("/availability").unwrap_or(topic);
                name.split_once('/').map(|(_, name)| name.to_owned())
            }
            Self::Tasmota => {
                let place = |level: &&&str| !matches!(**level, "tele" | "stat" | "cmnd");
                let kept = levels[..levels.len() - 1].iter().filter(place).copied().collect::<Vec<_>>();
                (!kept.is_empty()).then(|| kept.join("/"))
            }
            Self::Esphome => match levels.as_slice() {
                [prefix @ .., "sensor" | "binary_sensor", object, "state"] if !prefix.is_empty() => {
                    Some(format!("{}/{object}", prefix.join("/")))
                }
                [prefix @ .., "status"] if !prefix.is_empty() => Some(prefix.join("/")),
                _ => None,
            },
            Self::Shelly => match levels.as_slice() {
                ["shellies", device, ..] => Some((*device).to_owned()),
                [device @ .., "events", "rpc"] | [device @ .., "status", _] | [device @ .., "online"]
                    if !device.is_empty() =>
                {
                    Some(device.join("/"))
                }
                _ => None,
            },
            Self::Homie => match levels.as_slice() {
                ["homie", "5", device, attribute] | ["homie", device, attribute] if attribute.starts_with('$') => {
                    Some((*device).to_owned())
                }
                ["homie", "5", device, node, _] | ["homie", device, node, _] => Some(format!("{device}/{node}")),
                _ => None,
            },
            Self::Sparkplug => levels.get(3..).filter(|device| !device.is_empty()).map(|device| device.join("/")),
            Self::Theengs => match levels.as_slice() {
                [.., gateway, "LWT"] => Some((*gateway).to_owned()),
                [.., "BTtoMQTT", device] => Some((*device).to_owned()),
                _ => None,
            },
            Self::Chirpstack => after("device").map(|device| (*device).to_owned()),
            Self::Tts => after("devices").map(|device| (*device).to_owned()),
            Self::Owntracks => match levels.as_slice() {
                ["owntracks", _, device, ..] => Some((*device).to_owned()),
                _ => None,
            },
            Self::Bare { .. } => match levels.as_slice() {
                [place @ .., last] if !place.is_empty() && vocabulary::quantity(last).is_some() => {
                    Some(place.join("/"))
                }
                _ => None,
            },
        };
        part.filter(|part| !part.trim().is_empty()).unwrap_or_else(|| topic.to_owned())
    }

    /// The filters of the topics on which the same devices tell whether they are there, or what their values mean.
    pub fn companions(&self, filter: &str) -> Vec<String> {
        let levels: Vec<&str> = filter.split('/').collect();
        let with = |place: &[&str], last: &[&str]| vec![[place, last].concat().join("/")];
        match self {
            Self::Zigbee2mqtt => match levels.as_slice() {
                [.., "#" | "availability"] => Vec::new(),
                all => with(all, &["availability"]),
            },
            Self::Tasmota => match levels.as_slice() {
                ["tele", place @ .., "SENSOR"] | ["stat", place @ .., "STATUS8" | "STATUS10"] => {
                    with(&["tele"], &[place, &["LWT"]].concat())
                }
                [place @ .., "tele", "SENSOR"] => with(place, &["tele", "LWT"]),
                _ => Vec::new(),
            },
            Self::Esphome => match levels.as_slice() {
                [prefix @ .., "sensor" | "binary_sensor", _, "state"] => with(prefix, &["status"]),
                _ => Vec::new(),
            },
            Self::Shelly => match levels.as_slice() {
                ["shellies", device, "sensor", ..] => with(&["shellies", device], &["online"]),
                [device @ .., "events", "rpc"] | [device @ .., "status", _] => with(device, &["online"]),
                _ => Vec::new(),
            },
            Self::Homie => match levels.as_slice() {
                ["homie", "5", device, _, _] => with(&["homie", "5", device], &["$state"]),
                ["homie", device, _, _] => with(&["homie", device], &["$state"]),
                _ => Vec::new(),
            },
            Self::Theengs => match levels.as_slice() {
                [gateway @ .., "BTtoMQTT", _] => with(gateway, &["LWT"]),
                _ => Vec::new(),
            },
            Self::Sparkplug => match levels.as_slice() {
                [space, group, "DDATA", edge, device] => ["DBIRTH", "DDEATH"]
                    .iter()
                    .map(|kind| [*space, *group, *kind, *edge, *device].join("/"))
                    .chain(["NBIRTH", "NDEATH"].iter().map(|kind| [*space, *group, *kind, *edge].join("/")))
                    .collect(),
                [space, group, "NDATA", edge] => {
                    ["NBIRTH", "NDEATH"].iter().map(|kind| [*space, *group, *kind, *edge].join("/")).collect()
                }
                _ => Vec::new(),
            },
            Self::Native | Self::Chirpstack | Self::Tts | Self::Owntracks | Self::Bare { .. } | Self::Map(_) => {
                Vec::new()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_formats_agree() {
        for word in Format::WORDS {
            match word.parse::<Format>() {
                Ok(format) => assert_eq!(format.word(), *word),
                Err(FormatFault::NeedsQuantity) => assert_eq!(*word, "bare"),
                Err(FormatFault::NeedsMap) => assert_eq!(*word, "map"),
                Err(FormatFault::Unknown(_)) => panic!("{word} is not known"),
            }
        }
        assert!("zigbee".parse::<Format>().unwrap_err().to_string().contains("zigbee2mqtt"));
    }

    #[test]
    fn topics_tell_their_devices_and_companions() {
        let bare = Format::Bare { metric: Metric::Temperature };
        for (format, topic, device, companions) in [
            (&Format::Zigbee2mqtt, "zigbee2mqtt/lounge/east", "lounge/east", "zigbee2mqtt/lounge/east/availability"),
            (&Format::Zigbee2mqtt, "zigbee2mqtt/lounge/availability", "lounge", ""),
            (&Format::Tasmota, "tele/stadtweg/esp01/SENSOR", "stadtweg/esp01", "tele/stadtweg/esp01/LWT"),
            (&Format::Tasmota, "stat/esp01/STATUS8", "esp01", "tele/esp01/LWT"),
            (&Format::Tasmota, "esp01/tele/SENSOR", "esp01", "esp01/tele/LWT"),
            (&Format::Tasmota, "SENSOR", "SENSOR", ""),
            (&Format::Esphome, "node/sensor/lounge_co2/state", "node/lounge_co2", "node/status"),
            (&Format::Shelly, "shellyht-1/events/rpc", "shellyht-1", "shellyht-1/online"),
            (&Format::Shelly, "shellies/shellyht-1/sensor/humidity", "shellyht-1", "shellies/shellyht-1/online"),
            (&Format::Homie, "homie/5/dev/air/co2", "dev/air", "homie/5/dev/$state"),
            (&Format::Homie, "homie/dev/air/co2", "dev/air", "homie/dev/$state"),
            (
                &Format::Sparkplug,
                "spBv1.0/venue/DDATA/edge/lounge",
                "edge/lounge",
                "spBv1.0/venue/DBIRTH/edge/lounge spBv1.0/venue/DDEATH/edge/lounge spBv1.0/venue/NBIRTH/edge spBv1.0/venue/NDEATH/edge",
            ),
            (&Format::Theengs, "home/gw/BTtoMQTT/AABBCCDDEEFF", "AABBCCDDEEFF", "home/gw/LWT"),
            (&Format::Chirpstack, "application/a/device/24e1/event/up", "24e1", ""),
            (&Format::Tts, "v3/app@tenant/devices/lounge-1/up", "lounge-1", ""),
            (&Format::Owntracks, "owntracks/fleet/car-1", "car-1", ""),
            (&bare, "/flat/lounge/temperature", "flat/lounge", ""),
            (&bare, "temperature", "temperature", ""),
            (&Format::Native, "a/b", "a/b", ""),
        ] {
            assert_eq!(format.telling(topic), device, "{topic}");
            assert_eq!(format.companions(topic).join(" "), companions, "{topic}");
        }
    }
}
