//! What rooms measured over time: one room's chart, and a line for each of all rooms.
//!
//! Columns side by side, one element a step, `null` where nothing came: a chart breaks its line there. By the time that
//! readings came, as rules judge them by it (see the journal's minutes). Judges nothing and smooths nothing.

mod grid;

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use self::grid::{ALL_MAX, Grid, ONE_MAX, Since};
use super::body::Asked;
use super::overview::{answer, to_json};
use super::problem::Problem;
use super::site::Desk;
use crate::facts::{Metric, Milli, Name, Span, Subject, Timestamp};
use crate::journal::{Figure, Figures};

/// How far back a line for each room goes where nobody says it.
const LINE: Span = Span::from_mins(60);
/// Values in one answer of all rooms; a venue of 60 rooms with seven quantities has a tenth in a day of quarters.
const VALUES_MAX: usize = 1_000_000;

/// What is asked of rooms.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct HistoryQuery {
    /// One quantity or several with commas between, as `temperature,co2`; absent: all that there are.
    metric: Option<String>,
    /// The first moment; absent: midnight at the site before `to`, and for all rooms at once an hour before it. Taken from
    /// its whole minute on.
    #[param(inline)]
    from: Option<Timestamp>,
    /// The moment where it ends; absent: now.
    #[param(inline)]
    to: Option<Timestamp>,
    /// How long a step is, in whole minutes, as `5m`; absent: a round one that makes at most 300 steps. More than 2,000
    /// are refused.
    #[param(value_type = Option<String>)]
    step: Option<Span>,
}

impl HistoryQuery {
    fn metrics(&self) -> Result<Option<BTreeSet<Metric>>, Problem> {
        let read = |word: &str| {
            word.trim().parse().map_err(|()| {
                let words: Vec<&str> = Metric::ALL.iter().map(|metric| metric.word()).collect();
                Problem::malformed(format!("metric names a quantity that there is not; they are {}", words.join(", ")))
            })
        };
        self.metric.as_ref().map(|words| words.split(',').map(read).collect()).transpose()
    }

    fn grid(&self, since: Since<'_>, now: Timestamp, minutes_max: i64) -> Result<Grid, Problem> {
        Grid::of(grid::Asked { from: self.from, to: self.to, step: self.step }, since, now, minutes_max)
    }
}

/// One quantity over time: three columns, one element a step.
#[derive(Debug, Serialize, ToSchema)]
struct Columns {
    /// The lowest value of each step; `null` where no reading came.
    low: Vec<Option<Milli>>,
    /// The mean of its readings.
    mean: Vec<Option<Milli>>,
    /// The highest.
    high: Vec<Option<Milli>>,
}

/// One room over time.
#[derive(Debug, Serialize, ToSchema)]
struct RoomHistory {
    #[schema(value_type = String)]
    room: Name,
    /// Where the first step begins.
    from: Timestamp,
    /// As asked; the last step holds it or ends at it, and may go on for less than a step.
    to: Timestamp,
    /// Seconds from a step to the next.
    step_s: i64,
    /// Each quantity that was asked for, or that the room has.
    #[schema(value_type = BTreeMap<String, Columns>)]
    metrics: BTreeMap<Metric, Columns>,
}

/// All rooms over time.
#[derive(Debug, Serialize, ToSchema)]
struct RoomsHistory {
    /// Where the first step begins.
    from: Timestamp,
    /// As asked.
    to: Timestamp,
    /// Seconds from a step to the next.
    step_s: i64,
    /// Each room that measured something, with the mean of each step a quantity; `null` where no reading came.
    #[schema(value_type = BTreeMap<String, BTreeMap<String, Vec<Option<f64>>>>)]
    rooms: BTreeMap<String, BTreeMap<Metric, Vec<Option<Milli>>>>,
}

/// The figures of each quantity, by step.
struct Sheet {
    grid: Grid,
    /// None: all.
    wanted: Option<BTreeSet<Metric>>,
    columns: BTreeMap<Metric, Vec<Option<Figure>>>,
}

impl Sheet {
    const fn new(grid: Grid, wanted: Option<BTreeSet<Metric>>) -> Self {
        Self { grid, wanted, columns: BTreeMap::new() }
    }

    fn add(&mut self, minute: i64, figures: &Figures) {
        let Some(place) = self.grid.place(minute) else { return };
        for (metric, figure) in figures {
            if self.wanted.as_ref().is_none_or(|wanted| wanted.contains(metric)) {
                let column = self.columns.entry(*metric).or_insert_with(|| vec![None; self.grid.steps]);
                column[place] = Some(column[place].map_or(*figure, |before| before.with(*figure)));
            }
        }
    }

    /// Those that were asked for are there, also where nothing was measured.
    fn finish(mut self) -> BTreeMap<Metric, Vec<Option<Figure>>> {
        for metric in self.wanted.into_iter().flatten() {
            self.columns.entry(metric).or_insert_with(|| vec![None; self.grid.steps]);
        }
        self.columns
    }
}

