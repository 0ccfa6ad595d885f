//! The gateway's own conditions.

use super::{check, run, time};
use crate::facts::{AlertState, Part, Presence, Resolution, RuleKind, Severity, Subject, Value};
use crate::rules::Engine;

#[test]
fn upstream_is_told_after_its_hold_and_once() {
    check(
        "gateway upstream offline refused @1m, tick @20m",
        "upstream_offline pending @1m, upstream_offline firing @16m",
    );
    check(
        "gateway upstream offline refused @1m, gateway upstream offline reset @9m, gateway upstream online @15m59s",
        "upstream_offline pending @1m, upstream_offline cleared @15m59s",
    );
    check(
        "gateway upstream online @0s, gateway upstream offline x @1m, gateway upstream online @40m, tick @2h",
        "upstream_offline pending @1m, upstream_offline firing @16m, upstream_offline cleared @40m",
    );
}

#[test]
fn disk_backup_and_data_are_told_at_once() {
    let told = [
        ("disk", "disk_low"),
        ("budget", "disk_low"),
        ("backup", "backup_old"),
        ("data", "data_given_up"),
        ("journal", "data_given_up"),
    ];
    for (part, rule) in told {
        check(
            &format!("gateway {part} offline words @1m, gateway {part} offline words @2m, gateway {part} online @1h"),
            &format!("{rule} pending @1m, {rule} firing @1m, {rule} cleared @1h"),
        );
    }
}

#[test]
fn disk_and_budget_are_two_conditions_of_one_rule() {
    check(
        "gateway disk offline full @1m, gateway budget offline spent @2m, gateway disk online @3m, gateway budget online @4m",
        "disk_low pending @1m, disk_low firing @1m, disk_low pending @2m, disk_low firing @2m, \
         disk_low cleared @3m, disk_low cleared @4m",
    );
}

#[test]
fn an_untrusted_clock_is_told_until_it_is_trusted() {
    check(
        "clock trusted @0s, clock untrusted @1m, clock untrusted @2m, clock trusted @9m",
        "clock_untrusted pending @1m, clock_untrusted firing @1m, clock_untrusted cleared @9m",
    );
}

#[test]
fn the_alert_says_whom_why_and_for_how_long() {
    let out = run("gateway disk offline 2 % left @1m, gateway disk offline full @3m, gateway disk online @9m");
    let text = |alert: &crate::facts::Alert, key: &str| match alert.values.get(key) {
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        None => "-".to_owned(),
    };
    let first = &out.changes[0];
    assert_eq!(
        (first.rule, &first.subject, first.severity),
        (RuleKind::DiskLow, &Subject::Gateway, Severity::Critical)
    );
    assert_eq!((text(first, "reason"), text(first, "after_s")), ("2 % left".to_owned(), "0".to_owned()));
    let last = out.changes.last().unwrap();
    assert_eq!((last.state, last.resolution), (AlertState::Resolved, Some(Resolution::Cleared)));
    assert_eq!((text(last, "reason"), text(last, "lasted_s")), ("full".to_owned(), "480".to_owned()));
}

#[test]
fn an_alert_that_a_person_ended_comes_again_only_with_a_new_condition() {
    check(
        "gateway disk offline a @1m, resolve A-1 li @2m, gateway disk offline b @3m, gateway disk online @4m, \
         gateway disk offline c @5m",
        "disk_low pending @1m, disk_low firing @1m, disk_low operator @2m, disk_low pending @5m, disk_low firing @5m",
    );
    check(
        "gateway upstream offline a @0s, resolve A-1 li @2m, tick @1h",
        "upstream_offline pending @0s, upstream_offline operator @2m",
    );
}

#[test]
fn other_rules_end_tell_and_hold_anew() {
    let rules = |after: &str, enabled: bool| {
        format!(r#"{{"gateway":{{"upstream_offline":{{"enabled":{enabled},"severity":"info","after":"{after}"}}}}}}"#)
    };
    check(
        &format!(
            "gateway upstream offline x @0s, rules {} @1m, tick @6m, rules {} @7m, tick @10m, rules {} @20m, rules {} @30m",
            rules("5m", true),
            rules("10m", true),
            rules("10m", false),
            rules("10m", true)
        ),
        "upstream_offline pending @0s, upstream_offline firing @5m, upstream_offline rule_changed @7m, \
         upstream_offline pending @7m, upstream_offline firing @10m, upstream_offline rule_changed @20m, \
         upstream_offline pending @30m, upstream_offline firing @30m",
    );
}

#[test]
fn holds_restart_at_a_step_of_the_clock() {
    check(
        "gateway upstream offline x @1m, clock stepped 1h @1h6m, tick @2h",
        "upstream_offline pending @1m, upstream_offline firing @1h21m",
    );
}

#[test]
fn a_start_is_the_gateways_own_word_and_not_that_of_a_part() {
    let mut engine = Engine::new();
    let tale = ["say K1 online @0s", "gateway upstream online @10m"];
    for (seq, line) in (1..).zip(tale) {
        let entry = super::entry(line, seq).unwrap();
        engine.advance_before(&entry.device, &entry.fact, entry.received_at);
        engine.step(&entry);
    }
    let silent = engine.present(2, time("10m")).alerts;
    assert_eq!(silent.iter().map(|alert| alert.rule).collect::<Vec<_>>(), [RuleKind::KioskSilent]);
}

#[test]
fn what_a_part_says_is_read_back() {
    let report = crate::facts::DeviceReport::of_part(Part::Data, Some("readings".to_owned()));
    assert_eq!((report.state, report.part), (Presence::Offline, Some(Part::Data)));
    let over = crate::facts::DeviceReport::of_part(Part::Data, None);
    assert_eq!((over.state, over.reason), (Presence::Online, None));
}
