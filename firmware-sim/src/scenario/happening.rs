//! What is out of the ordinary in a day, in a form that a summary prints and a test looks for.

use jiff::Timestamp;

use crate::time::Span;

/// The kinds of things that happen; the day has at least one of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HappeningKind {
    /// A guest is late because the car stands in a jam.
    CarInJam,
    /// A guest never comes.
    NeverComes,
    /// A guest is there in time, but the kiosk is cut off and reports it late.
    ReportedLate,
    /// A kiosk sends the same scan again.
    ScanRepeated,
    /// A code that nobody has.
    Stranger,
    /// A guest scans at a second kiosk while already inside.
    TwoKiosks,
    /// A VIP has checked in, and nobody comes for a while.
    LeftWaiting,
    /// Somebody on duty is not there in time.
    PostUnmanned,
    /// A vehicle drives the recorded road.
    RecordedDrive,
    /// A vehicle stands for long where it should not.
    IdleOutsideZone,
    /// A receiver has no fix under a roof.
    FixLost,
    /// A receiver's cable is out.
    PortUnplugged,
    /// Line noise spoils a sentence.
    BadChecksum,
    /// A room gets too warm with its crowd.
    RoomWarm,
    /// A sensor repeats one value.
    SensorStuck,
    /// A sensor says nothing.
    SensorSilent,
    /// A kiosk has no network.
    KioskOffline,
    /// The system upstream is away.
    UpstreamGone,
}

impl HappeningKind {
    /// All kinds, in the order of this file.
    pub const ALL: [Self; 18] = [
        Self::CarInJam,
        Self::NeverComes,
        Self::ReportedLate,
        Self::ScanRepeated,
        Self::Stranger,
        Self::TwoKiosks,
        Self::LeftWaiting,
        Self::PostUnmanned,
        Self::RecordedDrive,
        Self::IdleOutsideZone,
        Self::FixLost,
        Self::PortUnplugged,
        Self::BadChecksum,
        Self::RoomWarm,
        Self::SensorStuck,
        Self::SensorSilent,
        Self::KioskOffline,
        Self::UpstreamGone,
    ];
}

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// When it begins.
    pub at: Timestamp,
    /// When it is over, if it lasts.
    pub until: Option<Timestamp>,
    /// Its kind.
    pub kind: HappeningKind,
    /// Whom or what it befalls: `guest/G-1042`, `vehicle/car-3`, `room/ballroom`, `sensor/press-1`, `kiosk/K02`, `gateway`.
    pub subject: String,
    /// The same for a reader.
    pub words: String,
}

impl Happening {
    /// Something that happens at one moment.
    pub fn once(at: Timestamp, kind: HappeningKind, subject: impl Into<String>, words: impl Into<String>) -> Self {
        Self { at, until: None, kind, subject: subject.into(), words: words.into() }
    }

    /// Something that lasts.
    pub fn lasting(span: Span, kind: HappeningKind, subject: impl Into<String>, words: impl Into<String>) -> Self {
        Self { until: Some(span.until), ..Self::once(span.from, kind, subject, words) }
    }
}
