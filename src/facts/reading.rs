//! What a room's sensor measured: nearly every entry of a day.
//!
//! Promises that it is written byte for byte as serde writes it, and read with the digits that stand in the text.

use serde::{Deserialize, Serialize};

use super::measures::Measures;
use super::names::Name;

/// What a room's sensor measured.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Reading {
    /// The room.
    pub room: Name,
    /// The sensor within the room.
    pub sensor: Name,
    /// The values.
    #[serde(flatten)]
    pub measures: Measures,
}

impl Reading {
    /// As serde writes it, without a detour for each number: most of a day's entries are readings.
    pub(super) fn write(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        out.extend_from_slice(b"{\"room\":");
        serde_json::to_writer(&mut *out, &self.room)?;
        out.extend_from_slice(b",\"sensor\":");
        serde_json::to_writer(&mut *out, &self.sensor)?;
        self.measures.write(out);
        out.push(b'}');
        Ok(())
    }

    /// Names first, then the values from the same object: digits must come from the text itself.
    pub(super) fn read(body: &str) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct Names {
            room: Name,
            sensor: Name,
        }
        let Names { room, sensor } = serde_json::from_str(body)?;
        Ok(Self { room, sensor, measures: serde_json::from_str(body)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Fact, Metric, Milli};

    #[test]
    fn a_reading_is_written_as_serde_writes_it() {
        let measures = Metric::ALL.iter().zip([-1, 0, 21_500, 1_000_000, -273_150, 7].into_iter().cycle());
        let measures = measures.map(|(metric, raw)| (*metric, Milli::from_raw(raw)));
        for measures in [measures.collect(), Measures::default()] {
            let names = ["lobby", "大厅 \"A\"\\"].map(|name| name.parse::<Name>().unwrap());
            let reading = Reading { room: names[1].clone(), sensor: names[0].clone(), measures };
            let mut written = Vec::new();
            Fact::Reading(reading.clone()).write_body(&mut written).unwrap();
            assert_eq!(String::from_utf8(written).unwrap(), serde_json::to_string(&reading).unwrap());
        }
    }
}
