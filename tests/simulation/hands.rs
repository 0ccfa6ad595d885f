//! The model's opinion of check-ins by hand that are taken back: it forgets that there was a scan.

use std::collections::BTreeMap;

use portico::facts::{Command, Name, RuleKind, Scan, Subject, Timestamp};

use super::Key;
use super::model::Model;

/// The last check-in by hand of a guest who has not been scanned or received since.
pub struct Hand {
    scan_id: Name,
    at: Timestamp,
    expected_at: Option<Timestamp>,
    /// What was broken before it, and somebody had put an end to.
    muted: Vec<Key>,
    /// What was remembered of the guest: moves, duties, receptions.
    remembered: [bool; 3],
}

pub type Hands = BTreeMap<Name, Hand>;

/// Rules that a check-in may end.
const ENDED: [RuleKind; 3] = [RuleKind::LateArrival, RuleKind::ArrivalReminder, RuleKind::PostUnmanned];

impl Model {
    /// A guest is about to be scanned, by hand or not.
    pub fn hand_scan(&mut self, scan: &Scan, device: &Subject) {
        self.hands.remove(&scan.code);
        if !Scan::is_dashboard(&scan.kiosk) || !matches!(device, Subject::Operator(_)) {
            return;
        }
        let subject = Subject::Guest(scan.code.clone());
        let muted = self
            .muted
            .iter()
            .filter(|key| ENDED.contains(&key.0) && key.1 == subject && self.broken.contains_key(*key));
        let hand = Hand {
            scan_id: scan.scan_id.clone(),
            at: self.now,
            expected_at: self.expected_at(&scan.code),
            muted: muted.cloned().collect(),
            remembered: [false; 3],
        };
        self.hands.insert(scan.code.clone(), hand);
    }

    /// The scan was written down: in which of the books.
    pub fn hand_written(&mut self, guest: &Name, remembered: [bool; 3]) {
        if let Some(hand) = self.hands.get_mut(guest) {
            hand.remembered = remembered;
        }
    }

    /// Whether somebody who takes this check-in back is obeyed; then it was none.
    pub fn hand_undone(&mut self, guest: &Name, scan_id: &Name) -> bool {
        let Some(hand) = self.hands.get(guest) else { return false };
        if hand.scan_id != *scan_id || self.now.since(hand.at) > Command::UNDO_WITHIN {
            return false;
        }
        let Some(hand) = self.hands.remove(guest) else { return false };
        self.forget_scan(guest, hand.remembered);
        for key in hand.muted {
            let moved = key.0 == RuleKind::ArrivalReminder && hand.expected_at != self.expected_at(guest);
            if !moved {
                self.broken.insert(key.clone(), (self.now, true));
                self.muted.insert(key);
            }
        }
        true
    }

    fn expected_at(&self, code: &Name) -> Option<Timestamp> {
        self.plan.visits.iter().find(|visit| visit.code == *code).and_then(|visit| visit.expected_at)
    }
}
