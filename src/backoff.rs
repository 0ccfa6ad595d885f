//! How long to wait before the next try: full jitter, so that many who lost the same link do not come back at once.
//!
//! Pure: the attempt and the chance are arguments. Sleeps nowhere.

use std::time::Duration;

/// A back-off between two bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The ceiling of the first wait; it doubles with each attempt.
    pub first: Duration,
    /// No wait is longer.
    pub most: Duration,
}

impl Backoff {
    /// The wait before try number `attempt` (0 is the first retry), drawn evenly from the upper half of
    /// `first · 2^attempt` capped at `most`. `chance` is any random number; only its low 32 bits are used.
    /// The lower half is left out so that a link that flaps cannot make a busy loop.
    pub fn delay(self, attempt: u32, chance: u64) -> Duration {
        let ceiling = self.first.saturating_mul(1_u32.checked_shl(attempt.min(20)).unwrap_or(u32::MAX)).min(self.most);
        let half = ceiling / 2;
        let share = u32::try_from(chance & 0xffff_ffff).unwrap_or(0);
        let extra = u128::from(share) * half.as_nanos() / u128::from(u32::MAX);
        half + Duration::from_nanos(u64::try_from(extra).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_cap_and_stay_in_their_half() {
        let backoff = Backoff { first: Duration::from_secs(1), most: Duration::from_secs(30) };
        for (attempt, ceiling) in [(0, 1000), (1, 2000), (4, 16_000), (5, 30_000), (60, 30_000), (u32::MAX, 30_000)] {
            assert_eq!(backoff.delay(attempt, 0).as_millis(), ceiling / 2);
            assert_eq!(backoff.delay(attempt, u64::MAX).as_millis(), ceiling);
        }
    }
}
