//! A recorded drive, sent again as if it happened now. Replays the receiver's own sentences with their own spacing;
//! speeds, courses, heights and satellites stay as recorded, and so do the positions unless the drive is carried.
//!
//! What changes is the time: the UTC time of RMC, GGA and GLL and the date of RMC become those of the simulated day, and
//! the checksums follow. A receiver that claims a day years ago is a fault of its own (a week number that rolled over),
//! and a gateway is right to distrust it; replayed as it stands the recording would test that, and nothing else.
//!
//! What may change is the part of the map ([`Drive::ending_at`]): a venue in Shanghai whose car is in Nevada would have a
//! map of the Pacific, and a car that never arrives.

use jiff::{SignedDuration, Timestamp};

use crate::carry::{self, Carriage, fields};
use crate::data::{self, BadRecording};
use crate::nmea::{date, sentence, utc, whole_time};
use crate::track::Point;

/// A recorded drive: one block of sentences for each moment of the recording. It begins and ends with the car standing.
#[derive(Debug, Clone, PartialEq)]
pub struct Drive {
    cycles: Vec<Cycle>,
}

#[derive(Debug, Clone, PartialEq)]
struct Cycle {
    /// Since the first block of the recording.
    offset: SignedDuration,
    lines: Vec<String>,
}

impl Cycle {
    /// Where the block says that the car is.
    fn place(&self) -> Option<Point> {
        self.lines.iter().find_map(|line| carry::place(line))
    }
}

impl Drive {
    /// How often the recorded receiver spoke.
    pub const SPACING: SignedDuration = SignedDuration::from_secs(2);

    /// The drive that this program carries: 81 km in 68 minutes, a fix every two seconds.
    ///
    /// # Errors
    /// [`BadRecording`], which no sound build has.
    pub fn recorded() -> Result<Self, BadRecording> {
        Ok(Self::from_lines(data::drive_lines()?))
    }

    /// The same drive on another part of the map, so that it ends at `end`. Its length, its bends and its courses stay
    /// ([`crate::carry`] says how); the heights are still those of the mountains that it was recorded in.
    ///
    /// # Errors
    /// [`BadRecording`] when a position cannot be read, which no sound build has.
    pub fn ending_at(mut self, end: Point) -> Result<Self, BadRecording> {
        let last = self.cycles.iter().rev().find_map(Cycle::place);
        let last = last.ok_or_else(|| BadRecording::drive("it never says where it is"))?;
        let there = Carriage::new(last, end);
        for line in self.cycles.iter_mut().flat_map(|cycle| &mut cycle.lines) {
            *line = there.carry(line).map_err(BadRecording::drive)?;
        }
        Ok(self)
    }

    /// Groups sentences into blocks; each RMC begins one, and what stands before the first is left out.
    fn from_lines(lines: Vec<String>) -> Self {
        let mut cycles: Vec<Cycle> = Vec::new();
        let mut first = None;
        for line in lines {
            if line.starts_with("$GPRMC") {
                let seconds = fields(&line).nth(1).and_then(seconds_of_day).unwrap_or_default();
                let start = *first.get_or_insert(seconds);
                // The recording may cross midnight once: it is far shorter than a day.
                let offset = SignedDuration::from_secs((seconds - start).rem_euclid(24 * 3600));
                cycles.push(Cycle { offset, lines: vec![line] });
            } else if let Some(cycle) = cycles.last_mut() {
                cycle.lines.push(line);
            }
        }
        Self { cycles }
    }

    /// How long the recording lasts.
    pub fn length(&self) -> SignedDuration {
        self.cycles.last().map_or(SignedDuration::ZERO, |cycle| cycle.offset)
    }

    /// How far the car goes, metres from fix to fix.
    pub fn length_m(&self) -> f64 {
        let places: Vec<Point> = self.cycles.iter().filter_map(Cycle::place).collect();
        places.windows(2).map(|pair| pair[0].distance_m(pair[1])).sum()
    }

    /// Where the car that set off at `started` is at a moment, by its newest fix.
    pub fn place(&self, started: Timestamp, moment: Timestamp) -> Option<Point> {
        self.newest(moment.duration_since(started))?.place()
    }

    /// The newest block that a receiver which set off at `started` sends after `previous` and not later than `now`, if
    /// there is one. Before the start and after the end the car stands: its first or last block is sent at each call,
    /// with the time of `now`.
    pub fn due(&self, started: Timestamp, previous: Timestamp, now: Timestamp) -> Option<Vec<String>> {
        let elapsed = now.duration_since(started);
        let cycle = self.newest(elapsed)?;
        let stands = elapsed.is_negative() || elapsed > self.length();
        let at = if stands { now } else { started + cycle.offset };
        (at > previous).then(|| cycle.lines.iter().map(|line| retimed(line, at)).collect())
    }

    /// The block of a moment of the recording; the first before it, the last after it.
    fn newest(&self, elapsed: SignedDuration) -> Option<&Cycle> {
        let after = self.cycles.partition_point(|cycle| cycle.offset <= elapsed);
        self.cycles.get(after.saturating_sub(1))
    }
}

fn seconds_of_day(hhmmss: &str) -> Option<i64> {
    let part = |from: usize| hhmmss.get(from..from + 2)?.parse::<i64>().ok();
    Some(part(0)? * 3600 + part(2)? * 60 + part(4)?)
}

