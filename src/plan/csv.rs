//! The sheet of guests: one row a visit, columns by their English or Chinese names in any order, separated by comma,
//! semicolon or tab. Knows nothing of vehicles, rooms and zones beyond the names in it.

use csv::{ReaderBuilder, StringRecord};

use crate::document::{Findings, Place, Spot, closest, list, refused_name, suggest};
use crate::facts::Name;
use crate::facts::plan::{Person, Plan, Tier, Visit};

use super::assembly::{Assembly, TIERS};
use super::moment::{Calendar, When};
use super::{GUESTS_MAX, LIST_MAX, NEEDS_MAX, TEXT_CHARS_MAX};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Code,
    Name,
    Tier,
    Organisation,
    ExpectedAt,
    Place,
    Host,
    HostContact,
    Needs,
    Vehicle,
    Cancelled,
}

/// The columns with their names in both languages.
const COLUMNS: &[(Column, &str, &str)] = &[
    (Column::Code, "code", "编号"),
    (Column::Name, "name", "姓名"),
    (Column::Tier, "tier", "级别"),
    (Column::Organisation, "organisation", "单位"),
    (Column::ExpectedAt, "expected_at", "预计到达"),
    (Column::Place, "place", "地点"),
    (Column::Host, "host", "接待人"),
    (Column::HostContact, "host_contact", "联系方式"),
    (Column::Needs, "needs", "特殊需求"),
    (Column::Vehicle, "vehicle", "车辆"),
    (Column::Cancelled, "cancelled", "取消"),
];

const YES: &[&str] = &["yes", "true", "1", "x", "是", "取消", "已取消"];
const NO: &[&str] = &["no", "false", "0", "否"];

/// Reads a sheet; faults are added to `findings`.
pub(super) fn read(findings: &Findings<'_>, calendar: &Calendar<'_>) -> Plan {
    let mut assembly = Assembly::default();
    let text = findings.text();
    let delimiter = delimiter(text);
    if let Some(at) = unclosed_quote(text, delimiter) {
        let hint = "put a quote at the end of that cell, or write a quote inside a cell twice; or the file was cut off";
        findings.add_syntax(at, "a quote opens here and is never closed", hint);
        return assembly.finish();
    }
    let mut rows = rows(text, delimiter);
    let Some(header) = rows.next().and_then(|row| header(findings, row)) else {
        if findings.is_clean() {
            findings.add_whole("the file is empty", format!("its first row names the columns: {}", column_names()));
        }
        return assembly.finish();
    };
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
            row.take(calendar, &mut assembly);
        }
    }
    assembly.finish()
}

/// The sign between the cells: the one by which the first row names the most columns.
fn delimiter(text: &str) -> u8 {
    let known = |delimiter: &u8| {
        let row = rows(text, *delimiter).next();
        row.map_or(0, |(_, record)| record.iter().filter(|name| column(name).is_some()).count())
    };
    // Of several that do equally well the last wins, so the comma stands last.
    [b'\t', b';', b','].into_iter().max_by_key(known).unwrap_or(b',')
}

/// The rows that are not blank, each with the line of the file where it begins.
fn rows(text: &str, delimiter: u8) -> impl Iterator<Item = (u32, StringRecord)> + '_ {
    let reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let (mut line, mut counted) = (1_u32, 0_usize);
    // The text is UTF-8 and rows may have any length, so the reader has nothing to refuse.
    reader.into_records().map_while(Result::ok).map(move |record| {
        let begins = record.position().map_or(0, |position| position.byte() as usize);
        // The reader counts the blank lines before a row as the row's own.
        let rest = text.get(begins..).unwrap_or_default();
        let begins = begins + rest.len() - rest.trim_start_matches(['\r', '\n']).len();
        line += text.get(counted..begins).unwrap_or_default().matches('\n').count() as u32;
        counted = begins;
        (line, record)
    })
}

/// Where the reader is within a row, told to find a quote that is never closed.
enum Cell {
    Begins,
    Bare,
    /// Within quotes that opened at this byte.
    Quoted(usize),
    /// After a quote within quotes: the end of the cell, or the first of a pair that means one.
    Quote(usize),
}

