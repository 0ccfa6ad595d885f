//! What came against what is expected. Every difference is a fault at the line that it is about.

use std::collections::{BTreeMap, BTreeSet};

use super::expected::{Expected, Sort, What, about, named};
use super::lines::Word;
use super::scene::Scene;
use crate::facts::{Alert, AlertState, Name, RuleKind, Timestamp, Value};

/// After so many differences the rest of a test is not told: they follow from the first.
const DIFFERENCES_MAX: usize = 8;
/// So much of what came is told where nothing fits.
const TOLD_MAX: usize = 4;

/// One change of an alert's state.
struct Came<'a> {
    alert: &'a Alert,
    /// It need not be listed: it has not fired yet, or ended before it did.
    quiet: bool,
    taken: bool,
}

/// What is said of one test.
struct Telling<'s, 'f> {
    scene: &'s Scene<'f>,
    title: &'s str,
    told: usize,
}

/// Judges one test. `title` is what it is called, `whole` where it stands, `only` the rules that it is about.
pub(super) fn judge(
    scene: &Scene<'_>,
    (title, whole): (&str, Word<'_>),
    only: &BTreeSet<RuleKind>,
    expected: &[Expected<'_>],
    changes: &[Alert],
) {
    let mut telling = Telling { scene, title, told: 0 };
    let mut came = changes_of_state(changes, only);
    let mut missing = Vec::new();
    for line in expected {
        let in_time = |came: &Came<'_>| (line.from..line.to).contains(&came.alert.at);
        match came.iter_mut().find(|came| !came.taken && came.fits(&line.what) && in_time(came)) {
            Some(found) => found.taken = true,
            None if matches!(line.what, What::Change(..)) => missing.push(line),
            None => {}
        }
    }
    for line in missing {
        let away = |came: &&mut Came<'_>| came.alert.at.since(line.from).as_millis().abs();
        if let Some(found) = came.iter_mut().filter(|came| !came.taken && came.fits(&line.what)).min_by_key(away) {
            found.taken = true;
            telling.moved(line, found);
        } else if let Some(found) = came.iter_mut().find(|came| !came.taken && came.is_like(line)) {
            found.taken = true;
            telling.other(line, found);
        } else {
            telling.missing(line, &came);
        }
    }
    for left in came.iter().filter(|came| !came.taken && !came.quiet) {
        telling.unexpected(whole, left);
    }
    for line in expected.iter().filter(|line| !matches!(line.what, What::Change(..))) {
        telling.open(line, &open_before(changes, only, line.to));
    }
}

impl Telling<'_, '_> {
    fn tell(&mut self, word: Word<'_>, what: &str, hint: String) {
        self.told += 1;
        if self.told <= DIFFERENCES_MAX {
            self.scene.refuse::<()>(word, format!("\"{}\": {what}", self.title), hint);
        }
    }

    fn moved(&mut self, line: &Expected<'_>, found: &Came<'_>) {
        let (wanted, from, at) = (line.what.shown(), self.scene.shown(line.from), self.scene.shown(found.alert.at));
        let place = table(found.alert.rule);
        let hint = format!("if that is right, write {at} here; else correct {place} in the configuration");
        self.tell(line.line, &format!("{wanted} is expected at {from}, but comes at {at}"), hint);
    }

    fn other(&mut self, line: &Expected<'_>, found: &Came<'_>) {
        let (wanted, from, alert) = (line.what.shown(), self.scene.shown(line.from), found.alert);
        let values: Vec<String> = alert.values.iter().map(|(key, value)| format!("{key}={}", said(value))).collect();
        let (came, severity, values) = (found.shown(), alert.severity.word(), values.join(" "));
        let what = format!("{wanted} is expected at {from}, but what comes is {came}, {severity}, {values}");
        let hint = format!("correct this line, or {} in the configuration", table(alert.rule));
        self.tell(line.line, &what, hint);
    }

    fn missing(&mut self, line: &Expected<'_>, came: &[Came<'_>]) {
        let (What::Change(sort, ..) | What::Open(sort)) = &line.what else { return };
        let place = table(sort.rule);
        let of_rule = came.iter().filter(|came| came.alert.rule == sort.rule).take(TOLD_MAX);
        let shown: Vec<String> =
            of_rule.map(|came| format!("{} {}", self.scene.shown(came.alert.at), came.shown())).collect();
        let instead = if shown.is_empty() { "nothing".to_owned() } else { shown.join("; ") };
        let rule = sort.rule.word();
        let hint =
            format!("correct this line, or {place} in the configuration; what comes of {rule} in this test: {instead}");
        let (wanted, from) = (line.what.shown(), self.scene.shown(line.from));
        self.tell(line.line, &format!("{wanted} is expected at {from}, but does not come"), hint);
    }

    fn unexpected(&mut self, whole: Word<'_>, left: &Came<'_>) {
        let (at, shown) = (self.scene.shown(left.alert.at), left.shown());
        let hint = format!(
            "if that is right, add the line {at} {shown}; if the test is not about this rule, name those that it is \
             about: rules = [\"…\"]"
        );
        self.tell(whole, &format!("{shown} comes at {at} and is not expected"), hint);
    }

    /// What is expected to be open, or not to be.
    fn open(&mut self, line: &Expected<'_>, open: &[&Alert]) {
        let from = self.scene.shown(line.from);
        match &line.what {
            What::Change(..) => {}
            What::Nothing => {
                let Some(alert) = open.first() else { return };
                let since = alert.fired_at.map_or_else(String::new, |at| format!(" since {}", self.scene.shown(at)));
                let what = format!("nothing is expected to be open at {from}, but {} is{since}", shown(alert));
                let hint = format!("correct this line, or {} in the configuration", table(alert.rule));
                self.tell(line.line, &what, hint);
            }
            What::Open(sort) if open.iter().any(|alert| is_of(alert, sort)) => {}
            What::Open(sort) => {
                let all: Vec<String> = open.iter().take(TOLD_MAX).map(|alert| shown(alert)).collect();
                let instead =
                    if all.is_empty() { "nothing is".to_owned() } else { format!("open is {}", all.join("; ")) };
                let what = format!("{} is expected at {from}, but {instead}", line.what.shown());
                let hint = format!("correct this line, or {} in the configuration", table(sort.rule));
                self.tell(line.line, &what, hint);
            }
        }
    }
}

/// The changes of state, of the rules that the test is about.
fn changes_of_state<'a>(changes: &'a [Alert], only: &BTreeSet<RuleKind>) -> Vec<Came<'a>> {
    let mut states: BTreeMap<&Name, AlertState> = BTreeMap::new();
    let mut came = Vec::new();
    for alert in changes.iter().filter(|alert| only.is_empty() || only.contains(&alert.rule)) {
        if states.insert(&alert.id, alert.state) != Some(alert.state) {
            came.push(Came { alert, quiet: alert.fired_at.is_none(), taken: false });
        }
    }
    came
}

