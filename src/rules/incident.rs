//! The rule `incident`: somebody asks for help, by a panic button or at the dashboard.
//!
//! Opens firing with the entry itself. Nothing but a person ends it: no device can tell that help has come. Asked for
//! again while it is open, it is told again with how often, also where somebody has taken it on.

use super::lifecycle::{Breach, Key, Turn};
use super::state::State;
use crate::facts::{Incident, Name, Resolution, RuleKind, Span, Subject, Timestamp, Value, Values};

/// Open calls for help that have an alert of their own. Beyond it a button that sends other words each time would fill what
/// the rules know; further ones are told together in one more.
const OPEN_MAX: usize = 100;
/// Room and word of the alert about those.
const FURTHER: &str = "further";
/// A call that was on its way for longer says when it was made.
const UNDER_WAY_MAX: Span = Span::from_mins(1);

/// Somebody asks for help.
pub(super) fn report(state: &mut State, turn: &mut Turn, incident: &Incident, asked_at: Option<Timestamp>) {
    let rule = &state.settings.incident;
    if !rule.enabled {
        return;
    }
    let at = turn.at;
    let own = Key::Incident(incident.room.clone(), incident.incident.clone());
    let key = if state.ledger.state_of(&own).is_some() || open(state).count() < OPEN_MAX {
        own
    } else {
        let Ok(further) = FURTHER.parse::<Name>() else { return };
        Key::Incident(further.clone(), further)
    };
    if state.ledger.state_of(&key).is_some() {
        state.ledger.tell_again(turn, &key, |values| {
            let times = match values.get("times") {
                Some(Value::Number(times)) => times.whole(),
                Some(Value::Text(_)) | None => 1,
            };
            values.insert("times".into(), Value::from(times.saturating_add(1)));
            values.insert("last_at".into(), Value::from(at));
        });
        return;
    }
    let mut values = Values::from([("incident".into(), Value::from(&incident.incident))]);
    let under_way = asked_at.filter(|asked| at.since(*asked) > UNDER_WAY_MAX);
    values.extend(under_way.map(|asked| ("asked_at".into(), Value::from(asked))));
    // In the alert itself, so that whoever is told has them, whatever the rules say later.
    if key == Key::Incident(incident.room.clone(), incident.incident.clone()) {
        let steps = rule.steps(incident.incident.as_str()).iter().zip(1..);
        values.extend(steps.map(|(step, n)| (format!("step_{n:02}").into(), Value::from(step.as_str()))));
    }
    let subject = Subject::Room(incident.room.clone());
    let breach = Breach { rule: RuleKind::Incident, subject, severity: rule.severity, since: at, values };
    state.ledger.open_firing(turn, key, breach);
}

fn open(state: &State) -> impl Iterator<Item = &Key> {
    state.ledger.keys().filter(|key| matches!(key, Key::Incident(..)))
}

/// The rules changed: where nobody wants to hear of incidents any more, those that are open end.
pub(super) fn reassess_all(state: &mut State, turn: &mut Turn, because: Resolution) {
    if state.settings.incident.enabled {
        return;
    }
    let ended: Vec<Key> = open(state).cloned().collect();
    for key in ended {
        state.ledger.resolve(turn, &key, because, Values::new());
    }
}
