//! `GET /api/v1/report`: a day in figures, as JSON, as a page to print, or for a spreadsheet.
//!
//! Made away from the threads that answer, in short turns at the database, one report at a time: whoever else asks waits
//! for the turn, and nothing waits for a report. Measures nothing itself: see `report`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::body::Asked;
use super::overview::{answer, to_json};
use super::problem::Problem;
use super::report::{self, DayReport, Language, ReportDay, ReportSite};
use super::site::Desk;
use crate::conservation;

/// As what.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ReportFormat {
    /// Figures with keys.
    #[default]
    Json,
    /// A page to read and to print.
    Html,
    /// A figure a line, for a spreadsheet.
    Csv,
}

/// Which report.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ReportQuery {
    /// `today` (when absent), `yesterday`, or a date at the site, as `2026-11-30`.
    day: Option<String>,
    /// `json` (when absent), `html` or `csv`.
    #[param(inline)]
    format: Option<ReportFormat>,
    /// The language of `html` and `csv`: `zh-CN` or `en`; when absent, the site's.
    lang: Option<String>,
}

/// A day in figures.
#[utoipa::path(
    get,
    path = "/api/v1/report",
    params(ReportQuery),
    responses(
        (status = 200, content((DayReport = "application/json"), (String = "text/html"), (String = "text/csv"))),
        (status = 400, content_type = "application/problem+json", body = Problem),
        (status = 500, content_type = "application/problem+json", body = Problem),
        (status = 503, content_type = "application/problem+json", body = Problem),
    )
)]
pub(super) async fn report(State(desk): State<Desk>, Asked(query): Asked<ReportQuery>) -> Result<Response, Problem> {
    let view = &desk.site.view;
    let zone = TimeZone::get(&view.time_zone).unwrap_or(TimeZone::UTC);
    let now = desk.site.clock.now();
    let day = ReportDay::asked(query.day.as_deref().unwrap_or("today"), &zone, now)
        .map_err(|fault| Problem::malformed(format!("day: {fault}")))?;
    let tag = query.lang.as_deref().unwrap_or(&view.language);
    let language: Language = tag.parse().map_err(|fault| Problem::malformed(format!("lang: {fault}")))?;
    let site = ReportSite { id: view.id.clone(), name: view.name.clone(), time_zone: view.time_zone.clone() };
    let format = query.format.unwrap_or_default();
    let turn = Arc::clone(&desk.reports).acquire_owned().await;
    let turn = turn.map_err(|_| Problem::not_now("the gateway is stopping"))?;
    let books = desk.site.counters.ledger.books();
    let written = desk.read(move |reader| {
        let _turn = turn;
        let heard = conservation::take(reader, &books)?;
        let report = report::take(reader, &day, site, now, Some(heard))?;
        Ok(write(&report, &day, language, format))
    });
    written.await?
}

fn write(report: &DayReport, day: &ReportDay, language: Language, format: ReportFormat) -> Result<Response, Problem> {
    match format {
        ReportFormat::Json => Ok(answer(to_json(report)?)),
        ReportFormat::Html => {
            let page = report::to_html(report, day, language).map_err(|fault| {
                tracing::error!(%fault, "the page of a report could not be written");
                let detail = "the page could not be written; please report this";
                Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
            })?;
            let kind = [
                (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
                (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(report::policy())),
            ];
            Ok((kind, page).into_response())
        }
        ReportFormat::Csv => {
            let name = format!("attachment; filename=\"report-{}.csv\"", report.day);
            let kind =
                [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, name.as_str())];
            Ok((kind, report::to_csv(report, day, language)).into_response())
        }
    }
}
