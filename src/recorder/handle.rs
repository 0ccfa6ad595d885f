//! How everybody else reaches the recorder: hand a report over, ask for the present, note how far one has come.
//!
//! Promises that [`Handle::submit`] returns only after the commit. Decides nothing.

use std::borrow::Cow;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};

use super::failing::Failures;
use crate::counters::ledger::{Link, Slip};
use crate::facts::{Alert, Present, Report, Ruling, Seq};
use crate::journal::{JournalFault, Retained};
use crate::rules::Settings;

/// What became of a report that is now on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Its entry; of a report that was kept before, the entry it had then (0 where only the newest is remembered).
    pub seq: Seq,
    /// Whether it was kept already, so that no entry was made now.
    pub duplicate: bool,
    /// The answer to a scan: the same for the same scan, whenever it is sent again.
    pub ruling: Option<Ruling>,
    /// The alerts that this report changed, as they stand after it.
    pub changes: Vec<Alert>,
}

/// Why a report is not kept. Its sender must not be acknowledged, and sends it again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotKept {
    /// The disk is full.
    #[error("the disk is full: {0}; make room and it goes on by itself")]
    Full(String),
    /// The database refused.
    #[error("{0}")]
    Storage(String),
    /// The data budget (bytes) is spent, and all that is left is never given up.
    #[error(
        "the data budget of {} MiB is spent, and what is left are scans, alerts and commands, which are never given up; \
         raise data.budget and start again",
        .0 >> 20
    )]
    Spent(u64),
    /// The gateway is stopping.
    #[error("the gateway is stopping")]
    Stopped,
}

impl NotKept {
    /// What a failure of the journal means for who sent something.
    pub fn because(fault: &JournalFault) -> Self {
        if fault.is_full() { Self::Full(fault.to_string()) } else { Self::Storage(fault.to_string()) }
    }
}

/// Who sent a report, as a number of the link's choosing that differs from every other sender's: a connection's, not a
/// device's, because one connection may speak for many devices.
pub type Sender = u64;

/// How soon a report is to be committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Haste {
    /// As soon as the recorder is free.
    Now,
    /// Soon, in company if any comes: its sender is acknowledged by the commit, and nobody looks at the clock.
    Soon(Sender),
    /// Whenever something else is committed, at the latest after the linger: nobody is answered.
    Linger,
}

/// What an output calls its cursor.
pub(super) type CursorName = Cow<'static, str>;

