//! What is chosen of alert changes, in lines.

use super::*;
use crate::facts::{Findings, Shelf, Values};

const START: i64 = 1_795_400_000_000;

fn at(secs: i64) -> Timestamp {
    Timestamp::from_millis(START + secs * 1000)
}

/// `A-1 firing @0 critical`: an alert change at a second.
fn change(seq: Seq, text: &str) -> Change {
    let words: Vec<&str> = text.split(' ').collect();
    let secs: i64 = words[2].trim_start_matches('@').parse().unwrap();
    let severity = match words.get(3) {
        Some(&"critical") => Severity::Critical,
        Some(&"info") => Severity::Info,
        _ => Severity::Warning,
    };
    let mut alert = Alert {
        id: words[0].parse().unwrap(),
        rule: RuleKind::RoomClimate,
        subject: "room/lobby".parse().unwrap(),
        severity,
        state: AlertState::Firing,
        at: at(secs),
        cause: None,
        pending_at: at(-300),
        fired_at: Some(at(secs)),
        acknowledged_at: None,
        acknowledged_by: None,
        shelf: None,
        resolved_at: None,
        resolution: None,
        values: Values::new(),
        notes: Vec::new(),
        findings: Findings::default(),
    };
    // All but the firing itself tell of an alert that fired at the start.
    match words[1] {
        "firing" => {}
        "pending" => (alert.state, alert.fired_at) = (AlertState::Pending, None),
        "acked" => {
            (alert.state, alert.fired_at, alert.acknowledged_at) =
                (AlertState::Acknowledged, Some(at(0)), Some(at(secs)));
        }
        // Given back by whoever took it on.
        "given" => alert.fired_at = Some(at(0)),
        "over" => {
            (alert.state, alert.fired_at, alert.resolved_at) = (AlertState::Resolved, Some(at(0)), Some(at(secs)));
        }
        "aside" | "back" => {
            let ended_at = (words[1] == "back").then(|| at(secs));
            let (since, by, reason) =
                (if ended_at.is_some() { at(0) } else { at(secs) }, "li".parse().unwrap(), String::new());
            alert.fired_at = Some(at(0));
            alert.state = if ended_at.is_some() { AlertState::Firing } else { AlertState::Shelved };
            alert.shelf = Some(Shelf { at: since, until: at(9_000), length: None, by, reason, ended_at });
        }
        other => panic!("{other}"),
    }
    Change { seq, at: at(secs), is_ours: true, alert }
}

fn wants(after_mins: i64) -> Wants {
    Wants {
        min_severity: Severity::Warning,
        rules: BTreeSet::new(),
        subjects: BTreeSet::new(),
        hosts: BTreeSet::new(),
        hours: None,
        after: Span::from_mins(after_mins),
        resolved: true,
    }
}

/// What is chosen of these changes at a second, in a line.
fn chosen(changes: &str, now: i64, wants: &Wants) -> String {
    let changes: Vec<Change> = changes.split(", ").zip(1..).map(|(text, seq)| change(seq, text)).collect();
    match choose(&changes, &BTreeMap::new(), at(now), wants, None, &mut Memory::default()) {
        None => "nothing".to_owned(),
        Some(Choice::Skip(seq)) => format!("skip {seq}"),
        Some(Choice::Wait(until)) => format!("wait {}", until.since(at(0)).as_secs()),
        Some(Choice::Say(seq, news)) => {
            let ids = |alerts: &[Alert]| alerts.iter().map(|a| a.id.to_string()).collect::<Vec<_>>().join(" ");
            let form = match news.form {
                Form::Full => "full".to_owned(),
                Form::Summary => "summary".to_owned(),
                Form::Flood { until } => format!("flood until {}", until.since(at(0)).as_secs()),
                Form::Ebb => "ebb".to_owned(),
                Form::Rested { since } => format!("rested since {}", since.since(at(0)).as_secs()),
                Form::Digest { since } => format!("digest of {}", since.since(at(0)).as_secs()),
            };
            format!("{form} to {seq}: [{}] over [{}] passed {}", ids(&news.firing), ids(&news.over), news.passed)
        }
    }
}

#[test]
fn alerts_wait_for_company_and_critical_ones_do_not() {
    let all = wants(0);
    assert_eq!(chosen("A-1 firing @0, A-2 firing @4", 9, &all), "wait 10");
    assert_eq!(chosen("A-1 firing @0, A-2 firing @4", 14, &all), "full to 2: [A-1 A-2] over [] passed 0");
    assert_eq!(chosen("A-1 firing @0, A-2 firing @4", 10, &all), "full to 1: [A-1] over [] passed 0");
    assert_eq!(chosen("A-1 firing @0, A-2 firing @4 critical", 4, &all), "full to 2: [A-2 A-1] over [] passed 0");
}

