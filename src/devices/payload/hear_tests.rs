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
    let map = MapSpec::new(
        vec![
            MapEntry::new(Metric::Temperature, "/d/0/t", Some("F"), None).unwrap(),
            MapEntry::new(Metric::Contact, "/d/0/door", Some("open"), None).unwrap(),
        ],
        Some("/ts"),
    );
    for (format, topic, payload, want) in [
        (Format::Native, "x/y", r#"{"co2":871}"#, r#"sensor/x/x/y {"room":"x","sensor":"x/y","co2":871}"#),
        (
            Format::Esphome,
            "n/sensor/lounge_co2/state",
            "871",
            r#"sensor/n/n/lounge_co2 {"room":"n","sensor":"n/lounge_co2","co2":871}"#,
        ),
        (
            Format::Esphome,
            "n/binary_sensor/back_door/state",
            "ON",
            r#"sensor/n/n/back_door {"room":"n","sensor":"n/back_door","contact":0}"#,
        ),
        (
            Format::Esphome,
            "n/sensor/cpu_temperature/state",
            "60",
            "refused: \"cpu_temperature\" does not tell what is measured; use format = \"bare\" with quantity = \"…\" for this topic",
        ),
        (
            Format::Esphome,
            "n/sensor/co2/state",
            "nan",
            "refused: every value was refused: co2 at the payload: nan is not a number (sensor unplugged?); check the sensor and its cable",
        ),
        (
            Format::Homie,
            "homie/5/dev/air/temperature",
            "23.4",
            r#"sensor/dev/dev/air {"room":"dev","sensor":"dev/air","temperature":23.4}"#,
        ),
        (Format::Homie, "homie/5/dev/$state", "lost", r#"sensor/dev/dev {"state":"offline","reason":"says lost"}"#),
        (Format::Homie, "homie/5/dev/$description", "{}", "nothing: a description, a setting or an order"),
        (
            Format::Theengs,
            "home/gw/BTtoMQTT/AABB",
            r#"{"id":"AA:BB","rssi":-71,"tempc":"23.4","tempf":74.1,"hum":48,"batt":87,"volt":2.9}"#,
            r#"sensor/AABB/AABB {"room":"AABB","sensor":"AABB","temperature":23.4,"humidity":48,"battery":87,"battery_voltage":2.9}"#,
        ),
        (
            Format::Theengs,
            "home/gw/BTtoMQTT/AABB",
            r#"{"id":"AA:BB","rssi":-71}"#,
            "nothing: no room sensor: none of its members is a known quantity",
        ),
        (
            Format::Chirpstack,
            "application/a/device/24e1/event/up",
            r#"{"time":"2026-11-23T02:17:20.123456789+00:00","deviceInfo":{"tags":{"room":"ball/room"}},"object":{"temperature":23.4,"temperatureSensor":{"3":5}}}"#,
            r#"sensor/ball-room/24e1 2026-11-23T02:17:20.123Z {"room":"ball-room","sensor":"24e1","temperature":23.4}; sensor/ball-room/24e1:3 2026-11-23T02:17:20.123Z {"room":"ball-room","sensor":"24e1:3","temperature":5}"#,
        ),
        (
            Format::Chirpstack,
            "application/a/device/24e1/event/up",
            r#"{"data":"A2c="}"#,
            "refused: $.object is missing: the network server has no decoder for this device; set a codec (payload formatter) there",
        ),
        (
            Format::Chirpstack,
            "application/a/device/24e1/event/up",
            r#"{"object":{"history":[{"temperature":23}]}}"#,
            "nothing: values stored earlier",
        ),
        (
            Format::Chirpstack,
            "application/a/device/24e1/event/status",
            r#"{"batteryLevel":70.5}"#,
            r#"sensor/24e1/24e1 {"room":"24e1","sensor":"24e1","battery":70.5}"#,
        ),
        (
            Format::Chirpstack,
            "application/a/device/24e1/event/status",
            r#"{"batteryLevel":0,"externalPowerSource":true}"#,
            "nothing: status of the link",
        ),
        (
            Format::Tts,
            "v3/a@t/devices/d/up",
            r#"{"uplink_message":{"decoded_payload":{"TempC_SHT":"23.40","Hum_SHT":"48.0","TempC_DS":"327.67","BatV":3.05,"tvoc":3}}}"#,
            r#"sensor/d/d {"room":"d","sensor":"d","temperature":23.4,"humidity":48,"battery_voltage":3.05}"#,
        ),
        (
            Format::Tts,
            "v3/a@t/devices/d/up",
            r#"{"uplink_message":{"decoded_payload":{"temperature_1":20,"relative_humidity_2":40,"pm2_5":7}}}"#,
            r#"sensor/d/d {"room":"d","sensor":"d","temperature":20,"humidity":40,"pm25":7}"#,
        ),
        (
            Format::Owntracks,
            "owntracks/fleet/car-1",
            r#"{"_type":"location","lat":31.24303,"lon":121.47175,"tst":1795400240,"acc":12,"vel":23,"cog":87,"batt":81}"#,
            r#"vehicle/car-1 2026-11-23T02:17:20.000Z {"lat":31.24303,"lon":121.47175,"speed_kmh":23,"course":87,"fix_at":"2026-11-23T02:17:20.000Z"}"#,
        ),
        (
            Format::Owntracks,
            "owntracks/fleet/car-1",
            r#"{"_type":"lwt","tst":1}"#,
            r#"vehicle/car-1 {"state":"offline","reason":"its last will"}"#,
        ),
        (
            Format::Owntracks,
            "owntracks/fleet/car-1",
            r#"{"_type":"encrypted","data":"x"}"#,
            "refused: the content is encrypted; switch payload encryption off in the OwnTracks app, use TLS instead",
        ),
        (
            Format::Owntracks,
            "owntracks/fleet/car-1",
            r#"{"_type":"location","lat":91,"lon":1}"#,
            "refused: $.lat is 91; it must be from -90 to 90",
        ),
        (
            Format::Shelly,
            "shellies/ht/sensor/state",
            "close",
            r#"sensor/ht/ht {"room":"ht","sensor":"ht","contact":1}"#,
        ),
        (
            Format::Bare { metric: Metric::Occupancy },
            "a/pir",
            "ON",
            r#"sensor/a/a/pir {"room":"a","sensor":"a/pir","occupancy":1}"#,
        ),
        (
            Format::Bare { metric: Metric::Temperature },
            "a/t",
            "{}",
            "refused: the payload is an object; it must hold one number and nothing else",
        ),
        (
            Format::Map(map.clone().unwrap()),
            "a/b",
            r#"{"ts":1795400240,"d":[{"t":"74.12","door":"OFF"}]}"#,
            r#"sensor/a/a/b 2026-11-23T02:17:20.000Z {"room":"a","sensor":"a/b","temperature":23.4,"contact":1}"#,
        ),
        (
            Format::Map(map.unwrap()),
            "a/b",
            r#"{"d":[]}"#,
            "refused: /d/0/t is missing; it must hold a value, as the map of this [[sensor]] says",
        ),
    ] {
        let route = route(topic, format);
        assert_eq!(read(&route, topic, payload).join("; "), want, "{topic} {payload}");
    }
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
