//! Answers in gzip for clients that take it. The quickest level: on a line it is much, and a processor it costs little.
//!
//! Leaves alone what is a stream, what has its coding or a tag already, and what is too small to gain. What many ask for
//! in the same form is not squeezed here, but once where it is made: see `board`.

use std::io::Write;

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::coding::{self, Coding};
use super::problem::Problem;

/// What is shorter fits into one packet anyway.
const BYTES_MIN: u64 = 1_400;
/// What is longer is no answer of ours.
const BYTES_MAX: u64 = 64 << 20;
/// Up to here it takes less time than the way to another thread is worth.
const AT_ONCE_MAX: usize = 16 << 10;

/// The middleware.
pub(super) async fn squeeze(request: Request, next: Next) -> Response {
    let takes = takes_gzip(request.headers());
    let mut answer = next.run(request).await;
    if !may_shrink(&answer) {
        return answer;
    }
    answer.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if !takes {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let squeezed = match to_bytes(body, BYTES_MAX as usize).await {
        Ok(bytes) if bytes.len() <= AT_ONCE_MAX => gzip(&bytes),
        Ok(bytes) => match tokio::task::spawn_blocking(move || gzip(&bytes)).await {
            Ok(squeezed) => squeezed,
            Err(fault) => return Problem::from(fault).into_response(),
        },
        Err(fault) => {
            tracing::error!(%fault, "an answer could not be taken in to be squeezed");
            let detail = "the answer could not be put together; ask again";
            return Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail).into_response();
        }
    };
    parts.headers.insert(header::CONTENT_ENCODING, Coding::Gzip.value());
    parts.headers.insert(header::CONTENT_LENGTH, squeezed.len().into());
    Response::from_parts(parts, Body::from(squeezed))
}

/// Whether the client would rather have gzip.
pub(super) fn takes_gzip(headers: &HeaderMap) -> bool {
    coding::choose(headers, &[Coding::Gzip]).is_some()
}

/// The bytes in gzip.
pub(super) fn gzip(bytes: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::fast());
    // Writing into memory does not fail.
    let squeezed = encoder.write_all(bytes).and_then(|()| encoder.finish());
    squeezed.unwrap_or_default().into()
}

fn may_shrink(answer: &Response) -> bool {
    let headers = answer.headers();
    let is_plain = !headers.contains_key(header::CONTENT_ENCODING) && !headers.contains_key(header::ETAG);
    let size = answer.body().size_hint().exact();
    is_plain && size.is_some_and(|size| (BYTES_MIN..=BYTES_MAX).contains(&size)) && is_text(headers)
}

fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    match kind {
        "text/event-stream" => false,
        "application/json" | "application/openmetrics-text" | "image/svg+xml" => true,
        kind => kind.starts_with("text/") || kind.ends_with("+json"),
    }
}
