//! What one vehicle did all day, from positions that are noise when it stands and that may be missing.
//!
//! By the measures of the rules: it stands once it was slow for [`STANDS_AFTER`], since the first slow position; it drives
//! once two positions in a row are fast or far from where it stopped, since the first of them. Time between two positions
//! that lie further apart than a position counts is no data, and so is time in which neither can be told. Way is measured
//! while it drives only, so that a parked receiver's jitter is no kilometre.

use super::figures::minutes;
use super::ground::Point;
use super::terms::Idle;
use crate::facts::{Milli, Position, Span, Timestamp};

/// How long a vehicle must be slow before it stands.
const STANDS_AFTER: Span = Span::from_secs(30);
/// Over less time than this, displacement says more about the receiver's noise than about speed.
const SPEED_OVER: Span = Span::from_secs(10);
/// A position that could be reached only faster than this is wrong: 300 km/h in metres a millisecond.
const WRONG_ABOVE: f64 = 300.0 / 3_600.0;

/// One vehicle's day so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Track {
    /// Good positions.
    pub positions: u32,
    /// Time in each, milliseconds.
    pub driving_ms: i64,
    pub standing_ms: i64,
    /// Of the standing: outside its zones, on duty, each time at least as long as the rule allows.
    pub idle_ms: i64,
    pub no_data_ms: i64,
    /// The straight line over stretches without data, metres.
    pub unseen_m: f64,
    /// Metres driven in each minute of the day.
    pub minutes: Vec<f32>,
    /// Positions that cannot be: too far from the one before, or older than it.
    pub passed_over: u32,
    last: Option<(Timestamp, Point)>,
    motion: Motion,
    since: Option<Timestamp>,
    slow: Option<Slow>,
    leaving: Option<Leaving>,
    measured: Option<(Timestamp, Point)>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum Motion {
    /// Too few positions to tell.
    #[default]
    Unknown,
    Driving,
    Standing {
        anchor: Point,
        /// It was seen where it may stand.
        excused: bool,
    },
}

/// A candidate for standing, and the way since, which counts if it is none.
#[derive(Debug, Clone, Copy)]
struct Slow {
    since: Timestamp,
    anchor: Point,
    metres: f64,
}

/// A candidate for driving, and the way to it.
#[derive(Debug, Clone, Copy)]
struct Leaving {
    since: Timestamp,
    metres: f64,
}

/// What is known beside a position.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure<'a> {
    pub rule: &'a Idle,
    /// How long a position counts.
    pub counts_for: Span,
    /// Whether the vehicle may stand there as long as it likes, or is off duty.
    pub may_stand: bool,
    /// The day's first moment.
    pub from: Timestamp,
}

impl Track {
    /// The vehicle was somewhere. Positions come in order.
    pub fn push(&mut self, at: Timestamp, position: &Position, measure: &Measure<'_>) {
        if is_blurred(position, measure.rule) {
            return;
        }
        let point = Point::of(position);
        let step = match self.last {
            None => 0.0,
            Some((before, place)) => {
                let (took_ms, metres) = (at.since(before).as_millis(), place.metres_to(point));
                if took_ms < 0 || metres > took_ms as f64 * WRONG_ABOVE + f64::from(measure.rule.radius_m) {
                    self.passed_over += 1;
                    return;
                }
                if took_ms > measure.counts_for.as_millis() {
                    self.gap(before, at, metres, measure);
                    0.0
                } else {
                    metres
                }
            }
        };
        self.positions += 1;
        self.since.get_or_insert(at);
        match self.speed(position, at, point) {
            Some(speed) => self.step(at, point, speed, step, measure),
            None if self.motion == Motion::Driving => self.drive(at, step, measure),
            None => {}
        }
        if let Motion::Standing { excused, .. } = &mut self.motion {
            *excused = *excused || measure.may_stand;
        }
        self.last = Some((at, point));
    }

