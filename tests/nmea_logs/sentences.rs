//! Every sentence of every log, counted and read.

use std::collections::BTreeMap;

use portico::devices::lines::Frame;
use portico::devices::nmea::{Checksum, Damage, Refused, Sentence, SentenceKind, Standing, decode};
use serde_json::Value;

use crate::support::{Chance, at, degrees, frames, logs, near, path, read, same_place, sentences, xor};

/// The address as `facts.json` defines a sentence's: a maker's, or two letters and three or more.
fn is_defined(address: &str) -> bool {
    address.starts_with('P') || address.len() >= 5
}

#[derive(Debug, Default, PartialEq)]
struct Tally {
    valid: u64,
    bad: u64,
    unsummed: u64,
    cut: u64,
    impossible: u64,
    not_understood: u64,
    by_type: BTreeMap<String, u64>,
}

fn tally(frames: &[Frame]) -> Tally {
    let mut tally = Tally::default();
    for frame in frames {
        let mut valid = frame.sentence().contains('*');
        match decode(frame, Checksum::Required).sentence {
            Ok(_) | Err(Refused::NotForUs) => {}
            Err(Refused::NotUnderstood(_)) => tally.not_understood += u64::from(is_defined(frame.address())),
            Err(Refused::Damaged(Damage::Field { .. })) => tally.impossible += 1,
            Err(Refused::Damaged(Damage::Checksum { .. })) => {
                valid = false;
                tally.bad += u64::from(is_defined(frame.address()));
            }
            Err(Refused::Damaged(Damage::NoChecksum)) => tally.unsummed += 1,
            Err(Refused::Damaged(Damage::Cut(_) | Damage::Tag(_))) => {
                valid = false;
                tally.cut += 1;
            }
        }
        if valid && is_defined(frame.address()) {
            tally.valid += 1;
            *tally.by_type.entry(frame.address().to_owned()).or_default() += 1;
        }
    }
    tally
}

#[test]
fn every_way_of_cutting_a_log_gives_the_same_sentences() {
    let mut chance = Chance::new();
    for (name, bytes, _) in logs() {
        let whole = frames(&bytes, || bytes.len());
        assert_eq!(frames(&bytes, || 1), whole, "{name} byte by byte");
        assert_eq!(frames(&bytes, || 1 + chance.below(60)), whole, "{name} in odd chunks");
        assert_eq!(frames(&bytes, || 1 + chance.below(2000)), whole, "{name} in odd reads");
    }
}

#[test]
fn sentences_are_counted_as_others_counted_them() {
    for (name, bytes, facts) in logs() {
        let got = tally(&frames(&bytes, || 1024).0);
        let want = &facts["sentences"];
        let count = |key: &str| want[key].as_u64().unwrap();
        assert_eq!(got.valid, count("valid"), "{name}");
        assert_eq!(got.bad, count("bad_checksum"), "{name}");
        let by_type: BTreeMap<String, u64> = serde_json::from_value(want["valid_by_type"].clone()).unwrap_or_default();
        assert_eq!(got.by_type, by_type, "{name}");
        // The facts count whole lines without a checksum. Two sentences of the cold boot were overtaken by the next one
        // in the middle of a line; and Ashtech's binary $PASHR lines have none by design, so they are not damaged.
        let unsummed = match name.as_str() {
            "coldboot-corrupt.nmea" => count("lines_without_checksum") + 2,
            "ac12-binary-mixed.nmea" => count("lines_without_checksum") - 14,
            _ => count("lines_without_checksum"),
        };
        assert_eq!(got.unsummed, unsummed, "{name}");
        // Garmin's log ends in the middle of a checksum.
        assert_eq!(got.cut, u64::from(name == "garmin48.nmea"), "{name}");
        // GSA with an empty dilution, which the `nmea` crate refuses; and what is left of a GGA, "$GPN,00000.0000,E…",
        // is in no facts.
        let not_understood = if name == "ac12-binary-mixed.nmea" { 5 } else { 0 };
        assert_eq!((got.impossible, got.not_understood), (0, not_understood), "{name}");
    }
}

