//! A sheet of guests as text: its rows, separated by comma, semicolon or tab, each with the line where it begins.
//! Knows no column: what stands in the rows is `guests`.

use csv::{ReaderBuilder, StringRecord};

use crate::document::Findings;
use crate::facts::plan::Plan;

use super::assembly::Assembly;
use super::columns;
use super::guests::{self, COLUMNS};
use super::moment::Calendar;

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
    if rows(text, delimiter).next().is_none() {
        findings
            .add_whole("the file is empty", format!("its first row names the columns: {}", columns::names(COLUMNS)));
    }
    guests::read(findings, calendar, 0, rows(text, delimiter), &mut assembly);
    assembly.finish()
}

/// The sign between the cells: the one by which the first row names the most columns.
fn delimiter(text: &str) -> u8 {
    let known = |delimiter: &u8| {
        let row = rows(text, *delimiter).next();
        row.map_or(0, |(_, record)| record.iter().filter(|name| columns::find(COLUMNS, name).is_some()).count())
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
