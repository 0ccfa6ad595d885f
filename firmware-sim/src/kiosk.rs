//! A check-in kiosk: sends its scans, shows the verdicts, says that it is alive. A scan is kept until the broker has
//! acknowledged it, however often the network goes. Decides nothing about guests.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::link::{Link, LinkEvent, LinkSettings};
use crate::outbox::Letter;
use crate::time::{SimClock, on_the_wire};

/// How often a kiosk says `online`, in its own (simulated) time.
pub const HEARTBEAT: SignedDuration = SignedDuration::from_secs(45);
/// How many scans a kiosk keeps; a day has a few hundred. At the bound the oldest gives way and is counted.
const QUEUE: usize = 5_000;
/// How long a kiosk that is switched off waits for what is not acknowledged.
const LAST_WORDS: Duration = Duration::from_secs(4);

/// Which way a guest passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// In.
    Entry,
    /// Out.
    Exit,
}

/// One scan, as the wire has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scan {
    /// Unique for the kiosk: its id and a running number, `K03-000512`.
    pub scan_id: String,
    /// What the guest's code says.
    pub code: String,
    /// When it was scanned.
    #[serde(serialize_with = "wire_time")]
    pub at: Timestamp,
    /// Which way.
    pub direction: Direction,
    /// The place of the kiosk.
    pub point: String,
    /// How the code was read.
    pub method: &'static str,
    /// How long the guest stood there, in seconds.
    pub duration_s: u32,
}

fn wire_time<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&on_the_wire(*at))
}

/// What happens to a kiosk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// A code is held before it. The same scan again is the same `scan_id` sent again.
    Scan(Scan),
    /// Its network goes.
    CutOff,
    /// Its network returns.
    Reconnect,
}

/// A kiosk's day: what happens to it and when, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KioskScript {
    /// Its id, `K01`.
    pub id: String,
    /// Where it stands.
    pub point: String,
    /// What happens.
    pub deeds: Vec<(Timestamp, Deed)>,
}

/// A verdict as a kiosk reads it; the rest of the payload is for the screen.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Verdict {
    /// The scan it answers.
    pub scan_id: String,
    /// `admit`, `not_found`, …
    pub verdict: String,
}

/// What a kiosk saw of a day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KioskCounts {
    /// Scans made, each resend included.
    pub scans_sent: u64,
    /// Scans that the broker acknowledged.
    pub scans_acknowledged: u64,
    /// Acknowledged scans that had to wait for a connection.
    pub late_uploads: u64,
    /// Scans that were neither acknowledged nor forgotten when the kiosk was switched off.
    pub scans_left: u64,
    /// Scans that gave way because the kiosk's memory was full.
    pub scans_dropped: u64,
    /// Verdicts heard, by kind.
    pub verdicts: BTreeMap<String, u64>,
    /// Verdicts that contradict an earlier one for the same scan: always a fault of the gateway.
    pub verdicts_changed: u64,
    /// Messages on the verdict topic that are not verdicts: always a fault of the gateway.
    pub verdicts_unreadable: u64,
    /// Scans that got no verdict.
    pub scans_unanswered: u64,
    /// Real milliseconds from scan to verdict, for scans made while the link was up.
    pub answer_ms: Vec<u32>,
    /// Connections that the broker accepted.
    pub connections: u64,
}

#[derive(Debug)]
enum Answer {
    /// Not yet; the instant is missing when the scan had to wait for a connection.
    Awaited(Option<Instant>),
    Given(String),
}

/// A kiosk that is switched on.
#[derive(Debug)]
pub struct Kiosk {
    id: String,
    link: Link,
    answers: BTreeMap<String, Answer>,
    counts: KioskCounts,
    display: Option<mpsc::Sender<String>>,
}

impl Kiosk {
    /// The settings of a kiosk's link: its topics, its will, its session.
    pub fn settings(id: &str, broker: std::net::SocketAddr) -> LinkSettings {
        let status = format!("reception/v1/kiosk/{id}/status");
        LinkSettings {
            broker,
            client_id: format!("sim-kiosk-{id}"),
            credentials: None,
            will: Some((status.clone(), "offline".to_owned())),
            greeting: Some(Letter::state(status, "online")),
            subscribe: Some(format!("reception/v1/kiosk/{id}/verdict")),
            queue: QUEUE,
        }
    }

