//! The rules about rooms.

use super::{GRACE, severity};
use crate::document::{Fields, Value};
use crate::facts::Metric;
use crate::facts::plan::Limits;
use crate::plan::read_limits;
use crate::rules::{Comfort, IncidentRule, RoomClimate};

pub(super) fn room_climate(rules: &Fields<'_>) -> RoomClimate {
    let default = RoomClimate::default();
    let own = ["enabled", "severity", "hold"];
    let known: Vec<&'static str> = own.into_iter().chain(Metric::ALL.iter().map(|metric| metric.word())).collect();
    let fields = rules.table("room_climate", &known);
    let mut limits = default.limits;
    for metric in Metric::ALL {
        let word = metric.word();
        if fields.node(word).is_some_and(|node| node.value == Value::Flag(false)) {
            limits.remove(metric);
            continue;
        }
        let table = fields.table(word, &["low", "high", "band"]);
        if !fields.has(word) {
            continue;
        }
        if !table.is_sound() {
            continue;
        }
        let given = limits.get(metric).copied();
        let given = given.unwrap_or_default();
        let sides = Limits { low: given.low, high: given.high };
        let (Limits { low, high }, band) = read_limits(&table, *metric, sides, Some(given.band));
        limits.insert(*metric, Comfort { low, high, band });
    }
    RoomClimate {
        enabled: fields.flag("enabled").unwrap_or(default.enabled),
        severity: severity(&fields, default.severity),
        hold: fields.span("hold", &GRACE).unwrap_or(default.hold),
        limits,
    }
}

pub(super) fn incident(rules: &Fields<'_>) -> IncidentRule {
    let default = IncidentRule::default();
    let fields = rules.table("incident", &["enabled", "severity"]);
    IncidentRule {
        enabled: fields.flag("enabled").unwrap_or(default.enabled),
        severity: severity(&fields, default.severity),
    }
}
