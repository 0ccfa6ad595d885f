//! Teaches the rules what holds: their settings and the plan, each as an entry, and only where it changed.

use anyhow::Context;

use super::privacy;
use crate::config::Config;
use crate::facts::plan::Plan;
use crate::facts::{Command, Fact, Kind, Report, Seq, Span, Subject, Timestamp};
use crate::journal::Reader;
use crate::plan::Directory;
use crate::recorder::Handle;

/// Orders these rules if others hold.
pub(super) async fn set_rules(recorder: &Handle, config: &Config) -> anyhow::Result<()> {
    let wanted = super::settings::rules(config)?;
    if recorder.settings().await? == wanted {
        return Ok(());
    }
    let fact = Fact::Command(Command::SetRules { settings: wanted.to_json()? });
    submit(recorder, Subject::Gateway, fact).await.context("the rules could not be kept")?;
    Ok(())
}

/// Puts this plan, without the names whose time is over, in the place of the one before, if it is another, and gives the
/// directory of what holds then, with the entry if it is new. `by` is who wants it. Where no plan is configured, the one in the journal goes on.
pub(super) async fn set_plan(
    recorder: &Handle,
    reader: &Reader,
    plan: Plan,
    now: Timestamp,
    keep_names: Span,
    by: Subject,
) -> anyhow::Result<(Directory, Option<Seq>)> {
    let before = recorded_plan(reader)?;
    let plan = privacy::without_old(plan, now, keep_names);
    if plan == Plan::default() {
        return Ok((Directory::of(&before), None));
    }
    let directory = Directory::of(&plan);
    if plan == before {
        return Ok((directory, None));
    }
    let entry = submit(recorder, by, Fact::Plan(Box::new(plan))).await.context("the plan could not be kept")?;
    Ok((directory, Some(entry)))
}

/// The plan that holds by the journal, with its people.
pub(super) fn recorded_plan(reader: &Reader) -> anyhow::Result<Plan> {
    let Some(row) = reader.latest(Kind::Plan)? else { return Ok(Plan::default()) };
    let Fact::Plan(mut plan) = Fact::read_body(row.kind, &row.body)? else { return Ok(Plan::default()) };
    plan.people = reader.people()?;
    Ok(*plan)
}

async fn submit(recorder: &Handle, device: Subject, fact: Fact) -> anyhow::Result<Seq> {
    Ok(recorder.submit(Report { device, observed_at: None, fact, awaited: true }).await?.seq)
}
