//! Upstream: everything in the journal goes to the system above, whenever there is one to reach.
//!
//! Promises each entry at least once under an id that never changes, what people wait for ahead of the masses, and one
//! line in the log for each time that upstream goes and comes. Keeps no queue: the journal is the queue. Writes nothing
//! into it but cursors and what is parked: how upstream stands is put down by whoever reads the view, as a condition of
//! the gateway, so that one and the same trouble is never two entries and two devices.

mod answers;
mod event;
mod http;
mod person;
mod standing;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use tokio::sync::watch;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use self::http::{HttpCarrier, LINK};
use self::standing::{Change, Standing};
use super::delivery::{Delivery, LaneSpec, Pace, Progress};
use super::link::Link;
use super::wire::shown;
use crate::clock::Clock;
use crate::counters::ledger::{Delivered, Ledger};
use crate::counters::{Counters, OfLink};
use crate::facts::{Name, Seq};
use crate::journal::{Lane, Reader};
use crate::recorder::Handle;

pub use self::standing::{UpstreamState, UpstreamView};
pub use super::wire::Timeouts;

/// Everything that is few and that people wait for: it overtakes.
pub const URGENT: LaneSpec = LaneSpec {
    cursor: "upstream.urgent",
    lane: Lane::Urgent,
    linger: Duration::from_millis(50),
    pause: Duration::ZERO,
};
/// Readings and positions. They wait a little for company, so that a busy day makes few requests, and rest a little
/// between full batches, so that a backlog never takes the machine from the intake.
pub const BULK: LaneSpec = LaneSpec {
    cursor: "upstream.bulk",
    lane: Lane::Bulk,
    linger: Duration::from_millis(200),
    pause: Duration::from_millis(2),
};
/// The cursors that have all passed what upstream has.
pub const CURSORS: &[&str] = &[URGENT.cursor, BULK.cursor];
/// How often the backlog is counted and told while it changes; changes of state are told at once.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// Where everything goes.
#[derive(Debug, Clone)]
pub struct UpstreamSettings {
    /// The site's id, in every event's id.
    pub site: Name,
    /// The collector's address: `http` or `https`.
    pub url: Url,
    /// A file with a bearer token in one line; read again when the token is refused.
    pub token_file: Option<PathBuf>,
    /// Whether guests' names, organisations and hosts go along with scans and alerts.
    pub personal_data: bool,
    /// How long one delivery may take.
    pub timeouts: Timeouts,
    /// How much goes in one request, and how patient we are.
    pub pace: Pace,
}

impl UpstreamSettings {
    /// To this address with everything else at its default: no token, no personal data.
    pub fn new(site: Name, url: Url) -> Self {
        let (timeouts, pace) = (Timeouts::default(), Pace::default());
        Self { site, url, token_file: None, personal_data: false, timeouts, pace }
    }
}

/// Delivers until `cancel`, and returns within two seconds of it. Tells `state` how upstream stands.
///
/// A TLS provider must be installed for the process (`rustls::crypto::ring`).
pub async fn run(
    settings: UpstreamSettings,
    reader: Reader,
    handle: Handle,
    counters: Arc<Counters>,
    clock: Clock,
    state: watch::Sender<UpstreamView>,
    cancel: CancellationToken,
) {
    let place = shown(&settings.url);
    let carrier = match HttpCarrier::new(&settings, reader.clone(), counters.clone(), clock.clone()) {
        Ok(carrier) => Arc::new(carrier),
        Err(fault) => {
            tracing::error!(%fault, "nothing goes upstream until this is mended and the gateway started again");
            let since = Some(clock.now());
            let (state_is, reason) = (UpstreamState::Refused, Some(fault.to_string()));
            state.send_replace(UpstreamView { state: state_is, since, reason, ..UpstreamView::default() });
            return cancel.cancelled().await;
        }
    };
    let link = Arc::new(Link::default());
    let mut lanes = JoinSet::new();
    let watched = [URGENT, BULK].map(|spec| {
        let (progress, watched) = watch::channel(Progress::default());
        let delivery = Delivery {
            carrier: carrier.clone(),
            spec,
            pace: settings.pace,
            reader: reader.clone(),
            recorder: handle.clone(),
            link: link.clone(),
            chance: super::chance,
        };
        lanes.spawn(delivery.run(progress, cancel.clone()));
        Watched { spec, progress: watched, told: None, backlog: 0 }
    });
    let (ends, books) = (watched.each_ref().map(Watched::end), Arc::clone(&counters.ledger));
    let teller = Teller { place, watched, reader, handle, counters, clock: clock.clone(), state };
    teller.run(Standing::new(clock.now()), &cancel).await;
    while let Some(ended) = lanes.join_next().await {
        if let Err(fault) = ended {
            tracing::error!(%fault, "a lane to upstream ended early");
        }
    }
    for (spec, progress) in ends {
        book(&books, &spec, &progress.borrow());
    }
}

