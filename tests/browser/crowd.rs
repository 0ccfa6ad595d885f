//! A great day: 3,000 guests of whom 500 are late, 20 vehicles, 60 rooms, and all of it moving.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::house::{House, moment};
use crate::support::mqtt::Client;
use crate::support::patience::until;

const GUESTS: usize = 3_000;
const LATE: usize = 500;
const VEHICLES: usize = 20;
const ROOMS: usize = 60;
/// How long a scene looks at a page while things move.
const STIR: Duration = Duration::from_secs(2);

/// The plan, as JSON.
pub fn plan(dir: &Path) {
    let guest =
        |n: usize| json!({"code": format!("G-{n}"), "name": format!("Guest {n}"), "organisation": "North Light"});
    let visit = |n: usize| {
        let minutes = if n < LATE { -60 } else { 30 + i64::try_from(n % 300).unwrap() };
        json!({"code": format!("G-{n}"), "expected_at": moment(minutes), "place": format!("room-{}", n % ROOMS),
            "host": format!("Host {}", n % 40)})
    };
    let all = json!({
        "guests": (0..GUESTS).map(guest).collect::<Vec<_>>(),
        "visits": (0..GUESTS).map(visit).collect::<Vec<_>>(),
        "vehicles": (0..VEHICLES).map(|n| json!({"id": format!("car-{n}"), "name": format!("Car {n}")})).collect::<Vec<_>>(),
        "rooms": (0..ROOMS).map(|n| json!({"id": format!("room-{n}"), "name": format!("Room {n}"), "capacity": 80}))
            .collect::<Vec<_>>(),
    });
    std::fs::write(dir.join("plan.json"), all.to_string()).unwrap();
}

/// The configuration that goes with it.
pub const EXTRA: &str = "[plan]\nfile = \"plan.json\"";

/// Devices that speak when a scene asks for it.
pub struct Crowd {
    house: House,
    turn: usize,
    scanned: usize,
}

impl Crowd {
    /// Opens the house with the plan.
    pub fn open() -> Self {
        Self { house: House::with(plan, EXTRA), turn: 0, scanned: LATE }
    }

    /// Where its dashboard is.
    pub fn address(&self) -> String {
        self.house.address()
    }

    /// Does what the scene orders.
    pub fn act(&mut self, order: &str, _details: &Value) -> Value {
        match order {
            "gather" => self.gather(),
            "stir" => self.stir(),
            _ => panic!("a crowd does not know how to {order}"),
        }
    }

    /// Everything is heard once, and who is late is known.
    fn gather(&mut self) -> Value {
        let mut client = Client::plain(self.house.broker(), "crowd").unwrap();
        for n in 0..VEHICLES {
            self.position(&mut client, n);
        }
        for n in 0..ROOMS {
            self.reading(&mut client, n);
        }
        let alerts = until("500 alerts", || {
            let overview = self.house.overview();
            let alerts = overview["alerts"].as_array().unwrap().len();
            (alerts >= LATE).then_some(alerts)
        });
        json!({"guests": GUESTS, "alerts": alerts})
    }

    /// Two seconds in which every vehicle moves twice, every room speaks once and forty guests arrive.
    fn stir(&mut self) -> Value {
        const STEPS: u32 = 40;
        let mut client = Client::plain(self.house.broker(), "crowd").unwrap();
        let begun = Instant::now();
        let mut sent = 0;
        for step in 0..STEPS {
            self.turn += 1;
            self.position(&mut client, self.turn % VEHICLES);
            self.reading(&mut client, (2 * self.turn) % ROOMS);
            self.reading(&mut client, (2 * self.turn + 1) % ROOMS);
            self.scanned += 1;
            let scan = json!({"scan_id": format!("K1-{}", self.scanned), "code": format!("G-{}", self.scanned)});
            client.publish_and_wait("reception/v1/kiosk/K1/scan", scan.to_string().as_bytes()).unwrap();
            sent += 4;
            std::thread::sleep((STIR * (step + 1) / STEPS).saturating_sub(begun.elapsed()));
        }
        json!({"sent": sent})
    }

    fn position(&self, client: &mut Client, n: usize) {
        let moved = |n: usize| f64::from(u32::try_from((n * 7 + self.turn) % 500).unwrap()) / 10_000.0;
        let here = json!({"lat": 31.2 + moved(n), "lon": 121.45 + moved(n * 3), "speed_kmh": 31.0, "course": 40.0});
        client
            .publish_and_wait(&format!("reception/v1/vehicle/car-{n}/position"), here.to_string().as_bytes())
            .unwrap();
    }

    fn reading(&self, client: &mut Client, n: usize) {
        let tenths = f64::from(u32::try_from((n + self.turn) % 40).unwrap()) / 10.0;
        let said =
            json!({"temperature": 21.0 + tenths, "humidity": 45.0, "co2": 700, "occupancy": (n + self.turn) % 60});
        client
            .publish_and_wait(&format!("reception/v1/room/room-{n}/sensor/s-{n}"), said.to_string().as_bytes())
            .unwrap();
    }
}
