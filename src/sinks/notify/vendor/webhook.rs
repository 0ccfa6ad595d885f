//! Any receiver of Alertmanager's webhook, version 4:
//! <https://prometheus.io/docs/alerting/latest/configuration/#webhook_config>.
//!
//! A bearer token, where there is one, is the secret. `Idempotency-Key` is the same whenever the same message is tried
//! again. The status alone says whether it is accepted.

use std::collections::BTreeMap;

use reqwest::Url;
use serde_json::{Value, json};

use super::{Letter, Request};
use crate::facts::{Alert, AlertState, Timestamp, Value as Fact};

/// Alerts in one message; how many more there are is said.
const ALERTS_MAX: usize = 100;
/// What Alertmanager writes for an end that is not known yet.
const NO_END: &str = "0001-01-01T00:00:00Z";

pub(super) fn request(url: &Url, secret: Option<&str>, letter: &Letter<'_>) -> Request {
    let news = letter.news;
    let alerts: Vec<Value> = alerts_of(letter).take(ALERTS_MAX).map(one).collect();
    let firing = news.is_none_or(|news| !news.firing.is_empty());
    let body = json!({
        "version": "4",
        "groupKey": format!("{}/{}", letter.site, letter.key),
        "truncatedAlerts": alerts_of(letter).count().saturating_sub(ALERTS_MAX),
        "status": if firing { "firing" } else { "resolved" },
        "receiver": letter.notifier,
        "groupLabels": {},
        "commonLabels": { "site": letter.site },
        "commonAnnotations": { "summary": letter.text.title, "description": letter.text.lines.join("\n") },
        "externalURL": "",
        "alerts": alerts,
    });
    let mut headers = vec![("idempotency-key", format!("\"{}\"", letter.key))];
    headers.extend(secret.map(|token| ("authorization", format!("Bearer {token}"))));
    Request { url: url.clone(), headers, body }
}

fn alerts_of<'a>(letter: &'a Letter<'_>) -> impl Iterator<Item = &'a Alert> {
    letter.news.into_iter().flat_map(|news| news.firing.iter().chain(&news.over))
}

fn one(alert: &Alert) -> Value {
    // Whoever reads Alertmanager's messages takes texts alone here.
    let text = |value: &Fact| match value {
        Fact::Text(text) => text.clone(),
        Fact::Number(number) => number.to_string(),
    };
    let annotations: BTreeMap<&str, String> =
        alert.values.iter().map(|(key, value)| (key.as_ref(), text(value))).collect();
    let over = alert.state == AlertState::Resolved;
    let stamp = |at: Option<Timestamp>| at.map_or(NO_END.to_owned(), |at| at.to_string());
    json!({
        "status": if over { "resolved" } else { "firing" },
        "labels": {
            "alertname": alert.rule.word(),
            "subject": alert.subject.to_string(),
            "severity": alert.severity,
            "alert": alert.id,
        },
        "annotations": annotations,
        "startsAt": stamp(alert.fired_at.or(Some(alert.pending_at))),
        "endsAt": stamp(alert.resolved_at),
        "generatorURL": "",
        "fingerprint": alert.id,
    })
}
