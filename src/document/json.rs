//! JSON text to a tree that knows where each value stands.
//!
//! The parser hands out pieces of the text it was given; a piece's distance from the beginning is its place.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserializer;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use super::fault::Findings;
use super::node::{Member, Node, Value};

/// Lists and objects inside each other; deeper ones are refused (a plan needs seven).
const DEPTH_MAX: usize = 24;

/// The tree of a JSON document; none, with the fault reported, if its syntax is wrong.
pub fn parse(findings: &Findings<'_>) -> Option<Node> {
    let text = findings.text();
    match serde_json::from_str::<&RawValue>(text) {
        Ok(raw) => node(raw.get(), findings, 0),
        Err(error) => {
            report(&error, findings, 0);
            None
        }
    }
}

/// Reports what the parser did not like in the piece of text that begins at `base`.
fn report(error: &serde_json::Error, findings: &Findings<'_>, base: usize) {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or(&text);
    let at = if base == 0 { findings.offset(error.line(), error.column()) } else { base };
    let after_comma = findings.text().get(..at).is_some_and(|before| before.trim_end().ends_with(','));
    let hint = if error.is_eof() {
        "the file ends in the middle: copy or export it again, whole"
    } else if what.contains("trailing comma") || (what == "expected value" && after_comma) {
        "take out the comma before the closing bracket"
    } else if what.contains("control character") {
        "a text ends on the line where it begins; write a line break as \\n"
    } else if what.contains("escape") || what.contains("surrogate") {
        "write the character itself, or a backslash as \\\\"
    } else if what.contains("key must be a string") {
        "write every member's name in double quotes, and no comments"
    } else {
        "write \"name\": value, with commas between, texts in double quotes, and no comments"
    };
    findings.add_syntax(at, format!("this is not JSON: {what}"), hint);
}

fn node(raw: &str, findings: &Findings<'_>, depth: usize) -> Option<Node> {
    let at = raw.as_ptr().addr().saturating_sub(findings.text().as_ptr().addr());
    if depth > DEPTH_MAX {
        findings.add_syntax(
            at,
            format!("lists and objects are nested deeper than {DEPTH_MAX}"),
            "take the inner ones out: nothing in a plan is nested so deep",
        );
        return None;
    }
    let parsed = match raw.as_bytes().first() {
        Some(b'{') => object(raw, findings, depth),
        Some(b'[') => serde_json::from_str::<Vec<&RawValue>>(raw).map(|items| {
            let nodes: Vec<Option<Node>> = items.iter().map(|item| node(item.get(), findings, depth + 1)).collect();
            nodes.into_iter().collect::<Option<_>>().map(Value::List)
        }),
        Some(b'"') => serde_json::from_str(raw).map(|text| Some(Value::Text(text))),
        Some(b't') => Ok(Some(Value::Flag(true))),
        Some(b'f') => Ok(Some(Value::Flag(false))),
        Some(b'n') => Ok(Some(Value::Null)),
        _ => Ok(Some(Value::Number(raw.to_owned()))),
    };
    match parsed {
        Ok(value) => value.map(|value| Node { at, value }),
        Err(error) => {
            report(&error, findings, at.max(1));
            None
        }
    }
}

fn object(raw: &str, findings: &Findings<'_>, depth: usize) -> serde_json::Result<Option<Value>> {
    let pieces = serde_json::Deserializer::from_str(raw).deserialize_map(Pieces)?;
    let mut members: Vec<Member> = Vec::with_capacity(pieces.len());
    let mut seen = BTreeSet::new();
    let mut whole = true;
    for (key, piece) in pieces {
        let at = key.get().as_ptr().addr().saturating_sub(findings.text().as_ptr().addr());
        let key: String = serde_json::from_str(key.get())?;
        if !seen.insert(key.clone()) {
            findings.add_syntax(at, format!("\"{key}\" stands twice in this object"), "keep one of the two");
            whole = false;
            continue;
        }
        match node(piece.get(), findings, depth + 1) {
            Some(node) => members.push(Member { key, at, node }),
            None => whole = false,
        }
    }
    Ok(whole.then_some(Value::Table(members)))
}

/// The members of an object as pieces of the text, in their order, twins included.
struct Pieces;

impl<'de> Visitor<'de> for Pieces {
    type Value = Vec<(&'de RawValue, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pieces = Vec::new();
        while let Some(piece) = map.next_entry()? {
            pieces.push(piece);
        }
        Ok(pieces)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fault::Style;
    use super::*;

    #[test]
    fn every_value_knows_its_place() {
        let text = "{\n  \"号\": [1, \"a\"],\n  \"b\": {\"c\": null}\n}";
        let findings = Findings::new("x.json", Style::Json, text, &[]);
        let Some(Node { value: Value::Table(members), .. }) = parse(&findings) else { panic!("not an object") };
        let place = |at| {
            let place = findings.place(at);
            (place.line, place.column)
        };
        let [first, second] = members.as_slice() else { panic!("not two members") };
        assert_eq!((first.key.as_str(), place(first.at), place(first.node.at)), ("号", (2, 3), (2, 8)));
        let Value::List(items) = &first.node.value else { panic!("not a list") };
        assert_eq!(place(items[1].at), (2, 12));
        assert_eq!((second.key.as_str(), place(second.node.at)), ("b", (3, 8)));
    }

    #[test]
    fn depth_is_bounded_and_not_by_the_stack() {
        let text = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let findings = Findings::new("x.json", Style::Json, &text, &[]);
        assert!(parse(&findings).is_none());
        assert_eq!(findings.into_faults().len(), 1);
    }
}
