//! Keeps one link to an existing broker alive and hands what it brings to the intake.
//!
//! Acknowledges nothing that the journal does not hold and whose verdict the broker does not have, and in the order in
//! which it came (MQTT-4.6.0-2): so the broker's session is the memory of verdicts that are still to be told, whatever
//! becomes of us. Does not decode, and publishes nothing: a connection that also publishes could hold back its own
//! acknowledgements, so verdicts leave by the connection of [`super::outlet`].

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, Publish, QoS, SubscribeFilter, SubscribeReasonCode};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::intake::{Incoming, Intake, Outgoing, sender_of};
use super::outlet::Outlet;
use crate::backoff::Backoff;
use crate::counters::{AtBound, Counters, OfLink};
use crate::facts::{DeviceReport, Fact, Presence, Report, Subject};
use crate::recorder::Handle;

/// The largest packet taken from an existing broker: the largest that MQTT has (3.1.1, 2.2.3). With any lower bound one
/// larger message would end the connection again and again, because a persistent session offers it anew; so it is
/// taken, kept as `rejected` by its first bytes, and acknowledged.
const PACKET_MAX: usize = 268_435_455;
/// Messages between the connection and those that are being kept. At this bound nothing more is read from the
/// connection until one is kept, so that the broker holds the rest back.
const AT_THE_DOOR_MAX: usize = 64;
/// Subscriptions and acknowledgements on their way to the connection. There are 65,535 packet ids, so no more than that
/// can wait: an acknowledgement always finds room, also while the connection itself waits for the recorder.
const REQUESTS_MAX: usize = 65_535 + 8;
/// Messages that are being kept at the same time, before the oldest of them is acknowledged: enough for a full commit.
const KEEPING_MAX: usize = 1_000;
/// How long a scan waits for the broker to take its verdict. Beyond it the scan is acknowledged all the same, because a
/// broker that refuses our verdicts must not stop what kiosks say; the verdict is given up and counted as
/// `answer_wait_max`, and the kiosk is answered when it asks again.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(30);
/// What is said of a session that is the first.
const NEW_SESSION: &str = "new session";
/// What is said of a session that the broker had and has no more.
const SESSION_LOST: &str = "the broker has forgotten our session; what it held for us is gone";
/// Waits between connections.
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(500), most: Duration::from_secs(30) };
/// A connection that lasted so long was a good one: the next wait is short again.
const GOOD_AFTER: Duration = Duration::from_secs(10);

/// One existing broker.
#[derive(Debug, Clone)]
pub struct BrokerSettings {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Our fixed name: the broker keeps the session under it while we are away.
    pub client_id: String,
    /// User name and password.
    pub credentials: Option<(String, String)>,
    /// A broker that is silent for one and a half times this long is taken for lost.
    pub keep_alive: Duration,
    /// What to subscribe to.
    pub filters: Vec<String>,
}

impl BrokerSettings {
    /// The link's name in counters and rejected entries.
    pub fn link(&self) -> String {
        format!("broker:{}", self.client_id)
    }

    /// The cursor that is there once the broker has had a session of ours: how far the journal was then.
    pub fn session_cursor(&self) -> String {
        format!("mqtt.session:{}", self.link())
    }

    pub(super) fn options(&self, suffix: &str) -> MqttOptions {
        let mut options = MqttOptions::new(format!("{}{suffix}", self.client_id), self.host.clone(), self.port);
        options.set_keep_alive(self.keep_alive).set_max_packet_size(PACKET_MAX, PACKET_MAX);
        if let Some((user, password)) = &self.credentials {
            options.set_credentials(user.clone(), password.clone());
        }
        options
    }
}

/// What a link works with.
pub struct Client {
    /// Which broker.
    pub settings: BrokerSettings,
    /// Where messages go.
    pub intake: Arc<Intake>,
    /// Where answers go.
    pub outlet: Outlet,
    /// Where the link's own comings and goings go.
    pub recorder: Handle,
    /// The counters.
    pub counters: Arc<Counters>,
    /// Whether the broker has had a session of ours before, in this life of the gateway or an earlier one.
    pub known: bool,
}

/// How a connection ended.
enum Ended {
    Lost(String),
    Cancelled,
}

