//! What is committed together, who is not kept waiting for it, and what a step of our time leaves behind.

use std::sync::Arc;
use std::time::Duration;

use super::{Handle, Settings, new_epoch, rebuild, start};
use crate::clock::{Clock, Vouchers};
use crate::counters::Counters;
use crate::facts::{Command, Fact, Kind, Report, Span, Subject, Timestamp};
use crate::journal::{Journal, Lane, Reader};

/// Machines that report at the same moment.
const MACHINES: u64 = 20;

fn report(machine: u64) -> Report {
    let body = format!(r#"{{"room":"hall","sensor":"t{machine}","temperature":21.5}}"#);
    let device: Subject = format!("sensor/hall/t{machine}").parse().unwrap();
    Report { device, observed_at: None, fact: Fact::read_body(Kind::Reading, &body).unwrap(), awaited: true }
}

fn recorder(dir: &tempfile::TempDir, clock: Clock) -> (Handle, Arc<Counters>) {
    let path = dir.path().to_owned();
    let counters = Arc::new(Counters::default());
    let settings = Settings { linger: Duration::from_millis(250) };
    let open = move || Journal::open(&path, new_epoch);
    let runtime = tokio::runtime::Handle::current();
    (start(open, settings, clock, Arc::clone(&counters), runtime).unwrap(), counters)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_machines_send_is_committed_in_company() {
    let dir = tempfile::tempdir().unwrap();
    let (recorder, counters) = recorder(&dir, Clock::system(None, Vouchers::NOBODY));
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

fn clock_set(stepped: Span) -> Report {
    let stepped_ms = stepped.as_millis();
    let body = format!(r#"{{"trusted":true,"source":"operator","stepped_ms":{stepped_ms}}}"#);
    let fact = Fact::read_body(Kind::Clock, &body).unwrap();
    Report { device: Subject::Gateway, observed_at: None, fact, awaited: true }
}

#[tokio::test(flavor = "multi_thread")]
async fn within_an_epoch_no_stamp_runs_back_and_across_one_everything_still_follows() {
    let dir = tempfile::tempdir().unwrap();
    let noon: Timestamp = "2026-11-23T04:00:00Z".parse().unwrap();
    let clock = Clock::manual(noon);
    let (recorder, _) = recorder(&dir, clock.clone());
    recorder.submit(report(0)).await.unwrap();
    // Ten seconds back are no step: stamps stand still.
    clock.set(noon.minus(Span::from_secs(10)));
    recorder.submit(report(1)).await.unwrap();
    // An hour back begins an epoch, with the entry that says so.
    clock.set(noon);
    let step = recorder.submit(clock_set(Span::from_mins(-60))).await.unwrap().seq;
    clock.set(noon.minus(Span::from_mins(60)));
    recorder.submit(report(2)).await.unwrap();
    clock.set(noon.minus(Span::from_mins(61)));
    recorder.submit(report(3)).await.unwrap();
    clock.set(noon.minus(Span::from_mins(50)));
    let last = recorder.submit(report(4)).await.unwrap().seq;
    let present = recorder.present().await.unwrap();
    recorder.stop().await;

    let reader = Reader::open(dir.path()).unwrap();
    assert_eq!(reader.verify().unwrap().faults, []);
    let rows = reader.read(Lane::All, 0, 100, usize::MAX).unwrap().rows;
    let minutes: Vec<i64> = rows.iter().map(|row| noon.since(row.received_at).as_secs() / 60).collect();
    assert_eq!(minutes, [0, 0, 0, 0, 60, 60, 60, 50], "two of its own at the start, then ours");
    assert_eq!((rows[4].seq, rows.last().unwrap().seq), (step, last));
    // Whoever reads all of it knows what the recorder knew.
    let (engine, _) = rebuild(&mut Journal::open(dir.path(), new_epoch).unwrap()).unwrap();
    assert_eq!(engine.present(last, clock.now()), *present);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_two_who_set_the_time_at_once_is_obeyed() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::system(None, Vouchers::NOBODY);
    let (recorder, _) = recorder(&dir, clock.clone());
    recorder.submit(report(0)).await.unwrap();
    let now = clock.now();
    let orders = [1, 2].map(|hours| {
        let at = Some(now.plus(Span::from_mins(60 * hours)));
        let fact = Fact::Command(Command::TrustClock { by: "li".parse().unwrap(), at });
        recorder.submit(Report { device: Subject::Gateway, observed_at: None, fact, awaited: true })
    });
    futures_util::future::try_join_all(orders).await.unwrap();
    assert_eq!(clock.now().since(now).as_secs() / 3600, 2);
    recorder.stop().await;
    let rows = Reader::open(dir.path()).unwrap().read(Lane::All, 0, 100, usize::MAX).unwrap().rows;
    let kinds: Vec<&str> = rows.iter().map(|row| row.kind.word()).skip(3).collect();
    assert_eq!(kinds, ["command", "clock", "command", "clock"]);
}
