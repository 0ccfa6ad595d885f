//! A link that comes and goes, and a collector that does something else each time.

use std::time::{Duration, Instant};

use super::collector::Conduct::*;
use super::stand::{PATIENCE, QUICK, Stand};

#[test]
fn an_upstream_that_flaps_every_second_gets_everything() {
    let mut stand = Stand::new(QUICK);
    let lasting_s = std::env::var("PORTICO_FLAP_S").ok().and_then(|s| s.parse().ok()).unwrap_or(8);
    let (begun, mut turns) = (Instant::now(), 0);
    let mut up = true;
    while begun.elapsed() < Duration::from_secs(lasting_s) {
        up = !up;
        turns += 1;
        if up {
            // Some batches arrive without their sender's knowing, some break off, some are put off.
            stand.collector.meet_next(match stand.dice.roll(6) {
                0 => vec![Keep, KeepThenReset],
                1 => vec![Keep, ResetAfter(700), KeepThenHalfBody],
                2 => vec![KeepThenHalfHead, KeepThenHang],
                3 => vec![Say(503, vec![("Retry-After", "1".to_owned())])],
                4 => vec![Say(500, Vec::new()), CloseSilently],
                _ => vec![],
            });
            stand.collector.come_back();
        } else {
            stand.collector.go_away();
        }
        let until = Instant::now() + Duration::from_millis(500 + stand.dice.roll(700));
        while Instant::now() < until {
            let (readings, scans) = (stand.dice.roll(30) as usize, stand.dice.roll(4) as usize);
            stand.feed(readings, scans);
            std::thread::sleep(Duration::from_millis(60));
        }
    }
    stand.collector.come_back();
    stand.settle();
    let state = stand.collector.state();
    let (requests, kept, again) = (state.ledger.requests.len(), state.ledger.count(), state.ledger.duplicates);
    println!("{turns} times gone or back: {kept} events in {requests} requests, {again} of them more than once");
    drop(state);
    assert!(stand.parked().is_empty());
}

#[test]
fn a_link_that_is_back_is_used_at_once_however_long_the_back_off_has_become() {
    // The first wait would be ten seconds at least.
    let mut stand = Stand::new("retry = { first = \"20s\", most = \"30s\" }\n");
    stand.settle();
    for _ in 0..2 {
        stand.collector.go_away();
        stand.feed(20, 2);
        let view = stand.wait_view("offline", |view| view["state"] == "offline");
        assert!(view["offline_since"].is_string() && view["backlog"].as_u64() > Some(0), "{view}");
        std::thread::sleep(Duration::from_secs(2));
        let events = stand.newest() as usize;
        stand.collector.come_back();
        let back = Instant::now();
        assert!(stand.collector.wait_for(events, PATIENCE), "{}", stand.daemon.log());
        let late = back.elapsed();
        println!("everything was there {late:?} after the link was back");
        assert!(late < Duration::from_secs(6), "only {late:?} after the link was back");
        stand.settle();
    }
    assert!(stand.collector.state().knocks > 0, "nobody knocked");
}
