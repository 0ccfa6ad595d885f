//! `GET /api/v1/conservation`: what became of everything that was heard.
//!
//! The books are of one moment; the journal is asked what stands against them. Adds nothing up itself.

use axum::extract::State;
use axum::response::Response;

use super::overview::{answer, to_json};
use super::problem::Problem;
use super::site::Desk;
use crate::conservation::{self, Conservation};

/// What became of everything that was heard since this gateway started, and whether it adds up.
#[utoipa::path(
    get,
    path = "/api/v1/conservation",
    responses(
        (status = 200, body = Conservation),
        (status = 503, content_type = "application/problem+json", body = Problem),
    )
)]
pub(super) async fn conservation(State(desk): State<Desk>) -> Result<Response, Problem> {
    let books = desk.site.counters.ledger.books();
    let report = desk.read(move |reader| conservation::take(reader, &books)).await?;
    Ok(answer(to_json(&report)?))
}
