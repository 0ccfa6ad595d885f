//! What the web side is given to serve, and what its routes share.
//!
//! Promises that a request waits for the journal or the recorder only so long, and that reads of the journal are
//! bounded in number. Holds no state of the day: that is the journal's and the recorder's.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

use super::board::Board;
use super::live::Live;
use super::paces::{self, Paces};
use super::plan::PlanDesk;
use super::problem::Problem;
use super::system::{Keeping, Started};
use crate::clock::Clock;
use crate::counters::Counters;
use crate::counters::ledger::{Link, Slip};
use crate::facts::{Report, Seq};
use crate::journal::{JournalFault, Reader};
use crate::plan::SharedDirectory;
use crate::recorder::{Handle, Receipt};

/// How long a request waits for the recorder. Beyond it the answer is 503: whether the report was kept is not known
/// then, and sending it again is harmless.
pub(super) const ANSWER_MAX: Duration = Duration::from_secs(8);
/// The word by which what is reported by HTTP is counted and told.
pub(super) const LINK: &str = "http";
/// Reads of the journal at the same time; one more waits. The reader keeps as many connections open.
const READS_MAX: usize = 4;

/// The site, as the configuration names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Site)]
pub struct SiteView {
    /// Its short name on the wire.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// IANA name of its time zone.
    pub time_zone: String,
    /// BCP 47 tag of its language.
    pub language: String,
    /// Whether there are map tiles at `/tiles.pmtiles`.
    pub tiles: bool,
}

/// Everything that is served.
#[derive(Debug, Clone)]
pub struct Site {
    /// How the site is called.
    pub view: SiteView,
    /// Where scans and commands go.
    pub recorder: Handle,
    /// Where everything committed is read.
    pub reader: Reader,
    /// The names that go with the plan's codes.
    pub directory: SharedDirectory,
    /// What is counted.
    pub counters: Arc<Counters>,
    /// What time it is.
    pub clock: Clock,
    /// Who takes new plans.
    pub plan_desk: Arc<dyn PlanDesk>,
    /// The file of map tiles.
    pub tiles: Option<PathBuf>,
    /// What is kept, and where.
    pub keeping: Keeping,
}

/// What every route gets.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) site: Arc<Site>,
    /// How upstream stands, as JSON.
    pub(super) upstream: watch::Receiver<Arc<RawValue>>,
    /// How the notifiers fare, as JSON.
    pub(super) notifiers: watch::Receiver<Arc<RawValue>>,
    pub(super) board: Arc<Board>,
    pub(super) paces: Arc<Paces>,
    pub(super) live: Live,
    pub(super) cancel: CancellationToken,
    pub(super) started: Started,
    reads: Arc<Semaphore>,
    /// Held by whoever has a report made.
    pub(super) reports: Arc<Semaphore>,
    /// The account of what is reported by HTTP.
    link: Link,
}

impl Desk {
    /// Starts what the routes share; it ends with `cancel`.
    pub(super) fn open<U, N>(
        site: Site,
        (upstream, notifiers): (watch::Receiver<U>, watch::Receiver<N>),
        cancel: CancellationToken,
    ) -> Self
    where
        U: Serialize + Send + Sync + 'static,
        N: Serialize + Send + Sync + 'static,
    {
        let (upstream, notifiers) = (as_json(upstream, cancel.clone()), as_json(notifiers, cancel.clone()));
        let live = Live::start(&site, cancel.clone());
        let (reads, reports) = (Arc::new(Semaphore::new(READS_MAX)), Arc::new(Semaphore::new(1)));
        let link = site.counters.ledger.link(LINK);
        let (started, board, paces) = (Started::now(&site.clock), Arc::default(), Arc::<Paces>::default());
        let site = Arc::new(site);
        tokio::spawn(paces::run(Arc::clone(&paces), Arc::clone(&site), cancel.clone()));
        Self { site, upstream, notifiers, board, paces, live, cancel, started, reads, reports, link }
    }

    /// The newest entry that is committed.
    pub(super) fn newest(&self) -> Seq {
        *self.site.recorder.newest().borrow()
    }

    /// Reads the journal away from the threads that answer requests.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, JournalFault> + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = Arc::clone(&self.reads).acquire_owned().await;
        let turn = turn.map_err(|_| Problem::not_now("the gateway is stopping"))?;
        let reader = self.site.reader.clone();
        let result = tokio::task::spawn_blocking(move || {
            let result = read(&reader);
            drop(turn);
            result
        });
        Ok(result.await??)
    }

    /// Something was reported.
    pub(super) fn heard(&self) -> Slip {
        self.link.heard()
    }

    /// Hands a report over and waits, within reason, until it is on disk.
    pub(super) async fn submit(&self, report: Report, slip: Slip) -> Result<Receipt, Problem> {
        let answer = tokio::time::timeout(ANSWER_MAX, self.site.recorder.submit_heard(report, slip)).await;
        Ok(answer.map_err(|_| {
            let waited = ANSWER_MAX.as_secs();
            Problem::not_now(format!(
                "no commit within {waited} s, so it is not known whether this was kept; send the same again"
            ))
        })??)
    }

    /// Counts something that was given up at a bound.
    pub(super) fn count_bound(&self, bound: &'static str) {
        self.site.counters.given_up_outward(bound);
    }
}

/// Follows a value as its JSON, so that it is written once for all and its type is nobody's business here.
fn as_json<U: Serialize + Send + Sync + 'static>(
    mut value: watch::Receiver<U>,
    cancel: CancellationToken,
) -> watch::Receiver<Arc<RawValue>> {
    let (json, told) = watch::channel(to_json(&*value.borrow_and_update()));
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = cancel.cancelled() => return,
                changed = value.changed() => if changed.is_err() { return },
            }
            let now = to_json(&*value.borrow_and_update());
            json.send_if_modified(|before| {
                let differs = before.get() != now.get();
                *before = now;
                differs
            });
        }
    });
    told
}

fn to_json(value: &impl Serialize) -> Arc<RawValue> {
    let json = to_raw_value(value).unwrap_or_else(|fault| {
        tracing::error!(%fault, "how an output stands could not be written");
        RawValue::NULL.to_owned()
    });
    json.into()
}
