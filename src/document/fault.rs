//! One fault, and the collection of all that were found in one file.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use utoipa::ToSchema;

/// A place in a file, counted from 1. Columns are characters; in the rows of a sheet they are cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
pub struct Place {
    /// Which sheet of a workbook, from 1; 0 in any other file. Its name is in the fault.
    #[serde(skip)]
    pub sheet: u16,
    /// The line.
    pub line: u32,
    /// The character in the line, or the cell in the row.
    pub column: u32,
}

impl Place {
    /// In a file that is no workbook.
    pub const fn new(line: u32, column: u32) -> Self {
        Self { sheet: 0, line, column }
    }

    /// The cell as a spreadsheet calls it: `C7`.
    fn cell(self) -> String {
        let (mut letters, mut rest) = (Vec::new(), self.column);
        while rest > 0 {
            letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
            rest = (rest - 1) / 26;
        }
        format!("{}{}", letters.iter().rev().collect::<String>(), self.line)
    }
}

/// A place and what stands there, as a fault shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// Where.
    pub place: Place,
    /// What stands there, as `[[sensor]] room = "ballrom"`.
    pub excerpt: String,
}

/// Something wrong in a file, said so that a person can put it right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct Fault {
    /// The file, as it was named to us.
    pub file: String,
    /// The sheet of a workbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Where in it; none where the file as a whole is meant.
    #[serde(flatten)]
    pub place: Option<Place>,
    /// What stands there; empty where there is nothing to show.
    pub excerpt: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub hint: String,
}

impl Fault {
    /// A fault of the file as a whole.
    pub fn of_file(file: &str, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            sheet: None,
            place: None,
            excerpt: String::new(),
            what: what.into(),
            hint: hint.into(),
        }
    }

    /// File and place, as an editor or a spreadsheet finds them: `plan.csv:7:3`, `plan.xlsx:来宾!C7`.
    pub fn location(&self) -> String {
        match (&self.sheet, self.place) {
            (Some(sheet), Some(place)) => format!("{}:{sheet}!{}", self.file, place.cell()),
            (Some(sheet), None) => format!("{}:{sheet}", self.file),
            (None, Some(place)) => format!("{}:{}:{}", self.file, place.line, place.column),
            (None, None) => self.file.clone(),
        }
    }
}

/// In one line, for a log.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.location(), self.what, self.hint)
    }
}

/// How a path to a value is written in an excerpt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `[web] bind = "…"`.
    Toml,
    /// `guests[3].tier: "…"`.
    Json,
    /// `tier = "…"`, in a row of a sheet.
    Sheet,
}

/// Everything found wrong so far in one file. Faults are added through a shared reference, because all the readers
/// of one file add to the same collection.
#[derive(Debug)]
pub struct Findings<'t> {
    file: String,
    style: Style,
    text: &'t str,
    line_starts: Vec<usize>,
    /// The names of a workbook's sheets.
    sheets: Vec<String>,
    /// Where each cell of a workbook is; what is a byte's offset in a text is a position in this list there.
    cells: Vec<Place>,
    later: &'static [(&'static str, &'static str)],
    faults: RefCell<Vec<Fault>>,
    known: RefCell<BTreeSet<String>>,
}

impl<'t> Findings<'t> {
    /// None yet, in `text` of `file`. `later` are the keys, by path, that are promised but not built, each with a
    /// sentence that says so.
    pub fn new(file: &str, style: Style, text: &'t str, later: &'static [(&'static str, &'static str)]) -> Self {
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self {
            file: file.to_owned(),
            style,
            text,
            line_starts,
            sheets: Vec::new(),
            cells: Vec::new(),
            later,
            faults: RefCell::default(),
            known: RefCell::default(),
        }
    }

    /// None yet, in the cells of a workbook with these sheets.
    pub fn of_workbook(file: &str, sheets: Vec<String>, cells: Vec<Place>) -> Self {
        Self { sheets, cells, ..Self::new(file, Style::Sheet, "", &[]) }
    }

    /// How excerpts are written.
    pub const fn style(&self) -> Style {
        self.style
    }

    /// The text that is being read.
    pub const fn text(&self) -> &'t str {
        self.text
    }

    /// Line and column of the byte at `at`; in a workbook, of the cell.
    pub fn place(&self, at: usize) -> Place {
        if let Some(cell) = self.cells.get(at) {
            return *cell;
        }
        let line = self.line_starts.partition_point(|start| *start <= at).max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or(0);
        let column = self.text.get(start..at).map_or(0, |before| before.chars().count()) + 1;
        Place::new(line as u32, column as u32)
    }

    /// The byte at a line and a byte column, both counted from 1, as parsers tell them.
    pub fn offset(&self, line: usize, byte_column: usize) -> usize {
        let start = self.line_starts.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len());
        let mut at = (start + byte_column.saturating_sub(1)).min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    /// Adds a fault.
    pub fn add(&self, spot: Spot, what: impl Into<String>, hint: impl Into<String>) {
        let sheet = usize::from(spot.place.sheet).checked_sub(1).and_then(|at| self.sheets.get(at)).cloned();
        self.faults.borrow_mut().push(Fault {
            file: self.file.clone(),
            sheet,
            place: Some(spot.place),
            excerpt: spot.excerpt,
            what: what.into(),
            hint: hint.into(),
        });
    }

    /// Adds a fault of the file as a whole.
    pub fn add_whole(&self, what: impl Into<String>, hint: impl Into<String>) {
        self.faults.borrow_mut().push(Fault::of_file(&self.file, what, hint));
    }

    /// Adds a fault of one sheet of a workbook as a whole.
    pub fn add_sheet(&self, sheet: &str, what: impl Into<String>, hint: impl Into<String>) {
        self.faults
            .borrow_mut()
            .push(Fault { sheet: Some(sheet.to_owned()), ..Fault::of_file(&self.file, what, hint) });
    }

    /// Adds a fault of the syntax at the byte `at`, with the line that it stands in.
    pub fn add_syntax(&self, at: usize, what: impl Into<String>, hint: impl Into<String>) {
        let place = self.place(at);
        let line = self.text.lines().nth(place.line as usize - 1).unwrap_or_default();
        self.add(Spot { place, excerpt: clip(line.trim(), EXCERPT_CHARS) }, what, hint);
    }

    /// Whether nothing was found wrong.
    pub fn is_clean(&self) -> bool {
        self.faults.borrow().is_empty()
    }

    /// How many there are so far.
    pub fn count(&self) -> usize {
        self.faults.borrow().len()
    }

    /// The faults in the order of the file.
    pub fn into_faults(self) -> Vec<Fault> {
        let mut faults = self.faults.into_inner();
        faults.sort_by_key(|fault| fault.place);
        faults
    }

    /// Every key, by path, that the readers of this file know.
    pub fn known_keys(&self) -> BTreeSet<String> {
        self.known.borrow().clone()
    }

    pub(super) fn learn(&self, path: String) {
        self.known.borrow_mut().insert(path);
    }

    pub(super) fn later(&self, path: &str) -> Option<&'static str> {
        self.later.iter().find(|(key, _)| *key == path).map(|(_, sentence)| *sentence)
    }
}

/// A longer excerpt is cut: it is there to be recognised, not to be read.
pub(super) const EXCERPT_CHARS: usize = 60;

/// The first `chars` characters, with a mark where something was cut.
pub(super) fn clip(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
