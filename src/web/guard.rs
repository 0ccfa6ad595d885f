//! Stands before every route: lets in who may ask, and puts the same safe headers on every answer.
//!
//! There are no users yet and the gateway listens on loopback only. What could still reach it is a web page in a
//! browser on this machine: by a name that resolves to loopback (DNS rebinding), or by sending forms across sites.
//! Knows no route and no data.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::{PROBLEM_JSON, Problem};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Everything comes from the gateway itself; nothing is inlined, framed or sent elsewhere.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
);

/// The middleware.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    let refusal = misdirected(&request).or_else(|| cross_site(&request));
    let answer = match refusal {
        Some(problem) => problem.into_response(),
        None => as_problem(next.run(request).await),
    };
    with_headers(answer)
}

/// A request for a host that is not this machine: a page elsewhere has pointed its own name at us.
fn misdirected(request: &Request) -> Option<Problem> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let named = hosts.next().and_then(|host| host.to_str().ok());
    let only = hosts.next().is_none();
    let target = request.uri().authority().map(Authority::as_str);
    if only && named.is_some_and(is_loopback) && target.is_none_or(is_loopback) {
        return None;
    }
    let detail =
        "this gateway answers to localhost and loopback addresses only; ask by http://localhost or http://127.0.0.1";
    Some(Problem::new(StatusCode::MISDIRECTED_REQUEST, detail))
}

fn is_loopback(authority: &str) -> bool {
    let Ok(parsed) = authority.parse::<Authority>() else { return false };
    let host = parsed.host();
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    let loopback = bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    loopback && !authority.contains('@')
}

/// A browser on behalf of another site. Programs that are no browsers send neither header and pass.
fn cross_site(request: &Request) -> Option<Problem> {
    let headers = request.headers();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let foreign_origin = !reads && headers.get(header::ORIGIN).is_some_and(|origin| !is_own(origin, headers));
    let foreign_page = headers.get(SEC_FETCH_SITE).is_some_and(|site| site == "cross-site" || site == "same-site");
    // Following a link to the dashboard from elsewhere is a person's choice and reads nothing for the other page.
    let followed = reads && headers.get(SEC_FETCH_MODE).is_some_and(|mode| mode == "navigate");
    (foreign_origin || (foreign_page && !followed)).then(|| {
        Problem::new(
            StatusCode::FORBIDDEN,
            "the request comes from a page of another site; only the gateway's own pages may ask",
        )
    })
}

/// Whether an `Origin` is the very host and port that the request went to.
fn is_own(origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let (Ok(origin), Some(Ok(host))) = (origin.to_str(), headers.get(header::HOST).map(HeaderValue::to_str)) else {
        return false;
    };
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

/// Errors that the web framework words itself become problems as well.
fn as_problem(response: Response) -> Response {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let kind = response.headers().get(header::CONTENT_TYPE).map_or(&[][..], HeaderValue::as_bytes);
    // A page for a person says by itself what is the matter; the framework's words are plain text.
    if !is_error || kind == PROBLEM_JSON.as_bytes() || kind.starts_with(b"text/html") {
        return response;
    }
    let allow = response.headers().get(header::ALLOW).cloned();
    let problem = Problem::new(status, "the request could not be understood; see /api/openapi.json");
    match allow {
        Some(allow) => problem.with_header(header::ALLOW, allow).into_response(),
        None => problem.into_response(),
    }
}

fn with_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    // A page that stands alone has a narrower one of its own.
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(POLICY);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn only_loopback_is_loopback() {
        for host in ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "127.9.9.9", "[::1]", "[::1]:80"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "10.0.0.1",
            "[::2]",
            "evil@localhost",
            "localhost@evil.example",
            "127.0.0.1.nip.io",
            "0.0.0.0",
            "localhost evil",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    fn asked(method: &str, headers: &[(&str, &str)]) -> bool {
        let mut request = Request::builder().method(method).uri("/api/v1/scans").header("host", "localhost:8080");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        cross_site(&request.body(Body::empty()).unwrap()).is_none()
    }

    #[test]
    fn only_our_own_pages_may_post() {
        assert!(asked("POST", &[]));
        assert!(asked("POST", &[("origin", "http://localhost:8080"), ("sec-fetch-site", "same-origin")]));
        assert!(!asked("POST", &[("origin", "http://localhost:8081")]));
        assert!(!asked("POST", &[("origin", "null")]));
        assert!(!asked("POST", &[("origin", "http://evil.example")]));
        assert!(!asked("POST", &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")]));
        assert!(!asked("GET", &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")]));
        assert!(asked("GET", &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")]));
        assert!(asked("GET", &[("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate")]));
    }
}
