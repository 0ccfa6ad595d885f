//! Alerts that are put aside.

use super::{Out, check, feed, run};
use crate::facts::AlertState;

/// A kiosk that falls silent: A-1 fires at 2 min.
const SILENT: &str = "say K1 online @0s, tick @2m";

#[test]
fn an_alert_that_is_put_aside_comes_back_in_time_though_nothing_arrives() {
    check(
        &format!("{SILENT}, shelve A-1 li 30m doors @3m, tick @32m59s, tick @4h"),
        "K1 silent @2m, K1 shelved until 33m @3m, K1 silent @33m",
    );
    check(
        &format!("{SILENT}, ack A-1 wang @2m30s, shelve A-1 li until=1h doors @3m, tick @4h"),
        "K1 silent @2m, K1 acknowledged @2m30s, K1 shelved until 1h @3m, K1 silent @1h",
    );
    let out = run(&format!("{SILENT}, ack A-1 wang @2m30s, shelve A-1 li 10m doors @3m, tick @4h"));
    let [.., aside, back] = &out.changes[..] else { panic!("{:?}", out.changes) };
    let shelf = aside.shelf.as_ref().unwrap();
    assert_eq!((shelf.by.as_str(), shelf.reason.as_str(), aside.acknowledged_at.is_some()), ("li", "doors", true));
    assert_eq!((back.state, back.acknowledged_by.as_ref(), back.fired_at), (AlertState::Firing, None, aside.fired_at));
    assert_eq!(back.shelf.as_ref().unwrap().ended_at, Some(back.at), "why it was quiet is still to be read");
}

#[test]
fn what_is_over_meanwhile_ends_and_does_not_come_back() {
    check(
        &format!(
            "{SILENT}, shelve A-1 li 30m doors @3m, say K1 online @10m, tick @11m, say K1 online @11m30s, tick @12m"
        ),
        "K1 silent @2m, K1 shelved until 33m @3m, K1 heard @10m",
    );
    check(
        &format!("{SILENT}, shelve A-1 li 30m doors @3m, resolve A-1 li @4m, tick @1h"),
        "K1 silent @2m, K1 shelved until 33m @3m, K1 operator @4m",
    );
}

#[test]
fn it_is_taken_back_by_hand_and_put_aside_anew() {
    check(
        &format!("{SILENT}, shelve A-1 li 30m a @3m, unshelve A-1 li @5m, unshelve A-1 li @6m, tick @1h"),
        "K1 silent @2m, K1 shelved until 33m @3m, K1 silent @5m",
    );
    check(
        &format!("{SILENT}, shelve A-1 li 30m a @3m, shelve A-1 li 1h b @10m, shelve A-1 li 5m c @11m, tick @2h"),
        "K1 silent @2m, K1 shelved until 33m @3m, K1 shelved until 1h 10m @10m, K1 shelved until 16m @11m, K1 silent @16m",
    );
}

#[test]
fn nothing_is_put_aside_for_ever_nor_before_it_fires() {
    check(
        &format!("{SILENT}, shelve A-1 li 20h a @3m, tick @23h"),
        "K1 silent @2m, K1 shelved until 12h 3m @3m, K1 silent @12h3m",
    );
    check("read lobby/t1 temperature=28 @0s, shelve A-1 li 30m a @1m, tick @2m", "lobby temperature high pending @0s");
    for end in ["0s", "-5m", "until=3m", "until=1m"] {
        check(&format!("{SILENT}, shelve A-1 li {end} a @3m, shelve A-9 li 5m a @4m"), "K1 silent @2m");
    }
}

#[test]
fn a_call_for_help_that_is_repeated_is_not_held_back() {
    check(
        "press lobby medical @1m, shelve A-1 li 30m drill @2m, press lobby medical @3m, tick @1h",
        "lobby medical firing @1m, lobby medical shelved until 32m @2m, lobby medical firing @3m",
    );
}

#[test]
fn a_length_runs_on_when_our_clock_is_set_and_a_moment_stays() {
    // Five minutes forward: half an hour is still half an hour.
    check(
        &format!("{SILENT}, shelve A-1 li 30m a @3m, clock stepped 5m @9m, tick @38m, tick @1h"),
        "K1 silent @2m, K1 shelved until 33m @3m, K1 shelved until 38m @9m, K1 silent @38m",
    );
    check(
        &format!("{SILENT}, shelve A-1 li until=33m a @3m, clock stepped 5m @9m, tick @1h"),
        "K1 silent @2m, K1 shelved until 33m @3m, K1 silent @33m",
    );
    // An hour forward, beyond the moment: back with the step, and told then.
    check(
        &format!("{SILENT}, shelve A-1 li until=33m a @3m, clock stepped 1h @1h4m, tick @2h"),
        "K1 silent @2m, K1 shelved until 33m @3m, K1 silent @1h4m",
    );
    // Ten hours back: a moment is never further away than a shelving may last.
    check(
        "say K1 online @20h, tick @20h2m, shelve A-1 li until=23h a @20h3m, clock stepped -10h @10h4m, tick @22h10m",
        "K1 silent @20h2m, K1 shelved until 23h @20h3m, K1 shelved until 22h 4m @10h4m, K1 silent @22h4m",
    );
}

#[test]
fn a_state_that_is_taken_up_again_knows_when_it_ends() {
    let (mut out, mut seq) = (Out::default(), 0);
    for line in format!("{SILENT}, shelve A-1 li 30m a @3m").split(", ") {
        feed(&mut out, line, &mut seq);
    }
    out.engine = super::Engine::restore(&out.engine.snapshot().unwrap()).unwrap();
    // Over a record of which entries were given up, the recorded alert is right.
    let recorded = vec![out.changes.last().unwrap().clone()];
    let mut over_gaps = super::Engine::over_gaps(1);
    for line in ["say K1 online @0s", "tick @4m"] {
        let mut out = Out { engine: over_gaps, ..Out::default() };
        feed(&mut out, line, &mut 0);
        over_gaps = out.engine;
    }
    assert_eq!(over_gaps.take_over(recorded, super::time("5m")), []);
    for mut engine in [out.engine, over_gaps] {
        let back = engine.advance(super::time("40m"));
        assert_eq!(back.len(), 1);
        assert_eq!((back[0].state, back[0].at), (AlertState::Firing, super::time("33m")));
    }
}
