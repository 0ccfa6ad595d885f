//! ntfy: <https://docs.ntfy.sh/publish/#publish-as-json>.
//!
//! A message has at most 4,096 bytes; 60 requests at once and one each five seconds after. An access token, where there
//! is one, is the secret. Works on site, without any internet. The status alone says whether it is accepted.

use reqwest::Url;
use serde_json::json;

use super::{Letter, Request};
use crate::facts::Severity;

/// Bytes of a message.
const BYTES_MAX: usize = 4_096;

pub(super) fn request(url: &Url, secret: Option<&str>, topic: &str, letter: &Letter<'_>) -> Request {
    let firing = letter.news.is_some_and(|news| !news.firing.is_empty());
    let (priority, tag) = match letter.severity() {
        Severity::Critical => (5, "rotating_light"),
        Severity::Warning => (4, "warning"),
        Severity::Info if firing => (3, "information_source"),
        Severity::Info => (2, "white_check_mark"),
    };
    let text = letter.plain(BYTES_MAX);
    let (title, message) = text.split_once('\n').unwrap_or((&text, &text));
    let body = json!({ "topic": topic, "title": title, "message": message, "priority": priority, "tags": [tag] });
    let headers = secret.map(|token| ("authorization", format!("Bearer {token}"))).into_iter().collect();
    Request { url: url.clone(), headers, body }
}
