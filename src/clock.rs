//! What time it is, and who says so.
//!
//! `received_at` comes from here and nowhere else: an anchor plus the monotonic clock, never the raw wall clock, so
//! it cannot run back or jump on nobody's word. Holds no timer and starts no thread.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::facts::{ClockFact, ClockSource, Span, Timestamp};

/// A wall clock that differs from our reckoning by less than this has not been stepped; it was slewed or read late.
const STEP_MIN: Span = Span::from_millis(500);
/// A wall clock this far after the newest entry is absurd: nobody leaves a gateway off for two years and calls it right.
const AHEAD_OF_ENTRY_MAX: Span = Span::from_mins(2 * 366 * 24 * 60);
/// The same where nothing is recorded yet: no gateway is installed twenty years after it was built.
const AHEAD_OF_BUILD_MAX: Span = Span::from_mins(20 * 366 * 24 * 60);
/// Nothing was recorded before this program was written.
const BUILT_AT: Timestamp = Timestamp::from_millis(1_790_000_000_000);

/// Our reckoning at one instant, and how fast it runs.
#[derive(Debug, Clone, Copy)]
struct Anchor {
    at: Timestamp,
    instant: Instant,
    speed: f64,
}

/// The time, shared by everyone. Cloning gives the same clock.
#[derive(Debug, Clone)]
pub struct Clock {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    anchor: Anchor,
    /// The wall clock read beside the monotonic one; none where time is made (demo, tests).
    wall: bool,
    standing: ClockFact,
}

impl Clock {
    /// The machine's clock, anchored now. `newest` is the newest entry's stamp: an earlier wall clock is not believed,
    /// and then the later of build and newest entry is the anchor and time is not trusted.
    pub fn system(newest: Option<Timestamp>) -> Self {
        let wall = wall_now();
        let floor = newest.map_or(BUILT_AT, |n| n.max(BUILT_AT));
        let ahead_max = if newest.is_some() { AHEAD_OF_ENTRY_MAX } else { AHEAD_OF_BUILD_MAX };
        let plausible = wall >= floor.minus(Span::from_secs(2)) && wall.since(floor) < ahead_max;
        let (at, trusted, source, reason) = if !plausible {
            let reason = format!("the machine's clock says {wall}, which cannot be right; going on from {floor}");
            (floor, false, ClockSource::None, Some(reason))
        } else if kernel_synchronised() {
            (wall.max(floor), true, ClockSource::Ntp, None)
        } else {
            (wall.max(floor), true, ClockSource::System, None)
        };
        let anchor = Anchor { at, instant: Instant::now(), speed: 1.0 };
        Self::with(anchor, true, ClockFact { trusted, source, stepped_ms: 0, reason })
    }

    /// A made day: `start` is at `instant`, and time runs `speed` times as fast as on the wall.
    pub fn scaled(start: Timestamp, instant: Instant, speed: f64) -> Self {
        let standing = ClockFact { trusted: true, source: ClockSource::System, stepped_ms: 0, reason: None };
        Self::with(Anchor { at: start, instant, speed }, false, standing)
    }

    /// A clock that stands until [`Clock::set`] moves it; for tests and replays.
    pub fn manual(at: Timestamp) -> Self {
        Self::scaled(at, Instant::now(), 0.0)
    }

