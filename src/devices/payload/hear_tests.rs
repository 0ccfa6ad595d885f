use jiff::tz::TimeZone;

use super::*;
use crate::devices::payload::{MapEntry, MapSpec};
use crate::facts::Metric;

/// 2026-11-23T02:17:20.412Z
const NOW: Timestamp = Timestamp::from_millis(1_795_400_240_412);

fn route(filter: &str, format: Format) -> SensorRoute {
    SensorRoute { filter: filter.parse().unwrap(), format, room: None, sensor: None }
}

/// Each fact as `device body`, or why there is none.
fn read(route: &SensorRoute, topic: &str, payload: &str) -> Vec<String> {
    let zone = TimeZone::fixed(jiff::tz::offset(8));
    let message = Message { topic, payload: payload.as_bytes(), now: NOW, zone: &zone };
    match hear(route, &message, &Births::default()) {
        Err(reason) => vec![format!("refused: {reason}")],
        Ok(Told { nothing: Some(why), heard, refused }) => {
            assert!(heard.is_empty() && refused.is_empty());
            vec![format!("nothing: {why}")]
        }
        Ok(told) => told
            .heard
            .iter()
            .map(|heard| {
                let mut body = Vec::new();
                heard.fact.write_body(&mut body).unwrap();
                let at = heard.observed_at.map(|at| format!(" {at}")).unwrap_or_default();
                format!("{}{at} {}", heard.device, String::from_utf8(body).unwrap())
            })
            .collect(),
    }
}

