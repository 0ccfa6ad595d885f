//! The rule `room_climate`: a room's climate is outside its limits.
//!
//! A limit is broken while any sensor that is not silent measures beyond it, and whole again when all of them are back
//! inside by the band. Between the two, and while every sensor is silent, nothing changes: no data is not "all is
//! well". The hold runs from the breach; the alert fires at its end also when nothing more arrives. Where the rule judges
//! only rooms in use, a breach begins and ends with the use; what that is is told by `room_use`, and what the limits are by
//! `room_limits`.
//!
//! What people were told of does not end with the first good reading where the rule has an off-delay or keeps its alerts
//! for a time: it ends when the room has been well for so long. A reading beyond the limit and the silence of every sensor
//! stop that.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::lifecycle::{Breach, Gauge, Key, Side, Turn};
use super::room_limits::{Bound, Terms, bounds};
use super::sensor_stuck::Steady;
use super::state::State;
use super::{room_crowded, room_use, sensor_stuck, silent};
use crate::facts::{
    AlertState, Metric, Milli, Name, OffLimits, Reading, Resolution, Span, Subject, Timestamp, Value, Values,
};

/// What is known of a room that reported a reading.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RoomRecord {
    /// The values of each sensor that is not silent.
    pub sensors: BTreeMap<Name, BTreeMap<Metric, Sensed>>,
    /// When the newest reading came.
    pub reading_at: Option<Timestamp>,
    /// The limits that are broken.
    #[serde(with = "super::pairs")]
    broken: BTreeMap<(Metric, Side), Broken>,
    /// Sensors whose battery was told to be low, with what was left.
    pub low_batteries: BTreeMap<Name, Milli>,
    /// What each sensor keeps measuring.
    pub steady: BTreeMap<Name, BTreeMap<Metric, Steady>>,
}

/// A value and when it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sensed {
    pub value: Milli,
    pub at: Timestamp,
}

/// A broken limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Broken {
    since: Timestamp,
    bound: Bound,
    /// It is whole again since then, and is told to be over when that has lasted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    whole_since: Option<Timestamp>,
}

impl RoomRecord {
    /// The value nearest to breaking a side's limit, or farthest beyond it.
    fn worst_value(&self, metric: Metric, side: Side) -> Option<Milli> {
        let values = self.sensors.values().filter_map(|values| values.get(&metric)).map(|sensed| sensed.value);
        match side {
            Side::Low => values.min(),
            Side::High => values.max(),
        }
    }

    /// What is out of its limits now. Of what nobody measures any more nobody knows.
    pub(super) fn off_limits(&self) -> BTreeMap<Metric, OffLimits> {
        let mut off: BTreeMap<Metric, OffLimits> = BTreeMap::new();
        let now = self.broken.iter().filter(|(_, broken)| broken.whole_since.is_none());
        for (metric, side) in now.map(|(at, _)| *at).filter(|(metric, side)| self.worst(*metric, *side).is_some()) {
            let this = match side {
                Side::Low => OffLimits::Low,
                Side::High => OffLimits::High,
            };
            off.entry(metric).and_modify(|other| *other = OffLimits::Both).or_insert(this);
        }
        off
    }

    /// The same with its sensor.
    fn worst(&self, metric: Metric, side: Side) -> Option<(Milli, &Name)> {
        let values = self.sensors.iter().filter_map(|(sensor, values)| Some((values.get(&metric)?.value, sensor)));
        match side {
            Side::Low => values.min(),
            Side::High => values.max_by(|(a, one), (b, other)| a.cmp(b).then(other.cmp(one))),
        }
    }
}

/// A sensor measured.
pub(super) fn reading(state: &mut State, turn: &mut Turn, reading: &Reading) {
    let was_used = room_use::counts(state, &reading.room, turn.at);
    let room = state.rooms.entry(reading.room.clone()).or_default();
    room.reading_at = Some(turn.at);
    let sensor = room.sensors.entry(reading.sensor.clone()).or_default();
    for (metric, value) in reading.measures.iter() {
        sensor.insert(metric, Sensed { value, at: turn.at });
    }
    if room_use::counts(state, &reading.room, turn.at) != was_used {
        return reassess_room(state, turn, &reading.room, Resolution::Cleared);
    }
    for (metric, value) in reading.measures.iter() {
        if may_matter(state, turn.at, &reading.room, metric, value) {
            reassess_metric(state, turn, &reading.room, metric, Resolution::Cleared);
        }
    }
}

