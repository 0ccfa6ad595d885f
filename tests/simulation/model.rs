//! The naive second opinion: keeps everything it was told and walks it again at every tick.
//!
//! Written from the description of the rules, not from their code: no deadlines, no indexes, no incremental state
//! but what a rule says must be remembered (since when a limit is broken, what a person put an end to).

use std::collections::{BTreeMap, BTreeSet};

use portico::facts::plan::{Plan, Tier, Visit};
use portico::facts::{
    Command, Direction, Entry, Fact, GuestCounts, Metric, Milli, Name, Part, Presence, RuleKind, Scan, Span, Subject,
    Timestamp, Verdict,
};
use portico::rules::Settings;

use super::Key;
use super::bookings::Clashes;
use super::cars::Car;
use super::hands::Hands;
use super::pickups::Pickups;
use super::posts::Duties;
use super::roads::Roads;
use super::waiting::Receptions;
use super::watches::Watches;

pub struct Model {
    pub now: Timestamp,
    pub rules: Settings,
    pub plan: Plan,
    pub trusted: bool,
    /// Every scan that counts, by guest: when it happened, whether he is in after it.
    moves: BTreeMap<Name, Vec<(Timestamp, bool)>>,
    /// The last sign of life, or whatever else a silence is counted from.
    signs: BTreeMap<Subject, Timestamp>,
    /// The last value of each room's sensor.
    pub readings: BTreeMap<(Name, Name, Metric), Milli>,
    pub cars: BTreeMap<Name, Car>,
    /// The gateway's own conditions that hold, and since when.
    conditions: BTreeMap<RuleKind, Timestamp>,
    /// Broken now: since when, and whether that is beyond the hold.
    pub broken: BTreeMap<Key, (Timestamp, bool)>,
    pub watches: Watches,
    pub duties: Duties,
    pub clashes: Clashes,
    pub roads: Roads,
    pub pickups: Pickups,
    pub receptions: Receptions,
    pub hands: Hands,
    /// Late alerts that were looked at.
    pub journeys: BTreeSet<Name>,
    /// Broken, but a person put an end to the alert.
    pub muted: BTreeSet<Key>,
    /// Broken limits that are whole again since then.
    pub whole: BTreeMap<Key, Timestamp>,
    /// The limit by which a room's climate was last judged.
    pub judged_by: BTreeMap<Key, Option<Milli>>,
    /// Check-ins that were taken back.
    pub undone: u64,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            now: Timestamp::MIN,
            rules: Settings::default(),
            plan: Plan::default(),
            trusted: true,
            moves: BTreeMap::new(),
            signs: BTreeMap::new(),
            readings: BTreeMap::new(),
            cars: BTreeMap::new(),
            conditions: BTreeMap::new(),
            broken: BTreeMap::new(),
            watches: Watches::default(),
            duties: Duties::new(),
            clashes: Clashes::new(),
            roads: Roads::default(),
            pickups: Pickups::new(),
            receptions: Receptions::new(),
            hands: Hands::new(),
            journeys: BTreeSet::new(),
            muted: BTreeSet::new(),
            whole: BTreeMap::new(),
            judged_by: BTreeMap::new(),
            undone: 0,
        }
    }
}

fn rule_of(part: Part) -> RuleKind {
    match part {
        Part::Upstream => RuleKind::UpstreamOffline,
        Part::Disk | Part::Budget => RuleKind::DiskLow,
        Part::Backup => RuleKind::BackupOld,
        Part::Data | Part::Journal => RuleKind::DataGivenUp,
    }
}

impl Model {
    pub fn tick(&mut self, now: Timestamp) {
        self.now = now;
        self.judge();
        self.watch_time();
    }

