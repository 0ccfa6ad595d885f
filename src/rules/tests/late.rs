//! `late_arrival`.

use super::{check, run, time};
use crate::facts::{AlertState, Value};

const PLAN: &str = "plan G-1 9h; G-2 vip 9h place=hall vehicle=car-1; G-3 9h cancelled; G-4; K1 kiosk @6h";

#[test]
fn fires_at_the_end_of_the_grace_and_not_a_millisecond_before() {
    check("plan G-1 9h @6h, tick @9h29m59s999ms", "");
    check("plan G-1 9h @6h, tick @20h", "G-1 firing @9h30m");
    check("plan G-1 vip 9h @6h, tick @20h", "G-1 firing @9h10m");
    check("plan G-1 9h @6h, scan G-1 K1 @9h29m, scan G-9 K1 @9h30m", "");
    // Neither the cancelled nor the one without a time.
    check("plan G-3 9h cancelled; G-4 @6h, tick @20h", "");
}

#[test]
fn ends_when_the_guest_comes() {
    check("plan G-1 9h @6h, scan G-1 K1 @9h45m", "G-1 firing @9h30m, G-1 arrived_late @9h45m");
    // At the wrong door he is not in.
    check("plan G-1 9h point=main @6h, scan G-1 K1 point=side @9h45m", "G-1 firing @9h30m");
    // Somebody who goes out was in.
    check("plan G-1 9h @6h, scan G-1 K1 exit @9h45m", "G-1 firing @9h30m, G-1 arrived_late @9h45m");
    // He comes to his second visit: nobody waits for him at the first any more.
    check(
        "plan G-1 9h; G-1 14h @6h, scan G-1 K1 @13h50m, tick @18h",
        "G-1 firing @9h30m, G-1 arrived_late @13h50m, K1 silent @13h52m",
    );
}

#[test]
fn a_late_report_is_not_a_late_guest() {
    let cut_off = "plan G-1 9h; G-2 9h @6h, scan G-8 K1 seen=8h50m @8h50m, scan G-9 K1 seen=8h51m @8h51m";
    let tale = format!("{cut_off}, scan G-1 K1 seen=9h5m @9h40m, scan G-2 K1 seen=9h35m @9h40m");
    check(
        &tale,
        "K1 silent @8h53m, G-1 firing @9h30m, G-2 firing @9h30m, K1 heard @9h40m, G-1 firing @9h40m, G-2 firing @9h40m, \
         G-1 reported_late @9h40m, G-2 arrived_late @9h40m",
    );
    let out = run(&tale);
    let find = |text: &str| out.changes.iter().rfind(|alert| alert.subject.to_string() == text).unwrap();
    let value = |guest: &str, key: &'static str| find(guest).values.get(key).cloned();
    assert_eq!(value("guest/G-1", "late_by_s"), Some(Value::from(300)));
    assert_eq!(value("guest/G-1", "reported_after_s"), Some(Value::from(2_100)));
    assert_eq!(value("guest/G-1", "kiosk_silent"), Some(Value::from("K1")));
    assert_eq!(value("guest/G-1", "kiosk_silent_since"), Some(Value::from("2026-11-23T08:51:00.000Z")));
    assert_eq!(value("guest/G-2", "late_by_s"), Some(Value::from(2_100)));
}

#[test]
fn a_late_guest_may_be_here_only_as_long_as_a_kiosk_is_silent() {
    let out = run("plan G-1 9h @6h, say K1 online @8h50m, say K2 online @8h51m, tick @9h31m, ack A-3 li @9h32m, \
         say K1 online @9h40m, say K2 online @9h45m, say K1 online @9h46m");
    let told: Vec<_> = out.changes.iter().filter(|alert| alert.rule.word() == "late_arrival").collect();
    let heard: Vec<_> = told.iter().map(|alert| (alert.state, alert.values.get("kiosk_heard_at").cloned())).collect();
    // At 9h45m the first one is silent again.
    let at = Some(Value::from(time("9h46m")));
    let acknowledged = AlertState::Acknowledged;
    assert_eq!(heard, [(AlertState::Firing, None), (acknowledged, None), (acknowledged, at)], "when none is silent");
}

#[test]
fn tells_what_a_person_needs_to_act() {
    let out = run(&format!("{PLAN}, say K1 online @9h9m, tick @9h20m"));
    let alert =
        out.engine.present(1, super::time("9h20m")).alerts.into_iter().find(|a| a.rule.word() == "late_arrival");
    let values = serde_json::to_string(&alert.unwrap().values).unwrap();
    assert_eq!(
        values,
        concat!(
            r#"{"code":"G-2","expected_at":"2026-11-23T09:00:00.000Z","grace_s":600,"late_by_s":600,"#,
            r#""place":"hall","tier":"vip","vehicle":"car-1"}"#
        )
    );
}

