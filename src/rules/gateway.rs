//! The gateway's own rules: `upstream_offline`, `disk_low`, `backup_old`, `data_given_up` and `clock_untrusted`.
//!
//! A condition opens an alert pending, which fires after the rule's hold and ends when whoever watches the part says
//! that it is over, or the clock is trusted. Told once while it lasts, also where a person ended the alert before.
//! Watches nothing itself: an entry says each condition's beginning and end.

use serde::{Deserialize, Serialize};

use super::lifecycle::{Breach, Key, Turn};
use super::settings::{Gateway, Watch};
use super::state::State;
use crate::facts::{
    AlertState, ClockFact, DeviceReport, Part, Presence, Resolution, RuleKind, Span, Subject, Timestamp, Value, Values,
};

/// What of the gateway is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Condition {
    /// A part that reports of itself.
    Of(Part),
    /// The clock, which has entries of its own.
    Clock,
}

/// A condition that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Held {
    since: Timestamp,
    /// Why, as it was last said.
    reason: Option<String>,
    /// It was told; whoever ends that alert, it is not told again before the condition is over.
    told: bool,
}

impl Condition {
    const fn rule(self) -> RuleKind {
        match self {
            Self::Of(Part::Upstream) => RuleKind::UpstreamOffline,
            Self::Of(Part::Disk | Part::Budget) => RuleKind::DiskLow,
            Self::Of(Part::Backup) => RuleKind::BackupOld,
            Self::Of(Part::Data | Part::Journal) => RuleKind::DataGivenUp,
            Self::Clock => RuleKind::ClockUntrusted,
        }
    }

    /// What its rule asks for.
    pub(super) const fn watch(self, rules: &Gateway) -> &Watch {
        match self {
            Self::Of(Part::Upstream) => &rules.upstream_offline,
            Self::Of(Part::Disk | Part::Budget) => &rules.disk_low,
            Self::Of(Part::Backup) => &rules.backup_old,
            Self::Of(Part::Data | Part::Journal) => &rules.data_given_up,
            Self::Clock => &rules.clock_untrusted,
        }
    }
}

/// A part of the gateway said how it is.
pub(super) fn report(state: &mut State, turn: &mut Turn, part: Part, report: &DeviceReport) {
    match report.state {
        Presence::Offline => begin(state, turn, Condition::Of(part), report.reason.as_deref()),
        Presence::Online => end(state, turn, Condition::Of(part), Resolution::Cleared),
        // Said of receivers only.
        Presence::NoFix => {}
    }
}

/// The clock gained or lost its trust.
pub(super) fn clock(state: &mut State, turn: &mut Turn, clock: &ClockFact) {
    if clock.trusted {
        end(state, turn, Condition::Clock, Resolution::Cleared);
    } else {
        begin(state, turn, Condition::Clock, clock.reason.as_deref());
    }
}

fn begin(state: &mut State, turn: &mut Turn, condition: Condition, reason: Option<&str>) {
    let held = state.gateway.entry(condition).or_insert(Held { since: turn.at, reason: None, told: false });
    held.reason = reason.map(str::to_owned);
    tell(state, turn, condition);
}

/// Opens the alert of a condition that holds, unless nobody wants it or it was told before.
fn tell(state: &mut State, turn: &mut Turn, condition: Condition) {
    let watch = condition.watch(&state.settings.gateway);
    let Some(held) = state.gateway.get_mut(&condition).filter(|held| watch.enabled && !held.told) else { return };
    held.told = true;
    let (severity, since) = (watch.severity, held.since);
    let mut values = Values::from([("after_s".into(), Value::from(watch.after))]);
    values.extend(why(held));
    let breach = Breach { rule: condition.rule(), subject: Subject::Gateway, severity, since, values };
    state.ledger.open_pending(turn, Key::Gateway(condition), breach);
    hold(state, turn, condition);
}

fn why(held: &Held) -> Values {
    held.reason.iter().map(|reason| ("reason".into(), Value::from(reason.as_str()))).collect()
}

/// Lets a pending alert run until its hold is over, or fires it where that is so already.
fn hold(state: &mut State, turn: &mut Turn, condition: Condition) {
    let Some(held) = state.gateway.get(&condition) else { return };
    let due = held.since.plus(condition.watch(&state.settings.gateway).after);
    if due > turn.at {
        state.deadlines.arm(&Key::Gateway(condition), due);
    } else {
        fire(state, turn, condition);
    }
}

/// The hold of a pending alert is over.
pub(super) fn fire(state: &mut State, turn: &mut Turn, condition: Condition) {
    let key = Key::Gateway(condition);
    state.deadlines.cancel(&key);
    let values = state.gateway.get(&condition).map(why).unwrap_or_default();
    state.ledger.fire(turn, &key, values);
}

fn end(state: &mut State, turn: &mut Turn, condition: Condition, because: Resolution) {
    let Some(held) = state.gateway.remove(&condition) else { return };
    let key = Key::Gateway(condition);
    state.deadlines.cancel(&key);
    let mut values = why(&held);
    values.insert("lasted_s".into(), Value::from(turn.at.since(held.since)));
    state.ledger.resolve(turn, &key, because, values);
}

/// The rules changed from `old`: what nobody wants to hear of ends, what is wanted now is told, holds get their new end.
pub(super) fn reassess_all(state: &mut State, turn: &mut Turn, old: &Gateway) {
    let holding: Vec<Condition> = state.gateway.keys().copied().collect();
    for condition in holding {
        let (old, new) = (condition.watch(old).clone(), condition.watch(&state.settings.gateway).clone());
        if old != new {
            reassess(state, turn, condition, &new, old.after != new.after);
        }
    }
}

fn reassess(state: &mut State, turn: &mut Turn, condition: Condition, watch: &Watch, hold_changed: bool) {
    let Some(held) = state.gateway.get_mut(&condition) else { return };
    let key = Key::Gateway(condition);
    let stands = state.ledger.state_of(&key);
    let too_early = hold_changed && held.since.plus(watch.after) > turn.at;
    match stands {
        Some(AlertState::Pending) if watch.enabled => hold(state, turn, condition),
        Some(AlertState::Firing | AlertState::Acknowledged | AlertState::Shelved) if watch.enabled && !too_early => {}
        Some(
            AlertState::Pending
            | AlertState::Firing
            | AlertState::Acknowledged
            | AlertState::Shelved
            | AlertState::Resolved,
        ) => {
            held.told = false;
            state.deadlines.cancel(&key);
            state.ledger.resolve(turn, &key, Resolution::RuleChanged, Values::new());
            tell(state, turn, condition);
        }
        None if watch.enabled => tell(state, turn, condition),
        None => held.told = false,
    }
}

/// Our clock was moved: what is remembered moves with it.
pub(super) fn clock_moved(state: &mut State, by: Span) {
    state.gateway.values_mut().for_each(|held| held.since = held.since.plus(by));
}
