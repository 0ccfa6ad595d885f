//! What the built-in broker itself knows of its connections: that they live, and why it closed one.
//!
//! Promises that a kiosk whose connection answers is told of as `online`, see [`Pulses`], and that a packet larger than
//! the broker takes is counted and kept as `rejected` with its size, though its bytes were never read. Tells nothing of
//! a connection that only ends: its will does that, or the silence that follows.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use rmqtt::hook::{Handler, HookResult, Parameter, ReturnType};
use rmqtt::session::Session;
use rmqtt::types::{Publish, Reason};

use super::intake::Intake;
use super::pace::Pace;
use super::pulse::Pulses;
use crate::counters::ledger::{Fate, GATEWAY, Slip};
use crate::counters::{AtBound, OfLink};
use crate::facts::{DeviceReport, Fact, Name, Presence, Rejected, Report, Span, Subject, Timestamp};

/// Of packets that are too large, one is kept as `rejected` in this time; every one is counted as `max_packet`. A client
/// that sends its packet again at each connection must not fill the journal.
const REJECTED_EVERY: Span = Span::from_secs(10);
/// The built-in broker's link in counters, as in the listener.
const LINK: &str = "mqtt";
/// How the library begins when a packet is larger than it may be.
const TOO_LARGE: &str = "Max size exceeded: size=";

/// Hears of connections.
pub(super) struct Connections {
    intake: Arc<Intake>,
    pulses: Arc<Pulses>,
    pace: Arc<Pace>,
    rejected_at: Mutex<Option<Timestamp>>,
}

impl Connections {
    pub(super) fn new(intake: Arc<Intake>, pulses: Arc<Pulses>, pace: Arc<Pace>) -> Self {
        Self { intake, pulses, pace, rejected_at: Mutex::new(None) }
    }

    /// A kiosk that leaves its will on its own status topic says by it who it is.
    async fn came(&self, session: &Session, from: SocketAddr) {
        let Ok(connect) = session.connect_info().await else { return };
        if let Some(Ok(will)) = connect.last_will().map(Publish::try_from) {
            self.pulses.spoke(from, &will.topic, || self.intake.clock.now());
        }
    }

    async fn lives(&self, from: SocketAddr) {
        let asked = || (**self.intake.kiosk_limit.load(), self.intake.clock.now());
        let Some(kiosk) = self.pulses.beat(from, asked) else { return };
        let lives = DeviceReport::of_device(Presence::Online, Some("its connection answers".to_owned()));
        // What the gateway concludes of a connection: no message of the kiosk's.
        let slip = self.intake.counters.ledger.link(GATEWAY).heard();
        self.post(Subject::Kiosk(kiosk), Fact::Device(lives), slip).await;
    }

    async fn went(&self, session: &Session, from: SocketAddr, reason: &Reason) {
        if let Some(bytes) = too_large(reason) {
            self.reject(session, self.pulses.speaks_for(from), bytes).await;
        }
        self.pulses.gone(from);
        self.pace.gone(from);
    }

    async fn reject(&self, session: &Session, kiosk: Option<Name>, bytes: u64) {
        let client = session.id.client_id.to_string();
        tracing::warn!(client, bytes, "a packet is larger than mqtt.listener.max_packet; its connection is closed");
        self.intake.counters.dropped.get_or_create(&AtBound { bound: "max_packet" }).inc();
        let slip = self.intake.counters.ledger.link(LINK).heard();
        if !self.is_time_to_keep(self.intake.clock.now()) {
            return slip.ended(Fate::Dropped("max_packet"));
        }
        self.intake.counters.rejected.get_or_create(&OfLink { link: LINK.to_owned() }).inc();
        let rejected = Rejected {
            link: format!("client {}", client.chars().take(80).collect::<String>()),
            reason: format!(
                "a packet of {bytes} bytes is larger than mqtt.listener.max_packet, so it was not read and its connection \
                 was closed; send less at once, or raise max_packet"
            ),
            raw: String::new(),
            bytes,
        };
        let device = kiosk.map(Subject::Kiosk).or_else(|| LINK.parse().ok().map(Subject::Link));
        self.post(device.unwrap_or(Subject::Gateway), Fact::Rejected(rejected), slip.rejected("max_packet")).await;
    }

    fn is_time_to_keep(&self, now: Timestamp) -> bool {
        let mut last = self.rejected_at.lock().unwrap_or_else(PoisonError::into_inner);
        let early = last.is_some_and(|last| now >= last && now.since(last) < REJECTED_EVERY);
        if !early {
            *last = Some(now);
        }
        !early
    }

    async fn post(&self, device: Subject, fact: Fact, slip: Slip) {
        let report = Report { device, observed_at: None, fact, awaited: false };
        if self.intake.recorder.post_heard(report, slip).await.is_err() {
            tracing::debug!("the recorder has stopped; what the broker knows of its connections is not kept");
        }
    }
}

/// How large the packet was for which a connection was closed.
fn too_large(reason: &Reason) -> Option<u64> {
    match reason {
        Reason::Error(text) => text.strip_prefix(TOO_LARGE)?.split(',').next()?.parse().ok(),
        Reason::Reasons(all) => all.iter().find_map(too_large),
        _ => None,
    }
}

/// One for each of the hooks that it is registered at.
pub(super) struct Hearing(pub(super) Arc<Connections>);

#[async_trait::async_trait]
impl Handler for Hearing {
    async fn hook(&self, parameter: &Parameter, so_far: Option<HookResult>) -> ReturnType {
        let (Parameter::ClientConnected(session)
        | Parameter::ClientKeepalive(session, _)
        | Parameter::ClientDisconnected(session, _)) = parameter
        else {
            return (true, so_far);
        };
        if let Some(from) = session.id.remote_addr {
            match parameter {
                Parameter::ClientConnected(_) => self.0.came(session, from).await,
                Parameter::ClientDisconnected(_, reason) => self.0.went(session, from, reason).await,
                _ => self.0.lives(from).await,
            }
        }
        (true, so_far)
    }
}