/// Whether a value can change anything: it breaks a limit, or one is broken. Of a whole limit no other sensor is beyond
/// it, because each was judged when it came, and all are whenever a limit changes.
fn may_matter(state: &State, at: Timestamp, room: &Name, metric: Metric, value: Milli) -> bool {
    let of_metric = (metric, Side::Low)..=(metric, Side::High);
    state.rooms.get(room).is_some_and(|record| record.broken.range(of_metric).next().is_some())
        || bounds(state, at, room, metric).into_iter().flatten().any(|bound| bound.is_broken_by(value))
}

/// A sensor of the room is silent: its values are unknown from here on, and so are those of every other one that is
/// silent at the same moment. Taken one by one, a cool sensor that is about to be unknown would clear a hot one's alert.
pub(super) fn sensor_lost(state: &mut State, turn: &mut Turn, room: &Name) {
    let was_used = room_use::counts(state, room, turn.at);
    let Some(record) = state.rooms.get(room) else { return };
    let is_lost = |sensor: &Name| {
        let device = Subject::Sensor(room.clone(), sensor.clone());
        let deadline = state.devices.get(&device).and_then(|record| silent::deadline(state, &device, record));
        deadline.is_none_or(|deadline| deadline <= turn.at)
    };
    let lost: Vec<Name> = record.sensors.keys().filter(|sensor| is_lost(sensor)).cloned().collect();
    for sensor in &lost {
        sensor_stuck::sensor_lost(state, room, sensor);
    }
    let Some(record) = state.rooms.get_mut(room) else { return };
    let values: Vec<_> = lost.iter().filter_map(|sensor| record.sensors.remove(sensor)).collect();
    if room_use::counts(state, room, turn.at) != was_used {
        return reassess_room(state, turn, room, Resolution::Cleared);
    }
    let metrics: BTreeSet<Metric> = values.iter().flat_map(BTreeMap::keys).copied().collect();
    for metric in metrics {
        reassess_metric(state, turn, room, metric, Resolution::Cleared);
    }
}

/// The plan or the rules changed: judges every room anew.
pub(super) fn reassess_all(state: &mut State, turn: &mut Turn, because: Resolution) {
    let rooms: Vec<Name> = state.rooms.keys().cloned().collect();
    for room in rooms {
        reassess_room(state, turn, &room, because);
    }
}

/// The room begins to be in use, or is no more.
pub(super) fn reassess_room(state: &mut State, turn: &mut Turn, room: &Name, because: Resolution) {
    for metric in Metric::ALL {
        reassess_metric(state, turn, room, *metric, because);
    }
}

/// Our clock was set, or gained or lost its trust: bookings may run that did not, and the other way round.
pub(super) fn clock_changed(state: &mut State, turn: &mut Turn) {
    if state.settings.room_climate.only_in_use {
        room_use::expect_all(state, turn.at);
        reassess_all(state, turn, Resolution::Cleared);
    }
}

fn reassess_metric(state: &mut State, turn: &mut Turn, room: &Name, metric: Metric, because: Resolution) {
    for (side, bound) in [Side::Low, Side::High].into_iter().zip(bounds(state, turn.at, room, metric)) {
        let Some(record) = state.rooms.get(room) else { return };
        // Most of what a sensor measures has no limit.
        if bound.is_some() || record.broken.contains_key(&(metric, side)) {
            reassess(state, turn, &Gauge { room: room.clone(), metric, side }, bound, because);
        }
    }
}

