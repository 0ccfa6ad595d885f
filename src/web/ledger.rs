//! The ledger to be read: alerts looked for, and one alert with its changes and what is known of others like it.
//!
//! Shows only what is committed. Changes nothing: see `alerts`.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::alerts::find;
use super::body::Asked;
use super::entries::EntryLine;
use super::overview::{answer, to_json};
use super::problem::Problem;
use super::schema::FindingsMade;
use super::site::Desk;
use crate::facts::{Alert, AlertState, Name, Resolution, RuleKind, Seq, Severity, Subject, Timestamp, Value};
use crate::journal::{AlertChange, AlertQuery, Row};
use crate::plan::Directory;

/// Alerts in one answer. A day has some hundreds.
const ALERTS_MAX: usize = 1_000;
/// Bytes of them; beyond it the answer ends early and `next` says where.
const BYTES_MAX: usize = 4 << 20;
/// Characters of what is looked for.
const TEXT_CHARS_MAX: usize = 200;
/// Changes of one alert that are told: the newest. More has only a call for help that is repeated all the time.
const CHANGES_MAX: usize = 200;
/// Of a cause that is longer (a plan has megabytes) the body is left out: it stands in the journal.
const CAUSE_BYTES_MAX: usize = 4_096;
/// Alerts of the same kind from which something can be learned.
const SUGGESTIONS_MAX: usize = 3;

/// In which state.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Which {
    /// Those that are not resolved.
    #[default]
    Open,
    /// All.
    All,
    Pending,
    Firing,
    Acknowledged,
    Shelved,
    Resolved,
}

impl Which {
    fn states(self) -> Vec<AlertState> {
        match self {
            Self::Open => {
                vec![AlertState::Pending, AlertState::Firing, AlertState::Acknowledged, AlertState::Shelved]
            }
            Self::All => Vec::new(),
            Self::Pending => vec![AlertState::Pending],
            Self::Firing => vec![AlertState::Firing],
            Self::Acknowledged => vec![AlertState::Acknowledged],
            Self::Shelved => vec![AlertState::Shelved],
            Self::Resolved => vec![AlertState::Resolved],
        }
    }
}

/// Which alerts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct AlertsQuery {
    /// `open` (when absent), `all`, or one state.
    #[param(inline)]
    state: Option<Which>,
    /// Of this rule, as `late_arrival`.
    #[param(inline)]
    rule: Option<RuleKind>,
    /// Of this subject, as `room/lobby`, or of this kind of subjects, as `room`.
    subject: Option<String>,
    /// Of this severity.
    #[param(inline)]
    severity: Option<Severity>,
    /// Whose rule was broken at this time or later.
    #[param(inline)]
    from: Option<Timestamp>,
    /// Whose rule was broken before this time.
    #[param(inline)]
    to: Option<Timestamp>,
    /// In which this stands: in what people wrote, in its values, its id, rule and subject, or a guest's name. Upper and
    /// lower case are the same.
    #[param(max_length = 200)]
    q: Option<String>,
    /// At most so many: 1 to 1,000, which is also what is given when nobody says how many.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// Those behind this one, which is the `next` of the answer before.
    #[param(value_type = Option<String>)]
    after: Option<String>,
}

impl AlertsQuery {
    fn read(&self) -> Result<AlertQuery, Problem> {
        let limit = self.limit.unwrap_or(ALERTS_MAX);
        if !(1..=ALERTS_MAX).contains(&limit) {
            return Err(Problem::malformed(format!("limit is {limit}; it must be 1 to {ALERTS_MAX}")));
        }
        let number = |id: &String| {
            let number = id.strip_prefix("A-").and_then(|digits| digits.parse().ok());
            number.ok_or_else(|| Problem::malformed("after is no alert's name; it looks like A-17"))
        };
        Ok(AlertQuery {
            states: self.state.unwrap_or_default().states(),
            rule: self.rule,
            subject: self.subject.clone(),
            severity: self.severity,
            from: self.from,
            to: self.to,
            below: self.after.as_ref().map(number).transpose()?,
            limit,
            bytes_max: BYTES_MAX,
        })
    }

    /// What is to stand in it, in lower case.
    fn text(&self) -> Result<Option<String>, Problem> {
        let text = self.q.as_deref().map(str::trim).filter(|text| !text.is_empty());
        if text.is_some_and(|text| text.chars().count() > TEXT_CHARS_MAX) {
            return Err(Problem::malformed(format!("q has more than {TEXT_CHARS_MAX} characters")));
        }
        Ok(text.map(str::to_lowercase))
    }
}

/// Alerts, newest first.
#[derive(Serialize, ToSchema)]
struct AlertList<'a> {
    #[schema(value_type = Vec<Alert>)]
    alerts: Vec<&'a RawValue>,
    /// There may be more: ask with `after` this. Absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    next: Option<String>,
}

