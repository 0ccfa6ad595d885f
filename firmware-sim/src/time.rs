//! The day's clock: virtual time that runs `speed` times as fast as the wall. It only tells time and sleeps; what
//! happens when is the scenario's business.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// A clock that cannot run: a speed that is zero, negative or not a number.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("the simulated clock cannot run at speed {0}; give a number above 0 (60 = an hour a minute)")]
pub struct BadSpeed(f64);

/// Virtual time, shared by everything that takes part in one run.
///
/// Two parties that are given the same start, anchor and speed agree on the time to the nanosecond, which is how the
/// gateway's demo and the devices live in one day.
#[derive(Debug, Clone, Copy)]
pub struct SimClock {
    start_utc: Timestamp,
    anchor: Instant,
    speed: f64,
}

impl SimClock {
    /// A clock that shows `start_utc` at the instant `anchor` and from then on runs `speed` times as fast.
    ///
    /// # Errors
    /// [`BadSpeed`] unless `speed` is a finite number above zero.
    pub fn new(start_utc: Timestamp, anchor: Instant, speed: f64) -> Result<Self, BadSpeed> {
        if speed.is_finite() && speed > 0.0 { Ok(Self { start_utc, anchor, speed }) } else { Err(BadSpeed(speed)) }
    }

    /// The time it is now, in the simulated day.
    pub fn now(&self) -> Timestamp {
        self.at(Instant::now())
    }

    /// The simulated time at a given instant of the machine; before the anchor it is the start.
    pub fn at(&self, instant: Instant) -> Timestamp {
        let elapsed = instant.saturating_duration_since(self.anchor).as_secs_f64() * self.speed;
        let elapsed = SignedDuration::try_from_secs_f64(elapsed).unwrap_or(SignedDuration::MAX);
        self.start_utc.saturating_add(elapsed).unwrap_or(Timestamp::MAX)
    }

    /// The instant of the machine at which the simulated time will be `virtual_time`; the anchor for all that lies
    /// before the start.
    pub fn instant_of(&self, virtual_time: Timestamp) -> Instant {
        let ahead = virtual_time.duration_since(self.start_utc);
        self.anchor.checked_add(self.wall(ahead)).unwrap_or(self.anchor)
    }

    /// How long a stretch of simulated time lasts on the wall; nothing for a negative one.
    pub fn wall(&self, virtual_span: SignedDuration) -> Duration {
        Duration::try_from_secs_f64(virtual_span.as_secs_f64().max(0.0) / self.speed).unwrap_or(Duration::MAX)
    }

    /// Sleeps until the simulated time is `virtual_time`; returns at once if it has been.
    pub async fn sleep_until(&self, virtual_time: Timestamp) {
        tokio::time::sleep_until(self.instant_of(virtual_time).into()).await;
    }

    /// How many simulated seconds pass in one second of the wall.
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// The simulated time at the anchor.
    pub fn start(&self) -> Timestamp {
        self.start_utc
    }
}

/// A stretch of the day: from (included) until (excluded).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
}

impl Span {
    /// A stretch that begins at `from` and lasts `minutes`.
    pub fn minutes(from: Timestamp, minutes: i64) -> Self {
        Self { from, until: from + SignedDuration::from_mins(minutes) }
    }

    /// Whether a moment lies in the stretch.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }

    /// How long it lasts.
    pub fn length(&self) -> SignedDuration {
        self.until.duration_since(self.from)
    }
}

/// A time as it stands on the wire: RFC 3339 in UTC with milliseconds, `2026-11-23T02:17:20.412Z`.
pub fn on_the_wire(at: Timestamp) -> String {
    format!("{at:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Timestamp {
        "2026-11-23T04:00:00Z".parse().unwrap()
    }

    #[test]
    fn an_hour_passes_in_a_minute_at_speed_sixty() {
        let anchor = Instant::now();
        let clock = SimClock::new(noon(), anchor, 60.0).unwrap();
        assert_eq!(clock.at(anchor + Duration::from_mins(1)), noon() + SignedDuration::from_hours(1));
        assert_eq!(clock.wall(SignedDuration::from_mins(1)), Duration::from_secs(1));
        assert_eq!(clock.instant_of(noon() + SignedDuration::from_mins(30)), anchor + Duration::from_secs(30));
    }

    #[test]
    fn before_the_anchor_the_clock_stands_at_the_start() {
        let anchor = Instant::now() + Duration::from_secs(5);
        let clock = SimClock::new(noon(), anchor, 60.0).unwrap();
        assert_eq!(clock.at(anchor.checked_sub(Duration::from_secs(3)).unwrap()), noon());
        assert_eq!(clock.instant_of(noon() - SignedDuration::from_hours(2)), anchor);
    }

    #[test]
    fn a_clock_that_cannot_run_is_refused() {
        for speed in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(SimClock::new(noon(), Instant::now(), speed).is_err(), "{speed}");
        }
    }

    #[test]
    fn the_wire_has_milliseconds_and_z() {
        assert_eq!(on_the_wire("2026-11-23T10:17:20.4129+08:00".parse().unwrap()), "2026-11-23T02:17:20.412Z");
    }
}
