//! Before a start: waits until the disk under the journal takes what is written.
//!
//! Promises that no device is listened to before that, so that nothing is acknowledged, and that a person who looks at the
//! dashboard or at `/readyz` meanwhile is told why. Opens no journal.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::journal::{self, JournalFault};
use crate::recorder::NotKept;
use crate::web;

/// A disk that takes longer over a few kilobytes hangs.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// Between two tries.
const TRY_EVERY: Duration = Duration::from_secs(1);

/// Returns once the disk takes what is written and has `least_free` bytes for it: at once where it does already.
///
/// # Errors
/// When the disk takes nothing and not even that can be told, because the dashboard's address cannot be had.
pub async fn until_disk_takes(config: &Config, least_free: u64) -> anyhow::Result<()> {
    let mut trials = Trials { dir: &config.data.dir, least_free, running: None };
    let Err(fault) = trials.next().await else { return Ok(()) };
    let bind = config.web.bind;
    let dir = config.data.dir.display();
    tracing::error!(%dir, %fault, "nothing can be kept; the start waits until the disk takes what is written");
    let listener = TcpListener::bind(bind)
        .await
        .with_context(|| format!("cannot listen for HTTP on {bind}; is another program running there?"))?;
    let cancel = CancellationToken::new();
    // Also where this wait itself is given up.
    let ended = cancel.clone().drop_guard();
    let (why, told) = watch::channel(NotKept::because(&fault));
    let language = config.site.language.tag();
    let answering = tokio::spawn(async move { web::wait(listener, told, language, cancel).await });
    loop {
        tokio::time::sleep(TRY_EVERY).await;
        let Err(fault) = trials.next().await else { break };
        why.send_replace(NotKept::because(&fault));
    }
    drop(ended);
    answering.await?.context("what was answered meanwhile")?;
    tracing::info!("the disk takes what is written; starting");
    Ok(())
}

/// How many bytes must be free for a start that has failed for want of them: a damaged journal is brought into a new one.
pub fn room_wanted(fault: &anyhow::Error) -> Option<u64> {
    match fault.downcast_ref() {
        Some(JournalFault::Brink { needed, .. }) => Some(*needed),
        _ => None,
    }
}

/// Tries of one disk, one at a time: one that hangs holds nobody up, and is not joined by others that would hang as well.
struct Trials<'a> {
    dir: &'a Path,
    least_free: u64,
    running: Option<JoinHandle<Result<(), JournalFault>>>,
}

impl Trials<'_> {
    /// Whether the disk takes what is written.
    async fn next(&mut self) -> Result<(), JournalFault> {
        let (dir, least_free) = (self.dir.to_owned(), self.least_free);
        let trial = self
            .running
            .get_or_insert_with(|| tokio::task::spawn_blocking(move || journal::try_disk(&dir, least_free)));
        let Ok(tried) = tokio::time::timeout(ANSWER_MAX, trial).await else {
            return Err(JournalFault::Disk { source: std::io::Error::new(ErrorKind::TimedOut, "it does not answer") });
        };
        self.running = None;
        tried.unwrap_or(Ok(()))
    }
}
