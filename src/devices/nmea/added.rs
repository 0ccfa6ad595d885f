//! What only adds to a fix, read by the `nmea` crate: VTG and GSA.
//!
//! A form that the crate refuses (a GSA with an empty dilution, the VTG of before 1992) is not understood: it costs
//! what it would have added, never a position.

use nmea::ParseResult;
use nmea::sentences::{GsaData, VtgData};

use super::fields::{Fields, impossible, knots_to_kmh};
use super::{Damage, Milli, Refused, Sentence, SentenceKind, xor};

/// Speed and course over ground.
pub(super) fn vtg(body: &str, fields: &Fields<'_>) -> Result<Sentence, Refused> {
    let mut sentence = Sentence::new(SentenceKind::Vtg);
    // The crate does not hand out the mode.
    if matches!(fields.at(8), "N" | "M" | "S") {
        return Ok(sentence);
    }
    let data = match parse(body)? {
        ParseResult::VTG(VtgData { true_course, speed_over_ground }) => (true_course, speed_over_ground),
        other => return Err(unexpected(&other)),
    };
    sentence.says.course =
        data.0.map(|c| scaled("the course", c, 3, 360)).transpose()?.map(|raw| Milli::from_raw(raw % 360_000));
    sentence.says.speed_kmh = data.1.map(|s| scaled("the speed", s, 7, 999)).transpose()?.map(knots_to_kmh);
    Ok(sentence)
}

/// Dilution of the satellites used.
pub(super) fn gsa(body: &str, fields: &Fields<'_>) -> Result<Sentence, Refused> {
    let mut sentence = Sentence::new(SentenceKind::Gsa);
    // The crate does not export the type of this field: 1 is no fix, and then the dilutions mean nothing.
    if fields.at(1) == "1" {
        return Ok(sentence);
    }
    let hdop = match parse(body)? {
        ParseResult::GSA(GsaData { hdop, .. }) => hdop,
        other => return Err(unexpected(&other)),
    };
    sentence.says.hdop = hdop.map(|h| scaled("the dilution", h, 3, 999)).transpose()?.map(Milli::from_raw);
    Ok(sentence)
}

/// The crate takes no sentence without a checksum, so it gets one anew; ours was judged before.
fn parse(body: &str) -> Result<ParseResult, Refused> {
    let whole = format!("${body}*{:02X}", xor(body));
    nmea::parse_str(&whole).map_err(|error| {
        let kind = body.get(2..5).unwrap_or_default();
        Refused::NotUnderstood(format!("this form of {kind} is not taken: {error}").chars().take(120).collect())
    })
}

fn unexpected(other: &ParseResult) -> Refused {
    Refused::NotUnderstood(format!("read as another sentence: {:?}", nmea::SentenceType::from(other)).into())
}

/// The crate's float as a whole number of `10^-digits`, if it is a number between 0 and `most`.
fn scaled(field: &'static str, value: f32, digits: u32, most: i16) -> Result<i64, Damage> {
    if value.is_finite() && (0.0..=f32::from(most)).contains(&value) {
        // An f32 holds seven digits, and f64 holds all that f32 does: three digits behind the point survive.
        let thousandths = (f64::from(value) * 1000.0).round() as i64;
        Ok(thousandths * 10_i64.pow(digits - 3))
    } else {
        Err(impossible(field, &value.to_string()))
    }
}
