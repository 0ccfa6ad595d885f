//! Faults as people and as machines read them: what, where, what to do.

use std::fmt::Write;
use std::io::IsTerminal;

use crate::document::Fault;

use super::{FAULTY, Outcome};

/// Whether to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// For a terminal.
    On,
    /// For a file, a pipe, or somebody who asked for none.
    Off,
}

impl Colour {
    /// On where standard error is a terminal and `NO_COLOR` is not set (no-color.org).
    pub fn of_terminal() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        if wanted && std::io::stderr().is_terminal() { Self::On } else { Self::Off }
    }

    fn paint(self, text: &str, code: &str) -> String {
        match self {
            Self::On => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Self::Off => text.to_owned(),
        }
    }
}

/// The faults as text, each in three lines, with a blank line between.
pub fn render(faults: &[Fault], colour: Colour) -> String {
    let (red, blue, dim) = ("1;31", "1;34", "2");
    let mut text = String::new();
    for fault in faults {
        if !text.is_empty() {
            text.push('\n');
        }
        let mut place = fault.location();
        if !fault.excerpt.is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(place, "   {}", colour.paint(&fault.excerpt, dim));
        }
        let _ = writeln!(text, "{}: {}", colour.paint("error", red), fault.what);
        let _ = writeln!(text, "  {} {place}", colour.paint("-->", blue));
        let _ = writeln!(text, "  {}: {}", colour.paint("hint", blue), fault.hint);
    }
    text
}

/// How a command ends that found faults: as text on standard error, or as JSON on standard output.
pub fn refuse(faults: &[Fault], json: bool, colour: Colour) -> Outcome {
    if json {
        return Outcome { code: FAULTY, out: to_json(faults), talk: String::new() };
    }
    let count = match faults.len() {
        1 => "1 fault".to_owned(),
        more => format!("{more} faults"),
    };
    Outcome { code: FAULTY, out: String::new(), talk: format!("{}\n{count}\n", render(faults, colour)) }
}

/// `{"faults":[{"file","sheet","line","column","excerpt","what","hint"}]}`; sheet is there for a workbook only, and line
/// and column are left out where the file as a whole is meant.
fn to_json(faults: &[Fault]) -> String {
    format!("{}\n", serde_json::json!({ "faults": faults }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Place;

    fn fault() -> Fault {
        Fault {
            file: "config/portico.toml".to_owned(),
            sheet: None,
            place: Some(Place::new(41, 8)),
            excerpt: "[[sensor]] room = \"ballrom\"".to_owned(),
            what: "room \"ballrom\" is not in the plan".to_owned(),
            hint: "did you mean \"ballroom\"? Rooms in the plan: ballroom, lobby, vip-1".to_owned(),
        }
    }

    #[test]
    fn a_fault_says_what_where_and_what_to_do() {
        let want = "\
error: room \"ballrom\" is not in the plan
  --> config/portico.toml:41:8   [[sensor]] room = \"ballrom\"
  hint: did you mean \"ballroom\"? Rooms in the plan: ballroom, lobby, vip-1
";
        assert_eq!(render(&[fault()], Colour::Off), want);
        assert!(render(&[fault()], Colour::On).starts_with("\u{1b}[1;31merror\u{1b}[0m: room"));
    }

    #[test]
    fn a_machine_gets_the_same_in_json() {
        let outcome = refuse(&[fault(), Fault::of_file("x", "a", "b")], true, Colour::Off);
        let value: serde_json::Value = serde_json::from_str(&outcome.out).unwrap();
        assert_eq!(outcome.code, 64);
        assert_eq!(value["faults"][0]["line"], 41);
        assert_eq!(value["faults"][1]["hint"], "b");
        assert!(value["faults"][1].get("line").is_none());
    }
}
