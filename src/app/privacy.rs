//! Has names and contacts erased when their time is over: from the journal, from what is shown, and from a plan that
//! still holds them when it is read.
//!
//! Erases nothing itself: the recorder does, as an order that is recorded. Acts on a clock that is trusted or plausible, and
//! on no other: a venue that is never online must still forget.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Parts, day};
use crate::clock::Clock;
use crate::facts::plan::Plan;
use crate::facts::{Command, Fact, Report, Span, Subject, Timestamp};
use crate::plan::Directory;

/// How often is looked, by the gateway's clock.
const EVERY: Span = Span::from_mins(60);
/// And for how long one look waits at most, on a clock that somebody moves.
const WAIT_MAX: Duration = Duration::from_secs(1);

/// Before this moment names are not kept; none where the time is not to be trusted.
pub(super) fn before(clock: &Clock, keep: Span) -> Option<Timestamp> {
    clock.standing().trusted.then(|| clock.now().minus(keep))
}

/// The plan without the names whose time is over.
pub(super) fn without_old(mut plan: Plan, before: Option<Timestamp>) -> Plan {
    if let Some(before) = before {
        plan.people = plan.people.since(&plan, before);
    }
    plan
}

/// Runs until `cancel`.
pub(super) async fn run(parts: Parts, cancel: CancellationToken) {
    loop {
        if let Err(fault) = look(&parts).await {
            tracing::warn!(%fault, "names whose time is over could not be erased; trying again");
        }
        let wait = parts.clock.wait_until(parts.clock.now().plus(EVERY)).unwrap_or(WAIT_MAX);
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

async fn look(parts: &Parts) -> anyhow::Result<()> {
    let Some(before) = before(&parts.clock, parts.keep_names) else { return Ok(()) };
    let reader = parts.reader.clone();
    let plan = tokio::task::spawn_blocking(move || day::recorded_plan(&reader)).await??;
    let left = plan.people.since(&plan, before);
    if left == plan.people {
        return Ok(());
    }
    let fact = Fact::Command(Command::ErasePeople { before });
    parts.recorder.submit(Report { device: Subject::Gateway, observed_at: None, fact, awaited: true }).await?;
    tracing::info!(%before, guests = plan.people.guests.len() - left.guests.len(), "names are erased: their visits are over");
    parts.directory.store(Arc::new(Directory::of(&Plan { people: left, ..plan })));
    Ok(())
}
