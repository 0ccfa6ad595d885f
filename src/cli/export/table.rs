//! Entries and alerts as rows of a table (RFC 4180).
//!
//! Knows which members of a body stand in columns of their own; numbers stand as they are, and a text that a spreadsheet
//! would take for a formula stands behind an apostrophe.

use std::io::Write;

use csv::Writer;
use serde_json::Value;

use crate::facts::{Kind, Metric, Timestamp};
use crate::journal::Row;

/// Spreadsheets read UTF-8 as something else where this does not stand first.
const MARK: &str = "\u{feff}";
/// What a formula begins with, in wide letters too.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// What stands before the members of an entry's body.
const OF_EVERY_ENTRY: [&str; 6] = ["seq", "kind", "subject", "device", "observed_at", "received_at"];

/// A column and where its value stands in the body.
type Column = (&'static str, &'static str);

const SCAN: &[Column] = &[
    ("scan_id", "/scan_id"),
    ("code", "/code"),
    ("kiosk", "/kiosk"),
    ("direction", "/direction"),
    ("point", "/point"),
    ("method", "/method"),
    ("duration_s", "/duration_s"),
    ("verdict", "/verdict"),
    ("late_by_s", "/late_by_s"),
    ("judged_at", "/judged_at"),
];
const POSITION: &[Column] = &[
    ("lat", "/lat"),
    ("lon", "/lon"),
    ("speed_kmh", "/speed_kmh"),
    ("course", "/course"),
    ("fix_at", "/fix_at"),
    ("ignition", "/ignition"),
    ("hdop", "/hdop"),
    ("satellites", "/satellites"),
];
const READING: &[Column] = &[("room", "/room"), ("sensor", "/sensor")];
const DEVICE: &[Column] = &[("state", "/state"), ("reason", "/reason"), ("part", "/part")];
/// A plan has too many parts for a table: its whole body in one cell.
const PLAN: &[Column] = &[("body", "")];
const COMMAND: &[Column] = &[
    ("action", "/action"),
    ("alert", "/alert"),
    ("by", "/by"),
    ("note", "/note"),
    ("text", "/text"),
    ("for", "/for"),
    ("until", "/until"),
    ("reason", "/reason"),
    ("cause", "/cause"),
    ("handling", "/handling"),
    ("result", "/result"),
    ("improvement", "/improvement"),
];
const ALERT: &[Column] = &[
    ("id", "/id"),
    ("rule", "/rule"),
    ("alert_subject", "/subject"),
    ("severity", "/severity"),
    ("state", "/state"),
    ("at", "/at"),
    ("pending_at", "/pending_at"),
    ("fired_at", "/fired_at"),
    ("acknowledged_at", "/acknowledged_at"),
    ("acknowledged_by", "/acknowledged_by"),
    ("shelved_until", "/shelf/until"),
    ("shelved_by", "/shelf/by"),
    ("shelved_reason", "/shelf/reason"),
    ("resolved_at", "/resolved_at"),
    ("resolution", "/resolution"),
    ("cause", "/findings/cause/text"),
    ("cause_by", "/findings/cause/by"),
    ("cause_at", "/findings/cause/at"),
    ("handling", "/findings/handling/text"),
    ("handling_by", "/findings/handling/by"),
    ("handling_at", "/findings/handling/at"),
    ("result", "/findings/result/text"),
    ("result_by", "/findings/result/by"),
    ("result_at", "/findings/result/at"),
    ("improvement", "/findings/improvement/text"),
    ("improvement_by", "/findings/improvement/by"),
    ("improvement_at", "/findings/improvement/at"),
    ("notes", "/notes"),
    ("values", "/values"),
];
const INCIDENT: &[Column] = &[("room", "/room"), ("incident", "/incident")];
const REJECTED: &[Column] = &[("link", "/link"), ("reason", "/reason"), ("raw", "/raw"), ("bytes", "/bytes")];
const CLOCK: &[Column] =
    &[("trusted", "/trusted"), ("source", "/source"), ("stepped_ms", "/stepped_ms"), ("reason", "/reason")];
const GAP: &[Column] =
    &[("from", "/from"), ("to", "/to"), ("reason", "/reason"), ("kinds", "/kinds"), ("entries", "/entries")];

const fn columns(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::Scan => SCAN,
        Kind::Position => POSITION,
        Kind::Reading => READING,
        Kind::Device => DEVICE,
        Kind::Plan => PLAN,
        Kind::Command => COMMAND,
        Kind::Alert => ALERT,
        Kind::Incident => INCIDENT,
        Kind::Rejected => REJECTED,
        Kind::Clock => CLOCK,
        Kind::Gap => GAP,
    }
}

/// A table that is being written.
pub(super) struct Table<W: Write> {
    writer: Writer<W>,
    columns: &'static [Column],
    /// The quantities, each a column of its own.
    metrics: &'static [Metric],
}

impl<W: Write> Table<W> {
    /// Each alert as it stands.
    pub(super) fn of_ledger(out: W) -> csv::Result<Self> {
        Self::begin(out, &[], ALERT, &[])
    }

    /// Entries of a kind.
    pub(super) fn of_entries(kind: Kind, out: W) -> csv::Result<Self> {
        let metrics = if kind == Kind::Reading { Metric::ALL } else { &[] };
        Self::begin(out, &OF_EVERY_ENTRY, columns(kind), metrics)
    }

