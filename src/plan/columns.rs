//! Columns by their names: the first row of a sheet, and the rows below it held against it.
//!
//! Promises that every cell is in a column that is known, or is told. Knows no column itself.

use csv::StringRecord;

use crate::document::{Findings, Place, Spot, closest, list};

/// A column with its English and its Chinese name.
pub(super) type Named<C> = (C, &'static str, &'static str);

const YES: &[&str] = &["yes", "true", "1", "x", "是", "取消", "已取消"];
const NO: &[&str] = &["no", "false", "0", "否"];

/// What a cell says that says yes or no.
pub(super) fn yes_or_no(cell: &str) -> Option<bool> {
    let word = cell.to_lowercase();
    if YES.contains(&word.as_str()) {
        return Some(true);
    }
    NO.contains(&word.as_str()).then_some(false)
}

/// The column of this name.
pub(super) fn find<C: Copy>(columns: &[Named<C>], name: &str) -> Option<C> {
    let name = name.trim().to_lowercase();
    columns.iter().find(|(_, en, zh)| *en == name || *zh == name).map(|(column, ..)| *column)
}

/// The columns, for a hint.
pub(super) fn names<C>(columns: &[Named<C>]) -> String {
    list(columns.iter().map(|(_, en, _)| *en))
}

fn nearest<C>(columns: &[Named<C>], name: &str) -> Option<&'static str> {
    let names: Vec<&'static str> = columns.iter().flat_map(|(_, en, zh)| [*en, *zh]).collect();
    closest(name, names)
}

/// The first row.
#[derive(Debug)]
pub(super) struct Header<C: 'static> {
    known: &'static [Named<C>],
    names: Vec<String>,
    columns: Vec<Option<C>>,
    sheet: u16,
    line: u32,
}

impl<C: Copy + PartialEq> Header<C> {
    /// Reads the first row. None where nothing below it can be read.
    pub(super) fn read(
        findings: &Findings<'_>,
        known: &'static [Named<C>],
        sheet: u16,
        (line, record): (u32, StringRecord),
    ) -> Option<Self> {
        let names: Vec<String> = record.iter().map(|name| name.trim().to_owned()).collect();
        let columns: Vec<Option<C>> = names.iter().map(|name| find(known, name)).collect();
        let header = Self { known, names, columns, sheet, line };
        if header.columns.iter().all(Option::is_none) && header.names.iter().all(|name| nearest(known, name).is_none())
        {
            let chinese: Vec<&str> = known.iter().take(2).map(|(_, _, zh)| *zh).collect();
            let hint = format!(
                "put a first row above it that names the columns: {} (or {} …)",
                self::names(known),
                chinese.join(", ")
            );
            findings.add(header.spot(0), "the first row names none of the columns", hint);
            return None;
        }
        header.refuse_unknown(findings);
        Some(header)
    }

    fn refuse_unknown(&self, findings: &Findings<'_>) {
        for (at, (name, column)) in self.names.iter().zip(&self.columns).enumerate() {
            if column.is_none() && !name.is_empty() && !name.starts_with('#') {
                let hint = match nearest(self.known, name) {
                    Some(candidate) => format!("did you mean \"{candidate}\"?"),
                    None => format!("the columns are {}.", self::names(self.known)),
                };
                let hint = format!("{hint} To keep a column as a remark, put # before its name");
                findings.add(self.spot(at), format!("unknown column \"{name}\""), hint);
            }
            if column.is_some() && self.columns.iter().take(at).any(|earlier| earlier == column) {
                let what = format!("the column \"{name}\" stands here twice");
                findings.add(self.spot(at), what, "take one of the two out");
            }
        }
    }

    /// Whether the column is there; that it is not is a fault.
    pub(super) fn require(&self, findings: &Findings<'_>, column: C, why: &str) -> bool {
        if self.at(column).is_some() {
            return true;
        }
        for (_, en, zh) in self.known.iter().filter(|(known, ..)| *known == column) {
            findings.add(self.spot(0), format!("there is no column \"{en}\" ({zh})"), format!("add it: {why}"));
        }
        false
    }

    fn spot(&self, at: usize) -> Spot {
        let excerpt = self.names.get(at).map_or(String::new(), |name| format!("\"{}\"", name.escape_debug()));
        Spot { place: self.place(self.line, at), excerpt }
    }

    fn place(&self, line: u32, at: usize) -> Place {
        Place { sheet: self.sheet, ..Place::new(line, at as u32 + 1) }
    }

    /// Where the column stands.
    pub(super) fn at(&self, column: C) -> Option<usize> {
        self.columns.iter().position(|candidate| *candidate == Some(column))
    }

    /// The column at this position.
    pub(super) fn column(&self, at: usize) -> Option<C> {
        self.columns.get(at).copied().flatten()
    }

    /// The column as the file writes it.
    pub(super) fn name_of(&self, column: C) -> &str {
        self.at(column).and_then(|at| self.names.get(at)).map_or("", String::as_str)
    }
}

/// One row below the first.
pub(super) struct Row<'r, C: 'static> {
    pub findings: &'r Findings<'r>,
    pub header: &'r Header<C>,
    pub record: &'r StringRecord,
    pub line: u32,
}

impl<C: Copy + PartialEq> Row<'_, C> {
    pub(super) fn spot_at(&self, at: usize) -> Spot {
        let cell = self.record.get(at).unwrap_or_default().trim();
        let name = self.header.names.get(at).map_or("", String::as_str);
        let cell: String = cell.chars().take(60).collect();
        let excerpt = match (name, cell.escape_debug()) {
            (name, _) if cell.is_empty() => name.to_owned(),
            ("", cell) => format!("\"{cell}\""),
            (name, cell) => format!("{name} = \"{cell}\""),
        };
        Spot { place: self.header.place(self.line, at), excerpt }
    }

    pub(super) fn spot_of(&self, column: C) -> Spot {
        self.spot_at(self.header.at(column).unwrap_or(0))
    }

    /// A cell that is not empty.
    pub(super) fn cell(&self, column: C) -> Option<&str> {
        self.record.get(self.header.at(column)?).map(str::trim).filter(|cell| !cell.is_empty())
    }

    pub(super) fn fault(&self, column: C, what: impl Into<String>, hint: impl Into<String>) {
        self.findings.add(self.spot_of(column), what, hint);
    }

    /// Whether the row has a cell for each column, and no more.
    pub(super) fn has_all_cells(&self) -> bool {
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
}
