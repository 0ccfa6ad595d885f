//! The rule `idle_vehicle`: a vehicle on duty stands still outside the zones where it may.
//!
//! Pending from the position that confirms the standing, firing when it has stood for `after` since its first slow
//! position. What is not seen is not idling: while no position comes a pending alert is dropped (resolved `cleared`
//! with `no_data_since`), one that fired stays as it is. Does not tell movement from noise: that is `vehicles`.

use super::day::Day;
use super::lifecycle::{Breach, Key, Turn};
use super::state::State;
use super::vehicles::{self, Motion, VehicleRecord};
use crate::facts::{AlertState, Name, Resolution, RuleKind, Subject, Timestamp, Value, Values};

/// A position came, or the plan or the rule changed: judges one vehicle anew.
pub(super) fn reassess(state: &mut State, turn: &mut Turn, name: &Name, because: Resolution) {
    let judged = state.settings.idle_vehicle.enabled && !state.day.is_off_duty(name);
    let Some(record) = state.vehicles.get_mut(name) else { return };
    // While it is lost a vehicle that counted as idle goes on counting, and no other begins to.
    let stands = match record.motion {
        Motion::Stationary { since, excused: false, .. } if judged && !record.lost => Some(since),
        Motion::Stationary { excused: false, .. } if judged => record.idle_since,
        Motion::Stationary { .. } | Motion::Moving { .. } | Motion::Unknown => None,
    };
    match (record.idle_since, stands) {
        (None, Some(since)) => {
            record.idle_since = Some(since);
            open(state, turn, name, since);
        }
        (Some(since), None) => {
            record.idle_since = None;
            let values = Values::from([("stood_s".into(), Value::from(turn.at.since(since)))]);
            end(state, turn, name, because, values);
        }
        (Some(_), Some(_)) | (None, None) => {}
    }
}

/// Judges every vehicle anew.
pub(super) fn reassess_all(state: &mut State, turn: &mut Turn, because: Resolution) {
    let names: Vec<Name> = state.vehicles.keys().cloned().collect();
    for name in names {
        reassess(state, turn, &name, because);
    }
}

/// A new plan draws other zones than `old`, or puts other vehicles on duty.
pub(super) fn plan_changed(state: &mut State, turn: &mut Turn, old: &Day) {
    for (name, record) in &mut state.vehicles {
        vehicles::excuse_anew(old, &state.day, name, record);
    }
    reassess_all(state, turn, Resolution::PlanChanged);
}

/// The rule has another `after`: holds that run end at the new time, alerts that fired too early by it start over.
pub(super) fn hold_changed(state: &mut State, turn: &mut Turn) {
    let idle: Vec<(Name, Timestamp)> =
        state.vehicles.iter().filter_map(|(name, record)| Some((name.clone(), record.idle_since?))).collect();
    for (name, since) in idle {
        let key = Key::Idle(name.clone());
        let due = since.plus(state.settings.idle_vehicle.after);
        match state.ledger.state_of(&key) {
            Some(AlertState::Pending) => hold(state, turn, &name, due),
            Some(AlertState::Firing | AlertState::Acknowledged | AlertState::Shelved) if due > turn.at => {
                state.ledger.resolve(turn, &key, Resolution::RuleChanged, Values::new());
                open(state, turn, &name, since);
            }
            Some(AlertState::Firing | AlertState::Acknowledged | AlertState::Shelved | AlertState::Resolved) | None => {
            }
        }
    }
}

fn open(state: &mut State, turn: &mut Turn, name: &Name, since: Timestamp) {
    let Some(record) = state.vehicles.get(name) else { return };
    let rule = &state.settings.idle_vehicle;
    let mut values = place(record);
    values.insert("since".into(), Value::from(since));
    values.insert("after_s".into(), Value::from(rule.after));
    let due = since.plus(rule.after);
    let breach = Breach {
        rule: RuleKind::IdleVehicle,
        subject: Subject::Vehicle(name.clone()),
        severity: rule.severity,
        since,
        values,
    };
    state.ledger.open_pending(turn, Key::Idle(name.clone()), breach);
    hold(state, turn, name, due);
}

/// Lets a pending alert run until `due`, or fires it where that is over.
fn hold(state: &mut State, turn: &mut Turn, name: &Name, due: Timestamp) {
    if due > turn.at {
        state.deadlines.arm(&Key::Idle(name.clone()), due);
    } else {
        fire(state, turn, name);
    }
}

/// The hold of a pending alert is over.
pub(super) fn fire(state: &mut State, turn: &mut Turn, name: &Name) {
    let key = Key::Idle(name.clone());
    state.deadlines.cancel(&key);
    let mut values = state.vehicles.get(name).map(place).unwrap_or_default();
    values.insert("after_s".into(), Value::from(state.settings.idle_vehicle.after));
    state.ledger.fire(turn, &key, values);
}

/// No position comes any more.
pub(super) fn lost(state: &mut State, turn: &mut Turn, name: &Name) {
    let Some(record) = state.vehicles.get_mut(name) else { return };
    if state.ledger.state_of(&Key::Idle(name.clone())) == Some(AlertState::Pending) {
        record.idle_since = None;
        let values = Values::from([("no_data_since".into(), Value::from(record.position_at))]);
        end(state, turn, name, Resolution::Cleared, values);
    }
}

fn end(state: &mut State, turn: &mut Turn, name: &Name, resolution: Resolution, values: Values) {
    let key = Key::Idle(name.clone());
    state.deadlines.cancel(&key);
    state.ledger.resolve(turn, &key, resolution, values);
}

/// Where the vehicle is.
fn place(record: &VehicleRecord) -> Values {
    Values::from([("lat".into(), Value::from(record.position.lat)), ("lon".into(), Value::from(record.position.lon))])
}
