//! OwnTracks: `owntracks/<user>/<device>`, a phone's position; here the phone of a vehicle.
//!
//! Source: the OwnTracks booklet, JSON. The speed is left out by some versions when it is 0 and by others when it is
//! not known, so a missing one is taken as not known.

use super::json::{self, Json};
use super::native;
use super::reason::{Reason, clip};
use super::{Decoded, Message, Nothing, Observed, times};
use crate::facts::{Milli, Position, Presence, Timestamp};

pub(super) fn decode(message: &Message<'_>) -> Result<Decoded, Reason> {
    let levels = message.levels();
    match levels.as_slice() {
        ["owntracks", _, _] | ["owntracks", _, _, "event" | "waypoint"] => {}
        ["owntracks", _, _, ..] => return Ok(Decoded::nothing(Nothing::Configuration)),
        _ => return Err(Reason::TopicForm { wanted: "owntracks/<user>/<device>" }),
    }
    let text = json::text(message.payload)?;
    let json = Json::read(&text)?.object()?;
    let kind = json.get("_type").and_then(Json::as_text);
    let kind =
        kind.ok_or(Reason::Missing { path: "$._type".into(), wanted: "location, lwt or another OwnTracks type" })?;
    let time = json.get("tst").and_then(Json::as_digits).and_then(times::seconds);
    match kind {
        "location" => Ok(Decoded::of(Observed::Position(location(&json, time)?)).at(time, message)),
        "lwt" => Ok(Decoded::presence(Presence::Offline, "its last will")),
        "encrypted" => Err(Reason::Encrypted),
        "transition" | "waypoint" | "waypoints" | "beacon" | "card" | "cmd" | "configuration" | "steps" | "status"
        | "request" | "dump" => Ok(Decoded::nothing(Nothing::Event)),
        other => Err(Reason::Word {
            path: "$._type".into(),
            found: clip(other),
            known: "location, lwt, transition, encrypted",
        }),
    }
}

fn location(json: &Json<'_>, fix_at: Option<Timestamp>) -> Result<Position, Reason> {
    let coordinate = |key: &'static str, path: &'static str| match json.get(key).and_then(Json::as_digits) {
        Some(digits) => digits.parse().map_err(|fault| Reason::Number { path: path.into(), fault }),
        None => Err(Reason::Missing { path: path.into(), wanted: "degrees" }),
    };
    // iOS writes -1 for "not known".
    let known = |key: &str| json.get(key).and_then(Json::as_digits)?.parse::<Milli>().ok().filter(|v| v.raw() >= 0);
    let (lat, lon) = native::coordinates(coordinate("lat", "$.lat")?, coordinate("lon", "$.lon")?)?;
    Ok(Position {
        lat,
        lon,
        speed_kmh: known("vel"),
        course: known("cog").map(native::north).filter(|course| *course < Milli::from_whole(360)),
        fix_at,
        ignition: None,
        hdop: None,
        satellites: None,
    })
}
