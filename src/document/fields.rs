//! One table of a document, read key by key. A reader that finds a fault reports it and answers nothing, so that its
//! caller goes on with the next key.

use std::ops::RangeInclusive;

use crate::facts::{Milli, Name, NameFault, Span};

use super::fault::{Findings, Spot, Style};
use super::node::{Member, Node, Value, table_word};
use super::words::suggest;

/// One table and the keys it may have.
#[derive(Debug)]
pub struct Fields<'f> {
    findings: &'f Findings<'f>,
    path: String,
    listed: bool,
    at: usize,
    members: &'f [Member],
    sound: bool,
    known: Vec<&'static str>,
}

impl<'f> Fields<'f> {
    /// The document itself. A key that is not in `known` is a fault.
    pub fn root(findings: &'f Findings<'f>, node: &'f Node, known: &[&'static str]) -> Self {
        Self::open(findings, String::new(), false, node, known)
    }

    fn open(findings: &'f Findings<'f>, path: String, listed: bool, node: &'f Node, known: &[&'static str]) -> Self {
        let (members, sound): (&[Member], bool) = match &node.value {
            Value::Table(members) => (members, true),
            Value::Null => (&[], true),
            Value::Flag(_) | Value::Number(_) | Value::Text(_) | Value::Moment(_) | Value::List(_) => {
                not_a_table(findings, &path, node, known);
                (&[], false)
            }
        };
        let fields = Self { findings, path, listed, at: node.at, members, sound, known: known.to_vec() };
        for key in known {
            findings.learn(fields.path_of(key));
        }
        fields.refuse_unknown();
        fields
    }

    fn refuse_unknown(&self) {
        for member in self.members.iter().filter(|member| !self.known.contains(&member.key.as_str())) {
            let spot = Spot { place: self.findings.place(member.at), excerpt: self.excerpt_of(member) };
            if let Some(sentence) = self.findings.later(&self.path_of(&member.key)) {
                self.findings.add(spot, format!("{sentence} not in this version"), "take it out");
                continue;
            }
            let title = match (self.findings.style(), self.path.as_str()) {
                (_, "") => "what may stand here".to_owned(),
                (Style::Json | Style::Sheet, path) => format!("members of {}", schematic(path)),
                (Style::Toml, path) => format!("keys of {path}"),
            };
            let what = format!("unknown key \"{}\"", member.key);
            self.findings.add(spot, what, suggest(&member.key, &title, self.known.iter().copied()));
        }
    }

    /// The path of one key, without list positions: `mqtt.broker.url`.
    fn path_of(&self, key: &str) -> String {
        let path = schematic(&self.path);
        if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
    }

    fn member(&self, key: &str) -> Option<&'f Member> {
        debug_assert!(self.known.contains(&key), "{key} is read but not declared for {}", self.path);
        self.members.iter().find(|member| member.key == key && member.node.value != Value::Null)
    }

    /// Whether this is a table at all. Where it is not, that has been told, and nothing more need be.
    pub const fn is_sound(&self) -> bool {
        self.sound
    }

    /// Whether the key is there.
    pub fn has(&self, key: &str) -> bool {
        self.member(key).is_some()
    }

    /// The value of a key as it stands.
    pub fn node(&self, key: &str) -> Option<&'f Node> {
        self.member(key).map(|member| &member.node)
    }

    /// The table itself, as a fault shows it.
    pub fn spot(&self) -> Spot {
        let excerpt = match self.findings.style() {
            Style::Toml if self.path.is_empty() => String::new(),
            Style::Toml if self.listed => format!("[[{}]]", self.path),
            Style::Toml => format!("[{}]", self.path),
            Style::Json => self.path.clone(),
            Style::Sheet => String::new(),
        };
        Spot { place: self.findings.place(self.at), excerpt }
    }

    /// The value of a key, as a fault shows it; the table, where the key is missing.
    pub fn spot_of(&self, key: &str) -> Spot {
        self.member(key).map_or_else(
            || self.spot(),
            |member| Spot { place: self.findings.place(member.node.at), excerpt: self.excerpt_of(member) },
        )
    }

    fn excerpt_of(&self, member: &Member) -> String {
        let (path, key, value) = (&self.path, &member.key, member.node.value.shown());
        let tables = match &member.node.value {
            Value::List(items) => items.first().is_some_and(|item| matches!(item.value, Value::Table(_))),
            _ => false,
        };
        match self.findings.style() {
            Style::Toml if matches!(member.node.value, Value::Table(_)) => format!("[{}]", self.join(key)),
            Style::Toml if tables => format!("[[{}]]", self.join(key)),
            Style::Toml if path.is_empty() => format!("{key} = {value}"),
            Style::Toml if self.listed => format!("[[{path}]] {key} = {value}"),
            Style::Toml => format!("[{path}] {key} = {value}"),
            Style::Sheet => format!("{key} = {value}"),
            Style::Json if path.is_empty() => format!("{key}: {value}"),
            Style::Json => format!("{path}.{key}: {value}"),
        }
    }

    /// Reports a fault at the value of a key.
    pub fn fault(&self, key: &str, what: impl Into<String>, hint: impl Into<String>) {
        self.findings.add(self.spot_of(key), what, hint);
    }

    /// Reports a fault at one of the values of a list.
    pub fn fault_at(&self, spot: Spot, what: impl Into<String>, hint: impl Into<String>) {
        self.findings.add(spot, what, hint);
    }

    /// Reports that a key that must be there is not, with the way to write it.
    pub fn require(&self, key: &str, example: &str) {
        if self.sound && !self.has(key) {
            let hint = match self.findings.style() {
                Style::Toml => format!("add {key} = {example}"),
                Style::Json => format!("add \"{key}\": {example}"),
                Style::Sheet => format!("fill in this row's cell of the column \"{key}\", or clear the row"),
            };
            self.findings.add(self.spot(), format!("\"{key}\" is missing"), hint);
        }
    }

    fn wrong_type(&self, member: &Member, expected: &str) {
        let what =
            format!("\"{}\" is {}; it should be {expected}", member.key, member.node.value.kind(self.findings.style()));
        let hint = match (&member.node.value, expected) {
            _ if self.findings.style() == Style::Sheet => format!("write {expected} into the cell"),
            (Value::Number(_) | Value::Flag(_) | Value::Moment(_), "a text") => {
                format!("write it in quotes: \"{}\"", member.node.value.shown())
            }
            (Value::Text(text), "true or false") => match text.as_str() {
                "true" | "yes" | "on" => "write true, without quotes".to_owned(),
                _ => "write true or false, without quotes".to_owned(),
            },
            (Value::Text(text), "a number") if text.parse::<Milli>().is_ok() => format!("write {text} without quotes"),
            (Value::Text(text), "a list") => format!("write [\"{text}\"]"),
            _ => format!("write {expected}"),
        };
        self.fault(&member.key, what, hint);
    }

    /// A text of 1 to `chars_max` characters without control characters, trimmed.
    pub fn text(&self, key: &str, chars_max: usize) -> Option<String> {
        let text = self.raw_text(key)?.trim();
        let chars = text.chars().count();
        if chars == 0 {
            self.fault(key, format!("\"{key}\" is empty"), "write something between the quotes, or take the key out");
        } else if chars > chars_max {
            let what = format!("\"{key}\" has {chars} characters; at most {chars_max} are taken");
            self.fault(key, what, "shorten it");
        } else if text.chars().any(char::is_control) {
            self.fault(key, format!("\"{key}\" holds a line break or control character"), "write it on one line");
        } else {
            return Some(text.to_owned());
        }
        None
    }

    /// A text as it stands.
    pub fn raw_text(&self, key: &str) -> Option<&'f str> {
        let member = self.member(key)?;
        if let Value::Text(text) = &member.node.value {
            return Some(text);
        }
        self.wrong_type(member, "a text");
        None
    }

    /// A short name.
    pub fn name(&self, key: &str) -> Option<Name> {
        self.parse_name(key, self.raw_text(key)?)
    }

    fn parse_name(&self, key: &str, text: &str) -> Option<Name> {
        let refuse = |fault| {
            let (what, hint) = refused_name(key, &fault);
            self.fault(key, what, hint);
        };
        text.parse().map_err(refuse).ok()
    }

    /// A list of short names with where each stands; empty where the key is missing.
    pub fn names(&self, key: &str) -> Vec<(Name, Spot)> {
        let named = |(text, spot): (&str, Spot)| match text.parse::<Name>() {
            Ok(name) => Some((name, spot)),
            Err(fault) => {
                let (what, hint) = refused_name(key, &fault);
                self.findings.add(spot, what, hint);
                None
            }
        };
        self.texts(key).into_iter().filter_map(named).collect()
    }

    /// A list of texts with where each stands; empty where the key is missing.
    pub fn texts(&self, key: &str) -> Vec<(&'f str, Spot)> {
        let Some(member) = self.member(key) else { return Vec::new() };
        let Value::List(items) = &member.node.value else {
            self.wrong_type(member, "a list");
            return Vec::new();
        };
        let mut texts = Vec::with_capacity(items.len());
        for (n, item) in items.iter().enumerate() {
            let excerpt = match self.findings.style() {
                Style::Toml => format!("[{}] {key} = [… {} …]", self.path, item.value.shown()),
                Style::Json => format!("{}[{n}]: {}", self.join(key), item.value.shown()),
                Style::Sheet => format!("{key} = {}", item.value.shown()),
            };
            let spot = Spot { place: self.findings.place(item.at), excerpt };
            if let Value::Text(text) = &item.value {
                texts.push((text.as_str(), spot));
            } else {
                let kind = item.value.kind(self.findings.style());
                let what = format!("\"{key}\" holds {kind}; it should hold texts");
                self.findings.add(spot, what, "write each in quotes: [\"a\", \"b\"]");
            }
        }
        texts
    }

    /// `true` or `false`.
    pub fn flag(&self, key: &str) -> Option<bool> {
        let member = self.member(key)?;
        if let Value::Flag(flag) = member.node.value {
            return Some(flag);
        }
        self.wrong_type(member, "true or false");
        None
    }

    /// A length of time between two others.
    pub fn span(&self, key: &str, range: &RangeInclusive<Span>) -> Option<Span> {
        let member = self.member(key)?;
        let text = match &member.node.value {
            Value::Text(text) => text,
            Value::Number(number) => {
                let what = format!("\"{key}\" is a number without a unit");
                self.fault(
                    key,
                    what,
                    format!("write the unit in quotes: \"{number}ms\", \"{number}s\", \"{number}m\" or \"{number}h\""),
                );
                return None;
            }
            Value::Null | Value::Flag(_) | Value::Moment(_) | Value::List(_) | Value::Table(_) => {
                self.wrong_type(member, "a duration like \"30m\"");
                return None;
            }
        };
        let Ok(span) = text.trim().parse::<Span>() else {
            let what = format!("\"{key}\" is not a duration");
            self.fault(
                key,
                what,
                "write numbers with units, hours at most: \"250ms\", \"30s\", \"10m\", \"1h 30m\", \"168h\"",
            );
            return None;
        };
        if range.contains(&span) {
            return Some(span);
        }
        self.out_of_range(key, text, &range.start().to_string(), &range.end().to_string());
        None
    }

    fn out_of_range(&self, key: &str, value: &str, low: &str, high: &str) {
        let what = format!("\"{key}\" is {value}, out of range");
        self.fault(key, what, format!("take a value from {low} to {high}"));
    }

    /// A whole number between two others.
    pub fn whole(&self, key: &str, range: &RangeInclusive<i64>) -> Option<i64> {
        let member = self.member(key)?;
        let Value::Number(text) = &member.node.value else {
            self.wrong_type(member, "a number");
            return None;
        };
        let Ok(value) = text.parse::<i64>() else {
            self.fault(key, format!("\"{key}\" is not a whole number"), "write it without a decimal point");
            return None;
        };
        if range.contains(&value) {
            return Some(value);
        }
        self.out_of_range(key, text, &range.start().to_string(), &range.end().to_string());
        None
    }

    /// A number between two others, in thousandths. `unit` is for the hint.
    pub fn milli(&self, key: &str, range: &RangeInclusive<Milli>, unit: &str) -> Option<Milli> {
        let member = self.member(key)?;
        let Value::Number(text) = &member.node.value else {
            self.wrong_type(member, "a number");
            return None;
        };
        match text.parse::<Milli>() {
            Ok(value) if range.contains(&value) => Some(value),
            Ok(_) | Err(_) => {
                let high = format!("{} {unit}", range.end());
                self.out_of_range(key, text, &range.start().to_string(), high.trim_end());
                None
            }
        }
    }

    /// One of a closed set of words.
    pub fn word<T: Copy>(&self, key: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.raw_text(key)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let hint = suggest(text, "what may stand here", words.iter().map(|(word, _)| *word));
        self.fault(key, format!("\"{text}\" is not a {key} we know"), hint);
        None
    }

    /// The table under a key; an empty one where the key is missing. A key that is not in `known` is a fault.
    #[must_use]
    pub fn table(&self, key: &str, known: &[&'static str]) -> Fields<'f> {
        static NOTHING: Node = Node { at: 0, value: Value::Null };
        let node = self.node(key).unwrap_or(&NOTHING);
        Fields::open(self.findings, self.join(key), false, node, known)
    }

    /// The tables of the list under a key. A key that is not in `known` is a fault.
    pub fn tables(&self, key: &str, known: &[&'static str]) -> Vec<Fields<'f>> {
        for inner in known {
            self.findings.learn(format!("{}.{inner}", self.path_of(key)));
        }
        let Some(member) = self.member(key) else { return Vec::new() };
        let Value::List(items) = &member.node.value else {
            let style = self.findings.style();
            let kind = member.node.value.kind(style);
            let word = table_word(style).trim_start_matches("an ").trim_start_matches("a ");
            let what = format!("\"{key}\" is {kind}; it should be a list of {word}s");
            let hint = match self.findings.style() {
                Style::Toml => format!("write [[{}]] with double brackets", self.join(key)),
                Style::Json | Style::Sheet => format!("write \"{key}\": [{{…}}, {{…}}]"),
            };
            self.fault(key, what, hint);
            return Vec::new();
        };
        let open = |(n, item)| {
            let path = match self.findings.style() {
                Style::Toml => self.join(key),
                Style::Json | Style::Sheet => format!("{}[{n}]", self.join(key)),
            };
            Fields::open(self.findings, path, true, item, known)
        };
        items.iter().enumerate().map(open).collect()
    }

    fn join(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

/// The path without list positions.
fn schematic(path: &str) -> String {
    let mut inside = false;
    path.chars()
        .filter(|c| {
            inside = (inside || *c == '[') && *c != ']';
            !inside && *c != ']'
        })
        .collect()
}

/// Reports that something else stands where a table should be.
fn not_a_table(findings: &Findings<'_>, path: &str, node: &Node, known: &[&str]) {
    let style = findings.style();
    let (first, shown) = (known.first().copied().unwrap_or("key"), node.value.shown());
    let subject = if path.is_empty() { "the document".to_owned() } else { format!("\"{path}\"") };
    let what = format!("{subject} is {}; it should be {}", node.value.kind(style), table_word(style));
    let key = path.rsplit('.').next().unwrap_or_default();
    let (excerpt, hint) = match style {
        Style::Toml if matches!(node.value, Value::List(_)) => {
            (format!("[[{path}]]"), format!("there is only one: write [{path}] with single brackets"))
        }
        Style::Toml => {
            let hint =
                format!("write {key} = {{ {first} = … }}, or [{path}] on a line of its own and its keys below it");
            (format!("{path} = {shown}"), hint)
        }
        Style::Json | Style::Sheet if path.is_empty() => (shown, format!("write {{\"{first}\": …}}")),
        Style::Json | Style::Sheet => (format!("{path}: {shown}"), format!("write {{\"{first}\": …}}")),
    };
    findings.add(Spot { place: findings.place(node.at), excerpt }, what, hint);
}

/// Why the value under `key` is not a short name, and what to do.
pub fn refused_name(key: &str, fault: &NameFault) -> (String, &'static str) {
    match fault {
        NameFault::Empty => (format!("\"{key}\" is empty"), "write a short name, or take the key out"),
        NameFault::TooLong(bytes) => (
            format!("\"{key}\" has {bytes} bytes; at most {} are taken", Name::BYTES_MAX),
            "shorten it: it is a code or short name, not a description",
        ),
        NameFault::Control => (format!("\"{key}\" holds a line break or control character"), "write it on one line"),
    }
}
