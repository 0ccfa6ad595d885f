//! Writes NMEA sentences as receivers do: field widths, checksums, dates. Reads none.
//!
//! Field order after the NMEA 0183 description in gpsd's `NMEA.adoc`; TAG blocks after its `AIVDM.adoc`; the Kenwood
//! sentences after the logs of fleet radios that pynmeagps and go-nmea carry in their tests.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Kilometres an hour in one knot (exactly: a nautical mile is 1,852 m).
pub const KMH_PER_KNOT: f64 = 1.852;

/// How a receiver came by its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Satellites alone.
    Autonomous,
    /// With corrections from the ground or from space.
    Differential,
}

/// What a receiver knows at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// Its own time, which it keeps for a while without satellites.
    pub at: Timestamp,
    /// Where it is; `None` while it has no fix.
    pub fix: Option<Fix>,
}

/// A position with what belongs to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fix {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// Knots over ground.
    pub speed_kn: f64,
    /// Degrees from true north.
    pub course: f64,
    /// Metres above the geoid.
    pub altitude_m: f64,
    /// How it was found.
    pub mode: Mode,
}

/// What differs between receivers that say the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dialect {
    /// The two letters of the talker: `GP`, `GN`, …
    pub talker: &'static str,
    /// Decimals of the minutes of latitude and longitude.
    pub minute_decimals: u32,
    /// Decimals of a speed in RMC.
    pub speed_decimals: usize,
    /// Whether the sentences have the fields that NMEA 4.1 added (navigational status, system id).
    pub v41: bool,
    /// Magnetic variation in degrees, east positive; many receivers leave it out.
    pub variation: Option<f64>,
}

impl Dialect {
    /// A plain GPS receiver after NMEA 2.3.
    pub const GP: Self = Self { talker: "GP", minute_decimals: 4, speed_decimals: 1, v41: false, variation: None };
    /// A modern multi-constellation receiver after NMEA 4.1.
    pub const GN: Self = Self { talker: "GN", minute_decimals: 5, speed_decimals: 2, v41: true, variation: None };
}

/// The satellites that the simulated receiver always sees: PRNs and dilutions do not matter to anybody here, but gpsd
/// wants them plausible.
const SATELLITES: [u8; 9] = [5, 12, 13, 15, 18, 24, 25, 29, 31];

/// Exclusive or over the bytes between `$` and `*`.
pub fn checksum(body: &str) -> u8 {
    body.bytes().fold(0, |sum, byte| sum ^ byte)
}

/// Frames a body as a sentence: `$`, body, `*`, checksum. Without a line end.
pub fn sentence(body: &str) -> String {
    format!("${body}*{:02X}", checksum(body))
}

/// Puts a TAG block with its own checksum before a sentence; `fields` like `s:car-1,c:1795400240`.
pub fn tagged(fields: &str, sentence: &str) -> String {
    format!("\\{fields}*{:02X}\\{sentence}", checksum(fields))
}

/// The same sentence with a checksum that is wrong, as line noise makes it: the last hex digit differs.
pub fn damaged(sentence: &str) -> String {
    let mut bytes = sentence.trim_end().to_owned();
    let wrong = match bytes.pop() {
        Some('0') => '1',
        Some(_) | None => '0',
    };
    bytes.push(wrong);
    bytes
}

/// RMC: time, status, position, speed, course, date.
pub fn rmc(dialect: &Dialect, moment: &Moment) -> String {
    let civil = utc(moment.at);
    let (variation, side) = variation(dialect);
    let body = match &moment.fix {
        Some(fix) => format!(
            "{}RMC,{},A,{},{:.*},{:.1},{},{variation},{side},{}{}",
            dialect.talker,
            time(civil),
            position(fix, dialect.minute_decimals),
            dialect.speed_decimals,
            fix.speed_kn,
            fix.course,
            date(civil),
            mode_letter(fix.mode),
            if dialect.v41 { ",V" } else { "" },
        ),
        None => format!(
            "{}RMC,{},V,,,,,,,{},,,N{}",
            dialect.talker,
            time(civil),
            date(civil),
            if dialect.v41 { ",V" } else { "" },
        ),
    };
    sentence(&body)
}

/// GGA: time, position, quality, satellites, altitude. It has no date.
pub fn gga(dialect: &Dialect, moment: &Moment) -> String {
    let clock = time(utc(moment.at));
    let body = match &moment.fix {
        Some(fix) => format!(
            "{}GGA,{clock},{},{},{:02},0.9,{:.1},M,8.1,M,,",
            dialect.talker,
            position(fix, dialect.minute_decimals),
            match fix.mode {
                Mode::Autonomous => 1,
                Mode::Differential => 2,
            },
            SATELLITES.len(),
            fix.altitude_m,
        ),
        None => format!("{}GGA,{clock},,,,,0,00,99.9,,M,,M,,", dialect.talker),
    };
    sentence(&body)
}

