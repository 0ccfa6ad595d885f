//! The six cars: their agendas, and what becomes of them on the road. Five drive roads drawn by hand; the sixth begins
//! its day with a real car's recorded drive. Whom they carry is decided by `people`.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::data::BadRecording;
use crate::drive::Drive;
use crate::gps::{Dress, GpsScript, Motion};
use crate::nmea::Dialect;
use crate::time::Span;
use crate::track::{Halt, Track};

use super::city::{Spot, jam, red_lights, zones};
use super::{Calendar, Happening, HappeningKind, Trip, Vehicle, Zone};

/// How long before its time a car wants to be at the pick-up.
const AHEAD: SignedDuration = SignedDuration::from_mins(12);
/// How long the jam holds its car up, minutes of standing.
const JAM_MINUTES: f64 = 38.0;
/// What a planner adds to the driving time before writing down when the guest is expected.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);
/// Sentences that line noise spoils, per car and day.
const NOISE_PER_DAY: usize = 5;

/// One entry of a car's agenda, in order of time.
#[derive(Debug, Clone, Copy)]
enum Task {
    /// Fetch so many guests; hour and minute of the pick-up.
    Fetch(Spot, (i8, i8), usize),
    /// The same, and get into a jam on the way back.
    FetchThroughJam(Spot, (i8, i8), usize),
    /// Bring so many guests from the guesthouse by the recorded drive; only as the first of the day, because the car has
    /// spent the night there.
    RecordedDrive((i8, i8), usize),
    /// Go down into the garage for so many minutes.
    Garage((i8, i8), i64),
    /// Wait in the side street for so many minutes.
    Loiter((i8, i8), i64),
    /// Lose the cable for so many minutes, wherever the car is.
    Unplugged((i8, i8), i64),
}

const AGENDAS: [&[Task]; 6] = [
    &[
        Task::Fetch(Spot::Hongqiao, (7, 40), 2),
        Task::Fetch(Spot::Bund, (10, 20), 2),
        Task::Fetch(Spot::Station, (15, 0), 2),
    ],
    &[
        Task::Fetch(Spot::North, (7, 50), 2),
        Task::Fetch(Spot::Pudong, (10, 30), 2),
        Task::Unplugged((13, 5), 15),
        Task::Fetch(Spot::Hongqiao, (16, 0), 2),
    ],
    &[Task::FetchThroughJam(Spot::Hongqiao, (9, 0), 1), Task::Fetch(Spot::Bund, (14, 10), 2)],
    &[Task::Fetch(Spot::North, (9, 30), 2), Task::Garage((12, 0), 40), Task::Fetch(Spot::Pudong, (15, 30), 2)],
    &[Task::Fetch(Spot::Station, (8, 30), 2), Task::Loiter((11, 20), 18), Task::Fetch(Spot::Bund, (17, 0), 2)],
    &[Task::RecordedDrive((7, 20), 3), Task::Fetch(Spot::North, (12, 30), 2), Task::Fetch(Spot::Hongqiao, (17, 30), 2)],
];

const NAMES: [(&str, &str); 6] = [
    ("一号车", "沪A·T0501"),
    ("二号车", "沪A·T0502"),
    ("三号车", "沪A·T0503"),
    ("四号车", "沪A·T0504"),
    ("五号车", "沪A·T0505"),
    ("六号车", "沪A·T0506"),
];

/// A trip as its passengers live it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ride {
    /// Its place in [`Fleet::trips`].
    pub trip: usize,
    /// The car.
    pub vehicle: String,
    /// How many guests it brings.
    pub seats: usize,
    /// When they are expected.
    pub expected: Timestamp,
    /// When the car is really there.
    pub arrives: Timestamp,
    /// The jam it stood in.
    pub jam: Option<Span>,
}

/// The cars and their day.
pub struct Fleet {
    pub vehicles: Vec<Vehicle>,
    pub trips: Vec<Trip>,
    pub zones: Vec<Zone>,
    pub receivers: Vec<GpsScript>,
    pub rides: Vec<Ride>,
    pub happenings: Vec<Happening>,
}

/// Drives all agendas.
pub fn send_out(calendar: &Calendar, chance: &mut fastrand::Rng) -> Result<Fleet, BadRecording> {
    let recorded = Arc::new(Drive::recorded()?.ending_at(Spot::Venue.point())?);
    let mut fleet = Fleet {
        vehicles: Vec::new(),
        trips: Vec::new(),
        zones: zones(),
        receivers: Vec::new(),
        rides: Vec::new(),
        happenings: Vec::new(),
    };
    for (index, (agenda, (name, plate))) in AGENDAS.iter().zip(NAMES).enumerate() {
        let id = format!("car-{}", index + 1);
        let mut driver = Driver::new(id.clone(), calendar, &recorded, chance.fork());
        for task in *agenda {
            driver.work(*task, &mut fleet);
        }
        fleet.receivers.push(driver.go_home(index, calendar, &mut fleet.happenings));
        let zones = Spot::WITH_ZONE.iter().map(|spot| spot.zone().to_owned()).collect();
        fleet.vehicles.push(Vehicle { id, name: name.to_owned(), plate: plate.to_owned(), zones });
    }
    Ok(fleet)
}

