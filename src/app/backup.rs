//! Makes the day's backup while the gateway works, rotates, and says in the journal how that went.
//!
//! Promises that a gateway which was off at the hour makes it up after its start, and that one that cannot be made is
//! told (rule `backup_old`) and tried again until one is there, whoever made it. Holds no SQL: see
//! [`journal::backup`](crate::journal::backup).

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use tokio::sync::{oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::memory;
use crate::clock::Clock;
use crate::config::Config;
use crate::facts::{DeviceReport, Fact, Part, Presence, Report, RuleKind, Span, Subject, Timestamp};
use crate::journal::backup::{self, Attached, Backup, BackupFault};
use crate::journal::{Lane, Reader};
use crate::recorder::{Handle, NotKept};
use crate::web::BackupView;

/// What the configuration is called in a backup.
pub const CONFIG_ATTACHED: &str = "portico.toml";
/// What the plan's file is called in a backup.
pub const PLAN_ATTACHED: &str = "plan";

/// After one that could not be made, by the gateway's clock: a disk that is full is not empty in a minute, and a stick
/// that was pulled is back within the quarter of an hour that it takes to fetch it.
const AGAIN_AFTER: Span = Span::from_mins(15);
/// The clock may be set meanwhile, and a person may make a backup: looked at so often on this machine.
const LOOK_EVERY: Duration = Duration::from_mins(1);
/// How long to leave a recorder alone that could not keep what was said; then it is said again.
const SAY_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// A backup from later than so long after now was made by a clock that was wrong, and stands for no day.
const AHEAD_MAX: Span = Span::from_mins(24 * 60);

/// The files that go along: the configuration and the plan, where they are there. Never a secret.
pub fn attachments(config: Option<&Path>, plan: &Path) -> Vec<Attached> {
    let read = |(path, name): (&Path, &str)| match std::fs::read(path) {
        Ok(bytes) => Some(Attached { name: name.to_owned(), bytes }),
        Err(fault) => {
            if fault.kind() != std::io::ErrorKind::NotFound {
                tracing::warn!(path = %path.display(), %fault, "this file is not in the backup");
            }
            None
        }
    };
    config.map(|path| (path, CONFIG_ATTACHED)).into_iter().chain([(plan, PLAN_ATTACHED)]).filter_map(read).collect()
}

/// What is copied, where to, and what goes along.
#[derive(Clone)]
struct Task {
    data: PathBuf,
    out: PathBuf,
    keep: usize,
    config: Option<PathBuf>,
    plan: PathBuf,
}

/// The day's backup.
pub(super) struct Daily {
    task: Task,
    at: Time,
    zone: TimeZone,
    reader: Reader,
    recorder: Handle,
    clock: Clock,
    /// Whether the last thing said was that there is none.
    told: bool,
    /// How it stands, for who looks.
    view: watch::Sender<BackupView>,
}

impl Daily {
    /// And where to look how the backups stand.
    pub(super) fn new(
        config: &Config,
        path: Option<PathBuf>,
        reader: Reader,
        recorder: Handle,
        clock: Clock,
    ) -> (Self, watch::Receiver<BackupView>) {
        let task = Task {
            data: config.data.dir.clone(),
            out: config.backup.dir(&config.data),
            keep: config.backup.keep as usize,
            config: path,
            plan: config.plan.file.clone(),
        };
        let (at, zone) = (config.backup.at, config.site.time_zone.clone());
        let (view, watched) = watch::channel(BackupView { enabled: true, ..BackupView::default() });
        (Self { task, at, zone, reader, recorder, clock, told: false, view }, watched)
    }

    /// Runs until `cancel`. A backup that is underway then ends with the process, and counts for nothing.
    pub(super) async fn run(mut self, cancel: CancellationToken) {
        tokio::select! {
            () = cancel.cancelled() => {}
            ended = self.keep_up() => {
                if let Err(fault) = ended {
                    tracing::debug!(%fault, "no more backups are made");
                }
            }
        }
    }

    async fn keep_up(&mut self) -> Result<(), NotKept> {
        self.told = is_told(&self.recorder).await?;
        // What failed is left alone for a while, whatever the files say is due.
        let mut not_before = Timestamp::MIN;
        loop {
            let now = self.clock.now();
            let due = match self.due(now).await {
                Ok(due) if now < due => {
                    // Somebody made one, or did so in an earlier life of ours.
                    if self.told {
                        self.say(None, Some("there is a backup that is new enough".to_owned())).await?;
                    }
                    self.view.send_modify(|view| view.error = None);
                    due
                }
                Ok(_) if now < not_before && not_before <= now.plus(AGAIN_AFTER) => not_before,
                Ok(_) => self.make(now).await?,
                Err(fault) => self.failed(fault.to_string(), now).await?,
            };
            not_before = due;
            self.view.send_modify(|view| view.next_at = Some(due));
            let wait = self.clock.wait_until(due).map_or(LOOK_EVERY, |wait| wait.min(LOOK_EVERY));
            tokio::time::sleep(wait).await;
        }
    }

    /// When the next one is due, which may be long ago.
    async fn due(&self, now: Timestamp) -> Result<Timestamp, BackupFault> {
        let (out, reader) = (self.task.out.clone(), self.reader.clone());
        let found = apart(move || -> Result<_, BackupFault> {
            let newest = backup::kept(&out)?.into_iter().find(|kept| kept.made_at < now.plus(AHEAD_MAX));
            // Where there never was one, the journal's first day need not be over yet.
            let begun = || Ok::<_, BackupFault>(reader.read(Lane::All, 0, 1, usize::MAX)?.rows.pop());
            let begun = if newest.is_none() { begun()?.map(|first| first.received_at) } else { None };
            Ok((newest, begun))
        });
        let (newest, begun) = found.await.unwrap_or(Ok((None, None)))?;
        let last = newest.as_ref().map(|kept| kept.made_at).or(begun);
        self.view.send_modify(|view| view.found(newest.as_ref()));
        Ok(slot_after(last.unwrap_or(now), self.at, &self.zone))
    }

    /// Makes one, and gives when to look again.
    async fn make(&mut self, now: Timestamp) -> Result<Timestamp, NotKept> {
        let task = self.task.clone();
        tracing::info!(folder = %task.out.display(), "the day's backup begins");
        let work = move || {
            let made = task.make(now);
            memory::give_back();
            made
        };
        match apart(work).await {
            Some(Ok(made)) => {
                let file = made.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                tracing::info!(file, "the day's backup is made and proved");
                self.view.send_modify(|view| view.error = None);
                self.say(None, Some(format!("{file} holds entries up to {}", made.manifest.seq))).await?;
                Ok(now)
            }
            // Whose it is will say how it went; then there is one, or there is not.
            Some(Err(BackupFault::Busy(_))) => Ok(now.plus(AGAIN_AFTER)),
            Some(Err(fault)) => self.failed(fault.to_string(), now).await,
            None => self.failed("the work on the backup broke off; the log says where".to_owned(), now).await,
        }
    }

    /// Says once that there is none, and gives when to try again.
    async fn failed(&mut self, fault: String, now: Timestamp) -> Result<Timestamp, NotKept> {
        tracing::warn!(fault, "no backup was made; trying again");
        self.view.send_modify(|view| view.error = Some(fault.clone()));
        if !self.told {
            self.say(Some(fault), None).await?;
        }
        Ok(now.plus(AGAIN_AFTER))
    }

    /// Said is what is on disk.
    async fn say(&mut self, fault: Option<String>, good: Option<String>) -> Result<(), NotKept> {
        self.told = fault.is_some();
        let state = if fault.is_some() { Presence::Offline } else { Presence::Online };
        let said = DeviceReport { state, reason: fault.or(good), part: Some(Part::Backup) };
        loop {
            match self.recorder.submit(of_gateway(said.clone())).await {
                Ok(_) => return Ok(()),
                Err(NotKept::Stopped) => return Err(NotKept::Stopped),
                Err(fault) => {
                    tracing::warn!(%fault, "how the backup went is not in the journal; saying it again");
                    tokio::time::sleep(SAY_AGAIN_AFTER).await;
                }
            }
        }
    }
}

impl Task {
    fn make(&self, now: Timestamp) -> Result<Backup, BackupFault> {
        let made = backup::make(&self.data, &self.out, now, &attachments(self.config.as_deref(), &self.plan))?;
        match backup::rotate(&self.out, self.keep, &made.path) {
            Ok(gone) => gone.iter().for_each(|old| tracing::info!(file = %old.display(), "an old backup is gone")),
            Err(fault) => tracing::warn!(%fault, "an old backup stays for now"),
        }
        Ok(made)
    }
}

/// Where no backups are asked for any more, the alert about the one that is missing is over.
pub(super) async fn not_wanted(recorder: &Handle) -> Result<(), NotKept> {
    if is_told(recorder).await? {
        recorder.post(of_gateway(DeviceReport::of_part(Part::Backup, None))).await?;
    }
    Ok(())
}

async fn is_told(recorder: &Handle) -> Result<bool, NotKept> {
    Ok(recorder.present().await?.alerts.iter().any(|alert| alert.rule == RuleKind::BackupOld))
}

fn of_gateway(report: DeviceReport) -> Report {
    Report { device: Subject::Gateway, observed_at: None, fact: Fact::Device(report), awaited: false }
}

/// Runs `work` on a thread that nobody waits for at the end: a copy may take minutes, and a folder on a stick or a
/// share may hang. None where it could not be run to its end.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (done, outcome) = oneshot::channel();
    let begun = std::thread::Builder::new().name("backup".to_owned()).spawn(move || {
        let _nobody_waits = done.send(work());
    });
    if let Err(fault) = begun {
        tracing::warn!(%fault, "no thread can be had for the backup");
    }
    outcome.await.ok()
}

