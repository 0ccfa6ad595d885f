//! A random day: what devices report, each thing with the moment it really happened.
//!
//! Every time is a whole number of ticks, so that the model may look at ticks alone.

// Named, because another test takes this file from elsewhere.
#[path = "plans.rs"]
mod plans;

use std::collections::BTreeMap;

use portico::facts::plan::{Plan, Tier};
use portico::facts::{
    ClockFact, ClockSource, Command, DeviceReport, Direction, E7, Fact, Incident, Metric, Milli, Name, Part, Position,
    Presence, Reading, Scan, Severity, Span, Subject, Timestamp,
};
use portico::rules::{CustomRule, Occasion, Settings};

/// The grain of time.
pub const TICK: Span = Span::from_secs(30);
/// How long a day is, in ticks: five hours.
const TICKS: i64 = 600;
const GUESTS: i64 = 250;
const KIOSKS: i64 = 4;
const VEHICLES: i64 = 5;
const ROOMS: i64 = 5;
const POSTS: i64 = 8;
const TRIPS: i64 = 14;

/// A random sequence from a seed (SplitMix64).
pub struct Chance(pub u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 to below `end`.
    pub fn below(&mut self, end: i64) -> i64 {
        (self.next() % end as u64) as i64
    }

    fn between(&mut self, from: i64, to: i64) -> i64 {
        from + self.below(to - from)
    }

    pub fn one_in(&mut self, n: i64) -> bool {
        self.below(n) == 0
    }
}

/// One report, and when what it tells really happened.
pub struct Event {
    pub at: Timestamp,
    pub device: Subject,
    pub observed_at: Option<Timestamp>,
    pub happened_at: Timestamp,
    pub fact: Fact,
}

/// A rule of the house's own, that some of the days have.
const OWN_RULE: &str = "room.temperature > 25 && room.co2 >= 700.0";

fn own_rule(hold: Span) -> CustomRule {
    let (on, severity) = (Occasion::Reading, Severity::Info);
    CustomRule { name: name("own"), on, when: OWN_RULE.to_owned(), severity, hold, say: None }
}

pub struct World {
    pub from: Timestamp,
    pub to: Timestamp,
    pub events: Vec<Event>,
    plan: Plan,
    rules: Settings,
    trusted: bool,
    strangers: i64,
}

pub fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// Metres east of the origin on the equator.
fn place(metres: i64) -> E7 {
    E7::from_raw(metres * 10_000_000_000 / 111_195_080)
}

impl World {
    pub fn new(chance: &mut Chance) -> Self {
        let from: Timestamp = "2026-11-23T06:00:00Z".parse().unwrap();
        let to = from.plus(TICK.times(TICKS));
        let mut world = Self {
            from,
            to,
            events: Vec::new(),
            plan: Plan::default(),
            rules: Self::first_rules(),
            trusted: true,
            strangers: 0,
        };
        world.plan = world.first_plan(chance);
        let plan = Fact::Plan(Box::new(world.plan.clone()));
        world.tell(0, Subject::Gateway, plan);
        let settings = world.rules.to_json().unwrap();
        world.tell(0, Subject::Gateway, Fact::Command(Command::SetRules { settings }));
        world.kiosks_and_guests(chance);
        for n in 0..VEHICLES {
            world.vehicle(chance, &name(&format!("car-{n}")));
        }
        for room in 0..ROOMS {
            world.buttons(chance, &name(&format!("room-{room}")));
            for sensor in 0..2 {
                world.sensor(chance, &name(&format!("room-{room}")), &name(&format!("s{sensor}")));
            }
        }
        world.gateway(chance);
        world.events.sort_by_key(|event| event.at);
        world
    }

    /// As configured, with lengths that fit into the day.
    fn first_rules() -> Settings {
        let mut rules = Settings::configured();
        rules.custom.push(own_rule(Span::from_mins(2)));
        rules.sensor_stuck.after = Span::from_mins(20);
        rules.kiosk_slow.scans_min = 3;
        rules.guest_waiting.tiers.insert(Tier::Guest);
        rules.vehicle_empty.after_m = 600;
        rules
    }

