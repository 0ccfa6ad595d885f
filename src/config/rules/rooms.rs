//! The rules about rooms.

use std::collections::BTreeMap;

use super::profiles::{PROFILES, SEASONS};
use super::{GRACE, severity};
use crate::document::{Fields, Value};
use crate::facts::Metric;
use crate::facts::plan::Limits;
use crate::plan::read_limits;
use crate::rules::{Comfort, DoubleBooking, IncidentRule, RoomClimate, RoomCrowded};

/// A longer step is no step.
const STEP_CHARS_MAX: usize = 200;

pub(super) fn room_climate(rules: &Fields<'_>) -> RoomClimate {
    let default = RoomClimate::default();
    let own = ["enabled", "severity", "hold", "off_delay", "keep", "only_in_use", "lead", "profile", "season"];
    let known: Vec<&'static str> = own.into_iter().chain(Metric::ALL.iter().map(|metric| metric.word())).collect();
    let fields = rules.table("room_climate", &known);
    let season = fields.word("season", SEASONS);
    let profile = fields.word("profile", PROFILES);
    if season.is_some() && !fields.has("profile") {
        let hint = "name a profile, such as \"gb-t-18883-2022\", or take the season out";
        fields.fault("season", "only the limits of a profile have a season, and there is no profile", hint);
    }
    let mut limits = profile.map_or(default.limits, |profile| profile.limits(season));
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
        off_delay: fields.span("off_delay", &GRACE).unwrap_or(default.off_delay),
        keep: fields.span("keep", &GRACE).unwrap_or(default.keep),
        only_in_use: fields.flag("only_in_use").unwrap_or(default.only_in_use),
        lead: fields.span("lead", &GRACE).unwrap_or(default.lead),
        limits,
    }
}

pub(super) fn incident(rules: &Fields<'_>) -> IncidentRule {
    let default = IncidentRule::default();
    let fields = rules.table("incident", &["enabled", "severity", "checklists"]);
    let words: Vec<&'static str> = IncidentRule::KINDS.iter().copied().chain([IncidentRule::OTHER]).collect();
    let table = fields.table("checklists", &words);
    let mut checklists = BTreeMap::new();
    for word in words {
        let steps = table.texts(word);
        if let Some((_, spot)) = steps.get(IncidentRule::STEPS_MAX) {
            let what = format!("{} steps; at most {} are shown", steps.len(), IncidentRule::STEPS_MAX);
            table.fault_at(spot.clone(), what, "in a hurry nobody reads more; put the rest into one of the steps");
        } else if let Some((_, spot)) = steps.iter().find(|(step, _)| step.chars().count() > STEP_CHARS_MAX) {
            let what = format!("this step has more than {STEP_CHARS_MAX} characters");
            table.fault_at(spot.clone(), what, "say it shorter, or in two steps");
        } else if !steps.is_empty() {
            checklists.insert(word.to_owned(), steps.into_iter().map(|(step, _)| step.trim().to_owned()).collect());
        }
    }
    IncidentRule {
        enabled: fields.flag("enabled").unwrap_or(default.enabled),
        severity: severity(&fields, default.severity),
        checklists,
    }
}

pub(super) fn crowded(rules: &Fields<'_>, default: &RoomCrowded) -> RoomCrowded {
    let fields = rules
        .table("room_crowded", &["enabled", "severity", "above_percent", "band_percent", "hold", "off_delay", "keep"]);
    let read = RoomCrowded {
        enabled: fields.flag("enabled").unwrap_or(default.enabled),
        severity: severity(&fields, default.severity),
        above_percent: fields
            .whole("above_percent", &(1..=200))
            .map_or(default.above_percent, |percent| percent as u32),
        band_percent: fields.whole("band_percent", &(0..=100)).map_or(default.band_percent, |percent| percent as u32),
        hold: fields.span("hold", &GRACE).unwrap_or(default.hold),
        off_delay: fields.span("off_delay", &GRACE).unwrap_or(default.off_delay),
        keep: fields.span("keep", &GRACE).unwrap_or(default.keep),
    };
    if read.band_percent >= read.above_percent {
        let key = if fields.has("band_percent") { "band_percent" } else { "above_percent" };
        let what = format!("band_percent ({}) is not below above_percent ({})", read.band_percent, read.above_percent);
        fields.fault(key, what, "the room would stay crowded until it is empty; a band of 5 is usual");
    }
    read
}

pub(super) fn double_booking(rules: &Fields<'_>, default: &DoubleBooking) -> DoubleBooking {
    let fields = rules.table("double_booking", &["enabled", "severity"]);
    DoubleBooking {
        enabled: fields.flag("enabled").unwrap_or(default.enabled),
        severity: severity(&fields, default.severity),
    }
}
