//! The settings of every rule, as `Command::SetRules` keeps them in the journal: JSON with every number as digits.
//!
//! Holds no default that is written elsewhere: what `Settings::default` says is what the documentation lists.
//! Reads no file: the configuration is checked and turned into this by the config module.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::facts::plan::Tier;
use crate::facts::{Metric, Milli, Name, Severity, Span, Subject};

/// The settings of all rules.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// A guest who does not come.
    pub late_arrival: LateArrival,
    /// A vehicle that stands where it should not.
    pub idle_vehicle: IdleVehicle,
    /// A room outside its limits.
    pub room_climate: RoomClimate,
    /// A device that says nothing.
    pub silent: Silent,
    /// A call for help.
    pub incident: IncidentRule,
    /// The gateway itself.
    pub gateway: Gateway,
}

/// When a guest counts as late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LateArrival {
    /// Whether the rule judges at all.
    pub enabled: bool,
    /// How much a late guest matters.
    pub severity: Severity,
    /// How long after the expected time nobody is told.
    pub grace: Span,
    /// A tier's own grace.
    pub tiers: BTreeMap<Tier, Span>,
}

impl LateArrival {
    /// The grace of a tier.
    pub fn grace(&self, tier: Tier) -> Span {
        self.tiers.get(&tier).copied().unwrap_or(self.grace)
    }
}

impl Default for LateArrival {
    fn default() -> Self {
        Self {
            enabled: true,
            severity: Severity::Warning,
            grace: Span::from_mins(30),
            tiers: BTreeMap::from([(Tier::Vip, Span::from_mins(10))]),
        }
    }
}

/// When a vehicle counts as idle, and what movement is. The speeds lie apart because a parked receiver's speed is
/// noise: up to 2 km/h is normal, single values reach 6.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdleVehicle {
    /// Whether the rule judges at all. Movement is told either way.
    pub enabled: bool,
    /// How much an idle vehicle matters.
    pub severity: Severity,
    /// How long a vehicle may stand outside its zones.
    pub after: Span,
    /// At most this fast is slow, km/h.
    pub stationary_below_kmh: Milli,
    /// At least this fast is driving, km/h.
    pub moving_above_kmh: Milli,
    /// Farther than this from where it stopped is driving, metres.
    pub radius_m: u32,
    /// A position with a worse (larger) dilution of precision says nothing about movement.
    pub max_hdop: Milli,
    /// A position from fewer satellites says nothing about movement.
    pub min_satellites: u8,
}

impl Default for IdleVehicle {
    fn default() -> Self {
        Self {
            enabled: true,
            severity: Severity::Warning,
            after: Span::from_mins(10),
            stationary_below_kmh: Milli::from_raw(2_000),
            moving_above_kmh: Milli::from_raw(5_500),
            radius_m: 50,
            max_hdop: Milli::from_whole(5),
            min_satellites: 4,
        }
    }
}

/// When a room counts as out of its limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RoomClimate {
    /// Whether the rule judges at all.
    pub enabled: bool,
    /// How much it matters.
    pub severity: Severity,
    /// How long a limit must be broken before people are told.
    pub hold: Span,
    /// The limits a quantity; a quantity that is not named is not judged, unless a room has limits of its own.
    pub limits: BTreeMap<Metric, Comfort>,
}

/// The limits of one quantity, in the unit of the wire.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Comfort {
    /// Too low below this; none: no lower limit.
    pub low: Option<Milli>,
    /// Too high above this; none: no upper limit.
    pub high: Option<Milli>,
    /// How far back inside a limit the value must come before the breach is over.
    pub band: Milli,
}

impl Default for RoomClimate {
    fn default() -> Self {
        let whole = Milli::from_whole;
        let temperature = Comfort { low: Some(whole(18)), high: Some(whole(27)), band: Milli::from_raw(500) };
        let humidity = Comfort { low: Some(whole(30)), high: Some(whole(70)), band: whole(3) };
        let co2 = Comfort { low: None, high: Some(whole(1_000)), band: whole(100) };
        Self {
            enabled: true,
            severity: Severity::Warning,
            hold: Span::from_mins(5),
            limits: BTreeMap::from([
                (Metric::Temperature, temperature),
                (Metric::Humidity, humidity),
                (Metric::Co2, co2),
            ]),
        }
    }
}

