//! A small day from its entries to the words: counted here by hand, written in both languages and for every reader.

use serde_json::{Value, json};

use super::sheet::{self, Cell};
use super::tally::{Before, Tally};
use super::terms::tests::usual;
use super::*;
use crate::facts::plan::{People, Person, Plan};
use crate::facts::{Entry, Fact, Kind, Subject};

/// What a spreadsheet would take for a formula, and a browser for a tag.
const HOST: &str = "=cmd|'/c calc'!A0\",<script>alert(1)</script>";

pub(super) fn day() -> ReportDay {
    ReportDay::of("2026-11-30".parse().unwrap(), &jiff::tz::TimeZone::get("Asia/Shanghai").unwrap()).unwrap()
}

fn at(clock: &str) -> String {
    format!("2026-11-30T{clock}+08:00")
}

fn plan() -> Plan {
    let visit = |code: &str, tier: &str, expected: &str| json!({"code": code, "tier": tier, "expected_at": at(expected), "day_from": day().from, "day_to": day().to});
    let plan = json!({
        "visits": [visit("G-1", "vip", "09:00:00"), visit("G-2", "guest", "09:00:00"), visit("G-3", "guest", "10:00:00")],
        "vehicles": [{"id": "car-1"}],
        "rooms": [{"id": "hall", "capacity": 40, "limits": []}],
        "bookings": [{"room": "hall", "from": at("09:00:00"), "to": at("10:00:00")}],
    });
    serde_json::from_str(&plan.to_string()).unwrap()
}

fn people() -> People {
    let mut people = People::default();
    let person = Person { host: Some(HOST.to_owned()), ..Person::default() };
    people.guests.insert("G-1".parse().unwrap(), person);
    people
}

fn alert(id: &str, changed: &Value) -> Value {
    let mut alert = json!({
        "id": id, "rule": "late_arrival", "subject": "guest/G-2", "severity": "warning", "state": "firing",
        "at": at("09:30:00"), "cause": null, "pending_at": at("09:00:00"), "fired_at": at("09:30:00"),
        "acknowledged_at": null, "acknowledged_by": null, "resolved_at": null, "resolution": null,
        "values": {}, "notes": [],
    });
    alert.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
    alert
}

/// Device, time, kind and body of each entry.
fn entries() -> Vec<(&'static str, &'static str, &'static str, Value)> {
    let scan = |code: &str, verdict: &str, clock: &str, took: u32| {
        json!({"scan_id": format!("s-{clock}"), "code": code, "kiosk": "K1", "direction": "entry", "duration_s": took,
               "verdict": verdict, "late_by_s": 0, "judged_at": at(clock)})
    };
    let reading = |temperature: f64| json!({"room": "hall", "sensor": "t1", "temperature": temperature});
    let position = |lat: f64| json!({"lat": lat, "lon": 121.47175, "speed_kmh": 36, "course": null, "fix_at": null});
    vec![
        ("kiosk/K1", "08:59:00", "scan", scan("G-1", "admit", "08:59:00", 40)),
        ("sensor/hall/t1", "09:00:00", "reading", reading(22.5)),
        ("sensor/hall/t1", "09:10:00", "reading", reading(28.0)),
        ("sensor/hall/t1", "09:20:00", "reading", reading(22.0)),
        ("gateway", "09:30:00", "alert", alert("A-1", &json!({}))),
        ("kiosk/K1", "09:31:00", "scan", scan("G-2", "admit", "09:31:00", 60)),
        ("operator/li", "09:32:00", "alert", alert("A-1", &json!({"acknowledged_at": at("09:32:00")}))),
        ("vehicle/car-1", "09:40:00", "position", position(31.24303)),
        ("vehicle/car-1", "09:40:10", "position", position(31.24393)),
        ("vehicle/car-1", "09:40:20", "position", position(31.24483)),
        ("vehicle/car-1", "09:40:30", "rejected", json!({"link": "l", "reason": "r", "raw": "", "bytes": 1})),
    ]
}

fn fold(plan: Plan, entries: Vec<(&str, &str, &str, Value)>) -> Tally {
    let before = Before { day: day(), until: day().to, plan, terms: Some(usual()), trusted: true };
    let mut tally = Tally::new(before);
    for (number, (device, clock, kind, body)) in entries.into_iter().enumerate() {
        let device: Subject = device.parse().unwrap();
        let fact = Fact::read_body(Kind::from_word(kind).unwrap(), &body.to_string()).unwrap();
        let (seq, subject) = (number as u64 + 1, fact.subject(&device));
        tally.push(&Entry { seq, subject, device, observed_at: None, received_at: at(clock).parse().unwrap(), fact });
    }
    tally
}

fn site() -> ReportSite {
    ReportSite { id: "venue-1".to_owned(), name: "接待中心 <1>".to_owned(), time_zone: "Asia/Shanghai".to_owned() }
}

