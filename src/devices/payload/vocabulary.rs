//! The words that vendors use for quantities, and for being there.
//!
//! Holds only words whose unit is the same wherever they are used; what differs by vendor stands in the vendor's file.

use super::quantity::Unit;
use crate::facts::{Metric, Presence};

/// A word as it is compared: small letters and digits only, so that `pm2_5`, `PM2.5` and `Pm25` are one.
pub(super) fn folded(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The quantity that a member's name means.
pub(super) fn quantity(word: &str) -> Option<(Metric, Unit)> {
    let metric = match folded(word).as_str() {
        "tempf" | "temperaturef" => return Some((Metric::Temperature, Unit::Fahrenheit)),
        "batterymv" => return Some((Metric::BatteryVoltage, Unit::Millivolt)),
        "temperature" | "temp" | "tempc" | "temperaturec" | "airtemperature" => Metric::Temperature,
        "humidity" | "hum" | "rh" | "relativehumidity" | "airhumidity" => Metric::Humidity,
        "co2" | "carbondioxide" => Metric::Co2,
        "pm25" => Metric::Pm25,
        "pm10" => Metric::Pm10,
        "tvoc" => Metric::Tvoc,
        "pressure" | "barometricpressure" | "airpressure" => Metric::Pressure,
        "illuminance" | "illuminancelux" | "lux" | "luminosity" => Metric::Illuminance,
        "occupancy" | "occupied" | "presence" | "peoplecount" => Metric::Occupancy,
        "contact" => Metric::Contact,
        "motioncount" => Metric::MotionCount,
        "battery" | "batt" | "batterylevel" | "batterypercent" => Metric::Battery,
        "batteryvoltage" | "batv" | "vbat" => Metric::BatteryVoltage,
        _ => return None,
    };
    Some((metric, Unit::of(metric)))
}

/// The quantity that a phrase ends with or holds, as `living_room_temperature`; `None` for what only sounds like one
/// (`cpu_temperature`, `dew_point`).
pub(super) fn quantity_in_phrase(phrase: &str) -> Option<(Metric, Unit)> {
    /// Words that make it another quantity; eCO2 is reckoned from organic compounds, not measured.
    const OTHERS: [&str; 15] = [
        "cpu",
        "chip",
        "internal",
        "device",
        "dew",
        "dewpoint",
        "absolute",
        "target",
        "setpoint",
        "heat",
        "index",
        "feels",
        "offset",
        "calibration",
        "eco2",
    ];
    const PARTS: [(&str, Metric); 16] = [
        ("batteryvoltage", Metric::BatteryVoltage),
        ("battery", Metric::Battery),
        ("temperature", Metric::Temperature),
        ("humidity", Metric::Humidity),
        ("carbondioxide", Metric::Co2),
        ("co2", Metric::Co2),
        ("pm25", Metric::Pm25),
        ("pm10", Metric::Pm10),
        ("tvoc", Metric::Tvoc),
        ("pressure", Metric::Pressure),
        ("illuminance", Metric::Illuminance),
        ("occupancy", Metric::Occupancy),
        ("presence", Metric::Occupancy),
        ("peoplecount", Metric::Occupancy),
        ("contact", Metric::Contact),
        ("motioncount", Metric::MotionCount),
    ];
    if let Some(found) = quantity(phrase) {
        return Some(found);
    }
    let mut words = phrase.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    if words.any(|word| OTHERS.contains(&word.as_str())) {
        return None;
    }
    let folded = folded(phrase);
    PARTS.iter().find(|(part, _)| folded.contains(part)).map(|(_, metric)| (*metric, Unit::of(*metric)))
}

/// What a device's availability says, whichever way it writes it.
pub(super) fn presence(word: &str) -> Option<Presence> {
    match word.trim().trim_matches('"').to_ascii_lowercase().as_str() {
        "online" | "true" | "1" | "on" | "connected" | "ready" | "init" | "sleeping" => Some(Presence::Online),
        "offline" | "false" | "0" | "off" | "disconnected" | "lost" => Some(Presence::Offline),
        _ => None,
    }
}

/// The words [`presence`] knows, for a reason.
pub(super) const PRESENCE_WORDS: &str = "online, offline";

/// Whether something that is on or off is on.
pub(super) fn switched(word: &str) -> Option<bool> {
    match word.trim().trim_matches('"').to_ascii_lowercase().as_str() {
        "on" | "true" | "1" | "yes" | "detected" | "occupied" => Some(true),
        "off" | "false" | "0" | "no" | "clear" | "unoccupied" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart() {
        for (phrase, want) in [
            ("living_room_temperature", Some(Metric::Temperature)),
            ("PM_2_5_concentration", Some(Metric::Pm25)),
            ("pm_<2.5µm_concentration", Some(Metric::Pm25)),
            ("lounge-battery-voltage", Some(Metric::BatteryVoltage)),
            ("battery_level", Some(Metric::Battery)),
            ("lounge_co2", Some(Metric::Co2)),
            ("Lux", Some(Metric::Illuminance)),
            ("lounge_eCO2", None),
            ("heat_flux", None),
            ("cpu_temperature", None),
            ("dew_point_temperature", None),
            ("absolute_humidity", None),
            ("wifi_signal", None),
            ("uptime", None),
        ] {
            assert_eq!(quantity_in_phrase(phrase).map(|(metric, _)| metric), want, "{phrase}");
        }
        assert_eq!(quantity("tempf"), Some((Metric::Temperature, Unit::Fahrenheit)));
        assert_eq!(presence(" Online\n"), Some(Presence::Online));
        assert_eq!(presence("maybe"), None);
    }
}
