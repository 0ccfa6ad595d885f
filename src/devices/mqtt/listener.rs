//! The built-in broker. A publish of a device goes through the intake and so to disk before its PUBACK is sent.
//!
//! What it knows of its connections is in [`connections`](super::connections), of its sessions in
//! [`sessions`](super::sessions), of retained messages in [`retain`](super::retain); nothing else names the library. A
//! report that cannot be kept ends in no acknowledgement and a closed connection, so that the device sends it again; what
//! its sender is told is on disk before.

use std::net::SocketAddr;
use std::num::{NonZeroU16, NonZeroU32};
use std::sync::Arc;
use std::time::Duration;

use rmqtt::codec::types::{Publish as WirePublish, QoS};
use rmqtt::context::ServerContext;
use rmqtt::hook::{Handler, HookResult, Parameter, ReturnType, Type};
use rmqtt::net::Builder;
use rmqtt::server::MqttServer;
use rmqtt::session::SessionState;
use rmqtt::types::{From, FromType, Id, Publish, PublishAclResult, Reason};
use tokio::task::JoinHandle;

use super::connections::{Connections, Hearing};
use super::intake::{Incoming, Intake, Outgoing, sender_of};
use super::pace::Pace;
use super::pulse::Pulses;
use super::retain::Retainer;
use super::sessions::Sessions;
use crate::counters::Counters;
use crate::journal::Retained;
use crate::recorder::{Handle, NotKept};

/// Connections at one time; a further one is refused.
const CONNECTIONS_MAX: usize = 2_000;
/// Messages that wait for one slow or absent subscriber; beyond it the oldest is given up and counted. Verdicts wait
/// here for a kiosk that is cut off.
const SUBSCRIBER_QUEUE_MAX: usize = 10_000;
/// Messages on the way to one subscriber without its acknowledgement.
const SUBSCRIBER_INFLIGHT_MAX: u16 = 64;
/// How long the broker remembers a persistent session of an absent client: two days offline are normal.
const SESSION_KEPT: Duration = Duration::from_hours(48);
/// How long a message waits for an absent subscriber.
const MESSAGE_KEPT: Duration = Duration::from_hours(48);

/// What the listener needs.
pub struct ListenerSettings {
    /// Where to listen. Loopback only, as long as there are no users.
    pub bind: SocketAddr,
    /// A larger packet, in bytes, closes the connection that sent it.
    pub packet_max: u32,
}

/// A running broker.
pub struct Listener {
    /// The address it is bound to.
    pub address: SocketAddr,
    publisher: Publisher,
    task: JoinHandle<()>,
}

impl Listener {
    /// Binds and starts. `retained` is what was held before.
    ///
    /// # Errors
    /// When the address cannot be had, or is not on loopback.
    pub async fn start(
        settings: &ListenerSettings,
        intake: Arc<Intake>,
        recorder: Handle,
        counters: Arc<Counters>,
        retained: Vec<Retained>,
    ) -> anyhow::Result<Self> {
        anyhow::ensure!(
            settings.bind.ip().is_loopback(),
            "the broker may listen on loopback only, because there are no users yet: {} is not",
            settings.bind
        );
        let context = ServerContext::new()
            // A venue's load is known and bounded; refusing connections by processor load would turn kiosks away.
            .busy_check_enable(false)
            .task_exec_workers(256)
            .task_exec_queue_max(20_000)
            .mqtt_max_sessions(CONNECTIONS_MAX as isize)
            .build()
            .await;
        *context.extends.shared_mut().await = Box::new(Sessions::new(context.clone()));
        let bound = bind(settings)?;
        let address = bound.local_addr()?;
        let id = Id::new(1, address.port(), Some(address), None, "portico".into(), None);
        *context.extends.retain_mut().await =
            Box::new(Retainer::new(retained, &id, recorder, Arc::clone(&counters)).await?);
        let publisher = Publisher { context: context.clone(), id };
        register(&context, &publisher, &intake, &counters).await;
        let server = MqttServer::new(context).listener_by_id(bound.tcp()?, address.port()).build();
        let task = tokio::spawn(async move {
            if let Err(fault) = server.run().await {
                tracing::error!(%fault, "the built-in broker ended");
            }
        });
        Ok(Self { address, publisher, task })
    }

    /// The way to publish from inside.
    pub fn publisher(&self) -> Publisher {
        self.publisher.clone()
    }

    /// Takes no more connections. Those that are open end with the process; what they publish meanwhile is refused by
    /// the recorder once it has stopped, and so not acknowledged.
    pub fn stop(&self) {
        self.task.abort();
    }
}

fn bind(settings: &ListenerSettings) -> anyhow::Result<rmqtt::net::Listener> {
    let address = settings.bind;
    let one = NonZeroU32::MIN;
    Builder::new()
        .name("portico")
        .laddr(address)
        .reuseaddr(Some(true))
        .nodelay(true)
        .max_connections(CONNECTIONS_MAX)
        .max_handshaking_limit(500)
        .handshake_timeout(Duration::from_secs(10))
        .max_packet_size(settings.packet_max)
        .max_clientid_len(256)
        .max_topic_levels(16)
        .max_inflight(NonZeroU16::new(SUBSCRIBER_INFLIGHT_MAX).unwrap_or(NonZeroU16::MIN))
        .max_mqueue_len(SUBSCRIBER_QUEUE_MAX)
        .mqueue_rate_limit(NonZeroU32::new(u32::MAX).unwrap_or(one), Duration::from_secs(1))
        .session_expiry_interval(SESSION_KEPT)
        .max_session_expiry_interval(SESSION_KEPT)
        .message_expiry_interval(MESSAGE_KEPT)
        .allow_anonymous(true)
        .allow_zero_keepalive(true)
        .bind()
        .map_err(|fault| {
            anyhow::anyhow!("cannot listen for MQTT on {address}: {fault}; is another broker running there?")
        })
}

