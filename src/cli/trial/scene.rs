//! What the lines of one test are read against: its day, its plan, and where faults are told.

use std::collections::VecDeque;
use std::ops::RangeInclusive;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::lines::{Line, Word};
use crate::document::Findings;
use crate::facts::plan::Plan;
use crate::facts::{Fixed, Name, NameFault, Timestamp};
use crate::plan;

/// The setting of one test.
pub(super) struct Scene<'f> {
    pub(super) findings: &'f Findings<'f>,
    pub(super) zone: &'f TimeZone,
    pub(super) day: Date,
    pub(super) start: Timestamp,
    pub(super) plan: Plan,
}

impl Scene<'_> {
    /// Tells a fault at a word. Always nothing, so that a reader can end with it.
    pub(super) fn refuse<T>(&self, word: Word<'_>, what: impl Into<String>, hint: impl Into<String>) -> Option<T> {
        self.findings.add_syntax(word.at, what, hint);
        None
    }

    /// The moment that a word means, not before the test begins.
    pub(super) fn moment(&self, word: Word<'_>) -> Option<Timestamp> {
        match plan::moment(word.text, self.zone, self.day) {
            Ok(at) if at < self.start => {
                let what = format!("{} is before the test begins at {}", word.text, self.shown(self.start));
                let tomorrow = self.day.tomorrow().unwrap_or(self.day);
                let hint = format!("let it begin earlier (start), or write the date before the time: {tomorrow}T00:30");
                self.refuse(word, what, hint)
            }
            Ok(at) => Some(at),
            Err((what, _)) => {
                let hint = format!("write a time by the 24-hour clock: 14:30, 14:30:05, {}T14:30", self.day);
                self.refuse(word, what, hint)
            }
        }
    }

    /// A moment as a test writes it: `14:30`, with seconds where there are any, with the date where it is another day.
    pub(super) fn shown(&self, at: Timestamp) -> String {
        let moment = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
        let local = moment.to_zoned(self.zone.clone());
        let time = if local.second() == 0 { local.strftime("%H:%M") } else { local.strftime("%H:%M:%S") };
        if local.date() == self.day { time.to_string() } else { format!("{}T{time}", local.date()) }
    }

    /// A line's time, and its words after it.
    pub(super) fn open<'t>(&self, line: Line<'t>) -> Option<(Timestamp, Words<'t>)> {
        let mut left = VecDeque::from(line.words());
        let last = left.pop_front()?;
        Some((self.moment(last)?, Words { left, last }))
    }
}

/// The words of one line, taken one after the other.
pub(super) struct Words<'t> {
    left: VecDeque<Word<'t>>,
    /// The one taken last: what is missing is missing after it.
    pub(super) last: Word<'t>,
}

impl<'t> Words<'t> {
    /// The next word, if there is one.
    pub(super) fn take(&mut self) -> Option<Word<'t>> {
        self.last = self.left.pop_front()?;
        Some(self.last)
    }

    /// The word that the next call takes.
    pub(super) fn peek(&self) -> Option<Word<'t>> {
        self.left.front().copied()
    }

    /// The last word.
    pub(super) fn back(&self) -> Option<Word<'t>> {
        self.left.back().copied()
    }

    /// Takes the last word away.
    pub(super) fn drop_back(&mut self) {
        self.left.pop_back();
    }

    /// Takes a word and the one after it out of the line, wherever they stand.
    pub(super) fn option(&mut self, key: &str) -> Option<(Word<'t>, Option<Word<'t>>)> {
        let at = self.left.iter().position(|word| word.text == key)?;
        let word = self.left.remove(at)?;
        Some((word, self.left.remove(at)))
    }

    /// The next word, which must be there; `form` shows how the line is written.
    pub(super) fn need(&mut self, scene: &Scene<'_>, form: &str) -> Option<Word<'t>> {
        let last = self.last;
        self.take().or_else(|| scene.refuse(last, format!("something is missing after \"{}\"", last.text), form))
    }

    /// The next word as a short name.
    pub(super) fn name(&mut self, scene: &Scene<'_>, form: &str) -> Option<Name> {
        let word = self.need(scene, form)?;
        name(scene, word, form)
    }

    /// The next word as a number within a range.
    pub(super) fn number<const DIGITS: u32>(
        &mut self,
        scene: &Scene<'_>,
        range: RangeInclusive<i64>,
        form: &str,
    ) -> Option<Fixed<DIGITS>> {
        let word = self.need(scene, form)?;
        number(scene, word, word.text, range, form)
    }
}

/// A word as a short name.
pub(super) fn name(scene: &Scene<'_>, word: Word<'_>, form: &str) -> Option<Name> {
    word.text.parse().or_else(|fault: NameFault| scene.refuse(word, fault.to_string(), form).ok_or(())).ok()
}

/// A part of a word as a number within a range of whole units.
pub(super) fn number<const DIGITS: u32>(
    scene: &Scene<'_>,
    word: Word<'_>,
    text: &str,
    range: RangeInclusive<i64>,
    form: &str,
) -> Option<Fixed<DIGITS>> {
    let (low, high) = (Fixed::from_whole(*range.start()), Fixed::from_whole(*range.end()));
    match text.parse::<Fixed<DIGITS>>() {
        Ok(number) if (low..=high).contains(&number) => Some(number),
        Ok(_) => scene.refuse(word, format!("{text} is out of range"), format!("take a number from {low} to {high}")),
        Err(_) => scene.refuse(word, format!("\"{text}\" is not a number"), form),
    }
}
