//! How much of a batch to send next, learned from the answers to what was sent before.
//!
//! Pure: finds the one entry that a receiver refuses among many by halving, keeps the order, and passes by only what
//! was refused alone. Sends nothing.

/// Entries passed by one after the other, with none accepted between. One more is not passed by: a receiver that
/// refuses everything is the wrong receiver, and its refusals say nothing about the entries.
pub(super) const PASSED_BY_MAX: u32 = 32;
/// Full deliveries accepted in a row after which a size that was once too large is tried again.
const GROW_AFTER: u32 = 64;

/// What to do about a delivery that was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Send fewer entries at once.
    Smaller,
    /// This one entry is the reason: pass it by.
    PassBy,
    /// Everything is refused: leave the entry where it is and ask again later.
    Hold,
}

/// Deliveries in a row without an answer in time after which less is sent: the first is tried again as it is, because
/// its answer may have been on its way.
const LATE_MAX: u32 = 2;
/// Deliveries accepted in a row after which more is sent again on a line that was too slow for it. A receiver that
/// only hung is back at full size soon; a slow line is not choked at every other delivery.
const FASTER_AFTER: u32 = 4;

/// What is known of one receiver's taste, and of the line to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sift {
    most: usize,
    /// What the receiver takes.
    limit: usize,
    /// What the line carries in time.
    carried: usize,
    late: u32,
    in_time: u32,
    /// A refused entry is among the first so many that are left; 0: none is known of.
    suspects: usize,
    easy: u32,
    passed_by: u32,
}

impl Sift {
    /// Starts with `most` entries at once, and never sends more. The last `passed_by` entries were passed by.
    pub(super) fn new(most: usize, passed_by: u32) -> Self {
        Self { most, limit: most, carried: most, late: 0, in_time: 0, suspects: 0, easy: 0, passed_by }
    }

    /// How many of the `left` entries of this batch to send next; at least one.
    pub(super) fn size(&self, left: usize) -> usize {
        let wanted = if self.suspects > 0 { self.suspects / 2 } else { self.limit };
        wanted.min(self.limit).min(self.carried).min(left).max(1)
    }

    /// The first `n` that were left are accepted.
    pub(super) fn accepted(&mut self, n: usize) {
        self.passed_by = 0;
        self.suspects = self.suspects.saturating_sub(n);
        self.late = 0;
        self.in_time += 1;
        if self.in_time >= FASTER_AFTER {
            self.in_time = 0;
            self.carried = self.carried.saturating_mul(2).min(self.most);
        }
        self.easy = if n >= self.limit { self.easy + 1 } else { self.easy };
        if self.easy >= GROW_AFTER {
            self.easy = 0;
            self.limit = self.limit.saturating_mul(2).min(self.most);
        }
    }

    /// No answer came in time to the first `n` that were left.
    pub(super) fn late(&mut self, n: usize) {
        self.late += 1;
        self.in_time = 0;
        if self.late >= LATE_MAX {
            self.late = 0;
            self.carried = (n / 2).max(1);
        }
    }

    /// The first `n` that were left are too large for one delivery.
    pub(super) fn too_large(&mut self, n: usize) -> Remedy {
        if n <= 1 {
            return self.alone();
        }
        self.limit = n / 2;
        self.easy = 0;
        Remedy::Smaller
    }

    /// Something among the first `n` that were left is refused.
    pub(super) fn refused(&mut self, n: usize) -> Remedy {
        if n <= 1 {
            return self.alone();
        }
        self.suspects = n;
        Remedy::Smaller
    }

    fn alone(&mut self) -> Remedy {
        if self.passed_by >= PASSED_BY_MAX {
            self.suspects = 1;
            return Remedy::Hold;
        }
        self.suspects = 0;
        Remedy::PassBy
    }

