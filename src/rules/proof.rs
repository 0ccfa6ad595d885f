//! The proof that recorded alerts and verdicts follow from the recorded entries.
//!
//! Pure: entries are pushed in, differences come out. Steps the same [`Engine`] as the recorder, from nothing or from a
//! state that somebody vouches for.

use std::collections::VecDeque;

use super::{Engine, Settings};
use crate::facts::{Alert, Command, Entry, Fact, Seq, Subject, Timestamp};

/// Where what was recorded is not what follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// An alert change was recorded that does not follow, or another one follows in its place.
    Alert {
        /// The recorded entry.
        seq: Seq,
        /// What was recorded.
        recorded: Box<Alert>,
        /// What follows; none where nothing does.
        follows: Option<Box<Alert>>,
    },
    /// An alert change follows, but was not recorded.
    Missing {
        /// After this entry.
        after: Seq,
        /// What follows.
        follows: Box<Alert>,
    },
    /// A scan's recorded answer is not the one that follows.
    Verdict {
        /// The scan's entry.
        seq: Seq,
    },
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Alert { seq, recorded, follows: None } => {
                write!(f, "entry {seq}: {} {:?} was recorded, but does not follow", recorded.id, recorded.state)
            }
            Self::Alert { seq, recorded, follows: Some(follows) } => write!(
                f,
                "entry {seq}: {} {:?} at {} was recorded, but {} {:?} at {} follows",
                recorded.id, recorded.state, recorded.at, follows.id, follows.state, follows.at
            ),
            Self::Missing { after, follows } => write!(
                f,
                "after entry {after}: {} {:?} of {} at {} follows, but was not recorded",
                follows.id, follows.state, follows.subject, follows.at
            ),
            Self::Verdict { seq } => write!(f, "entry {seq}: another verdict follows than the one recorded"),
        }
    }
}

/// A running proof.
#[derive(Debug, Default)]
pub struct Proof {
    engine: Engine,
    /// Settings that take the place of the recorded ones.
    other: Option<Settings>,
    expected: VecDeque<Alert>,
    last: Seq,
    /// Entries pushed.
    pub entries: u64,
    /// Alert changes among them.
    pub alerts: u64,
    /// Alert changes that follow, in order; kept only where other settings are tried.
    pub followed: Vec<Alert>,
    /// What differs, at most [`Proof::DIFFERENCES_MAX`].
    pub differences: Vec<Difference>,
}

impl Proof {
    /// After so many the rest is not listed.
    pub const DIFFERENCES_MAX: usize = 20;

    /// Begins after an entry with the state that the rules had there (0 and a new one: with all of the record). Proves
    /// the record as it is, or runs other settings over it instead of the recorded ones.
    pub fn after(last: Seq, engine: Engine, other: Option<Settings>) -> Self {
        Self { engine, other, last, ..Self::default() }
    }

    /// The next entry, in order.
    pub fn push(&mut self, entry: &Entry) {
        self.entries += 1;
        self.alerts += u64::from(matches!(entry.fact, Fact::Alert(_)));
        if self.other.is_some() {
            self.try_other(entry);
        } else {
            self.prove(entry);
        }
        self.last = entry.seq;
    }

    fn prove(&mut self, entry: &Entry) {
        let (before, step) = self.engine.take(entry);
        self.expected.extend(before);
        match &entry.fact {
            Fact::Alert(recorded) => {
                let follows = self.expected.pop_front();
                if follows.as_ref() != Some(recorded) {
                    let follows = follows.map(Box::new);
                    self.differ(Difference::Alert { seq: entry.seq, recorded: recorded.clone(), follows });
                }
            }
            Fact::Scan(scan) if scan.ruling != step.ruling => self.differ(Difference::Verdict { seq: entry.seq }),
            Fact::Scan(_)
            | Fact::Position(_)
            | Fact::Reading(_)
            | Fact::Device(_)
            | Fact::Plan(_)
            | Fact::Command(_)
            | Fact::Incident(_)
            | Fact::Rejected(_)
            | Fact::Clock(_)
            | Fact::Gap(_) => {}
        }
        self.expected.extend(step.changes);
    }

    fn try_other(&mut self, entry: &Entry) {
        if self.entries == 1 {
            self.begin_with_other(entry);
        }
        let mut entry = entry.clone();
        if let (Fact::Command(Command::SetRules { settings }), Some(other)) = (&mut entry.fact, &self.other)
            && let Ok(json) = other.to_json()
        {
            *settings = json;
        }
        let (before, step) = self.engine.take(&entry);
        self.followed.extend(before);
        self.followed.extend(step.changes);
    }

    /// The other settings hold from the first entry on: a record whose rules were the defaults orders none. What was
    /// open before and is not by these rules ends there.
    fn begin_with_other(&mut self, first: &Entry) {
        let Some(Ok(settings)) = self.other.as_ref().map(Settings::to_json) else { return };
        let fact = Fact::Command(Command::SetRules { settings });
        let (subject, device) = (Subject::Gateway, Subject::Gateway);
        let order = Entry { seq: 0, subject, device, observed_at: None, received_at: first.received_at, fact };
        self.followed.extend(self.engine.step(&order).changes);
    }

    /// Ends the proof: what still follows and was not recorded is a difference too.
    pub fn finish(&mut self) {
        while let Some(alert) = self.expected.pop_front() {
            self.differ(Difference::Missing { after: self.last, follows: Box::new(alert) });
        }
    }

    /// Lets time pass after the last entry, for what would still have fired.
    pub fn pass(&mut self, to: Timestamp) {
        let due = self.engine.advance(to);
        self.followed.extend(due);
    }

    fn differ(&mut self, difference: Difference) {
        if self.differences.len() < Self::DIFFERENCES_MAX {
            self.differences.push(difference);
        }
    }
}
