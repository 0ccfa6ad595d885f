//! The ledger: alerts to be read, taken on, commented, put aside and ended by hand.
//!
//! What a person does here is one more fact in the journal, and the answer is the alert after its commit. The rules
//! make the move; what they are known to pass over is refused here, so that it does not stand in the journal.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::body::{Asked, BodyRefused, JsonBytes};
use super::overview::{answer, to_json};
use super::problem::Problem;
use super::site::Desk;
use crate::facts::{Alert, AlertState, Aside, Command, Fact, Name, Note, Report, Shelf, Span, Subject, Timestamp};

/// Alerts in one answer: the newest. A day has some hundreds; older ones are in the journal.
pub(super) const ALERTS_MAX: usize = 1_000;

/// Which alerts.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Which {
    /// Those that are not resolved.
    #[default]
    Open,
    /// The newest 1,000, resolved ones among them.
    All,
}

/// Which alerts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct AlertsQuery {
    /// `open` (when absent) or `all`.
    #[param(inline)]
    state: Option<Which>,
}

/// Alerts, newest first.
#[derive(Serialize, ToSchema)]
struct AlertList<T: Serialize> {
    #[schema(value_type = Vec<Alert>)]
    alerts: Vec<T>,
}

/// Alerts, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/alerts",
    params(AlertsQuery),
    responses(
        (status = 200, body = AlertList<Alert>),
        (status = 400, content_type = "application/problem+json", body = Problem),
        (status = 503, content_type = "application/problem+json", body = Problem),
    )
)]
pub(super) async fn alerts(State(desk): State<Desk>, Asked(query): Asked<AlertsQuery>) -> Result<Response, Problem> {
    match query.state.unwrap_or_default() {
        Which::Open => {
            let shown = desk.board.current(&desk.site).await?;
            let alerts: Vec<&Alert> = shown.present.alerts.iter().rev().collect();
            Ok(answer(to_json(&AlertList { alerts })?))
        }
        Which::All => {
            let written = desk.read(|reader| {
                let bodies = reader.alerts(ALERTS_MAX)?;
                let alerts = bodies.iter().filter_map(|body| serde_json::from_str::<&RawValue>(body).ok()).collect();
                Ok(to_json(&AlertList { alerts }))
            });
            Ok(answer(written.await??))
        }
    }
}

/// Who does something to an alert, and what they say to it.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Move {
    /// Who.
    by: Name,
    /// What is said with it, at most 2,000 characters.
    #[schema(max_length = 2000)]
    note: Option<String>,
}

/// What somebody writes on an alert.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Remark {
    /// Who.
    by: Name,
    /// The text, at most 2,000 characters.
    #[schema(max_length = 2000)]
    text: String,
}

/// Takes an alert on.
#[utoipa::path(
    post,
    path = "/api/v1/alerts/{id}/acknowledge",
    params(("id" = String, Path, description = "As `A-17`")),
    request_body = Move,
    responses(
        (status = 200, body = Alert),
        (status = 404, content_type = "application/problem+json", body = Problem),
        (status = 409, content_type = "application/problem+json", body = Problem, description = "Not in this state"),
        BodyRefused,
    )
)]
pub(super) async fn acknowledge(
    State(desk): State<Desk>,
    id: Result<Path<String>, PathRejection>,
    body: JsonBytes,
) -> Result<Response, Problem> {
    let alert = find(&desk, id).await?;
    let Move { by, note } = body.read()?;
    let note = note.map(text).transpose()?;
    // A person who presses twice, or whose first answer was lost, is told that it is done.
    if alert.state == AlertState::Acknowledged && alert.acknowledged_by.as_ref() == Some(&by) && note.is_none() {
        return Ok(answer(to_json(&alert)?));
    }
    if alert.state != AlertState::Firing {
        return Err(Problem::conflict(in_words(&alert)));
    }
    command(&desk, alert, by, |alert, by| Command::Acknowledge { alert, by, note }).await
}