    pub fn take(&mut self, entry: &Entry, happened_at: Timestamp) {
        let goodbye = matches!(&entry.fact, Fact::Device(report) if report.state == Presence::Offline);
        match &entry.fact {
            Fact::Scan(scan) => {
                self.hand_scan(scan, &entry.device);
                let (verdict, _) = self.verdict(scan);
                let counts = match verdict {
                    Verdict::NotFound | Verdict::Cancelled | Verdict::WrongDay | Verdict::WrongPoint => false,
                    Verdict::Admit
                    | Verdict::AdmitAgain
                    | Verdict::AlreadyIn
                    | Verdict::Left
                    | Verdict::NeedsAttention => true,
                };
                if counts {
                    let moves = self.moves.entry(scan.code.clone()).or_default();
                    moves.push((happened_at, scan.direction == Direction::Entry));
                }
                self.watch_scan(scan, happened_at);
                let on_duty = self.duty_scan(scan, happened_at);
                let expected = self.reception_scan(scan, happened_at, counts);
                self.hand_written(&scan.code, [counts, on_duty, expected]);
            }
            Fact::Position(position) => self.position(entry, position),
            Fact::Reading(reading) => {
                for (metric, value) in reading.measures.iter() {
                    self.readings.insert((reading.room.clone(), reading.sensor.clone(), metric), value);
                }
                self.watch_reading(reading);
            }
            Fact::Plan(plan) => self.take_plan(plan),
            Fact::Command(command) => self.obey(command),
            Fact::Incident(incident) if self.rules.incident.enabled => {
                let room = Subject::Room(incident.room.clone());
                let key = (RuleKind::Incident, room, incident.incident.to_string());
                self.broken.entry(key).or_insert((self.now, true));
            }
            Fact::Clock(clock) => {
                let looked_away = !std::mem::replace(&mut self.trusted, clock.trusted);
                if looked_away && clock.trusted {
                    self.pickups_unwatched();
                }
                self.condition(RuleKind::ClockUntrusted, !clock.trusted);
            }
            Fact::Device(report) => {
                if let Some(part) = report.part {
                    self.condition(rule_of(part), report.state == Presence::Offline);
                }
            }
            Fact::Incident(_) | Fact::Rejected(_) | Fact::Alert(_) | Fact::Gap(_) => {}
        }
        let speaks = matches!(entry.device, Subject::Kiosk(_) | Subject::Vehicle(_) | Subject::Sensor(..));
        if speaks && !(goodbye && self.is_silent(&entry.device)) {
            self.signs.insert(entry.device.clone(), self.now);
        }
        self.judge_silence();
        match &entry.fact {
            Fact::Scan(_) => {
                self.judge_guests();
                self.judge_reminders();
                self.judge_posts();
                self.judge_waiting();
            }
            Fact::Position(position) => {
                self.judge_cars();
                self.road(&entry.device, position);
                self.judge_pickups();
            }
            Fact::Reading(reading) => {
                self.judge_rooms();
                self.judge_own(&reading.room);
            }
            Fact::Plan(_) | Fact::Command(_) | Fact::Clock(_) => self.judge(),
            Fact::Device(_) => self.judge_gateway(),
            Fact::Incident(_) | Fact::Rejected(_) | Fact::Alert(_) | Fact::Gap(_) => {}
        }
    }

    fn obey(&mut self, command: &Command) {
        match command {
            Command::Receive { guest, by: _ } => {
                self.hands.remove(guest);
                self.reception_told(guest);
            }
            Command::UndoCheckIn { guest, by: _, scan_id } => {
                self.undone += u64::from(self.hand_undone(guest, scan_id));
            }
            Command::SetRules { settings } => self.take_rules(Settings::from_json(settings).unwrap()),
            // An alert is open whoever looks after it; what ends one by hand is told by `ended_by_hand`.
            _ => {}
        }
    }

