//! The report for a spreadsheet (RFC 4180): a figure a line, with its section, what it is about, its value and its unit.
//!
//! Promises UTF-8 with the mark that spreadsheets know it by, and no cell that one would take for a formula. What is not
//! known says so in words, so that no sum takes it for nought.

use ::csv::{Terminator, WriterBuilder};

use super::DayReport;
use super::day::ReportDay;
use super::sheet::{self, Cell};
use super::words::Language;

/// Spreadsheets read UTF-8 as something else where this does not stand first.
const MARK: &str = "\u{feff}";
/// What a formula begins with, in wide letters too.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];
/// Section, table, what it is about, figure, value, unit.
const COLUMNS: usize = 6;

/// The report as CSV.
pub fn to_csv(report: &DayReport, day: &ReportDay, language: Language) -> String {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(MARK.as_bytes().to_vec());
    for line in lines(report, day, language) {
        if let Err(fault) = writer.write_record(&line) {
            // Memory takes everything; a line of another length would be a fault of ours.
            tracing::error!(%fault, "a line of the report could not be written");
        }
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Every line, the header first.
fn lines(report: &DayReport, day: &ReportDay, language: Language) -> Vec<[String; COLUMNS]> {
    let sheet = sheet::write(report, day, language);
    let header = language.of((
        ["section", "table", "about", "figure", "value", "unit"],
        ["部分", "表格", "对象", "项目", "数值", "单位"],
    ));
    let mut lines = vec![header.map(str::to_owned)];
    let about = language.of((("report", "about"), ("报告", "概况")));
    lines.extend(sheet.about.iter().map(|said| [about.0, "", "", about.1, said, ""].map(harmless)));
    for section in &sheet.sections {
        let title = section.title;
        lines.extend(section.nothing.map(|nothing| [title, "", "", "", nothing, ""].map(harmless)));
        for figure in &section.figures {
            lines.push(line([title, "", "", figure.label], &figure.value, figure.unit));
        }
        for table in &section.tables {
            for row in &table.rows {
                let Some((subject, cells)) = row.split_first() else { continue };
                for (cell, column) in cells.iter().zip(table.columns.iter().skip(1)) {
                    lines.push(line([title, table.caption, words(subject), column.label], cell, column.unit));
                }
            }
        }
    }
    lines
}

fn line(place: [&str; 4], value: &Cell, unit: &str) -> [String; COLUMNS] {
    let [section, table, about, figure] = place.map(harmless);
    // A number of ours stands as it is, also where it is less than nought.
    let value = match value {
        Cell::Number(number) => number.clone(),
        Cell::Text(_) | Cell::NoData(_) => harmless(words(value)),
    };
    [section, table, about, figure, value, harmless(unit)]
}

fn words(cell: &Cell) -> &str {
    match cell {
        Cell::Text(text) | Cell::Number(text) => text,
        Cell::NoData(words) => words,
    }
}

/// A text that no spreadsheet takes for a formula.
fn harmless(text: &str) -> String {
    if text.trim_start_matches([' ', '\u{a0}']).starts_with(FORMULA) { format!("'{text}") } else { text.to_owned() }
}