/// Ends an alert by hand.
#[utoipa::path(
    post,
    path = "/api/v1/alerts/{id}/resolve",
    params(("id" = String, Path, description = "As `A-17`")),
    request_body = Move,
    responses(
        (status = 200, body = Alert),
        (status = 404, content_type = "application/problem+json", body = Problem),
        (status = 409, content_type = "application/problem+json", body = Problem, description = "Not in this state"),
        BodyRefused,
    )
)]
pub(super) async fn resolve(
    State(desk): State<Desk>,
    id: Result<Path<String>, PathRejection>,
    body: JsonBytes,
) -> Result<Response, Problem> {
    let alert = find(&desk, id).await?;
    let Move { by, note } = body.read()?;
    let note = note.map(text).transpose()?;
    if alert.state == AlertState::Resolved {
        return Err(Problem::conflict(in_words(&alert)));
    }
    command(&desk, alert, by, |alert, by| Command::Resolve { alert, by, note }).await
}

/// Writes on an alert.
#[utoipa::path(
    post,
    path = "/api/v1/alerts/{id}/note",
    params(("id" = String, Path, description = "As `A-17`")),
    request_body = Remark,
    responses(
        (status = 200, body = Alert),
        (status = 404, content_type = "application/problem+json", body = Problem),
        (status = 409, content_type = "application/problem+json", body = Problem, description = "Not in this state"),
        BodyRefused,
    )
)]
pub(super) async fn note(
    State(desk): State<Desk>,
    id: Result<Path<String>, PathRejection>,
    body: JsonBytes,
) -> Result<Response, Problem> {
    let alert = find(&desk, id).await?;
    let Remark { by, text: said } = body.read()?;
    let text = text(said)?;
    command(&desk, alert, by, |alert, by| Command::Note { alert, by, text }).await
}

/// For how long, or until when, an alert is put aside: one of the two.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Shelving {
    /// Who.
    by: Name,
    /// For so long, as `30m`: at most 12 hours. Runs on when the gateway's clock is set.
    #[serde(rename = "for")]
    #[schema(value_type = Option<String>)]
    length: Option<Span>,
    /// Until this moment, at most 12 hours away. Stays where it is when the gateway's clock is set.
    until: Option<Timestamp>,
    /// Why, at most 500 characters. It stays in the journal for good: name no guest.
    #[schema(max_length = 500)]
    reason: String,
}

impl Shelving {
    fn aside(&self, now: Timestamp) -> Result<Aside, Problem> {
        let (aside, length) = match (self.length, self.until) {
            (Some(length), None) => (Aside::For(length), length),
            (None, Some(until)) => (Aside::Until(until), until.since(now)),
            (Some(_), Some(_)) | (None, None) => {
                return Err(Problem::unfit(
                    r#"say either "for", as "30m", or "until", as "2026-11-23T15:00:00+08:00""#,
                ));
            }
        };
        if length <= Span::ZERO {
            return Err(Problem::unfit("that time is over already; to take the alert back, post to …/unshelve"));
        }
        if length > Shelf::LENGTH_MAX {
            let most = Shelf::LENGTH_MAX;
            return Err(Problem::unfit(format!(
                "that is {length} away; an alert is put aside for at most {most} at once"
            )));
        }
        Ok(aside)
    }
}

/// Who does something to an alert.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Signed {
    /// Who.
    by: Name,
}

/// Puts an alert aside for a while: nobody is told of it until then, and it comes back firing unless it is over.
#[utoipa::path(
    post,
    path = "/api/v1/alerts/{id}/shelve",
    params(("id" = String, Path, description = "As `A-17`")),
    request_body = Shelving,
    responses(
        (status = 200, body = Alert),
        (status = 404, content_type = "application/problem+json", body = Problem),
        (status = 409, content_type = "application/problem+json", body = Problem, description = "Not in this state"),
        BodyRefused,
    )
)]
pub(super) async fn shelve(
    State(desk): State<Desk>,
    id: Result<Path<String>, PathRejection>,
    body: JsonBytes,
) -> Result<Response, Problem> {
    let alert = find(&desk, id).await?;
    let shelving: Shelving = body.read()?;
    let aside = shelving.aside(desk.site.clock.now())?;
    let reason = bounded("reason", shelving.reason, Shelf::REASON_CHARS_MAX)?;
    match alert.state {
        AlertState::Firing | AlertState::Acknowledged | AlertState::Shelved => {}
        AlertState::Pending | AlertState::Resolved => return Err(Problem::conflict(in_words(&alert))),
    }
    command(&desk, alert, shelving.by, |alert, by| Command::Shelve { alert, by, aside, reason }).await
}

