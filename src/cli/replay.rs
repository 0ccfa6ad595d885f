//! `portico replay`: runs rules over what was recorded.
//!
//! Without other rules it proves that the recorded alerts follow; with them it says which would have come, gone or
//! moved, or ended at another time. Where entries were given up it begins behind them, and says so. Changes nothing.

mod changes;

use std::path::PathBuf;

use clap::Args;
use jiff::tz::TimeZone;

use self::changes::{Changes, firings};
use super::faults::{Colour, refuse};
use super::ground::{Ground, unproven};
use super::{FAILED, FAULTY, FINE, Outcome, failed};
use crate::app;
use crate::config;
use crate::facts::{Fact, Seq, Timestamp};
use crate::journal::Reader;
use crate::rules::{Other, Proof};

/// What `replay` is told.
#[derive(Debug, Clone, Args)]
pub struct ReplayArgs {
    /// The data folder (else the one that the configuration names)
    #[arg(value_name = "DATA_DIR")]
    pub data: Option<PathBuf>,
    /// Try the rules of this file instead of the recorded ones: of a whole configuration, or of one that holds some
    /// [rules.…] tables and nothing else, and then all other rules stay as they were recorded
    #[arg(long, value_name = "FILE")]
    pub rules: Option<PathBuf>,
    /// Tell only what happened from this time on (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Tell only what happened before this time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// The configuration (else /etc/portico/portico.toml if there, else config/portico.toml)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Write JSON for a machine
    #[arg(long)]
    pub json: bool,
}

/// Replays and tells.
pub fn run(args: &ReplayArgs, colour: Colour) -> Outcome {
    let dir = match super::data_dir(args.data.as_deref(), args.config.as_deref()) {
        Ok(dir) => dir,
        Err(outcome) => return outcome,
    };
    let (from, to) = match (time(args.from.as_deref(), Timestamp::MIN), time(args.to.as_deref(), Timestamp::MAX)) {
        (Ok(from), Ok(to)) => (from, to),
        (Err(outcome), _) | (_, Err(outcome)) => return outcome,
    };
    let file = match args.rules.as_deref().map(config::open_rules).transpose() {
        Ok(file) => file,
        Err(faults) => return refuse(&faults, args.json, colour),
    };
    let zone = zone(args, file.as_ref().and_then(|file| file.time_zone.clone()));
    let other = match file.map(app::rules_to_try).transpose() {
        Ok(other) => other,
        Err(fault) => return failed(&fault),
    };
    let telling = Telling { from, to, zone, json: args.json };
    match Reader::open(&dir).map_err(Into::into).and_then(|reader| replay(&reader, other, &telling)) {
        Ok(outcome) => outcome,
        Err(fault) => failed(&fault),
    }
}

/// What is told, and how.
struct Telling {
    from: Timestamp,
    to: Timestamp,
    zone: TimeZone,
    json: bool,
}

/// The zone in which times are shown: that of the configuration that is meant, else that of the file with the rules,
/// else UTC. A data folder that is named needs no configuration.
fn zone(args: &ReplayArgs, of_rules: Option<TimeZone>) -> TimeZone {
    let meant = args.config.clone().or_else(|| args.data.is_none().then(config::default_path));
    let configured = meant.and_then(|path| config::open(&path).ok()).map(|draft| draft.config().site.time_zone.clone());
    configured.or(of_rules).unwrap_or(TimeZone::UTC)
}

fn time(text: Option<&str>, otherwise: Timestamp) -> Result<Timestamp, Outcome> {
    text.map_or(Ok(otherwise), |text| {
        text.parse().map_err(|fault| Outcome { code: FAULTY, out: String::new(), talk: format!("error: {fault}\n") })
    })
}

fn replay(reader: &Reader, other: Option<Other>, telling: &Telling) -> anyhow::Result<Outcome> {
    let trying = other.is_some();
    let ground = Ground::of(reader)?.map_err(anyhow::Error::msg)?;
    let after = ground.after;
    let mut proof = ground.proof(other);
    let mut recorded = Vec::new();
    let mut begins = None;
    reader.replay(after, |entry| {
        begins.get_or_insert(entry.received_at);
        proof.push(&entry);
        if let (true, Fact::Alert(alert)) = (trying, entry.fact) {
            recorded.push(*alert);
        }
        Ok(())
    })?;
    proof.finish();
    if !trying {
        return Ok(proved(&proof, after, telling.json));
    }
    let Telling { from, to, zone, json } = telling;
    // What fired before the first entry that is tried fired by the recorded rules.
    let from = (*from).max(begins.unwrap_or(*from));
    let changes = Changes::between(&firings(&recorded, from, *to), &firings(&proof.followed, from, *to));
    if *json {
        return Ok(Outcome::fine(format!("{}\n", changes.json(after + 1))));
    }
    let mut out = changes.table(zone);
    if after > 0 {
        let from = after + 1;
        let told = format!("only from entry {from} on: what was before cannot be tried, entries were given up\n");
        out.push_str(&told);
    }
    Ok(Outcome::fine(out))
}

fn proved(proof: &Proof, after: Seq, json: bool) -> Outcome {
    let faults: Vec<String> = proof.differences.iter().map(ToString::to_string).collect();
    let code = if faults.is_empty() { FINE } else { FAILED };
    let out = if json {
        let told = serde_json::json!({
            "entries": proof.entries, "alerts": proof.alerts, "proved_from": after + 1, "differences": faults,
        });
        format!("{told}\n")
    } else if faults.is_empty() && after == 0 {
        format!("{} entries, {} alert changes: every one follows\n", proof.entries, proof.alerts)
    } else if faults.is_empty() {
        let (entries, alerts, from) = (proof.entries, proof.alerts, after + 1);
        format!(
            "{entries} entries, {alerts} alert changes from entry {from} on: every one follows\n{}",
            unproven(after)
        )
    } else {
        String::new()
    };
    let talk = if json { String::new() } else { super::errors(&faults) };
    Outcome { code, out, talk }
}
