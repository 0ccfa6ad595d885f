//! `[[notify]]`: who is told of alerts, and how.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use jiff::civil::Time;

use crate::document::{Fields, suggest};
use crate::facts::{Name, RuleKind, Severity, Span};
use crate::sinks::notify::{Postal, Receiver, Topic, Vendor};

use super::links::Once;
use super::rules::SEVERITIES;
use super::settings::{Language, SiteConfig};
use super::values::{secret_file, url};

/// How long an alert may be left to others first.
const AFTER: RangeInclusive<Span> = Span::ZERO..=Span::from_mins(24 * 60);
/// A longer topic or number is a slip.
const CHARS_MAX: usize = 100;
/// The subjects of alerts.
const SUBJECTS: &[&str] = &["guest", "vehicle", "room", "sensor", "kiosk", "gateway"];

/// One `[[notify]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotifyConfig {
    /// Its name, unlike every other's.
    pub name: Name,
    /// Whom it speaks to.
    pub receiver: Receiver,
    /// The address, which may hold a secret.
    pub url: String,
    /// The file with the signing secret or the token alone.
    pub secret_file: Option<PathBuf>,
    /// Of less it hears nothing.
    pub min_severity: Severity,
    /// Of these rules alone; empty: of all.
    pub rules: BTreeSet<RuleKind>,
    /// Of these kinds of subjects alone; empty: of all.
    pub subjects: BTreeSet<String>,
    /// Of the guests of these hosts alone; empty: of everything.
    pub hosts: BTreeSet<String>,
    /// In these hours alone, by the site's clock.
    pub hours: Option<(Time, Time)>,
    /// Only of what nobody has acknowledged for so long.
    pub after: Span,
    /// Whether it hears of the end.
    pub resolved: bool,
    /// Who is called by name.
    pub mobiles: Vec<String>,
    /// The language it speaks.
    pub language: Language,
    /// Whether guests and hosts may be named.
    pub personal_data: bool,
}

/// Reads `[[notify]]`.
pub(super) fn read(root: &Fields<'_>, site: &SiteConfig, folder: &Path) -> Vec<NotifyConfig> {
    let known = [
        "kind",
        "name",
        "url",
        "url_file",
        "secret_file",
        "topic",
        "user",
        "from",
        "to",
        "min_severity",
        "rules",
        "subjects",
        "hosts",
        "hours",
        "after",
        "resolved",
        "mobiles",
        "language",
        "personal_data",
    ];
    let mut names = Once::default();
    let mut notifiers = Vec::new();
    for fields in root.tables("notify", &known) {
        fields.require("kind", "\"dingtalk\"");
        let receiver = receiver(&fields);
        let url = address(&fields, folder);
        let secret_file = secret_file(&fields, "secret_file", folder);
        if secret_file.is_some() && receiver == Some(Receiver::Posted(Vendor::Wecom)) {
            let what = "a WeCom robot has no secret beside its address";
            fields.fault("secret_file", what, "take it out; the key is in the address");
        }
        let name = fields.name("name").or_else(|| fields.raw_text("kind")?.parse().ok());
        if let Some(name) = &name {
            names.check(&fields, if fields.has("name") { "name" } else { "kind" }, name.as_str(), "notifier");
        }
        let (rules, subjects, mobiles) = (rules(&fields), subjects(&fields), mobiles(&fields));
        let hosts = fields.texts("hosts").into_iter().map(|(host, _)| host.trim().to_owned()).collect();
        let hours = hours(&fields);
        let min_severity = fields.word("min_severity", SEVERITIES).unwrap_or(Severity::Warning);
        let after = fields.span("after", &AFTER).unwrap_or(Span::ZERO);
        let resolved = fields.flag("resolved").unwrap_or(true);
        let languages = [("zh-CN", Language::Chinese), ("en", Language::English)];
        let language = fields.word("language", &languages).unwrap_or(site.language);
        let personal_data = fields.flag("personal_data").unwrap_or(false);
        let (Some(receiver), Some(url), Some(name)) = (receiver, url, name) else { continue };
        notifiers.push(NotifyConfig {
            name,
            receiver,
            url,
            secret_file,
            min_severity,
            rules,
            subjects,
            hosts,
            hours,
            after,
            resolved,
            mobiles,
            language,
            personal_data,
        });
    }
    notifiers
}

