//! `portico replay`: runs rules over what was recorded.
//!
//! Without other rules it proves that the recorded alerts follow; with them it says which would have come, gone or
//! moved. Where entries were given up it begins behind them, and says so. Changes nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::faults::{Colour, refuse};
use super::ground::{Ground, unproven};
use super::{FAILED, FAULTY, FINE, Outcome, failed};
use crate::app;
use crate::config;
use crate::facts::{Alert, AlertState, Fact, Seq, Subject, Timestamp};
use crate::journal::Reader;
use crate::rules::{Proof, Settings};

/// What `replay` is told.
#[derive(Debug, Clone, Args)]
pub struct ReplayArgs {
    /// The data folder (else the one that the configuration names)
    #[arg(value_name = "DATA_DIR")]
    pub data: Option<PathBuf>,
    /// Try the rules of this configuration instead of the recorded ones
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
    let settings = match args.rules.as_deref().map(config::open) {
        None => None,
        Some(Err(fault)) => return refuse(&[fault], args.json, colour),
        Some(Ok(draft)) => match draft.finish() {
            Err(faults) => return refuse(&faults, args.json, colour),
            Ok(config) => match app::rules_of(&config) {
                Ok(settings) => Some(settings),
                Err(fault) => return failed(&fault),
            },
        },
    };
    match Reader::open(&dir).map_err(Into::into).and_then(|reader| replay(&reader, settings, from, to, args.json)) {
        Ok(outcome) => outcome,
        Err(fault) => failed(&fault),
    }
}

fn time(text: Option<&str>, otherwise: Timestamp) -> Result<Timestamp, Outcome> {
    text.map_or(Ok(otherwise), |text| {
        text.parse().map_err(|fault| Outcome { code: FAULTY, out: String::new(), talk: format!("error: {fault}\n") })
    })
}

fn replay(
    reader: &Reader,
    settings: Option<Settings>,
    from: Timestamp,
    to: Timestamp,
    json: bool,
) -> anyhow::Result<Outcome> {
    let trying = settings.is_some();
    let ground = Ground::of(reader)?.map_err(anyhow::Error::msg)?;
    let after = ground.after;
    let mut proof = ground.proof(settings);
    let mut recorded = Vec::new();
    reader.replay(after, |entry| {
        proof.push(&entry);
        if let (true, Fact::Alert(alert)) = (trying, entry.fact) {
            recorded.push(*alert);
        }
        Ok(())
    })?;
    proof.finish();
    if !trying {
        return Ok(proved(&proof, after, json));
    }
    let within = |firing: &&Firing| (from..to).contains(&firing.fired_at);
    let (was, would) = (firings(&recorded), firings(&proof.followed));
    let differences = compare(was.iter().filter(within), would.iter().filter(within));
    Ok(differing(&differences, was.len(), would.len(), after, json))
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

/// One time that an alert fired.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Firing {
    rule: &'static str,
    subject: Subject,
    fired_at: Timestamp,
}

fn firings(changes: &[Alert]) -> Vec<Firing> {
    let fired = changes.iter().filter(|alert| alert.state == AlertState::Firing);
    let mut firings: Vec<Firing> = fired
        .filter_map(|alert| {
            Some(Firing { rule: alert.rule.word(), subject: alert.subject.clone(), fired_at: alert.fired_at? })
        })
        .collect();
    firings.sort();
    firings.dedup();
    firings
}

/// What the n-th alert of one rule and subject became.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Difference {
    rule: &'static str,
    subject: Subject,
    before: Option<Timestamp>,
    after: Option<Timestamp>,
}

fn compare<'a>(before: impl Iterator<Item = &'a Firing>, after: impl Iterator<Item = &'a Firing>) -> Vec<Difference> {
    type Times = (Vec<Timestamp>, Vec<Timestamp>);
    let mut by_subject: BTreeMap<(&'static str, Subject), Times> = BTreeMap::new();
    for firing in before {
        by_subject.entry((firing.rule, firing.subject.clone())).or_default().0.push(firing.fired_at);
    }
    for firing in after {
        by_subject.entry((firing.rule, firing.subject.clone())).or_default().1.push(firing.fired_at);
    }
    let mut found = Vec::new();
    for ((rule, subject), (before, after)) in by_subject {
        for number in 0..before.len().max(after.len()) {
            let (before, after) = (before.get(number).copied(), after.get(number).copied());
            if before != after {
                found.push(Difference { rule, subject: subject.clone(), before, after });
            }
        }
    }
    found
}

fn differing(differences: &[Difference], was: usize, would: usize, after: Seq, json: bool) -> Outcome {
    if json {
        let rows: Vec<_> = differences
            .iter()
            .map(|d| serde_json::json!({"rule": d.rule, "subject": d.subject, "before": d.before, "after": d.after}))
            .collect();
        let told = serde_json::json!({
            "recorded": was, "with_these_rules": would, "tried_from": after + 1, "differences": rows,
        });
        return Outcome::fine(format!("{told}\n"));
    }
    let mut out = format!("{was} alerts were recorded; with these rules there would have been {would}\n");
    if after > 0 {
        let told =
            format!("only from entry {} on: what was before cannot be tried, entries were given up\n", after + 1);
        out.push_str(&told);
    }
    for d in differences {
        let (rule, subject) = (d.rule, &d.subject);
        let told = match (d.before, d.after) {
            (Some(was), Some(now)) => writeln!(out, "moved  {rule:<15} {subject}  from {was} to {now}"),
            (None, Some(now)) => writeln!(out, "came   {rule:<15} {subject}  at {now}"),
            (Some(was), None) => writeln!(out, "gone   {rule:<15} {subject}  was at {was}"),
            (None, None) => Ok(()),
        };
        if told.is_err() {
            break;
        }
    }
    Outcome::fine(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_that_came_went_and_moved_are_told_apart() {
        let firing = |subject: &str, at: i64| Firing {
            rule: "late_arrival",
            subject: subject.parse().unwrap(),
            fired_at: Timestamp::from_millis(at),
        };
        let before = [firing("guest/a", 1), firing("guest/b", 2), firing("guest/d", 5)];
        let after = [firing("guest/b", 3), firing("guest/c", 4), firing("guest/d", 5)];
        let found = compare(before.iter(), after.iter());
        let told = differing(&found, 3, 3, 0, false).out;
        let words: Vec<&str> = told.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
        assert_eq!(words, ["gone", "moved", "came"]);
    }
}
