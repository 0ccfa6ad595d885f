//! How often a receiver is spoken to: a bucket of messages that fills up with time.
//!
//! Pure: the time is an argument.

use std::time::Duration;

use tokio::time::Instant;

/// So many messages at once, and one more each `every`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Messages at once.
    pub burst: u32,
    /// The time that a message takes to be allowed again.
    pub every: Duration,
}

/// What is left of an allowance.
#[derive(Debug)]
pub(super) struct Bucket {
    allowance: Allowance,
    /// When it would be full again.
    full_at: Option<Instant>,
}

impl Bucket {
    /// A full one.
    pub(super) const fn new(allowance: Allowance) -> Self {
        Self { allowance, full_at: None }
    }

    /// Takes a message out, or says when one will be there.
    pub(super) fn take(&mut self, now: Instant) -> Result<(), Instant> {
        let Allowance { burst, every } = self.allowance;
        let full_at = self.full_at.map_or(now, |at| at.max(now)) + every;
        let allowed_at = full_at.checked_sub(every * burst).unwrap_or(now);
        if allowed_at > now {
            return Err(allowed_at);
        }
        self.full_at = Some(full_at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_goes_at_once_and_the_next_when_its_time_has_come() {
        let mut bucket = Bucket::new(Allowance { burst: 3, every: Duration::from_secs(4) });
        let now = Instant::now();
        for _ in 0..3 {
            assert_eq!(bucket.take(now), Ok(()));
        }
        let next = now + Duration::from_secs(4);
        assert_eq!(bucket.take(now), Err(next));
        assert_eq!(bucket.take(next), Ok(()));
        assert!(bucket.take(next).is_err());
        let later = next + Duration::from_mins(10);
        assert_eq!([(); 3].map(|()| bucket.take(later)), [Ok(()); 3]);
        assert!(bucket.take(later).is_err());
    }
}
