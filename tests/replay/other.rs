//! Other rules over a recorded day: which alerts would have come, gone, moved or ended otherwise.

use std::path::Path;

use portico::facts::{Aside, Command, Fact, Metric, Milli, Reading, Report, Span, Subject, Timestamp};
use portico::rules::Settings;
use serde_json::{Value, json};

use super::{Day, late_day, name, run};

/// What is said of these rules over the day in `data`: the rows, each with one blank between its cells.
fn tried(data: &Path, rules: &str) -> Vec<String> {
    let file = data.with_file_name("new.toml");
    std::fs::write(&file, rules).unwrap();
    let (code, out, talk) = run(&["replay", "--rules", file.to_str().unwrap()], data);
    assert_eq!(code, 0, "{out}{talk}");
    let rows = out.lines().skip(3).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    rows.map(|row| row.replace("2026-11-23 ", "")).collect()
}

/// The same as JSON.
fn tried_json(data: &Path, rules: &str, more: &[&str]) -> Value {
    let file = data.with_file_name("new.toml");
    std::fs::write(&file, rules).unwrap();
    let (code, out, talk) = run(&[&["replay", "--json", "--rules", file.to_str().unwrap()], more].concat(), data);
    assert_eq!(code, 0, "{out}{talk}");
    serde_json::from_str(&out).unwrap()
}

/// A file that names no rule leaves all as they were recorded: then nothing comes, goes or moves. Gives how many fired.
pub fn changes_nothing(data: &Path) -> u64 {
    let rules = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(rules.path(), "[rules]\n").unwrap();
    let (code, out, talk) = run(&["replay", "--json", "--rules", rules.path().to_str().unwrap()], data);
    assert_eq!(code, 0, "{out}{talk}");
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(told["differences"], json!([]), "{told}");
    assert_eq!(told["recorded"], told["with_these_rules"]);
    told["recorded"].as_u64().unwrap()
}

#[test]
fn other_rules_show_what_would_have_come_and_gone() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    late_day(&data);
    let late = |grace: &str| tried(&data, &format!("[rules.late_arrival]\ngrace = \"{grace}\"\n"));
    assert_eq!(late("30m"), Vec::<String>::new(), "the same rules");
    let moved = |guest: &str, was: &str, is: &str| format!("moved late_arrival guest/{guest} {was} {is}");
    let (one, two) = ("02:40:00 to 02:55:00", "02:40:00, stays");
    assert_eq!(late("40m"), [moved("G-1", one, "02:50:00 to 02:55:00"), moved("G-2", two, "02:50:00, stays")]);
    let gone = |guest: &str, was: &str| format!("gone late_arrival guest/{guest} {was} -");
    assert_eq!(late("60m"), [gone("G-1", one), moved("G-2", two, "03:10:00, stays")]);
    assert_eq!(late("12h"), [gone("G-1", one), gone("G-2", two)]);
    assert_eq!(late("5m"), [moved("G-1", one, "02:15:00 to 02:55:00"), moved("G-2", two, "02:15:00, stays")]);
    let came = tried(&data, "[rules.silent]\nkiosk = \"26m\"\n");
    let silent = "kiosk_silent kiosk/K1 02:57:00 to 03:20:00";
    assert_eq!(came, [format!("gone {silent} -")], "heard again after 25 minutes");
}

#[test]
fn the_times_are_those_of_the_site_and_a_machine_gets_utc() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    late_day(&data);
    let rules = "[site]\ntime_zone = \"Asia/Shanghai\"\n[rules.late_arrival]\ngrace = \"40m\"\n[rules.kiosk_silent]\nenabled = false\n";
    let rows = tried(&data, rules);
    assert!(
        rows.iter().any(|row| row.starts_with("moved") && row.contains("10:40:00 to 10:55:00 10:50:00")),
        "{rows:?}"
    );
    let told = tried_json(&data, rules, &[]);
    let at = |text: &str| format!("2026-11-23T02:{text}:00.000Z");
    assert_eq!(
        told["differences"][0],
        json!({
            "change": "moved", "rule": "late_arrival", "subject": "guest/G-1", "detail": "",
            "before": at("40"), "after": at("50"), "ended_before": at("55"), "ended_after": at("55"),
        })
    );
    let counts = ["recorded", "with_these_rules", "came", "gone", "moved", "ended", "tried_from"].map(|key| &told[key]);
    assert_eq!(counts, [&json!(3), &json!(2), &json!(0), &json!(1), &json!(2), &json!(0), &json!(1)]);
    // Of the day between two moments alone.
    let of = |more: &[&str]| tried_json(&data, rules, more)["differences"].as_array().unwrap().len();
    assert_eq!(of(&["--from", "2026-11-23T02:45:00Z"]), 3, "two that fire then, and a silence");
    assert_eq!(of(&["--to", "2026-11-23T02:45:00Z"]), 2, "what had fired by then");
    assert_eq!(of(&["--from", "2026-11-23T04:00:00Z"]), 0);
}

const BEGIN: &str = "2026-11-23T02:00:00Z";

fn minute(n: i64) -> Timestamp {
    BEGIN.parse::<Timestamp>().unwrap().plus(Span::from_mins(n))
}

/// A sensor in the hall says how warm and how stuffy it is.
fn air(day: &Day, n: i64, temperature: &str, co2: i64) {
    let values = [(Metric::Temperature, temperature.parse().unwrap()), (Metric::Co2, Milli::from_whole(co2))];
    let (room, sensor) = (name("hall"), name("t1"));
    let device = Subject::Sensor(room.clone(), sensor.clone());
    let fact = Fact::Reading(Reading { room, sensor, measures: values.into_iter().collect() });
    day.tell(minute(n), vec![Report { device, observed_at: None, fact, awaited: true }]);
}

