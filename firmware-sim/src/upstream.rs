//! A stand-in for the system upstream: collects CloudEvents batches over HTTP, remembers what it was told, goes away
//! and returns, and answers as badly as a test wants. Acts on nothing that it collects.
//!
//! Batches after CloudEvents 1.0, "JSON Batch Format" (`application/cloudevents-batch+json`), gzip allowed;
//! `Idempotency-Key` after the IETF draft of that name: the same key with another body is refused with 422.

mod connection;
mod ledger;

use std::collections::{BTreeSet, VecDeque};
use std::io::{self, Read};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use connection::{Cut, GuardedListener};
pub use ledger::Counts;
use ledger::{BadBatch, Ledger};

/// The media type of a batch.
pub const BATCH: &str = "application/cloudevents-batch+json";
/// The largest body taken, packed and unpacked; a larger one is answered with 413.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// How one request is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The batch is stored and acknowledged with 202.
    Accept,
    /// Nothing is stored; this status, with `Retry-After` in seconds if given.
    Refuse(u16, Option<u32>),
    /// Nothing is stored and nothing is ever said; the connection stays until the collector goes away.
    Hang,
    /// Nothing is stored; the connection is reset.
    Reset,
    /// The batch is stored, and the connection is reset before the sender learns it.
    AcceptThenReset,
}

/// A running collector. Clones are handles to the same one.
#[derive(Debug, Clone)]
pub struct UpstreamControl(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    address: SocketAddr,
    state: Mutex<Collector>,
    news: Notify,
    serving: tokio::sync::Mutex<Option<Serving>>,
}

#[derive(Debug)]
struct Collector {
    ledger: Ledger,
    script: VecDeque<Answer>,
    standing: Answer,
    refused_ids: BTreeSet<String>,
    largest_batch: Option<usize>,
}

#[derive(Debug)]
struct Serving {
    task: JoinHandle<()>,
    away: CancellationToken,
}

impl UpstreamControl {
    /// Starts to listen; port 0 takes any free one. With `keep_bodies` every event is kept whole, else only its id and
    /// a hash of its content: about a hundred bytes an event.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn start(address: SocketAddr, keep_bodies: bool) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let collector = Collector {
            ledger: Ledger::new(keep_bodies),
            script: VecDeque::new(),
            standing: Answer::Accept,
            refused_ids: BTreeSet::new(),
            largest_batch: None,
        };
        let control = Self(Arc::new(Inner {
            address: listener.local_addr()?,
            state: Mutex::new(collector),
            news: Notify::new(),
            serving: tokio::sync::Mutex::new(None),
        }));
        *control.0.serving.lock().await = Some(control.serve(listener));
        Ok(control)
    }

    /// Where it listens, also while it is away.
    pub fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// Closes the listener and resets all connections: from now on a sender is refused.
    pub async fn go_away(&self) {
        if let Some(serving) = self.0.serving.lock().await.take() {
            serving.away.cancel();
            serving.task.abort();
            // The listener is closed when its task is gone; an aborted task ends in nothing but that.
            drop(serving.task.await);
        }
    }

    /// Listens again at the same address. Does nothing if it does already.
    ///
    /// # Errors
    /// When somebody else has taken the address meanwhile.
    pub async fn come_back(&self) -> io::Result<()> {
        let mut serving = self.0.serving.lock().await;
        if serving.is_none() {
            let listener = TcpListener::bind(self.0.address).await?;
            *serving = Some(self.serve(listener));
        }
        Ok(())
    }

    /// Answers the next requests with these, one each, and then as before.
    pub fn answer_next(&self, answers: impl IntoIterator<Item = Answer>) {
        self.state().script.extend(answers);
    }

    /// Answers every request without an answer of its own like this ([`Answer::Accept`] at the start).
    pub fn answer_always(&self, answer: Answer) {
        self.state().standing = answer;
    }

    /// Refuses with 422 every batch that holds this event.
    pub fn refuse_event(&self, id: &str) {
        self.state().refused_ids.insert(id.to_owned());
    }

    /// Answers larger batches with 413; `None` takes any.
    pub fn limit_batch(&self, events: Option<usize>) {
        self.state().largest_batch = events;
    }

    /// The events in the order of their first arrival; empty unless bodies are kept.
    pub fn events(&self) -> Vec<Value> {
        self.state().ledger.bodies().to_vec()
    }

    /// The events that came since this was last asked, and forgets them: what each id stood for is still known.
    pub fn take_events(&self) -> Vec<Value> {
        self.state().ledger.take_bodies()
    }

    /// The ids in the order of their first arrival.
    pub fn ids(&self) -> Vec<String> {
        self.state().ledger.ids().to_vec()
    }

    /// Ids that arrived again with another content: always a fault of the sender.
    pub fn conflicts(&self) -> Vec<String> {
        self.state().ledger.conflicts().to_vec()
    }

    /// How many events arrived that were known already, with the same content.
    pub fn duplicates(&self) -> u64 {
        self.state().ledger.counts().duplicates
    }

    /// All the figures.
    pub fn counts(&self) -> Counts {
        self.state().ledger.counts()
    }

    /// Waits until so many different events have arrived; `false` if they have not within the time.
    pub async fn wait_for(&self, events: usize, patience: Duration) -> bool {
        let arrived = async {
            loop {
                let news = self.0.news.notified();
                if self.state().ledger.ids().len() >= events {
                    return;
                }
                news.await;
            }
        };
        tokio::time::timeout(patience, arrived).await.is_ok()
    }

    fn state(&self) -> MutexGuard<'_, Collector> {
        // A panic while the lock was held can only be a failed test, which reports itself.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, listener: TcpListener) -> Serving {
        let away = CancellationToken::new();
        let app = Router::new()
            .fallback(collect)
            .layer(DefaultBodyLimit::max(LARGEST_BODY))
            .with_state(self.clone())
            .into_make_service_with_connect_info::<Cut>();
        let listener = GuardedListener::new(listener, away.clone());
        let task = tokio::spawn(async move {
            // It serves until it is aborted; accept errors are waited out inside.
            drop(axum::serve(listener, app).await);
        });
        Serving { task, away }
    }

    fn next_answer(&self) -> Answer {
        let mut state = self.state();
        state.ledger.count_request();
        let standing = state.standing;
        state.script.pop_front().unwrap_or(standing)
    }

    /// Stores a batch, or says with which status it is refused.
    fn store(&self, headers: &HeaderMap, body: &[u8]) -> Result<usize, (StatusCode, String)> {
        let malformed = |status: StatusCode, reason: String| {
            self.state().ledger.count_malformed();
            Err((status, reason))
        };
        let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if kind.split(';').next().map(str::trim) != Some(BATCH) {
            return malformed(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("want {BATCH}, got {kind:?}"));
        }
        let plain = match unpacked(headers, body) {
            Ok(plain) => plain,
            Err((status, reason)) => return malformed(status, reason),
        };
        let batch: Vec<Value> = match serde_json::from_slice(&plain) {
            Ok(batch) => batch,
            Err(error) => return malformed(StatusCode::BAD_REQUEST, format!("not a JSON array: {error}")),
        };
        let mut state = self.state();
        if state.largest_batch.is_some_and(|largest| batch.len() > largest) {
            return Err((StatusCode::PAYLOAD_TOO_LARGE, format!("{} events are too many", batch.len())));
        }
        let id_of = |event: &Value| event.get("id").and_then(Value::as_str).map(str::to_owned);
        if let Some(id) = batch.iter().filter_map(id_of).find(|id| state.refused_ids.contains(id)) {
            return Err((StatusCode::UNPROCESSABLE_ENTITY, format!("event {id} is not welcome")));
        }
        let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok());
        let count = batch.len();
        let stored = state.ledger.store(key, batch);
        drop(state);
        match stored {
            Ok(()) => {
                self.0.news.notify_waiters();
                Ok(count)
            }
            Err(BadBatch::NotAnEvent(reason)) => malformed(StatusCode::BAD_REQUEST, reason),
            Err(BadBatch::KeyReused) => {
                Err((StatusCode::UNPROCESSABLE_ENTITY, "the key was used with another body".to_owned()))
            }
        }
    }
}

