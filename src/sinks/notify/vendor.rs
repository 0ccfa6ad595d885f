//! What each receiver wants a message to look like, and what it means by its answers.
//!
//! One file a receiver. Pure: the time that a signature needs is an argument, and is the time of sending: after an hour
//! offline an older one is refused. Sends nothing.

mod dingtalk;
mod feishu;
mod ntfy;
mod webhook;
mod wecom;

use std::time::Duration;

use reqwest::{StatusCode, Url};
use serde_json::Value;

use super::choose::News;
use super::pace::Allowance;
use super::words::Text;
use crate::facts::{Severity, Timestamp};
use crate::sinks::carrier::Answer;
use crate::sinks::wire::in_brief;

/// Whom a notifier speaks to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Vendor {
    /// A DingTalk group robot.
    Dingtalk,
    /// A WeCom (enterprise WeChat) group robot.
    Wecom,
    /// A Feishu or Lark custom bot.
    Feishu,
    /// Anything that takes what Prometheus' Alertmanager sends (webhook, version 4).
    Webhook,
    /// An ntfy server, and the topic there.
    Ntfy {
        /// The topic.
        topic: String,
    },
}

/// A message on its way.
#[derive(Debug)]
pub(super) struct Letter<'a> {
    pub site: &'a str,
    pub notifier: &'a str,
    /// The same whenever the same message is tried again.
    pub key: &'a str,
    pub text: &'a Text,
    /// None: a trial.
    pub news: Option<&'a News>,
    pub mobiles: &'a [String],
    pub now: Timestamp,
}

impl Letter<'_> {
    /// How much the weightiest of it matters.
    pub(super) fn severity(&self) -> Severity {
        let firing = self.news.map(|news| &news.firing[..]).unwrap_or_default();
        firing.iter().map(|alert| alert.severity).max().unwrap_or(Severity::Info)
    }

    /// Whether it is worth calling somebody by name.
    fn calls(&self) -> bool {
        !self.mobiles.is_empty() && self.severity() > Severity::Info
    }

    /// Title and lines in at most so many bytes of UTF-8: what does not fit is cut at a line, and said to be.
    fn plain(&self, bytes_max: usize) -> String {
        let mut plain = clip(&self.text.title, bytes_max).to_owned();
        for line in &self.text.lines {
            if plain.len() + 1 + line.len() + CUT.len() > bytes_max {
                plain.push_str(CUT);
                plain.truncate(clip(&plain, bytes_max).len());
                break;
            }
            plain.push('\n');
            plain.push_str(line);
        }
        plain
    }
}

/// After what had to be left out.
const CUT: &str = "\n…";

/// As much of a text as fits.
fn clip(text: &str, bytes_max: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes_max)).unwrap_or(text)
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub url: Url,
    pub headers: Vec<(&'static str, String)>,
    pub body: Value,
}

impl Vendor {
    /// The word in the configuration.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Dingtalk => "dingtalk",
            Self::Wecom => "wecom",
            Self::Feishu => "feishu",
            Self::Webhook => "webhook",
            Self::Ntfy { .. } => "ntfy",
        }
    }

    /// How often it may be spoken to: what the vendor allows, and no more than people can read.
    pub(super) const fn allowance(&self) -> Allowance {
        match self {
            // 20 a minute, and ten minutes of silence for more; of ntfy one in five seconds.
            Self::Dingtalk | Self::Wecom | Self::Ntfy { .. } => Allowance { burst: 10, every: Duration::from_secs(6) },
            // 100 a minute and 5 a second; people read no faster than elsewhere.
            Self::Feishu => Allowance { burst: 5, every: Duration::from_secs(4) },
            Self::Webhook => Allowance { burst: 20, every: Duration::from_secs(1) },
        }
    }

    /// The message as this receiver wants it.
    pub(super) fn request(&self, url: &Url, secret: Option<&str>, letter: &Letter<'_>) -> Request {
        match self {
            Self::Dingtalk => dingtalk::request(url, secret, letter),
            Self::Wecom => wecom::request(url, letter),
            Self::Feishu => feishu::request(url, secret, letter),
            Self::Webhook => webhook::request(url, secret, letter),
            Self::Ntfy { topic } => ntfy::request(url, secret, topic, letter),
        }
    }

    /// What an answer means. Three of them say 200 when they refuse: it is the body that counts.
    pub(super) fn judge(&self, status: StatusCode, body: &str) -> Answer {
        if let Some(answer) = judge_status(status, body) {
            return answer;
        }
        match self {
            Self::Dingtalk => dingtalk::judge(body),
            Self::Wecom => wecom::judge(body),
            Self::Feishu => feishu::judge(body),
            Self::Webhook | Self::Ntfy { .. } => Answer::Accepted,
        }
    }
}

/// What a status alone says; none where it is a success.
fn judge_status(status: StatusCode, body: &str) -> Option<Answer> {
    let reason = if body.is_empty() { status.to_string() } else { format!("{status}: {}", in_brief(body)) };
    match status.as_u16() {
        200..=299 => None,
        300..=399 => {
            Some(Answer::Denied(format!("{status}; redirects are not followed: put the final address in `url`")))
        }
        400 | 413 | 422 => Some(Answer::Refused(reason)),
        429 => Some(Answer::Busy(reason, Some(Duration::from_mins(1)))),
        401 | 403 => Some(Answer::Denied(format!("{reason}; check the secret"))),
        402..=499 => Some(Answer::Denied(format!("{reason}; check the address"))),
        _ => Some(Answer::Failed(reason, None)),
    }
}

/// The number and the words of an answer like `{"errcode":0,"errmsg":"ok"}`; a failure where it is none.
fn verdict_in(body: &str, code: &str, words: &str) -> Result<(i64, String), Answer> {
    let said: Value = serde_json::from_str(body)
        .map_err(|_| Answer::Failed(format!("it answered something that is not its own: {}", in_brief(body)), None))?;
    let number = said.get(code).and_then(Value::as_i64);
    let number = number.ok_or_else(|| Answer::Failed(format!("its answer has no {code}: {}", in_brief(body)), None))?;
    let said = said.get(words).and_then(Value::as_str).unwrap_or_default();
    Ok((number, format!("{code} {number}: {}", in_brief(said))))
}

/// HMAC-SHA256 in base64, as two of the receivers sign.
fn sign(key: &str, message: &str) -> String {
    use base64::Engine as _;
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key.as_bytes());
    base64::engine::general_purpose::STANDARD.encode(ring::hmac::sign(&key, message.as_bytes()))
}

#[cfg(test)]
mod tests;
