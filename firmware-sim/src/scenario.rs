//! One day at the venue: who is expected, who really comes, how the cars drive, how the rooms warm up and what goes
//! wrong. A pure function of seed, date and time zone: no clock, no machine, no network.

mod city;
mod fleet;
mod happening;
mod names;
mod people;
mod plan;
mod scans;
mod venue;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::data::BadRecording;
use crate::gps::GpsScript;
use crate::kiosk::KioskScript;
use crate::sensor::SensorScript;
use crate::time::Span;

pub use fleet::demonstration_route;
pub use happening::{Happening, HappeningKind};
pub use people::{Guest, Tier, Visit};
pub use venue::{Booking, Post, Room};

/// The venue opens at this local hour and closes at that one.
const OPENS: i8 = 6;
const CLOSES: i8 = 20;

/// A day that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum NoDay {
    /// The recordings inside the program are damaged.
    #[error(transparent)]
    Recording(#[from] BadRecording),
    /// The date has no 06:00 or no 20:00 in the zone, or lies outside the calendar.
    #[error("{date} cannot be simulated in {zone}: {reason}; choose a date between the years 1970 and 9000")]
    Date {
        /// The date asked for.
        date: Date,
        /// The zone asked for.
        zone: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// A vehicle of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vehicle {
    /// `car-1`
    pub id: String,
    /// What the staff call it.
    pub name: String,
    /// Its number plate.
    pub plate: String,
    /// The zones in which it may stand as long as it likes.
    pub zones: Vec<String>,
}

/// One run of a vehicle with guests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trip {
    /// `trip-01`
    pub id: String,
    /// The vehicle.
    pub vehicle: String,
    /// The codes of the guests it brings.
    pub guests: Vec<String>,
    /// The zone where it picks them up.
    pub from: String,
    /// The zone where it sets them down.
    pub to: String,
    /// When it picks them up.
    pub pickup_at: Timestamp,
}

/// A named area on the map: a closed ring of (longitude, latitude), counter-clockwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    /// `venue-dropoff`
    pub id: String,
    /// What the staff call it.
    pub name: String,
    /// The corners; the last is the first.
    pub ring: Vec<(f64, f64)>,
}

/// Everything that is planned and everything that happens on one day.
#[derive(Debug, Clone, PartialEq)]
pub struct Day {
    /// What it was made from.
    pub seed: u64,
    /// The local date.
    pub date: Date,
    /// The venue's time zone.
    pub zone: TimeZone,
    /// 06:00.
    pub opens: Timestamp,
    /// 20:00, when all devices are switched off.
    pub closes: Timestamp,
    /// All 600, by code.
    pub guests: Vec<Guest>,
    /// One for each guest, by code.
    pub visits: Vec<Visit>,
    /// `car-1` to `car-6`.
    pub vehicles: Vec<Vehicle>,
    /// By time of pick-up.
    pub trips: Vec<Trip>,
    /// The areas of the map.
    pub zones: Vec<Zone>,
    /// The venue's rooms.
    pub rooms: Vec<Room>,
    /// What the rooms are reserved for.
    pub bookings: Vec<Booking>,
    /// Who of the staff stands where.
    pub posts: Vec<Post>,
    /// What each kiosk goes through.
    pub kiosks: Vec<KioskScript>,
    /// What each sensor goes through.
    pub sensors: Vec<SensorScript>,
    /// What each vehicle's receiver goes through.
    pub receivers: Vec<GpsScript>,
    /// When the system upstream cannot be reached.
    pub upstream_gone: Span,
    happenings: Vec<Happening>,
}