/// One sentence with the time and date of `at`; sentences that carry neither are returned as they are.
fn retimed(line: &str, at: Timestamp) -> String {
    let (time_field, date_field) = match line.get(..6) {
        Some("$GPRMC") => (1, Some(9)),
        Some("$GPGGA") => (1, None),
        Some("$GPGLL") => (5, None),
        Some(_) | None => return line.to_owned(),
    };
    let civil = utc(at);
    let said: Vec<String> = fields(line)
        .enumerate()
        .map(|(index, field)| {
            if index == time_field {
                whole_time(civil)
            } else if Some(index) == date_field {
                date(civil)
            } else {
                field.to_owned()
            }
        })
        .collect();
    sentence(&said.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nmea::checksum;

    fn nine() -> Timestamp {
        "2026-11-23T01:00:00Z".parse().unwrap()
    }

    #[test]
    fn only_time_date_and_checksum_change() {
        let cases = [
            (
                "$GPRMC,014830,A,3914.0853,N,12001.3454,W,0.0,279.6,260905,15.2,E,A*36",
                "$GPRMC,010000,A,3914.0853,N,12001.3454,W,0.0,279.6,231126,15.2,E,A*34",
            ),
            ("$GPGLL,3914.0853,N,12001.3454,W,014830,A,A*5E", "$GPGLL,3914.0853,N,12001.3454,W,010000,A,A*51"),
            ("$PGRME,4.5,M,10.4,M,11.4,M*2E", "$PGRME,4.5,M,10.4,M,11.4,M*2E"),
        ];
        for (recorded, sent) in cases {
            let written = retimed(recorded, nine());
            assert_eq!(written, sent);
            let (body, sum) = written[1..].split_once('*').unwrap();
            assert_eq!(format!("{:02X}", checksum(body)), sum);
        }
    }

    #[test]
    fn the_drive_keeps_its_own_spacing() {
        let drive = Drive::recorded().unwrap();
        assert_eq!(drive.length(), Drive::SPACING * 2041);
        assert!(drive.cycles.windows(2).all(|pair| pair[1].offset - pair[0].offset == Drive::SPACING));
        let second = SignedDuration::from_secs(1);
        let mut blocks = 0;
        for step in 0..20 {
            let now = nine() + second * step;
            blocks += usize::from(drive.due(nine(), now - second, now).is_some());
        }
        assert_eq!(blocks, 10, "a block every two seconds");
    }

    #[test]
    fn before_the_start_and_after_the_end_the_car_stands_with_the_time_going_on() {
        let drive = Drive::recorded().unwrap();
        for (hours, said) in [
            (-1, "$GPRMC,000000,A,3914.0853,N,12001.3454,W,0.0,279.6,231126,"),
            (0, "$GPRMC,010000,A,3914.0853,N,12001.3454,W,0.0,279.6,231126,"),
            (3, "$GPRMC,040000,A,3926.5007,N,11946.1986,W,0.0,154.5,231126,"),
        ] {
            let now = nine() + SignedDuration::from_hours(hours);
            let block = drive.due(nine(), now - Drive::SPACING, now).unwrap();
            assert!(block[0].starts_with(said), "{}", block[0]);
            assert!(drive.due(nine(), now, now).is_none(), "once a moment");
        }
    }

    #[test]
    fn carried_it_is_as_long_as_recorded_and_ends_where_it_should() {
        let (recorded, end) = (Drive::recorded().unwrap(), Point::new(31.2430, 121.4717));
        let carried = recorded.clone().ending_at(end).unwrap();
        let (was, is) = (recorded.length_m(), carried.length_m());
        assert!((80_000.0..82_000.0).contains(&was), "{was}");
        assert!((is - was).abs() < 0.005 * was, "{was} m became {is} m");
        let last = carried.place(nine(), nine() + carried.length()).unwrap();
        assert!(last.distance_m(end) < 0.2, "{last:?}");
        assert_eq!(carried.length(), recorded.length());
        for (there, here) in recorded.cycles.iter().zip(&carried.cycles) {
            assert_eq!(there.lines.len(), here.lines.len());
            // Every sentence that says where says the same place, and all else that it says is as recorded.
            let place = here.place().unwrap();
            for (recorded, said) in there.lines.iter().zip(&here.lines) {
                let moved = carry::place(said);
                assert!(moved.is_none_or(|moved| moved == place), "{said}");
                let changed = fields(recorded).zip(fields(said)).filter(|(was, is)| was != is).count();
                assert_eq!(changed, if moved.is_some() { 3 } else { 0 }, "{recorded} {said}");
            }
        }
    }

    #[test]
    fn carried_it_goes_as_fast_as_its_receiver_says() {
        let carried = Drive::recorded().unwrap().ending_at(Point::new(31.2430, 121.4717)).unwrap();
        let speed_ms = |cycle: &Cycle| {
            fields(&cycle.lines[0]).nth(7).unwrap().parse::<f64>().unwrap() * crate::nmea::KMH_PER_KNOT / 3.6
        };
        let reckoned: f64 = carried.cycles.iter().map(|cycle| speed_ms(cycle) * Drive::SPACING.as_secs_f64()).sum();
        let gone = carried.length_m();
        assert!((reckoned - gone).abs() < 0.01 * gone, "{reckoned} m by speed, {gone} m by position");
    }
}
