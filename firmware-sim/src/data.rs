//! The recordings that the day is made of, carried inside the binary: when people arrive, how a room warms up, how a
//! car drives. Takes them apart and adds nothing; sources and licences stand in `data/README.md`.

use std::io::Read;

use flate2::read::GzDecoder;
use jiff::civil::{DateTime, date};

const ARRIVALS: &[u8] = include_bytes!("../data/arrivals-2018-11-06-locations-001-060.csv.gz");
const ROOM: &[u8] = include_bytes!("../data/occupancy-2015-02-02.csv.gz");
const DRIVE: &[u8] = include_bytes!("../data/car-reno-tahoe-part2.nmea.gz");

/// The whole day of the room's recording, the one that the simulated day is laid over.
const ROOM_DAY: jiff::civil::Date = date(2015, 2, 3);

/// A recording that is not what it was when the crate was written.
#[derive(Debug, thiserror::Error)]
#[error("the recording `{name}` inside this program cannot be read: {reason}; rebuild it from clean sources")]
pub struct BadRecording {
    name: &'static str,
    reason: String,
}

impl BadRecording {
    /// The recorded drive reads, and yet is none.
    pub(crate) fn drive(reason: impl std::fmt::Display) -> Self {
        Self { name: "drive", reason: reason.to_string() }
    }
}

/// One check-in of the recorded day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordedArrival {
    /// Seconds since local midnight.
    pub second_of_day: i32,
    /// How long the check-in took.
    pub duration_s: u32,
}

/// All check-ins of the recorded day, in order of time.
///
/// # Errors
/// [`BadRecording`], which no sound build has.
pub fn arrivals() -> Result<Vec<RecordedArrival>, BadRecording> {
    let name = "arrivals";
    let text = unpack(name, ARRIVALS)?;
    let mut found = rows(name, &text, |row| {
        let at: DateTime = row.get(2)?.replace(' ', "T").parse().ok()?;
        let second_of_day = i32::from(at.hour()) * 3600 + i32::from(at.minute()) * 60 + i32::from(at.second());
        Some(RecordedArrival { second_of_day, duration_s: row.get(1)?.parse().ok()? })
    })?;
    found.sort_unstable();
    Ok(found)
}

/// One minute of the recorded room.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RecordedAir {
    /// Seconds since the midnight before the recording's full day; earlier ones are negative.
    pub second: i64,
    /// °C
    pub temperature: f64,
    /// % relative
    pub humidity: f64,
    /// ppm
    pub co2: f64,
}

/// A room's recording, to be asked for any moment.
#[derive(Debug, Clone, PartialEq)]
pub struct RoomSeries(Vec<RecordedAir>);

impl RoomSeries {
    /// Reads the recording.
    ///
    /// # Errors
    /// [`BadRecording`], which no sound build has.
    pub fn load() -> Result<Self, BadRecording> {
        let name = "room";
        let text = unpack(name, ROOM)?;
        let midnight = ROOM_DAY.at(0, 0, 0, 0);
        let found = rows(name, &text, |row| {
            let at: DateTime = row.get(0)?.replace(' ', "T").parse().ok()?;
            Some(RecordedAir {
                second: at.duration_since(midnight).as_secs(),
                temperature: row.get(1)?.parse().ok()?,
                humidity: row.get(2)?.parse().ok()?,
                co2: row.get(4)?.parse().ok()?,
            })
        })?;
        Ok(Self(found))
    }

    /// The air at a second of the recording's full day, between two rows by straight line; before the first and after
    /// the last row it stays as it was there.
    pub fn at(&self, second: i64) -> RecordedAir {
        let after = self.0.partition_point(|row| row.second < second);
        let nothing = RecordedAir { second, temperature: 21.0, humidity: 25.0, co2: 450.0 };
        match (after.checked_sub(1).and_then(|index| self.0.get(index)), self.0.get(after)) {
            (Some(before), Some(next)) => {
                let share = (second - before.second) as f64 / (next.second - before.second).max(1) as f64;
                let between = |from: f64, to: f64| from + (to - from) * share;
                RecordedAir {
                    second,
                    temperature: between(before.temperature, next.temperature),
                    humidity: between(before.humidity, next.humidity),
                    co2: between(before.co2, next.co2),
                }
            }
            (Some(only), None) | (None, Some(only)) => RecordedAir { second, ..*only },
            (None, None) => nothing,
        }
    }
}

/// The lines of the recorded drive, without the logger's banners and blank lines.
///
/// # Errors
/// [`BadRecording`], which no sound build has.
pub fn drive_lines() -> Result<Vec<String>, BadRecording> {
    let text = unpack("drive", DRIVE)?;
    Ok(text.lines().map(str::trim_end).filter(|line| line.starts_with('$')).map(str::to_owned).collect())
}

fn unpack(name: &'static str, packed: &[u8]) -> Result<String, BadRecording> {
    let mut text = String::new();
    GzDecoder::new(packed)
        .read_to_string(&mut text)
        .map_err(|error| BadRecording { name, reason: error.to_string() })?;
    Ok(text)
}

fn rows<T>(
    name: &'static str,
    text: &str,
    take: impl Fn(&csv::StringRecord) -> Option<T>,
) -> Result<Vec<T>, BadRecording> {
    let mut found = Vec::new();
    for row in csv::Reader::from_reader(text.as_bytes()).records() {
        let row = row.map_err(|error| BadRecording { name, reason: error.to_string() })?;
        let taken = take(&row).ok_or_else(|| BadRecording { name, reason: format!("row {row:?}") })?;
        found.push(taken);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arrivals_are_the_recorded_ones() {
        let all = arrivals().unwrap();
        assert_eq!(all.len(), 4510);
        assert_eq!(all.first().unwrap().second_of_day, 7 * 3600 + 21);
        assert_eq!(all.last().unwrap().second_of_day, 19 * 3600 + 59 * 60 + 19);
        let mut lengths: Vec<u32> = all.iter().map(|arrival| arrival.duration_s).collect();
        lengths.sort_unstable();
        assert_eq!((lengths[0], lengths[2255], lengths[4509]), (15, 47, 300));
    }

    #[test]
    fn the_room_is_the_recorded_one_and_continuous() {
        let room = RoomSeries::load().unwrap();
        assert_eq!(room.0.len(), 2665);
        let first = room.at(-(9 * 3600 + 41 * 60));
        assert!((first.temperature - 23.7).abs() < 1e-9, "{first:?}");
        let (low, high) = (room.at(6 * 3600), room.at(16 * 3600));
        assert!(low.co2 < 450.0 && high.co2 > 1200.0, "{low:?} {high:?}");
        assert!((room.at(36_000).temperature - room.at(36_001).temperature).abs() < 0.05);
    }

    #[test]
    fn the_drive_has_its_sentences() {
        let lines = drive_lines().unwrap();
        assert_eq!(lines.iter().filter(|line| line.starts_with("$GPRMC")).count(), 2042);
        assert_eq!(lines.len(), 26_548 - 2042 - 2);
    }
}
