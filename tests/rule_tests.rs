//! The tests that operators write for the rules: those that are shipped hold, a changed limit breaks them with a clear
//! word, and whatever is wrong in such a file is told with its place and what to do.
//!
//! Every refusal is a file in `goldens/rules`, what people are told the `.txt` beside it;
//! `UPDATE_GOLDENS=1 cargo test --test rule_tests` writes the texts anew.

#![allow(clippy::unwrap_used, clippy::panic)] // A failure stops the test: that is what it is for.

use std::fs;
use std::path::{Path, PathBuf};

use portico::cli::Outcome;
use portico::cli::check::{self, CheckArgs};
use portico::cli::faults::Colour;

const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config/portico.toml");
const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config/rules.test.toml");
const GOLDENS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens/rules");

fn check(config: &Path, tests: Option<&Path>, json: bool) -> Outcome {
    let args = CheckArgs { config: Some(config.to_owned()), tests: tests.map(Path::to_owned), json };
    check::run(&args, "2026-11-23T01:00:00Z".parse().unwrap(), Colour::Off)
}

/// A configuration of these rules in a folder of its own, and tests beside it.
fn site(rules: &str, tests: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("portico.toml");
    fs::write(&config, rules).unwrap();
    fs::write(folder.path().join("rules.test.toml"), tests).unwrap();
    (folder, config)
}

