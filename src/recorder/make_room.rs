//! The recorder's own work between commits: one stretch given up at a time, so that nobody who waits for an answer waits
//! for more than that; and what it says of the data budget.
//!
//! Promises that a stretch goes in the same transaction in which its gap comes, and that a forced drop is said. When to
//! give up is decided in `room`.

use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::account;
use super::handle::NotKept;
use super::room::{Fill, Next, Room};
use super::transact::{Done, append_changes, keep_one};
use super::{Recorder, SNAPSHOT_EVERY, Waiting, own_report};
use crate::counters::AtBound;
use crate::facts::{DeviceReport, Fact, Part, Report, Span, Subject, Timestamp};
use crate::journal::{Batch, GaveUp, JournalFault, Keeping, Pass};
use crate::rules::Engine;

/// How often is looked for what upstream has and is old enough, by the gateway's own clock.
const AGED_EVERY: Span = Span::from_mins(10);
/// Stretches given up between two commits while more than the budget is in use: more than one commit can bring.
const AT_ONCE_MAX: usize = 4;
/// How often is looked how much is in use while that is less than half of the budget. It costs two locks of the file, and
/// in so short a time nobody fills the other half.
const ROOMY_EVERY: Duration = Duration::from_millis(20);
/// How often the write-ahead log is tried to be emptied while names may stand in it.
const TIDY_EVERY: Duration = Duration::from_millis(500);
/// How long a journal is left alone in which nothing could be given up.
const AGAIN_AFTER: Duration = Duration::from_secs(10);

/// Whether there is more to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum More {
    No,
    AfterAPause,
    /// More than the budget is in use.
    AtOnce,
}

/// Where this work stands.
pub(super) struct Chores {
    room: Room,
    /// When there is more to give up. Within the budget the pause before it is as long as the last stretch took.
    pub(super) more_at: Option<Instant>,
    /// Where there is no more, the next look: less than half of the budget is in use.
    roomy_until: Instant,
    aged_at: Timestamp,
    tidied_at: Instant,
    /// Why nothing is taken in, where that is so.
    refusing: watch::Sender<Option<NotKept>>,
}

impl Chores {
    /// At a start, with what the rules know; and where is told why nothing is taken in.
    pub(super) fn begin(engine: &Engine, now: Timestamp) -> (Self, watch::Receiver<Option<NotKept>>) {
        let (refusing, refuses) = watch::channel(None);
        // When something was last given up, as far as a start can tell: now, if it was said and not that it is over.
        let room = Room::begin(engine.holds(Part::Data).then_some(now));
        let begun = Instant::now();
        (Self { room, more_at: None, roomy_until: begun, aged_at: now, tidied_at: begun, refusing }, refuses)
    }

    /// There is a newer snapshot of the rules' state: more may go.
    pub(super) fn snapshot_laid_down(&mut self) {
        self.room.snapshot_laid_down();
    }
}

