//! A guest is checked in by hand, without a kiosk, and that is taken back.
//!
//! Answers after the commit. It is a scan like any other, of the kiosk `dashboard`; who did it is the entry's device.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::board::Shown;
use super::body::{BodyRefused, JsonBytes};
use super::overview::{self, VisitLine, answer, to_json};
use super::problem::Problem;
use super::site::Desk;
use crate::facts::{Command, Fact, HandCheckIn, Name, Report, Scan, Subject};
use crate::plan::{Directory, VerdictAnswer};

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

/// How the guest stands now.
#[derive(Serialize, ToSchema)]
struct TakenBack<'a> {
    /// The guest's visits of the day.
    visits: Vec<VisitLine<'a>>,
}

/// Takes a check-in by hand back that was made within the last minute: the guest's visits are as they were before it. Said
/// again, it is as it was.
#[utoipa::path(
    post,
    path = "/api/v1/guests/{code}/undo_check_in",
    params(("code" = String, Path, description = "As `G-1042`")),
    request_body = CheckIn,
    responses(
        (status = 200, body = TakenBack),
        (status = 404, content_type = "application/problem+json", body = Problem),
        (status = 409, content_type = "application/problem+json", body = Problem, description = "Not by hand, too long ago, or scanned since"),
        BodyRefused,
    )
)]
pub(super) async fn undo(
    State(desk): State<Desk>,
    code: Result<Path<String>, PathRejection>,
    body: JsonBytes,
) -> Result<Response, Problem> {
    let guest = guest(code)?;
    let CheckIn { by, scan_id } = body.read()?;
    let shown = desk.board.current(&desk.site).await?;
    match find(&shown, &guest, &scan_id) {
        // Who presses twice, or whose first answer was lost, is told that it is done.
        Some(HandCheckIn { taken_back: true, .. }) => return stands(&desk, &shown, &guest),
        Some(HandCheckIn { taken_back: false, .. }) => {}
        None => return Err(why_not(&desk, &guest, scan_id).await?),
    }
    let command = Command::UndoCheckIn { guest: guest.clone(), by: by.clone(), scan_id: scan_id.clone() };
    let report =
        Report { device: Subject::Operator(by), observed_at: None, fact: Fact::Command(command), awaited: true };
    desk.submit(report, desk.heard()).await?;
    let shown = desk.board.current(&desk.site).await?;
    match find(&shown, &guest, &scan_id) {
        Some(HandCheckIn { taken_back: true, .. }) => stands(&desk, &shown, &guest),
        Some(HandCheckIn { taken_back: false, .. }) | None => Err(why_not(&desk, &guest, scan_id).await?),
    }
}

fn find<'a>(shown: &'a Shown, guest: &Name, scan_id: &Name) -> Option<&'a HandCheckIn> {
    let check_ins = &shown.present.check_ins;
    check_ins.iter().find(|check_in| (&check_in.guest, &check_in.scan_id) == (guest, scan_id))
}

fn stands(desk: &Desk, shown: &Shown, guest: &Name) -> Result<Response, Problem> {
    let directory: &Directory = &desk.site.directory.load();
    let of_guest = shown.present.visits.iter().filter(|view| view.code == *guest);
    let visits = of_guest.map(|view| overview::visit(view, directory)).collect();
    Ok(answer(to_json(&TakenBack { visits })?))
}

/// Why a check-in cannot be taken back.
async fn why_not(desk: &Desk, guest: &Name, scan_id: Name) -> Result<Problem, Problem> {
    let asked = scan_id.clone();
    let kept = desk.read(move |reader| reader.scan(Scan::DASHBOARD, asked.as_str())).await?;
    let of_guest = Subject::Guest(guest.clone()).to_string();
    let Some(row) = kept.filter(|row| row.subject == of_guest && row.device.starts_with("operator/")) else {
        return Ok(Problem::conflict(format!("{guest} was not checked in by hand with scan_id {scan_id}")));
    };
    let (done, within) = (row.received_at, Command::UNDO_WITHIN);
    Ok(Problem::conflict(if Command::can_undo(done, desk.site.clock.now()) {
        format!("{guest} has been scanned or received since {done}; a guest who is not here is to be scanned out")
    } else {
        format!("{guest} was checked in at {done}; that can be taken back for {within} only: scan the guest out")
    }))
}

/// The guest's code in the address.
fn guest(code: Result<Path<String>, PathRejection>) -> Result<Name, Problem> {
    let Path(code) = code.map_err(|fault| Problem::malformed(fault.body_text()))?;
    code.parse().map_err(|_| Problem::unknown("this is no code of a guest; GET /api/v1/plan lists them"))
}

fn broken() -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the check-in has no verdict; let the reception desk decide")
}