#[test]
fn what_is_over_before_it_could_be_told_is_no_alarm() {
    let all = wants(0);
    assert_eq!(chosen("A-1 firing @0, A-1 over @8", 12, &all), "skip 1");
    assert_eq!(chosen("A-1 firing @0, A-1 over @8", 20, &all), "skip 2");
    assert_eq!(chosen("A-1 over @8", 20, &all), "full to 1: [] over [A-1] passed 0");
    let hours = "A-1 firing @0, A-2 firing @600, A-1 over @900, A-2 acked @1000";
    assert_eq!(chosen(hours, 7_000, &all), "digest of 600 to 4: [A-2] over [] passed 1");
}

#[test]
fn the_next_person_hears_only_of_what_nobody_took_on() {
    let boss = wants(15);
    assert_eq!(chosen("A-1 firing @0", 600, &boss), "wait 900");
    assert_eq!(chosen("A-1 firing @0", 900, &boss), "full to 1: [A-1] over [] passed 0");
    assert_eq!(chosen("A-1 firing @0, A-1 acked @60", 900, &boss), "skip 1");
    assert_eq!(chosen("A-1 firing @0 critical", 60, &boss), "wait 900");
    assert_eq!(chosen("A-1 over @60", 961, &boss), "skip 1");
    assert_eq!(chosen("A-1 over @1200", 2_100, &boss), "full to 1: [] over [A-1] passed 0");
}

#[test]
fn outside_its_hours_a_notifier_waits_and_then_tells_what_is_still_true() {
    // The start is 2026-11-23T02:13:20Z.
    let zone = jiff::tz::TimeZone::UTC;
    let (from, to) = ("03:13:20".parse().unwrap(), "01:00".parse().unwrap());
    let day = Wants { hours: Some(Hours { from, to, zone }), ..wants(0) };
    assert_eq!(chosen("A-1 firing @0 critical", 5, &day), "wait 3600");
    let night = "A-1 firing @60, A-2 firing @90, A-1 over @900, A-3 firing @3590";
    assert_eq!(chosen(night, 3_600, &day), "rested since 90 to 4: [A-2 A-3] over [] passed 1");
    assert_eq!(chosen("A-3 firing @3590", 3_600, &day), "full to 1: [A-3] over [] passed 0", "it is no old news");
    assert_eq!(
        chosen("A-1 firing @3700, A-2 pending @3700", 7_000, &day),
        "digest of 3700 to 2: [A-1] over [] passed 0"
    );
    assert_eq!(chosen("A-1 firing @0 info", 20, &day), "skip 1", "what is not wanted keeps nobody waiting");
}

#[test]
fn a_host_hears_of_his_own_guests() {
    let li = Wants { hosts: BTreeSet::from(["Li Na".to_owned()]), ..wants(0) };
    let for_whom = [Some("Li Na"), Some("Wang Wei / Li Na"), Some("Wang Wei"), Some("Li"), None];
    assert_eq!(for_whom.map(|host| li.is_for(host)), [true, true, false, false, false]);
    assert!(for_whom.into_iter().all(|host| wants(0).is_for(host)), "without a list it is for everybody");
    let mut changes = [change(1, "A-1 firing @0"), change(2, "A-2 firing @0")];
    changes[0].is_ours = false;
    let choice = choose(&changes, &BTreeMap::new(), at(20), &li, None, &mut Memory::default());
    let Some(Choice::Say(2, news)) = choice else { panic!("{choice:?}") };
    assert_eq!(news.firing.iter().map(|alert| alert.id.as_str()).collect::<Vec<_>>(), ["A-2"]);
}

#[test]
fn many_at_once_become_a_summary_and_what_is_not_wanted_is_passed_by() {
    let many: Vec<String> = (1..=11).map(|n| format!("A-{n} firing @0")).collect();
    assert!(chosen(&many.join(", "), 20, &wants(0)).starts_with("flood until 620 to 11: [A-1 "));
    assert_eq!(chosen("A-1 firing @0 info, A-2 pending @0", 20, &wants(0)), "skip 2");
    let guests = Wants { subjects: BTreeSet::from(["guest".to_owned()]), ..wants(0) };
    assert_eq!(chosen("A-1 firing @0", 20, &guests), "skip 1");
    assert_eq!(chosen("A-1 firing @7200", 0, &wants(0)), "full to 1: [A-1] over [] passed 0", "time was put back");
}