    /// It is passed by, and that is on disk.
    pub(super) fn passed_by(&mut self) {
        self.passed_by = self.passed_by.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs one lane against a receiver that refuses `poison`, and answers *too large* above `capacity`.
    fn drain(entries: usize, batch: usize, capacity: usize, poison: &[usize]) -> (Vec<usize>, Vec<usize>, u32) {
        let mut sift = Sift::new(batch, 0);
        let (mut taken, mut parked, mut asked) = (Vec::new(), Vec::new(), 0);
        let mut from = 0;
        while from < entries {
            let end = (from + batch).min(entries);
            while from < end {
                let n = sift.size(end - from);
                assert!(n >= 1 && from + n <= end);
                asked += 1;
                let remedy = if n > capacity {
                    sift.too_large(n)
                } else if (from..from + n).any(|i| poison.contains(&i)) {
                    sift.refused(n)
                } else {
                    taken.extend(from..from + n);
                    from += n;
                    sift.accepted(n);
                    continue;
                };
                match remedy {
                    Remedy::Smaller => {}
                    Remedy::PassBy => {
                        sift.passed_by();
                        parked.push(from);
                        from += 1;
                    }
                    Remedy::Hold => return (taken, parked, asked),
                }
            }
        }
        (taken, parked, asked)
    }

    #[test]
    fn the_refused_are_passed_by_and_all_others_go_through_in_order() {
        for (entries, batch, capacity, poison) in [
            (1, 500, 500, &[][..]),
            (1, 500, 500, &[0]),
            (2000, 500, 500, &[]),
            (2000, 500, 500, &[0]),
            (2000, 500, 500, &[499, 500]),
            (2000, 500, 500, &[1999]),
            (2000, 500, 60, &[7, 8, 9, 777]),
            (500, 500, 1, &[3, 400]),
        ] {
            let (taken, parked, _) = drain(entries, batch, capacity, poison);
            assert_eq!(parked, poison);
            let want: Vec<usize> = (0..entries).filter(|i| !poison.contains(i)).collect();
            assert_eq!(taken, want, "{entries} {batch} {capacity} {poison:?}");
        }
    }

    #[test]
    fn one_refused_entry_among_many_costs_few_requests() {
        for poison in 0..500 {
            let (_, _, asked) = drain(500, 500, 500, &[poison]);
            assert!(asked <= 20, "entry {poison} took {asked} requests");
        }
    }

    #[test]
    fn a_receiver_that_refuses_everything_gets_no_more_than_a_few_passed_by() {
        let all: Vec<usize> = (0..1000).collect();
        let (taken, parked, _) = drain(1000, 500, 500, &all);
        assert!(taken.is_empty());
        assert_eq!(parked.len(), PASSED_BY_MAX as usize);
        let mut sift = Sift::new(500, PASSED_BY_MAX);
        assert_eq!(sift.refused(1), Remedy::Hold);
        assert_eq!(sift.size(500), 1, "the held entry is asked for alone");
        sift.accepted(1);
        assert_eq!(sift.size(499), 499);
        assert_eq!(sift.refused(1), Remedy::PassBy);
    }

    #[test]
    fn a_size_that_was_too_large_is_tried_again_after_a_while() {
        let mut sift = Sift::new(500, 0);
        assert_eq!(sift.too_large(500), Remedy::Smaller);
        for _ in 0..GROW_AFTER {
            assert_eq!(sift.size(10_000), 250);
            sift.accepted(250);
        }
        assert_eq!(sift.size(10_000), 500);
    }

    #[test]
    fn a_slow_line_gets_less_at_once_and_more_again_when_it_carries_it() {
        let mut sift = Sift::new(500, 0);
        sift.late(500);
        assert_eq!(sift.size(10_000), 500, "the same again, once");
        sift.late(500);
        assert_eq!(sift.size(10_000), 250);
        for _ in 0..FASTER_AFTER {
            assert_eq!(sift.size(10_000), 250);
            sift.accepted(250);
        }
        assert_eq!(sift.size(10_000), 500);
        for _ in 0..40 {
            let n = sift.size(10_000);
            sift.late(n);
        }
        assert_eq!(sift.size(10_000), 1);
        // After the longest hang it takes few deliveries to be back at full size.
        let mut deliveries = 0;
        while sift.size(10_000) < 500 {
            let n = sift.size(10_000);
            sift.accepted(n);
            deliveries += 1;
        }
        assert!(deliveries <= 40, "{deliveries}");
    }
}
