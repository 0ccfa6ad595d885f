//! `GET /api/v1/journal`: pages of what was kept, as it is on the wire everywhere.
//!
//! Shows only what is committed. Does not follow: see `live`.

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::body::Asked;
use super::overview::{answer, to_json};
use super::problem::Problem;
use super::site::Desk;
use crate::facts::{Kind, Seq, Timestamp};
use crate::journal::{Lane, Order, Row, Search};

/// Entries in one answer; more are refused, so that nobody takes a short page for the end.
pub(super) const LIMIT_MAX: usize = 1_000;
/// Entries in an answer when nobody says how many.
const LIMIT_USUAL: usize = 100;
/// Bytes of bodies in one answer; beyond it the page ends early and `next` says where.
const PAGE_BYTES_MAX: usize = 4 << 20;

/// One entry.
#[derive(Serialize, ToSchema)]
#[schema(as = Entry)]
pub(super) struct EntryLine<'a> {
    seq: Seq,
    #[schema(value_type = Kind)]
    kind: &'static str,
    /// Whom it is about, as `guest/G-1`.
    subject: &'a str,
    /// Who reported it, as `kiosk/K01`.
    device: &'a str,
    /// When it happened, by the device's clock where that is plausible, else by ours.
    observed_at: Timestamp,
    /// When it came, by the gateway's clock.
    received_at: Timestamp,
    /// What it says; which members depends on the kind. `null` where the stored text is damaged.
    #[schema(value_type = Object)]
    body: &'a RawValue,
    /// BLAKE3 over the previous hash and the entry's canonical bytes, in hex.
    hash: String,
}

impl<'a> EntryLine<'a> {
    pub(super) fn of(row: &'a Row) -> Self {
        // A text that is no JSON was not written by us. It must not stop the pages that show the rest.
        let body = serde_json::from_str(&row.body).unwrap_or(RawValue::NULL);
        Self {
            seq: row.seq,
            kind: row.kind.word(),
            subject: &row.subject,
            device: &row.device,
            observed_at: row.observed_at.unwrap_or(row.received_at),
            received_at: row.received_at,
            body,
            hash: blake3::Hash::from_bytes(row.hash).to_hex().to_string(),
        }
    }
}

/// An entry's JSON, on one line.
pub fn json(row: &Row) -> Vec<u8> {
    // Texts, numbers and times always can be written.
    serde_json::to_vec(&EntryLine::of(row)).unwrap_or_default()
}

/// A page.
#[derive(Serialize, ToSchema)]
struct JournalPage<'a> {
    entries: Vec<EntryLine<'a>>,
    /// Ask with `after` this for what comes next; from the newest back, with `before` this, and with 0 there is nothing
    /// before. A page may be short or empty and not the last: one question looks at so many entries and no more.
    next: Seq,
}

/// Which come first.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum First {
    Oldest,
    Newest,
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct JournalQuery {
    /// Entries after this number; 0 or absent: from the oldest.
    after: Option<Seq>,
    /// Entries before this number, the newest first; with `order=newest` and without it: from the newest.
    before: Option<Seq>,
    /// `oldest` (when absent) or `newest` first.
    #[param(inline)]
    order: Option<First>,
    /// At most so many: 1 to 1,000, usually 100.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// Of this kind only.
    #[param(value_type = Option<Kind>)]
    kind: Option<String>,
    /// About this, as `room/lobby`, or about this kind of subjects, as `room`.
    subject: Option<String>,
    /// Reported by this, as `kiosk/K01`, or by this kind of devices, as `kiosk`.
    device: Option<String>,
}

impl JournalQuery {
    fn kind(&self) -> Result<Option<Kind>, Problem> {
        let Some(word) = &self.kind else { return Ok(None) };
        Kind::from_word(word).map(Some).ok_or_else(|| {
            let words: Vec<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
            Problem::malformed(format!("there is no such kind of entry; the kinds are {}", words.join(", ")))
        })
    }

    /// From where on. SQLite's numbers are signed; nothing comes after a larger one anyway.
    fn order(&self) -> Result<Order, Problem> {
        let cap = |seq: Seq| seq.min(i64::MAX as u64);
        match (self.order, self.after, self.before) {
            (None | Some(First::Newest), None, Some(before)) => Ok(Order::Before(cap(before))),
            (Some(First::Newest), None, None) => Ok(Order::Before(cap(Seq::MAX))),
            (None | Some(First::Oldest), after, None) => Ok(Order::After(cap(after.unwrap_or(0)))),
            (Some(First::Newest), Some(_), _) | (Some(First::Oldest), _, Some(_)) | (None, Some(_), Some(_)) => {
                let detail = "after goes with order=oldest, and before with order=newest; ask for one of them";
                Err(Problem::malformed(detail))
            }
        }
    }

    fn limit(&self) -> Result<usize, Problem> {
        let limit = self.limit.unwrap_or(LIMIT_USUAL);
        if (1..=LIMIT_MAX).contains(&limit) {
            return Ok(limit);
        }
        Err(Problem::malformed(format!("limit is {limit}; it must be 1 to {LIMIT_MAX}")))
    }
}

/// What was kept, in order.
#[utoipa::path(
    get,
    path = "/api/v1/journal",
    params(JournalQuery),
    responses(
        (status = 200, body = JournalPage),
        (status = 400, content_type = "application/problem+json", body = Problem),
        (status = 500, content_type = "application/problem+json", body = Problem),
    )
)]
pub(super) async fn journal(State(desk): State<Desk>, Asked(query): Asked<JournalQuery>) -> Result<Response, Problem> {
    let (kind, order, limit) = (query.kind()?, query.order()?, query.limit()?);
    let JournalQuery { subject, device, .. } = query;
    let written = desk.read(move |reader| {
        let page = match order {
            Order::After(after) if subject.is_none() && device.is_none() => {
                reader.read(kind.map_or(Lane::All, Lane::Kind), after, limit, PAGE_BYTES_MAX)?
            }
            Order::After(_) | Order::Before(_) => {
                let (entries_max, bytes_max) = (limit, PAGE_BYTES_MAX);
                reader.search(&Search { kind, subject, device, order, entries_max, bytes_max })?
            }
        };
        Ok(to_json(&JournalPage { entries: page.rows.iter().map(EntryLine::of).collect(), next: page.upto }))
    });
    Ok(answer(written.await??))
}
