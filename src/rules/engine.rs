//! The way in: one entry, or the passing of time, to what follows from it.
//!
//! Gives each entry to the rules that it concerns. Keeps no time of its own: the caller lets deadlines pass with
//! [`Engine::advance`] up to [`Engine::before`] an entry and then hands over the entry, live and in a replay alike.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::custom::{self, Programs, Stopwatch};
use super::lifecycle::{Key, Turn};
use super::settings::Settings;
use super::state::State;
use super::{
    arrival_reminder, battery_low, by_hand, changed, day, devices, double_booking, gateway, guest_waiting,
    idle_vehicle, incident, kiosk_slow, late_arrival, pickup_at_risk, post_unmanned, present, room_climate, room_use,
    scans, sensor_stuck, shelving, silent, vehicles,
};
use crate::facts::{
    Alert, Command, DeviceReport, Entry, Fact, Part, Presence, Present, Report, Ruling, Seq, Span, Subject, Timestamp,
};

/// The rules and what they know. Clone it to try something out.
#[derive(Debug, Clone, Default)]
pub struct Engine {
    state: State,
    /// Made of the settings in the state.
    programs: Programs,
}

/// Two are equal that know the same.
impl PartialEq for Engine {
    fn eq(&self, other: &Self) -> bool {
        self.state == other.state
    }
}

impl Eq for Engine {}

/// What follows from one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The answer to a scan; none for any other entry.
    pub ruling: Option<Ruling>,
    /// Alert changes in the order in which they are to be kept, each with `at` the entry's stamp and `cause` its number.
    pub changes: Vec<Alert>,
}

/// The form of a snapshot. Raise it when a change to what the rules know cannot be read from an old one: the recorder
/// then rebuilds from the journal.
const SNAPSHOT_VERSION: u32 = 9;

/// Why bytes are no snapshot, or a state cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotFault {
    /// Not JSON of this shape: damaged, or of something else.
    #[error("the rules' snapshot cannot be read or written: {0}; rebuild from the journal")]
    Json(#[from] serde_json::Error),
    /// Of another version of this program.
    #[error("the rules' snapshot has version {found}, this program reads {SNAPSHOT_VERSION}; rebuild from the journal")]
    Version {
        /// The version found.
        found: u32,
    },
}

#[derive(Serialize)]
struct SnapshotOut<'a> {
    version: u32,
    state: &'a State,
}

#[derive(Deserialize)]
struct SnapshotIn<'a> {
    version: u32,
    #[serde(borrow)]
    state: &'a RawValue,
}

impl Engine {
    /// Default settings, nothing known. Until a clock entry says otherwise the clock counts as trusted.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads what [`Engine::snapshot`] wrote.
    ///
    /// # Errors
    /// [`SnapshotFault`] for damaged bytes or another version; the state can then be rebuilt from the journal.
    pub fn restore(snapshot: &[u8]) -> Result<Self, SnapshotFault> {
        let snapshot: SnapshotIn<'_> = serde_json::from_slice(snapshot)?;
        if snapshot.version != SNAPSHOT_VERSION {
            return Err(SnapshotFault::Version { found: snapshot.version });
        }
        let state: State = serde_json::from_str(snapshot.state.get())?;
        let programs = Programs::of(&state.settings.custom, &Programs::default());
        Ok(Self { state, programs })
    }

    /// The whole state as JSON. The same state always gives the same bytes.
    pub fn snapshot(&self) -> Result<Vec<u8>, SnapshotFault> {
        Ok(serde_json::to_vec(&SnapshotOut { version: SNAPSHOT_VERSION, state: &self.state })?)
    }

    /// Nothing known, over a record of which entries were given up and in which so many alerts have numbers.
    pub fn over_gaps(alerts: u64) -> Self {
        let mut engine = Self::default();
        engine.state.ledger.number_after(alerts);
        engine
    }

    /// After the entries that are left: takes over every alert as it was recorded last, and gives the changes that are to
    /// be kept, so that what is open here and in the record is the same. No number is given twice.
    pub fn take_over(&mut self, recorded: Vec<Alert>, at: Timestamp) -> Vec<Alert> {
        let mut turn = Turn { at, cause: None, changes: Vec::new() };
        self.state.ledger.take_over(&mut turn, recorded);
        shelving::taken_over(&mut self.state);
        turn.changes
    }

    /// The settings in force.
    pub fn settings(&self) -> &Settings {
        &self.state.settings
    }

    /// Lends the rules a stopwatch, so that a rule of one's own that is slow is found. The rules judge the same without.
    pub fn lend(&mut self, watch: Stopwatch) {
        self.programs.lend(watch);
    }

    /// A rule of one's own that is slow, told once, as the order that switches it off. Whoever drives the rules keeps it.
    pub fn take_slow(&mut self) -> Option<Command> {
        self.programs.take_slow().map(|(rule, took_ms)| Command::SwitchOff { rule, took_ms })
    }

    /// How far time passed before an entry: to its stamp. An entry that moves our clock is stamped by the new reckoning,
    /// but until then time passed by the old one; otherwise each step forward would make every device silent.
    pub fn before(entry: &Entry) -> Timestamp {
        passed(&entry.fact, entry.received_at)
    }

