//! `GET /api/v1/stream`: the journal as it grows, as server-sent events.
//!
//! Each reader has its own place in the journal and is led on at its own pace, so a slow one costs itself only.
//! Nothing is shown before its commit. Entries carry an id to resume from; `tick` and `upstream` carry none.
//! The tick every second is the keep-alive too. Formats: see `frame`; who begins where: see `resume`.

mod frame;
mod resume;
mod window;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::{mpsc, watch};
use tokio::time::{Interval, MissedTickBehavior};

use self::resume::{BEHIND_MAX, Claim, Start};
use self::window::{CLIENTS_MAX, Place, Slice, Window};
use super::body::Asked;
use super::problem::Problem;
use super::site::Desk;
use crate::facts::Seq;
use crate::web::overview;

/// The time is told this often. A page that misses three of them is not live, and says so within five seconds.
const TICK: Duration = Duration::from_secs(1);
/// About how many bytes are handed to a connection at once. The library behind it takes up to sixteen chunks ahead of
/// what the peer has taken: two hundred peers that take nothing then hold less than 30 MB together.
const CHUNK_BYTES: usize = 8 * 1024;
/// Chunks that may wait for a connection. At this bound the reader's task waits, and nobody else.
const CHUNKS_WAITING: usize = 2;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// What all streams share.
#[derive(Clone)]
pub(super) struct Live {
    window: Arc<Window>,
}

impl Live {
    /// Starts to follow the journal. The task ends with the site's token.
    pub(super) fn start(site: &super::Site, cancel: tokio_util::sync::CancellationToken) -> Self {
        let newest = site.recorder.newest();
        let window = Arc::new(Window::new(*newest.borrow(), Arc::clone(&site.counters)));
        tokio::spawn(window::follow(Arc::clone(&window), site.reader.clone(), newest, cancel));
        Self { window }
    }
}

/// Where the reader stands, in the address.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct StreamQuery {
    /// As the header `Last-Event-ID`, for who cannot set one.
    last_event_id: Option<String>,
    /// The number of the last entry known, as an overview's `seq`.
    after: Option<Seq>,
}

/// The journal as it grows.
#[utoipa::path(
    get,
    path = "/api/v1/stream",
    params(
        StreamQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "`<epoch>-<seq>` of the last event; the stream goes on after it"),
    ),
    responses(
        (status = 200, content_type = "text/event-stream", body = String, description =
            "Events named after the entry kinds, with `id: <epoch>-<seq>` and an entry as data; `reset` with an overview \
             as data where the place cannot be continued; `tick` with `{now, storage}` every second; `upstream` and
             `notifiers` on change"),
        (status = 400, content_type = "application/problem+json", body = Problem),
        (status = 503, content_type = "application/problem+json", body = Problem, description = "All places are taken"),
    )
)]
pub(super) async fn stream(
    State(desk): State<Desk>,
    Asked(query): Asked<StreamQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Some(place) = desk.live.window.enter() else {
        desk.count_bound("live_clients_max");
        return Err(Problem::not_now(format!(
            "{CLIENTS_MAX} live streams are open, which is all there are; try again later"
        )));
    };
    // A header that is no text names no place that could be continued.
    let remembered = headers.get(LAST_EVENT_ID).map(|id| id.to_str().unwrap_or(""));
    let claim = Claim { last_event_id: remembered.or(query.last_event_id.as_deref()), after: query.after };
    let start = match resume::start(claim, &desk.site.reader.epochs(), desk.newest()) {
        // What the reader would be told next was given up.
        Start::After(seq) if seq < desk.newest() && !desk.read(move |reader| reader.is_whole_after(seq)).await? => {
            Start::Reset
        }
        start => start,
    };
    let (to_connection, mut chunks) = mpsc::channel(CHUNKS_WAITING);
    tokio::spawn(Stream::new(desk, place, to_connection).run(start));
    let body = Body::from_stream(futures_util::stream::poll_fn(move |cx| {
        chunks.poll_recv(cx).map(|chunk| chunk.map(Ok::<Bytes, Infallible>))
    }));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    Ok((headers, body).into_response())
}

/// Why a stream ends. All of these are ordinary: the reader comes back with its last id.
#[derive(Debug)]
enum End {
    /// The reader went away, or the gateway stops.
    Closed,
    /// The journal or the recorder had no answer.
    Unanswered,
}

/// One reader. A task of its own, because a connection that takes nothing must hold up nothing that is shared.
struct Stream {
    desk: Desk,
    to_connection: mpsc::Sender<Bytes>,
    cursor: Seq,
    head: watch::Receiver<Seq>,
    upstream: watch::Receiver<Arc<RawValue>>,
    notifiers: watch::Receiver<Arc<RawValue>>,
    tick: Interval,
    _place: Place,
}

impl Stream {
    fn new(desk: Desk, place: Place, to_connection: mpsc::Sender<Bytes>) -> Self {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (head, mut upstream) = (desk.live.window.head(), desk.upstream.clone());
        let mut notifiers = desk.notifiers.clone();
        upstream.mark_unchanged();
        notifiers.mark_unchanged();
        Self { desk, to_connection, cursor: 0, head, upstream, notifiers, tick, _place: place }
    }