/// The first `at` o'clock in `zone` after `last`. On a day that skips the hour it is as much later.
fn slot_after(last: Timestamp, at: Time, zone: &TimeZone) -> Timestamp {
    let instant = jiff::Timestamp::from_millisecond(last.as_millis()).unwrap_or_default();
    let day = instant.to_zoned(zone.clone()).date();
    let days = [Some(day), day.tomorrow().ok()];
    let slots = days.into_iter().flatten().filter_map(|day| day.to_datetime(at).to_zoned(zone.clone()).ok());
    slots
        .map(|slot| Timestamp::from_millis(slot.timestamp().as_millisecond()))
        .find(|slot| *slot > last)
        .unwrap_or(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_slot_is_by_the_clock_of_the_venue() {
        let check = |zone: &str, at: Time, last: &str, want: &str| {
            let zone = TimeZone::get(zone).unwrap();
            assert_eq!(slot_after(last.parse().unwrap(), at, &zone), want.parse::<Timestamp>().unwrap(), "{last}");
        };
        let four = Time::constant(4, 0, 0, 0);
        check("Asia/Shanghai", four, "2026-11-25T03:59:59+08:00", "2026-11-25T04:00:00+08:00");
        check("Asia/Shanghai", four, "2026-11-25T04:00:00+08:00", "2026-11-26T04:00:00+08:00");
        check("Asia/Shanghai", four, "2026-11-25T23:00:00+08:00", "2026-11-26T04:00:00+08:00");
        // The night that has no half past two, and the one that has two.
        let half_past_two = Time::constant(2, 30, 0, 0);
        check("Europe/Berlin", half_past_two, "2026-03-28T12:00:00+01:00", "2026-03-29T03:30:00+02:00");
        check("Europe/Berlin", half_past_two, "2026-03-29T03:30:00+02:00", "2026-03-30T02:30:00+02:00");
        check("Europe/Berlin", half_past_two, "2026-10-24T12:00:00+02:00", "2026-10-25T02:30:00+02:00");
        check("Europe/Berlin", half_past_two, "2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00");
    }
}
