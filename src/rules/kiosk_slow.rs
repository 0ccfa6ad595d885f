//! The rule `kiosk_slow`: nine of ten check-ins at a kiosk take longer than they should.
//!
//! Judges the last [`SCANS_MAX`] within [`WINDOW`] that say how long they took, and concludes nothing from a few. What was
//! uploaded late says nothing about now. Opens firing with a scan, ends with one; where for as long as the window nothing
//! can be concluded, nobody knows, and the alert ends as unknown.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::device_clock::LATE_REPORT;
use super::lifecycle::{Breach, Key, Turn};
use super::settings::KioskSlow;
use super::state::State;
use crate::facts::{Direction, Name, Resolution, RuleKind, Ruling, Scan, Span, Subject, Timestamp, Value, Values};

/// Older check-ins say nothing about now.
const WINDOW: Span = Span::from_mins(15);
/// Check-ins that are remembered a kiosk.
const SCANS_MAX: usize = 30;

/// How fast a kiosk has been.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pace {
    /// When they were done and how many seconds they took, oldest first.
    recent: VecDeque<(Timestamp, u32)>,
    /// It was told; whoever ends that alert, it is not told again before the kiosk is fast again.
    told: bool,
}

impl Pace {
    fn push(&mut self, at: Timestamp, took_s: u32) {
        if self.recent.len() >= SCANS_MAX {
            self.recent.pop_front();
        }
        self.recent.push_back((at, took_s));
        while self.recent.front().is_some_and(|(then, _)| at.since(*then) > WINDOW) {
            self.recent.pop_front();
        }
    }

    /// Nine of ten were done within this time (nearest rank); none where they are too few.
    fn p90(&self, rule: &KioskSlow) -> Option<Span> {
        let mut took: Vec<u32> = self.recent.iter().map(|(_, took_s)| *took_s).collect();
        if took.len() < rule.scans_min as usize {
            return None;
        }
        took.sort_unstable();
        let rank = (took.len() * 9).div_ceil(10);
        took.get(rank.saturating_sub(1)).map(|took_s| Span::from_secs(i64::from(*took_s)))
    }
}

/// A guest was checked in, or not.
pub(super) fn scan(state: &mut State, turn: &mut Turn, scan: &Scan, ruling: &Ruling) {
    let Some(took_s) = scan.duration_s else { return };
    if scan.direction != Direction::Entry || turn.at.since(ruling.judged_at) > LATE_REPORT {
        return;
    }
    let pace = state.kiosks.entry(scan.kiosk.clone()).or_default();
    pace.push(turn.at, took_s);
    let rule = &state.settings.kiosk_slow;
    let Some(p90) = pace.p90(rule) else { return };
    let key = Key::Slow(scan.kiosk.clone());
    if pace.told && p90.as_millis() + rule.band.as_millis() <= rule.above.as_millis() {
        end(state, turn, &scan.kiosk, Resolution::Cleared, Values::from([("p90_s".into(), Value::from(p90))]));
    } else if pace.told {
        state.deadlines.arm(&key, turn.at.plus(WINDOW));
    } else if rule.enabled && p90 > rule.above {
        pace.told = true;
        let values = Values::from([
            ("p90_s".into(), Value::from(p90)),
            ("limit_s".into(), Value::from(rule.above)),
            ("scans".into(), Value::from(pace.recent.len() as i64)),
        ]);
        let breach = Breach {
            rule: RuleKind::KioskSlow,
            subject: Subject::Kiosk(scan.kiosk.clone()),
            severity: rule.severity,
            since: pace.recent.front().map_or(turn.at, |(then, _)| *then),
            values,
        };
        state.ledger.open_firing(turn, key.clone(), breach);
        state.deadlines.arm(&key, turn.at.plus(WINDOW));
    }
}

/// Nothing was concluded for as long as a conclusion says anything.
pub(super) fn fire(state: &mut State, turn: &mut Turn, kiosk: &Name) {
    end(state, turn, kiosk, Resolution::Unknown, Values::new());
}

fn end(state: &mut State, turn: &mut Turn, kiosk: &Name, resolution: Resolution, values: Values) {
    let key = Key::Slow(kiosk.clone());
    state.deadlines.cancel(&key);
    if let Some(pace) = state.kiosks.get_mut(kiosk) {
        pace.told = false;
    }
    state.ledger.resolve(turn, &key, resolution, values);
}

/// The rule changed: what is not slow by it ends. What became so is told with the next check-in.
pub(super) fn reassess_all(state: &mut State, turn: &mut Turn, because: Resolution) {
    let rule = &state.settings.kiosk_slow;
    let is_slow = |pace: &Pace| rule.enabled && pace.p90(rule).is_some_and(|p90| p90 > rule.above);
    let told = state.kiosks.iter().filter(|(_, pace)| pace.told && !is_slow(pace));
    let over: Vec<Name> = told.map(|(kiosk, _)| kiosk.clone()).collect();
    for kiosk in over {
        end(state, turn, &kiosk, because, Values::new());
    }
}

/// Our clock was moved: what is remembered moves with it, and how long it says anything starts again.
pub(super) fn clock_moved(state: &mut State, at: Timestamp, by: Span) {
    for (kiosk, pace) in &mut state.kiosks {
        pace.recent.iter_mut().for_each(|(then, _)| *then = then.plus(by));
        if pace.told {
            state.deadlines.arm(&Key::Slow(kiosk.clone()), at.plus(WINDOW));
        }
    }
}
