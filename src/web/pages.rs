//! The dashboard's files, from the binary itself; without the feature `dashboard`, one page that names the API.
//!
//! Everything under `/assets/` has its content in its name and is kept for good; the rest is asked for again each
//! time and answered with 304 while it is the same. Nothing comes from outside. Each page has an address of its own,
//! to be kept, sent and opened again; they all are the one document, which looks at its address itself.

use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};

use super::problem::Problem;

/// The document that every page of the dashboard begins with.
const DOCUMENT: &str = "index.html";

/// Where the pages are, the start page at `/` aside; what stands below one is that page's own business (`/rooms/lobby`).
const PAGES: [&str; 9] = ["arrivals", "vehicles", "rooms", "alerts", "devices", "plan", "report", "system", "wall"];

/// Whatever is no route: a page or another file of the dashboard, or nothing.
pub(super) fn page(uri: &Uri, headers: &HeaderMap) -> Response {
    let path = uri.path().strip_prefix('/').unwrap_or_default();
    let path = if is_page(path) { DOCUMENT } else { path };
    file(path, headers).unwrap_or_else(|| {
        Problem::unknown("there is nothing at this address; the API is described at /api/openapi.json").into_response()
    })
}

/// Whether the dashboard has a page there.
fn is_page(path: &str) -> bool {
    let first = path.split_once('/').map_or(path, |(first, _)| first);
    path.is_empty() || PAGES.contains(&first)
}

#[cfg(feature = "dashboard")]
use dashboard::file;
#[cfg(feature = "dashboard")]
mod dashboard {
    use axum::body::Body;
    use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
    use axum::response::{IntoResponse, Response};

    /// Built by `build.rs` from `src/web/ui`.
    #[derive(rust_embed::RustEmbed)]
    #[folder = "$PORTICO_UI_DIST"]
    struct Dashboard;

    const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
    const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

    pub(super) fn file(path: &str, headers: &HeaderMap) -> Option<Response> {
        let file = Dashboard::get(path)?;
        let hash = blake3::Hash::from_bytes(file.metadata.sha256_hash()).to_hex();
        let tag = HeaderValue::try_from(format!("\"{hash}\"")).ok()?;
        let keep = if path.starts_with("assets/") { FOR_GOOD } else { ASK_AGAIN };
        let known = headers.get_all(header::IF_NONE_MATCH).iter().any(|tags| names(tags, &tag));
        let mut answer = if known {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let kind = HeaderValue::from_static(media_type(path));
            ([(header::CONTENT_TYPE, kind)], Body::from(file.data)).into_response()
        };
        answer.headers_mut().insert(header::ETAG, tag);
        answer.headers_mut().insert(header::CACHE_CONTROL, keep);
        Some(answer)
    }

    /// Whether a list of entity tags names ours (RFC 9110, 13.1.2, weak comparison).
    fn names(tags: &HeaderValue, ours: &HeaderValue) -> bool {
        let (Ok(tags), Ok(ours)) = (tags.to_str(), ours.to_str()) else { return false };
        tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == ours)
    }

    /// Of the files that the dashboard's build makes; anything else is bytes.
    fn media_type(path: &str) -> &'static str {
        match path.rsplit_once('.').map(|(_, ending)| ending) {
            Some("html") => "text/html; charset=utf-8",
            Some("js" | "mjs") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("svg") => "image/svg+xml",
            Some("png") => "image/png",
            Some("ico") => "image/x-icon",
            Some("woff2") => "font/woff2",
            Some("json" | "map") => "application/json",
            Some("webmanifest") => "application/manifest+json",
            Some("txt") => "text/plain; charset=utf-8",
            Some(_) | None => "application/octet-stream",
        }
    }
}

#[cfg(not(feature = "dashboard"))]
fn file(path: &str, _headers: &HeaderMap) -> Option<Response> {
    const PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Portico</title>\
        <p>Portico is running. This build has no dashboard; \
        its API is described at <a href=\"/api/openapi.json\">/api/openapi.json</a>.</p></html>\n";
    (path == DOCUMENT).then(|| axum::response::Html(PAGE).into_response())
}
