//! Tests that an operator writes for the rules: what devices say over time as short text, and the alerts that must come
//! of it, minute by minute.
//!
//! Promises that what runs is the engine of the daemon, with the settings of the configuration and by the test's own
//! time, and that a test that does not hold is a fault like any other: its place, what was expected and what came.
//! Starts nothing, waits for nothing, and opens no file but the plans that tests name.

mod expected;
mod judged;
mod lines;
mod readings;
mod scene;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use self::expected::{Cast, Expected};
use self::lines::Word;
use self::readings::Step;
use self::scene::Scene;
use crate::document::{Fault, Fields, Findings, Style, Value, parse_toml};
use crate::facts::plan::Plan;
use crate::facts::{Alert, Command, Entry, Fact, Report, RuleKind, Span, Subject, Timestamp};
use crate::plan;
use crate::rules::{Engine, Settings};

/// The file beside the configuration that holds its tests.
pub(super) const FILE_NAME: &str = "rules.test.toml";
/// A larger file is refused unread.
const BYTES_MAX: usize = 1 << 20;
/// A test in which more happens is refused.
const STEPS_MAX: usize = 100_000;
/// A longer name is no name.
const TITLE_CHARS_MAX: usize = 200;

const TEST: &[&str] = &["name", "start", "plan", "rules", "readings", "expect"];

/// What the tests of one file are run with.
pub(super) struct Ground<'g> {
    /// The rules; none where the configuration is faulty: then the tests are read and not run.
    pub(super) settings: Option<&'g Settings>,
    /// The site's.
    pub(super) zone: &'g TimeZone,
}

/// Reads and runs the tests in `file`: how many there are, or every fault.
pub(super) fn run(file: &Path, bytes: &[u8], ground: &Ground<'_>) -> Result<usize, Vec<Fault>> {
    let name = file.display().to_string();
    if bytes.len() > BYTES_MAX {
        let what = format!("the file has {} KiB; at most {} are taken", bytes.len() >> 10, BYTES_MAX >> 10);
        return Err(vec![Fault::of_file(&name, what, "is this the file with the tests of the rules?")]);
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(vec![Fault::of_file(&name, "these bytes are not UTF-8", "save the file as UTF-8 in the editor")]);
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let findings = Findings::new(&name, Style::Toml, text, &[]);
    let Some(node) = parse_toml(&findings) else { return Err(findings.into_faults()) };
    let root = Fields::root(&findings, &node, &["test"]);
    let mut tests = Tests {
        findings: &findings,
        ground,
        folder: file.parent().unwrap_or(Path::new("")),
        plans: BTreeMap::new(),
        elsewhere: Vec::new(),
    };
    let all = root.tables("test", TEST);
    for test in &all {
        tests.run(test);
    }
    let (count, elsewhere) = (all.len(), tests.elsewhere);
    let mut faults = findings.into_faults();
    faults.extend(elsewhere);
    if faults.is_empty() { Ok(count) } else { Err(faults) }
}

/// The tests of one file.
struct Tests<'f> {
    findings: &'f Findings<'f>,
    ground: &'f Ground<'f>,
    folder: &'f Path,
    /// The plans that were read, each once a day; none where it is faulty.
    plans: BTreeMap<(PathBuf, Date), Option<Plan>>,
    /// Faults in those.
    elsewhere: Vec<Fault>,
}

impl<'f> Tests<'f> {
    /// Reads a test, and runs it if nothing is wrong with it.
    fn run(&mut self, test: &Fields<'f>) {
        let before = self.findings.count() + self.elsewhere.len();
        for (key, example) in [("name", "\"…\""), ("start", "\"2026-11-30 09:00\""), ("expect", "\"09:15 -\"")] {
            test.require(key, example);
        }
        let title = test.text("name", TITLE_CHARS_MAX);
        let only = only(test);
        let Some((day, start)) = self.start(test) else { return };
        let Some(plan) = self.plan(test, day) else { return };
        let scene = Scene { findings: self.findings, zone: self.ground.zone, day, start, plan };
        let mut steps: Vec<Step> = Vec::new();
        for line in lines::of(self.findings, test, "readings") {
            steps.extend(readings::read(&scene, line).unwrap_or_default());
            if steps.len() > STEPS_MAX {
                let what = format!("more than {STEPS_MAX} reports are in one test");
                return test.fault("readings", what, "shorten it, or make several tests of it");
            }
        }
        steps.sort_by_key(|(at, _)| *at);
        let cast = Cast::of(&scene.plan, &steps);
        let lines = lines::of(self.findings, test, "expect");
        let expected: Vec<Expected<'_>> =
            lines.into_iter().filter_map(|line| expected::read(&scene, &cast, line)).collect();
        let clean = self.findings.count() + self.elsewhere.len() == before;
        if let (Some(title), Some(settings), true) = (title, self.ground.settings, clean) {
            let end = expected.iter().map(|line| line.to.minus(Span::from_millis(1))).max();
            let changes = follow(settings, &scene, steps, end);
            let at = test.node("expect").map_or(0, |node| node.at);
            judged::judge(&scene, (&title, Word { at, text: "" }), &only, &expected, &changes);
        }
    }