/// Where a quoted cell begins that never ends. The reader of rows takes such a cell to the end of the file without a
/// word.
fn unclosed_quote(text: &str, delimiter: u8) -> Option<usize> {
    let mut cell = Cell::Begins;
    for (at, byte) in text.bytes().enumerate() {
        let separates = byte == delimiter || byte == b'\n' || byte == b'\r';
        cell = match (cell, byte) {
            (Cell::Begins, b'"') => Cell::Quoted(at),
            (Cell::Quoted(opened), b'"') => Cell::Quote(opened),
            (Cell::Quote(opened), b'"') | (Cell::Quoted(opened), _) => Cell::Quoted(opened),
            (Cell::Begins | Cell::Bare | Cell::Quote(_), _) if separates => Cell::Begins,
            (Cell::Begins | Cell::Bare | Cell::Quote(_), _) => Cell::Bare,
        };
    }
    match cell {
        Cell::Quoted(opened) => Some(opened),
        Cell::Begins | Cell::Bare | Cell::Quote(_) => None,
    }
}

fn column(name: &str) -> Option<Column> {
    let name = name.trim().to_lowercase();
    COLUMNS.iter().find(|(_, en, zh)| *en == name || *zh == name).map(|(column, ..)| *column)
}

fn column_names() -> String {
    list(COLUMNS.iter().map(|(_, en, _)| *en))
}

#[derive(Debug)]
struct Header {
    names: Vec<String>,
    columns: Vec<Option<Column>>,
}

/// Reads the first row. None where nothing below it can be read.
fn header(findings: &Findings<'_>, (line, record): (u32, StringRecord)) -> Option<Header> {
    let names: Vec<String> = record.iter().map(|name| name.trim().to_owned()).collect();
    let columns: Vec<Option<Column>> = names.iter().map(|name| column(name)).collect();
    let spot = |at: usize| Spot {
        place: Place { line, column: at as u32 + 1 },
        excerpt: names.get(at).map_or(String::new(), |name| format!("\"{}\"", name.escape_debug())),
    };
    if columns.iter().all(Option::is_none) && names.iter().all(|name| nearest(name).is_none()) {
        let hint = format!("put a first row above it that names the columns: {} (or 编号, 姓名 …)", column_names());
        findings.add(spot(0), "the first row names none of the columns", hint);
        return None;
    }
    for (at, (name, column)) in names.iter().zip(&columns).enumerate() {
        if column.is_none() && !name.is_empty() && !name.starts_with('#') {
            let hint = match nearest(name) {
                Some(candidate) => format!("did you mean \"{candidate}\"?"),
                None => format!("the columns are {}.", column_names()),
            };
            let hint = format!("{hint} To keep a column as a remark, put # before its name");
            findings.add(spot(at), format!("unknown column \"{name}\""), hint);
        }
        if column.is_some() && columns.iter().take(at).any(|earlier| earlier == column) {
            findings.add(spot(at), format!("the column \"{name}\" stands here twice"), "take one of the two out");
        }
    }
    if !columns.contains(&Some(Column::Code)) {
        let what = "there is no column \"code\" (编号)";
        findings.add(spot(0), what, "add it: the code is what the badge or invitation shows to the kiosk");
        return None;
    }
    Some(Header { names, columns })
}

fn nearest(name: &str) -> Option<&'static str> {
    closest(name, COLUMNS.iter().flat_map(|(_, en, zh)| [*en, *zh]))
}

/// One row below the first.
struct Row<'r> {
    findings: &'r Findings<'r>,
    header: &'r Header,
    record: &'r StringRecord,
    line: u32,
}

