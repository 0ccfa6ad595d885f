//! `arrival_reminder`.

use super::{check, run, time};
use crate::facts::{Severity, Value};

const ON: &str = r#"rules {"arrival_reminder":{"enabled":true},"late_arrival":{"enabled":false}} @0s"#;
const PLAN: &str = "plan G-1 9h vip place=hall vehicle=car-1; G-2 9h @1h";

#[test]
fn is_told_once_before_the_guest_is_expected_and_over_when_he_is() {
    check(&format!("{ON}, {PLAN}, tick @20h"), "G-1 firing @8h, G-1 over @9h");
    let out = run(&format!("{ON}, {PLAN}, tick @8h30m"));
    let alert = out.changes.last().unwrap();
    assert_eq!(alert.severity, Severity::Info);
    for (key, want) in [("place", "hall".into()), ("vehicle", "car-1".into()), ("expected_at", time("9h").into())] {
        assert_eq!(alert.values.get(key), Some(&want), "{alert:?}");
    }
    assert_eq!(alert.values.get("tier"), Some(&Value::from("vip")));
    let all = ON.replace(r#"{"enabled":true}"#, r#"{"enabled":true,"tiers":["guest"],"before":"15m"}"#);
    check(&format!("{all}, plan G-1 9h vip; G-2 9h @1h, tick @20h"), "G-2 firing @8h45m, G-2 over @9h");
}

#[test]
fn ends_when_the_guest_comes_and_is_none_for_who_is_here() {
    let plan = "plan G-1 9h vip @1h";
    check(&format!("{ON}, {plan}, scan G-1 K1 @8h10m, say K1 offline @8h11m"), "G-1 firing @8h, G-1 arrived @8h10m");
    check(&format!("{ON}, {plan}, scan G-1 K1 @7h, tick @7h1m"), "");
    // Reported late: he was here already.
    check(
        &format!("{ON}, {plan}, scan G-2 K1 seen=7h @7h, say K1 online @7h1m..8h30m/1m, scan G-1 K1 seen=7h40m @8h30m"),
        "G-1 firing @8h, G-1 arrived @8h30m",
    );
}

#[test]
fn plan_rule_clock_and_people_change_it() {
    let told = format!("{ON}, plan G-1 9h vip @1h, tick @8h10m");
    check(&format!("{told}, plan G-1 9h vip cancelled @8h20m, tick @20h"), "G-1 firing @8h, G-1 cancelled @8h20m");
    check(&format!("{told}, plan G-2 9h @8h20m, tick @20h"), "G-1 firing @8h, G-1 plan_changed @8h20m");
    check(&format!("{told}, plan G-1 9h @8h20m, tick @20h"), "G-1 firing @8h, G-1 plan_changed @8h20m");
    // Moved: told anew with the new time, at once where that is near.
    check(&format!("{told}, plan G-1 9h10m vip @8h20m, tick @9h"), {
        "G-1 firing @8h, G-1 plan_changed @8h20m, G-1 firing @8h20m"
    });
    check(&format!("{told}, plan G-1 11h vip @8h20m, tick @10h30m"), {
        "G-1 firing @8h, G-1 plan_changed @8h20m, G-1 firing @10h"
    });
    check(&format!("{told}, plan G-1 9h vip place=hall @8h20m, tick @8h50m"), "G-1 firing @8h");
    check(&format!("{told}, resolve A-1 li @8h20m, plan G-1 9h vip @8h30m, tick @20h"), {
        "G-1 firing @8h, G-1 operator @8h20m"
    });
    check(&format!("{told}, rules {{}} @8h20m, tick @8h50m"), "G-1 firing @8h, G-1 rule_changed @8h20m");
    let later = ON.replace(r#"{"enabled":true}"#, r#"{"enabled":true,"before":"30m"}"#).replace("@0s", "@8h20m");
    check(&format!("{told}, {later}, tick @8h50m"), "G-1 firing @8h, G-1 rule_changed @8h20m, G-1 firing @8h30m");
    // A plan that comes late is told late, and one that comes too late not at all.
    check(&format!("{ON}, plan G-1 9h vip @8h50m, tick @20h"), "G-1 firing @8h50m, G-1 over @9h");
    check(&format!("{ON}, plan G-1 9h vip @9h, tick @20h"), "");
}

#[test]
fn an_untrusted_clock_reminds_of_nothing() {
    let untrusted = |at: &str| format!("clock_untrusted pending @{at}, clock_untrusted firing @{at}, ");
    check(
        &format!("{ON}, clock untrusted @30m, plan G-1 9h vip; G-2 8h20m vip @1h, clock trusted @8h30m, tick @8h40m"),
        &(untrusted("30m") + "clock_untrusted cleared @8h30m, G-1 firing @8h30m"),
    );
    check(
        &format!("{ON}, plan G-1 9h vip @1h, clock untrusted @8h10m, tick @9h30m, clock trusted @9h30m"),
        &(String::from("G-1 firing @8h, ") + &untrusted("8h10m") + "clock_untrusted cleared @9h30m, G-1 over @9h30m"),
    );
}
