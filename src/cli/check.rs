//! `portico check`: the configuration and the plan it names, and every fault of both.

use std::path::PathBuf;

use clap::Args;

use crate::config::{self, Config, Loaded};
use crate::facts::Timestamp;
use crate::plan::Counts;

use super::Outcome;
use super::faults::{Colour, refuse};

/// Check the configuration and the plan, and tell every fault with its place and what to do
#[derive(Debug, Clone, Default, Args)]
pub struct CheckArgs {
    /// The configuration (else /etc/portico/portico.toml if there, else config/portico.toml)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Write JSON for a machine
    #[arg(long)]
    pub json: bool,
}

/// Checks. `now` gives the day of a plan that names none.
pub fn run(args: &CheckArgs, now: Timestamp, colour: Colour) -> Outcome {
    let path = args.config.clone().unwrap_or_else(config::default_path);
    match config::load(&path, now) {
        Err(faults) => refuse(&faults, args.json, colour),
        Ok(Loaded { config, plan }) => {
            let counts = Counts::of(&plan, &config.site.time_zone);
            Outcome::fine(if args.json {
                let config_file = path.display().to_string();
                let plan_file = config.plan.file.display().to_string();
                let value = serde_json::json!({
                    "faults": [], "config": config_file, "plan": plan_file, "counts": counts,
                });
                format!("{value}\n")
            } else {
                format!("{} is fine: {}; plan: {}\n", path.display(), devices(&config), counts.line())
            })
        }
    }
}

fn devices(config: &Config) -> String {
    let listener = match &config.mqtt.listener {
        Some(listener) => format!("broker at {}", listener.bind),
        None => "no broker of its own".to_owned(),
    };
    let told = match config.notify.len() {
        0 => "nobody is told".to_owned(),
        count => format!("{count} notifiers"),
    };
    let upstream = config.upstream.as_ref().map_or("no upstream".to_owned(), |up| format!("upstream {}", up.url));
    format!(
        "dashboard at {}, {listener}, {} of others, {} serial, {} sensors, {told}, {upstream}",
        config.web.bind,
        config.mqtt.brokers.len(),
        config.serial.len(),
        config.sensors.len(),
    )
}
