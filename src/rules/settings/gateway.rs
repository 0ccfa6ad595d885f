//! The settings of the rules about the gateway itself.

use serde::{Deserialize, Serialize};

use super::{Watch, check_span};
use crate::facts::{Severity, Span};

/// The gateway's own conditions; `after` is how long each may last before people are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gateway {
    /// The system above cannot be reached. A whole day without it is normal.
    pub upstream_offline: Watch,
    /// The disk or the data budget is nearly full.
    pub disk_low: Watch,
    /// There is no backup that is new enough.
    pub backup_old: Watch,
    /// Readings or positions were given up for want of room.
    pub data_given_up: Watch,
    /// Nobody can say that the time is right.
    pub clock_untrusted: Watch,
}

impl Default for Gateway {
    fn default() -> Self {
        let watch = |severity, minutes| Watch { enabled: true, severity, after: Span::from_mins(minutes) };
        Self {
            upstream_offline: watch(Severity::Info, 15),
            disk_low: watch(Severity::Critical, 0),
            backup_old: watch(Severity::Warning, 0),
            data_given_up: watch(Severity::Warning, 0),
            clock_untrusted: watch(Severity::Warning, 0),
        }
    }
}

impl Gateway {
    pub(super) fn check(&self, faults: &mut Vec<String>) {
        for (rule, watch) in [
            ("upstream_offline", &self.upstream_offline),
            ("disk_low", &self.disk_low),
            ("backup_old", &self.backup_old),
            ("data_given_up", &self.data_given_up),
            ("clock_untrusted", &self.clock_untrusted),
        ] {
            check_span(faults, &format!("gateway.{rule}.after"), watch.after, 0);
        }
    }
}
