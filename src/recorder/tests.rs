//! What is committed together, and who is not kept waiting for it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Answered, Handle, STRIDE, Settings, new_epoch, start};
use crate::clock::Clock;
use crate::counters::Counters;
use crate::facts::{Fact, Kind, Report, Subject};
use crate::journal::Journal;

/// Machines that report at the same moment.
const MACHINES: u64 = 20;

fn report(machine: u64) -> Report {
    let body = format!(r#"{{"room":"hall","sensor":"t{machine}","temperature":21.5}}"#);
    let device: Subject = format!("sensor/hall/t{machine}").parse().unwrap();
    Report { device, observed_at: None, fact: Fact::read_body(Kind::Reading, &body).unwrap(), awaited: true }
}

fn recorder(dir: &tempfile::TempDir) -> (Handle, Arc<Counters>) {
    let path = dir.path().to_owned();
    let counters = Arc::new(Counters::default());
    let settings = Settings { linger: Duration::from_millis(250) };
    let open = move || Journal::open(&path, new_epoch);
    let runtime = tokio::runtime::Handle::current();
    (start(open, settings, Clock::system(None), Arc::clone(&counters), runtime).unwrap(), counters)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_machines_send_is_committed_in_company() {
    let dir = tempfile::tempdir().unwrap();
    let (recorder, counters) = recorder(&dir);
    // The next may wait for company, because this one was committed just before.
    recorder.submit(report(0)).await.unwrap();
    let before = counters.commits.get();
    let link = counters.ledger.link("mqtt");
    let kept = (1..=MACHINES).map(|machine| recorder.submit_in_company(report(machine), link.heard(), machine));
    let kept = futures_util::future::join_all(kept).await;
    let seqs: Vec<u64> = kept.into_iter().map(|receipt| receipt.unwrap().seq).collect();
    assert!(seqs.windows(2).all(|pair| pair[0] < pair[1]), "{seqs:?}");
    let commits = counters.commits.get() - before;
    assert!(commits <= MACHINES / 2, "{MACHINES} readings at the same moment took {commits} commits");
    recorder.stop().await;
}

#[test]
fn who_was_waiting_for_an_acknowledgement_is_not_kept_waiting_again() {
    let just_now = Answered { at: Instant::now(), senders: vec![7] };
    assert!(just_now.held_up(7) && !just_now.held_up(8));
    let before = Answered { at: Instant::now().checked_sub(STRIDE * 2).unwrap(), senders: vec![7] };
    assert!(!before.held_up(7), "it had time to send and did not");
}
