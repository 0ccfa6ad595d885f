//! The rule `vehicle_empty`: a vehicle on duty drives about without a trip, and how much of its day that is.
//!
//! Adds up the way between positions while the vehicle drives (what `vehicles` calls so: a receiver's noise is no way). A way is
//! without a trip unless one of the plan's runs then: from `lead` before its pick-up to `tail` after its guests are expected.
//! Opens firing when one drive without a trip is longer than `after_m`, over when the vehicle stands or a trip of its runs. Every
//! alert says what share of the day's way was without a trip.
//!
//! What was not seen is no way at all: across a stretch without positions nothing is added, and what was told stays until the
//! vehicle is seen standing. While our clock is not trusted nothing is compared with the plan, and nothing added. A plan without
//! any trip says nothing of who drives without one.

use serde::{Deserialize, Serialize};

use super::day::Day;
use super::geometry::{self, Point};
use super::lifecycle::{Breach, Key, Turn};
use super::settings::VehicleEmpty;
use super::state::State;
use super::vehicles::Motion;
use crate::facts::{Name, Resolution, RuleKind, Span, Subject, Timestamp, Value, Values};

/// How far a vehicle has driven.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mileage {
    /// Where it was last seen; none after a stretch without positions.
    last: Option<Point>,
    /// The first moment of the day of the plan that the sums are of.
    day: Option<Timestamp>,
    driven_cm: i64,
    empty_cm: i64,
    /// The drive without a trip that lasts.
    drive_cm: i64,
    since: Option<Timestamp>,
    /// It was told; whoever ends that alert, this drive is not told again.
    told: bool,
}

impl Mileage {
    fn values(&self) -> Values {
        let metres = |cm: i64| Value::from((cm + 50) / 100);
        let driven = self.driven_cm.max(1);
        let percent = self.empty_cm.saturating_mul(100).saturating_add(driven / 2) / driven;
        Values::from([
            ("drive_m".into(), metres(self.drive_cm)),
            ("driven_m".into(), metres(self.driven_cm)),
            ("empty_m".into(), metres(self.empty_cm)),
            ("empty_percent".into(), Value::from(percent)),
        ])
    }
}

fn is_judged(rule: &VehicleEmpty, day: &Day, vehicle: &Name) -> bool {
    rule.enabled && !day.runs.is_empty() && !day.is_off_duty(vehicle)
}

/// Whether a trip of the vehicle runs at this moment.
fn has_trip(rule: &VehicleEmpty, day: &Day, vehicle: &Name, at: Timestamp) -> bool {
    let mut runs = day.runs.get(vehicle).into_iter().flatten();
    runs.any(|run| run.from.minus(rule.lead) <= at && at < run.to.plus(rule.tail))
}

/// A vehicle was somewhere, by a position that says something.
pub(super) fn position(state: &mut State, turn: &mut Turn, name: &Name, point: Point) {
    let (rule, day) = (&state.settings.vehicle_empty, &state.day);
    if !is_judged(rule, day, name) {
        return;
    }
    let motion = state.vehicles.get(name).map(|record| record.motion);
    let mileage = state.mileage.entry(name.clone()).or_default();
    let before = mileage.last.replace(point);
    match (motion, before) {
        (Some(Motion::Stationary { .. }), _) => end(state, turn, name, Resolution::Over),
        (Some(Motion::Moving { .. }), Some(before)) if state.clock.trusted => {
            let way = geometry::centimetres(before, point);
            let today = day.days.iter().find(|(from, to)| *from <= turn.at && turn.at < *to).map(|(from, _)| *from);
            if mileage.day != today {
                (mileage.day, mileage.driven_cm, mileage.empty_cm) = (today, 0, 0);
            }
            mileage.driven_cm = mileage.driven_cm.saturating_add(way);
            if has_trip(rule, day, name, turn.at) {
                end(state, turn, name, Resolution::Over);
                return;
            }
            mileage.empty_cm = mileage.empty_cm.saturating_add(way);
            mileage.drive_cm = mileage.drive_cm.saturating_add(way);
            mileage.since.get_or_insert(turn.at);
            if mileage.drive_cm >= i64::from(rule.after_m) * 100 && !mileage.told {
                tell(state, turn, name);
            }
        }
        (Some(Motion::Moving { .. } | Motion::Unknown) | None, _) => {}
    }
}

fn tell(state: &mut State, turn: &mut Turn, name: &Name) {
    let rule = &state.settings.vehicle_empty;
    let Some(mileage) = state.mileage.get_mut(name) else { return };
    mileage.told = true;
    let since = mileage.since.unwrap_or(turn.at);
    let mut values = mileage.values();
    values.insert("since".into(), Value::from(since));
    values.insert("after_m".into(), Value::from(i64::from(rule.after_m)));
    let (kind, subject) = (RuleKind::VehicleEmpty, Subject::Vehicle(name.clone()));
    let breach = Breach { rule: kind, subject, severity: rule.severity, since, values };
    state.ledger.open_firing(turn, Key::Empty(name.clone()), breach);
}

/// The drive without a trip is over.
fn end(state: &mut State, turn: &mut Turn, name: &Name, because: Resolution) {
    let Some(mileage) = state.mileage.get_mut(name) else { return };
    if std::mem::take(&mut mileage.told) {
        state.ledger.resolve(turn, &Key::Empty(name.clone()), because, mileage.values());
    }
    mileage.drive_cm = 0;
    mileage.since = None;
}

/// No position comes any more: whatever way it takes now nobody sees.
pub(super) fn lost(state: &mut State, name: &Name) {
    if let Some(mileage) = state.mileage.get_mut(name) {
        mileage.last = None;
    }
}

/// A new plan took the place of `old`: by other trips another drive is without one.
pub(super) fn plan_changed(state: &mut State, turn: &mut Turn, old: &Day) {
    let names: Vec<Name> = state.mileage.keys().cloned().collect();
    for name in names {
        let (rule, day) = (&state.settings.vehicle_empty, &state.day);
        let has_trip_now = old.runs.get(&name) != day.runs.get(&name) && has_trip(rule, day, &name, turn.at);
        let judged = is_judged(rule, day, &name);
        if !judged || (has_trip_now && state.clock.trusted) {
            end(state, turn, &name, Resolution::PlanChanged);
        }
        if !judged {
            lost(state, &name);
        }
    }
}

/// Other rules hold: who is not judged any more is forgotten, and begins anew when he is again.
pub(super) fn rules_changed(state: &mut State, turn: &mut Turn) {
    if state.settings.vehicle_empty.enabled {
        return;
    }
    let names: Vec<Name> = state.mileage.keys().cloned().collect();
    for name in names {
        end(state, turn, &name, Resolution::RuleChanged);
    }
    state.mileage.clear();
}

/// Our clock was moved: what is remembered moves with it.
pub(super) fn clock_moved(state: &mut State, by: Span) {
    for mileage in state.mileage.values_mut() {
        mileage.since = mileage.since.map(|since| since.plus(by));
    }
}
