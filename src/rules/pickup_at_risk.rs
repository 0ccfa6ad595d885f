//! The rule `pickup_at_risk`: a vehicle cannot be at its pick-up in time. The early warning of a late guest.
//!
//! With every position of the vehicle its arrival is guessed anew, as `travel` does. Opens firing where that is more than `slack`
//! after the pick-up, and where it is not there by then; over when the guess is in time again, when it is there (within
//! [`EARLY`] before the pick-up, or later: after that the trip is judged no more), and when the trip is long over.
//!
//! Without a fresh position nobody can say: from `blind` before the pick-up on that is told, too, and ends with a position by
//! which it is in time. A trip whose place is no zone of the plan cannot be judged. While our clock is not trusted nothing is
//! compared with the plan; of a pick-up that passed meanwhile, or before the plan or the rule came, nobody knows how it went,
//! and it is not judged.

use serde::{Deserialize, Serialize};

use super::lifecycle::{Breach, Key, Turn};
use super::runs::Run;
use super::state::State;
use super::travel::{self, Sight};
use crate::facts::plan::Zone;
use crate::facts::{Name, Resolution, RuleKind, Span, Subject, Timestamp, Value, Values};

/// Who is at the place so long before the pick-up has come for it.
const EARLY: Span = Span::from_mins(15);
/// A trip that nobody ends is over so long after its pick-up, or when its guests are expected.
pub(super) const OVER_AFTER: Span = Span::from_mins(60);

/// A trip of the plan, and how its pick-up goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pickup {
    run: Run,
    /// What was told; whoever ends that alert, it is not told again before it was well.
    told: Option<Why>,
    /// The vehicle was there, or nobody knows whether it was.
    done: bool,
}

/// Why it is at risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Why {
    /// Too far away for the time that is left.
    Far,
    /// Nobody knows where it is.
    Blind,
}

/// What can be said of a pick-up now.
enum Outlook {
    There,
    InTime,
    /// Within the slack, or too early to say.
    Open,
    AtRisk(Why),
}

impl Pickup {
    /// Whether the vehicle was there, or nobody knows whether it was.
    pub(super) const fn is_done(&self) -> bool {
        self.done
    }

    /// Whether people were told that it is at risk.
    pub(super) const fn is_told(&self) -> bool {
        self.told.is_some()
    }
}

/// When a trip is over that nobody ends.
pub(super) fn over(run: &Run) -> Timestamp {
    run.to.max(run.from.plus(OVER_AFTER))
}

/// How the pick-up of a trip goes; none where the rule does not look at it.
pub(super) fn looked_at<'a>(state: &'a State, trip: &Name) -> Option<&'a Pickup> {
    state.pickups.get(trip).filter(|pickup| place(state, pickup).is_some())
}

/// A plan takes the place of the one before. A trip that stays the same goes on.
pub(super) fn replace(state: &mut State, turn: &mut Turn) {
    let mut old = std::mem::take(&mut state.pickups);
    for run in state.day.runs.values().flatten() {
        let (id, trip) = (run.trip.id.clone(), &run.trip);
        let same =
            |other: &Run| (&other.trip.vehicle, &other.trip.from, other.from) == (&trip.vehicle, &trip.from, run.from);
        let before = old.get(&id).filter(|before| same(&before.run)).cloned();
        let passed = state.clock.trusted && run.from < turn.at;
        let pickup = match before {
            Some(before) => {
                old.remove(&id);
                Pickup { run: run.clone(), ..before }
            }
            None => Pickup { run: run.clone(), told: None, done: passed },
        };
        state.pickups.insert(id, pickup);
    }
    for (id, pickup) in old {
        let key = Key::Pickup(id);
        state.deadlines.cancel(&key);
        if pickup.told.is_some() {
            state.ledger.resolve(turn, &key, Resolution::PlanChanged, Values::new());
        }
    }
    reassess_all(state, turn, Resolution::PlanChanged);
}

/// The plan, the rule or the clock changed: judges every pick-up anew, in the order in which they are.
pub(super) fn reassess_all(state: &mut State, turn: &mut Turn, because: Resolution) {
    let mut ids: Vec<(Timestamp, Name)> =
        state.pickups.iter().map(|(id, pickup)| (pickup.run.from, id.clone())).collect();
    ids.sort();
    for (_, id) in ids {
        reassess(state, turn, &id, because);
    }
}

/// Nobody looked until now, or our clock was moved: how a pick-up went that has passed nobody knows.
pub(super) fn unwatched(state: &mut State, at: Timestamp) {
    for pickup in state.pickups.values_mut().filter(|pickup| pickup.told.is_none() && pickup.run.from < at) {
        pickup.done = true;
    }
}

/// A vehicle was seen, or is seen no more.
pub(super) fn vehicle(state: &mut State, turn: &mut Turn, name: &Name) {
    if !state.settings.pickup_at_risk.enabled {
        return;
    }
    let runs = state.day.runs.get(name).map(Vec::as_slice).unwrap_or_default();
    let ids: Vec<Name> = runs.iter().map(|run| run.trip.id.clone()).collect();
    for id in ids {
        reassess(state, turn, &id, Resolution::Cleared);
    }
}

/// Time passed: nobody may be seen any more, the pick-up is due, or long over.
pub(super) fn fire(state: &mut State, turn: &mut Turn, id: &Name) {
    reassess(state, turn, id, Resolution::Over);
}

