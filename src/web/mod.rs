//! What people and programs see: the API, the live stream and the dashboard.
//!
//! Shows only what is committed, and answers a scan or a command only after its commit. Nothing here can hold the
//! recorder up: the present is asked for at most five times a second, the journal is read by connections of its own,
//! and each reader of the stream goes at its own pace. Judges nothing and writes nothing but through the recorder.

mod alerts;
mod board;
mod body;
mod check_ins;
mod clock;
mod coding;
mod conserve;
mod door;
mod entries;
mod evidence;
mod guard;
mod guests;
mod health;
mod history;
mod incidents;
mod ledger;
mod live;
mod overview;
mod paces;
mod pages;
mod parked;
mod plan;
mod policy;
mod problem;
pub mod report;
mod reports;
mod routes;
mod scans;
mod schema;
mod site;
mod squeeze;
mod system;
mod tags;
mod tiles;
mod track;
mod waiting;
mod zones;

#[cfg(test)]
mod tests;

use std::io;
use std::time::Duration;

use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use self::entries::json as entry_json;
pub use self::plan::{PlanDesk, PlanRefusal, Proposal, Proposed};
pub use self::site::{Site, SiteView};
pub use self::system::{BackupView, Keeping};
pub use self::tiles::{TilesFault, check as check_tiles};
pub use self::waiting::wait;

use self::door::{Door, IDLE_MAX, SEATS_MAX};
use self::site::Desk;

/// After a stop, requests under way get this long to be answered; then their connections are closed.
const DRAIN_MAX: Duration = Duration::from_millis(2_500);

/// Serves `site` on `listener` until `cancel`, then answers what is under way and returns, within three seconds even
/// while live streams are open. `outputs` are how the system above stands and how the notifiers
/// fare; their JSON is passed on as it is.
pub async fn serve<U, N>(
    listener: TcpListener,
    site: Site,
    outputs: (watch::Receiver<U>, watch::Receiver<N>),
    cancel: CancellationToken,
) -> io::Result<()>
where
    U: Serialize + Send + Sync + 'static,
    N: Serialize + Send + Sync + 'static,
{
    let closed = CancellationToken::new();
    let door = Door::new(listener, SEATS_MAX, IDLE_MAX, closed.clone());
    let router = routes::router(Desk::open(site, outputs, cancel.clone()));
    let serving = axum::serve(door, router).with_graceful_shutdown(cancel.clone().cancelled_owned());
    let mut serving = std::pin::pin!(serving.into_future());
    tokio::select! {
        ended = &mut serving => return ended,
        () = async { cancel.cancelled().await; tokio::time::sleep(DRAIN_MAX).await } => {}
    }
    tracing::warn!("some requests were not answered within {} ms of the stop; closing", DRAIN_MAX.as_millis());
    closed.cancel();
    serving.await
}
