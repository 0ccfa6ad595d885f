//! The cells of an Excel workbook (XLSX) as texts, each with its place.
//!
//! Promises bounds: what unpacks to more than [`UNPACKED_MAX`] bytes, or has more rows, columns or cells than a plan
//! can have, is refused before it is held in memory, and damage is a fault, never a panic. Knows no column.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{self, Cursor, Read};
use std::panic;
use std::path::Path;

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use jiff::civil::{Date, Time};
use zip::ZipArchive;

use super::references;

use crate::document::{Fault, Place};

/// What a workbook may unpack to, all its parts together: thirty thousand rows need twenty megabytes.
const UNPACKED_MAX: u64 = 64 * 1024 * 1024;
/// The part of it that holds the texts of its cells.
const TEXTS_MAX: u64 = 32 * 1024 * 1024;
/// How many texts that part may say it holds.
const TEXTS_SAID_MAX: u64 = 1_000_000;
/// Rows of one sheet, the empty ones among them.
const ROWS_MAX: u32 = 40_000;
/// Columns of one sheet.
const COLUMNS_MAX: u32 = 100;
/// Cells that are not empty, in all sheets.
const CELLS_MAX: usize = 500_000;
/// Sheets.
const SHEETS_MAX: usize = 100;

/// One cell that is not empty.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// From 0.
    pub column: u32,
    /// What it shows: numbers in plain digits, times as `2026-11-23 14:30`.
    pub text: String,
    /// It shows an error, as `#REF!`; or, without a text, it holds a formula whose result was not saved.
    pub is_error: bool,
}

/// One sheet. The cells of a hidden one are not read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sheet {
    pub name: String,
    pub hidden: bool,
    /// By their number in the sheet, from 1; those without a cell are left out.
    pub rows: BTreeMap<u32, Vec<Cell>>,
}

/// Reads every sheet, in the order of the workbook.
pub(super) fn read(file: &str, bytes: &[u8]) -> Result<Vec<Sheet>, Fault> {
    refuse_harm(file, bytes)?;
    // The reader counts on parts that fit together; where they were made not to, it may stop in the middle.
    panic::catch_unwind(|| sheets(file, bytes)).unwrap_or_else(|_| Err(damaged(file, "its parts do not fit together")))
}

fn damaged(file: &str, why: &str) -> Fault {
    let hint = "open it in Excel and save it again as \"Excel Workbook (*.xlsx)\", and copy it whole";
    Fault::of_file(file, format!("this is no Excel workbook (XLSX), or it is damaged: {why}"), hint)
}

/// Unpacks every part once before anything is kept: sizes that an archive declares may lie, and so may the places that
/// cells say they have.
fn refuse_harm(file: &str, bytes: &[u8]) -> Result<(), Fault> {
    let broken = |fault: &dyn Display| damaged(file, &fault.to_string());
    let too_large = |most: u64| {
        let what = format!("the workbook unpacks to more than {} MiB", most >> 20);
        Fault::of_file(file, what, "is this the plan? Copy its sheets into a new workbook")
    };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|fault| broken(&fault))?;
    let mut left = UNPACKED_MAX;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(|fault| broken(&fault))?;
        let name = part.name().map(|name| name.to_ascii_lowercase()).unwrap_or_default();
        let holds_texts = name.ends_with("sharedstrings.xml");
        let most = if holds_texts { left.min(TEXTS_MAX) } else { left };
        let (mut part, mut texts) = (part.take(most + 1), Vec::new());
        let mut impossible = None;
        if holds_texts {
            part.read_to_end(&mut texts).map_err(|fault| broken(&fault))?;
        } else if Path::new(&name).extension().is_some_and(|ending| ending == "xml") {
            impossible = references::impossible(&mut part).map_err(|fault| broken(&fault))?;
        }
        io::copy(&mut part, &mut io::sink()).map_err(|fault| broken(&fault))?;
        let unpacked = most + 1 - part.limit();
        if unpacked > most {
            return Err(too_large(if most == TEXTS_MAX { TEXTS_MAX } else { UNPACKED_MAX }));
        }
        if let Some(reference) = impossible {
            return Err(damaged(file, &format!("{name} speaks of {reference:?}, which is no place in a sheet")));
        }
        if holds_texts && claims_too_much(&texts) {
            return Err(damaged(file, "it counts more texts than it holds"));
        }
        left -= unpacked;
    }
    Ok(())
}

/// Whether the part with the workbook's texts says that it has more of them than it can. The reader makes room for as
/// many at once as are said. Text in which every other byte is NUL (UTF-16) would hide the number.
fn claims_too_much(texts: &[u8]) -> bool {
    const WORD: &[u8] = b"uniqueCount";
    let number = |after: &[u8]| {
        let digits = after.iter().skip_while(|byte| !byte.is_ascii_digit()).take_while(|byte| byte.is_ascii_digit());
        digits.fold(0_u64, |number, digit| number.saturating_mul(10).saturating_add(u64::from(digit - b'0')))
    };
    let starts = memmem(texts, WORD);
    texts.contains(&0)
        || starts.map(|at| number(&texts[at + WORD.len()..])).any(|texts_said| texts_said > TEXTS_SAID_MAX)
}

