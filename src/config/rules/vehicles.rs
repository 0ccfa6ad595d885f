//! The rules about vehicles.

use std::ops::RangeInclusive;

use super::{GRACE, severity};
use crate::document::Fields;
use crate::facts::Milli;
use crate::rules::{IdleVehicle, PickupAtRisk, Travel, VehicleEmpty, ZoneRule};

/// Speeds that tell standing from driving, km/h.
const SPEED: RangeInclusive<Milli> = Milli::from_raw(100)..=Milli::from_whole(50);

pub(super) fn travel(rules: &Fields<'_>, default: &Travel) -> Travel {
    let fields = rules.table("travel", &["speed_kmh", "detour"]);
    let (speed, detour) = (Milli::from_whole(5)..=Milli::from_whole(200), Milli::from_whole(1)..=Milli::from_whole(3));
    Travel {
        speed_kmh: fields.milli("speed_kmh", &speed, "km/h").unwrap_or(default.speed_kmh),
        detour: fields.milli("detour", &detour, "times the straight line").unwrap_or(default.detour),
    }
}

pub(super) fn pickup_at_risk(rules: &Fields<'_>, default: &PickupAtRisk) -> PickupAtRisk {
    let fields = rules.table("pickup_at_risk", &["enabled", "severity", "slack", "blind"]);
    PickupAtRisk {
        enabled: fields.flag("enabled").unwrap_or(default.enabled),
        severity: severity(&fields, default.severity),
        slack: fields.span("slack", &GRACE).unwrap_or(default.slack),
        blind: fields.span("blind", &GRACE).unwrap_or(default.blind),
    }
}

pub(super) fn vehicle_empty(rules: &Fields<'_>, default: &VehicleEmpty) -> VehicleEmpty {
    let fields = rules.table("vehicle_empty", &["enabled", "severity", "after_m", "lead", "tail"]);
    VehicleEmpty {
        enabled: fields.flag("enabled").unwrap_or(default.enabled),
        severity: severity(&fields, default.severity),
        after_m: fields.whole("after_m", &(100..=100_000)).map_or(default.after_m, |metres| metres as u32),
        lead: fields.span("lead", &GRACE).unwrap_or(default.lead),
        tail: fields.span("tail", &GRACE).unwrap_or(default.tail),
    }
}

pub(super) fn zone(rules: &Fields<'_>, default: &ZoneRule) -> ZoneRule {
    let fields = rules.table("zone", &["enabled", "severity", "zones", "margin_m"]);
    ZoneRule {
        enabled: fields.flag("enabled").unwrap_or(default.enabled),
        severity: severity(&fields, default.severity),
        zones: fields.names("zones").into_iter().map(|(zone, _)| zone).collect(),
        margin_m: fields.whole("margin_m", &(0..=1_000)).map_or(default.margin_m, |metres| metres as u32),
    }
}

pub(super) fn idle_vehicle(rules: &Fields<'_>) -> IdleVehicle {
    let default = IdleVehicle::default();
    let fields = rules.table(
        "idle_vehicle",
        &[
            "enabled",
            "severity",
            "after",
            "stationary_below_kmh",
            "moving_above_kmh",
            "radius_m",
            "max_hdop",
            "min_satellites",
        ],
    );
    let hdop = Milli::from_whole(1)..=Milli::from_whole(50);
    let read = IdleVehicle {
        enabled: fields.flag("enabled").unwrap_or(default.enabled),
        severity: severity(&fields, default.severity),
        after: fields.span("after", &GRACE).unwrap_or(default.after),
        stationary_below_kmh: fields
            .milli("stationary_below_kmh", &SPEED, "km/h")
            .unwrap_or(default.stationary_below_kmh),
        moving_above_kmh: fields.milli("moving_above_kmh", &SPEED, "km/h").unwrap_or(default.moving_above_kmh),
        radius_m: fields.whole("radius_m", &(5..=1_000)).map_or(default.radius_m, |metres| metres as u32),
        max_hdop: fields.milli("max_hdop", &hdop, "").unwrap_or(default.max_hdop),
        min_satellites: fields.whole("min_satellites", &(0..=12)).map_or(default.min_satellites, |count| count as u8),
    };
    if read.stationary_below_kmh >= read.moving_above_kmh {
        let key = if fields.has("moving_above_kmh") { "moving_above_kmh" } else { "stationary_below_kmh" };
        let what = format!(
            "moving_above_kmh ({}) is not above stationary_below_kmh ({})",
            read.moving_above_kmh, read.stationary_below_kmh
        );
        fields.fault(key, what, "leave room between them: a parked receiver's speed wavers by a few km/h");
    }
    read
}
