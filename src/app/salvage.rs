//! Before anybody opens the journal: has a damaged one set aside, and puts down what came of it once the new one is open.
//!
//! Promises that it is said until it is in the journal, where the rule `data_given_up` makes an alert of it, which ends when
//! a person ends it; and that what was acknowledged and still tells something is in the journal before anybody is listened
//! to, also where it stood behind the damage. Such a report is the gateway's, says when it first came, and is judged anew.

use futures_util::future::try_join_all;

use crate::clock::Clock;
use crate::config::Config;
use crate::facts::{DeviceReport, Entry, Fact, Part, Report, Span, Subject, Timestamp};
use crate::journal::{self, JournalFault, Reader, Row};
use crate::recorder::{self, Handle};

/// Where is noted that it was said.
const TOLD: &str = "salvaged";
/// So many at once, in one transaction or two. Of more than thirty, joined futures do not keep their order.
const REPORTED_TOGETHER: usize = 30;
/// No venue is cut off longer; an older scan would move a guest of today.
const OLD: Span = Span::from_mins(24 * 60);

/// Sets the journal aside where it is damaged, or `known` to be.
pub(super) fn set_aside(config: &Config, now: Timestamp, known: Option<&JournalFault>) -> Result<bool, JournalFault> {
    let (dir, backups) = (&config.data.dir, config.backup.dir(&config.data));
    let said = journal::salvage(dir, &backups, now, &recorder::new_epoch(), known, is_reported_again)?;
    if let Some(text) = &said {
        tracing::error!("{text}");
    }
    Ok(said.is_some())
}

/// Whether it still tells something when it is reported again: a scan of a kiosk, a call for help. A reading or a position
/// is no news by then; a device's word about itself, or what a person did at the desk, may have been followed by another
/// that is gone; an order about an alert names one that may be another now.
fn is_reported_again(entry: &Entry) -> bool {
    match &entry.fact {
        Fact::Scan(_) => !matches!(entry.device, Subject::Operator(_)),
        Fact::Incident(_) => true,
        Fact::Command(_)
        | Fact::Position(_)
        | Fact::Reading(_)
        | Fact::Device(_)
        | Fact::Plan(_)
        | Fact::Alert(_)
        | Fact::Rejected(_)
        | Fact::Clock(_)
        | Fact::Gap(_) => false,
    }
}

/// Reports again what stood behind the damage and is not in the journal yet. Where that cannot be kept now, the next start
/// tries again: the gateway's work does not wait for it.
pub(super) async fn report_again(recorder: &Handle, reader: &Reader, clock: &Clock) {
    match report_rest(recorder, reader, clock).await {
        Ok(0) => {}
        Ok(reports) => tracing::info!(reports, "what stood behind the damage is reported again"),
        Err(fault) => tracing::error!(%fault, "what stood behind the damage is reported again at the next start only"),
    }
}

async fn report_rest(recorder: &Handle, reader: &Reader, clock: &Clock) -> anyhow::Result<usize> {
    let (mut after, mut reported) = (reader.cursor(journal::REPORTED_AGAIN)?.unwrap_or(0), 0);
    loop {
        let rows = reader.behind(after, REPORTED_TOGETHER)?;
        let Some(last) = rows.last() else { return Ok(reported) };
        after = last.seq;
        let reports: Vec<_> = rows.iter().filter_map(|row| again(row, clock.now())).collect();
        reported += reports.len();
        try_join_all(reports.into_iter().map(|report| recorder.submit(report))).await?;
        // On disk before the next: what is reported twice is known by its id only where it is a scan.
        recorder.settle(journal::REPORTED_AGAIN, after).await?;
    }
}

/// The report to be made of it at `now`; none where it cannot be read, or is a scan so old that it would be taken for one of
/// today.
fn again(row: &Row, now: Timestamp) -> Option<Report> {
    let entry = row.to_entry().inspect_err(|fault| tracing::warn!(%fault, "this one is not reported again")).ok()?;
    if !is_reported_again(&entry) {
        return None;
    }
    // The gateway speaks for itself: by its own stamp, so that no device's clock is learned from it. A stamp that is still to
    // come by a clock that is not trusted tells nothing.
    let mut first_at = entry.received_at;
    let mut fact = entry.fact;
    if let Fact::Scan(scan) = &mut fact {
        first_at = scan.ruling.take().map_or(first_at, |ruling| ruling.judged_at);
        if now.since(first_at) > OLD {
            tracing::warn!(kiosk = %scan.kiosk, scan_id = %scan.scan_id, %first_at, "a scan is too old to be reported again");
            return None;
        }
    }
    let observed_at = Some(first_at).filter(|at| *at <= now);
    Some(Report { device: Subject::Gateway, observed_at, fact, awaited: true })
}

/// Says it, unless that is in the journal already.
pub(super) async fn tell(recorder: &Handle, reader: &Reader) -> anyhow::Result<()> {
    let Some(text) = reader.salvaged()? else { return Ok(()) };
    if reader.cursor(TOLD)?.is_some() {
        return Ok(());
    }
    let fact = Fact::Device(DeviceReport::of_part(Part::Journal, Some(text)));
    let receipt = recorder.submit(Report { device: Subject::Gateway, observed_at: None, fact, awaited: true }).await?;
    recorder.save_cursor(TOLD, receipt.seq);
    Ok(())
}
