//! Before anybody opens the journal: has a damaged one set aside, and puts down what came of it once the new one is open.
//!
//! Promises that it is said until it is in the journal, where the rule `data_given_up` makes an alert of it. It ends when
//! a person ends it.

use crate::config::Config;
use crate::facts::{DeviceReport, Fact, Part, Report, Subject, Timestamp};
use crate::journal::{self, JournalFault, Reader};
use crate::recorder::{self, Handle};

/// Where is noted that it was said.
const TOLD: &str = "salvaged";

/// Sets the journal aside where it is damaged, or `known` to be.
pub(super) fn set_aside(config: &Config, now: Timestamp, known: Option<&JournalFault>) -> Result<bool, JournalFault> {
    let (dir, backups) = (&config.data.dir, config.backup.dir(&config.data));
    let said = journal::salvage(dir, &backups, now, &recorder::new_epoch(), known)?;
    if let Some(text) = &said {
        tracing::error!("{text}");
    }
    Ok(said.is_some())
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
