//! What the lanes to one receiver tell each other: that one got through, and that it wants to be left alone.
//!
//! Holds nothing of what is delivered.

use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;
use tokio::time::Instant;

/// Shared by the lanes to one receiver.
#[derive(Debug, Default)]
pub struct Link {
    /// Counts recoveries: one lane that gets through ends the other's back-off.
    recoveries: watch::Sender<u64>,
    /// The receiver asked to be left alone until then.
    closed_until: Mutex<Option<Instant>>,
}

impl Link {
    pub(super) fn recoveries(&self) -> watch::Receiver<u64> {
        self.recoveries.subscribe()
    }

    pub(super) fn recovered(&self) {
        self.recoveries.send_modify(|count| *count += 1);
    }

    pub(super) fn closed_until(&self) -> Option<Instant> {
        *self.closed_until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn close(&self, until: Instant) {
        let mut closed = self.closed_until.lock().unwrap_or_else(PoisonError::into_inner);
        *closed = Some(closed.map_or(until, |was| was.max(until)));
    }
}
