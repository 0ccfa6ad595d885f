//! One vehicle's receiver: its open moment, its date, and whether it has a fix at all.

use super::moment::{Kinds, Moment};
use super::when::{Anchor, judge, nearest};
use super::{Fix, Heard};
use crate::devices::nmea::{Sentence, SentenceKind, Standing};
use crate::facts::{Name, Span, Timestamp};

/// A receiver that has had no fix for this long has none. Also the least time between a fix that came back and the
/// next word of its loss, so that one at the edge of its reception does not say both every second.
const VOID_MAX: Span = Span::from_secs(10);

/// Whether the receiver has a fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grip {
    /// It never had one since we listen.
    Never,
    Held,
    Lost,
}

#[derive(Debug)]
pub(super) struct Receiver {
    moment: Option<Moment>,
    /// What the last two moments with a fix brought: one sentence lost does not make the next moment wait for less.
    brought: [Option<Kinds>; 2],
    anchor: Option<Anchor>,
    grip: Grip,
    void_since: Option<Timestamp>,
    back_at: Option<Timestamp>,
    heard_at: Timestamp,
}

impl Receiver {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            moment: None,
            brought: [None; 2],
            anchor: None,
            grip: Grip::Never,
            void_since: None,
            back_at: None,
            heard_at: now,
        }
    }

    pub(super) fn heard_at(&self) -> Timestamp {
        self.heard_at
    }

    /// Whether it holds something that was not told yet.
    pub(super) fn is_open(&self) -> bool {
        self.moment.as_ref().is_some_and(|moment| !moment.told)
    }

    pub(super) fn push(
        &mut self,
        vehicle: &Name,
        sentence: &Sentence,
        tagged_at: Option<Timestamp>,
        now: Timestamp,
        out: &mut Vec<Heard>,
    ) {
        // Before the open moment ends: a date told by the sentence that ends it serves it too.
        if let (Some(day), Some(time)) = (sentence.says.day, sentence.time) {
            self.anchor = Some(Anchor::new(day, time, now));
        }
        // Its time may be of the next second, or of no second of a fix: it dates, and opens no moment.
        if sentence.kind == SentenceKind::Zda {
            return;
        }
        if self.moment.as_ref().is_some_and(|moment| !moment.takes(sentence, now)) {
            self.close(vehicle, now, out);
            self.moment = None;
        }
        self.heard_at = now;
        let moment = self.moment.get_or_insert_with(|| Moment::new(now));
        moment.merge(sentence, tagged_at);
        let denied = sentence.standing == Standing::Void && !moment.has_place();
        if denied && self.void(sentence.kind.is_whole(), now) {
            out.push(Heard::FixLost(vehicle.clone()));
        }
        let expected = self.brought.into_iter().flatten().reduce(Kinds::and);
        if self.moment.as_ref().is_some_and(|moment| !moment.told && moment.is_complete(expected)) {
            self.tell(vehicle, now, out);
        }
    }

    /// Ends the open moment. Later sentences of the same time are still known to be of it.
    pub(super) fn close(&mut self, vehicle: &Name, now: Timestamp, out: &mut Vec<Heard>) {
        self.tell(vehicle, now, out);
        // A moment without a fix says little, and the next one with a fix must not be taken for whole by its measure.
        if let Some(moment) = self.moment.as_ref().filter(|moment| moment.has_place()) {
            self.brought = [Some(moment.added), self.brought[0]];
        }
    }

    fn tell(&mut self, vehicle: &Name, now: Timestamp, out: &mut Vec<Heard>) {
        let Some(moment) = self.moment.as_mut().filter(|moment| !moment.told) else { return };
        moment.told = true;
        let Some(place) = moment.says.place.filter(|_| moment.has_place()) else { return };
        let told = moment.time.map(|time| match (moment.says.day, self.anchor, moment.tagged_at) {
            (Some(day), _, _) => day.at(time),
            (None, Some(anchor), _) => nearest(time, anchor.reckoned(now)),
            (None, None, Some(tagged)) => nearest(time, tagged),
            (None, None, None) => nearest(time, now),
        });
        let dated = moment.says.day.is_some() || self.anchor.is_some();
        let (fix_at, plausible) = told.map_or((None, false), |told| {
            let (meant, plausible) = judge(told, now);
            (Some(meant), plausible)
        });
        let says = moment.says;
        let fix = Fix {
            vehicle: vehicle.clone(),
            place,
            speed_kmh: says.speed_kmh,
            course: says.course,
            fix_at,
            plausible,
            told_at: told.filter(|_| dated),
            hdop: says.hdop,
            satellites: says.satellites,
        };
        self.void_since = None;
        if self.grip == Grip::Lost {
            self.back_at = Some(now);
            out.push(Heard::FixBack(vehicle.clone()));
        }
        self.grip = Grip::Held;
        out.push(Heard::Fix(fix));
    }

    /// Takes note that there is no fix; whether that is news. `whole` where the sentence is the one that outranks the
    /// others: after a fix it is believed at once.
    fn void(&mut self, whole: bool, now: Timestamp) -> bool {
        let since = *self.void_since.get_or_insert(now);
        let steady = self.back_at.is_none_or(|back| now.since(back) >= VOID_MAX);
        let at_once = whole && steady && self.grip == Grip::Held;
        let lost = self.grip != Grip::Lost && (at_once || now.since(since) >= VOID_MAX);
        if lost {
            self.grip = Grip::Lost;
        }
        lost
    }
}
