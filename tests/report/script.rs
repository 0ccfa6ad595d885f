//! A day as this test writes it: guests who come in time, late, twice or never, a car that drives, stands and is not seen,
//! a room that is too warm for a while and says nothing for another; and what of it a report must count.

use portico::facts::plan::{Booking, Person, Plan, Room, Trip, Vehicle, Visit, Zone};
use portico::facts::{E7, Fact, Kind, Milli, Name, Position, Timestamp};
use serde_json::json;

use crate::support::Dice;

/// The car: 20 min north at 36 km/h, 30 min at the station, 15 min unseen while it moves on by 3 km, 5 min north again.
pub const DRIVING_MIN: f64 = 25.0;
pub const STANDING_MIN: f64 = 30.0;
pub const UNSEEN_MIN: f64 = 15.0;
pub const KM: f64 = 15.0;
pub const UNSEEN_KM: f64 = 3.0;

/// Where the station is, metres north of where the car begins.
const STATION_M: f64 = 12_000.0;
/// The booking of the hall, seconds of the day.
const BOOKED: (i64, i64) = (9 * 3_600, 12 * 3_600);
/// How long a reading counts where nobody says otherwise.
const COUNTS_S: i64 = 15 * 60;

/// A second of the day at the venue.
pub fn at(second: i64) -> Timestamp {
    let midnight: Timestamp = "2026-11-23T00:00:00+08:00".parse().unwrap();
    Timestamp::from_millis(midnight.as_millis() + second * 1_000)
}

/// A guest of the plan, and when the guest comes.
pub struct Guest {
    pub code: Name,
    pub tier: &'static str,
    pub host: Option<&'static str>,
    pub expected_s: i64,
    pub comes_s: Option<i64>,
    took_s: u32,
}

impl Guest {
    fn grace_s(&self) -> i64 {
        if self.tier == "vip" { 600 } else { 1_800 }
    }
}

/// Something that a device says.
#[derive(Clone)]
pub struct Event {
    pub at: Timestamp,
    pub device: String,
    pub fact: Fact,
}

pub struct Script {
    pub guests: Vec<Guest>,
    /// Seconds of the day and degrees.
    readings: Vec<(i64, f64)>,
}

impl Script {
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let mut guests: Vec<Guest> = (0..80).map(|number| guest(number, &mut dice)).collect();
        // One who is called late only when the gateway is off already.
        let code = "G-evening".parse().unwrap();
        let evening =
            Guest { code, tier: "guest", expected_s: 23 * 3_600 + 1_200, comes_s: None, ..guest(80, &mut dice) };
        guests.push(evening);
        // A reading every five minutes, warm for a while, with a hole of 45 min and one that lasts to the end.
        let readings = (8 * 12..11 * 12 + 4)
            .map(|step| step * 300)
            .filter(|second| !(10 * 3_600..10 * 3_600 + 2_700).contains(second))
            .map(|second| {
                let warm = (9 * 3_600 + 1_500..9 * 3_600 + 1_500 + 1_200).contains(&second);
                (second, if warm { 28.0 } else { 21.0 } + dice.roll(9) as f64 / 10.0)
            })
            .collect();
        Self { guests, readings }
    }

    pub fn plan(&self) -> Plan {
        let mut plan = Plan { visits: self.guests.iter().map(visit).collect(), ..Plan::default() };
        let name = |text: &str| text.parse::<Name>().unwrap();
        plan.vehicles = vec![Vehicle { id: name("car-1"), off_duty: false, zones: Vec::new() }];
        let corner = |metres: f64, east: i64| (E7::from_raw(1_214_717_500 + east), north(metres));
        let (south, far) = (STATION_M - 150.0, STATION_M + 150.0);
        let ring = vec![corner(south, -9_000), corner(south, 9_000), corner(far, 9_000), corner(far, -9_000)];
        plan.zones = vec![Zone { id: name("station"), ring }];
        plan.trips = vec![Trip {
            id: name("T1"),
            vehicle: name("car-1"),
            guests: vec![name("G-0")],
            from: Some(name("station")),
            to: None,
            pickup_at: Some(at(8 * 3_600 + 1_800)),
        }];
        plan.rooms = vec![Room { id: name("hall"), capacity: Some(40), limits: Vec::new() }];
        plan.bookings = vec![Booking { room: name("hall"), from: at(BOOKED.0), to: at(BOOKED.1) }];
        for guest in &self.guests {
            let person = Person { host: guest.host.map(str::to_owned), ..Person::default() };
            plan.people.guests.insert(guest.code.clone(), person);
        }
        plan
    }

    /// Everything that devices say, in order.
    pub fn events(&self) -> Vec<Event> {
        let mut events: Vec<Event> =
            self.guests.iter().filter_map(|guest| Some(arrival(guest, guest.comes_s?))).collect();
        // One comes in a second time without having gone, and a stranger tries.
        let first = self.guests.iter().find(|guest| guest.comes_s.is_some()).unwrap();
        events.push(arrival(first, 17 * 3_600));
        let stranger = Guest { code: "stranger".parse().unwrap(), took_s: 33, ..guest(0, &mut Dice::new(1)) };
        events.push(arrival(&stranger, 17 * 3_600 + 60));
        events.extend(self.readings.iter().map(|(second, degrees)| {
            let body = json!({"room": "hall", "sensor": "t1", "temperature": degrees});
            event(*second, "sensor/hall/t1", Kind::Reading, &body)
        }));
        events.extend(drive());
        events.sort_by_key(|event| event.at);
        events
    }

    /// How many events came from devices whose name begins so.
    pub fn events_of(&self, device: &str) -> u64 {
        self.events().iter().filter(|event| event.device.starts_with(device)).count() as u64
    }

    /// Expected, in time, late, not seen, of those guests.
    pub fn counts(&self, which: impl Fn(&Guest) -> bool) -> [u64; 4] {
        let mut counts = [0; 4];
        for guest in self.guests.iter().filter(|guest| which(guest)) {
            counts[0] += 1;
            match guest.comes_s {
                Some(comes) if comes <= guest.expected_s + guest.grace_s() => counts[1] += 1,
                Some(_) => counts[2] += 1,
                None => counts[3] += 1,
            }
        }
        counts
    }

    /// Check-ins, and those of them that were not let in: the stranger and the night guard.
    pub fn scans(&self) -> (u64, u64) {
        (self.events_of("kiosk/") + 1, 2)
    }

    /// The middle and the ninth of ten of how long check-ins took: by sorting them.
    pub fn took(&self) -> [u32; 2] {
        let mut took: Vec<u32> = self.events().iter().filter_map(|event| self::took(&event.fact)).collect();
        took.extend(self::took(&guard(18 * 3_600)));
        took.sort_unstable();
        [took.len().div_ceil(2), (took.len() * 9).div_ceil(10)].map(|rank| took[rank - 1])
    }

    /// Late alerts that fired, and those of them that are over because the guest came after all.
    pub fn late_alerts(&self) -> (u64, u64) {
        let [_, _, late, not_seen] = self.counts(|_| true);
        (late + not_seen, late)
    }

    /// Comfortable, uncomfortable and unknown minutes of the hall while it was booked: second by second.
    pub fn room_minutes(&self) -> [f64; 3] {
        let mut seconds = [0.0; 3];
        for second in BOOKED.0..BOOKED.1 {
            let newest = self.readings.iter().rev().find(|(at, _)| *at <= second);
            let state = match newest {
                Some((at, degrees)) if second - at < COUNTS_S => usize::from(*degrees > 27.0),
                Some(_) | None => 2,
            };
            seconds[state] += 1.0;
        }
        seconds.map(|seconds: f64| (seconds / 6.0).round() / 10.0)
    }
}