    /// The day of a test and the moment at which it begins.
    fn start(&self, test: &Fields<'f>) -> Option<(Date, Timestamp)> {
        let written = test.raw_text("start")?;
        let zone = self.ground.zone;
        let at = match plan::moment(written, zone, Date::default()) {
            Ok(at) => at,
            Err((what, _)) => {
                test.fault("start", what, "write date and time, by the 24-hour clock: \"2026-11-30 09:00\"");
                return None;
            }
        };
        let day = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default().to_zoned(zone.clone()).date();
        if day.year() > 1 {
            return Some((day, at));
        }
        test.fault(
            "start",
            format!("\"{written}\" has no date"),
            format!("write it before the time: \"2026-11-30 {written}\""),
        );
        None
    }

    /// The plan of a test: in the test, in a file of its own, or none. Nothing where it is faulty.
    fn plan(&mut self, test: &Fields<'f>, day: Date) -> Option<Plan> {
        match test.node("plan").map(|node| &node.value) {
            None => Some(Plan::default()),
            Some(Value::Text(file)) => self.plan_file(test, file, day),
            Some(
                Value::Null | Value::Flag(_) | Value::Number(_) | Value::Moment(_) | Value::List(_) | Value::Table(_),
            ) => {
                let before = self.findings.count();
                let plan = plan::read_table(self.findings, &test.table("plan", plan::KEYS), self.ground.zone, day);
                (self.findings.count() == before).then_some(plan)
            }
        }
    }

    fn plan_file(&mut self, test: &Fields<'f>, file: &str, day: Date) -> Option<Plan> {
        let path = self.folder.join(file);
        if let Some(known) = self.plans.get(&(path.clone(), day)) {
            return known.clone();
        }
        let plan = match std::fs::read(&path) {
            Ok(bytes) => {
                plan::load(&path, &bytes, self.ground.zone, day).map_err(|faults| self.elsewhere.extend(faults)).ok()
            }
            Err(error) => {
                let what = format!("the plan cannot be read: {}", crate::config::io_words(&error));
                test.fault("plan", what, "correct the path (it begins at the folder of this file)");
                None
            }
        };
        self.plans.entry((path, day)).or_insert(plan).clone()
    }
}

/// The rules that a test is about; all where it names none.
fn only(test: &Fields<'_>) -> BTreeSet<RuleKind> {
    let mut only = BTreeSet::new();
    for (word, spot) in test.texts("rules") {
        let rule = expected::rule(word);
        if rule.is_none() {
            let (what, hint) = expected::unknown_rule(word);
            test.fault_at(spot, what, hint);
        }
        only.extend(rule);
    }
    only
}

/// What follows from a test: every change of an alert, to the end of what happens and of what is expected.
fn follow(settings: &Settings, scene: &Scene<'_>, steps: Vec<Step>, end: Option<Timestamp>) -> Vec<Alert> {
    let mut engine = Engine::new();
    let mut changes = Vec::new();
    let ours = |fact| Report { device: Subject::Gateway, observed_at: None, fact, awaited: false };
    let rules = settings.to_json().map(|settings| ours(Fact::Command(Command::SetRules { settings })));
    let plan = ours(Fact::Plan(Box::new(scene.plan.clone())));
    let first = rules.into_iter().chain([plan]).map(|report| (scene.start, report));
    for (seq, (received_at, report)) in (1..).zip(first.chain(steps)) {
        let Report { device, observed_at, fact, .. } = report;
        let entry = Entry { seq, subject: fact.subject(&device), device, observed_at, received_at, fact };
        let (before, step) = engine.take(&entry);
        changes.extend(before.into_iter().chain(step.changes));
    }
    if let Some(end) = end {
        changes.extend(engine.advance(end));
    }
    changes
}