/// The alerts that are open just before a moment: they fired and have not ended.
fn open_before<'a>(changes: &'a [Alert], only: &BTreeSet<RuleKind>, moment: Timestamp) -> Vec<&'a Alert> {
    let mut last: BTreeMap<&Name, &Alert> = BTreeMap::new();
    let then = changes.iter().filter(|alert| alert.at < moment);
    for alert in then.filter(|alert| only.is_empty() || only.contains(&alert.rule)) {
        last.insert(&alert.id, alert);
    }
    last.into_values().filter(|alert| alert.fired_at.is_some() && alert.state != AlertState::Resolved).collect()
}

/// Whether an alert is of a sort.
fn is_of(alert: &Alert, sort: &Sort) -> bool {
    let holds = |text: &str| alert.values.values().any(|value| *value == Value::Text(text.to_owned()));
    let is = |(key, text): &(String, String)| alert.values.get(key.as_str()).is_some_and(|value| said(value) == *text);
    alert.rule == sort.rule
        && about_whom(alert) == sort.subject
        && sort.severity.is_none_or(|severity| alert.severity == severity)
        && sort.words.iter().all(|word| holds(word))
        && sort.values.iter().all(is)
}

impl Came<'_> {
    fn fits(&self, what: &What) -> bool {
        match what {
            What::Nothing | What::Open(_) => false,
            What::Change(sort, state, end) => {
                self.alert.state == *state
                    && end.is_none_or(|end| self.alert.resolution == Some(end))
                    && is_of(self.alert, sort)
            }
        }
    }

    /// Whether it is the change that a line means, but for its details.
    fn is_like(&self, line: &Expected<'_>) -> bool {
        match &line.what {
            What::Nothing | What::Open(_) => false,
            What::Change(sort, state, _) => {
                (line.from..line.to).contains(&self.alert.at)
                    && self.alert.state == *state
                    && self.alert.rule == sort.rule
                    && about_whom(self.alert) == sort.subject
            }
        }
    }

    fn shown(&self) -> String {
        let how = self.alert.resolution.map_or(self.alert.state.word(), |how| how.word());
        format!("{} {how}", shown(self.alert))
    }
}

/// Whom an alert is about, as a test names it.
fn about_whom(alert: &Alert) -> String {
    match alert.values.get("post") {
        Some(Value::Text(post)) if about(alert.rule) == ["post"] => post.clone(),
        Some(_) | None => named(&alert.subject),
    }
}

/// Rule, subject and the words that tell it from its like.
fn shown(alert: &Alert) -> String {
    let word = |key: &str| match alert.values.get(key) {
        Some(Value::Text(word)) => format!(" {word}"),
        Some(Value::Number(_)) | None => String::new(),
    };
    let like: String = ["metric", "side", "incident", "custom"].map(word).concat();
    format!("{} {}{like}", alert.rule.word(), about_whom(alert))
}

impl What {
    fn shown(&self) -> String {
        let (sort, how) = match self {
            Self::Nothing => return "nothing".to_owned(),
            Self::Open(sort) => (sort, "open"),
            Self::Change(sort, state, end) => (sort, end.map_or(state.word(), |end| end.word())),
        };
        let mut words = vec![sort.rule.word().to_owned(), sort.subject.clone()];
        words.extend(sort.words.iter().cloned());
        words.extend(sort.values.iter().map(|(key, value)| format!("{key}={value}")));
        words.extend(sort.severity.map(|severity| severity.word().to_owned()));
        words.push(how.to_owned());
        words.join(" ")
    }
}

fn said(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.clone(),
    }
}

/// Where a rule is configured.
fn table(rule: RuleKind) -> String {
    format!("[rules.{}]", rule.word())
}
