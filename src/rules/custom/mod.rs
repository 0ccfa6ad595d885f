//! Rules of one's own (`[[rules.custom]]`), written in the Common Expression Language.
//!
//! Each is judged whenever an entry of its occasion comes, by that entry and by what is known then: true is a breach, false
//! is its end. Where something that it needs is not known it says nothing, and nothing changes: no data is not "all is
//! well". A rule that is slow is switched off by an order in the journal, so that a replay switches it off at the same
//! place; nothing here has a clock, whoever drives the rules lends one.

mod program;
mod scope;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use self::program::Answer;
use self::scope::Scope;
use super::lifecycle::{Breach, Key, Turn};
use super::settings::{CustomRule, Occasion};
use super::state::State;
use crate::facts::{Name, Position, Reading, Resolution, RuleKind, Ruling, Scan, Severity, Subject, Value, Values};

pub use program::{Draft, ExpressionFault};

/// More rules of one's own are refused.
pub const RULES_MAX: usize = 50;
/// Open breaches of one rule. Beyond it a rule about strangers' codes would fill what the rules know; further ones are not
/// opened.
const OPEN_MAX: usize = 500;
/// An evaluation that takes longer is slow, microseconds. A sound one takes less than a hundredth of it.
const SLOW_US: u64 = 10_000;
/// So many slow evaluations switch a rule off: one alone may be the machine's doing.
const SLOW_TIMES: u32 = 3;

/// Tells microseconds since some beginning.
pub type Stopwatch = fn() -> u64;

/// What is known of the rules of one's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Custom {
    /// Broken now, by rule.
    broken: BTreeMap<Name, BTreeSet<Subject>>,
    /// Switched off, because they were slow.
    off: BTreeSet<Name>,
}

/// The expressions of the settings in force, ready to be asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Programs {
    rules: Vec<(CustomRule, Arc<Draft>)>,
    watch: Option<Stopwatch>,
    slow: BTreeMap<Name, (u32, u64)>,
}

impl Programs {
    /// Of these settings. What cannot be read was refused before; it is passed over.
    pub(super) fn of(rules: &[CustomRule], before: &Self) -> Self {
        let read = |rule: &CustomRule| {
            let known = before.rules.iter().find(|(known, _)| known == rule).map(|(_, draft)| Arc::clone(draft));
            let draft = known.or_else(|| Draft::read(rule.on, &rule.when).ok().map(Arc::new))?;
            Some((rule.clone(), draft))
        };
        Self { rules: rules.iter().filter_map(read).collect(), watch: before.watch, slow: BTreeMap::new() }
    }

    pub(super) fn lend(&mut self, watch: Stopwatch) {
        self.watch = Some(watch);
    }

    /// A rule that is to be switched off, with how long it took, in milliseconds. Told once.
    pub(super) fn take_slow(&mut self) -> Option<(Name, u64)> {
        let (name, took) = self
            .slow
            .iter()
            .find(|(_, (times, _))| *times >= SLOW_TIMES)
            .map(|(name, (_, took))| (name.clone(), *took))?;
        self.slow.remove(&name);
        Some((name, took / 1_000))
    }

    fn is_asked_on(&self, on: Occasion) -> bool {
        self.rules.iter().any(|(rule, _)| rule.on == on)
    }
}

/// A room was measured.
pub(super) fn reading(state: &mut State, programs: &mut Programs, turn: &mut Turn, reading: &Reading) {
    if programs.is_asked_on(Occasion::Reading) {
        let (subject, scope) = scope::of_reading(state, reading);
        judge(state, programs, turn, Occasion::Reading, &subject, &scope);
    }
}

/// A vehicle said where it is.
pub(super) fn position(
    state: &mut State,
    programs: &mut Programs,
    turn: &mut Turn,
    vehicle: &Name,
    position: &Position,
) {
    if programs.is_asked_on(Occasion::Position) {
        let (subject, scope) = scope::of_position(state, vehicle, position);
        judge(state, programs, turn, Occasion::Position, &subject, &scope);
    }
}

/// Somebody was scanned.
pub(super) fn scan(state: &mut State, programs: &mut Programs, turn: &mut Turn, scan: &Scan, ruling: &Ruling) {
    if programs.is_asked_on(Occasion::Scan) {
        let (subject, scope) = scope::of_scan(state, scan, ruling);
        judge(state, programs, turn, Occasion::Scan, &subject, &scope);
    }
}

