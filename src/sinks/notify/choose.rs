//! What one notifier has to say next, of the alert changes after its cursor.
//!
//! Pure: the time is an argument. Promises that an alert is told once, that what was over before anybody could be told
//! is never told as an alarm, and that many at once, or old ones after an outage, become one message.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::{Alert, AlertState, Name, RuleKind, Seq, Severity, Span, Subject, Timestamp, Value};

/// How long an alert waits for others that come of the same cause. A critical one does not.
pub(super) const GROUP_WAIT: Span = Span::from_secs(10);
/// What could not be told for so long is no alarm any more: it becomes part of a digest of what is still true.
const STALE_AFTER: Span = Span::from_mins(30);
/// More alerts at once than this become one summary.
const LISTED_MAX: usize = 10;

/// Which alerts a notifier wants to hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wants {
    /// Of less it hears nothing.
    pub min_severity: Severity,
    /// Of these rules alone; empty: of all.
    pub rules: BTreeSet<RuleKind>,
    /// Of these kinds of subjects alone (`guest`, `room`, …); empty: of all.
    pub subjects: BTreeSet<String>,
    /// Only of alerts that nobody has acknowledged for so long: the next person of an escalation.
    pub after: Span,
    /// Whether it hears of the end, too.
    pub resolved: bool,
}

impl Wants {
    fn takes(&self, alert: &Alert) -> bool {
        alert.severity >= self.min_severity
            && (self.rules.is_empty() || self.rules.contains(&alert.rule))
            && (self.subjects.is_empty() || self.subjects.contains(subject_kind(&alert.subject)))
    }

    /// How far behind the newest entry the notifier stays.
    fn delay(&self) -> Span {
        self.after.max(GROUP_WAIT)
    }
}

/// The first word of a subject, as a configuration names it.
pub const fn subject_kind(subject: &Subject) -> &'static str {
    match subject {
        Subject::Guest(_) => "guest",
        Subject::Vehicle(_) => "vehicle",
        Subject::Room(_) => "room",
        Subject::Sensor(..) => "sensor",
        Subject::Kiosk(_) => "kiosk",
        Subject::Link(_) => "link",
        Subject::Operator(_) => "operator",
        Subject::Gateway => "gateway",
    }
}

/// An alert change as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub seq: Seq,
    /// When it was kept.
    pub at: Timestamp,
    pub alert: Alert,
}

/// How much a message says of each alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Each in full.
    Full,
    /// There are many: how many, and the weightiest of them in a line each.
    Summary,
    /// They are old: how many there were since then, and what of it is still true.
    Digest { since: Timestamp },
}

/// One message, without its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct News {
    pub form: Form,
    /// Alerts that fire, as they stand now, the weightiest first.
    pub firing: Vec<Alert>,
    /// Alerts that were told before and are over.
    pub over: Vec<Alert>,
    /// How many fired and ended untold.
    pub passed: usize,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice {
    /// Nothing up to here concerns this notifier.
    Skip(Seq),
    /// Look again then, or when something newer is there.
    Wait(Timestamp),
    /// Say this, and everything up to there is said.
    Say(Seq, News),
}

