//! The gateway's own payloads: scan, sensor reading, position, button, kiosk status.
//!
//! Source: the contract's table of topics. Strict about what a device must send, kind about what it may send besides:
//! unknown members are passed over, an optional member that is `null` or empty is not there. Runs for every message
//! of every kiosk, so it reads the text once and copies only what is kept.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::gather::Gathering;
use super::hear::Told;
use super::json::{self, Json, Key};
use super::quantity::Unit;
use super::reason::{Path, Reason, clip};
use super::{Decoded, Measured, Message, Nothing, Observed, availability, times};
use crate::devices::mqtt::topics::Native;
use crate::facts::{
    DeviceReport, Direction, E7, Fact, Fixed, Incident, Metric, Milli, Name, Position, Reading, Scan, Subject,
    Timestamp,
};

/// No vehicle is faster, km/h; a greater number is another unit or a fault.
const SPEED_MAX_KMH: i32 = 1_000;

/// Reads a message on one of the gateway's own topics.
///
/// The time of a scan is passed on whatever it says, because the rules learn each kiosk's clock from it; all other
/// times only if they are plausible at `now`.
pub fn decode(topic: &Native, payload: &[u8], now: Timestamp) -> Result<Told, Reason> {
    match topic {
        Native::KioskScan { kiosk } => scan(kiosk, payload),
        Native::KioskStatus { kiosk } => {
            let observed = availability(payload)?.observed;
            match observed {
                Observed::Presence(report) => Ok(status(kiosk, report)),
                Observed::Readings { .. } | Observed::Position(_) | Observed::Nothing(_) => Err(Reason::Empty),
            }
        }
        Native::RoomSensor { room, sensor } => reading(room, sensor, payload, now),
        Native::RoomButton { room } => button(room, payload, now),
        Native::VehiclePosition { vehicle } => position(vehicle, payload, now),
        Native::Outgoing => Err(Reason::Outgoing),
        Native::NotOurs => Err(Reason::TopicForm { wanted: "reception/v1/…" }),
    }
}

/// Reads the gateway's own sensor payload on any other topic.
pub(super) fn sensor(message: &Message<'_>) -> Result<Decoded, Reason> {
    let (at, observed) = measures(message.payload)?;
    Ok(Decoded::of(observed).at(at, message))
}

fn status(kiosk: &Name, report: DeviceReport) -> Told {
    Told::one(Subject::Kiosk(kiosk.clone()), None, Fact::Device(report))
}

#[derive(Deserialize)]
struct ScanMembers<'a> {
    #[serde(borrow)]
    scan_id: Option<&'a RawValue>,
    #[serde(borrow)]
    code: Option<&'a RawValue>,
    #[serde(borrow)]
    at: Option<&'a RawValue>,
    #[serde(borrow)]
    direction: Option<&'a RawValue>,
    #[serde(borrow)]
    point: Option<&'a RawValue>,
    #[serde(borrow)]
    method: Option<&'a RawValue>,
    #[serde(borrow)]
    duration_s: Option<&'a RawValue>,
}

fn scan(kiosk: &Name, payload: &[u8]) -> Result<Told, Reason> {
    let text = json::plain(payload)?;
    let members: ScanMembers<'_> = object(text)?;
    let direction = match optional_text(members.direction, "$.direction")?.as_deref().map(str::trim) {
        None | Some("" | "entry") => Direction::Entry,
        Some("exit") => Direction::Exit,
        Some(other) => {
            return Err(Reason::Word { path: "$.direction".into(), found: clip(other), known: "entry, exit" });
        }
    };
    let duration_s = match optional_number::<3>(members.duration_s, "$.duration_s")? {
        Some(value) => Some(u32::try_from(within(value, "$.duration_s", 0, 86_400)?.whole()).unwrap_or_default()),
        None => None,
    };
    let scan = Scan {
        scan_id: required_name(members.scan_id, "$.scan_id", "the kiosk's own id of this scan")?,
        code: required_name(members.code, "$.code", "the code that was read")?,
        kiosk: kiosk.clone(),
        direction,
        point: optional_name(members.point, "$.point")?,
        method: optional_name(members.method, "$.method")?,
        duration_s,
        ruling: None,
    };
    let at = time(members.at)?;
    Ok(Told::one(Subject::Kiosk(kiosk.clone()), at, Fact::Scan(scan)))
}

