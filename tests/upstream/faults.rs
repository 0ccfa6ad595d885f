//! One fault at a time: what a collector or the way to it can do to a delivery, and that it costs nothing but time.

use std::time::Duration;

use super::collector::Conduct::{self, *};
use super::collector::wait;
use super::stand::{PATIENCE, QUICK, Stand};

/// Name, what the collector does once, and whether the very same request must come again.
fn breaks() -> Vec<(&'static str, Conduct, bool)> {
    vec![
        ("reset as soon as a byte is there", ResetAtOnce, false),
        ("reset in the middle of the head", ResetAfter(60), false),
        ("reset in the middle of the batch", ResetAfter(900), false),
        ("everything read, closed without a word", CloseSilently, true),
        ("stored, then reset", KeepThenReset, true),
        ("stored, half a status line", KeepThenHalfHead, true),
        ("stored, half a body", KeepThenHalfBody, true),
        ("stored, chunked without an end", KeepThenNoEnd, true),
        ("stored, never answered", KeepThenHang, true),
        ("stored, the head answered and no more", KeepThenHalfHang, true),
        ("stored, answered byte by byte for too long", KeepThenDrip(Duration::from_millis(100)), true),
        ("stored, answered byte by byte but in time", KeepThenDrip(Duration::from_millis(2)), false),
        ("stored, an answer without end", KeepEndless, false),
        ("not HTTP at all", Nonsense, true),
    ]
}

fn says() -> Vec<(&'static str, Conduct, bool)> {
    let bare = |status| Say(status, Vec::new());
    let soon = jiff::Timestamp::now() + Duration::from_secs(1);
    let date = jiff::fmt::rfc2822::DateTimePrinter::new();
    let date = |at| date.timestamp_to_rfc9110_string(&at).unwrap();
    vec![
        ("500", bare(500), true),
        ("502", bare(502), true),
        ("504", bare(504), true),
        ("599", bare(599), true),
        ("408", bare(408), true),
        ("409", bare(409), true),
        ("425", bare(425), true),
        ("429 and no word for how long", bare(429), true),
        ("429 for no time at all", Say(429, vec![("Retry-After", "0".to_owned())]), true),
        ("429 for something unreadable", Say(429, vec![("Retry-After", "soon".to_owned())]), true),
        ("503 until a date that is over", Say(503, vec![("Retry-After", date(soon - Duration::from_hours(9)))]), true),
        ("404", bare(404), true),
        ("410", bare(410), true),
        ("415", bare(415), true),
        ("300", bare(300), true),
        ("305", bare(305), true),
    ]
}

