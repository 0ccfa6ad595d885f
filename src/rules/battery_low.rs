//! The rule `battery_low`: a sensor's battery is nearly empty.
//!
//! Opens firing with the reading that says so, and ends with one that is well above. A sensor that falls silent keeps its
//! alert: an empty battery may be why.

use super::lifecycle::{Breach, Key, Turn};
use super::state::State;
use crate::facts::{Metric, Milli, Name, Reading, Resolution, RuleKind, Subject, Value, Values};

/// A sensor said how much is left in its battery.
pub(super) fn reading(state: &mut State, turn: &mut Turn, reading: &Reading) {
    let Some(value) = reading.measures.get(Metric::Battery) else { return };
    let rule = &state.settings.battery_low;
    let Some(room) = state.rooms.get_mut(&reading.room) else { return };
    let key = Key::Battery(reading.room.clone(), reading.sensor.clone());
    if room.low_batteries.contains_key(&reading.sensor) {
        room.low_batteries.insert(reading.sensor.clone(), value);
        if value >= rule.below.plus(rule.band) {
            room.low_batteries.remove(&reading.sensor);
            state.ledger.resolve(turn, &key, Resolution::Cleared, Values::from([("value".into(), Value::from(value))]));
        }
    } else if rule.enabled && value < rule.below {
        room.low_batteries.insert(reading.sensor.clone(), value);
        let values = Values::from([
            ("metric".into(), Value::from(Metric::Battery)),
            ("value".into(), Value::from(value)),
            ("limit".into(), Value::from(rule.below)),
            ("band".into(), Value::from(rule.band)),
        ]);
        let breach = Breach {
            rule: RuleKind::BatteryLow,
            subject: Subject::Sensor(reading.room.clone(), reading.sensor.clone()),
            severity: rule.severity,
            since: turn.at,
            values,
        };
        state.ledger.open_firing(turn, key, breach);
    }
}

/// The rule changed: what is not low by it ends. What became low by it is told with the next reading.
pub(super) fn reassess_all(state: &mut State, turn: &mut Turn, because: Resolution) {
    let rule = &state.settings.battery_low;
    let mut over: Vec<(Name, Name)> = Vec::new();
    for (name, room) in &mut state.rooms {
        let is_low = |value: Milli| rule.enabled && value < rule.below;
        over.extend(
            room.low_batteries
                .iter()
                .filter(|(_, value)| !is_low(**value))
                .map(|(sensor, _)| (name.clone(), sensor.clone())),
        );
        room.low_batteries.retain(|_, value| is_low(*value));
    }
    for (room, sensor) in over {
        state.ledger.resolve(turn, &Key::Battery(room, sensor), because, Values::new());
    }
}
