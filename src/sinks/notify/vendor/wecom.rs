//! WeCom group robots: <https://developer.work.weixin.qq.com/document/path/91770>.
//!
//! The key in the address is the secret. A text has at most 2,048 bytes, of which a Chinese sign takes three; 20
//! messages a minute; it answers 200 to everything.

use std::time::Duration;

use reqwest::Url;
use serde_json::json;

use super::{Letter, Request, verdict_in};
use crate::sinks::carrier::Answer;

/// Bytes of a text.
const BYTES_MAX: usize = 2_048;

pub(super) fn request(url: &Url, letter: &Letter<'_>) -> Request {
    let mobiles = if letter.calls() { letter.mobiles } else { &[] };
    let body = json!({
        "msgtype": "text",
        "text": { "content": letter.plain(BYTES_MAX), "mentioned_mobile_list": mobiles },
    });
    Request { url: url.clone(), headers: Vec::new(), body }
}

pub(super) fn judge(body: &str) -> Answer {
    match verdict_in(body, "errcode", "errmsg") {
        Err(answer) => answer,
        Ok((0, _)) => Answer::Accepted,
        Ok((45_009 | 45_033, said)) => Answer::Busy(said, Some(Duration::from_mins(1))),
        Ok((93_000 | 93_008 | 93_015, said)) => Answer::Denied(format!("{said}; check the key in the address")),
        Ok((-1, said)) => Answer::Failed(said, None),
        Ok((_, said)) => Answer::Refused(said),
    }
}
