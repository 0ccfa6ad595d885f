//! One frame into what it says: TAG block, checksum, fields. Pure, and integers only.
//!
//! Promises that a void fix never carries a position, and that every number handed out is in its range.
//! Joins nothing and knows no time but the sentence's own: see [`fix`](super::fix).
//!
//! Follows NMEA 0183 up to 4.11 as gpsd's `NMEA` and `AIVDM` pages describe it, and Kenwood's fleet sentences.
//!
//! The `nmea` crate reads VTG and GSA here, which only add to a fix (`added`). What carries a position, a time or a date
//! is taken apart in this module: the crate's `parse_str` refuses GNS with more than two constellations, GLL without a
//! mode, leap seconds and anything without a checksum, drops the modes that tell a simulated fix from a real one, and
//! lets `nan` and 99 degrees through its floats.

mod added;
mod fields;
mod kenwood;
mod position;
mod tag;

use std::fmt;

use super::lines::{End, Frame};
use crate::facts::{E7, Milli, Name};
use fields::Fields;
pub use fields::{Day, Place, TimeOfDay};
pub use tag::{Group, TagBlock};

/// Whether a sentence must carry a checksum. One that is there must be right in either case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Checksum {
    /// A sentence without one is damaged: a wire loses characters.
    #[default]
    Required,
    /// A sentence without one is taken if a line break ended it.
    IfPresent,
}

/// What kind of sentence, whoever talks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SentenceKind {
    /// Position, speed, course, date.
    Rmc,
    /// Position, satellites, dilution.
    Gga,
    /// The same over several constellations.
    Gns,
    /// Position.
    Gll,
    /// Speed and course.
    Vtg,
    /// Date.
    Zda,
    /// Dilution.
    Gsa,
    /// Kenwood PKLDS, PKNDS: a unit's RMC.
    KenwoodFull,
    /// Kenwood PKLSH, PKNSH: a unit's position without date and speed.
    KenwoodShort,
    /// Kenwood PKLID, PKNID: a unit's status, no position.
    KenwoodUnit,
    /// Names the vehicle of the sentences after it: STN, PCPTI, PGID, FID.
    Station,
}

impl SentenceKind {
    /// Kenwood's own.
    pub const fn is_kenwood(self) -> bool {
        match self {
            Self::KenwoodFull | Self::KenwoodShort | Self::KenwoodUnit => true,
            Self::Rmc | Self::Gga | Self::Gns | Self::Gll | Self::Vtg | Self::Zda | Self::Gsa | Self::Station => false,
        }
    }

    /// Whether it tells position, speed and date of one solution, and so outranks the others.
    pub const fn is_whole(self) -> bool {
        match self {
            Self::Rmc | Self::KenwoodFull => true,
            Self::Gga
            | Self::Gns
            | Self::Gll
            | Self::Vtg
            | Self::Zda
            | Self::Gsa
            | Self::KenwoodShort
            | Self::KenwoodUnit
            | Self::Station => false,
        }
    }
}

/// Whether the receiver knows where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Standing {
    /// The sentence does not say.
    #[default]
    Untold,
    /// It does not, whatever coordinates stand in the sentence (a last position, a factory's).
    Void,
    /// It does.
    Fixed,
}

/// What one sentence, or all of one moment, say of the vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Says {
    /// Where it is; only with a valid fix.
    pub place: Option<Place>,
    /// How fast over ground, km/h.
    pub speed_kmh: Option<Milli>,
    /// Whereto, degrees from true north, 0 to below 360.
    pub course: Option<Milli>,
    /// The UTC day.
    pub day: Option<Day>,
    /// Horizontal dilution of precision.
    pub hdop: Option<Milli>,
    /// Satellites used.
    pub satellites: Option<u8>,
}

/// One sentence, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// What kind.
    pub kind: SentenceKind,
    /// The moment it speaks of.
    pub time: Option<TimeOfDay>,
    /// Whether it speaks of a fix.
    pub standing: Standing,
    /// What it says.
    pub says: Says,
    /// The vehicle it names.
    pub unit: Option<Name>,
}

impl Sentence {
    fn new(kind: SentenceKind) -> Self {
        Self { kind, time: None, standing: Standing::Untold, says: Says::default(), unit: None }
    }
}

/// How a frame is damaged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The bytes are not the ones that were sent.
    #[error("the checksum is {told:02X}, but the bytes make {made:02X}")]
    Checksum {
        /// What the sentence says.
        told: u8,
        /// What its bytes make.
        made: u8,
    },
    /// No checksum where one is required.
    #[error("there is no checksum; where the device sends none, set checksum = \"if_present\" for the port")]
    NoChecksum,
    /// The end is missing.
    #[error("it is cut off: {0}")]
    Cut(&'static str),
    /// The TAG block before the sentence is damaged, so nobody knows whose it is.
    #[error("the TAG block before it is damaged: {0}")]
    Tag(&'static str),
    /// A checksum that is right over fields that cannot be: two sentences merged, or a receiver's fault.
    #[error("{field} cannot be \"{text}\"")]
    Field {
        /// Which.
        field: &'static str,
        /// As it stands there.
        text: Box<str>,
    },
}

impl Damage {
    /// The word by which it is counted.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Checksum { .. } => "checksum",
            Self::NoChecksum => "no_checksum",
            Self::Cut(_) => "cut_off",
            Self::Tag(_) => "tag_block",
            Self::Field { .. } => "field",
        }
    }
}

