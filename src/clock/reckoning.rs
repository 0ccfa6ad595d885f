//! Our reckoning of the time: an anchor carried on by the steady clock, and on whose word the anchor moves.
//!
//! Pure: what the machine's clocks say is an argument. Changes nothing by itself: what ought to change is proposed as a
//! [`Move`], and holds from its commit on.
//!
//! # Epochs
//!
//! `received_at` never runs back within an epoch. An epoch begins with the journal, and with each `clock` entry that
//! moves our time back by more than [`ClockFact::STANDS_STILL_MAX`]; nothing else begins one. It has no name of its own:
//! numbers, hashes and the database's random word go on across it, so the ids of events and of the live stream, which
//! are made of those, stay unique and nobody has to begin anew. A shorter step back is not taken as a step: our time
//! stands still until it is made up.

use super::receivers::Receivers;
use crate::facts::{ClockFact, ClockSource, Name, Span, Timestamp};

/// A disciplined clock that differs from our reckoning by less than this has not been stepped; it was slewed.
const SLEWED_MAX: Span = Span::from_millis(500);
/// What a sentence on a wire or a person tells is late by up to this, so less says nothing against our reckoning.
const TOLD_LATE_MAX: Span = Span::from_secs(2);
/// The machine's own clock was moved if it runs away from our reckoning by this at once.
const MOVED_MIN: Span = Span::from_secs(2);
/// A wall clock this far after the newest entry is absurd: nobody leaves a gateway off for two years and calls it right.
const AHEAD_OF_ENTRY_MAX: Span = Span::from_mins(2 * 366 * 24 * 60);
/// The same where nothing is recorded yet: no gateway is installed ten years after it was built. Below the 19.6 years of
/// a GPS week roll-over, so that a receiver that errs by one is never believed.
const AHEAD_OF_BUILD_MAX: Span = Span::from_mins(10 * 366 * 24 * 60);
/// Nothing was recorded before this program was written.
pub(super) const BUILT_AT: Timestamp = Timestamp::from_millis(1_790_000_000_000);

/// What the machine's clocks say at one instant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// Since this process began to reckon, by a clock that nobody sets.
    pub steady: Span,
    /// The clock that can be set.
    pub wall: Timestamp,
    /// Whether the kernel says that something disciplines it, and is to be believed.
    pub synchronised: bool,
}

/// Our time at one instant of the steady clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Anchor {
    at: Timestamp,
    steady: Span,
    /// Our time stands still below this.
    floor: Timestamp,
}

impl Anchor {
    /// As if it never stood still.
    fn running(self, steady: Span) -> Timestamp {
        self.at.plus(Span::from_millis(steady.as_millis() - self.steady.as_millis()))
    }

    fn now(self, steady: Span) -> Timestamp {
        self.running(steady).max(self.floor)
    }
}

/// A trust that was lost because the wall clock was moved, to be given back when it is moved back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lost {
    source: ClockSource,
    wall_off: Span,
}

/// A change of our time or of its standing. It holds from its commit on: stamp its entry with the time before it, moved
/// by its fact's `stepped_ms`, and hand it to [`super::Clock::adopt`] after the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// What is journaled.
    pub fact: ClockFact,
    anchor: Anchor,
    wall_off: Span,
    lost: Option<Lost>,
}

/// Why a person's word on the time is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// Before this program was written, or far beyond what can be.
    #[error("{at} cannot be now: it is not between {from} and {to}; send the time of a clock that is right")]
    Absurd {
        /// The time that was told.
        at: Timestamp,
        /// Times that can be begin here.
        from: Timestamp,
        /// And end here.
        to: Timestamp,
    },
    /// Something better vouches for another time.
    #[error("{by} vouches for the time, which is {ours}; nothing has to be set by hand")]
    Vouched {
        /// Who.
        by: &'static str,
        /// Our time.
        ours: Timestamp,
    },
    /// The day is made up.
    #[error("this is a made day (a demonstration): its time cannot be set")]
    Made,
}

