//! `GET /api/v1/plan`: the day's visits as they stand, and what else the plan has. `PUT /api/v1/plan`: a new plan, shown
//! beside the old one or put in its place, whole or not at all.
//!
//! Checks nothing of a plan itself: whoever serves the site does, see [`PlanDesk`].

use std::fmt::Debug;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::Asked;
use super::overview::{VisitLine, answer, to_json, visits};
use super::problem::Problem;
use super::site::Desk;
use super::zones::ZonesDrawn;
use crate::facts::plan::{Booking, Plan, Post, Trip};
use crate::facts::{Fact, GuestCounts, Kind, Name, Seq};
use crate::journal::Row;
use crate::plan::{BYTES_MAX, Changes, Counts, Fault};

/// The longest name of a file that is taken, characters.
const FILE_CHARS_MAX: usize = 200;

/// Who weighs a new plan against the one that holds, and puts it in its place.
pub trait PlanDesk: Debug + Send + Sync {
    /// Weighs a plan, and takes it if that is asked for and nothing is wrong with it.
    fn propose(&self, proposal: Proposal) -> Pin<Box<dyn Future<Output = Result<Proposed, PlanRefusal>> + Send + '_>>;
}

/// A plan that somebody wants.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// What the file is called; faults name it, and its ending tells the format.
    pub file: PathBuf,
    /// The file.
    pub bytes: Vec<u8>,
    /// Who wants it.
    pub by: Option<Name>,
    /// The entry of the plan that they saw; where another holds by now, nothing is taken.
    pub held: Option<Seq>,
    /// Take it; else it is only looked at.
    pub apply: bool,
}

/// What a new plan changes, or has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Proposed {
    /// It holds now; false where it was only looked at.
    pub replaced: bool,
    /// The entry of the plan that holds now; none where there was never one. Say it as `If-Match` when you take the plan.
    pub entry: Option<Seq>,
    /// How much the new plan holds.
    pub counts: Counts,
    /// What differs from the plan that it takes the place of.
    pub changes: Changes,
}

/// Why a plan was not taken. The old one holds.
#[derive(Debug)]
pub enum PlanRefusal {
    /// It is wrong.
    Faults(Vec<Fault>),
    /// There is nothing in it.
    Empty,
    /// Another plan holds than the one that was looked at.
    Moved {
        /// The one that holds.
        entry: Option<Seq>,
    },
    /// Its file cannot be written.
    Unwritable(String),
    /// The journal did not take it.
    NotKept(String),
}

impl From<PlanRefusal> for Problem {
    fn from(refusal: PlanRefusal) -> Self {
        match refusal {
            PlanRefusal::Faults(faults) => {
                let count = if faults.len() == 1 { "1 fault".to_owned() } else { format!("{} faults", faults.len()) };
                Self::unfit(format!("the plan has {count}; the old one stays")).with_faults(faults)
            }
            PlanRefusal::Empty => Self::unfit("the plan is empty; the old one stays. Is this the right file?"),
            PlanRefusal::Moved { entry } => Self::conflict(format!(
                "the plan was replaced since you looked at it (it is entry {} now); look at the changes again",
                entry.map_or("none".to_owned(), |entry| entry.to_string())
            )),
            PlanRefusal::Unwritable(why) => Self::conflict(format!(
                "the plan's file cannot be written ({why}), so the old plan stays; let the user that runs portico write \
                 it and its folder, or name another in the configuration: [plan] file"
            )),
            PlanRefusal::NotKept(why) => {
                Self::not_now(format!("the plan was not kept: {why}; the old one stays. Send the same again"))
            }
        }
    }
}

/// The plan's visits as they stand, and what else the plan has.
#[derive(Serialize, ToSchema)]
struct DayPlan<'a> {
    guests: GuestCounts,
    /// How many vehicles are planned or heard.
    vehicles: usize,
    /// How many rooms are planned or heard.
    rooms: usize,
    visits: Vec<VisitLine<'a>>,
    /// Where vehicles may stand, and where guests are fetched.
    zones: ZonesDrawn,
    /// Vehicle runs: `{id, vehicle, guests, from, to, pickup_at}`.
    #[schema(value_type = Vec<Object>)]
    trips: Vec<Trip>,
    /// When rooms are used: `{room, from, to}`.
    #[schema(value_type = Vec<Object>)]
    bookings: Vec<Booking>,
    /// Who stands where: `{id, staff, place, from, to}`.
    #[schema(value_type = Vec<Object>)]
    posts: Vec<Post>,
}