fn reading(room: &Name, sensor: &Name, payload: &[u8], now: Timestamp) -> Result<Told, Reason> {
    let (at, observed) = measures(payload)?;
    match observed {
        Observed::Readings { sources, refused } => {
            let measures = sources.into_iter().next().map(|Measured { measures, .. }| measures).unwrap_or_default();
            if measures.is_empty() {
                return Err(Reason::AllRefused(refused));
            }
            let fact = Fact::Reading(Reading { room: room.clone(), sensor: sensor.clone(), measures });
            let device = Subject::Sensor(room.clone(), sensor.clone());
            Ok(Told { refused, ..Told::one(device, times::plausible(at, now), fact) })
        }
        Observed::Nothing(_) | Observed::Presence(_) | Observed::Position(_) => Err(Reason::NoMeasure),
    }
}

/// The time and the values of a sensor payload.
fn measures(payload: &[u8]) -> Result<(Option<Timestamp>, Observed), Reason> {
    let text = json::text(payload)?;
    let SensorMembers { at, values } = object(&text)?;
    let mut gathering = Gathering::default();
    for (metric, raw) in values {
        gathering.take(None, metric, Unit::of(metric), format_args!("$.{metric}"), &Json::shallow(raw.get()));
    }
    Ok((time(at)?, gathering.finish(Nothing::NotASensor)?))
}

/// A sensor's members: the time and whatever is a quantity.
struct SensorMembers<'a> {
    at: Option<&'a RawValue>,
    values: Vec<(Metric, &'a RawValue)>,
}

impl<'de> Deserialize<'de> for SensorMembers<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = SensorMembers<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of measured values")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SensorMembers<'de>, A::Error> {
                let mut members = SensorMembers { at: None, values: Vec::with_capacity(8) };
                while let Some(Key(key)) = map.next_key()? {
                    match (key.as_ref(), key.parse::<Metric>()) {
                        ("at", _) => members.at = map.next_value()?,
                        (_, Ok(metric)) => members.values.push((metric, map.next_value()?)),
                        (_, Err(())) => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[derive(Deserialize)]
struct PositionMembers<'a> {
    #[serde(borrow)]
    at: Option<&'a RawValue>,
    #[serde(borrow)]
    lat: Option<&'a RawValue>,
    #[serde(borrow)]
    lon: Option<&'a RawValue>,
    #[serde(borrow)]
    speed_kmh: Option<&'a RawValue>,
    #[serde(borrow)]
    course: Option<&'a RawValue>,
    #[serde(borrow)]
    ignition: Option<&'a RawValue>,
}

fn position(vehicle: &Name, payload: &[u8], now: Timestamp) -> Result<Told, Reason> {
    let text = json::plain(payload)?;
    let members: PositionMembers<'_> = object(text)?;
    let coordinate = |raw, path| match optional_number::<7>(raw, path)? {
        Some(value) => Ok(value),
        None => Err(Reason::Missing { path: path.into(), wanted: "degrees" }),
    };
    let (lat, lon) = coordinates(coordinate(members.lat, "$.lat")?, coordinate(members.lon, "$.lon")?)?;
    let speed = optional_number::<3>(members.speed_kmh, "$.speed_kmh")?;
    let course = optional_number::<3>(members.course, "$.course")?;
    let ignition = match members.ignition.map(|raw| Json::shallow(raw.get())) {
        None => None,
        Some(Json::Bool(on)) => Some(on),
        Some(other) => return Err(wrong_type("$.ignition", &other, "true or false")),
    };
    let fix_at = time(members.at)?;
    let position = Position {
        lat,
        lon,
        speed_kmh: speed.map(|value| within(value, "$.speed_kmh", 0, SPEED_MAX_KMH)).transpose()?,
        course: course.map(|value| within(value, "$.course", 0, 360)).transpose()?.map(north),
        fix_at,
        ignition,
        hdop: None,
        satellites: None,
    };
    let observed_at = times::plausible(fix_at, now);
    Ok(Told::one(Subject::Vehicle(vehicle.clone()), observed_at, Fact::Position(position)))
}

/// A point on the earth, or the reason why it is none.
pub(super) fn coordinates(lat: E7, lon: E7) -> Result<(E7, E7), Reason> {
    let (lat, lon) = (within(lat, "$.lat", -90, 90)?, within(lon, "$.lon", -180, 180)?);
    if lat.raw() == 0 && lon.raw() == 0 { Err(Reason::NoFix) } else { Ok((lat, lon)) }
}

/// A course with 360 written as the 0 that it is.
pub(super) fn north(course: Milli) -> Milli {
    if course == Milli::from_whole(360) { Milli::default() } else { course }
}

#[derive(Deserialize)]
struct ButtonMembers<'a> {
    #[serde(borrow)]
    at: Option<&'a RawValue>,
    #[serde(borrow)]
    incident: Option<&'a RawValue>,
}

