//! `guest_waiting`.

use super::{check, run, time};
use crate::facts::Value;

const ON: &str = r#"rules {"guest_waiting":{"enabled":true},"late_arrival":{"enabled":false},"silent":{"kiosk":{"enabled":false,"severity":"info","after":"24h"}}} @0s"#;
const PLAN: &str = "plan G-1 9h vip place=hall; G-2 9h place=hall; K1 kiosk=main; K2 kiosk=hall @1h";

#[test]
fn who_checked_in_and_is_not_received_is_told_once() {
    check(&format!("{ON}, {PLAN}, scan G-1 K1 @9h, tick @9h4m59s"), "");
    check(&format!("{ON}, {PLAN}, scan G-1 K1 @9h, scan G-1 K1 @9h2m, tick @12h"), "G-1 firing @9h5m");
    let out = run(&format!("{ON}, {PLAN}, scan G-1 K1 @9h, tick @9h10m"));
    let values = &out.changes[0].values;
    for (key, want) in [("place", Value::from("hall")), ("point", Value::from("main")), ("since", time("9h").into())] {
        assert_eq!(values.get(key), Some(&want), "{values:?}");
    }
    // Whoever is not received in person waits for nobody, unless the rule says so.
    check(&format!("{ON}, {PLAN}, scan G-2 K1 @9h, tick @12h"), "");
    let all = ON.replace(r#"{"enabled":true}"#, r#"{"enabled":true,"tiers":["vip","guest"],"after":"10m"}"#);
    check(&format!("{all}, {PLAN}, scan G-2 K1 @9h, tick @12h"), "G-2 firing @9h10m");
}

#[test]
fn the_host_says_so_or_a_scan_at_the_place() {
    check(&format!("{ON}, {PLAN}, scan G-1 K1 @9h, receive G-1 li @9h3m, tick @12h"), "");
    check(&format!("{ON}, {PLAN}, scan G-1 K1 @9h, receive G-1 li @9h7m"), "G-1 firing @9h5m, G-1 received @9h7m");
    check(&format!("{ON}, {PLAN}, scan G-1 K1 @9h, scan G-1 K2 @9h7m"), "G-1 firing @9h5m, G-1 received @9h7m");
    check(&format!("{ON}, {PLAN}, scan G-1 K1 @9h, scan G-1 K3 point=hall @9h7m"), {
        "G-1 firing @9h5m, G-1 received @9h7m"
    });
    // A second scan elsewhere is none, nor is one where he came in.
    check(&format!("{ON}, {PLAN}, scan G-1 K1 @9h, scan G-1 K3 point=side @9h1m, tick @9h6m"), "G-1 firing @9h5m");
    check(&format!("{ON}, {PLAN}, scan G-1 K2 @9h, scan G-1 K2 @9h1m, tick @9h6m"), "G-1 firing @9h5m");
    // Nobody is received before he is here.
    check(&format!("{ON}, {PLAN}, receive G-1 li @8h, receive G-7 li @8h, scan G-1 K1 @9h, tick @9h6m"), {
        "G-1 firing @9h5m"
    });
    let out = run(&format!("{ON}, {PLAN}, scan G-1 K1 @9h, receive G-1 li @9h7m"));
    let ended = &out.changes[1].values;
    assert_eq!(
        (ended.get("received_at"), ended.get("waited_s")),
        (Some(&time("9h7m").into()), Some(&Value::from(420)))
    );
}

#[test]
fn who_goes_out_waits_no_more_and_who_comes_back_waits_anew() {
    check(&format!("{ON}, {PLAN}, scan G-1 K1 @9h, scan G-1 K1 exit @9h3m, tick @10h"), "");
    check(
        &format!("{ON}, {PLAN}, scan G-1 K1 @9h, scan G-1 K1 exit @9h30m, scan G-1 K1 @10h, tick @11h"),
        "G-1 firing @9h5m, G-1 over @9h30m, G-1 firing @10h5m",
    );
    check(
        &format!(
            "{ON}, {PLAN}, scan G-1 K1 @9h, receive G-1 li @9h1m, scan G-1 K1 exit @9h30m, scan G-1 K1 @10h, tick @11h"
        ),
        "",
    );
}

#[test]
fn a_check_in_that_is_reported_late_counts_from_when_it_is_heard() {
    let upload = "scan G-2 K1 seen=8h @8h, scan G-1 K1 seen=9h @9h40m";
    check(&format!("{ON}, {PLAN}, {upload}, tick @10h"), "G-1 firing @9h45m");
    let out = run(&format!("{ON}, {PLAN}, {upload}, tick @10h"));
    assert_eq!(out.changes[0].pending_at, time("9h"));
    check(&format!("{ON}, {PLAN}, {upload}, scan G-1 K1 exit seen=9h30m @9h40m, tick @10h"), "");
}

#[test]
fn plan_rule_clock_and_people_change_it() {
    let waits = format!("{ON}, {PLAN}, scan G-1 K1 @9h, tick @9h10m");
    check(&format!("{waits}, plan G-1 9h vip cancelled @9h20m"), "G-1 firing @9h5m, G-1 cancelled @9h20m");
    check(&format!("{waits}, plan G-1 9h @9h20m"), "G-1 firing @9h5m, G-1 plan_changed @9h20m");
    check(&format!("{waits}, plan G-2 9h @9h20m"), "G-1 firing @9h5m, G-1 plan_changed @9h20m");
    check(&format!("{waits}, plan G-1 9h30m vip @9h20m, tick @11h"), "G-1 firing @9h5m");
    let off = ON.replace(r#"{"enabled":true}"#, "{}").replace("@0s", "@9h20m");
    check(&format!("{waits}, {off}, tick @9h25m"), "G-1 firing @9h5m, G-1 rule_changed @9h20m");
    let longer = ON.replace(r#"{"enabled":true}"#, r#"{"enabled":true,"after":"30m"}"#).replace("@0s", "@9h20m");
    check(&format!("{waits}, {longer}, tick @10h"), "G-1 firing @9h5m, G-1 rule_changed @9h20m, G-1 firing @9h30m");
    check(
        &format!("{waits}, resolve A-1 li @9h20m, {PLAN}, tick @11h").replace("@1h, tick @11h", "@9h30m, tick @11h"),
        "G-1 firing @9h5m, G-1 operator @9h20m",
    );
    // What is compared with no plan needs no trust; across a step nobody knows how long it was.
    check(&format!("{ON}, clock untrusted @30m, {PLAN}, scan G-1 K1 @9h, tick @10h"), {
        "clock_untrusted pending @30m, clock_untrusted firing @30m, G-1 firing @9h5m"
    });
    check(&format!("{ON}, {PLAN}, scan G-1 K1 @9h, clock trusted 1h @10h2m, tick @11h"), "G-1 firing @10h7m");
    check(&format!("{waits}, clock trusted 1h @10h12m, tick @12h"), "G-1 firing @9h5m");
}
