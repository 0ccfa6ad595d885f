//! What the journal holds, read on from round to round, and what must be true of it.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use portico::facts::{Alert, AlertState, Fact, Hash, RuleKind, Seq, Span, Timestamp};
use portico::journal::{Lane, Reader, Row};

use crate::devices::Key;

/// Entries read at once.
const PAGE: usize = 5_000;

/// The journal as far as it was read.
#[derive(Default)]
pub struct Record {
    pub newest: Seq,
    hash: Hash,
    received_at: Option<Timestamp>,
    kept: BTreeMap<Key, u64>,
    /// The recorded verdict of each scan, by kiosk and scan id.
    pub verdicts: BTreeMap<(String, String), (String, Timestamp)>,
    /// The changes of each alert.
    alerts: BTreeMap<String, Vec<Alert>>,
}

impl Record {
    /// Reads what is new. What was read before must still be there, unchanged.
    pub fn read_on(&mut self, data: &Path) {
        let reader = Reader::open(data).unwrap();
        if self.newest > 0 {
            let last = reader.entry(self.newest).unwrap().expect("what was committed is still there");
            assert_eq!(last.hash, self.hash, "entry {} is another than before", self.newest);
        }
        loop {
            let page = reader.read(Lane::All, self.newest, PAGE, usize::MAX).unwrap();
            for row in &page.rows {
                self.take(row);
            }
            if page.rows.len() < PAGE {
                return;
            }
        }
    }

    fn take(&mut self, row: &Row) {
        assert_eq!(row.seq, self.newest + 1, "a hole");
        assert!(self.received_at <= Some(row.received_at), "entry {} is stamped before the one before it", row.seq);
        (self.newest, self.hash, self.received_at) = (row.seq, row.hash, Some(row.received_at));
        let entry = row.to_entry().unwrap();
        let key = match entry.fact {
            Fact::Scan(scan) => {
                let ruling = scan.ruling.expect("a kept scan has its verdict");
                let verdict = serde_json::to_value(ruling.verdict).unwrap().as_str().unwrap().to_owned();
                let names = (scan.kiosk.to_string(), scan.scan_id.to_string());
                self.verdicts.insert(names.clone(), (verdict, ruling.judged_at));
                Key::Scan(names.0, names.1)
            }
            Fact::Reading(reading) => {
                let (_, value) = reading.measures.iter().next().unwrap();
                Key::Reading(reading.room.to_string(), entry.observed_at.unwrap(), value.to_string())
            }
            Fact::Rejected(rejected) => {
                let raw = base64::engine::general_purpose::STANDARD.decode(&rejected.raw).unwrap();
                Key::Bad(String::from_utf8(raw).unwrap())
            }
            Fact::Alert(alert) => return self.alerts.entry(alert.id.to_string()).or_default().push(*alert),
            Fact::Device(_) | Fact::Plan(_) | Fact::Command(_) | Fact::Clock(_) => return,
            other @ (Fact::Position(_) | Fact::Incident(_) | Fact::Gap(_)) => panic!("nobody sent {other:?}"),
        };
        *self.kept.entry(key).or_default() += 1;
    }

    /// Everything that was acknowledged is kept, and only rubbish may be kept twice.
    pub fn holds<'a>(&self, acked: impl Iterator<Item = &'a Key>) -> u64 {
        let mut count = 0;
        for key in acked {
            count += 1;
            assert!(self.kept.contains_key(key), "acknowledged, but not kept: {key:?}");
        }
        for (key, times) in &self.kept {
            let once = match key {
                Key::Scan(..) | Key::Reading(..) => true,
                // The same rubbish again is the same refusal again.
                Key::Bad(_) => false,
            };
            assert!(!once || *times == 1, "kept {times} times: {key:?}");
        }
        count
    }

    /// No alert fires twice, and each that does fires at its deadline.
    pub fn check_alerts(&self, hold: Span) {
        for (id, changes) in &self.alerts {
            let states: Vec<AlertState> = changes.iter().map(|alert| alert.state).collect();
            let fired = states.iter().filter(|state| **state == AlertState::Firing).count();
            assert!(fired <= 1, "{id} fired {fired} times: {states:?}");
            for alert in changes.iter().filter(|alert| alert.rule == RuleKind::RoomClimate) {
                let wanted = (alert.state == AlertState::Firing).then(|| alert.pending_at.plus(hold));
                assert_eq!(alert.fired_at, wanted, "{alert:?}");
            }
        }
    }

    /// The states that the climate alerts of a room went through.
    pub fn climate(&self, room: &str) -> Vec<AlertState> {
        let about = |alert: &&Alert| alert.subject.to_string() == format!("room/{room}");
        self.alerts.values().flatten().filter(about).map(|alert| alert.state).collect()
    }

    /// How many alerts of each rule fired.
    pub fn fired(&self, rule: RuleKind) -> usize {
        let fired = |changes: &&Vec<Alert>| changes.iter().any(|a| a.rule == rule && a.state == AlertState::Firing);
        self.alerts.values().filter(fired).count()
    }
}
