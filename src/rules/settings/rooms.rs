//! The settings of the rules about rooms.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::check_span;
use crate::facts::{Metric, Milli, Severity, Span};

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
    /// How long the room must be well again before the alert is over.
    pub off_delay: Span,
    /// How long an alert stays at least once people were told.
    pub keep: Span,
    /// Judges only while the room is in use.
    pub only_in_use: bool,
    /// How long before a booking the room counts as in use.
    pub lead: Span,
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
            off_delay: Span::ZERO,
            keep: Span::ZERO,
            only_in_use: false,
            lead: Span::from_mins(30),
            limits: BTreeMap::from([
                (Metric::Temperature, temperature),
                (Metric::Humidity, humidity),
                (Metric::Co2, co2),
            ]),
        }
    }
}

impl RoomClimate {
    pub(super) fn check(&self, faults: &mut Vec<String>) {
        check_span(faults, "room_climate.hold", self.hold, 0);
        check_span(faults, "room_climate.off_delay", self.off_delay, 0);
        check_span(faults, "room_climate.keep", self.keep, 0);
        check_span(faults, "room_climate.lead", self.lead, 0);
        for (metric, comfort) in &self.limits {
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
    /// What is to be done, step by step, by the word of the incident; [`IncidentRule::OTHER`] for every other word.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub checklists: BTreeMap<String, Vec<String>>,
}

impl Default for IncidentRule {
    fn default() -> Self {
        Self { enabled: true, severity: Severity::Critical, checklists: BTreeMap::new() }
    }
}

impl IncidentRule {
    /// The kinds of incidents that everybody knows. A button may send any other word.
    pub const KINDS: &[&str] = &["medical", "traffic", "security", "equipment", "weather", "public_opinion"];
    /// The checklist of any other word.
    pub const OTHER: &str = "other";
    /// A longer checklist is read by nobody in a hurry.
    pub const STEPS_MAX: usize = 12;

    /// What is to be done about an incident of this word.
    pub fn steps(&self, incident: &str) -> &[String] {
        let own = self.checklists.get(incident).or_else(|| self.checklists.get(Self::OTHER));
        own.map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn check(&self, faults: &mut Vec<String>) {
        for (incident, steps) in self.checklists.iter().filter(|(_, steps)| steps.len() > Self::STEPS_MAX) {
            faults.push(format!("incident.checklists.{incident}: {} steps, at most {}", steps.len(), Self::STEPS_MAX));
        }
    }
}

/// When a room counts as crowded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RoomCrowded {
    /// Whether the rule judges at all.
    pub enabled: bool,
    /// How much it matters.
    pub severity: Severity,
    /// Crowded above this share of the room's capacity, per cent.
    pub above_percent: u32,
    /// How far below that share it must come before it is over, per cent of the capacity.
    pub band_percent: u32,
    /// How long it must be so before people are told.
    pub hold: Span,
    /// How long it must be well again before the alert is over.
    pub off_delay: Span,
    /// How long an alert stays at least once people were told.
    pub keep: Span,
}

impl Default for RoomCrowded {
    /// Off: see [`super::Settings::configured`].
    fn default() -> Self {
        Self {
            enabled: false,
            severity: Severity::Warning,
            above_percent: 80,
            band_percent: 5,
            hold: Span::from_mins(1),
            off_delay: Span::ZERO,
            keep: Span::ZERO,
        }
    }
}

impl RoomCrowded {
    pub(super) fn check(&self, faults: &mut Vec<String>) {
        check_span(faults, "room_crowded.hold", self.hold, 0);
        check_span(faults, "room_crowded.off_delay", self.off_delay, 0);
        check_span(faults, "room_crowded.keep", self.keep, 0);
        if self.band_percent >= self.above_percent {
            faults.push(format!(
                "room_crowded.band_percent: {} is not below above_percent ({})",
                self.band_percent, self.above_percent
            ));
        }
    }
}

/// Whether a room or a vehicle that the plan wants twice at once is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DoubleBooking {
    /// Whether the rule judges at all.
    pub enabled: bool,
    /// How much it matters.
    pub severity: Severity,
}

impl Default for DoubleBooking {
    /// Off: see [`super::Settings::configured`].
    fn default() -> Self {
        Self { enabled: false, severity: Severity::Warning }
    }
}