pub(super) fn full() -> DayReport {
    let entries = entries();
    let numbers = entries.len() as u64;
    fold(plan(), entries).finish(site(), &people(), (numbers, 0))
}

pub(super) fn empty() -> DayReport {
    fold(Plan::default(), Vec::new()).finish(site(), &People::default(), (0, 0))
}

#[test]
fn a_day_is_what_its_entries_say() {
    let report = full();
    let all = &report.punctuality.all;
    assert_eq!((all.expected, all.in_time, all.late, all.not_seen), (3, 1, 1, 1));
    assert_eq!((report.check_in.check_ins, report.check_in.took.median_s), (2, Some(40)));
    let hall = &report.rooms.rooms[0];
    // 9:00 to 9:10 and 9:20 to 9:35 within, 9:10 to 9:20 beyond; then the reading counts no more.
    assert_eq!((hall.comfortable_min, hall.uncomfortable_min, hall.no_data_min), (Some(25.0), Some(10.0), Some(25.0)));
    let car = &report.fleet.vehicles[0];
    assert_eq!((car.positions, car.km, car.empty_percent), (3, Some(0.2), None));
    assert_eq!((report.alerts.all.fired, report.alerts.all.to_acknowledge.median_s), (1, Some(120)));
    assert_eq!((report.quality.entries, report.quality.rejected, report.quality.missing), (11, 1, 0));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!((&json["day"], &json["conservation"]), (&json!("2026-11-30"), &Value::Null));
    assert_eq!(json["vehicles"]["empty_percent"], Value::Null);
}

#[test]
fn a_scan_that_came_after_the_day_is_of_the_day_and_one_of_another_day_is_not() {
    let mut tally = fold(plan(), entries());
    let scan = |judged_at: &str| {
        let body = json!({"scan_id": "x", "code": "G-3", "kiosk": "K2", "direction": "entry", "verdict": "admit",
                          "late_by_s": 0, "judged_at": judged_at});
        let fact = Fact::read_body(Kind::Scan, &body.to_string()).unwrap();
        let device: Subject = "kiosk/K2".parse().unwrap();
        let (subject, received_at) = (fact.subject(&device), "2026-12-01T11:00:00+08:00".parse().unwrap());
        Entry { seq: 99, subject, device, observed_at: None, received_at, fact }
    };
    for entry in [scan("2026-12-01T10:00:00+08:00"), scan(&at("10:05:00"))] {
        let Fact::Scan(scan) = &entry.fact else { unreachable!() };
        tally.scan(&entry, scan);
    }
    let ended = alert("A-1", &json!({"resolved_at": "2026-12-01T01:30:00+08:00", "state": "resolved"}));
    tally.alert(&serde_json::from_str(&ended.to_string()).unwrap());
    let report = tally.finish(site(), &people(), (11, 0));
    assert_eq!((report.punctuality.all.in_time, report.check_in.check_ins), (2, 3));
    assert_eq!((report.alerts.all.open, report.alerts.all.to_resolve.longest_s), (0, Some(16 * 3_600)));
}

/// In a table of lines a figure is known by its label alone.
fn all_differ<'a>(labels: impl Iterator<Item = &'a str>, place: &str) {
    let mut seen = std::collections::BTreeSet::new();
    for label in labels {
        assert!(seen.insert(label), "{place} has {label} twice");
    }
}

#[test]
fn both_languages_say_the_same() {
    for report in [full(), empty()] {
        let [en, zh] = [Language::English, Language::Chinese].map(|language| sheet::write(&report, &day(), language));
        assert_eq!((en.sections.len(), zh.sections.len()), (7, 7));
        for (en, zh) in en.sections.iter().zip(&zh.sections) {
            assert_ne!(en.title, zh.title);
            assert_eq!(en.nothing.is_some(), zh.nothing.is_some(), "{}", en.title);
            assert_eq!(en.notes.len(), zh.notes.len(), "{}", en.title);
            for figures in [&en.figures, &zh.figures] {
                all_differ(figures.iter().map(|figure| figure.label), en.title);
            }
            for (en, zh) in en.figures.iter().zip(&zh.figures) {
                assert_ne!(en.label, zh.label);
                assert_eq!(en.unit.is_empty(), zh.unit.is_empty(), "{}", en.label);
                assert_eq!(matches!(en.value, Cell::NoData(_)), matches!(zh.value, Cell::NoData(_)), "{}", en.label);
            }
            for (en, zh) in en.tables.iter().zip(&zh.tables) {
                assert_ne!(en.caption, zh.caption);
                assert_eq!(en.rows.len(), zh.rows.len(), "{}", en.caption);
                for columns in [&en.columns, &zh.columns] {
                    all_differ(columns.iter().map(|column| column.label), en.caption);
                }
                let widths = en.rows.iter().chain(&zh.rows).map(Vec::len);
                assert!(widths.chain([zh.columns.len()]).all(|width| width == en.columns.len()), "{}", en.caption);
            }
        }
    }
}

