//! What configured GPS receivers say the time is, and when that is worth believing.
//!
//! A receiver is believed after [`AGREEING`] fixes in a row that agree, heard over time: a burst of old sentences out of
//! a buffer, or one mad date, is not enough. Where two of them are sure of different times, neither is believed.
//! Pure; holds one line a receiver, of which the configuration names few.

use std::collections::BTreeMap;

use crate::facts::{Name, Span, Timestamp};

/// So many fixes in a row must agree.
const AGREEING: u8 = 5;
/// On the time to within this: a sentence waits on its wire, and for others of its moment.
const AGREEMENT: Span = Span::from_secs(2);
/// The first and the last of them must be heard this far apart.
const APART_MIN: Span = Span::from_secs(3);
/// What was heard longer ago says nothing any more.
const FRESH_MAX: Span = Span::from_secs(60);

/// What one receiver has said.
#[derive(Debug, Clone, Copy)]
struct Evidence {
    /// Its time minus the steady clock: by the first of its agreeing fixes, against which the others are held so that
    /// a recording played too fast never agrees, and by its latest.
    base: Span,
    offset: Span,
    fixes: u8,
    first: Span,
    last: Span,
}

/// Every receiver that was heard.
#[derive(Debug, Default)]
pub(super) struct Receivers {
    by_name: BTreeMap<Name, Evidence>,
}

impl Receivers {
    /// A receiver told `told` at `steady`.
    pub(super) fn hear(&mut self, receiver: &Name, told: Timestamp, steady: Span) {
        let offset = Span::from_millis(told.as_millis() - steady.as_millis());
        let fresh = Evidence { base: offset, offset, fixes: 1, first: steady, last: steady };
        match self.by_name.get_mut(receiver) {
            Some(known) if agree(known.base, offset) && !known.is_stale(steady) => {
                known.fixes = known.fixes.saturating_add(1);
                (known.offset, known.last) = (offset, steady);
            }
            Some(known) => *known = fresh,
            None => {
                self.by_name.insert(receiver.clone(), fresh);
            }
        }
    }

    /// The time by the receivers, with the one that was heard last; none where none is sure or two differ.
    pub(super) fn agreed(&self, steady: Span) -> Option<(&Name, Timestamp)> {
        let sure = || self.by_name.iter().filter(|(_, evidence)| evidence.is_sure(steady));
        let (name, newest) = sure().max_by_key(|(_, evidence)| evidence.last)?;
        sure()
            .all(|(_, other)| agree(other.offset, newest.offset))
            .then(|| (name, Timestamp::from_millis(newest.offset.as_millis() + steady.as_millis())))
    }
}

impl Evidence {
    fn is_stale(&self, steady: Span) -> bool {
        steady.as_millis() - self.last.as_millis() > FRESH_MAX.as_millis()
    }

    fn is_sure(&self, steady: Span) -> bool {
        let apart = self.last.as_millis() - self.first.as_millis();
        self.fixes >= AGREEING && apart >= APART_MIN.as_millis() && !self.is_stale(steady)
    }
}

fn agree(one: Span, other: Span) -> bool {
    (one.as_millis() - other.as_millis()).abs() <= AGREEMENT.as_millis()
}
