//! Entries as CloudEvents 1.0 (cloudevents/spec, JSON format): one event an entry, in the contract's order of fields.
//!
//! Promises that the same entry gives the same bytes, whenever and by whichever process it is written: they follow from
//! the journal's entry alone. So no personal name is in them, not even where names may go upstream: names change and
//! are erased, entries do not. For names see `person`. Sends nothing.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::facts::{Kind, Name, Seq, Timestamp};
use crate::journal::{Epochs, Row};

/// Bytes an event has around its body, about.
const ENVELOPE: usize = 320;

/// Writes events for one site and one database.
#[derive(Debug, Clone)]
pub(super) struct EventWriter {
    site: String,
    source: String,
}

/// Events ready to be sent. Each was written once.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Events {
    /// The events with a comma between any two.
    text: String,
    /// Where each event ends in `text`.
    ends: Vec<usize>,
    /// Their entries' numbers.
    seqs: Vec<Seq>,
    /// Whom each is about, where that is a guest.
    guests: Vec<Option<String>>,
}

/// The field order is the order on the wire.
#[derive(Serialize)]
struct Event<'a> {
    specversion: &'static str,
    id: String,
    source: &'a str,
    #[serde(rename = "type")]
    kind: String,
    time: Timestamp,
    subject: &'a str,
    sequence: String,
    datacontenttype: &'static str,
    data: &'a RawValue,
}

impl EventWriter {
    pub(super) fn new(site: &Name) -> Self {
        Self { site: site.to_string(), source: format!("/portico/{site}") }
    }

    /// The events of `rows`, in order.
    pub(super) fn write(&self, rows: &[Row], epochs: &Epochs) -> Result<Events, serde_json::Error> {
        let bytes = rows.iter().map(|row| row.body.len() + ENVELOPE).sum();
        let mut out = Events {
            text: String::with_capacity(bytes),
            ends: Vec::with_capacity(rows.len()),
            seqs: rows.iter().map(|row| row.seq).collect(),
            guests: rows.iter().map(|row| guest_of(row).map(str::to_owned)).collect(),
        };
        for row in rows {
            if !out.text.is_empty() {
                out.text.push(',');
            }
            let event = self.event(row, epochs)?;
            out.text.push_str(&event);
            out.ends.push(out.text.len());
        }
        Ok(out)
    }

    fn event(&self, row: &Row, epochs: &Epochs) -> Result<String, serde_json::Error> {
        let owned;
        let data: &RawValue = match data_of(row)? {
            Data::AsStored(raw) => raw,
            Data::Made(raw) => {
                owned = raw;
                &owned
            }
        };
        serde_json::to_string(&Event {
            specversion: "1.0",
            id: format!("{}/{}/{}", self.site, epochs.of(row.seq), row.seq),
            source: &self.source,
            kind: format!("portico.{}.v1", row.kind.word()),
            time: row.observed_at.unwrap_or(row.received_at),
            subject: &row.subject,
            sequence: format!("{:016}", row.seq),
            datacontenttype: "application/json",
            data,
        })
    }
}

enum Data<'a> {
    AsStored(&'a RawValue),
    Made(Box<RawValue>),
}

/// The stored bytes as they are. A body that is not JSON (the database was damaged) goes as a text rather than not at
/// all: `portico verify` finds it by its hash, and upstream sees that it is no object.
fn data_of(row: &Row) -> Result<Data<'_>, serde_json::Error> {
    if let Ok(stored) = serde_json::from_str::<&RawValue>(&row.body) {
        return Ok(Data::AsStored(stored));
    }
    RawValue::from_string(serde_json::to_string(&row.body)?).map(Data::Made)
}
/// The code of the guest whom a scan or an alert is about.
fn guest_of(row: &Row) -> Option<&str> {
    let of_guests = match row.kind {
        Kind::Scan | Kind::Alert => true,
        Kind::Position
        | Kind::Reading
        | Kind::Device
        | Kind::Plan
        | Kind::Command
        | Kind::Incident
        | Kind::Rejected
        | Kind::Clock
        | Kind::Gap => false,
    };
    if of_guests { row.subject.strip_prefix("guest/") } else { None }
}

impl Events {
    /// The number of the entry at `at`; 0 if there is none.
    pub(super) fn seq(&self, at: usize) -> Seq {
        self.seqs.get(at).copied().unwrap_or(0)
    }

    /// The codes of the guests whom some of the events are about, each once.
    pub(super) fn guests(&self, range: &Range<usize>) -> BTreeSet<String> {
        self.guests.get(range.clone()).unwrap_or_default().iter().flatten().cloned().collect()
    }