    fn tick(&self, tick: i64) -> Timestamp {
        self.from.plus(TICK.times(tick))
    }

    fn tell(&mut self, tick: i64, device: Subject, fact: Fact) {
        let at = self.tick(tick);
        self.events.push(Event { at, device, observed_at: None, happened_at: at, fact });
    }

    /// Stretches of silence as (from, to) in ticks.
    fn outages(chance: &mut Chance) -> Vec<(i64, i64)> {
        let count = chance.below(4);
        let mut outages: Vec<(i64, i64)> = (0..count)
            .map(|_| {
                let from = chance.between(20, TICKS);
                (from, from + chance.between(2, 90))
            })
            .collect();
        outages.sort_unstable();
        outages
    }

    fn kiosks_and_guests(&mut self, chance: &mut Chance) {
        let mut kiosks = BTreeMap::new();
        for n in 0..KIOSKS {
            let kiosk = name(&format!("K{n}"));
            // Each kiosk's clock is wrong by its own constant, known after its first live scan.
            let error = Span::from_secs(chance.between(-300, 300));
            let outages = Self::outages(chance);
            self.scan(&kiosk, 0, 0, error, "G-none", Direction::Entry, None, None);
            let mut tick = 1;
            while tick < TICKS {
                if let Some((from, to)) = outages.iter().find(|(from, to)| (*from..*to).contains(&tick)) {
                    if chance.one_in(3) && tick == *from {
                        let report = DeviceReport::of_device(Presence::Offline, None);
                        self.tell(tick, Subject::Kiosk(kiosk.clone()), Fact::Device(report));
                    }
                    tick = *to;
                    continue;
                }
                let report = DeviceReport::of_device(Presence::Online, None);
                self.tell(tick, Subject::Kiosk(kiosk.clone()), Fact::Device(report));
                tick += chance.between(1, 4);
            }
            kiosks.insert(kiosk, (error, outages));
        }
        for visit in self.plan.visits.clone() {
            let expected = visit.expected_at.map_or(TICKS / 2, |at| at.since(self.from).as_millis() / TICK.as_millis());
            if chance.one_in(8) {
                continue;
            }
            let mut tick = expected + chance.between(-40, 100);
            for direction in [Direction::Entry, Direction::Exit, Direction::Entry, Direction::Entry] {
                let (kiosk, (error, outages)) = kiosks.iter().nth(chance.below(KIOSKS) as usize).unwrap();
                let cut_off = outages.iter().find(|(from, to)| (*from..*to).contains(&tick));
                let told = cut_off.map_or(tick, |(_, to)| *to);
                let point = match chance.below(15) {
                    0 => Some(name("side")),
                    1..=4 => Some(name("hall")),
                    _ => None,
                };
                if (1..TICKS).contains(&tick) && told < TICKS {
                    let (kiosk, error) = (kiosk.clone(), *error);
                    // For an hour in three somebody who is slow sits there.
                    let longest = if tick / 120 % 3 == 1 { 260 } else { 130 };
                    let took = (!chance.one_in(6)).then(|| chance.between(20, longest) as u32);
                    self.scan(&kiosk, tick, told, error, visit.code.as_str(), direction, point, took);
                }
                if chance.one_in(2) {
                    break;
                }
                tick += chance.between(1, 100);
            }
        }
    }

    #[allow(clippy::too_many_arguments)] // One scan has that many sides, and it is told in two places only.
    fn scan(
        &mut self,
        kiosk: &Name,
        tick: i64,
        told: i64,
        error: Span,
        code: &str,
        direction: Direction,
        point: Option<Name>,
        duration_s: Option<u32>,
    ) {
        let scan_id = name(&format!("{kiosk}-{}", self.events.len()));
        let (method, ruling) = (None, None);
        let (code, kiosk) = (name(code), kiosk.clone());
        let device = Subject::Kiosk(kiosk.clone());
        let fact = Fact::Scan(Scan { scan_id, code, kiosk, direction, point, method, duration_s, ruling });
        let happened_at = self.tick(tick);
        let observed_at = Some(happened_at.plus(error));
        self.events.push(Event { at: self.tick(told), device, observed_at, happened_at, fact });
    }

