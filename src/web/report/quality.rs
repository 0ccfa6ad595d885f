//! How good the day's data are: what is there, what is not, what was not understood, and how long devices said nothing.
//!
//! The numbers of entries have no holes: first to last are those that are there and those that were given up, and a
//! difference would be a loss. Proves no entry: that is `portico verify`.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::alerts::Alerts;
use super::figures::minutes;
use crate::facts::{ClockFact, Entry, Fact, Seq, Subject, Timestamp};

/// Devices of which not understood input is told; beyond it they are told together. A stranger may send under any name.
const DEVICES_MAX: usize = 1_000;

/// The day's data.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct QualityFigures {
    /// Entries that came on the day, by our clock.
    pub entries: u64,
    /// The same by kind.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub by_kind: BTreeMap<&'static str, u64>,
    /// The number of the first; null where there is none.
    pub first_seq: Option<Seq>,
    /// The number of the last.
    pub last_seq: Option<Seq>,
    /// Entries of the day that were given up for want of room or by age.
    pub given_up: u64,
    /// Numbers of the day of which nothing is there and nothing says why: 0, or the journal was damaged.
    pub missing: u64,
    /// Entries whose text can no longer be read.
    pub unreadable: u64,
    /// Of the entries, those kept as not understood.
    pub rejected: u64,
    /// Positions that cannot be: too far from the one before, or older than it.
    pub positions_passed_over: u64,
    /// Minutes of the day, up to now, in which our time was not trusted.
    pub untrusted_min: f64,
    /// How often our clock was moved.
    pub clock_moved: u32,
    /// How often the gateway was started.
    pub gateway_starts: u32,
    /// Each device that reported on the day, or was called silent.
    pub devices: Vec<DeviceFigures>,
}

/// One device.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DeviceFigures {
    /// Which; null: all those for which there is no line of their own.
    pub device: Option<Subject>,
    /// Entries that it reported.
    pub entries: u64,
    /// Of these, those kept as not understood.
    pub rejected: u64,
    /// How often it was called silent on the day.
    pub silences: u32,
    /// How long it was not heard altogether in these, minutes.
    pub silent_min: f64,
}

/// The data of the day as they come.
#[derive(Debug, Default)]
pub(super) struct Quality {
    figures: QualityFigures,
    devices: BTreeMap<Option<Subject>, (u64, u64)>,
    untrusted_since: Option<Timestamp>,
    untrusted_ms: i64,
}

impl Quality {
    /// Before the day our time was trusted, or not.
    pub fn begin(trusted: bool, from: Timestamp) -> Self {
        Self { untrusted_since: (!trusted).then_some(from), ..Self::default() }
    }

    /// An entry of the day.
    pub fn push(&mut self, entry: &Entry) {
        self.counted(entry.seq);
        *self.figures.by_kind.entry(entry.fact.kind().word()).or_default() += 1;
        let rejected = u64::from(matches!(entry.fact, Fact::Rejected(_)));
        self.figures.rejected += rejected;
        match &entry.fact {
            Fact::Clock(clock) => self.clock(clock, entry.received_at),
            Fact::Device(report) if entry.device == Subject::Gateway && report.part.is_none() => {
                self.figures.gateway_starts += 1;
            }
            _ => {}
        }
        if !matches!(entry.device, Subject::Gateway | Subject::Operator(_)) {
            let known = self.devices.len() < DEVICES_MAX || self.devices.contains_key(&Some(entry.device.clone()));
            let device = known.then(|| entry.device.clone());
            let (entries, of_them) = self.devices.entry(device).or_default();
            (*entries, *of_them) = (*entries + 1, *of_them + rejected);
        }
    }

    /// An entry of the day that cannot be read.
    pub fn unreadable(&mut self, seq: Seq) {
        self.counted(seq);
        self.figures.unreadable += 1;
    }

    fn counted(&mut self, seq: Seq) {
        self.figures.entries += 1;
        self.figures.first_seq.get_or_insert(seq);
        self.figures.last_seq = Some(seq);
    }

    fn clock(&mut self, clock: &ClockFact, at: Timestamp) {
        self.figures.clock_moved += u32::from(clock.stepped_ms != 0);
        match (clock.trusted, self.untrusted_since) {
            (false, None) => self.untrusted_since = Some(at),
            (true, Some(_)) => self.trusted_from(at),
            (true, None) | (false, Some(_)) => {}
        }
    }

