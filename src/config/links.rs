//! `[mqtt]`, `[[serial]]` and `[[sensor]]`: the links to devices.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::Path;

use crate::document::{Fields, Node, Place, Spot, Value, suggest};
use crate::facts::{Metric, Name, Span};

use super::settings::{
    BrokerConfig, ChecksumConfig, ListenerConfig, MapEntryConfig, MqttConfig, SensorConfig, SensorFormat, SerialConfig,
    SiteConfig, ThinningConfig, units,
};
use super::values::{loopback, path, secret_file, size, topic_filter, url};

/// Packets that the built-in broker can be told to take.
const PACKET: RangeInclusive<u32> = 1024..=8 * 1024 * 1024;
/// Shorter asks the broker without need, longer sees a lost link too late.
const KEEP_ALIVE: RangeInclusive<Span> = Span::from_secs(5)..=Span::from_mins(10);
/// Intervals at which a sensor can be expected.
const EXPECT_EVERY: RangeInclusive<Span> = Span::from_secs(1)..=Span::from_mins(7 * 24 * 60);
/// The speeds that serial ports and receivers know.
const BAUDS: &[i64] = &[1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600];
/// The user and client names that brokers take.
const ID_CHARS_MAX: usize = 128;
/// A longer JSON pointer is a slip.
const POINTER_CHARS_MAX: usize = 200;

/// Names that may be given once, with the place where they were.
#[derive(Default)]
pub(super) struct Once(BTreeMap<String, Place>);

impl Once {
    pub(super) fn check(&mut self, fields: &Fields<'_>, key: &str, value: &str, what: &str) {
        let place = fields.spot_of(key).place;
        if let Some(first) = self.0.get(value) {
            let hint = format!("take one of the two out; the other is in line {}", first.line);
            fields.fault(key, format!("{what} \"{value}\" is here for the second time"), hint);
            return;
        }
        self.0.insert(value.to_owned(), place);
    }
}

/// Reads `[mqtt]`.
pub(super) fn mqtt(root: &Fields<'_>, site: &SiteConfig, folder: &Path) -> MqttConfig {
    let fields = root.table("mqtt", &["listener", "broker"]);
    MqttConfig { listener: listener(&fields), brokers: brokers(&fields, site, folder) }
}

fn listener(mqtt: &Fields<'_>) -> Option<ListenerConfig> {
    let fields = mqtt.table("listener", &["enabled", "bind", "anonymous", "max_packet"]);
    let default = ListenerConfig::default();
    if fields.flag("anonymous") == Some(false) {
        let what = "logging in to the built-in broker is not in this version";
        fields.fault("anonymous", what, "write anonymous = true; it listens on loopback only");
    }
    let listener = ListenerConfig {
        bind: loopback(&fields, "bind", default.bind),
        max_packet: size(&fields, "max_packet", &PACKET, default.max_packet),
    };
    fields.flag("enabled").unwrap_or(true).then_some(listener)
}

fn brokers(mqtt: &Fields<'_>, site: &SiteConfig, folder: &Path) -> Vec<BrokerConfig> {
    let known = ["url", "client_id", "username", "password_file", "keep_alive"];
    let mut seen = Once::default();
    let mut brokers = Vec::new();
    for fields in mqtt.tables("broker", &known) {
        fields.require("url", "\"mqtt://127.0.0.1:1884\"");
        let client_id =
            fields.text("client_id", ID_CHARS_MAX).unwrap_or_else(|| format!("portico-{}", site.id.as_str()));
        let username = fields.text("username", ID_CHARS_MAX);
        let password_file = secret_file(&fields, "password_file", folder);
        if fields.has("password_file") && !fields.has("username") {
            let what = "there is a password, but no user who has it";
            fields.fault("password_file", what, "add username = \"…\", or take the password out");
        }
        let keep_alive = fields.span("keep_alive", &KEEP_ALIVE).unwrap_or(Span::from_secs(30));
        let Some((host, port)) = broker_address(&fields) else { continue };
        seen.check(&fields, "url", &format!("{client_id} at {host}:{port}"), "client");
        brokers.push(BrokerConfig { host, port, client_id, username, password_file, keep_alive });
    }
    brokers
}

