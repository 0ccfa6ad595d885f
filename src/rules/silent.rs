//! The rules `kiosk_silent`, `vehicle_silent` and `sensor_silent`: a device has not been heard for its limit.
//!
//! Opens firing, with the start of the silence as `pending_at`, and ends with the device's next report. Silence is
//! counted whether or not it is told: what depends on a silent device becomes unknown.

use super::devices::DeviceRecord;
use super::lifecycle::{Breach, Key, Turn};
use super::settings::Watch;
use super::state::State;
use super::{late_arrival, room_climate};
use crate::facts::{Name, Resolution, RuleKind, Span, Subject, Timestamp, Value, Values};

/// The rule for a kind of device and its limit; none for what has no silence.
fn watch<'a>(state: &'a State, device: &Subject) -> Option<(RuleKind, &'a Watch, Span)> {
    let silent = &state.settings.silent;
    match device {
        Subject::Kiosk(_) => Some((RuleKind::KioskSilent, &silent.kiosk, silent.kiosk.after)),
        Subject::Vehicle(_) => Some((RuleKind::VehicleSilent, &silent.vehicle, silent.vehicle.after)),
        Subject::Sensor(room, sensor) => {
            Some((RuleKind::SensorSilent, &silent.sensor, silent.sensor_after(room, sensor)))
        }
        Subject::Guest(_) | Subject::Room(_) | Subject::Link(_) | Subject::Operator(_) | Subject::Gateway => None,
    }
}

/// When a device's silence is beyond its limit; none for what has no silence.
pub(super) fn deadline(state: &State, device: &Subject, record: &DeviceRecord) -> Option<Timestamp> {
    watch(state, device).map(|(_, _, after)| record.silent_from.plus(after))
}

/// What an alert says where a kiosk is silent: whoever came through it may be in the house.
pub(super) fn unheard_kiosks(state: &State) -> Values {
    let Some(since) = state.silent_kiosks.values().min() else { return Values::new() };
    let kiosks: Vec<&str> = state.silent_kiosks.keys().map(Name::as_str).collect();
    Values::from([
        ("kiosk_silent".into(), Value::Text(kiosks.join(","))),
        ("kiosk_silent_since".into(), Value::from(*since)),
    ])
}

/// The device was heard.
pub(super) fn heard(state: &mut State, turn: &mut Turn, device: &Subject) {
    let Some(record) = state.devices.get_mut(device) else { return };
    let silence = turn.at.since(record.silent_from);
    record.silent_from = turn.at;
    if record.silent {
        let values = Values::from([("silent_s".into(), Value::from(silence))]);
        end(state, turn, device, Resolution::Heard, values);
    }
    arm(state, device);
}

/// The device, or its link, said that it goes: its silence starts here, unless it is silent already.
pub(super) fn goodbye(state: &mut State, turn: &mut Turn, device: &Subject) {
    let Some(record) = state.devices.get_mut(device) else { return };
    if !record.silent {
        record.silent_from = turn.at;
        arm(state, device);
    }
}

fn arm(state: &mut State, device: &Subject) {
    let due = state.devices.get(device).and_then(|record| deadline(state, device, record));
    if let Some(due) = due {
        state.deadlines.arm(&Key::Silent(device.clone()), due);
    }
}

/// The device has been silent for its limit.
pub(super) fn begin(state: &mut State, turn: &mut Turn, device: &Subject) {
    let Some(record) = state.devices.get_mut(device) else { return };
    record.silent = true;
    match device {
        Subject::Kiosk(name) => {
            state.silent_kiosks.insert(name.clone(), record.silent_from);
        }
        Subject::Sensor(room, _) => room_climate::sensor_lost(state, turn, room),
        Subject::Vehicle(_)
        | Subject::Guest(_)
        | Subject::Room(_)
        | Subject::Link(_)
        | Subject::Operator(_)
        | Subject::Gateway => {}
    }
    tell(state, turn, device);
}

/// Opens the alert of a silent device, unless nobody wants it or it was told before.
fn tell(state: &mut State, turn: &mut Turn, device: &Subject) {
    if !is_judged(state, device) {
        return;
    }
    let (Some((rule, watch, after)), Some(record)) = (watch(state, device), state.devices.get(device)) else { return };
    if record.told {
        return;
    }
    let mut values = Values::from([("after_s".into(), Value::from(after))]);
    values.extend(record.heard_at.map(|heard| ("last_heard".into(), Value::from(heard))));
    let breach = Breach { rule, subject: device.clone(), severity: watch.severity, since: record.silent_from, values };
    state.ledger.open_firing(turn, Key::Silent(device.clone()), breach);
    if let Some(record) = state.devices.get_mut(device) {
        record.told = true;
    }
}