/// GSA: what kind of fix, from which satellites, how diluted.
pub fn gsa(dialect: &Dialect, moment: &Moment) -> String {
    let used: &[u8] = if moment.fix.is_some() { &SATELLITES } else { &[] };
    gsa_of(dialect, used, if moment.fix.is_some() { ["1.6", "0.9", "1.3"] } else { ["99.9", "99.9", "99.9"] })
}

/// GSA over given satellites and dilutions (position, horizontal, vertical).
fn gsa_of(dialect: &Dialect, used: &[u8], dilution: [&str; 3]) -> String {
    let slots: String =
        (0..12).map(|slot| used.get(slot).map_or_else(|| ",".to_owned(), |prn| format!(",{prn:02}"))).collect();
    let kind = if used.is_empty() { 1 } else { 3 };
    let system = if dialect.v41 { ",1" } else { "" };
    sentence(&format!("{}GSA,A,{kind}{slots},{}{system}", dialect.talker, dilution.join(",")))
}

/// VTG: course and speed in two units. A receiver without a fix leaves the fields empty.
pub fn vtg(dialect: &Dialect, moment: &Moment) -> String {
    let body = match &moment.fix {
        Some(fix) => {
            let magnetic = dialect
                .variation
                .map_or_else(String::new, |variation| format!("{:.1}", (fix.course - variation).rem_euclid(360.0)));
            format!(
                "{}VTG,{:.1},T,{magnetic},M,{:.1},N,{:.1},K,{}",
                dialect.talker,
                fix.course,
                fix.speed_kn,
                fix.speed_kn * KMH_PER_KNOT,
                mode_letter(fix.mode)
            )
        }
        None => format!("{}VTG,,T,,M,,N,,K,N", dialect.talker),
    };
    sentence(&body)
}

/// ZDA: time and full date.
pub fn zda(dialect: &Dialect, moment: &Moment) -> String {
    let civil = utc(moment.at);
    sentence(&format!(
        "{}ZDA,{},{:02},{:02},{:04},00,00",
        dialect.talker,
        time(civil),
        civil.day(),
        civil.month(),
        civil.year()
    ))
}

/// Kenwood FleetSync, short: position and unit, neither date nor speed. `None` without a fix: a radio repeats nothing.
pub fn pklsh(moment: &Moment, fleet: u16, unit: u16) -> Option<String> {
    let fix = moment.fix.as_ref()?;
    Some(sentence(&format!("PKLSH,{},{},A,{fleet},{unit},", position(fix, 4), whole_time(utc(moment.at)))))
}

/// Kenwood NEXEDGE, long: the fields of RMC with the unit's id (`U00207`) and its status.
pub fn pknds(moment: &Moment, unit: &str, status: u16, variation: f64) -> Option<String> {
    let fix = moment.fix.as_ref()?;
    let civil = utc(moment.at);
    Some(sentence(&format!(
        "PKNDS,{},A,{},{:05.1},{:05.1},{},{:05.2},{}00,{unit},{status},00,",
        whole_time(civil),
        position(fix, 4),
        fix.speed_kn,
        fix.course,
        date(civil),
        variation.abs(),
        if variation < 0.0 { 'W' } else { 'E' },
    )))
}

/// `ddmm.mmmm,N,dddmm.mmmm,E`. Counted in whole units of the last decimal, so that no field ever reads 60 minutes.
fn position(fix: &Fix, decimals: u32) -> String {
    let (lat, lon) = (angle(fix.lat, decimals, 2), angle(fix.lon, decimals, 3));
    let (north, east) = (if fix.lat < 0.0 { 'S' } else { 'N' }, if fix.lon < 0.0 { 'W' } else { 'E' });
    format!("{lat},{north},{lon},{east}")
}

fn angle(degrees: f64, decimals: u32, width: usize) -> String {
    let unit = 10_u64.pow(decimals);
    let total = (degrees.abs() * 60.0 * unit as f64).round() as u64;
    let (whole, rest) = (total / (60 * unit), total % (60 * unit));
    format!("{whole:0width$}{:02}.{:0places$}", rest / unit, rest % unit, places = decimals as usize)
}

fn variation(dialect: &Dialect) -> (String, &'static str) {
    dialect
        .variation
        .map_or((String::new(), ""), |degrees| (format!("{:.1}", degrees.abs()), if degrees < 0.0 { "W" } else { "E" }))
}

fn mode_letter(mode: Mode) -> char {
    match mode {
        Mode::Autonomous => 'A',
        Mode::Differential => 'D',
    }
}

pub(crate) fn utc(at: Timestamp) -> DateTime {
    TimeZone::UTC.to_datetime(at)
}