    fn trusted_from(&mut self, at: Timestamp) {
        if let Some(since) = self.untrusted_since.take() {
            self.untrusted_ms += at.since(since).as_millis().max(0);
        }
    }

    /// The figures, told up to `until`, where so many `numbers` were given to entries of the day and so many of them were
    /// given up.
    pub fn finish(
        mut self,
        alerts: &Alerts,
        passed_over: u64,
        (numbers, given_up): (u64, u64),
        until: Timestamp,
    ) -> QualityFigures {
        self.trusted_from(until);
        let mut unheard = alerts.unheard(until);
        let mut devices = Vec::new();
        for (device, (entries, rejected)) in self.devices {
            let (silences, ms) = device.as_ref().and_then(|device| unheard.remove(device)).unwrap_or_default();
            devices.push(DeviceFigures { device, entries, rejected, silences, silent_min: minutes(ms) });
        }
        let silent = unheard.into_iter().map(|(device, (silences, ms))| DeviceFigures {
            device: Some(device),
            entries: 0,
            rejected: 0,
            silences,
            silent_min: minutes(ms),
        });
        devices.extend(silent);
        devices.sort_by(|a, b| (a.device.is_none(), &a.device).cmp(&(b.device.is_none(), &b.device)));
        QualityFigures {
            given_up,
            missing: numbers.saturating_sub(self.figures.entries + given_up),
            positions_passed_over: passed_over,
            untrusted_min: minutes(self.untrusted_ms),
            devices,
            ..self.figures
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{ClockSource, DeviceReport, Presence, Rejected, Span};

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000).plus(Span::from_mins(minutes))
    }

    fn entry(seq: Seq, device: &str, minutes: i64, fact: Fact) -> Entry {
        let device: Subject = device.parse().unwrap();
        Entry { seq, subject: fact.subject(&device), device, observed_at: None, received_at: at(minutes), fact }
    }

    fn clock(trusted: bool, stepped_ms: i64) -> Fact {
        Fact::Clock(ClockFact { trusted, source: ClockSource::None, stepped_ms, reason: None })
    }

    fn rejected() -> Fact {
        Fact::Rejected(Rejected { link: "l".into(), reason: "r".into(), raw: String::new(), bytes: 0 })
    }

    #[test]
    fn what_is_there_and_what_is_not_is_counted() {
        let mut quality = Quality::begin(false, at(0));
        quality.push(&entry(5, "gateway", 10, clock(true, 0)));
        quality.push(&entry(6, "kiosk/K1", 11, rejected()));
        quality.unreadable(7);
        quality.push(&entry(8, "kiosk/K1", 12, Fact::Device(DeviceReport::of_device(Presence::Online, None))));
        quality.push(&entry(9, "gateway", 20, clock(false, 5_000)));
        quality.push(&entry(10, "gateway", 21, Fact::Device(DeviceReport::of_device(Presence::Online, None))));
        let figures = quality.finish(&Alerts::default(), 3, (10, 2), at(30));
        assert_eq!((figures.entries, figures.first_seq, figures.last_seq), (6, Some(5), Some(10)));
        assert_eq!((figures.given_up, figures.missing, figures.unreadable, figures.rejected), (2, 2, 1, 1));
        assert_eq!((figures.untrusted_min, figures.clock_moved, figures.gateway_starts), (20.0, 1, 1));
        assert_eq!(figures.by_kind.values().sum::<u64>(), 5);
        let devices: Vec<_> =
            figures.devices.iter().map(|d| (d.device.as_ref().unwrap().to_string(), d.entries, d.rejected)).collect();
        assert_eq!(devices, [("kiosk/K1".to_owned(), 2, 1)]);
    }

    #[test]
    fn strangers_beyond_the_bound_share_a_line() {
        let mut quality = Quality::begin(true, at(0));
        for number in 0..DEVICES_MAX as u64 + 5 {
            quality.push(&entry(number, &format!("kiosk/{number}"), 0, rejected()));
        }
        let figures = quality.finish(&Alerts::default(), 0, (0, 0), at(1));
        assert_eq!((figures.devices.len(), figures.untrusted_min), (DEVICES_MAX + 1, 0.0));
        let last = figures.devices.last().unwrap();
        assert_eq!((&last.device, last.entries), (&None, 5));
    }
}