/// Chooses among `changes`, which are the first ones after the cursor, oldest first; `later` is how their alerts stand after
/// those that are left. `upto` bounds what may be said now, where a message up to there was begun before. `untold` are
/// alerts whose firing was passed over: as it was, and as it is once the choice is done.
pub(super) fn choose(
    changes: &[Change],
    later: &BTreeMap<Name, Alert>,
    now: Timestamp,
    wants: &Wants,
    upto: Option<Seq>,
    untold: &mut BTreeSet<Name>,
) -> Option<Choice> {
    let ripe = match upto {
        Some(upto) => changes.iter().take_while(|change| change.seq <= upto).count(),
        None => ripe(changes, now, wants),
    };
    let Some(last) = ripe.checked_sub(1).and_then(|at| changes.get(at)) else {
        return changes.first().map(|first| Choice::Wait(first.at.plus(wants.delay())));
    };
    let known = changes.iter().map(|change| &change.alert).chain(later.values());
    let latest: BTreeMap<&Name, &Alert> = known.map(|alert| (&alert.id, alert)).collect();
    let mut news = News { form: Form::Full, firing: Vec::new(), over: Vec::new(), passed: 0 };
    let mut oldest = None;
    let mut begun = BTreeSet::new();
    for change in changes.iter().take(ripe).filter(|change| wants.takes(&change.alert)) {
        let alert = &change.alert;
        if is_firing(alert) {
            if !begun.insert(alert.id.clone()) {
                continue;
            }
            let stands = latest.get(&alert.id).copied().unwrap_or(alert);
            if is_to_be_told(stands, wants) {
                oldest = oldest.or(Some(change.at));
                news.firing.push(stands.clone());
            } else if upto.is_some() && wants.resolved && stands.state == AlertState::Resolved {
                // The message that was begun may have told it.
                news.over.push(stands.clone());
            } else {
                news.passed += usize::from(stands.state == AlertState::Resolved);
                untold.insert(alert.id.clone());
            }
        } else if alert.state == AlertState::Resolved && alert.fired_at.is_some() {
            // A note on an ended alert tells it once more, with the same end.
            let is_end = alert.resolved_at == Some(alert.at);
            let was_told = !untold.remove(&alert.id) && !begun.contains(&alert.id);
            if is_end && was_told && wants.resolved && was_unattended(alert, wants) {
                news.over.push(alert.clone());
            }
        }
    }
    if news.firing.is_empty() && news.over.is_empty() {
        return Some(Choice::Skip(last.seq));
    }
    news.firing.sort_by(|one, other| other.severity.cmp(&one.severity).then(one.fired_at.cmp(&other.fired_at)));
    let stale = oldest.filter(|at| at.plus(wants.delay()).plus(STALE_AFTER) < now);
    news.form = match stale {
        Some(since) => Form::Digest { since },
        None if news.firing.len() + news.over.len() > LISTED_MAX => Form::Summary,
        None => Form::Full,
    };
    Some(Choice::Say(last.seq, news))
}

/// How many of the changes need not wait any longer. Stamps that lie ahead of us are of a time that was put back.
fn ripe(changes: &[Change], now: Timestamp, wants: &Wants) -> usize {
    let is_held = |change: &Change| change.at <= now && change.at.plus(wants.delay()) > now;
    let ripe = changes.iter().take_while(|change| !is_held(change)).count();
    if wants.after > Span::ZERO {
        return ripe;
    }
    let urgent = |change: &Change| {
        wants.takes(&change.alert) && change.alert.severity == Severity::Critical && is_firing(&change.alert)
    };
    changes.iter().rposition(urgent).map_or(ripe, |at| ripe.max(at + 1))
}

/// Whether this is the change by which an alert began to fire, or by which somebody asks for help once more.
fn is_firing(alert: &Alert) -> bool {
    let asked_again = alert.values.get("last_at").is_some_and(|at| *at == Value::from(alert.at));
    match alert.state {
        AlertState::Firing => alert.fired_at == Some(alert.at) || asked_again,
        AlertState::Acknowledged | AlertState::Shelved => asked_again,
        AlertState::Pending | AlertState::Resolved => false,
    }
}

fn is_to_be_told(alert: &Alert, wants: &Wants) -> bool {
    match alert.state {
        AlertState::Firing => true,
        AlertState::Acknowledged | AlertState::Shelved => wants.after == Span::ZERO,
        AlertState::Pending | AlertState::Resolved => false,
    }
}

