//! The logs and their facts, and the way from bytes to fixes as every test here goes it.

use std::fs;
use std::path::{Path, PathBuf};

use portico::devices::fix::{Fix, FixAssembler, Heard};
use portico::devices::lines::{Frame, LineBuffer};
use portico::devices::nmea::{Checksum, Place, Sentence, SentenceKind, decode};
use portico::facts::{E7, Timestamp};
use serde_json::Value;

pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/nmea").join(name)
}

pub(crate) fn read(name: &str) -> Vec<u8> {
    fs::read(fixture(name)).unwrap()
}

/// Name, bytes and facts of every log.
pub(crate) fn logs() -> Vec<(String, Vec<u8>, Value)> {
    let facts: Value = serde_json::from_slice(&read("facts.json")).unwrap();
    let files = facts["files"].as_array().unwrap();
    assert_eq!(files.len(), 15);
    files
        .iter()
        .map(|file| {
            let name = file["file"].as_str().unwrap().to_owned();
            let bytes = read(&name);
            assert_eq!(bytes.len() as u64, file["facts"]["bytes"].as_u64().unwrap(), "{name}");
            (name, bytes, file["facts"].clone())
        })
        .collect()
}

/// A small generator of chance (xorshift), so that a seed tells all.
pub(crate) struct Chance(u64);

impl Chance {
    /// From `SEED`, else from the time; printed, so that a failure can be had again.
    pub(crate) fn new() -> Self {
        let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| {
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64
        });
        println!("SEED={seed}");
        Self(seed | 1)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }
}

pub(crate) fn frames(bytes: &[u8], mut cut: impl FnMut() -> usize) -> (Vec<Frame>, u64) {
    let (mut lines, mut out, mut rest) = (LineBuffer::default(), Vec::new(), bytes);
    while !rest.is_empty() {
        let (chunk, next) = rest.split_at(cut().clamp(1, rest.len()));
        out.extend(lines.push(chunk));
        rest = next;
    }
    // The log may end within a line; on a wire a line break would follow.
    out.extend(lines.push(b"\n"));
    (out, lines.rubbish())
}

pub(crate) fn xor(text: &str) -> u8 {
    text.bytes().fold(0, |sum, byte| sum ^ byte)
}

pub(crate) fn sentences(frames: &[Frame], kind: SentenceKind) -> Vec<Sentence> {
    let all = frames.iter().filter_map(|frame| decode(frame, Checksum::Required).sentence.ok());
    all.filter(|sentence| sentence.kind == kind).collect()
}

/// Everything the log's vehicle was heard to say, at a moment that makes no date a week roll-over.
pub(crate) fn heard(frames: &[Frame]) -> Vec<Heard> {
    let now: Timestamp = "2026-10-01T00:00:00Z".parse().unwrap();
    let mut assembler = FixAssembler::new(Some("car".parse().unwrap()), None);
    let mut out: Vec<Heard> =
        frames.iter().flat_map(|frame| assembler.push(&decode(frame, Checksum::Required), now)).collect();
    out.extend(assembler.flush(now));
    assert!(!assembler.is_open());
    out
}

pub(crate) fn fixes(frames: &[Frame]) -> Vec<Fix> {
    let fix = |heard| if let Heard::Fix(fix) = heard { Some(fix) } else { None };
    heard(frames).into_iter().filter_map(fix).collect()
}

pub(crate) fn degrees(value: E7) -> f64 {
    value.raw() as f64 / 1e7
}

pub(crate) fn metres(a: Place, b: Place) -> f64 {
    let (lat_a, lat_b) = (degrees(a.lat).to_radians(), degrees(b.lat).to_radians());
    let half = |from: f64, to: f64| ((to - from) / 2.0).sin().powi(2);
    let h =
        half(lat_a, lat_b) + lat_a.cos() * lat_b.cos() * half(degrees(a.lon).to_radians(), degrees(b.lon).to_radians());
    2.0 * 6_371_008.8 * h.sqrt().asin()
}

pub(crate) fn path(places: impl IntoIterator<Item = Place>) -> f64 {
    let places: Vec<Place> = places.into_iter().collect();
    places.windows(2).map(|pair| metres(pair[0], pair[1])).sum()
}

#[track_caller]
pub(crate) fn near(what: &str, got: f64, want: &Value, by: f64) {
    let want = want.as_f64().unwrap_or_else(|| panic!("{what}: no number in the facts: {want}"));
    assert!((got - want).abs() <= by, "{what}: {got}, not {want}");
}

#[track_caller]
pub(crate) fn same_place(what: &str, place: Place, fact: &Value) {
    near(what, degrees(place.lat), &fact["lat"], 1.01e-7);
    near(what, degrees(place.lon), &fact["lon"], 1.01e-7);
}

pub(crate) fn at(sentence: &Sentence) -> Option<String> {
    Some(sentence.says.day?.at(sentence.time?).to_string())
}