fn reassess(state: &mut State, turn: &mut Turn, id: &Name, because: Resolution) {
    let Some(pickup) = state.pickups.get(id) else { return };
    let key = Key::Pickup(id.clone());
    let Some(place) = place(state, pickup).filter(|_| !pickup.done) else {
        state.deadlines.cancel(&key);
        end(state, turn, id, because, Values::new());
        return;
    };
    if !state.clock.trusted {
        state.deadlines.cancel(&key);
        return;
    }
    if over(&pickup.run) <= turn.at {
        state.deadlines.cancel(&key);
        end(state, turn, id, Resolution::Over, Values::new());
        return;
    }
    match outlook(state, pickup, place, turn.at) {
        Outlook::There => {
            let in_time = turn.at <= pickup.run.from.plus(state.settings.pickup_at_risk.slack);
            let how = if in_time { Resolution::Arrived } else { Resolution::ArrivedLate };
            state.deadlines.cancel(&key);
            end(state, turn, id, how, Values::from([("arrived_at".into(), Value::from(turn.at))]));
            if let Some(pickup) = state.pickups.get_mut(id) {
                pickup.done = true;
            }
            return;
        }
        Outlook::InTime => end(state, turn, id, Resolution::Cleared, Values::new()),
        Outlook::Open => {}
        Outlook::AtRisk(why) => tell(state, turn, id, why),
    }
    expect(state, id, turn.at);
}

/// Where the vehicle must be, if the pick-up is judged at all.
fn place<'a>(state: &'a State, pickup: &Pickup) -> Option<&'a Zone> {
    let judged = state.settings.pickup_at_risk.enabled && !state.day.is_off_duty(&pickup.run.trip.vehicle);
    let place = state.day.zones.get(pickup.run.trip.from.as_ref()?)?;
    Some(place).filter(|_| judged)
}

fn outlook(state: &State, pickup: &Pickup, place: &Zone, at: Timestamp) -> Outlook {
    let (rule, from) = (&state.settings.pickup_at_risk, pickup.run.from);
    let late = from.plus(rule.slack);
    match travel::sight(state, &pickup.run.trip.vehicle, at) {
        Sight::Fresh(record) => {
            let way = travel::way_cm(record, place);
            let arrives = record.position_at.plus(travel::takes(&state.settings.travel, way));
            if way == 0 && record.position_at >= from.minus(EARLY) {
                Outlook::There
            } else if arrives > late || at >= late {
                Outlook::AtRisk(Why::Far)
            } else if arrives <= from {
                Outlook::InTime
            } else {
                Outlook::Open
            }
        }
        Sight::Stale(_) | Sight::Never if rule.blind > Span::ZERO && at >= from.minus(rule.blind) => {
            Outlook::AtRisk(Why::Blind)
        }
        Sight::Stale(_) | Sight::Never => Outlook::Open,
    }
}

/// Waits for the next moment at which something changes without a word from the vehicle.
fn expect(state: &mut State, id: &Name, at: Timestamp) {
    let Some(pickup) = state.pickups.get(id) else { return };
    let (rule, from) = (&state.settings.pickup_at_risk, pickup.run.from);
    let edges = [from.minus(rule.blind), from.plus(rule.slack), over(&pickup.run)];
    let next = edges.into_iter().filter(|edge| *edge > at).min();
    let key = Key::Pickup(id.clone());
    match next {
        Some(next) => state.deadlines.arm(&key, next),
        None => state.deadlines.cancel(&key),
    }
}

fn tell(state: &mut State, turn: &mut Turn, id: &Name, why: Why) {
    // What was told of a vehicle that was seen stays when it is seen no more.
    let is_news = |told: Option<Why>| told.is_none_or(|told| told == Why::Blind && why == Why::Far);
    let Some(pickup) = state.pickups.get(id).filter(|pickup| is_news(pickup.told)) else { return };
    let (key, trip) = (Key::Pickup(id.clone()), &pickup.run.trip);
    let mut values = travel::tell(state, &trip.vehicle, trip.from.as_ref(), turn.at);
    let told = pickup.told;
    if told.is_some() {
        // It was told because nobody knew where it is: now somebody does.
        state.ledger.learn_of(turn, &key, |known| {
            known.retain(|word, _| !word.starts_with("vehicle_"));
            known.extend(values);
        });
    } else {
        values.insert("trip".into(), Value::from(id));
        values.insert("pickup_at".into(), Value::from(pickup.run.from));
        values.extend(trip.from.as_ref().map(|from| ("place".into(), Value::from(from))));
        values.insert("guests".into(), Value::from(i64::try_from(trip.guests.len()).unwrap_or(i64::MAX)));
        let severity = state.settings.pickup_at_risk.severity;
        let subject = Subject::Vehicle(trip.vehicle.clone());
        let breach = Breach { rule: RuleKind::PickupAtRisk, subject, severity, since: turn.at, values };
        state.ledger.open_firing(turn, key, breach);
    }
    if let Some(pickup) = state.pickups.get_mut(id) {
        pickup.told = Some(why);
    }
}

fn end(state: &mut State, turn: &mut Turn, id: &Name, how: Resolution, values: Values) {
    let Some(pickup) = state.pickups.get_mut(id) else { return };
    if pickup.told.take().is_some() {
        state.ledger.resolve(turn, &Key::Pickup(id.clone()), how, values);
    }
}
