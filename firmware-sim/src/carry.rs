//! Carries recorded sentences to another part of the map: where RMC, GGA and GLL say where the receiver is, they say
//! another place, with as many decimals as before and the right checksum. Courses, speeds, heights, satellites and
//! times stay as recorded.
//!
//! A latitude moves by one constant. A longitude moves by one constant too, and its distance from the pivot is narrowed
//! by one constant ratio: meridians lie a tenth farther apart at 31° N than at 39° N, so that a plain move would stretch
//! every road from east to west by that tenth, the recorded 81 km would become 85.5 km, and the receiver's own courses
//! and speeds would contradict its positions. All of it is whole numbers; nothing drifts from block to block.

use crate::nmea::sentence;
use crate::track::Point;

/// Decimals of a minute that are reckoned with (2 mm on the ground). A field with more is not read: no receiver has them.
const DECIMALS: u32 = 6;
/// One minute in these units.
const MINUTE: i64 = 10_i64.pow(DECIMALS);
const DEGREE: i64 = 60 * MINUTE;
/// The ratio of two meridians' distances is a whole number of so many parts.
const PARTS: i64 = 10_000;

/// A sentence that names a place which cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no place that can be moved")]
pub struct NoPlace(String);

/// The move from one part of the map to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carriage {
    from: Place,
    to: Place,
    /// How much nearer the meridians lie at `from` than at `to`, in [`PARTS`].
    narrowed: i64,
}

/// A place in [`DECIMALS`] of a minute, north and east.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    lat: i64,
    lon: i64,
}

impl Carriage {
    /// The move that brings `from` to `to` and all around `from` along, in its shape. Neither may lie near a pole.
    pub fn new(from: Point, to: Point) -> Self {
        let ratio = from.lat.to_radians().cos() / to.lat.to_radians().cos();
        Self { from: Place::of(from), to: Place::of(to), narrowed: (ratio * PARTS as f64).round() as i64 }
    }

    /// The sentence as a receiver over there would have said it. One that names no place comes back as it is.
    ///
    /// # Errors
    /// [`NoPlace`] for a place that is written as no receiver writes it.
    pub fn carry(&self, line: &str) -> Result<String, NoPlace> {
        let mut said: Vec<String> = fields(line).map(str::to_owned).collect();
        let Some(written) = place_field(line).and_then(|first| said.get_mut(first..first + 4)) else {
            return Ok(line.to_owned());
        };
        if written.iter().all(String::is_empty) {
            return Ok(line.to_owned());
        }
        let [lat, north, lon, east] = written else { return Err(NoPlace(line.to_owned())) };
        let place = Place::read(lat, north, lon, east).ok_or_else(|| NoPlace(line.to_owned()))?;
        let moved = self.moved(place);
        (*lat, *lon) = (like(lat, moved.lat, 2), like(lon, moved.lon, 3));
        if moved.lat < 0 { "S" } else { "N" }.clone_into(north);
        if moved.lon < 0 { "W" } else { "E" }.clone_into(east);
        Ok(sentence(&said.join(",")))
    }

    fn moved(&self, place: Place) -> Place {
        let lon = self.to.lon + rounded((place.lon - self.from.lon) * self.narrowed, PARTS);
        // East of 180° E it goes on at 180° W.
        let lon = (lon + 180 * DEGREE).rem_euclid(360 * DEGREE) - 180 * DEGREE;
        Place { lat: place.lat + self.to.lat - self.from.lat, lon }
    }
}

impl Place {
    fn of(point: Point) -> Self {
        let units = |degrees: f64| (degrees * DEGREE as f64).round() as i64;
        Self { lat: units(point.lat), lon: units(point.lon) }
    }

    fn read(lat: &str, north: &str, lon: &str, east: &str) -> Option<Self> {
        let sign = match (north, east) {
            ("N", "E") => (1, 1),
            ("N", "W") => (1, -1),
            ("S", "E") => (-1, 1),
            ("S", "W") => (-1, -1),
            _ => return None,
        };
        Some(Self { lat: sign.0 * units(lat, 2)?, lon: sign.1 * units(lon, 3)? })
    }
}

/// The place that a sentence names, if it names one.
pub fn place(line: &str) -> Option<Point> {
    let written: Vec<&str> = fields(line).skip(place_field(line)?).take(4).collect();
    let [lat, north, lon, east] = written[..] else { return None };
    let place = Place::read(lat, north, lon, east)?;
    let degrees = |units: i64| units as f64 / DEGREE as f64;
    Some(Point::new(degrees(place.lat), degrees(place.lon)))
}

/// The fields of a sentence, its name first, without `$` and checksum.
pub(crate) fn fields(line: &str) -> impl Iterator<Item = &str> {
    line.trim_start_matches('$').split('*').next().unwrap_or_default().split(',')
}

/// The first of the four fields that say where.
fn place_field(line: &str) -> Option<usize> {
    match line.get(..6) {
        Some("$GPRMC") => Some(3),
        Some("$GPGGA") => Some(2),
        Some("$GPGLL") => Some(1),
        Some(_) | None => None,
    }
}