    /// The day is over, or told up to now: what the vehicle did last ends with its last position.
    pub fn finish(&mut self, measure: &Measure<'_>) {
        if let Some((at, _)) = self.last {
            self.end(at, measure);
        }
    }

    /// Minutes without data between its first and last position.
    pub fn no_data_min(&self) -> f64 {
        minutes(self.no_data_ms)
    }

    /// Nothing was heard from `before` to `at`.
    fn gap(&mut self, before: Timestamp, at: Timestamp, metres: f64, measure: &Measure<'_>) {
        self.end(before, measure);
        self.no_data_ms += at.since(before).as_millis();
        if metres > f64::from(measure.rule.radius_m) {
            self.unseen_m += metres;
        }
        (self.motion, self.since) = (Motion::Unknown, Some(at));
        (self.slow, self.leaving, self.measured) = (None, None, None);
    }

    /// What it did until now ends at `at`.
    fn end(&mut self, at: Timestamp, measure: &Measure<'_>) {
        let Some(since) = self.since else { return };
        let took = at.since(since);
        match self.motion {
            Motion::Unknown => self.no_data_ms += took.as_millis(),
            Motion::Driving => self.driving_ms += took.as_millis(),
            Motion::Standing { excused, .. } => {
                self.standing_ms += took.as_millis();
                if !excused && took >= measure.rule.after {
                    self.idle_ms += took.as_millis();
                }
            }
        }
        self.since = Some(at);
    }

    fn turn(&mut self, motion: Motion, since: Timestamp, measure: &Measure<'_>) {
        self.end(since, measure);
        (self.motion, self.slow, self.leaving) = (motion, None, None);
    }

    /// The speed that the device says or, failing that, displacement over time. None when it is too early to tell.
    fn speed(&mut self, position: &Position, at: Timestamp, point: Point) -> Option<f64> {
        if let Some(speed) = position.speed_kmh {
            self.measured = Some((at, point));
            return Some(kmh(speed));
        }
        let Some((from, start)) = self.measured else {
            self.measured = Some((at, point));
            return None;
        };
        let took = at.since(from);
        if took < SPEED_OVER {
            return None;
        }
        self.measured = Some((at, point));
        Some(start.metres_to(point) / took.as_millis() as f64 * 3_600.0)
    }

    fn step(&mut self, at: Timestamp, point: Point, speed: f64, metres: f64, measure: &Measure<'_>) {
        let rule = measure.rule;
        let radius = f64::from(rule.radius_m);
        let is_far = matches!(self.motion, Motion::Standing { anchor, .. } if anchor.metres_to(point) > radius);
        if is_far || speed >= kmh(rule.moving_above_kmh) {
            match (self.motion, self.leaving) {
                (Motion::Driving, _) => {
                    self.not_standing(at, measure);
                    self.drive(at, metres, measure);
                }
                (Motion::Standing { .. } | Motion::Unknown, None) => {
                    self.slow = None;
                    self.leaving = Some(Leaving { since: at, metres });
                }
                (Motion::Standing { .. } | Motion::Unknown, Some(leaving)) => {
                    self.turn(Motion::Driving, leaving.since, measure);
                    self.drive(leaving.since, leaving.metres, measure);
                    self.drive(at, metres, measure);
                }
            }
            return;
        }
        self.leaving = None;
        if matches!(self.motion, Motion::Standing { .. }) {
            return;
        }
        if speed > kmh(rule.stationary_below_kmh) {
            self.not_standing(at, measure);
            self.drive(at, metres, measure);
            return;
        }
        match &mut self.slow {
            Some(slow) if slow.anchor.metres_to(point) <= radius => {
                slow.metres += metres;
                if at.since(slow.since) >= STANDS_AFTER {
                    let (since, anchor) = (slow.since, slow.anchor);
                    self.turn(Motion::Standing { anchor, excused: false }, since, measure);
                }
            }
            Some(_) | None => {
                self.not_standing(at, measure);
                // The way up to where it became slow was driven.
                self.drive(at, metres, measure);
                self.slow = Some(Slow { since: at, anchor: point, metres: 0.0 });
            }
        }
    }