/// Whether an escalation came to this notifier at all.
fn was_unattended(alert: &Alert, wants: &Wants) -> bool {
    let Some(fired) = alert.fired_at else { return false };
    let attended = [alert.acknowledged_at, alert.resolved_at].into_iter().flatten().min();
    wants.after == Span::ZERO || attended.is_none_or(|at| at.since(fired) >= wants.after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Values;

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
            shelved_until: None,
            resolved_at: None,
            resolution: None,
            values: Values::new(),
            notes: Vec::new(),
        };
        // All but the firing itself tell of an alert that fired at the start.
        match words[1] {
            "firing" => {}
            "pending" => (alert.state, alert.fired_at) = (AlertState::Pending, None),
            "acked" => {
                (alert.state, alert.fired_at, alert.acknowledged_at) =
                    (AlertState::Acknowledged, Some(at(0)), Some(at(secs)));
            }
            "over" => {
                (alert.state, alert.fired_at, alert.resolved_at) = (AlertState::Resolved, Some(at(0)), Some(at(secs)));
            }
            other => panic!("{other}"),
        }
        Change { seq, at: at(secs), alert }
    }

    fn wants(after_mins: i64) -> Wants {
        Wants {
            min_severity: Severity::Warning,
            rules: BTreeSet::new(),
            subjects: BTreeSet::new(),
            after: Span::from_mins(after_mins),
            resolved: true,
        }
    }

    /// What is chosen of these changes at a second, in a line.
    fn chosen(changes: &str, now: i64, wants: &Wants) -> String {
        let changes: Vec<Change> = changes.split(", ").zip(1..).map(|(text, seq)| change(seq, text)).collect();
        match choose(&changes, &BTreeMap::new(), at(now), wants, None, &mut BTreeSet::new()) {
            None => "nothing".to_owned(),
            Some(Choice::Skip(seq)) => format!("skip {seq}"),
            Some(Choice::Wait(until)) => format!("wait {}", until.since(at(0)).as_secs()),
            Some(Choice::Say(seq, news)) => {
                let ids = |alerts: &[Alert]| alerts.iter().map(|a| a.id.to_string()).collect::<Vec<_>>().join(" ");
                let form = match news.form {
                    Form::Full => "full".to_owned(),
                    Form::Summary => "summary".to_owned(),
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
    fn many_at_once_become_a_summary_and_what_is_not_wanted_is_passed_by() {
        let many: Vec<String> = (1..=11).map(|n| format!("A-{n} firing @0")).collect();
        assert!(chosen(&many.join(", "), 20, &wants(0)).starts_with("summary to 11: [A-1 "));
        assert_eq!(chosen("A-1 firing @0 info, A-2 pending @0", 20, &wants(0)), "skip 2");
        let guests = Wants { subjects: BTreeSet::from(["guest".to_owned()]), ..wants(0) };
        assert_eq!(chosen("A-1 firing @0", 20, &guests), "skip 1");
        assert_eq!(chosen("A-1 firing @7200", 0, &wants(0)), "full to 1: [A-1] over [] passed 0", "time was put back");
    }

    #[test]
    fn what_ended_behind_the_first_of_a_long_backlog_is_no_alarm() {
        let changes = [change(1, "A-1 firing @0"), change(2, "A-2 firing @1")];
        let later = BTreeMap::from([("A-1".parse().unwrap(), change(9_000, "A-1 over @50").alert)]);
        let mut untold = BTreeSet::new();
        let Some(Choice::Say(2, news)) = choose(&changes, &later, at(60), &wants(0), None, &mut untold) else {
            panic!()
        };
        assert_eq!((news.firing.len(), news.passed), (1, 1));
        assert!(untold.contains("A-1"), "nor is its end told");
    }

    #[test]
    fn a_message_that_was_begun_says_no_more_than_it_did() {
        let changes = [change(1, "A-1 firing @0"), change(2, "A-2 firing @1")];
        let chosen = choose(&changes, &BTreeMap::new(), at(60), &wants(0), Some(1), &mut BTreeSet::new());
        let Some(Choice::Say(1, news)) = chosen else { panic!("{chosen:?}") };
        assert_eq!(news.firing.len(), 1);
        // It may have arrived before it was over: then its end is told.
        let changes = [change(1, "A-1 firing @0"), change(2, "A-1 over @1")];
        let mut untold = BTreeSet::new();
        let chosen = choose(&changes, &BTreeMap::new(), at(60), &wants(0), Some(1), &mut untold);
        let Some(Choice::Say(1, news)) = chosen else { panic!("{chosen:?}") };
        assert_eq!((news.firing.len(), news.over.len(), untold.len()), (0, 1, 0));
    }

    #[test]
    fn help_that_is_asked_for_again_is_told_again() {
        let mut again = change(2, "A-1 acked @60 critical");
        again.alert.values.insert("last_at".into(), Value::from(again.alert.at));
        let chosen = choose(&[again], &BTreeMap::new(), at(60), &wants(0), None, &mut BTreeSet::new());
        let Some(Choice::Say(2, news)) = chosen else { panic!("{chosen:?}") };
        assert_eq!(news.firing.len(), 1);
    }
}
