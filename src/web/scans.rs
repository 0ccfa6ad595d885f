//! `POST /api/v1/scans`: a scan from a device that speaks HTTP, answered like one over MQTT.
//!
//! Answers after the commit. A scan that is not understood is refused and kept as `rejected`, like any bad input.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::{BodyRefused, JsonBytes};
use super::overview::{answer, to_json};
use super::problem::Problem;
use super::site::{Desk, LINK};
use crate::counters::OfLink;
use crate::counters::ledger::{Fate, Slip};
use crate::facts::{Direction, Fact, Name, Rejected, Report, Scan, Subject, Timestamp};
use crate::plan::VerdictAnswer;

/// A guest held a code to a kiosk.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ScanReport)]
pub(super) struct ScanBody {
    /// The kiosk's own id of this scan; the same id from the same kiosk is the same scan, and gets the same verdict.
    scan_id: Name,
    /// The code on the badge or invitation.
    code: Name,
    /// Which kiosk.
    kiosk: Name,
    /// When, by the kiosk's clock.
    at: Option<Timestamp>,
    /// In or out; in when absent.
    direction: Option<Direction>,
    /// Which entrance.
    point: Option<Name>,
    /// How it was read (`qr`, `nfc`, `face`, `manual` …).
    method: Option<Name>,
    /// How long the check-in took, seconds.
    duration_s: Option<u32>,
}

impl ScanBody {
    fn into_report(self) -> (Scan, Report) {
        let scan = Scan {
            scan_id: self.scan_id,
            code: self.code,
            kiosk: self.kiosk.clone(),
            direction: self.direction.unwrap_or_default(),
            point: self.point,
            method: self.method,
            duration_s: self.duration_s,
            ruling: None,
        };
        let fact = Fact::Scan(scan.clone());
        (scan, Report { device: Subject::Kiosk(self.kiosk), observed_at: self.at, fact, awaited: true })
    }
}

/// Reports a scan and gets the verdict.
#[utoipa::path(
    post,
    path = "/api/v1/scans",
    request_body = ScanBody,
    responses(
        (status = 200, body = VerdictAnswer, description = "The verdict; the scan is on disk"),
        BodyRefused,
    )
)]
pub(super) async fn scan(State(desk): State<Desk>, body: Result<JsonBytes, Problem>) -> Result<Response, Problem> {
    let slip = desk.heard();
    let body = match body {
        Ok(body) => body,
        Err(problem) => {
            slip.ended(Fate::TurnedAway(at_the_door(&problem)));
            return Err(problem);
        }
    };
    let asked: ScanBody = match body.read() {
        Ok(asked) => asked,
        Err(problem) => return Err(refuse(&desk, &body, problem, slip).await),
    };
    let (scan, report) = asked.into_report();
    let receipt = desk.submit(report, slip).await?;
    let Some(ruling) = receipt.ruling else {
        tracing::error!(seq = receipt.seq, "a scan was kept without a verdict");
        return Err(Problem::not_now("the scan is kept, but the rules gave no verdict; let the reception desk decide"));
    };
    let directory = desk.site.directory.load();
    Ok(answer(to_json(&directory.answer(&scan, &ruling))?))
}

/// The word for a body that was not taken in at all.
fn at_the_door(problem: &Problem) -> &'static str {
    match problem.status() {
        StatusCode::PAYLOAD_TOO_LARGE => "body_bytes_max",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "not_declared_json",
        _ => "ended_early",
    }
}

/// Keeps what was not understood, with the reason that its sender gets.
async fn refuse(desk: &Desk, body: &JsonBytes, problem: Problem, slip: Slip) -> Problem {
    let Ok(link) = LINK.parse::<Name>() else { return problem };
    let kept = &body.0[..body.0.len().min(Rejected::RAW_MAX)];
    let rejected = Rejected {
        link: format!("{LINK} /api/v1/scans"),
        reason: problem.detail().to_owned(),
        raw: base64::engine::general_purpose::STANDARD.encode(kept),
        bytes: body.0.len() as u64,
    };
    let report =
        Report { device: Subject::Link(link), observed_at: None, fact: Fact::Rejected(rejected), awaited: true };
    desk.site.counters.rejected.get_or_create(&OfLink { link: LINK.to_owned() }).inc();
    let word = if problem.status() == StatusCode::BAD_REQUEST { "not_json" } else { "not_a_scan" };
    match desk.submit(report, slip.rejected(word)).await {
        Ok(_) => problem,
        // Its sender may send it again, and then it is kept.
        Err(not_kept) => not_kept,
    }
}
