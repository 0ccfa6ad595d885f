//! A track with fewer points that still has its shape, in place and in time.
//!
//! From the ends inwards, the point that lies farthest from where the vehicle would have been just then, had it gone evenly
//! from the kept point before it to the one after it, is kept next (top-down, by the distance at the same time: Meratnia and
//! de By 2004). So a turn is kept, and so are the beginning and the end of every stand-still, which a simplification of the
//! line alone would drop: no library of Rust that we know goes by time, and the whole rule is shorter than its wrapping.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::super::report::ground::Point;
use crate::facts::Timestamp;

/// Where something was, and when.
pub(super) type Place = (Timestamp, Point);

/// A share of the points that is kept whatever they say, evenly spread: it bounds what has to be looked at for each of the
/// others.
const EVENLY: usize = 4;

/// Between two kept points, the one that is missed most.
struct Between {
    metres: f64,
    first: usize,
    worst: usize,
    last: usize,
}

impl Between {
    fn of(places: &[Place], first: usize, last: usize) -> Option<Self> {
        let ((from, start), (to, end)) = (places[first], places[last]);
        let whole = to.since(from).as_millis().max(1) as f64;
        let missed = |at: usize| {
            let (time, point) = places[at];
            start.towards(end, time.since(from).as_millis() as f64 / whole).metres_to(point)
        };
        let metres = (first + 1..last).map(|at| (missed(at), at));
        let (metres, worst) = metres.max_by(|one, other| one.0.total_cmp(&other.0))?;
        Some(Self { metres, first, worst, last })
    }
}

impl Ord for Between {
    fn cmp(&self, other: &Self) -> Ordering {
        self.metres.total_cmp(&other.metres).then(other.first.cmp(&self.first))
    }
}

impl PartialOrd for Between {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Between {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Between {}

/// Which of these places, in the order of time, are kept so that there are at most `most`.
pub(super) fn thin(places: &[Place], most: usize) -> Vec<usize> {
    if places.len() <= most {
        return (0..places.len()).collect();
    }
    let every = places.len().div_ceil((most / EVENLY).max(1));
    let mut kept: Vec<usize> = (0..places.len() - 1).step_by(every).chain([places.len() - 1]).collect();
    let mut missed: BinaryHeap<Between> =
        kept.windows(2).filter_map(|ends| Between::of(places, ends[0], ends[1])).collect();
    while kept.len() < most
        && let Some(Between { first, worst, last, .. }) = missed.pop()
    {
        kept.push(worst);
        missed.extend([(first, worst), (worst, last)].into_iter().filter_map(|(a, b)| Between::of(places, a, b)));
    }
    kept.sort_unstable();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{E7, Position};

    /// So many seconds into the day, so many metres to the north and to the east.
    fn place(seconds: i64, north: f64, east: f64) -> Place {
        let e7 = |metres: f64, raw: i64| E7::from_raw(raw + (metres * 1e7 / 111_195.08) as i64);
        let (lat, lon) = (e7(north, 0), e7(east, 1_214_717_500));
        let position = Position {
            lat,
            lon,
            speed_kmh: None,
            course: None,
            fix_at: None,
            ignition: None,
            hdop: None,
            satellites: None,
        };
        (Timestamp::from_millis(1_795_000_000_000 + seconds * 1_000), Point::of(&position))
    }

    /// North at 10 m/s for 1,000 s, there for 1,000 s, then east for 1,000 s: a position a second.
    fn drive() -> Vec<Place> {
        (0..3_000)
            .map(|second| match second {
                0..1_000 => place(second, second as f64 * 10.0, 0.0),
                1_000..2_000 => place(second, 10_000.0, 0.0),
                _ => place(second, 10_000.0, (second - 2_000) as f64 * 10.0),
            })
            .collect()
    }

    #[test]
    fn few_points_are_all_kept_and_many_are_at_most_so_many() {
        let places = drive();
        assert_eq!(thin(&places[..50], 50), (0..50).collect::<Vec<_>>());
        for most in [2, 3, 7, 100, 2_999] {
            let kept = thin(&places, most);
            assert!(kept.len() <= most.max(2) && kept.windows(2).all(|two| two[0] < two[1]), "{most}: {kept:?}");
            assert_eq!((kept.first(), kept.last()), (Some(&0), Some(&2_999)));
        }
        assert_eq!(thin(&[], 5), [0; 0]);
    }

    #[test]
    fn a_turn_and_both_ends_of_a_stand_still_are_kept() {
        let places = drive();
        let kept = thin(&places, 12);
        let near = |second: usize| kept.iter().any(|at| at.abs_diff(second) <= 2);
        assert!(near(1_000) && near(2_000), "{kept:?}");
        // Wherever it is asked, the thinned track tells the place to a few metres.
        for at in 0..places.len() {
            let after = kept.partition_point(|kept| *kept < at);
            let Some(between) = after.checked_sub(1).map(|before| (kept[before], kept[after])) else { continue };
            let ((from, a), (to, b)) = (places[between.0], places[between.1]);
            let share = (places[at].0.since(from).as_millis() as f64) / to.since(from).as_millis() as f64;
            let off = a.towards(b, share).metres_to(places[at].1);
            assert!(off < 25.0, "{off} m at {at}: {kept:?}");
        }
    }

    #[test]
    fn many_points_cost_little() {
        // A spiral: the farthest point is always near an end, which would make the work grow with its square.
        let places: Vec<Place> = (0..100_000)
            .map(|n| {
                let turn = f64::from(n) / 40.0;
                place(i64::from(n), turn.sin() * f64::from(n), turn.cos() * f64::from(n))
            })
            .collect();
        let begun = std::time::Instant::now();
        assert_eq!(thin(&places, 2_000).len(), 2_000);
        assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
    }
}
