//! The decoded values of a LoRaWAN uplink, by whichever server they come: Milesight, Elsys, Dragino and Cayenne names.
//!
//! Source: the vendors' codecs. Values that a device had stored and sends later are not taken. `tvoc` is not taken
//! either: some devices mean ppb by it, others an index; `map` with a unit reads it.

use super::gather::Gathering;
use super::json::Json;
use super::quantity::Unit;
use super::reason::Reason;
use super::{Nothing, Observed, vocabulary};
use crate::facts::Metric;

/// Takes every known quantity of `object`, which stands at the path `at`.
pub(super) fn values(object: &Json<'_>, at: &str) -> Result<Observed, Reason> {
    let mut gathering = Gathering::default();
    for (key, value) in object.members() {
        let (word, channel) = channel(key);
        let Some((metric, unit)) = quantity(word, value) else { continue };
        match value {
            // ChirpStack's Cayenne codec puts the channels into an object: {"temperatureSensor": {"3": 27.2}}.
            Json::Object(channels) => {
                for (channel, value) in channels {
                    gathering.take(Some(channel), metric, unit, format_args!("{at}.{key}.{channel}"), value);
                }
            }
            Json::Null | Json::Nan | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::List(_) => {
                gathering.take(channel, metric, unit, format_args!("{at}.{key}"), value);
            }
        }
    }
    let history = gathering.is_untouched() && object.get("history").is_some();
    gathering.finish(if history { Nothing::History } else { Nothing::NotASensor })
}

/// The channel in a name: `temperature_3` is channel 3 (Cayenne), `TempC_DS` the outer probe (Dragino). The `2_5` of
/// `pm2_5` is no channel.
fn channel(key: &str) -> (&str, Option<&str>) {
    if key == "TempC_DS" {
        return ("TempC", Some("DS"));
    }
    match key.rsplit_once('_') {
        Some((word, number)) if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) && word != "pm2" => {
            (word, Some(number))
        }
        Some(_) | None => (key, None),
    }
}

fn quantity(word: &str, value: &Json<'_>) -> Option<(Metric, Unit)> {
    let folded = vocabulary::folded(word);
    Some(match folded.strip_suffix("sensor").unwrap_or(&folded) {
        "tvoc" => return None,
        "tempcsht" => (Metric::Temperature, Unit::Celsius),
        "humsht" => (Metric::Humidity, Unit::Percent),
        "illlux" | "light" | "illumination" => (Metric::Illuminance, Unit::Lux),
        "barometer" => (Metric::Pressure, Unit::Hectopascal),
        "hcho" => (Metric::Hcho, Unit::Milligram),
        "vdd" => (Metric::BatteryVoltage, Unit::Millivolt),
        // Elsys counts movements, others say whether there is one.
        "motion" if value.as_bool().is_none() => (Metric::MotionCount, Unit::Count),
        "motion" => (Metric::Occupancy, Unit::Count),
        other => return vocabulary::quantity(other),
    })
}
