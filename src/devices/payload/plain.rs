//! One value as the whole payload: `21.53`, `"21.53"`, `nan`, and `ON` or `OFF` where it tells of people or doors.
//!
//! The quantity comes from the configuration or the topic; nothing is guessed from the value.

use super::gather::Gathering;
use super::json::{self, Json};
use super::quantity::{Unfit, Unit, digits_of};
use super::reason::{Reason, clip};
use super::{Decoded, Message, Nothing, vocabulary};
use crate::facts::{Metric, Milli};

pub(super) fn decode(metric: Metric, message: &Message<'_>) -> Result<Decoded, Reason> {
    value(metric, Unit::of(metric), message.payload)
}

/// Reads a payload that is one value of `metric` in `unit`.
pub(super) fn value(metric: Metric, unit: Unit, payload: &[u8]) -> Result<Decoded, Reason> {
    let text = json::plain(payload)?.trim();
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text).trim();
    if text.starts_with(['{', '[']) {
        let found = Json::read(text).map_or("not a number", |json| json.kind());
        return Err(Reason::WrongType { path: "the payload".into(), found, wanted: "one number and nothing else" });
    }
    let mut gathering = Gathering::default();
    let switch =
        if metric == Metric::Occupancy || metric == Metric::Contact { vocabulary::switched(text) } else { None };
    let number = match switch {
        Some(on) => Ok(Milli::from_whole(i64::from(on))),
        None => digits_of(text),
    };
    match number {
        Ok(number) => gathering.put(None, metric, unit, "the payload", number),
        // Home Assistant's and Homie's words for "no value".
        Err(Unfit::NotANumber(word)) if matches!(word.as_str(), "null" | "unknown" | "unavailable" | "None" | "") => {
            gathering.take(None, metric, unit, "the payload", &Json::Null);
        }
        Err(Unfit::NotANumber(_)) => gathering.refuse(None, metric, "the payload", Unfit::NotANumber(clip(text))),
        Err(why) => gathering.refuse(None, metric, "the payload", why),
    }
    Ok(Decoded::of(gathering.finish(Nothing::NoValue)?))
}
