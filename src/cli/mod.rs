//! One file a subcommand. Promises results on standard output and talk on standard error. Decides nothing about data.

pub mod backup;
pub mod check;
pub mod demo;
pub mod export;
pub mod faults;
mod ground;
pub mod notify;
pub mod plan;
pub mod replay;
pub mod report;
pub mod restore;
pub mod run;
mod trial;
pub mod verify;

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::config;

/// Everything went well.
pub const FINE: u8 = 0;
/// Something that was wanted could not be done.
pub const FAILED: u8 = 1;
/// Wrong arguments, configuration or plan, or a test of the rules that does not hold (`EX_USAGE` of sysexits.h).
pub const FAULTY: u8 = 64;

/// What a command has to say and how it ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The exit code.
    pub code: u8,
    /// For standard output.
    pub out: String,
    /// For standard error.
    pub talk: String,
}

impl Outcome {
    /// A result and nothing else.
    pub fn fine(out: impl Into<String>) -> Self {
        Self { code: FINE, out: out.into(), talk: String::new() }
    }

    /// Says it, and gives the exit code. A reader that went away (`| head`) changes nothing.
    pub fn say(self) -> u8 {
        let said = std::io::stdout().write_all(self.out.as_bytes());
        let talked = std::io::stderr().write_all(self.talk.as_bytes());
        match (said, talked) {
            (Ok(()), Ok(())) => self.code,
            (Err(error), _) | (_, Err(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => self.code,
            _ => self.code.max(FAILED),
        }
    }
}

/// The data folder that is meant: the one named, else the configuration's.
fn data_dir(named: Option<&Path>, config: Option<&Path>) -> Result<PathBuf, Outcome> {
    if let Some(dir) = named {
        return Ok(dir.to_owned());
    }
    let path = config.map_or_else(config::default_path, Path::to_owned);
    let config = config::open(&path).map_err(|fault| vec![fault]).and_then(config::Draft::finish);
    config.map(|config| config.data.dir).map_err(|faults| faults::refuse(&faults, false, faults::Colour::of_terminal()))
}

/// The threads that devices, outputs and the web side share. Two are enough for a venue, and keep memory low.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    crate::app::share_memory();
    let threads = std::thread::available_parallelism().map_or(2, |n| n.get().clamp(2, 4));
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?)
}

/// What was wanted could not be done.
fn failed(fault: &anyhow::Error) -> Outcome {
    Outcome { code: FAILED, out: String::new(), talk: format!("error: {fault:#}\n") }
}

/// Each as a line of its own.
fn errors(faults: &[String]) -> String {
    faults.iter().flat_map(|fault| ["error: ", fault, "\n"]).collect()
}
