//! The model's opinion of what a late alert says of the guest's vehicle.

use portico::facts::{Alert, Name, RuleKind, Span, Timestamp, Value};

use super::model::Model;

const RIDE_MAX: Span = Span::from_mins(12 * 60);

impl Model {
    /// The vehicle that brings a guest, by the plan alone.
    fn vehicle_of(&self, code: &Name) -> Option<Name> {
        let visit = self.plan.visits.iter().find(|visit| visit.code == *code)?;
        let expected = visit.expected_at?;
        let trips = || self.plan.trips.iter().filter(|trip| trip.guests.contains(code));
        let reach = |from: Timestamp| from <= expected && expected.since(from) <= RIDE_MAX;
        // Of two at one moment the one that the plan lists last.
        let last = trips().filter(|trip| trip.pickup_at.is_some_and(reach)).max_by_key(|trip| trip.pickup_at);
        let any = || trips().find(|trip| trip.pickup_at.is_none());
        last.or_else(any).map(|trip| trip.vehicle.clone()).or_else(|| visit.vehicle.clone())
    }

    /// A late alert that fires now names the vehicle, and says how well it is known where that is.
    pub fn check_journey(&mut self, alert: &Alert) {
        // What becomes of it afterwards, also at the same moment, says where the vehicle was when it began.
        let is_new = alert.rule == RuleKind::LateArrival && self.journeys.insert(alert.id.clone());
        if !is_new || !self.rules.late_arrival.eta {
            return;
        }
        let Some(Value::Text(code)) = alert.values.get("code") else { panic!("{alert:?}") };
        let vehicle = self.vehicle_of(&code.parse().unwrap());
        assert_eq!(alert.values.get("vehicle"), vehicle.as_ref().map(Value::from).as_ref(), "{alert:?}");
        let Some(vehicle) = vehicle else { return };
        let last = self.last_position(&vehicle);
        let word = match last {
            None => "none",
            Some(last) if self.now.since(last) >= self.rules.silent.vehicle.after => "stale",
            Some(_) => "fresh",
        };
        assert_eq!(alert.values.get("vehicle_position"), Some(&Value::from(word)), "{}: {alert:?}", self.now);
        assert_eq!(alert.values.get("vehicle_seen_at"), last.map(Value::from).as_ref(), "{alert:?}");
    }
}
