//! The rule `room_crowded`: there are more people in a room than its capacity bears.
//!
//! A limit like any other of a room, by its occupancy: `room_climate` judges it, with this rule's hold and name. No capacity
//! in the plan is no limit; while the sensor is silent nothing changes.

use super::room_limits::{Bound, Terms};
use super::settings::RoomCrowded;
use super::state::State;
use crate::facts::{Milli, Name, RuleKind, Value, Values};

/// The limit of a room; none where it has no capacity, or nobody wants to hear of it.
pub(super) fn bound(state: &State, room: &Name) -> Option<Bound> {
    let rule = &state.settings.room_crowded;
    let capacity = capacity(state, room).filter(|capacity| rule.enabled && *capacity > 0)?;
    let share = |percent: u32| Milli::from_raw(capacity.saturating_mul(i64::from(percent) * 10));
    Some(Bound::crowd(share(rule.above_percent), share(rule.band_percent)))
}

fn capacity(state: &State, room: &Name) -> Option<i64> {
    state.day.rooms.get(room).and_then(|room| room.capacity).map(i64::from)
}

/// How the rule tells it.
pub(super) const fn terms(rule: &RoomCrowded) -> Terms {
    Terms {
        rule: RuleKind::RoomCrowded,
        severity: rule.severity,
        hold: rule.hold,
        off_delay: rule.off_delay,
        keep: rule.keep,
    }
}

/// What the alert says beside the limit.
pub(super) fn values(state: &State, room: &Name) -> Values {
    let capacity = capacity(state, room).map(|capacity| ("capacity".into(), Value::from(capacity)));
    let share = ("above_percent".into(), Value::from(i64::from(state.settings.room_crowded.above_percent)));
    capacity.into_iter().chain([share]).collect()
}
