//! The sentences of the standard that carry a position, a time or a date: RMC, GGA, GNS, GLL, ZDA.
//!
//! Field numbers count from 0 behind the address.

use super::fields::{Fields, impossible, long_date, short_date};
use super::{Damage, Refused, Sentence, SentenceKind, Standing};

/// `time,status,lat,NS,lon,EW,knots,course,ddmmyy,variation,EW[,mode[,navigation]]`
pub(super) fn rmc(fields: &Fields<'_>) -> Result<Sentence, Refused> {
    fields.count(9, 13)?;
    let standing = standing(fields.at(1), fields.at(11))?;
    let mut sentence = positioned(SentenceKind::Rmc, fields, 0, 2, standing)?;
    // A date that is none is left out: some receivers are off by a year before 2000 ("2208-1") and yet have a fix.
    sentence.says.day = short_date(fields.at(8));
    if sentence.standing == Standing::Fixed {
        sentence.says.speed_kmh = fields.knots(6)?;
        sentence.says.course = fields.course(7)?;
    }
    Ok(sentence)
}

/// `time,lat,NS,lon,EW,quality,satellites,hdop,altitude,M,geoid,M,age,station`
pub(super) fn gga(fields: &Fields<'_>) -> Result<Sentence, Refused> {
    fields.count(9, 15)?;
    let standing = match fields.at(5) {
        // 7 is entered by hand, 8 is a simulator.
        "" | "0" | "7" | "8" => Standing::Void,
        "1" | "2" | "3" | "4" | "5" | "6" | "9" => Standing::Fixed,
        other => return Err(impossible("the quality", other).into()),
    };
    let mut sentence = positioned(SentenceKind::Gga, fields, 0, 1, standing)?;
    add_precision(&mut sentence, fields)?;
    Ok(sentence)
}

/// `time,lat,NS,lon,EW,modes,satellites,hdop,altitude,geoid,age,station[,navigation]`: one mode letter a constellation.
pub(super) fn gns(fields: &Fields<'_>) -> Result<Sentence, Refused> {
    fields.count(10, 13)?;
    let mut standing = Standing::Void;
    for mode in fields.at(5).bytes() {
        match mode {
            b'A' | b'D' | b'E' | b'F' | b'P' | b'R' | b'C' => standing = Standing::Fixed,
            b'N' | b'M' | b'S' => {}
            _ => return Err(impossible("the modes", fields.at(5)).into()),
        }
    }
    let mut sentence = positioned(SentenceKind::Gns, fields, 0, 1, standing)?;
    // One of several for the same moment (GN, then GP, GL) leaves out what the first has said.
    if standing == Standing::Fixed && sentence.says.place.is_none() {
        sentence.standing = Standing::Untold;
    }
    add_precision(&mut sentence, fields)?;
    Ok(sentence)
}

/// `lat,NS,lon,EW,time,status[,mode]`
pub(super) fn gll(fields: &Fields<'_>) -> Result<Sentence, Refused> {
    if fields.count(4, 5).is_ok() {
        return Err(Refused::NotUnderstood("a GLL without status does not say whether it is a fix".into()));
    }
    fields.count(6, 7)?;
    let standing = standing(fields.at(5), fields.at(6))?;
    Ok(positioned(SentenceKind::Gll, fields, 4, 0, standing)?)
}

/// `time,day,month,year[,zone hours,zone minutes]`
pub(super) fn zda(fields: &Fields<'_>) -> Result<Sentence, Refused> {
    fields.count(4, 6)?;
    let mut sentence = Sentence::new(SentenceKind::Zda);
    sentence.time = fields.time(0)?;
    sentence.says.day = long_date(fields.at(1), fields.at(2), fields.at(3));
    Ok(sentence)
}

/// Status letter and mode letter (NMEA 2.3 and later, else empty) together.
pub(super) fn standing(status: &str, mode: &str) -> Result<Standing, Damage> {
    let valid = match status {
        "A" | "D" => true,
        "V" | "" => false,
        other => return Err(impossible("the status", other)),
    };
    match mode {
        "" | "A" | "D" | "E" | "F" | "P" | "R" | "C" => Ok(if valid { Standing::Fixed } else { Standing::Void }),
        // Not valid, entered by hand, simulated.
        "N" | "M" | "S" => Ok(Standing::Void),
        other => Err(impossible("the mode", other)),
    }
}

/// Time and, with a fix, place. Without one the coordinates are not even read, and a time that is none is left out.
pub(super) fn positioned(
    kind: SentenceKind,
    fields: &Fields<'_>,
    time: usize,
    place: usize,
    standing: Standing,
) -> Result<Sentence, Damage> {
    let mut sentence = Sentence::new(kind);
    sentence.standing = standing;
    if standing == Standing::Fixed {
        sentence.time = fields.time(time)?;
        sentence.says.place = fields.place(place)?;
        if sentence.says.place.is_none() {
            sentence.standing = Standing::Void;
        }
    } else {
        sentence.time = fields.time(time).ok().flatten();
    }
    Ok(sentence)
}

/// Satellites and dilution where GGA and GNS have them.
fn add_precision(sentence: &mut Sentence, fields: &Fields<'_>) -> Result<(), Damage> {
    if sentence.standing == Standing::Fixed {
        sentence.says.satellites = fields.satellites(6)?;
        sentence.says.hdop = fields.dilution(7)?;
    }
    Ok(())
}