fn reassess(state: &mut State, turn: &mut Turn, gauge: &Gauge, bound: Option<Bound>, because: Resolution) {
    let Some(record) = state.rooms.get_mut(&gauge.room) else { return };
    let at = (gauge.metric, gauge.side);
    let worst = record.worst_value(gauge.metric, gauge.side);
    let other_rule = |broken: &Broken| bound.is_some_and(|bound| bound.of_crowd != broken.bound.of_crowd);
    if record.broken.get(&at).is_some_and(other_rule) {
        end(state, turn, gauge, because);
    }
    let Some(record) = state.rooms.get_mut(&gauge.room) else { return };
    match (record.broken.get_mut(&at), bound) {
        (None, Some(bound)) if worst.is_some_and(|value| bound.is_broken_by(value)) => {
            record.broken.insert(at, Broken { since: turn.at, bound, whole_since: None });
            open(state, turn, gauge, bound, turn.at);
        }
        (Some(broken), Some(bound)) => {
            // By the limit that was broken, until the band is passed; by another limit, afresh.
            let over = worst.is_some_and(|value| {
                if broken.bound == bound { bound.is_whole_at(value) } else { !bound.is_broken_by(value) }
            });
            if over && broken.bound == bound {
                broken.whole_since = Some(broken.whole_since.unwrap_or(turn.at));
                end_in_time(state, turn, gauge, because);
            } else if over {
                end(state, turn, gauge, because);
            } else {
                if worst.is_some() {
                    broken.bound = bound;
                }
                if broken.whole_since.take().is_some() {
                    state.deadlines.cancel(&Key::Climate(gauge.clone()));
                }
            }
        }
        // Nothing that is measured takes a limit away, only the end of the room's use.
        (Some(_), None) if because == Resolution::Cleared => end(state, turn, gauge, Resolution::Over),
        (Some(_), None) => end(state, turn, gauge, because),
        (None, Some(_) | None) => {}
    }
}

fn open(state: &mut State, turn: &mut Turn, gauge: &Gauge, bound: Bound, since: Timestamp) {
    let Terms { rule, severity, hold: after, .. } = bound.terms(&state.settings);
    let due = since.plus(after);
    let mut values = Values::from([
        ("metric".into(), Value::from(gauge.metric)),
        (
            "side".into(),
            Value::from(match gauge.side {
                Side::Low => "low",
                Side::High => "high",
            }),
        ),
        ("limit".into(), Value::from(bound.limit)),
        ("band".into(), Value::from(bound.band)),
        ("since".into(), Value::from(since)),
    ]);
    values.extend(measured(state, gauge));
    if bound.of_crowd {
        values.extend(room_crowded::values(state, &gauge.room));
    }
    let breach = Breach { rule, subject: Subject::Room(gauge.room.clone()), severity, since, values };
    state.ledger.open_pending(turn, Key::Climate(gauge.clone()), breach);
    hold(state, turn, gauge, due);
}

/// Lets a pending alert run until `due`, or fires it where that is over.
fn hold(state: &mut State, turn: &mut Turn, gauge: &Gauge, due: Timestamp) {
    if due > turn.at {
        state.deadlines.arm(&Key::Climate(gauge.clone()), due);
    } else {
        fire(state, turn, gauge);
    }
}

/// A limit is whole again: that is over now, or when it has lasted.
fn end_in_time(state: &mut State, turn: &mut Turn, gauge: &Gauge, because: Resolution) {
    match over_at(state, gauge) {
        Some(over_at) if over_at > turn.at => state.deadlines.arm(&Key::Climate(gauge.clone()), over_at),
        Some(_) | None => end(state, turn, gauge, because),
    }
}

/// When a limit that is whole again will have been so for long enough; none where nobody was told that it was broken.
fn over_at(state: &State, gauge: &Gauge) -> Option<Timestamp> {
    let broken = state.rooms.get(&gauge.room)?.broken.get(&(gauge.metric, gauge.side))?;
    let fired_at = state.ledger.fired_at(&Key::Climate(gauge.clone()))?;
    let (whole_since, terms) = (broken.whole_since?, broken.bound.terms(&state.settings));
    // A clock that was set back must not make it stay for hours.
    let kept = fired_at.plus(terms.keep).min(whole_since.plus(terms.keep));
    Some(whole_since.plus(terms.off_delay).max(kept))
}

/// A person ended the alert. If the limit is whole again by then, nothing of the breach is left.
pub(super) fn ended_by_hand(state: &mut State, gauge: &Gauge) {
    if let Some(record) = state.rooms.get_mut(&gauge.room) {
        record.broken.retain(|at, broken| *at != (gauge.metric, gauge.side) || broken.whole_since.is_none());
    }
}

