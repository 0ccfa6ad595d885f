//! TOML text to a tree. Reports every line whose syntax is wrong, not only the first.

use toml::de::{DeInteger, DeTable, DeValue};

use super::fault::Findings;
use super::node::{Member, Node, Value};

/// The tree of a TOML document; none, with all faults reported, if its syntax is wrong anywhere.
pub fn parse(findings: &Findings<'_>) -> Option<Node> {
    let (root, errors) = DeTable::parse_recoverable(findings.text());
    let mut told = 0;
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        // What follows on the same line follows from the first slip in it.
        let line = findings.place(at).line;
        if line == told {
            continue;
        }
        told = line;
        findings.add_syntax(at, message(error.message()), hint(error.message()));
    }
    errors.is_empty().then(|| table(0, root.get_ref()))
}

fn message(parser: &str) -> String {
    match parser {
        "duplicate key" => "this key or table stands here for the second time".to_owned(),
        other => format!("this is not TOML: {other}"),
    }
}

fn hint(parser: &str) -> &'static str {
    if parser == "duplicate key" {
        "keep one of the two; several of a kind are written with double brackets, as [[sensor]]"
    } else if parser.contains("comma") {
        "put one comma between two pairs, none after the last, and write decimals with a point: 18.5"
    } else if parser.contains("string") || parser.contains("quote") {
        "write the text between double quotes on one line, a backslash as \\\\"
    } else if parser.contains("bool") || parser.contains("value") || parser.contains("number") {
        "write key = value; texts and durations need quotes (\"30m\"), numbers and true or false none"
    } else {
        "write one key = value a line, section names in brackets ([web], [[sensor]]), and close every quote and bracket"
    }
}

fn table(at: usize, entries: &DeTable<'_>) -> Node {
    let mut members: Vec<Member> = entries
        .iter()
        .map(|(key, value)| Member {
            key: key.get_ref().to_string(),
            at: key.span().start,
            node: node(value.span().start, value.get_ref()),
        })
        .collect();
    members.sort_by_key(|member| member.at);
    Node { at, value: Value::Table(members) }
}

fn node(at: usize, value: &DeValue<'_>) -> Node {
    let value = match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(integer) => Value::Number(decimal(integer)),
        DeValue::Float(float) => Value::Number(float.as_str().trim_start_matches('+').to_owned()),
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Datetime(moment) => Value::Moment(moment.to_string()),
        DeValue::Array(items) => {
            Value::List(items.iter().map(|item| node(item.span().start, item.get_ref())).collect())
        }
        DeValue::Table(entries) => return table(at, entries),
    };
    Node { at, value }
}

/// `0xff` and the like in decimal digits; what fits into no integer is left as it stands.
fn decimal(integer: &DeInteger<'_>) -> String {
    i64::from_str_radix(integer.as_str(), integer.radix())
        .map_or_else(|_| integer.as_str().trim_start_matches('+').to_owned(), |value| value.to_string())
}
