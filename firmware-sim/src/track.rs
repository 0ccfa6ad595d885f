//! Where a simulated car is at any moment, as a pure function of the time: pieces of road driven with a real car's
//! acceleration, and pieces of standing. Knows nothing of receivers and sentences.

use jiff::{SignedDuration, Timestamp};

/// Metres of one degree of latitude (a sphere of 6,371 km); good to half a percent, which no passenger notices.
const METRES_PER_DEGREE: f64 = 111_195.0;

/// How hard the drivers accelerate and brake, m/s².
const ACCELERATION: f64 = 1.2;

/// A point on the map, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// North.
    pub lat: f64,
    /// East.
    pub lon: f64,
}

impl Point {
    /// A point from degrees north and east.
    pub const fn new(lat: f64, lon: f64) -> Self {
        Self { lat, lon }
    }

    /// The point that lies so many metres to the north and to the east.
    #[must_use]
    pub fn moved(self, north_m: f64, east_m: f64) -> Self {
        let per_lon = METRES_PER_DEGREE * self.lat.to_radians().cos();
        Self { lat: self.lat + north_m / METRES_PER_DEGREE, lon: self.lon + east_m / per_lon }
    }

    /// Metres north and east from here to there.
    fn towards(self, there: Self) -> (f64, f64) {
        let per_lon = METRES_PER_DEGREE * f64::midpoint(self.lat, there.lat).to_radians().cos();
        ((there.lat - self.lat) * METRES_PER_DEGREE, (there.lon - self.lon) * per_lon)
    }

    /// Metres from here to there.
    pub fn distance_m(self, there: Self) -> f64 {
        let (north, east) = self.towards(there);
        north.hypot(east)
    }

    /// The course from here to there, degrees from north.
    fn course_to(self, there: Self) -> f64 {
        let (north, east) = self.towards(there);
        east.atan2(north).to_degrees().rem_euclid(360.0)
    }
}

/// A road: at least one point, with the distance of each from the first.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    points: Vec<(f64, Point)>,
}

impl Path {
    /// A road along the given points.
    pub fn along(points: &[Point]) -> Self {
        let mut gone = 0.0;
        let mut laid: Vec<(f64, Point)> = Vec::with_capacity(points.len());
        for &point in points {
            gone += laid.last().map_or(0.0, |&(_, before)| before.distance_m(point));
            laid.push((gone, point));
        }
        Self { points: laid }
    }

    /// Its length in metres.
    pub fn length_m(&self) -> f64 {
        self.points.last().map_or(0.0, |&(gone, _)| gone)
    }

    /// The point at a distance from the start, and the course there.
    fn at(&self, metres: f64) -> (Point, f64) {
        let nowhere = (Point::new(0.0, 0.0), 0.0);
        let after = self.points.partition_point(|&(gone, _)| gone < metres).max(1);
        match (self.points.get(after - 1), self.points.get(after)) {
            (Some(&(start, from)), Some(&(end, to))) => {
                let share = ((metres - start) / (end - start).max(f64::EPSILON)).clamp(0.0, 1.0);
                let place = Point::new(from.lat + (to.lat - from.lat) * share, from.lon + (to.lon - from.lon) * share);
                (place, from.course_to(to))
            }
            (Some(&(_, last)), None) => {
                let course = self.points.len().checked_sub(2).and_then(|index| self.points.get(index));
                (last, course.map_or(0.0, |&(_, before)| before.course_to(last)))
            }
            (None, _) => nowhere,
        }
    }
}

/// A stop on the way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Halt {
    /// Where, in metres from the start of the road.
    pub at_m: f64,
    /// For how long.
    pub hold_s: f64,
    /// How fast at most the stretch before it is driven, km/h: in a jam nobody races to the next bumper.
    pub approach_kmh: f64,
}

/// Where a car is and how it moves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Whereabouts {
    /// The place.
    pub place: Point,
    /// km/h
    pub speed_kmh: f64,
    /// Degrees from north; a standing car keeps the last one.
    pub course: f64,
}

/// One piece of the day: standing (`length_m` is 0) or driving a stretch without a stop.
#[derive(Debug, Clone, PartialEq)]
struct Piece {
    from: Timestamp,
    seconds: f64,
    /// Which road, and where on it the piece begins.
    road: usize,
    start_m: f64,
    length_m: f64,
}