#[test]
fn what_ended_behind_the_first_of_a_long_backlog_is_no_alarm() {
    let changes = [change(1, "A-1 firing @0"), change(2, "A-2 firing @1")];
    let later = BTreeMap::from([("A-1".parse().unwrap(), change(9_000, "A-1 over @50").alert)]);
    let mut memory = Memory::default();
    let Some(Choice::Say(2, news)) = choose(&changes, &later, at(60), &wants(0), None, &mut memory) else { panic!() };
    assert_eq!((news.firing.len(), news.passed), (1, 1));
    assert!(memory.untold.contains("A-1"), "nor is its end told");
}

#[test]
fn a_message_that_was_begun_says_no_more_than_it_did() {
    let changes = [change(1, "A-1 firing @0"), change(2, "A-2 firing @1")];
    let chosen = choose(&changes, &BTreeMap::new(), at(60), &wants(0), Some(1), &mut Memory::default());
    let Some(Choice::Say(1, news)) = chosen else { panic!("{chosen:?}") };
    assert_eq!(news.firing.len(), 1);
    // It may have arrived before it was over: then its end is told.
    let changes = [change(1, "A-1 firing @0"), change(2, "A-1 over @1")];
    let mut memory = Memory::default();
    let chosen = choose(&changes, &BTreeMap::new(), at(60), &wants(0), Some(1), &mut memory);
    let Some(Choice::Say(1, news)) = chosen else { panic!("{chosen:?}") };
    assert_eq!((news.firing.len(), news.over.len(), memory.untold.len()), (0, 1, 0));
}

#[test]
fn help_that_is_asked_for_again_is_told_again() {
    let mut again = change(2, "A-1 acked @60 critical");
    again.alert.values.insert("last_at".into(), Value::from(again.alert.at));
    let chosen = choose(&[again], &BTreeMap::new(), at(60), &wants(0), None, &mut Memory::default());
    let Some(Choice::Say(2, news)) = chosen else { panic!("{chosen:?}") };
    assert_eq!(news.firing.len(), 1);
}

#[test]
fn what_is_put_aside_is_not_told_before_it_comes_back() {
    let all = wants(0);
    assert_eq!(chosen("A-1 firing @0, A-1 aside @5", 20, &all), "skip 2");
    assert_eq!(chosen("A-1 aside @5", 20, &all), "skip 1");
    assert_eq!(chosen("A-1 back @60", 70, &all), "full to 1: [A-1] over [] passed 0");
    assert_eq!(chosen("A-1 firing @0, A-1 aside @5, A-1 back @60", 70, &all), "full to 3: [A-1] over [] passed 0");
    let boss = wants(15);
    assert_eq!(chosen("A-1 firing @0, A-1 aside @300, A-1 back @600", 900, &boss), "skip 1");
    assert_eq!(chosen("A-1 back @600", 1_500, &boss), "full to 1: [A-1] over [] passed 0");
}

#[test]
fn the_end_of_what_came_back_is_told_to_whom_it_was_told() {
    let (mut memory, none) = (Memory::default(), BTreeMap::new());
    let aside = BTreeMap::from([("A-1".parse().unwrap(), change(2, "A-1 aside @5").alert)]);
    let mut say = |text: &str, later: &BTreeMap<Name, Alert>, now| {
        choose(&[change(1, text)], later, at(now), &wants(0), None, &mut memory)
    };
    assert_eq!(say("A-1 firing @0", &aside, 20), Some(Choice::Skip(1)));
    assert!(matches!(say("A-1 back @60", &none, 70), Some(Choice::Say(1, _))));
    assert!(matches!(say("A-1 over @90", &none, 100), Some(Choice::Say(1, news)) if news.over.len() == 1));
}

/// Chooses again and again as time passes, and tells what is said and when.
fn said(changes: &str, seconds: std::ops::RangeInclusive<i64>, wants: &Wants) -> Vec<String> {
    let changes: Vec<Change> = changes.split(", ").zip(1..).map(|(text, seq)| change(seq, text)).collect();
    let (mut memory, mut position, mut said) = (Memory::default(), 0, Vec::new());
    for now in seconds {
        let kept: Vec<Change> =
            changes.iter().filter(|change| change.seq > position && change.at <= at(now)).cloned().collect();
        match choose(&kept, &BTreeMap::new(), at(now), wants, None, &mut memory) {
            Some(Choice::Say(upto, news)) => {
                position = upto;
                let form = match news.form {
                    Form::Flood { .. } => "flood",
                    Form::Ebb => "ebb",
                    Form::Full => "full",
                    Form::Summary | Form::Digest { .. } | Form::Rested { .. } => "other",
                };
                said.push(format!("{form} {} @{now}", news.firing.len()));
            }
            Some(Choice::Skip(upto)) => position = upto,
            Some(Choice::Wait(until)) => assert!(until > at(now), "it would spin"),
            None => {}
        }
    }
    said
}

