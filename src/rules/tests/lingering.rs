//! `room_climate` and `room_crowded` with an off-delay, and with a time for which alerts are kept.

use super::check;

const HIGH: &str = "lobby temperature high";

/// A lobby judged with these settings: temperatures `28 @0s`, and what becomes of it, `pending @0s`.
fn lingers(settings: &str, tale: &str, want: &str) {
    let tale = tale.split(", ").map(|part| match part.chars().next() {
        Some('0'..='9') => format!("read lobby/t1 temperature={part}"),
        _ => part.to_owned(),
    });
    let tale: Vec<String> = tale.collect();
    let want: Vec<String> = want.split(", ").map(|change| format!("{HIGH} {change}")).collect();
    check(&format!(r#"rules {{"room_climate":{{{settings}}}}} @0s, {}"#, tale.join(", ")), &want.join(", "));
}

const OFF: &str = r#""hold":"1m","off_delay":"3m""#;

#[test]
fn it_is_over_when_it_was_well_for_so_long() {
    lingers(OFF, "28 @0s, 25 @2m, tick @9m", "pending @0s, firing @1m, cleared @5m");
    // A door that opens and closes is one alert.
    lingers(
        OFF,
        "28 @0s, 25 @2m, 28 @4m, 25 @5m, 28 @7m59s, 26.6 @8m, 26.5 @9m, 20 @10m, tick @13m",
        "pending @0s, firing @1m, cleared @12m",
    );
    // Nobody was told yet: then there is nothing to keep.
    lingers(OFF, "28 @0s, 25 @30s, tick @9m", "pending @0s, cleared @30s");
    // Broken again in the very moment when it is over: that is another one.
    lingers(OFF, "28 @0s, 25 @2m, 28 @5m", "pending @0s, firing @1m, cleared @5m, pending @5m");
}

#[test]
fn it_stays_for_so_long_once_it_was_told() {
    let keep = r#""hold":"1m","keep":"10m""#;
    lingers(keep, "28 @0s, 25 @2m, tick @12m", "pending @0s, firing @1m, cleared @11m");
    lingers(keep, "28 @0s..14m/7m, 25 @20m", "pending @0s, firing @1m, cleared @20m");
    // The longer of both.
    let both = r#""hold":"1m","off_delay":"3m","keep":"4m""#;
    lingers(both, "28 @0s, 25 @90s, tick @9m", "pending @0s, firing @1m, cleared @5m");
    lingers(both, "28 @0s, 25 @4m, tick @9m", "pending @0s, firing @1m, cleared @7m");
}

#[test]
fn silence_is_not_well() {
    // Its sensor is silent from 19 minutes on, before the off-delay is over: nothing says that it is still well.
    check(
        r#"rules {"room_climate":{"hold":"1m","off_delay":"30m"}} @0s, read lobby/t1 temperature=28 @0s, read lobby/t1 temperature=25 @4m, tick @50m"#,
        "lobby temperature high pending @0s, lobby temperature high firing @1m, lobby/t1 silent @19m",
    );
    // It is heard again, and the time begins anew.
    check(
        r#"rules {"room_climate":{"hold":"1m","off_delay":"10m"},"silent":{"sensors":{"lobby/t1":"5m"}}} @0s, read lobby/t1 temperature=28 @0s, read lobby/t1 temperature=25 @1m, read lobby/t1 temperature=25 @8m..18m/2m, tick @19m"#,
        "lobby temperature high pending @0s, lobby temperature high firing @1m, lobby/t1 silent @6m, lobby/t1 heard @8m, \
         lobby temperature high cleared @18m",
    );
}

#[test]
fn people_plans_and_rules_end_it_at_once() {
    lingers(OFF, "28 @0s, 25 @2m, resolve A-1 li @3m, 28 @4m", "pending @0s, firing @1m, operator @3m, pending @4m");
    // Taken on and put aside, it goes its way.
    lingers(OFF, "28 @0s, ack A-1 li @2m, 25 @3m, tick @9m", "pending @0s, firing @1m, acknowledged @2m, cleared @6m");
    lingers(
        OFF,
        r#"28 @0s, 25 @2m, rules {"room_climate":{"enabled":false}} @3m, tick @9m"#,
        "pending @0s, firing @1m, rule_changed @3m",
    );
    lingers(
        OFF,
        r#"28 @0s, 25 @2m, rules {"room_climate":{"hold":"1m","off_delay":"8m"}} @3m, tick @12m"#,
        "pending @0s, firing @1m, cleared @10m",
    );
    lingers(
        OFF,
        r#"28 @0s, 25 @2m, rules {"room_climate":{"hold":"1m"}} @3m, tick @12m"#,
        "pending @0s, firing @1m, rule_changed @3m",
    );
    lingers(OFF, "28 @0s, 25 @2m, plan lobby temperature=..30 @3m", "pending @0s, firing @1m, plan_changed @3m");
    // What is left of it is left when our clock is moved.
    lingers(OFF, "28 @0s, 25 @2m, clock trusted 1h @1h3m, tick @1h9m", "pending @0s, firing @1m, cleared @1h5m");
    lingers(OFF, "28 @10m, 25 @12m, clock trusted -10m @3m, tick @9m", "pending @10m, firing @11m, cleared @5m");
}

#[test]
fn a_crowd_lingers_by_its_own_rule() {
    check(
        r#"rules {"room_crowded":{"enabled":true,"off_delay":"2m"}} @0s, plan hall holds=100 @0s, read hall/p1 occupancy=90 @0s, read hall/p1 occupancy=10 @3m, read hall/p1 occupancy=10 @4m, tick @6m"#,
        "hall occupancy high pending @0s, hall occupancy high firing @1m, hall occupancy high cleared @5m",
    );
}
