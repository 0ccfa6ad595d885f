//! What a new plan changes in the one before, item by item: what people look at before they let it take its place.
//!
//! Visits are paired as the rules pair them when a plan is replaced (the same guest, day and time; failing that, the same
//! guest and day), so that a visit that moves is shown as one that changed. Decides nothing about whether that is wise.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::facts::plan::{Plan, Visit};
use crate::facts::{Name, Timestamp};

/// Everything that differs. Lists without a difference are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PlanChanges)]
pub struct Changes {
    /// One for each list of the plan that differs, in the order in which people think of them: visits first.
    pub lists: Vec<List>,
}

/// What differs in one list of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PlanList)]
pub struct List {
    /// As the plan calls it: `visits`, `guests`, `vehicles`, `trips`, `zones`, `rooms`, `bookings`, `posts`, `kiosks`.
    pub list: &'static str,
    /// What is new.
    pub added: Vec<Item>,
    /// What is gone.
    pub removed: Vec<Item>,
    /// What stays and is not as it was.
    pub changed: Vec<Edit>,
}

/// One thing of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PlanItem)]
pub struct Item {
    /// Its name in the plan; of a visit the guest's code, of a booking the room.
    pub id: String,
    /// What people call it, where the plan says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When it is, where that tells it from others: a visit's time, the beginning of a booking or a post.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// One thing that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PlanEdit)]
pub struct Edit {
    /// Which, by what it was before.
    #[serde(flatten)]
    pub item: Item,
    /// Member by member.
    pub fields: Vec<FieldChange>,
}

/// One member before and after; null where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldChange {
    /// As the plan calls it.
    pub field: String,
    /// As it was.
    pub before: Value,
    /// As it will be.
    pub after: Value,
}

impl Changes {
    /// From one plan to the next.
    pub fn between(before: &Plan, after: &Plan) -> Self {
        let lists = LISTS.iter().filter_map(|(list, rows)| compare(list, rows(before), rows(after)));
        Self { lists: lists.collect() }
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    /// How much differs, in a line.
    pub fn line(&self) -> String {
        let counted = self.lists.iter().map(|list| {
            let counts =
                [("added", list.added.len()), ("removed", list.removed.len()), ("changed", list.changed.len())];
            let counts = counts.iter().filter(|(_, count)| *count > 0);
            let words: Vec<String> = counts.map(|(word, count)| format!("{count} {word}")).collect();
            format!("{}: {}", list.list, words.join(", "))
        });
        if self.is_empty() { "nothing changes".to_owned() } else { counted.collect::<Vec<_>>().join("; ") }
    }
}

/// One thing of a list, ready to be compared.
struct Row {
    /// What it is paired by.
    key: (String, Option<Timestamp>),
    item: Item,
    members: Map<String, Value>,
}

impl Row {
    /// A thing with a name of its own. `plain` is how it is written, `name` what people call it.
    fn named(id: &Name, name: Option<&String>, plain: &impl Serialize) -> Self {
        let item = Item { id: id.to_string(), name: name.cloned(), at: None };
        Self { key: (item.id.clone(), None), item, members: members(plain, &["id"]) }.with("name", name)
    }

    fn at(mut self, at: Option<Timestamp>) -> Self {
        self.item.at = at;
        self
    }