/// The hold of a pending alert is over, or a limit has been whole for long enough.
pub(super) fn due(state: &mut State, turn: &mut Turn, gauge: &Gauge) {
    let record = state.rooms.get(&gauge.room);
    let broken = record.and_then(|record| record.broken.get(&(gauge.metric, gauge.side)));
    if broken.is_some_and(|broken| broken.whole_since.is_some()) {
        end(state, turn, gauge, Resolution::Cleared);
    } else {
        fire(state, turn, gauge);
    }
}

/// The hold of a pending alert is over.
fn fire(state: &mut State, turn: &mut Turn, gauge: &Gauge) {
    let key = Key::Climate(gauge.clone());
    state.deadlines.cancel(&key);
    let values = measured(state, gauge);
    state.ledger.fire(turn, &key, values);
}

fn end(state: &mut State, turn: &mut Turn, gauge: &Gauge, because: Resolution) {
    let key = Key::Climate(gauge.clone());
    state.deadlines.cancel(&key);
    if let Some(record) = state.rooms.get_mut(&gauge.room) {
        record.broken.remove(&(gauge.metric, gauge.side));
    }
    let values = measured(state, gauge);
    state.ledger.resolve(turn, &key, because, values);
}

/// The worst value and who measured it; nothing while every sensor is silent, so that the last one stays.
fn measured(state: &State, gauge: &Gauge) -> Values {
    let worst = state.rooms.get(&gauge.room).and_then(|record| record.worst(gauge.metric, gauge.side));
    worst.map_or_else(Values::new, |(value, sensor)| {
        Values::from([("value".into(), Value::from(value)), ("sensor".into(), Value::from(sensor))])
    })
}

/// Our clock was moved: what is remembered moves with it.
pub(super) fn clock_moved(state: &mut State, by: Span) {
    for room in state.rooms.values_mut() {
        room.reading_at = room.reading_at.map(|at| at.plus(by));
        for broken in room.broken.values_mut() {
            broken.since = broken.since.plus(by);
            broken.whole_since = broken.whole_since.map(|at| at.plus(by));
        }
        room.steady.values_mut().flat_map(BTreeMap::values_mut).for_each(|steady| steady.since = steady.since.plus(by));
        room.sensors.values_mut().flat_map(BTreeMap::values_mut).for_each(|sensed| sensed.at = sensed.at.plus(by));
    }
    for gauge in broken(state).into_iter().filter(|(_, broken)| broken.whole_since.is_some()).map(|(gauge, _)| gauge) {
        if let Some(over_at) = over_at(state, &gauge) {
            state.deadlines.arm(&Key::Climate(gauge), over_at);
        }
    }
}

fn broken(state: &State) -> Vec<(Gauge, Broken)> {
    let of_room = |(room, record): (&Name, &RoomRecord)| {
        let gauge = |(metric, side): &(Metric, Side)| Gauge { room: room.clone(), metric: *metric, side: *side };
        record.broken.iter().map(|(at, broken)| (gauge(at), *broken)).collect::<Vec<_>>()
    };
    state.rooms.iter().flat_map(of_room).collect()
}

/// How long a broken limit must be so.
pub(super) fn hold_of(state: &State, gauge: &Gauge) -> Span {
    let broken = state.rooms.get(&gauge.room).and_then(|room| room.broken.get(&(gauge.metric, gauge.side)));
    broken.map_or(state.settings.room_climate.hold, |broken| broken.bound.terms(&state.settings).hold)
}

/// A rule has another hold: holds that run end at the new time, alerts that fired too early by it start over.
pub(super) fn hold_changed(state: &mut State, turn: &mut Turn) {
    for (gauge, Broken { since, bound, whole_since }) in broken(state) {
        // What is over but for its off-delay is not told anew.
        if whole_since.is_some() {
            continue;
        }
        let key = Key::Climate(gauge.clone());
        let due = since.plus(bound.terms(&state.settings).hold);
        match state.ledger.state_of(&key) {
            Some(AlertState::Pending) => hold(state, turn, &gauge, due),
            Some(AlertState::Firing | AlertState::Acknowledged | AlertState::Shelved) if due > turn.at => {
                state.ledger.resolve(turn, &key, Resolution::RuleChanged, Values::new());
                open(state, turn, &gauge, bound, since);
            }
            Some(AlertState::Firing | AlertState::Acknowledged | AlertState::Shelved | AlertState::Resolved) | None => {
            }
        }
    }
}
