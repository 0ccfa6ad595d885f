//! One message from a device, from whatever broker it came: understood, kept, answered.
//!
//! Promises that it returns only after what the message tells is on disk, so that its caller may acknowledge then; and
//! that a message that is not understood is kept with its reason. Judges nothing and acknowledges nothing itself.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use arc_swap::ArcSwap;
use futures_util::future::try_join_all;
use jiff::tz::TimeZone;

use super::routes::Routes;
use super::topics::{Native, TopicFault, verdict_topic};
use crate::clock::Clock;
use crate::counters::ledger::{Fate, Slip};
use crate::counters::{Counters, OfLink};
use crate::devices::payload::{self, Births, Message, Reason, Told};
use crate::facts::{DeviceReport, Fact, Name, Presence, Report, Scan, Span, Subject};
use crate::plan::SharedDirectory;
use crate::recorder::{Handle, NotKept, Receipt, Sender};

/// A message as it came.
pub struct Incoming<'a> {
    /// The connection's name in counters and rejected entries.
    pub link: &'a str,
    /// Its topic.
    pub topic: &'a str,
    /// Its bytes.
    pub payload: &'a [u8],
    /// Whether its sender waits for an acknowledgement.
    pub awaited: bool,
    /// Whether the broker had held it, so that nobody knows how old it is.
    pub held: bool,
    /// The connection it came by.
    pub sender: Sender,
}

/// The number of a connection, by the name that no other connection to the same broker has.
pub fn sender_of(connection: &str) -> Sender {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(connection)
}

/// A message for devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its topic.
    pub topic: String,
    /// Its bytes.
    pub payload: Vec<u8>,
}

/// Everything a message needs on its way in. One for all brokers.
pub struct Intake {
    /// Where reports are kept.
    pub recorder: Handle,
    /// Which topics of which sensors.
    pub routes: ArcSwap<Routes>,
    /// What Sparkplug devices said of themselves.
    pub births: Births,
    /// The names that go with the plan's codes.
    pub directory: SharedDirectory,
    /// How long a kiosk may say nothing.
    pub kiosk_limit: ArcSwap<Span>,
    /// The counters.
    pub counters: Arc<Counters>,
    /// What time it is.
    pub clock: Clock,
    /// The site's zone, for devices that write local times.
    pub zone: TimeZone,
}

impl Intake {
    /// Takes one message; gives the answers to it, once it is on disk.
    ///
    /// # Errors
    /// When it could not be kept. It must not be acknowledged then.
    pub async fn take(&self, incoming: Incoming<'_>) -> Result<Vec<Outgoing>, NotKept> {
        let slip = self.counters.ledger.link(incoming.link).heard();
        let native = match Native::parse(incoming.topic) {
            Ok(Native::NotOurs) => return self.take_foreign(&incoming, slip).await.map(|()| Vec::new()),
            Ok(native) => native,
            Err(fault) => return self.reject_topic(&incoming, &fault, slip).await.map(|()| Vec::new()),
        };
        match payload::decode_native(&native, incoming.payload, self.clock.now()) {
            Ok(told) => self.keep(&incoming, told, slip).await,
            Err(reason) => self.reject(&incoming, native.device(), &reason, slip).await.map(|()| Vec::new()),
        }
    }

    /// Whether a device's message may be handed on to others who listen on its topic. Where kiosks listen for verdicts
    /// and people for alerts, only the gateway speaks.
    pub fn may_pass(topic: &str) -> bool {
        !Native::is_outgoing(topic)
    }

    /// A message on a topic that is not Portico's own: read by every route that names it. Other traffic on the same
    /// broker is none of ours.
    async fn take_foreign(&self, incoming: &Incoming<'_>, slip: Slip) -> Result<(), NotKept> {
        let routes = self.routes.load_full();
        let found: Vec<_> = routes.find(incoming.topic).collect();
        if found.is_empty() {
            slip.ended(Fate::Nothing("not_ours"));
            return Ok(());
        }
        for (route, slip) in found.into_iter().zip(slip.and_more()) {
            let Incoming { topic, payload, .. } = *incoming;
            let message = Message { topic, payload, now: self.clock.now(), zone: &self.zone };
            match payload::hear(route, &message, &self.births) {
                Ok(told) => {
                    self.keep(incoming, told, slip).await?;
                }
                Err(reason) => {
                    let device = route.room.clone().zip(route.sensor.clone());
                    let device = device.map(|(room, sensor)| Subject::Sensor(room, sensor));
                    self.reject(incoming, device, &reason, slip).await?;
                }
            }
        }
        Ok(())
    }