impl Columns {
    fn of(column: &[Option<Figure>]) -> Self {
        let each = |value: fn(Figure) -> Milli| column.iter().map(|figure| figure.map(value)).collect();
        Self { low: each(Figure::low), mean: each(Figure::mean), high: each(Figure::high) }
    }
}

/// What one room measured over time.
#[utoipa::path(
    get,
    path = "/api/v1/rooms/{id}/history",
    params(("id" = String, Path, description = "As `lobby`"), HistoryQuery),
    responses(
        (status = 200, body = RoomHistory),
        (status = 400, content_type = "application/problem+json", body = Problem),
        (status = 404, content_type = "application/problem+json", body = Problem),
        (status = 500, content_type = "application/problem+json", body = Problem),
        (status = 503, content_type = "application/problem+json", body = Problem),
    )
)]
pub(super) async fn room(
    State(desk): State<Desk>,
    id: Result<Path<String>, PathRejection>,
    Asked(query): Asked<HistoryQuery>,
) -> Result<Response, Problem> {
    let unknown =
        || Problem::unknown("there is no such room; /api/v1/overview lists those that are planned or were heard");
    let room: Name = id.map_err(|_| unknown())?.0.parse().map_err(|_| unknown())?;
    let zone = TimeZone::get(&desk.site.view.time_zone).unwrap_or(TimeZone::UTC);
    let grid = query.grid(Since::Midnight(&zone), desk.site.clock.now(), ONE_MAX)?;
    let mut sheet = Sheet::new(grid, query.metrics()?);
    let asked = room.clone();
    let (sheet, heard) = desk
        .read(move |reader| {
            reader.room_minutes(&asked, grid.from, grid.end(), |minute, figures| sheet.add(minute, figures))?;
            let heard = !sheet.columns.is_empty() || reader.has_reported(&Subject::Room(asked))?;
            Ok((sheet, heard))
        })
        .await?;
    // The present is asked for only where the journal has nothing: it may have to wait for its turn.
    if !heard && !desk.board.current(&desk.site).await?.present.rooms.iter().any(|known| known.id == room) {
        return Err(unknown());
    }
    let metrics = sheet.finish().iter().map(|(metric, column)| (*metric, Columns::of(column))).collect();
    let Grid { from, to, .. } = grid;
    Ok(answer(to_json(&RoomHistory { room, from, to, step_s: grid.step_s(), metrics })?))
}

/// What all rooms measured over time, the means alone: for a small line a room.
#[utoipa::path(
    get,
    path = "/api/v1/rooms/history",
    params(HistoryQuery),
    responses(
        (status = 200, body = RoomsHistory),
        (status = 400, content_type = "application/problem+json", body = Problem),
        (status = 500, content_type = "application/problem+json", body = Problem),
        (status = 503, content_type = "application/problem+json", body = Problem),
    )
)]
pub(super) async fn rooms(State(desk): State<Desk>, Asked(query): Asked<HistoryQuery>) -> Result<Response, Problem> {
    let grid = query.grid(Since::Before(LINE), desk.site.clock.now(), ALL_MAX)?;
    let wanted = query.metrics()?;
    let sheets = desk
        .read(move |reader| {
            let (mut sheets, mut values) = (BTreeMap::new(), 0);
            reader.rooms_minutes(grid.from, grid.end(), |room, minute, figures| {
                if values > VALUES_MAX {
                    return;
                }
                if !sheets.contains_key(room) {
                    sheets.insert(room.to_owned(), Sheet::new(grid, wanted.clone()));
                }
                if let Some(sheet) = sheets.get_mut(room) {
                    let before = sheet.columns.len();
                    sheet.add(minute, figures);
                    values += (sheet.columns.len() - before) * grid.steps;
                }
            })?;
            Ok((values <= VALUES_MAX).then_some(sheets))
        })
        .await?;
    let too_many = || {
        let most = format!("all rooms have more than {VALUES_MAX} values in so many steps");
        Problem::malformed(format!("{most}; ask for a longer step, or name the quantities with metric"))
    };
    let means = |sheet: Sheet| {
        let mean = |column: Vec<Option<Figure>>| column.into_iter().map(|figure| figure.map(Figure::mean)).collect();
        sheet.columns.into_iter().map(|(metric, column)| (metric, mean(column))).collect()
    };
    let rooms: BTreeMap<String, BTreeMap<Metric, Vec<_>>> =
        sheets.ok_or_else(too_many)?.into_iter().map(|(room, sheet)| (room, means(sheet))).collect();
    let rooms = rooms.into_iter().filter(|(_, metrics)| !metrics.is_empty()).collect();
    let Grid { from, to, .. } = grid;
    Ok(answer(to_json(&RoomsHistory { from, to, step_s: grid.step_s(), rooms })?))
}
