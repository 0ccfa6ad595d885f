//! One moment of one vehicle: what its sentences say together.

use crate::devices::nmea::{Says, Sentence, SentenceKind, Standing, TimeOfDay};
use crate::facts::{Span, Timestamp};

/// The same time of day after this long is the next day's.
const SAME_TIME_MAX: Span = Span::from_mins(60);

/// A set of sentence kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Kinds(u16);

impl Kinds {
    const fn bit(kind: SentenceKind) -> u16 {
        1 << kind as u16
    }

    fn insert(&mut self, kind: SentenceKind) {
        self.0 |= Self::bit(kind);
    }

    fn contains(self, kind: SentenceKind) -> bool {
        self.0 & Self::bit(kind) != 0
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// What is known of the moment so far.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    pub(super) time: Option<TimeOfDay>,
    pub(super) says: Says,
    /// When, by the TAG block's sender; for what has no date of its own.
    pub(super) tagged_at: Option<Timestamp>,
    /// Which kinds have come.
    kinds: Kinds,
    /// Which of them said something new.
    pub(super) added: Kinds,
    /// The one sentence that tells everything says that there is no fix.
    void: bool,
    /// Its fix was handed out, or it was found to have none.
    pub(super) told: bool,
    opened: Timestamp,
}

impl Moment {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            time: None,
            says: Says::default(),
            tagged_at: None,
            kinds: Kinds::default(),
            added: Kinds::default(),
            void: false,
            told: false,
            opened: now,
        }
    }

    /// Whether the sentence speaks of this moment. One without a time does, unless its like has come already.
    pub(super) fn takes(&self, sentence: &Sentence, now: Timestamp) -> bool {
        match (self.time, sentence.time) {
            (Some(ours), Some(theirs)) => ours == theirs && now.since(self.opened) < SAME_TIME_MAX,
            (None, Some(_)) => !self.kinds.contains(sentence.kind),
            // GSA comes once a constellation.
            (_, None) => sentence.kind == SentenceKind::Gsa || !self.kinds.contains(sentence.kind),
        }
    }

    /// Adds what the sentence says. What RMC says outranks the others; among those the first stands.
    pub(super) fn merge(&mut self, sentence: &Sentence, tagged_at: Option<Timestamp>) {
        let before = self.says;
        let (first, rest) =
            if sentence.kind.is_whole() { (sentence.says, self.says) } else { (self.says, sentence.says) };
        self.says = Says {
            place: first.place.or(rest.place),
            speed_kmh: first.speed_kmh.or(rest.speed_kmh),
            course: first.course.or(rest.course),
            day: first.day.or(rest.day),
            hdop: first.hdop.or(rest.hdop),
            satellites: first.satellites.or(rest.satellites),
        };
        self.void |= sentence.kind.is_whole() && sentence.standing == Standing::Void;
        self.time = self.time.or(sentence.time);
        self.tagged_at = self.tagged_at.or(tagged_at);
        self.kinds.insert(sentence.kind);
        if self.says != before {
            self.added.insert(sentence.kind);
        }
    }

    /// Whether it has a position that nothing denies.
    pub(super) fn has_place(&self) -> bool {
        self.says.place.is_some() && !self.void
    }

    /// Whether nothing more can be expected, of which `expected` is what moments of this vehicle bring.
    pub(super) fn is_complete(&self, expected: Option<Kinds>) -> bool {
        let Says { place, speed_kmh, course: _, day, hdop, satellites } = self.says;
        let all = place.is_some() && speed_kmh.is_some() && day.is_some() && hdop.is_some() && satellites.is_some();
        all || expected.is_some_and(|expected| self.kinds.covers(expected))
    }
}