fn judge(state: &mut State, programs: &mut Programs, turn: &mut Turn, on: Occasion, subject: &Subject, scope: &Scope) {
    let Programs { rules, watch, slow } = programs;
    for (rule, draft) in rules.iter().filter(|(rule, _)| rule.on == on) {
        if state.custom.off.contains(&rule.name) {
            continue;
        }
        let began = watch.map(|watch| watch());
        let answer = draft.ask(scope);
        if let Some(took) =
            watch.zip(began).map(|(watch, began)| watch().saturating_sub(began)).filter(|took| *took > SLOW_US)
        {
            let (times, longest) = slow.entry(rule.name.clone()).or_default();
            (*times, *longest) = (*times + 1, took.max(*longest));
        }
        let broken = state.custom.broken.get(&rule.name).is_some_and(|broken| broken.contains(subject));
        match answer {
            Answer::Yes if !broken => open(state, turn, rule, draft, subject, scope),
            Answer::No if broken => end(state, turn, &rule.name, subject, Resolution::Cleared),
            Answer::Yes | Answer::No | Answer::Unknown => {}
        }
    }
}

fn open(state: &mut State, turn: &mut Turn, rule: &CustomRule, draft: &Draft, subject: &Subject, scope: &Scope) {
    let broken = state.custom.broken.entry(rule.name.clone()).or_default();
    if broken.len() >= OPEN_MAX {
        return;
    }
    broken.insert(subject.clone());
    let mut values = Values::from([("custom".into(), Value::from(&rule.name))]);
    values.extend(rule.say.as_deref().map(|say| ("say".into(), Value::from(say))));
    values.extend(draft.named().filter_map(|(object, member)| {
        let object = scope.iter().find(|own| own.name == object)?;
        let (_, value) = object.members.iter().find(|(own, _)| *own == member)?;
        Some((format!("{}.{member}", object.name).into(), told(value)?))
    }));
    let breach =
        Breach { rule: RuleKind::Custom, subject: subject.clone(), severity: rule.severity, since: turn.at, values };
    let key = Key::Custom(rule.name.clone(), subject.clone());
    state.ledger.open_pending(turn, key.clone(), breach);
    let due = turn.at.plus(rule.hold);
    if due > turn.at {
        state.deadlines.arm(&key, due);
    } else {
        state.ledger.fire(turn, &key, Values::new());
    }
}

/// A value of an expression as an alert carries it.
fn told(value: &cel::Value) -> Option<Value> {
    match value {
        cel::Value::Float(number) => number.to_string().parse().ok().map(Value::Number),
        cel::Value::String(text) => Some(Value::from(text.as_str())),
        cel::Value::Bool(flag) => Some(Value::from(if *flag { "true" } else { "false" })),
        _ => None,
    }
}

fn end(state: &mut State, turn: &mut Turn, rule: &Name, subject: &Subject, because: Resolution) {
    if let Some(broken) = state.custom.broken.get_mut(rule) {
        broken.remove(subject);
        if broken.is_empty() {
            state.custom.broken.remove(rule);
        }
    }
    let key = Key::Custom(rule.clone(), subject.clone());
    state.deadlines.cancel(&key);
    state.ledger.resolve(turn, &key, because, Values::new());
}

/// The hold of a pending alert is over.
pub(super) fn fire(state: &mut State, turn: &mut Turn, rule: &Name, subject: &Subject) {
    let key = Key::Custom(rule.clone(), subject.clone());
    state.deadlines.cancel(&key);
    state.ledger.fire(turn, &key, Values::new());
}

/// How long this rule must be broken.
pub(super) fn hold_of(state: &State, rule: &Name) -> Option<crate::facts::Span> {
    state.settings.custom.iter().find(|own| own.name == *rule).map(|rule| rule.hold)
}

/// Other rules hold: what a rule said that is not the same any more is over, and it is judged anew by the next entry.
pub(super) fn replace(state: &mut State, turn: &mut Turn, old: &[CustomRule]) {
    let new = state.settings.custom.clone();
    for rule in old.iter().filter(|rule| !new.contains(rule)) {
        let subjects: Vec<Subject> = state.custom.broken.get(&rule.name).into_iter().flatten().cloned().collect();
        for subject in subjects {
            end(state, turn, &rule.name, &subject, Resolution::RuleChanged);
        }
        if state.custom.off.remove(&rule.name) {
            state.ledger.resolve(turn, &Key::SwitchedOff(rule.name.clone()), Resolution::RuleChanged, Values::new());
        }
    }
}

/// A rule was slow: it is asked no more until it is another one, and people are told.
pub(super) fn switch_off(state: &mut State, turn: &mut Turn, rule: &Name, took_ms: i64) {
    if hold_of(state, rule).is_none() || !state.custom.off.insert(rule.clone()) {
        return;
    }
    let subjects: Vec<Subject> = state.custom.broken.get(rule).into_iter().flatten().cloned().collect();
    for subject in subjects {
        end(state, turn, rule, &subject, Resolution::Unknown);
    }
    let values = Values::from([("custom".into(), Value::from(rule)), ("slow_ms".into(), Value::from(took_ms))]);
    let breach = Breach {
        rule: RuleKind::Custom,
        subject: Subject::Gateway,
        severity: Severity::Warning,
        since: turn.at,
        values,
    };
    state.ledger.open_firing(turn, Key::SwitchedOff(rule.clone()), breach);
}
