//! The rules about guests.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use super::{GRACE, severity};
use crate::document::{Fields, Node, Value, suggest};
use crate::facts::Span;
use crate::facts::plan::Tier;
use crate::rules::{ArrivalReminder, GuestWaiting, LateArrival, PostUnmanned};

/// A reminder at the very moment reminds of nothing.
const BEFORE: RangeInclusive<Span> = Span::from_mins(1)..=Span::from_mins(24 * 60);
const TIERS: [(&str, Tier); 3] = [("vip", Tier::Vip), ("guest", Tier::Guest), ("staff", Tier::Staff)];

pub(super) fn late_arrival(rules: &Fields<'_>, default: LateArrival) -> LateArrival {
    let fields = rules.table("late_arrival", &["enabled", "severity", "grace", "tiers", "eta"]);
    let table = fields.table("tiers", &TIERS.map(|(word, _)| word));
    let mut tiers = default.tiers;
    tiers.extend(TIERS.iter().filter_map(|(word, tier)| Some((*tier, table.span(word, &GRACE)?))));
    LateArrival {
        enabled: fields.flag("enabled").unwrap_or(default.enabled),
        severity: severity(&fields, default.severity),
        grace: fields.span("grace", &GRACE).unwrap_or(default.grace),
        tiers,
        eta: fields.flag("eta").unwrap_or(default.eta),
    }
}

pub(super) fn post_unmanned(rules: &Fields<'_>, default: &PostUnmanned) -> PostUnmanned {
    let fields = rules.table("post_unmanned", &["enabled", "severity", "before"]);
    PostUnmanned {
        enabled: fields.flag("enabled").unwrap_or(default.enabled),
        severity: severity(&fields, default.severity),
        before: fields.span("before", &GRACE).unwrap_or(default.before),
    }
}

pub(super) fn arrival_reminder(rules: &Fields<'_>, default: &ArrivalReminder) -> ArrivalReminder {
    let fields = rules.table("arrival_reminder", &["enabled", "severity", "before", "tiers"]);
    ArrivalReminder {
        enabled: fields.flag("enabled").unwrap_or(default.enabled),
        severity: severity(&fields, default.severity),
        before: fields.span("before", &BEFORE).unwrap_or(default.before),
        tiers: tiers(&fields).unwrap_or_else(|| default.tiers.clone()),
    }
}

pub(super) fn guest_waiting(rules: &Fields<'_>, default: &GuestWaiting) -> GuestWaiting {
    let fields = rules.table("guest_waiting", &["enabled", "severity", "after", "tiers"]);
    GuestWaiting {
        enabled: fields.flag("enabled").unwrap_or(default.enabled),
        severity: severity(&fields, default.severity),
        after: fields.span("after", &GRACE).unwrap_or(default.after),
        tiers: tiers(&fields).unwrap_or_else(|| default.tiers.clone()),
    }
}

/// A list of ranks under `tiers`; none where it is not written. A list of nobody is refused: that is what `enabled` is for.
fn tiers(fields: &Fields<'_>) -> Option<BTreeSet<Tier>> {
    if !fields.has("tiers") {
        return None;
    }
    let mut tiers = BTreeSet::new();
    for (text, spot) in fields.texts("tiers") {
        if let Some((_, tier)) = TIERS.iter().find(|(word, _)| *word == text) {
            tiers.insert(*tier);
        } else {
            let hint = suggest(text, "what may stand here", TIERS.iter().map(|(word, _)| *word));
            fields.fault_at(spot, format!("\"{text}\" is not a rank we know"), hint);
        }
    }
    let is_empty = |node: &Node| matches!(&node.value, Value::List(items) if items.is_empty());
    if fields.node("tiers").is_some_and(is_empty) {
        fields.fault(
            "tiers",
            "this names nobody",
            "name a rank, as [\"vip\"], or switch the rule off by enabled = false",
        );
    }
    Some(tiers)
}
