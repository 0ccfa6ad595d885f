//! What an alert goes through: pending, firing, acknowledged, shelved, resolved. Every rule's alerts go through here and
//! no other way.
//!
//! Promises that each change of state is told once, with the whole alert, and that no state is skipped: a rule with a
//! hold opens pending, one without (a late guest, a silent device) opens firing with `pending_at` at the start of its
//! breach. Does not judge and holds no deadline: the rules do.

mod shelving;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::day::VisitId;
use super::double_booking::Slot;
use super::gateway::Condition;
use crate::facts::{
    Alert, AlertState, Command, Findings, Metric, Name, Note, Resolution, RuleKind, Seq, Severity, Subject, Timestamp,
    Values,
};

/// Which side of a limit pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Side {
    /// Too low.
    Low,
    /// Too high.
    High,
}

/// One limit of one room.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Gauge {
    pub room: Name,
    pub metric: Metric,
    pub side: Side,
}

/// What a deadline runs for, and what has at most one open alert. Its order decides between equal deadlines.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Key {
    /// A visit: the end of its grace.
    Late(VisitId),
    /// A visit: when somebody is reminded of it, and its expected time.
    Reminder(VisitId),
    /// A post: when it is looked for who is on duty there, and its end.
    Post(Name),
    /// A visit: how long the guest may wait to be received.
    Waiting(VisitId),
    /// What is booked though something else runs there: the end of the overlap.
    Double(Slot),
    /// A trip: when something of its pick-up changes by time alone.
    Pickup(Name),
    /// A vehicle and a zone that it is in. Has no deadline.
    Zone(Name, Name),
    /// A vehicle that drives without a trip. Has no deadline.
    Empty(Name),
    /// A vehicle that stands: the end of its hold.
    Idle(Name),
    /// A room: when a booking of it begins to count, or ends. Has no alert of its own.
    InUse(Name),
    /// A limit of a room: the end of its hold, or of its off-delay.
    Climate(Gauge),
    /// A device: how long it may be silent.
    Silent(Subject),
    /// A vehicle: how long its last position says whether it stands. Has no alert of its own.
    Lost(Name),
    /// A condition of the gateway itself: the end of its hold.
    Gateway(Condition),
    /// A call for help of one kind from one room. Has no deadline.
    Incident(Name, Name),
    /// The battery of a room's sensor. Has no deadline.
    Battery(Name, Name),
    /// A quantity that a room's sensor measures. Has no deadline.
    Stuck(Name, Name, Metric),
    /// A kiosk: how long its last check-ins say how fast it is.
    Slow(Name),
    /// A rule of one's own, broken by somebody: the end of its hold.
    Custom(Name, Subject),
    /// A rule of one's own that was switched off. Has no deadline.
    SwitchedOff(Name),
    /// The alert of this number, put aside: the end of that. Has no alert of its own.
    Shelf(u64),
}

/// One entry, or one deadline, and the alert changes that follow from it.
#[derive(Debug)]
pub(super) struct Turn {
    /// The stamp of the entry, or the deadline.
    pub at: Timestamp,
    /// The entry; none for a deadline.
    pub cause: Option<Seq>,
    /// The changes so far.
    pub changes: Vec<Alert>,
}

/// A rule begins to be broken.
#[derive(Debug)]
pub(super) struct Breach {
    pub rule: RuleKind,
    pub subject: Subject,
    pub severity: Severity,
    /// Since when.
    pub since: Timestamp,
    pub values: Values,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Open {
    key: Key,
    alert: Alert,
}

/// Every open alert, and the last ones that ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ledger {
    /// How many alerts were ever opened: the last one is `A-<opened>`.
    opened: u64,
    open: BTreeMap<u64, Open>,
    #[serde(with = "super::pairs")]
    by_key: BTreeMap<Key, u64>,
    /// Ended alerts that can still be written on, by number.
    ended: BTreeMap<u64, Alert>,
}

/// How many ended alerts can still be written on. An older one is known to the journal only: a note on it is refused.
const ENDED_MAX: usize = 256;
/// How many notes an alert carries. A further note stands in its command entry only, so that an alert's entries stay
/// small.
const NOTES_MAX: usize = 100;

