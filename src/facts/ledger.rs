//! What people leave on an alert beside their notes: what was found out about it, and that it is put aside for a while.
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

/// What was found out about an alert: on the alert each as a [`Note`](super::Note), with who wrote it and when; in the
/// command that writes them, texts alone. Whatever is written anew takes the place of what was there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Findings<T> {
    /// Why it came to it.
    #[serde(default = "nothing", skip_serializing_if = "Option::is_none")]
    pub cause: Option<T>,
    /// What was done about it.
    #[serde(default = "nothing", skip_serializing_if = "Option::is_none")]
    pub handling: Option<T>,
    /// What came of that.
    #[serde(default = "nothing", skip_serializing_if = "Option::is_none")]
    pub result: Option<T>,
    /// What is to be done better.
    #[serde(default = "nothing", skip_serializing_if = "Option::is_none")]
    pub improvement: Option<T>,
}

/// Of a value that need not have a default itself.
const fn nothing<T>() -> Option<T> {
    None
}

impl<T> Default for Findings<T> {
    fn default() -> Self {
        Self { cause: None, handling: None, result: None, improvement: None }
    }
}

impl<T> Findings<T> {
    /// A longer text is refused at the API: an alert's entries tell all of them each time.
    pub const CHARS_MAX: usize = 1_000;

    /// Each with its name on the wire.
    pub fn each(&self) -> [(&'static str, Option<&T>); 4] {
        [
            ("cause", self.cause.as_ref()),
            ("handling", self.handling.as_ref()),
            ("result", self.result.as_ref()),
            ("improvement", self.improvement.as_ref()),
        ]
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.each().iter().all(|(_, found)| found.is_none())
    }

    /// Whether whoever meets the same again learns something from it.
    pub const fn teaches(&self) -> bool {
        self.handling.is_some() || self.result.is_some()
    }

    /// Takes over what `other` has.
    pub fn take<U>(&mut self, other: &Findings<U>, into: impl Fn(&U) -> T) {
        let ours = [&mut self.cause, &mut self.handling, &mut self.result, &mut self.improvement];
        for (mine, (_, written)) in ours.into_iter().zip(other.each()) {
            if let Some(written) = written {
                *mine = Some(into(written));
            }
        }
    }
}