#[test]
fn rmc_says_what_others_read_in_it() {
    for (name, bytes, facts) in logs() {
        let all = sentences(&frames(&bytes, || 1024).0, SentenceKind::Rmc);
        let want = &facts["rmc"];
        let (active, void): (Vec<Sentence>, Vec<Sentence>) =
            all.into_iter().partition(|s| s.standing == Standing::Fixed);
        assert_eq!(active.len() as u64, want["active"].as_u64().unwrap(), "{name}");
        assert_eq!(void.len() as u64, want["void"].as_u64().unwrap(), "{name}");
        let (Some(first), Some(last)) = (active.first(), active.last()) else { continue };
        for (sentence, fact) in [(first, &want["first"]), (last, &want["last"])] {
            same_place(&name, sentence.says.place.unwrap(), fact);
            assert_eq!(at(sentence), fact["time"].as_str().map(str::to_owned), "{name}");
        }
        for fact in want["sample_fixes"].as_array().unwrap() {
            let sentence = &active[fact["nth_active_rmc"].as_u64().unwrap() as usize];
            same_place(&name, sentence.says.place.unwrap(), fact);
            assert_eq!(at(sentence), fact["time"].as_str().map(str::to_owned), "{name}");
            let kmh = fact["speed_kn"].as_f64().unwrap() * 1.852;
            assert!((sentence.says.speed_kmh.unwrap().raw() as f64 / 1000.0 - kmh).abs() < 0.000_501, "{name} {fact}");
            let course = sentence.says.course.map(|course| course.raw() as f64 / 1000.0);
            assert_eq!(course, fact["course"].as_f64(), "{name} {fact}");
        }
        let fastest = active.iter().filter_map(|s| s.says.speed_kmh).max().unwrap();
        near(&name, fastest.raw() as f64 / 1000.0, &want["max_speed_kmh"], 0.0011);
        near(&name, path(active.iter().filter_map(|s| s.says.place)), &want["path_m"], 0.051);
        let times: Vec<String> = active.iter().filter_map(at).collect();
        let back = times.windows(2).filter(|pair| pair[1] < pair[0]).count();
        assert_eq!(back as u64, want["time_steps_backwards"].as_u64().unwrap(), "{name}");
    }
}

#[test]
fn the_other_sentences_say_what_others_read_in_them() {
    for (name, bytes, facts) in logs() {
        let (frames, _) = frames(&bytes, || 1024);
        let of = |kind| sentences(&frames, kind);
        let fixed = |kind| of(kind).into_iter().filter(|s| s.says.place.is_some()).collect::<Vec<_>>();
        let gga = fixed(SentenceKind::Gga);
        let want = &facts["gga"];
        assert_eq!(gga.len() as u64, want["with_fix"].as_u64().unwrap_or(0), "{name}");
        let void = of(SentenceKind::Gga).len() - gga.len();
        assert_eq!(void as u64, want["no_fix"].as_u64().unwrap_or(0), "{name}");
        if let (Some(first), Some(last)) = (gga.first(), gga.last()) {
            same_place(&name, first.says.place.unwrap(), &want["first"]);
            same_place(&name, last.says.place.unwrap(), &want["last"]);
            near(&name, path(gga.iter().filter_map(|s| s.says.place)), &want["path_m"], 0.051);
        }
        assert_eq!(fixed(SentenceKind::Gns).len() as u64, facts["gns_with_fix"].as_u64().unwrap_or(0), "{name}");
        assert_eq!(fixed(SentenceKind::Gll).len() as u64, facts["gll_active"].as_u64().unwrap_or(0), "{name}");
        let dated = of(SentenceKind::Zda).into_iter().filter(|s| s.says.day.is_some()).count();
        assert_eq!(dated as u64, facts["zda"]["n"].as_u64().unwrap_or(0), "{name}");
        if let Some(knots) = facts["vtg_max_kn"].as_f64() {
            let fastest = of(SentenceKind::Vtg).iter().filter_map(|s| s.says.speed_kmh).max().unwrap();
            assert!((fastest.raw() as f64 / 1000.0 - knots * 1.852).abs() < 0.001, "{name}: {fastest}");
        }
    }
}

/// Against an implementation that has nothing in common with ours: where the `nmea` crate understands a sentence, it
/// understands the same.
#[test]
fn the_nmea_crate_reads_the_same_numbers() {
    let mut compared = BTreeMap::<&str, u32>::new();
    for (name, bytes, _) in logs() {
        for frame in frames(&bytes, || 1024).0 {
            let Ok(sentence) = decode(&frame, Checksum::Required).sentence else { continue };
            let (lat, lon, knots, satellites) = match nmea::parse_str(frame.sentence()) {
                Ok(nmea::ParseResult::RMC(rmc)) => (rmc.lat, rmc.lon, rmc.speed_over_ground, None),
                Ok(nmea::ParseResult::GGA(gga)) => (gga.latitude, gga.longitude, None, gga.fix_satellites),
                Ok(nmea::ParseResult::GNS(gns)) => (gns.lat, gns.lon, None, Some(u32::from(gns.nsattelites))),
                Ok(nmea::ParseResult::GLL(gll)) => (gll.latitude, gll.longitude, None, None),
                _ => continue,
            };
            let Some(place) = sentence.says.place else { continue };
            let text = frame.sentence();
            assert!((degrees(place.lat) - lat.unwrap()).abs() < 6e-8, "{name} {text}");
            assert!((degrees(place.lon) - lon.unwrap()).abs() < 6e-8, "{name} {text}");
            if let (Some(ours), Some(theirs)) = (sentence.says.speed_kmh, knots) {
                assert!((ours.raw() as f64 / 1852.0 - f64::from(theirs)).abs() < 0.001, "{name} {text}");
            }
            if let (Some(ours), Some(theirs)) = (sentence.says.satellites, satellites) {
                assert_eq!(u32::from(ours), theirs, "{name} {text}");
            }
            *compared
                .entry(["RMC", "GGA", "GNS", "GLL"].into_iter().find(|k| text.contains(k)).unwrap())
                .or_default() += 1;
        }
    }
    println!("{compared:?}");
    assert!(compared["RMC"] > 2300 && compared["GGA"] > 2300 && compared["GLL"] > 2200, "{compared:?}");
}

