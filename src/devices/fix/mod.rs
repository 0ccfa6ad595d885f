//! Joins what the sentences of one moment say into one fix, for each vehicle on the line.
//!
//! Promises that every moment with a valid position gives exactly one fix, and that a void one never gives any.
//! Reads no clock: every time is an argument. Keeps nothing: what leaves here is thinned and sent by `serial`.
//!
//! # When a fix is complete
//!
//! A moment is what one vehicle says with one time of day. Its fix is handed out as soon as nothing more can be
//! expected: when every field a fix can have is there, or when every kind of sentence that added something to the
//! two moments before has come. A new moment of the same vehicle, [`OPEN_MAX`] on a busy line, or silence on the line
//! ([`FixAssembler::flush`]) end it too. So at 1 Hz a fix leaves with the second sentence of its burst, the very first one
//! with the pause after its burst; and a receiver that sends less than usual costs a moment's wait, never a fix.
//! What comes late for a moment that has left is passed over.
//!
//! # Whose sentence it is
//!
//! The port's configured vehicle, if there is one. Else the unit of a Kenwood sentence, the source of a TAG block (or of
//! its group's first line), the line's prefix, or what a station sentence (STN, PCPTI, PGID, FID) named last. Else the
//! port's own name, until the first vehicle is named on it: from then on a sentence that names none is nobody's.
//! On a line where Kenwood sentences come, RMC, GGA and GLL without a name only repeat what they said.

mod moment;
mod receiver;
mod thinning;
mod when;

use std::collections::{BTreeMap, VecDeque};

use super::nmea::{Decoded, Place, Sentence, SentenceKind, TagBlock};
use crate::facts::{Milli, Name, Position, Span, Timestamp};
use receiver::Receiver;
pub use thinning::{Thinned, Thinning};

/// Vehicles followed on one port. The one not heard for longest is forgotten for a new one, and counted: what was said
/// of it has left before.
pub const VEHICLES_MAX: usize = 64;

/// On a line that is never quiet, a moment is not held open for longer than this.
pub const OPEN_MAX: Span = Span::from_secs(1);

/// TAG groups remembered on one port; the oldest is forgotten, and a later line of it is nobody's.
const GROUPS_MAX: usize = 8;

/// What one moment's sentences say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// The vehicle.
    pub vehicle: Name,
    /// Where.
    pub place: Place,
    /// How fast, km/h.
    pub speed_kmh: Option<Milli>,
    /// Whereto, degrees.
    pub course: Option<Milli>,
    /// The sentences' own UTC time, put right by whole GPS week roll-overs.
    pub fix_at: Option<Timestamp>,
    /// Whether that time can be right: within a day of ours.
    pub plausible: bool,
    /// Date and time as the receiver itself told them; none where it told no date.
    pub told_at: Option<Timestamp>,
    /// Horizontal dilution of precision.
    pub hdop: Option<Milli>,
    /// Satellites used.
    pub satellites: Option<u8>,
}

impl Fix {
    /// The time it was observed at, if the receiver's clock can be believed.
    pub fn observed_at(&self) -> Option<Timestamp> {
        self.fix_at.filter(|_| self.plausible)
    }

    /// As it is kept.
    pub fn position(&self) -> Position {
        Position {
            lat: self.place.lat,
            lon: self.place.lon,
            speed_kmh: self.speed_kmh,
            course: self.course,
            fix_at: self.fix_at,
            ignition: None,
            hdop: self.hdop,
            satellites: self.satellites,
        }
    }
}

/// What came of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A vehicle was somewhere.
    Fix(Fix),
    /// Its receiver speaks, but has lost its fix.
    FixLost(Name),
    /// It has one again.
    FixBack(Name),
    /// The sentence names no vehicle on a line of several.
    Nobody,
    /// [`VEHICLES_MAX`] was reached, and this one forgotten.
    Forgotten(Name),
}

/// The vehicles on one line, and what their open moments say.
#[derive(Debug)]
pub struct FixAssembler {
    configured: Option<Name>,
    fallback: Option<Name>,
    receivers: BTreeMap<Name, Receiver>,
    groups: VecDeque<(u32, Name)>,
    station: Option<Name>,
    /// A vehicle was named on this line.
    named: bool,
    /// A Kenwood sentence was heard on this line.
    kenwood: bool,
}

