//! The one thread that owns journal and rules: it stamps each report, steps the rules over it, commits the report and
//! all that follows from it in one transaction, and only then answers.
//!
//! Knows no network. If a commit fails, the state in memory is thrown away and rebuilt from the journal: one path,
//! the same as at start. Nobody is answered until the journal is open again and takes what is written, which is tried
//! without anybody asking (see [`failing`]).

mod account;
mod company;
mod failing;
mod handle;
mod make_room;
mod moving;
mod rebuild;
mod room;
mod slow;
mod transact;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot, watch};

pub use failing::Failures;
pub use handle::{Handle, NotKept, Receipt, Sender};
pub use rebuild::rebuild;

use crate::clock::{Clock, Move};
use crate::counters::Counters;
use crate::counters::ledger::{GATEWAY, Link, Slip};
use crate::facts::{DeviceReport, Fact, Presence, Present, Report, Seq, Subject, Timestamp};
use crate::journal::{Journal, JournalFault, Retained};
use crate::rules::Engine;
use company::{Answered, Patience};
use failing::Failing;
use handle::{Ask, CursorName, Haste, Parked};
use make_room::Chores;
use transact::{Done, Notes, transact};

/// Requests that wait for the recorder; at this many a sender waits, so that its broker or client holds back.
pub const QUEUE_MAX: usize = 2048;
/// Requests of one transaction; the rest make the next.
const BATCH_MAX: usize = 1024;
/// Entries after which the rules' state is laid down again, so that a start reads at most this many.
const SNAPSHOT_EVERY: u64 = 20_000;
/// How often the wall clock and the receivers are compared with our reckoning.
const CLOCK_EVERY: Duration = Duration::from_secs(2);
/// How often the outputs' cursors ride along with a commit. Each costs a page in the write-ahead log, and an output that
/// starts behind sends again only what its receiver recognises.
const CURSORS_EVERY: Duration = Duration::from_secs(1);
/// While it is a sender's turn to be waited for, the next look is so long after the last: each that comes would wake this
/// thread alone otherwise, which costs it and the sender's thread more than the rest of what they do for a message.
const NAP: Duration = Duration::from_micros(50);
/// With nothing to do for so long the write-ahead log is emptied.
const IDLE_AFTER: Duration = Duration::from_secs(30);

/// What the recorder needs to run.
pub struct Settings {
    /// How long input that nobody waits for may wait for company, so that a memory card sees few writes.
    pub linger: Duration,
}

type Reply = Option<oneshot::Sender<Result<Receipt, NotKept>>>;

/// A report, the slip for its fate, and the place its answer goes to.
struct Waiting {
    report: Report,
    slip: Slip,
    haste: Haste,
    reply: Reply,
    /// The change of our time that it tells, to be adopted after the commit.
    moved: Option<Move>,
}

struct Recorder {
    /// None while nothing can be kept.
    kept: Option<(Journal, Engine)>,
    failing: Failing,
    settings: Settings,
    clock: Clock,
    counters: Arc<Counters>,
    newest: watch::Sender<Seq>,
    cursors: BTreeMap<CursorName, Seq>,
    cursors_kept_at: Instant,
    parked: Vec<(Parked, oneshot::Sender<Result<(), NotKept>>)>,
    retained: Vec<(Retained, oneshot::Sender<Result<(), NotKept>>)>,
    /// Who goes on when the cursors are on disk.
    settling: Vec<oneshot::Sender<Result<(), NotKept>>>,
    since_snapshot: u64,
    answered: Answered,
    /// The account of what the gateway itself reports.
    own: Link,
    chores: Chores,
    reopen: Box<dyn FnMut() -> Result<Journal, JournalFault> + Send>,
}