#[test]
fn a_day_of_which_nothing_is_known_has_no_figures() {
    for (language, words) in [(Language::English, "No data"), (Language::Chinese, "无数据")] {
        let sheet = sheet::write(&empty(), &day(), language);
        for section in &sheet.sections {
            assert!(section.nothing.is_some_and(|nothing| nothing.starts_with(words)), "{}", section.title);
            assert!(section.figures.is_empty() && section.tables.is_empty() && section.charts.is_empty());
        }
    }
    // Nor has a figure that nothing is known of: the share of empty runs without trips, the use of an uncounted room.
    let sheet = sheet::write(&full(), &day(), Language::Chinese);
    let cells = sheet.sections.iter().flat_map(|section| &section.tables).flat_map(|table| table.rows.iter().flatten());
    assert!(cells.filter(|cell| **cell == Cell::NoData("无数据")).count() >= 3);
}

#[test]
fn a_spreadsheet_opens_it_and_runs_nothing() {
    for (language, header) in [(Language::English, "section,table"), (Language::Chinese, "部分,表格")] {
        let csv = to_csv(&full(), &day(), language);
        assert!(csv.starts_with(&format!("\u{feff}{header}")), "{csv}");
        let lines = csv.matches("\r\n").count();
        let mut reader = ::csv::Reader::from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
        let records: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert!(records.len() + 1 == lines && records.iter().all(|record| record.len() == 6), "{csv}");
        let guarded = format!("'{HOST}");
        assert!(records.iter().any(|record| record.get(2) == Some(&guarded)), "{csv}");
        let cells = records.iter().flat_map(::csv::StringRecord::iter);
        assert!(cells.clone().all(|cell| !cell.starts_with(['=', '+', '@'])), "{csv}");
        assert!(cells.clone().any(|cell| cell == language.no_data()), "{csv}");
    }
    let csv = to_csv(&full(), &day(), Language::English);
    for line in [
        "Punctuality,,,\"In time, share\",33.3,%\r\n",
        "Check-in,By kiosk,K1,\"Took, half\",40,s\r\n",
        "Rooms,By room,hall,Beyond a limit,10,min\r\n",
        "Vehicles,By vehicle,car-1,Empty,no data,%\r\n",
    ] {
        assert!(csv.contains(line), "{line}{csv}");
    }
}

/// How many of three guests arrived, and how many check-ins there were, by scans at a kiosk or by hand and what was said.
fn by_hand(told: &[(&'static str, &'static str)]) -> (u32, u32) {
    let entries = told.iter().enumerate().map(|(number, (what, clock))| {
        let words: Vec<&str> = what.split(' ').collect();
        let id = format!("H-{number}");
        let (kiosk, method) = if words[0] == "hand" { ("dashboard", "hand") } else { ("K1", "qr") };
        match words[0] {
            "hand" | "scan" => (
                if words[0] == "hand" { "operator/li" } else { "kiosk/K1" },
                *clock,
                "scan",
                json!({"scan_id": id, "code": words[1], "kiosk": kiosk, "direction": "entry", "method": method,
                       "verdict": "admit", "late_by_s": 0, "judged_at": at(clock)}),
            ),
            "undo" => (
                "operator/li",
                *clock,
                "command",
                json!({"action": "undo_check_in", "guest": words[1], "by": "li", "scan_id": words[2]}),
            ),
            "receive" => {
                ("operator/li", *clock, "command", json!({"action": "receive", "guest": words[1], "by": "li"}))
            }
            _ => ("gateway", *clock, "clock", json!({"trusted": true, "source": "system", "stepped_ms": 5})),
        }
    });
    let report = fold(plan(), entries.collect()).finish(site(), &People::default(), (told.len() as u64, 0));
    let all = &report.punctuality.all;
    (all.in_time + all.late, report.check_in.check_ins)
}

#[test]
fn a_check_in_that_was_taken_back_is_none() {
    let hand = ("hand G-1", "08:50:00");
    assert_eq!(by_hand(&[hand]), (1, 1));
    assert_eq!(by_hand(&[hand, ("undo G-1 H-0", "08:50:10")]), (0, 0));
    assert_eq!(by_hand(&[hand, ("undo G-1 H-0", "08:50:10"), ("scan G-1", "08:55:00")]), (1, 1));
    assert_eq!(by_hand(&[hand, ("undo G-1 H-0", "08:50:10"), ("hand G-1", "08:50:20")]), (1, 1));
    // What the rules did not take back counts.
    for between in ["scan G-1", "hand G-1", "receive G-1", "clock"] {
        let told = by_hand(&[hand, (between, "08:50:05"), ("undo G-1 H-0", "08:50:10")]);
        assert_eq!(told.0, 1, "{between}");
    }
    assert_eq!(by_hand(&[hand, ("undo G-1 H-0", "08:51:01")]), (1, 1));
    assert_eq!(by_hand(&[hand, ("undo G-1 H-9", "08:50:10"), ("undo G-2 H-0", "08:50:20")]), (1, 1));
}
