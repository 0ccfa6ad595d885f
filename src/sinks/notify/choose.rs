//! What one notifier has to say next, of the alert changes after its cursor.
//!
//! Pure: the time is an argument. Promises that an alert is told once, that what was over before anybody could be told
//! is never told as an alarm, and that many at once, or old ones after an outage, become one message.

use std::collections::{BTreeMap, BTreeSet};

use super::flood::{Flood, Tide};
use super::hours::Hours;
use crate::facts::{Alert, AlertState, Command, Name, RuleKind, Seq, Severity, Span, Timestamp, Value};

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
    /// Of the guests of these hosts alone; empty: of everything.
    pub hosts: BTreeSet<String>,
    /// In these hours alone; what comes outside of them waits, and what is still true is told when they begin. None: at
    /// any hour.
    pub hours: Option<Hours>,
    /// Only of alerts that nobody has acknowledged for so long: the next person of an escalation.
    pub after: Span,
    /// Whether it hears of the end, too.
    pub resolved: bool,
}

impl Wants {
    /// Whether a guest's host, of whom the plan may name several, is one whose guests these are.
    pub(super) fn is_for(&self, host: Option<&str>) -> bool {
        let mut hosts = host.into_iter().flat_map(|hosts| hosts.split('/'));
        self.hosts.is_empty() || hosts.any(|host| self.hosts.contains(host.trim()))
    }

    fn takes(&self, change: &Change) -> bool {
        let alert = &change.alert;
        change.is_ours
            && alert.severity >= self.min_severity
            && (self.rules.is_empty() || self.rules.contains(&alert.rule))
            && (self.subjects.is_empty() || self.subjects.contains(alert.subject.kind()))
    }

    /// How far behind the newest entry the notifier stays.
    fn delay(&self) -> Span {
        self.after.max(GROUP_WAIT)
    }
}

/// An alert change as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub seq: Seq,
    /// When it was kept.
    pub at: Timestamp,
    /// Whether it is about whom this notifier is for.
    pub is_ours: bool,
    pub alert: Alert,
}

/// How much a message says of each alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Each in full.
    Full,
    /// There are many: how many, and the weightiest of them in a line each.
    Summary,
    /// The same of a flood: what comes from here on is gathered until then.
    Flood { until: Timestamp },
    /// The same of the last that was gathered: the flood is over.
    Ebb,
    /// They are old: how many there were since then, and what of it is still true.
    Digest { since: Timestamp },
    /// The same of what came outside the receiver's hours.
    Rested { since: Timestamp },
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

/// What a notifier remembers from one choice to the next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Memory {
    /// Alerts whose firing was passed over, so that their end is not told either.
    untold: BTreeSet<Name>,
    flood: Flood,
}