fn memmem<'a>(text: &'a [u8], word: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    text.windows(word.len()).enumerate().filter(move |(_, window)| *window == word).map(|(at, _)| at)
}

fn sheets(file: &str, bytes: &[u8]) -> Result<Vec<Sheet>, Fault> {
    let broken = |fault: XlsxError| damaged(file, &fault.to_string());
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(broken)?;
    let listed: Vec<calamine::Sheet> = workbook.sheets_metadata().to_vec();
    if listed.len() > SHEETS_MAX {
        let what = format!("the workbook has {} sheets; at most {SHEETS_MAX} are taken", listed.len());
        return Err(Fault::of_file(file, what, "is this the plan? Copy its sheets into a new workbook"));
    }
    let (mut sheets, mut cells) = (Vec::new(), 0);
    for calamine::Sheet { name, typ, visible } in listed {
        let hidden = visible != SheetVisible::Visible;
        let rows = match typ {
            SheetType::WorkSheet if !hidden => rows(file, &name, &mut workbook, &mut cells)?,
            _ => BTreeMap::new(),
        };
        sheets.push(Sheet { name, hidden, rows });
    }
    Ok(sheets)
}

fn rows(
    file: &str,
    sheet: &str,
    workbook: &mut Xlsx<Cursor<&[u8]>>,
    count: &mut usize,
) -> Result<BTreeMap<u32, Vec<Cell>>, Fault> {
    let in_sheet = |fault: Fault| Fault { sheet: Some(sheet.to_owned()), ..fault };
    let broken = |fault: XlsxError| in_sheet(damaged(file, &fault.to_string()));
    let mut reader = workbook.worksheet_cells_reader(sheet).map_err(broken)?;
    let mut rows: BTreeMap<u32, Vec<Cell>> = BTreeMap::new();
    while let Some(cell) = reader.next_cell_with_formula_metadata().map_err(broken)? {
        let (row, column) = cell.pos;
        let (text, is_error) = match &cell.value {
            // As programs write that do not reckon: nobody knows what the cell would show.
            DataRef::Empty if cell.formula.is_some() => (String::new(), true),
            value => shown(value),
        };
        if text.trim().is_empty() && !is_error {
            continue;
        }
        *count += 1;
        if row >= ROWS_MAX || column >= COLUMNS_MAX || *count > CELLS_MAX {
            let what = format!(
                "there are more than {ROWS_MAX} rows or {COLUMNS_MAX} columns in the sheet, or more than {CELLS_MAX} \
                 cells in all"
            );
            let place = Some(Place::new(row.saturating_add(1), column.saturating_add(1)));
            let hint = "clear what is beyond the table, or split the plan: one site and one day a file";
            return Err(in_sheet(Fault { place, ..Fault::of_file(file, what, hint) }));
        }
        let cells = rows.entry(row + 1).or_default();
        cells.retain(|other| other.column != column);
        cells.push(Cell { column, text, is_error });
    }
    Ok(rows)
}

/// What the cell shows, and whether that is an error.
fn shown(value: &DataRef<'_>) -> (String, bool) {
    let text = match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => plain(*number),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(flag) => flag.to_string(),
        DataRef::DateTime(at) => moment(*at).unwrap_or_else(|| plain(at.as_f64())),
        DataRef::Error(error) => return (error.to_string(), true),
    };
    (text, false)
}

/// A number to the fifteen digits that Excel shows, without an exponent: a code `1042` stays `1042`.
fn plain(number: f64) -> String {
    format!("{number:.14e}").parse::<f64>().unwrap_or(number).to_string()
}

/// A time as the plan's reader takes it, to the second: a time of day, a date, or both.
fn moment(at: ExcelDateTime) -> Option<String> {
    let (days, seconds) = (at.as_f64().trunc(), (at.as_f64().fract() * 86_400.0).round());
    if !(0.0..2_958_466.0).contains(&days) || !(0.0..=86_400.0).contains(&seconds) {
        return None;
    }
    // Excel's fractions of a day are seldom whole seconds: 09:59:59.999 is ten o'clock.
    let (year, month, day, ..) = at.to_ymd_hms_milli();
    let date = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    let seconds = jiff::Span::new().try_seconds(seconds as i64).ok()?;
    if days < 1.0 {
        let time = Time::midnight().checked_add(seconds).ok()?;
        return Some(time.strftime("%H:%M:%S").to_string());
    }
    if at.is_duration() {
        return None;
    }
    let local = date.ok()?.at(0, 0, 0, 0).checked_add(seconds).ok()?;
    let is_midnight = local.time() == Time::midnight();
    Some(local.strftime(if is_midnight { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M:%S" }).to_string())
}
