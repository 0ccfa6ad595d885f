//! Bytes of one port into reports: frames, sentences, fixes, what is kept of them, and whether the link lives.
//!
//! Every time is an argument. Holds no port.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prometheus_client::metrics::counter::Counter;

use super::SerialSettings;
use super::outbox::Said;
use crate::counters::ledger::{Fate, Link as Account};
use crate::counters::{AtBound, Counters, OfLink, Outcome};
use crate::devices::fix::{FixAssembler, Heard, Thinned, Thinning};
use crate::devices::lines::{Frame, LineBuffer};
use crate::devices::nmea::{Checksum, Damage, Refused, decode};
use crate::facts::{DeviceReport, Fact, Name, Presence, Rejected, Report, Span, Subject, Timestamp};

/// Of what is damaged on one port, one is kept in this time; the rest is counted as `serial_rejected_every`. A wire that
/// picks up noise must not fill the journal.
const REJECTED_EVERY: Span = Span::from_secs(1);

/// Whether sentences come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    /// Nothing was heard or missed yet.
    Unknown,
    Up,
    Lost {
        since: Timestamp,
    },
}

/// What is known of one port between two reads.
pub(super) struct Hearing {
    /// As in the counters and for people: `serial:<vehicle or path>`.
    label: String,
    /// As in what is rejected: `serial:<path>`.
    wire: String,
    /// Who speaks for the port itself.
    device: Subject,
    vehicle: Option<Name>,
    fallback: Option<Name>,
    checksum: Checksum,
    thinning: Option<Thinning>,
    lines: LineBuffer,
    fixes: FixAssembler,
    thinned: BTreeMap<Name, Thinned>,
    rejected_at: Option<Timestamp>,
    link: Link,
    whole: u64,
    rubbish: Counter,
    /// Full times that came with fixes since they were last asked for.
    told: Vec<Timestamp>,
    counters: Arc<Counters>,
    account: Account,
}

impl Hearing {
    pub(super) fn new(settings: &SerialSettings, counters: Arc<Counters>) -> Self {
        let path = settings.path.to_string_lossy();
        let wire = format!("serial:{path}");
        let label = settings.vehicle.as_ref().map_or_else(|| wire.clone(), |vehicle| format!("serial:{vehicle}"));
        let device = match &settings.vehicle {
            Some(vehicle) => Subject::Vehicle(vehicle.clone()),
            // A path that is no name (too long, a control character) is nobody's own: then the gateway speaks for it.
            None => wire.parse().map_or(Subject::Gateway, Subject::Link),
        };
        let fallback = settings.path.file_name().and_then(|file| file.to_string_lossy().parse().ok());
        counters.link_up.get_or_create(&OfLink { link: label.clone() }).set(0);
        let rubbish = counters.rubbish_bytes.get_or_create(&OfLink { link: label.clone() }).clone();
        let account = counters.ledger.link(&label);
        Self {
            label,
            wire,
            device,
            checksum: settings.checksum,
            thinning: settings.thin.then_some(settings.thinning),
            lines: LineBuffer::default(),
            fixes: FixAssembler::new(settings.vehicle.clone(), fallback.clone()),
            vehicle: settings.vehicle.clone(),
            fallback,
            thinned: BTreeMap::new(),
            rejected_at: None,
            link: Link::Unknown,
            whole: 0,
            rubbish,
            told: Vec::new(),
            counters,
            account,
        }
    }

    /// How many sentences came whole so far, whatever they said.
    pub(super) fn whole(&self) -> u64 {
        self.whole
    }

    /// The full times that came with valid fixes since the last call, thinned or not. Only of a port whose vehicle is
    /// configured: whose receiver speaks on another is the wire's own word.
    pub(super) fn take_told(&mut self) -> Vec<Timestamp> {
        std::mem::take(&mut self.told)
    }

    /// Whether a fix waits for the rest of its moment.
    pub(super) fn is_open(&self) -> bool {
        self.fixes.is_open()
    }

    /// What these bytes make, in order.
    pub(super) fn hear(&mut self, bytes: &[u8], now: Timestamp) -> Vec<Said> {
        let mut out = Vec::new();
        for frame in self.lines.push(bytes) {
            self.take(&frame, now, &mut out);
        }
        self.count_rubbish();
        out
    }

    /// The line is quiet: what is open is all there will be.
    pub(super) fn quiet(&mut self, now: Timestamp) -> Vec<Said> {
        let mut out = Vec::new();
        let heard = self.fixes.flush(now);
        self.tell(heard, now, &mut out);
        out
    }

    /// The port is gone. What was open is told, the loss is said once, and the next bytes begin anew.
    pub(super) fn lost(&mut self, why: &str, now: Timestamp) -> Vec<Said> {
        let mut out = self.quiet(now);
        self.lines.cut();
        self.count_rubbish();
        self.fixes = FixAssembler::new(self.vehicle.clone(), self.fallback.clone());
        self.thinned.clear();
        match self.link {
            Link::Lost { .. } => {}
            Link::Unknown | Link::Up => {
                tracing::warn!(link = self.label, why, "link lost");
                self.counters.links_lost.get_or_create(&self.of_link()).inc();
                self.counters.link_up.get_or_create(&self.of_link()).set(0);
                self.link = Link::Lost { since: now };
                self.say(presence(self.device.clone(), Presence::Offline, Some(why.into())), &mut out);
            }
        }
        out
    }

