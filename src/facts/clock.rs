//! What our own clock is worth, and when it was moved.

use serde::{Deserialize, Serialize};

use super::time::Span;

/// Who vouches for the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockSource {
    /// The kernel says it is synchronised.
    Ntp,
    /// A configured receiver's valid fix.
    Gps,
    /// A person said the time is right.
    Operator,
    /// Plausible, but nobody vouches.
    System,
    /// Not plausible.
    None,
}

/// The clock was set, moved, or lost its trust.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ClockFact {
    /// Whether rules may compare times with the plan.
    pub trusted: bool,
    /// On whose word.
    pub source: ClockSource,
    /// How far our reckoning moved, in milliseconds; 0 when it did not.
    #[serde(default)]
    pub stepped_ms: i64,
    /// Why, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl ClockFact {
    /// A step back of up to this is no step: our time stands still until it is made up. A longer one begins a new epoch.
    pub const STANDS_STILL_MAX: Span = Span::from_secs(60);

    /// Whether a move of our time by `step` begins an epoch, within which `received_at` never runs back.
    pub const fn begins_epoch_at(step: Span) -> bool {
        step.as_millis() < -Self::STANDS_STILL_MAX.as_millis()
    }

    /// Whether an epoch begins with this entry.
    pub const fn begins_epoch(&self) -> bool {
        Self::begins_epoch_at(Span::from_millis(self.stepped_ms))
    }
}