    fn with(anchor: Anchor, wall: bool, standing: ClockFact) -> Self {
        Self { inner: Arc::new(Mutex::new(Inner { anchor, wall, standing })) }
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time now, by our reckoning.
    pub fn now(&self) -> Timestamp {
        self.inner().anchor.now()
    }

    /// Moves a manual clock.
    pub fn set(&self, at: Timestamp) {
        let mut inner = self.inner();
        inner.anchor.at = at;
        inner.anchor.instant = Instant::now();
    }

    /// Who vouches for the time.
    pub fn standing(&self) -> ClockFact {
        self.inner().standing.clone()
    }

    /// How long to wait on this machine until `at`; none for a manual clock, which never gets there by itself.
    pub fn wait_until(&self, at: Timestamp) -> Option<Duration> {
        let anchor = self.inner().anchor;
        if anchor.speed <= 0.0 {
            return None;
        }
        let ms = at.since(anchor.now()).as_millis().max(0) as f64 / anchor.speed;
        Some(Duration::from_micros((ms * 1000.0).ceil() as u64))
    }

    /// Compares our reckoning with the wall clock. A step that the kernel vouches for is adopted, any other is not;
    /// either way the change of standing is returned once, to be journaled.
    pub fn look(&self) -> Option<ClockFact> {
        let mut inner = self.inner();
        if !inner.wall {
            return None;
        }
        let ours = inner.anchor.now();
        let (wall, synchronised) = (wall_now(), kernel_synchronised());
        let off = wall.since(ours);
        let stepped = off.as_millis().abs() >= STEP_MIN.as_millis();
        let standing = match (synchronised, stepped) {
            (true, stepped) => {
                if stepped {
                    inner.anchor = Anchor { at: wall, instant: Instant::now(), speed: 1.0 };
                }
                let stepped_ms = if stepped { off.as_millis() } else { 0 };
                ClockFact { trusted: true, source: ClockSource::Ntp, stepped_ms, reason: None }
            }
            (false, true) if off.as_millis().abs() >= 2_000 => {
                let reason = format!(
                    "the machine's clock was moved by {} s and nobody vouches for it; going on by our own reckoning",
                    off.as_secs()
                );
                let was = &inner.standing;
                ClockFact { trusted: false, source: was.source, stepped_ms: 0, reason: Some(reason) }
            }
            (false, _) => return None,
        };
        let same = standing.stepped_ms == 0
            && standing.trusted == inner.standing.trusted
            && standing.source == inner.standing.source;
        if same {
            return None;
        }
        inner.standing = ClockFact { stepped_ms: 0, ..standing.clone() };
        Some(standing)
    }
}

impl Anchor {
    fn now(self) -> Timestamp {
        let micros = self.instant.elapsed().as_micros() as f64 * self.speed;
        self.at.plus(Span::from_millis((micros / 1000.0) as i64))
    }
}

fn wall_now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Whether the kernel's clock is disciplined by NTP, PTP or a receiver (`adjtimex(2)`, `STA_UNSYNC` clear).
#[allow(unsafe_code)]
fn kernel_synchronised() -> bool {
    // SAFETY: `timex` is plain data for which zero is a valid value, and modes 0 makes the call read-only.
    unsafe {
        let mut state: libc::timex = std::mem::zeroed();
        let answer = libc::adjtimex(&raw mut state);
        answer >= 0 && answer != libc::TIME_ERROR && state.status & libc::STA_UNSYNC == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scaled_clock_runs_fast_and_says_how_long_to_wait() {
        let start = Timestamp::from_millis(1_795_000_000_000);
        let clock = Clock::scaled(start, Instant::now(), 3600.0);
        let wait = clock.wait_until(start.plus(Span::from_mins(60))).unwrap();
        assert!(wait <= Duration::from_secs(1) && wait > Duration::from_millis(500), "{wait:?}");
        assert!(clock.now() >= start);
    }

    #[test]
    fn a_clock_behind_the_newest_entry_is_not_trusted() {
        let newest = Timestamp::MAX.minus(Span::from_mins(1));
        let clock = Clock::system(Some(newest));
        assert!(!clock.standing().trusted);
        assert!(clock.now() >= newest);
    }

    #[test]
    fn a_manual_clock_stands() {
        let clock = Clock::manual(Timestamp::from_millis(5));
        assert_eq!(clock.now(), Timestamp::from_millis(5));
        assert_eq!(clock.wait_until(Timestamp::from_millis(9)), None);
        clock.set(Timestamp::from_millis(9));
        assert_eq!(clock.now(), Timestamp::from_millis(9));
    }
}