    /// Takes one entry. The caller has advanced to [`Engine::before`] it. An `alert` or `gap` entry is passed over: it says nothing
    /// that is not known here. A ruling that the entry carries already is not looked at.
    pub fn step(&mut self, entry: &Entry) -> Step {
        let Self { state, programs } = self;
        let mut turn = Turn { at: entry.received_at, cause: Some(entry.seq), changes: Vec::new() };
        let watched = devices::hear(state, &mut turn, entry);
        let mut ruling = None;
        match (&entry.fact, &entry.device) {
            (Fact::Scan(scan), _) => {
                let by_hand = by_hand::before(state, scan, entry);
                let judged = scans::judge(state, &mut turn, scan, entry);
                post_unmanned::scan(state, &mut turn, scan, judged.judged_at);
                if let Some(check_in) = by_hand {
                    by_hand::done(state, check_in);
                }
                if watched {
                    kiosk_slow::scan(state, &mut turn, scan, &judged);
                }
                custom::scan(state, programs, &mut turn, scan, &judged);
                ruling = Some(judged);
            }
            (Fact::Position(position), Subject::Vehicle(name)) if watched => {
                vehicles::position(state, &mut turn, name, position, entry);
                custom::position(state, programs, &mut turn, name, position);
            }
            (Fact::Reading(reading), _) if watched => {
                room_climate::reading(state, &mut turn, reading);
                battery_low::reading(state, &mut turn, reading);
                sensor_stuck::reading(state, &mut turn, reading);
                custom::reading(state, programs, &mut turn, reading);
            }
            (Fact::Plan(plan), _) => day::replace(state, &mut turn, plan),
            (Fact::Command(command), _) => {
                obey(state, &mut turn, command);
                if matches!(command, Command::SetRules { .. }) {
                    *programs = Programs::of(&state.settings.custom, programs);
                }
            }
            (Fact::Clock(clock), _) => changed::set_clock(state, &mut turn, clock),
            (Fact::Incident(incident), _) => {
                incident::report(state, &mut turn, incident, entry.observed_at);
            }
            (Fact::Device(report @ DeviceReport { part: Some(part), .. }), Subject::Gateway) => {
                gateway::report(state, &mut turn, *part, report);
            }
            (
                Fact::Position(_)
                | Fact::Reading(_)
                | Fact::Device(_)
                | Fact::Rejected(_)
                | Fact::Alert(_)
                | Fact::Gap(_),
                _,
            ) => {}
        }
        Step { ruling, changes: turn.changes }
    }

    /// Lets every deadline up to and including `to` pass, in the order of time: each change has its deadline as `at`,
    /// however late this is called, and no cause.
    pub fn advance(&mut self, to: Timestamp) -> Vec<Alert> {
        let state = &mut self.state;
        let mut changes = Vec::new();
        while let Some((at, key)) = state.deadlines.pop_due(to) {
            let mut turn = Turn { at, cause: None, changes };
            match &key {
                Key::Late(visit) => late_arrival::fire(state, &mut turn, visit),
                Key::Reminder(visit) => arrival_reminder::fire(state, &mut turn, visit),
                Key::Post(post) => post_unmanned::fire(state, &mut turn, post),
                Key::Waiting(visit) => guest_waiting::fire(state, &mut turn, visit),
                Key::Double(slot) => double_booking::fire(state, &mut turn, slot),
                Key::Pickup(trip) => pickup_at_risk::fire(state, &mut turn, trip),
                Key::Idle(vehicle) => idle_vehicle::fire(state, &mut turn, vehicle),
                Key::InUse(room) => room_use::fire(state, &mut turn, room),
                Key::Climate(gauge) => room_climate::due(state, &mut turn, gauge),
                Key::Silent(device) => silent::begin(state, &mut turn, device),
                Key::Lost(vehicle) => vehicles::lost(state, &mut turn, vehicle),
                Key::Gateway(condition) => gateway::fire(state, &mut turn, *condition),
                Key::Slow(kiosk) => kiosk_slow::fire(state, &mut turn, kiosk),
                Key::Zone(..)
                | Key::Empty(_)
                | Key::Incident(..)
                | Key::Battery(..)
                | Key::Stuck(..)
                | Key::SwitchedOff(_) => {}
                Key::Custom(rule, subject) => custom::fire(state, &mut turn, rule, subject),
                Key::Shelf(number) => shelving::over(state, &mut turn, *number),
            }
            changes = turn.changes;
        }
        changes
    }

    /// Lets pass what is due before an entry of this content is stepped at `now`. A start of the gateway is the one
    /// entry that does otherwise: nobody was listening before it, so silences are counted from it on, and what else
    /// fell due meanwhile passes after it.
    pub fn advance_before(&mut self, device: &Subject, fact: &Fact, now: Timestamp) -> Vec<Alert> {
        if is_start(device, fact) {
            silent::clock_moved(&mut self.state, now, Span::ZERO);
            vehicles::clock_moved(&mut self.state, now, Span::ZERO);
            return Vec::new();
        }
        self.advance(passed(fact, now))
    }