/// Chooses among `changes`, which are the first ones after the cursor, oldest first; `later` is how their alerts stand after
/// those that are left. `upto` bounds what may be said now, where a message up to there was begun before. `memory` is as it
/// was, and as it is once the choice is done.
pub(super) fn choose(
    changes: &[Change],
    later: &BTreeMap<Name, Alert>,
    now: Timestamp,
    wants: &Wants,
    upto: Option<Seq>,
    memory: &mut Memory,
) -> Option<Choice> {
    let closed_until = wants.hours.as_ref().filter(|_| upto.is_none()).and_then(|hours| hours.closed_until(now));
    if let Some(begins) = closed_until.filter(|_| changes.iter().any(|change| wants.takes(change))) {
        return Some(Choice::Wait(begins));
    }
    let ripe = match upto {
        Some(upto) => changes.iter().take_while(|change| change.seq <= upto).count(),
        None => match ripe(changes, now, wants, &memory.flood) {
            Ok(ripe) => ripe,
            Err(until) => return until.map(Choice::Wait),
        },
    };
    let known = changes.iter().map(|change| &change.alert).chain(later.values());
    let latest: BTreeMap<&Name, &Alert> = known.map(|alert| (&alert.id, alert)).collect();
    let ripe = match unsettled(&changes[..ripe], &latest, now, wants).filter(|_| upto.is_none()) {
        Some((0, until)) => return Some(Choice::Wait(until)),
        Some((settled, _)) => settled,
        None => ripe,
    };
    let last = ripe.checked_sub(1).and_then(|at| changes.get(at))?;
    let Memory { untold, flood } = memory;
    let mut news = News { form: Form::Full, firing: Vec::new(), over: Vec::new(), passed: 0 };
    let mut oldest = None;
    let mut begun = BTreeSet::new();
    for change in changes.iter().take(ripe).filter(|change| wants.takes(change)) {
        let alert = &change.alert;
        if is_firing(alert, wants) {
            if !begun.insert(alert.id.clone()) {
                continue;
            }
            let stands = latest.get(&alert.id).copied().unwrap_or(alert);
            if begins_at(stands, wants).is_some_and(|begins| stands.state == AlertState::Firing && begins > alert.at) {
                // It began anew since, and is told with that change, whenever its turn is.
                begun.remove(&alert.id);
            } else if is_to_be_told(stands, wants) {
                oldest = oldest.or(Some(change.at));
                untold.remove(&alert.id);
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
        Some(since) if wants.hours.as_ref().is_some_and(|hours| hours.closed_until(since).is_some()) => {
            Form::Rested { since }
        }
        Some(since) => Form::Digest { since },
        None => match flood.count(now, news.firing.len()) {
            Tide::High(until) => Form::Flood { until },
            Tide::Over => Form::Ebb,
            Tide::Calm if news.firing.len() + news.over.len() > LISTED_MAX => Form::Summary,
            Tide::Calm => Form::Full,
        },
    };
    Some(Choice::Say(last.seq, news))
}

/// How many of the changes need not wait any longer, or until when the first of them waits; none where there are none.
/// Stamps that lie ahead of us are of a time that was put back.
fn ripe(changes: &[Change], now: Timestamp, wants: &Wants, flood: &Flood) -> Result<usize, Option<Timestamp>> {
    let is_held = |change: &Change| change.at <= now && change.at.plus(wants.delay()) > now;
    let is_urgent = |change: &Change| {
        wants.after == Span::ZERO
            && wants.takes(change)
            && change.alert.severity == Severity::Critical
            && is_firing(&change.alert, wants)
    };
    let urgent = changes.iter().rposition(is_urgent).map_or(0, |at| at + 1);
    let timely = changes.iter().take_while(|change| !is_held(change)).count();
    let (gathers, hurries) = (flood.gathers_until(now, false), flood.gathers_until(now, true));
    let ripe = |count: usize, held: Option<Timestamp>| if held.is_none() { count } else { 0 };
    let ripe = ripe(timely, gathers).max(ripe(urgent, hurries));
    if ripe > 0 {
        return Ok(ripe);
    }
    let Some(first) = changes.first() else { return Err(None) };
    let due = first.at.plus(wants.delay());
    Err(Some(match (gathers, hurries) {
        (Some(_), Some(until)) if urgent > 0 => until,
        (Some(until), _) => due.max(until),
        (None, _) => due,
    }))
}

/// The first change whose alert somebody took on just now, which can be taken back, and until when: if it is, an escalation
/// that passed it over would never come.
fn unsettled(
    changes: &[Change],
    latest: &BTreeMap<&Name, &Alert>,
    now: Timestamp,
    wants: &Wants,
) -> Option<(usize, Timestamp)> {
    let escalates =
        |change: &&Change| wants.after > Span::ZERO && wants.takes(change) && is_firing(&change.alert, wants);
    let firing = changes.iter().enumerate().filter(|(_, change)| escalates(change));
    let taken_on = firing.filter_map(|(at, change)| {
        let stands = latest.get(&change.alert.id).filter(|alert| alert.state == AlertState::Acknowledged)?;
        let done = stands.acknowledged_at.filter(|done| Command::can_undo(*done, now))?;
        // One moment more, because it can be taken back at the very end.
        Some((at, done.plus(Command::UNDO_WITHIN).plus(Span::from_millis(1))))
    });
    taken_on.min()
}

/// Whether this is the change by which an alert began to fire, began anew, or by which somebody asks for help once more.
fn is_firing(alert: &Alert, wants: &Wants) -> bool {
    let asked_again = alert.values.get("last_at").is_some_and(|at| *at == Value::from(alert.at));
    match alert.state {
        AlertState::Firing => begins_at(alert, wants) == Some(alert.at) || asked_again,
        AlertState::Acknowledged => asked_again,
        AlertState::Shelved | AlertState::Pending | AlertState::Resolved => false,
    }
}

/// Since when an alert waits for this notifier's people: since it fired, or since it came back after it was put aside. An
/// escalation does not count while a kiosk is silent, because the guest may be in the house: it begins when the kiosk is
/// heard.
fn begins_at(alert: &Alert, wants: &Wants) -> Option<Timestamp> {
    let ended = alert.shelf.as_ref().and_then(|shelf| shelf.ended_at);
    let came_back = ended.filter(|at| alert.resolved_at != Some(*at));
    let heard = match alert.values.get("kiosk_heard_at") {
        Some(Value::Text(at)) if wants.after > Span::ZERO => at.parse().ok(),
        Some(Value::Text(_) | Value::Number(_)) | None => None,
    };
    [alert.fired_at, came_back, heard].into_iter().flatten().max()
}

fn is_to_be_told(alert: &Alert, wants: &Wants) -> bool {
    let (silent, heard) = (alert.values.contains_key("kiosk_silent"), alert.values.contains_key("kiosk_heard_at"));
    let may_be_here = wants.after > Span::ZERO && silent && !heard;
    match alert.state {
        AlertState::Firing => !may_be_here,
        AlertState::Acknowledged => wants.after == Span::ZERO,
        // Whoever put it aside wants nobody to be told.
        AlertState::Shelved | AlertState::Pending | AlertState::Resolved => false,
    }
}

/// Whether an escalation came to this notifier at all.
fn was_unattended(alert: &Alert, wants: &Wants) -> bool {
    let Some(begins) = begins_at(alert, wants) else { return false };
    let put_aside = alert.shelf.as_ref().map(|shelf| shelf.at);
    let moves = [alert.acknowledged_at, put_aside, alert.resolved_at].into_iter().flatten();
    let attended = moves.filter(|at| *at >= begins).min();
    wants.after == Span::ZERO || attended.is_none_or(|at| at.since(begins) >= wants.after)
}

#[cfg(test)]
mod tests;
