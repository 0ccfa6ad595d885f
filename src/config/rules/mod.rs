//! `[rules.…]`: the settings of every rule, checked. A key that is not written has the rule's own default.
//!
//! Does not know how long one sensor may be silent: that stands with the sensor.

mod custom;
mod devices;
mod gateway;
mod guests;
mod profiles;
mod rooms;
mod vehicles;

use std::ops::RangeInclusive;

use crate::document::Fields;
use crate::facts::{Severity, Span};
use crate::rules::Settings;

pub(super) const SEVERITIES: &[(&str, Severity)] =
    &[("info", Severity::Info), ("warning", Severity::Warning), ("critical", Severity::Critical)];

/// A grace may be nothing at all, and no longer than a day.
const GRACE: RangeInclusive<Span> = Span::ZERO..=Span::from_mins(24 * 60);

/// Reads `[rules]`.
pub(super) fn read(root: &Fields<'_>) -> Settings {
    let rules = root.table(
        "rules",
        &[
            "late_arrival",
            "arrival_reminder",
            "post_unmanned",
            "guest_waiting",
            "double_booking",
            "pickup_at_risk",
            "vehicle_empty",
            "zone",
            "travel",
            "idle_vehicle",
            "room_climate",
            "silent",
            "kiosk_silent",
            "vehicle_silent",
            "sensor_silent",
            "room_crowded",
            "battery_low",
            "sensor_stuck",
            "kiosk_slow",
            "custom",
            "incident",
            "upstream_offline",
            "disk_low",
            "backup_old",
            "data_given_up",
            "clock_untrusted",
        ],
    );
    let default = Settings::configured();
    Settings {
        late_arrival: guests::late_arrival(&rules, default.late_arrival.clone()),
        arrival_reminder: guests::arrival_reminder(&rules, &default.arrival_reminder),
        post_unmanned: guests::post_unmanned(&rules, &default.post_unmanned),
        guest_waiting: guests::guest_waiting(&rules, &default.guest_waiting),
        double_booking: rooms::double_booking(&rules, &default.double_booking),
        pickup_at_risk: vehicles::pickup_at_risk(&rules, &default.pickup_at_risk),
        vehicle_empty: vehicles::vehicle_empty(&rules, &default.vehicle_empty),
        zone: vehicles::zone(&rules, &default.zone),
        travel: vehicles::travel(&rules, &default.travel),
        idle_vehicle: vehicles::idle_vehicle(&rules),
        room_climate: rooms::room_climate(&rules),
        silent: devices::silent(&rules),
        room_crowded: rooms::crowded(&rules, &default.room_crowded),
        battery_low: devices::battery_low(&rules, &default.battery_low),
        sensor_stuck: devices::sensor_stuck(&rules, &default.sensor_stuck),
        kiosk_slow: devices::kiosk_slow(&rules, &default.kiosk_slow),
        custom: custom::custom(&rules),
        incident: rooms::incident(&rules),
        gateway: gateway::gateway(&rules),
    }
}

fn severity(fields: &Fields<'_>, default: Severity) -> Severity {
    fields.word("severity", SEVERITIES).unwrap_or(default)
}
