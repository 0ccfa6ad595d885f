//! The loop that sinks share: read after the cursor, deliver, move the cursor; wait, back off, pass by.
//!
//! Promises order within a lane, at least once, one batch in memory, and that an entry's bytes stay the same from
//! attempt to attempt, because they are made once. Knows no protocol: see the [`Carrier`]s.

use std::future::Future;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::sift::{PASSED_BY_MAX, Remedy, Sift};
use crate::backoff::Backoff;
use crate::facts::Seq;
use crate::journal::{JournalFault, Lane, Reader, Row};
use crate::recorder::Handle;

/// Entries of one batch; the rest make the next. The contract promises no more to a receiver.
pub const EVENTS_MAX: usize = 500;
/// Bytes of one batch before compression; what is beyond makes the next, but one entry always goes, however large.
pub const BYTES_MAX: usize = 256 * 1024;
/// A cursor that moved only over entries of other lanes is noted each time it has come so far.
const CURSOR_STRIDE: Seq = 1024;
/// What a delivery on its way may still take when the gateway stops; then it is dropped and sent again at next start.
const STOP_GRACE: Duration = Duration::from_millis(1500);

/// What a receiver made of one delivery. Every reason is for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It has all of it, for good.
    Accepted,
    /// It would take less at once.
    TooLarge(String),
    /// Something in it is not acceptable and never will be.
    Refused(String),
    /// It is there, but asks for patience; for how long, where it says so.
    Busy(String, Option<Duration>),
    /// It could not be reached, gave up, or its answer did not arrive; when to come back, where it says so.
    Failed(String, Option<Duration>),
    /// It does not want us, or we knock at the wrong door: somebody has to change something.
    Denied(String),
}

/// Why entries could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum LoadFault {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalFault),
    /// An entry cannot be written as its receiver wants it.
    #[error("an entry cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// One way out of the gateway.
pub trait Carrier: Send + Sync + 'static {
    /// Entries made ready to be sent, in order, each of them once.
    type Load: Send + Sync + 'static;

    /// Makes `rows` ready. May block.
    fn load(&self, rows: &[Row]) -> Result<Self::Load, LoadFault>;

    /// How many entries from `from` on fit one delivery: 1 to `most`.
    fn fitting(&self, load: &Self::Load, from: usize, most: usize) -> usize;

    /// Tries once to deliver a stretch of `load`. May be dropped at any await.
    fn deliver(&self, load: &Arc<Self::Load>, range: Range<usize>) -> impl Future<Output = Answer> + Send;
}

/// Rest after a full batch while more comes in than it takes away: a backlog can wait for minutes, a kiosk cannot.
const RUSH_REST: Duration = Duration::from_millis(250);

/// One lane of a sink.
#[derive(Debug, Clone, Copy)]
pub struct LaneSpec {
    /// The cursor's name in the journal; never change it.
    pub cursor: &'static str,
    /// Which entries.
    pub lane: Lane,
    /// How long fresh entries wait for company before they are read.
    pub linger: Duration,
    /// Rest after a full batch, so that a backlog leaves the machine to the intake.
    pub pause: Duration,
}

/// How much a sink sends at once, and how patient it is.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Entries in one delivery at most: 1 to [`EVENTS_MAX`].
    pub events_max: usize,
    /// Bytes in one delivery at most, before compression: up to [`BYTES_MAX`].
    pub bytes_max: usize,
    /// After a failure.
    pub backoff: Backoff,
    /// After a denial: it takes a person to mend it.
    pub denied: Duration,
    /// The longest wait that a receiver may ask for.
    pub asked_max: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            events_max: EVENTS_MAX,
            bytes_max: BYTES_MAX,
            backoff: Backoff { first: Duration::from_secs(1), most: Duration::from_secs(30) },
            denied: Duration::from_mins(1),
            asked_max: Duration::from_mins(5),
        }
    }
}

/// How a lane fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Nothing was delivered yet, and nothing failed.
    Untried,
    /// The last delivery was accepted.
    Well,
    /// The receiver asks for patience.
    Busy(String),
    /// The last delivery failed.
    Failing(String),
    /// The receiver does not want us.
    Denied(String),
}

/// How far a lane has come since the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Everything of the lane up to here is delivered or passed by.
    pub position: Seq,
    /// Entries accepted.
    pub accepted: u64,
    /// Entries passed by.
    pub parked: u64,
    /// How it fares.
    pub health: Health,
}

/// What the lanes to one receiver tell each other.
#[derive(Debug, Default)]
pub struct Link {
    /// Counts recoveries: one lane that gets through ends the other's back-off.
    recoveries: watch::Sender<u64>,
    /// The receiver asked to be left alone until then.
    closed_until: Mutex<Option<Instant>>,
}

impl Link {
    fn closed_until(&self) -> Option<Instant> {
        *self.closed_until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self, until: Instant) {
        let mut closed = self.closed_until.lock().unwrap_or_else(PoisonError::into_inner);
        *closed = Some(closed.map_or(until, |was| was.max(until)));
    }
}

