//! What time it is, and who says so.
//!
//! `received_at` comes from here and nowhere else: an anchor plus the monotonic clock, never the raw wall clock, so
//! it cannot run back or jump on nobody's word. Holds no timer and starts no thread.

mod receivers;
mod reckoning;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::facts::{ClockFact, ClockSource, Name, Span, Timestamp};
use reckoning::{Reckoning, Seen};

pub use reckoning::{Doubt, Move};

/// Whose word on the time is taken, beside a person's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vouchers {
    /// The kernel's, where it says that its clock is synchronised.
    pub ntp: bool,
    /// A configured GPS receiver's.
    pub gps: bool,
}

impl Vouchers {
    /// For whoever only wants to know what time it probably is.
    pub const NOBODY: Self = Self { ntp: false, gps: false };
}

/// The time, shared by everyone. Cloning gives the same clock.
#[derive(Debug, Clone)]
pub struct Clock {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
enum Inner {
    Real {
        /// When the steady clock of the reckoning began.
        begun: Instant,
        vouchers: Vouchers,
        reckoning: Reckoning,
    },
    /// Time is made: for the demonstration, tests and replays. `at` is at `instant`, and runs at `speed`.
    Made { at: Timestamp, instant: Instant, speed: f64 },
}

impl Clock {
    /// The machine's clock, anchored now. `newest` is the newest entry's stamp, by which the wall clock is judged.
    pub fn system(newest: Option<Timestamp>, vouchers: Vouchers) -> Self {
        let begun = Instant::now();
        let reckoning = Reckoning::begin(seen(begun, vouchers), newest);
        Self { inner: Arc::new(Mutex::new(Inner::Real { begun, vouchers, reckoning })) }
    }

    /// A made day: `start` is at `instant`, and time runs `speed` times as fast as on the wall.
    pub fn scaled(start: Timestamp, instant: Instant, speed: f64) -> Self {
        Self { inner: Arc::new(Mutex::new(Inner::Made { at: start, instant, speed })) }
    }

    /// A clock that stands until [`Clock::set`] moves it; for tests and replays.
    pub fn manual(at: Timestamp) -> Self {
        Self::scaled(at, Instant::now(), 0.0)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time now, by our reckoning.
    pub fn now(&self) -> Timestamp {
        match &*self.inner() {
            Inner::Real { begun, reckoning, .. } => reckoning.now(steady(*begun)),
            Inner::Made { at, instant, speed } => made_now(*at, *instant, *speed),
        }
    }

    /// Moves a manual clock; any other goes its own way.
    pub fn set(&self, to: Timestamp) {
        if let Inner::Made { at, instant, .. } = &mut *self.inner() {
            (*at, *instant) = (to, Instant::now());
        }
    }

    /// Who vouches for the time.
    pub fn standing(&self) -> ClockFact {
        match &*self.inner() {
            Inner::Real { reckoning, .. } => reckoning.standing().clone(),
            Inner::Made { .. } => ClockFact { trusted: true, source: ClockSource::System, stepped_ms: 0, reason: None },
        }
    }

    /// How long to wait on this machine until `to`; none for a manual clock, which never gets there by itself.
    pub fn wait_until(&self, to: Timestamp) -> Option<Duration> {
        let ms = match &*self.inner() {
            Inner::Real { begun, reckoning, .. } => reckoning.until(to, steady(*begun)).as_millis().max(0) as f64,
            Inner::Made { speed, .. } if *speed <= 0.0 => return None,
            Inner::Made { at, instant, speed } => {
                to.since(made_now(*at, *instant, *speed)).as_millis().max(0) as f64 / speed
            }
        };
        Some(Duration::from_micros((ms * 1000.0).ceil() as u64))
    }

    /// A configured receiver told its own full time with a valid fix. It is weighed at the next [`Clock::look`].
    pub fn hear(&self, receiver: &Name, told: Timestamp) {
        if let Inner::Real { begun, vouchers: Vouchers { gps: true, .. }, reckoning } = &mut *self.inner() {
            reckoning.hear(receiver, told, steady(*begun));
        }
    }

    /// Compares our reckoning with the wall clock and the receivers. What ought to change is proposed until it is
    /// adopted, and nothing changes before that.
    pub fn look(&self) -> Option<Move> {
        match &mut *self.inner() {
            Inner::Real { begun, vouchers, reckoning } => reckoning.look(seen(*begun, *vouchers)),
            Inner::Made { .. } => None,
        }
    }

    /// A person says that it is `at` now or, without one, that our time is right as it stands. None: that is known.
    ///
    /// # Errors
    /// [`Doubt`] where that cannot be, or something better says otherwise.
    pub fn confirm(&self, at: Option<Timestamp>) -> Result<Option<Move>, Doubt> {
        match &*self.inner() {
            Inner::Real { begun, vouchers, reckoning } => reckoning.confirm(at, seen(*begun, *vouchers)),
            Inner::Made { .. } if at.is_none() => Ok(None),
            Inner::Made { .. } => Err(Doubt::Made),
        }
    }

    /// What was proposed is on disk: it holds from here on.
    pub fn adopt(&self, moved: &Move) {
        if let Inner::Real { begun, reckoning, .. } = &mut *self.inner() {
            reckoning.adopt(moved, steady(*begun));
        }
    }
}

fn made_now(at: Timestamp, instant: Instant, speed: f64) -> Timestamp {
    let micros = instant.elapsed().as_micros() as f64 * speed;
    at.plus(Span::from_millis((micros / 1000.0) as i64))
}

fn steady(begun: Instant) -> Span {
    Span::from_millis(i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX))
}

/// What the wall clock says, trusted or not: for names of files, never for entries.
pub fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn seen(begun: Instant, vouchers: Vouchers) -> Seen {
    Seen { steady: steady(begun), wall: wall(), synchronised: vouchers.ntp && kernel_synchronised() }
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
