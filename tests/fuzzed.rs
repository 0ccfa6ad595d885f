//! The properties of `tests/fuzz`, in every build: on the recorded seeds, on seeds that were spoilt, and on any bytes.
//!
//! `PORTICO_FUZZ_CASES=100000` runs so many a target. A failure prints its seed; `PORTICO_SEED=…` repeats it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failure stops its test and says where.

#[path = "fuzz/api.rs"]
mod api;
#[path = "fuzz/checks.rs"]
mod checks;
#[path = "fuzz/peak.rs"]
mod peak;
#[path = "fuzz/seeds.rs"]
mod seeds;
mod support;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngSeed, TestRunner};

/// Spoilt seeds and made bytes for each target, a third of the latter.
const CASES: u32 = 300;
/// Longer inputs say nothing new and take long.
const BYTES_MAX: usize = 3_000;

/// One thing that goes wrong on the way.
#[derive(Debug, Clone)]
enum Harm {
    Flip(Index, u8),
    Cut(Index),
    Double(Index, Index),
    Put(Index, Vec<u8>),
}

/// What breaks readers: ends of ranges, marks out of place, depth.
fn words() -> impl Strategy<Value = Vec<u8>> {
    let words: Vec<&[u8]> = vec![
        b"-1",
        b"1e999",
        b"-0",
        b"nan",
        b"99999999999999999999999999",
        b"1e-400",
        b"\0",
        b"\xff\xfe",
        b"\"",
        b"{",
        b"[[[[[[[[",
        b"}",
        b",",
        b"\n",
        b"\r\n",
        b"$",
        b"*",
        b"\\s:",
        b"!",
        b"..",
        b"=",
        b"[",
        b"'''",
        b"\xf0\x9f\x98\x80",
        b"\xed\xa0\x80",
        b"2026-02-30T25:61:61Z",
        b"9999999-01-01",
        b"/",
        b"+",
        b"#",
        b"%00",
        b"null",
        b"true",
    ];
    select(words).prop_map(<[u8]>::to_vec)
}

fn harm() -> impl Strategy<Value = Harm> {
    prop_oneof![
        (any::<Index>(), 1_u8..).prop_map(|(at, bits)| Harm::Flip(at, bits)),
        any::<Index>().prop_map(Harm::Cut),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Harm::Double(from, to)),
        (any::<Index>(), words()).prop_map(|(at, word)| Harm::Put(at, word)),
    ]
}

fn spoil(mut bytes: Vec<u8>, harms: Vec<Harm>) -> Vec<u8> {
    for harm in harms {
        if bytes.is_empty() {
            break;
        }
        match harm {
            Harm::Flip(at, bits) => {
                let at = at.index(bytes.len());
                bytes[at] ^= bits;
            }
            Harm::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Harm::Double(from, to) => {
                let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
                let piece = bytes[from.min(to)..from.max(to)].to_vec();
                bytes.splice(to..to, piece);
            }
            Harm::Put(at, word) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, word);
            }
        }
        bytes.truncate(BYTES_MAX);
    }
    bytes
}

fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// One target: its seeds as they are, then spoilt, then anything.
fn target(name: &str, check: impl Fn(&[u8])) {
    let seeds = seeds::seeds(name);
    assert!(!seeds.is_empty(), "{name} has no seeds");
    for seed in &seeds {
        check(seed);
    }
    let seed = support::seed();
    println!("{name}: {} seeds, PORTICO_SEED={seed}", seeds.len());
    let cases = asked("PORTICO_FUZZ_CASES").map_or(CASES, |cases| cases as u32);
    let mut runner = TestRunner::new(Config {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..Config::default()
    });
    let input = prop_oneof![
        2 => (select(seeds), vec(harm(), 1..8)).prop_map(|(bytes, harms)| spoil(bytes, harms)),
        1 => vec(any::<u8>(), 0..600),
    ];
    let outcome = runner.run(&input, |bytes| {
        check(&bytes);
        Ok(())
    });
    outcome.unwrap_or_else(|fault| panic!("{name}: {fault}"));
}

#[test]
fn wires() {
    target("framer", checks::framer);
    target("sentences", checks::sentences);
}

#[test]
fn messages() {
    target("native", checks::native);
    for word in checks::FORMATS {
        match word {
            "sparkplug" => target("payload_sparkplug", checks::sparkplug),
            "native" => target("payload_own", |bytes| checks::payload("native", bytes)),
            word => target(&format!("payload_{word}"), |bytes| checks::payload(word, bytes)),
        }
    }
}

#[test]
fn files() {
    target("plan", checks::plan);
    target("config", checks::config);
}

#[test]
fn requests() {
    target("api", api::request);
}

/// Every format and every other place where bytes come in has its target, and `PORTICO_CORPORA=FOLDER` lays down what
/// they begin with.
#[test]
fn every_target_has_its_seeds() {
    let targets = seeds::targets();
    let formats =
        checks::FORMATS.iter().map(|word| format!("payload_{}", if *word == "native" { "own" } else { word }));
    for name in ["framer", "sentences", "native", "plan", "config", "api"].map(str::to_owned).into_iter().chain(formats)
    {
        assert!(targets.contains(&name), "{name} has no target");
    }
    for target in &targets {
        assert!(!seeds::seeds(target).is_empty(), "{target} has no seeds");
    }
    if let Ok(folder) = std::env::var("PORTICO_CORPORA") {
        seeds::write(std::path::Path::new(&folder));
    }
}
