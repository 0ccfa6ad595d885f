//! Publishes answers to devices, and alerts, through an existing broker, on a connection of its own.
//!
//! What the broker has not acknowledged is sent again on the next connection, for as long as somebody waits for it: who
//! hands a message in remembers it until then, here nothing outlives a restart. Subscribes to nothing.

use std::collections::VecDeque;
use std::time::Duration;

use rumqttc::{AsyncClient, Event, Packet, QoS};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::client::BrokerSettings;
use super::intake::Outgoing;
use crate::backoff::Backoff;

/// Messages that wait for the connection. At this many whoever hands in the next one waits too, and its broker holds back
/// what it would have brought.
const WAITING_MAX: usize = 500;
/// Waits between connections.
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(500), most: Duration::from_secs(10) };
/// The end of the client id, so that the broker does not take both connections for one.
const SUFFIX: &str = "-out";

/// Where answers are handed in.
#[derive(Debug, Clone)]
pub struct Outlet {
    messages: mpsc::Sender<Waiting>,
}

/// A message that the broker has not acknowledged, and who is told when it has.
struct Waiting {
    message: Outgoing,
    acknowledged: oneshot::Sender<()>,
}

impl Waiting {
    /// Nobody waits for it any more.
    fn is_given_up(&self) -> bool {
        self.acknowledged.is_closed()
    }
}

impl Outlet {
    /// Starts the connection.
    pub fn start(settings: BrokerSettings, cancel: CancellationToken) -> Self {
        let (messages, inbox) = mpsc::channel(WAITING_MAX);
        tokio::spawn(run(settings, inbox, cancel));
        Self { messages }
    }

    /// Hands in one message and waits until the broker has acknowledged it; says whether it did before the end. Who
    /// stops waiting gives the message up, unless it is on its way already.
    pub async fn deliver(&self, message: Outgoing) -> bool {
        let (acknowledged, heard) = oneshot::channel();
        if self.messages.send(Waiting { message, acknowledged }).await.is_err() {
            tracing::debug!("the outlet has stopped");
        }
        heard.await.is_ok()
    }
}

async fn run(settings: BrokerSettings, mut inbox: mpsc::Receiver<Waiting>, cancel: CancellationToken) {
    let mut unacked: VecDeque<Waiting> = VecDeque::new();
    let mut attempt = 0;
    loop {
        tokio::select! {
            () = cancel.cancelled() => return,
            lasted = connect_once(&settings, &mut inbox, &mut unacked) => {
                attempt = if lasted { 0 } else { attempt + 1 };
            }
        }
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(BACKOFF.delay(attempt, crate::devices::chance())) => {}
        }
    }
}

/// One connection; says whether it ever came up. Acknowledgements come in the order of the publishes (MQTT-4.6.0-2),
/// so each one is for the oldest that waits.
async fn connect_once(
    settings: &BrokerSettings,
    inbox: &mut mpsc::Receiver<Waiting>,
    unacked: &mut VecDeque<Waiting>,
) -> bool {
    let mut options = settings.options(SUFFIX);
    options.set_clean_session(true);
    let (client, mut events) = AsyncClient::new(options, WAITING_MAX * 2);
    let (up, mut is_up) = tokio::sync::watch::channel(false);
    let (acks, mut acked) = mpsc::unbounded_channel();
    let polling = async move {
        loop {
            match events.poll().await {
                Ok(Event::Incoming(Packet::ConnAck(_))) => {
                    up.send_replace(true);
                }
                Ok(Event::Incoming(Packet::PubAck(_))) => {
                    if acks.send(()).is_err() {
                        return;
                    }
                }
                Ok(_) => {}
                Err(_) => return,
            }
        }
    };
    let mut lasted = false;
    let feeding = async {
        if is_up.wait_for(|up| *up).await.is_err() {
            return;
        }
        lasted = true;
        unacked.retain(|waiting| !waiting.is_given_up());
        for waiting in unacked.iter() {
            publish(&client, &waiting.message).await;
        }
        loop {
            tokio::select! {
                Some(()) = acked.recv() => {
                    if let Some(waiting) = unacked.pop_front() {
                        let _gone = waiting.acknowledged.send(());
                    }
                }
                waiting = inbox.recv(), if unacked.len() < WAITING_MAX => {
                    let Some(waiting) = waiting else { return };
                    if waiting.is_given_up() {
                        continue;
                    }
                    publish(&client, &waiting.message).await;
                    unacked.push_back(waiting);
                }
            }
        }
    };
    tokio::select! {
        () = polling => {}
        () = feeding => {}
    }
    lasted
}

async fn publish(client: &AsyncClient, message: &Outgoing) {
    let sent = client.publish(&message.topic, QoS::AtLeastOnce, false, message.payload.clone()).await;
    if sent.is_err() {
        tracing::debug!(topic = message.topic, "the connection ended; this answer goes out on the next one");
    }
}
