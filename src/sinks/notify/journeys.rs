//! What is said of a vehicle that is on its way: where it is, how far that is, and when it may be there.
//!
//! Both languages say the same facts, and the same as the dashboard. Pure.

use super::words::{Words, moment, text};
use crate::facts::{Alert, Value};

impl Words<'_> {
    /// In which vehicle a guest comes, with whatever is known of it; none where the plan names no vehicle.
    pub(super) fn ride(&self, alert: &Alert) -> Option<String> {
        let vehicle = self.vehicle(&text(alert, "vehicle")?.parse().ok()?);
        let comes = self.of(&format!("Comes in {vehicle}"), &format!("乘坐{vehicle}"));
        Some(match self.whereabouts(alert) {
            Some(known) => self.of(&format!("{comes}: {known}"), &format!("{}：{known}", comes.trim_end())),
            None => comes,
        })
    }

    /// Where and when a vehicle fetches its guests.
    pub(super) fn pickup(&self, alert: &Alert) -> Option<String> {
        let (trip, at) = (text(alert, "trip")?, self.clock(moment(alert, "pickup_at")?));
        let place = text(alert, "place").unwrap_or_default();
        Some(self.of(&format!("Trip {trip}: pick-up at {at}, {place}"), &format!("行程 {trip}：{at} 在 {place} 接站")))
    }

    /// Where the vehicle is, or since when nobody knows; none where the alert says nothing of it.
    pub(super) fn whereabouts(&self, alert: &Alert) -> Option<String> {
        let seen = moment(alert, "vehicle_seen_at").map(|at| self.clock(at));
        let (word, seen) = match (text(alert, "vehicle_position")?, seen) {
            (word, Some(seen)) if word != "none" => (word, seen),
            (_, _) => return Some(self.of("no position", "无位置数据")),
        };
        let far = whole(alert, "vehicle_distance_m");
        if word == "stale" {
            let known = self.of(&format!("no position since {seen}"), &format!("{seen} 起无位置数据"));
            return Some(match far.filter(|metres| *metres > 0).map(|metres| self.distance(metres)) {
                Some(far) => self.of(&format!("{known}, then {far} away"), &format!("{known}，当时距目的地 {far}")),
                None => known,
            });
        }
        let eta = moment(alert, "vehicle_eta").map(|at| self.clock(at));
        Some(match (far, eta, text(alert, "vehicle_zone")) {
            (Some(0), ..) => self.of(&format!("there at {seen}"), &format!("{seen} 已在目的地")),
            (Some(metres), Some(eta), _) => {
                let far = self.distance(metres);
                self.of(&format!("{far} away at {seen}, about {eta}"), &format!("{seen} 距目的地 {far}，约 {eta} 到达"))
            }
            (_, _, Some(zone)) => self.of(&format!("in {zone} at {seen}"), &format!("{seen} 位于 {zone}")),
            (_, _, None) => self.of(&format!("last seen at {seen}"), &format!("最近位置时间 {seen}")),
        })
    }

    /// How far a vehicle has driven today, and what share of it without a trip.
    pub(super) fn driven(&self, alert: &Alert) -> Option<String> {
        let (driven, share) = (self.metres(alert, "driven_m")?, whole(alert, "empty_percent")?);
        Some(self.of(
            &format!("Driven today: {driven}, {share} % of it without a trip"),
            &format!("今日行驶 {driven}，空驶率 {share}%"),
        ))
    }

    /// A way that an alert tells of.
    pub(super) fn metres(&self, alert: &Alert, key: &str) -> Option<String> {
        whole(alert, key).map(|metres| self.distance(metres))
    }

    /// `800 m`, `3.2 km`, `12 km`.
    fn distance(&self, metres: i64) -> String {
        match metres {
            ..1_000 => self.of(&format!("{metres} m"), &format!("{metres} 米")),
            1_000..10_000 => {
                let (km, hundreds) = (metres / 1_000, metres % 1_000 / 100);
                self.of(&format!("{km}.{hundreds} km"), &format!("{km}.{hundreds} 公里"))
            }
            _ => self.of(&format!("{} km", metres / 1_000), &format!("{} 公里", metres / 1_000)),
        }
    }
}

fn whole(alert: &Alert, key: &str) -> Option<i64> {
    match alert.values.get(key)? {
        Value::Number(number) => Some(number.whole()),
        Value::Text(_) => None,
    }
}
