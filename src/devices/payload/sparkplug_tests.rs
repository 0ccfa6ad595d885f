use jiff::tz::TimeZone;

use super::*;
use crate::devices::payload::Observed;
use crate::facts::{Metric, Milli};

/// 2026-11-23T02:17:20Z, the time inside [`SAMPLE`].
const NOW: Timestamp = Timestamp::from_millis(1_795_400_240_000);

/// Room/Temperature, alias 3, Double 23.4; written by hand after the schema.
const SAMPLE: &str =
    "088097c6b1a03412260a10526f6f6d2f54656d70657261747572651003188097c6b1a034200a6966666666666637401801";

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn read(births: &Births, kind: &str, payload: &[u8]) -> Result<Decoded, Reason> {
    let topic = format!("spBv1.0/venue/{kind}/edge");
    decode(&Message { topic: &topic, payload, now: NOW, zone: &TimeZone::UTC }, births)
}

/// The only value of a message.
fn value(decoded: Result<Decoded, Reason>) -> Option<Milli> {
    match decoded.unwrap().observed {
        Observed::Readings { sources, .. } => {
            assert_eq!(sources[0].source.as_deref(), Some("Room"));
            sources[0].measures.get(Metric::Temperature)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_value_is_read_by_its_name() {
    let decoded = read(&Births::default(), "NDATA", &hex(SAMPLE));
    assert_eq!(decoded.as_ref().unwrap().observed_at, Some(NOW));
    assert_eq!(value(decoded), Some(Milli::from_raw(23_400)));
}

#[test]
fn an_alias_means_what_the_birth_said() {
    let births = Births::default();
    // alias 3, float 24.1: {2: 3, 12: 24.1f}
    let by_alias = hex("12071003 65cdccc041".replace(' ', "").as_str());
    assert_eq!(read(&births, "NDATA", &by_alias), Err(Reason::NoBirth(1)));
    read(&births, "NBIRTH", &hex(SAMPLE)).unwrap();
    assert_eq!(value(read(&births, "NDATA", &by_alias)), Some(Milli::from_raw(24_100)));
    // A new birth without the alias makes the old meaning void.
    assert_eq!(read(&births, "NBIRTH", &[]).unwrap().observed, Decoded::presence(Presence::Online, "NBIRTH").observed);
    assert_eq!(read(&births, "NDATA", &by_alias), Err(Reason::NoBirth(1)));
}

#[test]
fn integers_are_signed_as_their_type_says() {
    for (datatype, bits, want) in
        [(1, 0xff, -1), (2, 0xffff, -1), (3, 0xffff_fff6, -10), (4, u64::MAX, -1), (7, 21, 21)]
    {
        assert_eq!(signed(bits, datatype), want);
    }
}

#[test]
fn what_is_damaged_is_refused_with_its_offset() {
    let whole = hex(SAMPLE);
    for (payload, at) in [(&whole[..10], 9), (&[0x0b][..], 1), (&[0x08, 0x80][..], 2), (&[0xff; 11][..], 10)] {
        match read(&Births::default(), "NDATA", payload) {
            Err(Reason::NotSparkplug { at: found, .. }) => assert_eq!(found, at, "{payload:x?}"),
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(read(&Births::default(), "DDEATH", b"").unwrap().observed, Observed::Presence(_)));
    assert!(matches!(read(&Births::default(), "HELLO", b""), Err(Reason::TopicForm { .. })));
}
