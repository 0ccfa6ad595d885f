//! What a way out of the gateway must be able to do, and what a receiver can make of a delivery.
//!
//! Says what the words mean. What is done about each answer: see `delivery`.

use std::future::Future;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crate::journal::{JournalFault, Row};

/// Entries of one batch; the rest make the next. The contract promises no more to a receiver.
pub const EVENTS_MAX: usize = 500;
/// Bytes of one batch before compression; what is beyond makes the next, but one entry always goes, however large.
pub const BYTES_MAX: usize = 256 * 1024;

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
    /// It gave up, or its answer did not arrive whole; when to come back, where it says so.
    Failed(String, Option<Duration>),
    /// No whole answer in time: it hangs, or the line is too slow for so much at once.
    Late(String),
    /// No connection could be made at all, so nothing was sent.
    Unreachable(String),
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

    /// Whether a connection can be made; sends nothing on it. Cheap, and bounded in time. May be dropped at any await.
    fn knock(&self) -> impl Future<Output = bool> + Send;
}
