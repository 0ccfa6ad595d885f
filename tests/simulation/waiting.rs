//! The model's opinion of guests who wait to be received: walks all that was heard of a guest each time.

use std::collections::{BTreeMap, BTreeSet};

use portico::facts::plan::Visit;
use portico::facts::{Direction, Name, RuleKind, Scan, Span, Subject, Timestamp};

use super::Key;
use super::model::Model;

/// What was heard of a guest, in the order in which it was heard.
pub enum Heard {
    /// A scan: when it was told, when it happened, where, which way, and whether it moved the guest.
    Scan(Timestamp, Timestamp, Option<Name>, Direction, bool),
    /// Somebody said that he was received.
    Received,
}

pub type Receptions = BTreeMap<Name, Vec<Heard>>;

/// Since when a guest waits, by all that was heard of him; none where he does not.
fn waits(visit: &Visit, heard: &[Heard]) -> Option<Timestamp> {
    let mut ways: Vec<(Timestamp, bool)> = Vec::new();
    let mut waiting: Option<(Timestamp, &Option<Name>)> = None;
    let mut received = false;
    for word in heard {
        let Heard::Scan(told, happened, point, direction, moved) = word else {
            received |= waiting.take().is_some();
            continue;
        };
        if *moved {
            ways.push((*happened, *direction == Direction::Entry));
        }
        let inside = ways.iter().max_by_key(|(at, _)| *at).is_some_and(|(_, inside)| *inside);
        let at_his_place = point.is_some() && *point == visit.place;
        match (direction, waiting) {
            (Direction::Exit, _) if !inside => waiting = None,
            (Direction::Entry, Some((_, came_in))) if at_his_place && came_in != point => {
                received = true;
                waiting = None;
            }
            (Direction::Entry, None) if inside && !received => waiting = Some((*told, point)),
            (Direction::Entry | Direction::Exit, _) => {}
        }
    }
    waiting.map(|(since, _)| since)
}

impl Model {
    /// Whether the scan is of a guest who is expected.
    pub fn reception_scan(&mut self, scan: &Scan, happened_at: Timestamp, moved: bool) -> bool {
        let expected = self.plan.visits.iter().any(|visit| visit.code == scan.code && !visit.cancelled);
        if expected {
            let heard = Heard::Scan(self.now, happened_at, scan.point.clone(), scan.direction, moved);
            self.receptions.entry(scan.code.clone()).or_default().push(heard);
        }
        expected
    }

    pub fn reception_told(&mut self, guest: &Name) {
        if self.plan.visits.iter().any(|visit| visit.code == *guest) {
            self.receptions.entry(guest.clone()).or_default().push(Heard::Received);
        }
    }

    pub fn judge_waiting(&mut self) {
        let rule = self.rules.guest_waiting.clone();
        let mut open = BTreeSet::new();
        for visit in &self.plan.visits {
            let Some(heard) = self.receptions.get(&visit.code) else { continue };
            let judged = rule.enabled && !visit.cancelled && rule.tiers.contains(&visit.tier);
            if judged && waits(visit, heard).is_some_and(|since| self.now.since(since) >= rule.after) {
                open.insert((RuleKind::GuestWaiting, Subject::Guest(visit.code.clone()), String::new()));
            }
        }
        self.replace(RuleKind::GuestWaiting, open);
    }

    /// These alerts of a rule without a hold are open, and no others.
    pub fn replace(&mut self, rule: RuleKind, open: BTreeSet<Key>) {
        let was: Vec<Key> = self.broken.keys().filter(|key| key.0 == rule).cloned().collect();
        for key in was.into_iter().filter(|key| !open.contains(key)) {
            self.set(key, None, Span::ZERO);
        }
        for key in open {
            self.set(key, Some(self.now), Span::ZERO);
        }
    }
}
