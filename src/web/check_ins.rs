//! A guest is checked in by hand, without a kiosk.
//!
//! Answers after the commit. It is a scan like any other, of the kiosk `dashboard`; who did it is the entry's device.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::{BodyRefused, JsonBytes};
use super::overview::{answer, to_json};
use super::problem::Problem;
use super::site::Desk;
use crate::facts::{Fact, Name, Report, Scan, Subject};
use crate::plan::VerdictAnswer;

/// Who checks a guest in.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct CheckIn {
    /// Who.
    by: Name,
    /// The page's own id of this check-in; the same id again is the same check-in, and gets the same verdict.
    scan_id: Name,
}

/// Checks a guest in by hand and gets the verdict.
#[utoipa::path(
    post,
    path = "/api/v1/guests/{code}/check_in",
    params(("code" = String, Path, description = "As `G-1042`")),
    request_body = CheckIn,
    responses(
        (status = 200, body = VerdictAnswer, description = "The verdict; the scan is on disk"),
        (status = 404, content_type = "application/problem+json", body = Problem),
        (status = 409, content_type = "application/problem+json", body = Problem, description = "The id is of another guest"),
        BodyRefused,
    )
)]
pub(super) async fn check_in(
    State(desk): State<Desk>,
    code: Result<Path<String>, PathRejection>,
    body: JsonBytes,
) -> Result<Response, Problem> {
    let code = guest(code)?;
    let CheckIn { by, scan_id } = body.read()?;
    let scan = Scan::by_hand(scan_id, code).ok_or_else(broken)?;
    let fact = Fact::Scan(scan.clone());
    let report = Report { device: Subject::Operator(by), observed_at: None, fact, awaited: true };
    let receipt = desk.submit(report, desk.heard()).await?;
    if receipt.duplicate {
        let seq = receipt.seq;
        let kept = desk.read(move |reader| reader.entry(seq)).await?;
        let code = scan.code.clone();
        if kept.is_none_or(|row| row.subject != Subject::Guest(code).to_string()) {
            return Err(Problem::conflict(format!(
                "scan_id {} was used for another guest; choose a new one for each check-in",
                scan.scan_id
            )));
        }
    }
    let Some(ruling) = receipt.ruling else { return Err(broken()) };
    let directory = desk.site.directory.load();
    Ok(answer(to_json(&directory.answer(&scan, &ruling))?))
}

/// The guest's code in the address.
fn guest(code: Result<Path<String>, PathRejection>) -> Result<Name, Problem> {
    let Path(code) = code.map_err(|fault| Problem::malformed(fault.body_text()))?;
    code.parse().map_err(|_| Problem::unknown("this is no code of a guest; GET /api/v1/plan lists them"))
}

fn broken() -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the check-in has no verdict; let the reception desk decide")
}
