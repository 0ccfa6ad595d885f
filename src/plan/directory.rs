//! Who is behind a code: what the dashboard and the kiosks show beside the facts.
//!
//! Holds everything personal, and nothing that a rule needs: it can be emptied without a rule noticing.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::facts::plan::{People, Person, Plan, Tier};
use crate::facts::{Name, Timestamp};

/// The names that go with a plan's codes. Cheap to look up, made anew with each plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directory {
    people: People,
    tiers: BTreeMap<Name, Tier>,
    places: BTreeMap<Name, Name>,
}

/// The directory of the plan that holds now; a new plan stores a new one.
pub type SharedDirectory = Arc<ArcSwap<Directory>>;

impl Directory {
    /// Of one plan.
    pub fn of(plan: &Plan) -> Self {
        let tiers = plan.visits.iter().map(|visit| (visit.code.clone(), visit.tier)).collect();
        let places = plan.visits.iter().filter_map(|visit| Some((visit.code.clone(), visit.place.clone()?))).collect();
        Self { people: plan.people.clone(), tiers, places }
    }

    /// Ready to be shared.
    pub fn shared(self) -> SharedDirectory {
        Arc::new(ArcSwap::from_pointee(self))
    }

    /// What is known of a guest; none where the code is not in the plan or the names were erased.
    pub fn person(&self, code: &Name) -> Option<&Person> {
        self.people.guests.get(code)
    }

    /// The guest's rank; none where no visit is planned.
    pub fn tier(&self, code: &Name) -> Option<Tier> {
        self.tiers.get(code).copied()
    }

    /// Where the guest is expected.
    pub fn place(&self, code: &Name) -> Option<&Name> {
        self.places.get(code)
    }

    /// A vehicle as people call it.
    pub fn vehicle_name(&self, id: &Name) -> Option<&str> {
        self.people.vehicles.get(id).map(String::as_str)
    }

    /// A room as people call it.
    pub fn room_name(&self, id: &Name) -> Option<&str> {
        self.people.rooms.get(id).map(String::as_str)
    }

    /// What a room is reserved for from a moment on.
    pub fn booking_title(&self, room: &Name, from: Timestamp) -> Option<&str> {
        self.people.bookings.get(room)?.get(&from).map(String::as_str)
    }
}