/// What a lane works with.
#[derive(Debug)]
pub struct Delivery<C> {
    /// The way out.
    pub carrier: Arc<C>,
    /// Which entries, and how eagerly.
    pub spec: LaneSpec,
    /// How much at once, and how patient.
    pub pace: Pace,
    /// Where entries are read.
    pub reader: Reader,
    /// Where the cursor is noted.
    pub recorder: Handle,
    /// Shared with the other lanes to the same receiver.
    pub link: Arc<Link>,
    /// Any random number each time it is asked.
    pub chance: fn() -> u64,
}

/// A batch on its way. The rows themselves are let go once they are made ready.
struct Batch<L> {
    seqs: Vec<Seq>,
    upto: Seq,
    full: bool,
    load: Arc<L>,
}

impl<C: Carrier> Delivery<C> {
    /// Delivers until `cancel`, and returns within two seconds of it. Tells `progress` as it goes.
    pub async fn run(self, progress: watch::Sender<Progress>, cancel: CancellationToken) {
        let newest = self.recorder.newest();
        let recoveries = self.link.recoveries.subscribe();
        let (sift, position) = (Sift::new(self.pace.events_max), 0);
        let mut lane =
            Running { it: self, progress, cancel, newest, recoveries, sift, position, noted: 0, failures: 0 };
        if lane.start().await.is_some() {
            while lane.step().await.is_some() {}
        }
    }
}

/// A lane at work. Its functions return `None` when the gateway stops.
struct Running<C> {
    it: Delivery<C>,
    progress: watch::Sender<Progress>,
    cancel: CancellationToken,
    newest: watch::Receiver<Seq>,
    recoveries: watch::Receiver<u64>,
    sift: Sift,
    position: Seq,
    /// The cursor as it was last noted.
    noted: Seq,
    /// Failures in a row.
    failures: u32,
}

impl<C: Carrier> Running<C> {
    /// Finds where the lane left off. A cursor beyond the newest entry belongs to another past: it is set back, as
    /// else new entries would never be sent.
    async fn start(&mut self) -> Option<()> {
        loop {
            let (reader, name) = (self.it.reader.clone(), self.it.spec.cursor);
            let found = self.blocking(move || Ok((reader.cursor(name)?, reader.newest()?))).await?;
            match found {
                Ok((cursor, newest)) => {
                    self.position = cursor.unwrap_or(0).min(newest);
                    self.noted = self.position;
                    self.tell(|progress, position| progress.position = position);
                    return Some(());
                }
                Err(reason) => self.fail(reason).await?,
            }
        }
    }

    /// One batch, or one wait for something to send.
    async fn step(&mut self) -> Option<()> {
        let (reader, carrier, lane) = (self.it.reader.clone(), self.it.carrier.clone(), self.it.spec.lane);
        let (after, Pace { events_max, bytes_max, .. }) = (self.position, self.it.pace);
        let read = self.blocking(move || {
            let page = reader.read(lane, after, events_max, bytes_max)?;
            let full = page.rows.len() >= events_max;
            let load = Arc::new(carrier.load(&page.rows)?);
            Ok(Batch { seqs: page.rows.iter().map(|row| row.seq).collect(), upto: page.upto, full, load })
        });
        match read.await? {
            Err(reason) => self.fail(reason).await,
            Ok(batch) if batch.seqs.is_empty() => {
                self.come_to(batch.upto);
                self.wait_for_news().await
            }
            Ok(batch) => {
                let before = *self.newest.borrow();
                self.deliver(&batch).await?;
                self.come_to(batch.upto);
                // More came than was sent: this is a rush, and whoever waits for an answer goes first.
                let rush = self.newest.borrow().saturating_sub(before) > batch.seqs.len() as u64;
                let pause = if rush { RUSH_REST } else { self.it.spec.pause };
                if batch.full { self.rest(pause).await } else { Some(()) }
            }
        }
    }

    /// Sends a batch until each of its entries is accepted or passed by.
    async fn deliver(&mut self, batch: &Batch<C::Load>) -> Option<()> {
        let mut from = 0;
        while let Some(first) = batch.seqs.get(from).copied() {
            self.wait_for_link().await?;
            self.recoveries.borrow_and_update();
            let n = self.it.carrier.fitting(&batch.load, from, self.sift.size(batch.seqs.len() - from));
            let answer = tokio::select! {
                biased;
                answer = self.it.carrier.deliver(&batch.load, from..from + n) => answer,
                () = out_of_time(&self.cancel) => return None,
            };
            let (remedy, reason) = match answer {
                Answer::Accepted => {
                    from += n;
                    self.accepted(n, batch.seqs.get(from - 1).copied().unwrap_or(first));
                    continue;
                }
                Answer::TooLarge(reason) => (self.sift.too_large(n), reason),
                Answer::Refused(reason) => (self.sift.refused(n), reason),
                Answer::Busy(reason, wait) => {
                    self.busy(reason, wait).await?;
                    continue;
                }
                Answer::Failed(reason, wait) => {
                    self.close_for(wait);
                    self.fail(reason).await?;
                    continue;
                }
                Answer::Denied(reason) => {
                    self.deny(reason).await?;
                    continue;
                }
            };
            match remedy {
                Remedy::Smaller => {}
                Remedy::PassBy => {
                    self.pass_by(first, reason).await?;
                    from += 1;
                }
                Remedy::Hold => self.deny(everything_refused(&reason)).await?,
            }
        }
        Some(())
    }

