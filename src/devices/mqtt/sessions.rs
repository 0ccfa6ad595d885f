//! The built-in broker's sessions, with a take-over that a device can rely on.
//!
//! Promises that a client that comes back under its own id is let in at once, whether its last connection is still
//! open, is just ending, or is another attempt of its own; and that the last connection's will is on disk before the
//! new connection is answered, so that an old `offline` never follows a new `online`. And that what is underway to a
//! listener has a bound in bytes, see [`Load`]. Holds no session itself: all else is the library's.
//!
//! The library alone refuses ("server unavailable") a client whose last connection is between its end and the removal
//! of its session, because it asks a task that has stopped listening, and a client whose other attempt is underway.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use rmqtt::Result;
use rmqtt::context::ServerContext;
use rmqtt::session::Session;
use rmqtt::shared::{DefaultShared, Entry, RetainLoadCallback, Shared};
use rmqtt::types::{
    ForwardedCount, ForwardedRecipients, From, Id, IsAdmin, MsgID, NodeId, OfflineSession, Publish, Reason,
    SessionStatus, SubRelation, SubRelations, SubRelationsMap, SubsSearchParams, SubsSearchResult, Subscribe,
    SubscribeReturn, To, TopicFilter, Tx, Unsubscribe,
};
use tokio::time::{Instant, sleep};

use super::load::Load;

/// How long a client waits for its last connection to end before it is refused. A last connection ends within a commit;
/// one that takes longer waits for a disk that hangs.
const TAKEOVER_WAIT_MAX: Duration = Duration::from_secs(8);
/// How long a client waits for the will of its last connection. Beyond it the will may come after what the client says
/// first. MQTT 5 takes half a second, because the library gives the last connection that long to read its farewell.
const WILL_WAIT_MAX: Duration = Duration::from_secs(2);
/// Between looks.
const STEP: Duration = Duration::from_millis(2);

/// The library's sessions, entered by way of a [`Seat`].
pub(super) struct Sessions {
    library: DefaultShared,
    context: ServerContext,
    load: Load,
}

impl Sessions {
    pub(super) fn new(context: ServerContext) -> Self {
        Self { library: DefaultShared::new(Some(context.clone())), context, load: Load::default() }
    }

    /// Hands a message on along one subscription.
    async fn forward(
        &self,
        from: &From,
        publish: &Publish,
        relation: SubRelation,
    ) -> std::result::Result<ForwardedCount, (ForwardedCount, Undelivered)> {
        let mut publish = publish.clone();
        let listener = relation.1.clone();
        let Some(payload) = self.load.take_on(&listener, &publish.payload) else {
            let to = To::from(from.node_id, listener);
            return Err((0, vec![(to, from.clone(), publish, Reason::MessageQueueFull)]));
        };
        publish.payload = payload;
        let handed_on = self.library.forwards_to(from.clone(), &publish, vec![relation], None).await;
        handed_on.map(|to| to.len()).map_err(|(to, undelivered)| (to.len(), undelivered))
    }
}

type Undelivered = Vec<(To, From, Publish, Reason)>;

#[async_trait]
impl Shared for Sessions {
    fn entry(&self, id: Id) -> Box<dyn Entry> {
        Box::new(Seat(self.library.entry(id)))
    }

    fn exist(&self, client_id: &str) -> bool {
        self.library.exist(client_id)
    }

    async fn forwards(
        &self,
        message: Option<MsgID>,
        from: From,
        mut publish: Publish,
    ) -> std::result::Result<ForwardedCount, (ForwardedCount, Undelivered)> {
        if publish.target_clientid.is_some() {
            return self.library.forwards(message, from, publish).await;
        }
        let found = self.context.extends.router().await.matches(from.id.clone(), &publish.topic).await;
        let relations: Vec<SubRelation> = match found {
            Ok(by_node) => by_node.into_values().flatten().collect(),
            Err(fault) => {
                tracing::warn!(topic = %publish.topic, %fault, "nobody can be found who listens");
                Vec::new()
            }
        };
        if !relations.is_empty() {
            // A copy of its own: the payload as read holds on to all that was read with it, however long it waits.
            publish.payload = Bytes::copy_from_slice(&publish.payload);
        }
        let (mut handed_on, mut undelivered) = (0, Vec::new());
        for relation in relations {
            match self.forward(&from, &publish, relation).await {
                Ok(count) => handed_on += count,
                Err((count, mut not)) => {
                    handed_on += count;
                    undelivered.append(&mut not);
                }
            }
        }
        if undelivered.is_empty() { Ok(handed_on) } else { Err((handed_on, undelivered)) }
    }

