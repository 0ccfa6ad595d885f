//! The whole plan in one JSON object: guests, visits, vehicles, trips, zones, rooms, bookings, posts and kiosks.
//!
//! A reference is held against the list it points into. Vehicles and rooms are held against it only where the plan
//! has the list at all: one that is not listed anywhere is taken as it names itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Fields, Findings, Node, Place, Spot, Value, parse_json, suggest};
use crate::facts::plan::{Booking, Limits, Person, Plan, Post, Room, Trip, Vehicle, Visit};
use crate::facts::{Metric, Name, Timestamp};

use super::assembly::{Assembly, TIERS};
use super::moment::{Calendar, When};
use super::{GUESTS_MAX, LIST_MAX, NEEDS_MAX, TEXT_CHARS_MAX, limits, zones};

/// The keys of a whole plan.
pub const ROOT: &[&str] =
    &["day", "guests", "visits", "vehicles", "trips", "zones", "rooms", "bookings", "posts", "kiosks"];
const GUEST: &[&str] = &["code", "name", "tier", "organisation", "needs", "preferences", "greeting"];
const VISIT: &[&str] =
    &["code", "expected_at", "place", "point", "host", "host_contact", "vehicle", "cancelled", "attention"];
const VEHICLE: &[&str] = &["id", "name", "plate", "off_duty", "zones"];
const TRIP: &[&str] = &["id", "vehicle", "guests", "from", "to", "pickup_at"];
const ROOM: &[&str] = &["id", "name", "capacity"];
const BOOKING: &[&str] = &["room", "title", "from", "to"];
const POST: &[&str] = &["id", "staff", "place", "from", "to"];
const KIOSK: &[&str] = &["id", "point"];

/// After this many faults none gets a "did you mean" any more: where thousands of names are wrong, each held against
/// thousands would take minutes.
const SUGGESTIONS_MAX: usize = 50;
/// The largest number of people that a room can be said to hold.
const CAPACITY_MAX: i64 = 1_000_000;

/// Reads a plan; faults are added to `findings`.
pub(super) fn read(findings: &Findings<'_>, calendar: Calendar<'_>) -> Plan {
    let Some(node) = parse_json(findings) else { return Plan::default() };
    read_table(findings, calendar, &Fields::root(findings, &node, ROOT))
}

/// Reads a plan that is a table of another document.
pub(super) fn read_table<'f>(findings: &'f Findings<'f>, calendar: Calendar<'f>, root: &Fields<'f>) -> Plan {
    let day = root
        .raw_text("day")
        .and_then(|text| calendar.read_day(text).map_err(|(what, hint)| root.fault("day", what, hint)).ok());
    let calendar = day.map_or(calendar.clone(), |day| calendar.with_day(day));
    let mut reading = Reading::new(findings, calendar);
    // What is pointed to comes before what points to it.
    reading.guests(root);
    reading.zones(root);
    reading.vehicles(root);
    reading.rooms(root);
    reading.kiosks(root);
    reading.visits(root);
    reading.trips(root);
    reading.bookings(root);
    reading.posts(root);
    reading.assembly.finish()
}

/// Reads a plan whose guests and visits were read from rows before; `node` holds its other lists, as the sheets of a
/// workbook have them.
pub(super) fn read_beside(
    findings: &Findings<'_>,
    calendar: Calendar<'_>,
    mut assembly: Assembly,
    node: &Node,
    known: &[&'static str],
) -> Plan {
    let root = Fields::root(findings, node, known);
    let mentioned = std::mem::take(&mut assembly.mentioned);
    let mut reading = Reading { assembly, ..Reading::new(findings, calendar) };
    let guests: Vec<Name> = reading.assembly.plan.people.guests.keys().cloned().collect();
    reading.list(List::Guests, guests);
    reading.vehicles(&root);
    reading.rooms(&root);
    reading.kiosks(&root);
    for (spot, vehicle) in mentioned {
        reading.refer(spot, &vehicle, List::Vehicles);
    }
    reading.trips(&root);
    reading.bookings(&root);
    reading.posts(&root);
    reading.assembly.finish()
}

/// A list that others point into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum List {
    Guests,
    Zones,
    Vehicles,
    Rooms,
    Points,
}