/// Writes down how far a lane has come.
fn book(ledger: &Ledger, spec: &LaneSpec, progress: &Progress) {
    let Progress { began, position, accepted, parked, .. } = *progress;
    let urgent = spec.lane == Lane::Urgent;
    ledger.delivered(spec.cursor, Delivered { urgent, began, position, acknowledged: accepted, parked });
}

/// One lane as the teller sees it.
struct Watched {
    spec: LaneSpec,
    progress: watch::Receiver<Progress>,
    /// As it was when last told.
    told: Option<Progress>,
    backlog: u64,
}

/// Adds the lanes up, and says what became of them.
struct Teller {
    place: String,
    watched: [Watched; 2],
    reader: Reader,
    handle: Handle,
    counters: Arc<Counters>,
    clock: Clock,
    state: watch::Sender<UpstreamView>,
}

impl Teller {
    async fn run(mut self, mut standing: Standing, cancel: &CancellationToken) {
        let mut newest = self.handle.newest();
        let mut tick = tokio::time::interval(TELL_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut told_newest = None;
        loop {
            let [urgent, bulk] = &mut self.watched;
            let due = tokio::select! {
                () = cancel.cancelled() => return,
                _ = tick.tick() => true,
                Ok(()) = urgent.progress.changed() => false,
                Ok(()) = bulk.progress.changed() => false,
            };
            let committed = *newest.borrow_and_update();
            let changed = told_newest != Some(committed) || self.watched.iter().any(Watched::has_moved);
            let drained = self.watched.iter().all(|lane| lane.progress.borrow().position >= committed);
            let turned = self.watched.iter().any(Watched::has_turned);
            if turned || (changed && (due || (drained && standing.view().backlog > 0))) {
                told_newest = Some(committed);
                self.tell(&mut standing, committed).await;
            }
        }
    }

    async fn tell(&mut self, standing: &mut Standing, committed: Seq) {
        for lane in &mut self.watched {
            // Taken once: what moves while the backlog is counted differs from what was told, and is told next.
            let now = lane.progress.borrow_and_update().clone();
            lane.count(now.position, committed, &self.reader).await;
            let (accepted, parked) = lane.told.as_ref().map_or((0, 0), |was| (was.accepted, was.parked));
            self.counters.upstream_acknowledged.inc_by(now.accepted - accepted);
            self.counters.upstream_parked.inc_by(now.parked - parked);
            book(&self.counters.ledger, &lane.spec, &now);
            lane.told = Some(now);
        }
        let backlog = self.watched.iter().map(|lane| lane.backlog).sum();
        self.counters.upstream_backlog.set(i64::try_from(backlog).unwrap_or(i64::MAX));
        let lanes: Vec<Progress> = self.watched.iter().filter_map(|lane| lane.told.clone()).collect();
        let change = standing.take(&lanes, backlog, self.clock.now());
        self.state.send_if_modified(|view| {
            let modified = view != standing.view();
            view.clone_from(standing.view());
            modified
        });
        if let Some(change) = change {
            self.say(&change, backlog);
        }
    }

    fn say(&self, change: &Change, backlog: u64) {
        let (place, link) = (&self.place, OfLink { link: LINK.to_owned() });
        let up = self.counters.link_up.get_or_create(&link).clone();
        match change {
            Change::Lost(reason) => {
                tracing::warn!(place, reason, backlog, "upstream lost; everything is kept until it is back");
                self.counters.links_lost.get_or_create(&link).inc();
                up.set(0);
            }
            Change::Refused(reason) => {
                tracing::error!(place, reason, backlog, "upstream refuses us; everything is kept until it is mended");
                up.set(0);
            }
            Change::Up { after: Some(after) } => {
                tracing::info!(place, backlog, "upstream back after {after}");
                up.set(1);
            }
            Change::Up { after: None } => {
                tracing::info!(place, backlog, "upstream connected");
                up.set(1);
            }
            Change::CaughtUp(after) => tracing::info!(place, "upstream has everything, {after} after it came back"),
        }
    }
}

impl Watched {
    /// What is left to look at when the teller has gone.
    fn end(&self) -> (LaneSpec, watch::Receiver<Progress>) {
        (self.spec, self.progress.clone())
    }

    fn has_moved(&self) -> bool {
        self.told.as_ref() != Some(&*self.progress.borrow())
    }

    /// Whether it fares differently from what was told; the reason alone may wait.
    fn has_turned(&self) -> bool {
        let now = std::mem::discriminant(&self.progress.borrow().health);
        self.told.as_ref().is_none_or(|told| std::mem::discriminant(&told.health) != now)
    }

    /// A count that fails leaves the last one standing; the lane itself says what is wrong with the journal.
    async fn count(&mut self, position: Seq, committed: Seq, reader: &Reader) {
        if position >= committed {
            self.backlog = 0;
            return;
        }
        let (reader, lane) = (reader.clone(), self.spec.lane);
        if let Ok(Ok(backlog)) = spawn_blocking(move || reader.backlog(lane, position)).await {
            self.backlog = backlog;
        }
    }
}

#[cfg(test)]
mod tests;