#[test]
fn sources_that_share_no_quantity_are_one_sensor() {
    let mut tasmota = route("tele/esp01/SENSOR", Format::Tasmota);
    tasmota.room = Some("lounge".parse().unwrap());
    let at = r#""Time":"2026-11-23T10:15:00""#;
    for (payload, want) in [
        (
            r#""BH1750":{"Illuminance":120},"SHT3X":{"Temperature":23.4,"Humidity":48.2}"#,
            vec![
                r#"sensor/lounge/esp01 2026-11-23T02:15:00.000Z {"room":"lounge","sensor":"esp01","temperature":23.4,"humidity":48.2,"illuminance":120}"#,
            ],
        ),
        (
            r#""DS18B20-1":{"Temperature":21},"DS18B20-2":{"Temperature":22}"#,
            vec![
                r#"sensor/lounge/esp01:DS18B20-1 2026-11-23T02:15:00.000Z {"room":"lounge","sensor":"esp01:DS18B20-1","temperature":21}"#,
                r#"sensor/lounge/esp01:DS18B20-2 2026-11-23T02:15:00.000Z {"room":"lounge","sensor":"esp01:DS18B20-2","temperature":22}"#,
            ],
        ),
        // A broken probe keeps its sister's name.
        (
            r#""DS18B20-1":{"Temperature":null},"DS18B20-2":{"Temperature":22}"#,
            vec![
                r#"sensor/lounge/esp01:DS18B20-2 2026-11-23T02:15:00.000Z {"room":"lounge","sensor":"esp01:DS18B20-2","temperature":22}"#,
            ],
        ),
        (
            r#""DS18B20":{"Temperature":-127}"#,
            vec![
                "refused: every value was refused: temperature at $.DS18B20.Temperature: -127 is what a probe gives that does not answer (cable, supply); check the sensor and its cable",
            ],
        ),
        (r#""AM2301":{"Temperature":null}"#, vec!["nothing: the sensor has no value at the moment"]),
        (r#""ESP32":{"Temperature":53.3}"#, vec!["nothing: no room sensor: none of its members is a known quantity"]),
    ] {
        assert_eq!(read(&tasmota, "tele/esp01/SENSOR", &format!("{{{at},{payload}}}")), want, "{payload}");
    }
    assert_eq!(
        read(&tasmota, "tele/esp01/LWT", "Offline"),
        [r#"sensor/lounge/esp01 {"state":"offline","reason":"says Offline"}"#]
    );
}

#[test]
fn a_pattern_names_rooms_and_sensors_by_the_topic() {
    let zigbee = route("zigbee2mqtt/+", Format::Zigbee2mqtt);
    assert_eq!(
        read(&zigbee, "zigbee2mqtt/lounge", r#"{"temperature":21,"last_seen":1795400240000}"#),
        [r#"sensor/lounge/lounge 2026-11-23T02:17:20.000Z {"room":"lounge","sensor":"lounge","temperature":21}"#]
    );
    assert_eq!(
        read(&zigbee, "zigbee2mqtt/lounge/availability", r#"{"state":"offline"}"#),
        [r#"sensor/lounge/lounge {"state":"offline","reason":"says offline"}"#]
    );
    assert_eq!(read(&zigbee, "zigbee2mqtt/bridge/state", "online"), ["nothing: status of the link"]);
}

#[test]
fn shelly_components_keep_their_names_in_every_notification() {
    let shelly = route("sh/events/rpc", Format::Shelly);
    for (params, want) in [
        (
            r#""temperature:0":{"tC":21},"humidity:0":{"rh":40},"temperature:100":{"tC":5}"#,
            vec![
                r#"sensor/sh/sh {"room":"sh","sensor":"sh","temperature":21,"humidity":40}"#,
                r#"sensor/sh/sh:100 {"room":"sh","sensor":"sh:100","temperature":5}"#,
            ],
        ),
        (r#""temperature:100":{"tC":6}"#, vec![r#"sensor/sh/sh:100 {"room":"sh","sensor":"sh:100","temperature":6}"#]),
        (
            r#""temperature:0":{"tC":null,"tF":69.8}"#,
            vec![r#"sensor/sh/sh {"room":"sh","sensor":"sh","temperature":21}"#],
        ),
        (r#""switch:0":{"temperature":{"tC":48}}"#, vec!["nothing: status of the link"]),
    ] {
        let payload = format!(r#"{{"method":"NotifyStatus","params":{{"ts":7.5,{params}}}}}"#);
        assert_eq!(read(&shelly, "sh/events/rpc", &payload), want, "{params}");
    }
}

#[test]
fn each_vendor_is_read() {
    let entry = |metric, pointer, unit| MapEntry::new(metric, pointer, Some(unit), None).unwrap();
    let entries = vec![entry(Metric::Temperature, "/d/0/t", "F"), entry(Metric::Contact, "/d/0/door", "open")];
    let map = MapSpec::new(entries, Some("/ts")).unwrap();
    let mut cases = 0;
    for case in include_str!("hear_cases.txt").split("\n\n").skip(1) {
        let lines: Vec<&str> = case.lines().collect();
        let [head, payload, want @ ..] = lines.as_slice() else { panic!("{case}") };
        let (format, topic) = head.rsplit_once(' ').unwrap();
        let format = match format.split_once(' ') {
            Some(("bare", quantity)) => Format::Bare { metric: quantity.parse().unwrap() },
            _ if format == "map" => Format::Map(map.clone()),
            _ => format.parse().unwrap(),
        };
        let want: Vec<&str> = want.iter().filter_map(|line| line.strip_prefix("= ")).collect();
        assert!(!want.is_empty(), "{case}");
        assert_eq!(read(&route(topic, format), topic, payload), want, "{head} {payload}");
        cases += 1;
    }
    assert!(cases >= 35, "only {cases} cases were read");
}

#[test]
fn a_device_with_a_listing_is_refused() {
    let many: Vec<String> = (0..65).map(|n| format!(r#""S{n}":{{"Temperature":20}}"#)).collect();
    let payload = format!("{{{}}}", many.join(","));
    assert_eq!(
        read(&route("tele/x/SENSOR", Format::Tasmota), "tele/x/SENSOR", &payload),
        ["refused: more than 64 sensors in one message; publish each device on a topic of its own"]
    );
    let topic = format!("zigbee2mqtt/{}", "x".repeat(200));
    assert_eq!(
        read(&route(&topic, Format::Zigbee2mqtt), &topic, r#"{"temperature":20}"#),
        [
            "refused: the device's part of the topic: a name has 200 bytes; at most 128 are taken; use 1 to 128 printable bytes"
        ]
    );
}

#[test]
fn a_map_is_checked_when_it_is_made() {
    for (pointer, unit, want) in [
        ("d/t", None, "\"d/t\" is no JSON pointer; write it like \"/data/temperature\""),
        ("/t", Some("mV"), "temperature is not measured in mV"),
        ("/t", Some("degrees"), "\"degrees\" is no unit"),
    ] {
        let fault = MapEntry::new(Metric::Temperature, pointer, unit, None).unwrap_err().to_string();
        assert!(fault.starts_with(want), "{fault}");
    }
    assert!(MapSpec::new(Vec::new(), None).is_err());
}

#[test]
fn an_edges_birth_names_its_devices_values_and_no_more() {
    let births = Births::default();
    let lounge = route("spBv1.0/venue/DDATA/edge/lounge", Format::Sparkplug);
    let hear = |topic: &str, payload: &[u8]| {
        hear(&lounge, &Message { topic, payload, now: NOW, zone: &TimeZone::UTC }, &births)
    };
    // One metric: {1: name, 2: alias 7, 13: 441.0}, and the same by its alias.
    let named = b"\x12\x14\x0a\x07Air/co2\x10\x07\x69\0\0\0\0\0\x90\x7b\x40";
    let told = hear("spBv1.0/venue/NBIRTH/edge", named).unwrap();
    assert_eq!((told.heard, told.nothing), (Vec::new(), Some(Nothing::Event)));
    let told = hear("spBv1.0/venue/DDATA/edge/lounge", b"\x12\x0b\x10\x07\x69\0\0\0\0\0\x90\x7b\x40").unwrap();
    assert_eq!(told.heard[0].device.to_string(), "sensor/edge/edge/lounge:Air");
    let Fact::Reading(reading) = &told.heard[0].fact else { panic!("{told:?}") };
    assert_eq!(reading.measures.get(Metric::Co2), Some(crate::facts::Milli::from_whole(441)));
}
