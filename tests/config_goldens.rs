//! Every refusal is a file: what is wrong stands in `goldens/*.{toml,csv,json}`, what people are told in the `.txt`
//! beside it. `UPDATE_GOLDENS=1 cargo test --test config_goldens` writes the texts anew; read them before you keep them.

// What serves the tests outside of them is part of the tests.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::date;
use jiff::tz::TimeZone;
use portico::cli::check::{self, CheckArgs};
use portico::cli::faults::{Colour, render};
use portico::cli::plan::{self as plan_command, PlanArgs, PlanCommand};
use portico::config::{self, Config, Draft};
use portico::document::Fault;
use portico::facts::plan::Tier;
use portico::facts::{Metric, Timestamp};
use portico::plan::Counts;
use portico::plan::{self, Directory};

const GOLDENS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens");
const PORTICO_TOML: &str = include_str!("../config/portico.toml");

fn shanghai() -> TimeZone {
    TimeZone::get("Asia/Shanghai").unwrap()
}

fn now() -> Timestamp {
    "2026-11-23T01:00:00Z".parse().unwrap()
}

/// The head of a file of map tiles that says that it has 512 bytes, in a file of so many.
fn tiles(version: u8, bytes: usize) -> Vec<u8> {
    let mut file = [b"PMTiles", &[version][..]].concat();
    for (begin, length) in [(127_u64, 25_u64), (152, 60), (212, 0), (212, 300)] {
        file.extend([begin.to_le_bytes(), length.to_le_bytes()].concat());
    }
    file.resize(bytes, 0);
    file
}

/// A folder as a configuration may find it: a plan, a broken one, and secrets in every state.
fn site() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &[u8], mode: u32| {
        let file = folder.path().join(name);
        fs::write(&file, text).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    };
    put("plan.json", &fs::read(Path::new(GOLDENS).join("good-whole.json")).unwrap(), 0o640);
    put("broken.csv", b"code,tier\nG-1,boss\n", 0o640);
    put("secret", b"hunter2\n", 0o600);
    put("open-secret", b"hunter2\n", 0o644);
    put("empty-secret", b"", 0o600);
    put("venue.pmtiles", &tiles(3, 512), 0o644);
    put("old.pmtiles", &tiles(2, 512), 0o644);
    put("half.pmtiles", &tiles(3, 511), 0o644);
    put("wecom-url", b"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0123\n", 0o600);
    folder
}

/// What people are told about one file.
fn told(file: &Path) -> (String, Vec<Fault>) {
    let name = file.file_name().unwrap().to_str().unwrap();
    let bytes = fs::read(file).unwrap();
    let folder = site();
    let result = if file.extension().is_some_and(|ending| ending == "toml") {
        let mut draft = Draft::read(name, &bytes, folder.path());
        let plan = draft.load_plan(now());
        draft.finish().map(|_| plan.unwrap_or_default())
    } else {
        plan::load(Path::new(name), &bytes, &shanghai(), date(2026, 11, 23))
    };
    match result {
        Ok(plan) => (format!("fine: {}\n", Counts::of(&plan, &shanghai()).line()), Vec::new()),
        Err(faults) => {
            let here = format!("{}/", folder.path().display());
            (render(&faults, Colour::Off).replace(&here, ""), faults)
        }
    }
}

fn inputs() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(GOLDENS).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending != "txt"));
    files.sort();
    files
}

#[test]
fn every_bad_file_is_answered_with_its_places_and_remedies() {
    let update = std::env::var_os("UPDATE_GOLDENS").is_some();
    let (mut different, mut bad) = (Vec::new(), 0);
    for file in inputs() {
        let (text, faults) = told(&file);
        let good = file.file_name().unwrap().to_str().unwrap().starts_with("good-");
        assert_eq!(faults.is_empty(), good, "{}:\n{text}", file.display());
        bad += usize::from(!good);
        for fault in &faults {
            assert!(!fault.what.is_empty() && fault.hint.len() > 8, "no remedy in {}: {fault}", file.display());
        }
        let golden = PathBuf::from(format!("{}.txt", file.display()));
        if update {
            fs::write(&golden, &text).unwrap();
        }
        let want = fs::read_to_string(&golden).unwrap_or_default();
        if want != text {
            different.push(format!("{}\n{}", golden.display(), difference(&want, &text)));
        }
    }
    assert!(different.is_empty(), "{}\nUPDATE_GOLDENS=1 writes them anew", different.join("\n"));
    assert!(bad >= 30, "only {bad} bad files are left");
}

