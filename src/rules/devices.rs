//! Which devices were heard, when, and what they last said of themselves.
//!
//! Judges no silence: that is `silent`. Watches at most [`DEVICES_MAX`] devices.

use std::collections::{VecDeque, btree_map};

use serde::{Deserialize, Serialize};

use super::device_clock::DeviceClock;
use super::lifecycle::Turn;
use super::silent;
use super::state::State;
use crate::facts::{Entry, Fact, Presence, Rejected, Report, Scan, Span, Subject, Timestamp};

/// How many devices are watched. Beyond it a device that the plan and the configuration do not name is not: its scans
/// are answered and its reports kept, but it has no silence, no room and no place on the map. A name made up for every
/// message must not fill the memory.
const DEVICES_MAX: usize = 4_096;

/// How many readings and positions of a device are known again. A client that is cut off sends everything again that it
/// was not acknowledged, and client libraries have up to twenty messages on the way. An older one that comes again is
/// kept again.
const RECENT_MAX: usize = 32;
/// The numbers of FNV-1a with 64 bits.
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

/// What is known of one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DeviceRecord {
    /// When it last reported anything; none while it is only expected.
    pub heard_at: Option<Timestamp>,
    /// What it, or its link, last said of itself, and since when.
    pub presence: Option<(Presence, Timestamp)>,
    /// What was said with its last report; a report of values says nothing.
    #[serde(default)]
    pub reason: Option<String>,
    /// Where the count of its silence starts: its last report, its goodbye, or when it began to be expected.
    pub silent_from: Timestamp,
    /// It has been silent for longer than its limit.
    pub silent: bool,
    /// The silence was told; whoever ends that alert, it is not told again before the device is heard.
    pub told: bool,
    pub received: u64,
    pub rejected: u64,
    /// When the last report came that was not understood, and the beginning of why.
    #[serde(default)]
    pub last_rejected: Option<(Timestamp, String)>,
    pub clock: DeviceClock,
    /// Its newest readings and positions with the device's own stamps, oldest first, to know a redelivery.
    recent: VecDeque<Kept>,
}

impl DeviceRecord {
    /// A device that is expected from `at` on.
    pub(super) fn expected(at: Timestamp) -> Self {
        Self {
            heard_at: None,
            presence: None,
            reason: None,
            silent_from: at,
            silent: false,
            told: false,
            received: 0,
            rejected: 0,
            last_rejected: None,
            clock: DeviceClock::default(),
            recent: VecDeque::new(),
        }
    }

    /// Whether nothing was ever heard of it or about it.
    pub(super) fn is_only_expected(&self) -> bool {
        self.heard_at.is_none() && self.presence.is_none()
    }

    /// Our clock was moved: what is remembered is remembered in its new reckoning, so that lengths stay what they are.
    pub(super) fn clock_moved(&mut self, by: Span) {
        self.heard_at = self.heard_at.map(|at| at.plus(by));
        self.presence = self.presence.map(|(presence, since)| (presence, since.plus(by)));
        self.silent_from = self.silent_from.plus(by);
        self.last_rejected = self.last_rejected.take().map(|(at, reason)| (at.plus(by), reason));
        self.clock.we_moved(by);
    }

    fn remember(&mut self, entry: &Entry) {
        let kept = entry.observed_at.and_then(|observed_at| Kept::of(observed_at, &entry.fact));
        if let Some(kept) = kept {
            if self.recent.len() >= RECENT_MAX {
                self.recent.pop_front();
            }
            self.recent.push_back(kept);
        }
    }

    fn is(&mut self, presence: Presence, at: Timestamp) {
        if self.presence.is_none_or(|(now, _)| now != presence) {
            self.presence = Some((presence, at));
        }
    }
}

/// Takes down who was heard: the device that reported, and the one that the report itself names (a bridge may speak for
/// its sensors). False where that one is not watched; the dashboard never is, though check-ins by hand name it as their kiosk.
pub(super) fn hear(state: &mut State, turn: &mut Turn, entry: &Entry) -> bool {
    let named = match &entry.fact {
        Fact::Reading(reading) => Some(Subject::Sensor(reading.room.clone(), reading.sensor.clone())),
        Fact::Scan(scan) => Some(Subject::Kiosk(scan.kiosk.clone())),
        Fact::Position(_)
        | Fact::Device(_)
        | Fact::Incident(_)
        | Fact::Rejected(_)
        | Fact::Plan(_)
        | Fact::Command(_)
        | Fact::Alert(_)
        | Fact::Clock(_)
        | Fact::Gap(_) => None,
    };
    let reporter = hear_one(state, turn, entry, &entry.device);
    match named {
        Some(device) if device != entry.device => hear_one(state, turn, entry, &device),
        Some(_) | None => reporter,
    }
}

