//! `GET /api/v1/vehicles/{id}/track`: where a vehicle was, for the map.
//!
//! Positions as they were kept, in the order of their own time where that is plausible, as rules take it, else of when they
//! came. More than [`POINTS_MAX`] are thinned. Judges nothing: a bad fix is shown where it says.

mod thin;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use self::thin::{Place, thin};
use super::body::Asked;
use super::overview::{answer, to_json};
use super::problem::Problem;
use super::report::ground::Point;
use super::site::Desk;
use crate::facts::{E7, Fact, Milli, Name, Position, Span, Subject, Timestamp};
use crate::journal::Row;

/// Points of one answer: a screen shows no more, and a phone draws them at once.
const POINTS_MAX: usize = 2_000;
/// How far back where nobody says it.
const USUAL: Span = Span::from_mins(60);
/// How much is told at once.
const MOST: Span = Span::from_mins(31 * 24 * 60);
/// A position whose own time is farther from ours than this is taken to have been when it came.
const PLAUSIBLE: Span = Span::from_mins(10);

/// Which stretch of time.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct TrackQuery {
    /// The first moment; absent: an hour before `to`.
    #[param(inline)]
    from: Option<Timestamp>,
    /// The moment where it ends; absent: now.
    #[param(inline)]
    to: Option<Timestamp>,
}

impl TrackQuery {
    fn stretch(&self, now: Timestamp) -> Result<(Timestamp, Timestamp), Problem> {
        let to = self.to.unwrap_or(now);
        let from = self.from.unwrap_or_else(|| to.minus(USUAL));
        if from > to {
            return Err(Problem::malformed(format!("from is {from}, which is after {to}, where the answer ends")));
        }
        if to.since(from) > MOST {
            let days = MOST.as_secs() / 86_400;
            let detail =
                format!("from {from} to {to} are more than the {days} days that are told at once; ask for less");
            return Err(Problem::malformed(detail));
        }
        Ok((from, to))
    }
}

/// Where it was at a moment.
#[derive(Debug, Serialize, ToSchema)]
struct TrackPoint {
    at: Timestamp,
    lat: E7,
    lon: E7,
    speed_kmh: Option<Milli>,
    course: Option<Milli>,
}

/// A vehicle's way.
#[derive(Debug, Serialize, ToSchema)]
struct Track {
    #[schema(value_type = String)]
    vehicle: Name,
    from: Timestamp,
    to: Timestamp,
    /// In the order of time.
    points: Vec<TrackPoint>,
    /// Some positions were left out, so that at most 2,000 are told: those without which the way, the turns and the stops
    /// are the same within a few metres.
    thinned: bool,
}

/// Where a vehicle was.
#[utoipa::path(
    get,
    path = "/api/v1/vehicles/{id}/track",
    params(("id" = String, Path, description = "As `car-1`"), TrackQuery),
    responses(
        (status = 200, body = Track),
        (status = 400, content_type = "application/problem+json", body = Problem),
        (status = 404, content_type = "application/problem+json", body = Problem),
        (status = 500, content_type = "application/problem+json", body = Problem),
        (status = 503, content_type = "application/problem+json", body = Problem),
    )
)]
pub(super) async fn track(
    State(desk): State<Desk>,
    id: Result<Path<String>, PathRejection>,
    Asked(query): Asked<TrackQuery>,
) -> Result<Response, Problem> {
    let unknown =
        || Problem::unknown("there is no such vehicle; /api/v1/overview lists those that are planned or were heard");
    let vehicle: Name = id.map_err(|_| unknown())?.0.parse().map_err(|_| unknown())?;
    let (from, to) = query.stretch(desk.site.clock.now())?;
    let subject = Subject::Vehicle(vehicle.clone());
    let (points, thinned, heard) = desk
        .read(move |reader| {
            // What was under way at the ends has a time of its own within them.
            let rows = reader.entries_about(&subject, from.minus(PLAUSIBLE), to.plus(PLAUSIBLE))?;
            let heard = !rows.is_empty() || reader.has_reported(&subject)?;
            let (points, thinned) = points(&rows, from, to);
            Ok((points, thinned, heard))
        })
        .await?;
    // The present is asked for only where the journal has nothing: it may have to wait for its turn.
    if !heard && !desk.board.current(&desk.site).await?.present.vehicles.iter().any(|known| known.id == vehicle) {
        return Err(unknown());
    }
    Ok(answer(to_json(&Track { vehicle, from, to, points, thinned })?))
}

fn points(rows: &[Row], from: Timestamp, to: Timestamp) -> (Vec<TrackPoint>, bool) {
    let mut known: Vec<(Timestamp, Position)> = rows.iter().filter_map(placed).collect();
    known.retain(|(at, _)| from <= *at && *at <= to);
    known.sort_by_key(|(at, _)| *at);
    let places: Vec<Place> = known.iter().map(|(at, position)| (*at, Point::of(position))).collect();
    let kept = thin(&places, POINTS_MAX);
    let thinned = kept.len() < known.len();
    let point = |at: usize| {
        let (at, Position { lat, lon, speed_kmh, course, .. }) = &known[at];
        TrackPoint { at: *at, lat: *lat, lon: *lon, speed_kmh: *speed_kmh, course: *course }
    };
    (kept.into_iter().map(point).collect(), thinned)
}

/// One that is damaged is nowhere.
fn placed(row: &Row) -> Option<(Timestamp, Position)> {
    let entry = row.to_entry().ok()?;
    let Fact::Position(position) = entry.fact else { return None };
    let lag = |observed: &Timestamp| row.received_at.since(*observed).as_millis().abs();
    let at = entry.observed_at.filter(|observed| lag(observed) <= PLAUSIBLE.as_millis()).unwrap_or(row.received_at);
    Some((at, position))
}