impl Ledger {
    /// Opens an alert whose hold begins to run.
    pub(super) fn open_pending(&mut self, turn: &mut Turn, key: Key, breach: Breach) {
        self.open(turn, key, breach, AlertState::Pending);
    }

    /// Opens an alert that people are told of at once.
    pub(super) fn open_firing(&mut self, turn: &mut Turn, key: Key, breach: Breach) {
        self.open(turn, key, breach, AlertState::Firing);
    }

    fn open(&mut self, turn: &mut Turn, key: Key, breach: Breach, state: AlertState) {
        let number = self.opened + 1;
        let Some(id) = id_of(number) else { return };
        self.opened = number;
        let alert = Alert {
            id,
            rule: breach.rule,
            subject: breach.subject,
            severity: breach.severity,
            state,
            at: turn.at,
            cause: turn.cause,
            pending_at: breach.since,
            fired_at: (state == AlertState::Firing).then_some(turn.at),
            acknowledged_at: None,
            acknowledged_by: None,
            shelf: None,
            resolved_at: None,
            resolution: None,
            values: breach.values,
            notes: Vec::new(),
            findings: Findings::default(),
        };
        turn.changes.push(alert.clone());
        self.by_key.insert(key.clone(), number);
        self.open.insert(number, Open { key, alert });
    }

    /// The hold of a pending alert is over.
    pub(super) fn fire(&mut self, turn: &mut Turn, key: &Key, values: Values) {
        let Some(open) = self.by_key.get(key).and_then(|number| self.open.get_mut(number)) else { return };
        if open.alert.state != AlertState::Pending {
            return;
        }
        open.alert.state = AlertState::Firing;
        open.alert.fired_at = Some(turn.at);
        open.alert.values.extend(values);
        tell(turn, &mut open.alert);
    }

    /// What an open alert tells of has happened again. Whoever put it aside did not know that it would.
    pub(super) fn tell_again(&mut self, turn: &mut Turn, key: &Key, change: impl FnOnce(&mut Values)) {
        let Some(open) = self.by_key.get(key).and_then(|number| self.open.get_mut(number)) else { return };
        change(&mut open.alert.values);
        shelving::bring_back(turn, &mut open.alert);
        tell(turn, &mut open.alert);
    }

    /// Something else is known of what an open alert tells.
    pub(super) fn learn_of(&mut self, turn: &mut Turn, key: &Key, change: impl FnOnce(&mut Values)) {
        let Some(open) = self.by_key.get(key).and_then(|number| self.open.get_mut(number)) else { return };
        let before = open.alert.values.clone();
        change(&mut open.alert.values);
        if open.alert.values != before {
            tell(turn, &mut open.alert);
        }
    }

    /// More is known of those open alerts that `change` gives true for.
    pub(super) fn learn(&mut self, turn: &mut Turn, rule: RuleKind, mut change: impl FnMut(&mut Values) -> bool) {
        for Open { alert, .. } in self.open.values_mut().filter(|open| open.alert.rule == rule) {
            if change(&mut alert.values) {
                tell(turn, alert);
            }
        }
    }

    /// Ends the alert of a key, if one is open.
    pub(super) fn resolve(&mut self, turn: &mut Turn, key: &Key, resolution: Resolution, values: Values) {
        if let Some(number) = self.by_key.get(key).copied() {
            self.end(turn, number, resolution, |alert| alert.values.extend(values));
        }
    }

    fn end(&mut self, turn: &mut Turn, number: u64, resolution: Resolution, last: impl FnOnce(&mut Alert)) {
        let Some(Open { key, mut alert }) = self.open.remove(&number) else { return };
        self.by_key.remove(&key);
        shelving::bring_back(turn, &mut alert);
        alert.state = AlertState::Resolved;
        alert.resolved_at = Some(turn.at);
        alert.resolution = Some(resolution);
        last(&mut alert);
        tell(turn, &mut alert);
        self.keep_ended(number, alert);
    }

