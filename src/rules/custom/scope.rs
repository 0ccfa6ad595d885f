//! What an expression can speak of: the entry, and what the rules know of whom it is about.
//!
//! A member that is not known is not there: an expression that needs it says nothing then, and `has(room.co2)` asks for it.

use std::sync::Arc;

use cel::Value;
use cel::objects::{Key, Map};

use crate::facts::{Metric, Milli, Name, Position, Reading, Ruling, Scan, Subject};
use crate::rules::day::of_guest;
use crate::rules::settings::Occasion;
use crate::rules::state::State;

/// An object that expressions can name, with its members.
#[derive(Debug, Clone)]
pub(super) struct Object {
    pub(super) name: &'static str,
    pub(super) members: Vec<(&'static str, Value)>,
}

impl Object {
    fn new(name: &'static str) -> Self {
        Self { name, members: Vec::new() }
    }

    fn number(self, member: &'static str, number: Option<Milli>) -> Self {
        self.digits(member, number.as_ref())
    }

    /// By its digits: whoever reads them makes the same number of them on every machine.
    fn digits(mut self, member: &'static str, number: Option<&impl ToString>) -> Self {
        let number = number.and_then(|number| number.to_string().parse().ok()).map(Value::Float);
        self.members.extend(number.map(|number| (member, number)));
        self
    }

    /// A word as it is on the wire.
    fn word(self, member: &'static str, word: &impl serde::Serialize) -> Self {
        let word = serde_json::to_value(word).ok();
        self.text(member, word.as_ref().and_then(serde_json::Value::as_str))
    }

    fn text(mut self, member: &'static str, text: Option<&str>) -> Self {
        self.members.extend(text.map(|text| (member, Value::String(Arc::new(text.to_owned())))));
        self
    }

    fn flag(mut self, member: &'static str, flag: Option<bool>) -> Self {
        self.members.extend(flag.map(|flag| (member, Value::Bool(flag))));
        self
    }

    pub(super) fn value(&self) -> Value {
        let key = |member: &str| Key::String(Arc::new(member.to_owned()));
        Value::Map(Map {
            map: Arc::new(self.members.iter().map(|(member, value)| (key(member), value.clone())).collect()),
        })
    }
}

/// Two objects for each occasion.
pub(super) type Scope = [Object; 2];

/// After a reading was taken in.
pub(super) fn of_reading(state: &State, reading: &Reading) -> (Subject, Scope) {
    let mut own = Object::new("reading").text("sensor", Some(reading.sensor.as_str()));
    for (metric, value) in reading.measures.iter() {
        own = own.number(metric.word(), Some(value));
    }
    let capacity = state.day.rooms.get(&reading.room).and_then(|room| room.capacity);
    let capacity = capacity.map(|people| Milli::from_whole(people.into()));
    let mut room = Object::new("room").text("id", Some(reading.room.as_str())).number("capacity", capacity);
    let record = state.rooms.get(&reading.room);
    for metric in Metric::ALL {
        let values = record.into_iter().flat_map(|record| record.sensors.values());
        // Of several sensors the highest, as far as they are not silent.
        room =
            room.number(metric.word(), values.filter_map(|values| values.get(metric)).map(|sensed| sensed.value).max());
    }
    (Subject::Room(reading.room.clone()), [own, room])
}

/// After a position was taken in.
pub(super) fn of_position(state: &State, vehicle: &Name, position: &Position) -> (Subject, Scope) {
    let own = Object::new("position")
        .digits("lat", Some(&position.lat))
        .digits("lon", Some(&position.lon))
        .number("speed_kmh", position.speed_kmh)
        .number("hdop", position.hdop);
    let planned = state.day.vehicles.get(vehicle);
    let on_duty = planned.is_none_or(|vehicle| !vehicle.off_duty);
    let car = Object::new("vehicle").text("id", Some(vehicle.as_str())).flag("on_duty", Some(on_duty));
    (Subject::Vehicle(vehicle.clone()), [own, car])
}

/// After a scan was judged.
pub(super) fn of_scan(state: &State, scan: &Scan, ruling: &Ruling) -> (Subject, Scope) {
    let own = Object::new("scan")
        .text("code", Some(scan.code.as_str()))
        .text("kiosk", Some(scan.kiosk.as_str()))
        .text("point", scan.point.as_ref().map(Name::as_str))
        .word("direction", &scan.direction)
        .word("verdict", &ruling.verdict)
        .digits("took_s", scan.duration_s.as_ref());
    let visit = of_guest(&state.visits, &scan.code).map(|(_, record)| &record.visit).next();
    let visit = Object::new("visit")
        .flag("planned", Some(visit.is_some()))
        .text("tier", visit.map(|visit| crate::rules::settings::tier_word(visit.tier)))
        .text("place", visit.and_then(|visit| visit.place.as_ref()).map(Name::as_str))
        .text("vehicle", visit.and_then(|visit| visit.vehicle.as_ref()).map(Name::as_str));
    (Subject::Guest(scan.code.clone()), [own, visit])
}

/// Everything that can be there on an occasion, with a value of its kind.
pub(super) fn sample(on: Occasion) -> Scope {
    let number = || Some(Milli::from_whole(1));
    match on {
        Occasion::Reading => ["reading", "room"].map(|name| {
            let other = if name == "room" { "id" } else { "sensor" };
            let mut object = Object::new(name).text(other, Some("x"));
            if name == "room" {
                object = object.number("capacity", number());
            }
            Metric::ALL.iter().fold(object, |object, metric| object.number(metric.word(), number()))
        }),
        Occasion::Position => {
            let own = ["lat", "lon", "speed_kmh", "hdop"];
            let own = own.into_iter().fold(Object::new("position"), |object, member| object.number(member, number()));
            [own, Object::new("vehicle").text("id", Some("x")).flag("on_duty", Some(true))]
        }
        Occasion::Scan => {
            let own = ["code", "kiosk", "point", "direction", "verdict"];
            let own = own.into_iter().fold(Object::new("scan"), |object, member| object.text(member, Some("x")));
            let visit = Object::new("visit").flag("planned", Some(true));
            let visit =
                ["tier", "place", "vehicle"].into_iter().fold(visit, |object, member| object.text(member, Some("x")));
            [own.number("took_s", number()), visit]
        }
    }
}
