//! `GET /api/v1/upstream/parked`: what the system above refuses for good, with its reason and the entry itself.
//!
//! Shows what the journal holds, so what is shown is known after a restart as well. Sends nothing again.

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::Asked;
use super::entries::EntryLine;
use super::overview::{answer, to_json};
use super::problem::Problem;
use super::site::Desk;
use crate::facts::Seq;

/// Entries in one answer; more are refused.
const LIMIT_MAX: usize = 500;
/// Entries in an answer when nobody says how many.
const LIMIT_USUAL: usize = 50;
/// The names of the cursors that lead to the system above begin like this; the lane follows.
const CURSORS: &str = "upstream.";

/// One entry that was passed by.
#[derive(Serialize, ToSchema)]
#[schema(as = Parked)]
struct ParkedLine<'a> {
    seq: Seq,
    /// `urgent` or `bulk`.
    lane: &'a str,
    /// What the receiver said to it.
    reason: &'a str,
    /// Null where it was dropped since.
    entry: Option<EntryLine<'a>>,
}

/// Newest first.
#[derive(Serialize, ToSchema)]
struct ParkedPage<'a> {
    parked: Vec<ParkedLine<'a>>,
}

/// How many.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ParkedQuery {
    /// At most so many: 1 to 500, usually 50.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
}

/// What upstream refuses for good.
#[utoipa::path(
    get,
    path = "/api/v1/upstream/parked",
    params(ParkedQuery),
    responses(
        (status = 200, body = ParkedPage),
        (status = 400, content_type = "application/problem+json", body = Problem),
        (status = 500, content_type = "application/problem+json", body = Problem),
    )
)]
pub(super) async fn parked(State(desk): State<Desk>, Asked(query): Asked<ParkedQuery>) -> Result<Response, Problem> {
    let limit = query.limit.unwrap_or(LIMIT_USUAL);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Problem::malformed(format!("limit is {limit}; it must be 1 to {LIMIT_MAX}")));
    }
    let written = desk.read(move |reader| {
        let found = reader.newest_parked(CURSORS, limit)?;
        let parked = found.iter().map(|parked| ParkedLine {
            seq: parked.seq,
            lane: parked.name.trim_start_matches(CURSORS),
            reason: &parked.reason,
            entry: parked.row.as_ref().map(EntryLine::of),
        });
        Ok(to_json(&ParkedPage { parked: parked.collect() }))
    });
    Ok(answer(written.await??))
}
