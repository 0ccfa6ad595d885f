//! Check-ins by hand, which may be taken back: counted once they no longer can be.
//!
//! As the rules have it: until a minute is over, the guest is scanned again or received, or our clock is set. One that was
//! taken back is never counted.

use std::collections::BTreeMap;

use crate::facts::{Command, Entry, Name, Scan, Subject, Timestamp};

/// The last check-in by hand of each guest, as long as it may not count.
#[derive(Debug, Default)]
pub(super) struct ByHand {
    held: BTreeMap<Name, Held>,
}

/// A scan that is counted now or later.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub scan: Scan,
    /// Whether our time was trusted at it.
    pub trusted: bool,
    at: Timestamp,
}

impl ByHand {
    /// A guest was scanned; what counts by that.
    pub fn scan(&mut self, entry: &Entry, scan: &Scan, trusted: bool) -> Vec<Held> {
        let before = self.settle(&scan.code);
        let this = Held { scan: scan.clone(), trusted, at: entry.received_at };
        let by_hand = Scan::is_dashboard(&scan.kiosk) && matches!(entry.device, Subject::Operator(_));
        if by_hand {
            self.held.insert(scan.code.clone(), this);
            return before.into_iter().collect();
        }
        before.into_iter().chain([this]).collect()
    }

    /// Somebody took a check-in back.
    pub fn take_back(&mut self, guest: &Name, scan_id: &Name, at: Timestamp) {
        let held = self.held.get(guest);
        if held.is_some_and(|held| held.scan.scan_id == *scan_id && Command::can_undo(held.at, at)) {
            self.held.remove(guest);
        }
    }

    /// Nobody takes this guest's check-in back any more.
    pub fn settle(&mut self, guest: &Name) -> Option<Held> {
        self.held.remove(guest)
    }

    /// Nor anybody's.
    pub fn settle_all(&mut self) -> Vec<Held> {
        std::mem::take(&mut self.held).into_values().collect()
    }
}