/// The reckoning, what it is worth, and what receivers say against it.
#[derive(Debug)]
pub(super) struct Reckoning {
    anchor: Anchor,
    standing: ClockFact,
    /// The wall clock minus our time, when it was last compared with an outcome.
    wall_off: Span,
    lost: Option<Lost>,
    receivers: Receivers,
    /// Times that can be: from here, to here.
    sane: (Timestamp, Timestamp),
}

impl Reckoning {
    /// At a start. `newest` is the newest entry's stamp: an earlier wall clock is not believed, and then the later of
    /// build and newest entry is the anchor and time is not trusted.
    pub(super) fn begin(seen: Seen, newest: Option<Timestamp>) -> Self {
        let floor = newest.map_or(BUILT_AT, |n| n.max(BUILT_AT));
        let latest = floor.plus(if newest.is_some() { AHEAD_OF_ENTRY_MAX } else { AHEAD_OF_BUILD_MAX });
        let wall = seen.wall;
        let plausible = wall >= floor.minus(TOLD_LATE_MAX) && wall < latest;
        let at = if plausible { wall.max(floor) } else { floor };
        let (trusted, source, reason) = match (plausible, seen.synchronised) {
            (true, true) => (true, ClockSource::Ntp, None),
            (true, false) => (true, ClockSource::System, None),
            (false, _) => {
                let reason = format!("the machine's clock says {wall}, which cannot be right; going on from {floor}");
                (false, ClockSource::None, Some(reason))
            }
        };
        Self {
            anchor: Anchor { at, steady: seen.steady, floor: Timestamp::MIN },
            standing: ClockFact { trusted, source, stepped_ms: 0, reason },
            wall_off: wall.since(at),
            lost: None,
            receivers: Receivers::default(),
            sane: (BUILT_AT, latest),
        }
    }

    pub(super) fn now(&self, steady: Span) -> Timestamp {
        self.anchor.now(steady)
    }

    /// How long until our time is `at`.
    pub(super) fn until(&self, at: Timestamp, steady: Span) -> Span {
        at.since(self.anchor.running(steady))
    }

    pub(super) fn standing(&self) -> &ClockFact {
        &self.standing
    }

    /// A configured receiver told its own full time with a valid fix.
    pub(super) fn hear(&mut self, receiver: &Name, told: Timestamp, steady: Span) {
        if self.is_sane(told) {
            self.receivers.hear(receiver, told, steady);
        }
    }

    fn is_sane(&self, at: Timestamp) -> bool {
        (self.sane.0..self.sane.1).contains(&at)
    }

    /// What ought to change, by what the machine and the receivers say now.
    pub(super) fn look(&mut self, seen: Seen) -> Option<Move> {
        let moved = if seen.synchronised && self.is_sane(seen.wall) {
            self.vouched(ClockSource::Ntp, seen.wall, SLEWED_MAX, seen, "the network's time")
        } else if let Some((receiver, told)) = self.receivers.agreed(seen.steady) {
            let by = format!("the receiver of {receiver}");
            self.vouched(ClockSource::Gps, told, TOLD_LATE_MAX, seen, &by)
        } else {
            return self.unvouched(seen);
        };
        if moved.is_none() {
            // Whatever became of the wall clock meanwhile, somebody vouches for our time beside it.
            self.wall_off = seen.wall.since(self.anchor.running(seen.steady));
        }
        moved
    }

    /// A person says that it is `at` now, or that our time is right as it stands; none where that is known already.
    pub(super) fn confirm(&self, at: Option<Timestamp>, seen: Seen) -> Result<Option<Move>, Doubt> {
        let ours = self.now(seen.steady);
        let told = at.unwrap_or(ours);
        let (from, to) = self.sane;
        if !self.is_sane(told) {
            return Err(Doubt::Absurd { at: told, from, to });
        }
        let better = match self.receivers.agreed(seen.steady) {
            _ if seen.synchronised && self.is_sane(seen.wall) => Some("network time"),
            Some(_) => Some("a GPS receiver"),
            None => None,
        };
        match better {
            Some(by) if far(told, ours, ClockFact::STANDS_STILL_MAX) => Err(Doubt::Vouched { by, ours }),
            Some(_) => Ok(None),
            None => Ok(self.vouched(ClockSource::Operator, told, TOLD_LATE_MAX, seen, "a person")),
        }
    }

