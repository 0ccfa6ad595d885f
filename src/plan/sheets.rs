//! A workbook as a plan: the sheet of guests goes to the reader of guests' rows, every other sheet becomes the list of
//! objects that the reader of JSON knows.
//!
//! Promises that nothing that somebody filled in is passed over in silence: an unknown sheet or column, a hidden sheet
//! under a name of the plan's, a cell that shows an error are faults. Zones have no sheet: they are drawn, see JSON.

use csv::StringRecord;

use crate::document::{Fault, Findings, Member, Node, Place, Spot, Value, suggest};
use crate::facts::plan::Plan;
use crate::facts::{Metric, Milli};

use super::assembly::Assembly;
use super::columns::{self, Header, Named, Row, yes_or_no};
use super::moment::Calendar;
use super::workbook::{self, Cell, Sheet};
use super::{guests, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Guests,
    Vehicles,
    Trips,
    Rooms,
    Bookings,
    Posts,
    Kiosks,
}

/// The names of the sheets.
const SHEETS: &[Named<Kind>] = &[
    (Kind::Guests, "guests", "来宾"),
    (Kind::Vehicles, "vehicles", "车辆"),
    (Kind::Trips, "trips", "行程"),
    (Kind::Rooms, "rooms", "房间"),
    (Kind::Bookings, "bookings", "预订"),
    (Kind::Posts, "posts", "岗位"),
    (Kind::Kiosks, "kiosks", "签到机"),
];

/// The lists that become objects.
const LISTS: &[&str] = &["vehicles", "trips", "rooms", "bookings", "posts", "kiosks"];