    /// Drives, stands, is lost: one report every one or two ticks.
    fn vehicle(&mut self, chance: &mut Chance, id: &Name) {
        let outages = Self::outages(chance);
        let no_fix = chance.one_in(2);
        let (mut metres, mut until, mut drives) = (chance.between(-500, 500), 0, true);
        let mut tick = 1;
        while tick < TICKS {
            if tick >= until {
                drives = !drives;
                until = tick + chance.between(1, 60);
            }
            let speed = if drives { chance.between(3_000, 60_000) } else { chance.between(0, 2_500) };
            metres += if drives { chance.between(-200, 300) } else { chance.between(-3, 4) };
            // Now and then the receiver is mad.
            let seen = if chance.one_in(40) { metres + chance.between(-300, 300) } else { metres };
            let hdop = chance.one_in(30).then(|| Milli::from_whole(9));
            if outages.iter().any(|(from, to)| (*from..*to).contains(&tick)) {
                if no_fix {
                    let report = DeviceReport::of_device(Presence::NoFix, None);
                    self.tell(tick, Subject::Vehicle(id.clone()), Fact::Device(report));
                }
            } else {
                let at = self.tick(tick);
                let fact = Fact::Position(Position {
                    lat: E7::default(),
                    lon: place(seen),
                    speed_kmh: Some(Milli::from_raw(speed)),
                    course: None,
                    fix_at: Some(at),
                    ignition: None,
                    hdop,
                    satellites: None,
                });
                let device = Subject::Vehicle(id.clone());
                self.events.push(Event { at, device, observed_at: Some(at), happened_at: at, fact });
            }
            tick += chance.between(1, 3);
        }
    }

    /// Wanders around the limits.
    fn sensor(&mut self, chance: &mut Chance, room: &Name, sensor: &Name) {
        let outages = Self::outages(chance);
        let every = chance.between(1, 12);
        let (mut temperature, mut co2) = (chance.between(24_000, 28_000), chance.between(700_000, 1_100_000));
        let (mut people, mut battery) = (chance.between(10, 50), chance.between(15_000, 30_000));
        let mut tick = chance.between(1, 20);
        let stuck = chance.between(0, TICKS)..chance.between(0, TICKS);
        while tick < TICKS {
            if !stuck.contains(&tick) {
                temperature = (temperature + chance.between(-700, 701)).clamp(16_000, 30_000);
            }
            co2 = (co2 + chance.between(-60_000, 60_001)).clamp(500_000, 1_300_000);
            people = (people + chance.between(-6, 7)).clamp(0, 80);
            battery = (battery - chance.between(-400, 600)).clamp(0, 100_000);
            if !outages.iter().any(|(from, to)| (*from..*to).contains(&tick)) {
                let values = [
                    (Metric::Temperature, temperature),
                    (Metric::Co2, co2),
                    (Metric::Occupancy, people * 1_000),
                    (Metric::Battery, battery),
                ];
                let measures = values.into_iter().map(|(metric, raw)| (metric, Milli::from_raw(raw))).collect();
                let fact = Fact::Reading(Reading { room: room.clone(), sensor: sensor.clone(), measures });
                self.tell(tick, Subject::Sensor(room.clone(), sensor.clone()), fact);
            }
            tick += chance.between(1, every + 1);
        }
    }

    /// People press buttons, some twice.
    fn buttons(&mut self, chance: &mut Chance, room: &Name) {
        for _ in 0..chance.between(1, 6) {
            let incident = if chance.one_in(2) { "medical" } else { "security" };
            let fact = Fact::Incident(Incident { room: room.clone(), incident: name(incident) });
            self.tell(chance.between(1, TICKS), Subject::Room(room.clone()), fact);
        }
    }

    /// Conditions of the gateway itself come and go, and are said again while they last.
    fn gateway(&mut self, chance: &mut Chance) {
        for part in [Part::Upstream, Part::Disk, Part::Backup, Part::Data] {
            for (from, to) in Self::outages(chance) {
                for (tick, holds) in [(from, Some("low")), (from + (to - from) / 2, Some("lower")), (to, None)] {
                    let report = DeviceReport::of_part(part, holds.map(str::to_owned));
                    self.tell(tick, Subject::Gateway, Fact::Device(report));
                }
            }
        }
    }

