//! How many messages a minute each device sends: what was counted now and then over the last minutes.
//!
//! By the gateway's own clock, so that a demo's minute is the demo's. Promises to hold a few counts a device and no
//! more, and to say nothing where it would have to guess: before a minute is known, after the clock was set, and after
//! the counts began anew.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::site::Site;
use crate::facts::{DeviceView, Milli, Present, Span, Subject, Timestamp};
use crate::recorder::NotKept;

/// Over how long is counted.
const OVER: Span = Span::from_mins(5);
/// Over less than this nothing is said.
const KNOWN_AFTER: Span = Span::from_mins(1);
/// A count that is older tells nothing of now: the clock was set, or the machine slept.
const STALE: Span = Span::from_mins(15);
/// How often is counted, by the gateway's clock …
const EVERY: Span = Span::from_secs(30);
/// … but however fast that is, not more often than this.
const EVERY_AT_LEAST: Duration = Duration::from_secs(1);
/// After a count that failed, on a clock that somebody moves.
const AGAIN_AFTER: Duration = Duration::from_secs(30);
/// Counts that are kept at most; with the times above there are fewer.
const COUNTS_MAX: usize = 16;

/// Everything a device sent, kept and not understood, by one moment.
#[derive(Debug)]
struct Count {
    at: Timestamp,
    /// A device that had sent nothing is not in it.
    of: BTreeMap<Subject, u64>,
}

/// The counts of the last minutes.
#[derive(Debug, Default)]
pub(super) struct Paces {
    counts: Mutex<VecDeque<Count>>,
}

impl Paces {
    /// Takes the counts of one moment.
    fn note(&self, now: Timestamp, devices: &[DeviceView]) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.back().is_some_and(|last| now < last.at || now.since(last.at) > STALE) {
            counts.clear();
        }
        // Of those that are old enough to count from, the youngest is enough.
        while counts.get(1).is_some_and(|second| now.since(second.at) >= OVER) || counts.len() >= COUNTS_MAX {
            counts.pop_front();
        }
        let heard = devices.iter().filter(|device| total(device) > 0);
        counts.push_back(Count { at: now, of: heard.map(|device| (device.id.clone(), total(device))).collect() });
    }

    /// How many counts are kept.
    #[cfg(test)]
    pub(super) fn counted(&self) -> usize {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Messages a minute of each device of a present, in its order; none where that is not known.
    pub(super) fn of(&self, present: &Present) -> Vec<Option<Milli>> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        present.devices.iter().map(|device| pace(&counts, present.now, device)).collect()
    }
}

fn total(device: &DeviceView) -> u64 {
    device.received + device.rejected
}

/// Tenths of a message are what a person can use.
fn pace(counts: &VecDeque<Count>, now: Timestamp, device: &DeviceView) -> Option<Milli> {
    let (mut least, mut from) = (total(device), None);
    for count in counts.iter().rev().filter(|count| count.at <= now) {
        let then = count.of.get(&device.id).copied().unwrap_or(0);
        // It was more before: the counts began anew in between.
        if then > least || now.since(count.at) > STALE {
            break;
        }
        (least, from) = (then, Some(count.at));
        if now.since(count.at) >= OVER {
            break;
        }
    }
    let span = now.since(from?);
    if span < KNOWN_AFTER {
        return None;
    }
    let tenths =
        (i128::from(total(device) - least) * 600_000 + i128::from(span.as_millis()) / 2) / i128::from(span.as_millis());
    Some(Milli::from_raw(i64::try_from(tenths).ok()?.saturating_mul(100)))
}

/// Counts until `cancel`, or until the recorder has ended.
pub(super) async fn run(paces: Arc<Paces>, site: Arc<Site>, cancel: CancellationToken) {
    loop {
        let wait = match site.recorder.present().await {
            Ok(present) => {
                paces.note(present.now, &present.devices);
                site.clock.wait_until(present.now.plus(EVERY)).unwrap_or(AGAIN_AFTER).max(EVERY_AT_LEAST)
            }
            Err(NotKept::Stopped) => return,
            Err(_) => AGAIN_AFTER,
        };
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::DeviceState;

    fn device(name: &str, received: u64, rejected: u64) -> DeviceView {
        let id = format!("kiosk/{name}").parse().unwrap();
        DeviceView {
            id,
            state: DeviceState::Online,
            heard_at: None,
            since: None,
            reason: None,
            received,
            rejected,
            last_rejected_at: None,
            last_reason: None,
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000 + seconds * 1_000)
    }

    fn told(paces: &Paces, seconds: i64, devices: &[DeviceView]) -> Vec<String> {
        let counts = paces.counts.lock().unwrap();
        let pace = |device| pace(&counts, at(seconds), device).map_or("?".to_owned(), |pace| pace.to_string());
        devices.iter().map(pace).collect()
    }

    #[test]
    fn it_is_told_over_five_minutes_once_a_minute_is_known() {
        let paces = Paces::default();
        assert_eq!(told(&paces, 0, &[device("A", 9, 1)]), ["?"]);
        paces.note(at(0), &[device("A", 9, 1)]);
        assert_eq!(told(&paces, 59, &[device("A", 30, 1)]), ["?"]);
        // Twenty kept and one not understood in a minute; one that was never heard before, and one that says nothing.
        let now = [device("A", 29, 2), device("B", 4, 0), device("C", 0, 0)];
        assert_eq!(told(&paces, 60, &now), ["21", "4", "0"]);
        for minute in 1..=20 {
            paces.note(at(60 * minute), &[device("A", 9 + minute as u64 * 2, 1), device("B", 4, 0)]);
        }
        // Over the last five minutes, whatever was before.
        assert_eq!(told(&paces, 60 * 20 + 30, &[device("A", 50, 1), device("B", 4, 0)]), ["2", "0"]);
        assert_eq!(told(&paces, 60 * 20 + 30, &[device("A", 49, 1)]), ["1.8"]);
        assert!(paces.counted() <= 7);
    }

    #[test]
    fn nothing_grows_however_often_and_for_however_long_it_counts() {
        let paces = Paces::default();
        for second in 0..10_000 {
            paces.note(at(second), &[device("A", second as u64, 0)]);
        }
        assert_eq!(paces.counted(), COUNTS_MAX);
    }

    #[test]
    fn a_clock_that_was_set_and_counts_that_began_anew_are_not_guessed_at() {
        let paces = Paces::default();
        paces.note(at(0), &[device("A", 100, 0)]);
        paces.note(at(60), &[device("A", 110, 0)]);
        assert_eq!(told(&paces, 120, &[device("A", 5, 0)]), ["?"], "fewer than before");
        assert_eq!(told(&paces, 120, &[device("A", 120, 0)]), ["10"]);
        assert_eq!(told(&paces, 60 * 60, &[device("A", 120, 0)]), ["?"], "an hour went by in no time");
        assert_eq!(told(&paces, -60, &[device("A", 120, 0)]), ["?"], "it went back");
        paces.note(at(60 * 60), &[device("A", 120, 0)]);
        assert_eq!(told(&paces, 60 * 61, &[device("A", 121, 0)]), ["1"]);
        paces.note(at(30), &[device("A", 121, 0)]);
        assert_eq!(told(&paces, 60, &[device("A", 130, 0)]), ["?"]);
        assert_eq!(told(&paces, 90, &[device("A", 130, 0)]), ["9"]);
    }
}
