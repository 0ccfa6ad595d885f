//! The rows of guests, whatever file they stand in: one row a visit, columns by their English or Chinese names in any
//! order. Knows nothing of vehicles, rooms and zones beyond the names in it.

use csv::StringRecord;

use crate::document::{Findings, refused_name, suggest};
use crate::facts::Name;
use crate::facts::plan::{Person, Tier, Visit};

use super::assembly::{Assembly, TIERS};
use super::columns::{Header, Named, Row, yes_or_no};
use super::moment::{Calendar, When};
use super::{GUESTS_MAX, LIST_MAX, NEEDS_MAX, TEXT_CHARS_MAX};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Code,
    Name,
    Tier,
    Organisation,
    ExpectedAt,
    Place,
    Host,
    HostContact,
    Needs,
    Preferences,
    Vehicle,
    Cancelled,
}

/// The columns with their names in both languages.
pub(super) const COLUMNS: &[Named<Column>] = &[
    (Column::Code, "code", "编号"),
    (Column::Name, "name", "姓名"),
    (Column::Tier, "tier", "级别"),
    (Column::Organisation, "organisation", "单位"),
    (Column::ExpectedAt, "expected_at", "预计到达"),
    (Column::Place, "place", "地点"),
    (Column::Host, "host", "接待人"),
    (Column::HostContact, "host_contact", "联系方式"),
    (Column::Needs, "needs", "特殊需求"),
    (Column::Preferences, "preferences", "偏好"),
    (Column::Vehicle, "vehicle", "车辆"),
    (Column::Cancelled, "cancelled", "取消"),
];

/// Reads rows, each with its line, the first of which names the columns; faults are added to `findings`. `sheet` is
/// the workbook's, 0 elsewhere.
pub(super) fn read(
    findings: &Findings<'_>,
    calendar: &Calendar<'_>,
    sheet: u16,
    mut rows: impl Iterator<Item = (u32, StringRecord)>,
    assembly: &mut Assembly,
) {
    let Some(first) = rows.next() else { return };
    let Some(header) = Header::read(findings, COLUMNS, sheet, first) else { return };
    if !header.require(findings, Column::Code, "the code is what the badge or invitation shows to the kiosk") {
        return;
    }
    for (line, record) in rows {
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let row = Row { findings, header: &header, record: &record, line };
        let plan = &assembly.plan;
        if plan.people.guests.len() >= GUESTS_MAX || plan.visits.len() >= LIST_MAX {
            let what = format!("there are more than {GUESTS_MAX} guests or {LIST_MAX} visits");
            findings.add(row.spot_at(0), what, "split the plan: one site and one day a file");
            break;
        }
        if row.has_all_cells() {
            row.take(calendar, assembly);
        }
    }
}

