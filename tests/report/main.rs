//! The day's report against a second opinion: this test writes a day of guests, a car and a room itself, has the real
//! recorder judge and keep it on a clock that it moves, and counts by its own script what the report must say.
//!
//! What the program prints is read as its users would: JSON by keys, the table by a CSV reader, the page as text.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failure stops its test and says where.

#[path = "../support/mod.rs"]
mod support;

mod live;
mod script;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use portico::clock::Clock;
use portico::counters::Counters;
use portico::facts::{Command, Fact, Report, Span, Subject, Timestamp};
use portico::journal::{Journal, Lane, Reader};
use portico::recorder::{self, Handle};
use portico::rules::Settings;
use script::{Script, at};
use serde_json::Value;
use support::{Daemon, seed};
use tokio::runtime::Runtime;

/// A number, to a tenth.
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// A recorder at work on a clock that the test moves.
struct House {
    runtime: Runtime,
    clock: Clock,
    recorder: Handle,
}

impl House {
    fn open(dir: &Path, now: Timestamp) -> Self {
        let runtime = Runtime::new().unwrap();
        let (clock, data) = (Clock::manual(now), dir.join("data"));
        let open = move || Journal::open(&data, || "day".to_owned());
        let settings = recorder::Settings { linger: Duration::ZERO };
        let counters = Arc::new(Counters::default());
        let recorder = recorder::start(open, settings, clock.clone(), counters, runtime.handle().clone()).unwrap();
        Self { runtime, clock, recorder }
    }

    fn tell(&self, at: Timestamp, device: &str, fact: Fact) {
        self.clock.set(at);
        let device: Subject = device.parse().unwrap();
        let observed_at = (device != Subject::Gateway).then_some(at);
        let report = Report { device, observed_at, fact, awaited: true };
        self.runtime.block_on(self.recorder.submit(report)).unwrap();
    }

    fn stop(self) {
        self.runtime.block_on(self.recorder.stop());
    }
}

/// What the script tells, in order, comes to a recorder; then somebody takes on three alerts. The gateway is off over
/// night: what fell due meanwhile is told in the morning.
fn record(dir: &Path, script: &Script) {
    let house = House::open(dir, at(6 * 3_600));
    let rules = Settings::configured().to_json().unwrap();
    house.tell(at(6 * 3_600), "gateway", Fact::Command(Command::SetRules { settings: rules }));
    house.tell(at(6 * 3_600), "gateway", Fact::Plan(Box::new(script.plan())));
    for event in script.events() {
        house.tell(event.at, &event.device, event.fact);
    }
    // The deadlines of the day are over by now; the recorder tells them with the next entry.
    house.tell(at(18 * 3_600), "kiosk/K1", script::guard(18 * 3_600));
    let alerts = Reader::open(&dir.join("data")).unwrap().alerts(100).unwrap();
    let late = alerts.iter().map(|body| serde_json::from_str::<Value>(body).unwrap());
    let open = late.filter(|alert| alert["rule"] == "late_arrival" && alert["state"] == "firing");
    for (number, alert) in open.take(3).enumerate() {
        let (alert, by) = (alert["id"].as_str().unwrap().parse().unwrap(), "li".parse().unwrap());
        let fact = Fact::Command(Command::Acknowledge { alert, by, note: None });
        house.tell(at(18 * 3_600).plus(Span::from_mins(number as i64)), "operator/li", fact);
    }
    house.stop();
    let morning = 32 * 3_600;
    let house = House::open(dir, at(morning));
    house.tell(at(morning), "kiosk/K1", script::guard(morning));
    house.stop();
}