    async fn forwards_and_get_shareds(
        &self,
        from: From,
        publish: Publish,
    ) -> std::result::Result<(SubRelationsMap, ForwardedRecipients), (ForwardedRecipients, Undelivered)> {
        self.library.forwards_and_get_shareds(from, publish).await
    }

    async fn forwards_to(
        &self,
        from: From,
        publish: &Publish,
        relations: SubRelations,
        message: Option<MsgID>,
    ) -> std::result::Result<ForwardedRecipients, (ForwardedRecipients, Undelivered)> {
        self.library.forwards_to(from, publish, relations, message).await
    }

    fn iter(&self) -> Box<dyn Iterator<Item = Box<dyn Entry>> + Sync + Send + '_> {
        self.library.iter()
    }

    fn random_session(&self) -> Option<Session> {
        self.library.random_session()
    }

    async fn session_status(&self, client_id: &str) -> Option<SessionStatus> {
        self.library.session_status(client_id).await
    }

    async fn client_states_count(&self) -> usize {
        self.library.client_states_count().await
    }

    fn sessions_count(&self) -> usize {
        self.library.sessions_count()
    }

    async fn query_subscriptions(&self, search: &SubsSearchParams) -> Vec<SubsSearchResult> {
        self.library.query_subscriptions(search).await
    }

    async fn subscriptions_count(&self) -> usize {
        self.library.subscriptions_count().await
    }

    async fn retain_load_with(
        &self,
        filter: &TopicFilter,
        callback: std::sync::Arc<dyn RetainLoadCallback>,
    ) -> Result<Vec<(NodeId, MsgID)>> {
        self.library.retain_load_with(filter, callback).await
    }
}

/// One client's place, for one of its connections.
struct Seat(Box<dyn Entry>);

/// Asks again until it is granted or `wait` is over.
macro_rules! insist {
    ($wait:expr, $ask:expr) => {{
        let until = Instant::now() + $wait;
        loop {
            match $ask.await {
                Ok(granted) => break Ok(granted),
                Err(fault) if Instant::now() >= until => break Err(fault),
                Err(_) => sleep(STEP).await,
            }
        }
    }};
}

#[async_trait]
impl Entry for Seat {
    async fn try_lock(&self) -> Result<Box<dyn Entry>> {
        let locked: Result<Box<dyn Entry>> = insist!(TAKEOVER_WAIT_MAX, self.0.try_lock());
        Ok(Box::new(Seat(locked?)))
    }

    async fn kick(&mut self, clean: bool, unsubscribe: bool, admin: IsAdmin) -> Result<OfflineSession> {
        let (last, had_will) = (self.0.tx(), has_will(self.0.session()).await);
        let before: Result<OfflineSession> = insist!(TAKEOVER_WAIT_MAX, self.0.kick(clean, unsubscribe, admin));
        if let Some(last) = last.filter(|_| had_will) {
            let until = Instant::now() + WILL_WAIT_MAX;
            // Closed when its task is over, and the will comes before that.
            while !last.is_closed() && Instant::now() < until {
                sleep(STEP).await;
            }
        }
        before
    }

    fn id(&self) -> Id {
        self.0.id()
    }

    fn id_same(&self) -> Option<bool> {
        self.0.id_same()
    }

    async fn set(&mut self, session: Session, tx: Tx) -> Result<()> {
        self.0.set(session, tx).await
    }

    async fn remove(&mut self) -> Result<Option<(Session, Tx)>> {
        self.0.remove().await
    }

    async fn remove_with(&mut self, id: &Id) -> Result<Option<(Session, Tx)>> {
        self.0.remove_with(id).await
    }

    async fn online(&self) -> bool {
        self.0.online().await
    }

    async fn is_connected(&self) -> bool {
        self.0.is_connected().await
    }

    fn session(&self) -> Option<Session> {
        self.0.session()
    }

    fn exist(&self) -> bool {
        self.0.exist()
    }

    fn tx(&self) -> Option<Tx> {
        self.0.tx()
    }

    async fn subscribe(&self, subscribe: &Subscribe) -> Result<SubscribeReturn> {
        self.0.subscribe(subscribe).await
    }

    async fn unsubscribe(&self, unsubscribe: &Unsubscribe) -> Result<bool> {
        self.0.unsubscribe(unsubscribe).await
    }

    async fn publish(&self, from: From, publish: Publish) -> std::result::Result<(), (From, Publish, Reason)> {
        self.0.publish(from, publish).await
    }

    async fn subscriptions(&self) -> Option<Vec<SubsSearchResult>> {
        self.0.subscriptions().await
    }
}

async fn has_will(session: Option<Session>) -> bool {
    let Some(session) = session else { return false };
    session.connect_info().await.is_ok_and(|connect| connect.last_will().is_some())
}