    fn keep_ended(&mut self, number: u64, alert: Alert) {
        self.ended.insert(number, alert);
        while self.ended.len() > ENDED_MAX {
            self.ended.pop_first();
        }
    }

    /// Counts on after `number`: up to it every number is some recorded alert's.
    pub(super) fn number_after(&mut self, number: u64) {
        self.opened = self.opened.max(number);
    }

    /// The record is right about every alert that it tells of. What is open here and there goes on as it is there; what
    /// is open here alone is told as new; what is open there alone ends, because nobody can say whether it is still so.
    pub(super) fn take_over(&mut self, turn: &mut Turn, recorded: Vec<Alert>) {
        let here = std::mem::take(self);
        let mut there: BTreeMap<u64, Alert> = BTreeMap::new();
        for alert in recorded {
            if let Some(number) = number_of(alert.id.as_str()) {
                self.number_after(number);
                there.insert(number, alert);
            }
        }
        for Open { key, mut alert } in here.open.into_values() {
            let found = there.iter().find(|(_, other)| other.state != AlertState::Resolved && is_same(other, &alert));
            let found = found.map(|(number, _)| *number).and_then(|number| there.remove_entry(&number));
            let (number, alert) = if let Some((number, mut other)) = found {
                if (other.state, alert.state) == (AlertState::Pending, AlertState::Firing) {
                    (other.state, other.fired_at) = (alert.state, alert.fired_at);
                    tell(turn, &mut other);
                }
                (number, other)
            } else {
                self.opened += 1;
                let Some(id) = id_of(self.opened) else { continue };
                alert.id = id;
                tell(turn, &mut alert);
                (self.opened, alert)
            };
            self.by_key.insert(key.clone(), number);
            self.open.insert(number, Open { key, alert });
        }
        for (number, mut alert) in there {
            if alert.state != AlertState::Resolved {
                (alert.state, alert.resolved_at) = (AlertState::Resolved, Some(turn.at));
                alert.resolution = Some(Resolution::Unknown);
                tell(turn, &mut alert);
            }
            self.keep_ended(number, alert);
        }
    }

    /// Somebody takes a firing alert on. Any other alert stays as it is.
    pub(super) fn acknowledge(&mut self, turn: &mut Turn, id: &Name, by: &Name, note: Option<&str>) {
        let Some(alert) =
            self.number(id.as_str()).and_then(|number| self.open.get_mut(&number)).map(|open| &mut open.alert)
        else {
            return;
        };
        if alert.state != AlertState::Firing {
            return;
        }
        alert.state = AlertState::Acknowledged;
        alert.acknowledged_at = Some(turn.at);
        alert.acknowledged_by = Some(by.clone());
        write_on(alert, turn.at, by, note);
        tell(turn, alert);
    }

    /// Somebody gives an alert back that was taken on just now: it fires as if nobody had. Any other stays as it is.
    pub(super) fn unacknowledge(&mut self, turn: &mut Turn, id: &Name) {
        let open = self.number(id.as_str()).and_then(|number| self.open.get_mut(&number));
        let Some(alert) = open.map(|open| &mut open.alert).filter(|alert| alert.state == AlertState::Acknowledged)
        else {
            return;
        };
        if alert.acknowledged_at.is_some_and(|done| Command::can_undo(done, turn.at)) {
            alert.state = AlertState::Firing;
            (alert.acknowledged_at, alert.acknowledged_by) = (None, None);
            tell(turn, alert);
        }
    }

    /// Somebody writes on an alert, open or lately ended.
    pub(super) fn note(
        &mut self,
        turn: &mut Turn,
        id: &Name,
        by: &Name,
        text: Option<&str>,
        findings: &Findings<String>,
    ) {
        let Some(number) = self.number(id.as_str()) else { return };
        let alert = match self.open.get_mut(&number) {
            Some(open) => &mut open.alert,
            None => match self.ended.get_mut(&number) {
                Some(alert) => alert,
                None => return,
            },
        };
        let noted = write_on(alert, turn.at, by, text);
        if find_out(alert, turn.at, by, findings) || noted {
            tell(turn, alert);
        }
    }