/// The kinds, with what each of them alone is told.
const KINDS: &[(&str, &[&str])] = &[
    ("dingtalk", &[]),
    ("wecom", &[]),
    ("feishu", &[]),
    ("webhook", &[]),
    ("ntfy", &["topic"]),
    ("mail", &["user", "from", "to"]),
    ("mqtt", &["topic", "user"]),
];

fn receiver(fields: &Fields<'_>) -> Option<Receiver> {
    let kind = fields.raw_text("kind")?;
    let Some((_, own)) = KINDS.iter().find(|(word, _)| *word == kind) else {
        let hint = suggest(kind, "kinds", KINDS.iter().map(|(word, _)| *word));
        fields.fault("kind", format!("\"{kind}\" is not a kind of notifier"), hint);
        return None;
    };
    for key in ["topic", "user", "from", "to"] {
        if fields.has(key) && !own.contains(&key) {
            let whose: Vec<&str> = KINDS.iter().filter(|(_, own)| own.contains(&key)).map(|(word, _)| *word).collect();
            let hint = format!("take it out; it is for {}", whose.join(" and "));
            fields.fault(key, format!("\"{kind}\" has no use for this"), hint);
        }
    }
    let user = fields.text("user", CHARS_MAX);
    let topic = || {
        fields.require("topic", "\"venue-ops\"");
        fields.text("topic", CHARS_MAX)
    };
    match kind {
        "dingtalk" => Some(Receiver::Posted(Vendor::Dingtalk)),
        "wecom" => Some(Receiver::Posted(Vendor::Wecom)),
        "feishu" => Some(Receiver::Posted(Vendor::Feishu)),
        "webhook" => Some(Receiver::Posted(Vendor::Webhook)),
        "ntfy" => Some(Receiver::Posted(Vendor::Ntfy { topic: topic()? })),
        "mail" => postal(fields, user).map(Receiver::Mail),
        _ => {
            let name = topic()?;
            if name.contains(['+', '#']) {
                fields.fault("topic", "a message goes to one topic", "name it whole: + and # are for subscribing");
                return None;
            }
            Some(Receiver::Mqtt(Topic { name, user }))
        }
    }
}

fn postal(fields: &Fields<'_>, user: Option<String>) -> Option<Postal> {
    const EXAMPLE: &str = "Portico <portico@venue.example>";
    fields.require("from", &format!("\"{EXAMPLE}\""));
    fields.require("to", "[\"duty@venue.example\"]");
    if fields.has("user") != fields.has("secret_file") {
        let (key, other) = if fields.has("user") { ("user", "secret_file") } else { ("secret_file", "user") };
        fields.fault(
            key,
            format!("a mail server asks for user and password, and {other} is missing"),
            format!("add {other}"),
        );
    }
    let from = fields.text("from", CHARS_MAX).and_then(|text| {
        let from = text.parse().ok();
        if from.is_none() {
            fields.fault("from", format!("\"{text}\" is no mail address"), format!("write it as \"{EXAMPLE}\""));
        }
        from
    });
    let mut to = Vec::new();
    for (text, spot) in fields.texts("to") {
        if let Ok(mailbox) = text.parse() {
            to.push(mailbox);
        } else {
            let what = format!("\"{text}\" is no mail address");
            fields.fault_at(spot, what, format!("write it as \"duty@venue.example\" or \"{EXAMPLE}\""));
        }
    }
    if to.is_empty() {
        if fields.has("to") && fields.texts("to").is_empty() {
            fields.fault("to", "nobody is told", "name at least one mail address");
        }
        return None;
    }
    Some(Postal { from: from?, to, user })
}

