//! Puts down in the journal how upstream fares, as a condition of the gateway itself: once when it is lost or does not
//! want us, once when it is there again, and once after each start.
//!
//! The rule `upstream_offline` makes an alert of it. Upstream is no device with a link of its own in the journal: a
//! refusal (401, 403) and a lost link are one condition with different reasons, said here alone, or the same trouble
//! would be shown twice and ended twice. Judges nothing, and delivers nothing.

use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::facts::{DeviceReport, Fact, Part, Presence, Report, RuleKind, Span, Subject};
use crate::recorder::{Handle, NotKept};
use crate::sinks::upstream::{UpstreamState, UpstreamView};

/// An outage that is shorter is not put down: each entry about it would have to be sent over that very link, and a link
/// that flaps every second would fill the journal with itself. Counted by the gateway's own clock, so that a day makes
/// the same alerts however fast it passes.
const LASTS_MIN: Span = Span::from_secs(10);
/// How long to leave a recorder alone that could not keep what was said; then it is said again.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Runs until `cancel`, or until upstream's own task has ended.
pub(super) async fn upstream(
    mut view: watch::Receiver<UpstreamView>,
    recorder: Handle,
    clock: Clock,
    cancel: CancellationToken,
) {
    let mut said: Option<Presence> = None;
    loop {
        let stands = standing(&view.borrow_and_update());
        let is_news = stands.as_ref().is_some_and(|report| said != Some(report.state));
        let wait = match &stands {
            Some(report) if is_news && report.state == Presence::Offline => {
                clock.wait_until(clock.now().plus(LASTS_MIN)).unwrap_or(Duration::MAX)
            }
            Some(_) if is_news => Duration::ZERO,
            Some(_) | None => Duration::MAX,
        };
        tokio::select! {
            () = cancel.cancelled() => return,
            changed = still(&mut view, stands.as_ref().map(|report| report.state)) => {
                if changed.is_err() {
                    return;
                }
            }
            () = tokio::time::sleep(wait) => {
                // The reason may have changed while it lasted.
                let Some(report) = standing(&view.borrow()) else { continue };
                let state = report.state;
                // Said is what is on disk: one that could not be kept is said again, or nobody would ever hear of it.
                match recorder.submit(said_of_upstream(report)).await {
                    Ok(_) => said = Some(state),
                    Err(NotKept::Stopped) => return,
                    Err(fault) => {
                        tracing::warn!(%fault, "how upstream stands is not in the journal; saying it again");
                        tokio::time::sleep(AGAIN_AFTER).await;
                    }
                }
            }
        }
    }
}

/// Waits until upstream stands otherwise; a count that moves, or another reason, is not that.
async fn still(
    view: &mut watch::Receiver<UpstreamView>,
    state: Option<Presence>,
) -> Result<(), watch::error::RecvError> {
    view.wait_for(|view| standing(view).map(|report| report.state) != state).await.map(|_| ())
}

/// What upstream's standing is worth; nothing while it was not heard yet, or asks for patience.
fn standing(view: &UpstreamView) -> Option<DeviceReport> {
    let reason = || view.reason.clone().unwrap_or_default();
    match view.state {
        UpstreamState::Offline => Some(DeviceReport::of_part(Part::Upstream, Some(reason()))),
        UpstreamState::Refused => {
            let refused = format!("upstream does not want us: {}", reason());
            Some(DeviceReport::of_part(Part::Upstream, Some(refused)))
        }
        UpstreamState::Connected | UpstreamState::CatchingUp if view.reason.is_some() => None,
        UpstreamState::Connected | UpstreamState::CatchingUp => Some(DeviceReport::of_part(Part::Upstream, None)),
        UpstreamState::Off => None,
    }
}

/// Where no upstream is configured any more, the alert about the one that was is over.
pub(super) async fn no_upstream(recorder: &Handle) -> Result<(), NotKept> {
    if recorder.present().await?.alerts.iter().any(|alert| alert.rule == RuleKind::UpstreamOffline) {
        recorder.post(said_of_upstream(DeviceReport::of_part(Part::Upstream, None))).await?;
    }
    Ok(())
}