    /// Somebody's word is taken: our time becomes theirs where they differ by `enough`.
    fn vouched(&self, source: ClockSource, told: Timestamp, enough: Span, seen: Seen, by: &str) -> Option<Move> {
        let (ours, running) = (self.now(seen.steady), self.anchor.running(seen.steady));
        let is_off = far(told, running, enough);
        let better = self.standing.source == ClockSource::Ntp && source == ClockSource::Gps;
        if !is_off && self.standing.trusted && (self.standing.source == source || better) {
            return None;
        }
        let mut anchor = self.anchor;
        let (mut stepped, mut reason) = (Span::ZERO, None);
        if is_off {
            let by_how_much = told.since(ours);
            anchor = Anchor { at: told, steady: seen.steady, floor: Timestamp::MIN };
            if by_how_much >= Span::ZERO || ClockFact::begins_epoch_at(by_how_much) {
                stepped = by_how_much;
                reason = Some(format!("set right by {stepped} on the word of {by}"));
            } else {
                anchor.floor = ours;
                let ahead = ours.since(told);
                reason = Some(format!("{ahead} ahead of {by}; standing still until that is made up"));
            }
        }
        let fact = ClockFact { trusted: true, source, stepped_ms: stepped.as_millis(), reason };
        Some(Move { fact, anchor, wall_off: seen.wall.since(anchor.running(seen.steady)), lost: None })
    }

    /// Nobody vouches. A wall clock that was moved takes the trust with it, and brings it when it is moved back.
    fn unvouched(&self, seen: Seen) -> Option<Move> {
        let wall_off = seen.wall.since(self.anchor.running(seen.steady));
        let moved = Span::from_millis(wall_off.as_millis() - self.wall_off.as_millis());
        let (fact, lost) = match self.lost {
            None if self.standing.trusted && is_long(moved, MOVED_MIN) => {
                let source = self.standing.source;
                let reason = format!(
                    "the machine's clock was moved by {moved} and nobody vouches for it; going on by our own reckoning"
                );
                let lost = Lost { source, wall_off: self.wall_off };
                (ClockFact { trusted: false, source, stepped_ms: 0, reason: Some(reason) }, Some(lost))
            }
            Some(lost) if !is_long(Span::from_millis(wall_off.as_millis() - lost.wall_off.as_millis()), MOVED_MIN) => {
                let reason = Some("the machine's clock was moved back".to_owned());
                (ClockFact { trusted: true, source: lost.source, stepped_ms: 0, reason }, None)
            }
            None | Some(_) => return None,
        };
        Some(Move { fact, anchor: self.anchor, wall_off, lost })
    }

    /// What was proposed is committed. Our time is not seen to run back by less than a step that begins an epoch.
    pub(super) fn adopt(&mut self, moved: &Move, steady: Span) {
        let before = self.now(steady);
        self.anchor = moved.anchor;
        if !moved.fact.begins_epoch() && self.anchor.floor > Timestamp::MIN {
            self.anchor.floor = self.anchor.floor.max(before);
        }
        self.standing = ClockFact { stepped_ms: 0, ..moved.fact.clone() };
        self.wall_off = moved.wall_off;
        self.lost = moved.lost;
    }
}

fn far(a: Timestamp, b: Timestamp, enough: Span) -> bool {
    is_long(a.since(b), enough)
}

fn is_long(span: Span, enough: Span) -> bool {
    span.as_millis().abs() >= enough.as_millis()
}
