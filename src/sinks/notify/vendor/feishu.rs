//! Feishu and Lark custom bots: <https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot>.
//!
//! The signature goes into the body: HMAC-SHA256 of nothing under `<seconds>\n<secret>`. At most 20 KB, 100 messages a
//! minute and five a second; it answers 200 to most things.

use std::time::Duration;

use reqwest::Url;
use serde_json::json;

use super::{Letter, Request, sign, verdict_in};
use crate::sinks::carrier::Answer;

/// Bytes of a text, so that the whole stays below 20 KB.
const BYTES_MAX: usize = 18_000;

pub(super) fn request(url: &Url, secret: Option<&str>, letter: &Letter<'_>) -> Request {
    let mut body = json!({ "msg_type": "text", "content": { "text": letter.plain(BYTES_MAX) } });
    if let Some(secret) = secret {
        let stamp = (letter.now.as_millis() / 1000).to_string();
        body["sign"] = sign(&format!("{stamp}\n{secret}"), "").into();
        body["timestamp"] = stamp.into();
    }
    Request { url: url.clone(), headers: Vec::new(), body }
}

pub(super) fn judge(body: &str) -> Answer {
    match verdict_in(body, "code", "msg") {
        Err(answer) => answer,
        Ok((0, _)) => Answer::Accepted,
        Ok((11_232 | 11_233 | 9_499_001, said)) => Answer::Busy(said, Some(Duration::from_mins(1))),
        Ok((19_021, said)) => Answer::Denied(format!("{said}; check the secret, and that the gateway's time is right")),
        Ok((19_001 | 19_002 | 19_022 | 19_024, said)) => {
            Answer::Denied(format!("{said}; check the address, and the bot's keywords and addresses"))
        }
        Ok((_, said)) => Answer::Refused(said),
    }
}