/// A car that drives between the venue and Hongqiao airport all day long, from `start` on: for a receiver that is tried
/// alone.
pub fn demonstration_route(start: Timestamp) -> Track {
    let mut chance = fastrand::Rng::with_seed(1);
    let mut track = Track::starting(Spot::Yard.point(), start);
    while track.end() < start + SignedDuration::from_hours(24) {
        for road in [Spot::Hongqiao.road_from_yard(), Spot::Hongqiao.road_to_yard()] {
            let lights = red_lights(road.length_m(), Spot::Hongqiao.cruise_kmh(), &mut chance);
            track.drive(road, Spot::Hongqiao.cruise_kmh(), &lights);
            track.stand(120.0);
        }
    }
    track
}

/// A car while its day is being written.
struct Driver<'a> {
    vehicle: String,
    calendar: &'a Calendar,
    /// The recorded drive, ending at the venue, for the car whose agenda has it.
    recorded: &'a Arc<Drive>,
    chance: fastrand::Rng,
    /// When it sets off on the recorded drive; its track begins where that ends.
    sets_off: Option<Timestamp>,
    track: Track,
    no_fix: Vec<Span>,
    unplugged: Vec<Span>,
}

impl<'a> Driver<'a> {
    fn new(vehicle: String, calendar: &'a Calendar, recorded: &'a Arc<Drive>, chance: fastrand::Rng) -> Self {
        let track = Track::starting(Spot::Yard.point(), calendar.opens);
        let (no_fix, unplugged) = (Vec::new(), Vec::new());
        Self { vehicle, calendar, recorded, chance, sets_off: None, track, no_fix, unplugged }
    }

    fn work(&mut self, task: Task, fleet: &mut Fleet) {
        match task {
            Task::Fetch(from, at, seats) => self.fetch(from, at, seats, false, fleet),
            Task::FetchThroughJam(from, at, seats) => self.fetch(from, at, seats, true, fleet),
            Task::RecordedDrive(at, seats) => self.drive_as_recorded(at, seats, fleet),
            Task::Garage(at, minutes) => {
                let span = self.errand(Spot::Garage, at, minutes);
                self.no_fix.push(span);
                let words = "Down in the garage the receiver has no fix";
                fleet.happenings.push(Happening::lasting(span, HappeningKind::FixLost, self.subject(), words));
            }
            Task::Loiter(at, minutes) => {
                let span = self.errand(Spot::SideStreet, at, minutes);
                let words = format!("Stands in a side street outside every zone for {minutes} min");
                fleet.happenings.push(Happening::lasting(span, HappeningKind::IdleOutsideZone, self.subject(), words));
            }
            Task::Unplugged((hour, minute), minutes) => {
                let span = Span::minutes(self.calendar.at(hour, minute), minutes);
                self.unplugged.push(span);
                let words = format!("The receiver's cable is out for {minutes} min");
                fleet.happenings.push(Happening::lasting(span, HappeningKind::PortUnplugged, self.subject(), words));
            }
        }
    }

    /// Leaves the yard in time, waits at the pick-up, brings the guests, returns to the yard.
    fn fetch(&mut self, from: Spot, (hour, minute): (i8, i8), seats: usize, jammed: bool, fleet: &mut Fleet) {
        let pickup_at = self.calendar.at(hour, minute);
        let (out, cruise) = (from.road_from_yard(), from.cruise_kmh());
        let lights = red_lights(out.length_m(), cruise, &mut self.chance);
        let takes = Track::seconds_for(out.length_m(), cruise, &lights);
        self.track.stand_until(pickup_at - AHEAD - SignedDuration::from_secs(takes as i64));
        self.track.drive(out, cruise, &lights);
        self.track.stand_until(pickup_at + SignedDuration::from_secs(self.chance.i64(60..240)));

        let back = from.road_to_venue();
        let mut halts = red_lights(back.length_m(), cruise, &mut self.chance);
        let undisturbed = Track::seconds_for(back.length_m(), cruise, &halts);
        let leaves = self.track.end();
        let planned = leaves + SignedDuration::from_secs(undisturbed as i64);
        let jam = jammed.then(|| self.jam(leaves, back.length_m(), cruise, &mut halts));
        self.track.drive(back, cruise, &halts);

        self.bring(from, seats, pickup_at, planned, jam, fleet);
    }

