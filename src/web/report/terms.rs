//! What of the rules' settings a report measures by: the graces, what driving is, the limits of rooms.
//!
//! Read from the order that the journal keeps, so that a day is measured by what held on it. Where none is kept, what is
//! measured by it is no data: there is no default here that could differ from the rules'.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::facts::plan::Tier;
use crate::facts::{Metric, Milli, Name, Span};

/// The settings that held.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Terms {
    late_arrival: Late,
    pub idle_vehicle: Idle,
    room_climate: Climate,
    silent: Silent,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Late {
    grace: Span,
    tiers: BTreeMap<Tier, Span>,
}

/// What driving, standing and standing too long is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Idle {
    pub after: Span,
    pub stationary_below_kmh: Milli,
    pub moving_above_kmh: Milli,
    pub radius_m: u32,
    pub max_hdop: Milli,
    pub min_satellites: u8,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Climate {
    limits: BTreeMap<Metric, Side>,
}

/// The limits of one quantity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Side {
    pub low: Option<Milli>,
    pub high: Option<Milli>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Silent {
    vehicle: After,
    sensor: After,
    sensors: BTreeMap<String, Span>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct After {
    after: Span,
}

impl Terms {
    /// From the text of an order to set the rules; none where it cannot be read.
    pub fn read(settings: &str) -> Option<Self> {
        serde_json::from_str(settings).ok()
    }

    /// How long after the expected time a guest of this tier is in time.
    pub fn grace(&self, tier: Tier) -> Span {
        self.late_arrival.tiers.get(&tier).copied().unwrap_or(self.late_arrival.grace)
    }

    /// How long the last position of a vehicle counts.
    pub fn vehicle_counts_for(&self) -> Span {
        self.silent.vehicle.after
    }

    /// How long the last reading of a sensor counts.
    pub fn sensor_counts_for(&self, room: &Name, sensor: &Name) -> Span {
        let own =
            if self.silent.sensors.is_empty() { None } else { self.silent.sensors.get(&format!("{room}/{sensor}")) };
        own.copied().unwrap_or(self.silent.sensor.after)
    }

    /// The limits of every room that has none of its own.
    pub fn limits(&self) -> &BTreeMap<Metric, Side> {
        &self.room_climate.limits
    }
}

#[cfg(test)]
#[path = "terms_tests.rs"]
pub(super) mod tests;
