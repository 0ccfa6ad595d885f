//! `incident`.

use super::{check, run, time};
use crate::facts::Value;

#[test]
fn a_call_for_help_is_told_at_once_and_only_a_person_ends_it() {
    check(
        "press lobby medical @1m, tick @60m, ack A-1 li @61m, tick @23h, resolve A-1 li @23h30m, press lobby medical @23h40m",
        "lobby medical firing @1m, lobby medical acknowledged @61m, lobby medical operator @23h30m, \
         lobby medical firing @23h40m",
    );
    check("press lobby medical @1m, press lobby fire @2m, press hall medical @3m", {
        "lobby medical firing @1m, lobby fire firing @2m, hall medical firing @3m"
    });
}

#[test]
fn asked_for_again_it_is_told_again_with_how_often() {
    let out = run("press lobby medical @1m, ack A-1 li @2m, press lobby medical @3m, press lobby medical @4m");
    let last = out.changes.last().unwrap();
    assert_eq!((last.values.get("times"), out.changes.len()), (Some(&Value::from(3)), 4));
    check(
        "press lobby medical @1m, ack A-1 li @2m, press lobby medical @3m",
        "lobby medical firing @1m, lobby medical acknowledged @2m, lobby medical acknowledged @3m",
    );
}

#[test]
fn where_nobody_wants_to_hear_of_it_nobody_does() {
    let off = r#"rules {"incident":{"enabled":false}}"#;
    check(&format!("{off} @0s, press lobby medical @1m"), "");
    check(
        &format!("press lobby medical @1m, {off} @2m, tick @3m"),
        "lobby medical firing @1m, lobby medical rule_changed @2m",
    );
}

#[test]
fn a_call_that_was_long_under_way_says_when_it_was_made() {
    let asked = |text: &str| run(text).changes[0].values.get("asked_at").cloned();
    assert_eq!(asked("press lobby medical seen=9h @9h30s"), None);
    assert_eq!(asked("press lobby medical seen=7h @9h"), Some(Value::from(time("7h"))));
}

#[test]
fn a_button_gone_mad_fills_nothing() {
    let mad: Vec<String> = (0..150).map(|n| format!("press lobby word-{n} @{n}m")).collect();
    let out = run(&mad.join(", "));
    let open = out.engine.present(150, time("3h")).alerts;
    assert_eq!(open.len(), 101);
    assert_eq!(open[100].values.get("times"), Some(&Value::from(50)));
    assert_eq!(out.changes.len(), 150, "each is told");
}

#[test]
fn what_is_to_be_done_stands_in_the_alert() {
    let rules = r#"rules {"incident":{"checklists":{"medical":["Call","Clear"],"other":["Look"]}}} @0s"#;
    let steps = |pressed: &str| {
        let out = run(&format!("{rules}, {pressed}"));
        let values = out.changes.last().unwrap().values.clone();
        let steps = values.into_iter().filter(|(key, _)| key.starts_with("step_"));
        steps.map(|(key, step)| format!("{key} {step:?}")).collect::<Vec<_>>()
    };
    assert_eq!(steps("press lobby medical @1m"), [r#"step_01 Text("Call")"#, r#"step_02 Text("Clear")"#]);
    assert_eq!(steps("press lobby fire @1m"), [r#"step_01 Text("Look")"#]);
}