fn broker_address(fields: &Fields<'_>) -> Option<(String, u16)> {
    let example = "mqtt://192.168.1.10:1883";
    if fields.raw_text("url").is_some_and(|text| text.starts_with("mqtts:") || text.starts_with("ssl:")) {
        let what = "TLS to an existing broker is not in this version";
        fields.fault("url", what, format!("write \"{example}\" within the site's own network, or use a tunnel"));
        return None;
    }
    let url = url(fields, "url", &["mqtt", "tcp"], example)?;
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        let what = "something follows the broker's address";
        fields.fault("url", what, format!("write \"{example}\"; topics stand under [[sensor]]"));
        return None;
    }
    Some((url.host_str()?.trim_matches(['[', ']']).to_owned(), url.port().unwrap_or(1883)))
}

/// Reads `[[serial]]`.
pub(super) fn serial(root: &Fields<'_>, folder: &Path) -> Vec<SerialConfig> {
    let mut paths = Once::default();
    let mut vehicles = Once::default();
    let mut ports = Vec::new();
    for fields in root.tables("serial", &["path", "baud", "vehicle", "checksum", "thin", "thinning"]) {
        fields.require("path", "\"/dev/serial/by-id/…\"");
        let vehicle = fields.name("vehicle");
        if let Some(vehicle) = &vehicle {
            vehicles.check(&fields, "vehicle", vehicle.as_str(), "vehicle");
        }
        let words = [("required", ChecksumConfig::Required), ("if-present", ChecksumConfig::IfPresent)];
        let checksum = fields.word("checksum", &words).unwrap_or(ChecksumConfig::Required);
        let (baud, thinning) = (baud(&fields), thinning(&fields));
        let Some(path) = path(&fields, "path", folder) else { continue };
        paths.check(&fields, "path", fields.raw_text("path").unwrap_or_default(), "port");
        ports.push(SerialConfig { path, baud, vehicle, checksum, thinning });
    }
    ports
}

fn baud(fields: &Fields<'_>) -> u32 {
    let default = 9_600;
    let Some(baud) = fields.whole("baud", &(1..=i64::from(u32::MAX))) else { return default };
    if !BAUDS.contains(&baud) {
        let words: Vec<String> = BAUDS.iter().map(ToString::to_string).collect();
        let hint = format!("take the receiver's own, most often 9600 or 115200: {}", words.join(", "));
        fields.fault("baud", format!("{baud} is not a speed of serial ports"), hint);
        return default;
    }
    baud as u32
}

fn thinning(fields: &Fields<'_>) -> Option<ThinningConfig> {
    let default = ThinningConfig::default();
    let table = fields.table("thinning", &["moved_m", "turned_deg", "every"]);
    let thinning = ThinningConfig {
        moved_m: table.whole("moved_m", &(1..=1_000)).map_or(default.moved_m, |metres| metres as u32),
        turned_deg: table.whole("turned_deg", &(1..=180)).map_or(default.turned_deg, |degrees| degrees as u32),
        every: table.span("every", &(Span::from_secs(1)..=Span::from_mins(10))).unwrap_or(default.every),
    };
    let thin = fields.flag("thin").unwrap_or(true);
    if !thin && fields.has("thinning") {
        fields.fault("thinning", "there are numbers for thinning, but thin = false", "take one of the two out");
    }
    thin.then_some(thinning)
}

/// A room that the configuration names, to be held against the plan.
#[derive(Debug, Clone)]
pub(super) struct RoomMention {
    pub room: Name,
    pub spot: Spot,
}

/// Reads `[[sensor]]`, and what rooms it names.
pub(super) fn sensors(document: &Fields<'_>) -> (Vec<SensorConfig>, Vec<RoomMention>) {
    let known = ["topic", "format", "room", "sensor", "vehicle", "expect_every", "quantity", "map"];
    let mut topics = Once::default();
    let (mut sensors, mut mentions) = (Vec::new(), Vec::new());
    for fields in document.tables("sensor", &known) {
        fields.require("topic", "\"zigbee2mqtt/lobby-1\"");
        fields.require("format", "\"zigbee2mqtt\"");
        let topic = topic_filter(&fields, "topic");
        if let Some(topic) = &topic {
            topics.check(&fields, "topic", topic, "topic");
        }
        let room = fields.name("room");
        if let Some(room) = &room {
            mentions.push(RoomMention { room: room.clone(), spot: fields.spot_of("room") });
        }
        let (within, vehicle) = (fields.name("sensor"), fields.name("vehicle"));
        let expect_every = fields.span("expect_every", &EXPECT_EVERY);
        let Some(format) = format(&fields) else { continue };
        match format {
            // OwnTracks tells of vehicles; a network server's message can name its room in a tag.
            SensorFormat::Owntracks => refuse(&fields, &["room", "sensor"], "format \"owntracks\" tells of a vehicle"),
            SensorFormat::Chirpstack => {}
            _ => fields.require("room", "\"lobby\""),
        }
        if format != SensorFormat::Owntracks {
            refuse(&fields, &["vehicle"], "a vehicle goes with format \"owntracks\" alone");
        }
        let Some(topic) = topic else { continue };
        sensors.push(SensorConfig { topic, format, room, sensor: within, vehicle, expect_every });
    }
    (sensors, mentions)
}