/// What is said of one test of these readings.
fn told(readings: &str, expect: &str) -> String {
    let test = format!(
        "[[test]]\nname = \"t\"\nstart = \"2026-11-30 09:00\"\nreadings = \"\"\"\n{readings}\n\"\"\"\nexpect = \"\"\"\n{expect}\n\"\"\"\n"
    );
    let (folder, config) = site("", &test);
    let outcome = check(&config, None, false);
    assert_eq!(outcome.code, if outcome.talk.is_empty() { 0 } else { 64 });
    outcome.talk.replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn the_shipped_tests_hold_with_the_shipped_rules() {
    let outcome = check(Path::new(CONFIG), None, false);
    assert_eq!((outcome.code, outcome.talk.as_str()), (0, ""));
    assert!(outcome.out.trim_end().ends_with("; 10 tests of the rules hold"), "{}", outcome.out);
    let json: serde_json::Value = serde_json::from_str(&check(Path::new(CONFIG), None, true).out).unwrap();
    assert_eq!(json["tests"], 10);
}

/// One key of each rule, changed: the test of that rule must notice.
#[test]
fn a_changed_limit_breaks_a_shipped_test_with_a_clear_word() {
    let good = fs::read_to_string(CONFIG).unwrap();
    for (from, to, want) in [
        ("temperature = { low = 18.0, high = 27.0", "temperature = { low = 18.0, high = 28.0", "room_climate"),
        ("hold = \"5m\"", "hold = \"4m\"", "room_climate"),
        ("co2 = { high = 1000, band = 100 }", "co2 = { high = 1000, band = 150 }", "room_climate"),
        ("tiers = { vip = \"10m\" }", "tiers = { vip = \"15m\" }", "late_arrival"),
        ("grace = \"30m\"", "grace = \"35m\"", "late_arrival"),
        ("kiosk = \"2m\"", "kiosk = \"4m\"", "kiosk_silent"),
        ("after = \"10m\"\n# At most this fast", "after = \"11m\"\n# At most this fast", "idle_vehicle"),
        ("moving_above_kmh = 5.5", "moving_above_kmh = 40.0", "idle_vehicle"),
        ("above_percent = 80", "above_percent = 90", "room_crowded"),
        ("before = \"30m\"", "before = \"20m\"", "post_unmanned"),
        ("scans_min = 10", "scans_min = 11", "kiosk_slow"),
        ("severity = \"critical\"\n\n# What", "severity = \"warning\"\n\n# What", "incident"),
    ] {
        let changed = good.replace(from, to);
        assert_ne!(changed, good, "{from} is not in portico.toml");
        let (folder, config) = site(&changed, "");
        fs::copy(Path::new(CONFIG).with_file_name("plan.csv"), folder.path().join("plan.csv")).unwrap();
        let outcome = check(&config, Some(Path::new(SHIPPED)), false);
        assert_eq!(outcome.code, 64, "{to}: {}", outcome.out);
        assert!(outcome.talk.contains(want), "{to}: {}", outcome.talk);
    }
}

#[test]
fn a_difference_says_what_was_expected_and_what_came() {
    let hot = "09:00 hall temperature 26 28 x14";
    assert_eq!(told(hot, "09:06 room_climate hall firing"), "");
    assert_eq!(
        told(hot, "09:08 room_climate hall temperature high firing"),
        "\
error: \"t\": room_climate hall temperature high firing is expected at 09:08, but comes at 09:06
  --> rules.test.toml:8:1   09:08 room_climate hall temperature high firing
  hint: if that is right, write 09:06 here; else correct [rules.room_climate] in the configuration

1 fault
"
    );
    let words = |expect: &str| {
        let told = told(hot, expect);
        told.lines().filter_map(|line| line.strip_prefix("error: \"t\": ")).collect::<Vec<_>>().join("\n")
    };
    let fired = "09:06 room_climate hall temperature high firing";
    assert_eq!(words(""), "room_climate hall temperature high firing comes at 09:06 and is not expected");
    assert_eq!(
        words(&format!("{fired}\n09:14 -")),
        "nothing is expected to be open at 09:14, but room_climate hall temperature high is since 09:06"
    );
    assert_eq!(words(&format!("09:05 -\n{fired}\n09:14 room_climate hall open")), "");
    assert_eq!(
        words(&format!("{fired}\n09:04 room_climate hall open")),
        "room_climate hall open is expected at 09:04, but nothing is"
    );
    assert_eq!(
        words(&format!("{fired}\n09:10 room_climate hall cleared")),
        "room_climate hall cleared is expected at 09:10, but does not come"
    );
    for other in ["critical", "low", "co2", "limit=26"] {
        let told = words(&format!("{fired} {other}"));
        let what = "is expected at 09:06, but what comes is room_climate hall temperature high firing, warning, band=0.5 \
                    limit=27 metric=temperature sensor=1 side=high since=";
        assert!(told.contains(&format!("{other} firing {what}")) && told.lines().count() == 1, "{told}");
    }
    for same in ["warning", "limit=27", "value=28", "sensor=1"] {
        assert_eq!(words(&format!("{fired} {same}")), "", "{same}");
    }
    // Seconds are asked for where they are written.
    for time in ["09:06:00", "2026-11-30T09:06", "2026-11-30T09:06+08:00", "2026-11-30T01:06:00Z"] {
        assert_eq!(words(&format!("{time} room_climate hall firing")), "", "{time}");
    }
    let late = "09:00:30 hall temperature 26 28 x14";
    for (time, holds) in [("2026-11-30T09:06+08:00", true), ("2026-11-30T09:06:00+08:00", false), ("09:06", true)] {
        assert_eq!(told(late, &format!("{time} room_climate hall firing")).is_empty(), holds, "{time}");
    }
    assert!(words("09:06:01 room_climate hall firing").contains("but comes at 09:06"));
    assert_eq!(words(&format!("09:01 room_climate hall pending\n{fired}")), "");
    assert!(words(&format!("09:02 room_climate hall pending\n{fired}")).contains("but comes at 09:01"));
    // Each change answers one line.
    assert!(words(&format!("{fired}\n{fired}")).contains("does not come"));
}

#[test]
fn time_passes_to_the_last_line_and_no_further() {
    let once = "09:00 hall temperature 22";
    assert_eq!(told(once, ""), "");
    assert_eq!(told(once, "09:14 -"), "");
    assert_eq!(told(once, "09:15 sensor_silent hall firing\n2026-12-01T00:30 sensor_silent hall/1 open"), "");
    assert!(told(once, "09:15 -").contains("sensor_silent hall/1 firing comes at 09:15 and is not expected"));
}

#[test]
fn a_plan_from_a_file_is_read_and_its_faults_are_told_once() {
    let test = "[[test]]\nname = \"a\"\nstart = \"2026-11-23 09:00\"\nplan = \"guests.csv\"\nrules = [\"late_arrival\"]\n\
                expect = \"09:40 late_arrival G-1 firing\"\n";
    let (folder, config) = site("", &format!("{test}{test}"));
    let guests = folder.path().join("guests.csv");
    fs::write(&guests, "code,tier,expected_at\nG-1,vip,09:30\n").unwrap();
    let outcome = check(&config, None, false);
    assert!(outcome.out.ends_with("; 2 tests of the rules hold\n"), "{outcome:?}");
    fs::write(&guests, "code,tier,expected_at\nG-1,boss,09:30\n").unwrap();
    let outcome = check(&config, None, false);
    assert!(outcome.talk.contains("guests.csv:2:2") && outcome.talk.ends_with("1 fault\n"), "{}", outcome.talk);
    fs::remove_file(&guests).unwrap();
    let outcome = check(&config, None, false);
    assert!(outcome.talk.contains("rules.test.toml:4:8") && outcome.talk.contains("no such file"), "{}", outcome.talk);
}

#[test]
fn a_faulty_configuration_and_faulty_tests_are_one_report() {
    let (folder, config) =
        site("[web]\nbind = \"0.0.0.0:80\"\n", "[[test]]\nname = \"a\"\nstart = \"x\"\nexpect = \"\"\n");
    let outcome = check(&config, None, false);
    assert_eq!(outcome.code, 64);
    assert!(outcome.talk.contains("portico.toml:2:8") && outcome.talk.contains("rules.test.toml:3:9"));
    assert!(outcome.talk.ends_with("2 faults\n"), "{}", outcome.talk);
    // A file that is named must be there; the usual one need not.
    fs::write(&config, "").unwrap();
    fs::remove_file(folder.path().join("rules.test.toml")).unwrap();
    let outcome = check(&config, None, false);
    assert!(outcome.code == 0 && !outcome.out.contains("tests"), "{outcome:?}");
    let outcome = check(&config, Some(&folder.path().join("no.toml")), false);
    assert!(outcome.code == 64 && outcome.talk.contains("there is no such file"), "{}", outcome.talk);
}

#[test]
fn every_bad_file_is_answered_with_its_places_and_remedies() {
    let (_folder, config) = site("", "");
    let update = std::env::var_os("UPDATE_GOLDENS").is_some();
    let mut files: Vec<PathBuf> = fs::read_dir(GOLDENS).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    assert!(files.len() >= 8, "only {} bad files are left", files.len());
    for file in files {
        let outcome = check(&config, Some(&file), false);
        assert_eq!(outcome.code, 64, "{}", file.display());
        let text = outcome.talk.replace(&format!("{GOLDENS}/"), "");
        let golden = PathBuf::from(format!("{}.txt", file.display()));
        if update {
            fs::write(&golden, &text).unwrap();
        }
        assert_eq!(text, fs::read_to_string(&golden).unwrap_or_default(), "{}", golden.display());
    }
}

/// Any bytes at all are answered, and never with a panic. The seed is printed where it fails.
#[test]
fn rubbish_is_refused_or_run_but_never_fatal() {
    let seed = fs::read(SHIPPED).unwrap();
    let (folder, config) = site("", "");
    let file = folder.path().join("rubbish.toml");
    for round in 0..60_u64 {
        let mut state = round.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut next = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % below.max(1) as u64) as usize
        };
        // What stands before the tests is remarks.
        let from = seed.windows(8).position(|window| window == b"[[test]]").unwrap();
        let mut bytes = seed[from..].to_vec();
        for _ in 0..=next(4) {
            let at = next(bytes.len());
            match next(3) {
                0 => bytes.insert(at, b"\"|x9_:@-\n#\xe7"[next(11)]),
                1 => bytes[at] = b" |x9_:@-\n#"[next(10)],
                _ => drop(bytes.remove(at)),
            }
        }
        fs::write(&file, &bytes).unwrap();
        let answered = std::panic::catch_unwind(|| check(&config, Some(&file), false).code);
        assert!(matches!(answered, Ok(0 | 64)), "round {round}");
    }
}
