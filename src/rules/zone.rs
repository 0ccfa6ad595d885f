//! The rule `zone`: a vehicle on duty enters a zone that is watched, and leaves it.
//!
//! Watched are the zones that the rule names or, where it names none, those where the trips of the plan go. Opens firing when
//! two positions in a row lie in the zone, and ends when two in a row lie outside and farther than `margin_m` from its edge: a
//! receiver that wavers at the edge changes nothing, and a blurred position is none.
//!
//! Without positions nothing changes: who was in a zone when it was lost counts as there until it is seen elsewhere. Compares
//! nothing with the plan's times, so an untrusted clock changes nothing either.

use serde::{Deserialize, Serialize};

use super::day::Day;
use super::geometry::{self, Point};
use super::lifecycle::{Breach, Key, Turn};
use super::settings::ZoneRule;
use super::state::State;
use crate::facts::{Name, Resolution, RuleKind, Span, Subject, Timestamp, Value, Values};

/// A vehicle and a zone that it is in, or may be about to enter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stay {
    /// Since when it is in the zone; none while it is not.
    since: Option<Timestamp>,
    /// The first position that says otherwise.
    turning: Option<Timestamp>,
}

fn is_watched(rule: &ZoneRule, day: &Day, vehicle: &Name, zone: &Name) -> bool {
    let named = if rule.zones.is_empty() { day.destinations.contains(zone) } else { rule.zones.contains(zone) };
    rule.enabled && named && !day.is_off_duty(vehicle) && day.zones.contains_key(zone)
}

/// A vehicle was somewhere, by a position that says something.
pub(super) fn position(state: &mut State, turn: &mut Turn, name: &Name, point: Point) {
    let (rule, day) = (&state.settings.zone, &state.day);
    if !rule.enabled {
        return;
    }
    let mut turns = Vec::new();
    for zone in day.zones.values().filter(|zone| is_watched(rule, day, name, &zone.id)) {
        let key = (name.clone(), zone.id.clone());
        let is_in = geometry::contains(&zone.ring, point);
        let Some(stay) = state.stays.get_mut(&key) else {
            if is_in {
                state.stays.insert(key, Stay { since: None, turning: Some(turn.at) });
            }
            continue;
        };
        let other_side = match stay.since {
            None => is_in,
            Some(_) => geometry::is_beyond(&zone.ring, point, rule.margin_m),
        };
        match stay.turning {
            _ if !other_side => stay.turning = None,
            None => stay.turning = Some(turn.at),
            Some(since) => turns.push((key, since)),
        }
    }
    for ((_, zone), since) in turns {
        cross(state, turn, name, &zone, since);
    }
}

/// The vehicle crossed the zone's edge: its first position on the other side came at `since`.
fn cross(state: &mut State, turn: &mut Turn, name: &Name, zone: &Name, since: Timestamp) {
    let stay_key = (name.clone(), zone.clone());
    let Some(stay) = state.stays.get_mut(&stay_key) else { return };
    let key = Key::Zone(name.clone(), zone.clone());
    if let Some(entered) = stay.since {
        state.stays.remove(&stay_key);
        let values = Values::from([
            ("left_at".into(), Value::from(since)),
            ("stayed_s".into(), Value::from(since.since(entered))),
        ]);
        state.ledger.resolve(turn, &key, Resolution::Left, values);
        return;
    }
    *stay = Stay { since: Some(since), turning: None };
    let values = Values::from([("zone".into(), Value::from(zone)), ("since".into(), Value::from(since))]);
    let (rule, subject) = (RuleKind::Zone, Subject::Vehicle(name.clone()));
    let breach = Breach { rule, subject, severity: state.settings.zone.severity, since, values };
    state.ledger.open_firing(turn, key, breach);
}

/// No position comes any more: the next two need not be in a row with the last one.
pub(super) fn lost(state: &mut State, name: &Name) {
    for (_, stay) in state.stays.iter_mut().filter(|((vehicle, _), _)| vehicle == name) {
        stay.turning = None;
    }
}

/// A new plan took the place of `old`: what is watched no more, or drawn elsewhere, is over.
pub(super) fn plan_changed(state: &mut State, turn: &mut Turn, old: &Day) {
    let is_other = |state: &State, zone: &Name| old.zones.get(zone) != state.day.zones.get(zone);
    drop_where(state, turn, Resolution::PlanChanged, is_other);
}

/// Other rules hold: what is watched no more is over.
pub(super) fn rules_changed(state: &mut State, turn: &mut Turn) {
    drop_where(state, turn, Resolution::RuleChanged, |_, _| false);
}

fn drop_where(state: &mut State, turn: &mut Turn, because: Resolution, is_other: impl Fn(&State, &Name) -> bool) {
    let stays: Vec<(Name, Name)> = state.stays.keys().cloned().collect();
    for (vehicle, zone) in stays {
        if !is_watched(&state.settings.zone, &state.day, &vehicle, &zone) || is_other(state, &zone) {
            state.stays.remove(&(vehicle.clone(), zone.clone()));
            state.ledger.resolve(turn, &Key::Zone(vehicle, zone), because, Values::new());
        }
    }
}

/// Our clock was moved: what is remembered moves with it.
pub(super) fn clock_moved(state: &mut State, by: Span) {
    for stay in state.stays.values_mut() {
        stay.since = stay.since.map(|since| since.plus(by));
        stay.turning = stay.turning.map(|since| since.plus(by));
    }
}