/// `ddmm.mmmm` (or `dddmm.mmmm`, with a width of 3) in units.
fn units(field: &str, width: usize) -> Option<i64> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i64>().ok())?;
    let (whole, decimals) = field.split_once('.').unwrap_or((field, ""));
    let finer = 10_i64.pow(DECIMALS.checked_sub(u32::try_from(decimals.len()).ok()?)?);
    if whole.len() != width + 2 {
        return None;
    }
    let parts = if decimals.is_empty() { 0 } else { digits(decimals)? };
    Some(digits(whole.get(..width)?)? * DEGREE + digits(whole.get(width..)?)? * MINUTE + parts * finer)
}

/// An angle written with as many decimals as `field`, which [`units`] has read.
fn like(field: &str, angle: i64, width: usize) -> String {
    let places = field.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let unit = (0..places).fold(1, |unit, _| unit * 10);
    let total = rounded(angle.abs() * unit, MINUTE);
    let (minutes, rest) = (total / unit, total % unit);
    let whole = format!("{:0width$}{:02}", minutes / 60, minutes % 60);
    if places == 0 { whole } else { format!("{whole}.{rest:0places$}") }
}

/// `dividend / divisor` to the nearest whole number; halves go up.
fn rounded(dividend: i64, divisor: i64) -> i64 {
    (dividend + divisor / 2).div_euclid(divisor)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 39° 26.5007' N, 119° 46.1986' W, where the recording ends.
    const RENO: Point = Point::new(39.441_678_333, -119.769_976_667);
    const SHANGHAI: Point = Point::new(31.2430, 121.4717);

    #[test]
    fn a_place_moves_and_nothing_else_does() {
        let there = Carriage::new(RENO, SHANGHAI);
        let cases = [
            (
                "$GPRMC,025632,A,3926.5007,N,11946.1986,W,0.0,154.5,260905,15.2,E,D*36",
                "$GPRMC,025632,A,3114.5800,N,12128.3020,E,0.0,154.5,260905,15.2,E,D*",
            ),
            // 12.4154' farther south; 15.1468' farther west, of which 9,033 parts remain: 13.6821'.
            ("$GPGLL,3914.0853,N,12001.3454,W,014830,A,A*5E", "$GPGLL,3102.1646,N,12114.6199,E,014830,A,A*"),
            (
                "$GPGGA,014830,3914.0853,N,12001.3454,W,1,08,1.4,1892.6,M,-22.6,M,,*49",
                "$GPGGA,014830,3102.1646,N,12114.6199,E,1,08,1.4,1892.6,M,-22.6,M,,*",
            ),
        ];
        for (recorded, said) in cases {
            let carried = there.carry(recorded).unwrap();
            assert!(carried.starts_with(said), "{carried}");
            let (body, sum) = carried[1..].split_once('*').unwrap();
            assert_eq!(sum, format!("{:02X}", crate::nmea::checksum(body)));
        }
        for placeless in ["$PGRME,4.5,M,10.4,M,11.4,M*2E", "$GPGLL,,,,,014830,V,N*4A", "$GPRMB,A,,,,,,,,,,,,A,A*0B"] {
            assert_eq!(there.carry(placeless).unwrap(), placeless);
        }
    }

    #[test]
    fn decimals_and_hemispheres_are_kept_right() {
        let cases = [
            // Over the equator and the date line, with two, no and six decimals.
            ((1.0, 179.0), (-1.0, -179.0), "$GPGLL,0100.25,N,17900.25,E", "$GPGLL,0059.75,S,17859.75,W"),
            ((1.0, 179.5), (1.0, 179.5), "$GPGLL,0101,S,17930,W", "$GPGLL,0101,S,17930,W"),
            ((0.0, 0.0), (0.0, 180.0), "$GPGLL,0000.000001,N,00000.000001,E", "$GPGLL,0000.000001,N,17959.999999,W"),
            // No field reads sixty minutes.
            ((0.0, 0.0), (0.999_999_9, 0.0), "$GPGLL,0000.00,N,00000.00,E", "$GPGLL,0100.00,N,00000.00,E"),
        ];
        for (from, to, written, moved) in cases {
            let there = Carriage::new(Point::new(from.0, from.1), Point::new(to.0, to.1));
            let carried = there.carry(&sentence(&written[1..])).unwrap();
            assert_eq!(carried, sentence(&moved[1..]), "{written}");
        }
    }

    #[test]
    fn a_place_that_no_receiver_writes_is_refused() {
        let there = Carriage::new(RENO, SHANGHAI);
        for field in ["3926.5007,X,11946.1986,W", "39-6.5,N,11946.1986,W", "3,N,11946,W", "3926.5007,N,,W", "é1,N,1,W"]
        {
            let line = sentence(&format!("GPGLL,{field},025632,A,D"));
            assert_eq!(there.carry(&line), Err(NoPlace(line.clone())));
            assert_eq!(place(&line), None);
        }
    }

    #[test]
    fn the_place_of_a_sentence_is_read_in_degrees() {
        let read = place("$GPRMC,025632,A,3926.5007,N,11946.1986,W,0.0,154.5,260905,15.2,E,D*36").unwrap();
        assert!(read.distance_m(RENO) < 0.01, "{read:?}");
        assert_eq!(place("$GPBOD,,T,,M,,*47"), None);
    }
}
