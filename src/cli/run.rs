//! `portico run`: the daemon.
//!
//! Starts, says that it is ready, waits for a signal, stops in order. Decides nothing about data.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::faults::{Colour, refuse};
use super::{FAILED, Outcome};
use crate::app::{self, App, Start};
use crate::clock;
use crate::config;
use crate::conservation::Conservation;
use crate::facts::Timestamp;

/// What `run` is told.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// The configuration (else /etc/portico/portico.toml if there, else config/portico.toml)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// What waits for a disk gets so long at the end.
const BLOCKED_MAX: Duration = Duration::from_secs(5);

/// Runs until SIGTERM or SIGINT.
pub fn run(args: &RunArgs, now: Timestamp, colour: Colour) -> Outcome {
    let path = args.config.clone().unwrap_or_else(config::default_path);
    let mut loaded = match config::load(&path, now) {
        Ok(loaded) => loaded,
        Err(faults) => return refuse(&faults, false, colour),
    };
    ended(super::runtime().and_then(|runtime| {
        let result = runtime.block_on(async {
            // Before anything else: by default a signal ends the process on the spot.
            let mut signals = Signals::install()?;
            let mut least_free = 0;
            let app = loop {
                tokio::select! {
                    ready = app::until_disk_takes(&loaded.config, least_free) => ready?,
                    () = signals.end() => return Ok(None),
                }
                let started = App::start(Start { loaded, path: Some(path.clone()), clock: None }).await;
                match started.as_ref().err().and_then(app::room_wanted) {
                    Some(needed) => least_free = needed,
                    None => break started?,
                }
                // Somebody may have changed it meanwhile.
                let again = config::load(&path, clock::wall());
                loaded = again.map_err(|faults| anyhow::anyhow!(refuse(&faults, false, colour).talk))?;
            };
            tracing::info!(http = %app.http, mqtt = app.mqtt.map(tracing::field::display), "ready");
            signals.wait(&app).await;
            tracing::info!("stopping");
            anyhow::Ok(app.stop().await)
        });
        // A trial of a disk that hangs would hold up the end for as long.
        runtime.shutdown_timeout(BLOCKED_MAX);
        result
    }))
}

/// The signals that an operator or the system sends.
struct Signals {
    term: Signal,
    int: Signal,
    hup: Signal,
}

impl Signals {
    fn install() -> std::io::Result<Self> {
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            int: signal(SignalKind::interrupt())?,
            hup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the one to stop; a SIGHUP reads the configuration again.
    async fn wait(&mut self, app: &App) {
        loop {
            tokio::select! {
                _ = self.term.recv() => return,
                _ = self.int.recv() => return,
                _ = self.hup.recv() => app.reload().await,
            }
        }
    }

    /// Waits for the one to stop, before there is anything to read again.
    async fn end(&mut self) {
        tokio::select! {
            _ = self.term.recv() => {}
            _ = self.int.recv() => {}
        }
    }
}

/// What became of everything that was heard is this command's result.
fn ended(result: anyhow::Result<Option<Conservation>>) -> Outcome {
    match result {
        Ok(report) => Outcome::fine(report.map(|report| report.to_string()).unwrap_or_default()),
        Err(fault) => Outcome { code: FAILED, out: String::new(), talk: format!("error: {fault:#}\n") },
    }
}
