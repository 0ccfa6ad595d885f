//! One device's MQTT connection: MQTT 3.1.1 over TCP, QoS 1, a fixed client id and a persistent session. Keeps trying
//! with growing, scattered pauses, sends again whatever was not acknowledged, and can be cut off. Does not know what
//! the messages mean.
//!
//! Each connection gets a client and an event loop of its own. The library's event loop carries queued events over a
//! reconnect, and forgets accepted publishes when the broker lost the session; the [`Outbox`] is the only memory here,
//! and a packet id never outlives the connection it was given on.

use std::future::pending;
use std::net::SocketAddr;
use std::time::Duration;

use rumqttc::{AsyncClient, ConnectionError, Event, EventLoop, LastWill, MqttOptions, Outgoing, Packet, QoS};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::outbox::{Letter, Outbox};

/// How many letters travel unacknowledged at a time; beyond it the device waits for acknowledgements.
const WINDOW: usize = 20;
/// The library's own bound; above [`WINDOW`], so that its packet ids never come round to one that is still open.
const IN_FLIGHT: u16 = 100;
/// Requests between us and the library's loop: the window, a subscription and a disconnect with room to spare. A
/// publish that finds it full is taken back and offered again after the next event.
const REQUESTS: usize = 64;
/// Events between the library's loop and us; a loop that finds it full waits, and the broker with it.
const EVENTS: usize = 256;
/// Silence after which the library pings the broker.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// A broker that does not answer a connection within this is not there.
const CONNECT_TIMEOUT_S: u64 = 5;
/// The pause after a failed connection: doubled from the first to the last, scattered between half and the whole.
const FIRST_PAUSE_MS: u64 = 250;
const LAST_PAUSE_MS: u64 = 5_000;
/// The largest packet either way.
const MAX_PACKET: usize = 256 * 1024;
/// How long a closing link waits for the broker to hang up after it said goodbye.
const GOODBYE: Duration = Duration::from_millis(500);

/// Who connects where, and what the broker is told about it.
#[derive(Debug, Clone)]
pub struct LinkSettings {
    /// The broker.
    pub broker: SocketAddr,
    /// The same at every connection: the session hangs on it.
    pub client_id: String,
    /// Name and password, where the broker wants them.
    pub credentials: Option<(String, String)>,
    /// What the broker publishes, retained, when the device is gone without a goodbye.
    pub will: Option<(String, String)>,
    /// Said at each connection before anything else.
    pub greeting: Option<Letter>,
    /// Subscribed to at each connection.
    pub subscribe: Option<String>,
    /// How many letters the device keeps; at the bound the oldest gives way and is counted.
    pub queue: usize,
}

/// What happened on a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkEvent {
    /// The broker has accepted the connection.
    Up,
    /// The connection, or an attempt at one, is gone, with the reason.
    Lost(String),
    /// The broker has acknowledged a letter.
    Delivered(Letter),
    /// Something was published on the subscribed topic.
    Heard {
        /// The topic.
        topic: String,
        /// The payload.
        payload: Vec<u8>,
    },
}

#[derive(Debug)]
enum State {
    /// The network is gone, by order.
    Cut,
    /// The next attempt is due then.
    Waiting(Instant),
    /// Connecting, or connected.
    Open(Connection),
}

#[derive(Debug)]
struct Connection {
    client: AsyncClient,
    events: mpsc::Receiver<Result<Event, ConnectionError>>,
    poller: JoinHandle<()>,
    accepted: bool,
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Ending the loop closes the socket without a word, which is what a broken network looks like to the broker.
        self.poller.abort();
    }
}

/// A device's link to its broker. It lives only while [`Link::next`] is awaited.
#[derive(Debug)]
pub struct Link {
    settings: LinkSettings,
    outbox: Outbox,
    state: State,
    failures: u32,
    connections: u64,
    chance: fastrand::Rng,
}

impl Link {
    /// A link that begins to connect when it is first asked for its [`next`](Link::next) event. `seed` scatters the
    /// pauses between attempts.
    pub fn new(settings: LinkSettings, seed: u64) -> Self {
        let outbox = Outbox::new(settings.queue, WINDOW);
        let state = State::Waiting(Instant::now());
        Self { settings, outbox, state, failures: 0, connections: 0, chance: fastrand::Rng::with_seed(seed) }
    }

    /// Queues a letter. One that is not worth keeping is forgotten at once while there is no connection.
    pub fn send(&mut self, mut letter: Letter) {
        let up = self.is_up();
        if up || letter.keep {
            letter.waited = !up;
            self.outbox.push(letter);
            self.pump();
        }
    }

    /// Takes the network away until [`Link::restore`].
    pub fn cut(&mut self) {
        self.outbox.connection_lost();
        self.state = State::Cut;
    }

    /// Gives the network back; does nothing to a link that has it.
    pub fn restore(&mut self) {
        match self.state {
            State::Cut => {
                self.failures = 0;
                self.state = State::Waiting(Instant::now());
            }
            State::Waiting(_) | State::Open(_) => {}
        }
    }

    /// Whether the broker has accepted us.
    pub fn is_up(&self) -> bool {
        match &self.state {
            State::Open(connection) => connection.accepted,
            State::Cut | State::Waiting(_) => false,
        }
    }

    /// How many letters the broker has not acknowledged.
    pub fn unacknowledged(&self) -> usize {
        self.outbox.len()
    }