    /// Takes an entry out of the journal: what was due before it, and then itself. An alert entry only tells how late
    /// it was when its deadline was noticed.
    pub fn take(&mut self, entry: &Entry) -> (Vec<Alert>, Step) {
        let before = self.advance_before(&entry.device, &entry.fact, entry.received_at);
        (before, self.step(entry))
    }

    /// When to call [`Engine::advance`] if nothing arrives before: at the first deadline that has not passed, or earlier
    /// where that one was put off.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.state.deadlines.next()
    }

    /// Whether a report is a redelivery: the same as one of the device's newest kept readings or positions, with the same
    /// stamp of the device. A report without a stamp of its own never is.
    pub fn repeats(&self, report: &Report) -> bool {
        devices::repeats(&self.state, report)
    }

    /// The whole present at `now`, after entry `seq`.
    pub fn present(&self, seq: Seq, now: Timestamp) -> Present {
        present::tell(&self.state, seq, now)
    }

    /// Whether a condition of the gateway itself holds, as far as it was said.
    pub fn holds(&self, part: Part) -> bool {
        self.state.gateway.contains_key(&gateway::Condition::Of(part))
    }

    /// Whether an alert of this id can be written on: it is open, or it ended not long ago.
    pub fn has_alert(&self, id: &str) -> bool {
        self.state.ledger.knows(id)
    }
}

/// A gateway that says of itself, and not of a part of it, that it is there has just been started.
fn is_start(device: &Subject, fact: &Fact) -> bool {
    let online = |report: &DeviceReport| report.state == Presence::Online && report.part.is_none();
    matches!((device, fact), (Subject::Gateway, Fact::Device(report)) if online(report))
}

fn passed(fact: &Fact, at: Timestamp) -> Timestamp {
    match fact {
        Fact::Clock(clock) => at.minus(Span::from_millis(clock.stepped_ms)),
        Fact::Scan(_)
        | Fact::Position(_)
        | Fact::Reading(_)
        | Fact::Device(_)
        | Fact::Plan(_)
        | Fact::Command(_)
        | Fact::Alert(_)
        | Fact::Incident(_)
        | Fact::Rejected(_)
        | Fact::Gap(_) => at,
    }
}

fn obey(state: &mut State, turn: &mut Turn, command: &Command) {
    match command {
        Command::Acknowledge { alert, by, note } => state.ledger.acknowledge(turn, alert, by, note.as_deref()),
        // Who does stands in the command's own entry.
        Command::Unacknowledge { alert, by: _ } => state.ledger.unacknowledge(turn, alert),
        Command::Note { alert, by, text, findings } => {
            state.ledger.note(turn, alert, by, text.as_deref(), findings);
        }
        Command::Resolve { alert, by, note, findings } => {
            let key = state.ledger.resolve_by_hand(turn, alert, by, note.as_deref(), findings);
            // The breach goes on, but nobody waits for the end of its hold any more. A kiosk's is no hold: it tells when
            // nothing is known of the kiosk any more.
            if let Some(key) = key.filter(|key| !matches!(key, Key::Slow(_))) {
                state.deadlines.cancel(&key);
                if let Key::Climate(gauge) = &key {
                    room_climate::ended_by_hand(state, gauge);
                }
            }
        }
        Command::Shelve { alert, by, aside, reason } => shelving::shelve(state, turn, alert, by, *aside, reason),
        // Who takes it back stands in the command's own entry.
        Command::Unshelve { alert, by: _ } => shelving::unshelve(state, turn, alert),
        Command::Receive { guest, by: _ } => {
            state.by_hand.forget(guest);
            guest_waiting::received(state, turn, guest);
        }
        Command::UndoCheckIn { guest, by: _, scan_id } => by_hand::take_back(state, turn, guest, scan_id),
        Command::SetRules { settings } => {
            // What is no settings was refused before it was kept; if it was kept all the same it changes nothing.
            if let Ok(settings) = Settings::from_json(settings) {
                changed::set_rules(state, turn, settings);
            }
        }
        Command::SwitchOff { rule, took_ms } => {
            custom::switch_off(state, turn, rule, i64::try_from(*took_ms).unwrap_or(i64::MAX));
        }
        // What came of a clock's being trusted is an entry of its own, and that one is obeyed; what is resumed from is
        // the state that is here already; and the rules know no name.
        Command::TrustClock { .. } | Command::ResumeRules { .. } | Command::ErasePeople { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_of_another_version_is_refused() {
        let good = String::from_utf8(Engine::new().snapshot().unwrap()).unwrap();
        assert_eq!(Engine::restore(good.as_bytes()).unwrap(), Engine::new());
        let newer = good.replacen("\"version\":9", "\"version\":10", 1);
        assert!(matches!(Engine::restore(newer.as_bytes()), Err(SnapshotFault::Version { found: 10 })));
        assert!(matches!(Engine::restore(&good.as_bytes()[..40]), Err(SnapshotFault::Json(_))));
    }
}