/// Whether anybody is told of this device's silence.
fn is_judged(state: &State, device: &Subject) -> bool {
    let off_duty = match device {
        Subject::Vehicle(name) => state.day.is_off_duty(name),
        Subject::Kiosk(_)
        | Subject::Sensor(..)
        | Subject::Guest(_)
        | Subject::Room(_)
        | Subject::Link(_)
        | Subject::Operator(_)
        | Subject::Gateway => false,
    };
    !off_duty && watch(state, device).is_some_and(|(_, watch, _)| watch.enabled)
}

fn end(state: &mut State, turn: &mut Turn, device: &Subject, resolution: Resolution, values: Values) {
    if let Some(record) = state.devices.get_mut(device) {
        record.silent = false;
        record.told = false;
    }
    state.ledger.resolve(turn, &Key::Silent(device.clone()), resolution, values);
    if let Subject::Kiosk(name) = device
        && state.silent_kiosks.remove(name).is_some()
        && state.silent_kiosks.is_empty()
    {
        late_arrival::kiosks_heard(state, turn);
    }
}

/// The plan or the rules changed: judges every device anew.
pub(super) fn reassess_all(state: &mut State, turn: &mut Turn, because: Resolution) {
    let mut due: Vec<(Timestamp, Subject)> = state
        .devices
        .iter()
        .filter_map(|(device, record)| Some((deadline(state, device, record)?, device.clone())))
        .collect();
    // What is over is told in the order of its deadlines, as if time had brought it.
    due.sort();
    for (due, device) in due {
        reassess(state, turn, &device, due, because);
    }
}

fn reassess(state: &mut State, turn: &mut Turn, device: &Subject, due: Timestamp, because: Resolution) {
    let Some(record) = state.devices.get(device) else { return };
    let key = Key::Silent(device.clone());
    match (record.silent, due > turn.at) {
        (true, true) => {
            end(state, turn, device, because, Values::new());
            state.deadlines.arm(&key, due);
        }
        (false, true) => state.deadlines.arm(&key, due),
        (false, false) => {
            state.deadlines.cancel(&key);
            begin(state, turn, device);
        }
        (true, false) if is_judged(state, device) => tell(state, turn, device),
        (true, false) => {
            if let Some(record) = state.devices.get_mut(device) {
                record.told = false;
            }
            state.ledger.resolve(turn, &key, because, Values::new());
        }
    }
}

/// The plan changed: its kiosks and vehicles are expected from here on, and no others.
pub(super) fn expect_of_plan(state: &mut State, turn: &mut Turn) {
    let kiosks = state.day.kiosks.keys().cloned().map(Subject::Kiosk);
    let vehicles = state.day.vehicles.keys().cloned().map(Subject::Vehicle);
    let expected: Vec<Subject> = kiosks.chain(vehicles).collect();
    let forgotten = state
        .devices
        .iter()
        .filter(|(device, record)| {
            record.is_only_expected()
                && matches!(device, Subject::Kiosk(_) | Subject::Vehicle(_))
                && !state.day.names(device)
        })
        .map(|(device, _)| device.clone())
        .collect();
    expect(state, turn, expected, forgotten, Resolution::PlanChanged);
}

/// The rules changed: the sensors that they name are expected from here on, and no others.
pub(super) fn expect_of_settings(state: &mut State, turn: &mut Turn) {
    let expected: Vec<Subject> = state.settings.silent.named_sensors().collect();
    let forgotten = state
        .devices
        .iter()
        .filter(|(device, record)| {
            record.is_only_expected() && matches!(device, Subject::Sensor(..)) && !expected.contains(device)
        })
        .map(|(device, _)| device.clone())
        .collect();
    expect(state, turn, expected, forgotten, Resolution::RuleChanged);
}

fn expect(state: &mut State, turn: &mut Turn, expected: Vec<Subject>, forgotten: Vec<Subject>, because: Resolution) {
    for device in forgotten {
        end(state, turn, &device, because, Values::new());
        state.deadlines.cancel(&Key::Silent(device.clone()));
        state.devices.remove(&device);
    }
    for device in expected {
        state.devices.entry(device).or_insert_with(|| DeviceRecord::expected(turn.at));
    }
}

/// Our clock was moved: every count of silence that runs starts again, and one that is over stays over.
pub(super) fn clock_moved(state: &mut State, at: Timestamp, by: Span) {
    let devices: Vec<Subject> = state.devices.keys().cloned().collect();
    for device in devices {
        let Some(record) = state.devices.get_mut(&device) else { continue };
        record.clock_moved(by);
        if !record.silent {
            record.silent_from = at;
            arm(state, &device);
        }
    }
    for since in state.silent_kiosks.values_mut() {
        *since = since.plus(by);
    }
}
