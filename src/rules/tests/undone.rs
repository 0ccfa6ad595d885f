//! What was done by hand and is taken back.

use super::{check, name, run, time};
use crate::facts::{Command, Fact, Scan, Subject, VisitState};
use crate::rules::Engine;

/// A late guest whose alert fires at 9h30m.
const LATE: &str = "plan G-1 9h @1h";

fn tale(tale: &str, want: &str) {
    check(&format!("{LATE}, {tale}"), want);
}

#[test]
fn an_alert_that_was_taken_on_by_mistake_fires_again() {
    tale("ack A-1 li @9h40m, unack A-1 wang @9h40m10s, ack A-1 wang @9h50m", {
        "G-1 firing @9h30m, G-1 acknowledged @9h40m, G-1 firing @9h40m10s, G-1 acknowledged @9h50m"
    });
    let changes = run(&format!("{LATE}, ack A-1 li seen @9h40m, unack A-1 li @9h41m")).changes;
    let back = &changes[2];
    assert_eq!((back.acknowledged_at, &back.acknowledged_by, back.fired_at), (None, &None, changes[0].fired_at));
    assert_eq!(back.notes.len(), 1, "what was said with it stays said");
}

#[test]
fn it_is_given_back_soon_or_not_at_all() {
    tale("ack A-1 li @9h40m, unack A-1 li @9h41m1ms", "G-1 firing @9h30m, G-1 acknowledged @9h40m");
    // Of a clock that went back nobody knows how long ago that was.
    tale("ack A-1 li @9h40m, clock stepped -5m @9h35m5s, unack A-1 li @9h35m10s", {
        "G-1 firing @9h30m, G-1 acknowledged @9h40m"
    });
}

#[test]
fn what_nobody_has_taken_on_is_not_given_back() {
    tale("unack A-1 li @9h31m, unack A-9 li @9h31m", "G-1 firing @9h30m");
    tale("ack A-1 li @9h31m, shelve A-1 li 30m later @9h31m5s, unack A-1 li @9h31m10s", {
        "G-1 firing @9h30m, G-1 acknowledged @9h31m, G-1 shelved until 10h 1m 5s @9h31m5s"
    });
    tale("ack A-1 li @9h31m, scan G-1 K1 @9h31m5s, unack A-1 li @9h31m10s", {
        "G-1 firing @9h30m, G-1 acknowledged @9h31m, G-1 arrived_late @9h31m5s"
    });
}

/// What somebody says about a guest at the dashboard.
pub(super) fn said(verb: &str, words: &[&str], seq: u64) -> (Subject, Fact) {
    let (guest, by) = (name(words[0]), name(words[1]));
    let fact = match verb {
        "hand" => Fact::Scan(Scan::by_hand(name(&format!("S-{seq}")), guest).unwrap()),
        _ => Fact::Command(Command::UndoCheckIn { guest, by: by.clone(), scan_id: name(words[2]) }),
    };
    (Subject::Operator(by), fact)
}

/// How the first visit is shown after a tale, and how many entries it has.
fn visit(tale: &str, at: &str) -> (VisitState, bool, i64) {
    let visit = run(tale).engine.present(9, time(at)).visits.remove(0);
    (visit.state, visit.waits_since.is_some(), visit.late_by_s)
}

const VIP: &str = r#"rules {"guest_waiting":{"enabled":true,"after":"30s"},"late_arrival":{"tiers":{"vip":"10m"}}} @1h, plan G-1 vip 9h @1h"#;

#[test]
fn a_guest_who_was_checked_in_by_mistake_is_expected_or_late_again() {
    let expected = format!("{VIP}, hand G-1 li @8h");
    assert_eq!(visit(&expected, "8h"), (VisitState::Arrived, true, 0));
    assert_eq!(visit(&format!("{expected}, undo G-1 li S-3 @8h1m"), "8h1m"), (VisitState::Expected, false, 0));
    let late = format!("{VIP}, hand G-1 li @9h20m");
    assert_eq!(visit(&late, "9h20m"), (VisitState::Arrived, true, 1_200));
    assert_eq!(visit(&format!("{late}, undo G-1 li S-3 @9h21m"), "9h21m"), (VisitState::Late, false, 1_260));
    // Who was in, or had been, is where the kiosk left him.
    let was_in = format!("{VIP}, scan G-1 K1 @8h, hand G-1 li @9h20m, undo G-1 li S-4 @9h20m10s");
    assert_eq!(visit(&was_in, "9h21m"), (VisitState::Arrived, true, 0));
    let was_out =
        format!("{VIP}, scan G-1 K1 @8h, scan G-1 K1 exit @9h, hand G-1 li @9h20m, undo G-1 li S-5 @9h20m10s");
    assert_eq!(visit(&was_out, "9h21m"), (VisitState::Left, false, 0));
}