/// Takes an alert back that was put aside: it fires again.
#[utoipa::path(
    post,
    path = "/api/v1/alerts/{id}/unshelve",
    params(("id" = String, Path, description = "As `A-17`")),
    request_body = Signed,
    responses(
        (status = 200, body = Alert),
        (status = 404, content_type = "application/problem+json", body = Problem),
        (status = 409, content_type = "application/problem+json", body = Problem, description = "Not in this state"),
        BodyRefused,
    )
)]
pub(super) async fn unshelve(
    State(desk): State<Desk>,
    id: Result<Path<String>, PathRejection>,
    body: JsonBytes,
) -> Result<Response, Problem> {
    let alert = find(&desk, id).await?;
    let Signed { by } = body.read()?;
    if alert.state != AlertState::Shelved {
        return Err(Problem::conflict(in_words(&alert)));
    }
    command(&desk, alert, by, |alert, by| Command::Unshelve { alert, by }).await
}

/// An alert's name is `A-<n>`; its latest state is read from what is committed.
async fn find(desk: &Desk, id: Result<Path<String>, PathRejection>) -> Result<Alert, Problem> {
    let Path(id) = id.map_err(|fault| Problem::malformed(fault.body_text()))?;
    let unknown = || Problem::unknown("there is no alert of this name; GET /api/v1/alerts?state=all lists them");
    let number: u64 = id.strip_prefix("A-").and_then(|n| n.parse().ok()).ok_or_else(unknown)?;
    let number = number.min(i64::MAX as u64);
    let body = desk.read(move |reader| reader.alert(number)).await?.ok_or_else(unknown)?;
    serde_json::from_str(&body).map_err(|fault| {
        tracing::error!(%fault, id, "a stored alert cannot be read");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the stored alert cannot be read; run `portico verify`")
    })
}

/// A note's text, or why it is none.
fn text(said: String) -> Result<String, Problem> {
    bounded("note", said, Note::CHARS_MAX)
}

/// A text that says something and is not too long.
fn bounded(what: &str, said: String, most: usize) -> Result<String, Problem> {
    if said.trim().is_empty() {
        return Err(Problem::unfit(format!("the {what} is empty")));
    }
    let count = said.chars().count();
    if count > most {
        return Err(Problem::unfit(format!("the {what} has {count} characters; at most {most} are taken")));
    }
    Ok(said)
}

/// Journals a command and answers with what it made of the alert.
async fn command(
    desk: &Desk,
    before: Alert,
    by: Name,
    order: impl FnOnce(Name, Name) -> Command,
) -> Result<Response, Problem> {
    let fact = Fact::Command(order(before.id.clone(), by.clone()));
    let report = Report { device: Subject::Operator(by), observed_at: None, fact, awaited: true };
    let receipt = desk.submit(report, desk.heard()).await?;
    match receipt.changes.iter().find(|alert| alert.id == before.id) {
        Some(alert) => Ok(answer(to_json(alert)?)),
        None => Err(Problem::conflict(format!(
            "{} did not take this: it changed at the same moment, or it ended too long ago or has too many notes to be \
             written on; look at it again",
            before.id
        ))),
    }
}

fn in_words(alert: &Alert) -> String {
    let id = &alert.id;
    match (alert.state, &alert.acknowledged_by) {
        (AlertState::Resolved, _) => format!("{id} is resolved already"),
        (AlertState::Acknowledged, Some(by)) => format!("{id} is acknowledged already, by {by}"),
        (AlertState::Acknowledged, None) => format!("{id} is acknowledged already"),
        (AlertState::Pending, _) => format!("{id} is not firing yet, so there is nothing to do about it"),
        (AlertState::Firing, _) => format!("{id} is firing"),
        (AlertState::Shelved, _) => match &alert.shelf {
            Some(shelf) => format!("{id} is put aside until {}, by {}; take it back first", shelf.until, shelf.by),
            None => format!("{id} is put aside; take it back first"),
        },
    }
}
