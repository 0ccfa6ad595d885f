//! Eclipse Sparkplug B: `spBv1.0/<group>/<type>/<edge>[/<device>]`, protobuf, values by name or by alias.
//!
//! Source: the Sparkplug specification, chapter 6 (payloads). A node names its values in its birth and may then send
//! numbers only; [`Births`] keeps what the numbers mean. Does not follow the sequence numbers and asks for no
//! rebirth: a value whose birth was not heard is refused by name, and counted.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::gather::Gathering;
use super::json::Json;
use super::protobuf::{Fields, Wire};
use super::quantity::Unfit;
use super::reason::Reason;
use super::{Decoded, Message, Nothing, PAYLOAD_MAX, vocabulary};
use crate::facts::{Presence, Timestamp};

/// More edge nodes than this are not remembered; values of the others are read by name only.
const NODES_MAX: usize = 256;
/// More aliases of one node than this are not remembered.
const ALIASES_MAX: usize = 4_096;

/// What the aliases of each edge node mean, from the births heard since the start.
#[derive(Debug, Default)]
pub struct Births(Mutex<BTreeMap<String, BTreeMap<u64, Named>>>);

#[derive(Debug, Clone)]
struct Named {
    name: String,
    datatype: u64,
}

/// One metric of a payload.
#[derive(Debug, Default)]
struct Sample {
    name: Option<String>,
    alias: Option<u64>,
    datatype: u64,
    historical: bool,
    null: bool,
    value: Option<Scalar>,
}

#[derive(Debug, Clone, Copy)]
enum Scalar {
    Integer(u64),
    Float(f32),
    Double(f64),
    Bool(bool),
}

pub(super) fn decode(message: &Message<'_>, births: &Births) -> Result<Decoded, Reason> {
    let levels = message.levels();
    let (kind, node) = match levels.as_slice() {
        ["spBv1.0", "STATE", _] => return Ok(Decoded::nothing(Nothing::LinkStatus)),
        ["spBv1.0", group, kind, edge] | ["spBv1.0", group, kind, edge, _] => (*kind, format!("{group}/{edge}")),
        _ => return Err(Reason::TopicForm { wanted: "spBv1.0/<group>/DDATA/<edge>/<device>" }),
    };
    match kind {
        "NDEATH" | "DDEATH" => return Ok(Decoded::presence(Presence::Offline, kind)),
        "NCMD" | "DCMD" => return Ok(Decoded::nothing(Nothing::Configuration)),
        "NBIRTH" | "DBIRTH" | "NDATA" | "DDATA" => {}
        _ => return Err(Reason::TopicForm { wanted: "spBv1.0/<group>/DDATA/<edge>/<device>" }),
    }
    if message.payload.len() > PAYLOAD_MAX {
        return Err(Reason::TooLong(message.payload.len()));
    }
    let (time, mut samples) = payload(message.payload)?;
    let nameless = births.resolve(&node, kind, &mut samples);
    let mut gathering = Gathering::default();
    let mut historical = false;
    for sample in &samples {
        historical |= sample.historical;
        take(&mut gathering, sample);
    }
    if nameless > 0 && gathering.is_untouched() {
        return Err(Reason::NoBirth(nameless));
    }
    let birth = kind.ends_with("BIRTH");
    if gathering.is_untouched() && birth {
        return Ok(Decoded::presence(Presence::Online, kind).at(time, message));
    }
    let otherwise = if historical { Nothing::History } else { Nothing::NotASensor };
    Ok(Decoded::of(gathering.finish(otherwise)?).at(time, message))
}