    fn take_plan(&mut self, plan: &Plan) {
        let cars = plan.vehicles.iter().map(|vehicle| Subject::Vehicle(vehicle.id.clone()));
        let kiosks = plan.kiosks.iter().map(|(kiosk, _)| Subject::Kiosk(kiosk.clone()));
        for device in cars.chain(kiosks) {
            self.signs.entry(device).or_insert(self.now);
        }
        let old = std::mem::replace(&mut self.plan, plan.clone());
        self.reminders_plan(&old);
        self.bookings_plan();
        self.pickups_plan();
        self.roads_plan(&old);
        self.duty_plan();
        let stays = |code: &Name| self.plan.visits.iter().any(|visit| visit.code == *code);
        self.moves.retain(|code, _| stays(code));
        self.hands.retain(|code, _| stays(code) || !old.visits.iter().any(|visit| visit.code == *code));
        self.receptions.retain(|code, _| stays(code));
    }

    fn take_rules(&mut self, rules: Settings) {
        let old = std::mem::replace(&mut self.rules, rules);
        self.watch_rules(&old);
        self.pickups_rules(&old);
        self.roads_rules(&old);
        self.own_rules(&old);
        if !self.rules.incident.enabled {
            self.broken.retain(|key, _| key.0 != RuleKind::Incident);
        }
    }

    /// The last scan of this guest has not been, in those of the books in which it stands.
    pub fn forget_scan(&mut self, guest: &Name, [moves, duties, receptions]: [bool; 3]) {
        if let Some(all) = self.moves.get_mut(guest).filter(|_| moves) {
            all.pop();
        }
        self.moves.retain(|_, all| !all.is_empty());
        if let Some(all) = self.duties.get_mut(guest).filter(|_| duties) {
            all.pop();
        }
        self.duties.retain(|_, all| !all.is_empty());
        if let Some(all) = self.receptions.get_mut(guest).filter(|_| receptions) {
            all.pop();
        }
    }

    /// A person ended this alert: it is not opened again before its reason was gone once.
    pub fn ended_by_hand(&mut self, key: &Key) {
        if key.0 == RuleKind::Incident {
            // Asked for again, it is told again.
            self.broken.remove(key);
        } else {
            self.muted.insert(key.clone());
        }
    }

    /// Open alerts, and whether people were told.
    pub fn open(&self) -> BTreeMap<Key, bool> {
        let open = self.broken.iter().filter(|(key, _)| !self.muted.contains(*key));
        open.map(|(key, (_, told))| (key.clone(), *told)).collect()
    }

    pub fn counts(&self) -> GuestCounts {
        let mut counts = GuestCounts::default();
        for visit in &self.plan.visits {
            let arrived = self.arrived(&visit.code);
            if visit.cancelled {
                counts.cancelled += 1;
                continue;
            }
            counts.expected += 1;
            counts.arrived += u32::from(arrived);
            counts.left += u32::from(arrived && !self.is_inside(&visit.code));
            let late = self.due(visit).is_some_and(|due| due <= self.now);
            counts.late += u32::from(!arrived && late && self.trusted);
        }
        counts
    }

    pub fn arrived(&self, code: &Name) -> bool {
        self.moves.contains_key(code)
    }

    /// By the latest thing that happened, and of two at one moment by the one told last.
    pub fn is_inside(&self, code: &Name) -> bool {
        let moves = self.moves.get(code).into_iter().flatten();
        moves.max_by_key(|(at, _)| *at).is_some_and(|(_, inside)| *inside)
    }

    fn due(&self, visit: &Visit) -> Option<Timestamp> {
        let rule = &self.rules.late_arrival;
        let grace = match visit.tier {
            Tier::Vip => rule.tiers[&Tier::Vip],
            Tier::Guest | Tier::Staff => rule.grace,
        };
        visit.expected_at.map(|at| at.plus(grace))
    }