/// Starts the recorder on a thread of its own. `open` opens the journal, at start and again after a failure.
pub fn start(
    mut open: impl FnMut() -> Result<Journal, JournalFault> + Send + 'static,
    settings: Settings,
    clock: Clock,
    counters: Arc<Counters>,
    runtime: tokio::runtime::Handle,
) -> Result<Handle, JournalFault> {
    let mut journal = open()?;
    let (engine, since_snapshot) = rebuild(&mut journal)?;
    let (asks, inbox) = mpsc::channel(QUEUE_MAX);
    let (newest, watcher) = watch::channel(journal.tail().seq);
    counters.newest_seq.set(journal.tail().seq as i64);
    counters.ledger.begin(journal.tail().seq, clock.now());
    let own = counters.ledger.link(GATEWAY);
    let (chores, refuses) = Chores::begin(&engine, clock.now());
    let (failing, failures) = Failing::begin();
    let handle = Handle { asks, newest: watcher, refuses, own: own.clone(), failures };
    let recorder = Recorder {
        kept: Some((journal, engine)),
        failing,
        settings,
        clock,
        counters,
        newest,
        cursors: BTreeMap::new(),
        cursors_kept_at: Instant::now(),
        parked: Vec::new(),
        retained: Vec::new(),
        settling: Vec::new(),
        since_snapshot,
        answered: Answered::now(Vec::new()),
        own,
        chores,
        reopen: Box::new(open),
    };
    std::thread::Builder::new()
        .name("recorder".to_owned())
        .spawn(move || recorder.run(inbox, &runtime))
        .map_err(|source| JournalFault::Thread { source })?;
    Ok(handle)
}

impl Recorder {
    fn run(mut self, mut inbox: mpsc::Receiver<Ask>, runtime: &tokio::runtime::Handle) {
        let (mut started, mut looked) = (self.say_started(), Instant::now());
        loop {
            let (mut waiting, stop) = self.gather(&mut inbox, runtime, looked + CLOCK_EVERY);
            // A start that could not be kept is said before anything else: the rules must know what the clock is worth.
            started = started || self.say_started();
            let look = looked.elapsed() >= CLOCK_EVERY;
            let mut cursors_due = false;
            if look {
                looked = Instant::now();
                // Else a night of catching up would be sent again after a power cut: nothing else was kept meanwhile.
                cursors_due = !self.cursors.is_empty();
            }
            self.move_time(&mut waiting, look);
            let waited_for = !self.retained.is_empty() || !self.parked.is_empty() || !self.settling.is_empty();
            let riders = waited_for || cursors_due || self.kept.is_none();
            if !waiting.is_empty() || riders || self.is_due() || stop.is_some() {
                self.keep(waiting, stop.is_some());
            }
            self.switch_off_slow();
            self.make_room();
            self.tidy();
            if let Some(done) = stop {
                if let Some((journal, _)) = &self.kept {
                    warn_on(journal.checkpoint());
                }
                drop(self.kept.take());
                let _gone = done.send(());
                return;
            }
            if inbox.is_closed() && inbox.is_empty() {
                return;
            }
        }
    }

    /// What a start itself has to say: that the gateway was not listening before, and what the clock is worth. Whether
    /// that is kept.
    fn say_started(&mut self) -> bool {
        let started = DeviceReport::of_device(Presence::Online, Some("started".to_owned()));
        let started = self.own_report(Fact::Device(started));
        // The start comes first: what the clock says must not find devices silent that nobody listened to.
        let clock = self.own_report(Fact::Clock(self.clock.standing()));
        self.keep(vec![started, clock], false)
    }

    /// What the gateway says of itself.
    fn own_report(&self, fact: Fact) -> Waiting {
        own_report(&self.own, fact)
    }

