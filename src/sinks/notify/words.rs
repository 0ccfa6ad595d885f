//! A message in words, in the reader's language.
//!
//! A personal name is said only where `names` allows it. Pure. What is said of an alert: see `phrases`.

use jiff::tz::TimeZone;

use super::choose::{Form, News};
use crate::facts::plan::Person;
use crate::facts::{Alert, Name, Severity, Span, Subject, Timestamp, Value};
use crate::plan::Directory;

/// The languages that notifiers speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Simplified Chinese.
    Chinese,
    /// English.
    English,
}

/// Alerts in a line each, in a message that is no list of all.
const LISTED_MAX: usize = 10;

/// A message in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    /// The matter in a line.
    pub title: String,
    /// What is known, the weightiest first.
    pub lines: Vec<String>,
}

/// How one notifier speaks.
pub(super) struct Words<'a> {
    pub language: Language,
    pub zone: &'a TimeZone,
    pub site: &'a str,
    pub directory: &'a Directory,
    /// Whether guests, hosts and their contacts may be named.
    pub names: bool,
    pub now: Timestamp,
}

impl Words<'_> {
    /// A message about these news.
    pub(super) fn tell(&self, news: &News) -> Text {
        let mut lines = Vec::new();
        let title = match (news.form, &news.firing[..], &news.over[..]) {
            (Form::Full, [alert], []) => {
                lines.extend(self.facts(alert));
                lines.push(self.todo(alert).to_owned());
                self.marked(alert)
            }
            (Form::Full, [], [alert]) => self.ended(alert),
            (Form::Full | Form::Summary | Form::Flood { .. } | Form::Ebb, firing, over) => {
                lines.extend(self.tide(news.form));
                self.list(&mut lines, firing, over, news.form == Form::Full);
                match (firing.len(), over.len()) {
                    (0, over) => self.of(&format!("{over} alerts are over"), &format!("{over} 项告警已解除")),
                    (firing, 0) => self.of(&format!("{firing} alerts"), &format!("{firing} 项告警")),
                    (firing, over) => {
                        self.of(&format!("{firing} alerts, {over} over"), &format!("{firing} 项告警，{over} 项已解除"))
                    }
                }
            }
            (Form::Rested { since }, firing, over) => {
                self.list(&mut lines, firing, over, false);
                let (begun, fired, still) = (self.clock(since), firing.len() + news.passed, firing.len());
                self.of(
                    &format!("Outside your hours, since {begun}: {fired} alerts, {still} still open"),
                    &format!("值守时段之外（{begun} 起）：共 {fired} 项告警，{still} 项仍未解除"),
                )
            }
            (Form::Digest { since }, firing, over) => {
                self.list(&mut lines, firing, over, false);
                let (begun, fired, still) = (self.clock(since), firing.len() + news.passed, firing.len());
                self.of(
                    &format!("Since {begun} nothing could be sent: {fired} alerts, {still} still open"),
                    &format!("{begun} 起未能发送通知：共 {fired} 项告警，{still} 项仍未解除"),
                )
            }
        };
        Text { title: format!("[{}] {title}", self.site), lines }
    }

    /// What is said of a flood of alerts, where there is one.
    fn tide(&self, form: Form) -> Option<String> {
        match form {
            Form::Flood { until } => {
                let until = self.clock(until);
                Some(self.of(
                    &format!(
                        "More than 10 alerts came in 10 minutes: further ones are gathered until {until}, urgent ones \
                         for a minute."
                    ),
                    &format!("10 分钟内告警超过 10 项：后续告警将于 {until} 汇总发送，紧急告警最多等待 1 分钟。"),
                ))
            }
            Form::Ebb => {
                Some(self.of("Fewer alerts come now: they are told one by one again.", "告警已减少，恢复逐条通知。"))
            }
            Form::Full | Form::Summary | Form::Digest { .. } | Form::Rested { .. } => None,
        }
    }

    /// A message that only tries the way.
    pub(super) fn trial(&self) -> Text {
        let clock = self.clock(self.now);
        Text {
            title: format!("[{}] {}", self.site, self.of("Test message", "测试消息")),
            lines: vec![self.of(
                &format!("Sent at {clock}. Alerts will come this way."),
                &format!("发送于 {clock}。告警将通过此渠道通知。"),
            )],
        }
    }

    fn list(&self, lines: &mut Vec<String>, firing: &[Alert], over: &[Alert], all: bool) {
        for alert in firing.iter().take(LISTED_MAX) {
            lines.push(self.marked(alert));
            if all {
                lines.extend(self.facts(alert).into_iter().map(|fact| format!("  {fact}")));
            }
        }
        let ended = over.iter().take(LISTED_MAX.saturating_sub(firing.len()));
        lines.extend(ended.map(|alert| self.ended(alert)));
        let left = (firing.len() + over.len()).saturating_sub(LISTED_MAX);
        if left > 0 {
            lines.push(self.of(&format!("and {left} more, on the dashboard"), &format!("另有 {left} 项，见看板")));
        }
    }

    /// What is the matter, after a word for how much it matters.
    fn marked(&self, alert: &Alert) -> String {
        let title = self.title(alert);
        let taken =
            alert.acknowledged_by.as_ref().map(|by| self.of(&format!(" ({by} has it)"), &format!("（{by} 已确认）")));
        let mark = match alert.severity {
            Severity::Critical => self.of("Urgent: ", "紧急："),
            Severity::Warning => String::new(),
            Severity::Info => self.of("For information: ", "提示："),
        };
        format!("{mark}{title}{}", taken.unwrap_or_default())
    }

    fn ended(&self, alert: &Alert) -> String {
        let (matter, how) = (self.matter(alert), self.end(alert.resolution));
        self.of(&format!("Over: {matter}, {how}"), &format!("已解除：{matter}，{how}"))
    }

    pub(super) fn name(&self, alert: &Alert) -> String {
        match &alert.subject {
            Subject::Guest(code) => {
                let name = self.person(&alert.subject).and_then(|person| person.name.clone());
                let name = name.unwrap_or_else(|| self.of(&format!("Guest {code}"), &format!("来宾 {code} ")));
                let vip = text(alert, "tier") == Some("vip");
                let (en, zh) = (format!("{} (VIP)", name.trim_end()), format!("{}（VIP）", name.trim_end()));
                if vip { self.of(&en, &zh) } else { name }
            }
            Subject::Vehicle(id) => self.vehicle(id),
            Subject::Room(id) => self.place(id.as_str()),
            Subject::Sensor(room, sensor) => {
                let room = self.place(room.as_str());
                self.of(&format!("Sensor {sensor} in {room}"), &format!("{room}的传感器 {sensor} "))
            }
            Subject::Kiosk(id) => self.of(&format!("Kiosk {id}"), &format!("签到机 {id} ")),
            Subject::Link(id) => self.of(&format!("The connection {id}"), &format!("连接 {id} ")),
            Subject::Operator(id) => id.to_string(),
            Subject::Gateway => self.of("The gateway", "网关"),
        }
    }

    pub(super) fn person(&self, subject: &Subject) -> Option<&Person> {
        match subject {
            Subject::Guest(code) if self.names => self.directory.person(code),
            Subject::Guest(_)
            | Subject::Vehicle(_)
            | Subject::Room(_)
            | Subject::Sensor(..)
            | Subject::Kiosk(_)
            | Subject::Link(_)
            | Subject::Operator(_)
            | Subject::Gateway => None,
        }
    }

    pub(super) fn vehicle(&self, id: &Name) -> String {
        // A vehicle's display name may be its driver's.
        match self.directory.vehicle_name(id).filter(|_| self.names) {
            Some(name) => name.to_owned(),
            None => self.of(&format!("Vehicle {id}"), &format!("车辆 {id} ")),
        }
    }

    pub(super) fn place(&self, id: &str) -> String {
        let name = id.parse().ok().and_then(|id| self.directory.room_name(&id));
        name.unwrap_or(id).to_owned()
    }

    pub(super) fn clock(&self, at: Timestamp) -> String {
        let there = |at: Timestamp| jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
        let (then, today) = (there(at).to_zoned(self.zone.clone()), there(self.now).to_zoned(self.zone.clone()));
        let form = if then.date() == today.date() { "%H:%M" } else { "%m-%d %H:%M" };
        then.strftime(form).to_string()
    }

    /// `12 s`, `35 min`, `2 h 10 min`, `1 d 3 h`; whole units rounded down.
    pub(super) fn span(&self, span: Span) -> String {
        let s = span.as_secs().max(0);
        let (d, h, m) = (s / 86_400, s / 3_600 % 24, s / 60 % 60);
        match (d, h, m) {
            (0, 0, 0) => self.of(&format!("{s} s"), &format!("{s} 秒")),
            (0, 0, m) => self.of(&format!("{m} min"), &format!("{m} 分钟")),
            (0, h, 0) => self.of(&format!("{h} h"), &format!("{h} 小时")),
            (0, h, m) => self.of(&format!("{h} h {m} min"), &format!("{h} 小时 {m} 分钟")),
            (d, 0, _) => self.of(&format!("{d} d"), &format!("{d} 天")),
            (d, h, _) => self.of(&format!("{d} d {h} h"), &format!("{d} 天 {h} 小时")),
        }
    }

    pub(super) fn of(&self, en: &str, zh: &str) -> String {
        match self.language {
            Language::Chinese => zh,
            Language::English => en,
        }
        .to_owned()
    }
}

pub(super) fn text<'a>(alert: &'a Alert, key: &str) -> Option<&'a str> {
    match alert.values.get(key)? {
        Value::Text(text) => Some(text),
        Value::Number(_) => None,
    }
}

pub(super) fn moment(alert: &Alert, key: &str) -> Option<Timestamp> {
    text(alert, key)?.parse().ok()
}

/// A length, whose key ends in `_s`.
pub(super) fn span(alert: &Alert, key: &str) -> Option<Span> {
    match alert.values.get(key)? {
        Value::Number(seconds) => Some(Span::from_secs(seconds.whole())),
        Value::Text(_) => None,
    }
}

/// A measured value with its unit.
pub(super) fn value(alert: &Alert, key: &str) -> Option<String> {
    let Value::Number(number) = alert.values.get(key)? else { return None };
    let unit = match text(alert, "metric").unwrap_or_default() {
        "temperature" => " °C",
        "humidity" | "battery" => "%",
        "co2" => " ppm",
        "pm25" | "pm10" => " µg/m³",
        "tvoc" => " ppb",
        _ => "",
    };
    Some(format!("{number}{unit}"))
}