impl Client {
    /// Runs until `cancel`.
    pub async fn run(self, cancel: CancellationToken) {
        let link = OfLink { link: self.settings.link() };
        let (mut attempt, mut lost_at, mut known) = (0, None::<std::time::Instant>, self.known);
        loop {
            let begun = std::time::Instant::now();
            let ended = self.connect_once(&cancel, &link, &mut lost_at, &mut known).await;
            self.counters.link_up.get_or_create(&link).set(0);
            let reason = match ended {
                Ended::Cancelled => return,
                Ended::Lost(reason) => reason,
            };
            if lost_at.is_none() {
                lost_at = Some(std::time::Instant::now());
                tracing::warn!(link = link.link, reason, "link lost; trying again by itself");
                self.counters.links_lost.get_or_create(&link).inc();
                self.report(Presence::Offline, Some(reason)).await;
            }
            attempt = if begun.elapsed() >= GOOD_AFTER { 0 } else { attempt + 1 };
            let wait = BACKOFF.delay(attempt, crate::devices::chance());
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = cancel.cancelled() => return,
            }
        }
    }

    /// One connection, with a client and an event loop of its own: what a lost one had queued must not leak into the
    /// next, whose packet ids mean other messages.
    async fn connect_once(
        &self,
        cancel: &CancellationToken,
        link: &OfLink,
        lost_at: &mut Option<std::time::Instant>,
        known: &mut bool,
    ) -> Ended {
        let mut options = self.settings.options("");
        options.set_clean_session(false).set_manual_acks(true);
        let (client, mut events) = AsyncClient::new(options, REQUESTS_MAX);
        let (underway, inbox) = mpsc::channel(AT_THE_DOOR_MAX);
        let failed = cancel.child_token();
        let acking = tokio::spawn(acknowledge(
            inbox,
            client.clone(),
            Arc::clone(&self.intake),
            self.outlet.clone(),
            Arc::clone(&self.counters),
            link.link.clone(),
            failed.clone(),
        ));
        let ended = tokio::select! {
            ended = self.poll(&client, &mut events, &underway, link, lost_at, known) => ended,
            () = failed.cancelled() => {
                if cancel.is_cancelled() {
                    Ended::Cancelled
                } else {
                    Ended::Lost("a message could not be kept or answered; it is not acknowledged and will come again".to_owned())
                }
            }
        };
        acking.abort();
        ended
    }

    async fn poll(
        &self,
        client: &AsyncClient,
        events: &mut EventLoop,
        underway: &mpsc::Sender<Publish>,
        link: &OfLink,
        lost_at: &mut Option<std::time::Instant>,
        known: &mut bool,
    ) -> Ended {
        loop {
            match events.poll().await {
                Ok(Event::Incoming(Packet::ConnAck(answer))) => {
                    self.connected(answer.session_present, link, lost_at, known).await;
                    let filters =
                        self.settings.filters.iter().map(|f| SubscribeFilter::new(f.clone(), QoS::AtLeastOnce));
                    if client.try_subscribe_many(filters).is_err() {
                        return Ended::Lost("the subscription could not be sent".to_owned());
                    }
                }
                Ok(Event::Incoming(Packet::SubAck(answer))) => {
                    let refused: Vec<&str> = (self.settings.filters.iter().zip(&answer.return_codes))
                        .filter(|(_, code)| matches!(code, SubscribeReasonCode::Failure))
                        .map(|(filter, _)| filter.as_str())
                        .collect();
                    if !refused.is_empty() {
                        tracing::error!(
                            link = link.link,
                            ?refused,
                            "the broker refuses these subscriptions; mend its access list"
                        );
                    }
                }
                Ok(Event::Incoming(Packet::Publish(publish))) => {
                    if underway.send(publish).await.is_err() {
                        return Ended::Lost("a message could not be kept".to_owned());
                    }
                }
                Ok(Event::Incoming(Packet::Disconnect)) => return Ended::Lost("the broker closed the link".to_owned()),
                Ok(Event::Incoming(_) | Event::Outgoing(_)) => {}
                Err(fault) => return Ended::Lost(fault.to_string()),
            }
        }
    }

    /// Says that the link is up, and whether the broker still had our session.
    async fn connected(
        &self,
        session_present: bool,
        link: &OfLink,
        lost_at: &mut Option<std::time::Instant>,
        known: &mut bool,
    ) {
        let reason = match (session_present, *known) {
            (true, _) => None,
            (false, false) => Some(NEW_SESSION),
            (false, true) => {
                tracing::warn!(link = link.link, SESSION_LOST);
                self.counters.sessions_lost.get_or_create(link).inc();
                Some(SESSION_LOST)
            }
        };
        *known = true;
        self.recorder.save_cursor(self.settings.session_cursor(), *self.recorder.newest().borrow());
        self.counters.link_up.get_or_create(link).set(1);
        let away = lost_at.take().map(|at| at.elapsed());
        tracing::info!(link = link.link, away_s = away.map(|a| a.as_secs()), "link is up");
        self.report(Presence::Online, reason.map(str::to_owned)).await;
    }

    async fn report(&self, state: Presence, reason: Option<String>) {
        let Ok(name) = self.settings.link().parse() else { return };
        let fact = Fact::Device(DeviceReport::of_device(state, reason));
        let report = Report { device: Subject::Link(name), observed_at: None, fact, awaited: false };
        if self.recorder.post(report).await.is_err() {
            tracing::debug!("the recorder has stopped; the link's state is not kept");
        }
    }
}

/// Keeps messages many at a time, has them answered, and acknowledges in the order of receipt.
async fn acknowledge(
    mut inbox: mpsc::Receiver<Publish>,
    client: AsyncClient,
    intake: Arc<Intake>,
    outlet: Outlet,
    counters: Arc<Counters>,
    link: String,
    failed: CancellationToken,
) {
    let mut keeping = FuturesOrdered::new();
    let sender = sender_of(&link);
    loop {
        tokio::select! {
            publish = inbox.recv(), if keeping.len() < KEEPING_MAX => {
                let Some(publish) = publish else { return };
                let (intake, outlet, counters, link) = (&intake, &outlet, &counters, &link);
                keeping.push_back(async move {
                    let awaited = publish.qos != QoS::AtMostOnce;
                    let Publish { topic, payload, retain: held, .. } = &publish;
                    let incoming = Incoming { link, topic, payload, awaited, held: *held, sender };
                    let done = match intake.take(incoming).await {
                        Ok(answers) => answer(outlet, answers, counters).await,
                        Err(_not_kept) => false,
                    };
                    (publish, done)
                });
            }
            Some((publish, done)) = keeping.next() => {
                if !done {
                    failed.cancel();
                    return;
                }
                if publish.qos != QoS::AtMostOnce && client.ack(&publish).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Hands answers to the broker; false where the gateway stops before it has them.
async fn answer(outlet: &Outlet, answers: Vec<Outgoing>, counters: &Counters) -> bool {
    for message in answers {
        match tokio::time::timeout(ANSWER_WAIT_MAX, outlet.deliver(message)).await {
            Ok(true) => {}
            Ok(false) => return false,
            Err(_too_long) => {
                counters.dropped.get_or_create(&AtBound { bound: "answer_wait_max" }).inc();
            }
        }
    }
    true
}