/// A car's whole day.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    roads: Vec<Path>,
    pieces: Vec<Piece>,
    begin: Timestamp,
    until: Timestamp,
}

impl Track {
    /// A car that stands at `place` from `from` on, to be driven about with the methods below.
    pub fn starting(place: Point, from: Timestamp) -> Self {
        Self { roads: vec![Path::along(&[place])], pieces: Vec::new(), begin: from, until: from }
    }

    /// The moment from which its day is written.
    pub fn begin(&self) -> Timestamp {
        self.begin
    }

    /// The moment up to which its day is written.
    pub fn end(&self) -> Timestamp {
        self.until
    }

    /// Stands where it is until a moment; one that has passed changes nothing.
    pub fn stand_until(&mut self, moment: Timestamp) {
        self.stand(moment.duration_since(self.until).as_secs_f64());
    }

    /// Stands where it is for so many seconds.
    pub fn stand(&mut self, seconds: f64) {
        let road = self.roads.len() - 1;
        let start_m = self.roads.last().map_or(0.0, Path::length_m);
        self.push(Piece { from: self.until, seconds, road, start_m, length_m: 0.0 });
    }

    /// Drives a road at a cruising speed, with stops on the way (in order of distance).
    pub fn drive(&mut self, road: Path, cruise_kmh: f64, halts: &[Halt]) {
        let length = road.length_m();
        self.roads.push(road);
        let road = self.roads.len() - 1;
        let mut gone = 0.0;
        let end = Halt { at_m: length, hold_s: 0.0, approach_kmh: cruise_kmh };
        for halt in halts.iter().chain([&end]) {
            let stretch = halt.at_m.min(length) - gone;
            let seconds = Ride::new(stretch, halt.approach_kmh.min(cruise_kmh)).seconds();
            self.push(Piece { from: self.until, seconds, road, start_m: gone, length_m: stretch });
            gone += stretch.max(0.0);
            self.push(Piece { from: self.until, seconds: halt.hold_s, road, start_m: gone, length_m: 0.0 });
        }
    }

    fn push(&mut self, piece: Piece) {
        if piece.seconds > 0.0 {
            self.until += SignedDuration::from_millis((piece.seconds * 1000.0).round() as i64);
            self.pieces.push(piece);
        }
    }

    /// Where the car is. Before its day it stands at the start, after it where it ended.
    pub fn at(&self, moment: Timestamp) -> Whereabouts {
        let index = self.pieces.partition_point(|piece| piece.from <= moment).saturating_sub(1);
        let Some(piece) = self.pieces.get(index) else {
            let (place, course) = self.roads.first().map_or((Point::new(0.0, 0.0), 0.0), |road| road.at(0.0));
            return Whereabouts { place, speed_kmh: 0.0, course };
        };
        let elapsed = moment.duration_since(piece.from).as_secs_f64().clamp(0.0, piece.seconds);
        let ride = Ride::over(piece.length_m, piece.seconds);
        let (place, course) = self
            .roads
            .get(piece.road)
            .map_or((Point::new(0.0, 0.0), 0.0), |road| road.at(piece.start_m + ride.gone_m(elapsed)));
        Whereabouts { place, speed_kmh: ride.speed_ms(elapsed) * 3.6, course }
    }

    /// How long a road takes with given stops, without driving it.
    pub fn seconds_for(length_m: f64, cruise_kmh: f64, halts: &[Halt]) -> f64 {
        let mut track = Self::starting(Point::new(0.0, 0.0), Timestamp::UNIX_EPOCH);
        let road = Path { points: vec![(0.0, Point::new(0.0, 0.0)), (length_m, Point::new(0.0, 0.0))] };
        track.drive(road, cruise_kmh, halts);
        track.end().duration_since(Timestamp::UNIX_EPOCH).as_secs_f64()
    }
}

/// One stretch from standing to standing: speed up, cruise, brake.
#[derive(Debug, Clone, Copy)]
struct Ride {
    length_m: f64,
    top_ms: f64,
}

impl Ride {
    /// A stretch with a cruising speed; a short one never reaches it.
    fn new(length_m: f64, cruise_kmh: f64) -> Self {
        let length_m = length_m.max(0.0);
        Self { length_m, top_ms: (cruise_kmh / 3.6).min((ACCELERATION * length_m).sqrt()) }
    }

