//! Has a rule of one's own that takes long switched off: by an order in the journal, so that a replay, which measures
//! nothing, switches it off at the same place.

use std::sync::OnceLock;
use std::time::Instant;

use super::Recorder;
use crate::facts::Fact;

/// Microseconds since this was first asked.
pub(super) fn stopwatch() -> u64 {
    static BEGUN: OnceLock<Instant> = OnceLock::new();
    u64::try_from(BEGUN.get_or_init(Instant::now).elapsed().as_micros()).unwrap_or(u64::MAX)
}

impl Recorder {
    /// One at a time, after a commit.
    pub(super) fn switch_off_slow(&mut self) {
        let Some(order) = self.kept.as_mut().and_then(|(_, engine)| engine.take_slow()) else { return };
        tracing::warn!(?order, "a rule of one's own takes too long and is switched off");
        let now = self.clock.now();
        if let Err(fault) = self.keep_own(now, |_, _| Ok(vec![Fact::Command(order)])) {
            self.counters.commits_failed.inc();
            self.fail(&fault);
        }
    }
}