impl Births {
    /// Learns the names in a birth, and names what came with an alias only. Returns how many stay without a name.
    fn resolve(&self, node: &str, kind: &str, samples: &mut [Sample]) -> usize {
        let mut nodes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kind.ends_with("BIRTH") {
            if !nodes.contains_key(node) && nodes.len() >= NODES_MAX {
                return 0;
            }
            let names = nodes.entry(node.to_owned()).or_default();
            // A node's birth is the birth of all its devices: what was known of them before is void.
            if kind == "NBIRTH" {
                names.clear();
            }
            for sample in samples.iter() {
                if let (Some(alias), Some(name)) = (sample.alias, &sample.name)
                    && (names.len() < ALIASES_MAX || names.contains_key(&alias))
                {
                    names.insert(alias, Named { name: name.clone(), datatype: sample.datatype });
                }
            }
        }
        let names = nodes.get(node);
        let mut nameless = 0;
        for sample in samples.iter_mut().filter(|sample| sample.name.is_none()) {
            match sample.alias.and_then(|alias| names?.get(&alias)) {
                Some(known) => {
                    sample.name = Some(known.name.clone());
                    if sample.datatype == 0 {
                        sample.datatype = known.datatype;
                    }
                }
                None => nameless += 1,
            }
        }
        nameless
    }
}

fn take(gathering: &mut Gathering, sample: &Sample) {
    let Some(name) = sample.name.as_deref().filter(|_| !sample.historical) else { return };
    let (source, word) = name.rsplit_once('/').map_or((None, name), |(source, word)| (Some(source), word));
    let Some((metric, unit)) = vocabulary::quantity_in_phrase(word) else { return };
    let value = if sample.null { None } else { sample.value };
    let text = match value {
        None => return gathering.take(source, metric, unit, name, &Json::Null),
        Some(Scalar::Bool(yes)) => return gathering.take(source, metric, unit, name, &Json::Bool(yes)),
        Some(Scalar::Integer(bits)) => signed(bits, sample.datatype).to_string(),
        // The shortest text that means the same float: 23.4 and not 23.39999962.
        Some(Scalar::Float(value)) => value.to_string(),
        Some(Scalar::Double(value)) => value.to_string(),
    };
    match text.parse() {
        Ok(value) => gathering.put(source, metric, unit, name, value),
        Err(_) => gathering.refuse(source, metric, name, Unfit::NotANumber(text)),
    }
}

/// Int8, Int16, Int32 and Int64 are sent as the bits of their two's complement.
fn signed(bits: u64, datatype: u64) -> i128 {
    match datatype {
        1 => i128::from(bits as u8 as i8),
        2 => i128::from(bits as u16 as i16),
        3 => i128::from(bits as u32 as i32),
        4 => i128::from(bits as i64),
        _ => i128::from(bits),
    }
}

fn payload(bytes: &[u8]) -> Result<(Option<Timestamp>, Vec<Sample>), Reason> {
    let (mut time, mut samples) = (None, Vec::new());
    let mut fields = Fields::new(bytes);
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            (1, Wire::Varint(ms)) => time = i64::try_from(ms).ok().map(Timestamp::from_millis),
            (2, Wire::Bytes(metric)) => samples.push(sample(fields.inner(metric))?),
            _ => {}
        }
    }
    Ok((time, samples))
}

fn sample(mut fields: Fields<'_>) -> Result<Sample, Reason> {
    let mut sample = Sample::default();
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            (1, Wire::Bytes(name)) => sample.name = Some(String::from_utf8_lossy(name).into_owned()),
            (2, Wire::Varint(alias)) => sample.alias = Some(alias),
            (4, Wire::Varint(datatype)) => sample.datatype = datatype,
            (5, Wire::Varint(yes)) => sample.historical = yes != 0,
            (7, Wire::Varint(yes)) => sample.null = yes != 0,
            (10 | 11, Wire::Varint(bits)) => sample.value = Some(Scalar::Integer(bits)),
            (12, Wire::Fixed32(bits)) => sample.value = Some(Scalar::Float(f32::from_bits(bits))),
            (13, Wire::Fixed64(bits)) => sample.value = Some(Scalar::Double(f64::from_bits(bits))),
            (14, Wire::Varint(yes)) => sample.value = Some(Scalar::Bool(yes != 0)),
            _ => {}
        }
    }
    Ok(sample)
}

#[cfg(test)]
#[path = "sparkplug_tests.rs"]
mod tests;
