//! `post_unmanned`.

use super::{check, run};
use crate::facts::{Subject, Value};

const ON: &str = r#"rules {"post_unmanned":{"enabled":true}} @0s"#;
const PLAN: &str = "plan desk post 9h..12h staff=S-1 place=lobby @1h";

#[test]
fn who_is_not_seen_in_time_is_looked_for() {
    check(&format!("{ON}, {PLAN}, tick @13h"), "S-1 firing @8h30m, S-1 over @12h");
    check(&format!("{ON}, {PLAN}, scan S-1 K1 @8h29m, say K1 online @8h30m..13h/1m"), "");
    check(&format!("{ON}, {PLAN}, scan S-1 K1 @8h45m"), "S-1 firing @8h30m, S-1 arrived @8h45m");
    check(&format!("{ON}, {PLAN}, scan S-1 K1 @9h10m"), "S-1 firing @8h30m, S-1 arrived_late @9h10m");
    let out = run(&format!("{ON}, {PLAN}, tick @9h"));
    let values = &out.changes[0].values;
    assert_eq!((values.get("post"), values.get("place")), (Some(&Value::from("desk")), Some(&Value::from("lobby"))));
}

#[test]
fn who_goes_again_is_not_there_and_who_came_yesterday_neither() {
    check(&format!("{ON}, {PLAN}, scan S-1 K1 @8h, scan S-1 K1 exit @8h10m, say K1 online @8h11m..8h40m/1m"), {
        "K1 silent @8h2m, K1 heard @8h10m, S-1 firing @8h30m"
    });
    check(
        &format!("{ON}, plan desk post 20h..21h staff=S-1 @0s, scan S-1 K1 @1m, say K1 offline @2m, tick @19h40m"),
        "K1 silent @4m, S-1 firing @19h30m",
    );
}

#[test]
fn a_late_report_tells_that_he_was_there() {
    let silent = "say K1 online @8h, tick @8h40m";
    let late = "say K1 online @8h50m, scan S-1 K1 seen=8h20m @8h51m";
    let out = run(&format!("{ON}, {PLAN}, scan G-9 K1 seen=7h59m @7h59m, {silent}, {late}"));
    let told: Vec<String> =
        out.changes.iter().filter(|alert| alert.rule.word() == "post_unmanned").map(super::tell).collect();
    assert_eq!(told.len(), 3, "{told:?}: fires, learns that the kiosk is heard, ends");
    assert!(told[2].starts_with("S-1 reported_late"), "{told:?}");
    assert_eq!(out.changes[1].values.get("kiosk_silent"), Some(&Value::from("K1")), "{:?}", out.changes);
}

#[test]
fn a_post_without_anybody_is_unmanned() {
    check(&format!("{ON}, plan desk post 9h..12h place=lobby @1h, tick @9h"), "lobby firing @8h30m");
    let out = run(&format!("{ON}, plan desk post 9h..12h @1h, tick @9h"));
    assert_eq!(out.changes[0].subject, Subject::Gateway);
}

#[test]
fn plan_rule_and_clock_decide_when_it_is_looked_for() {
    check(&format!("{ON}, {PLAN}, tick @8h40m, plan desk post 10h..12h staff=S-1 @8h50m, tick @9h40m"), {
        "S-1 firing @8h30m, S-1 plan_changed @8h50m, S-1 firing @9h30m"
    });
    check(&format!("{ON}, {PLAN}, tick @8h40m, plan gate post 10h..12h @8h50m"), {
        "S-1 firing @8h30m, S-1 plan_changed @8h50m"
    });
    let earlier = r#"rules {"post_unmanned":{"enabled":true,"before":"1h"}} @8h"#;
    check(&format!("{ON}, {PLAN}, {earlier}"), "S-1 firing @8h");
    check(&format!("{ON}, {PLAN}, tick @8h40m, rules {{}} @8h50m"), "S-1 firing @8h30m, S-1 rule_changed @8h50m");
    check(&format!("{ON}, clock untrusted @30m, {PLAN}, tick @8h40m, clock trusted @8h45m"), {
        "clock_untrusted pending @30m, clock_untrusted firing @30m, clock_untrusted cleared @8h45m, S-1 firing @8h45m"
    });
    // What a person ended is not told again.
    check(
        &format!("{ON}, {PLAN}, tick @8h40m, resolve A-1 li @8h41m, {PLAN}, tick @13h")
            .replace("@1h, tick @13h", "@9h, tick @13h"),
        "S-1 firing @8h30m, S-1 operator @8h41m",
    );
}
