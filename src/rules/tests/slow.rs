//! `kiosk_slow`.

use super::{check, run};
use crate::facts::{Span, Value};

const ON: &str = r#"rules {"kiosk_slow":{"enabled":true}} @0s"#;

/// Scans half a minute apart from `from` minutes on, each of which took so many seconds.
fn scans(from: i64, took: &[u32]) -> String {
    let scans = took.iter().zip(0..).map(|(took, n)| format!("scan G-9 K1 took={took} @{}s", from * 60 + n * 30));
    scans.collect::<Vec<_>>().join(", ")
}

#[test]
fn nine_of_ten_must_be_within_the_limit() {
    // One of ten may take as long as it likes.
    check(&format!("{ON}, {}", scans(1, &[60, 60, 60, 60, 60, 60, 60, 60, 60, 600])), "");
    check(&format!("{ON}, {}", scans(1, &[60, 60, 60, 60, 60, 60, 60, 60, 121, 600])), "K1 firing @5m30s");
    // Of a few nothing is concluded.
    check(&format!("{ON}, {}", scans(1, &[600; 9])), "");
    let out = run(&format!("{ON}, {}", scans(1, &[150; 10])));
    let values = &out.changes[0].values;
    assert_eq!(values.get("p90_s"), Some(&Value::from(Span::from_secs(150))));
    assert_eq!(values.get("scans"), Some(&Value::from(10)));
}

#[test]
fn it_is_over_when_nine_of_ten_are_well_within() {
    let fast = scans(6, &[60; 30]);
    // Thirty are remembered: with the third slow one left of them, nine of ten are fast.
    check(&format!("{ON}, {}, {fast}", scans(1, &[150; 10])), "K1 firing @5m30s, K1 cleared @19m");
}

#[test]
fn a_kiosk_without_check_ins_is_unknown_and_not_well() {
    check(
        &format!("{ON}, {}, tick @30m", scans(1, &[150; 10])),
        "K1 firing @5m30s, K1 silent @7m30s, K1 unknown @20m30s",
    );
}

#[test]
fn what_was_uploaded_late_or_was_no_check_in_says_nothing() {
    let late = scans(30, &[600; 12]).replace(" @", " seen=5m @");
    check(&format!("{ON}, {late}"), "");
    let exits = scans(1, &[600; 12]).replace(" took", " exit took");
    check(&format!("{ON}, {exits}"), "");
}

#[test]
fn another_limit_is_another_end() {
    let higher = r#"rules {"kiosk_slow":{"enabled":true,"above":"5m"}} @6m"#;
    check(&format!("{ON}, {}, {higher}", scans(1, &[150; 10])), "K1 firing @5m30s, K1 rule_changed @6m");
}