fn said_of_upstream(report: DeviceReport) -> Report {
    Report { device: Subject::Gateway, observed_at: None, fact: Fact::Device(report), awaited: false }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use super::*;
    use crate::facts::{Kind, Timestamp};
    use crate::journal::{Journal, Lane, Reader};
    use crate::recorder::{self, Settings};

    /// What is in the journal once there are so many entries of devices.
    async fn kept(reader: &Reader, count: usize) -> Vec<String> {
        for _ in 0..400 {
            let page = reader.read(Lane::Kind(Kind::Device), 0, 100, usize::MAX).unwrap();
            let bodies: Vec<String> =
                page.rows.into_iter().map(|row| row.body).filter(|b| b.contains("part")).collect();
            if bodies.len() >= count {
                return bodies;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{count} entries were expected");
    }

    /// A moment at which the ten seconds that an outage must last are a third of one.
    fn clock() -> Clock {
        Clock::scaled(Timestamp::from_millis(1_795_000_000_000), Instant::now(), 30.0)
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_lasts_is_said_once_each_way_and_a_flapping_link_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().to_owned();
        let settings = Settings { linger: Duration::ZERO };
        let runtime = tokio::runtime::Handle::current();
        let open = move || Journal::open(&dir, || "e".to_owned());
        let recorder = recorder::start(open, settings, clock(), Arc::default(), runtime).unwrap();
        let reader = Reader::open(folder.path()).unwrap();
        let (state, view) = watch::channel(UpstreamView::default());
        let cancel = CancellationToken::new();
        let task = tokio::spawn(upstream(view, recorder.clone(), clock(), cancel.clone()));
        let is = |state_is, reason: Option<&str>| {
            let reason = reason.map(str::to_owned);
            state.send_replace(UpstreamView { state: state_is, reason, ..UpstreamView::default() });
        };
        is(UpstreamState::CatchingUp, Some("not heard from since the start"));
        is(UpstreamState::Connected, None);
        let up = r#"{"state":"online","part":"upstream"}"#;
        assert_eq!(kept(&reader, 1).await, [up]);
        for _ in 0..10 {
            is(UpstreamState::Offline, Some("reset"));
            tokio::time::sleep(Duration::from_millis(20)).await;
            is(UpstreamState::CatchingUp, None);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        is(UpstreamState::Offline, Some("reset"));
        is(UpstreamState::Refused, Some("401; check the token"));
        let refused =
            r#"{"state":"offline","reason":"upstream does not want us: 401; check the token","part":"upstream"}"#;
        assert_eq!(kept(&reader, 2).await, [up, refused]);
        is(UpstreamState::Offline, Some("reset"));
        is(UpstreamState::CatchingUp, Some("429"));
        is(UpstreamState::Connected, None);
        assert_eq!(kept(&reader, 3).await, [up, refused, up]);
        cancel.cancel();
        task.await.unwrap();
        recorder.stop().await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_could_not_be_kept_is_said_again() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().to_owned();
        let settings = Settings { linger: Duration::ZERO };
        let runtime = tokio::runtime::Handle::current();
        let open = move || Journal::open(&dir, || "e".to_owned());
        let counters = Arc::new(crate::counters::Counters::default());
        let recorder = recorder::start(open, settings, clock(), Arc::clone(&counters), runtime).unwrap();
        let reader = Reader::open(folder.path()).unwrap();
        // Whoever else writes, and does not end: the recorder's commits fail after its patience with a locked database.
        let other = rusqlite::Connection::open(folder.path().join(crate::journal::FILE_NAME)).unwrap();
        while counters.commits.get() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let (state, view) = watch::channel(UpstreamView::default());
        let cancel = CancellationToken::new();
        let task = tokio::spawn(upstream(view, recorder.clone(), clock(), cancel.clone()));
        state.send_replace(UpstreamView { state: UpstreamState::Connected, ..UpstreamView::default() });
        while counters.commits_failed.get() == 0 {
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        other.execute_batch("ROLLBACK").unwrap();
        assert_eq!(kept(&reader, 1).await, [r#"{"state":"online","part":"upstream"}"#]);
        cancel.cancel();
        task.await.unwrap();
        recorder.stop().await;
    }
}
