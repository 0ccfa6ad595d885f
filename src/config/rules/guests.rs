//! The rules about guests.

use super::{GRACE, severity};
use crate::document::Fields;
use crate::facts::plan::Tier;
use crate::rules::{LateArrival, PostUnmanned};

pub(super) fn late_arrival(rules: &Fields<'_>) -> LateArrival {
    let default = LateArrival::default();
    let fields = rules.table("late_arrival", &["enabled", "severity", "grace", "tiers"]);
    let words = [("vip", Tier::Vip), ("guest", Tier::Guest), ("staff", Tier::Staff)];
    let table = fields.table("tiers", &words.map(|(word, _)| word));
    let mut tiers = default.tiers;
    tiers.extend(words.iter().filter_map(|(word, tier)| Some((*tier, table.span(word, &GRACE)?))));
    LateArrival {
        enabled: fields.flag("enabled").unwrap_or(default.enabled),
        severity: severity(&fields, default.severity),
        grace: fields.span("grace", &GRACE).unwrap_or(default.grace),
        tiers,
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
