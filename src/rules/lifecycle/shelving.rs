//! Shelving: an alert that fires is put aside by a person, until a time and with a reason, and comes back by itself.
//!
//! Promises that it comes back firing, as if nobody had ever taken it on: who put it aside need not be there any more.
//! Holds no deadline: see [`super::super::shelving`].

use super::{Ledger, Turn, tell};
use crate::facts::{Alert, AlertState, Name, Shelf, Timestamp};

impl Ledger {
    /// Puts an alert aside, or puts it aside anew, and gives its number. A pending one cannot be: nobody is told of it.
    pub(in super::super) fn shelve(&mut self, turn: &mut Turn, id: &Name, aside: Shelf) -> Option<u64> {
        let number = self.number(id.as_str())?;
        let alert = &mut self.open.get_mut(&number)?.alert;
        match alert.state {
            // The same word twice at the same moment is one.
            AlertState::Shelved if alert.shelf.as_ref() == Some(&aside) => return None,
            AlertState::Firing | AlertState::Acknowledged | AlertState::Shelved => {}
            AlertState::Pending | AlertState::Resolved => return None,
        }
        alert.state = AlertState::Shelved;
        alert.shelf = Some(aside);
        tell(turn, alert);
        Some(number)
    }

    /// An alert that is put aside fires again; any other stays as it is.
    pub(in super::super) fn unshelve(&mut self, turn: &mut Turn, number: u64) {
        let Some(open) = self.open.get_mut(&number) else { return };
        if bring_back(turn, &mut open.alert) {
            tell(turn, &mut open.alert);
        }
    }

    /// An alert stays aside until another time than was said.
    pub(in super::super) fn move_shelf(&mut self, turn: &mut Turn, number: u64, until: Timestamp) {
        let Some(alert) = self.open.get_mut(&number).map(|open| &mut open.alert) else { return };
        if let Some(shelf) = alert.shelf.as_mut().filter(|shelf| shelf.until != until) {
            shelf.until = until;
            tell(turn, alert);
        }
    }

    /// The alerts that are put aside, by number.
    pub(in super::super) fn shelved(&self) -> impl Iterator<Item = (u64, &Shelf)> {
        let is_aside = |alert: &&Alert| alert.state == AlertState::Shelved;
        self.open.iter().filter_map(move |(number, open)| {
            Some(&open.alert).filter(is_aside).and_then(|alert| Some((*number, alert.shelf.as_ref()?)))
        })
    }
}

/// Ends an alert's being put aside, if it is.
pub(super) fn bring_back(turn: &Turn, alert: &mut Alert) -> bool {
    if alert.state != AlertState::Shelved {
        return false;
    }
    alert.state = AlertState::Firing;
    (alert.acknowledged_at, alert.acknowledged_by) = (None, None);
    if let Some(shelf) = &mut alert.shelf {
        shelf.ended_at = Some(turn.at);
    }
    true
}