/// One request: the answer that is due, to a batch or to somebody who looks in.
async fn collect(
    State(control): State<UpstreamControl>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if method == Method::GET {
        return axum::Json(json!(control.counts())).into_response();
    }
    if method != Method::POST {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    match control.next_answer() {
        Answer::Accept => answer(control.store(&headers, &body)),
        Answer::Refuse(status, retry_after) => refusal(status, retry_after),
        Answer::Hang => {
            cut.cancelled().await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
        Answer::Reset => reset(&cut),
        Answer::AcceptThenReset => {
            // What it would have answered nobody hears.
            drop(answer(control.store(&headers, &body)));
            reset(&cut)
        }
    }
}

fn answer(stored: Result<usize, (StatusCode, String)>) -> Response {
    match stored {
        Ok(count) => (StatusCode::ACCEPTED, axum::Json(json!({"accepted": count}))).into_response(),
        Err((status, reason)) => (status, reason).into_response(),
    }
}

fn refusal(status: u16, retry_after: Option<u32>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let mut response = status.into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Whatever is returned here meets a dead connection.
fn reset(cut: &Cut) -> Response {
    cut.now();
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

fn unpacked(headers: &HeaderMap, body: &[u8]) -> Result<Vec<u8>, (StatusCode, String)> {
    match headers.get(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap_or_default()) {
        None | Some("identity") => Ok(body.to_vec()),
        Some("gzip") => {
            let mut plain = Vec::new();
            let read = GzDecoder::new(body).take(LARGEST_BODY as u64 + 1).read_to_end(&mut plain);
            match read {
                Ok(length) if length <= LARGEST_BODY => Ok(plain),
                Ok(_) => Err((StatusCode::PAYLOAD_TOO_LARGE, "unpacks to too much".to_owned())),
                Err(error) => Err((StatusCode::BAD_REQUEST, format!("broken gzip: {error}"))),
            }
        }
        Some(other) => Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("unknown content encoding {other:?}"))),
    }
}

#[cfg(test)]
mod tests;