/// Each of `faults` once, in an order that the seed gives; more rounds by `PORTICO_UPSTREAM_ROUNDS`.
fn endure(faults: &dyn Fn() -> Vec<(&'static str, Conduct, bool)>) {
    let mut stand = Stand::new(QUICK);
    stand.feed(40, 4);
    stand.settle();
    let rounds = std::env::var("PORTICO_UPSTREAM_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    for _ in 0..rounds {
        let mut faults = faults();
        while !faults.is_empty() {
            let at = stand.dice.roll(faults.len() as u64) as usize;
            let (name, conduct, again) = faults.swap_remove(at);
            let before = stand.collector.state().ledger.requests.len();
            stand.collector.meet_next([conduct.clone()]);
            let (readings, scans) = (10 + stand.dice.roll(60) as usize, stand.dice.roll(6) as usize);
            stand.feed(readings, scans);
            assert!(stand.collector.wait_met(PATIENCE), "{name} was never met\n{}", stand.daemon.log());
            stand.settle();
            let state = stand.collector.state();
            let seen = &state.ledger.requests[before..];
            if let Some(met) = seen.iter().find(|request| request.conduct == conduct) {
                let alike = seen.iter().filter(|request| request.key == met.key && request.ids == met.ids).count();
                assert_eq!(alike, if again { 2 } else { 1 }, "{name}: so often came the very same request");
            } else {
                assert!(matches!(conduct, ResetAtOnce | ResetAfter(_)), "{name} left no trace");
            }
        }
    }
    assert!(stand.parked().is_empty(), "{:?}", stand.parked());
}

#[test]
fn a_connection_that_breaks_anywhere_loses_nothing() {
    endure(&breaks);
}

#[test]
fn an_answer_that_is_none_loses_nothing() {
    endure(&says);
}

#[test]
fn a_wait_that_is_asked_for_is_waited() {
    let mut stand = Stand::new(QUICK);
    let date = jiff::fmt::rfc2822::DateTimePrinter::new();
    // The date is by a clock three hours off, and so is the answer's own.
    let theirs = jiff::Timestamp::now() - Duration::from_hours(3);
    let date = |at| date.timestamp_to_rfc9110_string(&at).unwrap();
    for (status, headers) in [
        (429, vec![("Retry-After", "2".to_owned())]),
        (503, vec![("Retry-After", "2".to_owned())]),
        (503, vec![("Date", date(theirs)), ("Retry-After", date(theirs + Duration::from_secs(2)))]),
    ] {
        stand.settle();
        let before = stand.collector.state().ledger.requests.len();
        let told = Say(status, headers);
        stand.collector.meet_next([told.clone()]);
        stand.feed(30, 3);
        assert!(stand.collector.wait_met(PATIENCE));
        stand.settle();
        let state = stand.collector.state();
        let seen = &state.ledger.requests[before..];
        let met = seen.iter().position(|request| request.conduct == told).unwrap();
        // What the other lane had sent by then was on its way already.
        let gap = seen[met + 1..].iter().map(|next| next.at - seen[met].at).filter(|gap| gap.as_millis() > 500).min();
        assert!(gap.unwrap() >= Duration::from_secs(2), "{told:?}: back after {gap:?}");
        assert!(gap.unwrap() < Duration::from_secs(8), "{told:?}: back after {gap:?} only");
    }
}

#[test]
fn a_redirect_is_followed_nowhere_and_said() {
    let elsewhere = std::net::TcpListener::bind(super::support::daemon::free_address()).unwrap();
    let place = format!("http://{}/login", elsewhere.local_addr().unwrap());
    let mut stand = Stand::new(QUICK);
    for status in [301, 302, 303, 307, 308] {
        let go = Say(status, vec![("Location", place.clone())]);
        stand.collector.meet_next([go.clone(), go]);
        stand.feed(20, 2);
        let view = stand.wait_view("refused", |view| view["state"] == "refused");
        assert!(view["reason"].as_str().unwrap().contains(&place), "{view}");
        stand.settle();
    }
    elsewhere.set_nonblocking(true).unwrap();
    assert!(elsewhere.accept().is_err(), "somebody went where the redirect pointed");
}

#[test]
fn a_batch_that_is_too_large_is_halved_and_the_size_remembered() {
    let mut stand = Stand::new(QUICK);
    stand.settle();
    stand.collector.go_away();
    stand.collector.state().taste.events_max = Some(40);
    stand.feed(1_200, 90);
    stand.collector.come_back();
    stand.settle();
    let state = stand.collector.state();
    let too_large = state.ledger.requests.iter().filter(|request| request.status == 413).count();
    // 500 -> 250 -> 125 -> 62 -> 31 a lane, and once more after it had grown again.
    assert!((1..=10).contains(&too_large), "{too_large} batches were too large");
    let most = state.ledger.requests.iter().filter(|request| request.status == 202).map(|request| request.ids.len());
    assert!((21..=40).contains(&most.max().unwrap()));
    drop(state);
    assert!(stand.parked().is_empty());
}

#[test]
fn one_poisoned_event_is_parked_and_shown_while_the_rest_flows() {
    let mut stand = Stand::new(QUICK);
    stand.settle();
    for (n, status) in [(1, 422), (2, 400)] {
        stand.collector.state().taste.poison = Some((format!("POISON-{n}"), status));
        stand.collector.go_away();
        let mut codes: Vec<String> = (0..30).map(|guest| format!("G-{guest}")).collect();
        codes.insert(stand.dice.roll(30) as usize, format!("POISON-{n}"));
        stand.feed_with(300, &codes);
        stand.collector.come_back();
        stand.settle();
        assert_eq!(stand.parked().len(), n, "{:?}", stand.parked());
        let view = stand.view();
        assert_eq!(view["parked"], n, "{view}");
    }
    // It is still known after the power was cut, and it was not tried again.
    let sent = stand.collector.state().ledger.requests.len();
    stand.daemon.kill();
    stand.daemon.run();
    stand.feed(10, 1);
    stand.settle();
    assert_eq!(stand.wait_view("parked", |view| view["parked"] == 2)["state"], "connected");
    let tried = stand.collector.state().ledger.requests[sent..].iter().filter(|request| request.status != 202).count();
    assert_eq!(tried, 0, "what was parked was sent again");
    let listed = stand.daemon.get("/api/v1/upstream/parked?limit=10");
    let listed = listed["parked"].as_array().unwrap();
    assert_eq!(listed.len(), 2);
    for (parked, (n, status)) in listed.iter().zip([(2, 400), (1, 422)]) {
        assert_eq!(parked["entry"]["subject"], format!("guest/POISON-{n}"), "{parked}");
        assert_eq!(parked["lane"], "urgent", "{parked}");
        assert!(parked["reason"].as_str().unwrap().starts_with(&status.to_string()), "{parked}");
    }
}

#[test]
fn a_collector_that_refuses_everything_costs_a_few_entries_however_often_the_gateway_starts() {
    let mut stand = Stand::new(QUICK);
    stand.settle();
    stand.collector.state().taste.poison = Some(("specversion".to_owned(), 400));
    stand.feed(60, 60);
    let full = |view: &serde_json::Value| view["state"] == "refused" && view["parked"] == 64;
    stand.wait_view("32 parked on each lane", full);
    for in_order in [false, true] {
        if in_order {
            assert!(stand.daemon.stop().success());
        } else {
            stand.daemon.kill();
        }
        stand.daemon.run();
        stand.feed(5, 1);
        let asked = stand.collector.state().ledger.requests.len();
        assert!(wait(PATIENCE, || stand.collector.state().ledger.requests.len() > asked + 8));
        assert_eq!(stand.wait_view("refused", |view| view["state"] == "refused")["parked"], 64);
    }
    stand.collector.state().taste.poison = None;
    stand.settle();
    assert_eq!(stand.parked().len(), 64);
}

#[test]
fn a_wrong_token_is_said_tried_slowly_and_taken_up_anew_when_it_is_right() {
    let mut stand = Stand::new(QUICK);
    let token = stand.file("token");
    for status in [401, 403] {
        std::fs::write(&token, "wrong").unwrap();
        std::process::Command::new("chmod").arg("600").arg(&token).status().unwrap();
        assert!(stand.daemon.stop().success());
        stand.collector.state().taste.token = Some(("right".to_owned(), status));
        let section = Stand::section(&stand.collector, &format!("token_file = \"token\"\n{QUICK}"));
        stand.daemon.configure(&section);
        stand.daemon.run();
        let before = stand.collector.state().ledger.requests.len();
        stand.feed(20, 2);
        let view = stand.wait_view("refused", |view| view["state"] == "refused");
        let reason = view["reason"].as_str().unwrap();
        assert!(reason.starts_with(&status.to_string()) && reason.ends_with("check the token"), "{view}");
        std::thread::sleep(Duration::from_secs(2));
        let state = stand.collector.state();
        let tries = state.ledger.requests[before..].iter().filter(|request| request.status == status).count();
        drop(state);
        // Two lanes, every 0.7 s.
        assert!((2..=10).contains(&tries), "{tries} tries in two seconds");
        // What lasts is told as an alert: one, with its reason, and over when the token is mended.
        let told = (status == 403).then(|| stand.wait_alert("pending", status));
        std::fs::write(&token, "right").unwrap();
        stand.settle();
        if let Some(told) = told {
            assert_eq!(told["id"], stand.wait_alert("resolved", status)["id"]);
        }
    }
    let devices = stand.daemon.get("/api/v1/overview")["devices"].to_string();
    assert!(!devices.contains("upstream"), "upstream is told twice: {devices}");
}
