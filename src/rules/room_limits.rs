//! What a room's climate is judged by: its own limits or else the rule's, and how many people it holds.
//!
//! Judges nothing itself: that is `room_climate`, which also asks whether the room is in use.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::lifecycle::Side;
use super::settings::Settings;
use super::state::State;
use super::{room_crowded, room_use};
use crate::facts::plan::Limits;
use crate::facts::{Metric, Milli, Name, RuleKind, Severity, Span, Timestamp};

/// One side of a limit pair as it is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bound {
    side: Side,
    pub limit: Milli,
    pub band: Milli,
    /// It is the rule `room_crowded` that sets it.
    pub of_crowd: bool,
}

/// Which rule tells that a limit is broken, how much it matters, and after how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    pub rule: RuleKind,
    pub severity: Severity,
    pub hold: Span,
    /// How long it must be well before it is over.
    pub off_delay: Span,
    /// How long people keep seeing it at least.
    pub keep: Span,
}

impl Bound {
    /// So many people, and so many fewer before it is over.
    pub(super) const fn crowd(limit: Milli, band: Milli) -> Self {
        Self { side: Side::High, limit, band, of_crowd: true }
    }

    pub(super) fn terms(self, settings: &Settings) -> Terms {
        if self.of_crowd {
            return room_crowded::terms(&settings.room_crowded);
        }
        let rule = &settings.room_climate;
        Terms {
            rule: RuleKind::RoomClimate,
            severity: rule.severity,
            hold: rule.hold,
            off_delay: rule.off_delay,
            keep: rule.keep,
        }
    }

    pub(super) fn is_broken_by(self, value: Milli) -> bool {
        match self.side {
            Side::Low => value < self.limit,
            Side::High => value > self.limit,
        }
    }

    /// Back inside by the band.
    pub(super) fn is_whole_at(self, value: Milli) -> bool {
        match self.side {
            Side::Low => value >= self.limit.plus(self.band),
            Side::High => value <= self.limit.minus(self.band),
        }
    }
}

/// What the low and the high gauge are judged by now: none where neither the room nor the rule names this side, or the
/// room's climate does not matter. How many people are in it always matters.
pub(super) fn bounds(state: &State, at: Timestamp, room: &Name, metric: Metric) -> [Option<Bound>; 2] {
    let climate = of_climate(state, room, metric);
    let matters = climate != [None, None] && room_use::counts(state, room, at);
    with_crowd(state, room, metric, if matters { climate } else { [None, None] })
}

/// Every limit of a room, also while nobody uses it.
pub(super) fn of_room(state: &State, room: &Name) -> BTreeMap<Metric, Limits> {
    let limits = |metric: &Metric| {
        let [low, high] = with_crowd(state, room, *metric, of_climate(state, room, *metric));
        Limits { low: low.map(|bound| bound.limit), high: high.map(|bound| bound.limit) }
    };
    let all = Metric::ALL.iter().map(|metric| (*metric, limits(metric)));
    all.filter(|(_, limits)| *limits != Limits { low: None, high: None }).collect()
}

/// Of people, it is how many the room holds that counts.
fn with_crowd(state: &State, room: &Name, metric: Metric, [low, high]: [Option<Bound>; 2]) -> [Option<Bound>; 2] {
    let crowd = if metric == Metric::Occupancy { room_crowded::bound(state, room) } else { None };
    [low, crowd.or(high)]
}

/// The room's own limits or else the rule's, with the rule's band.
fn of_climate(state: &State, room: &Name, metric: Metric) -> [Option<Bound>; 2] {
    let rule = &state.settings.room_climate;
    if !rule.enabled {
        return [None, None];
    }
    let of_rule = rule.limits.get(&metric).copied().unwrap_or_default();
    let of_room = state.day.rooms.get(room).map(|room| room.limits.as_slice()).unwrap_or_default();
    let own = of_room.iter().find(|(of, _)| *of == metric).map(|(_, limits)| limits);
    let (low, high) = own.map_or((of_rule.low, of_rule.high), |own| (own.low, own.high));
    let bound = |side, limit: Option<Milli>| Some(Bound { side, limit: limit?, band: of_rule.band, of_crowd: false });
    [bound(Side::Low, low), bound(Side::High, high)]
}
