//! `POST /api/v1/incidents`: a person at the dashboard asks for help, as a panic button does over MQTT.
//!
//! Answers after the commit, with the alert that people are told.

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{BodyRefused, JsonBytes};
use super::overview::{answer, to_json};
use super::problem::Problem;
use super::site::Desk;
use crate::facts::{Alert, Fact, Incident, Name, Report, RuleKind, Seq, Subject};

/// Somebody asks for help.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = IncidentReport)]
pub(super) struct IncidentBody {
    /// Where.
    room: Name,
    /// What kind: `medical`, `traffic`, `security`, `equipment`, `weather`, `public_opinion`, or another word.
    incident: Name,
    /// Who reports it.
    by: Name,
}

/// What came of it.
#[derive(Serialize, ToSchema)]
struct Reported<'a> {
    /// The entry.
    seq: Seq,
    /// The alert about it; none where nobody wants to hear of incidents.
    alert: Option<&'a Alert>,
}

/// Reports an incident.
#[utoipa::path(
    post,
    path = "/api/v1/incidents",
    request_body = IncidentBody,
    responses((status = 200, body = Reported, description = "It is on disk, and people are told"), BodyRefused)
)]
pub(super) async fn incident(State(desk): State<Desk>, body: JsonBytes) -> Result<Response, Problem> {
    let IncidentBody { room, incident, by } = body.read()?;
    let fact = Fact::Incident(Incident { room, incident });
    let report = Report { device: Subject::Operator(by), observed_at: None, fact, awaited: true };
    let receipt = desk.submit(report, desk.heard()).await?;
    let alert = receipt.changes.iter().find(|alert| alert.rule == RuleKind::Incident);
    Ok(answer(to_json(&Reported { seq: receipt.seq, alert })?))
}