fn hear_one(state: &mut State, turn: &mut Turn, entry: &Entry, device: &Subject) -> bool {
    let said = match (&entry.fact, device) {
        (Fact::Plan(_) | Fact::Command(_) | Fact::Alert(_) | Fact::Clock(_) | Fact::Gap(_), _)
        | (_, Subject::Guest(_) | Subject::Room(_) | Subject::Operator(_) | Subject::Gateway) => return true,
        (_, Subject::Kiosk(kiosk)) if Scan::is_dashboard(kiosk) => return false,
        (Fact::Device(report), _) => Some(report.state),
        (Fact::Position(_), _) => Some(Presence::Online),
        (Fact::Scan(_) | Fact::Reading(_) | Fact::Incident(_) | Fact::Rejected(_), _) => None,
    };
    let devices = state.devices.len();
    let record = match state.devices.entry(device.clone()) {
        btree_map::Entry::Occupied(known) => known.into_mut(),
        btree_map::Entry::Vacant(_) if devices >= DEVICES_MAX => return false,
        btree_map::Entry::Vacant(new) => new.insert(DeviceRecord::expected(turn.at)),
    };
    match &entry.fact {
        Fact::Rejected(rejected) => {
            record.rejected += 1;
            let reason = rejected.reason.chars().take(Rejected::REASON_SHOWN).collect();
            record.last_rejected = Some((turn.at, reason));
        }
        Fact::Reading(_) | Fact::Position(_) => {
            record.received += 1;
            record.reason = None;
            record.remember(entry);
        }
        Fact::Device(report) => {
            record.received += 1;
            record.reason.clone_from(&report.reason);
        }
        Fact::Scan(_)
        | Fact::Incident(_)
        | Fact::Plan(_)
        | Fact::Command(_)
        | Fact::Alert(_)
        | Fact::Clock(_)
        | Fact::Gap(_) => {
            record.received += 1;
            record.reason = None;
        }
    }
    let was = record.presence.map(|(presence, _)| presence);
    match said {
        // A goodbye is usually the broker's word for it, and is no sign of life.
        Some(Presence::Offline) => {
            record.is(Presence::Offline, turn.at);
            if was != Some(Presence::Offline) {
                silent::goodbye(state, turn, device);
            }
            return true;
        }
        // A silence ends here, so a new state begins.
        said if record.silent => {
            let still = was.filter(|was| *was == Presence::NoFix);
            record.presence = Some((said.or(still).unwrap_or(Presence::Online), turn.at));
        }
        Some(presence) => record.is(presence, turn.at),
        None if was == Some(Presence::NoFix) => {}
        None => record.is(Presence::Online, turn.at),
    }
    record.heard_at = Some(turn.at);
    silent::heard(state, turn, device);
    true
}

/// Whether a report is one that is kept already: among the same device's last [`RECENT_MAX`] readings or positions,
/// with the same stamp of the device and the same content. A report without a stamp of its own never is.
pub(super) fn repeats(state: &State, report: &Report) -> bool {
    let (Some(record), Some(observed_at)) = (state.devices.get(&report.device), report.observed_at) else {
        return false;
    };
    // Nearly every report has a stamp of its own, so the content is seldom looked at.
    record.recent.iter().any(|kept| kept.observed_at == observed_at)
        && Kept::of(observed_at, &report.fact).is_some_and(|kept| record.recent.contains(&kept))
}

/// What is remembered of a kept reading or position to know it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    observed_at: Timestamp,
    /// FNV-1a over the kind and the body's bytes.
    digest: u64,
}

impl Kept {
    fn of(observed_at: Timestamp, fact: &Fact) -> Option<Self> {
        let mut bytes = vec![fact.kind() as u8];
        fact.write_body(&mut bytes).ok()?;
        let digest = bytes.iter().fold(FNV_BASIS, |digest, byte| (digest ^ u64::from(*byte)).wrapping_mul(FNV_PRIME));
        Some(Self { observed_at, digest })
    }
}
