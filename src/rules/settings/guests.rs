//! The settings of the rules about guests.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{check_span, tier_word};
use crate::facts::plan::Tier;
use crate::facts::{Severity, Span};

/// When a guest counts as late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LateArrival {
    /// Whether the rule judges at all.
    pub enabled: bool,
    /// How much a late guest matters.
    pub severity: Severity,
    /// How long after the expected time nobody is told.
    pub grace: Span,
    /// A tier's own grace.
    pub tiers: BTreeMap<Tier, Span>,
    /// Whether the alert says where the guest's vehicle is by the plan's trips, and when it may be here.
    pub eta: bool,
}

impl LateArrival {
    /// The grace of a tier.
    pub fn grace(&self, tier: Tier) -> Span {
        self.tiers.get(&tier).copied().unwrap_or(self.grace)
    }
}

impl Default for LateArrival {
    fn default() -> Self {
        Self {
            enabled: true,
            severity: Severity::Warning,
            grace: Span::from_mins(30),
            tiers: BTreeMap::from([(Tier::Vip, Span::from_mins(10))]),
            // Off: see `super::Settings::configured`.
            eta: false,
        }
    }
}

impl LateArrival {
    pub(super) fn check(&self, faults: &mut Vec<String>) {
        check_span(faults, "late_arrival.grace", self.grace, 0);
        for (tier, span) in &self.tiers {
            check_span(faults, &format!("late_arrival.tiers.{}", tier_word(*tier)), *span, 0);
        }
    }
}

/// When somebody is reminded that a guest is expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ArrivalReminder {
    /// Whether the rule judges at all.
    pub enabled: bool,
    /// How much it matters.
    pub severity: Severity,
    /// How long before the expected time.
    pub before: Span,
    /// Of whom.
    pub tiers: BTreeSet<Tier>,
}

impl Default for ArrivalReminder {
    /// Off: see [`super::Settings::configured`].
    fn default() -> Self {
        Self {
            enabled: false,
            severity: Severity::Info,
            before: Span::from_mins(60),
            tiers: BTreeSet::from([Tier::Vip]),
        }
    }
}

impl ArrivalReminder {
    pub(super) fn check(&self, faults: &mut Vec<String>) {
        check_span(faults, "arrival_reminder.before", self.before, 1);
    }
}

/// When a staff post counts as unmanned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PostUnmanned {
    /// Whether the rule judges at all.
    pub enabled: bool,
    /// How much it matters.
    pub severity: Severity,
    /// How long before the post begins whoever is on duty must have been seen.
    pub before: Span,
}

impl Default for PostUnmanned {
    /// Off: see [`super::Settings::configured`].
    fn default() -> Self {
        Self { enabled: false, severity: Severity::Warning, before: Span::from_mins(30) }
    }
}

impl PostUnmanned {
    pub(super) fn check(&self, faults: &mut Vec<String>) {
        check_span(faults, "post_unmanned.before", self.before, 0);
    }
}

/// When a guest who has checked in counts as waiting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GuestWaiting {
    /// Whether the rule judges at all.
    pub enabled: bool,
    /// How much it matters.
    pub severity: Severity,
    /// How long a guest may wait to be received.
    pub after: Span,
    /// Who is received in person.
    pub tiers: BTreeSet<Tier>,
}

impl Default for GuestWaiting {
    /// Off: see [`super::Settings::configured`].
    fn default() -> Self {
        Self {
            enabled: false,
            severity: Severity::Warning,
            after: Span::from_mins(5),
            tiers: BTreeSet::from([Tier::Vip]),
        }
    }
}

impl GuestWaiting {
    pub(super) fn check(&self, faults: &mut Vec<String>) {
        check_span(faults, "guest_waiting.after", self.after, 0);
    }
}
