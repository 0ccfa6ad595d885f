//! Homie 3 to 5: `homie/5/<device>/<node>/<property>`, one value a topic, and `$state`.
//!
//! Source: the Homie convention. The quantity is told by the property's id, or else by the node's; units are taken as
//! the convention recommends them (°C), because the description that could say otherwise comes in another message.

use super::plain;
use super::reason::{Reason, clip};
use super::{Decoded, Message, Nothing, availability, vocabulary};

pub(super) fn decode(message: &Message<'_>) -> Result<Decoded, Reason> {
    let levels = message.levels();
    match levels.as_slice() {
        ["homie", "5", _, "$state"] | ["homie", _, "$state"] => availability(message.payload),
        [.., "set"] => Ok(Decoded::nothing(Nothing::Configuration)),
        ["homie", rest @ ..] if rest.iter().any(|level| level.starts_with('$')) => {
            Ok(Decoded::nothing(Nothing::Configuration))
        }
        ["homie", "5", _, node, property] | ["homie", _, node, property] => {
            let (metric, unit) = vocabulary::quantity_in_phrase(property)
                .or_else(|| vocabulary::quantity(node))
                .ok_or_else(|| Reason::UnknownQuantity { found: clip(property) })?;
            plain::value(metric, unit, message.payload)
        }
        _ => Err(Reason::TopicForm { wanted: "homie/5/<device>/<node>/<property> or homie/5/<device>/$state" }),
    }
}
