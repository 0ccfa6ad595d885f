//! What the answers of a collector mean.
//!
//! Pure: the time is an argument. Statuses after RFC 9110 and the contract; what is done about each: see `delivery`.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};

use crate::facts::Timestamp;
use crate::sinks::carrier::Answer;

/// What an answer means. `now` is our time, for a date to come back at where the answer has no date of its own.
pub(super) fn judge(status: StatusCode, headers: &HeaderMap, said: &str, now: Timestamp) -> Answer {
    let reason = if said.is_empty() { status.to_string() } else { format!("{status}: {said}") };
    match status.as_u16() {
        200..=299 => Answer::Accepted,
        400 | 422 => Answer::Refused(reason),
        413 => Answer::TooLarge(reason),
        429 => Answer::Busy(reason, asked_wait(headers, now)),
        503 => Answer::Failed(reason, asked_wait(headers, now)),
        // Too slow for it, not done with the same delivery yet, or willing a little later.
        408 | 409 | 425 => Answer::Failed(reason, None),
        300..=399 => {
            let place = headers.get("location").and_then(|place| place.to_str().ok()).unwrap_or("an unnamed place");
            Answer::Denied(format!("{status} to {place}; redirects are not followed: put the final address in `url`"))
        }
        401 | 403 => Answer::Denied(format!("{reason}; check the token")),
        402..=499 => Answer::Denied(format!("{reason}; check the address and what it accepts")),
        _ => Answer::Failed(reason, None),
    }
}

fn asked_wait(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    // Its own date is better than ours: our clock may be wrong, and the wait is between two of its times.
    let now = text(DATE).and_then(http_date).unwrap_or(now);
    retry_after(text(RETRY_AFTER)?, now)
}

/// `Retry-After` (RFC 9110, 10.2.3): whole seconds, or a date, which counts from `now`; none if it is neither.
fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if value.bytes().all(|byte| byte.is_ascii_digit()) && !value.is_empty() {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let ms = http_date(value)?.since(now).as_millis().max(0);
    Some(Duration::from_millis(ms.unsigned_abs()))
}

/// A date as HTTP writes it (RFC 9110, 5.6.7, the preferred form).
fn http_date(text: &str) -> Option<Timestamp> {
    let parsed = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Timestamp::from_millis(parsed.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-23T02:17:20Z".parse().unwrap()
    }

    #[test]
    fn a_wait_is_read_in_seconds_or_as_a_date() {
        let s = |n| Some(Duration::from_secs(n));
        for (value, want) in [
            ("120", s(120)),
            (" 0 ", s(0)),
            ("99999999999999999999999", s(u64::MAX)),
            ("Mon, 23 Nov 2026 02:18:20 GMT", s(60)),
            ("Mon, 23 Nov 2026 02:17:20 GMT", s(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", s(0)),
            ("-5", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after(value, now()), want, "{value:?}");
        }
    }

    #[test]
    fn a_date_to_come_back_at_counts_from_the_answers_own_date() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT"));
        assert_eq!(asked_wait(&headers, now()), Some(Duration::ZERO));
        headers.insert(DATE, HeaderValue::from_static("Sun, 06 Nov 1994 08:49:07 GMT"));
        assert_eq!(asked_wait(&headers, now()), Some(Duration::from_secs(30)));
    }

    #[test]
    fn each_status_has_its_meaning() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static("7"));
        for (status, want) in [
            (200, "accepted"),
            (202, "accepted"),
            (204, "accepted"),
            (302, "denied"),
            (400, "refused"),
            (401, "denied"),
            (403, "denied"),
            (404, "denied"),
            (408, "failed"),
            (409, "failed"),
            (410, "denied"),
            (413, "too large"),
            (415, "denied"),
            (422, "refused"),
            (429, "busy 7"),
            (500, "failed"),
            (502, "failed"),
            (503, "failed 7"),
            (599, "failed"),
        ] {
            let answer = judge(StatusCode::from_u16(status).unwrap(), &headers, "said", now());
            let wait = |wait: Option<Duration>| wait.map_or(String::new(), |wait| format!(" {}", wait.as_secs()));
            let got = match answer {
                Answer::Accepted => "accepted".to_owned(),
                Answer::TooLarge(_) => "too large".to_owned(),
                Answer::Refused(_) => "refused".to_owned(),
                Answer::Busy(_, w) => format!("busy{}", wait(w)),
                Answer::Failed(_, w) => format!("failed{}", wait(w)),
                Answer::Late(_) => "late".to_owned(),
                Answer::Unreachable(_) => "unreachable".to_owned(),
                Answer::Denied(_) => "denied".to_owned(),
            };
            assert_eq!(got, want, "{status}");
        }
    }
}