#[test]
fn tag_blocks_name_their_source_and_time() {
    let (frames, rubbish) = frames(&read("tagblock-orbcomm.nmea"), || 7);
    assert_eq!((frames.len(), rubbish), (5, 0));
    let mut told = Vec::new();
    for frame in &frames {
        let decoded = decode(frame, Checksum::Required);
        assert_eq!(decoded.sentence, Err(Refused::NotForUs));
        let tag = decoded.tag.unwrap();
        let group = tag.group.map_or(String::new(), |group| format!(" {}/{} of {}", group.line, group.of, group.id));
        told.push(format!("{} {}{group}", tag.source.unwrap(), tag.at.unwrap()));
    }
    assert_eq!(
        told,
        [
            "rORBCOMM008 2014-12-10T00:00:01.000Z 1/2 of 1604",
            "rORBCOMM104 2014-12-10T00:41:53.000Z",
            "rORBCOMM008 2014-12-10T00:00:01.000Z 2/2 of 1604",
            "rORBCOMM007 2014-12-10T00:35:22.000Z",
            "rORBCOMM007 2014-12-10T00:32:41.000Z",
        ]
    );
}

#[test]
fn kenwood_sentences_say_what_others_read_in_them() {
    let text = String::from_utf8(read("kenwood.jsonl")).unwrap();
    let mut understood = 0;
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let (id, want) = (case["id"].as_str().unwrap(), &case["expect"]);
        let raw = format!("\n{}\n", case["raw"].as_str().unwrap());
        let mut found = frames(raw.as_bytes(), || 1).0;
        assert_eq!(found.len(), 1, "{id}");
        let mut frame = found.remove(0);
        assert_eq!(frame.address(), want["sentence"].as_str().unwrap(), "{id}");
        if !want["checksum_ok"].as_bool().unwrap() {
            // Its collector masked the position and left the sum: it is refused, and read again with the right one.
            let refused = decode(&frame, Checksum::IfPresent).sentence;
            assert!(matches!(refused, Err(Refused::Damaged(Damage::Checksum { .. }))), "{id}: {refused:?}");
            let body = frame.sentence()[1..].split('*').next().unwrap().to_owned();
            frame = frames(format!("${body}*{:02X}\n", xor(&body)).as_bytes(), || 1).0.remove(0);
        }
        let decoded = decode(&frame, Checksum::Required);
        // A waypoint that a radio was sent is no vehicle.
        let Some(unit) = want["unit"].as_str() else {
            assert_eq!(decoded.sentence, Err(Refused::NotForUs), "{id}");
            continue;
        };
        let sentence = decoded.sentence.unwrap();
        same_place(id, sentence.says.place.unwrap(), want);
        let unit = want["fleet"].as_str().map_or(unit.to_owned(), |fleet| format!("{fleet}-{unit}"));
        assert_eq!(sentence.unit.unwrap().as_str(), unit, "{id}");
        let time = want["utc"].as_str().unwrap();
        let seconds = |at: usize| time[at..at + 2].parse::<i64>().unwrap();
        let since_midnight = sentence.time.unwrap().since_midnight().as_secs();
        assert_eq!(since_midnight, seconds(0) * 3600 + seconds(2) * 60 + seconds(4), "{id}");
        let date = want["date_ddmmyy"]
            .as_str()
            .map(|date| (date[4..].to_owned(), date[2..4].to_owned(), date[..2].to_owned()));
        let day = sentence.says.day.map(|day| day.midnight().to_string());
        let day = day.map(|day| (day[2..4].to_owned(), day[5..7].to_owned(), day[8..10].to_owned()));
        assert_eq!(day, date, "{id}");
        let kmh = sentence.says.speed_kmh.map(portico::facts::Fixed::raw);
        assert_eq!(kmh, want["speed_kn"].as_f64().map(|knots| (knots * 1852.0).round() as i64), "{id}");
        let course = sentence.says.course.map(portico::facts::Fixed::raw);
        assert_eq!(course, want["course"].as_f64().map(|degrees| (degrees * 1000.0).round() as i64), "{id}");
        understood += 1;
    }
    assert_eq!(understood, 7);
}
