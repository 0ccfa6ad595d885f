//! The real room, minute by minute: the crossings and holds that were computed from the data apart from this code.

use std::collections::BTreeMap;

use super::{name, tell};
use crate::facts::{Alert, AlertState, Command, Entry, Fact, Metric, Milli, Reading, Span, Subject, Timestamp};
use crate::rules::{Comfort, Engine, RoomClimate, Settings};

const DAYS: &str = include_str!("../../../tests/fixtures/rooms/occupancy-2015-02-02.csv");
const FACTS: &str = include_str!("../../../tests/fixtures/rooms/facts.json");

/// `2015-02-02 14:19:00` or with a `T`; taken as UTC.
fn row_time(text: &str) -> Timestamp {
    format!("{}Z", text.replace(' ', "T")).parse().unwrap()
}

/// The rows as (time, temperature, CO2) in the digits of the file.
fn rows() -> Vec<(Timestamp, Milli, Milli)> {
    let rows = DAYS.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        (row_time(cells[0].trim_matches('"')), cells[1].parse().unwrap(), cells[4].parse().unwrap())
    });
    rows.collect()
}

/// Runs the room through the engine with one limit.
fn run(metric: Metric, high: Milli, band: Milli, hold: Span) -> Vec<Alert> {
    let limits = BTreeMap::from([(metric, Comfort { low: None, high: Some(high), band })]);
    let settings =
        Settings { room_climate: RoomClimate { hold, limits, ..RoomClimate::default() }, ..Settings::default() };
    let mut engine = Engine::new();
    let mut changes = Vec::new();
    let mut seq = 0;
    let device = Subject::Sensor(name("office"), name("s"));
    let mut take = |received_at, device: &Subject, fact: Fact| {
        changes.extend(engine.advance(received_at));
        seq += 1;
        let subject = fact.subject(device);
        let entry = Entry { seq, subject, device: device.clone(), observed_at: None, received_at, fact };
        changes.extend(engine.step(&entry).changes);
    };
    let rows = rows();
    take(rows[0].0, &Subject::Gateway, Fact::Command(Command::SetRules { settings: settings.to_json().unwrap() }));
    for (at, temperature, co2) in rows {
        let measures = [(Metric::Temperature, temperature), (Metric::Co2, co2)].into_iter().collect();
        take(at, &device, Fact::Reading(Reading { room: name("office"), sensor: name("s"), measures }));
    }
    changes
}

/// `raise>22 clear<21.5` is a limit of 22 and, since we clear at the band's edge already, a band one thousandth wider.
#[test]
fn breaches_with_a_band_are_those_of_the_data() {
    let facts: serde_json::Value = serde_json::from_str(FACTS).unwrap();
    let cases = facts["with_hysteresis"].as_object().unwrap();
    assert_eq!(cases.len(), 4);
    for (case, facts) in cases {
        let (metric, limits) = case.split_once(" raise>").unwrap();
        let metric = if metric == "co2_ppm" { Metric::Co2 } else { Metric::Temperature };
        let (high, low) = limits.split_once(" clear<").unwrap();
        let (high, low): (Milli, Milli) = (high.parse().unwrap(), low.parse().unwrap());
        let band = high.minus(low).plus(Milli::from_raw(1));
        let got: Vec<(String, Timestamp)> = run(metric, high, band, Span::ZERO)
            .iter()
            .filter(|alert| alert.state != AlertState::Firing)
            .map(|alert| {
                let word = if alert.state == AlertState::Pending { "raise" } else { "clear" };
                assert_eq!(alert.subject, Subject::Room(name("office")), "{}", tell(alert));
                (word.to_owned(), alert.at)
            })
            .collect();
        let want: Vec<(String, Timestamp)> = facts["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| (event[0].as_str().unwrap().to_owned(), row_time(event[1].as_str().unwrap())))
            .collect();
        assert_eq!(got, want, "{case}");
    }
}

/// `for 600s` was taken at the first row that is 600 s after the crossing; we fire at 600 s exactly, so the first row
/// that is not before our firing must be the one of the data.
#[test]
fn holds_are_those_of_the_data() {
    let facts: serde_json::Value = serde_json::from_str(FACTS).unwrap();
    let rows = rows();
    for (case, metric, high, hold) in [
        ("co2_ppm>1000 for 600s", Metric::Co2, 1_000, 600),
        ("temperature_c>22 for 1800s", Metric::Temperature, 22, 1_800),
    ] {
        let hold = Span::from_secs(hold);
        let changes = run(metric, Milli::from_whole(high), Milli::default(), hold);
        let fired: Vec<&Alert> = changes.iter().filter(|alert| alert.state == AlertState::Firing).collect();
        let got: Vec<Timestamp> = fired
            .iter()
            .map(|alert| {
                assert_eq!(alert.at, alert.pending_at.plus(hold));
                rows.iter().map(|(at, ..)| *at).find(|at| *at >= alert.at).unwrap()
            })
            .collect();
        let want: Vec<Timestamp> = facts["held_for"][case]["times"]
            .as_array()
            .unwrap()
            .iter()
            .map(|at| row_time(at.as_str().unwrap()))
            .collect();
        assert_eq!(got, want, "{case}");
    }
}