impl List {
    const fn singular(self) -> &'static str {
        match self {
            Self::Guests => "guest",
            Self::Zones => "zone",
            Self::Vehicles => "vehicle",
            Self::Rooms => "room",
            Self::Points => "point",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Guests => "guests",
            Self::Zones => "zones",
            Self::Vehicles => "vehicles",
            Self::Rooms => "rooms",
            Self::Points => "points of kiosks",
        }
    }

    /// Whether a name is refused also where the plan has no such list at all.
    const fn must_be_listed(self) -> bool {
        match self {
            Self::Guests | Self::Zones => true,
            Self::Vehicles | Self::Rooms | Self::Points => false,
        }
    }
}

struct Reading<'f> {
    findings: &'f Findings<'f>,
    calendar: Calendar<'f>,
    lists: BTreeMap<List, BTreeSet<Name>>,
    /// The lists, by their key, in which something is no object.
    unsound: BTreeSet<String>,
    assembly: Assembly,
}

impl<'f> Reading<'f> {
    fn new(findings: &'f Findings<'f>, calendar: Calendar<'f>) -> Self {
        Self { findings, calendar, lists: BTreeMap::new(), unsound: BTreeSet::new(), assembly: Assembly::default() }
    }

    /// The objects of a list, at most `max` of them. Where the list is not sound, what points into it is not judged.
    fn objects(&mut self, root: &Fields<'f>, key: &str, known: &[&'static str], max: usize) -> Vec<Fields<'f>> {
        let mut objects = root.tables(key, known);
        let listed = root.node(key).is_none_or(|node| matches!(node.value, Value::List(_)));
        if !listed || objects.iter().any(|object| !object.is_sound()) {
            self.unsound.insert(key.to_owned());
        }
        if objects.len() > max {
            root.fault(key, format!("there are {} {key}; at most {max} are taken", objects.len()), "split the plan");
            objects.truncate(max);
        }
        objects
    }

    fn list(&mut self, list: List, names: impl IntoIterator<Item = Name>) {
        self.lists.entry(list).or_default().extend(names);
    }

    /// Reports a name that is not in the list that it points into.
    fn refer(&self, spot: Spot, name: &Name, list: List) {
        if self.unsound.contains(list.title()) {
            return;
        }
        let known = self.lists.get(&list);
        if known.is_some_and(|known| known.contains(name)) || (known.is_none() && !list.must_be_listed()) {
            return;
        }
        let title = format!("{} in the plan", list.title());
        let hint = if self.findings.count() < SUGGESTIONS_MAX {
            suggest(name.as_str(), &title, known.into_iter().flatten().map(Name::as_str))
        } else {
            format!("{title}: {} others", known.map_or(0, BTreeSet::len))
        };
        self.findings.add(spot, format!("{} \"{name}\" is not in the plan", list.singular()), hint);
    }

    fn reference(&self, object: &Fields<'_>, key: &str, list: List) -> Option<Name> {
        let name = object.name(key)?;
        self.refer(object.spot_of(key), &name, list);
        Some(name)
    }

    fn guests(&mut self, root: &Fields<'f>) {
        let mut seen = BTreeMap::new();
        for guest in self.objects(root, "guests", GUEST, GUESTS_MAX) {
            let person = Person {
                name: guest.text("name", TEXT_CHARS_MAX),
                organisation: guest.text("organisation", TEXT_CHARS_MAX),
                greeting: guest.text("greeting", TEXT_CHARS_MAX),
                needs: needs(&guest),
                host: None,
                host_contact: None,
            };
            let tier = guest.word("tier", TIERS).unwrap_or_default();
            let Some(code) = unique(&mut seen, &guest, "code") else { continue };
            self.assembly.person(code.clone(), person);
            self.assembly.tiers.insert(code, tier);
        }
        self.list(List::Guests, seen.into_keys());
    }

    fn zones(&mut self, root: &Fields<'f>) {
        if let Some(node) = root.node("zones") {
            let faults = self.findings.count();
            self.assembly.plan.zones = zones::read(self.findings, node);
            if self.findings.count() > faults && self.assembly.plan.zones.is_empty() {
                self.unsound.insert(List::Zones.title().to_owned());
            }
        }
        let names: Vec<Name> = self.assembly.plan.zones.iter().map(|zone| zone.id.clone()).collect();
        self.list(List::Zones, names);
    }

    fn vehicles(&mut self, root: &Fields<'f>) {
        let mut seen = BTreeMap::new();
        for vehicle in self.objects(root, "vehicles", VEHICLE, LIST_MAX) {
            let mut zones = Vec::new();
            for (zone, spot) in vehicle.names("zones") {
                self.refer(spot, &zone, List::Zones);
                zones.push(zone);
            }
            let off_duty = vehicle.flag("off_duty").unwrap_or(false);
            let (name, plate) = (vehicle.text("name", TEXT_CHARS_MAX), vehicle.text("plate", TEXT_CHARS_MAX));
            let Some(id) = unique(&mut seen, &vehicle, "id") else { continue };
            let shown = match (name, plate) {
                (Some(name), Some(plate)) => Some(format!("{name} ({plate})")),
                (name, plate) => name.or(plate),
            };
            if let Some(shown) = shown {
                self.assembly.plan.people.vehicles.insert(id.clone(), shown);
            }
            self.assembly.plan.vehicles.push(Vehicle { id, off_duty, zones });
        }
        if root.has("vehicles") {
            self.list(List::Vehicles, seen.into_keys());
        }
    }

    fn rooms(&mut self, root: &Fields<'f>) {
        let known: Vec<&'static str> = ROOM.iter().copied().chain(Metric::ALL.iter().map(|m| m.word())).collect();
        let mut seen = BTreeMap::new();
        for room in self.objects(root, "rooms", &known, LIST_MAX) {
            let capacity = room.whole("capacity", &(1..=CAPACITY_MAX)).and_then(|people| u32::try_from(people).ok());
            let written = Metric::ALL.iter().filter(|metric| room.has(metric.word()));
            let limits = written
                .map(|metric| {
                    let table = room.table(metric.word(), &["low", "high"]);
                    (*metric, limits::read(&table, *metric, Limits { low: None, high: None }, None).0)
                })
                .collect();
            let name = room.text("name", TEXT_CHARS_MAX);
            let Some(id) = unique(&mut seen, &room, "id") else { continue };
            if let Some(name) = name {
                self.assembly.plan.people.rooms.insert(id.clone(), name);
            }
            self.assembly.plan.rooms.push(Room { id, capacity, limits });
        }
        if root.has("rooms") {
            self.list(List::Rooms, seen.into_keys());
        }
    }

    fn kiosks(&mut self, root: &Fields<'f>) {
        let mut seen = BTreeMap::new();
        for kiosk in self.objects(root, "kiosks", KIOSK, LIST_MAX) {
            let point = kiosk.name("point");
            let Some(id) = unique(&mut seen, &kiosk, "id") else { continue };
            self.list(List::Points, point.clone());
            self.assembly.plan.kiosks.push((id, point));
        }
    }

    fn visits(&mut self, root: &Fields<'f>) {
        for visit in self.objects(root, "visits", VISIT, LIST_MAX) {
            let when = if visit.has("expected_at") { self.calendar.field(&visit, "expected_at") } else { None };
            let (expected_at, day) = match when {
                Some(When::At(at, day)) => (Some(at), day),
                Some(When::On(day)) => (None, day),
                None => (None, self.calendar.day()),
            };
            let (day_from, day_to) = self.calendar.bounds(day);
            let place = visit.name("place");
            let point = self.reference(&visit, "point", List::Points);
            let vehicle = self.reference(&visit, "vehicle", List::Vehicles);
            let cancelled = visit.flag("cancelled").unwrap_or(false);
            let attention = visit.flag("attention").unwrap_or(false);
            let host = visit.text("host", TEXT_CHARS_MAX);
            let host_contact = visit.text("host_contact", TEXT_CHARS_MAX);
            visit.require("code", "\"…\"");
            let Some(code) = self.reference(&visit, "code", List::Guests) else { continue };
            let tier = self.assembly.tiers.get(&code).copied().unwrap_or_default();
            self.assembly.person(code.clone(), Person { host, host_contact, ..Person::default() });
            let spot = visit.spot_of("code");
            let fact = Visit { code, tier, expected_at, day_from, day_to, place, point, vehicle, cancelled, attention };
            self.assembly.visit(self.findings, fact, spot);
        }
    }

    fn trips(&mut self, root: &Fields<'f>) {
        let mut seen = BTreeMap::new();
        for trip in self.objects(root, "trips", TRIP, LIST_MAX) {
            let (mut guests, mut once) = (Vec::new(), BTreeSet::new());
            for (guest, spot) in trip.names("guests") {
                if !once.insert(guest.clone()) {
                    let what = format!("\"{guest}\" is in this trip twice");
                    self.findings.add(spot, what, "take one of the two out");
                    continue;
                }
                self.refer(spot, &guest, List::Guests);
                guests.push(guest);
            }
            trip.require("vehicle", "\"car-1\"");
            let vehicle = self.reference(&trip, "vehicle", List::Vehicles);
            let (from, to) = (trip.name("from"), trip.name("to"));
            let pickup_at = self.calendar.moment(&trip, "pickup_at");
            let id = unique(&mut seen, &trip, "id");
            if let (Some(id), Some(vehicle)) = (id, vehicle) {
                self.assembly.plan.trips.push(Trip { id, vehicle, guests, from, to, pickup_at });
            }
        }
    }

    /// Both ends of a stretch of time, the first before the second.
    fn stretch(&self, object: &Fields<'_>) -> Option<(Timestamp, Timestamp)> {
        object.require("from", "\"14:30\"");
        object.require("to", "\"16:00\"");
        let (from, to) = (self.calendar.moment(object, "from"), self.calendar.moment(object, "to"));
        let (from, to) = (from?, to?);
        if from < to {
            return Some((from, to));
        }
        object.fault(
            "to",
            "it ends before it begins",
            "write the later time under \"to\", with its date where it is the next day",
        );
        None
    }

    fn bookings(&mut self, document: &Fields<'f>) {
        let mut seen = BTreeSet::new();
        for booking in self.objects(document, "bookings", BOOKING, LIST_MAX) {
            booking.require("room", "\"…\"");
            let place = self.reference(&booking, "room", List::Rooms);
            let title = booking.text("title", TEXT_CHARS_MAX);
            let (Some((from, to)), Some(room)) = (self.stretch(&booking), place) else { continue };
            let plan = &mut self.assembly.plan;
            if !seen.insert((room.clone(), from)) {
                let what = format!("\"{room}\" is booked from this time twice");
                booking.fault("from", what, "take one of the two out, or write both as one booking");
                continue;
            }
            if let Some(title) = title {
                plan.people.bookings.entry(room.clone()).or_default().insert(from, title);
            }
            plan.bookings.push(Booking { room, from, to });
        }
    }

    fn posts(&mut self, root: &Fields<'f>) {
        let mut seen = BTreeMap::new();
        for post in self.objects(root, "posts", POST, LIST_MAX) {
            let (staff, place) = (post.name("staff"), post.name("place"));
            let stretch = self.stretch(&post);
            let id = unique(&mut seen, &post, "id");
            if let (Some((from, to)), Some(id)) = (stretch, id) {
                self.assembly.plan.posts.push(Post { id, staff, place, from, to });
            }
        }
    }
}