fn button(room: &Name, payload: &[u8], now: Timestamp) -> Result<Told, Reason> {
    let text = json::plain(payload)?;
    let members: ButtonMembers<'_> = object(text)?;
    let incident = required_name(members.incident, "$.incident", "the kind, such as medical or security")?;
    let at = times::plausible(time(members.at)?, now);
    Ok(Told::one(Subject::Room(room.clone()), at, Fact::Incident(Incident { room: room.clone(), incident })))
}

/// The members of the object that `text` must be.
fn object<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Reason> {
    let text = text.trim_start();
    if !text.starts_with('{') {
        return Err(match Json::read(text) {
            Ok(other) => wrong_type("$", &other, "an object {…}"),
            Err(reason) => reason,
        });
    }
    serde_json::from_str(text).map_err(|error| json::fault(text, &error))
}

fn wrong_type(path: &'static str, found: &Json<'_>, wanted: &'static str) -> Reason {
    Reason::WrongType { path: Path::Borrowed(path), found: found.kind(), wanted }
}

fn optional_text<'a>(raw: Option<&'a RawValue>, path: &'static str) -> Result<Option<Cow<'a, str>>, Reason> {
    // The form is checked already; what can still be wrong is an escape that means no character.
    let damaged = |_| Reason::WrongType { path: path.into(), found: "a damaged text", wanted: "a text" };
    match raw.map(|raw| Json::read(raw.get())).transpose().map_err(damaged)? {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Text(text)) => Ok(Some(text)),
        Some(other) => Err(wrong_type(path, &other, "a text")),
    }
}

fn optional_name(raw: Option<&RawValue>, path: &'static str) -> Result<Option<Name>, Reason> {
    match optional_text(raw, path)? {
        Some(text) if !text.trim().is_empty() => {
            text.parse().map(Some).map_err(|fault| Reason::Name { path: path.into(), fault })
        }
        Some(_) | None => Ok(None),
    }
}

fn required_name(raw: Option<&RawValue>, path: &'static str, wanted: &'static str) -> Result<Name, Reason> {
    match optional_text(raw, path)? {
        Some(text) => text.parse().map_err(|fault| Reason::Name { path: path.into(), fault }),
        None => Err(Reason::Missing { path: path.into(), wanted }),
    }
}

fn optional_number<const DIGITS: u32>(
    raw: Option<&RawValue>,
    path: &'static str,
) -> Result<Option<Fixed<DIGITS>>, Reason> {
    match raw.map(|raw| Json::shallow(raw.get())) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Number(digits)) => {
            Fixed::from_str(digits).map(Some).map_err(|fault| Reason::Number { path: path.into(), fault })
        }
        Some(other) => Err(wrong_type(path, &other, "a number")),
    }
}

fn within<const DIGITS: u32>(
    value: Fixed<DIGITS>,
    path: &'static str,
    low: i32,
    high: i32,
) -> Result<Fixed<DIGITS>, Reason> {
    if value < Fixed::from_whole(i64::from(low)) || value > Fixed::from_whole(i64::from(high)) {
        // The text of a fixed number is a fixed number again, and the bounds keep it small enough.
        let value = value.to_string().parse().unwrap_or_default();
        return Err(Reason::Range { path: path.into(), value, low, high });
    }
    Ok(value)
}

fn time(raw: Option<&RawValue>) -> Result<Option<Timestamp>, Reason> {
    match optional_text(raw, "$.at")? {
        Some(text) if !text.trim().is_empty() => {
            text.trim().parse().map(Some).map_err(|_| Reason::Time { path: "$.at".into(), found: clip(&text) })
        }
        Some(_) | None => Ok(None),
    }
}

#[cfg(test)]
#[path = "native_tests.rs"]
mod tests;