/// An entry that an output passes by: whose cursor passes it, its number, and why.
pub(super) type Parked = (&'static str, Seq, String);

/// One request to the recorder's thread.
pub(super) enum Ask {
    /// Keep this and write its fate down; answer where somebody waits.
    Keep(Report, Slip, Haste, Option<oneshot::Sender<Result<Receipt, NotKept>>>),
    /// Tell the present.
    Present(oneshot::Sender<Result<Arc<Present>, NotKept>>),
    /// Tell the rules' settings.
    Settings(oneshot::Sender<Result<Settings, NotKept>>),
    /// An output has come so far.
    Cursor(CursorName, Seq),
    /// An output passes this entry by.
    Park(Parked, oneshot::Sender<Result<(), NotKept>>),
    /// An output has come so far, and goes on only when that is on disk.
    Settle(CursorName, Seq, oneshot::Sender<Result<(), NotKept>>),
    /// The built-in broker holds this message for later subscribers; an empty payload lets it go.
    Retain(Retained, oneshot::Sender<Result<(), NotKept>>),
    /// Commit what is here and end.
    Stop(oneshot::Sender<()>),
}

/// The way to the recorder, shared by cloning.
#[derive(Debug, Clone)]
pub struct Handle {
    pub(super) asks: mpsc::Sender<Ask>,
    pub(super) newest: watch::Receiver<Seq>,
    /// The account of what the gateway itself reports.
    pub(super) own: Link,
    pub(super) refuses: watch::Receiver<Option<NotKept>>,
    pub(super) failures: watch::Receiver<Failures>,
}

impl Handle {
    /// Hands over a report of the gateway's own and waits until it is on disk.
    pub async fn submit(&self, report: Report) -> Result<Receipt, NotKept> {
        self.submit_heard(report, self.own.heard()).await
    }

    /// Hands a report over and waits until it is on disk and its fate is written down. At a full queue the caller
    /// waits, so that its own sender holds back.
    pub async fn submit_heard(&self, report: Report, slip: Slip) -> Result<Receipt, NotKept> {
        let haste = if report.awaited { Haste::Now } else { Haste::Linger };
        self.keep(report, slip, haste).await
    }

    /// The same for what a machine sends and no person waits for: it may be committed in the company of others, a
    /// moment later, unless `sender` was waiting for its last acknowledgement to send this.
    pub async fn submit_in_company(&self, report: Report, slip: Slip, sender: Sender) -> Result<Receipt, NotKept> {
        self.keep(report, slip, Haste::Soon(sender)).await
    }

    async fn keep(&self, report: Report, slip: Slip, haste: Haste) -> Result<Receipt, NotKept> {
        let (reply, answer) = oneshot::channel();
        self.asks.send(Ask::Keep(report, slip, haste, Some(reply))).await.map_err(|_| NotKept::Stopped)?;
        answer.await.map_err(|_| NotKept::Stopped)?
    }

    /// Hands over a report of the gateway's own that nobody waits for.
    pub async fn post(&self, report: Report) -> Result<(), NotKept> {
        self.post_heard(report, self.own.heard()).await
    }

    /// Hands over a report that nobody waits for: returns as soon as there is room for it. One that cannot be
    /// committed after that is counted as `not_kept`.
    pub async fn post_heard(&self, report: Report, slip: Slip) -> Result<(), NotKept> {
        let haste = if report.awaited { Haste::Now } else { Haste::Linger };
        self.asks.send(Ask::Keep(report, slip, haste, None)).await.map_err(|_| NotKept::Stopped)
    }

    /// The present after the newest commit.
    pub async fn present(&self) -> Result<Arc<Present>, NotKept> {
        let (reply, answer) = oneshot::channel();
        self.asks.send(Ask::Present(reply)).await.map_err(|_| NotKept::Stopped)?;
        answer.await.map_err(|_| NotKept::Stopped)?
    }

    /// The settings that the rules go by.
    pub async fn settings(&self) -> Result<Settings, NotKept> {
        let (reply, answer) = oneshot::channel();
        self.asks.send(Ask::Settings(reply)).await.map_err(|_| NotKept::Stopped)?;
        answer.await.map_err(|_| NotKept::Stopped)?
    }

    /// Wakes its holder when something newer is committed, and tells its number.
    pub fn newest(&self) -> watch::Receiver<Seq> {
        self.newest.clone()
    }

    /// Why nothing is taken in, where that is so though the journal can be written.
    pub fn refuses(&self) -> Option<NotKept> {
        self.refuses.borrow().clone()
    }

    /// Wakes its holder when reports can no longer be kept, or can again.
    pub fn failures(&self) -> watch::Receiver<Failures> {
        self.failures.clone()
    }

    /// Why nothing that is reported is kept now, whichever way.
    pub fn not_keeping(&self) -> Option<NotKept> {
        self.failures.borrow().now.clone().or_else(|| self.refuses())
    }

    /// Notes how far the output `name` has come; it rides along with the next commit. A note that is lost makes the
    /// output send again what its receiver recognises.
    pub fn save_cursor(&self, name: impl Into<CursorName>, seq: Seq) {
        let name = name.into();
        if self.asks.try_send(Ask::Cursor(name.clone(), seq)).is_err() {
            tracing::debug!(%name, seq, "the recorder is busy; this cursor rides with a later commit");
        }
    }

    /// Keeps how far the output `name` has come; returns after the commit.
    pub async fn settle(&self, name: impl Into<CursorName>, seq: Seq) -> Result<(), NotKept> {
        let (reply, answer) = oneshot::channel();
        self.asks.send(Ask::Settle(name.into(), seq, reply)).await.map_err(|_| NotKept::Stopped)?;
        answer.await.map_err(|_| NotKept::Stopped)?
    }

    /// Keeps the number and reason of an entry that `name`'s receiver refuses for good; returns after the commit.
    pub async fn park(&self, name: &'static str, seq: Seq, reason: String) -> Result<(), NotKept> {
        let (reply, answer) = oneshot::channel();
        self.asks.send(Ask::Park((name, seq, reason), reply)).await.map_err(|_| NotKept::Stopped)?;
        answer.await.map_err(|_| NotKept::Stopped)?
    }

    /// Keeps a retained message, or lets it go where its payload is empty; returns after the commit.
    pub async fn retain(&self, message: Retained) -> Result<(), NotKept> {
        let (reply, answer) = oneshot::channel();
        self.asks.send(Ask::Retain(message, reply)).await.map_err(|_| NotKept::Stopped)?;
        answer.await.map_err(|_| NotKept::Stopped)?
    }

    /// Commits everything handed over so far and ends the recorder.
    pub async fn stop(&self) {
        let (reply, done) = oneshot::channel();
        if self.asks.send(Ask::Stop(reply)).await.is_ok() && done.await.is_err() {
            tracing::warn!("the recorder ended before it said that it was done");
        }
    }
}
