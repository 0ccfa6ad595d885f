//! What waits for the recorder. A GPS cannot be made to wait, so the oldest position gives way.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::counters::ledger::{Fate, Slip};
use crate::counters::{AtBound, Counters};
use crate::facts::{Kind, Report};

/// A report, and the slip for its fate.
pub(super) type Said = (Report, Slip);

/// Reports that wait on one port: four minutes of two vehicles at 1 Hz. At the bound the oldest position is given up
/// for the new report, or the oldest report where there is no position, and counted as `serial_reports_max`.
pub(super) const REPORTS_MAX: usize = 512;

/// A bounded queue with one reader.
#[derive(Debug)]
pub(super) struct Outbox {
    state: Mutex<State>,
    newer: Notify,
    counters: Arc<Counters>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Said>,
    closed: bool,
}

impl Outbox {
    pub(super) fn new(counters: Arc<Counters>) -> Self {
        Self { state: Mutex::default(), newer: Notify::new(), counters }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds reports in order. Never waits.
    pub(super) fn extend(&self, reports: Vec<Said>) {
        if reports.is_empty() {
            return;
        }
        let mut state = self.state();
        for report in reports {
            if state.waiting.len() >= REPORTS_MAX {
                let oldest = state.waiting.iter().position(|(r, _)| r.fact.kind() == Kind::Position).unwrap_or(0);
                if let Some((_, slip)) = state.waiting.remove(oldest) {
                    slip.ended(Fate::Dropped("serial_reports_max"));
                }
                self.counters.dropped.get_or_create(&AtBound { bound: "serial_reports_max" }).inc();
            }
            state.waiting.push_back(report);
        }
        drop(state);
        self.newer.notify_one();
    }

    /// Nothing more will come.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.newer.notify_one();
    }

    /// The oldest report; none when closed and empty.
    pub(super) async fn next(&self) -> Option<Said> {
        loop {
            {
                let mut state = self.state();
                if let Some(said) = state.waiting.pop_front() {
                    return Some(said);
                }
                if state.closed {
                    return None;
                }
            }
            self.newer.notified().await;
        }
    }
}