    fn with(mut self, member: &str, text: Option<&String>) -> Self {
        if let Some(text) = text {
            self.members.insert(member.to_owned(), Value::from(text.as_str()));
        }
        self
    }
}

type Rows = fn(&Plan) -> Vec<Row>;

const LISTS: &[(&str, Rows)] = &[
    ("visits", |plan| plan.visits.iter().map(|visit| visit_row(plan, visit)).collect()),
    ("guests", |plan| {
        let person = |(code, person)| Row::named(code, None, person);
        plan.people.guests.iter().map(person).collect()
    }),
    ("vehicles", |plan| {
        let row = |vehicle: &crate::facts::plan::Vehicle| {
            Row::named(&vehicle.id, plan.people.vehicles.get(&vehicle.id), vehicle)
        };
        plan.vehicles.iter().map(row).collect()
    }),
    ("trips", |plan| plan.trips.iter().map(|trip| Row::named(&trip.id, None, trip).at(trip.pickup_at)).collect()),
    ("zones", |plan| plan.zones.iter().map(|zone| Row::named(&zone.id, None, zone)).collect()),
    ("rooms", |plan| {
        let row = |room: &crate::facts::plan::Room| Row::named(&room.id, plan.people.rooms.get(&room.id), room);
        plan.rooms.iter().map(row).collect()
    }),
    ("bookings", |plan| {
        plan.bookings
            .iter()
            .map(|booking| {
                let title = plan.people.bookings.get(&booking.room).and_then(|titles| titles.get(&booking.from));
                let item = Item { id: booking.room.to_string(), name: title.cloned(), at: Some(booking.from) };
                let members = members(booking, &["room", "from"]);
                Row { key: (item.id.clone(), Some(booking.from)), item, members }.with("title", title)
            })
            .collect()
    }),
    ("posts", |plan| plan.posts.iter().map(|post| Row::named(&post.id, None, post).at(Some(post.from))).collect()),
    ("kiosks", |plan| {
        let row = |(id, point): &(Name, Option<Name>)| {
            Row::named(id, None, &Map::<String, Value>::new())
                .with("point", point.as_ref().map(Name::to_string).as_ref())
        };
        plan.kiosks.iter().map(row).collect()
    }),
];

/// A visit, paired by guest and day.
fn visit_row(plan: &Plan, visit: &Visit) -> Row {
    let person = plan.people.guests.get(&visit.code);
    let name = person.and_then(|person| person.name.clone());
    let item = Item { id: visit.code.to_string(), name, at: visit.expected_at };
    let members = members(visit, &["code", "day_from", "day_to"]);
    Row { key: (item.id.clone(), Some(visit.day_from)), item, members }
}

/// How something is written, without these members and without what is not there.
fn members(plain: &impl Serialize, without: &[&str]) -> Map<String, Value> {
    // What is a struct of plain facts can always be written.
    let Ok(Value::Object(mut members)) = serde_json::to_value(plain) else { return Map::new() };
    members.retain(|member, value| !without.contains(&member.as_str()) && !is_nothing(value));
    members
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(values) => values.is_empty(),
        Value::Bool(true) | Value::Number(_) | Value::String(_) | Value::Object(_) => false,
    }
}

fn compare(list: &'static str, before: Vec<Row>, after: Vec<Row>) -> Option<List> {
    let mut old: BTreeMap<(String, Option<Timestamp>), Vec<Row>> = BTreeMap::new();
    for row in before {
        old.entry(row.key.clone()).or_default().push(row);
    }
    let mut changed = Vec::new();
    let mut take = |row: &Row, same_time: bool| {
        let rows = old.get_mut(&row.key)?;
        let at = rows.iter().position(|old| !same_time || old.item.at == row.item.at)?;
        let old = rows.remove(at);
        changed.extend(edit(old, row));
        Some(())
    };
    let moved: Vec<Row> = after.into_iter().filter(|row| take(row, true).is_none()).collect();
    let added: Vec<Item> = moved.into_iter().filter(|row| take(row, false).is_none()).map(|row| row.item).collect();
    let removed: Vec<Item> = old.into_values().flatten().map(|row| row.item).collect();
    changed.sort_by(|one: &Edit, other| (&one.item.id, one.item.at).cmp(&(&other.item.id, other.item.at)));
    let differs = !added.is_empty() || !removed.is_empty() || !changed.is_empty();
    differs.then_some(List { list, added, removed, changed })
}