impl Recorder {
    /// At a spent budget only the gateway's own word and people's orders are taken in, which are few; all others are told
    /// that theirs is not kept.
    pub(super) fn refuse_where_spent(&self, waiting: Vec<Waiting>) -> Vec<Waiting> {
        let Some(refusal) = self.chores.refusing.borrow().clone() else { return waiting };
        let is_few = |report: &Report| {
            report.device == Subject::Gateway || matches!(report.fact, Fact::Command(_) | Fact::Plan(_))
        };
        let (own, others): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|waiting| is_few(&waiting.report));
        let askers = others.into_iter().map(|waiting| account::part(waiting).1).collect();
        account::not_kept(&self.counters, &refusal, askers);
        own
    }

    /// One stretch, where it is time for it; a few where more than the budget is in use.
    pub(super) fn make_room(&mut self) {
        if Instant::now() < self.chores.more_at.unwrap_or(self.chores.roomy_until) {
            return;
        }
        let now = self.clock.now();
        if now.since(self.chores.aged_at) >= AGED_EVERY {
            self.chores.aged_at = now;
            self.chores.room.look_again();
        }
        for _ in 0..AT_ONCE_MAX {
            let begun = Instant::now();
            match self.stretch(now) {
                Ok(More::AtOnce) => self.chores.more_at = Some(Instant::now()),
                Ok(More::AfterAPause) => {
                    self.chores.more_at = Some(Instant::now() + begun.elapsed());
                    return;
                }
                Ok(More::No) => {
                    self.chores.more_at = None;
                    return;
                }
                Err(fault) => {
                    tracing::error!(%fault, "nothing could be given up; reopening the journal");
                    self.counters.commits_failed.inc();
                    self.chores.more_at = Some(Instant::now() + AGAIN_AFTER);
                    self.fail(&fault);
                    return;
                }
            }
        }
    }

    /// Empties the write-ahead log once names were taken out, as soon as nobody reads in it.
    pub(super) fn tidy(&mut self) {
        if self.chores.tidied_at.elapsed() < TIDY_EVERY {
            return;
        }
        self.chores.tidied_at = Instant::now();
        if let Some((journal, _)) = &mut self.kept
            && let Err(fault) = journal.tidy()
        {
            tracing::warn!(%fault, "names may still stand in the write-ahead log; trying again");
        }
    }

    fn stretch(&mut self, now: Timestamp) -> Result<More, JournalFault> {
        let Some((journal, _)) = &self.kept else { return Ok(More::No) };
        let Some(keeping) = journal.keeping() else { return Ok(More::No) };
        let fill = Fill { used: journal.used()?, delivered: journal.delivered()?, since_snapshot: self.since_snapshot };
        if fill.used < keeping.budget / 2 {
            self.chores.roomy_until = Instant::now() + ROOMY_EVERY;
        }
        self.counters.data_used.set(fill.used as i64);
        self.counters.data_budget.set(keeping.budget as i64);
        let next = self.chores.room.next(&keeping, fill, now);
        let more = match next {
            Next::Forced(pass) => {
                let gave = self.give_up(pass, Some(&keeping), now)?;
                self.chores.room.came(next, &gave, now);
                if fill.used >= keeping.budget { More::AtOnce } else { More::AfterAPause }
            }
            Next::Aged(pass) => {
                let gave = self.give_up(pass, None, now)?;
                self.chores.room.came(next, &gave, now);
                More::AfterAPause
            }
            // With the next entry.
            Next::Snapshot => {
                self.since_snapshot = SNAPSHOT_EVERY;
                More::No
            }
            Next::Rest => More::No,
        };
        self.tell(&keeping, now)?;
        Ok(more)
    }

    /// Gives up one stretch with the gap that tells of it; `forced`: for want of room, which is said with the first.
    fn give_up(&mut self, pass: Pass, forced: Option<&Keeping>, now: Timestamp) -> Result<GaveUp, JournalFault> {
        let mut gave = GaveUp::NotYet;
        self.keep_own(now, |batch, engine| {
            gave = batch.give_up(pass)?;
            let GaveUp::Some(gap) = &gave else { return Ok(Vec::new()) };
            let mut told = vec![Fact::Gap(gap.clone())];
            if let Some(keeping) = forced.filter(|_| !engine.holds(Part::Data)) {
                told.push(Fact::Device(DeviceReport::of_part(Part::Data, Some(nearly_in_use(keeping)))));
            }
            Ok(told)
        })?;
        if let GaveUp::Some(gap) = &gave {
            let bound = if forced.is_some() { "data_budget" } else { "retention_days" };
            self.counters.given_up.get_or_create(&AtBound { bound }).inc_by(gap.entries);
        }
        Ok(gave)
    }

    /// Says what changed of the gateway's own condition, and to who asks whether anything is taken in.
    fn tell(&mut self, keeping: &Keeping, now: Timestamp) -> Result<(), JournalFault> {
        let spent = self.chores.room.is_spent().then_some(NotKept::Spent(keeping.budget));
        self.chores.refusing.send_if_modified(|before| {
            let differs = *before != spent;
            if differs && spent.is_some() {
                tracing::error!(budget = keeping.budget, "the data budget is spent: nothing more is taken in");
            } else if differs {
                tracing::info!("there is room again: reports are taken in");
            }
            before.clone_from(&spent);
            differs
        });
        let Some((_, engine)) = &self.kept else { return Ok(()) };
        let (gives_up, is_low) = (self.chores.room.gives_up(now), self.chores.room.is_low());
        let mut told = Vec::new();
        if engine.holds(Part::Data) && !gives_up {
            told.push(Fact::Device(DeviceReport::of_part(Part::Data, None)));
        }
        if engine.holds(Part::Budget) != is_low {
            told.push(Fact::Device(DeviceReport::of_part(Part::Budget, is_low.then(|| low(keeping)))));
        }
        if told.is_empty() { Ok(()) } else { self.keep_own(now, |_, _| Ok(told)) }
    }

    /// One transaction with what the gateway says of itself: `say` may do in it what it then tells.
    pub(super) fn keep_own(
        &mut self,
        now: Timestamp,
        say: impl FnOnce(&mut Batch<'_>, &Engine) -> Result<Vec<Fact>, JournalFault>,
    ) -> Result<(), JournalFault> {
        let Some((journal, engine)) = self.kept.as_mut() else { return Ok(()) };
        let before = journal.tail().seq;
        let mut batch = journal.begin()?;
        let told = say(&mut batch, engine)?.into_iter().map(|fact| account::part(own_report(&self.own, fact)));
        let (reports, askers): (Vec<_>, Vec<_>) = told.unzip();
        let mut now = now.max(batch.newest_at());
        let mut receipts = Vec::with_capacity(reports.len());
        for report in reports {
            receipts.push(keep_one(&mut batch, engine, &mut now, report)?);
        }
        let due = engine.advance(now);
        append_changes(&mut batch, now, &due)?;
        let newest = batch.commit()?.seq;
        let alert_changes = newest - before - receipts.len() as u64;
        account::kept(&self.counters, Done { newest, receipts, alert_changes }, askers);
        if newest > before {
            self.since_snapshot += newest - before;
            self.committed(newest);
        }
        Ok(())
    }
}

fn mib(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

fn nearly_in_use(keeping: &Keeping) -> String {
    format!("the data budget of {} is nearly in use; the oldest readings go first", mib(keeping.budget))
}

fn low(keeping: &Keeping) -> String {
    let budget = mib(keeping.budget);
    format!("the data budget of {budget} is nearly in use, and nothing is left that may go; raise data.budget")
}