    /// The ride that covers a length in a time that [`Ride::seconds`] gave.
    fn over(length_m: f64, seconds: f64) -> Self {
        // seconds = length / top + top / acceleration, solved for the smaller top speed.
        let half = ACCELERATION * seconds / 2.0;
        let top_ms = half - (half * half - ACCELERATION * length_m).max(0.0).sqrt();
        Self { length_m, top_ms }
    }

    fn seconds(self) -> f64 {
        if self.top_ms > 0.0 { self.length_m / self.top_ms + self.top_ms / ACCELERATION } else { 0.0 }
    }

    fn speed_ms(self, elapsed: f64) -> f64 {
        (ACCELERATION * elapsed).min(ACCELERATION * (self.seconds() - elapsed)).clamp(0.0, self.top_ms)
    }

    fn gone_m(self, elapsed: f64) -> f64 {
        let ramp_s = self.top_ms / ACCELERATION;
        let ramp_m = self.top_ms * ramp_s / 2.0;
        let left = self.seconds() - elapsed;
        if elapsed < ramp_s {
            ACCELERATION * elapsed * elapsed / 2.0
        } else if left < ramp_s {
            self.length_m - ACCELERATION * left.max(0.0) * left.max(0.0) / 2.0
        } else {
            ramp_m + self.top_ms * (elapsed - ramp_s)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUND: Point = Point::new(31.2405, 121.4906);
    const VENUE: Point = Point::new(31.2430, 121.4717);

    fn morning() -> Timestamp {
        "2026-11-23T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn distance_and_course_are_those_of_the_map() {
        let metres = BUND.distance_m(VENUE);
        assert!((1815.0..1830.0).contains(&metres), "{metres}");
        assert!((BUND.course_to(VENUE) - 278.8).abs() < 0.5, "{}", BUND.course_to(VENUE));
        assert!((VENUE.moved(30.0, -40.0).distance_m(VENUE) - 50.0).abs() < 0.01);
    }

    #[test]
    fn a_car_never_jumps_and_never_outruns_its_engine() {
        let mut track = Track::starting(BUND, morning());
        track.stand(60.0);
        let halts = [
            Halt { at_m: 300.0, hold_s: 40.0, approach_kmh: 45.0 },
            Halt { at_m: 380.0, hold_s: 90.0, approach_kmh: 12.0 },
        ];
        track.drive(Path::along(&[BUND, Point::new(31.2440, 121.4780), VENUE]), 45.0, &halts);
        track.stand(30.0);
        let (mut before, mut topped) = (track.at(morning()), 0.0_f64);
        let mut at = morning();
        while at < track.end() {
            at += SignedDuration::from_secs(1);
            let now = track.at(at);
            let step = before.place.distance_m(now.place);
            assert!(step <= 45.0 / 3.6 + 0.5, "{step} m in a second at {at}");
            assert!((now.speed_kmh - before.speed_kmh).abs() <= ACCELERATION * 3.6 + 0.1, "{before:?} {now:?}");
            topped = topped.max(now.speed_kmh);
            before = now;
        }
        assert!((topped - 45.0).abs() < 0.1, "cruising speed is reached: {topped}");
        assert!(track.at(track.end()).place.distance_m(VENUE) < 0.5);
        assert!(track.at(morning() + SignedDuration::from_hours(9)).place.distance_m(VENUE) < 0.5, "stays there");
    }

    #[test]
    fn a_stop_costs_its_time_and_the_braking() {
        let free = Track::seconds_for(2000.0, 36.0, &[]);
        let stopped = Track::seconds_for(2000.0, 36.0, &[Halt { at_m: 1000.0, hold_s: 60.0, approach_kmh: 36.0 }]);
        let expected = 60.0 + 10.0 / ACCELERATION;
        assert!((stopped - free - expected).abs() < 0.01, "{stopped} {free}");
    }

    #[test]
    fn standing_costs_no_distance() {
        let mut track = Track::starting(BUND, morning());
        track.stand_until(morning() + SignedDuration::from_mins(10));
        track.stand_until(morning());
        assert_eq!(track.end(), morning() + SignedDuration::from_mins(10));
        let there = track.at(morning() + SignedDuration::from_mins(5));
        assert!(there.speed_kmh == 0.0 && there.place.distance_m(BUND) < 0.001);
    }
}