    fn begin(mut out: W, before: &[&str], columns: &'static [Column], metrics: &'static [Metric]) -> csv::Result<Self> {
        out.write_all(MARK.as_bytes())?;
        let mut writer = Writer::from_writer(out);
        let own = columns.iter().map(|(name, _)| *name);
        let quantities = metrics.iter().map(|metric| metric.word());
        writer.write_record(before.iter().copied().chain(own).chain(quantities))?;
        Ok(Self { writer, columns, metrics })
    }

    pub(super) fn alert(&mut self, body: &str) -> csv::Result<()> {
        self.row(Vec::new(), body)
    }

    pub(super) fn entry(&mut self, row: &Row) -> csv::Result<()> {
        let before = vec![
            row.seq.to_string(),
            row.kind.word().to_owned(),
            harmless(&row.subject),
            harmless(&row.device),
            row.observed_at.as_ref().map(Timestamp::to_string).unwrap_or_default(),
            row.received_at.to_string(),
        ];
        self.row(before, &row.body)
    }

    /// Everything is written.
    pub(super) fn finish(mut self) -> std::io::Result<()> {
        self.writer.flush()
    }

    fn row(&mut self, mut cells: Vec<String>, body: &str) -> csv::Result<()> {
        // Of a damaged body nothing is told but that it is there.
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        cells.extend(self.columns.iter().map(|(_, place)| cell(body.pointer(place))));
        cells.extend(self.metrics.iter().map(|metric| cell(body.get(metric.word()))));
        self.writer.write_record(cells)
    }
}

/// A value as a cell.
fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => harmless(text),
        Some(value @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_))) => value.to_string(),
    }
}

/// A text that no spreadsheet takes for a formula.
fn harmless(text: &str) -> String {
    if text.trim_start_matches([' ', '\u{a0}']).starts_with(FORMULA) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: Kind, body: &str) -> Row {
        Row {
            seq: 7,
            kind,
            subject: "guest/=1+1".to_owned(),
            device: "=cmd".to_owned(),
            observed_at: None,
            received_at: Timestamp::from_millis(0),
            body: body.to_owned(),
            hash: [0; 32],
        }
    }

    fn written(kind: Kind, body: &str) -> String {
        let mut out = Vec::new();
        let mut table = Table::of_entries(kind, &mut out).unwrap();
        table.entry(&row(kind, body)).unwrap();
        drop(table);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn no_cell_is_a_formula_and_numbers_are_numbers() {
        let body = r#"{"action":"note","alert":"A-1","by":"+8613800000000","text":"=HYPERLINK(\"x\")\n, -"}"#;
        let table = written(Kind::Command, body);
        let line = table.lines().nth(1).unwrap();
        assert_eq!(
            line,
            r#"7,command,guest/=1+1,'=cmd,,1970-01-01T00:00:00.000Z,note,A-1,'+8613800000000,,"'=HYPERLINK(""x"")"#
        );
        let table = written(Kind::Position, r#"{"lat":31.24303,"lon":-121.47175,"speed_kmh":23,"course":null}"#);
        assert!(table.ends_with(",31.24303,-121.47175,23,,,,,\n"), "{table}");
        for text in ["=1", " =1", "＝1", "-1", "@x", "\t=1"] {
            assert!(harmless(text).starts_with('\''), "{text:?}");
        }
        assert_eq!(harmless("王芳 = 1"), "王芳 = 1");
    }

    #[test]
    fn every_kind_has_its_columns_and_a_damaged_body_its_row() {
        for kind in Kind::ALL {
            let table = written(*kind, "{damaged");
            let mut reader = csv::Reader::from_reader(table.as_bytes());
            let columns = reader.headers().unwrap().len();
            assert_eq!(reader.records().next().unwrap().unwrap().len(), columns, "{kind:?}");
        }
        let table = written(Kind::Reading, r#"{"room":"lobby","sensor":"t1","temperature":-3.5,"co2":871}"#);
        assert!(table.starts_with("\u{feff}seq,kind,subject,device,observed_at,received_at,room,sensor,temperature"));
        assert!(table.contains(",lobby,t1,-3.5,"), "{table}");
    }

    #[test]
    fn the_ledger_tells_who_found_out_what() {
        let mut out = Vec::new();
        let mut table = Table::of_ledger(&mut out).unwrap();
        let note = r#"{"at":"2026-11-23T00:00:00.000Z","by":"li","text":"jam"}"#;
        table
            .alert(&format!(r#"{{"id":"A-1","findings":{{"cause":{note}}},"notes":[{note}],"values":{{"x":1}}}}"#))
            .unwrap();
        drop(table);
        let out = String::from_utf8(out).unwrap();
        let mut reader = csv::Reader::from_reader(out.as_bytes());
        let headers = reader.headers().unwrap().clone();
        let record = reader.records().next().unwrap().unwrap();
        let found = |name: &str| record.get(headers.iter().position(|header| header == name).unwrap()).unwrap();
        assert_eq!((found("cause"), found("cause_by"), found("cause_at")), ("jam", "li", "2026-11-23T00:00:00.000Z"));
        assert_eq!((found("handling"), found("values")), ("", r#"{"x":1}"#));
    }
}
