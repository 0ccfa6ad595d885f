//! Tasmota: `tele/<topic>/SENSOR` and `stat/<topic>/STATUS8`, an object a sensor chip, in any of its translations.
//!
//! Source: the Tasmota documentation (MQTT, JSON status responses) and its translation tables. Times have no zone
//! unless the owner set one; temperatures follow `TempUnit`, which comes last.

use super::gather::Gathering;
use super::json::{self, Json};
use super::quantity::Unit;
use super::reason::Reason;
use super::{Decoded, Message, Nothing, availability, times, vocabulary};
use crate::facts::Metric;

pub(super) fn decode(message: &Message<'_>) -> Result<Decoded, Reason> {
    match message.levels().last().copied().unwrap_or_default() {
        "LWT" => return availability(message.payload),
        "SENSOR" | "STATUS8" | "STATUS10" => {}
        "STATE" | "STATUS" | "UPTIME" | "INFO1" | "INFO2" | "INFO3" | "HASS_STATE" | "STATUS11" => {
            return Ok(Decoded::nothing(Nothing::LinkStatus));
        }
        "RESULT" | "MARGINS" | "LOGGING" => return Ok(Decoded::nothing(Nothing::Event)),
        _ => return Err(Reason::TopicForm { wanted: "tele/<topic>/SENSOR, stat/<topic>/STATUS8 or tele/<topic>/LWT" }),
    }
    let text = json::text(message.payload)?;
    let json = Json::read(&text)?.object()?;
    let (at, json) = json.get("StatusSNS").map_or(("$", &json), |inner| ("$.StatusSNS", inner));
    let units = Units::of(json);
    let mut gathering = Gathering::default();
    for (source, chip) in json.members() {
        // The ESP32 measures its own chip, which is always warm.
        if source == "ESP32" || source == "ENERGY" {
            continue;
        }
        for (key, value) in chip.members() {
            if let Some(metric) = quantity(key) {
                gathering.take(Some(source), metric, units.unit(metric), format_args!("{at}.{source}.{key}"), value);
            }
        }
    }
    let time = ["Time", "Zeit", "Heure", "Hora", "Ora", "Tijd"].iter().find_map(|key| json.get(key));
    let time = time.and_then(|value| times::any(value, message.zone));
    let switches = json.members().iter().any(|(key, value)| key.starts_with("Switch") && value.as_text().is_some());
    let otherwise = if switches { Nothing::Switches } else { Nothing::NotASensor };
    Ok(Decoded::of(gathering.finish(otherwise)?).at(time, message))
}

/// The units that the device was set to.
struct Units {
    temperature: Unit,
    pressure: Unit,
}

impl Units {
    fn of(json: &Json<'_>) -> Self {
        let unit = |key: &str, metric: Metric| {
            let named = json.get(key).and_then(Json::as_text).and_then(|word| word.parse::<Unit>().ok());
            named.filter(|unit| unit.fits(metric)).unwrap_or(Unit::of(metric))
        };
        Self { temperature: unit("TempUnit", Metric::Temperature), pressure: unit("PressureUnit", Metric::Pressure) }
    }

    fn unit(&self, metric: Metric) -> Unit {
        if metric == Metric::Temperature {
            self.temperature
        } else if metric == Metric::Pressure {
            self.pressure
        } else {
            Unit::of(metric)
        }
    }
}

/// The quantity of a member in English or in one of the translations.
fn quantity(key: &str) -> Option<Metric> {
    Some(match key {
        "Temperatur" | "Température" | "Temperatura" | "Temperatuur" | "Температура" | "温度" | "溫度" => {
            Metric::Temperature
        }
        "Feuchtigkeit" | "Luftfeuchtigkeit" | "Humidité" | "Humedad" | "Umidità" | "Umidade" | "Vochtigheid"
        | "Влажность" | "湿度" | "濕度" => Metric::Humidity,
        "Druck" | "Luftdruck" | "Pression" | "Presión" | "Pressione" | "Pressão" | "Luchtdruk" | "Давление"
        | "气压" | "氣壓" => Metric::Pressure,
        "Beleuchtungsstärke" | "Éclairement" | "Luminosidad" | "光照度" | "照度" => Metric::Illuminance,
        "Kohlendioxid" | "Dioxyde de carbone" | "二氧化碳" => Metric::Co2,
        "Formaldehyde" => Metric::Hcho,
        _ => match vocabulary::quantity(key) {
            Some((metric, unit)) if unit == Unit::of(metric) => metric,
            Some(_) | None => return None,
        },
    })
}
