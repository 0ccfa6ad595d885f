//! `portico notify`: try the ways by which people are told.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand};

use crate::app;
use crate::config::{self, Loaded};
use crate::facts::Timestamp;
use crate::plan::Directory;
use crate::sinks::notify;

use super::faults::{Colour, refuse};
use super::{FAILED, FAULTY, FINE, Outcome, errors, runtime};

/// Try the notifiers of the configuration
#[derive(Debug, Clone, Args)]
pub struct NotifyArgs {
    /// What to do
    #[command(subcommand)]
    pub command: NotifyCommand,
    /// The configuration (else /etc/portico/portico.toml if there, else config/portico.toml)
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
}

/// What to do with notifiers.
#[derive(Debug, Clone, Subcommand)]
pub enum NotifyCommand {
    /// Send a test message, and tell what became of it
    Test {
        /// The notifier's name; left out: every one
        name: Option<String>,
    },
}

/// Does it.
pub fn run(args: &NotifyArgs, now: Timestamp, colour: Colour) -> Outcome {
    let path = args.config.clone().unwrap_or_else(config::default_path);
    let Loaded { config, plan } = match config::load(&path, now) {
        Ok(loaded) => loaded,
        Err(faults) => return refuse(&faults, false, colour),
    };
    let NotifyCommand::Test { name } = &args.command;
    let settings = match app::notifiers_of(&config) {
        Ok(settings) => settings,
        Err(fault) => return Outcome { code: FAULTY, out: String::new(), talk: errors(&[fault.to_string()]) },
    };
    let chosen: Vec<_> =
        settings.into_iter().filter(|one| name.as_ref().is_none_or(|name| one.name.as_str() == name)).collect();
    if chosen.is_empty() {
        let what = match name {
            Some(name) => format!("there is no notifier \"{name}\" in {}", path.display()),
            None => format!("there is no [[notify]] in {}", path.display()),
        };
        return Outcome { code: FAULTY, out: String::new(), talk: errors(&[what]) };
    }
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(fault) => return Outcome { code: FAILED, out: String::new(), talk: errors(&[fault.to_string()]) },
    };
    let directory = Directory::of(&plan).shared();
    let mut outcome = Outcome { code: FINE, ..Outcome::default() };
    for one in chosen {
        match runtime.block_on(notify::try_once(&one, Arc::clone(&directory), now)) {
            Ok(()) => {
                let _infallible = writeln!(outcome.out, "{}: the test message was taken", one.name);
            }
            Err(reason) => {
                outcome.code = FAILED;
                outcome.talk.push_str(&errors(&[format!("{}: the test message was not taken: {reason}", one.name)]));
            }
        }
    }
    outcome
}