/// The night guard is scanned, whom nobody expects.
pub fn guard(second: i64) -> Fact {
    let guest = Guest { code: "night-guard".parse().unwrap(), took_s: 20, ..guest(1, &mut Dice::new(1)) };
    arrival(&guest, second).fact
}

fn guest(number: u64, dice: &mut Dice) -> Guest {
    let tier = ["vip", "guest", "guest", "staff"][(number % 4) as usize];
    let host = [None, Some("Li Na"), Some("=SUM(A1)")][(number % 3) as usize];
    // Expected at even seconds and coming at odd ones: nobody comes at the very second at which a grace ends.
    let expected_s = 9 * 3_600 + 2 * dice.roll(3 * 1_800) as i64;
    // From an hour early to an hour late; each ninth never.
    let comes = expected_s - 3_599 + 2 * dice.roll(3_600) as i64;
    let comes_s = (number % 9 != 4).then_some(comes);
    Guest {
        code: format!("G-{number}").parse().unwrap(),
        tier,
        host,
        expected_s,
        comes_s,
        took_s: 20 + dice.roll(90) as u32,
    }
}

fn visit(guest: &Guest) -> Visit {
    let visit = json!({"code": guest.code, "tier": guest.tier, "expected_at": at(guest.expected_s),
                       "day_from": at(0), "day_to": at(86_400)});
    serde_json::from_str(&visit.to_string()).unwrap()
}

fn event(second: i64, device: &str, kind: Kind, body: &serde_json::Value) -> Event {
    Event { at: at(second), device: device.to_owned(), fact: Fact::read_body(kind, &body.to_string()).unwrap() }
}

fn arrival(guest: &Guest, second: i64) -> Event {
    let body = json!({"scan_id": format!("{}-{second}", guest.code), "code": guest.code, "kiosk": "K1",
                      "direction": "entry", "duration_s": guest.took_s});
    event(second, "kiosk/K1", Kind::Scan, &body)
}

fn took(fact: &Fact) -> Option<u32> {
    let Fact::Scan(scan) = fact else { return None };
    scan.duration_s
}

fn north(metres: f64) -> E7 {
    E7::from_raw(312_430_300 + (metres * 1e7 / 111_195.08) as i64)
}

/// A position each ten seconds.
fn drive() -> Vec<Event> {
    let mut events = Vec::new();
    let mut seen = |second: i64, metres: f64, kmh: f64| {
        let speed_kmh = Some(Milli::from_raw((kmh * 1_000.0) as i64));
        let (lat, lon) = (north(metres), E7::from_raw(1_214_717_500));
        let position =
            Position { lat, lon, speed_kmh, course: None, fix_at: None, ignition: None, hdop: None, satellites: None };
        events.push(Event { at: at(second), device: "vehicle/car-1".to_owned(), fact: Fact::Position(position) });
    };
    let begins = 8 * 3_600;
    (0..120).for_each(|step| seen(begins + step * 10, step as f64 * 100.0, 36.0));
    // It stands, and its receiver wanders by up to 15 m and 1.8 km/h.
    (120..=300).for_each(|step| {
        let noise = (step as f64 * 0.7).sin();
        seen(begins + step * 10, STATION_M + noise * 15.0, noise.abs() * 1.8);
    });
    let again = begins + 3_000 + 900;
    (0..=30).for_each(|step| seen(again + step * 10, STATION_M + 3_000.0 + step as f64 * 100.0, 36.0));
    events
}
