//! `[[rules.custom]]`: rules of one's own.

use std::collections::BTreeSet;

use super::{GRACE, severity};
use crate::document::Fields;
use crate::facts::{Severity, Span};
use crate::plan::TEXT_CHARS_MAX;
use crate::rules::{CUSTOM_MAX, CustomRule, Expression, Occasion};

/// No condition is longer, characters; how many bytes it may have is told by who reads it.
const WHEN_CHARS_MAX: usize = 2_000;

pub(super) fn custom(rules: &Fields<'_>) -> Vec<CustomRule> {
    let (mut read, mut names) = (Vec::new(), BTreeSet::new());
    let occasions: Vec<(&str, Occasion)> = Occasion::ALL.iter().map(|on| (on.word(), *on)).collect();
    for (at, fields) in
        rules.tables("custom", &["name", "on", "when", "severity", "hold", "say"]).into_iter().enumerate()
    {
        if at == CUSTOM_MAX {
            let what = format!("there are more than {CUSTOM_MAX} rules of your own");
            fields.fault_at(fields.spot(), what, "say several in one, with ||");
        }
        fields.require("name", "\"stuffy-and-full\"");
        fields.require("on", "\"reading\"");
        fields.require("when", "'room.co2 > 1200'");
        let (name, on, when) =
            (fields.name("name"), fields.word("on", &occasions), fields.text("when", WHEN_CHARS_MAX));
        if let Some(name) = &name
            && !names.insert(name.clone())
        {
            fields.fault("name", format!("\"{name}\" is here for the second time"), "give each rule a name of its own");
        }
        let (severity, hold) =
            (severity(&fields, Severity::Warning), fields.span("hold", &GRACE).unwrap_or(Span::ZERO));
        let say = fields.text("say", TEXT_CHARS_MAX);
        let (Some(on), Some(when)) = (on, when) else { continue };
        if let Err(fault) = Expression::read(on, &when) {
            let place = fault.at.map(|at| format!(" (at character {})", at + 1)).unwrap_or_default();
            fields.fault("when", format!("{}{place}", fault.what), fault.hint);
            continue;
        }
        let Some(name) = name else { continue };
        read.push(CustomRule { name, on, when, severity, hold, say });
    }
    read
}
