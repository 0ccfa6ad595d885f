//! A new plan from the dashboard: weighed against the one that holds, written to its file and taken by the rules.
//!
//! First the file, then the journal: a crash in between leaves a file that the next start takes, and whoever sent it was
//! not answered. Where the journal does not take it, the old file is put back.

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use super::{Parts, day, privacy};
use crate::config::{self, Candidate, Displaced};
use crate::facts::plan::Plan;
use crate::facts::{Kind, Subject, Timestamp};
use crate::plan::{self, Changes, Counts};
use crate::web::{PlanDesk, PlanRefusal, Proposal, Proposed};

impl PlanDesk for Parts {
    fn propose(&self, proposal: Proposal) -> Pin<Box<dyn Future<Output = Result<Proposed, PlanRefusal>> + Send + '_>> {
        Box::pin(propose(self, proposal))
    }
}

async fn propose(parts: &Parts, proposal: Proposal) -> Result<Proposed, PlanRefusal> {
    let _turn = parts.plan_turn.lock().await;
    let Proposal { file, bytes, by, held, apply } = proposal;
    let now = parts.clock.now();
    let (of_parts, keep_names) = (parts.clone(), parts.keep_names);
    let weighed = blocking(move || weigh(&of_parts, &file, bytes, now)).await??;
    let entry = parts.reader.newest_of(Kind::Plan).map_err(not_kept)?.map(|(seq, _)| seq);
    if held.is_some_and(|held| Some(held) != entry) {
        return Err(PlanRefusal::Moved { entry });
    }
    let reader = parts.reader.clone();
    let before = blocking(move || day::recorded_plan(&reader)).await?.map_err(not_kept)?;
    let plan = privacy::without_old(weighed.plan.clone(), now, keep_names);
    let changes = Changes::between(&before, &plan);
    let counts = Counts::of(&weighed.plan, &parts.intake.zone);
    if !apply {
        return Ok(Proposed { replaced: false, entry, counts, changes });
    }
    if plan == Plan::default() {
        return Err(PlanRefusal::Empty);
    }
    let displaced = match weighed.candidate {
        Some(candidate) => Some(blocking(move || write(&candidate)).await??),
        None => None,
    };
    let by = by.map_or(Subject::Gateway, Subject::Operator);
    let taken = day::set_plan(&parts.recorder, &parts.reader, plan, now, keep_names, by).await;
    let entry = match taken {
        Ok((directory, new)) => {
            parts.directory.store(Arc::new(directory));
            new.or(entry)
        }
        Err(fault) => {
            if let Some(displaced) = displaced {
                blocking(move || put_back(displaced)).await?;
            }
            return Err(PlanRefusal::NotKept(format!("{fault:#}")));
        }
    };
    tracing::info!(changes = changes.line(), "a new plan is taken from the dashboard");
    Ok(Proposed { replaced: true, entry, counts, changes })
}

/// A plan that is fine, and the file that it would be written to; none where the gateway has no configuration file.
struct Weighed {
    plan: Plan,
    candidate: Option<Candidate>,
}

fn weigh(parts: &Parts, file: &Path, bytes: Vec<u8>, now: Timestamp) -> Result<Weighed, PlanRefusal> {
    let Some(path) = &parts.path else {
        let zone = &parts.intake.zone;
        let day = jiff::Timestamp::from_millisecond(now.as_millis()).unwrap_or_default().to_zoned(zone.clone()).date();
        let plan = plan::load(file, &bytes, zone, day).map_err(PlanRefusal::Faults)?;
        return Ok(Weighed { plan, candidate: None });
    };
    let draft = config::open(path).map_err(|fault| PlanRefusal::Faults(vec![fault]))?;
    let candidate = Candidate::weigh(draft, file, bytes, now).map_err(PlanRefusal::Faults)?;
    Ok(Weighed { plan: candidate.plan.clone(), candidate: Some(candidate) })
}

fn write(candidate: &Candidate) -> Result<Displaced, PlanRefusal> {
    candidate.put().map_err(|error| {
        tracing::error!(%error, file = %candidate.target().display(), "the plan's file cannot be written");
        PlanRefusal::Unwritable(error.to_string())
    })
}

fn put_back(displaced: Displaced) {
    if let Err(error) = displaced.put_back() {
        tracing::error!(%error, "the old plan's file could not be put back: the next start takes the new one");
    }
}

fn not_kept(fault: impl std::fmt::Display) -> PlanRefusal {
    PlanRefusal::NotKept(fault.to_string())
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, PlanRefusal> {
    tokio::task::spawn_blocking(work).await.map_err(not_kept)
}
