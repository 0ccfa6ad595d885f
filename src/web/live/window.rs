//! The newest entries, read once a commit and formatted once for all readers of the live stream.
//!
//! Promises that two hundred open pages cost the journal one read, and that a page which does not read costs it none.
//! Holds nobody's place: each reader keeps its own. Reads nothing while nobody listens.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::frame::{self, Frame};
use crate::counters::Counters;
use crate::facts::Seq;
use crate::journal::{JournalFault, Lane, Reader};

/// Live streams at the same time; one more is answered with 503 and comes back by itself.
pub(super) const CLIENTS_MAX: usize = 256;
/// Entries kept for readers that are a little behind. Who is further behind reads from the journal itself.
const ENTRIES_MAX: usize = 2_048;
/// The same in bytes, because a plan of thousands of guests is one entry.
const BYTES_MAX: usize = 8 << 20;
/// Entries in one read of the journal.
pub(super) const READ_ENTRIES: usize = 500;
/// Bytes of bodies in one read of the journal.
pub(super) const READ_BYTES: usize = 1 << 20;
/// After a read the window rests, so that a busy recorder is not followed commit by commit.
const REST: Duration = Duration::from_millis(20);
/// After a read that failed it rests longer.
const REST_AFTER_FAULT: Duration = Duration::from_secs(1);

/// The newest entries and who waits for them.
pub(super) struct Window {
    kept: Mutex<Kept>,
    head: watch::Sender<Seq>,
    clients: AtomicUsize,
    called: Notify,
    counters: Arc<Counters>,
}

/// Every entry after `floor` up to the head, without a hole.
#[derive(Default)]
struct Kept {
    frames: VecDeque<Frame>,
    bytes: usize,
    floor: Seq,
    head: Seq,
}

/// What the window has for a reader.
#[derive(Debug)]
pub(super) enum Slice {
    /// These entries, joined, and the number of the last.
    Entries(Bytes, Seq),
    /// Nothing newer, up to this number.
    Nothing(Seq),
    /// It begins after what the reader needs next.
    Older,
}

impl Window {
    pub(super) fn new(newest: Seq, counters: Arc<Counters>) -> Self {
        Self {
            kept: Mutex::new(Kept { floor: newest, head: newest, ..Kept::default() }),
            head: watch::Sender::new(newest),
            clients: AtomicUsize::new(0),
            called: Notify::new(),
            counters,
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far the window reaches, and a word when it reaches further.
    pub(super) fn head(&self) -> watch::Receiver<Seq> {
        self.head.subscribe()
    }

    /// Takes one of the places at the stream; none when all are taken. The window follows while one is held.
    pub(super) fn enter(self: &Arc<Self>) -> Option<Place> {
        let taken = self.clients.fetch_update(Ordering::AcqRel, Ordering::Acquire, |clients| {
            (clients < CLIENTS_MAX).then_some(clients + 1)
        });
        taken.ok()?;
        self.counters.live_clients.inc();
        self.called.notify_one();
        Some(Place(Arc::clone(self)))
    }

    /// Entries after `cursor`, at most about `bytes_max` bytes of them but at least one.
    pub(super) fn after(&self, cursor: Seq, bytes_max: usize) -> Slice {
        let kept = self.kept();
        if cursor < kept.floor {
            return Slice::Older;
        }
        let first = kept.frames.partition_point(|frame| frame.seq <= cursor);
        join(kept.frames.range(first..), bytes_max)
            .map_or(Slice::Nothing(kept.head), |(bytes, last)| Slice::Entries(bytes, last))
    }

    /// Adds what was read, gives up the oldest beyond the bounds, and wakes the readers.
    fn push(&self, frames: impl IntoIterator<Item = Frame>, upto: Seq) {
        let mut kept = self.kept();
        for frame in frames {
            let last = kept.frames.back().map_or(kept.floor, |last| last.seq);
            if frame.seq != last + 1 {
                // What is between was given up: who is before it cannot be led on from here.
                *kept = Kept { floor: frame.seq - 1, ..Kept::default() };
            }
            kept.bytes += frame.bytes.len();
            kept.frames.push_back(frame);
        }
        while kept.frames.len() > ENTRIES_MAX || kept.bytes > BYTES_MAX {
            let Some(oldest) = kept.frames.pop_front() else { break };
            kept.bytes -= oldest.bytes.len();
            kept.floor = oldest.seq;
        }
        kept.head = upto;
        drop(kept);
        self.head.send_replace(upto);
    }

    /// Forgets everything and begins after `floor`.
    fn begin(&self, floor: Seq) {
        *self.kept() = Kept { floor, head: floor, ..Kept::default() };
        self.head.send_replace(floor);
    }
}

/// One of the places at the stream; dropping it gives it back.
pub(super) struct Place(Arc<Window>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.clients.fetch_sub(1, Ordering::AcqRel);
        self.0.counters.live_clients.dec();
    }
}

/// Joins frames up to about `bytes_max` bytes; none when there are none.
pub(super) fn join<'a>(frames: impl Iterator<Item = &'a Frame>, bytes_max: usize) -> Option<(Bytes, Seq)> {
    let mut frames = frames.peekable();
    let first = frames.next()?;
    if frames.peek().is_none() || first.bytes.len() >= bytes_max {
        return Some((first.bytes.clone(), first.seq));
    }
    let (mut joined, mut last) = (first.bytes.to_vec(), first.seq);
    for frame in frames {
        if joined.len() + frame.bytes.len() > bytes_max {
            break;
        }
        joined.extend_from_slice(&frame.bytes);
        last = frame.seq;
    }
    Some((joined.into(), last))
}

