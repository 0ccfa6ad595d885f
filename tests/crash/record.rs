//! What the journal holds, read on from round to round, and what must be true of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use base64::Engine as _;
use portico::facts::{Alert, AlertState, Direction, Fact, Hash, RuleKind, Seq, Subject, Timestamp};
use portico::journal::{Lane, Reader, Row};
use serde_json::Value;

use crate::HOLD;
use crate::devices::{Key, WIRED};

/// Entries read at once.
const PAGE: usize = 5_000;

/// The journal as far as it was read.
#[derive(Default)]
pub struct Record {
    pub newest: Seq,
    hash: Hash,
    received_at: Option<Timestamp>,
    kept: BTreeSet<Key>,
    /// The recorded verdict of each scan, by kiosk and scan id.
    pub verdicts: BTreeMap<(String, String), (String, Timestamp)>,
    /// The changes of each alert.
    alerts: BTreeMap<String, Vec<Alert>>,
    /// The open alert of each rule and subject.
    open: BTreeMap<(RuleKind, String), String>,
    /// Positions of the vehicle on the wire.
    pub wired: u64,
    /// The entries that upstream has.
    pub sent: BTreeSet<Seq>,
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
                let way = if scan.direction == Direction::Exit { "exit" } else { "entry" };
                let before = self.verdicts.insert(names.clone(), (verdict, ruling.judged_at));
                assert_eq!(before, None, "a second entry of {names:?}");
                Key::Scan(names.0, names.1, format!("{} {way}", scan.code))
            }
            Fact::Position(position) => {
                let Subject::Vehicle(vehicle) = &entry.subject else { panic!("{row:?}") };
                let at = position.fix_at.or(entry.observed_at).unwrap();
                if vehicle.to_string() == WIRED {
                    self.wired += 1;
                }
                Key::Position(vehicle.to_string(), at, position.lat.raw())
            }
            Fact::Reading(reading) => {
                let (_, value) = reading.measures.iter().next().unwrap();
                Key::Reading(reading.room.to_string(), entry.observed_at.unwrap(), value.to_string())
            }
            Fact::Rejected(rejected) => {
                let raw = base64::engine::general_purpose::STANDARD.decode(&rejected.raw).unwrap();
                Key::Bad(String::from_utf8(raw).unwrap())
            }
            Fact::Alert(alert) => return self.take_alert(*alert),
            Fact::Device(_) | Fact::Plan(_) | Fact::Command(_) | Fact::Clock(_) => return,
            other @ (Fact::Incident(_) | Fact::Gap(_)) => panic!("nobody sent {other:?}"),
        };
        // The same rubbish again is the same refusal again.
        let may_repeat = matches!(key, Key::Bad(_));
        assert!(self.kept.insert(key) || may_repeat, "kept twice: {row:?}");
    }

    /// Everything that was acknowledged is kept, as it was sent; [`Self::take`] sees that it is kept once.
    pub fn holds<'a>(&self, acked: impl Iterator<Item = &'a Key>) {
        for key in acked {
            assert!(self.kept.contains(key), "acknowledged, but not kept: {key:?}");
        }
    }

    /// What upstream was sent is in the journal, as it is: nothing left the house before its commit.
    pub fn check_sent(&mut self, reader: &Reader, events: &[Value]) {
        let prefix = format!("test/{}/", reader.epochs().newest());
        for event in events {
            let id = event["id"].as_str().unwrap();
            let seq: Seq = id.strip_prefix(&prefix).unwrap_or_else(|| panic!("a new key: {id}")).parse().unwrap();
            let row = reader.entry(seq).unwrap().unwrap_or_else(|| panic!("upstream has {id}, the journal has not"));
            let body: Value = serde_json::from_str(&row.body).unwrap();
            assert_eq!((&event["data"], event["subject"].as_str()), (&body, Some(&*row.subject)), "{id}");
            assert_eq!(event["type"], format!("portico.{}.v1", row.kind.word()), "{id}");
            assert!(self.sent.insert(seq), "{id} came as new twice");
        }
    }

    /// An alert opens once, fires at most once and ends once, climate at its deadline, however late somebody woke;
    /// while it is open no other of the same rule is about the same.
    fn take_alert(&mut self, alert: Alert) {
        let about = (alert.rule, alert.subject.to_string());
        match alert.state {
            AlertState::Pending => {
                let other = self.open.insert(about, alert.id.to_string());
                assert_eq!(other, None, "an alert beside another: {alert:?}");
            }
            AlertState::Firing | AlertState::Acknowledged | AlertState::Shelved => {
                let open = self.open.entry(about).or_insert_with(|| alert.id.to_string());
                assert_eq!(*open, *alert.id.to_string(), "an alert beside another: {alert:?}");
            }
            AlertState::Resolved => {
                assert_eq!(self.open.remove(&about), Some(alert.id.to_string()), "ended, but not open: {alert:?}");
            }
        }
        if alert.rule == RuleKind::RoomClimate && alert.state == AlertState::Firing {
            assert_eq!(alert.fired_at, Some(alert.pending_at.plus(HOLD)), "not at its deadline: {alert:?}");
        }
        let changes = self.alerts.entry(alert.id.to_string()).or_default();
        assert!(changes.iter().all(|before| before.state != alert.state), "twice {:?}: {alert:?}", alert.state);
        changes.push(alert);
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
