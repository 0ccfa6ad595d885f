//! Before anybody opens the journal: has a damaged one set aside, and puts down what came of it once the new one is open.
//!
//! Promises that it is said until it is in the journal, where the rule `data_given_up` makes an alert of it, which ends when
//! a person ends it; and that what was acknowledged and still tells something is in the journal before anybody is listened
//! to, also where it stood behind the damage. Such a report is a late one: it says when it was made, and is judged anew.

use futures_util::future::try_join_all;

use crate::config::Config;
use crate::facts::{Command, DeviceReport, Entry, Fact, Part, Report, Seq, Subject, Timestamp};
use crate::journal::{self, JournalFault, Reader};
use crate::recorder::{self, Handle};

/// Where is noted that it was said.
const TOLD: &str = "salvaged";
/// Up to where is noted that it was reported again.
const AGAIN: &str = "reported_again";
/// So many at once, in one transaction or two.
const REPORTED_TOGETHER: usize = 256;

/// Sets the journal aside where it is damaged, or `known` to be.
pub(super) fn set_aside(config: &Config, now: Timestamp, known: Option<&JournalFault>) -> Result<bool, JournalFault> {
    let (dir, backups) = (&config.data.dir, config.backup.dir(&config.data));
    let said = journal::salvage(dir, &backups, now, &recorder::new_epoch(), known, is_reported_again)?;
    if let Some(text) = &said {
        tracing::error!("{text}");
    }
    Ok(said.is_some())
}

/// Whether it still tells something when it is reported again. A reading or a position is no news by then, a device's word
/// about itself may have been followed by another, and an order about an alert names one that may be another now.
fn is_reported_again(fact: &Fact) -> bool {
    match fact {
        Fact::Scan(_) | Fact::Incident(_) => true,
        Fact::Command(command) => matches!(command, Command::Receive { .. } | Command::UndoCheckIn { .. }),
        Fact::Position(_)
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
pub(super) async fn report_again(recorder: &Handle, reader: &Reader) {
    match report_rest(recorder, reader).await {
        Ok(0) => {}
        Ok(reports) => tracing::info!(reports, "what stood behind the damage is reported again"),
        Err(fault) => tracing::error!(%fault, "what stood behind the damage is reported again at the next start only"),
    }
}

async fn report_rest(recorder: &Handle, reader: &Reader) -> anyhow::Result<Seq> {
    let begun = reader.cursor(AGAIN)?.unwrap_or(0);
    let mut after = begun;
    loop {
        let entries = reader.behind(after, REPORTED_TOGETHER)?;
        let Some(last) = entries.last() else { return Ok(after - begun) };
        after = last.seq;
        try_join_all(entries.into_iter().map(|entry| recorder.submit(again(entry)))).await?;
        // On disk before the next: what is reported twice is known by its id only where it is a scan.
        recorder.settle(AGAIN, after).await?;
    }
}

fn again(entry: Entry) -> Report {
    let Entry { device, observed_at, received_at, mut fact, .. } = entry;
    if let Fact::Scan(scan) = &mut fact {
        scan.ruling = None;
    }
    Report { device, observed_at: observed_at.or(Some(received_at)), fact, awaited: true }
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
