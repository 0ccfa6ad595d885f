//! Says what went wrong, the same way everywhere: `application/problem+json` (RFC 9457).
//!
//! Every sentence names what failed and what to do. Nothing of the machine (paths, stack traces) is in it.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::journal::JournalFault;
use crate::plan::Fault;
use crate::recorder::NotKept;

/// The media type of RFC 9457.
pub(super) const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Why a request was not fulfilled.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Problem {
    /// Always `about:blank`: the status says the kind of problem, `detail` says the rest (RFC 9457, 4.2.1).
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    /// The HTTP status.
    #[schema(value_type = u16)]
    #[serde(serialize_with = "number")]
    status: StatusCode,
    /// What failed, on what, and what to do.
    detail: String,
    /// Every single fault, where there is more than one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
    /// Every fault of a file, each with its place and what to do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<Fault>,
    #[serde(skip)]
    extra: Option<Box<(HeaderName, HeaderValue)>>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Unknown status"),
            status,
            detail: detail.into(),
            reasons: Vec::new(),
            faults: Vec::new(),
            extra: None,
        }
    }

    /// 400: the request itself is malformed.
    pub(super) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// 404.
    pub(super) fn unknown(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// 409: understood, but not in this state.
    pub(super) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    /// 422: JSON, but not what is asked for.
    pub(super) fn unfit(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// 503: not now; the same request may work later.
    pub(super) fn not_now(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
            .with_header(header::RETRY_AFTER, HeaderValue::from_static("1"))
    }

    pub(super) fn with_reasons(self, reasons: Vec<String>) -> Self {
        Self { reasons, ..self }
    }

    pub(super) fn with_faults(self, faults: Vec<Fault>) -> Self {
        Self { faults, ..self }
    }

    pub(super) fn with_header(self, name: HeaderName, value: HeaderValue) -> Self {
        Self { extra: Some(Box::new((name, value))), ..self }
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    pub(super) fn detail(&self) -> &str {
        &self.detail
    }
}

impl IntoResponse for Problem {
    fn into_response(mut self) -> Response {
        let extra = self.extra.take();
        let mut response = (self.status, [(header::CONTENT_TYPE, PROBLEM_JSON)], Json(&self)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, PROBLEM_JSON);
        if let Some((name, value)) = extra.map(|header| *header) {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

/// A report that is not on disk is never answered as if it were.
impl From<NotKept> for Problem {
    fn from(fault: NotKept) -> Self {
        Self::not_now(format!("nothing was kept: {fault}; send the same again"))
    }
}

impl From<JournalFault> for Problem {
    fn from(fault: JournalFault) -> Self {
        tracing::error!(%fault, "the journal could not be read for a request");
        let detail = "the journal could not be read; the gateway's log says why, and `portico verify` examines it";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    }
}

/// A blocking read that ended without an answer: the gateway is stopping, or the reading code failed.
impl From<tokio::task::JoinError> for Problem {
    fn from(fault: tokio::task::JoinError) -> Self {
        tracing::error!(%fault, "a read ended without an answer");
        Self::not_now("the read ended without an answer; ask again")
    }
}
