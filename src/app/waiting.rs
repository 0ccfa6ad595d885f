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
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::journal::{self, JournalFault};
use crate::recorder::NotKept;
use crate::web;

/// A disk that takes longer over a few kilobytes hangs.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// Between two tries.
const TRY_EVERY: Duration = Duration::from_secs(1);

/// Returns once the disk takes what is written: at once where it does already.
///
/// # Errors
/// When the disk takes nothing and not even that can be told, because the dashboard's address cannot be had.
pub async fn until_disk_takes(config: &Config) -> anyhow::Result<()> {
    let Err(fault) = try_disk(&config.data.dir).await else { return Ok(()) };
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
        let Err(fault) = try_disk(&config.data.dir).await else { break };
        why.send_replace(NotKept::because(&fault));
    }
    drop(ended);
    answering.await?.context("what was answered meanwhile")?;
    tracing::info!("the disk takes what is written; starting");
    Ok(())
}

/// Tries it where a disk that hangs holds nobody up.
async fn try_disk(dir: &Path) -> Result<(), JournalFault> {
    let dir = dir.to_owned();
    let trial = tokio::task::spawn_blocking(move || journal::try_disk(&dir));
    match tokio::time::timeout(ANSWER_MAX, trial).await {
        Ok(tried) => tried.unwrap_or(Ok(())),
        Err(_) => Err(JournalFault::Disk { source: std::io::Error::new(ErrorKind::TimedOut, "it does not answer") }),
    }
}
