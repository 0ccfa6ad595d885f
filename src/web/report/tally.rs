//! Folds a day's entries into its report, one after the other.
//!
//! Promises that what it remembers grows with guests, vehicles, rooms, kiosks and alerts, and not with entries. Pure: what
//! the plan, the rules and the ledger say is handed in.

use super::alerts::Alerts;
use super::by_hand::{ByHand, Held};
use super::check_in::CheckIns;
use super::day::ReportDay;
use super::punctuality::Visits;
use super::quality::Quality;
use super::rooms::Rooms;
use super::terms::Terms;
use super::vehicles::Fleet;
use super::{DayReport, ReportSite};
use crate::facts::plan::{People, Plan};
use crate::facts::{Alert, Command, Entry, Fact, Scan, Seq, Subject, Timestamp};

/// What is known before the first entry of the day.
pub(super) struct Before {
    /// The day.
    pub day: ReportDay,
    /// It is told up to here.
    pub until: Timestamp,
    /// The plan that held for it.
    pub plan: Plan,
    /// The settings of the rules that held when it began.
    pub terms: Option<Terms>,
    /// Whether our time was trusted when it began.
    pub trusted: bool,
}

/// A day so far.
pub(super) struct Tally {
    day: ReportDay,
    until: Timestamp,
    terms: Option<Terms>,
    trusted: bool,
    visits: Visits,
    check_ins: CheckIns,
    by_hand: ByHand,
    fleet: Fleet,
    rooms: Rooms,
    alerts: Alerts,
    quality: Quality,
}

impl Tally {
    /// Of a day of which nothing has been read yet.
    pub fn new(before: Before) -> Self {
        let Before { day, until, plan, terms, trusted } = before;
        Self {
            visits: Visits::of(&plan, &day),
            check_ins: CheckIns::default(),
            by_hand: ByHand::default(),
            fleet: Fleet::of(&plan, &day),
            rooms: Rooms::of(&plan, &day, until),
            alerts: Alerts::default(),
            quality: Quality::begin(trusted, day.from),
            day,
            until,
            terms,
            trusted,
        }
    }

    /// The next entry of the day.
    pub fn push(&mut self, entry: &Entry) {
        self.quality.push(entry);
        match &entry.fact {
            Fact::Scan(scan) => self.scan(entry, scan),
            Fact::Position(position) => {
                if let (Some(terms), Subject::Vehicle(vehicle)) = (&self.terms, &entry.device) {
                    self.fleet.position(vehicle, position, entry, terms, &self.day);
                }
            }
            Fact::Reading(reading) => {
                if let Some(terms) = &self.terms {
                    self.rooms.reading(reading, entry.received_at, terms);
                }
            }
            Fact::Alert(alert) => self.alert(alert),
            // Settings that cannot be read are none: what is measured by them is no data from here on.
            Fact::Command(Command::SetRules { settings }) => self.terms = Terms::read(settings),
            Fact::Command(command) => self.command(entry, command),
            Fact::Clock(clock) => {
                if clock.stepped_ms != 0 {
                    self.settle_all();
                }
                self.trusted = clock.trusted;
            }
            Fact::Device(_) | Fact::Plan(_) | Fact::Incident(_) | Fact::Rejected(_) | Fact::Gap(_) => {}
        }
    }

    /// A scan; also one that came after the day. Only what was judged to be of the day counts.
    pub fn scan(&mut self, entry: &Entry, scan: &Scan) {
        for held in self.by_hand.scan(entry, scan, self.trusted) {
            self.count(&held);
        }
    }

    /// What somebody ordered about a guest; also after the day.
    pub fn command(&mut self, entry: &Entry, command: &Command) {
        match command {
            Command::UndoCheckIn { guest, scan_id, .. } => {
                self.by_hand.take_back(guest, scan_id, entry.received_at);
            }
            Command::Receive { guest, .. } => {
                if let Some(held) = self.by_hand.settle(guest) {
                    self.count(&held);
                }
            }
            Command::Acknowledge { .. }
            | Command::Unacknowledge { .. }
            | Command::Note { .. }
            | Command::Resolve { .. }
            | Command::Shelve { .. }
            | Command::Unshelve { .. }
            | Command::SwitchOff { .. }
            | Command::TrustClock { .. }
            | Command::SetRules { .. }
            | Command::ErasePeople { .. }
            | Command::ResumeRules { .. } => {}
        }
    }

    fn settle_all(&mut self) {
        for held in self.by_hand.settle_all() {
            self.count(&held);
        }
    }

    fn count(&mut self, Held { scan, trusted, .. }: &Held) {
        let Some(ruling) = scan.ruling.as_ref().filter(|ruling| self.day.holds(ruling.judged_at)) else { return };
        self.visits.scan(scan, ruling, *trusted);
        self.check_ins.scan(scan, ruling, &self.day);
    }

    /// An alert as it stands after a change; also after one that came after the day.
    pub fn alert(&mut self, alert: &Alert) {
        self.alerts.push(alert, &self.day);
    }

    /// The next entry of the day cannot be read.
    pub fn unreadable(&mut self, seq: Seq) {
        self.quality.unreadable(seq);
    }

    /// The report. Of the numbers of entries of the day so many were given, and so many of them given up since.
    pub fn finish(mut self, site: ReportSite, people: &People, numbers: (u64, u64)) -> DayReport {
        self.settle_all();
        let Self { day, until, terms, visits, check_ins, fleet, rooms, alerts, quality, .. } = self;
        let terms = terms.as_ref();
        let passed_over = fleet.passed_over();
        DayReport {
            day: day.date.to_string(),
            site,
            from: day.from,
            to: day.to,
            until,
            punctuality: visits.finish(terms, people, &day, until),
            check_in: check_ins.finish(&day),
            fleet: fleet.finish(terms, &visits, people, &day, until),
            rooms: rooms.finish(people),
            alerts: alerts.finish(&day),
            quality: quality.finish(&alerts, passed_over, numbers, until),
            conservation: None,
        }
    }
}
