//! The things worth keeping, one struct a kind. A struct's JSON is the entry's `body`, in the journal as on the wire.
//!
//! What a device reports and what is kept are the same type, with one exception that is written as such: a scan has
//! no [`Ruling`] until the rules gave one.

use serde::{Deserialize, Serialize};

use super::Alert;
use super::clock::ClockFact;
use super::command::Command;
use super::decimal::{E7, Milli};
use super::footing::Footing;
use super::kind::Kind;
use super::names::{Name, Subject};
use super::plan::Plan;
use super::reading::Reading;
use super::time::Timestamp;

/// Which way a guest goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// In.
    #[default]
    Entry,
    /// Out.
    Exit,
}

/// The answer to a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Expected, and not here yet.
    Admit,
    /// Was here, left, comes back.
    AdmitAgain,
    /// Is inside already: perhaps two people with one code.
    AlreadyIn,
    /// Went out.
    Left,
    /// The code is not in the plan.
    NotFound,
    /// Expected on another day.
    WrongDay,
    /// Expected at another entrance.
    WrongPoint,
    /// The visit was called off.
    Cancelled,
    /// Let in, but call the host.
    NeedsAttention,
}

impl Verdict {
    /// Whether the guest is in the house after this verdict on an entry scan.
    pub const fn lets_in(self) -> bool {
        match self {
            Self::Admit | Self::AdmitAgain | Self::NeedsAttention => true,
            Self::AlreadyIn | Self::Left | Self::NotFound | Self::WrongDay | Self::WrongPoint | Self::Cancelled => {
                false
            }
        }
    }
}

/// What the rules said to a scan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ruling {
    /// The answer.
    pub verdict: Verdict,
    /// How late the guest is against the plan, in seconds; 0 when in time or not expected.
    pub late_by_s: i64,
    /// The time that punctuality was judged by: the kiosk's own where its clock is plausible, else ours.
    pub judged_at: Timestamp,
}

/// A guest held a code to a kiosk.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Scan {
    /// The kiosk's own id of this scan; the same id from the same kiosk is the same scan.
    pub scan_id: Name,
    /// The code on the badge or invitation.
    pub code: Name,
    /// Which kiosk.
    pub kiosk: Name,
    /// In or out.
    #[serde(default)]
    pub direction: Direction,
    /// Which entrance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<Name>,
    /// How it was read (`qr`, `nfc`, `face`, `manual` …), as the kiosk says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Name>,
    /// How long the check-in took, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_s: Option<u32>,
    /// The answer; none only before the rules have seen the scan.
    #[serde(flatten, default)]
    pub ruling: Option<Ruling>,
}

/// Where a vehicle was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// Latitude, degrees north, −90 to 90.
    pub lat: E7,
    /// Longitude, degrees east, −180 to 180.
    pub lon: E7,
    /// Speed over ground, km/h, where the receiver says it.
    pub speed_kmh: Option<Milli>,
    /// Course over ground, degrees clockwise from north, 0 to below 360.
    pub course: Option<Milli>,
    /// The fix's own UTC time, also where it is not plausible enough to be the entry's `observed_at`.
    pub fix_at: Option<Timestamp>,
    /// Whether the engine runs, where the device says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignition: Option<bool>,
    /// Horizontal dilution of precision; above 5 the position says little about movement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hdop: Option<Milli>,
    /// Satellites used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub satellites: Option<u8>,
}

/// What is known of a device's being there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// It says it is there, or its link is back.
    Online,
    /// It says goodbye, its last will came, or its link is lost.
    Offline,
    /// A GPS that speaks but has no fix.
    NoFix,
}

/// What of the gateway itself a report is about. A part is `offline` while its condition holds, with the reason, and
/// `online` when it is over. Whoever watches a part says its state once each way, and once after each start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The way to the system above: it cannot be reached, or does not want us.
    Upstream,
    /// The disk: there is little room, or none.
    Disk,
    /// The backup: there is none that is new enough, or the last one failed.
    Backup,
    /// What is kept: readings or positions are given up for want of room.
    Data,
    /// The database: it was damaged, and set aside.
    Journal,
    /// The data budget: nothing is left that may be given up, and there is little room, or none.
    Budget,
}

/// A device came, went, or lost its senses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeviceReport {
    /// What is known now.
    pub state: Presence,
    /// Why, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Of the gateway: which part of it; none is the gateway itself, whose `online` is its start. Never of a device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
}

impl DeviceReport {
    /// What a device says of itself.
    pub const fn of_device(state: Presence, reason: Option<String>) -> Self {
        Self { state, reason, part: None }
    }

    /// What the gateway says of a part of itself: its condition holds for this reason, or is over.
    pub const fn of_part(part: Part, holds: Option<String>) -> Self {
        let state = if holds.is_some() { Presence::Offline } else { Presence::Online };
        Self { state, reason: holds, part: Some(part) }
    }
}