#[test]
fn what_the_check_in_ended_is_told_anew_and_nobody_has_taken_it_on() {
    check(&format!("{VIP}, ack A-1 li @9h15m, hand G-1 li @9h20m, undo G-1 li S-4 @9h20m40s"), {
        "G-1 firing @9h10m, G-1 acknowledged @9h15m, G-1 arrived_late @9h20m, G-1 firing @9h20m30s, \
         G-1 operator @9h20m40s, G-1 firing @9h20m40s"
    });
    // Its grace is over while he is taken for here, or after that.
    check(&format!("{VIP}, hand G-1 li @9h9m50s, undo G-1 li S-3 @9h10m10s"), "G-1 firing @9h10m10s");
    check(&format!("{VIP}, hand G-1 li @9h9m, undo G-1 li S-3 @9h9m10s, tick @9h11m"), "G-1 firing @9h10m");
    // Somebody had put an end to it already.
    check(&format!("{VIP}, resolve A-1 li @9h15m, hand G-1 li @9h20m, undo G-1 li S-4 @9h20m10s, tick @12h"), {
        "G-1 firing @9h10m, G-1 operator @9h15m"
    });
    // Nothing is compared with the plan before the trust is back.
    check(
        &format!("{VIP}, hand G-1 li @9h20m, clock untrusted @9h20m5s, undo G-1 li S-3 @9h20m10s, clock trusted @10h"),
        {
            "G-1 firing @9h10m, G-1 arrived_late @9h20m, clock_untrusted pending @9h20m5s, \
         clock_untrusted firing @9h20m5s, clock_untrusted cleared @10h, G-1 firing @10h"
        },
    );
}

#[test]
fn a_reminder_and_a_post_are_what_they_were() {
    let soon =
        r#"rules {"arrival_reminder":{"enabled":true},"late_arrival":{"enabled":false}} @1h, plan G-1 vip 9h @1h"#;
    check(&format!("{soon}, hand G-1 li @8h30m, undo G-1 li S-3 @8h30m10s, tick @9h"), {
        "G-1 firing @8h, G-1 arrived @8h30m, G-1 firing @8h30m10s, G-1 over @9h"
    });
    check(&format!("{soon}, resolve A-1 li @8h10m, hand G-1 li @8h30m, undo G-1 li S-4 @8h30m10s, tick @9h"), {
        "G-1 firing @8h, G-1 operator @8h10m"
    });
    let post = r#"rules {"post_unmanned":{"enabled":true}} @1h, plan desk post 9h..12h staff=G-1 @1h"#;
    check(&format!("{post}, hand G-1 li @8h40m, undo G-1 li S-3 @8h40m10s, tick @12h"), {
        "G-1 firing @8h30m, G-1 arrived @8h40m, G-1 firing @8h40m10s, G-1 over @12h"
    });
    check(&format!("{post}, resolve A-1 li @8h35m, hand G-1 li @8h40m, undo G-1 li S-4 @8h40m10s, tick @12h"), {
        "G-1 firing @8h30m, G-1 operator @8h35m"
    });
}

#[test]
fn who_is_here_is_not_taken_back() {
    let stays = |tale: &str, at: &str| {
        assert_eq!(visit(&format!("{VIP}, hand G-1 li @8h, {tale}"), at).0, VisitState::Arrived, "{tale}");
    };
    stays("undo G-1 li S-3 @8h1m1ms", "8h2m");
    stays("undo G-1 li S-9 @8h10s", "8h2m");
    stays("undo G-2 li S-3 @8h10s", "8h2m");
    stays("scan G-1 K1 @8h5s, undo G-1 li S-3 @8h10s", "8h2m");
    stays("receive G-1 li @8h5s, undo G-1 li S-3 @8h10s", "8h2m");
    stays("hand G-1 li @8h5s, undo G-1 li S-3 @8h10s", "8h2m");
    stays("clock stepped -5s @7h59m58s, undo G-1 li S-3 @8h10s", "8h2m");
    // Once is enough: taken back twice, a check-in of later stays.
    let again = "undo G-1 li S-3 @8h10s, hand G-1 li @8h20s, undo G-1 li S-3 @8h30s";
    stays(again, "8h2m");
    // A kiosk that says so of itself is no hand.
    assert_eq!(visit(&format!("{VIP}, scan G-1 dashboard @8h, undo G-1 li S-3 @8h10s"), "8h2m").0, VisitState::Arrived);
}

#[test]
fn what_can_be_taken_back_outlives_the_process() {
    let tale = format!("{VIP}, hand G-1 li @9h20m");
    let mut out = run(&tale);
    out.engine = Engine::restore(&out.engine.snapshot().unwrap()).unwrap();
    assert_eq!(out.engine.present(9, time("9h20m")).check_ins.len(), 1);
    let mut seq = 3;
    super::feed(&mut out, "undo G-1 li S-3 @9h20m40s", &mut seq);
    assert_eq!(out.engine, run(&format!("{tale}, undo G-1 li S-3 @9h20m40s")).engine);
    let present = out.engine.present(9, time("9h20m41s"));
    assert!(present.check_ins[0].taken_back && present.visits[0].state == VisitState::Late);
    assert!(out.engine.present(9, time("9h22m")).check_ins.is_empty());
}
