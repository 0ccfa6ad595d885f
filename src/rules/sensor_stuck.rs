//! The rule `sensor_stuck`: what a sensor measures stays the same to its last digit while its readings keep coming.
//!
//! Judges what is never still where people are: temperature, humidity, CO2. Opens firing with the reading that makes it
//! too long, and ends with the first one that differs. A silence is no stillness: after it the count starts again, but what
//! was told stays told, because nobody has seen it move.

use serde::{Deserialize, Serialize};

use super::lifecycle::{Breach, Key, Turn};
use super::state::State;
use crate::facts::{Metric, Milli, Name, Reading, Resolution, RuleKind, Subject, Timestamp, Value, Values};

/// What is never still.
const JUDGED: [Metric; 3] = [Metric::Temperature, Metric::Humidity, Metric::Co2];

/// A value that a sensor keeps measuring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Steady {
    value: Milli,
    pub since: Timestamp,
    /// It was told; whoever ends that alert, it is not told again before the value moves.
    pub told: bool,
}

/// A sensor measured.
pub(super) fn reading(state: &mut State, turn: &mut Turn, reading: &Reading) {
    let rule = &state.settings.sensor_stuck;
    let Some(room) = state.rooms.get_mut(&reading.room) else { return };
    for metric in JUDGED {
        let Some(value) = reading.measures.get(metric) else { continue };
        let fresh = Steady { value, since: turn.at, told: false };
        let of_sensor = room.steady.entry(reading.sensor.clone()).or_default();
        let steady = of_sensor.entry(metric).or_insert(fresh);
        let key = || Key::Stuck(reading.room.clone(), reading.sensor.clone(), metric);
        let said = || Values::from([("value".into(), Value::from(value))]);
        if steady.value != value {
            let was_told = steady.told;
            *steady = fresh;
            if was_told {
                state.ledger.resolve(turn, &key(), Resolution::Cleared, said());
            }
        } else if rule.enabled && !steady.told && turn.at.since(steady.since) >= rule.after {
            steady.told = true;
            let mut values = said();
            values.extend([
                ("metric".into(), Value::from(metric)),
                ("since".into(), Value::from(steady.since)),
                ("after_s".into(), Value::from(rule.after)),
            ]);
            let breach = Breach {
                rule: RuleKind::SensorStuck,
                subject: Subject::Sensor(reading.room.clone(), reading.sensor.clone()),
                severity: rule.severity,
                since: steady.since,
                values,
            };
            state.ledger.open_firing(turn, key(), breach);
        }
    }
}

/// A sensor of the room is silent: nobody knows whether what it measures is still.
pub(super) fn sensor_lost(state: &mut State, room: &Name, sensor: &Name) {
    if let Some(of_sensor) = state.rooms.get_mut(room).and_then(|room| room.steady.get_mut(sensor)) {
        of_sensor.retain(|_, steady| steady.told);
    }
}

/// The rule changed: what is not too long by it ends. What became so is told with the next reading.
pub(super) fn reassess_all(state: &mut State, turn: &mut Turn, because: Resolution) {
    let rule = &state.settings.sensor_stuck;
    let mut over = Vec::new();
    for (name, room) in &mut state.rooms {
        for (sensor, of_sensor) in &mut room.steady {
            for (metric, steady) in of_sensor.iter_mut().filter(|(_, steady)| steady.told) {
                if !rule.enabled || turn.at.since(steady.since) < rule.after {
                    steady.told = false;
                    over.push(Key::Stuck(name.clone(), sensor.clone(), *metric));
                }
            }
        }
    }
    for key in over {
        state.ledger.resolve(turn, &key, because, Values::new());
    }
}
