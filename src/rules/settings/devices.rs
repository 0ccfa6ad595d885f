//! The settings of the rules about devices.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Watch, check_span};
use crate::facts::{Name, Severity, Span, Subject};

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
