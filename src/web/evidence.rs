//! `GET /api/v1/alerts/{id}/evidence`: the entries that made an alert.
//!
//! Its own changes with what caused each, and what was reported about whom it concerns: shortly before its rule was broken,
//! while the hold ran, and shortly before it was over. Shows only what is committed, and draws no conclusion.

use std::collections::BTreeMap;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::alerts::find;
use super::entries::EntryLine;
use super::ledger::shorten;
use super::overview::{answer, to_json};
use super::problem::Problem;
use super::site::Desk;
use crate::facts::plan::Plan;
use crate::facts::{Alert, Fact, Kind, Name, Seq, Span, Subject, Timestamp, Value};
use crate::journal::{JournalFault, Reader, Row};

/// Entries in one answer.
const ENTRIES_MAX: usize = 200;
/// Changes of the alert among them, each with its cause: the newest.
const CHANGES_MAX: usize = 40;
/// How long before a rule was broken, and before that was over, something may have led to it.
const LEAD: Span = Span::from_mins(10);
/// Guests of a trip whose scans are looked for.
const GUESTS_MAX: usize = 50;

/// What made an alert.
#[derive(Serialize, ToSchema)]
struct Evidence<'a> {
    /// In order: the alert's changes, what caused them, and what was reported about whom it concerns. Of a very long entry,
    /// as a plan is one, the body is `null`; it stands in the journal.
    entries: Vec<EntryLine<'a>>,
    /// There are more than the 200 that are told: those nearest to when the rule was broken, when the alert fired and when
    /// it was over are here.
    more: bool,
}

/// The entries that made an alert.
#[utoipa::path(
    get,
    path = "/api/v1/alerts/{id}/evidence",
    params(("id" = String, Path, description = "As `A-17`")),
    responses(
        (status = 200, body = Evidence),
        (status = 404, content_type = "application/problem+json", body = Problem),
        (status = 500, content_type = "application/problem+json", body = Problem),
        (status = 503, content_type = "application/problem+json", body = Problem),
    )
)]
pub(super) async fn evidence(
    State(desk): State<Desk>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let (number, alert) = find(&desk, id).await?;
    let now = desk.site.clock.now();
    let written = desk.read(move |reader| {
        let (mut found, mut more) = changes(reader, number)?;
        let subjects = concerned(reader, &alert)?;
        let stretches = stretches(&alert, now);
        for (n, (from, to)) in stretches.iter().enumerate() {
            // What one stretch does not need, the next ones may have.
            let share = ENTRIES_MAX.saturating_sub(found.len()) / (stretches.len() - n);
            let (rows, others) = reader.evidence(&subjects, *from, *to, share)?;
            more = more || others;
            found.extend(rows.into_iter().map(|row| (row.seq, row)));
        }
        found.values_mut().for_each(shorten);
        Ok(to_json(&Evidence { entries: found.values().map(EntryLine::of).collect(), more }))
    });
    Ok(answer(written.await??))
}

/// Its newest changes and their causes, by number, and whether there are others.
fn changes(reader: &Reader, number: u64) -> Result<(BTreeMap<Seq, Row>, bool), JournalFault> {
    let changes = reader.alert_history(number, CHANGES_MAX + 1)?;
    let more = changes.len() > CHANGES_MAX;
    let newest = changes.into_iter().skip(usize::from(more));
    let rows = newest.flat_map(|change| [Some(change.row), change.cause]).flatten();
    Ok((rows.map(|row| (row.seq, row)).collect(), more))
}

/// When its rule judged what made it: before it was broken, until it fired, and before it was over. One that has not fired
/// is judged up to now.
fn stretches(alert: &Alert, now: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    // The entry that came just then counts.
    let behind = |at: Timestamp| at.plus(Span::from_millis(1));
    let broken = behind(alert.pending_at);
    let held = behind(alert.fired_at.or(alert.resolved_at).unwrap_or(now)).max(broken);
    let over = alert.resolved_at.map(behind).filter(|over| *over > held);
    let before = |end: Timestamp, not_before: Timestamp| end.minus(LEAD).max(not_before);
    let all =
        [Some((alert.pending_at.minus(LEAD), broken)), Some((broken, held)), over.map(|end| (before(end, held), end))];
    all.into_iter().flatten().filter(|(from, to)| from < to).collect()
}

/// Whom it concerns: its subject, and who else is named in it.
fn concerned(reader: &Reader, alert: &Alert) -> Result<Vec<Subject>, JournalFault> {
    let text = |key: &str| match alert.values.get(key) {
        Some(Value::Text(text)) => text.as_str(),
        Some(Value::Number(_)) | None => "",
    };
    let names = |key: &str| text(key).split(',').filter_map(|name| name.parse::<Name>().ok()).collect::<Vec<_>>();
    let mut subjects = vec![alert.subject.clone()];
    subjects.extend(names("vehicle").into_iter().map(Subject::Vehicle));
    subjects.extend(names("code").into_iter().map(Subject::Guest));
    subjects.extend(names("kiosk_silent").into_iter().map(Subject::Kiosk));
    let trips: Vec<Name> = ["trip", "first_trip", "second_trip"].into_iter().flat_map(names).collect();
    if !trips.is_empty()
        && let Some(plan) = plan_at(reader, alert.fired_at.unwrap_or(alert.at))?
    {
        for trip in plan.trips.iter().filter(|trip| trips.contains(&trip.id)) {
            subjects.extend(trip.guests.iter().take(GUESTS_MAX).cloned().map(Subject::Guest));
        }
    }
    subjects.sort_unstable();
    subjects.dedup();
    Ok(subjects)
}

/// The plan that held at a moment.
fn plan_at(reader: &Reader, at: Timestamp) -> Result<Option<Plan>, JournalFault> {
    let upto = reader.between(Timestamp::MIN, at.plus(Span::from_millis(1)))?.last().map_or(0, |(_, upto)| *upto);
    let Some(row) = reader.latest_upto(Kind::Plan, upto)? else { return Ok(None) };
    Ok(match row.to_entry()?.fact {
        Fact::Plan(plan) => Some(*plan),
        _ => None,
    })
}
