//! Retained messages of the built-in broker, kept in the journal's database so that they survive a restart.
//!
//! Holds them in memory for matching and hands every change to the recorder, whose commit it awaits. Expires nothing:
//! a kiosk's last `offline` is true until the kiosk says otherwise.

use std::time::Duration;

use rmqtt::retain::{DefaultRetainStorage, RetainStorage};
use rmqtt::types::{From, Id, Publish, Retain, TopicFilter, TopicName};

use super::listener::{plain_publish, qos_of};
use crate::counters::Counters;
use crate::journal::Retained;
use crate::recorder::Handle;
use std::sync::Arc;

/// Topics that may hold a retained message. Beyond it a new one is delivered to those who listen now, but not held.
const TOPICS_MAX: isize = 10_000;

/// The broker's retained messages.
pub(super) struct Retainer {
    memory: DefaultRetainStorage,
    recorder: Handle,
    counters: Arc<Counters>,
}

impl Retainer {
    /// Starts with what was held before.
    pub(super) async fn new(
        before: Vec<Retained>,
        broker: &Id,
        recorder: Handle,
        counters: Arc<Counters>,
    ) -> rmqtt::Result<Self> {
        let memory = DefaultRetainStorage::new();
        for Retained { topic, qos, payload } in before {
            let publish: Publish = plain_publish(&topic, payload, qos_of(qos), true);
            let retain = Retain { msg_id: None, from: From::from_system(broker.clone()), publish };
            memory.set_with_timeout(&topic.into(), retain, None).await?;
        }
        Ok(Self { memory, recorder, counters })
    }
}

#[async_trait::async_trait]
impl RetainStorage for Retainer {
    fn enable(&self) -> bool {
        true
    }

    fn need_sync(&self) -> bool {
        false
    }

    async fn set(&self, topic: &TopicName, retain: Retain, _expiry: Option<Duration>) -> rmqtt::Result<()> {
        let clears = retain.publish.payload.is_empty();
        if !clears && self.memory.count().await >= TOPICS_MAX && self.memory.get_message(topic).await?.is_empty() {
            self.counters.given_up_outward("retained_topics_max");
            tracing::warn!(%topic, "not held: the broker holds {TOPICS_MAX} retained messages already");
            return Ok(());
        }
        let message = Retained {
            topic: topic.to_string(),
            qos: retain.publish.qos.value(),
            payload: retain.publish.payload.to_vec(),
        };
        self.recorder.retain(message).await?;
        self.memory.set_with_timeout(topic, retain, None).await
    }

    async fn get(&self, filter: &TopicFilter) -> rmqtt::Result<Vec<(TopicName, Retain)>> {
        self.memory.get_message(filter).await
    }

    async fn count(&self) -> isize {
        self.memory.count().await
    }

    async fn max(&self) -> isize {
        TOPICS_MAX
    }
}
