//! What people leave on an alert beside their notes: that it is put aside for a while.
//!
//! Holds texts as they were written, and bounds on them; whoever takes them in refuses what is longer.

use serde::{Deserialize, Serialize};

use super::names::Name;
use super::time::{Span, Timestamp};

/// Until when an alert is put aside, as the person said it. The two differ when our clock is set: a length is time that
/// passes, so its end moves along; a moment is one on the clock on the wall, so it stays where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aside {
    /// For so long.
    For(Span),
    /// Until then.
    Until(Timestamp),
}

/// The last time that an alert was put aside: who did it, why, and how it ended. It lasts while the alert is `shelved`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Shelf {
    /// Since when.
    pub at: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// The length, where the person said a length.
    #[serde(rename = "for", default, skip_serializing_if = "Option::is_none")]
    pub length: Option<Span>,
    /// Who put it aside.
    pub by: Name,
    /// Why, at most [`Shelf::REASON_CHARS_MAX`] characters.
    pub reason: String,
    /// When it was over: in time, by hand, or because the alert itself ended or was called for again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

impl Shelf {
    /// The longest that an alert can be put aside at once: a shift. Whoever comes after it decides anew.
    pub const LENGTH_MAX: Span = Span::from_mins(12 * 60);
    /// A longer reason is refused at the API.
    pub const REASON_CHARS_MAX: usize = 500;
}