impl Row<'_, Column> {
    fn name(&self, column: Column) -> Option<Name> {
        let cell = self.cell(column)?;
        let header = self.header.name_of(column);
        let refuse = |fault| {
            let (what, hint) = refused_name(header, &fault);
            self.fault(column, what, hint);
        };
        cell.parse().map_err(refuse).ok()
    }

    fn text(&self, column: Column) -> Option<String> {
        let cell = self.cell(column)?;
        let chars = cell.chars().count();
        if chars > TEXT_CHARS_MAX {
            let what = format!("the cell has {chars} characters; at most {TEXT_CHARS_MAX} are taken");
            self.fault(column, what, "shorten it, or is a separator missing?");
            return None;
        }
        if cell.chars().any(char::is_control) {
            self.fault(column, "the cell holds a line break or control character", "write it on one line");
            return None;
        }
        Some(cell.to_owned())
    }

    fn tier(&self) -> Tier {
        let Some(cell) = self.cell(Column::Tier) else { return Tier::default() };
        let word = cell.to_lowercase();
        if let Some((_, tier)) = TIERS.iter().find(|(known, _)| *known == word) {
            return *tier;
        }
        let hint = suggest(cell, "what may stand here", TIERS.iter().map(|(known, _)| *known));
        self.fault(Column::Tier, format!("\"{cell}\" is not a tier we know"), hint);
        Tier::default()
    }

    fn cancelled(&self) -> bool {
        let Some(cell) = self.cell(Column::Cancelled) else { return false };
        yes_or_no(cell).unwrap_or_else(|| {
            let what = format!("\"{cell}\" is neither yes nor no");
            self.fault(Column::Cancelled, what, "write yes or 是 where the visit is called off, else nothing");
            false
        })
    }

    /// What a guest needs and then what a guest likes: one list, because whoever receives the guest reads both.
    fn needs(&self) -> Vec<String> {
        let mut needs = self.needs_in(Column::Needs, NEEDS_MAX);
        needs.extend(self.needs_in(Column::Preferences, NEEDS_MAX.saturating_sub(needs.len())));
        needs
    }

    fn needs_in(&self, column: Column, most: usize) -> Vec<String> {
        let cell = self.cell(column).unwrap_or_default();
        let needs: Vec<String> = cell
            .split([';', '；', '、', '|', '\n', '\r'])
            .map(str::trim)
            .filter(|need| !need.is_empty())
            .map(str::to_owned)
            .collect();
        if needs.len() > most {
            let what = match column {
                Column::Preferences => format!("needs and preferences are more than {NEEDS_MAX} together"),
                _ => format!("the cell lists {} needs; at most {NEEDS_MAX} are taken", needs.len()),
            };
            self.fault(column, what, "shorten it to what the reception must know");
        }
        if let Some(long) = needs.iter().find(|need| need.chars().count() > TEXT_CHARS_MAX) {
            let what = format!("one need has {} characters; at most {TEXT_CHARS_MAX} are taken", long.chars().count());
            self.fault(column, what, "shorten it, or put ; between several");
        }
        needs
    }

    fn when(&self, calendar: &Calendar<'_>) -> When {
        let Some(cell) = self.cell(Column::ExpectedAt) else { return When::On(calendar.day()) };
        calendar.read(cell).unwrap_or_else(|(what, hint)| {
            self.fault(Column::ExpectedAt, what, hint);
            When::On(calendar.day())
        })
    }

    /// Reads every cell, so that every fault of the row is told, and adds the visit.
    fn take(&self, calendar: &Calendar<'_>, assembly: &mut Assembly) {
        let (tier, when, cancelled) = (self.tier(), self.when(calendar), self.cancelled());
        let (place, vehicle) = (self.name(Column::Place), self.name(Column::Vehicle));
        if let Some(vehicle) = &vehicle {
            assembly.mentioned.push((self.spot_of(Column::Vehicle), vehicle.clone()));
        }
        let person = Person {
            name: self.text(Column::Name),
            organisation: self.text(Column::Organisation),
            host: self.text(Column::Host),
            host_contact: self.text(Column::HostContact),
            needs: self.needs(),
            greeting: None,
        };
        if self.cell(Column::Code).is_none() {
            self.fault(
                Column::Code,
                "the row has no code",
                "write the code of the badge or invitation, or clear the row",
            );
        }
        let Some(code) = self.name(Column::Code) else { return };
        self.same_guest(&code, &person, tier, assembly);
        let (expected_at, day) = match when {
            When::At(at, day) => (Some(at), day),
            When::On(day) => (None, day),
        };
        let (day_from, day_to) = calendar.bounds(day);
        assembly.person(code.clone(), person);
        assembly.tiers.insert(code.clone(), tier);
        let visit = Visit {
            code,
            tier,
            expected_at,
            day_from,
            day_to,
            place,
            point: None,
            vehicle,
            cancelled,
            attention: false,
        };
        assembly.visit(self.findings, visit, self.spot_of(Column::Code));
    }

    /// A code that stands in several rows means one guest: the name and the tier must agree.
    fn same_guest(&self, code: &Name, person: &Person, tier: Tier, assembly: &Assembly) {
        let Some(known) = assembly.plan.people.guests.get(code) else { return };
        if let (Some(name), Some(here)) = (&known.name, &person.name)
            && name != here
        {
            let what = format!("\"{code}\" is {name} above and {here} here");
            self.fault(Column::Name, what, "one code is one guest: give one of them another code, or the same name");
        }
        if assembly.tiers.get(code).is_some_and(|above| *above != tier) {
            let what = format!("\"{code}\" has another tier above");
            self.fault(Column::Tier, what, "one code is one guest: write the same tier in each of its rows");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use crate::document::Fault;
    use crate::facts::plan::Plan;

    fn load(name: &str, text: &str) -> Result<Plan, Vec<Fault>> {
        crate::plan::load(Path::new(name), text.as_bytes(), &TimeZone::UTC, date(2026, 11, 23))
    }

    fn needs(plan: &Plan) -> String {
        plan.people.guests.values().next().unwrap().needs.join(" ")
    }

    #[test]
    fn what_a_guest_likes_stands_with_what_a_guest_needs() {
        let sheet = load("a.csv", "编号,特殊需求,偏好\nG-1,轮椅,绿茶；靠窗\n").unwrap();
        assert_eq!(needs(&sheet), "轮椅 绿茶 靠窗");
        let whole = r#"{"guests": [{"code": "G-1", "needs": ["wheelchair"], "preferences": ["tea", "seat 4A"]}]}"#;
        assert_eq!(needs(&load("a.json", whole).unwrap()), "wheelchair tea seat 4A");
        let many = format!("code,needs,preferences\nG-1,{},{}\n", "n;".repeat(15), "p;".repeat(6));
        let faults = load("a.csv", &many).unwrap_err();
        assert_eq!(faults[0].what, "needs and preferences are more than 20 together");
        assert_eq!(faults[0].location(), "a.csv:2:3");
    }
}
