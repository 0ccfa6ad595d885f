//! What a person does to an alert: takes it on, gives it back, writes on it, puts it aside, ends it by hand.
//!
//! What a person does here is one more fact in the journal, and the answer is the alert after its commit. The rules
//! make the move; what they are known to pass over is refused here, so that it does not stand in the journal.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::{BodyRefused, JsonBytes};
use super::overview::{answer, to_json};
use super::problem::Problem;
use super::schema::FindingsWritten;
use super::site::Desk;
use crate::facts::{
    Alert, AlertState, Aside, Command, Fact, Findings, Name, Note, Report, Shelf, Span, Subject, Timestamp,
};

/// Who does something to an alert, and what they say to it.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Move {
    /// Who.
    by: Name,
    /// What is said with it, at most 2,000 characters.
    #[schema(max_length = 2000)]
    note: Option<String>,
}

/// What somebody writes on an alert: a remark, what was found out about it, or both. It stays in the journal for good:
/// name no guest, write the code.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Remark {
    /// Who.
    by: Name,
    /// The remark, at most 2,000 characters.
    #[schema(max_length = 2000)]
    text: Option<String>,
    #[serde(flatten)]
    findings: FindingsWritten,
}

/// Who ends an alert, and what is to be remembered of it.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Ending {
    /// Who.
    by: Name,
    /// What is said with it, at most 2,000 characters.
    #[schema(max_length = 2000)]
    note: Option<String>,
    #[serde(flatten)]
    findings: FindingsWritten,
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
    let (_, alert) = find(&desk, id).await?;
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

/// Gives an alert back that was taken on within the last minute: it fires again.
#[utoipa::path(
    post,
    path = "/api/v1/alerts/{id}/unacknowledge",
    params(("id" = String, Path, description = "As `A-17`")),
    request_body = Signed,
    responses(
        (status = 200, body = Alert),
        (status = 404, content_type = "application/problem+json", body = Problem),
        (status = 409, content_type = "application/problem+json", body = Problem, description = "Not in this state, or too long ago"),
        BodyRefused,
    )
)]
pub(super) async fn unacknowledge(
    State(desk): State<Desk>,
    id: Result<Path<String>, PathRejection>,
    body: JsonBytes,
) -> Result<Response, Problem> {
    let (_, alert) = find(&desk, id).await?;
    let Signed { by } = body.read()?;
    let taken_on = alert.acknowledged_at.filter(|_| alert.state == AlertState::Acknowledged);
    let Some(done) = taken_on else {
        return Err(Problem::conflict(format!("{}; only what is acknowledged can be given back", in_words(&alert))));
    };
    if !Command::can_undo(done, desk.site.clock.now()) {
        return Err(Problem::conflict(format!(
            "{} since {done}; it can be given back for {} only, so write on it who is to look after it",
            in_words(&alert),
            Command::UNDO_WITHIN
        )));
    }
    command(&desk, alert, by, |alert, by| Command::Unacknowledge { alert, by }).await
}

/// Ends an alert by hand.
#[utoipa::path(
    post,
    path = "/api/v1/alerts/{id}/resolve",
    params(("id" = String, Path, description = "As `A-17`")),
    request_body = Ending,
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
    let (_, alert) = find(&desk, id).await?;
    let Ending { by, note, findings } = body.read()?;
    let (note, findings) = (note.map(text).transpose()?, Box::new(found(findings)?));
    if alert.state == AlertState::Resolved {
        return Err(Problem::conflict(in_words(&alert)));
    }
    command(&desk, alert, by, |alert, by| Command::Resolve { alert, by, note, findings }).await
}

/// Writes on an alert, also when it is over.
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
    let (_, alert) = find(&desk, id).await?;
    let Remark { by, text: said, findings } = body.read()?;
    let (text, findings) = (said.map(text).transpose()?, Box::new(found(findings)?));
    if text.is_none() && findings.is_empty() {
        return Err(Problem::unfit("nothing is written; say text, cause, handling, result or improvement"));
    }
    command(&desk, alert, by, |alert, by| Command::Note { alert, by, text, findings }).await
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
    let (_, alert) = find(&desk, id).await?;
    let shelving: Shelving = body.read()?;
    let aside = shelving.aside(desk.site.clock.now())?;
    let Shelving { by, reason, .. } = shelving;
    bounded("reason", &reason, Shelf::REASON_CHARS_MAX)?;
    match alert.state {
        AlertState::Firing | AlertState::Acknowledged | AlertState::Shelved => {}
        AlertState::Pending | AlertState::Resolved => return Err(Problem::conflict(in_words(&alert))),
    }
    command(&desk, alert, by, |alert, by| Command::Shelve { alert, by, aside, reason }).await
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
    let (_, alert) = find(&desk, id).await?;
    let Signed { by } = body.read()?;
    if alert.state != AlertState::Shelved {
        return Err(Problem::conflict(in_words(&alert)));
    }
    command(&desk, alert, by, |alert, by| Command::Unshelve { alert, by }).await
}

/// An alert's name is `A-<n>`; its latest state is read from what is committed.
pub(super) async fn find(desk: &Desk, id: Result<Path<String>, PathRejection>) -> Result<(u64, Alert), Problem> {
    let Path(id) = id.map_err(|fault| Problem::malformed(fault.body_text()))?;
    let unknown = || Problem::unknown("there is no alert of this name; GET /api/v1/alerts?state=all lists them");
    let number: u64 = id.strip_prefix("A-").and_then(|n| n.parse().ok()).ok_or_else(unknown)?;
    let number = number.min(i64::MAX as u64);
    let body = desk.read(move |reader| reader.alert(number)).await?.ok_or_else(unknown)?;
    let alert = serde_json::from_str(&body).map_err(|fault| {
        tracing::error!(%fault, id, "a stored alert cannot be read");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the stored alert cannot be read; run `portico verify`")
    });
    Ok((number, alert?))
}

/// A note's text, or why it is none.
fn text(said: String) -> Result<String, Problem> {
    bounded("note", &said, Note::CHARS_MAX).map(|()| said)
}

/// What was found out, or why one of its texts is none.
fn found(findings: Findings<String>) -> Result<Findings<String>, Problem> {
    let most = Findings::<String>::CHARS_MAX;
    for (what, said) in findings.each() {
        said.map_or(Ok(()), |said| bounded(what, said, most))?;
    }
    Ok(findings)
}

/// A text that says something and is not too long.
fn bounded(what: &str, said: &str, most: usize) -> Result<(), Problem> {
    if said.trim().is_empty() {
        return Err(Problem::unfit(format!("the {what} is empty")));
    }
    let count = said.chars().count();
    if count > most {
        return Err(Problem::unfit(format!("the {what} has {count} characters; at most {most} are taken")));
    }
    Ok(())
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