    /// A kiosk on a link. `display` is shown each verdict as it came; one that does not look misses some.
    pub fn new(id: &str, settings: LinkSettings, display: Option<mpsc::Sender<String>>) -> Self {
        let seed = id.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        let link = Link::new(settings, seed);
        Self { id: id.to_owned(), link, answers: BTreeMap::new(), counts: KioskCounts::default(), display }
    }

    /// Runs until it is switched off (`closing`), then says `offline` and hangs up. Deeds are done as they arrive.
    pub async fn run(
        mut self,
        mut deeds: mpsc::Receiver<Deed>,
        clock: SimClock,
        closing: CancellationToken,
    ) -> KioskCounts {
        let mut heartbeat = clock.now() + HEARTBEAT;
        loop {
            tokio::select! {
                () = closing.cancelled() => break,
                Some(deed) = deeds.recv() => self.act(deed),
                () = clock.sleep_until(heartbeat) => {
                    heartbeat = clock.now() + HEARTBEAT;
                    self.link.send(self.status("online"));
                }
                event = self.link.next() => self.on_event(event),
            }
        }
        self.switch_off().await
    }

    fn act(&mut self, deed: Deed) {
        match deed {
            Deed::Scan(scan) => self.scan(&scan),
            Deed::CutOff => self.link.cut(),
            Deed::Reconnect => self.link.restore(),
        }
    }

    fn scan(&mut self, scan: &Scan) {
        // A scan is strings and numbers: there is nothing in it that JSON could refuse.
        let payload = serde_json::to_vec(scan).unwrap_or_default();
        let letter = Letter::new(format!("reception/v1/kiosk/{}/scan", self.id), payload);
        self.counts.scans_sent += 1;
        let asked = self.link.is_up().then(Instant::now);
        self.answers.entry(scan.scan_id.clone()).or_insert(Answer::Awaited(asked));
        self.link.send(Letter { happened_at: Some(scan.at), ..letter });
    }

    fn on_event(&mut self, event: LinkEvent) {
        match event {
            LinkEvent::Up => tracing::debug!(kiosk = self.id, waiting = self.link.unacknowledged(), "connected"),
            LinkEvent::Lost(reason) => tracing::debug!(kiosk = self.id, reason, "no connection"),
            LinkEvent::Delivered(letter) => {
                if letter.happened_at.is_some() {
                    self.counts.scans_acknowledged += 1;
                    self.counts.late_uploads += u64::from(letter.waited);
                }
            }
            LinkEvent::Heard { payload, .. } => self.on_verdict(&payload),
        }
    }

    fn on_verdict(&mut self, payload: &[u8]) {
        let Ok(heard) = serde_json::from_slice::<Verdict>(payload) else {
            self.counts.verdicts_unreadable += 1;
            return;
        };
        if let Some(display) = &self.display {
            // A display that is full of unread verdicts misses this one; the count below does not.
            drop(display.try_send(String::from_utf8_lossy(payload).into_owned()));
        }
        *self.counts.verdicts.entry(heard.verdict.clone()).or_default() += 1;
        match self.answers.get_mut(&heard.scan_id) {
            Some(Answer::Given(before)) if *before != heard.verdict => {
                tracing::warn!(kiosk = self.id, scan = heard.scan_id, before, now = heard.verdict, "verdict changed");
                self.counts.verdicts_changed += 1;
            }
            Some(Answer::Given(_)) | None => {}
            Some(answer) => {
                if let Answer::Awaited(Some(asked)) = answer {
                    let waited = u32::try_from(asked.elapsed().as_millis()).unwrap_or(u32::MAX);
                    self.counts.answer_ms.push(waited);
                }
                *answer = Answer::Given(heard.verdict);
            }
        }
    }

