//! The settings of the rules about devices.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Watch, check_span};
use crate::facts::{Milli, Name, Severity, Span, Subject};

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

impl Silent {
    pub(super) fn check(&self, faults: &mut Vec<String>) {
        let watches = [("kiosk", &self.kiosk), ("vehicle", &self.vehicle), ("sensor", &self.sensor)];
        for (kind, watch) in watches {
            check_span(faults, &format!("silent.{kind}.after"), watch.after, 1);
        }
        for (sensor, span) in &self.sensors {
            check_span(faults, &format!("silent.sensors.{sensor}"), *span, 1);
        }
    }
}

/// When a sensor's battery counts as low.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BatteryLow {
    /// Whether the rule judges at all.
    pub enabled: bool,
    /// How much it matters.
    pub severity: Severity,
    /// Low below this, %.
    pub below: Milli,
    /// How far above that it must come before it is over, %.
    pub band: Milli,
}

impl Default for BatteryLow {
    /// Off: see [`super::Settings::configured`].
    fn default() -> Self {
        Self { enabled: false, severity: Severity::Info, below: Milli::from_whole(15), band: Milli::from_whole(5) }
    }
}

impl BatteryLow {
    pub(super) fn check(&self, faults: &mut Vec<String>) {
        if self.band < Milli::default() {
            faults.push(format!("battery_low.band: {} is negative", self.band));
        }
    }
}

/// When a sensor counts as stuck.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SensorStuck {
    /// Whether the rule judges at all.
    pub enabled: bool,
    /// How much it matters.
    pub severity: Severity,
    /// How long a value may stay the same to its last digit while readings keep coming.
    pub after: Span,
}

impl Default for SensorStuck {
    /// Off: see [`super::Settings::configured`].
    fn default() -> Self {
        Self { enabled: false, severity: Severity::Info, after: Span::from_mins(6 * 60) }
    }
}

impl SensorStuck {
    pub(super) fn check(&self, faults: &mut Vec<String>) {
        check_span(faults, "sensor_stuck.after", self.after, 1);
    }
}

/// When check-in at a kiosk counts as slow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KioskSlow {
    /// Whether the rule judges at all.
    pub enabled: bool,
    /// How much it matters.
    pub severity: Severity,
    /// Slow where nine of ten check-ins are not done within this time.
    pub above: Span,
    /// How far below that it must come before it is over.
    pub band: Span,
    /// Of fewer check-ins nothing is concluded.
    pub scans_min: u32,
}

impl Default for KioskSlow {
    /// Off: see [`super::Settings::configured`].
    fn default() -> Self {
        Self {
            enabled: false,
            severity: Severity::Warning,
            above: Span::from_mins(2),
            band: Span::from_secs(15),
            scans_min: 10,
        }
    }
}

impl KioskSlow {
    pub(super) fn check(&self, faults: &mut Vec<String>) {
        check_span(faults, "kiosk_slow.above", self.above, 1);
        check_span(faults, "kiosk_slow.band", self.band, 0);
        if self.scans_min == 0 {
            faults.push("kiosk_slow.scans_min: of no check-ins nothing can be concluded".to_owned());
        }
    }
}