/// Somebody pressed a panic button.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Incident {
    /// Where.
    pub room: Name,
    /// What kind, as the device says (`medical`, `security` …).
    pub incident: Name,
}

/// Input that was kept but not understood.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Rejected {
    /// Where it came in: a topic, a port, an address.
    pub link: String,
    /// Why it was not understood, and what would be.
    pub reason: String,
    /// The bytes in base64, at most [`Rejected::RAW_MAX`] of them.
    pub raw: String,
    /// How many bytes there were.
    pub bytes: u64,
}

impl Rejected {
    /// Bytes of the input that are kept; what is beyond is told by [`Rejected::bytes`] only.
    pub const RAW_MAX: usize = 1024;
    /// Signs of the reason that are shown with a device; all of them stand in the entry.
    pub const REASON_SHOWN: usize = 200;
}

/// A stretch of entries of which some were given up. What it says of the others seals them: the chain cannot be followed
/// through content that is gone, so their hashes are told here, behind it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Gap {
    /// First number of the stretch.
    pub from: super::Seq,
    /// Last number of the stretch.
    pub to: super::Seq,
    /// Why.
    pub reason: String,
    /// The kinds of which entries were given up now.
    pub kinds: Vec<Kind>,
    /// How many were given up now.
    pub entries: u64,
    /// The hash of the entry before the stretch, in hex; none where that is given up too, or there is none.
    pub before: Option<String>,
    /// BLAKE3 over number and hash of each entry of the stretch that is left, in hex.
    pub left: String,
    /// From where on alerts can still be proven to follow, this gap and all before it counted in.
    pub footing: Footing,
}

/// Anything worth keeping.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Fact {
    /// A guest scanned.
    Scan(Scan),
    /// A vehicle was somewhere.
    Position(Position),
    /// A sensor measured.
    Reading(Reading),
    /// A device came or went.
    Device(DeviceReport),
    /// A plan took the place of the one before.
    Plan(Box<Plan>),
    /// Somebody ordered something.
    Command(Command),
    /// An alert changed its state.
    Alert(Box<Alert>),
    /// A panic button.
    Incident(Incident),
    /// Input not understood.
    Rejected(Rejected),
    /// The clock.
    Clock(ClockFact),
    /// Entries given up.
    Gap(Box<Gap>),
}

/// A body that is not one of its kind: the journal was written by a newer version or was damaged.
#[derive(Debug, thiserror::Error)]
#[error("the body of a {kind} entry cannot be read: {source}")]
pub struct BodyFault {
    kind: &'static str,
    #[source]
    source: serde_json::Error,
}

