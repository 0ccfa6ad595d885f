//! How far the guests are who come in a vehicle, while it is on its way with them.
//!
//! That is from the pick-up on; where the plan names none, from [`SOON`] before the guest is expected, because until then the
//! vehicle may well drive somebody else. While our clock is not trusted nobody can say. Each way is measured once, however
//! many guests come by it.

use std::collections::BTreeMap;

use super::super::day::VisitRecord;
use super::super::late_arrival;
use super::super::state::State;
use super::super::travel::{self, Way};
use crate::facts::{Name, Span, Timestamp, VisitState};

/// Where the plan says only who comes in which vehicle.
const SOON: Span = Span::from_mins(60);

/// The ways that were measured.
#[derive(Default)]
pub(super) struct Journeys<'a> {
    ways: BTreeMap<(&'a Name, &'a Name), Option<Way>>,
}

impl<'a> Journeys<'a> {
    /// The way that is left for the guest of this visit.
    pub(super) fn way(
        &mut self,
        state: &'a State,
        record: &'a VisitRecord,
        standing: VisitState,
        now: Timestamp,
    ) -> Option<Way> {
        let (visit, trusted) = (&record.visit, state.clock.trusted);
        if !trusted || !matches!(standing, VisitState::Expected | VisitState::Late) {
            return None;
        }
        let car = late_arrival::car(state, visit)?;
        let begins = car.from.or(visit.expected_at.map(|expected| expected.minus(SOON)));
        let to = car.to.filter(|_| begins.is_some_and(|begins| begins <= now))?;
        let measure = || state.day.zones.get(to).and_then(|zone| travel::way(state, car.vehicle, zone, now));
        *self.ways.entry((car.vehicle, to)).or_insert_with(measure)
    }
}
