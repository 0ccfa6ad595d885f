//! Shelly. Gen2 onwards: `<id>/events/rpc` and `<id>/status/<component>`, an object a component, changes only.
//! First generation: `shellies/<id>/sensor/<quantity>` with one number.
//!
//! Source: the vendor's API pages (components, notifications). A relay's own temperature is its case, not the room,
//! and is passed over; a battery beside a plugged-in supply tells nothing and is passed over too.

use super::gather::Gathering;
use super::json::{self, Json};
use super::plain;
use super::quantity::Unit;
use super::reason::Reason;
use super::{Decoded, Message, Nothing, availability, times};
use crate::facts::Metric;

pub(super) fn decode(message: &Message<'_>) -> Result<Decoded, Reason> {
    let levels = message.levels();
    match levels.as_slice() {
        ["shellies", _, "sensor", quantity] => first_generation(quantity, message),
        ["shellies", _, "ext_temperature", _] => plain::value(Metric::Temperature, Unit::Celsius, message.payload),
        ["shellies", _, "ext_humidity", _] => plain::value(Metric::Humidity, Unit::Percent, message.payload),
        [_, .., "online"] => availability(message.payload),
        ["shellies", ..] => Ok(Decoded::nothing(Nothing::LinkStatus)),
        [_, .., "events", "rpc"] => notification(message),
        [_, .., "status", component] => {
            let text = json::text(message.payload)?;
            let json = Json::read(&text)?.object()?;
            let mut gathering = Gathering::default();
            take(&mut gathering, component, "$", &json);
            Ok(Decoded::of(gathering.finish(Nothing::NotASensor)?))
        }
        [_, .., "command" | "rpc"] => Ok(Decoded::nothing(Nothing::Configuration)),
        _ => Err(Reason::TopicForm {
            wanted: "<id>/events/rpc, <id>/status/<component> or shellies/<id>/sensor/<quantity>",
        }),
    }
}

fn first_generation(quantity: &str, message: &Message<'_>) -> Result<Decoded, Reason> {
    match quantity {
        "temperature" => plain::value(Metric::Temperature, Unit::Celsius, message.payload),
        "humidity" => plain::value(Metric::Humidity, Unit::Percent, message.payload),
        "lux" => plain::value(Metric::Illuminance, Unit::Lux, message.payload),
        "battery" => plain::value(Metric::Battery, Unit::Percent, message.payload),
        "motion" => plain::value(Metric::Occupancy, Unit::Count, message.payload),
        "state" => {
            let closed = match json::plain(message.payload)?.trim() {
                "close" => &b"1"[..],
                "open" => b"0",
                other => other.as_bytes(),
            };
            plain::value(Metric::Contact, Unit::Closed, closed)
        }
        _ => Ok(Decoded::nothing(Nothing::LinkStatus)),
    }
}

fn notification(message: &Message<'_>) -> Result<Decoded, Reason> {
    let text = json::text(message.payload)?;
    let json = Json::read(&text)?.object()?;
    match json.get("method").and_then(Json::as_text) {
        Some("NotifyStatus" | "NotifyFullStatus") => {}
        Some(_) => return Ok(Decoded::nothing(Nothing::Event)),
        None => {
            return Err(Reason::Missing { path: "$.method".into(), wanted: "NotifyStatus or NotifyFullStatus" });
        }
    }
    let params = json.get("params").ok_or(Reason::Missing { path: "$.params".into(), wanted: "the components" })?;
    let mut gathering = Gathering::default();
    for (component, value) in params.members() {
        take(&mut gathering, component, "$.params", value);
    }
    // A sleeping device wakes without a clock: then `ts` is null, or counts from its start and is not believed.
    let time = params.get("ts").and_then(|ts| times::any(ts, message.zone));
    Ok(Decoded::of(gathering.finish(Nothing::LinkStatus)?).at(time, message))
}

/// Takes the values of one component, such as `temperature:0`.
fn take(gathering: &mut Gathering, component: &str, at: &str, value: &Json<'_>) {
    let kind = component.split(':').next().unwrap_or_default();
    let mut member = |key: &str, metric: Metric, unit: Unit| {
        if let Some(value) = value.get(key) {
            gathering.take(Some(component), metric, unit, format_args!("{at}.{component}.{key}"), value);
        }
    };
    match kind {
        "temperature" => {
            member("tC", Metric::Temperature, Unit::Celsius);
            member("tF", Metric::Temperature, Unit::Fahrenheit);
        }
        "humidity" => member("rh", Metric::Humidity, Unit::Percent),
        "illuminance" => member("lux", Metric::Illuminance, Unit::Lux),
        "devicepower" => {
            if value.at(&["external", "present"]).and_then(Json::as_bool) == Some(true) {
                return;
            }
            for (key, metric, unit) in
                [("percent", Metric::Battery, Unit::Percent), ("V", Metric::BatteryVoltage, Unit::Volt)]
            {
                if let Some(value) = value.at(&["battery", key]) {
                    gathering.take(
                        Some(component),
                        metric,
                        unit,
                        format_args!("{at}.{component}.battery.{key}"),
                        value,
                    );
                }
            }
        }
        _ => {}
    }
}