/// Alerts, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/alerts",
    params(AlertsQuery),
    responses(
        (status = 200, body = AlertList),
        (status = 400, content_type = "application/problem+json", body = Problem),
        (status = 503, content_type = "application/problem+json", body = Problem),
    )
)]
pub(super) async fn alerts(State(desk): State<Desk>, Asked(query): Asked<AlertsQuery>) -> Result<Response, Problem> {
    let (wanted, text) = (query.read()?, query.text()?);
    let directory = desk.site.directory.load_full();
    let written = desk.read(move |reader| {
        let found =
            reader.find_alerts(&wanted, |body| text.as_ref().is_none_or(|text| says(body, text, &directory)))?;
        let alerts = found.bodies.iter().filter_map(|body| serde_json::from_str::<&RawValue>(body).ok()).collect();
        Ok(to_json(&AlertList { alerts, next: found.next.map(|number| format!("A-{number}")) }))
    });
    Ok(answer(written.await??))
}

/// Whether a text, in lower case, stands in an alert.
fn says(body: &str, text: &str, directory: &Directory) -> bool {
    let Ok(alert) = serde_json::from_str::<Alert>(body) else { return body.to_lowercase().contains(text) };
    let name = match &alert.subject {
        Subject::Guest(code) => directory.person(code).and_then(|person| person.name.as_deref()),
        Subject::Vehicle(_)
        | Subject::Room(_)
        | Subject::Sensor(..)
        | Subject::Kiosk(_)
        | Subject::Link(_)
        | Subject::Operator(_)
        | Subject::Gateway => None,
    };
    let values = alert.values.values().map(|value| match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string(),
    });
    let found = alert.findings.each().into_iter().filter_map(|(_, note)| note);
    let notes = alert.notes.iter().chain(found).flat_map(|note| [note.by.to_string(), note.text.clone()]);
    let shelf = alert.shelf.iter().flat_map(|shelf| [shelf.by.to_string(), shelf.reason.clone()]);
    let itself = [alert.id.to_string(), alert.rule.word().to_owned(), alert.subject.to_string()];
    let people = alert.acknowledged_by.iter().map(Name::to_string).chain(name.map(str::to_owned));
    itself
        .into_iter()
        .chain(people)
        .chain(values)
        .chain(notes)
        .chain(shelf)
        .any(|said| said.to_lowercase().contains(text))
}

/// One move of an alert.
#[derive(Serialize, ToSchema)]
struct Move<'a> {
    /// The entry that tells it.
    seq: Seq,
    /// Its moment.
    #[schema(value_type = Timestamp)]
    at: Timestamp,
    /// Where the alert stood after it.
    state: AlertState,
    /// The entry that caused it; none where time did. Of a very long one the body is `null`.
    #[schema(required = true, value_type = Option<super::entries::EntryLine>)]
    cause: Option<EntryLine<'a>>,
}

/// What somebody wrote of an alert of the same rule and the same kind of subject.
#[derive(Serialize, ToSchema)]
struct Suggestion {
    id: Name,
    subject: Subject,
    resolved_at: Option<Timestamp>,
    resolution: Option<Resolution>,
    findings: FindingsMade,
}

/// An alert, how it came to stand as it does, and what helped the last times.
#[derive(Serialize, ToSchema)]
struct AlertSheet<'a> {
    #[serde(flatten)]
    alert: &'a Alert,
    /// Its newest 200 changes, oldest first.
    history: Vec<Move<'a>>,
    /// Of alerts of the same rule and the same kind of subject that are over and of which somebody wrote what was done or
    /// what came of it: the last three, newest first.
    suggestions: Vec<Suggestion>,
}

/// One alert.
#[utoipa::path(
    get,
    path = "/api/v1/alerts/{id}",
    params(("id" = String, Path, description = "As `A-17`")),
    responses(
        (status = 200, body = AlertSheet),
        (status = 404, content_type = "application/problem+json", body = Problem),
        (status = 503, content_type = "application/problem+json", body = Problem),
    )
)]
pub(super) async fn alert(
    State(desk): State<Desk>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let (number, alert) = find(&desk, id).await?;
    let written = desk.read(move |reader| {
        let mut changes = reader.alert_history(number, CHANGES_MAX)?;
        changes.iter_mut().filter_map(|change| change.cause.as_mut()).for_each(shorten);
        // One more than is told: it may be among them itself.
        let lessons = reader.lessons(alert.rule, &alert.subject, SUGGESTIONS_MAX + 1)?;
        let sheet = AlertSheet {
            alert: &alert,
            history: changes.iter().filter_map(moved).collect(),
            suggestions: suggestions(&alert, &lessons),
        };
        Ok(to_json(&sheet))
    });
    Ok(answer(written.await??))
}

/// Leaves out the body of a very long entry.
pub(super) fn shorten(row: &mut Row) {
    if row.body.len() > CAUSE_BYTES_MAX {
        "null".clone_into(&mut row.body);
    }
}

fn moved(AlertChange { row, cause }: &AlertChange) -> Option<Move<'_>> {
    // One that is damaged is told by its hash in the journal.
    let alert: Alert = serde_json::from_str(&row.body).ok()?;
    Some(Move { seq: row.seq, at: alert.at, state: alert.state, cause: cause.as_ref().map(EntryLine::of) })
}

fn suggestions(alert: &Alert, lessons: &[String]) -> Vec<Suggestion> {
    let others = lessons.iter().filter_map(|body| serde_json::from_str::<Alert>(body).ok());
    others
        .filter(|other| other.id != alert.id)
        .take(SUGGESTIONS_MAX)
        .map(|Alert { id, subject, resolved_at, resolution, findings, .. }| Suggestion {
            id,
            subject,
            resolved_at,
            resolution,
            findings,
        })
        .collect()
}
