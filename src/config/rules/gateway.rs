//! The rules about the gateway itself.

use std::ops::RangeInclusive;

use super::severity;
use crate::document::Fields;
use crate::facts::Span;
use crate::rules::{Gateway, Watch};

/// A condition of the gateway may be told at once, or after a week.
const CONDITION: RangeInclusive<Span> = Span::ZERO..=Span::from_mins(7 * 24 * 60);

pub(super) fn gateway(rules: &Fields<'_>) -> Gateway {
    let default = Gateway::default();
    let watch = |table: &str, default: Watch| {
        let fields = rules.table(table, &["enabled", "severity", "after"]);
        Watch {
            enabled: fields.flag("enabled").unwrap_or(default.enabled),
            severity: severity(&fields, default.severity),
            after: fields.span("after", &CONDITION).unwrap_or(default.after),
        }
    };
    Gateway {
        upstream_offline: watch("upstream_offline", default.upstream_offline),
        disk_low: watch("disk_low", default.disk_low),
        backup_old: watch("backup_old", default.backup_old),
        data_given_up: watch("data_given_up", default.data_given_up),
        clock_untrusted: watch("clock_untrusted", default.clock_untrusted),
    }
}