    /// Waits for work: until somebody waits for an answer, company has lingered long enough, a deadline is due, or
    /// the clock is to be looked at.
    fn gather(
        &mut self,
        inbox: &mut mpsc::Receiver<Ask>,
        runtime: &tokio::runtime::Handle,
        look_at: Instant,
    ) -> (Vec<Waiting>, Option<oneshot::Sender<()>>) {
        let mut waiting: Vec<Waiting> = Vec::new();
        let mut until = look_at.min(Instant::now() + IDLE_AFTER);
        if let Some(wait) = self.deadline().and_then(|at| self.clock.wait_until(at)) {
            until = until.min(Instant::now() + wait);
        }
        if let Some(at) = self.chores.more_at {
            until = until.min(at);
        }
        if self.kept.is_none() {
            until = until.min(self.failing.try_again_at());
        }
        let mut urgent = false;
        let mut turn = false;
        loop {
            let ask = if urgent { inbox.try_recv().ok() } else { next(inbox, runtime, until, turn) };
            match ask {
                None => return (waiting, None),
                Some(Ask::Keep(report, slip, haste, reply)) => {
                    account::received(&self.counters, report.fact.kind());
                    match haste {
                        Haste::Now => urgent = true,
                        Haste::Soon(_) if urgent => {}
                        Haste::Soon(sender) => match self.answered.wait_for_others(sender, Instant::now()) {
                            Patience::None => urgent = true,
                            Patience::Turn(end) => (turn, until) = (true, until.min(end)),
                            Patience::Company(end) => until = until.min(end),
                        },
                        Haste::Linger if waiting.is_empty() => {
                            until = until.min(Instant::now() + self.settings.linger);
                        }
                        Haste::Linger => {}
                    }
                    let sets_time = moving::is_order(&report);
                    waiting.push(Waiting { report, slip, haste, reply, moved: None });
                    if sets_time {
                        return (waiting, None);
                    }
                }
                Some(Ask::Present(reply)) => {
                    let _gone = reply.send(self.present());
                }
                Some(Ask::Settings(reply)) => {
                    let _gone = reply.send(self.known().map(|(_, engine)| engine.settings().clone()));
                }
                Some(Ask::Cursor(name, seq)) => {
                    self.cursors.insert(name, seq);
                }
                Some(Ask::Park(entry, reply)) => {
                    urgent = true;
                    // With what it passes by the cursor passes, in one transaction.
                    self.cursors.insert(entry.0.into(), entry.1);
                    self.parked.push((entry, reply));
                }
                Some(Ask::Settle(name, seq, reply)) => {
                    urgent = true;
                    self.cursors.insert(name, seq);
                    self.settling.push(reply);
                }
                Some(Ask::Retain(message, reply)) => {
                    urgent = true;
                    self.retained.push((message, reply));
                }
                Some(Ask::Stop(done)) => return (waiting, Some(done)),
            }
            if waiting.len() >= BATCH_MAX {
                return (waiting, None);
            }
        }
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.kept.as_ref().and_then(|(_, engine)| engine.next_deadline())
    }

    fn is_due(&self) -> bool {
        self.deadline().is_some_and(|at| at <= self.clock.now())
    }

    fn present(&self) -> Result<Arc<Present>, NotKept> {
        let (tail, engine) = self.known()?;
        Ok(Arc::new(engine.present(tail.seq, self.clock.now().max(tail.received_at))))
    }

    /// Commits, and answers only then. A failure answers everybody that nothing is kept, and rebuilds. Whether it is kept.
    fn keep(&mut self, waiting: Vec<Waiting>, last: bool) -> bool {
        self.reopen();
        let mut waiting = self.refuse_where_spent(waiting);
        let senders = waiting.iter().filter_map(|waiting| match waiting.haste {
            Haste::Soon(sender) => Some(sender),
            Haste::Now | Haste::Linger => None,
        });
        let senders = senders.collect();
        let moved = waiting.iter_mut().find_map(|one| one.moved.take());
        let (reports, askers): (Vec<_>, Vec<_>) = waiting.into_iter().map(account::part).unzip();
        let outcome = self.commit(reports, last);
        let parked = self.parked.drain(..).map(|(_, reply)| reply);
        for reply in self.retained.drain(..).map(|(_, reply)| reply).chain(parked).chain(self.settling.drain(..)) {
            let _gone = reply.send(outcome.as_ref().map(|_| ()).map_err(Clone::clone));
        }
        let kept = outcome.is_ok();
        if let Some(moved) = moved.filter(|_| kept) {
            moving::adopt(&self.clock, &moved);
        }
        match outcome {
            Ok(done) => {
                account::kept(&self.counters, done, askers);
                self.answered = Answered::now(senders);
            }
            Err(refusal) => account::not_kept(&self.counters, &refusal, askers),
        }
        // At once, so that a fault that is over by now costs one batch.
        self.reopen();
        kept
    }