impl Row<'_> {
    fn spot_at(&self, at: usize) -> Spot {
        let cell = self.record.get(at).unwrap_or_default().trim();
        let name = self.header.names.get(at).map_or("", String::as_str);
        let cell: String = cell.chars().take(60).collect();
        let excerpt = match (name, cell.escape_debug()) {
            (name, _) if cell.is_empty() => name.to_owned(),
            ("", cell) => format!("\"{cell}\""),
            (name, cell) => format!("{name} = \"{cell}\""),
        };
        Spot { place: Place { line: self.line, column: at as u32 + 1 }, excerpt }
    }

    fn at(&self, column: Column) -> Option<usize> {
        self.header.columns.iter().position(|candidate| *candidate == Some(column))
    }

    /// A cell that is not empty.
    fn cell(&self, column: Column) -> Option<&str> {
        self.record.get(self.at(column)?).map(str::trim).filter(|cell| !cell.is_empty())
    }

    fn fault(&self, column: Column, what: impl Into<String>, hint: impl Into<String>) {
        self.findings.add(self.spot_at(self.at(column).unwrap_or(0)), what, hint);
    }

    /// Whether the row has a cell for each column, and no more.
    fn has_all_cells(&self) -> bool {
        let (cells, columns) = (self.record.len(), self.header.columns.len());
        if cells > columns {
            let extra = self.record.iter().skip(columns).position(|cell| !cell.trim().is_empty());
            let what = format!("the row has {cells} cells, the first row {columns}");
            let hint = "put a cell that holds the separator between double quotes: \"Hall 1, north\"";
            let row: String = self.record.iter().collect::<Vec<_>>().join(", ").chars().take(60).collect();
            let spot = Spot { excerpt: row, ..self.spot_at(columns + extra.unwrap_or(0)) };
            self.findings.add(spot, what, hint);
            return false;
        }
        if cells < columns {
            let what = format!("the row has {cells} cells, the first row {columns}");
            let hint = "fill it up with separators; if it is the last row, the file may be cut off";
            self.findings.add(self.spot_at(cells - 1), what, hint);
            return false;
        }
        let unnamed = |at: &usize| self.header.names.get(*at).is_some_and(String::is_empty);
        let written = |at: &usize| self.record.get(*at).is_some_and(|cell| !cell.trim().is_empty());
        for at in (0..columns).filter(unnamed).filter(written) {
            let what = "this cell is in a column without a name";
            self.findings.add(self.spot_at(at), what, "name the column in the first row, or clear the cell");
        }
        true
    }

    fn name(&self, column: Column) -> Option<Name> {
        let cell = self.cell(column)?;
        let header = self.at(column).and_then(|at| self.header.names.get(at)).map_or("", String::as_str);
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
        let word = cell.to_lowercase();
        if YES.contains(&word.as_str()) {
            return true;
        }
        if !NO.contains(&word.as_str()) {
            let what = format!("\"{cell}\" is neither yes nor no");
            self.fault(Column::Cancelled, what, "write yes or 是 where the visit is called off, else nothing");
        }
        false
    }

    fn needs(&self) -> Vec<String> {
        let cell = self.cell(Column::Needs).unwrap_or_default();
        let needs: Vec<String> = cell
            .split([';', '；', '、', '|', '\n', '\r'])
            .map(str::trim)
            .filter(|need| !need.is_empty())
            .map(str::to_owned)
            .collect();
        if needs.len() > NEEDS_MAX {
            let what = format!("the cell lists {} needs; at most {NEEDS_MAX} are taken", needs.len());
            self.fault(Column::Needs, what, "shorten it to what the reception must know");
        }
        if let Some(long) = needs.iter().find(|need| need.chars().count() > TEXT_CHARS_MAX) {
            let what = format!("one need has {} characters; at most {TEXT_CHARS_MAX} are taken", long.chars().count());
            self.fault(Column::Needs, what, "shorten it, or put ; between several");
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
        assembly.visit(self.findings, visit, self.spot_at(self.at(Column::Code).unwrap_or(0)));
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
    use super::*;

    #[test]
    fn an_open_quote_is_found_where_it_opens() {
        for (text, want) in [
            ("a,b\n1,\"x\"\n", None),
            ("a,b\n1,\"x\"\"y\"\n", None),
            ("a,b\n1,\"x\ny\"\n", None),
            ("a,b\n1,5\" pipe\n", None),
            ("a,b\n1,\"\"\n", None),
            ("a,b\n1,\"x\n2,y\n", Some(6)),
            ("a,b\n1,\"x\"\"\n", Some(6)),
            ("\"a,b\n", Some(0)),
            ("x\"\"\"\n", None),
        ] {
            assert_eq!(unclosed_quote(text, b','), want, "{text:?}");
        }
    }

    #[test]
    fn rows_know_their_line() {
        let text = "\r\na,b\r\n\r\n1,\"x\ny\"\r\n2,z\n";
        let lines: Vec<u32> = rows(text, b',').map(|(line, _)| line).collect();
        assert_eq!(lines, [2, 4, 6]);
    }
}