/// The day's plan as it stands. The ETag is the number of its entry.
#[utoipa::path(
    get,
    path = "/api/v1/plan",
    responses(
        (status = 200, body = DayPlan),
        (status = 503, content_type = "application/problem+json", body = Problem),
    )
)]
pub(super) async fn plan(State(desk): State<Desk>) -> Result<Response, Problem> {
    // Before the present: a plan that comes meanwhile must not be taken for the one that is shown.
    let held = desk.read(|reader| reader.latest(Kind::Plan)).await?;
    let entry = held.as_ref().map(|row| row.seq);
    let shown = desk.board.current(&desk.site).await?;
    let site = Arc::clone(&desk.site);
    let written = tokio::task::spawn_blocking(move || {
        let (present, directory) = (&shown.present, site.directory.load());
        let (vehicles, rooms) = (present.vehicles.len(), present.rooms.len());
        let visits = visits(present, &directory);
        let Plan { zones, trips, bookings, posts, .. } = held.as_ref().and_then(kept).unwrap_or_default();
        let zones = ZonesDrawn::of(zones);
        to_json(&DayPlan { guests: present.guests, vehicles, rooms, visits, zones, trips, bookings, posts })
    });
    Ok(tagged(entry, answer(written.await??)))
}

/// The plan as it was kept. None where the entry is damaged: the visits stand all the same, and `portico verify` tells.
fn kept(row: &Row) -> Option<Plan> {
    match row.to_entry().ok()?.fact {
        Fact::Plan(plan) => Some(*plan),
        _ => None,
    }
}

/// How a new plan is sent.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Sent {
    /// What the file is called, as `plan.xlsx`: faults name it, and its ending tells CSV from JSON where its content does
    /// not.
    #[param(example = "plan.xlsx")]
    file: Option<String>,
    /// Only show what would change.
    #[serde(default)]
    preview: bool,
    /// Who sends it.
    #[param(value_type = Option<String>)]
    by: Option<Name>,
}

/// Puts a new plan (CSV, XLSX or JSON, as it is) in the place of the old one, or shows what that would change. A plan with
/// a fault is refused whole, with every fault, each with row and column.
#[utoipa::path(
    put,
    path = "/api/v1/plan",
    params(Sent, ("If-Match" = Option<String>, Header, description = "The ETag of the plan that was looked at")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, body = Proposed),
        (status = 400, content_type = "application/problem+json", body = Problem),
        (status = 409, content_type = "application/problem+json", body = Problem,
            description = "Another plan holds by now, or its file cannot be written"),
        (status = 413, content_type = "application/problem+json", body = Problem),
        (status = 422, content_type = "application/problem+json", body = Problem, description = "Every fault of it"),
        (status = 503, content_type = "application/problem+json", body = Problem),
    )
)]
pub(super) async fn put(
    State(desk): State<Desk>,
    Asked(Sent { file, preview, by }): Asked<Sent>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let held = held(&headers)?;
    let file = file.unwrap_or_else(|| "plan".to_owned());
    if file.is_empty() || file.chars().count() > FILE_CHARS_MAX || file.chars().any(char::is_control) {
        return Err(Problem::malformed(format!(
            "file must be the name of a file, at most {FILE_CHARS_MAX} characters"
        )));
    }
    let bytes = to_bytes(request.into_body(), BYTES_MAX).await.map_err(|_| {
        let most = BYTES_MAX >> 20;
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the plan has more than {most} MiB, or it ended early"))
    })?;
    let proposal = Proposal { file: PathBuf::from(file), bytes: bytes.into(), by, held, apply: !preview };
    // Carried to its end also where whoever asked goes away meanwhile: a plan is replaced whole or not at all.
    let site = Arc::clone(&desk.site);
    let proposed = tokio::spawn(async move { site.plan_desk.propose(proposal).await }).await??;
    Ok(tagged(proposed.entry, answer(to_json(&proposed)?)))
}

/// The entry that `If-Match` names.
fn held(headers: &HeaderMap) -> Result<Option<Seq>, Problem> {
    let Some(tag) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let entry = tag.to_str().ok().and_then(|tag| tag.trim().strip_prefix('"')?.strip_suffix('"')?.parse().ok());
    entry.map(Some).ok_or_else(|| Problem::malformed("If-Match must be the ETag of GET /api/v1/plan, as \"17\""))
}

fn tagged(entry: Option<Seq>, answer: Response) -> Response {
    let tag = entry.and_then(|entry| HeaderValue::from_str(&format!("\"{entry}\"")).ok());
    match tag {
        Some(tag) => ([(header::ETAG, tag)], answer).into_response(),
        None => answer,
    }
}