fn refuse(fields: &Fields<'_>, keys: &[&str], reason: &str) {
    for key in keys.iter().filter(|key| fields.has(key)) {
        fields.fault(key, format!("\"{key}\" has no meaning here: {reason}"), "take it out");
    }
}

fn format(fields: &Fields<'_>) -> Option<SensorFormat> {
    let plain = [
        ("native", SensorFormat::Native),
        ("zigbee2mqtt", SensorFormat::Zigbee2mqtt),
        ("tasmota", SensorFormat::Tasmota),
        ("esphome", SensorFormat::Esphome),
        ("shelly", SensorFormat::Shelly),
        ("homie", SensorFormat::Homie),
        ("sparkplug", SensorFormat::Sparkplug),
        ("theengs", SensorFormat::Theengs),
        ("chirpstack", SensorFormat::Chirpstack),
        ("tts", SensorFormat::Tts),
        ("owntracks", SensorFormat::Owntracks),
    ];
    // Read in any case, so that its faults are told even where the format is wrong.
    let (quantity, map) = (quantity(fields), map(fields));
    let word = fields.raw_text("format")?;
    if word != "bare" {
        refuse(fields, &["quantity"], "it goes with format \"bare\" alone");
    }
    if word != "map" {
        refuse(fields, &["map"], "it goes with format \"map\" alone");
    }
    match word {
        "bare" => {
            fields.require("quantity", "\"temperature\"");
            quantity.map(SensorFormat::Bare)
        }
        "map" => {
            fields.require("map", "{ temperature = \"/air/temperature\" }");
            (!map.is_empty()).then_some(SensorFormat::Map(map))
        }
        word => {
            let found = plain.iter().find(|(known, _)| *known == word).map(|(_, format)| format.clone());
            if found.is_none() {
                let hint = suggest(word, "formats", plain.iter().map(|(word, _)| *word).chain(["bare", "map"]));
                fields.fault("format", format!("\"{word}\" is not a format"), hint);
            }
            found
        }
    }
}

fn quantity(fields: &Fields<'_>) -> Option<Metric> {
    let words: Vec<(&str, Metric)> = Metric::ALL.iter().map(|metric| (metric.word(), *metric)).collect();
    fields.word("quantity", &words)
}

/// `map = { temperature = "/t", pressure = { pointer = "/p", unit = "Pa" } }`.
fn map(fields: &Fields<'_>) -> Vec<MapEntryConfig> {
    let words: Vec<&'static str> = Metric::ALL.iter().map(|metric| metric.word()).collect();
    let table = fields.table("map", &words);
    let mut entries = Vec::new();
    for metric in Metric::ALL.iter().copied().filter(|metric| table.has(metric.word())) {
        let key = metric.word();
        let entry = if table.node(key).is_some_and(|node| matches!(node.value, Value::Text(_))) {
            pointer(&table, key).map(|pointer| MapEntryConfig { metric, pointer, unit: None })
        } else {
            let long = table.table(key, &["pointer", "unit"]);
            long.require("pointer", "\"/air/temperature\"");
            let units: Vec<(&str, &'static str)> = units(metric).iter().map(|unit| (*unit, *unit)).collect();
            let unit = long.word("unit", &units);
            pointer(&long, "pointer").map(|pointer| MapEntryConfig { metric, pointer, unit })
        };
        entries.extend(entry);
    }
    let nameless = |node: &Node| matches!(&node.value, Value::Table(members) if members.is_empty());
    if fields.node("map").is_some_and(nameless) {
        fields.fault("map", "the map names no quantity", "write map = { temperature = \"/air/temperature\" }");
    }
    entries
}

/// A JSON pointer: empty for the whole payload, else beginning with a slash (RFC 6901).
fn pointer(fields: &Fields<'_>, key: &str) -> Option<String> {
    let text = fields.text(key, POINTER_CHARS_MAX)?;
    if text.starts_with('/') {
        return Some(text);
    }
    let hint = format!("write the way through the payload with slashes: \"/{}\"", text.replace('.', "/"));
    fields.fault(key, format!("\"{text}\" is not a JSON pointer"), hint);
    None
}