/// How long each kind of device may be silent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Silent {
    /// The rule `kiosk_silent`.
    pub kiosk: Watch,
    /// The rule `vehicle_silent`.
    pub vehicle: Watch,
    /// The rule `sensor_silent`; its `after` is for sensors that are not in [`Silent::sensors`].
    pub sensor: Watch,
    /// How long one sensor may be silent (three times the interval it is expected at), by `room/sensor`.
    pub sensors: BTreeMap<String, Span>,
}

impl Default for Silent {
    fn default() -> Self {
        let watch = |severity, minutes| Watch { enabled: true, severity, after: Span::from_mins(minutes) };
        Self {
            kiosk: watch(Severity::Warning, 2),
            vehicle: watch(Severity::Warning, 2),
            sensor: watch(Severity::Info, 15),
            sensors: BTreeMap::new(),
        }
    }
}

impl Silent {
    /// How long this sensor may be silent.
    pub fn sensor_after(&self, room: &Name, sensor: &Name) -> Span {
        if self.sensors.is_empty() {
            return self.sensor.after;
        }
        self.sensors.get(&format!("{room}/{sensor}")).copied().unwrap_or(self.sensor.after)
    }

    /// The sensors that are named, as subjects. A key that is no `room/sensor` names none.
    pub fn named_sensors(&self) -> impl Iterator<Item = Subject> + '_ {
        self.sensors.keys().filter_map(|key| {
            let (room, sensor) = key.split_once('/')?;
            Some(Subject::Sensor(room.parse().ok()?, sensor.parse().ok()?))
        })
    }
}

/// Who asks for help is told at once, until a person ends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IncidentRule {
    /// Whether anybody is told.
    pub enabled: bool,
    /// How much it matters.
    pub severity: Severity,
}

impl Default for IncidentRule {
    fn default() -> Self {
        Self { enabled: true, severity: Severity::Critical }
    }
}

/// The gateway's own conditions; `after` is how long each may last before people are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gateway {
    /// The system above cannot be reached. A whole day without it is normal.
    pub upstream_offline: Watch,
    /// The disk or the data budget is nearly full.
    pub disk_low: Watch,
    /// There is no backup that is new enough.
    pub backup_old: Watch,
    /// Readings or positions were given up for want of room.
    pub data_given_up: Watch,
    /// Nobody can say that the time is right.
    pub clock_untrusted: Watch,
}

impl Default for Gateway {
    fn default() -> Self {
        let watch = |severity, minutes| Watch { enabled: true, severity, after: Span::from_mins(minutes) };
        Self {
            upstream_offline: watch(Severity::Info, 15),
            disk_low: watch(Severity::Critical, 0),
            backup_old: watch(Severity::Warning, 0),
            data_given_up: watch(Severity::Warning, 0),
            clock_untrusted: watch(Severity::Warning, 0),
        }
    }
}

/// A rule about a state that may last a while. Without a table of its own in the JSON it is the default of its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// Whether it is told. What depends on a silent device is unknown either way.
    pub enabled: bool,
    /// How much it matters.
    pub severity: Severity,
    /// How long the device may be silent, or the condition may last.
    pub after: Span,
}

/// Why a text holds no settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsFault {
    /// Not JSON of this shape.
    #[error("the rules' settings cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// Of this shape, but some values make no sense together.
    #[error("the rules' settings make no sense: {}", .0.join("; "))]
    Values(Vec<String>),
}

impl Settings {
    /// The JSON that goes into the journal. The same settings always give the same text.
    pub fn to_json(&self) -> Result<String, SettingsFault> {
        Ok(serde_json::to_string(self)?)
    }

    /// Reads what [`Settings::to_json`] wrote; a key that is missing (from an older version) has its default.
    ///
    /// # Errors
    /// [`SettingsFault`] for an unknown key, a wrong type, or values that [`Settings::faults`] names.
    pub fn from_json(text: &str) -> Result<Self, SettingsFault> {
        let settings: Self = serde_json::from_str(text)?;
        let faults = settings.faults();
        if faults.is_empty() { Ok(settings) } else { Err(SettingsFault::Values(faults)) }
    }

