//! The rules about devices.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::severity;
use crate::document::Fields;
use crate::facts::{Milli, Span};
use crate::rules::{BatteryLow, KioskSlow, SensorStuck, Silent, Watch};

/// A device that may be silent for less than this would be silent between two reports.
const SILENCE: RangeInclusive<Span> = Span::from_secs(5)..=Span::from_mins(7 * 24 * 60);
/// Within minutes a room's air may well stay as it is; after a week nobody waits any more.
const STUCK: RangeInclusive<Span> = Span::from_mins(30)..=Span::from_mins(7 * 24 * 60);
/// How long a check-in may take.
const CHECK_IN: RangeInclusive<Span> = Span::from_secs(5)..=Span::from_mins(30);

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

pub(super) fn battery_low(rules: &Fields<'_>, default: &BatteryLow) -> BatteryLow {
    let percent = Milli::from_whole(0)..=Milli::from_whole(100);
    let fields = rules.table("battery_low", &["enabled", "severity", "below", "band"]);
    BatteryLow {
        enabled: fields.flag("enabled").unwrap_or(default.enabled),
        severity: severity(&fields, default.severity),
        below: fields.milli("below", &percent, "%").unwrap_or(default.below),
        band: fields.milli("band", &percent, "%").unwrap_or(default.band),
    }
}

pub(super) fn sensor_stuck(rules: &Fields<'_>, default: &SensorStuck) -> SensorStuck {
    let fields = rules.table("sensor_stuck", &["enabled", "severity", "after"]);
    SensorStuck {
        enabled: fields.flag("enabled").unwrap_or(default.enabled),
        severity: severity(&fields, default.severity),
        after: fields.span("after", &STUCK).unwrap_or(default.after),
    }
}

pub(super) fn kiosk_slow(rules: &Fields<'_>, default: &KioskSlow) -> KioskSlow {
    let fields = rules.table("kiosk_slow", &["enabled", "severity", "above", "band", "scans_min"]);
    let read = KioskSlow {
        enabled: fields.flag("enabled").unwrap_or(default.enabled),
        severity: severity(&fields, default.severity),
        above: fields.span("above", &CHECK_IN).unwrap_or(default.above),
        band: fields.span("band", &(Span::ZERO..=*CHECK_IN.end())).unwrap_or(default.band),
        scans_min: fields.whole("scans_min", &(1..=30)).map_or(default.scans_min, |scans| scans as u32),
    };
    if read.band >= read.above {
        let key = if fields.has("band") { "band" } else { "above" };
        let what = format!("band ({}) is not below above ({})", read.band, read.above);
        fields.fault(key, what, "the kiosk would stay slow for ever; a tenth of it is usual");
    }
    read
}