    /// Brings the counter to what the line says.
    fn count_rubbish(&self) {
        self.rubbish.inc_by(self.lines.rubbish().saturating_sub(self.rubbish.get()));
    }

    /// Hands a report on, with a slip for its fate.
    fn say(&self, report: Report, out: &mut Vec<Said>) {
        out.push((report, self.account.heard()));
    }

    fn of_link(&self) -> OfLink {
        OfLink { link: self.label.clone() }
    }

    fn take(&mut self, frame: &Frame, now: Timestamp, out: &mut Vec<Said>) {
        let decoded = decode(frame, self.checksum);
        let outcome = match &decoded.sentence {
            Ok(_) => "taken",
            Err(Refused::NotForUs) => "not_for_us",
            Err(Refused::NotUnderstood(why)) => {
                tracing::debug!(link = self.label, sentence = frame.raw(), %why, "not understood");
                "not_understood"
            }
            Err(Refused::Damaged(damage)) => {
                self.reject(frame, damage, now, out);
                "damaged"
            }
        };
        self.count(outcome);
        if outcome != "damaged" {
            self.whole += 1;
            self.up(now, out);
        }
        let heard = self.fixes.push(&decoded, now);
        self.tell(heard, now, out);
    }

    fn count(&self, outcome: &'static str) {
        self.counters.sentences.get_or_create(&Outcome { link: self.label.clone(), outcome }).inc();
    }

    /// The first whole sentence since the port was opened: only now is somebody there.
    fn up(&mut self, now: Timestamp, out: &mut Vec<Said>) {
        let reason = match self.link {
            Link::Up => return,
            Link::Unknown => None,
            Link::Lost { since } => Some(format!("back after {}", now.since(since))),
        };
        tracing::info!(link = self.label, reason = reason.as_deref().unwrap_or("first heard"), "link up");
        self.counters.link_up.get_or_create(&self.of_link()).set(1);
        self.link = Link::Up;
        self.say(presence(self.device.clone(), Presence::Online, reason), out);
    }

    fn reject(&mut self, frame: &Frame, damage: &Damage, now: Timestamp, out: &mut Vec<Said>) {
        let early = self.rejected_at.is_some_and(|last| now >= last && now.since(last) < REJECTED_EVERY);
        let slip = self.account.heard().rejected(damage.word());
        if early {
            slip.ended(Fate::Dropped("serial_rejected_every"));
            self.counters.dropped.get_or_create(&AtBound { bound: "serial_rejected_every" }).inc();
            return;
        }
        self.rejected_at = Some(now);
        self.counters.rejected.get_or_create(&self.of_link()).inc();
        let raw = frame.raw().as_bytes();
        let rejected = Rejected {
            link: self.wire.clone(),
            reason: damage.to_string(),
            raw: STANDARD.encode(raw.get(..Rejected::RAW_MAX).unwrap_or(raw)),
            bytes: raw.len() as u64,
        };
        out.push((report(self.device.clone(), None, Fact::Rejected(rejected)), slip));
    }

    fn tell(&mut self, heard: Vec<Heard>, now: Timestamp, out: &mut Vec<Said>) {
        for heard in heard {
            match heard {
                Heard::Fix(fix) => {
                    self.told.extend(fix.told_at.filter(|_| self.vehicle.is_some()));
                    let kept = self.thinning.is_none_or(|rule| {
                        self.thinned.entry(fix.vehicle.clone()).or_default().keeps(&rule, &fix, now)
                    });
                    if kept {
                        let device = Subject::Vehicle(fix.vehicle.clone());
                        self.say(report(device, fix.observed_at(), Fact::Position(fix.position())), out);
                    } else {
                        self.account.heard().ended(Fate::Thinned);
                    }
                }
                Heard::FixLost(vehicle) => {
                    self.thinned.remove(&vehicle);
                    self.say(presence(Subject::Vehicle(vehicle), Presence::NoFix, None), out);
                }
                Heard::FixBack(vehicle) => {
                    let reason = Some("has a fix again".into());
                    self.say(presence(Subject::Vehicle(vehicle), Presence::Online, reason), out);
                }
                Heard::Nobody => {
                    self.count("nobody");
                    self.account.heard().ended(Fate::Nothing("nobody"));
                }
                Heard::Forgotten(vehicle) => {
                    self.thinned.remove(&vehicle);
                    self.counters.dropped.get_or_create(&AtBound { bound: "serial_vehicles_max" }).inc();
                }
            }
        }
    }
}

fn presence(device: Subject, state: Presence, reason: Option<String>) -> Report {
    report(device, None, Fact::Device(DeviceReport::of_device(state, reason)))
}

fn report(device: Subject, observed_at: Option<Timestamp>, fact: Fact) -> Report {
    Report { device, observed_at, fact, awaited: false }
}
