//! A vehicle's GPS receiver: every second or two it says where it is on its serial port. Loses its fix in a garage,
//! its cable, and now and then a byte. Does not wait for its listener.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::drive::Drive;
use crate::nmea::{self, Dialect, Fix, KMH_PER_KNOT, Mode, Moment};
use crate::pty::Pty;
use crate::sensor::noise;
use crate::time::{SimClock, Span};
use crate::track::{Point, Track};

/// How far a receiver may fall behind the clock before it leaves moments out: a receiver does not catch up.
const LAG: SignedDuration = SignedDuration::from_secs(30);
/// How far a fix wanders around the true place, metres either way; receivers with a clear sky do better than that.
const WANDER_M: f64 = 1.5;
/// The speed that a receiver reports while it stands, knots at most: 95 of 100 real fixes at rest stay below 0.31.
const IDLE_NOISE_KN: f64 = 0.3;
/// Ground level of the venue's city.
const ALTITUDE_M: f64 = 6.2;

/// What moves a vehicle.
#[derive(Debug, Clone, PartialEq)]
pub enum Motion {
    /// A simulated trip.
    Track(Arc<Track>),
    /// The recorded drive, set off at a given time; the car stands before and after.
    Drive(Arc<Drive>, Timestamp),
    /// The same, and from its end on a simulated trip, in the receiver's dialect.
    DriveThenTrack(Arc<Drive>, Timestamp, Arc<Track>),
}

impl Motion {
    /// Where the vehicle is. `None` for a recording that never says.
    pub fn place(&self, now: Timestamp) -> Option<Point> {
        match self {
            Self::Track(track) => Some(track.at(now).place),
            Self::DriveThenTrack(_, _, track) if track.begin() <= now => Some(track.at(now).place),
            Self::Drive(drive, started) | Self::DriveThenTrack(drive, started, _) => drive.place(*started, now),
        }
    }
}

/// How a vehicle's sentences are dressed on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dress {
    /// As they are.
    Plain,
    /// Behind a TAG block that names the vehicle and the time.
    Tagged,
    /// As a Kenwood NEXEDGE radio repeats them (`$PKNDS`), with this unit id (`U00207`). Silent without a fix.
    Nexedge(String),
    /// As a Kenwood FleetSync radio repeats them (`$PKLSH`), with fleet and unit. Silent without a fix.
    FleetSync(u16, u16),
}

/// A vehicle's day on its serial port.
#[derive(Debug, Clone, PartialEq)]
pub struct GpsScript {
    /// The vehicle.
    pub vehicle: String,
    /// How it moves.
    pub motion: Motion,
    /// What its receiver speaks (a recorded drive speaks its own).
    pub dialect: Dialect,
    /// How the sentences are dressed (a recorded drive goes plain or tagged).
    pub dress: Dress,
    /// How often it says where it is.
    pub every: SignedDuration,
    /// When it has no fix.
    pub no_fix: Vec<Span>,
    /// When its cable is out.
    pub unplugged: Vec<Span>,
    /// When a sentence arrives with a wrong checksum.
    pub bad_checksums: Vec<Timestamp>,
    /// Seeds the wandering of the fix.
    pub seed: u64,
}

/// What a receiver saw of a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GpsCounts {
    /// Sentences written, heard or not.
    pub sentences: u64,
    /// Bytes that the reader's side took.
    pub bytes_taken: u64,
    /// Bytes that nobody heard.
    pub bytes_lost: u64,
    /// Sentences sent with a wrong checksum.
    pub bad_checksums: u64,
    /// How often the cable was pulled.
    pub unplugged: u64,
    /// Moments left out because the machine was too slow for the clock.
    pub skipped: u64,
}

impl GpsScript {
    /// Whether the sentences carry the vehicle's name; a radio's unit id is not it.
    pub fn names_itself(&self) -> bool {
        match self.dress {
            Dress::Tagged => true,
            Dress::Plain | Dress::Nexedge(_) | Dress::FleetSync(..) => false,
        }
    }