    fn accepted(&mut self, n: usize, last: Seq) {
        self.sift.accepted(n);
        self.failures = 0;
        let recovered = match self.progress.borrow().health {
            Health::Failing(_) | Health::Denied(_) => true,
            Health::Untried | Health::Well | Health::Busy(_) => false,
        };
        if recovered {
            self.it.link.recoveries.send_modify(|count| *count += 1);
        }
        self.position = last;
        self.note_cursor();
        self.tell(|progress, position| {
            progress.position = position;
            progress.accepted += n as u64;
            progress.health = Health::Well;
        });
    }

    /// The recorder has number and reason before the cursor passes the entry.
    async fn pass_by(&mut self, seq: Seq, reason: String) -> Option<()> {
        tracing::warn!(cursor = self.it.spec.cursor, seq, reason, "this entry is refused for good and passed by");
        let park = self.it.recorder.park(self.it.spec.cursor, seq, reason);
        self.cancel.run_until_cancelled(park).await?.ok()?;
        self.position = seq;
        self.note_cursor();
        self.tell(|progress, position| {
            progress.position = position;
            progress.parked += 1;
        });
        Some(())
    }

    /// Everything of this lane up to `upto` is done.
    fn come_to(&mut self, upto: Seq) {
        self.position = self.position.max(upto);
        if self.position - self.noted >= CURSOR_STRIDE {
            self.note_cursor();
        }
        self.tell(|progress, position| progress.position = position);
    }

    fn note_cursor(&mut self) {
        self.noted = self.position;
        self.it.recorder.save_cursor(self.it.spec.cursor, self.position);
    }

    async fn busy(&mut self, reason: String, wait: Option<Duration>) -> Option<()> {
        self.tell(|progress, _| progress.health = Health::Busy(reason));
        if wait.is_some() {
            self.close_for(wait);
            return Some(());
        }
        self.back_off().await
    }

    async fn fail(&mut self, reason: String) -> Option<()> {
        self.tell(|progress, _| progress.health = Health::Failing(reason));
        self.back_off().await
    }

    async fn deny(&mut self, reason: String) -> Option<()> {
        self.tell(|progress, _| progress.health = Health::Denied(reason));
        self.wait_or_recovery(self.it.pace.denied).await
    }

    async fn back_off(&mut self) -> Option<()> {
        let wait = self.it.pace.backoff.delay(self.failures, (self.it.chance)());
        self.failures = self.failures.saturating_add(1);
        self.wait_or_recovery(wait).await
    }

    /// The receiver's own wish holds for all lanes, and no recovery shortens it.
    fn close_for(&self, wait: Option<Duration>) {
        if let Some(wait) = wait {
            self.it.link.close(Instant::now() + wait.min(self.it.pace.asked_max));
        }
    }

    async fn wait_for_link(&self) -> Option<()> {
        while let Some(until) = self.it.link.closed_until().filter(|until| *until > Instant::now()) {
            self.cancel.run_until_cancelled(sleep_until(until)).await?;
        }
        if self.cancel.is_cancelled() { None } else { Some(()) }
    }

    async fn wait_or_recovery(&mut self, wait: Duration) -> Option<()> {
        tokio::select! {
            () = self.cancel.cancelled() => None,
            () = sleep(wait) => Some(()),
            Ok(()) = self.recoveries.changed() => Some(()),
        }
    }

    async fn wait_for_news(&mut self) -> Option<()> {
        let position = self.position;
        let woken = self.newest.wait_for(|seq| *seq > position);
        if self.cancel.run_until_cancelled(woken).await?.is_err() {
            // The recorder has ended: nothing newer will come.
            self.cancel.cancelled().await;
            return None;
        }
        self.rest(self.it.spec.linger).await
    }

    async fn rest(&self, length: Duration) -> Option<()> {
        self.cancel.run_until_cancelled(sleep(length)).await
    }

    /// Runs what blocks on a thread that may; a fault comes back in words.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, LoadFault> + Send + 'static,
    ) -> Option<Result<T, String>> {
        let done = self.cancel.run_until_cancelled(spawn_blocking(work)).await?;
        Some(match done {
            Ok(result) => result.map_err(|fault| fault.to_string()),
            Err(fault) => Err(format!("reading the journal ended early: {fault}")),
        })
    }

    fn tell(&self, change: impl FnOnce(&mut Progress, Seq)) {
        self.progress.send_modify(|progress| change(progress, self.position));
    }
}

async fn out_of_time(cancel: &CancellationToken) {
    cancel.cancelled().await;
    sleep(STOP_GRACE).await;
}

fn everything_refused(reason: &str) -> String {
    format!(
        "it refused {PASSED_BY_MAX} entries one after the other and no more are passed by until it takes one; \
         check that the address is the right one and that it accepts our events ({reason})"
    )
}
