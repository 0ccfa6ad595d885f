//! Visits and people from either format, put together: twins are found, names are merged, lists are ordered.

use std::collections::BTreeMap;

use crate::document::{Findings, Place, Spot};
use crate::facts::plan::{Person, Plan, Tier, Vehicle, Visit};
use crate::facts::{Name, Timestamp};

/// The words of the ranks, in both languages.
pub(super) const TIERS: &[(&str, Tier)] = &[
    ("vip", Tier::Vip),
    ("guest", Tier::Guest),
    ("staff", Tier::Staff),
    ("贵宾", Tier::Vip),
    ("来宾", Tier::Guest),
    ("工作人员", Tier::Staff),
];

/// A plan that grows, and where its visits were written.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    pub plan: Plan,
    /// The rank of each guest.
    pub tiers: BTreeMap<Name, Tier>,
    /// The vehicles that rows of guests name, each with its cell, to be held against the vehicles of the plan.
    pub mentioned: Vec<(Spot, Name)>,
    visits: BTreeMap<(Name, Timestamp, Option<Timestamp>), (Place, Visit)>,
}

impl Assembly {
    /// Adds a visit; the same guest at the same time again is a fault.
    pub(super) fn visit(&mut self, findings: &Findings<'_>, visit: Visit, spot: Spot) {
        let key = (visit.code.clone(), visit.day_from, visit.expected_at);
        if let Some((first, earlier)) = self.visits.get(&key) {
            let (what, hint) = if *earlier == visit {
                (format!("the visit of \"{}\" is written twice", visit.code), "take one of the two out")
            } else {
                let when = if visit.expected_at.is_some() { "at this time" } else { "on this day without a time" };
                (
                    format!("\"{}\" is expected {when} twice", visit.code),
                    "give one of them another time, or take it out",
                )
            };
            findings.add(spot, what, format!("{hint}; the other is in line {}", first.line));
            return;
        }
        self.visits.insert(key, (spot.place, visit.clone()));
        self.plan.visits.push(visit);
    }

    /// Adds what is known of a guest to what was known before: what is new fills the gaps, two hosts are both kept.
    pub(super) fn person(&mut self, code: Name, person: Person) {
        let known = self.plan.people.guests.entry(code).or_default();
        known.name = known.name.take().or(person.name);
        join(&mut known.organisation, person.organisation);
        join(&mut known.host, person.host);
        join(&mut known.host_contact, person.host_contact);
        known.greeting = known.greeting.take().or(person.greeting);
        for need in person.needs {
            if !known.needs.contains(&need) {
                known.needs.push(need);
            }
        }
    }

    /// The plan in its order. A vehicle that only a visit names is one of the plan's, on duty.
    pub(super) fn finish(self) -> Plan {
        let mut plan = self.plan;
        let mut vehicles: BTreeMap<Name, Vehicle> =
            plan.vehicles.into_iter().map(|vehicle| (vehicle.id.clone(), vehicle)).collect();
        let named = plan.visits.iter().filter_map(|visit| visit.vehicle.as_ref());
        for id in named.chain(plan.trips.iter().map(|trip| &trip.vehicle)) {
            let unlisted = || Vehicle { id: id.clone(), off_duty: false, zones: Vec::new() };
            vehicles.entry(id.clone()).or_insert_with(unlisted);
        }
        plan.vehicles = vehicles.into_values().collect();
        plan.visits.sort_by(|a, b| (&a.code, a.day_from, a.expected_at).cmp(&(&b.code, b.day_from, b.expected_at)));
        plan.trips.sort_by(|a, b| a.id.cmp(&b.id));
        plan.zones.sort_by(|a, b| a.id.cmp(&b.id));
        plan.rooms.sort_by(|a, b| a.id.cmp(&b.id));
        plan.bookings.sort();
        plan.posts.sort_by(|a, b| a.id.cmp(&b.id));
        plan.kiosks.sort();
        plan
    }
}

fn join(known: &mut Option<String>, new: Option<String>) {
    let Some(new) = new else { return };
    match known {
        Some(known) if known.split(" / ").any(|part| part == new) => {}
        Some(known) => *known = format!("{known} / {new}"),
        None => *known = Some(new),
    }
}
