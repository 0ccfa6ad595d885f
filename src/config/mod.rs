//! The configuration: TOML text to a [`Config`] that cannot be wrong.
//!
//! Promises that every fault of the file, and of the plan that it names, is told in one report, and that a key which
//! is not written has the default that `portico.toml` shows. Opens no port and starts nothing; the settings are plain
//! values that each part turns into its own.

mod backup;
mod excerpt;
mod links;
mod notify;
mod plan_file;
mod read;
mod replace;
mod rules;
mod settings;
mod upstream;
mod values;

use std::path::{Path, PathBuf};

use crate::document::Fault;
use crate::facts::Timestamp;
use crate::facts::plan::Plan;

pub use excerpt::{RulesFile, open_rules};
pub use notify::NotifyConfig;
pub use plan_file::{Candidate, Displaced, load_plan_file, read_plan_file};
pub use read::Draft;
pub use replace::replace;
pub use settings::{
    BackupConfig, BrokerConfig, ChecksumConfig, ClockConfig, Config, DataConfig, JournalConfig, Language,
    ListenerConfig, MapEntryConfig, MqttConfig, PlanConfig, SensorConfig, SensorFormat, SerialConfig, SiteConfig,
    ThinningConfig, UpstreamConfig, WebConfig,
};

/// Where the packaged configuration is.
const PACKAGED: &str = "/etc/portico/portico.toml";
/// Where a checkout has its own.
const LOCAL: &str = "config/portico.toml";

/// The configuration that holds when none is named: the packaged one if it is there, else the checkout's.
pub fn default_path() -> PathBuf {
    let packaged = Path::new(PACKAGED);
    if packaged.exists() { packaged.to_owned() } else { PathBuf::from(LOCAL) }
}

/// A configuration and the plan that it names, both checked, and against each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// The plan; empty where the file names none and there is none in the usual place.
    pub plan: Plan,
}

/// Reads the configuration at `path` and the plan that it names. `now` gives the day of a plan that names none.
pub fn load(path: &Path, now: Timestamp) -> Result<Loaded, Vec<Fault>> {
    let mut draft = open(path).map_err(|fault| vec![fault])?;
    let plan = draft.load_plan(now);
    draft.finish().map(|config| Loaded { config, plan: plan.unwrap_or_default() })
}

/// Reads the configuration at `path` alone.
pub fn open(path: &Path) -> Result<Draft, Fault> {
    let file = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| {
        let hint = match error.kind() {
            std::io::ErrorKind::NotFound => "name another with --config FILE, or copy config/portico.toml there",
            std::io::ErrorKind::PermissionDenied => "let the user that runs portico read it",
            _ => "is it a file, and is the disk well?",
        };
        Fault::of_file(&file, format!("the configuration cannot be read: {}", io_words(&error)), hint)
    })?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(Draft::read(&file, &bytes, folder))
}

/// The system's reason without its number, so that it reads the same everywhere.
pub fn io_words(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file",
        std::io::ErrorKind::PermissionDenied => "not allowed",
        std::io::ErrorKind::IsADirectory => "it is a folder",
        _ => "the system refuses it",
    }
}
