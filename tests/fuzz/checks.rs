//! What must hold for any bytes at all, one function for each place where bytes from outside are read. Fuzz targets run
//! them without end, `tests/fuzzed.rs` runs them in every build.
//!
//! Each panics where it does not hold: no panic inside, what is read is within its ranges and can be written and read
//! again, and no more memory than the input's length can justify, see [`bounded`].

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)] // Each target uses its own; panics are its way to speak.

use std::path::Path;
use std::sync::OnceLock;

use jiff::tz::TimeZone;
use portico::config::Draft;
use portico::devices::fix::{FixAssembler, Heard, Thinned, Thinning};
use portico::devices::lines::{FRAME_BYTES_MAX, Frame, LineBuffer};
use portico::devices::mqtt::filter::Filter;
use portico::devices::mqtt::routes::SensorRoute;
use portico::devices::mqtt::topics::Native;
use portico::devices::nmea::{Checksum, decode};
use portico::devices::payload::{Births, Format, MapEntry, MapSpec, Message, Told, decode_native, hear};
use portico::facts::{Fact, Metric, Position, Timestamp};

use super::peak::bounded;

/// The formats of `[[sensor]]`, by the words of the configuration.
pub const FORMATS: [&str; 13] = [
    "native",
    "zigbee2mqtt",
    "tasmota",
    "esphome",
    "shelly",
    "homie",
    "sparkplug",
    "theengs",
    "chirpstack",
    "tts",
    "owntracks",
    "bare",
    "map",
];

/// About when everything happens.
const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

fn zone() -> &'static TimeZone {
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    ZONE.get_or_init(|| TimeZone::get("Asia/Shanghai").unwrap())
}

/// Any bytes in any chunks give the same frames. The first byte says how long the chunks are.
pub fn framer(data: &[u8]) {
    let Some((size, bytes)) = data.split_first() else { return };
    bounded("framer", 64 * 1024 + 512 * bytes.len(), || {
        let mut whole = LineBuffer::default();
        let frames = whole.push(bytes);
        let mut pieces = LineBuffer::default();
        let chunked: Vec<Frame> = bytes.chunks(usize::from(*size) + 1).flat_map(|chunk| pieces.push(chunk)).collect();
        assert_eq!(frames, chunked);
        assert_eq!(whole.rubbish(), pieces.rubbish());
        let mut held = 0;
        for frame in &frames {
            assert!(frame.raw().len() <= FRAME_BYTES_MAX && frame.raw().is_ascii(), "{frame:?}");
            assert!(frame.sentence().starts_with(['$', '!']), "{frame:?}");
            held += frame.sentence().len() as u64;
        }
        assert!(held + whole.rubbish() <= bytes.len() as u64, "more came out than went in");
    });
}

/// Sentences from a wire, and the same bytes as the body of a sentence whose sum is right.
pub fn sentences(data: &[u8]) {
    bounded("sentences", 256 * 1024 + 512 * data.len(), || {
        let text: String = data.iter().map(|byte| char::from(*byte)).filter(|c| (' '..='~').contains(c)).collect();
        let sum = text.bytes().fold(0, |sum, byte| sum ^ byte);
        let summed = format!("\n${text}*{sum:02X}\r\n").into_bytes();
        for (wire, checksum) in [(data, Checksum::Required), (data, Checksum::IfPresent), (&summed, Checksum::Required)]
        {
            let mut fixes = FixAssembler::new(None, Some("port".parse().unwrap()));
            let (mut now, mut thinned) = (NOW, Thinned::default());
            let mut check = |heard: Vec<Heard>, now| {
                for heard in heard {
                    let Heard::Fix(fix) = heard else { continue };
                    thinned.keeps(&Thinning::default(), &fix, now);
                    position(&fix.position());
                }
            };
            for frame in LineBuffer::default().push(wire) {
                now = now.plus(portico::facts::Span::from_millis(100));
                check(fixes.push(&decode(&frame, checksum), now), now);
            }
            check(fixes.flush(now), now);
        }
    });
}

fn position(position: &Position) {
    let (lat, lon) = (position.lat.raw(), position.lon.raw());
    assert!(lat.abs() <= 900_000_000 && lon.abs() <= 1_800_000_000, "{position:?}");
    round_trip(&Fact::Position(position.clone()));
}

/// What is kept is what is read again, or a replay would see another day.
fn round_trip(fact: &Fact) {
    let mut body = Vec::new();
    fact.write_body(&mut body).unwrap();
    let text = String::from_utf8(body).unwrap();
    let again = Fact::read_body(fact.kind(), &text).unwrap_or_else(|fault| panic!("{fault}: {text}"));
    assert_eq!(&again, fact, "{text}");
}

fn told(told: &Told) {
    assert_eq!(told.heard.is_empty(), told.nothing.is_some(), "{told:?}");
    for heard in &told.heard {
        if let Fact::Position(at) = &heard.fact {
            position(at);
        }
        round_trip(&heard.fact);
    }
}

/// Topic and payload, divided by the first line break.
fn message(data: &[u8]) -> (String, &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (topic, rest) = data.split_at(end);
    (String::from_utf8_lossy(topic).into_owned(), rest.get(1..).unwrap_or_default())
}

/// The gateway's own topics and payloads.
pub fn native(data: &[u8]) {
    let (topic, payload) = message(data);
    bounded("native", 256 * 1024 + 256 * data.len(), || {
        let _filter = topic.parse::<Filter>().map(|filter| assert_eq!(filter.as_str(), topic));
        let Ok(native) = Native::parse(&topic) else { return };
        assert!(topic.starts_with("reception") || native == Native::NotOurs, "{topic}");
        if let Ok(heard) = decode_native(&native, payload, NOW) {
            told(&heard);
        }
    });
}