    /// How many letters gave way because the queue was full.
    pub fn dropped(&self) -> u64 {
        self.outbox.dropped()
    }

    /// How many connections the broker has accepted.
    pub fn connections(&self) -> u64 {
        self.connections
    }

    /// Waits for the next thing that happens. Safe to abandon and call again.
    pub async fn next(&mut self) -> LinkEvent {
        loop {
            match &mut self.state {
                State::Cut => pending::<()>().await,
                State::Waiting(until) => {
                    tokio::time::sleep_until(*until).await;
                    self.state = State::Open(open(&self.settings));
                }
                State::Open(connection) => {
                    let happened = match connection.events.recv().await {
                        Some(Ok(event)) => self.on_event(event),
                        Some(Err(error)) => Some(self.on_loss(error.to_string())),
                        None => Some(self.on_loss("the connection's task ended".to_owned())),
                    };
                    if let Some(event) = happened {
                        return event;
                    }
                }
            }
        }
    }

    /// Says goodbye, if there is anybody to say it to, and hangs up. What is not acknowledged is forgotten.
    pub async fn hang_up(mut self) {
        if let State::Open(connection) = &mut self.state
            && connection.accepted
            && connection.client.try_disconnect().is_ok()
        {
            let hung_up = async { while let Some(Ok(_)) = connection.events.recv().await {} };
            // A broker that does not hang up in time is hung up on.
            drop(tokio::time::timeout(GOODBYE, hung_up).await);
        }
    }

    fn on_event(&mut self, event: Event) -> Option<LinkEvent> {
        let happened = match event {
            Event::Incoming(Packet::ConnAck(_)) => {
                self.on_accepted();
                Some(LinkEvent::Up)
            }
            Event::Outgoing(Outgoing::Publish(packet_id)) => {
                self.outbox.sent(packet_id);
                None
            }
            Event::Incoming(Packet::PubAck(ack)) => self.outbox.acknowledged(ack.pkid).map(LinkEvent::Delivered),
            Event::Incoming(Packet::Publish(heard)) => {
                Some(LinkEvent::Heard { topic: heard.topic, payload: heard.payload.to_vec() })
            }
            Event::Incoming(_) | Event::Outgoing(_) => None,
        };
        self.pump();
        happened
    }

    fn on_accepted(&mut self) {
        self.failures = 0;
        self.connections += 1;
        if let State::Open(connection) = &mut self.state {
            connection.accepted = true;
            if let Some(topic) = &self.settings.subscribe {
                // The channel is empty at this point; were it not, the next connection would subscribe.
                drop(connection.client.try_subscribe(topic.clone(), QoS::AtLeastOnce));
            }
            if let Some(greeting) = &self.settings.greeting {
                self.outbox.push_first(greeting.clone());
            }
        }
    }

    fn on_loss(&mut self, reason: String) -> LinkEvent {
        self.outbox.connection_lost();
        let ceiling = FIRST_PAUSE_MS.saturating_mul(1 << self.failures.min(16)).min(LAST_PAUSE_MS);
        self.failures = self.failures.saturating_add(1);
        let pause = self.chance.u64(ceiling / 2..=ceiling);
        self.state = State::Waiting(Instant::now() + Duration::from_millis(pause));
        LinkEvent::Lost(reason)
    }

    /// Gives the library as many letters as the window allows.
    fn pump(&mut self) {
        let State::Open(connection) = &self.state else { return };
        if !connection.accepted {
            return;
        }
        while let Some(letter) = self.outbox.hand_over() {
            let published =
                connection.client.try_publish(&letter.topic, QoS::AtLeastOnce, letter.retain, letter.payload.clone());
            if published.is_err() {
                self.outbox.take_back();
                return;
            }
        }
    }
}

/// Begins a connection: options, a fresh client, and a task that turns the library's loop.
fn open(settings: &LinkSettings) -> Connection {
    // The library writes host and port as one text, in which an IPv6 address needs its brackets.
    let host = match settings.broker {
        SocketAddr::V4(address) => address.ip().to_string(),
        SocketAddr::V6(address) => format!("[{}]", address.ip()),
    };
    let mut options = MqttOptions::new(&settings.client_id, host, settings.broker.port());
    options.set_clean_session(false);
    options.set_keep_alive(KEEP_ALIVE);
    options.set_inflight(IN_FLIGHT);
    options.set_max_packet_size(MAX_PACKET, MAX_PACKET);
    if let Some((name, password)) = &settings.credentials {
        options.set_credentials(name, password);
    }
    if let Some((topic, payload)) = &settings.will {
        options.set_last_will(LastWill::new(topic, payload.clone(), QoS::AtLeastOnce, true));
    }
    let (client, mut event_loop) = AsyncClient::new(options, REQUESTS);
    event_loop.network_options.set_connection_timeout(CONNECT_TIMEOUT_S).set_tcp_nodelay(true);
    let (report, events) = mpsc::channel(EVENTS);
    let poller = tokio::spawn(turn(event_loop, report));
    Connection { client, events, poller, accepted: false }
}

/// Turns the library's loop until it fails once, or nobody listens any more.
async fn turn(mut event_loop: EventLoop, report: mpsc::Sender<Result<Event, ConnectionError>>) {
    loop {
        let event = event_loop.poll().await;
        let failed = event.is_err();
        if report.send(event).await.is_err() || failed {
            return;
        }
    }
}
