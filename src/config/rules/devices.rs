//! The rules about devices.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::severity;
use crate::document::Fields;
use crate::facts::Span;
use crate::rules::{Silent, Watch};

/// A device that may be silent for less than this would be silent between two reports.
const SILENCE: RangeInclusive<Span> = Span::from_secs(5)..=Span::from_mins(7 * 24 * 60);

pub(super) fn silent(rules: &Fields<'_>) -> Silent {
    let default = Silent::default();
    let spans = rules.table("silent", &["kiosk", "vehicle", "sensor"]);
    let watch = |table: &str, key: &str, default: Watch| {
        let fields = rules.table(table, &["enabled", "severity"]);
        Watch {
            enabled: fields.flag("enabled").unwrap_or(default.enabled),
            severity: severity(&fields, default.severity),
            after: spans.span(key, &SILENCE).unwrap_or(default.after),
        }
    };
    Silent {
        // Those stand with the sensors.
        sensors: BTreeMap::new(),
        kiosk: watch("kiosk_silent", "kiosk", default.kiosk),
        vehicle: watch("vehicle_silent", "vehicle", default.vehicle),
        sensor: watch("sensor_silent", "sensor", default.sensor),
    }
}
