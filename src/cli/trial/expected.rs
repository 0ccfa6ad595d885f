//! The alerts that a test expects: one line of text to what must come, and when.

use std::collections::BTreeSet;

use super::lines::{Line, Word};
use super::readings::{SENSOR, Step};
use super::scene::{Scene, Words};
use crate::document::suggest;
use crate::facts::plan::Plan;
use crate::facts::{AlertState, Fact, Metric, Resolution, RuleKind, Severity, Span, Subject, Timestamp};

const FORM: &str = "write 09:15 room_climate ballroom temperature high firing, 09:45 late_arrival G-1 arrived_late, \
                    09:50 late_arrival G-2 open, or 09:50 - for a moment at which nothing is open";
/// The word for an alert that goes on.
const OPEN: &str = "open";

/// One line of what is expected.
pub(super) struct Expected<'t> {
    /// Where the line stands.
    pub(super) line: Word<'t>,
    /// From this moment on, and before the other.
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) what: What,
}

/// What is expected.
pub(super) enum What {
    /// That no alert is open in the end.
    Nothing,
    /// That this one is open in the end.
    Open(Sort),
    /// That this one comes to a state, and, where the line says so, to which end.
    Change(Sort, AlertState, Option<Resolution>),
}

/// Which alert is meant.
pub(super) struct Sort {
    pub(super) rule: RuleKind,
    /// As [`named`] calls it.
    pub(super) subject: String,
    pub(super) severity: Option<Severity>,
    /// Words that must be among the alert's values.
    pub(super) words: Vec<String>,
    /// Values by their key.
    pub(super) values: Vec<(String, String)>,
}