/// A day with rules of its own: a hold of two minutes, and a sensor that may be silent for hours.
fn day_with_rules(dir: &Path) -> Day {
    let day = Day::start(dir, minute(0));
    let mut settings = Settings::configured();
    settings.room_climate.hold = Span::from_mins(2);
    settings.silent.sensors.insert("hall/t1".to_owned(), Span::from_mins(240));
    day.order(minute(0), Fact::Command(Command::SetRules { settings: settings.to_json().unwrap() }));
    day
}

/// Stuffy for a little, too warm for longer, and people who work on what fires.
fn warm_day(dir: &Path) {
    let mut day = day_with_rules(dir);
    air(&day, 1, "22", 950);
    air(&day, 5, "22", 800);
    for n in [10, 15, 19] {
        air(&day, n, "27.4", 800);
    }
    let (by, reason) = (name("li"), "doors are open".to_owned());
    let aside = Aside::For(Span::from_mins(10));
    let shelve = Command::Shelve { alert: name("A-1"), by: by.clone(), aside, reason };
    day.order(minute(20), Fact::Command(shelve));
    let resolve = Command::Resolve { alert: name("A-1"), by, note: None, findings: Box::default() };
    day.order(minute(40), Fact::Command(resolve));
    air(&day, 50, "27.4", 800);
    day.stop();
}

#[test]
fn what_people_did_is_done_to_the_alert_that_it_was_about() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    warm_day(&data);
    // With a lower limit of CO2 another alert is the first, and the warm room's is A-2: it ends by hand all the same.
    let rows = tried(&data, "[rules.room_climate]\nhold = \"2m\"\nco2 = { high = 900, band = 50 }\n");
    assert_eq!(rows, ["came room_climate room/hall co2 high - 02:03:00 to 02:05:00"]);
    // Where the alert is not there, nobody has said anything of another.
    let rows = tried(
        &data,
        "[rules.room_climate]\nhold = \"2m\"\ntemperature = { high = 29 }\nco2 = { high = 900, band = 200 }\n",
    );
    let warm = "gone room_climate room/hall temperature high 02:12:00 to 02:40:00 -";
    assert_eq!(rows, ["came room_climate room/hall co2 high - 02:03:00, stays", warm]);
}

#[test]
fn a_file_of_some_rules_leaves_the_others_as_they_were_recorded() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    warm_day(&data);
    let none = Vec::<String>::new();
    assert_eq!(tried(&data, "[rules.late_arrival]\ngrace = \"1m\"\n"), none);
    assert_eq!(tried(&data, "[rules.silent]\nkiosk = \"1h\"\n"), none, "a sensor's own limit stays");
    // A whole configuration is one: its hold is five minutes, its sensors are silent after fifteen.
    let rows = tried(&data, "[site]\n[rules.late_arrival]\ngrace = \"30m\"\n");
    let moved = "moved room_climate room/hall temperature high 10:12:00 to 10:40:00 10:15:00 to 10:40:00";
    assert_eq!(rows, [moved, "came sensor_silent sensor/hall/t1 - 10:34:00 to 10:50:00"]);
    let whole = "[site]\n[[sensor]]\ntopic = \"x\"\nformat = \"tasmota\"\nroom = \"hall\"\nsensor = \"t1\"\nexpect_every = \"80m\"\n\
                 [rules.room_climate]\nhold = \"2m\"\n";
    assert_eq!(tried(&data, whole), none);
    // The venue's secrets and ports need not be here.
    let venue = "[mqtt.listener]\nbind = \"10.0.0.1:1883\"\n[[notify]]\nkind = \"dingtalk\"\nurl_file = \"gone\"\n";
    assert_eq!(tried(&data, &format!("{whole}{venue}")), none);
}

#[test]
fn an_alert_that_ends_at_another_time_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let mut day = day_with_rules(&data);
    for (n, co2) in [(1, 1_100), (5, 950), (9, 880), (12, 400)] {
        air(&day, n, "22", co2);
    }
    day.stop();
    let rows = tried(&data, "[rules.room_climate]\nhold = \"2m\"\nco2 = { high = 1000, band = 40 }\n");
    assert_eq!(rows, ["ended room_climate room/hall co2 high 02:03:00 to 02:09:00 02:03:00 to 02:05:00"]);
}

#[test]
fn rules_that_are_wrong_are_refused_with_their_places() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    late_day(&data);
    let refused = |rules: Option<&[u8]>| {
        let file = dir.path().join("bad.toml");
        let _ = std::fs::remove_file(&file);
        if let Some(rules) = rules {
            std::fs::write(&file, rules).unwrap();
        }
        let (code, out, talk) = run(&["replay", "--rules", file.to_str().unwrap()], &data);
        assert_eq!((code, out.as_str()), (64, ""), "{talk}");
        talk
    };
    for (rules, want) in [
        ("[rules.late_arrival]\ngrace = 30\n", "bad.toml:2:9"),
        ("[rules.late_arival]\ngrace = \"30m\"\n", "did you mean \"late_arrival\"?"),
        ("[late_arrival]\ngrace = \"30m\"\n", "bad.toml:1:2"),
        ("[site]\n", "there are no rules in this file"),
        ("", "there are no rules in this file"),
        ("rules = 3\n", "bad.toml:1:9"),
        ("[rules\n", "bad.toml:1:7"),
    ] {
        let talk = refused(Some(rules.as_bytes()));
        assert!(talk.contains(want), "{rules}: {talk}");
    }
    assert!(refused(Some(b"[rules.late_arrival] # \xff\n")).contains("not UTF-8"));
    assert!(refused(None).contains("there is no such file"));
}
