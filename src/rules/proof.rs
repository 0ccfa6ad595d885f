//! The proof that recorded alerts and verdicts follow from the recorded entries.
//!
//! Pure: entries are pushed in, differences come out. Steps the same [`Engine`] as the recorder, from nothing or from a
//! state that somebody vouches for.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Engine, Settings};
use crate::facts::{Alert, Command, Entry, Fact, Name, RuleKind, Seq, Subject, Timestamp};

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

/// Rules that are tried instead of the recorded ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// What holds by them.
    pub settings: Settings,
    /// The tables that take the place of the recorded ones; none: all of them.
    pub tables: Option<BTreeSet<String>>,
}

impl Other {
    /// What is tried where these settings were recorded.
    fn over(&self, recorded: &Settings) -> Settings {
        match &self.tables {
            Some(tables) => recorded.with_tables(&self.settings, tables),
            None => self.settings.clone(),
        }
    }
}

/// What an alert is about, whatever its number is.
type About = (RuleKind, Subject, String);

fn about(alert: &Alert) -> About {
    (alert.rule, alert.subject.clone(), alert.detail())
}

/// The number of no alert.
const NO_ALERT: &str = "A-0";

/// A running proof.
#[derive(Debug, Default)]
pub struct Proof {
    engine: Engine,
    other: Option<Other>,
    /// With other rules alerts have other numbers: what the recorded ones are about, and the newest that follows of each.
    recorded: BTreeMap<Name, About>,
    newest: BTreeMap<About, Name>,
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
    pub fn after(last: Seq, engine: Engine, other: Option<Other>) -> Self {
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
            self.begin_with_other(entry.received_at);
        }
        let (before, step) = match &entry.fact {
            Fact::Command(command) => {
                let fact = Fact::Command(self.instead(command));
                self.engine.take(&Entry { fact, ..entry.clone() })
            }
            Fact::Alert(alert) => {
                self.recorded.entry(alert.id.clone()).or_insert_with(|| about(alert));
                self.engine.take(entry)
            }
            Fact::Scan(_)
            | Fact::Position(_)
            | Fact::Reading(_)
            | Fact::Device(_)
            | Fact::Plan(_)
            | Fact::Incident(_)
            | Fact::Rejected(_)
            | Fact::Clock(_)
            | Fact::Gap(_) => self.engine.take(entry),
        };
        self.follow(before);
        self.follow(step.changes);
    }

    fn follow(&mut self, changes: Vec<Alert>) {
        self.newest.extend(changes.iter().map(|alert| (about(alert), alert.id.clone())));
        self.followed.extend(changes);
    }

    /// The command as it is tried: with the other rules, and about the alert that stands where the recorded one stood. Of
    /// one that does not follow from the other rules nobody would have said anything.
    fn instead(&self, command: &Command) -> Command {
        let mut command = command.clone();
        match &mut command {
            Command::SetRules { settings } => {
                let recorded = Settings::from_json(settings);
                let tried = self.other.as_ref().zip(recorded.ok()).map(|(other, recorded)| other.over(&recorded));
                if let Some(Ok(json)) = tried.as_ref().map(Settings::to_json) {
                    *settings = json;
                }
            }
            Command::Acknowledge { alert, .. }
            | Command::Unacknowledge { alert, .. }
            | Command::Note { alert, .. }
            | Command::Resolve { alert, .. }
            | Command::Shelve { alert, .. }
            | Command::Unshelve { alert, .. } => {
                // One from before the beginning has the number that it had.
                if let Some(about) = self.recorded.get(alert) {
                    let other = self.newest.get(about).cloned().or_else(|| NO_ALERT.parse().ok());
                    *alert = other.unwrap_or_else(|| alert.clone());
                }
            }
            Command::Receive { .. }
            | Command::UndoCheckIn { .. }
            | Command::SwitchOff { .. }
            | Command::TrustClock { .. }
            | Command::ResumeRules { .. }
            | Command::ErasePeople { .. } => {}
        }
        command
    }

    /// The other settings hold from the first entry on: a record whose rules were the defaults orders none. What was
    /// open before and is not by these rules ends there.
    fn begin_with_other(&mut self, received_at: Timestamp) {
        let Some(settings) = self.other.as_ref().map(|other| other.over(self.engine.settings())) else { return };
        let Ok(settings) = settings.to_json() else { return };
        let fact = Fact::Command(Command::SetRules { settings });
        let (subject, device) = (Subject::Gateway, Subject::Gateway);
        let order = Entry { seq: 0, subject, device, observed_at: None, received_at, fact };
        let changes = self.engine.step(&order).changes;
        self.follow(changes);
    }

    /// Ends the proof: what still follows and was not recorded is a difference too.
    pub fn finish(&mut self) {
        while let Some(alert) = self.expected.pop_front() {
            self.differ(Difference::Missing { after: self.last, follows: Box::new(alert) });
        }
    }

    fn differ(&mut self, difference: Difference) {
        if self.differences.len() < Self::DIFFERENCES_MAX {
            self.differences.push(difference);
        }
    }
}
