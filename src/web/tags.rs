//! Entity tags: whether what a client has is still the same (RFC 9110, 13.1.2).

use axum::http::{HeaderMap, HeaderValue, header};

/// Whether the request names our tag, so that nothing need be sent again. The comparison is the weak one.
pub(super) fn known(headers: &HeaderMap, ours: &HeaderValue) -> bool {
    headers.get_all(header::IF_NONE_MATCH).iter().any(|tags| names(tags, ours))
}

fn names(tags: &HeaderValue, ours: &HeaderValue) -> bool {
    let (Ok(tags), Ok(ours)) = (tags.to_str(), ours.to_str()) else { return false };
    tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == ours)
}
