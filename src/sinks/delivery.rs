//! The loop that sinks share: read after the cursor, deliver, move the cursor; wait, back off, pass by.
//!
//! Promises order within a lane, at least once, one batch in memory, and that an entry's bytes stay the same from
//! attempt to attempt, because they are made once. Knows no protocol: see the [`Carrier`]s.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::carrier::{Answer, BYTES_MAX, Carrier, EVENTS_MAX, LoadFault};
use super::link::Link;
use super::sift::{PASSED_BY_MAX, Remedy, Sift};
use crate::backoff::Backoff;
use crate::facts::Seq;
use crate::journal::{Lane, Reader};
use crate::recorder::Handle;

/// A cursor that moved only over entries of other lanes is noted each time it has come so far.
const CURSOR_STRIDE: Seq = 1024;
/// What a delivery on its way may still take when the gateway stops; then it is dropped and sent again at next start.
const STOP_GRACE: Duration = Duration::from_millis(1500);

/// Rest after a full batch while more comes in than it takes away: a backlog can wait for minutes, a kiosk cannot.
const RUSH_REST: Duration = Duration::from_secs(1);

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
    /// While no connection can be made, it is tried this often whether one can; where it can, the back-off is over.
    pub knock_every: Duration,
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
            knock_every: Duration::from_secs(1),
            denied: Duration::from_mins(1),
            asked_max: Duration::from_hours(1),
        }
    }
}

/// How a lane fares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Health {
    /// Nothing was delivered yet, and nothing failed.
    #[default]
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

/// How far a lane has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// What it was at the start.
    pub began: Seq,
    /// Everything of the lane up to here is delivered or passed by.
    pub position: Seq,
    /// Entries accepted since the start.
    pub accepted: u64,
    /// Entries passed by since the start.
    pub parked: u64,
    /// Entries passed by before it.
    pub parked_before: u64,
    /// How it fares.
    pub health: Health,
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
        let recoveries = self.link.recoveries();
        let (sift, position) = (Sift::new(self.pace.events_max, 0), 0);
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
    /// Finds where the lane left off, and what it had passed by. A cursor beyond the newest entry belongs to another
    /// past: it is set back, as else new entries would never be sent.
    async fn start(&mut self) -> Option<()> {
        loop {
            let (reader, LaneSpec { cursor: name, lane, .. }) = (self.it.reader.clone(), self.it.spec);
            let found = self.blocking(move || {
                let position = reader.cursor(name)?.unwrap_or(0).min(reader.newest()?);
                Ok((position, reader.parked_count(name)?, reader.parked_in_a_row(name, lane, position)?))
            });
            match found.await? {
                Ok((position, parked, in_a_row)) => {
                    self.position = position;
                    self.noted = position;
                    // A start gives a receiver that refuses everything no new lot of entries to refuse.
                    self.sift = Sift::new(self.it.pace.events_max, u32::try_from(in_a_row).unwrap_or(u32::MAX));
                    self.tell(|progress, position| {
                        progress.began = position;
                        progress.position = position;
                        progress.parked_before = parked;
                    });
                    return Some(());
                }
                Err(reason) => self.fail(reason, None).await?,
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
            Err(reason) => self.fail(reason, None).await,
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
                    self.fail(reason, wait).await?;
                    continue;
                }
                Answer::Late(reason) => {
                    self.sift.late(n);
                    self.fail(reason, None).await?;
                    continue;
                }
                Answer::Unreachable(reason) => {
                    self.knock(reason).await?;
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
                    if self.pass_by(first, reason).await? {
                        from += 1;
                    }
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
            self.it.link.recovered();
        }
        self.position = last;
        self.note_cursor();
        self.tell(|progress, position| {
            progress.position = position;
            progress.accepted += n as u64;
            progress.health = Health::Well;
        });
    }

    /// Number and reason are on disk before the cursor passes the entry and before anybody is told. Says whether it
    /// did; where not, the entry is asked for again.
    async fn pass_by(&mut self, seq: Seq, reason: String) -> Option<bool> {
        let park = self.it.recorder.park(self.it.spec.cursor, seq, reason.clone());
        if let Err(fault) = self.cancel.run_until_cancelled(park).await? {
            self.fail(format!("entry {seq} is refused ({reason}) but cannot be put aside: {fault}"), None).await?;
            return Some(false);
        }
        tracing::warn!(cursor = self.it.spec.cursor, seq, reason, "this entry is refused for good and passed by");
        self.sift.passed_by();
        self.position = seq;
        self.note_cursor();
        self.tell(|progress, position| {
            progress.position = position;
            progress.parked += 1;
        });
        Some(true)
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

    async fn busy(&mut self, reason: String, asked: Option<Duration>) -> Option<()> {
        self.tell(|progress, _| progress.health = Health::Busy(reason));
        self.wait_as_asked(asked).await
    }

    async fn fail(&mut self, reason: String, asked: Option<Duration>) -> Option<()> {
        self.tell(|progress, _| progress.health = Health::Failing(reason));
        self.wait_as_asked(asked).await
    }

    /// Nobody is there. The wait ends early when a connection can be made: after a long outage the link would be
    /// back for half a minute else before anybody noticed.
    async fn knock(&mut self, reason: String) -> Option<()> {
        self.tell(|progress, _| progress.health = Health::Failing(reason));
        let (carrier, every) = (self.it.carrier.clone(), self.it.pace.knock_every);
        let somebody = async {
            sleep(every).await;
            while !carrier.knock().await {
                sleep(every).await;
            }
        };
        tokio::select! {
            waited = self.back_off() => waited,
            () = somebody => Some(()),
        }
    }

    /// As long as the receiver asks for. A wish for less than the shortest back-off is none: it would make a busy
    /// loop of a receiver that says *now* and means *not yet*.
    async fn wait_as_asked(&mut self, asked: Option<Duration>) -> Option<()> {
        match asked.filter(|wait| *wait >= self.it.pace.backoff.first) {
            Some(wait) => {
                // It holds for all lanes, and no recovery shortens it.
                self.it.link.close(Instant::now() + wait.min(self.it.pace.asked_max));
                Some(())
            }
            None => self.back_off().await,
        }
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
