//! The rules of a file alone: of a whole configuration, or of one that holds nothing but `[rules.…]` tables.
//!
//! What else stands in the file is not read: who tries rules on a laptop has neither the venue's secrets nor its ports.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::tz::TimeZone;

use crate::document::{Fault, Fields, Findings, Style, Value};
use crate::rules::Settings;

use super::read::{LATER, ROOT, document, site};
use super::settings::SensorConfig;
use super::{io_words, links, rules};

/// The rules of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct RulesFile {
    /// Every rule; what is not written has its default.
    pub rules: Settings,
    /// The sensors, for how long each may be silent.
    pub sensors: Vec<SensorConfig>,
    /// The tables that are written, where the file holds nothing but rules; none: it is a whole configuration.
    pub tables: Option<BTreeSet<String>>,
    /// The zone of the site; none where the file says nothing of it.
    pub time_zone: Option<TimeZone>,
}

/// Reads the rules of the file at `path`, with every fault of them.
pub fn open_rules(path: &Path) -> Result<RulesFile, Vec<Fault>> {
    let file = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| {
        let what = format!("the rules cannot be read: {}", io_words(&error));
        vec![Fault::of_file(&file, what, "check the path and who may read it")]
    })?;
    let text = String::from_utf8_lossy(&bytes);
    let findings = Findings::new(&file, Style::Toml, text.strip_prefix('\u{feff}').unwrap_or(&text), LATER);
    let found = document(&findings, &bytes).and_then(|node| {
        let root = Fields::root(&findings, &node, ROOT);
        let Value::Table(members) = &node.value else { return None };
        let own = members.iter().find(|member| member.key == "rules").map(|member| &member.node.value);
        let Some(own) = own else {
            findings.add_whole("there are no rules in this file", "write [rules.…] tables, as in portico.toml");
            return None;
        };
        let tables = match own {
            Value::Table(tables) => tables.iter().map(|table| table.key.clone()).collect(),
            Value::Null | Value::Flag(_) | Value::Number(_) | Value::Text(_) | Value::Moment(_) | Value::List(_) => {
                BTreeSet::new()
            }
        };
        Some(RulesFile {
            rules: rules::read(&root),
            sensors: links::sensors(&root).0,
            tables: (members.len() == 1).then_some(tables),
            time_zone: root.has("site").then(|| site(&root).time_zone),
        })
    });
    match found {
        Some(found) if findings.is_clean() => Ok(found),
        Some(_) | None => Err(findings.into_faults()),
    }
}
