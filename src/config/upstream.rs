//! `[upstream]`: the system above. Only HTTP is built; the other kinds say so.

use std::ops::RangeInclusive;
use std::path::Path;

use crate::document::{Fields, suggest};
use crate::facts::Span;

use super::settings::{UpstreamConfig, UpstreamRetry, UpstreamTimeout};
use super::values::{secret_file, size, url};

/// What the receiver is promised never to get more of in one request.
const BATCH_EVENTS_MAX: u32 = 500;
/// As much, and no less than one large event needs.
const BATCH_BYTES: RangeInclusive<u32> = 16 * 1024..=256 * 1024;
/// No part of a delivery is given up sooner or later.
const TIMEOUT: RangeInclusive<Span> = Span::from_millis(100)..=Span::from_mins(10);
/// Sooner would be a busy loop, later would be no try.
const RETRY: RangeInclusive<Span> = Span::from_millis(100)..=Span::from_mins(60);

/// Reads `[upstream]`.
pub(super) fn read(root: &Fields<'_>, folder: &Path) -> Option<UpstreamConfig> {
    let known = ["kind", "url", "token_file", "personal_data", "batch_events", "batch_bytes", "timeout", "retry"];
    let fields = root.table("upstream", &known);
    if !root.has("upstream") {
        return None;
    }
    match fields.raw_text("kind") {
        Some("http") | None => {}
        Some(kind @ ("mqtt" | "nats")) => {
            let what = format!("upstream kind \"{kind}\" is not in this version");
            fields.fault("kind", what, "use kind = \"http\", or take the section out and keep everything here");
            return None;
        }
        Some(other) => {
            let hint = suggest(other, "kinds", ["http"]);
            fields.fault("kind", format!("\"{other}\" is not a kind of upstream"), hint);
        }
    }
    fields.require("kind", "\"http\"");
    fields.require("url", "\"https://upstream.example/events\"");
    let url = url(&fields, "url", &["http", "https"], "https://upstream.example/events");
    let token_file = secret_file(&fields, "token_file", folder);
    let personal_data = fields.flag("personal_data").unwrap_or(false);
    let batch_events = fields.whole("batch_events", &(1..=i64::from(BATCH_EVENTS_MAX)));
    let batch_bytes = size(&fields, "batch_bytes", &BATCH_BYTES, *BATCH_BYTES.end());
    let (timeout, retry) = (timeout(&fields), retry(&fields));
    Some(UpstreamConfig {
        url: url?.to_string(),
        token_file,
        personal_data,
        batch_events: batch_events.map_or(BATCH_EVENTS_MAX, |events| events as u32),
        batch_bytes,
        timeout,
        retry,
    })
}

fn timeout(upstream: &Fields<'_>) -> UpstreamTimeout {
    let default = UpstreamTimeout::default();
    let table = upstream.table("timeout", &["connect", "answer", "total"]);
    let one = |key, default| table.span(key, &TIMEOUT).unwrap_or(default);
    let timeout = UpstreamTimeout {
        connect: one("connect", default.connect),
        answer: one("answer", default.answer),
        total: one("total", default.total),
    };
    if timeout.total < timeout.connect.max(timeout.answer) {
        let what = format!("the whole may take {}, less than one of its parts", timeout.total);
        upstream.fault("timeout", what, "take a total that is at least as long as connect and as answer");
    }
    timeout
}

fn retry(upstream: &Fields<'_>) -> UpstreamRetry {
    let default = UpstreamRetry::default();
    let table = upstream.table("retry", &["first", "most", "refused"]);
    let one = |key, default| table.span(key, &RETRY).unwrap_or(default);
    let retry = UpstreamRetry {
        first: one("first", default.first),
        most: one("most", default.most),
        refused: one("refused", default.refused),
    };
    if retry.most < retry.first {
        let what = format!("the longest wait, {}, is shorter than the first, {}", retry.most, retry.first);
        upstream.fault("retry", what, "take a longer most, or a shorter first");
    }
    retry
}