    /// The answer to a scan, and the end of the guest's grace.
    pub fn verdict(&self, scan: &Scan) -> (Verdict, Option<Timestamp>) {
        let Some(visit) = self.plan.visits.iter().find(|visit| visit.code == scan.code) else {
            return (Verdict::NotFound, None);
        };
        let elsewhere = visit.point.is_some() && scan.point.is_some() && visit.point != scan.point;
        let verdict = match scan.direction {
            _ if visit.cancelled => Verdict::Cancelled,
            _ if elsewhere => Verdict::WrongPoint,
            Direction::Exit => Verdict::Left,
            Direction::Entry if self.is_inside(&visit.code) => Verdict::AlreadyIn,
            Direction::Entry if self.arrived(&visit.code) => Verdict::AdmitAgain,
            Direction::Entry if visit.attention => Verdict::NeedsAttention,
            Direction::Entry => Verdict::Admit,
        };
        (verdict, self.due(visit))
    }

    fn limit(&self, device: &Subject) -> Span {
        match device {
            Subject::Kiosk(_) => self.rules.silent.kiosk.after,
            Subject::Vehicle(_) => self.rules.silent.vehicle.after,
            _ => self.rules.silent.sensor.after,
        }
    }

    pub fn is_silent(&self, device: &Subject) -> bool {
        self.signs.get(device).is_some_and(|at| self.now.since(*at) >= self.limit(device))
    }

    pub fn off_duty(&self, name: &Name) -> bool {
        self.plan.vehicles.iter().any(|vehicle| vehicle.id == *name && vehicle.off_duty)
    }

    /// Judges everything anew.
    fn judge(&mut self) {
        self.judge_guests();
        self.judge_reminders();
        self.judge_posts();
        self.judge_waiting();
        self.judge_bookings();
        self.judge_pickups();
        self.judge_silence();
        self.judge_rooms();
        self.hold_own();
        self.judge_cars();
        self.judge_gateway();
    }

    fn condition(&mut self, rule: RuleKind, holds: bool) {
        if holds {
            self.conditions.entry(rule).or_insert(self.now);
        } else {
            self.conditions.remove(&rule);
        }
    }

    fn judge_gateway(&mut self) {
        let rules = self.rules.gateway.clone();
        for (rule, watch) in [
            (RuleKind::UpstreamOffline, rules.upstream_offline),
            (RuleKind::DiskLow, rules.disk_low),
            (RuleKind::BackupOld, rules.backup_old),
            (RuleKind::DataGivenUp, rules.data_given_up),
            (RuleKind::ClockUntrusted, rules.clock_untrusted),
        ] {
            let since = self.conditions.get(&rule).copied().filter(|_| watch.enabled);
            self.set((rule, Subject::Gateway, String::new()), since, watch.after);
        }
    }

    /// A rule is broken, since when and how long before people are told; or it is not.
    pub fn set(&mut self, key: Key, since: Option<Timestamp>, hold: Span) {
        if let Some(since) = since {
            let told = self.now.since(since) >= hold;
            self.broken.insert(key, (since, told));
        } else {
            self.broken.remove(&key);
            self.muted.remove(&key);
        }
    }

    fn judge_guests(&mut self) {
        let mut late = BTreeSet::new();
        for visit in &self.plan.visits {
            let key = (RuleKind::LateArrival, Subject::Guest(visit.code.clone()), String::new());
            let open_before = self.broken.contains_key(&key);
            let over = self.due(visit).is_some_and(|due| due <= self.now);
            // Without trust nothing is compared with the plan: what was told stays, nothing is added.
            let late_now = if self.trusted { over } else { open_before && visit.expected_at.is_some() };
            if !visit.cancelled && !self.arrived(&visit.code) && late_now {
                late.insert(key);
            }
        }
        self.replace(RuleKind::LateArrival, late);
    }

    fn judge_silence(&mut self) {
        let devices: BTreeSet<Subject> = self.signs.keys().cloned().collect();
        for device in devices {
            let (rule, judged) = match &device {
                Subject::Kiosk(_) => (RuleKind::KioskSilent, true),
                Subject::Vehicle(name) => (RuleKind::VehicleSilent, !self.off_duty(name)),
                _ => (RuleKind::SensorSilent, true),
            };
            let since = (judged && self.is_silent(&device)).then_some(self.now);
            self.set((rule, device, String::new()), since, Span::ZERO);
        }
    }
}