/// The lines that differ, - for what the golden says and + for what was said.
fn difference(want: &str, got: &str) -> String {
    let (want, got): (Vec<&str>, Vec<&str>) = (want.lines().collect(), got.lines().collect());
    let head = want.iter().zip(&got).take_while(|(a, b)| a == b).count();
    let tail = want[head..].iter().rev().zip(got[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let marked = |sign: &str, lines: &[&str]| {
        let marked: Vec<String> = lines[head..lines.len() - tail].iter().map(|line| format!("{sign} {line}")).collect();
        marked.join("\n")
    };
    format!("  (after {head} lines that agree)\n{}\n{}", marked("-", &want), marked("+", &got))
}

#[test]
fn no_golden_is_left_without_its_file() {
    let inputs: BTreeSet<PathBuf> =
        inputs().iter().map(|file| PathBuf::from(format!("{}.txt", file.display()))).collect();
    for entry in fs::read_dir(GOLDENS).unwrap() {
        let file = entry.unwrap().path();
        assert!(file.extension().is_none_or(|ending| ending != "txt") || inputs.contains(&file), "{}", file.display());
    }
}

#[test]
fn portico_toml_says_the_defaults() {
    let folder = Path::new("config");
    let config = Draft::read("portico.toml", PORTICO_TOML.as_bytes(), folder).finish().unwrap();
    let mut want = Config::defaults(folder);
    // The one key that is not at its default: a checkout keeps its data beside config/, not in it.
    want.data.dir = folder.join("../data");
    assert_eq!(config, want);
    assert_eq!(Draft::read("empty.toml", b"", folder).finish().unwrap(), Config::defaults(folder));
}

/// Takes the remark sign off the keys and sections that may be there.
fn everything_on(text: &str) -> String {
    let on = |line: &str| match line.strip_prefix('#') {
        Some(key) if key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '[') => key.to_owned(),
        _ => line.to_owned(),
    };
    text.lines().map(on).collect::<Vec<_>>().join("\n")
}

/// Every path of a document, without list positions. A quantity or a tier is one of many: any will do.
fn paths(value: &toml::Value, path: &str, into: &mut BTreeSet<String>) {
    match value {
        toml::Value::Table(table) => {
            for (key, value) in table {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                into.insert(path.clone());
                paths(value, &path, into);
            }
        }
        toml::Value::Array(items) => items.iter().for_each(|item| paths(item, path, into)),
        _ => {}
    }
}

fn one_of_many(path: &str) -> String {
    let words: BTreeMap<&str, &str> = Metric::ALL
        .iter()
        .map(|metric| (metric.word(), "<quantity>"))
        .chain(["vip", "guest", "staff"].map(|tier| (tier, "<tier>")))
        .collect();
    path.split('.').map(|key| words.get(key).copied().unwrap_or(key)).collect::<Vec<_>>().join(".")
}

#[test]
fn every_key_that_is_read_stands_in_portico_toml() {
    let text = everything_on(PORTICO_TOML)
        .replace("broker-password", "secret")
        .replace("upstream-token", "secret")
        .replace("dingtalk-secret", "secret")
        .replace("mail-password", "secret");
    let folder = site();
    fs::write(folder.path().join("plan.csv"), include_str!("../config/plan.csv")).unwrap();
    let mut draft = Draft::read("portico.toml", text.as_bytes(), folder.path());
    assert!(draft.load_plan(now()).is_some());
    let known: BTreeSet<String> = draft.known_keys().iter().map(|path| one_of_many(path)).collect();
    let config = draft.finish().unwrap_or_else(|faults| panic!("{}", render(&faults, Colour::Off)));
    assert_eq!((config.sensors.len(), config.serial.len(), config.mqtt.brokers.len()), (4, 1, 1));
    assert_eq!(config.notify.len(), 5);

    let mut written = BTreeSet::new();
    paths(&toml::Value::Table(text.parse().unwrap()), "", &mut written);
    let written: BTreeSet<String> = written.iter().map(|path| one_of_many(path)).collect();
    assert_eq!(known.difference(&written).collect::<Vec<_>>(), Vec::<&String>::new(), "not in portico.toml");
    assert_eq!(written.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "not read by anybody");
}

#[test]
fn the_sample_plan_is_what_it_looks_like() {
    let plan =
        plan::load(Path::new("plan.csv"), include_bytes!("../config/plan.csv"), &shanghai(), date(2026, 1, 1)).unwrap();
    let line = Counts::of(&plan, &shanghai()).line();
    assert_eq!(line, "7 guests (2 VIP), 8 visits (2026-11-23, 1 without a time, 1 called off), 2 vehicles");
    let first = &plan.visits[0];
    assert_eq!(first.expected_at.unwrap().to_string(), "2026-11-23T01:30:00.000Z");
    assert_eq!(first.day_from.to_string(), "2026-11-22T16:00:00.000Z");
    assert_eq!(first.day_to.to_string(), "2026-11-23T16:00:00.000Z");
    let directory = Directory::of(&plan);
    let person = directory.person(&first.code).unwrap();
    assert_eq!((person.name.as_deref(), person.host.as_deref()), (Some("王芳"), Some("李娜")));
    assert_eq!(person.needs, ["轮椅", "素食"]);
    assert_eq!(directory.tier(&first.code), Some(Tier::Vip));
}

#[test]
fn a_whole_plan_comes_out_with_its_people_apart() {
    let bytes = fs::read(Path::new(GOLDENS).join("good-whole.json")).unwrap();
    let plan = plan::load(Path::new("plan.json"), &bytes, &shanghai(), date(2020, 1, 1)).unwrap();
    let facts = serde_json::to_string(&plan).unwrap();
    for personal in ["王芳", "李娜", "沪A", "Talks", "大厅", "138", "欢迎", "素食"] {
        assert!(!facts.contains(personal), "{personal} in {facts}");
    }
    let directory = Directory::of(&plan).shared();
    let directory = directory.load();
    let name = |text: &str| text.parse().unwrap();
    assert_eq!(directory.vehicle_name(&name("car-1")), Some("Liu (沪A·12345)"));
    assert_eq!(directory.room_name(&name("lobby")), Some("大厅"));
    assert_eq!(directory.booking_title(&name("vip-1"), plan.bookings[0].from), Some("Talks"));
    assert_eq!(directory.person(&name("G-1")).unwrap().host.as_deref(), Some("李娜 / 赵敏"));
    assert_eq!(plan.zones[0].ring.len(), 4, "a closed ring is opened");
    assert_eq!(plan.zones[0].ring[0].0.to_string(), "121.4717");
    assert_eq!(plan.visits[0].point, Some(name("north")));
    assert_eq!(plan.visits[1].day_from.to_string(), "2026-11-23T16:00:00.000Z");
    assert_eq!(plan.visits[2].expected_at, None);
    assert_eq!(
        serde_json::to_string(&plan.people).map(|text| serde_json::from_str(&text).unwrap()).ok(),
        Some(plan.people)
    );
}

#[test]
fn every_encoding_and_separator_gives_the_same_plan() {
    let load = |name: &str| {
        let bytes = fs::read(Path::new(GOLDENS).join(name)).unwrap();
        plan::load(Path::new(name), &bytes, &shanghai(), date(2026, 11, 23)).unwrap()
    };
    let gbk = load("good-chinese-gbk.csv");
    assert_eq!(gbk, load("good-chinese-bom-semicolon.csv"));
    assert_eq!(gbk, load("good-utf16-tabs.txt.csv"));
    assert!(gbk.visits[1].cancelled);
}

#[test]
fn the_bounds_hold() {
    let sheet = |guests: usize| {
        let rows: Vec<String> = (0..guests).map(|n| format!("G-{n}")).collect();
        plan::load(
            Path::new("x.csv"),
            format!("code\n{}\n", rows.join("\n")).as_bytes(),
            &shanghai(),
            date(2026, 11, 23),
        )
    };
    assert_eq!(sheet(plan::GUESTS_MAX).unwrap().visits.len(), plan::GUESTS_MAX);
    let faults = sheet(plan::GUESTS_MAX + 1).unwrap_err();
    assert_eq!((faults.len(), faults[0].place.unwrap().line), (1, 10_002));
    // Ten thousand guests, and as many visits of others: every one is told, and in seconds.
    let objects = |prefix: &str| -> String {
        let objects: Vec<String> = (0..plan::GUESTS_MAX).map(|n| format!("{{\"code\":\"{prefix}-{n}\"}}")).collect();
        objects.join(",\n")
    };
    let text = format!("{{\"guests\":[{}],\n\"visits\":[{}]}}", objects("G"), objects("H"));
    let faults = plan::load(Path::new("x.json"), text.as_bytes(), &shanghai(), date(2026, 11, 23)).unwrap_err();
    assert_eq!(faults.len(), plan::GUESTS_MAX);
    let big = vec![b'x'; plan::BYTES_MAX + 1];
    assert!(plan::load(Path::new("x.csv"), &big, &shanghai(), date(2026, 11, 23)).unwrap_err()[0].what.contains("16"));
}

/// Any bytes at all are answered, and never with a panic. The seed is printed where it fails.
#[test]
fn rubbish_is_refused_or_read_but_never_fatal() {
    let seeds: Vec<Vec<u8>> = inputs().iter().map(|file| fs::read(file).unwrap()).collect();
    let folder = site();
    for seed in 0..400_u64 {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut next = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % below.max(1) as u64) as usize
        };
        let mut bytes = seeds[next(seeds.len())].clone();
        for _ in 0..=next(6) {
            let at = next(bytes.len());
            match next(4) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at.min(bytes.len()), b"\"[]{},\n=\xff\0"[next(10)]),
                2 if !bytes.is_empty() => bytes[at] = next(256) as u8,
                _ if !bytes.is_empty() => drop(bytes.remove(at)),
                _ => {}
            }
        }
        let answered = std::panic::catch_unwind(|| {
            for name in ["x.csv", "x.json"] {
                let _ = plan::load(Path::new(name), &bytes, &shanghai(), date(2026, 11, 23));
            }
            let _ = Draft::read("x.toml", &bytes, folder.path()).finish();
        });
        assert!(answered.is_ok(), "seed {seed}");
    }
}

