//! `POST /api/v1/guests/{code}/receive`: the host has received a guest who checked in.
//!
//! Answers after the commit. Of a guest who is not here it is refused, so that nobody is taken for received who has yet to come.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{BodyRefused, JsonBytes};
use super::overview::{answer, to_json};
use super::problem::Problem;
use super::site::Desk;
use crate::facts::{Alert, Command, Fact, Name, Report, RuleKind, Subject, Timestamp, VisitState};

/// Who says that the guest was received.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Reception {
    /// Who.
    by: Name,
}

/// What came of it.
#[derive(Serialize, ToSchema)]
struct Received<'a> {
    /// When the guest was received.
    received_at: Timestamp,
    /// The alert that ended by it; none where nobody was told yet.
    alert: Option<&'a Alert>,
}

/// Says that a guest who has checked in was received. Said again, it is as it was.
#[utoipa::path(
    post,
    path = "/api/v1/guests/{code}/receive",
    params(("code" = String, Path, description = "As `G-1042`")),
    request_body = Reception,
    responses(
        (status = 200, body = Received),
        (status = 404, content_type = "application/problem+json", body = Problem),
        (status = 409, content_type = "application/problem+json", body = Problem, description = "Not here"),
        BodyRefused,
    )
)]
pub(super) async fn receive(
    State(desk): State<Desk>,
    code: Result<Path<String>, PathRejection>,
    body: JsonBytes,
) -> Result<Response, Problem> {
    let Path(code) = code.map_err(|fault| Problem::malformed(fault.body_text()))?;
    let Reception { by } = body.read()?;
    let guest: Name = code.parse().map_err(|_| unknown())?;
    // Who presses twice, or whose first answer was lost, is told that it is done.
    if let Some(received_at) = received_at(&desk, &guest).await? {
        return Ok(answer(to_json(&Received { received_at, alert: None })?));
    }
    let fact = Fact::Command(Command::Receive { guest: guest.clone(), by: by.clone() });
    let report = Report { device: Subject::Operator(by), observed_at: None, fact, awaited: true };
    let receipt = desk.submit(report, desk.heard()).await?;
    let alert = receipt.changes.iter().find(|alert| alert.rule == RuleKind::GuestWaiting);
    let received_at = received_at(&desk, &guest).await?;
    let received_at = received_at.ok_or_else(|| Problem::conflict("this guest went out at the same moment"))?;
    Ok(answer(to_json(&Received { received_at, alert })?))
}

/// When a guest who is here was received; refused where he is not here or not expected at all.
async fn received_at(desk: &Desk, guest: &Name) -> Result<Option<Timestamp>, Problem> {
    let shown = desk.board.current(&desk.site).await?;
    let mut visits = shown.present.visits.iter().filter(|visit| visit.code == *guest).peekable();
    if visits.peek().is_none() {
        return Err(unknown());
    }
    let mut here = visits.filter(|visit| visit.state == VisitState::Arrived).peekable();
    if here.peek().is_none() {
        return Err(Problem::conflict(
            "this guest is not here; scan the guest in first, or wait for the kiosk that did",
        ));
    }
    // None is less than any moment: one visit for which the guest still waits is one too many.
    Ok(here.map(|visit| visit.received_at).min().flatten())
}

fn unknown() -> Problem {
    Problem::unknown("no guest of this code is expected today; GET /api/v1/plan lists them")
}
