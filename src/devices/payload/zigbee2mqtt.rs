//! Zigbee2MQTT, `output: json`: `zigbee2mqtt/<friendly name>`, one flat object a device.
//!
//! Source: the project's pages on MQTT topics and on exposes. A value that did not change is sent again with any
//! other; nothing in the message tells which one is new.

use super::gather::Gathering;
use super::json::{self, Json};
use super::quantity::Unit;
use super::reason::Reason;
use super::{Decoded, Message, Nothing, availability, times, vocabulary};
use crate::facts::Metric;

pub(super) fn decode(message: &Message<'_>) -> Result<Decoded, Reason> {
    let levels = message.levels();
    match levels.as_slice() {
        [_, "bridge", ..] => return Ok(Decoded::nothing(Nothing::LinkStatus)),
        [_, _, .., "availability"] => return availability(message.payload),
        [_, _, .., "set" | "get"] => return Ok(Decoded::nothing(Nothing::Configuration)),
        _ => {}
    }
    let text = json::text(message.payload)?;
    let json = Json::read(&text)?.object()?;
    let mut gathering = Gathering::default();
    // Mains plugs have a `voltage` too, in volts of the mains; only beside a `battery` is it the battery's, in mV.
    let on_battery = json.get("battery").is_some();
    let in_lux = json.get("illuminance_lux").is_some();
    for (key, value) in json.members() {
        let (metric, unit) = match key.as_ref() {
            "voltage" if on_battery => (Metric::BatteryVoltage, Unit::Millivolt),
            // Where both stand, `illuminance` is the raw logarithm of the Zigbee cluster.
            "illuminance" if in_lux => continue,
            "voc" => (Metric::Tvoc, Unit::Ppb),
            "formaldehyd" | "hcho" => (Metric::Hcho, Unit::Milligram),
            key => match vocabulary::quantity(key) {
                Some(known) => known,
                None => continue,
            },
        };
        gathering.take(None, metric, unit, format_args!("$.{key}"), value);
    }
    let last_seen = json.get("last_seen").and_then(|value| times::any(value, message.zone));
    Ok(Decoded::of(gathering.finish(Nothing::NotASensor)?).at(last_seen, message))
}
