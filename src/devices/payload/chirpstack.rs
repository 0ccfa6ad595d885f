//! ChirpStack v4: `application/<id>/device/<devEui>/event/<event>`.
//!
//! Source: the ChirpStack documentation, integrations, event types. Its codecs leave out zero and false, so a missing
//! member says nothing.

use super::gather::Gathering;
use super::json::{self, Json};
use super::quantity::Unit;
use super::reason::Reason;
use super::{Decoded, Message, Nothing, lorawan, times};
use crate::facts::{Metric, Presence};

pub(super) fn decode(message: &Message<'_>) -> Result<Decoded, Reason> {
    let levels = message.levels();
    let event = match levels.as_slice() {
        [.., "device", _, "event", event] => *event,
        [.., "device", _, "command", _] => return Ok(Decoded::nothing(Nothing::Configuration)),
        [.., "device", _, "state", _] => return Ok(Decoded::nothing(Nothing::LinkStatus)),
        _ => return Err(Reason::TopicForm { wanted: "application/<id>/device/<devEui>/event/up" }),
    };
    let text = json::text(message.payload)?;
    let json = Json::read(&text)?.object()?;
    let decoded = match event {
        "up" => match json.get("object") {
            Some(object @ Json::Object(_)) => Decoded::of(lorawan::values(object, "$.object")?),
            Some(_) | None => return Err(Reason::NoCodec { path: "$.object".into() }),
        },
        "status" => status(&json)?,
        "join" => Decoded::presence(Presence::Online, "joined the network"),
        _ => Decoded::nothing(Nothing::Event),
    };
    let room = json.at(&["deviceInfo", "tags", "room"]).and_then(Json::as_text);
    let room = room.and_then(|room| room.parse().ok());
    let time = json.get("time").and_then(|time| times::any(time, message.zone));
    Ok(Decoded { room, ..decoded.at(time, message) })
}

fn status(json: &Json<'_>) -> Result<Decoded, Reason> {
    let says = |key: &str| json.get(key).and_then(Json::as_bool) == Some(true);
    let mut gathering = Gathering::default();
    if let Some(level) =
        json.get("batteryLevel").filter(|_| !says("externalPowerSource") && !says("batteryLevelUnavailable"))
    {
        gathering.take(None, Metric::Battery, Unit::Percent, "$.batteryLevel", level);
    }
    Ok(Decoded::of(gathering.finish(Nothing::LinkStatus)?))
}
