//! What the recorder does while nothing can be kept: says why, shows what is committed, and tries again by itself.
//!
//! Promises that a handle that failed is never written to again. SQLite and Linux both take a page whose sync failed for
//! written, so another commit through the same handle might build on what is on no disk; a journal that is opened anew
//! makes its log durable before it reads it. A journal counts as open again only when it took something and said that
//! it is on disk. Answers nobody.

use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::handle::NotKept;
use super::rebuild::{look, rebuild};
use super::{Recorder, account};
use crate::journal::{Journal, JournalFault, Tail};
use crate::rules::Engine;

/// How long a journal that cannot be opened, or takes nothing, is left alone before the next try.
const REOPEN_AFTER: Duration = Duration::from_secs(1);

/// How often and why nothing could be kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failures {
    /// How often it began, since the start.
    pub begun: u64,
    /// Why nothing can be kept now.
    pub now: Option<NotKept>,
    /// Why it could not, the last time.
    pub last: Option<NotKept>,
}

/// What is known while nothing can be kept.
pub(super) struct Failing {
    told: watch::Sender<Failures>,
    /// What was committed, to be shown meanwhile.
    shown: Option<(Tail, Engine)>,
    /// When the journal was last tried; none: not since it failed.
    tried_at: Option<Instant>,
}

impl Failing {
    pub(super) fn begin() -> (Self, watch::Receiver<Failures>) {
        let (told, failures) = watch::channel(Failures::default());
        (Self { told, shown: None, tried_at: None }, failures)
    }

    /// Why nothing can be kept.
    pub(super) fn why(&self) -> NotKept {
        self.told.borrow().now.clone().unwrap_or(NotKept::Stopped)
    }

    /// When the next try is due.
    pub(super) fn try_again_at(&self) -> Instant {
        self.tried_at.map_or_else(Instant::now, |tried| tried + REOPEN_AFTER)
    }

    fn tell(&self, fault: &JournalFault) -> NotKept {
        let why = NotKept::because(fault);
        self.told.send_if_modified(|told| {
            let is_news = told.now.as_ref() != Some(&why);
            told.begun += u64::from(told.now.is_none());
            (told.now, told.last) = (Some(why.clone()), Some(why.clone()));
            is_news
        });
        why
    }
}

impl Recorder {
    /// What is committed, and what the rules know after it.
    pub(super) fn known(&self) -> Result<(Tail, &Engine), NotKept> {
        match (&self.kept, &self.failing.shown) {
            (Some((journal, engine)), _) => Ok((journal.tail(), engine)),
            (None, Some((tail, engine))) => Ok((*tail, engine)),
            (None, None) => Err(self.failing.why()),
        }
    }

    /// A commit failed: its handle goes, and with it what the rules made of reports that are not kept.
    pub(super) fn fail(&mut self, fault: &JournalFault) -> NotKept {
        tracing::error!(%fault, "nothing of this batch is kept, and nobody is answered; reopening the journal");
        // It may be read once more, if nothing half done is left in it.
        let read = |journal: &Journal| look(journal).ok().flatten().filter(|_| journal.is_at_rest());
        self.failing.shown =
            self.kept.take().and_then(|(journal, _)| read(&journal).map(|(engine, _)| (journal.tail(), engine)));
        self.failing.tried_at = None;
        self.failing.tell(fault)
    }

    /// While nothing can be kept, and the next try is due: opens the journal anew, sees that it takes what is written, and
    /// rebuilds the rules' state from it.
    pub(super) fn reopen(&mut self) {
        let is_early = self.failing.tried_at.is_some_and(|tried| tried.elapsed() < REOPEN_AFTER);
        if self.kept.is_some() || is_early {
            return;
        }
        let was_full = matches!(self.failing.told.borrow().now, Some(NotKept::Full(_)));
        let opened = (self.reopen)().and_then(|mut journal| {
            if was_full {
                journal.has_room()?;
            }
            journal.probe()?;
            let (engine, read) = rebuild(&mut journal)?;
            Ok((journal, engine, read))
        });
        match opened {
            Ok((journal, engine, read)) => {
                tracing::info!(seq = journal.tail().seq, "the journal is open again");
                self.since_snapshot = read;
                account::found(&self.counters, &journal);
                self.newest.send_replace(journal.tail().seq);
                self.kept = Some((journal, engine));
                self.failing.shown = None;
                self.failing.told.send_modify(|told| told.now = None);
            }
            Err(fault) => {
                if self.failing.tried_at.is_none() {
                    tracing::error!(%fault, "the journal cannot be used yet; trying again until it can");
                }
                self.failing.tried_at = Some(Instant::now());
                self.failing.tell(&fault);
            }
        }
    }
}
