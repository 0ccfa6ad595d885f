//! The settings of rules that an event's own staff write, in the Common Expression Language.

use serde::{Deserialize, Serialize};

use super::check_span;
use crate::facts::{Name, Severity, Span};
use crate::rules::custom::{Draft, RULES_MAX};

/// A rule of one's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomRule {
    /// What it is called, once among all.
    pub name: Name,
    /// By what it is judged.
    pub on: Occasion,
    /// What is wrong while this is true, in CEL.
    pub when: String,
    /// How much it matters.
    pub severity: Severity,
    /// How long it must be true before people are told.
    pub hold: Span,
    /// What people are told, in the words of whoever wrote the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub say: Option<String>,
}

/// The entries that a rule of one's own is judged by, each time one comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// A room was measured: `reading` and `room`.
    Reading,
    /// A vehicle said where it is: `position` and `vehicle`.
    Position,
    /// Somebody was scanned: `scan` and `visit`.
    Scan,
}

impl Occasion {
    /// Every occasion.
    pub const ALL: &[Self] = &[Self::Reading, Self::Position, Self::Scan];

    /// The word in the configuration.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Position => "position",
            Self::Scan => "scan",
        }
    }
}

pub(super) fn check(rules: &[CustomRule], faults: &mut Vec<String>) {
    if rules.len() > RULES_MAX {
        faults.push(format!("custom: {} rules, at most {RULES_MAX}", rules.len()));
    }
    for (at, rule) in rules.iter().enumerate() {
        let key = format!("custom.{}", rule.name);
        check_span(faults, &format!("{key}.hold"), rule.hold, 0);
        if rules.iter().take(at).any(|other| other.name == rule.name) {
            faults.push(format!("{key}: this name is here twice"));
        }
        if let Err(fault) = Draft::read(rule.on, &rule.when) {
            faults.push(format!("{key}.when: {}", fault.what));
        }
    }
}
