//! Lines that noise, cut cables and broken receivers might make.

use portico::devices::fix::{FixAssembler, Heard, Thinned, Thinning};
use portico::devices::lines::{FRAME_BYTES_MAX, LineBuffer};
use portico::devices::nmea::{Checksum, Refused, decode};
use portico::facts::{Span, Timestamp};
use serde_json::Value;

use crate::support::{Chance, degrees, logs, read};

/// Bytes that mean something to somebody on the way.
const ODD: &[u8] = b"$!\\*,.-0123456789ANVnaif\0\x02\x03\r\n\xff";

/// Changes a line: bytes flipped, cut, doubled, put in from another line; the sum put right half of the time, so that
/// what is behind it is reached.
fn mutate(chance: &mut Chance, lines: &[Vec<u8>], line: &[u8]) -> Vec<u8> {
    let mut out = line.to_vec();
    for _ in 0..=chance.below(3) {
        let at = chance.below(out.len() + 1);
        let to = (at + chance.below(12)).min(out.len());
        match chance.below(7) {
            0 => out.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << chance.below(8)),
            1 => drop(out.drain(at..to)),
            2 => out.insert(at, ODD[chance.below(ODD.len())]),
            3 => out = [&out[..to], &out[at..]].concat(),
            4 => {
                let other = &lines[chance.below(lines.len())];
                let from = chance.below(other.len());
                out = [&out[..at], &other[from..]].concat();
            }
            5 => {
                let words: [&[u8]; 8] =
                    [b",nan", b",inf", b",-1", b",99999999999999999999", b",9999.9999,N", b",1e9", b",", b",A"];
                out = [&out[..at], words[chance.below(8)], &out[to..]].concat();
            }
            _ => out.truncate(at),
        }
    }
    if chance.below(2) == 0 {
        let body = out.split(|b| *b == b'*').next().unwrap_or_default();
        let start = body.iter().rposition(|b| *b == b'$').map_or(0, |at| at + 1);
        let sum = body[start..].iter().fold(0, |sum, byte| sum ^ byte);
        out = [body, format!("*{sum:02X}\r\n").as_bytes()].concat();
    }
    out
}

#[test]
fn a_hundred_thousand_damaged_lines_do_no_harm() {
    let mut chance = Chance::new();
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for (_, bytes, _) in logs() {
        // Half of every log are satellites in view, of which nothing is read.
        let ours = bytes.split_inclusive(|b| *b == b'\n').filter(|line| !line.windows(3).any(|w| w == b"GSV"));
        lines.extend(ours.take(400).map(<[u8]>::to_vec));
    }
    for case in String::from_utf8(read("kenwood.jsonl")).unwrap().lines() {
        let case: Value = serde_json::from_str(case).unwrap();
        lines.push(format!("{}\n", case["raw"].as_str().unwrap()).into_bytes());
    }
    for extra in [
        "\\s:VIP03,c:1795400240,n:12*03\\$GPRMC,021720.00,A,3114.5820,N,12128.3051,E,12.4,87.0,231126,,,A*52\r\n",
        "358001,$GPSTN,VIP-03*13\r\n",
    ] {
        lines.extend(std::iter::repeat_n(extra.as_bytes().to_vec(), 100));
    }
    let mut now: Timestamp = "2026-11-23T02:17:20Z".parse().unwrap();
    let (mut buffer, mut taken, mut damaged, mut told) = (LineBuffer::default(), 0, 0, 0);
    // One that follows whatever vehicles the damage names, and one of a single vehicle.
    let port = Some("port".parse().unwrap());
    let mut assemblers = [FixAssembler::new(None, port.clone()), FixAssembler::new(port, None)];
    let mut thinned = Thinned::default();
    for round in 0..100_000_u32 {
        let line = lines[chance.below(lines.len())].clone();
        let line = mutate(&mut chance, &lines, &line);
        now = now.plus(Span::from_millis(chance.below(2_000) as i64 - 100));
        let policy = if chance.below(2) == 0 { Checksum::Required } else { Checksum::IfPresent };
        for frame in buffer.push(&line) {
            assert!(frame.raw().len() <= FRAME_BYTES_MAX && frame.raw().bytes().all(|b| (0x20..0x7f).contains(&b)));
            let decoded = decode(&frame, policy);
            match &decoded.sentence {
                Ok(_) => taken += 1,
                Err(Refused::Damaged(_)) => damaged += 1,
                Err(Refused::NotForUs | Refused::NotUnderstood(_)) => {}
            }
            let mut heard = Vec::new();
            for assembler in &mut assemblers {
                heard.extend(assembler.push(&decoded, now));
                if round % 50 == 0 {
                    heard.extend(assembler.flush(now));
                }
            }
            for heard in heard {
                let Heard::Fix(fix) = heard else { continue };
                told += 1;
                let (lat, lon) = (degrees(fix.place.lat), degrees(fix.place.lon));
                assert!(lat.abs() <= 90.0 && lon.abs() <= 180.0 && (lat != 0.0 || lon != 0.0), "{fix:?}");
                assert!(fix.speed_kmh.is_none_or(|v| (0..=1_851_000).contains(&v.raw())), "{fix:?}");
                assert!(fix.course.is_none_or(|v| (0..360_000).contains(&v.raw())), "{fix:?}");
                thinned.keeps(&Thinning::default(), &fix, now);
            }
        }
    }
    let reached = format!("{taken} taken, {damaged} damaged, {told} fixes");
    println!("{reached}");
    assert!(taken > 5_000 && damaged > 10_000 && told > 1_000, "{reached}");
}