/// What a guest needs and then what a guest likes, in one list.
fn needs(guest: &Fields<'_>) -> Vec<String> {
    let listed = ["needs", "preferences"].map(|key| guest.texts(key));
    let needs: Vec<String> = listed.iter().flatten().map(|(need, _)| need.trim().to_owned()).collect();
    if needs.len() > NEEDS_MAX {
        let what = format!("{} needs are listed; at most {NEEDS_MAX} are taken", needs.len());
        guest.fault("needs", what, "shorten the list to what the reception must know");
    }
    if needs.iter().any(|need| need.is_empty() || need.chars().count() > TEXT_CHARS_MAX) {
        let what = format!("a need is empty or longer than {TEXT_CHARS_MAX} characters");
        guest.fault("needs", what, "write each in a few words");
    }
    needs
}

/// The name of one object among its like.
fn unique(seen: &mut BTreeMap<Name, Place>, object: &Fields<'_>, key: &str) -> Option<Name> {
    object.require(key, "\"…\"");
    let name = object.name(key)?;
    let place = object.spot_of(key).place;
    if let Some(first) = seen.insert(name.clone(), place) {
        let what = format!("\"{name}\" is here for the second time");
        let hint = format!("give one of them another {key}, or take it out; the other is in line {}", first.line);
        object.fault(key, what, hint);
        return None;
    }
    Some(name)
}