/// Why a frame gave no sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// Not what was sent, or impossible: worth keeping.
    Damaged(Damage),
    /// Whole, but of a form that is not taken here.
    NotUnderstood(Box<str>),
    /// Whole, and about something else: ships, satellites in view, the maker's own.
    NotForUs,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(damage) => damage.fmt(f),
            Self::NotUnderstood(why) => f.write_str(why),
            Self::NotForUs => f.write_str("not about a vehicle's position"),
        }
    }
}

impl From<Damage> for Refused {
    fn from(damage: Damage) -> Self {
        Self::Damaged(damage)
    }
}

/// A frame, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The TAG block before the sentence.
    pub tag: Option<TagBlock>,
    /// The device that the line's prefix names (`358…,` or `4711/358…/`).
    pub prefix: Option<Name>,
    /// The sentence.
    pub sentence: Result<Sentence, Refused>,
}

/// Takes a frame apart.
pub fn decode(frame: &Frame, checksum: Checksum) -> Decoded {
    let prefix = frame.prefix().and_then(name_in_prefix);
    match frame.tag().map(|tag| TagBlock::read(tag, checksum)).transpose() {
        Ok(tag) => Decoded { tag, prefix, sentence: read(frame, checksum) },
        Err(damage) => Decoded { tag: None, prefix, sentence: Err(Refused::Damaged(damage)) },
    }
}

/// The XOR of all bytes, as sentences and TAG blocks carry it.
fn xor(text: &str) -> u8 {
    text.bytes().fold(0, |sum, byte| sum ^ byte)
}

/// The two hex digits at the beginning of `text`.
fn hex_pair(text: &str) -> Option<u8> {
    let pair = text.get(..2).filter(|pair| pair.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u8::from_str_radix(pair, 16).ok()
}

fn read(frame: &Frame, checksum: Checksum) -> Result<Sentence, Refused> {
    let address = frame.address();
    let body = frame.sentence().get(1..).unwrap_or_default();
    let foreign = frame.sentence().starts_with('!') || (is_proprietary(address) && !is_taken(address));
    let body = match body.split_once('*') {
        Some((body, rest)) => {
            let told = hex_pair(rest).ok_or(Damage::Cut("its checksum is not two hex digits"))?;
            let made = xor(body);
            if told != made {
                return Err(Damage::Checksum { told, made }.into());
            }
            body
        }
        // Some receivers put no checksum on binary of their own (Ashtech's $PASHR,MCA).
        None if foreign => return Err(Refused::NotForUs),
        None => match (frame.end(), checksum) {
            (End::Full, _) => return Err(Damage::Cut("no end within 256 bytes").into()),
            (_, Checksum::Required) => return Err(Damage::NoChecksum.into()),
            (End::Start, Checksum::IfPresent) => return Err(Damage::Cut("another sentence begins in it").into()),
            (End::Byte(_), Checksum::IfPresent) => return Err(Damage::Cut("it ends in a control character").into()),
            (End::Line, Checksum::IfPresent) => body,
        },
    };
    if foreign {
        return Err(Refused::NotForUs);
    }
    let fields = Fields::split(body);
    if is_proprietary(address) { kenwood::read(address, &fields) } else { read_standard(address, body, &fields) }
}

/// `P` begins a maker's own address; `PQ` alone is also a talker (QZSS, as Quectel writes it).
fn is_proprietary(address: &str) -> bool {
    address.starts_with('P') && !(address.starts_with("PQ") && address.len() == 5)
}

/// The makers' own sentences that are read.
fn is_taken(address: &str) -> bool {
    matches!(address, "PKLDS" | "PKNDS" | "PKLSH" | "PKNSH" | "PKLID" | "PKNID" | "PCPTI" | "PGID")
}

/// Formatters of the standard that say nothing of where the vehicle is.
const NOT_FOR_US: &[&str] = &[
    "AAM", "ALM", "APA", "APB", "BOD", "BWC", "BWR", "BWW", "DBK", "DBS", "DBT", "DPT", "DTM", "GBS", "GRS", "GSS",
    "GST", "GSV", "HDG", "HDM", "HDT", "MDA", "MSK", "MSS", "MTW", "MWD", "MWV", "RMB", "ROT", "RTE", "THS", "TTM",
    "TXT", "VBW", "VHW", "VLW", "VPW", "VWR", "WNC", "WPL", "XTE", "ZFO", "ZTG",
];

fn read_standard(address: &str, body: &str, fields: &Fields<'_>) -> Result<Sentence, Refused> {
    let formatter = address.get(2..).filter(|formatter| formatter.len() == 3).unwrap_or_default();
    match formatter {
        "RMC" => position::rmc(fields),
        "GGA" => position::gga(fields),
        "GNS" => position::gns(fields),
        "GLL" => position::gll(fields),
        "ZDA" => position::zda(fields),
        "VTG" => added::vtg(body, fields),
        "GSA" => added::gsa(body, fields),
        "STN" | "FID" => kenwood::station(fields.at(0)),
        known if NOT_FOR_US.contains(&known) => Err(Refused::NotForUs),
        _ => Err(Refused::NotUnderstood(format!("{address} is no sentence that is taken here").into())),
    }
}

/// `358…,` or `4711/358…/` in a prefix name the device; a bare number does not (a radio's frame counter), nor does
/// what may be the tail of a sentence.
fn name_in_prefix(prefix: &str) -> Option<Name> {
    let token = match prefix.strip_suffix(',') {
        Some(token) => token.trim(),
        None => prefix.strip_suffix('/')?.rsplit('/').next()?,
    };
    let fits = (3..=20).contains(&token.len())
        && token.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    if fits { token.parse().ok() } else { None }
}

#[cfg(test)]
mod tests;
