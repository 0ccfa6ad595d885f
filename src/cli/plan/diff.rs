//! What a new plan changes, as text for a terminal.

use std::fmt::Write as _;
use std::path::Path;

use jiff::tz::TimeZone;
use serde_json::Value;

use crate::facts::Timestamp;
use crate::plan::{Changes, Edit, FieldChange, Item, List};

/// So many lines of one list are shown; `--json` shows all.
const LINES_MAX: usize = 40;

/// The changes in words, times as the clocks on the site's walls show them.
pub(super) fn told(file: &Path, changes: &Changes, zone: &TimeZone) -> String {
    let mut text = format!("{}: {}\n", file.display(), changes.line());
    for list in &changes.lists {
        let _ = writeln!(text, "\n{}", list.list);
        let lines = lines(list, zone);
        for line in lines.iter().take(LINES_MAX) {
            let _ = writeln!(text, "  {line}");
        }
        if let Some(more) = lines.len().checked_sub(LINES_MAX).filter(|more| *more > 0) {
            let _ = writeln!(text, "  … and {more} more (--json shows all)");
        }
    }
    text
}

fn lines(list: &List, zone: &TimeZone) -> Vec<String> {
    let added = list.added.iter().map(|item| format!("+ {}", named(item, zone)));
    let removed = list.removed.iter().map(|item| format!("- {}", named(item, zone)));
    let changed = list.changed.iter().map(|Edit { item, fields }| {
        let fields: Vec<String> = fields.iter().map(|change| field(change, zone)).collect();
        format!("~ {}: {}", named(item, zone), fields.join("; "))
    });
    added.chain(removed).chain(changed).collect()
}

fn named(item: &Item, zone: &TimeZone) -> String {
    let name = item.name.as_ref().map_or(String::new(), |name| format!("  {name}"));
    let at = item.at.map_or(String::new(), |at| format!("  {}", clock(at, zone)));
    format!("{}{name}{at}", item.id)
}

fn field(FieldChange { field, before, after }: &FieldChange, zone: &TimeZone) -> String {
    format!("{field} {} → {}", value(before, zone), value(after, zone))
}

fn value(value: &Value, zone: &TimeZone) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.parse().map_or_else(|_| text.clone(), |at| clock(at, zone)),
        Value::Array(values) if values.iter().all(Value::is_string) => {
            values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

fn clock(at: Timestamp, zone: &TimeZone) -> String {
    let at = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}