/// One page of the journal as frames, and how far it reaches. Blocks: for `spawn_blocking`.
pub(super) fn read(reader: &Reader, after: Seq) -> Result<(Vec<Frame>, Seq), JournalFault> {
    let page = reader.read(Lane::All, after, READ_ENTRIES, READ_BYTES)?;
    let epochs = reader.epochs();
    let frames = page.rows.iter().map(|row| frame::entry(epochs.of(row.seq), row)).collect();
    Ok((frames, page.upto))
}

/// Keeps the window at the newest entry for as long as somebody listens. Ends with `cancel` or with the recorder.
pub(super) async fn follow(
    window: Arc<Window>,
    reader: Reader,
    mut newest: watch::Receiver<Seq>,
    cancel: CancellationToken,
) {
    let mut failing = false;
    loop {
        tokio::select! {
            () = cancel.cancelled() => return,
            changed = newest.changed() => if changed.is_err() { return },
            () = window.called.notified() => {}
        }
        if window.clients.load(Ordering::Acquire) == 0 {
            continue;
        }
        let upto = *newest.borrow_and_update();
        let rest = match fill(&window, &reader, upto).await {
            Ok(()) => {
                if std::mem::take(&mut failing) {
                    tracing::info!("the live stream reads the journal again");
                }
                REST
            }
            Err(fault) => {
                if !std::mem::replace(&mut failing, true) {
                    tracing::error!(%fault, "the live stream cannot read the journal; trying again every second");
                }
                window.called.notify_one();
                REST_AFTER_FAULT
            }
        };
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(rest) => {}
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum FillFault {
    #[error(transparent)]
    Journal(#[from] JournalFault),
    #[error("the read ended without an answer: {0}")]
    Ended(#[from] tokio::task::JoinError),
}

async fn fill(window: &Window, reader: &Reader, upto: Seq) -> Result<(), FillFault> {
    let mut head = *window.head.borrow();
    // After a time in which nobody listened, what would fall out again at once is not read.
    let nearest = upto.saturating_sub(ENTRIES_MAX as u64);
    if head < nearest {
        head = nearest;
        window.begin(head);
    }
    while head < upto {
        let from = reader.clone();
        let (frames, reached) = tokio::task::spawn_blocking(move || read(&from, head)).await??;
        if reached <= head {
            break;
        }
        window.push(frames, reached);
        head = reached;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(seqs: std::ops::RangeInclusive<Seq>, bytes: usize) -> Vec<Frame> {
        seqs.map(|seq| Frame { seq, bytes: vec![b'x'; bytes].into() }).collect()
    }

    fn window() -> Arc<Window> {
        Arc::new(Window::new(10, Arc::default()))
    }

    #[test]
    fn a_reader_gets_what_is_after_its_own_place() {
        let window = window();
        window.push(frames(11..=20, 100), 20);
        assert!(matches!(window.after(20, 1_000), Slice::Nothing(20)));
        assert!(matches!(window.after(9, 1_000), Slice::Older));
        let Slice::Entries(bytes, 20) = window.after(10, 1_000) else { panic!("all ten fit") };
        assert_eq!(bytes.len(), 1_000);
        let Slice::Entries(bytes, 13) = window.after(10, 350) else { panic!("three fit") };
        assert_eq!(bytes.len(), 300);
        let Slice::Entries(_, 11) = window.after(10, 1) else { panic!("at least one") };
        let Slice::Entries(bytes, 20) = window.after(19, 1) else { panic!("the last") };
        assert_eq!(bytes.len(), 100);
    }

    #[test]
    fn the_window_is_bounded_in_entries_and_bytes() {
        let window = window();
        window.push(frames(11..=5_000, 10), 5_000);
        assert_eq!(window.kept().frames.len(), ENTRIES_MAX);
        assert!(matches!(window.after(5_000 - ENTRIES_MAX as u64 - 1, 10), Slice::Older));
        assert!(matches!(window.after(5_000 - ENTRIES_MAX as u64, 10), Slice::Entries(_, 2_953)));
        window.push(frames(5_001..=5_003, BYTES_MAX / 2), 5_003);
        assert_eq!(window.kept().frames.len(), 2);
        // An entry that is larger than the window leaves it empty, and its readers go to the journal.
        window.push(frames(5_004..=5_004, BYTES_MAX + 1), 5_004);
        assert_eq!(window.kept().frames.len(), 0);
        assert_eq!(window.kept().bytes, 0);
        assert!(matches!(window.after(5_003, 10), Slice::Older));
        assert!(matches!(window.after(5_004, 10), Slice::Nothing(_)));
    }

    #[test]
    fn places_are_bounded_and_given_back() {
        let window = window();
        let mut places: Vec<Place> = std::iter::from_fn(|| window.enter()).collect();
        assert_eq!(places.len(), CLIENTS_MAX);
        assert_eq!(window.counters.live_clients.get(), CLIENTS_MAX as i64);
        places.pop();
        assert!(window.enter().is_some());
    }
}
