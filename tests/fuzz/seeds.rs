//! What fuzzing begins with: recorded wires and messages, the plans and configurations of this tree.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::checks::{FORMATS, workbook};

/// A wire is taken in stretches of this length.
const STRETCH: usize = 1_200;
/// Stretches of one recording, from its beginning, its middle and so on.
const STRETCHES: usize = 4;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, endings: &[&str]) -> Vec<Vec<u8>> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| endings.iter().any(|one| ending == *one)));
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Stretches of every recorded wire.
pub fn wires() -> Vec<Vec<u8>> {
    let mut stretches = Vec::new();
    for wire in files("tests/fixtures/nmea", &["nmea"]) {
        let step = (wire.len() / STRETCHES).max(STRETCH);
        stretches.extend(wire.chunks(step).map(|chunk| chunk[..chunk.len().min(STRETCH)].to_vec()));
    }
    for line in json_lines("tests/fixtures/nmea/kenwood.jsonl") {
        stretches.push(format!("{}\r\n", line["raw"].as_str().unwrap()).into_bytes());
    }
    stretches
}

fn json_lines(file: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(root().join(file)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Recorded messages: topic, line break, payload; whatever their format, since any device may be told to be any other.
pub fn messages() -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    for file in ["bare-value", "lorawan", "shelly-gen2", "tasmota", "zigbee2mqtt"] {
        for line in json_lines(&format!("tests/fixtures/sensors/{file}.jsonl")) {
            let text = |key: &str| line[key].as_str().unwrap();
            messages.push(format!("{}\n{}", text("topic"), text("payload")).into_bytes());
        }
    }
    let more = [
        "homeassistant/sensor/lobby/temperature/state\n21.5",
        "esphome/lobby/sensor/temperature/state\n21.5",
        "homie/lobby/sensor/temperature\n21.5",
        "homie/lobby/$state\nready",
        "home/TheengsGateway/BTtoMQTT/A4C138000000\n{\"id\":\"A4:C1:38:00:00:00\",\"tempc\":21.5,\"hum\":40,\"batt\":80}",
        "application/1/device/0102030405060708/event/up\n{\"time\":\"2026-11-25T04:00:00Z\",\"deviceInfo\":{\"deviceName\":\"lobby\",\"tags\":{\"room\":\"lobby\"}},\"object\":{\"temperature\":21.5}}",
        "owntracks/car/phone\n{\"_type\":\"location\",\"lat\":31.2,\"lon\":121.4,\"tst\":1795000000,\"vel\":20,\"cog\":90}",
        // Once found: the last moment that there is.
        "owntracks/car/phone\n{\"_type\":\"location\",\"lat\":31.2,\"lon\":121.4,\"tst\":253402207200}",
        "any/topic\n{\"a\":{\"b\":21.5},\"list\":[700]}",
        "reception/v1/kiosk/K01/scan\n{\"scan_id\":\"K01-1\",\"code\":\"G-1\",\"at\":\"2026-11-25T04:00:00Z\",\"direction\":\"exit\",\"duration_s\":41}",
        "reception/v1/kiosk/K01/status\nonline",
        "reception/v1/room/lobby/sensor/s1\n{\"at\":\"2026-11-25T04:00:00Z\",\"temperature\":23.4,\"humidity\":48.2,\"co2\":871,\"battery\":87}",
        "reception/v1/vehicle/car-1/position\n{\"lat\":31.24303,\"lon\":121.47175,\"speed_kmh\":23.0,\"course\":87.0,\"ignition\":true}",
        "reception/v1/room/lobby/button\n{\"incident\":\"medical\"}",
    ];
    messages.extend(more.iter().map(|text| text.as_bytes().to_vec()));
    messages
}

/// A birth that names two values and a message that gives them by number, as `checks::sparkplug` takes them.
pub fn sparkplug() -> Vec<Vec<u8>> {
    // Payload: timestamp (1), metrics (2): name (1), alias (2), datatype (4), float (12); sequence (3).
    let metric = |name: Option<&str>, alias: u8, value: f32| {
        let mut metric = Vec::new();
        if let Some(name) = name {
            metric.extend([0x0a, name.len() as u8]);
            metric.extend(name.as_bytes());
        }
        metric.extend([0x10, alias, 0x20, 9, 0x65]);
        metric.extend(value.to_le_bytes());
        metric
    };
    let payload = |metrics: &[Vec<u8>]| {
        let mut payload = vec![0x08, 0xc0, 0x84, 0x3d];
        for metric in metrics {
            payload.extend([0x12, metric.len() as u8]);
            payload.extend(metric);
        }
        payload.extend([0x18, 0]);
        payload
    };
    let message = |topic: &str, payload: Vec<u8>| {
        let one = [topic.as_bytes(), b"\n", &payload].concat();
        [&(one.len() as u16).to_be_bytes()[..], &one].concat()
    };
    let birth = message(
        "spBv1.0/venue/DBIRTH/edge/lobby",
        payload(&[metric(Some("temperature"), 1, 21.5), metric(Some("co2"), 2, 700.0)]),
    );
    let data = message("spBv1.0/venue/DDATA/edge/lobby", payload(&[metric(None, 1, 22.5), metric(None, 2, 800.0)]));
    vec![birth.clone(), [birth, data].concat()]
}

fn after(first: u8, all: Vec<Vec<u8>>) -> impl Iterator<Item = Vec<u8>> {
    all.into_iter().map(move |one| [&[first][..], &one].concat())
}

/// What target `name` begins with.
pub fn seeds(name: &str) -> Vec<Vec<u8>> {
    match name {
        "framer" => [0, 6, 255].into_iter().flat_map(|chunk| after(chunk, wires())).collect(),
        "sentences" => wires(),
        "native" => messages(),
        "payload_sparkplug" => sparkplug(),
        "plan" => {
            let csv =
                "code,name,tier,expected_at,place,host,needs\nG-1,Ada,vip,2026-11-25 10:00,Lobby,Ben,wheelchair; tea\n";
            let chinese = "编号,姓名,级别,预计到达,地点,接待人\nG-1,王芳,vip,10:00,大厅,李娜\n";
            let json = r#"{"guests":[{"code":"G-1","name":"Ada","tier":"vip"}],"visits":[{"code":"G-1","expected_at":"2026-11-25T10:00:00+08:00","place":"lobby"}],"vehicles":[{"id":"car-1"}],"rooms":[{"id":"lobby","capacity":40}]}"#;
            let mut all: Vec<Vec<u8>> = after(0, vec![csv.into(), chinese.into()]).collect();
            all.extend(after(1, vec![json.into()]));
            let sheet = r#"<worksheet><sheetData><row r="1"><c r="A1" t="str"><v>code</v></c><c r="B1" t="inlineStr"><is><t>expected_at</t></is></c></row><row r="2"><c r="A2"><v>1042</v></c><c r="B2" t="d"><v>2026-11-25T10:00:00</v></c></row></sheetData></worksheet>"#;
            // Once found: a column that does not fit into 32 bits.
            let far = sheet.replace("\"B2\"", "\"BinlineStr\"");
            all.extend(after(4, vec![sheet.into(), far.into(), workbook(sheet.as_bytes())]));
            all.extend(after(0, files("config", &["csv"])));
            all.extend(after(1, files("config", &["json", "geojson"])));
            all.extend(after(0, files("tests/goldens", &["csv"])));
            all.extend(after(1, files("tests/goldens", &["json", "geojson"])));
            all
        }
        "config" => [files("config", &["toml"]), files("tests/goldens", &["toml"])].concat(),
        "api" => {
            let scan = br#"{"scan_id":"K01-1","code":"G-1","kiosk":"K01","at":"2026-11-25T04:00:00Z"}"#.to_vec();
            let word = br#"{"by":"desk","note":"done","result":"ok","improvement":"more doors","until":"2026-11-25T04:00:00Z"}"#.to_vec();
            let query =
                b"after=1&limit=10&kind=scan&from=2026-11-25T04:00:00Z&to=2026-11-25T05:00:00Z&metric=co2&step=5m";
            let mut all: Vec<Vec<u8>> = after(0, vec![scan]).collect();
            all.extend((1..5).flat_map(|what| after(what, vec![word.clone()])));
            all.extend((5..7).flat_map(|what| after(what, vec![query.to_vec()])));
            all
        }
        payload => {
            assert!(
                payload.strip_prefix("payload_").is_some_and(|word| word == "own" || FORMATS.contains(&word)),
                "{payload}"
            );
            messages()
        }
    }
}

/// Every target's name, from the folder of targets.
pub fn targets() -> Vec<String> {
    let folder = root().join("tests/fuzz/fuzz_targets");
    let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let mut names: Vec<String> = std::fs::read_dir(folder).unwrap().map(|entry| stem(entry.unwrap().path())).collect();
    names.sort();
    names
}

/// Lays down every target's seeds below `folder`, as `cargo fuzz` looks for them.
pub fn write(folder: &Path) {
    for target in targets() {
        let folder = folder.join(&target);
        std::fs::create_dir_all(&folder).unwrap();
        for seed in seeds(&target) {
            let name = blake3::hash(&seed).to_hex();
            std::fs::write(folder.join(&name[..16]), seed).unwrap();
        }
    }
}