    /// The candidate for standing was none: it was driven on.
    fn not_standing(&mut self, at: Timestamp, measure: &Measure<'_>) {
        if let Some(slow) = self.slow.take() {
            self.drive(at, slow.metres, measure);
        }
    }

    /// So many metres of way, where it drives.
    fn drive(&mut self, at: Timestamp, metres: f64, measure: &Measure<'_>) {
        if self.motion != Motion::Driving {
            return;
        }
        if let Some(slow) = &mut self.slow {
            slow.metres += metres;
            return;
        }
        let minute = usize::try_from(at.since(measure.from).as_millis() / 60_000).unwrap_or_default();
        if self.minutes.len() <= minute {
            self.minutes.resize(minute + 1, 0.0);
        }
        self.minutes[minute] += metres as f32;
    }
}

/// Whether a position says nothing about movement.
fn is_blurred(position: &Position, rule: &Idle) -> bool {
    position.hdop.is_some_and(|hdop| hdop > rule.max_hdop)
        || position.satellites.is_some_and(|satellites| satellites < rule.min_satellites)
}

fn kmh(speed: Milli) -> f64 {
    speed.raw() as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::super::terms::tests::usual;
    use super::*;

    fn at(seconds: f64) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000 + (seconds * 1_000.0) as i64)
    }

    /// A place so many metres to the north of where the day began.
    fn place(metres: f64, speed: Option<f64>) -> Position {
        let lat = crate::facts::E7::from_raw(312_430_300 + (metres * 1e7 / 111_195.08) as i64);
        let lon = "121.47175".parse().unwrap();
        let speed_kmh = speed.map(|speed| Milli::from_raw((speed * 1_000.0) as i64));
        Position { lat, lon, speed_kmh, course: None, fix_at: None, ignition: None, hdop: None, satellites: None }
    }

    struct Run {
        track: Track,
        terms: super::super::terms::Terms,
        may_stand: bool,
    }

    impl Run {
        fn new() -> Self {
            Self { track: Track::default(), terms: usual(), may_stand: false }
        }

        fn push(&mut self, seconds: f64, position: &Position) {
            let measure = measure(&self.terms, self.may_stand);
            self.track.push(at(seconds), position, &measure);
        }

        /// Stands from second to second at so many metres, with the receiver's noise of up to 12 m and 1.9 km/h.
        fn stand(&mut self, from: f64, to: f64, metres: f64) {
            let mut second = from;
            while second <= to {
                let noise = (second * 0.7).sin();
                self.push(second, &place(metres + noise * 12.0, Some(noise.abs() * 1.9)));
                second += 10.0;
            }
        }

        /// Drives 10 m a second, 36 km/h.
        fn drive(&mut self, from: f64, to: f64, start: f64) {
            let mut second = from;
            while second <= to {
                self.push(second, &place(start + (second - from) * 10.0, Some(36.0)));
                second += 5.0;
            }
        }

        fn told(mut self) -> (f64, f64, f64, f64, f64) {
            self.track.finish(&measure(&self.terms, self.may_stand));
            let Track { driving_ms, standing_ms, idle_ms, no_data_ms, minutes: metres, .. } = self.track;
            let km = (f64::from(metres.iter().sum::<f32>()) / 100.0).round() / 10.0;
            (minutes(driving_ms), minutes(standing_ms), minutes(idle_ms), minutes(no_data_ms), km)
        }
    }

    fn measure(terms: &super::super::terms::Terms, may_stand: bool) -> Measure<'_> {
        let (rule, counts_for) = (&terms.idle_vehicle, terms.vehicle_counts_for());
        Measure { rule, counts_for, may_stand, from: at(0.0) }
    }

    #[test]
    fn a_parked_receivers_jitter_is_no_way() {
        let mut run = Run::new();
        run.stand(0.0, 3_600.0, 0.0);
        assert_eq!(run.told(), (0.0, 60.0, 60.0, 0.0, 0.0));
        // Where it may stand, or off duty, it is not idle.
        let mut run = Run { may_stand: true, ..Run::new() };
        run.stand(0.0, 3_600.0, 0.0);
        assert_eq!(run.told(), (0.0, 60.0, 0.0, 0.0, 0.0));
    }

    #[test]
    fn driving_and_standing_are_told_apart_to_the_position() {
        let mut run = Run::new();
        run.stand(0.0, 295.0, 0.0);
        run.drive(300.0, 900.0, 0.0);
        run.stand(905.0, 1_205.0, 6_000.0);
        let (driving, standing, idle, no_data, km) = run.told();
        // Stood 5 min, drove 10 min and 6 km, stood 5 min: too short to be idle.
        assert_eq!((driving, standing, idle, no_data, km), (10.1, 10.0, 0.0, 0.0, 6.0));
    }

    #[test]
    fn a_stop_at_a_red_light_is_part_of_the_drive() {
        let mut run = Run::new();
        run.drive(0.0, 300.0, 0.0);
        run.push(310.0, &place(3_000.0, Some(0.0)));
        run.push(325.0, &place(3_000.0, Some(0.0)));
        run.drive(330.0, 630.0, 3_000.0);
        assert_eq!(run.told(), (10.5, 0.0, 0.0, 0.0, 6.0));
    }

    #[test]
    fn what_is_not_seen_is_neither_driving_nor_standing() {
        let mut run = Run::new();
        run.drive(0.0, 300.0, 0.0);
        // A garage: nothing for 20 min, then seen 2 km on.
        run.drive(1_500.0, 1_800.0, 5_000.0);
        let track = run.track.clone();
        assert_eq!(run.told(), (10.0, 0.0, 0.0, 20.0, 6.0));
        assert!((track.unseen_m - 2_000.0).abs() < 5.0, "{}", track.unseen_m);
        // A stand is not counted across a gap: two times 6 min are not idle.
        let mut run = Run::new();
        run.stand(0.0, 360.0, 0.0);
        run.stand(1_000.0, 1_360.0, 0.0);
        assert_eq!(run.told(), (0.0, 12.0, 0.0, 10.7, 0.0));
    }

    #[test]
    fn what_cannot_be_is_passed_over() {
        let mut run = Run::new();
        run.drive(0.0, 300.0, 0.0);
        run.push(302.0, &place(60_000.0, Some(36.0)));
        run.push(200.0, &place(2_000.0, Some(36.0)));
        let blurred = Position { hdop: Some(Milli::from_whole(9)), ..place(50.0, Some(90.0)) };
        run.push(303.0, &blurred);
        run.drive(305.0, 600.0, 3_050.0);
        assert_eq!(run.track.passed_over, 2);
        assert_eq!(run.told(), (10.0, 0.0, 0.0, 0.0, 6.0));
        assert_eq!(Run::new().told(), (0.0, 0.0, 0.0, 0.0, 0.0));
    }

    #[test]
    fn without_a_speed_the_way_tells_it() {
        let mut run = Run::new();
        for step in 0..=60 {
            run.push(f64::from(step) * 10.0, &place(f64::from(step) * 100.0, None));
        }
        for step in 61..=120 {
            run.push(f64::from(step) * 10.0, &place(6_000.0, None));
        }
        let (driving, standing, _, no_data, km) = run.told();
        assert!((9.8..=10.4).contains(&driving) && (9.6..=10.0).contains(&standing), "{driving} {standing}");
        assert!(no_data <= 0.3 && (5.7..=6.0).contains(&km), "{no_data} {km}");
    }
}