/// `hhmmss.ss`
fn time(civil: DateTime) -> String {
    format!("{}.{:02}", whole_time(civil), civil.subsec_nanosecond() / 10_000_000)
}

/// `hhmmss`
pub(crate) fn whole_time(civil: DateTime) -> String {
    format!("{:02}{:02}{:02}", civil.hour(), civil.minute(), civil.second())
}

/// `ddmmyy`
pub(crate) fn date(civil: DateTime) -> String {
    format!("{:02}{:02}{:02}", civil.day(), civil.month(), civil.year().rem_euclid(100))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The moment that the examples of the field guide describe: 31°14.58204' N, 121°28.30512' E.
    fn moment(mode: Mode) -> Moment {
        let fix = Fix {
            lat: 31.0 + 14.582_04 / 60.0,
            lon: 121.0 + 28.305_12 / 60.0,
            speed_kn: 12.4,
            course: 87.0,
            altitude_m: 6.2,
            mode,
        };
        Moment { at: "2026-11-23T02:17:20Z".parse().unwrap(), fix: Some(fix) }
    }

    fn void() -> Moment {
        Moment { at: "2026-11-23T02:17:21Z".parse().unwrap(), fix: None }
    }

    const SHANGHAI_VARIATION: f64 = -5.2;

    #[test]
    fn sentences_match_the_examples_of_the_field() {
        let gn = Dialect { variation: Some(SHANGHAI_VARIATION), ..Dialect::GN };
        let gp = Dialect::GP;
        let fix = moment(Mode::Autonomous);
        let cases = [
            (
                rmc(&gn, &moment(Mode::Differential)),
                "$GNRMC,021720.00,A,3114.58204,N,12128.30512,E,12.40,87.0,231126,5.2,W,D,V*7B",
            ),
            (rmc(&gp, &fix), "$GPRMC,021720.00,A,3114.5820,N,12128.3051,E,12.4,87.0,231126,,,A*52"),
            (rmc(&Dialect { v41: true, ..gp }, &void()), "$GPRMC,021721.00,V,,,,,,,231126,,,N,V*05"),
            (gga(&gp, &fix), "$GPGGA,021720.00,3114.5820,N,12128.3051,E,1,09,0.9,6.2,M,8.1,M,,*50"),
            (
                gsa_of(&Dialect::GN, &[5, 12, 18, 24, 25, 29], ["1.6", "0.9", "1.3"]),
                "$GNGSA,A,3,05,12,18,24,25,29,,,,,,,1.6,0.9,1.3,1*38",
            ),
            (
                vtg(&Dialect { variation: Some(SHANGHAI_VARIATION), ..gp }, &fix),
                "$GPVTG,87.0,T,92.2,M,12.4,N,23.0,K,A*23",
            ),
            (zda(&gp, &fix), "$GPZDA,021720.00,23,11,2026,00,00*67"),
            (pklsh(&fix, 100, 2001).unwrap(), "$PKLSH,3114.5820,N,12128.3051,E,021720,A,100,2001,*29"),
            (
                pknds(&fix, "U00207", 207, SHANGHAI_VARIATION).unwrap(),
                "$PKNDS,021720,A,3114.5820,N,12128.3051,E,012.4,087.0,231126,05.20,W00,U00207,207,00,*33",
            ),
            (
                tagged("s:VIP03,c:1795400240,n:12", &rmc(&gp, &fix)),
                "\\s:VIP03,c:1795400240,n:12*03\\$GPRMC,021720.00,A,3114.5820,N,12128.3051,E,12.4,87.0,231126,,,A*52",
            ),
        ];
        for (written, golden) in cases {
            assert_eq!(written, golden);
        }
    }

    #[test]
    fn without_a_fix_nothing_says_where() {
        for written in [rmc(&Dialect::GP, &void()), gga(&Dialect::GP, &void()), vtg(&Dialect::GP, &void())] {
            assert!(!written.contains('.') || !written.contains(",E"), "{written}");
        }
        assert!(gsa(&Dialect::GP, &void()).starts_with("$GPGSA,A,1,,,"));
        assert_eq!(pklsh(&void(), 100, 2001), None);
    }

    #[test]
    fn minutes_never_round_up_to_sixty() {
        assert_eq!(angle(30.999_999_999, 4, 2), "3100.0000");
        assert_eq!(angle(-0.5, 4, 3), "00030.0000");
    }

    #[test]
    fn a_damaged_sentence_has_a_wrong_checksum_and_the_same_length() {
        let good = rmc(&Dialect::GP, &moment(Mode::Autonomous));
        let bad = damaged(&good);
        assert_eq!(bad.len(), good.len());
        let (body, sum) = bad[1..].split_once('*').unwrap();
        assert_ne!(u8::from_str_radix(sum, 16).unwrap(), checksum(body));
    }
}