/// What an address of each kind looks like.
fn schemes(kind: Option<&str>) -> (&'static [&'static str], &'static str) {
    match kind {
        Some("mail") => (&["smtps", "smtp"], "smtps://mail.venue.example"),
        Some("mqtt") => (&["mqtt"], "mqtt://127.0.0.1:1884"),
        _ => (&["http", "https"], "https://oapi.dingtalk.com/robot/send?access_token=…"),
    }
}

/// The address, from here or from a file of its own.
fn address(fields: &Fields<'_>, folder: &Path) -> Option<String> {
    let (schemes, example) = schemes(fields.raw_text("kind"));
    if fields.has("url") && fields.has("url_file") {
        fields.fault("url_file", "the address stands here and in a file", "keep one of the two");
        return None;
    }
    if !fields.has("url_file") {
        fields.require("url", &format!("\"{example}\", or url_file"));
        return url(fields, "url", schemes, example).map(|url| url.to_string());
    }
    let file = secret_file(fields, "url_file", folder)?;
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let parsed = reqwest::Url::parse(text.trim()).ok().filter(|url| schemes.contains(&url.scheme()));
    if parsed.is_none() {
        let hint = format!("write the address alone into it: {example}");
        fields.fault("url_file", "there is no address in this file", hint);
    }
    parsed.map(|url| url.to_string())
}

/// `08:00-20:00`; the end may be before the beginning, then it goes over midnight.
fn hours(fields: &Fields<'_>) -> Option<(Time, Time)> {
    let text = fields.text("hours", CHARS_MAX)?;
    let time = |text: &str| Time::strptime("%H:%M", text.trim()).ok();
    let hours = text.split_once('-').and_then(|(from, to)| Some((time(from)?, time(to)?)));
    match hours {
        Some((from, to)) if from != to => Some((from, to)),
        Some(_) => {
            fields.fault("hours", "these hours end when they begin", "leave it out to be told at any hour");
            None
        }
        None => {
            let what = format!("\"{text}\" is no stretch of a day");
            fields.fault("hours", what, "write it as \"08:00-20:00\", or \"20:00-08:00\" for the night");
            None
        }
    }
}

fn rules(fields: &Fields<'_>) -> BTreeSet<RuleKind> {
    let words = || RuleKind::ALL.iter().map(|rule| rule.word());
    known_of(fields, "rules", "rule", words)
        .into_iter()
        .filter_map(|word| RuleKind::ALL.iter().find(|rule| rule.word() == word).copied())
        .collect()
}

fn subjects(fields: &Fields<'_>) -> BTreeSet<String> {
    known_of(fields, "subjects", "kind of subject", || SUBJECTS.iter().copied())
        .into_iter()
        .map(str::to_owned)
        .collect()
}

/// The texts of a list that are among `words`; each other is a fault.
fn known_of<'f, W: Iterator<Item = &'static str> + Clone>(
    fields: &Fields<'f>,
    key: &str,
    what: &str,
    words: impl Fn() -> W,
) -> Vec<&'f str> {
    let mut known = Vec::new();
    for (text, spot) in fields.texts(key) {
        if words().any(|word| word == text) {
            known.push(text);
        } else {
            let hint = suggest(text, "what may stand here", words());
            fields.fault_at(spot, format!("\"{text}\" is no {what} we know"), hint);
        }
    }
    known
}

fn mobiles(fields: &Fields<'_>) -> Vec<String> {
    let mut mobiles = Vec::new();
    for (text, spot) in fields.texts("mobiles") {
        let digits = text.trim().trim_start_matches('+');
        if (5..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            mobiles.push(text.trim().to_owned());
        } else {
            let what = format!("\"{text}\" is not a telephone number");
            fields.fault_at(spot, what, "write digits alone: [\"13800000000\"]");
        }
    }
    mobiles
}
