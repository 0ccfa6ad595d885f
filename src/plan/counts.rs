//! How much a plan holds, in numbers, as a line and as a table.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use serde::Serialize;
use utoipa::ToSchema;

use crate::facts::plan::{Plan, Tier};
use crate::facts::{Name, Timestamp};

/// How much a plan holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PlanCounts)]
pub struct Counts {
    /// The days of its visits, at the site.
    pub days: BTreeSet<String>,
    /// Different guests.
    pub guests: usize,
    /// Of these, VIPs.
    pub vips: usize,
    /// Visits.
    pub visits: usize,
    /// Of these, without a time.
    pub without_time: usize,
    /// Of these, called off.
    pub cancelled: usize,
    /// Vehicles.
    pub vehicles: usize,
    /// Trips.
    pub trips: usize,
    /// Zones.
    pub zones: usize,
    /// Rooms.
    pub rooms: usize,
    /// Bookings.
    pub bookings: usize,
    /// Posts.
    pub posts: usize,
    /// Kiosks.
    pub kiosks: usize,
}

impl Counts {
    /// Counts.
    pub fn of(plan: &Plan, zone: &TimeZone) -> Self {
        let day = |at: Timestamp| {
            let at = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
            at.to_zoned(zone.clone()).date().to_string()
        };
        let vips: BTreeSet<&Name> =
            plan.visits.iter().filter(|visit| visit.tier == Tier::Vip).map(|visit| &visit.code).collect();
        Self {
            days: plan.visits.iter().map(|visit| day(visit.day_from)).collect(),
            guests: plan.people.guests.len(),
            vips: vips.len(),
            visits: plan.visits.len(),
            without_time: plan.visits.iter().filter(|visit| visit.expected_at.is_none()).count(),
            cancelled: plan.visits.iter().filter(|visit| visit.cancelled).count(),
            vehicles: plan.vehicles.len(),
            trips: plan.trips.len(),
            zones: plan.zones.len(),
            rooms: plan.rooms.len(),
            bookings: plan.bookings.len(),
            posts: plan.posts.len(),
            kiosks: plan.kiosks.len(),
        }
    }

    fn rows(&self) -> [(&'static str, usize, String); 9] {
        let guests = if self.vips > 0 { format!("{} VIP", self.vips) } else { String::new() };
        let mut visits: Vec<String> = self.days.iter().cloned().collect();
        if self.without_time > 0 {
            visits.push(format!("{} without a time", self.without_time));
        }
        if self.cancelled > 0 {
            visits.push(format!("{} called off", self.cancelled));
        }
        let none = String::new;
        [
            ("guests", self.guests, guests),
            ("visits", self.visits, visits.join(", ")),
            ("vehicles", self.vehicles, none()),
            ("trips", self.trips, none()),
            ("zones", self.zones, none()),
            ("rooms", self.rooms, none()),
            ("bookings", self.bookings, none()),
            ("posts", self.posts, none()),
            ("kiosks", self.kiosks, none()),
        ]
    }

    /// In one line, without what is not there.
    pub fn line(&self) -> String {
        let parts: Vec<String> = self
            .rows()
            .into_iter()
            .filter(|(_, count, _)| *count > 0)
            .map(|(word, count, note)| {
                let word = if count == 1 { word.trim_end_matches('s') } else { word };
                if note.is_empty() { format!("{count} {word}") } else { format!("{count} {word} ({note})") }
            })
            .collect();
        if parts.is_empty() { "empty".to_owned() } else { parts.join(", ") }
    }

    /// A line each.
    pub fn table(&self) -> String {
        let mut text = String::new();
        for (word, count, note) in self.rows() {
            text.push_str(format!("  {word:<9}{count:>6}  {note}").trim_end());
            text.push('\n');
        }
        text
    }
}
