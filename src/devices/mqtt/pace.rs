//! How fast one connection of the built-in broker may say what nobody waits for.
//!
//! Promises that a device which floods waits for its own flood, so that others are answered as before: what is
//! acknowledged goes at the pace of the disk by itself, the rest at this one. Loses nothing: a connection that must wait
//! is not read meanwhile, so its sender is held back. Reads no clock.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The time that each message takes up: 500 a second, more than twice a busy site's whole telemetry by one bridge.
const EACH: Duration = Duration::from_millis(2);
/// What may come at once before anybody waits: 2,500 messages, as after a bridge's reconnect.
const BURST: Duration = Duration::from_secs(5);

/// The connections, by where they come from, and until when their messages take up time.
#[derive(Debug, Default)]
pub(super) struct Pace {
    busy_until: Mutex<HashMap<SocketAddr, Instant>>,
}

impl Pace {
    /// A message came from there; how long its connection must wait before it is read again.
    pub(super) fn take(&self, from: SocketAddr, now: Instant) -> Duration {
        let mut all = self.busy_until.lock().unwrap_or_else(PoisonError::into_inner);
        let busy_until = all.entry(from).or_insert(now);
        *busy_until = (*busy_until).max(now) + EACH;
        busy_until.saturating_duration_since(now + BURST)
    }

    /// The connection ended.
    pub(super) fn gone(&self, from: SocketAddr) {
        self.busy_until.lock().unwrap_or_else(PoisonError::into_inner).remove(&from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_a_flood_waits_for_itself_alone() {
        let (pace, begun) = (Pace::default(), Instant::now());
        let (flood, other) = ("192.0.2.1:1".parse().unwrap(), "192.0.2.1:2".parse().unwrap());
        assert!((0..2_500).all(|_| pace.take(flood, begun).is_zero()));
        assert_eq!(pace.take(flood, begun), EACH);
        assert!(pace.take(other, begun).is_zero());
        // Who says less than the pace never waits.
        assert!((0..10_000).all(|n| pace.take(other, begun + EACH * n).is_zero()));
        // A flood that waits as it is told gets the pace, and no more.
        let mut now = begun;
        for _ in 0..1_000 {
            now += pace.take(flood, now);
        }
        assert!((now - begun).abs_diff(EACH * 1_001) < EACH * 2, "{:?}", now - begun);
        pace.gone(flood);
        assert!(pace.take(flood, now).is_zero());
    }
}