async fn register(context: &ServerContext, publisher: &Publisher, intake: &Arc<Intake>, counters: &Arc<Counters>) {
    let register = context.extends.hook_mgr().register();
    let (pulses, pace) = (Arc::new(Pulses::default()), Arc::new(Pace::default()));
    let connections = Arc::new(Connections::new(Arc::clone(intake), Arc::clone(&pulses), Arc::clone(&pace)));
    for of_connections in [Type::ClientConnected, Type::ClientKeepalive, Type::ClientDisconnected] {
        register.add(of_connections, Box::new(Hearing(Arc::clone(&connections)))).await;
    }
    let gate = Gate { intake: Arc::clone(intake), publisher: publisher.clone(), pulses, pace };
    register.add(Type::MessagePublishCheckAcl, Box::new(gate.clone())).await;
    register.add(Type::MessagePublish, Box::new(LastWills(gate))).await;
    register.add(Type::MessageDropped, Box::new(Drops(Arc::clone(counters)))).await;
    register.start().await;
}

/// Publishes into the built-in broker from inside.
#[derive(Clone)]
pub struct Publisher {
    context: ServerContext,
    id: Id,
}

impl Publisher {
    /// Hands a message to everybody who has subscribed, QoS 1. Those who are away with a persistent session get it
    /// when they come back.
    pub async fn publish(&self, outgoing: Outgoing) {
        let publish = plain_publish(&outgoing.topic, outgoing.payload, QoS::AtLeastOnce, false);
        let from = From::from_system(self.id.clone());
        if let Err(fault) = SessionState::forwards(&self.context, from, publish, false, None).await {
            tracing::warn!(topic = outgoing.topic, %fault, "a message for a device could not be handed on");
        }
    }
}

pub(super) fn plain_publish(topic: &str, payload: Vec<u8>, qos: QoS, retain: bool) -> Publish {
    Publish::from(WirePublish {
        dup: false,
        retain,
        qos,
        topic: topic.into(),
        packet_id: None,
        payload: payload.into(),
        properties: None,
    })
}

pub(super) fn qos_of(number: u8) -> QoS {
    match number {
        0 => QoS::AtMostOnce,
        1 => QoS::AtLeastOnce,
        _ => QoS::ExactlyOnce,
    }
}

/// Stands before the PUBACK.
#[derive(Clone)]
struct Gate {
    intake: Arc<Intake>,
    publisher: Publisher,
    pulses: Arc<Pulses>,
    pace: Arc<Pace>,
}

impl Gate {
    /// Keeps a message and answers it; an error where it is not kept.
    async fn take(&self, id: &Id, publish: &Publish, awaited: bool) -> Result<(), NotKept> {
        // Held messages are what a broker hands out; what a device itself publishes is news, whatever its flag.
        let (held, sender) = (false, sender_of(&id.client_id));
        let incoming =
            Incoming { link: "mqtt", topic: &publish.topic, payload: &publish.payload, awaited, held, sender };
        for message in self.intake.take(incoming).await? {
            self.publisher.publish(message).await;
        }
        Ok(())
    }

    async fn pass(&self, id: &Id, publish: &Publish) -> PublishAclResult {
        let awaited = !matches!(publish.qos, QoS::AtMostOnce);
        match self.take(id, publish, awaited).await {
            Ok(()) if Intake::may_pass(&publish.topic) => PublishAclResult::allow(),
            // Acknowledged, so that it does not come again, but handed on to nobody.
            Ok(()) => PublishAclResult::rejected(false, Some("only the gateway publishes here".into())),
            Err(not_kept) => PublishAclResult::rejected(true, Some(not_kept.to_string().into())),
        }
    }
}

#[async_trait::async_trait]
impl Handler for Gate {
    async fn hook(&self, parameter: &Parameter, so_far: Option<HookResult>) -> ReturnType {
        if let Parameter::MessagePublishCheckAcl(session, publish) = parameter {
            let passed = self.pass(&session.id, publish).await;
            if let Some(from) = session.id.remote_addr {
                if passed.is_allow() {
                    self.pulses.spoke(from, &publish.topic, || self.intake.clock.now());
                }
                if matches!(publish.qos, QoS::AtMostOnce) {
                    let wait = self.pace.take(from, std::time::Instant::now());
                    if !wait.is_zero() {
                        tokio::time::sleep(wait).await;
                    }
                }
            }
            return (false, Some(HookResult::PublishAclResult(passed)));
        }
        (true, so_far)
    }
}

/// A last will comes from the broker itself, past the gate: nobody is acknowledged, but it is kept like any report.
struct LastWills(Gate);

#[async_trait::async_trait]
impl Handler for LastWills {
    async fn hook(&self, parameter: &Parameter, so_far: Option<HookResult>) -> ReturnType {
        if let Parameter::MessagePublish(_, from, publish) = parameter
            && matches!(from.typ(), FromType::LastWill)
            && self.0.take(&from.id, publish, true).await.is_err()
        {
            tracing::error!(topic = %publish.topic, "a last will could not be kept");
        }
        (true, so_far)
    }
}

/// Counts what the broker gives up on the way to a subscriber.
struct Drops(Arc<Counters>);

#[async_trait::async_trait]
impl Handler for Drops {
    async fn hook(&self, parameter: &Parameter, so_far: Option<HookResult>) -> ReturnType {
        // A refused publish also comes here; that one is counted where it was refused.
        if let Parameter::MessageDropped(Some(_), _, _, reason) = parameter
            && !matches!(reason, Reason::PublishResult(_))
        {
            self.0.given_up_outward("subscriber_queue_max");
        }
        (true, so_far)
    }
}