    /// Stands at the guesthouse from the morning on, drives the recorded road to the venue, goes on to the yard. The
    /// recording begins with some minutes of standing, in which the guests get in.
    fn drive_as_recorded(&mut self, (hour, minute): (i8, i8), seats: usize, fleet: &mut Fleet) {
        let sets_off = self.calendar.at(hour, minute);
        let arrives = sets_off + self.recorded.length();
        self.sets_off = Some(sets_off);
        // The recording's last block is heard too.
        self.track = Track::starting(Spot::Venue.point(), arrives + Drive::SPACING);

        let (km, minutes) = (self.recorded.length_m() / 1000.0, self.recorded.length().as_mins());
        let words = format!("Drives the recorded road, {km:.0} km in {minutes} min");
        let span = Span { from: sets_off, until: arrives };
        fleet.happenings.push(Happening::lasting(span, HappeningKind::RecordedDrive, self.subject(), words));
        self.bring(Spot::Guesthouse, seats, sets_off, arrives, None, fleet);
    }

    /// Sets the guests down at the venue, where the car now is, and returns to the yard; writes the trip down.
    fn bring(
        &mut self,
        from: Spot,
        seats: usize,
        pickup_at: Timestamp,
        planned: Timestamp,
        jam: Option<Span>,
        fleet: &mut Fleet,
    ) {
        let trip = fleet.trips.len();
        fleet.trips.push(Trip {
            // Numbered in order of time, once all are known.
            id: String::new(),
            vehicle: self.vehicle.clone(),
            guests: Vec::new(),
            from: from.zone().to_owned(),
            to: Spot::Venue.zone().to_owned(),
            pickup_at,
        });
        fleet.rides.push(Ride {
            trip,
            vehicle: self.vehicle.clone(),
            seats,
            expected: self.calendar.on_five_minutes(planned + MARGIN),
            arrives: self.track.end(),
            jam,
        });
        self.track.stand(f64::from(self.chance.u32(150..300)));
        self.track.drive(Spot::Venue.road_to_yard(), Spot::Yard.cruise_kmh(), &[]);
    }

    /// Puts a jam on the second half of the road and says when the car stands in it.
    fn jam(&mut self, leaves: Timestamp, length_m: f64, cruise: f64, halts: &mut Vec<Halt>) -> Span {
        let begins_m = length_m * 0.55;
        let mut crawl = jam(begins_m, JAM_MINUTES, &mut self.chance);
        let ends_m = crawl.last().map_or(begins_m, |halt| halt.at_m);
        halts.retain(|light| light.at_m < begins_m || light.at_m > ends_m);
        let before: Vec<Halt> = halts.iter().copied().filter(|light| light.at_m < begins_m).collect();
        let from = Track::seconds_for(begins_m, cruise, &before);
        let lasts =
            Track::seconds_for(ends_m - begins_m, 12.0, &[]) + crawl.iter().map(|halt| halt.hold_s).sum::<f64>();
        halts.append(&mut crawl);
        halts.sort_by(|left, right| left.at_m.total_cmp(&right.at_m));
        let from = leaves + SignedDuration::from_secs(from as i64);
        Span { from, until: from + SignedDuration::from_secs(lasts as i64) }
    }

    /// Drives somewhere near, stands there, returns to the yard. Gives the time of standing.
    fn errand(&mut self, to: Spot, (hour, minute): (i8, i8), minutes: i64) -> Span {
        self.track.stand_until(self.calendar.at(hour, minute));
        self.track.drive(to.road_from_yard(), to.cruise_kmh(), &[]);
        let span = Span::minutes(self.track.end(), minutes);
        self.track.stand_until(span.until);
        self.track.drive(to.road_to_yard(), to.cruise_kmh(), &[]);
        span
    }

    /// Ends the day in the yard and hands its receiver over. The cars differ in what they speak, as cars do.
    fn go_home(mut self, index: usize, calendar: &Calendar, happenings: &mut Vec<Happening>) -> GpsScript {
        self.track.stand_until(calendar.closes);
        let open_s = calendar.closes.duration_since(calendar.opens).as_secs();
        let mut bad_checksums: Vec<Timestamp> = (0..NOISE_PER_DAY)
            .map(|_| calendar.opens + SignedDuration::from_secs(self.chance.i64(60..open_s)))
            .filter(|at| !self.unplugged.iter().any(|span| span.contains(*at)))
            .collect();
        bad_checksums.sort_unstable();
        if let Some(first) = bad_checksums.first() {
            let words = format!("Line noise spoils {} sentences in the day, this one first", bad_checksums.len());
            happenings.push(Happening::once(*first, HappeningKind::BadChecksum, self.subject(), words));
        }
        let track = Arc::new(self.track);
        let (motion, every) = match self.sets_off {
            Some(at) => (Motion::DriveThenTrack(Arc::clone(self.recorded), at, track), Drive::SPACING),
            None => (Motion::Track(track), SignedDuration::from_secs(1)),
        };
        GpsScript {
            vehicle: self.vehicle,
            motion,
            dialect: if index.is_multiple_of(2) { Dialect::GN } else { Dialect::GP },
            dress: if index == 4 { Dress::Tagged } else { Dress::Plain },
            every,
            no_fix: self.no_fix,
            unplugged: self.unplugged,
            bad_checksums,
            seed: self.chance.u64(..),
        }
    }

    fn subject(&self) -> String {
        format!("vehicle/{}", self.vehicle)
    }
}