#[test]
fn check_tells_both_files_and_ends_with_64() {
    let folder = site();
    let file = folder.path().join("portico.toml");
    fs::write(&file, "[plan]\nfile = \"broken.csv\"\n[web]\nbind = \"0.0.0.0:80\"\n").unwrap();
    let args = CheckArgs { config: Some(file.clone()), ..CheckArgs::default() };
    let outcome = check::run(&args, now(), Colour::Off);
    assert_eq!((outcome.code, outcome.out.as_str()), (64, ""));
    assert!(outcome.talk.contains("portico.toml:4:8") && outcome.talk.contains("broken.csv:2:2"), "{}", outcome.talk);
    assert!(outcome.talk.ends_with("2 faults\n"));
    let json = check::run(&CheckArgs { json: true, ..args.clone() }, now(), Colour::Off);
    let value: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((json.code, value["faults"].as_array().unwrap().len()), (64, 2));

    fs::write(&file, "[plan]\nfile = \"plan.json\"\n").unwrap();
    let outcome = check::run(&args, now(), Colour::Off);
    assert_eq!(outcome.code, 0, "{}", outcome.talk);
    assert!(outcome.out.contains("is fine") && outcome.out.lines().count() == 1, "{}", outcome.out);

    let missing = CheckArgs { config: Some(folder.path().join("none.toml")), ..CheckArgs::default() };
    let outcome = check::run(&missing, now(), Colour::Off);
    assert!(outcome.code == 64 && outcome.talk.contains("there is no such file"), "{}", outcome.talk);
}

