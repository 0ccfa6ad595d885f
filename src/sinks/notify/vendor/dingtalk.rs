//! DingTalk group robots: <https://open.dingtalk.com/document/robots/custom-robot-access>.
//!
//! The signature goes into the address: HMAC-SHA256 of `<milliseconds>\n<secret>` under the secret. A robot takes 20
//! messages a minute and is deaf for ten minutes after more; it answers 200 to everything.

use std::time::Duration;

use reqwest::Url;
use serde_json::json;

use super::{Letter, Request, sign, verdict_in};
use crate::sinks::carrier::Answer;

/// Bytes of a text; the vendor takes 20,000.
const BYTES_MAX: usize = 18_000;
/// How long a robot does not listen after too many messages.
const DEAF: Duration = Duration::from_mins(10);

pub(super) fn request(url: &Url, secret: Option<&str>, letter: &Letter<'_>) -> Request {
    let mut url = url.clone();
    if let Some(secret) = secret {
        let stamp = letter.now.as_millis().to_string();
        let signature = sign(secret, &format!("{stamp}\n{secret}"));
        url.query_pairs_mut().append_pair("timestamp", &stamp).append_pair("sign", &signature);
    }
    let mobiles = if letter.calls() { letter.mobiles } else { &[] };
    let body = json!({
        "msgtype": "text",
        "text": { "content": letter.plain(BYTES_MAX) },
        "at": { "atMobiles": mobiles, "isAtAll": false },
    });
    Request { url, headers: Vec::new(), body }
}

pub(super) fn judge(body: &str) -> Answer {
    match verdict_in(body, "errcode", "errmsg") {
        Err(answer) => answer,
        Ok((0, _)) => Answer::Accepted,
        Ok((130_101 | 130_102, said)) => Answer::Busy(said, Some(DEAF)),
        Ok((310_000, said)) => Answer::Denied(format!(
            "{said}; check the secret, the robot's keywords and addresses, and that the gateway's time is right"
        )),
        Ok((300_001 | 40_035 | 400_101 | 400_102, said)) => Answer::Denied(format!("{said}; check the address")),
        Ok((-1, said)) => Answer::Failed(said, None),
        Ok((_, said)) => Answer::Refused(said),
    }
}
