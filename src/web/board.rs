//! The present for everybody who asks, taken from the recorder at most five times a second.
//!
//! Promises that an answer is never older than its question: it holds every entry that was committed when the
//! question came. So a page that opens the stream first and asks then misses nothing.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use tokio::sync::{Mutex, OnceCell};
use tokio::time::Instant;

use super::overview;
use super::problem::Problem;
use super::site::{Desk, Site};
use super::squeeze;
use crate::facts::Present;

/// The recorder is asked for the present no more often than this; who comes in between shares or waits.
const FRESH_FOR: Duration = Duration::from_millis(200);
/// How long a question for the present may take before it is refused with 503.
const ASK_MAX: Duration = Duration::from_secs(5);

/// The newest present that was taken.
#[derive(Default)]
pub(super) struct Board {
    last: Mutex<Option<Arc<Shown>>>,
}

/// One present, and its JSON once somebody wanted it, as it is or in gzip.
pub(super) struct Shown {
    pub(super) present: Arc<Present>,
    taken: Instant,
    json: OnceCell<Bytes>,
    gzip: OnceCell<Bytes>,
}

impl Board {
    /// The present, with every entry in it that is committed now.
    pub(super) async fn current(&self, site: &Site) -> Result<Arc<Shown>, Problem> {
        let wanted = *site.recorder.newest().borrow();
        let asking = async {
            let mut last = self.last.lock().await;
            if let Some(shown) = &*last {
                let age = shown.taken.elapsed();
                if age < FRESH_FOR && shown.present.seq >= wanted {
                    return Ok(Arc::clone(shown));
                }
                tokio::time::sleep(FRESH_FOR.saturating_sub(age)).await;
            }
            let present = site.recorder.present().await?;
            let shown =
                Arc::new(Shown { present, taken: Instant::now(), json: OnceCell::new(), gzip: OnceCell::new() });
            *last = Some(Arc::clone(&shown));
            Ok(shown)
        };
        tokio::time::timeout(ASK_MAX, asking).await.unwrap_or_else(|_| {
            let limit = ASK_MAX.as_secs();
            Err(Problem::not_now(format!("the recorder did not tell the present within {limit} s; see /readyz")))
        })
    }
}

impl Shown {
    /// The overview's JSON, made once.
    pub(super) async fn json(&self, desk: &Desk) -> Result<Bytes, Problem> {
        let made = self.json.get_or_try_init(|| async {
            let (site, present) = (Arc::clone(&desk.site), Arc::clone(&self.present));
            let upstream = Arc::clone(&desk.upstream.borrow());
            let notifiers = Arc::clone(&desk.notifiers.borrow());
            let paces = desk.paces.of(&present);
            // Thousands of guests take milliseconds to write, which the threads that answer requests do not have.
            tokio::task::spawn_blocking(move || overview::json(&site, &present, &paces, &upstream, &notifiers)).await?
        });
        made.await.cloned()
    }

    /// The same in gzip, made once.
    pub(super) async fn gzip(&self, desk: &Desk) -> Result<Bytes, Problem> {
        let made = self.gzip.get_or_try_init(|| async {
            let json = self.json(desk).await?;
            Ok::<_, Problem>(tokio::task::spawn_blocking(move || squeeze::gzip(&json)).await?)
        });
        made.await.cloned()
    }
}
