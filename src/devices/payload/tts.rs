//! The Things Stack v3: `v3/<application>@<tenant>/devices/<device>/up`.
//!
//! Source: The Things Stack's documentation, MQTT server and data formats.

use super::json::{self, Json};
use super::reason::Reason;
use super::{Decoded, Message, Nothing, lorawan, times};
use crate::facts::Presence;

pub(super) fn decode(message: &Message<'_>) -> Result<Decoded, Reason> {
    let levels = message.levels();
    let event = match levels.as_slice() {
        [.., "devices", _, event] => *event,
        [.., "devices", _, _, _] => return Ok(Decoded::nothing(Nothing::Event)),
        _ => return Err(Reason::TopicForm { wanted: "v3/<application>@<tenant>/devices/<device>/up" }),
    };
    let text = json::text(message.payload)?;
    let json = Json::read(&text)?.object()?;
    let decoded = match event {
        "up" => match json.at(&["uplink_message", "decoded_payload"]) {
            Some(object @ Json::Object(_)) => Decoded::of(lorawan::values(object, "$.uplink_message.decoded_payload")?),
            Some(_) | None => return Err(Reason::NoCodec { path: "$.uplink_message.decoded_payload".into() }),
        },
        "join" => Decoded::presence(Presence::Online, "joined the network"),
        _ => Decoded::nothing(Nothing::Event),
    };
    let time = json.get("received_at").and_then(|time| times::any(time, message.zone));
    Ok(decoded.at(time, message))
}
