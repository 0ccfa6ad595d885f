//! Which fixes are worth keeping: a vehicle that drives straight on says nothing new every second.
//!
//! Pure. Every stop, start and turn stays; in between, a fix every so many metres or seconds.

use super::Fix;
use crate::devices::nmea::Place;
use crate::facts::{E7, Milli, Span, Timestamp};

/// When a fix is kept. Every number is a setting of the port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thinning {
    /// Metres from the last kept fix at which the next is kept.
    pub moved_m: u32,
    /// Degrees from its course, while moving.
    pub turned_deg: u32,
    /// Up to this speed a vehicle that moved has come to a stand, km/h.
    pub stationary_below_kmh: Milli,
    /// From this speed on one that stood moves, km/h.
    pub moving_above_kmh: Milli,
    /// A fix is kept at least this often.
    pub at_least_every: Span,
}

impl Default for Thinning {
    /// Against the noise of standing receivers (1 knot at the 99th percentile) and for tracks that follow the road.
    fn default() -> Self {
        Self {
            moved_m: 100,
            turned_deg: 15,
            stationary_below_kmh: Milli::from_whole(2),
            moving_above_kmh: Milli::from_raw(5_500),
            at_least_every: Span::from_secs(30),
        }
    }
}

/// What was kept last of one vehicle.
#[derive(Debug, Clone, Default)]
pub struct Thinned {
    last: Option<Kept>,
    moving: Option<bool>,
}

#[derive(Debug, Clone)]
struct Kept {
    at: Timestamp,
    place: Place,
    course: Option<Milli>,
}

impl Thinned {
    /// Whether the fix, heard at `now`, is to be kept.
    pub fn keeps(&mut self, rule: &Thinning, fix: &Fix, now: Timestamp) -> bool {
        let moving = self.moving_after(rule, fix.speed_kmh);
        let changed = moving != self.moving;
        self.moving = moving;
        let keep = changed
            || self.last.as_ref().is_none_or(|last| {
                now.since(last.at) >= rule.at_least_every
                    || now < last.at
                    || metres(last.place, fix.place) >= f64::from(rule.moved_m)
                    || (moving == Some(true)
                        && turned(last.course, fix.course) >= Milli::from_whole(i64::from(rule.turned_deg)))
            });
        if keep {
            self.last = Some(Kept { at: now, place: fix.place, course: fix.course });
        }
        keep
    }

    /// Between the two speeds it stays what it was.
    fn moving_after(&self, rule: &Thinning, speed: Option<Milli>) -> Option<bool> {
        match speed {
            Some(speed) if speed <= rule.stationary_below_kmh => Some(false),
            Some(speed) if speed >= rule.moving_above_kmh => Some(true),
            Some(_) | None => self.moving,
        }
    }
}

/// The angle between two courses, 0 to 180 degrees; 0 where one is not told.
fn turned(from: Option<Milli>, to: Option<Milli>) -> Milli {
    let (Some(from), Some(to)) = (from, to) else { return Milli::default() };
    let apart = to.minus(from).raw().rem_euclid(360_000);
    Milli::from_raw(apart.min(360_000 - apart))
}

/// Metres between two places that are near each other. Floating point is harmless here: what it decides is journaled
/// as the fix itself, never derived again.
fn metres(a: Place, b: Place) -> f64 {
    const METRES_PER_DEGREE: f64 = 111_195.0;
    let degrees = |raw: E7| raw.raw() as f64 / 1e7;
    let mut east = degrees(b.lon) - degrees(a.lon);
    if east.abs() > 180.0 {
        east -= 360.0 * east.signum();
    }
    let middle = f64::midpoint(degrees(a.lat), degrees(b.lat)).to_radians();
    (degrees(b.lat) - degrees(a.lat)).hypot(east * middle.cos()) * METRES_PER_DEGREE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fix(lat: i64, lon: i64, kmh: Option<i64>, course: Option<i64>) -> Fix {
        Fix {
            vehicle: "car-1".parse().unwrap(),
            place: Place { lat: E7::from_raw(lat), lon: E7::from_raw(lon) },
            speed_kmh: kmh.map(Milli::from_raw),
            course: course.map(Milli::from_whole),
            fix_at: None,
            plausible: false,
            told_at: None,
            hdop: None,
            satellites: None,
        }
    }

    #[test]
    fn a_fix_is_kept_for_a_reason() {
        let rule = Thinning { moved_m: 50, ..Thinning::default() };
        let mut thinned = Thinned::default();
        // Seconds, metres east on the equator (9 ten-millionths are 1.0007 m), km/h in thousandths, course, kept.
        for (s, east, kmh, course, kept) in [
            (0, 0, Some(0), None, true),
            (1, 0, Some(1_900), None, false),
            (2, 1, Some(5_400), None, false),
            (3, 3, Some(5_500), Some(90), true),
            (4, 52, Some(30_000), Some(90), false),
            (5, 54, Some(30_000), Some(90), true),
            (6, 60, Some(30_000), Some(104), false),
            (7, 66, Some(30_000), Some(105), true),
            (8, 70, Some(2_100), Some(300), true),
            (9, 71, Some(2_000), Some(300), true),
            (10, 71, Some(0), Some(10), false),
            (38, 71, Some(0), Some(10), false),
            (39, 71, Some(0), Some(10), true),
            (40, 171, None, None, true),
            (41, 172, None, None, false),
            (20, 172, None, None, true),
        ] {
            let now = Timestamp::from_millis(s * 1000);
            assert_eq!(thinned.keeps(&rule, &fix(0, east * 90, kmh, course), now), kept, "second {s}");
        }
    }

    #[test]
    fn courses_and_places_meet_at_their_ends() {
        let m = |degrees| Some(Milli::from_whole(degrees));
        assert_eq!(turned(m(359), m(2)), Milli::from_whole(3));
        assert_eq!(turned(m(2), m(359)), Milli::from_whole(3));
        assert_eq!(turned(m(0), m(180)), Milli::from_whole(180));
        assert_eq!(turned(None, m(180)), Milli::default());
        let place = |lat, lon| Place { lat: E7::from_raw(lat), lon: E7::from_raw(lon) };
        let over_the_date_line = metres(place(0, 1_799_999_000), place(0, -1_799_999_000));
        assert!((over_the_date_line - 22.239).abs() < 0.01, "{over_the_date_line}");
    }
}
