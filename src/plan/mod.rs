//! The day's plan, read from what people have: a sheet of guests (CSV, XLSX) or the whole plan (JSON, XLSX).
//!
//! Promises that a [`Plan`] that comes out of here holds together: every reference leads somewhere, every time is a
//! moment, no two things share a name. A plan with a fault is refused whole, with every fault told. Reads no file and
//! no clock: bytes, time zone and day are arguments.

mod assembly;
mod changes;
mod columns;
mod counts;
mod csv;
mod decode;
mod directory;
mod guests;
mod json;
mod limits;
mod moment;
mod references;
mod sheets;
mod verdict;
mod workbook;
mod zones;

use std::path::Path;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::document::{Fields, Findings, Style};
use crate::facts::Timestamp;
use crate::facts::plan::Plan;

pub use crate::document::Fault;
pub use changes::{Changes, Edit, FieldChange, Item, List};
pub use counts::Counts;
pub use directory::{Directory, SharedDirectory};
pub use json::ROOT as KEYS;
pub use limits::{Band, read as read_limits};
pub use verdict::{GuestCard, VerdictAnswer};

/// The JSON Schema (2020-12) of a whole plan in JSON.
pub const SCHEMA: &str = include_str!("schema.json");

/// A larger file is refused unread: ten thousand guests need two megabytes.
pub const BYTES_MAX: usize = 16 * 1024 * 1024;
/// A plan with more guests is refused: everything after it is measured for this many.
pub const GUESTS_MAX: usize = 10_000;
/// A list of anything but guests (visits, vehicles, rooms …) that is longer is refused.
pub const LIST_MAX: usize = 30_000;
/// A personal name or another text for people that is longer is refused, characters.
pub const TEXT_CHARS_MAX: usize = 200;
/// A guest with more special needs is refused.
pub const NEEDS_MAX: usize = 20;

/// Reads and checks a plan.
///
/// `file` is the name by which faults call it, and its ending tells the format (`.csv`, `.tsv`, `.txt`; `.json`,
/// `.geojson`); a workbook (`.xlsx`) is known by its first bytes. `zone` is the site's;
/// `default_day` is the day of everything that names none.
pub fn load(file: &Path, bytes: &[u8], zone: &TimeZone, default_day: Date) -> Result<Plan, Vec<Fault>> {
    let name = file.display().to_string();
    if bytes.len() > BYTES_MAX {
        let what = format!("the file has {} MiB; at most {} are taken", bytes.len() >> 20, BYTES_MAX >> 20);
        return Err(vec![Fault::of_file(&name, what, "is this the plan? Ten thousand guests need 2 MiB")]);
    }
    if let Some(fault) = refuse_old_workbook(&name, bytes) {
        return Err(vec![fault]);
    }
    let calendar = moment::Calendar::new(zone, default_day);
    if is_workbook(bytes) {
        return sheets::load(&name, bytes, calendar);
    }
    let text = decode::text(&name, bytes).map_err(|fault| vec![fault])?;
    if is_json(file, &text) {
        let findings = Findings::new(&name, Style::Json, &text, &[]);
        let plan = json::read(&findings, calendar);
        finish(findings, plan)
    } else {
        let findings = Findings::new(&name, Style::Sheet, &text, &[]);
        let plan = csv::read(&findings, &calendar);
        finish(findings, plan)
    }
}

/// Reads a plan that stands in a table of another document, opened with [`KEYS`]. Faults are added to `findings`.
pub fn read_table<'f>(findings: &'f Findings<'f>, table: &Fields<'f>, zone: &'f TimeZone, day: Date) -> Plan {
    json::read_table(findings, moment::Calendar::new(zone, day), table)
}

/// The moment that a person means by a text, `14:30` being on `day`; else what is wrong and what to do.
pub fn moment(text: &str, zone: &TimeZone, day: Date) -> Result<Timestamp, (String, String)> {
    match moment::Calendar::new(zone, day).read(text)? {
        moment::When::At(at, _) => Ok(at),
        moment::When::On(date) => Err((format!("\"{text}\" has no time of day"), format!("write {date} 14:30"))),
    }
}

fn finish(findings: Findings<'_>, plan: Plan) -> Result<Plan, Vec<Fault>> {
    if findings.is_clean() { Ok(plan) } else { Err(findings.into_faults()) }
}

/// An Excel workbook (XLSX), by its first bytes, whatever the file is called: it may stand under the name of the sheet
/// that it took the place of.
fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// Excel's older format, which is also the shell around a workbook with a password.
fn refuse_old_workbook(name: &str, bytes: &[u8]) -> Option<Fault> {
    let old = bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]);
    let what = "this is an old Excel workbook (XLS), or one with a password";
    let hint = "in Excel choose File, Save as, \"Excel Workbook (*.xlsx)\" without a password, and import that file";
    old.then(|| Fault::of_file(name, what, hint))
}

/// By its ending, and by its first sign: no sheet begins with a bracket, so a plan in JSON is known as one also where
/// it was imported over a `plan.csv`.
fn is_json(file: &Path, text: &str) -> bool {
    let ending = file.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    matches!(ending.as_deref(), Some("json" | "geojson")) || text.trim_start().starts_with(['{', '['])
}

/// Every key that the JSON reader knows, by path; the schema is held against it.
#[cfg(test)]
pub(crate) fn known_json_keys(text: &str, zone: &TimeZone, day: Date) -> std::collections::BTreeSet<String> {
    let findings = Findings::new("plan.json", Style::Json, text, &[]);
    json::read(&findings, moment::Calendar::new(zone, day));
    findings.known_keys()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::facts::Metric;

    /// Every property of the schema, by path, without those of GeoJSON.
    fn properties(schema: &Value, whole: &Value, path: &str, into: &mut BTreeSet<String>) {
        let reference = schema["$ref"].as_str().and_then(|text| text.strip_prefix('#'));
        let schema = reference.and_then(|pointer| whole.pointer(pointer)).unwrap_or(schema);
        if path == "zones" {
            return;
        }
        if schema["items"].is_object() {
            return properties(&schema["items"], whole, path, into);
        }
        for (key, inner) in schema["properties"].as_object().into_iter().flatten() {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            into.insert(path.clone());
            properties(inner, whole, &path, into);
        }
    }

    #[test]
    fn the_schema_names_what_the_reader_knows() {
        let limits: Vec<String> = Metric::ALL.iter().map(|metric| format!("\"{metric}\":{{}}")).collect();
        let known = known_json_keys(
            &format!("{{\"rooms\":[{{{}}}]}}", limits.join(",")),
            &TimeZone::UTC,
            jiff::civil::date(2026, 11, 23),
        );
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        let mut described = BTreeSet::new();
        properties(&schema, &schema, "", &mut described);
        assert_eq!(known, described);
    }
}