#[test]
fn a_flood_is_gathered_until_it_ebbs() {
    // One every 20 seconds for a quarter of an hour, and one more long after.
    let mut changes: Vec<String> = (0..45).map(|n| format!("A-{n} firing @{}", n * 20)).collect();
    changes.push("A-99 firing @3000".to_owned());
    let told = said(&changes.join(", "), 0..=3_100, &wants(0));
    let mut want: Vec<String> = (0..10).map(|n| format!("full 1 @{}", 10 + n * 20)).collect();
    want.extend(["flood 1 @210", "flood 30 @810", "ebb 4 @1410", "full 1 @3010"].map(str::to_owned));
    assert_eq!(told, want);
}

#[test]
fn a_critical_one_waits_in_a_flood_for_a_minute_at_most() {
    let mut changes: Vec<String> = (0..12).map(|n| format!("A-{n} firing @0")).collect();
    changes.extend((0..6).map(|n| format!("A-{} firing @{} critical", 20 + n, 15 + n * 10)));
    let told = said(&changes.join(", "), 0..=1_000, &wants(0));
    assert_eq!(told, ["flood 12 @10", "flood 6 @70"]);
}

#[test]
fn no_escalation_follows_while_a_kiosk_is_silent_and_it_begins_when_it_is_heard() {
    let with = |mut change: Change, key: &'static str, value: &str| {
        change.alert.values.insert(key.into(), Value::from(value));
        change
    };
    let silent = with(change(1, "A-1 firing @0"), "kiosk_silent", "K1");
    let mut heard = change(2, "A-1 firing @600");
    heard.alert.fired_at = Some(at(0));
    let heard = with(heard, "kiosk_heard_at", &at(600).to_string());
    let (boss, all) = (wants(15), wants(0));
    let chosen = |changes: &[Change], now, wants: &Wants| {
        choose(changes, &BTreeMap::new(), at(now), wants, None, &mut Memory::default())
    };
    assert_eq!(chosen(std::slice::from_ref(&silent), 900, &boss), Some(Choice::Skip(1)));
    assert!(matches!(chosen(std::slice::from_ref(&silent), 10, &all), Some(Choice::Say(1, _))), "others are told");
    let both = [silent, heard];
    assert_eq!(chosen(&both, 900, &boss), Some(Choice::Skip(1)), "not before its time");
    assert_eq!(chosen(&both[1..], 1_499, &boss), Some(Choice::Wait(at(1_500))));
    assert!(matches!(chosen(&both[1..], 1_500, &boss), Some(Choice::Say(2, news)) if news.firing.len() == 1));
    assert_eq!(chosen(&both[1..], 1_500, &all), Some(Choice::Skip(2)), "nor told twice");
}

#[test]
fn each_next_person_hears_of_it_until_somebody_takes_it_on() {
    let told = |changes: &str| [5, 15, 30].map(|mins| said(changes, 0..=3_000, &wants(mins)).concat());
    assert_eq!(told("A-1 firing @0"), ["full 1 @300", "full 1 @900", "full 1 @1800"]);
    assert_eq!(told("A-1 firing @0, A-1 acked @1000"), ["full 1 @300", "full 1 @900", ""]);
    assert_eq!(told("A-1 firing @0, A-1 aside @200"), ["", "", ""]);
    assert_eq!(told("A-1 firing @0, A-1 aside @200, A-1 back @500"), ["full 1 @800", "full 1 @1400", "full 1 @2300"]);
}

#[test]
fn no_escalation_is_lost_because_somebody_took_an_alert_on_and_gave_it_back() {
    let boss = wants(15);
    assert_eq!(chosen("A-1 firing @0, A-1 acked @890", 900, &boss), "wait 950");
    assert_eq!(chosen("A-1 firing @0, A-1 acked @890", 951, &boss), "skip 1");
    assert_eq!(chosen("A-1 firing @0, A-1 acked @840", 900, &boss), "wait 900");
    assert_eq!(chosen("A-1 firing @0, A-2 firing @1, A-2 acked @890", 901, &boss), "full to 1: [A-1] over [] passed 0");
    assert_eq!(said("A-1 firing @0, A-1 acked @890, A-1 given @905", 0..=2_000, &boss), ["full 1 @905"]);
    assert_eq!(said("A-1 firing @0, A-1 acked @890", 0..=2_000, &boss), [""; 0]);
    // Whoever is told at once was told already, and is not told again.
    assert_eq!(said("A-1 firing @0, A-1 acked @20, A-1 given @30", 0..=100, &wants(0)), ["full 1 @10"]);
    assert_eq!(said("A-1 firing @0, A-1 acked @5, A-1 given @8", 0..=100, &wants(0)), ["full 1 @10"]);
}