    /// Rules that differ in some ways from those before.
    pub fn other_rules(&mut self, chance: &mut Chance) -> Settings {
        let rules = &mut self.rules;
        match chance.below(30) {
            0 => rules.late_arrival.grace = Span::from_mins(chance.between(5, 60)),
            1 => rules.idle_vehicle.after = Span::from_mins(chance.between(1, 15)),
            2 => {
                rules.room_climate.hold = Span::from_mins(chance.between(1, 12));
                rules.room_climate.off_delay = Span::from_mins(chance.between(0, 12));
            }
            3 => rules.silent.kiosk.after = Span::from_mins(chance.between(1, 9)),
            4 => {
                let comfort = rules.room_climate.limits.get_mut(&Metric::Temperature).unwrap();
                comfort.high = Some(Milli::from_whole(chance.between(25, 29)));
            }
            5 => rules.gateway.upstream_offline.after = Span::from_mins(chance.between(0, 30)),
            7 => rules.incident.enabled = !rules.incident.enabled,
            15 => rules.room_climate.only_in_use = !rules.room_climate.only_in_use,
            16 => rules.room_climate.lead = Span::from_mins(chance.between(0, 40)),
            18 => rules.guest_waiting.after = Span::from_mins(chance.between(0, 15)),
            19 => rules.guest_waiting.enabled = !rules.guest_waiting.enabled,
            20 => rules.arrival_reminder.before = Span::from_mins(chance.between(1, 90)),
            21 => rules.arrival_reminder.enabled = !rules.arrival_reminder.enabled,
            22 => rules.double_booking.enabled = !rules.double_booking.enabled,
            23 => rules.pickup_at_risk.slack = Span::from_mins(chance.between(0, 20)),
            24 => rules.pickup_at_risk.blind = Span::from_mins(chance.between(0, 40)),
            25 => rules.pickup_at_risk.enabled = !rules.pickup_at_risk.enabled,
            26 => rules.zone.enabled = !rules.zone.enabled,
            27 => rules.vehicle_empty.enabled = !rules.vehicle_empty.enabled,
            28 => rules.vehicle_empty.after_m = chance.between(300, 2_000) as u32,
            29 => rules.vehicle_empty.lead = Span::from_mins(chance.between(0, 60)),
            14 => rules.post_unmanned.before = Span::from_mins(chance.between(0, 60)),
            8 => rules.room_crowded.above_percent = chance.between(40, 100) as u32,
            9 => {
                rules.room_crowded.hold = Span::from_mins(chance.between(0, 8));
                rules.room_crowded.off_delay = Span::from_mins(chance.between(0, 8));
            }
            10 => rules.battery_low.below = Milli::from_whole(chance.between(10, 25)),
            11 => rules.sensor_stuck.after = Span::from_mins(chance.between(10, 60)),
            12 => rules.kiosk_slow.above = Span::from_secs(chance.between(60, 200)),
            13 => {
                let enabled = !rules.kiosk_slow.enabled;
                (rules.kiosk_slow.enabled, rules.battery_low.enabled) = (enabled, enabled);
                (rules.sensor_stuck.enabled, rules.room_crowded.enabled) = (enabled, enabled);
            }
            17 => {
                rules.custom.clear();
                if !chance.one_in(3) {
                    rules.custom.push(own_rule(Span::from_mins(chance.between(0, 6))));
                }
            }
            6 => rules.gateway.disk_low.enabled = !rules.gateway.disk_low.enabled,
            _ => rules.idle_vehicle.enabled = !rules.idle_vehicle.enabled,
        }
        rules.clone()
    }

    pub fn some_guest(chance: &mut Chance) -> Name {
        name(&format!("G-{:04}", chance.below(GUESTS)))
    }

    /// Trusted and not, in turn.
    pub fn other_clock(&mut self) -> ClockFact {
        self.trusted = !self.trusted;
        ClockFact { trusted: self.trusted, source: ClockSource::System, stepped_ms: 0, reason: None }
    }
}
