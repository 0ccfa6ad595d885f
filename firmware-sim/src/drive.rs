//! A recorded drive, sent again as if it happened now. Replays the receiver's own sentences with their own spacing;
//! positions, speeds and satellites stay as recorded.
//!
//! What changes is the time: the UTC time of RMC, GGA and GLL and the date of RMC become those of the simulated day, and
//! the checksums follow. A receiver that claims a day years ago is a fault of its own (a week number that rolled over),
//! and a gateway is right to distrust it; replayed as it stands the recording would test that, and nothing else.

use jiff::{SignedDuration, Timestamp};

use crate::data::{self, BadRecording};
use crate::nmea::{date, sentence, utc, whole_time};

/// A recorded drive: one block of sentences for each moment of the recording.
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

impl Drive {
    /// The drive that this program carries: 81 km in 68 minutes, a fix every two seconds.
    ///
    /// # Errors
    /// [`BadRecording`], which no sound build has.
    pub fn recorded() -> Result<Self, BadRecording> {
        Ok(Self::from_lines(data::drive_lines()?))
    }

    /// Groups sentences into blocks; each RMC begins one, and what stands before the first is left out.
    fn from_lines(lines: Vec<String>) -> Self {
        let mut cycles: Vec<Cycle> = Vec::new();
        let mut first = None;
        for line in lines {
            if line.starts_with("$GPRMC") {
                let seconds = line.split(',').nth(1).and_then(seconds_of_day).unwrap_or_default();
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

    /// The newest block that a receiver which set off at `started` sends after `previous` and not later than `now`, if
    /// there is one. After the end the car stands: its last block is sent at each call, with the time of `now`.
    pub fn due(&self, started: Timestamp, previous: Timestamp, now: Timestamp) -> Option<Vec<String>> {
        let elapsed = now.duration_since(started);
        let index = self.cycles.partition_point(|cycle| cycle.offset <= elapsed).checked_sub(1)?;
        let cycle = self.cycles.get(index)?;
        let at = if elapsed > self.length() { now } else { started + cycle.offset };
        (at > previous).then(|| cycle.lines.iter().map(|line| retimed(line, at)).collect())
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
    let body = line.trim_start_matches('$').split('*').next().unwrap_or_default();
    let civil = utc(at);
    let fields: Vec<String> = body
        .split(',')
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
    sentence(&fields.join(","))
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
        assert_eq!(drive.length(), SignedDuration::from_secs(2 * 2041));
        let second = SignedDuration::from_secs(1);
        let mut blocks = 0;
        for step in 0..20 {
            let now = nine() + second * step;
            blocks += usize::from(drive.due(nine(), now - second, now).is_some());
        }
        assert_eq!(blocks, 10, "a block every two seconds");
    }

    #[test]
    fn after_the_end_the_car_stands_with_the_time_going_on() {
        let drive = Drive::recorded().unwrap();
        let late = nine() + SignedDuration::from_hours(3);
        let block = drive.due(nine(), late - SignedDuration::from_secs(2), late).unwrap();
        assert!(block[0].starts_with("$GPRMC,040000,A,"), "{}", block[0]);
        assert!(drive.due(nine(), nine(), nine() - SignedDuration::from_secs(1)).is_none(), "not before it set off");
    }
}