fn format(word: &str) -> Format {
    let entry = |pointer: &str, metric| MapEntry::new(metric, pointer, None, None).unwrap();
    match word {
        "bare" => Format::Bare { metric: Metric::Temperature },
        "map" => Format::Map(
            MapSpec::new(
                vec![entry("/a/b", Metric::Temperature), entry("/list/0", Metric::Co2), entry("", Metric::Humidity)],
                Some("/at"),
            )
            .unwrap(),
        ),
        word => word.parse().unwrap(),
    }
}

/// One vendor's format: messages divided by NUL, each a topic, a line break and a payload, to one set of what devices
/// have said of themselves.
pub fn payload(word: &str, data: &[u8]) {
    let route = SensorRoute { filter: "#".parse().unwrap(), format: format(word), room: None, sensor: None };
    let placed =
        SensorRoute { room: Some("lobby".parse().unwrap()), sensor: Some("s".parse().unwrap()), ..route.clone() };
    bounded(word, 512 * 1024 + 512 * data.len(), || {
        let births = Births::default();
        for one in data.split(|byte| *byte == 0).take(16) {
            let (topic, payload) = message(one);
            let message = Message { topic: &topic, payload, now: NOW, zone: zone() };
            for route in [&route, &placed] {
                if let Ok(heard) = hear(route, &message, &births) {
                    told(&heard);
                }
            }
        }
    });
}

/// Sparkplug's payloads are binary, NUL and all: topic and payload of one birth and one message after it, each with two
/// bytes of length before it.
pub fn sparkplug(data: &[u8]) {
    let route = SensorRoute { filter: "#".parse().unwrap(), format: Format::Sparkplug, room: None, sensor: None };
    bounded("sparkplug", 512 * 1024 + 512 * data.len(), || {
        let (births, mut rest) = (Births::default(), data);
        while let [high, low, more @ ..] = rest {
            let length = usize::from(u16::from_be_bytes([*high, *low])).min(more.len());
            let (one, after) = more.split_at(length);
            rest = after;
            let (topic, payload) = message(one);
            let message = Message { topic: &topic, payload, now: NOW, zone: zone() };
            if let Ok(heard) = hear(&route, &message, &births) {
                told(&heard);
            }
        }
    });
}

/// A workbook with these bytes for its only sheet.
pub fn workbook(sheet: &[u8]) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let packages = "http://schemas.openxmlformats.org/package/2006/relationships";
    let relation = |kind: &str, target: &str| {
        format!(
            "<Relationships xmlns=\"{packages}\"><Relationship Id=\"rId1\" Type=\"{office}/{kind}\" \
             Target=\"{target}\"/></Relationships>"
        )
    };
    let book = format!(
        "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets><sheet name=\"Sheet1\" sheetId=\"1\" \
         r:id=\"rId1\"/></sheets></workbook>"
    );
    let parts = [
        ("_rels/.rels", relation("officeDocument", "xl/workbook.xml").into_bytes()),
        ("xl/_rels/workbook.xml.rels", relation("worksheet", "worksheets/sheet1.xml").into_bytes()),
        ("xl/workbook.xml", book.into_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.to_vec()),
    ];
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in parts {
        let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        archive.start_file(name, stored).unwrap();
        std::io::Write::write_all(&mut archive, &content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// A plan's file. The first byte tells how its name ends; what is to be a workbook and is none becomes its sheet.
pub fn plan(data: &[u8]) {
    let Some((ending, bytes)) = data.split_first() else { return };
    let name = ["plan.csv", "plan.json", "plan.tsv", "plan.geojson", "plan.xlsx"][usize::from(*ending) % 5];
    let day = jiff::civil::date(2026, 11, 25);
    let packed;
    let bytes = if name.ends_with("xlsx") && !bytes.starts_with(b"PK") {
        packed = workbook(bytes);
        &packed
    } else {
        bytes
    };
    bounded("plan", 1024 * 1024 + 1024 * bytes.len(), || {
        match portico::plan::load(Path::new(name), bytes, zone(), day) {
            Ok(plan) => round_trip_once(&Fact::Plan(Box::new(plan))),
            Err(faults) => say_where(&faults, name),
        }
    });
}

/// A plan's people stay outside of the chain: what is kept of it is the same once it was kept.
fn round_trip_once(fact: &Fact) {
    let write = |fact: &Fact| {
        let mut body = Vec::new();
        fact.write_body(&mut body).unwrap();
        String::from_utf8(body).unwrap()
    };
    let text = write(fact);
    let again = Fact::read_body(fact.kind(), &text).unwrap_or_else(|fault| panic!("{fault}: {text}"));
    assert_eq!(write(&again), text);
}

/// A configuration's file.
pub fn config(data: &[u8]) {
    bounded("config", 2 * 1024 * 1024 + 2048 * data.len(), || {
        if let Err(faults) = Draft::read("portico.toml", data, Path::new("/nowhere")).finish() {
            say_where(&faults, "portico.toml");
        }
    });
}

fn say_where(faults: &[portico::document::Fault], name: &str) {
    assert!(!faults.is_empty(), "refused without a fault");
    for fault in faults {
        assert_eq!(fault.file, name);
        assert!(!fault.what.is_empty() && !fault.hint.is_empty(), "{fault:?}");
    }
}
