//! Kenwood's fleet radios, whose base station tells many vehicles over one port, and sentences that name a vehicle.
//!
//! `PKL…` are FleetSync radios (fleet and unit), `PKN…` NXDN and DMR ones (one id). All end in an empty field.

use super::fields::{Fields, impossible, short_date};
use super::position::{positioned, standing};
use super::{Name, Refused, Sentence, SentenceKind, Standing};

/// A maker's own sentence that is read.
pub(super) fn read(address: &str, fields: &Fields<'_>) -> Result<Sentence, Refused> {
    match address {
        "PKLDS" => full(fields, 11, Some(12)),
        "PKNDS" => full(fields, 11, None),
        "PKLSH" => short(fields, 6, Some(7)),
        "PKNSH" => short(fields, 6, None),
        "PKLID" => named(fields, 1, Some(2)),
        "PKNID" => named(fields, 1, None),
        // Cradlepoint and PGID put the name first.
        _ => station(fields.at(0)),
    }
}

/// A sentence that only names the vehicle of the ones after it.
pub(super) fn station(id: &str) -> Result<Sentence, Refused> {
    let mut sentence = Sentence::new(SentenceKind::Station);
    sentence.unit = Some(name(id)?);
    Ok(sentence)
}

/// `time,status,lat,NS,lon,EW,knots,course,ddmmyy,variation,W00,id…`
fn full(fields: &Fields<'_>, id: usize, unit: Option<usize>) -> Result<Sentence, Refused> {
    fields.count(12, 16)?;
    let mut sentence = positioned(SentenceKind::KenwoodFull, fields, 0, 2, standing(fields.at(1), "")?)?;
    sentence.says.day = short_date(fields.at(8));
    if sentence.standing == Standing::Fixed {
        sentence.says.speed_kmh = fields.knots(6)?;
        sentence.says.course = fields.course(7)?;
    }
    sentence.unit = Some(unit_name(fields, id, unit)?);
    Ok(sentence)
}

/// `lat,NS,lon,EW,time,status,id…`
fn short(fields: &Fields<'_>, id: usize, unit: Option<usize>) -> Result<Sentence, Refused> {
    fields.count(7, 9)?;
    let mut sentence = positioned(SentenceKind::KenwoodShort, fields, 4, 0, standing(fields.at(5), "")?)?;
    sentence.unit = Some(unit_name(fields, id, unit)?);
    Ok(sentence)
}

/// `version,id…`
fn named(fields: &Fields<'_>, id: usize, unit: Option<usize>) -> Result<Sentence, Refused> {
    let mut sentence = Sentence::new(SentenceKind::KenwoodUnit);
    sentence.unit = Some(unit_name(fields, id, unit)?);
    Ok(sentence)
}

/// `U00207`, or fleet and unit as `100-2001`.
fn unit_name(fields: &Fields<'_>, id: usize, unit: Option<usize>) -> Result<Name, Refused> {
    match unit {
        None => name(fields.at(id)),
        Some(unit) => {
            let (fleet, unit) = (name(fields.at(id))?, name(fields.at(unit))?);
            name(&format!("{fleet}-{unit}"))
        }
    }
}

fn name(text: &str) -> Result<Name, Refused> {
    text.parse().map_err(|_| impossible("the unit's name", text).into())
}
