//! The settings of every rule, as `Command::SetRules` keeps them in the journal: JSON with every number as digits.
//!
//! Promises that an old record stays provable: what it says nothing of, because the rule is younger than the record, is
//! off. Holds no default that is written elsewhere: what [`Settings::configured`] says is what holds where the
//! configuration says nothing, and what the documentation lists. Reads no file: the config module checks `[rules.…]` and
//! makes this of it.

mod custom;
mod devices;
mod excerpt;
mod gateway;
mod guests;
mod rooms;
mod vehicles;

use serde::{Deserialize, Serialize};

use crate::facts::plan::Tier;
use crate::facts::{Severity, Span};

pub use custom::{CustomRule, Occasion};
pub use devices::{BatteryLow, KioskSlow, SensorStuck, Silent};
pub use gateway::Gateway;
pub use guests::{ArrivalReminder, GuestWaiting, LateArrival, PostUnmanned};
pub use rooms::{Comfort, DoubleBooking, IncidentRule, RoomClimate, RoomCrowded};
pub use vehicles::{IdleVehicle, PickupAtRisk, Travel, VehicleEmpty, ZoneRule};

/// The settings of all rules. The default is what holds for a record that says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// A guest who does not come.
    pub late_arrival: LateArrival,
    /// A guest who is expected soon.
    pub arrival_reminder: ArrivalReminder,
    /// A staff post where nobody is.
    pub post_unmanned: PostUnmanned,
    /// A guest whom nobody receives.
    pub guest_waiting: GuestWaiting,
    /// A room or a vehicle that the plan wants twice at once.
    pub double_booking: DoubleBooking,
    /// A vehicle that cannot be at its pick-up in time.
    pub pickup_at_risk: PickupAtRisk,
    /// A vehicle that drives about without a trip.
    pub vehicle_empty: VehicleEmpty,
    /// A vehicle in a zone.
    pub zone: ZoneRule,
    /// How long a way takes, where a rule must guess it.
    pub travel: Travel,
    /// A vehicle that stands where it should not.
    pub idle_vehicle: IdleVehicle,
    /// A room outside its limits.
    pub room_climate: RoomClimate,
    /// A device that says nothing.
    pub silent: Silent,
    /// A room with too many people.
    pub room_crowded: RoomCrowded,
    /// A sensor whose battery is nearly empty.
    pub battery_low: BatteryLow,
    /// A sensor that always measures the same.
    pub sensor_stuck: SensorStuck,
    /// A kiosk where check-in takes long.
    pub kiosk_slow: KioskSlow,
    /// A call for help.
    pub incident: IncidentRule,
    /// Rules of one's own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub custom: Vec<CustomRule>,
    /// The gateway itself.
    pub gateway: Gateway,
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
    /// What holds where a configuration says nothing. Rules that came later are on here and off in the default: a record
    /// from before them does not name them, and must still follow from itself.
    pub fn configured() -> Self {
        let mut settings = Self::default();
        settings.late_arrival.eta = true;
        settings.arrival_reminder.enabled = true;
        settings.post_unmanned.enabled = true;
        settings.guest_waiting.enabled = true;
        settings.pickup_at_risk.enabled = true;
        settings.vehicle_empty.enabled = true;
        settings.zone.enabled = true;
        settings.double_booking.enabled = true;
        settings.room_crowded.enabled = true;
        settings.battery_low.enabled = true;
        settings.sensor_stuck.enabled = true;
        settings.kiosk_slow.enabled = true;
        settings
    }

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
        let Self { late_arrival, idle_vehicle, room_climate, silent, room_crowded, battery_low, .. } = self;
        let Self {
            sensor_stuck,
            kiosk_slow,
            post_unmanned,
            guest_waiting,
            arrival_reminder,
            travel,
            pickup_at_risk,
            vehicle_empty,
            incident,
            gateway,
            custom,
            ..
        } = self;
        late_arrival.check(&mut faults);
        arrival_reminder.check(&mut faults);
        post_unmanned.check(&mut faults);
        guest_waiting.check(&mut faults);
        travel.check(&mut faults);
        pickup_at_risk.check(&mut faults);
        vehicle_empty.check(&mut faults);
        idle_vehicle.check(&mut faults);
        room_climate.check(&mut faults);
        silent.check(&mut faults);
        room_crowded.check(&mut faults);
        battery_low.check(&mut faults);
        sensor_stuck.check(&mut faults);
        kiosk_slow.check(&mut faults);
        incident.check(&mut faults);
        gateway.check(&mut faults);
        custom::check(custom, &mut faults);
        faults
    }
}

fn check_span(faults: &mut Vec<String>, key: &str, span: Span, least_ms: i64) {
    if span.as_millis() < least_ms {
        faults.push(format!("{key}: {span} is too short"));
    }
}

/// The word of a tier on the wire.
pub(in crate::rules) const fn tier_word(tier: Tier) -> &'static str {
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
    fn a_record_from_before_a_rule_leaves_it_off_and_a_configuration_turns_it_on() {
        let switches = |settings: &Settings| {
            let json: serde_json::Value = serde_json::from_str(&settings.to_json().unwrap()).unwrap();
            let rules = json.as_object().unwrap().iter();
            let on = rules.filter(|(_, rule)| rule["enabled"] == true).map(|(name, _)| name.clone());
            on.collect::<Vec<String>>()
        };
        let old =
            Settings::from_json(r#"{"late_arrival":{},"idle_vehicle":{},"room_climate":{},"silent":{}}"#).unwrap();
        assert_eq!(switches(&old), ["idle_vehicle", "incident", "late_arrival", "room_climate"]);
        let new = switches(&Settings::configured());
        let names: Vec<&String> = new.iter().filter(|name| !switches(&old).contains(name)).collect();
        assert_eq!(
            names,
            [
                "arrival_reminder",
                "battery_low",
                "double_booking",
                "guest_waiting",
                "kiosk_slow",
                "pickup_at_risk",
                "post_unmanned",
                "room_crowded",
                "sensor_stuck",
                "vehicle_empty",
                "zone"
            ]
        );
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