    /// The sentences that the receiver says at `now` when it last spoke at `previous`, without line ends, and how many
    /// of them are damaged.
    pub fn burst(&self, previous: Timestamp, now: Timestamp) -> (Vec<String>, u64) {
        let mut lines = match &self.motion {
            _ if self.no_fix.iter().any(|span| span.contains(now)) => self.said(&Moment { at: now, fix: None }),
            Motion::Track(track) => self.said(&Moment { at: now, fix: Some(self.fix(track, now)) }),
            Motion::DriveThenTrack(_, _, track) if track.begin() <= now => {
                self.said(&Moment { at: now, fix: Some(self.fix(track, now)) })
            }
            Motion::Drive(drive, started) | Motion::DriveThenTrack(drive, started, _) => {
                drive.due(*started, previous, now).unwrap_or_default()
            }
        };
        if self.dress == Dress::Tagged {
            let fields = format!("s:{},c:{}", self.vehicle, now.as_second());
            lines = lines.iter().map(|line| nmea::tagged(&fields, line)).collect();
        }
        let noise = self.bad_checksums.iter().any(|at| previous < *at && *at <= now);
        let mut damaged = 0;
        if noise && let Some(first) = lines.first_mut() {
            *first = nmea::damaged(first);
            damaged = 1;
        }
        (lines, damaged)
    }

    fn said(&self, moment: &Moment) -> Vec<String> {
        let dialect = &self.dialect;
        match &self.dress {
            Dress::Plain | Dress::Tagged => {
                let mut lines =
                    vec![nmea::rmc(dialect, moment), nmea::gga(dialect, moment), nmea::gsa(dialect, moment)];
                if dialect.v41 {
                    lines.push(nmea::vtg(dialect, moment));
                }
                lines
            }
            Dress::Nexedge(unit) => {
                nmea::pknds(moment, unit, 207, dialect.variation.unwrap_or_default()).into_iter().collect()
            }
            Dress::FleetSync(fleet, unit) => nmea::pklsh(moment, *fleet, *unit).into_iter().collect(),
        }
    }

    fn fix(&self, track: &Track, now: Timestamp) -> Fix {
        let car = track.at(now);
        let chance = |salt: u64| noise(self.seed ^ salt, now.as_second());
        let place = car.place.moved((chance(1) - 0.5) * 2.0 * WANDER_M, (chance(2) - 0.5) * 2.0 * WANDER_M);
        let speed_kn = if car.speed_kmh > 0.0 {
            (car.speed_kmh / KMH_PER_KNOT + (chance(3) - 0.5) * 0.2).max(0.0)
        } else {
            chance(3) * chance(4) * IDLE_NOISE_KN
        };
        Fix {
            lat: place.lat,
            lon: place.lon,
            speed_kn,
            course: car.course,
            altitude_m: ALTITUDE_M + chance(5),
            mode: Mode::Autonomous,
        }
    }
}

/// Runs a receiver on its port until it is switched off (`closing`). The port goes with it.
pub async fn run(script: GpsScript, mut port: Pty, clock: SimClock, closing: CancellationToken) -> GpsCounts {
    let mut counts = GpsCounts::default();
    // Receivers speak on the second.
    let mut previous = Timestamp::from_second(clock.now().as_second()).unwrap_or_else(|_| clock.now());
    loop {
        let mut now = previous + script.every;
        tokio::select! {
            () = closing.cancelled() => break,
            () = clock.sleep_until(now) => {}
        }
        while now + LAG < clock.now() {
            now += script.every;
            counts.skipped += 1;
        }
        cable(&script, &mut port, now, &mut counts);
        let (lines, damaged) = script.burst(previous, now);
        counts.sentences += lines.len() as u64;
        counts.bad_checksums += damaged;
        let text: String = lines.iter().flat_map(|line| [line.as_str(), "\r\n"]).collect();
        let written = port.write(text.as_bytes());
        counts.bytes_taken += written.taken as u64;
        counts.bytes_lost += written.lost as u64;
        previous = now;
    }
    counts
}