/// Who appears in a test, by the rule's kind of subject.
pub(super) struct Cast(BTreeSet<(&'static str, String)>);

impl Cast {
    /// Everybody in the plan and in what happens.
    pub(super) fn of(plan: &Plan, steps: &[Step]) -> Self {
        let mut cast = BTreeSet::new();
        cast.extend(plan.visits.iter().map(|visit| ("guest", visit.code.to_string())));
        cast.extend(plan.vehicles.iter().map(|vehicle| ("vehicle", vehicle.id.to_string())));
        cast.extend(plan.rooms.iter().map(|room| ("room", room.id.to_string())));
        cast.extend(plan.kiosks.iter().map(|(kiosk, _)| ("kiosk", kiosk.to_string())));
        cast.extend(plan.posts.iter().map(|post| ("post", post.id.to_string())));
        for (_, report) in steps {
            let who = [&report.device, &report.fact.subject(&report.device)];
            cast.extend(who.into_iter().map(|subject| (subject.kind(), named(subject))));
            if let Fact::Reading(reading) = &report.fact {
                cast.insert(("room", reading.room.to_string()));
            }
        }
        Self(cast)
    }

    fn all(&self, kind: &str) -> impl Iterator<Item = &str> + Clone {
        self.0.iter().filter(move |(of, _)| *of == kind).map(|(_, name)| name.as_str())
    }
}

/// The subject of what is about the gateway itself.
const GATEWAY: &str = "gateway";

/// A subject without its kind: `ballroom`, `ballroom/t1`, `G-1`.
pub(super) fn named(subject: &Subject) -> String {
    match subject {
        Subject::Sensor(room, sensor) => format!("{room}/{sensor}"),
        Subject::Guest(name)
        | Subject::Vehicle(name)
        | Subject::Room(name)
        | Subject::Kiosk(name)
        | Subject::Link(name)
        | Subject::Operator(name) => name.to_string(),
        Subject::Gateway => GATEWAY.to_owned(),
    }
}

/// What kinds of subject a rule is about, as a test names them. A post is named by itself, whoever is on duty there.
pub(super) const fn about(rule: RuleKind) -> &'static [&'static str] {
    match rule {
        RuleKind::LateArrival | RuleKind::ArrivalReminder | RuleKind::GuestWaiting => &["guest"],
        RuleKind::PostUnmanned => &["post"],
        RuleKind::IdleVehicle
        | RuleKind::PickupAtRisk
        | RuleKind::Zone
        | RuleKind::VehicleEmpty
        | RuleKind::VehicleSilent => &["vehicle"],
        RuleKind::RoomClimate | RuleKind::RoomCrowded | RuleKind::Incident => &["room"],
        RuleKind::DoubleBooking => &["room", "vehicle"],
        RuleKind::Custom => &["room", "vehicle", "guest"],
        RuleKind::KioskSilent | RuleKind::KioskSlow => &["kiosk"],
        RuleKind::SensorSilent | RuleKind::BatteryLow | RuleKind::SensorStuck => &["sensor"],
        RuleKind::UpstreamOffline
        | RuleKind::DiskLow
        | RuleKind::BackupOld
        | RuleKind::DataGivenUp
        | RuleKind::ClockUntrusted => &[GATEWAY],
    }
}

/// Reads one line; its faults are told in the scene.
pub(super) fn read<'t>(scene: &Scene<'_>, cast: &Cast, line: Line<'t>) -> Option<Expected<'t>> {
    let (from, mut words) = scene.open(line)?;
    // 09:15 is that whole minute, 09:15:30 that second.
    let time = words.last.text.rsplit('T').next().and_then(|time| time.split(['+', '-', 'Z']).next());
    let colons = time.unwrap_or_default().matches([':', '：']).count();
    let within = if colons > 1 { Span::from_secs(1) } else { Span::from_mins(1) };
    let first = words.need(scene, FORM)?;
    let what = if first.text == "-" {
        if let Some(more) = words.take() {
            return scene.refuse(more, format!("\"{}\" is not understood after -", more.text), FORM);
        }
        What::Nothing
    } else {
        change(scene, cast, first, &mut words)?
    };
    Some(Expected { line: line.start(), from, to: from.plus(within), what })
}

/// The rule of this name.
pub(super) fn rule(word: &str) -> Option<RuleKind> {
    RuleKind::ALL.iter().copied().find(|rule| rule.word() == word)
}

/// What to say of a rule that there is not.
pub(super) fn unknown_rule(word: &str) -> (String, String) {
    let hint = suggest(word, "rules", RuleKind::ALL.iter().map(|rule| rule.word()));
    (format!("\"{word}\" is not a rule"), hint)
}

fn change(scene: &Scene<'_>, cast: &Cast, first: Word<'_>, words: &mut Words<'_>) -> Option<What> {
    let Some(rule) = rule(first.text) else {
        let (what, hint) = unknown_rule(first.text);
        return scene.refuse(first, what, hint);
    };
    let subject = subject(scene, cast, rule, words)?;
    let mut sort = Sort { rule, subject, severity: None, words: Vec::new(), values: Vec::new() };
    let (mut open, mut state, mut end) = (false, AlertState::Firing, None);
    while let Some(word) = words.take() {
        let text = word.text;
        let severities = [Severity::Info, Severity::Warning, Severity::Critical];
        if text == OPEN {
            open = true;
        } else if let Some(known) = AlertState::ALL.iter().find(|state| state.word() == text) {
            state = *known;
        } else if let Some(known) = Resolution::ALL.iter().find(|end| end.word() == text) {
            (state, end) = (AlertState::Resolved, Some(*known));
        } else if let Some(severity) = severities.iter().find(|severity| severity.word() == text) {
            sort.severity = Some(*severity);
        } else if let Some((key, value)) = text.split_once('=') {
            sort.values.push((key.to_owned(), value.to_owned()));
        } else if matches!(rule, RuleKind::Incident | RuleKind::Custom)
            || matches!(text, "high" | "low")
            || text.parse::<Metric>().is_ok()
        {
            sort.words.push(text.to_owned());
        } else {
            let states = AlertState::ALL.iter().map(|state| state.word()).chain([OPEN]);
            let known = states.chain(Resolution::ALL.iter().map(|end| end.word()));
            let hint = suggest(text, "what becomes of an alert", known);
            return scene.refuse(word, format!("\"{text}\" is not understood here"), hint);
        }
    }
    Some(if open { What::Open(sort) } else { What::Change(sort, state, end) })
}

/// Whom a line is about. The gateway need not be named.
fn subject(scene: &Scene<'_>, cast: &Cast, rule: RuleKind, words: &mut Words<'_>) -> Option<String> {
    let kinds = about(rule);
    if kinds == [GATEWAY] {
        if words.peek().is_some_and(|word| word.text == GATEWAY) {
            words.take();
        }
        return Some(GATEWAY.to_owned());
    }
    let word = words.need(scene, FORM)?;
    let only = |kind: &str| word.text.strip_prefix(kind).and_then(|rest| rest.strip_prefix('/')).unwrap_or(word.text);
    for kind in kinds {
        let only = only(kind);
        let full = if *kind == "sensor" && !only.contains('/') { format!("{only}/{SENSOR}") } else { only.to_owned() };
        if cast.all(kind).any(|known| known == full) {
            return Some(full);
        }
    }
    let (kind, only) = (kinds.join(" or "), kinds.first().map_or(word.text, |kind| only(kind)));
    let hint = suggest(only, &format!("{kind}s in this test"), kinds.iter().flat_map(|kind| cast.all(kind)));
    scene.refuse(word, format!("{kind} \"{only}\" does not appear in this test"), hint)
}
