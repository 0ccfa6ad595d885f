//! `POST /api/v1/clock/trust`: a person says that the time is right, or what time it is.
//!
//! One more command in the journal; the clock entry that follows from it is committed with it, and the answer is the
//! clock's standing after that. What cannot be, or what something better contradicts, is refused here, so that it does
//! not stand in the journal.

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{BodyRefused, JsonBytes};
use super::overview::{answer, to_json};
use super::problem::Problem;
use super::site::Desk;
use crate::clock::Doubt;
use crate::facts::{ClockView, Command, Fact, Name, Report, Subject, Timestamp};

/// Who says that the time is right.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = TrustClock)]
pub(super) struct Trust {
    /// Who.
    by: Name,
    /// What time it is by that person's own clock; when absent, the gateway's time is right as it shows it.
    at: Option<Timestamp>,
}

/// The clock after it.
#[derive(Serialize, ToSchema)]
struct Standing<'a> {
    /// The gateway's time.
    now: Timestamp,
    #[schema(value_type = ClockView)]
    clock: &'a ClockView,
}

/// Vouches for the time.
#[utoipa::path(
    post,
    path = "/api/v1/clock/trust",
    request_body = Trust,
    responses(
        (status = 200, body = Standing, description = "The time is trusted, and its entry is on disk"),
        (status = 409, content_type = "application/problem+json", body = Problem,
         description = "Network time or a receiver vouches for another time"),
        BodyRefused,
    )
)]
pub(super) async fn trust(State(desk): State<Desk>, body: JsonBytes) -> Result<Response, Problem> {
    let Trust { by, at } = body.read()?;
    desk.site.clock.confirm(at).map_err(|doubt| match &doubt {
        Doubt::Absurd { .. } => Problem::unfit(doubt.to_string()),
        Doubt::Vouched { .. } | Doubt::Made => Problem::conflict(doubt.to_string()),
    })?;
    let fact = Fact::Command(Command::TrustClock { by: by.clone(), at });
    let report = Report { device: Subject::Operator(by), observed_at: None, fact, awaited: true };
    desk.submit(report, desk.heard()).await?;
    let shown = desk.board.current(&desk.site).await?;
    let present = &shown.present;
    Ok(answer(to_json(&Standing { now: present.now, clock: &present.clock })?))
}
