//! Reads a day from the journal, a page at a time, and has it folded into its report.
//!
//! Promises short turns at the database, so that neither the recorder nor its log waits for a reader. An entry that can no
//! longer be read is counted and passed by. Adds nothing up itself: see `tally`.

use super::day::ReportDay;
use super::tally::{Before, Tally};
use super::terms::Terms;
use super::{DayReport, ReportSite};
use crate::conservation::Conservation;
use crate::facts::plan::Plan;
use crate::facts::{Command, Entry, Fact, Kind, Seq, Timestamp};
use crate::journal::{JournalFault, Lane, Reader};

/// Entries that are read at once.
const ENTRIES_MAX: usize = 2_000;
/// Bytes of them.
const BYTES_MAX: usize = 4 << 20;

/// The report of a day as it stands `now`. What a running gateway knows of everything that was heard goes with it where it
/// is about the day.
///
/// # Errors
/// When the journal cannot be read.
pub fn take(
    reader: &Reader,
    day: &ReportDay,
    site: ReportSite,
    now: Timestamp,
    conservation: Option<Conservation>,
) -> Result<DayReport, JournalFault> {
    let until = now.clamp(day.from, day.to);
    let stretches = reader.between(day.from, day.to)?;
    // Where nothing came on the day, what held is what was ordered last before it.
    let last = match stretches.last() {
        Some((_, upto)) => *upto,
        None => reader.between(Timestamp::MIN, day.to)?.last().map_or(0, |(_, upto)| *upto),
    };
    let first = stretches.first().map_or(last, |(after, _)| *after);
    let trusted = match reader.latest_upto(Kind::Clock, first)?.map(|row| row.to_entry().map(|entry| entry.fact)) {
        Some(Ok(Fact::Clock(clock))) => clock.trusted,
        // Nothing was said of it: by its first entry a gateway says how its clock stands.
        Some(_) | None => true,
    };
    let plan = plan_of(reader, day, last)?;
    let mut tally = Tally::new(Before { until, plan, terms: terms_at(reader, first)?, trusted, day: day.clone() });
    let (mut numbers, mut given_up) = (0, 0);
    for (after, upto) in stretches {
        each(reader, Lane::All, after, upto, |entry| match entry {
            Ok(entry) => tally.push(&entry),
            Err(seq) => tally.unreadable(seq),
        })?;
        numbers += upto - after;
        given_up += reader.count_given_up(after, upto)?;
    }
    // A kiosk that was cut off may have told of the day later, and alerts of the day fire, are taken on and end later: also
    // one whose hold was over while the gateway was off, which fires at its deadline when it is back.
    let newest = reader.newest()?;
    // A check-in by hand at its very end is taken back on the next one.
    each(reader, Lane::Kind(Kind::Command), last, newest, |entry| {
        if let Ok(entry @ Entry { fact: Fact::Command(command), .. }) = &entry {
            tally.command(entry, command);
        }
    })?;
    each(reader, Lane::Kind(Kind::Scan), last, newest, |entry| {
        if let Ok(entry @ Entry { fact: Fact::Scan(scan), .. }) = &entry {
            tally.scan(entry, scan);
        }
    })?;
    each(reader, Lane::Kind(Kind::Alert), last, newest, |entry| {
        if let Ok(Fact::Alert(alert)) = entry.map(|entry| entry.fact) {
            tally.alert(&alert);
        }
    })?;
    let of_day = |books: &Conservation| books.since.is_some_and(|since| since < day.to);
    let report = tally.finish(site, &reader.people()?, (numbers, given_up));
    Ok(DayReport { conservation: conservation.filter(of_day), ..report })
}

/// Calls `each` for the entries of a lane after one number up to another, in order; of one that cannot be read with its
/// number.
fn each(
    reader: &Reader,
    lane: Lane,
    mut after: Seq,
    upto: Seq,
    mut each: impl FnMut(Result<Entry, Seq>),
) -> Result<(), JournalFault> {
    while after < upto {
        let page = reader.read(lane, after, ENTRIES_MAX, BYTES_MAX)?;
        for row in page.rows.iter().take_while(|row| row.seq <= upto) {
            each(row.to_entry().map_err(|_| row.seq));
        }
        after = page.upto;
    }
    Ok(())
}

/// The plan that held for a day: the newest up to its end that has anything on it, because the next day's may be put in its
/// place in the evening already. Where none has, the newest.
fn plan_of(reader: &Reader, day: &ReportDay, last: Seq) -> Result<Plan, JournalFault> {
    let (mut newest, mut upto) = (None, last);
    while let Some(row) = reader.latest_upto(Kind::Plan, upto)? {
        upto = row.seq.saturating_sub(1);
        let Ok(Fact::Plan(plan)) = row.to_entry().map(|entry| entry.fact) else { continue };
        if has_any_of(&plan, day) {
            return Ok(*plan);
        }
        newest.get_or_insert(*plan);
    }
    Ok(newest.unwrap_or_default())
}

/// Whether a plan has anything on a day.
fn has_any_of(plan: &Plan, day: &ReportDay) -> bool {
    let overlaps = |from: Timestamp, to: Timestamp| from < day.to && to > day.from;
    plan.visits.iter().any(|visit| day.holds(visit.day_from))
        || plan.trips.iter().any(|trip| trip.pickup_at.is_some_and(|at| day.holds(at)))
        || plan.bookings.iter().any(|booking| overlaps(booking.from, booking.to))
        || plan.posts.iter().any(|post| overlaps(post.from, post.to))
}

/// The settings of the rules that held after an entry.
fn terms_at(reader: &Reader, upto: Seq) -> Result<Option<Terms>, JournalFault> {
    let mut terms = None;
    each(reader, Lane::Kind(Kind::Command), 0, upto, |entry| {
        if let Ok(Fact::Command(Command::SetRules { settings })) = entry.map(|entry| entry.fact) {
            terms = Terms::read(&settings);
        }
    })?;
    Ok(terms)
}