    /// Somebody ends an open alert and so gives its key back; the rule that opened it knows that it was told.
    pub(super) fn resolve_by_hand(
        &mut self,
        turn: &mut Turn,
        id: &Name,
        by: &Name,
        note: Option<&str>,
        findings: &Findings<String>,
    ) -> Option<Key> {
        let number = self.number(id.as_str())?;
        let key = self.open.get(&number)?.key.clone();
        let at = turn.at;
        self.end(turn, number, Resolution::Operator, |alert| {
            write_on(alert, at, by, note);
            find_out(alert, at, by, findings);
        });
        Some(key)
    }

    /// The state of a key's open alert.
    pub(super) fn state_of(&self, key: &Key) -> Option<AlertState> {
        let number = self.by_key.get(key)?;
        self.open.get(number).map(|open| open.alert.state)
    }

    /// When people were told of a key's open alert.
    pub(super) fn fired_at(&self, key: &Key) -> Option<Timestamp> {
        self.open.get(self.by_key.get(key)?).and_then(|open| open.alert.fired_at)
    }

    /// What has an open alert.
    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.by_key.keys()
    }

    /// The keys of pending alerts, oldest first.
    pub(super) fn pending(&self) -> impl Iterator<Item = &Key> {
        self.open.values().filter(|open| open.alert.state == AlertState::Pending).map(|open| &open.key)
    }

    /// The open alerts of a room's climate.
    pub(super) fn of_room(&self, room: &Name) -> impl Iterator<Item = AlertState> {
        let first = Gauge { room: room.clone(), metric: Metric::ALL[0], side: Side::Low };
        self.by_key
            .range(Key::Climate(first)..)
            .take_while(move |(key, _)| matches!(key, Key::Climate(gauge) if gauge.room == *room))
            .filter_map(|(_, number)| self.open.get(number).map(|open| open.alert.state))
    }

    /// Every open alert, oldest first.
    pub(super) fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.open.values().map(|open| &open.alert)
    }

    /// Whether an alert can be written on.
    pub(super) fn knows(&self, id: &str) -> bool {
        self.number(id).is_some_and(|number| self.open.contains_key(&number) || self.ended.contains_key(&number))
    }

    /// The number in an id that we gave out.
    pub(super) fn number(&self, id: &str) -> Option<u64> {
        number_of(id).filter(|number| *number <= self.opened)
    }
}

/// A dash and digits are always a name; the type cannot know it.
fn id_of(number: u64) -> Option<Name> {
    format!("A-{number}").parse().ok()
}

fn number_of(id: &str) -> Option<u64> {
    let digits = id.strip_prefix("A-")?;
    digits.parse().ok().filter(|_| !digits.starts_with(['0', '+']))
}

/// Whether two alerts tell of one breach: of the same rule, by the same subject, at the same limit or visit.
fn is_same(one: &Alert, other: &Alert) -> bool {
    let value = |key: &str| one.values.get(key) == other.values.get(key);
    one.rule == other.rule
        && one.subject == other.subject
        && ["metric", "side", "expected_at", "incident", "custom", "post", "second_from", "second_trip", "trip", "zone"]
            .into_iter()
            .all(value)
}

/// Appends a note, if there is one and room for it.
fn write_on(alert: &mut Alert, at: Timestamp, by: &Name, text: Option<&str>) -> bool {
    let Some(text) = text.filter(|_| alert.notes.len() < NOTES_MAX) else { return false };
    alert.notes.push(Note { at, by: by.clone(), text: text.to_owned() });
    true
}

/// Writes down what was found out; false where that changes nothing.
fn find_out(alert: &mut Alert, at: Timestamp, by: &Name, findings: &Findings<String>) -> bool {
    let before = alert.findings.clone();
    alert.findings.take(findings, |text| Note { at, by: by.clone(), text: text.clone() });
    alert.findings != before
}

/// Stamps a change and tells it.
fn tell(turn: &mut Turn, alert: &mut Alert) {
    alert.at = turn.at;
    alert.cause = turn.cause;
    turn.changes.push(alert.clone());
}
