//! The hours of the day in which a receiver wants to be told.
//!
//! Pure: the time is an argument. Hours that end before they begin go over midnight.

use jiff::civil::Time;
use jiff::tz::TimeZone;

use crate::facts::Timestamp;

/// From when to when, by the clock on the site's wall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// The first moment.
    pub from: Time,
    /// The first moment after.
    pub to: Time,
    /// Whose wall.
    pub zone: TimeZone,
}

impl Hours {
    /// When they begin, where `now` is outside of them.
    pub(super) fn closed_until(&self, now: Timestamp) -> Option<Timestamp> {
        let here = jiff::Timestamp::from_millisecond(now.as_millis()).ok()?.to_zoned(self.zone.clone());
        let time = here.time();
        let is_open =
            if self.from < self.to { self.from <= time && time < self.to } else { self.from <= time || time < self.to };
        if is_open {
            return None;
        }
        let day = if time < self.from { here.date() } else { here.date().tomorrow().ok()? };
        // An hour that the clocks leave out is taken for the one after it.
        let begins = day.to_datetime(self.from).to_zoned(self.zone.clone()).ok()?;
        Some(Timestamp::from_millis(begins.timestamp().as_millisecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed_until(hours: &str, zone: &str, now: &str) -> String {
        let (from, to) = hours.split_once('-').unwrap();
        let zone = TimeZone::get(zone).unwrap();
        let hours = Hours { from: from.parse().unwrap(), to: to.parse().unwrap(), zone };
        hours.closed_until(now.parse().unwrap()).map_or_else(|| "open".to_owned(), |at| at.to_string())
    }

    #[test]
    fn hours_are_those_on_the_sites_wall() {
        let day = |now| closed_until("08:00-20:00", "Asia/Shanghai", now);
        assert_eq!(day("2026-11-23T00:00:00Z"), "open", "it is eight");
        assert_eq!(day("2026-11-23T11:59:59Z"), "open");
        assert_eq!(day("2026-11-23T12:00:00Z"), "2026-11-24T00:00:00.000Z");
        assert_eq!(day("2026-11-22T23:59:59Z"), "2026-11-23T00:00:00.000Z");
        let night = |now| closed_until("20:00-08:00", "Asia/Shanghai", now);
        assert_eq!(night("2026-11-23T12:00:00Z"), "open");
        assert_eq!(night("2026-11-22T23:59:59Z"), "open");
        assert_eq!(night("2026-11-23T00:00:00Z"), "2026-11-23T12:00:00.000Z");
    }

    #[test]
    fn an_hour_that_the_clocks_leave_out_begins_with_the_next() {
        // Berlin, 2026-03-29: two o'clock is three.
        let told = closed_until("02:30-06:00", "Europe/Berlin", "2026-03-29T00:00:00Z");
        assert_eq!(told, "2026-03-29T01:30:00.000Z");
    }
}
