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
    let path = if is_page(uri.path()) { DOCUMENT } else { uri.path().strip_prefix('/').unwrap_or_default() };
    file(path, headers).unwrap_or_else(|| {
        Problem::unknown("there is nothing at this address; the API is described at /api/openapi.json").into_response()
    })
}

/// Whether the dashboard has a page there.
pub(super) fn is_page(path: &str) -> bool {
    let path = path.strip_prefix('/').unwrap_or_default();
    let first = path.split_once('/').map_or(path, |(first, _)| first);
    path.is_empty() || PAGES.contains(&first)
}

#[cfg(feature = "dashboard")]
use dashboard::file;
#[cfg(feature = "dashboard")]
mod dashboard {
    use std::borrow::Cow;
    use std::io::Read;

    use axum::body::Body;
    use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
    use axum::response::{IntoResponse, Response};
    use flate2::read::GzDecoder;
    use rust_embed::EmbeddedFile;

    use crate::web::coding::{self, Coding};
    use crate::web::tags;

    /// Built by `build.rs` from `src/web/ui`. What shrinks is in it in gzip and Brotli alone.
    #[derive(rust_embed::RustEmbed)]
    #[folder = "$PORTICO_UI_DIST"]
    struct Dashboard;

    const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
    const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

    /// The codings of ours, the smallest first, and how the name of a file in it ends.
    const FORMS: [(Coding, &str); 2] = [(Coding::Brotli, ".br"), (Coding::Gzip, ".gz")];

    /// A file in one of its forms, with the tag of that form.
    struct Form {
        coding: Option<Coding>,
        bytes: Cow<'static, [u8]>,
        tag: String,
    }

    impl Form {
        fn of(file: EmbeddedFile, coding: Option<Coding>) -> Self {
            let hash = blake3::Hash::from_bytes(file.metadata.sha256_hash()).to_hex();
            Self { coding, bytes: file.data, tag: hash.to_string() }
        }

        /// As it was before: for the rare client that takes no coding.
        fn plain(mut self) -> Option<Self> {
            let mut plain = Vec::new();
            GzDecoder::new(self.bytes.as_ref()).read_to_end(&mut plain).ok()?;
            self.tag.push_str("-plain");
            Some(Self { coding: None, bytes: plain.into(), tag: self.tag })
        }
    }

    /// The form that the client likes best, and whether there are others.
    fn form(path: &str, headers: &HeaderMap) -> Option<(Form, bool)> {
        if FORMS.iter().any(|(_, ending)| path.ends_with(ending)) {
            return None;
        }
        let of = |ending: &str| Dashboard::get(&format!("{path}{ending}"));
        let offered: Vec<Coding> =
            FORMS.iter().filter(|(_, ending)| of(ending).is_some()).map(|(coding, _)| *coding).collect();
        let chosen = coding::choose(headers, &offered);
        let form = match FORMS.iter().find(|(coding, _)| Some(*coding) == chosen) {
            Some((coding, ending)) => Form::of(of(ending)?, Some(*coding)),
            None => match Dashboard::get(path) {
                Some(file) => Form::of(file, None),
                None => Form::of(of(".gz")?, None).plain()?,
            },
        };
        Some((form, !offered.is_empty()))
    }

    pub(super) fn file(path: &str, headers: &HeaderMap) -> Option<Response> {
        let (form, varies) = form(path, headers)?;
        let tag = HeaderValue::try_from(format!("\"{}\"", form.tag)).ok()?;
        let keep = if path.starts_with("assets/") { FOR_GOOD } else { ASK_AGAIN };
        let mut answer = if tags::known(headers, &tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let kind = HeaderValue::from_static(media_type(path));
            let mut answer = ([(header::CONTENT_TYPE, kind)], Body::from(form.bytes)).into_response();
            if let Some(coding) = form.coding {
                answer.headers_mut().insert(header::CONTENT_ENCODING, coding.value());
            }
            answer
        };
        let headers = answer.headers_mut();
        headers.insert(header::ETAG, tag);
        headers.insert(header::CACHE_CONTROL, keep);
        if varies {
            headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
        Some(answer)
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
