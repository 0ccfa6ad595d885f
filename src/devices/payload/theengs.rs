//! Theengs and OpenMQTTGateway: `home/<gateway>/BTtoMQTT/<address>`, one flat object a beacon.
//!
//! Source: the property names of Theengs' decoder. Old versions wrote numbers as texts. The same beacon may be heard
//! by two gateways; both tell the same device.

use super::gather::Gathering;
use super::json::{self, Json};
use super::quantity::Unit;
use super::reason::Reason;
use super::{Decoded, Message, Nothing, availability, times, vocabulary};
use crate::facts::Metric;

pub(super) fn decode(message: &Message<'_>) -> Result<Decoded, Reason> {
    let levels = message.levels();
    match levels.as_slice() {
        [_, .., "LWT"] => return availability(message.payload),
        [_, .., "SYStoMQTT" | "RLStoMQTT"] => return Ok(Decoded::nothing(Nothing::LinkStatus)),
        [_, .., "BTtoMQTT"] | [_, .., "BTtoMQTT", _] => {}
        _ => return Err(Reason::TopicForm { wanted: "home/<gateway>/BTtoMQTT/<address> or home/<gateway>/LWT" }),
    }
    let text = json::text(message.payload)?;
    let json = Json::read(&text)?.object()?;
    let mut gathering = Gathering::default();
    for (key, value) in json.members() {
        let (metric, unit) = match key.as_ref() {
            "volt" => (Metric::BatteryVoltage, Unit::Volt),
            "pres" => (Metric::Pressure, Unit::Hectopascal),
            "open" => (Metric::Contact, Unit::Open),
            "motion" | "pir" if value.as_bool().is_some() => (Metric::Occupancy, Unit::Count),
            key => match vocabulary::quantity(key) {
                Some(known) => known,
                None => continue,
            },
        };
        gathering.take(None, metric, unit, format_args!("$.{key}"), value);
    }
    let time = ["UTCtime", "unixtime"].iter().find_map(|key| json.get(key));
    let time = time.and_then(|value| times::any(value, message.zone));
    Ok(Decoded::of(gathering.finish(Nothing::NotASensor)?).at(time, message))
}
