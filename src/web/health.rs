//! Whether the gateway lives, whether it can do its work, and what it has counted.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::problem::Problem;
use super::site::Desk;
use crate::facts::{DeviceState, Present, RuleKind, Subject, Value};

/// A recorder that does not answer for this long is not ready.
const RECORDER_MAX: Duration = Duration::from_secs(2);

/// It lives.
#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    /// Always `ok`: what does not live does not answer.
    status: &'static str,
    /// The program's version.
    version: &'static str,
}

/// Liveness: the process answers.
#[utoipa::path(get, path = "/healthz", responses((status = 200, body = Health)))]
pub(super) async fn healthz() -> Json<Health> {
    Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

/// It can do its work.
#[derive(Serialize, ToSchema)]
pub(super) struct Readiness {
    /// Always true here; a gateway that is not ready answers 503.
    ready: bool,
    /// What is worth knowing though the gateway can work: links that are down, time not trusted.
    notes: Vec<String>,
}

/// Readiness: reports can be kept, and what was kept can be read.
#[utoipa::path(
    get,
    path = "/readyz",
    responses(
        (status = 200, body = Readiness),
        (status = 503, content_type = "application/problem+json", body = Problem, description = "Not ready; `reasons` says why"),
    )
)]
pub(super) async fn readyz(State(desk): State<Desk>) -> Result<Json<Readiness>, Problem> {
    let mut reasons = Vec::new();
    let mut notes = Vec::new();
    let failures = desk.site.recorder.failures();
    let begun = failures.borrow().begun;
    let asked = tokio::time::timeout(RECORDER_MAX, desk.site.recorder.present()).await;
    // Also where it failed while it was asked and goes on by now: the next one may fail as well.
    let meanwhile = || {
        let told = failures.borrow();
        told.last.clone().filter(|_| told.begun > begun)
    };
    let failing = desk.site.recorder.not_keeping().or_else(meanwhile);
    reasons.extend(failing.map(|fault| format!("nothing can be kept: {fault}")));
    match asked {
        Ok(Ok(present)) => notes = worth_knowing(&present, &desk.upstream.borrow()),
        // Said already: only where nothing can be kept is there nothing to tell.
        Ok(Err(_)) if !reasons.is_empty() => {}
        Ok(Err(fault)) => reasons.push(fault.to_string()),
        Err(_) => reasons.push(format!("the recorder has not answered for {} s", RECORDER_MAX.as_secs())),
    }
    if let Err(problem) = desk.read(crate::journal::Reader::newest).await {
        reasons.push(problem.detail().to_owned());
    }
    if reasons.is_empty() {
        return Ok(Json(Readiness { ready: true, notes }));
    }
    Err(Problem::not_now("the gateway cannot do its work").with_reasons(reasons))
}

/// What is read of how upstream stands.
#[derive(Deserialize)]
struct Upstream {
    state: String,
    reason: Option<String>,
}

fn worth_knowing(present: &Present, upstream: &RawValue) -> Vec<String> {
    let mut notes = Vec::new();
    if !present.clock.trusted {
        let reason = present.clock.reason.as_deref().unwrap_or("nobody vouches for it");
        notes.push(format!("time is not trusted: {reason}"));
    }
    for alert in present.alerts.iter().filter(|alert| matches!(alert.rule, RuleKind::DiskLow | RuleKind::DataGivenUp)) {
        if let Some(Value::Text(reason)) = alert.values.get("reason") {
            let part = if alert.rule == RuleKind::DiskLow { "disk" } else { "data" };
            notes.push(format!("{part}: {reason}"));
        }
    }
    for device in &present.devices {
        if let (Subject::Link(link), DeviceState::Offline) = (&device.id, device.state) {
            notes.push(format!("link {link} is down"));
        }
    }
    if let Ok(Upstream { state, reason: Some(reason) }) = serde_json::from_str(upstream.get())
        && matches!(state.as_str(), "offline" | "refused")
    {
        notes.push(format!("upstream is {state}: {reason}"));
    }
    notes
}

/// Everything counted, for Prometheus.
#[utoipa::path(
    get,
    path = "/metrics",
    responses((status = 200, content_type = "application/openmetrics-text", body = String))
)]
pub(super) async fn metrics(State(desk): State<Desk>) -> Result<Response, Problem> {
    let text = desk.site.counters.encode().map_err(|fault| {
        tracing::error!(%fault, "the counters could not be written");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the counters could not be written")
    })?;
    let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}
