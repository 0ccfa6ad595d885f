//! The model's opinion of rooms: their climate and their crowds.

use std::collections::{BTreeMap, BTreeSet};

use portico::facts::{Metric, Milli, Name, RuleKind, Span, Subject};
use portico::rules::{Comfort, Settings};

use super::model::Model;

/// One limit of a room.
#[derive(Clone, Copy)]
struct Gauge {
    rule: RuleKind,
    limit: Option<Milli>,
    band: Milli,
    hold: Span,
    off_delay: Span,
}

impl Model {
    pub fn judge_rooms(&mut self) {
        let rooms: BTreeSet<Name> = self.readings.keys().map(|(room, ..)| room.clone()).collect();
        for room in rooms {
            let rule = RuleKind::RoomClimate;
            let (hold, off_delay) = (self.rules.room_climate.hold, self.rules.room_climate.off_delay);
            let used = self.is_used(&room);
            for metric in [Metric::Temperature, Metric::Co2] {
                let Comfort { low, high, band } = self.rules.room_climate.limits[&metric];
                self.judge_gauge(
                    &room,
                    metric,
                    "low",
                    Gauge { rule, limit: low.filter(|_| used), band, hold, off_delay },
                );
                self.judge_gauge(
                    &room,
                    metric,
                    "high",
                    Gauge { rule, limit: high.filter(|_| used), band, hold, off_delay },
                );
            }
            self.judge_crowd(&room);
        }
    }

    /// Whether the rule judges the room now.
    fn is_used(&self, room: &Name) -> bool {
        let rule = &self.rules.room_climate;
        let counted = self.readings.iter().filter(|((of_room, sensor, metric), _)| {
            let device = Subject::Sensor(room.clone(), sensor.clone());
            of_room == room && *metric == Metric::Occupancy && !self.is_silent(&device)
        });
        let people: Option<i64> = counted.map(|(_, value)| value.raw()).max();
        let bookings: Vec<_> = self.plan.bookings.iter().filter(|booking| booking.room == *room).collect();
        let runs = bookings.iter().any(|booking| (booking.from.minus(rule.lead)..booking.to).contains(&self.now));
        let by_plan = if bookings.is_empty() { people.is_none() } else { runs || !self.trusted };
        !rule.only_in_use || people.is_some_and(|people| people > 0) || by_plan
    }

    /// The rule of the house's own that some days have, as [`super::world::OWN_RULE`] writes it: judged by each reading of
    /// the room, and by what is known then.
    pub fn judge_own(&mut self, room: &Name) {
        let Some(own) = self.rules.custom.first().cloned() else { return };
        let highest = |metric: Metric| {
            let fresh = self.readings.iter().filter(|((of_room, sensor, of_metric), _)| {
                let device = Subject::Sensor(room.clone(), sensor.clone());
                of_room == room && *of_metric == metric && !self.is_silent(&device)
            });
            fresh.map(|(_, value)| *value).max()
        };
        let (warm, stuffy) = (highest(Metric::Temperature), highest(Metric::Co2));
        let (Some(warm), Some(stuffy)) = (warm, stuffy) else { return };
        let broken = warm > Milli::from_whole(25) && stuffy >= Milli::from_whole(700);
        let key = (RuleKind::Custom, Subject::Room(room.clone()), own.name.to_string());
        let since = self.broken.get(&key).map_or(self.now, |(since, _)| *since);
        self.set(key, broken.then_some(since), own.hold);
    }

    /// What another rule of the house's own said is over.
    pub fn own_rules(&mut self, old: &Settings) {
        if old.custom != self.rules.custom {
            let own: Vec<_> = self.broken.keys().filter(|key| key.0 == RuleKind::Custom).cloned().collect();
            for key in own {
                self.set(key, None, Span::ZERO);
            }
        }
    }

    /// A rule of the house's own goes on by itself, and is over when it is another one.
    pub fn hold_own(&mut self) {
        let own: Vec<_> = self.broken.keys().filter(|key| key.0 == RuleKind::Custom).cloned().collect();
        for key in own {
            let since = self.broken.get(&key).map(|(since, _)| *since);
            let rule = self.rules.custom.first().cloned();
            self.set(key, since.filter(|_| rule.is_some()), rule.map_or(Span::ZERO, |rule| rule.hold));
        }
    }

    fn judge_crowd(&mut self, room: &Name) {
        let (rule, crowded) = (RuleKind::RoomCrowded, self.rules.room_crowded.clone());
        let capacity = self.plan.rooms.iter().find(|of_plan| of_plan.id == *room).and_then(|room| room.capacity);
        let share = |percent: u32| capacity.map(|people| Milli::from_raw(i64::from(people * percent) * 10));
        let limit = share(crowded.above_percent).filter(|_| crowded.enabled);
        let band = share(crowded.band_percent).unwrap_or_default();
        let (hold, off_delay) = (crowded.hold, crowded.off_delay);
        self.judge_gauge(room, Metric::Occupancy, "high", Gauge { rule, limit, band, hold, off_delay });
    }

    /// With the sign turned, too low is too high.
    fn judge_gauge(&mut self, room: &Name, metric: Metric, side: &str, gauge: Gauge) {
        let sign = if side == "low" { -1 } else { 1 };
        let turned = |value: Milli| Milli::from_raw(value.raw() * sign);
        let limit = gauge.limit.map(turned);
        let mut newest: BTreeMap<&Name, Milli> = BTreeMap::new();
        for ((of_room, sensor, of_metric), value) in &self.readings {
            let device = Subject::Sensor(room.clone(), sensor.clone());
            if of_room == room && *of_metric == metric && !self.is_silent(&device) {
                newest.insert(sensor, turned(*value));
            }
        }
        let worst = newest.into_values().max();
        let key = (gauge.rule, Subject::Room(room.clone()), format!("{metric}{side}"));
        let before = self.judged_by.get(&key).copied().flatten();
        // What was well for long enough by now is over, whatever comes now.
        let over_by_now = self.whole.get(&key).is_some_and(|whole| self.now.since(*whole) >= gauge.off_delay);
        let since = self.broken.get(&key).map(|(since, _)| *since).filter(|_| !over_by_now);
        let was_whole = self.whole.remove(&key).filter(|_| !over_by_now);
        let broken = match (since, worst, limit) {
            (_, _, None) | (None, None, _) => None,
            (Some(since), None, _) => Some(since),
            (Some(since), Some(worst), Some(limit)) => {
                let same = before == Some(limit);
                let over = if same { worst <= limit.minus(gauge.band) } else { worst <= limit };
                let told = self.now.since(since) >= gauge.hold && !self.muted.contains(&key);
                let whole = was_whole.unwrap_or(self.now);
                let lingers = over && same && told && self.now.since(whole) < gauge.off_delay;
                if lingers {
                    self.whole.insert(key.clone(), whole);
                }
                (!over || lingers).then_some(since)
            }
            (None, Some(worst), Some(limit)) => (worst > limit).then_some(self.now),
        };
        if worst.is_some() || since.is_none() {
            self.judged_by.insert(key.clone(), limit);
        }
        self.set(key, broken, gauge.hold);
    }
}