impl FixAssembler {
    /// For a line of the `configured` vehicle; else of those it names, and of `fallback` while it names none.
    pub fn new(configured: Option<Name>, fallback: Option<Name>) -> Self {
        Self {
            configured,
            fallback,
            receivers: BTreeMap::new(),
            groups: VecDeque::new(),
            station: None,
            named: false,
            kenwood: false,
        }
    }

    /// Takes one sentence, heard at `now`. What it completes comes in order; mostly nothing.
    pub fn push(&mut self, decoded: &Decoded, now: Timestamp) -> Vec<Heard> {
        let mut out = Vec::new();
        let source = decoded.tag.as_ref().and_then(|tag| self.source(tag));
        self.close_old(now, &mut out);
        let Ok(sentence) = &decoded.sentence else { return out };
        self.kenwood |= sentence.kind.is_kenwood();
        match sentence.kind {
            SentenceKind::Station => self.station.clone_from(&sentence.unit),
            SentenceKind::KenwoodUnit => {}
            SentenceKind::Rmc
            | SentenceKind::Gga
            | SentenceKind::Gns
            | SentenceKind::Gll
            | SentenceKind::Vtg
            | SentenceKind::Zda
            | SentenceKind::Gsa
            | SentenceKind::KenwoodFull
            | SentenceKind::KenwoodShort => match self.whose(sentence, source, decoded.prefix.as_ref()) {
                Some(vehicle) => {
                    let told_at = decoded.tag.as_ref().and_then(|tag| tag.at);
                    self.receiver(&vehicle, now, &mut out).push(&vehicle, sentence, told_at, now, &mut out);
                }
                None => out.push(Heard::Nobody),
            },
        }
        out
    }

    /// Ends every open moment: the line is quiet, or lost.
    pub fn flush(&mut self, now: Timestamp) -> Vec<Heard> {
        let mut out = Vec::new();
        for (vehicle, receiver) in &mut self.receivers {
            receiver.close(vehicle, now, &mut out);
        }
        out
    }

    /// Whether [`FixAssembler::flush`] would hand anything out.
    pub fn is_open(&self) -> bool {
        self.receivers.values().any(Receiver::is_open)
    }

    fn close_old(&mut self, now: Timestamp, out: &mut Vec<Heard>) {
        for (vehicle, receiver) in &mut self.receivers {
            if receiver.is_open() && now.since(receiver.heard_at()) > OPEN_MAX {
                receiver.close(vehicle, now, out);
            }
        }
    }

    /// The source that a TAG block names, or that the first line of its group named.
    fn source(&mut self, tag: &TagBlock) -> Option<Name> {
        let group = tag.group.as_ref().map(|group| group.id);
        match (&tag.source, group) {
            (Some(source), Some(id)) => {
                self.groups.retain(|(known, _)| *known != id);
                if self.groups.len() >= GROUPS_MAX {
                    self.groups.pop_front();
                }
                self.groups.push_back((id, source.clone()));
                Some(source.clone())
            }
            (Some(source), None) => Some(source.clone()),
            (None, Some(id)) => self.groups.iter().find(|(known, _)| *known == id).map(|(_, source)| source.clone()),
            (None, None) => None,
        }
    }

    fn whose(&mut self, sentence: &Sentence, source: Option<Name>, prefix: Option<&Name>) -> Option<Name> {
        if let Some(configured) = &self.configured {
            return Some(configured.clone());
        }
        if let Some(name) = sentence.unit.clone().or(source).or_else(|| prefix.cloned()) {
            if !self.named {
                // What came before the first name is not the port's own vehicle, but one that was not named yet.
                if let Some(fallback) = &self.fallback {
                    self.receivers.remove(fallback);
                }
                self.named = true;
            }
            return Some(name);
        }
        if self.kenwood {
            return None;
        }
        match &self.station {
            Some(station) => Some(station.clone()),
            None if self.named => None,
            None => self.fallback.clone(),
        }
    }

    fn receiver(&mut self, vehicle: &Name, now: Timestamp, out: &mut Vec<Heard>) -> &mut Receiver {
        if self.receivers.len() >= VEHICLES_MAX && !self.receivers.contains_key(vehicle) {
            let silent = self.receivers.iter().min_by_key(|(_, r)| r.heard_at()).map(|(name, _)| name.clone());
            if let Some((name, mut receiver)) = silent.and_then(|name| self.receivers.remove_entry(&name)) {
                receiver.close(&name, now, out);
                out.push(Heard::Forgotten(name));
            }
        }
        self.receivers.entry(vehicle.clone()).or_insert_with(|| Receiver::new(now))
    }
}

#[cfg(test)]
mod tests;