    fn start(&self, at: usize) -> usize {
        at.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| end + 1)
    }

    /// How many events from `from` on, at most `most`, make a batch of `bytes_max` or less; at least one.
    pub(super) fn fitting(&self, from: usize, most: usize, bytes_max: usize) -> usize {
        let limit = self.start(from) + bytes_max.saturating_sub("[]".len());
        let ends = self.ends.iter().skip(from).take(most);
        ends.take_while(|end| **end <= limit).count().max(1)
    }

    /// Some of the events with a comma between any two; nothing for a range that is not there.
    pub(super) fn slice(&self, range: &Range<usize>) -> &str {
        let end = range.end.checked_sub(1).and_then(|last| self.ends.get(last)).copied().unwrap_or(0);
        self.text.get(self.start(range.start)..end).unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sinks::carrier::BYTES_MAX;

    fn row(seq: u64, kind: Kind, subject: &str, body: &str) -> Row {
        Row {
            seq,
            kind,
            subject: subject.to_owned(),
            device: "kiosk/K03".to_owned(),
            observed_at: Some(Timestamp::from_millis(1_795_400_240_412)),
            received_at: Timestamp::from_millis(1_795_400_241_000),
            body: body.to_owned(),
            hash: [0; 32],
        }
    }

    fn writer() -> EventWriter {
        EventWriter::new(&"venue-1".parse().unwrap())
    }

    fn epochs() -> Epochs {
        Epochs::for_test("k3x9", &[])
    }

    fn write(row: Row) -> String {
        let events = writer().write(&[row], &epochs()).unwrap();
        assert_eq!(events.seq(1), 0);
        events.slice(&(0..1)).to_owned()
    }

    #[test]
    fn an_event_is_written_as_the_contract_says() {
        let body = r#"{"scan_id":"K03-1","code":"G-1", "temperature":23.40,"verdict":"admit"}"#;
        let want = concat!(
            r#"{"specversion":"1.0","id":"venue-1/k3x9/512","source":"/portico/venue-1","type":"portico.scan.v1","#,
            r#""time":"2026-11-23T02:17:20.412Z","subject":"guest/G-1","sequence":"0000000000000512","#,
            r#""datacontenttype":"application/json","#,
            r#""data":{"scan_id":"K03-1","code":"G-1", "temperature":23.40,"verdict":"admit"}}"#
        );
        assert_eq!(write(row(512, Kind::Scan, "guest/G-1", body)), want);
    }

    #[test]
    fn an_entry_keeps_its_id_when_another_epoch_begins_behind_it() {
        let epochs = Epochs::for_test("k3x9", &[(513, "p7w2")]);
        for (seq, id) in [(1, "k3x9/1"), (512, "k3x9/512"), (513, "p7w2/513"), (900, "p7w2/900")] {
            let events = writer().write(&[row(seq, Kind::Clock, "gateway", "{}")], &epochs).unwrap();
            assert!(events.slice(&(0..1)).contains(&format!("\"id\":\"venue-1/{id}\"")), "{id}");
        }
    }

    #[test]
    fn what_has_no_time_of_its_own_has_our_stamp() {
        let silent = Row { observed_at: None, ..row(1, Kind::Clock, "gateway", "{}") };
        let event = write(silent);
        assert!(event.contains(r#""time":"2026-11-23T02:17:21.000Z""#), "{event}");
    }

    #[test]
    fn scans_and_alerts_of_guests_are_known_to_be_about_them() {
        let rows = [
            row(1, Kind::Scan, "guest/G-1", r#"{"code":"G-1"}"#),
            row(2, Kind::Alert, "guest/G-2", r#"{"id":"A-1"}"#),
            row(3, Kind::Alert, "room/lobby", r#"{"id":"A-2"}"#),
            row(4, Kind::Command, "guest/G-3", r#"{"a":1}"#),
            row(5, Kind::Scan, "guest/G-1", r#"{"code":"G-1"}"#),
        ];
        let events = writer().write(&rows, &epochs()).unwrap();
        let guests = |range| events.guests(&range).into_iter().collect::<Vec<_>>();
        assert_eq!(guests(0..5), ["G-1", "G-2"]);
        assert_eq!(guests(2..5), ["G-1"]);
        assert!(guests(2..4).is_empty());
        assert!(guests(7..9).is_empty());
    }

    #[test]
    fn a_damaged_body_goes_as_a_text() {
        let event = write(row(1, Kind::Reading, "room/lobby", r#"{"temperature":"#));
        assert!(event.ends_with(r#""data":"{\"temperature\":"}"#), "{event}");
        serde_json::from_str::<serde_json::Value>(&event).unwrap();
    }

    #[test]
    fn a_stretch_of_events_is_the_same_bytes_as_the_events_alone() {
        let rows: Vec<Row> = (1..=5).map(|seq| row(seq, Kind::Reading, "room/lobby", r#"{"co2":871}"#)).collect();
        let all = writer().write(&rows, &epochs()).unwrap();
        let alone: Vec<String> = rows.iter().map(|row| write(row.clone())).collect();
        assert_eq!(all.slice(&(1..4)), alone.get(1..4).unwrap().join(","));
        assert_eq!(all.slice(&(0..5)), alone.join(","));
        assert_eq!(all.slice(&(4..5)), alone.last().unwrap());
        assert_eq!(all.slice(&(5..6)), "");
    }

    #[test]
    fn a_delivery_stays_within_its_bytes_but_one_event_always_goes() {
        let long = format!("{{\"raw\":\"{}\"}}", "x".repeat(100_000));
        let rows: Vec<Row> = (1..=5).map(|seq| row(seq, Kind::Rejected, "room/lobby", &long)).collect();
        let events = writer().write(&rows, &epochs()).unwrap();
        assert_eq!([(0, 500), (0, 1), (4, 500)].map(|(from, most)| events.fitting(from, most, BYTES_MAX)), [2, 1, 1]);
        let huge = format!("{{\"raw\":\"{}\"}}", "x".repeat(BYTES_MAX));
        let events = writer().write(&[row(1, Kind::Plan, "gateway", &huge)], &epochs()).unwrap();
        assert_eq!(events.fitting(0, 500, BYTES_MAX), 1);
    }
}
