//! How our time moves: what the clock proposes, or a person says, becomes an entry, and holds from its commit on.
//!
//! Judges nobody's word: see [`crate::clock`].

use super::{Recorder, Waiting};
use crate::clock::{Clock, Move};
use crate::facts::{ClockFact, Command, Fact, Report};

/// Whether a person says what the time is. Such an order ends its batch: the next one is reckoned from what came of it.
pub(super) fn is_order(report: &Report) -> bool {
    matches!(report.fact, Fact::Command(Command::TrustClock { .. }))
}

impl Recorder {
    /// Puts what changes our time among what is kept: at most one change, as the next is reckoned from it.
    pub(super) fn move_time(&self, waiting: &mut Vec<Waiting>, look: bool) {
        let ordered = waiting.iter().enumerate().find_map(|(index, one)| match &one.report.fact {
            Fact::Command(Command::TrustClock { at, .. }) => Some((index + 1, *at)),
            _ => None,
        });
        let (index, moved) = match ordered {
            // One that is in doubt was refused where it came in; if it became so on the way, the command changes nothing.
            Some((after, at)) => (after, self.clock.confirm(at).ok().flatten()),
            // First, because everything after it is stamped by the new reckoning.
            None if look => (0, self.clock.look()),
            None => return,
        };
        if let Some(moved) = moved {
            let report = self.own_report(Fact::Clock(moved.fact.clone()));
            waiting.insert(index, Waiting { moved: Some(moved), ..report });
        }
    }
}

/// The entry of a move is on disk: it holds, and is said.
pub(super) fn adopt(clock: &Clock, moved: &Move) {
    clock.adopt(moved);
    let ClockFact { trusted, source, stepped_ms, reason } = &moved.fact;
    let reason = reason.as_deref().unwrap_or("as it stands");
    if *trusted {
        tracing::info!(?source, stepped_ms, reason, "time is trusted");
    } else {
        tracing::warn!(?source, reason, "time is not trusted");
    }
}
