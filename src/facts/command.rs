//! What people order, and what the gateway orders itself: facts too, so that the way back in is through the journal.

use serde::{Deserialize, Serialize};

use super::footing::Footing;
use super::ledger::{Aside, Findings};
use super::names::Name;
use super::time::{Span, Timestamp};

/// What a person, or the gateway itself, ordered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Command {
    /// Take an alert on.
    Acknowledge {
        /// The alert.
        alert: Name,
        /// Who.
        by: Name,
        /// What was said with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Give an alert back that was taken on by mistake, soon after that.
    Unacknowledge {
        /// The alert.
        alert: Name,
        /// Who.
        by: Name,
    },
    /// Write something on an alert.
    Note {
        /// The alert.
        alert: Name,
        /// Who.
        by: Name,
        /// The text, at most [`Note::CHARS_MAX`](super::Note::CHARS_MAX) characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// What was found out, each at most [`Findings::CHARS_MAX`] characters.
        #[serde(flatten)]
        findings: Box<Findings<String>>,
    },
    /// End an alert by hand.
    Resolve {
        /// The alert.
        alert: Name,
        /// Who.
        by: Name,
        /// What was said with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
        /// What was found out, each at most [`Findings::CHARS_MAX`] characters.
        #[serde(flatten)]
        findings: Box<Findings<String>>,
    },
    /// Put an alert aside for a while.
    Shelve {
        /// The alert.
        alert: Name,
        /// Who.
        by: Name,
        /// Until when.
        #[serde(flatten)]
        aside: Aside,
        /// Why, at most [`Shelf::REASON_CHARS_MAX`](super::Shelf::REASON_CHARS_MAX) characters.
        reason: String,
    },
    /// Take an alert back that was put aside.
    Unshelve {
        /// The alert.
        alert: Name,
        /// Who.
        by: Name,
    },
    /// A guest who has checked in was received by the host.
    Receive {
        /// The guest's code.
        guest: Name,
        /// Who says so.
        by: Name,
    },
    /// Take a check-in by hand back, soon after it: the guest is not here after all.
    UndoCheckIn {
        /// The guest's code.
        guest: Name,
        /// Who says so.
        by: Name,
        /// The id of that check-in.
        scan_id: Name,
    },
    /// A rule of one's own was slow: it is asked no more until it is another one. Only the gateway says so.
    SwitchOff {
        /// The rule.
        rule: Name,
        /// How long it took at worst, milliseconds.
        took_ms: u64,
    },
    /// The time is right. What the gateway makes of it is the clock entry that follows, if one does.
    TrustClock {
        /// Who says so.
        by: Name,
        /// What time it is by that person's clock; none: ours is right as it stands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    },
    /// These rules hold from here on; `settings` is their whole configuration as JSON text.
    SetRules {
        /// The settings of every rule, as the rules module writes them.
        settings: String,
    },
    /// The names and contacts of whoever's visits all ended before this moment are erased.
    ErasePeople {
        /// The moment.
        before: Timestamp,
    },
    /// No kept state of the rules could be read, and entries were given up: the rules know from here on what this state
    /// holds, which was made of the entries that are left.
    ResumeRules {
        /// That state.
        footing: Footing,
    },
}

impl Command {
    /// What was done by hand can be taken back for so long. People are shown a shorter time, so that a slow network does not
    /// spoil it.
    pub const UNDO_WITHIN: Span = Span::from_mins(1);

    /// Whether what was done at one moment can be taken back at another.
    pub fn can_undo(done: Timestamp, at: Timestamp) -> bool {
        (Span::ZERO..=Self::UNDO_WITHIN).contains(&at.since(done))
    }
}