impl Fact {
    /// Its kind.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Scan(_) => Kind::Scan,
            Self::Position(_) => Kind::Position,
            Self::Reading(_) => Kind::Reading,
            Self::Device(_) => Kind::Device,
            Self::Plan(_) => Kind::Plan,
            Self::Command(_) => Kind::Command,
            Self::Alert(_) => Kind::Alert,
            Self::Incident(_) => Kind::Incident,
            Self::Rejected(_) => Kind::Rejected,
            Self::Clock(_) => Kind::Clock,
            Self::Gap(_) => Kind::Gap,
        }
    }

    /// Whom it is about, told by `device`.
    pub fn subject(&self, device: &Subject) -> Subject {
        match self {
            Self::Scan(scan) => Subject::Guest(scan.code.clone()),
            Self::Reading(reading) => Subject::Room(reading.room.clone()),
            Self::Incident(incident) => Subject::Room(incident.room.clone()),
            Self::Alert(alert) => alert.subject.clone(),
            Self::Plan(_) | Self::Command(_) | Self::Clock(_) | Self::Gap(_) => Subject::Gateway,
            Self::Position(_) | Self::Device(_) | Self::Rejected(_) => device.clone(),
        }
    }

    /// Appends the body's JSON to `out`. The same fact always gives the same bytes.
    pub fn write_body(&self, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        match self {
            Self::Scan(body) => serde_json::to_writer(out, body),
            Self::Position(body) => serde_json::to_writer(out, body),
            Self::Reading(body) => body.write(out),
            Self::Device(body) => serde_json::to_writer(out, body),
            Self::Plan(body) => serde_json::to_writer(out, body),
            Self::Command(body) => serde_json::to_writer(out, body),
            Self::Alert(body) => serde_json::to_writer(out, body),
            Self::Incident(body) => serde_json::to_writer(out, body),
            Self::Rejected(body) => serde_json::to_writer(out, body),
            Self::Clock(body) => serde_json::to_writer(out, body),
            Self::Gap(body) => serde_json::to_writer(out, body),
        }
    }

    /// Reads a body written by [`Fact::write_body`].
    pub fn read_body(kind: Kind, body: &str) -> Result<Self, BodyFault> {
        fn read<'a, T: Deserialize<'a>>(body: &'a str) -> serde_json::Result<T> {
            serde_json::from_str(body)
        }
        let fact = match kind {
            Kind::Scan => read(body).map(Self::Scan),
            Kind::Position => read(body).map(Self::Position),
            Kind::Reading => Reading::read(body).map(Self::Reading),
            Kind::Device => read(body).map(Self::Device),
            Kind::Plan => read(body).map(Self::Plan),
            Kind::Command => read(body).map(Self::Command),
            Kind::Alert => read(body).map(Self::Alert),
            Kind::Incident => read(body).map(Self::Incident),
            Kind::Rejected => read(body).map(Self::Rejected),
            Kind::Clock => read(body).map(Self::Clock),
            Kind::Gap => read(body).map(Self::Gap),
        };
        fact.map_err(|source| BodyFault { kind: kind.word(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(kind: &str, body: &str) {
        let kind = Kind::from_word(kind).unwrap();
        let fact = Fact::read_body(kind, body).unwrap();
        assert_eq!(fact.kind(), kind);
        let mut out = Vec::new();
        fact.write_body(&mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), body);
    }

    #[test]
    fn bodies_are_read_back_to_the_same_bytes() {
        round_trip(
            "scan",
            r#"{"scan_id":"K03-1","code":"G-1","kiosk":"K03","direction":"entry","point":"main","verdict":"admit","late_by_s":61,"judged_at":"2026-11-23T02:17:20.412Z"}"#,
        );
        round_trip("scan", r#"{"scan_id":"K03-1","code":"G-1","kiosk":"K03","direction":"exit"}"#);
        round_trip(
            "position",
            r#"{"lat":31.24303,"lon":-121.47175,"speed_kmh":23.5,"course":null,"fix_at":null,"ignition":true}"#,
        );
        round_trip("reading", r#"{"room":"lobby","sensor":"t1","temperature":23.4,"co2":871}"#);
        round_trip("device", r#"{"state":"no_fix","reason":"garage"}"#);
        round_trip("device", r#"{"state":"offline","reason":"full","part":"disk"}"#);
        round_trip("command", r#"{"action":"acknowledge","alert":"A-1","by":"li"}"#);
        round_trip("command", r#"{"action":"unacknowledge","alert":"A-1","by":"li"}"#);
        round_trip("command", r#"{"action":"shelve","alert":"A-1","by":"li","for":"30m","reason":"doors are open"}"#);
        round_trip(
            "command",
            r#"{"action":"shelve","alert":"A-1","by":"li","until":"2026-11-23T16:00:00.000Z","reason":"no"}"#,
        );
        round_trip("command", r#"{"action":"note","alert":"A-1","by":"li","text":"x"}"#);
        round_trip("command", r#"{"action":"note","alert":"A-1","by":"li","cause":"rain","improvement":"a roof"}"#);
        round_trip("command", r#"{"action":"resolve","alert":"A-1","by":"li"}"#);
        round_trip("command", r#"{"action":"resolve","alert":"A-1","by":"li","note":"x","handling":"y","result":"z"}"#);
        round_trip("command", r#"{"action":"unshelve","alert":"A-1","by":"li"}"#);
        round_trip("command", r#"{"action":"receive","guest":"G-1","by":"li"}"#);
        round_trip("command", r#"{"action":"undo_check_in","guest":"G-1","by":"li","scan_id":"H-1"}"#);
        round_trip("command", r#"{"action":"trust_clock","by":"li"}"#);
        round_trip("command", r#"{"action":"resume_rules","footing":{"seq":9,"digest":"cd"}}"#);
        round_trip("command", r#"{"action":"erase_people","before":"2026-11-23T16:00:00.000Z"}"#);
        round_trip("incident", r#"{"room":"lobby","incident":"medical"}"#);
        round_trip("rejected", r#"{"link":"topic x","reason":"no","raw":"AA==","bytes":1}"#);
        round_trip("clock", r#"{"trusted":true,"source":"system","stepped_ms":0}"#);
        round_trip(
            "gap",
            r#"{"from":1,"to":2,"reason":"budget","kinds":["reading"],"entries":1,"before":null,"left":"ab","footing":{"seq":9,"digest":"cd"}}"#,
        );
    }

    #[test]
    fn a_body_of_another_kind_is_refused() {
        assert!(Fact::read_body(Kind::Position, r#"{"room":"lobby"}"#).is_err());
        for kind in Kind::ALL {
            assert_eq!(Kind::from_number(*kind as u8), Some(*kind));
            assert_eq!(Kind::from_word(kind.word()), Some(*kind));
        }
    }
}