/// Pulls or plugs the cable as the script has it for this moment.
fn cable(script: &GpsScript, port: &mut Pty, now: Timestamp, counts: &mut GpsCounts) {
    let out = script.unplugged.iter().any(|span| span.contains(now));
    let changed = match (out, port.plugged()) {
        (true, true) => {
            counts.unplugged += 1;
            port.unplug()
        }
        (false, false) => port.plug(),
        (true, false) | (false, true) => Ok(()),
    };
    if let Err(error) = changed {
        // The next moment tries again; a simulated cable has nobody else to complain to.
        tracing::warn!(vehicle = script.vehicle, path = %port.link().display(), %error, "the port did not obey");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-23T{text}Z").parse().unwrap()
    }

    fn parked() -> GpsScript {
        let track = Track::starting(Point::new(31.2430, 121.4717), at("00:00:00"));
        GpsScript {
            vehicle: "car-1".to_owned(),
            motion: Motion::Track(Arc::new(track)),
            dialect: Dialect::GP,
            dress: Dress::Plain,
            every: SignedDuration::from_secs(1),
            no_fix: vec![Span { from: at("01:00:00"), until: at("01:10:00") }],
            unplugged: Vec::new(),
            bad_checksums: vec![at("00:30:00")],
            seed: 1,
        }
    }

    fn said(script: &GpsScript, moment: &str) -> Vec<String> {
        let now = at(moment);
        script.burst(now - SignedDuration::from_secs(1), now).0
    }

    #[test]
    fn a_parked_car_says_where_it_stands_within_its_noise() {
        let lines = said(&parked(), "00:10:00");
        assert_eq!(lines.len(), 3);
        assert!(lines[0].starts_with("$GPRMC,001000.00,A,3114.5"), "{}", lines[0]);
        let knots: f64 = lines[0].split(',').nth(7).unwrap().parse().unwrap();
        assert!(knots <= IDLE_NOISE_KN, "{knots}");
    }

    #[test]
    fn in_the_garage_the_receiver_speaks_and_knows_nothing() {
        let lines = said(&parked(), "01:00:00");
        assert!(lines[0].starts_with("$GPRMC,010000.00,V,,,,,,,231126"), "{}", lines[0]);
        assert!(lines[1].starts_with("$GPGGA,010000.00,,,,,0,"), "{}", lines[1]);
        assert!(said(&parked(), "01:10:00")[0].contains(",A,"), "and has its fix again outside");
    }

    #[test]
    fn one_sentence_is_damaged_at_its_moment_and_no_other() {
        let script = parked();
        let damaged: u64 = (0..3600)
            .map(|second| {
                let now = at("00:00:00") + SignedDuration::from_secs(second);
                script.burst(now - SignedDuration::from_secs(1), now).1
            })
            .sum();
        assert_eq!(damaged, 1);
    }

    #[test]
    fn dresses_name_the_vehicle() {
        let tagged = said(&GpsScript { dress: Dress::Tagged, ..parked() }, "00:10:00");
        assert!(tagged[0].starts_with("\\s:car-1,c:1795392600*"), "{}", tagged[0]);
        let radio = said(&GpsScript { dress: Dress::Nexedge("U00207".to_owned()), ..parked() }, "00:10:00");
        assert!(radio.len() == 1 && radio[0].contains(",U00207,"), "{radio:?}");
        let garage = said(&GpsScript { dress: Dress::FleetSync(100, 2001), ..parked() }, "01:05:00");
        assert!(garage.is_empty(), "a radio without a fix is silent: {garage:?}");
    }

    #[test]
    fn a_recorded_drive_goes_by_its_own_sentences() {
        let drive = Arc::new(Drive::recorded().unwrap());
        let script = GpsScript { motion: Motion::Drive(drive, at("00:00:00")), ..parked() };
        let lines = said(&script, "00:20:00");
        assert!(lines[0].starts_with("$GPRMC,002000,A,39"), "{}", lines[0]);
        assert!(lines.iter().any(|line| line.starts_with("$PGRME")));
    }
}