/// What became of one thing; none where it is as it was.
fn edit(before: Row, after: &Row) -> Option<Edit> {
    let (old, new) = (&before.members, &after.members);
    let mut names: Vec<&String> = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name))).collect();
    names.retain(|name| old.get(*name) != new.get(*name));
    let of = |members: &Map<String, Value>, name: &String| members.get(name).cloned().unwrap_or(Value::Null);
    let change = |name: &String| FieldChange { field: name.clone(), before: of(old, name), after: of(new, name) };
    let fields: Vec<FieldChange> = names.into_iter().map(change).collect();
    (!fields.is_empty()).then_some(Edit { item: before.item, fields })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::document::Fault;

    fn plan(text: &str) -> Plan {
        let read: Result<Plan, Vec<Fault>> =
            crate::plan::load(Path::new("plan"), text.as_bytes(), &TimeZone::UTC, date(2026, 11, 23));
        read.unwrap_or_else(|faults| panic!("{faults:?}"))
    }

    /// The changes as text: `+ G-1`, `- G-1 08:30`, `~ G-1 expected_at "…" "…"`.
    fn told(before: &str, after: &str) -> String {
        let at = |item: &Item| item.at.map_or(String::new(), |at| format!(" {}", &at.to_string()[11..16]));
        let name = |item: &Item| item.name.as_ref().map_or(String::new(), |name| format!(" {name}"));
        let mut lines = Vec::new();
        for list in Changes::between(&plan(before), &plan(after)).lists {
            lines.push(list.list.to_owned());
            lines.extend(list.added.iter().map(|item| format!("+ {}{}{}", item.id, name(item), at(item))));
            lines.extend(list.removed.iter().map(|item| format!("- {}{}{}", item.id, name(item), at(item))));
            for Edit { item, fields } in &list.changed {
                let fields = fields.iter().map(|change| format!("{} {}→{}", change.field, change.before, change.after));
                lines.push(format!("~ {}{} {}", item.id, at(item), fields.collect::<Vec<_>>().join(" ")));
            }
        }
        lines.join("\n")
    }

    #[test]
    fn a_visit_that_moves_is_one_that_changed() {
        let before = "code,name,expected_at\nG-1,Ada,08:30\nG-2,Bo,09:00\nG-3,Cy,10:00\n";
        assert_eq!(told(before, before), "");
        assert_eq!(
            told(before, "code,name,expected_at,tier\nG-1,Ada,08:45,\nG-3,Cy,10:00,vip\nG-4,Di,11:00,\n"),
            "visits\n+ G-4 Di 11:00\n- G-2 Bo 09:00\n\
             ~ G-1 08:30 expected_at \"2026-11-23T08:30:00.000Z\"→\"2026-11-23T08:45:00.000Z\"\n\
             ~ G-3 10:00 tier \"guest\"→\"vip\"\nguests\n+ G-4\n- G-2"
        );
        // Another day is another visit, and of two on one day the one that stays is not the one that moves.
        assert_eq!(
            told(
                "code,expected_at\nG-1,08:30\nG-1,14:00\n",
                "code,expected_at\nG-1,14:00\nG-1,09:00\nG-1,2026-11-24 08:30\n"
            ),
            "visits\n+ G-1 08:30\n~ G-1 08:30 expected_at \"2026-11-23T08:30:00.000Z\"→\"2026-11-23T09:00:00.000Z\""
        );
    }

    #[test]
    fn every_list_is_compared() {
        let before = r#"{"guests": [{"code": "G-1", "name": "Ada", "needs": ["tea"]}],
            "vehicles": [{"id": "car-1", "name": "Big"}], "trips": [{"id": "T1", "vehicle": "car-1"}],
            "rooms": [{"id": "hall", "capacity": 40}], "kiosks": [{"id": "K1"}],
            "bookings": [{"room": "hall", "from": "09:00", "to": "10:00", "title": "Talk"}],
            "posts": [{"id": "desk", "from": "08:00", "to": "18:00"}]}"#;
        let after = r#"{"guests": [{"code": "G-1", "name": "Ada"}],
            "vehicles": [{"id": "car-1", "name": "Small", "off_duty": true}], "rooms": [{"id": "hall", "capacity": 60}],
            "bookings": [{"room": "hall", "from": "09:00", "to": "11:00", "title": "Talk"}, {"room": "hall", "from": "14:00", "to": "15:00"}],
            "kiosks": [{"id": "K1", "point": "north"}],
            "posts": [{"id": "desk", "from": "08:00", "to": "18:00", "staff": "G-1"}]}"#;
        assert_eq!(
            told(before, after),
            "guests\n~ G-1 needs [\"tea\"]→null\nvehicles\n~ car-1 name \"Big\"→\"Small\" off_duty null→true\n\
             trips\n- T1\nrooms\n~ hall capacity 40→60\nbookings\n+ hall 14:00\n\
             ~ hall 09:00 to \"2026-11-23T10:00:00.000Z\"→\"2026-11-23T11:00:00.000Z\"\n\
             posts\n~ desk 08:00 staff null→\"G-1\"\nkiosks\n~ K1 point null→\"north\""
        );
        let (before, after) = (plan(before), plan(after));
        assert_eq!(
            Changes::between(&before, &after).line(),
            "guests: 1 changed; vehicles: 1 changed; trips: 1 removed; rooms: 1 changed; bookings: 1 added, 1 changed; \
             posts: 1 changed; kiosks: 1 changed"
        );
        assert_eq!(Changes::between(&before, &before.clone()).line(), "nothing changes");
    }
}
