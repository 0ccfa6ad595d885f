//! `portico backup`: copies the whole journal now, with configuration and plan, whether or not the daemon runs.

use std::path::PathBuf;

use clap::Args;

use super::faults::{Colour, refuse};
use super::{FAILED, Outcome};
use crate::app;
use crate::config;
use crate::facts::Timestamp;
use crate::journal::backup::{self, Backup, BackupFault};
use crate::journal::newest_stamp;

/// What `backup` is told.
#[derive(Debug, Clone, Args)]
pub struct BackupArgs {
    /// The configuration (else /etc/portico/portico.toml if there, else config/portico.toml)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Another folder than the configuration's; nothing in it is rotated
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Makes a backup at `now` and says where it is.
pub fn run(args: &BackupArgs, now: Timestamp, colour: Colour) -> Outcome {
    let path = args.config.clone().unwrap_or_else(config::default_path);
    let config = match config::open(&path).map_err(|fault| vec![fault]).and_then(config::Draft::finish) {
        Ok(config) => config,
        Err(faults) => return refuse(&faults, false, colour),
    };
    let out = args.out.clone().unwrap_or_else(|| config.backup.dir(&config.data));
    let made = || -> Result<(Backup, Vec<PathBuf>), BackupFault> {
        // A machine whose clock is wrong has a newer entry than its clock.
        let now = newest_stamp(&config.data.dir)?.map_or(now, |newest| newest.max(now));
        let attached = app::attachments(Some(&path), &config.plan.file);
        let made = backup::make(&config.data.dir, &out, now, &attached)?;
        let gone = match args.out {
            None => backup::rotate(&out, config.backup.keep as usize, &made.path)?,
            Some(_) => Vec::new(),
        };
        Ok((made, gone))
    };
    match made() {
        Ok((made, gone)) => Outcome::fine(told(&made, &gone)),
        Err(fault) => Outcome { code: FAILED, out: String::new(), talk: format!("error: {fault}\n") },
    }
}

fn told(made: &Backup, gone: &[PathBuf]) -> String {
    let manifest = &made.manifest;
    let head = blake3::Hash::from_bytes(manifest.hash).to_hex();
    let gone: Vec<String> =
        gone.iter().map(|path| format!("{} is gone: a newer one takes its place\n", path.display())).collect();
    let gone = gone.concat();
    format!(
        "{}\nentries up to {} of epoch {}, proved\nhead {head}\n{gone}",
        made.path.display(),
        manifest.seq,
        manifest.epoch
    )
}