#[test]
fn a_plan_can_make_and_unmake_lateness() {
    check(
        "plan G-1 9h @6h, plan G-1 11h @10h, tick @20h",
        "G-1 firing @9h30m, G-1 plan_changed @10h, G-1 firing @11h30m",
    );
    check("plan G-1 9h @6h, plan G-1 9h cancelled @10h, tick @20h", "G-1 firing @9h30m, G-1 cancelled @10h");
    check("plan G-1 9h @6h, plan G-2 23h @10h, tick @20h", "G-1 firing @9h30m, G-1 plan_changed @10h");
    // Moved, but late by the new time too: the same alert goes on.
    check("plan G-1 9h @6h, plan G-1 9h5m @10h, scan G-1 K1 @10h1m", "G-1 firing @9h30m, G-1 arrived_late @10h1m");
    // Late already when the plan comes: told then, with the real lateness, in the order of the deadlines.
    check("plan G-2 9h; G-1 9h10m vip @12h", "G-1 firing @12h, G-2 firing @12h");
    let out = run("plan G-2 9h @12h");
    assert_eq!(out.changes[0].values.get("late_by_s"), Some(&Value::from(3 * 3600)));
    // Who arrived stays arrived, also when the time moves.
    check("plan G-1 9h @6h, scan G-1 K1 @8h, plan G-1 9h30m @8h1m, plan G-1 9h30m; G-2 23h @8h1m", "");
    // The same plan again changes nothing.
    check("plan G-1 9h @6h, plan G-1 9h @6h, tick @9h31m, plan G-1 9h @10h", "G-1 firing @9h30m");
}

#[test]
fn nothing_new_is_told_after_the_day() {
    check("plan G-1 9h @23h59m, tick @30h", "G-1 firing @23h59m");
    check("plan G-1 9h @24h, tick @30h", "");
    check("plan G-1 23h45m @6h, tick @30h", "");
    // What was told stays until somebody comes or says so.
    check("plan G-1 9h @6h, resolve A-1 li gone home @25h", "G-1 firing @9h30m, G-1 operator @25h");
}

#[test]
fn an_untrusted_clock_accuses_nobody() {
    let untrusted = |at: &str| format!("clock_untrusted pending @{at}, clock_untrusted firing @{at}, ");
    check("clock untrusted @6h, plan G-1 9h @6h, tick @20h", &untrusted("6h"));
    check(
        "clock untrusted @6h, plan G-2 vip 9h; G-1 9h @6h, clock trusted @9h45m, tick @20h",
        &(untrusted("6h") + "clock_untrusted cleared @9h45m, G-2 firing @9h45m, G-1 firing @9h45m"),
    );
    check(
        "plan G-1 9h @6h, clock untrusted @9h, tick @10h, clock trusted @10h",
        &(untrusted("9h") + "clock_untrusted cleared @10h, G-1 firing @10h"),
    );
    // Told, then the clock is put back to before the deadline: nobody is late.
    check(
        "plan G-1 9h @6h, tick @9h31m, clock trusted -1h @8h31m, tick @9h31m",
        "G-1 firing @9h30m, G-1 cleared @8h31m, G-1 firing @9h30m",
    );
}

#[test]
fn people_take_an_alert_on_write_on_it_and_end_it() {
    let tale = "plan G-1 9h @6h, ack A-1 li @9h29m, ack A-1 li called the host @9h31m, ack A-1 wu @9h32m, \
                note A-1 wu jam on the ring road @9h33m, resolve A-1 li @9h40m, resolve A-1 li @9h41m, \
                note A-1 li next time a driver @9h50m, ack A-7 li @9h51m, tick @20h";
    check(
        tale,
        "G-1 firing @9h30m, G-1 acknowledged @9h31m, G-1 acknowledged @9h33m, G-1 operator @9h40m, G-1 operator @9h50m",
    );
    let out = run(tale);
    let last = out.changes.last().unwrap();
    let notes: Vec<String> = last.notes.iter().map(|note| format!("{}: {}", note.by, note.text)).collect();
    assert_eq!(notes, ["li: called the host", "wu: jam on the ring road", "li: next time a driver"]);
    assert_eq!(last.acknowledged_by.as_ref().unwrap().as_str(), "li");
    for (id, known) in [("A-1", true), ("A-2", false), ("A-01", false), ("A-+1", false), ("A-0", false), ("", false)] {
        assert_eq!(out.engine.has_alert(id), known, "{id}");
    }
    // Ended by hand, it is not told again; moved by the plan, it may be.
    check(
        "plan G-1 9h @6h, resolve A-1 li @9h40m, plan G-1 9h @9h50m, plan G-1 11h @10h, tick @12h",
        "G-1 firing @9h30m, G-1 operator @9h40m, G-1 firing @11h30m",
    );
}

#[test]
fn other_rules_judge_anew() {
    let more = r#"rules {"late_arrival":{"grace":"1h"}} @9h40m"#;
    check(
        &format!("plan G-1 9h @6h, {more}, tick @20h"),
        "G-1 firing @9h30m, G-1 rule_changed @9h40m, G-1 firing @10h",
    );
    let less = r#"rules {"late_arrival":{"grace":"5m"}} @9h10m"#;
    check(&format!("plan G-1 9h @6h, {less}, tick @20h"), "G-1 firing @9h10m");
    let off = r#"rules {"late_arrival":{"enabled":false}} @9h40m"#;
    check(&format!("plan G-1 9h; G-2 10h @6h, {off}, tick @20h"), "G-1 firing @9h30m, G-1 rule_changed @9h40m");
    check(
        &format!("plan G-1 9h @6h, {off}, rules {{}} @9h50m"),
        "G-1 firing @9h30m, G-1 rule_changed @9h40m, G-1 firing @9h50m",
    );
    check("plan G-1 9h @6h, rules {} @9h40m, rules nonsense @9h41m", "G-1 firing @9h30m");
}
