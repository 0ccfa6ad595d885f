//! Every recorded message of `tests/fixtures/sensors` against what a reader should take from it, and arbitrary bytes
//! against every format.
//!
//! Where the gateway differs from a fixture on purpose, the difference stands in [`difference`] with its reason and is
//! asserted: a decoder that changes its mind fails here either way.

// A test's helpers fail by panicking, as the test itself does.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use portico::devices::mqtt::filter::Filter;
use portico::devices::mqtt::routes::{Routes, SensorRoute};
use portico::devices::mqtt::topics::Native;
use portico::devices::payload::{
    Births, Decoded, Format, MapEntry, MapSpec, Message, Nothing, Observed, Unfit, decode, decode_native, hear,
};
use portico::facts::{Metric, Milli, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

const FILES: [&str; 5] = ["bare-value", "lorawan", "shelly-gen2", "tasmota", "zigbee2mqtt"];

struct Sample {
    id: String,
    format: Format,
    topic: String,
    payload: String,
    expect: Value,
}

fn samples() -> Vec<Sample> {
    let mut samples = Vec::new();
    for file in FILES {
        let path = format!("{}/tests/fixtures/sensors/{file}.jsonl", env!("CARGO_MANIFEST_DIR"));
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            let json: Value = serde_json::from_str(line).unwrap();
            let text = |key: &str| json[key].as_str().unwrap().to_owned();
            let topic = text("topic");
            samples.push(Sample {
                format: format(&text("family"), &topic),
                id: text("id"),
                payload: text("payload"),
                expect: json["expect"].clone(),
                topic,
            });
        }
    }
    assert_eq!(samples.len(), 25, "a fixture was added or lost");
    samples
}

/// What the owner of the device would have written into the configuration.
fn format(family: &str, topic: &str) -> Format {
    match family {
        "bare value" => Format::Bare { metric: topic.rsplit('/').next().unwrap().parse().unwrap() },
        "shelly-gen2" => Format::Shelly,
        "lorawan-tts" => Format::Tts,
        "lorawan-chirpstack" => Format::Chirpstack,
        word => word.parse().unwrap(),
    }
}

fn zone() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(8))
}

fn read(sample: &Sample, now: Timestamp) -> Decoded {
    let zone = zone();
    let message = Message { topic: &sample.topic, payload: sample.payload.as_bytes(), now, zone: &zone };
    decode(&sample.format, &message, &Births::default())
        .unwrap_or_else(|reason| panic!("{} was refused: {reason}", sample.id))
}

/// The fixture's time; without an offset it is the site's.
fn device_time(expect: &Value) -> Option<Timestamp> {
    let text = expect["device_time"].as_str()?;
    let at = text.parse::<Timestamp>().ok().or_else(|| format!("{text}+08:00").parse().ok());
    Some(at.unwrap_or_else(|| panic!("{text} is no time")))
}

type Values = BTreeMap<(String, String), f64>;

fn expected(sample: &Sample) -> Values {
    let readings = sample.expect["readings"].as_array().unwrap().iter();
    readings
        .filter(|reading| reading["quantity"] != "contact_raw")
        .map(|reading| {
            let value = match &reading["value"] {
                Value::Bool(yes) => f64::from(u8::from(*yes)),
                value => value.as_f64().unwrap(),
            };
            let source = reading["source"].as_str().unwrap_or_default().to_owned();
            ((source, reading["quantity"].as_str().unwrap().to_owned()), value)
        })
        .collect()
}

fn found(decoded: &Decoded) -> Values {
    let Observed::Readings { sources, .. } = &decoded.observed else { return Values::new() };
    let values = sources.iter().flat_map(|source| {
        let name = source.source.clone().unwrap_or_default();
        source.measures.iter().map(move |(metric, value)| ((name.clone(), metric.word().to_owned()), value))
    });
    values.map(|(key, value)| (key, value.to_string().parse().unwrap())).collect()
}

/// Where nothing is read, or something is refused, and why.
fn difference(id: &str) -> Option<&'static str> {
    match id {
        "bare-p3" => Some("temperature at the payload: nan is not a number (sensor unplugged?)"),
        "she-p5" => Some("status of the link"),
        "tas-p6" => Some(
            "temperature at $.DHT11.Temperature: nan is not a number (sensor unplugged?); humidity at $.DHT11.Humidity: nan is not a number (sensor unplugged?)",
        ),
        // The fixture calls them `contact_raw`: only the owner knows what a switch means, so `map` must say it.
        "tas-p8" => Some("switch states only; use format = \"map\" to say what they mean"),
        "z2m-p7" => Some("no room sensor: none of its members is a known quantity"),
        _ => None,
    }
}