fn plan_args(folder: &Path, command: PlanCommand) -> PlanArgs {
    PlanArgs { command, config: Some(folder.join("portico.toml")), json: false }
}

#[test]
fn an_import_replaces_the_plan_whole_or_not_at_all() {
    let folder = site();
    let path = folder.path();
    let sensor = "[[sensor]]\ntopic = \"a/b\"\nformat = \"tasmota\"\nroom = \"lobby\"\n";
    fs::write(path.join("portico.toml"), format!("[plan]\nfile = \"day.csv\"\n{sensor}")).unwrap();
    let import = |file: &str| {
        let command = PlanCommand::Import { file: path.join(file) };
        plan_command::run(&plan_args(path, command), now(), Colour::Off)
    };
    // The first import: there is no plan yet, and that is no fault.
    fs::write(path.join("new.csv"), "code,name\nG-1,Wang Fang\n").unwrap();
    let outcome = import("new.csv");
    assert_eq!(outcome.code, 0, "{}", outcome.talk);
    assert_eq!(fs::read_to_string(path.join("day.csv")).unwrap(), "code,name\nG-1,Wang Fang\n");

    // A bad one changes nothing.
    assert_eq!(import("broken.csv").code, 64);
    assert_eq!(fs::read_to_string(path.join("day.csv")).unwrap(), "code,name\nG-1,Wang Fang\n");

    // Nor does a good one that does not go with the configuration.
    fs::write(path.join("rooms.json"), "{\"rooms\": [{\"id\": \"hall\"}]}").unwrap();
    let outcome = import("rooms.json");
    assert!(outcome.code == 64 && outcome.talk.contains("room \"lobby\" is not in the plan"), "{}", outcome.talk);

    // JSON under a name that ends in .csv is still read as JSON.
    assert_eq!(import("plan.json").code, 0);
    let show = plan_command::run(&plan_args(path, PlanCommand::Show), now(), Colour::Off);
    assert!(show.code == 0 && show.out.contains("rooms         3"), "{}", show.out);
    let left: Vec<_> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().ends_with(".new")), "{left:?}");
}