    fn commit(&mut self, reports: Vec<Report>, last: bool) -> Result<Done, NotKept> {
        let Some((journal, engine)) = self.kept.as_mut() else { return Err(self.failing.why()) };
        let before = journal.tail().seq;
        let begun = Instant::now();
        let snapshot_due = self.since_snapshot >= SNAPSHOT_EVERY || last;
        // What is parked is passed by its cursor in the same transaction, or a start would ask about it again.
        let waited_for = !self.parked.is_empty() || !self.settling.is_empty();
        let cursors_due = last || waited_for || self.cursors_kept_at.elapsed() >= CURSORS_EVERY;
        let cursors = cursors_due.then_some(&self.cursors);
        let notes = Notes { cursors, parked: &self.parked, retained: &self.retained, snapshot_due };
        let outcome = transact(journal, engine, self.clock.now(), reports, &notes);
        self.counters.commit_duration.observe(begun.elapsed().as_secs_f64());
        match outcome {
            Ok(done) => {
                let seq = journal.tail().seq;
                let laid_down = snapshot_due && seq > before;
                self.since_snapshot = if laid_down { 0 } else { self.since_snapshot + (seq - before) };
                if laid_down {
                    self.chores.snapshot_laid_down();
                }
                if cursors_due && !self.cursors.is_empty() {
                    self.cursors.clear();
                    self.cursors_kept_at = Instant::now();
                }
                self.committed(seq);
                Ok(done)
            }
            Err(fault) => {
                self.counters.commits_failed.inc();
                Err(self.fail(&fault))
            }
        }
    }

    /// Something is on disk, up to this entry.
    fn committed(&self, seq: Seq) {
        self.counters.commits.inc();
        self.counters.newest_seq.set(seq as i64);
        self.newest.send_if_modified(|newest| std::mem::replace(newest, seq) != seq);
    }
}

/// The next request that comes until then; while it is a sender's `turn`, looked for now and then.
fn next(inbox: &mut mpsc::Receiver<Ask>, runtime: &tokio::runtime::Handle, until: Instant, turn: bool) -> Option<Ask> {
    loop {
        match inbox.try_recv() {
            Ok(ask) => return Some(ask),
            Err(mpsc::error::TryRecvError::Disconnected) => return None,
            Err(mpsc::error::TryRecvError::Empty) => {}
        }
        let left = until.saturating_duration_since(Instant::now());
        if !turn {
            return runtime.block_on(async { tokio::time::timeout(left, inbox.recv()).await }).ok().flatten();
        }
        if left.is_zero() {
            return None;
        }
        std::thread::sleep(NAP);
    }
}

/// What the gateway says of itself.
fn own_report(own: &Link, fact: Fact) -> Waiting {
    let report = Report { device: Subject::Gateway, observed_at: None, fact, awaited: false };
    Waiting { report, slip: own.heard(), haste: Haste::Linger, reply: None, moved: None }
}

fn warn_on(outcome: Result<(), JournalFault>) {
    if let Err(fault) = outcome {
        tracing::warn!(%fault, "the write-ahead log stays as it is");
    }
}

/// A short random word that tells this database from any other.
pub fn new_epoch() -> String {
    let chance = std::hash::BuildHasher::hash_one(&std::collections::hash_map::RandomState::new(), std::process::id());
    let word = format!("{chance:016x}");
    word.get(..8).unwrap_or("00000000").to_owned()
}

#[cfg(test)]
mod tests;