    async fn run(mut self, start: Start) {
        let ended = match self.begin(start).await {
            Ok(()) => self.go_on().await,
            Err(end) => end,
        };
        tracing::debug!(?ended, cursor = self.cursor, "a live stream ended");
    }

    async fn begin(&mut self, start: Start) -> Result<(), End> {
        match start {
            Start::After(seq) => {
                self.cursor = seq;
                let opening = frame::opening(self.desk.site.reader.epochs().of(seq), seq);
                self.send(opening).await
            }
            Start::Reset => self.reset().await,
        }
    }

    /// Ticks and upstream first: they are small and rare, and a long way to catch up must not silence them.
    async fn go_on(&mut self) -> End {
        loop {
            let head = *self.head.borrow_and_update();
            let next = tokio::select! {
                biased;
                () = self.desk.cancel.cancelled() => return End::Closed,
                () = self.to_connection.closed() => return End::Closed,
                _ = self.tick.tick() => self.tick().await,
                Ok(()) = self.upstream.changed() => {
                    let view = Arc::clone(&self.upstream.borrow_and_update());
                    self.tell_aside("upstream", &view).await
                }
                Ok(()) = self.notifiers.changed() => {
                    let view = Arc::clone(&self.notifiers.borrow_and_update());
                    self.tell_aside("notifiers", &view).await
                }
                () = std::future::ready(()), if self.cursor < head => self.advance().await,
                changed = self.head.changed() => changed.map_err(|_| End::Closed),
            };
            if let Err(end) = next {
                return end;
            }
        }
    }

    async fn tick(&self) -> Result<(), End> {
        let site = &self.desk.site;
        let storage = overview::to_json(&overview::storage(site)).map_err(|_| End::Unanswered)?;
        self.send(frame::tick(site.clock.now(), &storage)).await
    }

    async fn tell_aside(&mut self, event: &'static str, view: &RawValue) -> Result<(), End> {
        self.send(frame::aside(event, view.get().as_bytes())).await
    }

    /// Sends the next entries; a reader that fell too far behind begins anew.
    async fn advance(&mut self) -> Result<(), End> {
        if self.desk.newest().saturating_sub(self.cursor) > BEHIND_MAX {
            return self.reset().await;
        }
        match self.desk.live.window.after(self.cursor, CHUNK_BYTES) {
            Slice::Entries(chunk, last) => {
                self.send(chunk).await?;
                self.cursor = last;
            }
            Slice::Nothing(head) => self.cursor = self.cursor.max(head),
            Slice::Older => return self.advance_by_journal().await,
        }
        Ok(())
    }

    async fn advance_by_journal(&mut self) -> Result<(), End> {
        let (after, head) = (self.cursor, *self.head.borrow());
        let read = self.desk.read(move |reader| window::read(reader, after)).await;
        let (frames, upto) = read.map_err(|problem| {
            tracing::warn!(detail = problem.detail(), "a live stream could not be continued");
            End::Unanswered
        })?;
        // A number is missing that was not told yet: it was given up while we were behind.
        let mut expected = after + 1..;
        if frames.iter().any(|frame| Some(frame.seq) != expected.next()) {
            return self.reset().await;
        }
        let mut sent = 0;
        while let Some((chunk, last)) = window::join(frames.iter().skip(sent), CHUNK_BYTES) {
            sent = frames.partition_point(|frame| frame.seq <= last);
            self.send(chunk).await?;
            self.cursor = last;
        }
        // A page that reaches no further than before has nothing up to the head it was read after: given up, too.
        self.cursor = if upto > after { upto } else { head };
        Ok(())
    }

    async fn reset(&mut self) -> Result<(), End> {
        let shown = self.desk.board.current(&self.desk.site).await.map_err(|_| End::Unanswered)?;
        let overview = shown.json(&self.desk).await.map_err(|_| End::Unanswered)?;
        self.cursor = shown.present.seq;
        let (epochs, seq) = (self.desk.site.reader.epochs(), shown.present.seq);
        // The overview of thousands of guests is one for all who begin anew with it, and is not copied for each.
        for part in frame::reset(epochs.of(seq), seq, overview) {
            self.send(part).await?;
        }
        Ok(())
    }

    async fn send(&self, chunk: Bytes) -> Result<(), End> {
        tokio::select! {
            sent = self.to_connection.send(chunk) => sent.map_err(|_| End::Closed),
            () = self.desk.cancel.cancelled() => Err(End::Closed),
        }
    }
}

/// A stream from the newest entry on, with the place of the connection held by a test.
#[cfg(test)]
pub(super) fn opened_for_test(desk: Desk) -> mpsc::Receiver<Bytes> {
    let (to_connection, chunks) = mpsc::channel(CHUNKS_WAITING);
    let Some(place) = desk.live.window.enter() else { panic!("a test opens few streams") };
    let newest = desk.newest();
    tokio::spawn(Stream::new(desk, place, to_connection).run(Start::After(newest)));
    chunks
}