impl Day {
    /// Makes the day. The same arguments give the same day, on any machine.
    ///
    /// # Errors
    /// [`NoDay`] for a date that the zone does not have.
    pub fn generate(seed: u64, date: Date, zone: TimeZone) -> Result<Self, NoDay> {
        let calendar = Calendar::of(date, &zone)?;
        let fleet = fleet::send_out(&calendar, &mut branch(seed, "fleet"))?;
        let mut posts = venue::posts(&calendar);
        let people = people::invite(&calendar, &fleet.rides, &mut posts, &mut branch(seed, "people"))?;
        let door = scans::arrive(&calendar, date, &people.arrivals, &mut branch(seed, "scans"));
        let venue = venue::furnish(&calendar, &mut branch(seed, "venue"))?;
        let upstream_gone = Span::minutes(calendar.at(14, 0), 60);

        let mut trips = fleet.trips;
        for visit in &people.visits {
            if let Some(trip) = visit.trip.and_then(|index| trips.get_mut(index)) {
                trip.guests.push(visit.code.clone());
            }
        }
        trips.sort_by_key(|trip| trip.pickup_at);
        for (number, trip) in (1..).zip(&mut trips) {
            trip.id = format!("trip-{number:02}");
        }

        let mut happenings = [fleet.happenings, people.happenings, door.happenings, venue.happenings].concat();
        happenings.push(Happening::lasting(
            upstream_gone,
            HappeningKind::UpstreamGone,
            "gateway",
            "The system upstream cannot be reached for an hour",
        ));
        happenings.sort_by(|left, right| (left.at, &left.subject).cmp(&(right.at, &right.subject)));

        Ok(Self {
            seed,
            date,
            zone,
            opens: calendar.opens,
            closes: calendar.closes,
            guests: people.guests,
            visits: people.visits,
            vehicles: fleet.vehicles,
            trips,
            zones: fleet.zones,
            rooms: venue.rooms,
            bookings: venue.bookings,
            posts,
            kiosks: door.kiosks,
            sensors: venue.sensors,
            receivers: fleet.receivers,
            upstream_gone,
            happenings,
        })
    }

    /// Whether that vehicle's sentences carry its name (in TAG blocks), so that nobody need say whose port it is. Not so
    /// for a vehicle that the day does not have.
    pub fn names_itself(&self, vehicle: &str) -> bool {
        self.receivers.iter().any(|car| car.vehicle == vehicle && car.names_itself())
    }

    /// What will happen out of the ordinary, in order of time.
    pub fn timeline(&self) -> &[Happening] {
        &self.happenings
    }
}

/// A source of chance of its own for each part of the day, so that a change in one part leaves the others as they were.
fn branch(seed: u64, part: &str) -> fastrand::Rng {
    let salt = part
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3));
    fastrand::Rng::with_seed(seed ^ salt)
}

/// The hours of the day as moments.
#[derive(Debug, Clone, Copy)]
struct Calendar {
    opens: Timestamp,
    closes: Timestamp,
}

impl Calendar {
    fn of(date: Date, zone: &TimeZone) -> Result<Self, NoDay> {
        let hour = |hour: i8| {
            let at = date.at(hour, 0, 0, 0).to_zoned(zone.clone()).map(|zoned| zoned.timestamp());
            at.map_err(|error| no_day(date, zone, error.to_string()))
        };
        if !(1970..=9000).contains(&date.year()) {
            return Err(no_day(date, zone, "the year is out of reach".to_owned()));
        }
        Ok(Self { opens: hour(OPENS)?, closes: hour(CLOSES)? })
    }

    /// The moment of a local time between opening and closing.
    fn at(&self, hour: i8, minute: i8) -> Timestamp {
        self.opens + SignedDuration::from_mins((i64::from(hour) - i64::from(OPENS)) * 60 + i64::from(minute))
    }

    /// The moment of a second since local midnight.
    fn second(&self, second_of_day: i32) -> Timestamp {
        self.opens + SignedDuration::from_secs(i64::from(second_of_day) - i64::from(OPENS) * 3600)
    }

    /// The nearest moment on the five-minute grid: nobody is expected at 10:07:31.
    fn on_five_minutes(&self, at: Timestamp) -> Timestamp {
        let minutes = at.duration_since(self.opens).as_secs_f64() / 300.0;
        self.opens + SignedDuration::from_mins(minutes.round() as i64 * 5)
    }
}

fn no_day(date: Date, zone: &TimeZone, reason: String) -> NoDay {
    let zone = zone.iana_name().unwrap_or("the given zone").to_owned();
    NoDay::Date { date, zone, reason }
}

#[cfg(test)]
mod tests;
