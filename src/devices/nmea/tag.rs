//! TAG blocks (NMEA 0183 4.x): `\s:VIP03,c:1795400240*hh\` before a sentence says who sent it, and when.

use super::{Checksum, Damage, Name, hex_pair, xor};
use crate::facts::Timestamp;

/// Line `line` of the `of` lines of group `id`: they share the source that the first one names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Which line of the group.
    pub line: u32,
    /// How many lines it has.
    pub of: u32,
    /// Which group.
    pub id: u32,
}

/// What a TAG block says. Keys that are not named here are passed over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TagBlock {
    /// `s`: who sent the sentence.
    pub source: Option<Name>,
    /// `d`: for whom.
    pub destination: Option<Name>,
    /// `c`: when, by the sender's clock.
    pub at: Option<Timestamp>,
    /// `g`: which lines belong together.
    pub group: Option<Group>,
    /// `n`: the sender's line number.
    pub line: Option<u32>,
    /// `t`: anything.
    pub text: Option<Box<str>>,
}

/// A Unix time above this is in milliseconds (in seconds it would be in the year 5138).
const SECONDS_MAX: i64 = 99_999_999_999;

impl TagBlock {
    /// From what stands between the backslashes.
    pub(super) fn read(text: &str, checksum: Checksum) -> Result<Self, Damage> {
        let body = match (text.rsplit_once('*'), checksum) {
            (Some((body, sum)), _) => {
                if sum.len() != 2 || hex_pair(sum) != Some(xor(body)) {
                    return Err(Damage::Tag("its checksum is wrong"));
                }
                body
            }
            (None, Checksum::Required) => return Err(Damage::Tag("it has no checksum")),
            (None, Checksum::IfPresent) => text,
        };
        let mut block = Self::default();
        for (key, value) in body.split(',').filter_map(|pair| pair.split_once(':')) {
            match key {
                "s" => block.source = value.parse().ok(),
                "d" => block.destination = value.parse().ok(),
                "c" => block.at = unix_time(value),
                "g" => block.group = group(value),
                "n" => block.line = value.parse().ok(),
                "t" => block.text = Some(value.into()),
                _ => {}
            }
        }
        Ok(block)
    }
}

fn unix_time(value: &str) -> Option<Timestamp> {
    let told: i64 = value.parse().ok().filter(|told| *told > 0)?;
    Some(Timestamp::from_millis(if told > SECONDS_MAX { told } else { told * 1000 }))
}

fn group(value: &str) -> Option<Group> {
    let mut parts = value.splitn(3, '-').map(str::parse);
    match (parts.next()?, parts.next()?, parts.next()?) {
        (Ok(line), Ok(of), Ok(id)) => Some(Group { line, of, id }),
        _ => None,
    }
}
