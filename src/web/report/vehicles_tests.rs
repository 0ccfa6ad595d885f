//! Pick-ups and empty runs, from a small town: the station at 0 m, the hotel 6 km north of it.

use super::super::terms::tests::usual;
use super::*;
use crate::facts::plan::{self, Tier, Visit, Zone};
use crate::facts::{Direction, Fact, Milli, Ruling, Scan, Subject, Verdict};

fn day() -> ReportDay {
    ReportDay::of("2026-11-30".parse().unwrap(), &jiff::tz::TimeZone::UTC).unwrap()
}

/// A moment so many minutes after eight.
fn at(minutes: f64) -> Timestamp {
    day().from.plus(Span::from_millis(8 * 3_600_000 + (minutes * 60_000.0) as i64))
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn corner(metres: f64, east: i64) -> (E7, E7) {
    (E7::from_raw(1_214_717_500 + east), E7::from_raw(312_430_300 + (metres * 1e7 / 111_195.08) as i64))
}

/// A square of 400 m around so many metres to the north.
fn zone(id: &str, metres: f64) -> Zone {
    let ring = vec![
        corner(metres - 200.0, -20_000),
        corner(metres - 200.0, 20_000),
        corner(metres + 200.0, 20_000),
        corner(metres + 200.0, -20_000),
    ];
    Zone { id: name(id), ring }
}

fn trip(id: &str, guest: &str, pickup: f64, from: &str) -> Trip {
    let guests = if guest.is_empty() { Vec::new() } else { vec![name(guest)] };
    let pickup_at = Some(at(pickup));
    Trip { id: name(id), vehicle: name("car-1"), guests, from: Some(name(from)), to: None, pickup_at }
}

fn plan(trips: Vec<Trip>) -> Plan {
    let visit = |code: &str, expected: f64| Visit {
        code: name(code),
        tier: Tier::Vip,
        expected_at: Some(at(expected)),
        day_from: day().from,
        day_to: day().to,
        place: None,
        point: None,
        vehicle: None,
        cancelled: false,
        attention: false,
    };
    let vehicle = plan::Vehicle { id: name("car-1"), off_duty: false, zones: vec![name("station")] };
    Plan {
        visits: vec![visit("G-1", 30.0), visit("G-2", 60.0)],
        vehicles: vec![vehicle],
        trips,
        zones: vec![zone("station", 0.0), zone("hotel", 6_000.0)],
        ..Plan::default()
    }
}

struct Town {
    fleet: Fleet,
    visits: Visits,
}

impl Town {
    fn new(plan: &Plan) -> Self {
        Self { fleet: Fleet::of(plan, &day()), visits: Visits::of(plan, &day()) }
    }

    fn position(&mut self, minutes: f64, metres: f64, speed: i64) {
        let (lon, lat) = corner(metres, 0);
        let speed_kmh = Some(Milli::from_whole(speed));
        let position =
            Position { lat, lon, speed_kmh, course: None, fix_at: None, ignition: None, hdop: None, satellites: None };
        let car = Subject::Vehicle(name("car-1"));
        let (subject, device, fact) = (car.clone(), car, Fact::Position(position.clone()));
        let entry = Entry { seq: 1, subject, device, observed_at: None, received_at: at(minutes), fact };
        self.fleet.position(&name("car-1"), &position, &entry, &usual(), &day());
    }

    /// Positions twice a minute.
    fn stand(&mut self, from: f64, to: f64, metres: f64) -> &mut Self {
        for half in (from * 2.0) as i64..=(to * 2.0) as i64 {
            self.position(half as f64 / 2.0, metres, 0);
        }
        self
    }

    /// 36 km/h, north or south.
    fn drive(&mut self, from: f64, start: f64, end: f64) -> &mut Self {
        let steps = ((end - start).abs() / 50.0) as i64;
        for step in 0..=steps {
            let share = step as f64 / steps as f64;
            self.position(from + (end - start).abs() / 600.0 * share, start + (end - start) * share, 36);
        }
        self
    }

    fn arrives(&mut self, code: &str, minutes: f64) -> &mut Self {
        let ruling = Ruling { verdict: Verdict::Admit, late_by_s: 0, judged_at: at(minutes) };
        let (scan_id, kiosk, direction) = (name("s"), name("K1"), Direction::Entry);
        let (point, method, duration_s) = (None, None, None);
        let scan = Scan { scan_id, code: name(code), kiosk, direction, point, method, duration_s, ruling: None };
        self.visits.scan(&scan, &ruling, true);
        self
    }

    fn told(self) -> FleetFigures {
        self.fleet.finish(Some(&usual()), &self.visits, &People::default(), &day(), day().to)
    }
}

/// A minute of way belongs to one run: shares are told to a hundredth.
fn is_about(percent: Option<f64>, wanted: f64) -> bool {
    percent.is_some_and(|percent| (percent - wanted).abs() <= 1.0)
}

/// In time, late, missed, no data.
fn counts(of: PickUpFigures) -> [u32; 4] {
    [of.in_time, of.late, of.missed, of.no_data]
}

#[test]
fn a_run_is_with_guests_from_the_pick_up_until_they_are_here() {
    let mut town = Town::new(&plan(vec![trip("T1", "G-1", 10.0, "station")]));
    // Empty to the station 6 km, with the guest to the hotel 6 km, empty on 3 km.
    town.drive(0.0, 6_000.0, 0.0).stand(10.0, 12.0, 0.0).drive(12.0, 0.0, 6_000.0).arrives("G-1", 23.0);
    town.stand(22.5, 24.0, 6_000.0).drive(24.5, 6_000.0, 9_000.0);
    let told = town.told();
    assert!(told.km == Some(15.0) && is_about(told.empty_percent, 60.0), "{told:?}");
    assert_eq!(counts(told.pick_ups), [1, 0, 0, 0]);
    assert_eq!(told.pick_ups.in_time_percent, Some(100.0));
    let car = &told.vehicles[0];
    assert_eq!((car.unseen_km, car.idle_min, car.no_data_min), (Some(0.0), Some(0.0), Some(0.0)));
}

#[test]
fn pick_ups_are_in_time_late_missed_or_unknown() {
    let all = vec![
        trip("in time", "G-1", 10.0, "station"),
        trip("late", "G-1", 20.0, "hotel"),
        trip("missed", "G-1", 50.0, "station"),
        trip("no zone", "G-1", 55.0, "airport"),
        trip("unseen", "G-1", 300.0, "hotel"),
    ];
    let mut town = Town::new(&plan(all));
    town.stand(5.0, 18.0, 0.0).drive(18.0, 0.0, 6_000.0).stand(28.5, 60.0, 6_000.0);
    let told = town.told();
    assert_eq!((told.pick_ups.planned, counts(told.pick_ups)), (5, [1, 1, 1, 2]));
    assert_eq!(told.pick_ups.in_time_percent, Some(33.3));
}

#[test]
fn who_is_found_there_after_a_stretch_without_data_may_have_been_in_time() {
    let mut town = Town::new(&plan(vec![trip("T1", "G-1", 20.0, "station")]));
    town.stand(0.0, 5.0, 3_000.0).stand(40.0, 45.0, 0.0);
    assert_eq!(counts(town.told().pick_ups), [0, 0, 0, 1]);
    // Two minutes between two positions are what is usual.
    let mut town = Town::new(&plan(vec![trip("T1", "G-1", 20.0, "station")]));
    town.stand(10.0, 19.0, 1_000.0).stand(21.5, 25.0, 0.0);
    assert_eq!(counts(town.told().pick_ups), [1, 0, 0, 0]);
}

#[test]
fn without_trips_or_positions_there_is_no_share() {
    let mut town = Town::new(&plan(Vec::new()));
    town.drive(0.0, 0.0, 6_000.0);
    let told = town.told();
    assert_eq!((told.km, told.empty_percent, told.pick_ups), (Some(6.0), None, PickUpFigures::default()));
    let told = Town::new(&plan(vec![trip("T1", "G-1", 10.0, "station")])).told();
    let car = &told.vehicles[0];
    assert_eq!((told.km, told.empty_percent, car.km, car.driving_min), (None, None, None, None));
    assert_eq!(counts(told.pick_ups), [0, 0, 0, 1]);
}

#[test]
fn a_trip_whose_guests_are_not_seen_lasts_until_they_are_expected() {
    let mut town = Town::new(&plan(vec![trip("T1", "G-2", 50.0, "station")]));
    town.stand(45.0, 50.0, 0.0).drive(50.0, 0.0, 6_000.0).drive(60.5, 6_000.0, 0.0);
    assert!(is_about(town.told().empty_percent, 50.0));
    let mut town = Town::new(&plan(vec![trip("T1", "", 50.0, "station")]));
    town.stand(45.0, 50.0, 0.0).drive(50.0, 0.0, 6_000.0);
    assert_eq!(town.told().empty_percent, Some(100.0));
}
