//! `[[notify]]`: who is told of alerts, and how.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use crate::document::{Fields, suggest};
use crate::facts::{Name, RuleKind, Severity, Span};

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

/// Whom a notifier speaks to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotifyKind {
    /// A DingTalk group robot.
    Dingtalk,
    /// A WeCom group robot.
    Wecom,
    /// A Feishu or Lark custom bot.
    Feishu,
    /// Alertmanager's webhook, version 4.
    Webhook,
    /// An ntfy server and a topic there.
    Ntfy(String),
}

/// One `[[notify]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotifyConfig {
    /// Its name, unlike every other's.
    pub name: Name,
    /// Whom it speaks to.
    pub kind: NotifyKind,
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
        "min_severity",
        "rules",
        "subjects",
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
        let kind = kind(&fields);
        let url = address(&fields, folder);
        let secret_file = secret_file(&fields, "secret_file", folder);
        if secret_file.is_some() && kind == Some(NotifyKind::Wecom) {
            let what = "a WeCom robot has no secret beside its address";
            fields.fault("secret_file", what, "take it out; the key is in the address");
        }
        let name = fields.name("name").or_else(|| fields.raw_text("kind")?.parse().ok());
        if let Some(name) = &name {
            names.check(&fields, if fields.has("name") { "name" } else { "kind" }, name.as_str(), "notifier");
        }
        let (rules, subjects, mobiles) = (rules(&fields), subjects(&fields), mobiles(&fields));
        let min_severity = fields.word("min_severity", SEVERITIES).unwrap_or(Severity::Warning);
        let after = fields.span("after", &AFTER).unwrap_or(Span::ZERO);
        let resolved = fields.flag("resolved").unwrap_or(true);
        let languages = [("zh-CN", Language::Chinese), ("en", Language::English)];
        let language = fields.word("language", &languages).unwrap_or(site.language);
        let personal_data = fields.flag("personal_data").unwrap_or(false);
        let (Some(kind), Some(url), Some(name)) = (kind, url, name) else { continue };
        notifiers.push(NotifyConfig {
            name,
            kind,
            url,
            secret_file,
            min_severity,
            rules,
            subjects,
            after,
            resolved,
            mobiles,
            language,
            personal_data,
        });
    }
    notifiers
}

fn kind(fields: &Fields<'_>) -> Option<NotifyKind> {
    let text = fields.raw_text("kind")?;
    let topic = fields.text("topic", CHARS_MAX);
    if topic.is_some() && text != "ntfy" {
        fields.fault("topic", format!("\"{text}\" has no topics"), "take it out; topics are ntfy's");
    }
    match text {
        "dingtalk" => Some(NotifyKind::Dingtalk),
        "wecom" => Some(NotifyKind::Wecom),
        "feishu" => Some(NotifyKind::Feishu),
        "webhook" => Some(NotifyKind::Webhook),
        "ntfy" => {
            fields.require("topic", "\"venue-ops\"");
            Some(NotifyKind::Ntfy(topic?))
        }
        "mail" | "mqtt" => {
            let what = format!("notifying by {text} is not in this version");
            fields.fault("kind", what, "use a messenger, ntfy, or kind = \"webhook\" to something that sends it on");
            None
        }
        other => {
            let hint = suggest(other, "kinds", ["dingtalk", "wecom", "feishu", "webhook", "ntfy"]);
            fields.fault("kind", format!("\"{other}\" is not a kind of notifier"), hint);
            None
        }
    }
}

/// The address, from here or from a file of its own.
fn address(fields: &Fields<'_>, folder: &Path) -> Option<String> {
    const EXAMPLE: &str = "https://oapi.dingtalk.com/robot/send?access_token=…";
    if fields.has("url") && fields.has("url_file") {
        fields.fault("url_file", "the address stands here and in a file", "keep one of the two");
        return None;
    }
    if !fields.has("url_file") {
        fields.require("url", &format!("\"{EXAMPLE}\", or url_file"));
        return url(fields, "url", &["http", "https"], EXAMPLE).map(|url| url.to_string());
    }
    let file = secret_file(fields, "url_file", folder)?;
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let parsed = reqwest::Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    if parsed.is_none() {
        fields.fault(
            "url_file",
            "there is no address in this file",
            format!("write the address alone into it: {EXAMPLE}"),
        );
    }
    parsed.map(|url| url.to_string())
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