    /// Every value that makes no sense, as `key: what is wrong`, in the order of the keys.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let late = &self.late_arrival;
        let idle = &self.idle_vehicle;
        for (key, span, least) in [
            ("late_arrival.grace", late.grace, 0),
            ("idle_vehicle.after", idle.after, 0),
            ("room_climate.hold", self.room_climate.hold, 0),
            ("silent.kiosk.after", self.silent.kiosk.after, 1),
            ("silent.vehicle.after", self.silent.vehicle.after, 1),
            ("silent.sensor.after", self.silent.sensor.after, 1),
            ("gateway.upstream_offline.after", self.gateway.upstream_offline.after, 0),
            ("gateway.disk_low.after", self.gateway.disk_low.after, 0),
            ("gateway.backup_old.after", self.gateway.backup_old.after, 0),
            ("gateway.data_given_up.after", self.gateway.data_given_up.after, 0),
            ("gateway.clock_untrusted.after", self.gateway.clock_untrusted.after, 0),
        ] {
            check_span(&mut faults, key, span, least);
        }
        for (tier, span) in &late.tiers {
            check_span(&mut faults, &format!("late_arrival.tiers.{}", tier_word(*tier)), *span, 0);
        }
        if idle.stationary_below_kmh >= idle.moving_above_kmh {
            faults.push(format!(
                "idle_vehicle.moving_above_kmh: {} is not above stationary_below_kmh ({})",
                idle.moving_above_kmh, idle.stationary_below_kmh
            ));
        }
        for (metric, comfort) in &self.room_climate.limits {
            if comfort.band < Milli::default() {
                faults.push(format!("room_climate.limits.{metric}.band: {} is negative", comfort.band));
            }
            if let (Some(low), Some(high)) = (comfort.low, comfort.high)
                && low.plus(comfort.band) > high.minus(comfort.band)
            {
                faults.push(format!(
                    "room_climate.limits.{metric}: between low {low} and high {high} there is no room for a band of {}",
                    comfort.band
                ));
            }
        }
        for (sensor, span) in &self.silent.sensors {
            check_span(&mut faults, &format!("silent.sensors.{sensor}"), *span, 1);
        }
        faults
    }
}

fn check_span(faults: &mut Vec<String>, key: &str, span: Span, least_ms: i64) {
    if span.as_millis() < least_ms {
        faults.push(format!("{key}: {span} is too short"));
    }
}

/// The word of a tier on the wire.
pub(super) const fn tier_word(tier: Tier) -> &'static str {
    match tier {
        Tier::Vip => "vip",
        Tier::Guest => "guest",
        Tier::Staff => "staff",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_back_to_the_same_text() {
        let mut settings = Settings::default();
        settings.silent.sensors.insert("lobby/t1".to_owned(), Span::from_mins(180));
        let text = settings.to_json().unwrap();
        assert_eq!(Settings::from_json(&text).unwrap(), settings);
        assert_eq!(Settings::from_json(&text).unwrap().to_json().unwrap(), text);
        assert!(text.contains(r#""stationary_below_kmh":2,"moving_above_kmh":5.5,"radius_m":50"#), "{text}");
        assert!(text.contains(r#""temperature":{"low":18,"high":27,"band":0.5}"#), "{text}");
        assert!(text.contains(r#""tiers":{"vip":"10m"}"#), "{text}");
    }

    #[test]
    fn a_missing_key_has_its_default_and_a_strange_one_is_refused() {
        assert_eq!(Settings::from_json("{}").unwrap(), Settings::default());
        let one = Settings::from_json(r#"{"late_arrival":{"grace":"45m"}}"#).unwrap();
        assert_eq!(one.late_arrival.grace(Tier::Guest), Span::from_mins(45));
        assert_eq!(one.late_arrival.grace(Tier::Vip), Span::from_mins(10));
        for bad in ["", "null", r#"{"late":{}}"#, r#"{"late_arrival":{"grace":30}}"#] {
            assert!(matches!(Settings::from_json(bad), Err(SettingsFault::Json(_))), "{bad}");
        }
    }

    #[test]
    fn values_that_make_no_sense_are_all_named() {
        let text = concat!(
            r#"{"late_arrival":{"grace":"-1m"},"idle_vehicle":{"stationary_below_kmh":6},"#,
            r#""room_climate":{"limits":{"co2":{"low":900,"high":1000,"band":60},"humidity":{"band":-1}}},"#,
            r#""silent":{"sensors":{"lobby/t1":"0s"}}}"#
        );
        let faults = serde_json::from_str::<Settings>(text).unwrap().faults();
        let keys: Vec<&str> = faults.iter().map(|fault| fault.split(':').next().unwrap()).collect();
        assert_eq!(
            keys,
            [
                "late_arrival.grace",
                "idle_vehicle.moving_above_kmh",
                "room_climate.limits.humidity.band",
                "room_climate.limits.co2",
                "silent.sensors.lobby/t1"
            ]
        );
        assert!(Settings::from_json(text).is_err());
    }
}
