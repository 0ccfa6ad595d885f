//! `[upstream]`: the system above. Only HTTP is built; the other kinds say so.

use std::path::Path;

use crate::document::{Fields, suggest};

use super::settings::UpstreamConfig;
use super::values::{secret_file, size, url};

/// What the receiver is promised never to get more of in one request.
const BATCH_EVENTS_MAX: u32 = 500;
/// As much, and no less than one large event needs.
const BATCH_BYTES: std::ops::RangeInclusive<u32> = 16 * 1024..=256 * 1024;

/// Reads `[upstream]`.
pub(super) fn read(root: &Fields<'_>, folder: &Path) -> Option<UpstreamConfig> {
    let known = ["kind", "url", "token_file", "personal_data", "batch_events", "batch_bytes"];
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
    Some(UpstreamConfig {
        url: url?.to_string(),
        token_file,
        personal_data,
        batch_events: batch_events.map_or(BATCH_EVENTS_MAX, |events| events as u32),
        batch_bytes,
    })
}