fn configure(dir: &Path) -> String {
    let file = dir.join("portico.toml");
    let text = "[site]\nid = \"venue-1\"\nname = \"接待 & <Venue>\"\ntime_zone = \"Asia/Shanghai\"\nlanguage = \"zh-CN\"\n\
                [data]\ndir = \"data\"\n";
    fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

fn report(config: &str, args: &[&str]) -> (i32, String, String) {
    Daemon::command(&[&["report", "--config", config][..], args].concat())
}

fn as_json(config: &str) -> Value {
    as_json_of(config, "2026-11-23")
}

fn as_json_of(config: &str, day: &str) -> Value {
    let (code, out, talk) = report(config, &["--day", day, "--format", "json"]);
    assert_eq!((code, talk.as_str()), (0, ""), "{out}");
    serde_json::from_str(&out).unwrap()
}

#[test]
fn the_report_says_what_the_script_counts() {
    let (dir, seed) = (tempfile::tempdir().unwrap(), seed());
    println!("PORTICO_SEED={seed}");
    let script = Script::new(seed);
    record(dir.path(), &script);
    let config = configure(dir.path());
    let told = as_json(&config);

    let counts = |line: &Value| ["expected", "in_time", "late", "not_seen"].map(|key| line[key].as_u64().unwrap());
    let punctuality = &told["punctuality"];
    assert_eq!(counts(&punctuality["all"]), script.counts(|_| true), "all");
    for line in punctuality["by_tier"].as_array().unwrap() {
        let tier = line["name"].as_str().unwrap();
        assert_eq!(counts(line), script.counts(|guest| guest.tier == tier), "{tier}");
    }
    for line in punctuality["by_hour"].as_array().unwrap() {
        let hour: i64 = line["name"].as_str().unwrap().parse().unwrap();
        assert_eq!(counts(line), script.counts(|guest| guest.expected_s / 3_600 == hour), "{hour}");
    }
    for line in punctuality["by_host"].as_array().unwrap() {
        let host = line["name"].as_str();
        assert_eq!(counts(line), script.counts(|guest| guest.host == host), "{host:?}");
    }

    let check_in = &told["check_in"];
    let (scans, refused) = script.scans();
    assert_eq!((&check_in["check_ins"], &check_in["refused"]), (&scans.into(), &refused.into()));
    let [median, p90] = script.took();
    assert_eq!((&check_in["took"]["median_s"], &check_in["took"]["p90_s"]), (&median.into(), &p90.into()));

    let car = &told["vehicles"]["vehicles"][0];
    for (figure, wanted, off) in [
        ("driving_min", script::DRIVING_MIN, 0.4),
        ("standing_min", script::STANDING_MIN, 0.7),
        ("idle_min", script::STANDING_MIN, 0.7),
        ("no_data_min", script::UNSEEN_MIN, 0.4),
        ("km", script::KM, 0.1),
        ("unseen_km", script::UNSEEN_KM, 0.1),
    ] {
        assert!((number(&car[figure]) - wanted).abs() <= off, "{figure}: {} is not {wanted}", car[figure]);
    }
    assert_eq!(car["pick_ups"]["in_time"], 1, "{car:#}");

    let hall = &told["rooms"]["rooms"][0];
    let [comfortable, uncomfortable, no_data] = script.room_minutes();
    for (figure, wanted) in
        [("comfortable_min", comfortable), ("uncomfortable_min", uncomfortable), ("no_data_min", no_data)]
    {
        assert!((number(&hall[figure]) - wanted).abs() <= 0.1, "{figure}: {} is not {wanted}", hall[figure]);
    }

    let late = told["alerts"]["by_rule"].as_array().unwrap().iter().find(|line| line["name"] == "late_arrival");
    let late = late.expect("somebody was late");
    let (fired, resolved) = script.late_alerts();
    assert_eq!((late["fired"].as_u64(), late["acknowledged"].as_u64()), (Some(fired), Some(3)), "{late:#}");
    assert_eq!(late["to_resolve"]["known"].as_u64(), Some(resolved), "{late:#}");

    let quality = &told["quality"];
    let reader = Reader::open(&dir.path().join("data")).unwrap();
    let day = reader.read(Lane::All, 0, usize::MAX >> 1, usize::MAX).unwrap().rows;
    let of_day = day.iter().filter(|row| row.received_at < at(86_400)).count();
    assert_eq!((&quality["entries"], &quality["last_seq"]), (&of_day.into(), &of_day.into()));
    let [kind, scan] = ["position", "scan"].map(|kind| quality["by_kind"][kind].as_u64().unwrap());
    assert_eq!((kind, scan), (script.events_of("vehicle/"), script.events_of("kiosk/") + 1));
    assert_eq!((&quality["missing"], &quality["unreadable"]), (&0.into(), &0.into()));
}

#[test]
fn the_table_and_the_page_say_the_same_in_both_languages() {
    let dir = tempfile::tempdir().unwrap();
    let script = Script::new(7);
    record(dir.path(), &script);
    let config = configure(dir.path());
    let told = as_json(&config);
    let day = ["--day", "2026-11-23"];
    for (lang, in_time, driven) in [("en", "In time, share", "Driven"), ("zh-CN", "准时率", "行驶里程")] {
        let (code, table, talk) = report(&config, &[&day[..], &["--format", "csv", "--lang", lang]].concat());
        assert_eq!((code, talk.as_str()), (0, ""));
        let mut reader = csv::Reader::from_reader(table.strip_prefix('\u{feff}').unwrap().as_bytes());
        let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        let figure = |label: &str| {
            let record = records.iter().find(|record| record.get(1) == Some("") && record.get(3) == Some(label));
            record.unwrap_or_else(|| panic!("{label} in {table}")).get(4).unwrap().parse::<f64>().unwrap()
        };
        let close = |found: f64, wanted: &Value| (found - number(wanted)).abs() < 0.01;
        assert!(close(figure(in_time), &told["punctuality"]["all"]["in_time_percent"]), "{table}");
        assert!(close(figure(driven), &told["vehicles"]["km"]), "{table}");
        // A host of the plan that begins like a formula.
        assert!(records.iter().any(|record| record.get(2) == Some("'=SUM(A1)")), "{table}");

        let out = dir.path().join(format!("{lang}.html"));
        let file = ["--lang", lang, "--out", out.to_str().unwrap()];
        let (code, printed, talk) = report(&config, &[&day[..], &file].concat());
        assert_eq!((code, printed.as_str()), (0, ""));
        assert!(talk.contains("the report of 2026-11-23"), "{talk}");
        let page = fs::read_to_string(out).unwrap();
        assert!(page.starts_with("<!doctype html>") && page.contains(&format!("<html lang=\"{lang}\">")));
        assert!(
            page.contains("接待 &amp; &lt;Venue&gt;") && page.contains(in_time) && page.matches("<svg ").count() >= 4
        );
        let share = format!("<dd>{} <small>%</small>", told["punctuality"]["all"]["in_time_percent"]);
        assert!(page.contains(share.trim_end_matches(".0")) || page.contains(&share.replace(".0 ", " ")), "{share}");
    }
}

#[test]
fn a_day_without_entries_is_said_and_bad_input_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    record(dir.path(), &Script::new(3));
    let config = configure(dir.path());
    let (code, out, talk) = report(&config, &["--day", "2026-11-22", "--format", "json"]);
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, talk.as_str()), (0, "nothing was recorded on 2026-11-22\n"));
    assert_eq!((&told["quality"]["entries"], &told["vehicles"]["km"]), (&0.into(), &Value::Null));
    let (code, out, _) = report(&config, &["--day", "2026-11-22", "--lang", "en"]);
    assert!(code == 0 && out.contains("Nothing was recorded on this day.") && !out.contains(" 100 "), "{out}");

    for (args, says) in [
        (&["--day", "someday"][..], "\"someday\" is not a day; write today, yesterday or a date like 2026-11-30"),
        (&["--day", "2099-01-01"], "2099-01-01 has not begun"),
        (&["--format", "pdf"], "html, json, csv"),
        (&["--lang", "fr"], "zh-CN or en"),
    ] {
        let (code, out, talk) = report(&config, args);
        assert!((code, out.as_str()) == (64, "") && talk.contains(says), "{args:?}: {code} {talk}");
    }
    let (code, _, talk) = report(&config, &["--day", "2026-11-23", "--out", "/nowhere/at/all.html"]);
    assert!(code == 1 && talk.contains("name another place with --out"), "{talk}");
    let (code, _, talk) = report(&config, &["--day", "2026-11-23", dir.path().to_str().unwrap()]);
    assert!(code == 1 && talk.starts_with("error: "), "{talk}");
    let nowhere = dir.path().join("none.toml");
    let (code, _, talk) = report(nowhere.to_str().unwrap(), &[]);
    assert!(code == 64 && talk.contains("there is no such file"), "{talk}");
}
