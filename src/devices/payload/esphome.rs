//! ESPHome: `<prefix>/sensor/<object>/state` with one number, `<prefix>/binary_sensor/<object>/state` with ON or OFF.
//!
//! Source: ESPHome's MQTT component. The quantity is told by the object's name only, which the owner chose; where it
//! is not, the reason asks for `bare`.

use super::gather::Gathering;
use super::json;
use super::plain;
use super::quantity::{Unfit, Unit};
use super::reason::{Reason, clip};
use super::{Decoded, Message, Nothing, availability, vocabulary};
use crate::facts::{Metric, Milli};

pub(super) fn decode(message: &Message<'_>) -> Result<Decoded, Reason> {
    let levels = message.levels();
    match levels.as_slice() {
        [_, .., "status"] => availability(message.payload),
        [_, .., "sensor", object, "state"] => {
            let (metric, unit) = vocabulary::quantity_in_phrase(object)
                .ok_or_else(|| Reason::UnknownQuantity { found: clip(object) })?;
            plain::value(metric, unit, message.payload)
        }
        [_, .., "binary_sensor", object, "state"] => binary(object, message.payload),
        [_, .., "debug"] => Ok(Decoded::nothing(Nothing::LinkStatus)),
        [_, .., "command"] => Ok(Decoded::nothing(Nothing::Configuration)),
        [_, .., _, _, "state"] => Ok(Decoded::nothing(Nothing::NotASensor)),
        _ => Err(Reason::TopicForm { wanted: "<node>/sensor/<object>/state or <node>/status" }),
    }
}

/// A door's sensor is ON when it is open, as its device class has it; a movement's when somebody is there.
fn binary(object: &str, payload: &[u8]) -> Result<Decoded, Reason> {
    const DOORS: [&str; 4] = ["door", "window", "contact", "opening"];
    const PEOPLE: [&str; 5] = ["motion", "occupancy", "presence", "pir", "radar"];
    let folded = vocabulary::folded(object);
    let named = |words: &[&str]| words.iter().any(|word| folded.contains(word));
    let (metric, unit) = match (named(&DOORS), named(&PEOPLE)) {
        (true, _) => (Metric::Contact, Unit::Open),
        (false, true) => (Metric::Occupancy, Unit::Count),
        (false, false) => return Ok(Decoded::nothing(Nothing::Switches)),
    };
    let text = json::plain(payload)?;
    let mut gathering = Gathering::default();
    match vocabulary::switched(text) {
        Some(on) => gathering.put(None, metric, unit, "the payload", Milli::from_whole(i64::from(on))),
        None => gathering.refuse(None, metric, "the payload", Unfit::NotANumber(clip(text))),
    }
    Ok(Decoded::of(gathering.finish(Nothing::NoValue)?))
}
