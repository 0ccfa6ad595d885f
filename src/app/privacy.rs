//! Has names and contacts erased when their time is over: from the journal, from what is shown, and from a plan that
//! still holds them when it is read.
//!
//! Erases nothing itself: the recorder does, as an order that is recorded. Orders it by a clock that is trusted or
//! plausible, and by no other: a venue that is never online must still forget.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Parts, day};
use crate::facts::plan::Plan;
use crate::facts::{Command, Fact, Report, Span, Subject, Timestamp};
use crate::plan::Directory;

/// How often is looked, by the gateway's clock.
const EVERY: Span = Span::from_mins(60);
/// And for how long one look waits at most, on a clock that somebody moves.
const WAIT_MAX: Duration = Duration::from_secs(1);

/// The plan without the names whose time is over by `now`, trusted or not: a clock that is not trusted stands where it was
/// or at the newest entry, so what is over by it is over, and the file keeps what is not taken from it.
pub(super) fn without_old(mut plan: Plan, now: Timestamp, keep: Span) -> Plan {
    plan.people = plan.people.since(&plan, now.minus(keep));
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
    if !parts.clock.standing().trusted {
        return Ok(());
    }
    let _turn = parts.plan_turn.lock().await;
    let before = parts.clock.now().minus(parts.keep_names);
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