#[test]
fn what_a_plan_would_change_is_shown_and_nothing_is_changed() {
    let folder = site();
    let path = folder.path();
    fs::write(path.join("portico.toml"), "[site]\ntime_zone = \"Asia/Shanghai\"\n[plan]\nfile = \"day.csv\"\n")
        .unwrap();
    fs::write(path.join("new.csv"), "code,name,expected_at\nG-1,Ada,2026-11-23 14:45\nG-3,Cy,\n").unwrap();
    let diff =
        || plan_command::run(&plan_args(path, PlanCommand::Diff { file: path.join("new.csv") }), now(), Colour::Off);
    let told = |want: &str| {
        let outcome = diff();
        let shown = outcome.out.split_once(": ").map_or("", |(_, rest)| rest);
        assert_eq!((outcome.code, shown), (0, want), "{}", outcome.talk);
    };
    // Nothing holds yet.
    told(
        "visits: 2 added; guests: 2 added\n\nvisits\n  + G-1  Ada  2026-11-23 14:45\n  + G-3  Cy\n\nguests\n  + G-1\n  + G-3\n",
    );
    let old = "code,name,expected_at,needs\nG-1,Ada,2026-11-23 14:30,tea\nG-2,Bo,2026-11-23 15:00,\n";
    fs::write(path.join("day.csv"), old).unwrap();
    told(
        "visits: 1 added, 1 removed, 1 changed; guests: 1 added, 1 removed, 1 changed\n\n\
         visits\n  + G-3  Cy\n  - G-2  Bo  2026-11-23 15:00\n  \
         ~ G-1  Ada  2026-11-23 14:30: expected_at 2026-11-23 14:30 → 2026-11-23 14:45\n\n\
         guests\n  + G-3\n  - G-2\n  ~ G-1: needs tea → none\n",
    );
    assert_eq!(fs::read_to_string(path.join("day.csv")).unwrap(), old);
    fs::write(path.join("new.csv"), old).unwrap();
    told("nothing changes\n");
    fs::write(path.join("new.csv"), "code,tier\nG-1,boss\n").unwrap();
    let outcome = diff();
    assert!(outcome.code == 64 && outcome.talk.contains("new.csv:2:2"), "{}", outcome.talk);
}

#[test]
fn a_sheet_is_not_imported_under_a_name_that_means_json() {
    let folder = site();
    let path = folder.path();
    fs::write(path.join("portico.toml"), "[plan]\nfile = \"plan.json\"\n").unwrap();
    fs::write(path.join("new.csv"), "code\nG-1\n").unwrap();
    let command = PlanCommand::Import { file: path.join("new.csv") };
    let outcome = plan_command::run(&plan_args(path, command), now(), Colour::Off);
    assert!(outcome.code == 64 && outcome.talk.contains("this is a sheet"), "{}", outcome.talk);
    assert!(fs::read_to_string(path.join("plan.json")).unwrap().starts_with('{'));
}

#[test]
#[cfg(unix)]
fn an_imported_plan_keeps_the_rights_of_the_old_one() {
    use std::os::unix::fs::PermissionsExt;
    let folder = site();
    let path = folder.path();
    fs::write(path.join("portico.toml"), "[plan]\nfile = \"plan.json\"\n").unwrap();
    fs::write(path.join("new.json"), "{}").unwrap();
    fs::set_permissions(path.join("plan.json"), fs::Permissions::from_mode(0o604)).unwrap();
    let command = PlanCommand::Import { file: path.join("new.json") };
    assert_eq!(plan_command::run(&plan_args(path, command), now(), Colour::Off).code, 0);
    assert_eq!(fs::metadata(path.join("plan.json")).unwrap().permissions().mode() & 0o777, 0o604);
}

#[test]
fn the_default_path_is_one_of_two() {
    let path = config::default_path();
    assert!(path.ends_with("portico.toml"));
}
