//! The settings of the rules about vehicles.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::check_span;
use crate::facts::{Milli, Name, Severity, Span};

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

impl IdleVehicle {
    pub(super) fn check(&self, faults: &mut Vec<String>) {
        check_span(faults, "idle_vehicle.after", self.after, 0);
        if self.stationary_below_kmh >= self.moving_above_kmh {
            faults.push(format!(
                "idle_vehicle.moving_above_kmh: {} is not above stationary_below_kmh ({})",
                self.moving_above_kmh, self.stationary_below_kmh
            ));
        }
    }
}

/// How long a way takes by the straight line: the same guess for every rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Travel {
    /// How fast vehicles get on, halts and all, km/h.
    pub speed_kmh: Milli,
    /// How many times as long as the straight line the road is.
    pub detour: Milli,
}

impl Default for Travel {
    fn default() -> Self {
        Self { speed_kmh: Milli::from_whole(50), detour: Milli::from_raw(1_300) }
    }
}

impl Travel {
    pub(super) fn check(&self, faults: &mut Vec<String>) {
        if self.speed_kmh <= Milli::default() {
            faults.push(format!("travel.speed_kmh: at {} km/h nobody gets anywhere", self.speed_kmh));
        }
        if self.detour < Milli::from_whole(1) {
            faults.push(format!("travel.detour: no road is shorter than the straight line, as {} says", self.detour));
        }
    }
}

/// When a pick-up counts as at risk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PickupAtRisk {
    /// Whether the rule judges at all.
    pub enabled: bool,
    /// How much it matters.
    pub severity: Severity,
    /// How long after the pick-up a vehicle may be there.
    pub slack: Span,
    /// So long before the pick-up somebody must know where the vehicle is; nothing: nobody need.
    pub blind: Span,
}

impl Default for PickupAtRisk {
    /// Off: see [`super::Settings::configured`].
    fn default() -> Self {
        Self { enabled: false, severity: Severity::Warning, slack: Span::from_mins(5), blind: Span::from_mins(30) }
    }
}

impl PickupAtRisk {
    pub(super) fn check(&self, faults: &mut Vec<String>) {
        check_span(faults, "pickup_at_risk.slack", self.slack, 0);
        check_span(faults, "pickup_at_risk.blind", self.blind, 0);
    }
}

/// When a vehicle counts as driving about without a trip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VehicleEmpty {
    /// Whether the rule judges at all.
    pub enabled: bool,
    /// How much it matters.
    pub severity: Severity,
    /// How far a vehicle may drive at once without a trip, metres.
    pub after_m: u32,
    /// So long before its pick-up a trip begins to count.
    pub lead: Span,
    /// So long after its guests are expected it counts.
    pub tail: Span,
}

impl Default for VehicleEmpty {
    /// Off: see [`super::Settings::configured`].
    fn default() -> Self {
        Self {
            enabled: false,
            severity: Severity::Info,
            after_m: 3_000,
            lead: Span::from_mins(60),
            tail: Span::from_mins(60),
        }
    }
}

impl VehicleEmpty {
    pub(super) fn check(&self, faults: &mut Vec<String>) {
        check_span(faults, "vehicle_empty.lead", self.lead, 0);
        check_span(faults, "vehicle_empty.tail", self.tail, 0);
    }
}

/// Which zones are watched for vehicles that come and go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ZoneRule {
    /// Whether the rule judges at all.
    pub enabled: bool,
    /// How much it matters.
    pub severity: Severity,
    /// These; nothing: those where the trips of the plan go.
    pub zones: BTreeSet<Name>,
    /// Farther than this from the edge is outside, metres.
    pub margin_m: u32,
}

impl Default for ZoneRule {
    /// Off: see [`super::Settings::configured`].
    fn default() -> Self {
        Self { enabled: false, severity: Severity::Info, zones: BTreeSet::new(), margin_m: 30 }
    }
}