    async fn switch_off(mut self) -> KioskCounts {
        self.link.send(self.status("offline"));
        let deadline = tokio::time::Instant::now() + LAST_WORDS;
        while self.link.is_up() && (self.link.unacknowledged() > 0 || self.answers.values().any(Answer::awaited)) {
            let Ok(event) = tokio::time::timeout_at(deadline, self.link.next()).await else { break };
            self.on_event(event);
        }
        self.counts.connections = self.link.connections();
        self.counts.scans_dropped = self.link.dropped();
        self.counts.scans_unanswered = self.answers.values().filter(|answer| answer.awaited()).count() as u64;
        self.counts.scans_left = self.counts.scans_sent - self.counts.scans_acknowledged - self.counts.scans_dropped;
        self.link.hang_up().await;
        self.counts
    }

    fn status(&self, word: &str) -> Letter {
        Letter::state(format!("reception/v1/kiosk/{}/status", self.id), word)
    }
}

impl Answer {
    fn awaited(&self) -> bool {
        match self {
            Self::Awaited(_) => true,
            Self::Given(_) => false,
        }
    }
}

/// Does a script's deeds at their times. What lies before `clock.now()` at the start is left out, except that a network
/// which went before and has not returned is gone.
pub async fn follow(script: KioskScript, clock: SimClock, deeds: mpsc::Sender<Deed>) {
    for (at, deed) in due_from(script.deeds, clock.now()) {
        clock.sleep_until(at).await;
        if deeds.send(deed).await.is_err() {
            return;
        }
    }
}

fn due_from(deeds: Vec<(Timestamp, Deed)>, start: Timestamp) -> Vec<(Timestamp, Deed)> {
    deeds
        .into_iter()
        .filter(|(at, deed)| match deed {
            Deed::Scan(_) => *at >= start,
            Deed::CutOff | Deed::Reconnect => true,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(at: &str) -> Scan {
        Scan {
            scan_id: "K03-000512".to_owned(),
            code: "G-1042".to_owned(),
            at: at.parse().unwrap(),
            direction: Direction::Entry,
            point: "main-door".to_owned(),
            method: "qr",
            duration_s: 41,
        }
    }

    #[test]
    fn a_scan_reads_as_the_contract_has_it() {
        let text = serde_json::to_string(&scan("2026-11-23T10:17:20.412+08:00")).unwrap();
        let expected = r#"{"scan_id":"K03-000512","code":"G-1042","at":"2026-11-23T02:17:20.412Z","direction":"entry","point":"main-door","method":"qr","duration_s":41}"#;
        assert_eq!(text, expected);
    }

    #[test]
    fn a_day_joined_late_leaves_out_old_scans_and_keeps_the_network_as_it_is() {
        let deeds = ["2026-11-23T01:00:00Z", "2026-11-23T02:00:00Z", "2026-11-23T03:00:00Z"].map(|at| {
            let at: Timestamp = at.parse().unwrap();
            (at, if at.as_second() % 7200 == 0 { Deed::CutOff } else { Deed::Scan(scan("2026-11-23T01:00:00Z")) })
        });
        let left = due_from(deeds.to_vec(), "2026-11-23T02:30:00Z".parse().unwrap());
        let kinds: Vec<bool> = left.iter().map(|(_, deed)| *deed == Deed::CutOff).collect();
        assert_eq!(kinds, [true, false]);
    }

    #[test]
    fn a_changed_verdict_is_noticed_and_a_repeated_one_is_not() {
        let settings = Kiosk::settings("K03", "127.0.0.1:1".parse().unwrap());
        let mut kiosk = Kiosk::new("K03", settings, None);
        kiosk.scan(&scan("2026-11-23T01:00:00Z"));
        kiosk.on_verdict(br#"{"scan_id":"K03-000512","verdict":"admit","guest":{"name":"x"}}"#);
        kiosk.on_verdict(br#"{"scan_id":"K03-000512","verdict":"admit"}"#);
        assert_eq!(kiosk.counts.verdicts_changed, 0);
        kiosk.on_verdict(br#"{"scan_id":"K03-000512","verdict":"already_in"}"#);
        kiosk.on_verdict(b"{}");
        assert_eq!((kiosk.counts.verdicts_changed, kiosk.counts.verdicts_unreadable), (1, 1));
        assert_eq!(kiosk.counts.verdicts, BTreeMap::from([("admit".to_owned(), 2), ("already_in".to_owned(), 1)]));
    }
}
