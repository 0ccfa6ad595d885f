//! How long a report that its sender waits for, and no person does, waits for the company of others.
//!
//! Promises that a sender which speaks again at once after its acknowledgement is never kept waiting for those who are
//! silent. Knows nothing of reports.

use std::time::{Duration, Instant};

use super::Sender;

/// What machines send and nobody waits for is committed together: so long after the last commit at the latest. A commit
/// of its own for each would write three times the bytes at a venue's 200 messages a second, and a memory card has only
/// so many of them.
const COMPANY: Duration = Duration::from_millis(40);
/// A sender that comes again so soon after its acknowledgement has been waiting for it, and has more to say. Keeping it
/// waiting as long as the others would slow it down, so it is not.
const STRIDE: Duration = Duration::from_millis(10);
/// How long those who have come back wait until half of all whom the last commit answered have. So they take turns: one
/// half is on its way while the other is written. Written as they come, every few would cost a flush of the disk.
const TURN: Duration = Duration::from_millis(1);

/// Whom the last commit answered of those that may wait for company.
pub(super) struct Answered {
    at: Instant,
    senders: Vec<Sender>,
    /// How many of them have come back since.
    back: usize,
}

/// How long a report may wait for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// It is to be committed.
    None,
    /// Until then, and others are about to come.
    Turn(Instant),
    /// Until then.
    Company(Instant),
}

impl Answered {
    /// Who is answered by a commit that is done.
    pub(super) fn now(senders: Vec<Sender>) -> Self {
        Self { at: Instant::now(), senders, back: 0 }
    }

    /// How long the report of this sender, come at `now`, may wait for others.
    pub(super) fn wait_for_others(&mut self, sender: Sender, now: Instant) -> Patience {
        if now.saturating_duration_since(self.at) >= STRIDE || !self.senders.contains(&sender) {
            return Patience::Company(self.at + COMPANY);
        }
        self.back += 1;
        if self.back * 2 < self.senders.len() { Patience::Turn(now + TURN) } else { Patience::None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waited_for_an_acknowledgement_waits_for_half_of_its_like_and_no_longer() {
        let mut answered = Answered::now((1..=5).collect());
        let now = answered.at;
        assert_eq!(answered.wait_for_others(9, now), Patience::Company(now + COMPANY), "it was not answered");
        assert_eq!(answered.wait_for_others(1, now), Patience::Turn(now + TURN));
        assert_eq!(answered.wait_for_others(2, now), Patience::Turn(now + TURN), "two of five");
        assert_eq!(answered.wait_for_others(3, now), Patience::None);
        assert_eq!(
            answered.wait_for_others(4, now + STRIDE),
            Patience::Company(now + COMPANY),
            "it had time to send and did not"
        );
        assert_eq!(
            Answered::now(vec![7]).wait_for_others(7, Instant::now()),
            Patience::None,
            "who is alone waits for nobody"
        );
    }
}
