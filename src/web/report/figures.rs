//! The few numbers that many observations are told by, and their rounding.
//!
//! Promises that of nothing there is no figure: no share of none, no median of none.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::facts::Span;

/// Lengths of time as their middle, the ninth of ten, and the longest; whole seconds, by nearest rank.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Spread {
    /// How many lengths were known. Where there are none, every other member is null.
    pub known: u32,
    /// Half of them took at most this long.
    pub median_s: Option<u32>,
    /// Nine of ten took at most this long.
    pub p90_s: Option<u32>,
    /// The longest.
    pub longest_s: Option<u32>,
}

/// Lengths of time, counted by their seconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lengths(BTreeMap<u32, u32>);

impl Lengths {
    /// What takes longer than a day counts as a day, so that there are only so many lengths to remember.
    const MAX_S: u32 = 86_400;

    pub fn push_s(&mut self, seconds: u32) {
        *self.0.entry(seconds.min(Self::MAX_S)).or_default() += 1;
    }

    /// A negative length (our clock was put back in it) is none.
    pub fn push(&mut self, length: Span) {
        if let (false, seconds) = (length < Span::ZERO, length.as_secs()) {
            self.push_s(u32::try_from(seconds).unwrap_or(u32::MAX));
        }
    }

    /// Those of another as well.
    pub fn add(&mut self, other: &Self) {
        for (seconds, count) in &other.0 {
            *self.0.entry(*seconds).or_default() += count;
        }
    }

    pub fn spread(&self) -> Spread {
        let known = self.0.values().sum::<u32>();
        // The smallest length that this many tenths of all do not exceed.
        let rank = |tenths: u32| {
            let rank = (u64::from(known) * u64::from(tenths)).div_ceil(10);
            let mut passed = 0;
            self.0.iter().find_map(|(seconds, count)| {
                passed += u64::from(*count);
                (passed >= rank).then_some(*seconds)
            })
        };
        let longest_s = self.0.last_key_value().map(|(seconds, _)| *seconds);
        Spread { known, median_s: rank(5), p90_s: rank(9), longest_s }
    }
}

/// `part` of `whole` per cent, to a tenth; none of nothing.
pub(super) fn percent(part: impl Into<f64>, whole: impl Into<f64>) -> Option<f64> {
    let (part, whole) = (part.into(), whole.into());
    (whole > 0.0).then(|| tenths(part / whole * 100.0))
}

/// To one digit after the point.
pub(super) fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// Milliseconds as minutes, to a tenth.
pub(super) fn minutes(ms: i64) -> f64 {
    tenths(ms as f64 / 60_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(seconds: &[u32]) -> Spread {
        let mut lengths = Lengths::default();
        for seconds in seconds {
            lengths.push_s(*seconds);
        }
        lengths.spread()
    }

    #[test]
    fn of_nothing_there_is_no_figure() {
        assert_eq!(spread(&[]), Spread::default());
        assert_eq!((percent(0, 0), percent(0, 4), percent(1, 3)), (None, Some(0.0), Some(33.3)));
    }

    #[test]
    fn ranks_are_the_nearest() {
        let told = |known, median, p90, longest| Spread {
            known,
            median_s: Some(median),
            p90_s: Some(p90),
            longest_s: Some(longest),
        };
        assert_eq!(spread(&[7]), told(1, 7, 7, 7));
        assert_eq!(spread(&[10, 1, 9, 2, 8, 3, 7, 4, 6, 5]), told(10, 5, 9, 10));
        assert_eq!(spread(&[3, 3, 3, 200_000]), told(4, 3, 86_400, 86_400));
        let mut lengths = Lengths::default();
        lengths.push(Span::from_millis(-1));
        assert_eq!(lengths.spread().known, 0);
        assert_eq!(minutes(90_000).to_string(), "1.5");
    }
}