/// A member of an object, and what its cells hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Text(&'static str),
    Number(&'static str),
    Flag(&'static str),
    /// Several names in one cell.
    Names(&'static str),
    /// One side of a room's limits of a quantity.
    Limit(Metric, &'static str),
}

use Field::{Flag, Limit, Names, Number, Text};

const VEHICLES: &[Named<Field>] = &[
    (Text("id"), "id", "编号"),
    (Text("name"), "name", "名称"),
    (Text("plate"), "plate", "车牌"),
    (Flag("off_duty"), "off_duty", "停用"),
];
const TRIPS: &[Named<Field>] = &[
    (Text("id"), "id", "编号"),
    (Text("vehicle"), "vehicle", "车辆"),
    (Names("guests"), "guests", "来宾"),
    (Text("from"), "from", "出发地"),
    (Text("to"), "to", "目的地"),
    (Text("pickup_at"), "pickup_at", "接人时间"),
];
const ROOMS: &[Named<Field>] = &[
    (Text("id"), "id", "编号"),
    (Text("name"), "name", "名称"),
    (Number("capacity"), "capacity", "容量"),
    (Limit(Metric::Temperature, "low"), "temperature_low", "温度下限"),
    (Limit(Metric::Temperature, "high"), "temperature_high", "温度上限"),
    (Limit(Metric::Humidity, "low"), "humidity_low", "湿度下限"),
    (Limit(Metric::Humidity, "high"), "humidity_high", "湿度上限"),
    (Limit(Metric::Co2, "low"), "co2_low", "二氧化碳下限"),
    (Limit(Metric::Co2, "high"), "co2_high", "二氧化碳上限"),
    (Limit(Metric::Pm25, "low"), "pm25_low", "pm2.5下限"),
    (Limit(Metric::Pm25, "high"), "pm25_high", "pm2.5上限"),
    (Limit(Metric::Pm10, "low"), "pm10_low", "pm10下限"),
    (Limit(Metric::Pm10, "high"), "pm10_high", "pm10上限"),
    (Limit(Metric::Tvoc, "low"), "tvoc_low", "挥发物下限"),
    (Limit(Metric::Tvoc, "high"), "tvoc_high", "挥发物上限"),
    (Limit(Metric::Hcho, "low"), "hcho_low", "甲醛下限"),
    (Limit(Metric::Hcho, "high"), "hcho_high", "甲醛上限"),
    (Limit(Metric::Pressure, "low"), "pressure_low", "气压下限"),
    (Limit(Metric::Pressure, "high"), "pressure_high", "气压上限"),
    (Limit(Metric::Illuminance, "low"), "illuminance_low", "照度下限"),
    (Limit(Metric::Illuminance, "high"), "illuminance_high", "照度上限"),
];
const BOOKINGS: &[Named<Field>] = &[
    (Text("room"), "room", "房间"),
    (Text("title"), "title", "用途"),
    (Text("from"), "from", "开始"),
    (Text("to"), "to", "结束"),
];
const POSTS: &[Named<Field>] = &[
    (Text("id"), "id", "编号"),
    (Text("staff"), "staff", "人员"),
    (Text("place"), "place", "地点"),
    (Text("from"), "from", "开始"),
    (Text("to"), "to", "结束"),
];
const KIOSKS: &[Named<Field>] = &[(Text("id"), "id", "编号"), (Text("point"), "point", "入口")];

impl Kind {
    /// The list of a whole plan that the sheet stands for; none for the guests, whose rows are read as in CSV.
    const fn list(self) -> Option<List> {
        let (key, columns, required): (_, _, &[Field]) = match self {
            Self::Guests => return None,
            Self::Vehicles => ("vehicles", VEHICLES, &[Text("id")]),
            Self::Trips => ("trips", TRIPS, &[Text("id"), Text("vehicle")]),
            Self::Rooms => ("rooms", ROOMS, &[Text("id")]),
            Self::Bookings => ("bookings", BOOKINGS, &[Text("room"), Text("from"), Text("to")]),
            Self::Posts => ("posts", POSTS, &[Text("id"), Text("from"), Text("to")]),
            Self::Kiosks => ("kiosks", KIOSKS, &[Text("id")]),
        };
        Some(List { key, columns, required })
    }
}

/// A list of objects as a sheet writes it.
struct List {
    key: &'static str,
    columns: &'static [Named<Field>],
    /// The columns that must be there.
    required: &'static [Field],
}

/// Reads and checks the plan in a workbook.
pub(super) fn load(file: &str, bytes: &[u8], calendar: Calendar<'_>) -> Result<Plan, Vec<Fault>> {
    let sheets = workbook::read(file, bytes).map_err(|fault| vec![fault])?;
    let names = sheets.iter().map(|sheet| sheet.name.clone()).collect();
    let places = numbered(&sheets).flat_map(|(number, sheet)| {
        let cells = sheet.rows.iter().flat_map(|(line, cells)| cells.iter().map(move |cell| (*line, cell.column)));
        cells.map(move |(line, column)| Place { sheet: number, ..Place::new(line, column + 1) })
    });
    let findings = Findings::of_workbook(file, names, places.collect());
    let plan = read(&findings, &sheets, calendar);
    super::finish(findings, plan)
}

/// The sheets with their numbers, from 1.
fn numbered(sheets: &[Sheet]) -> impl Iterator<Item = (u16, &Sheet)> {
    (1..).zip(sheets)
}

fn read(findings: &Findings<'_>, sheets: &[Sheet], calendar: Calendar<'_>) -> Plan {
    let (mut assembly, mut lists, mut cells_before) = (Assembly::default(), Vec::new(), 0);
    for (number, sheet, kind) in kinds(findings, sheets) {
        let first = cells_before;
        cells_before += sheet.rows.values().map(Vec::len).sum::<usize>();
        let Some(kind) = kind else { continue };
        refuse_errors(findings, number, sheet);
        match kind.list() {
            None => guests::read(findings, &calendar, number, records(sheet), &mut assembly),
            Some(list) => {
                let value = Value::List(objects(findings, (number, sheet, first), &list));
                lists.push(Member { key: list.key.to_owned(), at: first, node: Node { at: first, value } });
            }
        }
    }
    json::read_beside(findings, calendar, assembly, &Node { at: 0, value: Value::Table(lists) }, LISTS)
}

/// What each sheet is; none for one that is not read.
fn kinds<'s>(findings: &Findings<'_>, sheets: &'s [Sheet]) -> Vec<(u16, &'s Sheet, Option<Kind>)> {
    let filled = || sheets.iter().filter(|sheet| !sheet.rows.is_empty());
    let known = |sheet: &Sheet| columns::find(SHEETS, &sheet.name);
    let only = filled().count() == 1 && sheets.iter().all(|sheet| known(sheet).is_none());
    if filled().next().is_none() {
        let hint = format!("one sheet of guests, or sheets by these names: {}", columns::names(SHEETS));
        findings.add_whole("the workbook has no visible sheet with anything in it", hint);
    }
    let mut seen: Vec<Kind> = Vec::new();
    let mut kinds = Vec::new();
    for (number, sheet) in numbered(sheets) {
        let mut kind = known(sheet);
        if kind.is_some() && sheet.hidden {
            let what = "this sheet is hidden, so nobody sees what it plans";
            findings.add_sheet(&sheet.name, what, "show it (in Excel: right-click a tab, Unhide), or delete it");
            kind = None;
        } else if only && !sheet.rows.is_empty() {
            kind = Some(Kind::Guests);
        } else if kind.is_none() && !sheet.rows.is_empty() && !sheet.name.starts_with('#') {
            let known = SHEETS.iter().flat_map(|(_, en, zh)| [*en, *zh]);
            let hint = suggest(&sheet.name, "sheets of a plan", known);
            let hint = format!("{hint}. To keep a sheet as a remark, put # before its name");
            findings.add_sheet(&sheet.name, format!("unknown sheet \"{}\"", sheet.name), hint);
        }
        if kind.is_some_and(|kind| seen.contains(&kind)) {
            findings.add_sheet(&sheet.name, "this sheet is here twice", "put the rows of both into one");
            kind = None;
        }
        seen.extend(kind);
        kinds.push((number, sheet, kind));
    }
    kinds
}

fn refuse_errors(findings: &Findings<'_>, number: u16, sheet: &Sheet) {
    for (line, cells) in &sheet.rows {
        for cell in cells.iter().filter(|cell| cell.is_error) {
            let place = Place { sheet: number, ..Place::new(*line, cell.column + 1) };
            let (what, hint) = if cell.text.is_empty() {
                let hint = "open the workbook in Excel and save it there, or write the value itself";
                ("the cell holds a formula whose result was not saved".to_owned(), hint)
            } else {
                (format!("the cell shows the error {}", cell.text), "mend its formula, or write the value itself")
            };
            findings.add(Spot { place, excerpt: cell.text.clone() }, what, hint);
        }
    }
}

/// The rows as the readers of rows take them, all of the same width.
fn records(sheet: &Sheet) -> impl Iterator<Item = (u32, StringRecord)> + '_ {
    let width = sheet.rows.values().flatten().map(|cell| cell.column as usize + 1).max().unwrap_or(0);
    sheet.rows.iter().map(move |(line, cells)| {
        let mut row = vec![""; width];
        for cell in cells.iter().filter(|cell| !cell.is_error) {
            if let Some(slot) = row.get_mut(cell.column as usize) {
                *slot = &cell.text;
            }
        }
        (*line, StringRecord::from(row))
    })
}

/// The rows below the first as objects. `first` is the number of the sheet's first cell among all.
fn objects(findings: &Findings<'_>, (number, sheet, first): (u16, &Sheet, usize), list: &List) -> Vec<Node> {
    let mut rows = records(sheet);
    let Some(header) = rows.next().and_then(|row| Header::read(findings, list.columns, number, row)) else {
        return Vec::new();
    };
    let mut has_all = true;
    for column in list.required {
        has_all &= header.require(findings, *column, "without it a row says nothing");
    }
    if !has_all {
        return Vec::new();
    }
    let (mut nodes, mut at) = (Vec::new(), first + sheet.rows.values().next().map_or(0, Vec::len));
    for ((line, record), cells) in rows.zip(sheet.rows.values().skip(1)) {
        let row = Row { findings, header: &header, record: &record, line };
        row.has_all_cells();
        let mut members: Vec<Member> = Vec::new();
        for (place, cell) in (at..).zip(cells) {
            if let Some(field) = header.column(cell.column as usize) {
                add(&mut members, field, place, cell);
            }
        }
        nodes.push(Node { at, value: Value::Table(members) });
        at += cells.len();
    }
    nodes
}

fn add(members: &mut Vec<Member>, field: Field, at: usize, cell: &Cell) {
    let text = || Value::Text(cell.text.trim().to_owned());
    let number = || match cell.text.trim().parse::<Milli>() {
        Ok(_) => Value::Number(cell.text.trim().to_owned()),
        Err(_) => text(),
    };
    let (key, value) = match field {
        Text(key) => (key, text()),
        Number(key) => (key, number()),
        Flag(key) => (key, yes_or_no(cell.text.trim()).map_or_else(text, Value::Flag)),
        Names(key) => {
            let parts = cell.text.split([';', '；', ',', '，', '、', '|', '\n', '\r']).map(str::trim);
            let node = |name: &str| Node { at, value: Value::Text(name.to_owned()) };
            (key, Value::List(parts.filter(|name| !name.is_empty()).map(node).collect()))
        }
        Limit(metric, side) => {
            let side = Member { key: side.to_owned(), at, node: Node { at, value: number() } };
            let limits = members.iter_mut().find(|member| member.key == metric.word());
            if let Some(Member { node: Node { value: Value::Table(sides), .. }, .. }) = limits {
                sides.push(side);
                return;
            }
            (metric.word(), Value::Table(vec![side]))
        }
    };
    members.push(Member { key: key.to_owned(), at, node: Node { at, value } });
}

#[cfg(test)]
mod tests;