fn said(decoded: &Decoded) -> Option<String> {
    match &decoded.observed {
        Observed::Nothing(why) => Some(why.to_string()),
        Observed::Readings { refused, .. } if !refused.is_empty() => {
            Some(refused.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        }
        Observed::Readings { .. } => None,
        Observed::Presence(_) | Observed::Position(_) => Some(format!("{:?}", decoded.observed)),
    }
}

#[test]
fn every_recorded_message_is_read_as_it_should_be() {
    for sample in samples() {
        let at = device_time(&sample.expect);
        let decoded = read(&sample, at.unwrap_or(Timestamp::from_millis(0)));
        let (want, got) = (expected(&sample), found(&decoded));
        assert_eq!(got.keys().collect::<Vec<_>>(), want.keys().collect::<Vec<_>>(), "{}", sample.id);
        for (key, value) in &want {
            // The fixtures give Fahrenheit to four places, facts hold three.
            assert!((got[key] - value).abs() <= 0.000_5, "{} {key:?}: {} is not {value}", sample.id, got[key]);
        }
        assert_eq!(said(&decoded).as_deref(), difference(&sample.id), "{}", sample.id);
        let is_nothing = matches!(decoded.observed, Observed::Nothing(_));
        assert!(!is_nothing || want.is_empty(), "{}", sample.id);
        if sample.expect.get("not_a_reading").is_some() {
            assert!(is_nothing, "{}", sample.id);
        }
    }
}

#[test]
fn a_devices_time_is_taken_when_it_can_be_believed() {
    for sample in samples() {
        let at = device_time(&sample.expect);
        let now = at.unwrap_or(Timestamp::from_millis(1_795_400_240_412));
        assert_eq!(read(&sample, now).observed_at, at, "{}", sample.id);
        let much_later = Timestamp::from_millis(now.as_millis() + 600_001);
        assert_eq!(read(&sample, much_later).observed_at, None, "{}", sample.id);
    }
}

#[test]
fn every_recorded_message_finds_its_route_and_ends_as_facts_or_says_why() {
    let samples = samples();
    let route = |sample: &Sample| SensorRoute {
        filter: sample.topic.parse().unwrap(),
        format: sample.format.clone(),
        room: Some("lounge".parse().unwrap()),
        sensor: None,
    };
    let mut by_topic: BTreeMap<&str, SensorRoute> = BTreeMap::new();
    for sample in &samples {
        by_topic.entry(&sample.topic).or_insert_with(|| route(sample));
    }
    let routes = Routes::new(by_topic.into_values().collect());
    let zone = zone();
    let (mut facts, mut nothing, mut refused) = (0, 0, 0);
    for sample in &samples {
        let route = routes.find(&sample.topic).next().unwrap_or_else(|| panic!("{} has no route", sample.id));
        let now = device_time(&sample.expect).unwrap_or(Timestamp::from_millis(0));
        let message = Message { topic: &sample.topic, payload: sample.payload.as_bytes(), now, zone: &zone };
        match hear(route, &message, &Births::default()) {
            Ok(told) if told.nothing.is_some() => nothing += 1,
            Ok(told) => facts += told.heard.len(),
            Err(_) => refused += 1,
        }
    }
    // Two messages carry more than one sensor of the same quantity (tas-p3 three, tas-p4 two, tas-p5 two).
    assert_eq!((facts, nothing, refused), (24, 3, 2));
}

#[test]
fn what_was_nan_is_refused_as_no_number() {
    for sample in samples().iter().filter(|sample| sample.expect["strict_json"] == false) {
        match read(sample, Timestamp::from_millis(0)).observed {
            Observed::Readings { refused, .. } => {
                assert!(refused.iter().all(|refused| matches!(refused.why, Unfit::NotANumber(_))), "{}", sample.id);
            }
            other => panic!("{}: {other:?}", sample.id),
        }
    }
    assert_eq!(Nothing::LinkStatus.to_string(), "status of the link");
}

fn formats() -> Vec<Format> {
    let map = |pointer| MapEntry::new(Metric::Temperature, pointer, Some("F"), None).unwrap();
    let mut formats: Vec<Format> = Format::WORDS.iter().filter_map(|word| word.parse().ok()).collect();
    formats.extend(Metric::ALL.iter().map(|metric| Format::Bare { metric: *metric }));
    formats.push(Format::Map(MapSpec::new(vec![map("/a/0"), map("")], Some("/t")).unwrap()));
    formats
}

/// Topics that every decoder takes for its own.
const TOPICS: [&str; 14] = [
    "zigbee2mqtt/x",
    "tele/x/SENSOR",
    "tele/x/LWT",
    "n/sensor/co2/state",
    "n/binary_sensor/door/state",
    "sh/events/rpc",
    "sh/status/temperature:0",
    "shellies/x/sensor/state",
    "homie/5/d/n/co2",
    "home/g/BTtoMQTT/A",
    "application/a/device/d/event/up",
    "v3/a@t/devices/d/up",
    "owntracks/u/d",
    "spBv1.0/g/NBIRTH/e",
];

fn runner(seed: u64, cases: u32) -> TestRunner {
    println!("seed {seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// Reads one message in every way there is. It may be refused; it may not panic, nor leave an impossible value.
fn read_in_every_way(topics: &[&str], payload: &[u8]) {
    let (zone, now, births) = (zone(), Timestamp::from_millis(1_795_400_240_412), Births::default());
    for topic in topics {
        for format in formats() {
            let message = Message { topic, payload, now, zone: &zone };
            match decode(&format, &message, &births) {
                Ok(Decoded { observed: Observed::Readings { sources, .. }, .. }) => {
                    let temperatures = sources.iter().filter_map(|source| source.measures.get(Metric::Temperature));
                    temperatures.for_each(|value| assert!(value.raw().abs() <= 60_000));
                }
                Ok(_) => {}
                Err(reason) => assert!(!reason.to_string().is_empty()),
            }
            if let Ok(filter) = topic.parse::<Filter>() {
                let route = SensorRoute { filter, format, room: None, sensor: None };
                if let Ok(told) = hear(&route, &message, &births) {
                    assert!(told.nothing.is_some() || !told.heard.is_empty());
                }
            }
        }
        if let Ok(native) = Native::parse(topic) {
            let _ = decode_native(&native, payload, now);
        }
    }
}

#[test]
fn no_bytes_can_stop_a_decoder() {
    let natives = [
        "reception/v1/kiosk/K/scan",
        "reception/v1/kiosk/K/status",
        "reception/v1/room/r/sensor/s",
        "reception/v1/room/r/button",
        "reception/v1/vehicle/v/position",
    ];
    let topics: Vec<&str> = TOPICS.into_iter().chain(natives).collect();
    runner(20_261_123, 150)
        .run(&proptest::collection::vec(any::<u8>(), 0..80), |payload| {
            read_in_every_way(&topics, &payload);
            Ok(())
        })
        .unwrap();
}

/// Real messages with a few bytes changed come closer to the edges than noise does.
#[test]
fn no_damaged_message_can_stop_a_decoder() {
    let mut payloads: Vec<Vec<u8>> = samples().into_iter().map(|sample| sample.payload.into_bytes()).collect();
    payloads
        .push(br#"{"scan_id":"K03-000512","code":"G-1042","at":"2026-11-23T02:17:20.412Z","duration_s":41}"#.to_vec());
    payloads.push(
        br#"{"at":"2026-11-23T02:17:20.412Z","lat":31.24303,"lon":121.47175,"speed_kmh":23.0,"course":87}"#.to_vec(),
    );
    payloads.push(br#"{"_type":"location","lat":31.2,"lon":121.4,"tst":1795400240,"vel":23,"cog":87}"#.to_vec());
    payloads.push(
        b"\x08\x80\x97\xc6\xb1\xa0\x34\x12\x26\x0a\x10Room/Temperature\x10\x03\x20\x0a\x69ffffff7@\x18\x01".to_vec(),
    );
    let edits = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..6);
    runner(7, 150)
        .run(&(any::<prop::sample::Index>(), edits), |(which, edits)| {
            let mut payload = which.get(&payloads).clone();
            for (at, byte, edit) in edits {
                if payload.is_empty() {
                    break;
                }
                let at = at.index(payload.len());
                match edit {
                    0 => payload[at] = byte,
                    1 => payload.truncate(at),
                    _ => payload.insert(at, byte),
                }
            }
            read_in_every_way(&TOPICS, &payload);
            Ok(())
        })
        .unwrap();
}

#[test]
fn no_topic_can_stop_a_decoder() {
    runner(42, 200)
        .run(&("[a-z$/+#0-9:. é\\n]{0,40}", prop::sample::select(TOPICS.to_vec())), |(noise, real)| {
            let grown = format!("{real}/{noise}");
            let cut: String = real.chars().take(noise.len() % (real.len() + 1)).collect();
            read_in_every_way(&[&noise, &grown, &cut], br#"{"temperature":23.4,"tst":1}"#);
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_milli_is_the_digits_of_the_message() {
    let zone = zone();
    runner(3, 500)
        .run(&(-40_000_i64..=60_000), |raw| {
            let payload = format!(r#"{{"temperature":{}}}"#, Milli::from_raw(raw));
            let message = Message {
                topic: "zigbee2mqtt/x",
                payload: payload.as_bytes(),
                now: Timestamp::from_millis(0),
                zone: &zone,
            };
            let decoded = decode(&Format::Zigbee2mqtt, &message, &Births::default()).unwrap();
            let Observed::Readings { sources, .. } = decoded.observed else { panic!("{payload}") };
            prop_assert_eq!(sources[0].measures.get(Metric::Temperature), Some(Milli::from_raw(raw)));
            Ok(())
        })
        .unwrap();
}