    async fn keep(&self, incoming: &Incoming<'_>, told: Told, slip: Slip) -> Result<Vec<Outgoing>, NotKept> {
        if !told.refused.is_empty() {
            let link = OfLink { link: incoming.link.to_owned() };
            self.counters.values_refused.get_or_create(&link).inc_by(told.refused.len() as u64);
            tracing::debug!(topic = incoming.topic, refused = ?told.refused, "values that cannot be");
        }
        if let Some(nothing) = &told.nothing {
            tracing::trace!(topic = incoming.topic, ?nothing, "nothing to keep");
            slip.ended(Fate::Nothing(nothing.word()));
            return Ok(Vec::new());
        }
        let mut heard: Vec<_> = told.heard.into_iter().zip(slip.and_more()).collect();
        if incoming.held {
            for (_, slip) in heard.extract_if(.., |(heard, _)| !tells_when_old(&heard.fact)) {
                self.counters.held_passed_by.get_or_create(&OfLink { link: incoming.link.to_owned() }).inc();
                slip.ended(Fate::Nothing("held_before"));
            }
        }
        let mut reports =
            heard.into_iter().map(|(heard, slip)| self.submit(heard.report(incoming.awaited), slip, incoming.sender));
        if reports.len() == 1 {
            // Nearly every message tells one thing, and joining is not for nothing.
            let Some(report) = reports.next() else { return Ok(Vec::new()) };
            return Ok(report.await?.into_iter().collect());
        }
        Ok(try_join_all(reports).await?.into_iter().flatten().collect())
    }

    async fn submit(&self, report: Report, slip: Slip, sender: Sender) -> Result<Option<Outgoing>, NotKept> {
        match &report.fact {
            // A scan is answered with its verdict, so somebody waits for it whatever its quality of service.
            Fact::Scan(scan) => {
                let scan = scan.clone();
                let receipt = self.recorder.submit_heard(report, slip).await?;
                Ok(self.answer(&scan, &receipt))
            }
            Fact::Position(_) | Fact::Reading(_) if report.awaited => {
                self.recorder.submit_in_company(report, slip, sender).await.map(|_| None)
            }
            Fact::Position(_)
            | Fact::Reading(_)
            | Fact::Device(_)
            | Fact::Plan(_)
            | Fact::Command(_)
            | Fact::Alert(_)
            | Fact::Incident(_)
            | Fact::Rejected(_)
            | Fact::Clock(_)
            | Fact::Gap(_) => {
                if report.awaited {
                    self.recorder.submit_heard(report, slip).await.map(|_| None)
                } else {
                    self.recorder.post_heard(report, slip).await.map(|()| None)
                }
            }
        }
    }

    fn answer(&self, scan: &Scan, receipt: &Receipt) -> Option<Outgoing> {
        let topic = verdict_topic(&scan.kiosk)?;
        let directory = self.directory.load();
        let payload = serde_json::to_vec(&directory.answer(scan, receipt.ruling.as_ref()?)).ok()?;
        Some(Outgoing { topic, payload })
    }

    async fn reject_topic(&self, incoming: &Incoming<'_>, fault: &TopicFault, slip: Slip) -> Result<(), NotKept> {
        let fact = payload::rejected(incoming.topic, fault, incoming.payload);
        self.keep_rejected(incoming, None, fact, slip.rejected(fault.word())).await
    }

    async fn reject(
        &self,
        incoming: &Incoming<'_>,
        device: Option<Subject>,
        reason: &Reason,
        slip: Slip,
    ) -> Result<(), NotKept> {
        let fact = payload::rejected(incoming.topic, reason, incoming.payload);
        self.keep_rejected(incoming, device, fact, slip.rejected(reason.word())).await
    }

    async fn keep_rejected(
        &self,
        incoming: &Incoming<'_>,
        device: Option<Subject>,
        fact: Fact,
        slip: Slip,
    ) -> Result<(), NotKept> {
        self.counters.rejected.get_or_create(&OfLink { link: incoming.link.to_owned() }).inc();
        let device =
            device.or_else(|| incoming.link.parse::<Name>().ok().map(Subject::Link)).unwrap_or(Subject::Gateway);
        let report = Report { device, observed_at: None, fact, awaited: incoming.awaited };
        if !incoming.awaited {
            return self.recorder.post_heard(report, slip).await;
        }
        self.recorder.submit_heard(report, slip).await.map(|_| ())
    }
}

/// Whether a message that a broker had held still tells something. It is as old as the broker's memory: a value of it is
/// no reading of now, and no sign of life. A goodbye holds until the device says otherwise; a scan is known by its id;
/// an alarm is never passed by.
fn tells_when_old(fact: &Fact) -> bool {
    match fact {
        Fact::Scan(_) | Fact::Incident(_) | Fact::Device(DeviceReport { state: Presence::Offline, .. }) => true,
        Fact::Device(DeviceReport { state: Presence::Online | Presence::NoFix, .. })
        | Fact::Position(_)
        | Fact::Reading(_)
        | Fact::Plan(_)
        | Fact::Command(_)
        | Fact::Alert(_)
        | Fact::Rejected(_)
        | Fact::Clock(_)
        | Fact::Gap(_) => false,
    }
}
