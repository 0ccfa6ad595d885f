//! Watches the disk under the journal: how much room it has left, and whether it takes what is written.
//!
//! Puts both down as a condition of the gateway itself, of which the rule `disk_low` makes an alert; what could not be
//! put down while nothing could be kept is said as soon as something can. Makes no room and stops nobody: what is not
//! kept is not acknowledged, and that is the recorder's.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::counters::Counters;
use crate::facts::{DeviceReport, Fact, Part, Report, Subject};
use crate::journal;
use crate::recorder::{Failures, Handle, NotKept};

/// How often the room is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// After a failure the disk must have taken everything for so long before it is said to be well.
const WELL_AFTER: Duration = Duration::from_secs(10);
/// How long to leave a recorder alone that could not keep what was said; then it is said again.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// The disk under the journal.
pub(super) struct Disk {
    /// The journal's folder.
    pub dir: PathBuf,
    /// With less room than this it is low, bytes.
    pub free_min: u64,
    pub recorder: Handle,
    pub counters: Arc<Counters>,
}

/// What was said, and what is to be said yet.
#[derive(Debug, Default)]
struct Standing {
    /// Whether it was last said to be in trouble; none: nothing since the start.
    said: Option<bool>,
    /// Failures of the recorder that were seen.
    failures: u64,
    /// Why nothing could be kept, while that is not in the journal.
    untold: Option<String>,
    failed_at: Option<Instant>,
}

impl Standing {
    fn hear(&mut self, failures: &Failures, now: Instant) {
        if failures.begun > self.failures || failures.now.is_some() {
            self.failures = failures.begun;
            self.failed_at = Some(now);
            self.untold = failures.last.as_ref().map(|why| format!("nothing could be kept: {why}"));
        }
    }

    /// What is to be said now: that it is in trouble and why, or that it is well.
    fn news(&self, free: Option<u64>, free_min: u64, now: Instant) -> Option<DeviceReport> {
        if let Some(why) = &self.untold {
            return Some(DeviceReport::of_part(Part::Disk, Some(why.clone())));
        }
        let in_trouble = self.said == Some(true);
        // A quarter more before it is over, or it would come and go with every file.
        let enough = if in_trouble { free_min.saturating_add(free_min / 4) } else { free_min };
        match free {
            Some(free) if free < enough => (!in_trouble).then(|| DeviceReport::of_part(Part::Disk, Some(low(free)))),
            _ if self.failed_at.is_some_and(|failed| now.duration_since(failed) < WELL_AFTER) => None,
            Some(_) | None => (self.said != Some(false)).then(|| DeviceReport::of_part(Part::Disk, None)),
        }
    }

    /// It is in the journal.
    fn told(&mut self, report: &DeviceReport) {
        self.said = Some(report.reason.is_some());
        self.untold = None;
    }
}

fn low(free: u64) -> String {
    format!("only {} MiB are free on the disk of the journal; make room", free >> 20)
}

impl Disk {
    /// Runs until `cancel`, or until the recorder has ended.
    pub(super) async fn watch(self, cancel: CancellationToken) {
        let mut failures = self.recorder.failures();
        let mut standing = Standing::default();
        loop {
            let wait = match self.say(&mut standing, &mut failures).await {
                Ok(()) => LOOK_EVERY,
                Err(NotKept::Stopped) => return,
                Err(fault) => {
                    tracing::debug!(%fault, "how the disk stands is not in the journal yet");
                    AGAIN_AFTER
                }
            };
            tokio::select! {
                () = cancel.cancelled() => return,
                changed = failures.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    async fn say(&self, standing: &mut Standing, failures: &mut watch::Receiver<Failures>) -> Result<(), NotKept> {
        let heard = failures.borrow_and_update().clone();
        standing.hear(&heard, Instant::now());
        let free = self.free();
        if heard.now.is_some() {
            return Ok(());
        }
        let Some(report) = standing.news(free, self.free_min, Instant::now()) else { return Ok(()) };
        let fact = Fact::Device(report.clone());
        self.recorder.submit(Report { device: Subject::Gateway, observed_at: None, fact, awaited: false }).await?;
        standing.told(&report);
        Ok(())
    }

    /// Room on the disk; none where it cannot even be asked.
    fn free(&self) -> Option<u64> {
        let free = journal::free_bytes(&self.dir).inspect_err(|fault| {
            tracing::debug!(%fault, "the disk does not say how much room it has");
        });
        let free = free.ok()?;
        self.counters.disk_free_bytes.set(i64::try_from(free).unwrap_or(i64::MAX));
        Some(free)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    /// Says what there is to say: "low", "failed", "well", or nothing.
    fn say(standing: &mut Standing, free: u64, now: Instant) -> &'static str {
        let Some(report) = standing.news(Some(free), 100 * MIB, now) else { return "" };
        standing.told(&report);
        match report.reason {
            Some(reason) if reason.starts_with("only") => "low",
            Some(_) => "failed",
            None => "well",
        }
    }

    #[test]
    fn each_change_is_said_once_and_a_failure_before_anything_else() {
        let (mut standing, start) = (Standing::default(), Instant::now());
        let at = |s: u64| start + Duration::from_secs(s);
        assert_eq!(say(&mut standing, 200 * MIB, at(0)), "well", "a start says how it is");
        assert_eq!(say(&mut standing, 100 * MIB, at(5)), "");
        assert_eq!(say(&mut standing, 99 * MIB, at(10)), "low");
        assert_eq!(say(&mut standing, 98 * MIB, at(15)), "");
        assert_eq!(say(&mut standing, 110 * MIB, at(20)), "", "not enough yet");
        assert_eq!(say(&mut standing, 125 * MIB, at(25)), "well");
        // It failed and is over already: said all the same, and well only some time after.
        let why = NotKept::Storage("no".to_owned());
        standing.hear(&Failures { begun: 1, now: None, last: Some(why.clone()) }, at(30));
        assert_eq!(say(&mut standing, 200 * MIB, at(30)), "failed");
        standing.hear(&Failures { begun: 1, now: None, last: Some(why.clone()) }, at(35));
        assert_eq!(say(&mut standing, 200 * MIB, at(35)), "");
        assert_eq!(say(&mut standing, 200 * MIB, at(40)), "well");
        // Full: low first, then failed, and still low when something can be kept again.
        assert_eq!(say(&mut standing, MIB, at(50)), "low");
        standing.hear(&Failures { begun: 2, now: Some(why.clone()), last: Some(why) }, at(55));
        assert_eq!(say(&mut standing, MIB, at(60)), "failed");
        assert_eq!(say(&mut standing, MIB, at(80)), "");
        assert_eq!(say(&mut standing, 200 * MIB, at(85)), "well");
    }
}
