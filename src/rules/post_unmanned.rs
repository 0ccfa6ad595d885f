//! The rule `post_unmanned`: a staff post begins soon, or has begun, and whoever is on duty there has not been seen.
//!
//! Fires so long before the post begins as the rule says, once a post, and opens firing. Ends when he is scanned in, wherever
//! in the house, and as over when the post is. A post without anybody on duty is unmanned, too. Nobody is looked for while
//! our clock is not trusted; while a kiosk is silent the alert says so, because he may be here.

use serde::{Deserialize, Serialize};

use super::day::of_guest;
use super::lifecycle::{Breach, Key, Turn};
use super::silent;
use super::state::State;
use crate::facts::plan::{Plan, Post};
use crate::facts::{Direction, Name, Resolution, RuleKind, Scan, Span, Subject, Timestamp, Value, Values};

/// Who was scanned in earlier than this before a post begins was in for something else.
const SEEN_SINCE: Span = Span::from_mins(12 * 60);

/// A post of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Duty {
    post: Post,
    /// It was told; whoever ends that alert, it is not told again.
    told: bool,
}

/// Somebody who is on duty somewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OnDuty {
    /// The latest scan, and whether it was a way in.
    seen: Option<(Timestamp, bool)>,
    posts: Vec<Name>,
}

/// A plan takes the place of the one before. A post that stays keeps its alert, also when its time moves.
pub(super) fn replace(state: &mut State, turn: &mut Turn, plan: &Plan) {
    let mut old = std::mem::take(&mut state.posts);
    let mut known = std::mem::take(&mut state.on_duty);
    for post in &plan.posts {
        // Another one on duty is another matter.
        let told = old.get(&post.id).is_some_and(|duty| duty.told && duty.post.staff == post.staff);
        if told || old.get(&post.id).is_some_and(|duty| !duty.told) {
            old.remove(&post.id);
        }
        state.posts.insert(post.id.clone(), Duty { post: post.clone(), told });
        if let Some(staff) = &post.staff {
            let seen = known.get_mut(staff).and_then(|known| known.seen.take());
            let on_duty = state.on_duty.entry(staff.clone()).or_insert(OnDuty { seen, posts: Vec::new() });
            on_duty.posts.push(post.id.clone());
        }
    }
    for (id, duty) in old {
        let key = Key::Post(id);
        state.deadlines.cancel(&key);
        if duty.told {
            state.ledger.resolve(turn, &key, Resolution::PlanChanged, Values::new());
        }
    }
}

/// Somebody was scanned, in or out, wherever that was: whoever is on duty need be no guest.
pub(super) fn scan(state: &mut State, turn: &mut Turn, scan: &Scan, judged_at: Timestamp) {
    let Some(on_duty) = state.on_duty.get_mut(&scan.code) else { return };
    if on_duty.seen.is_none_or(|(seen, _)| seen <= judged_at) {
        on_duty.seen = Some((judged_at, scan.direction == Direction::Entry));
    }
    for post in on_duty.posts.clone() {
        reassess(state, turn, &post, Resolution::Cleared);
    }
}

/// What was known of somebody on duty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen {
    last: Option<(Timestamp, bool)>,
    /// Posts that were told, where somebody put an end to that.
    ended: Vec<Name>,
}

/// What is known of somebody; none of who is not on duty.
pub(super) fn seen(state: &State, staff: &Name) -> Option<Seen> {
    let on_duty = state.on_duty.get(staff)?;
    let was_ended = |post: &&Name| {
        let told = state.posts.get(*post).is_some_and(|duty| duty.told);
        told && state.ledger.state_of(&Key::Post((*post).clone())).is_none()
    };
    Some(Seen { last: on_duty.seen, ended: on_duty.posts.iter().filter(was_ended).cloned().collect() })
}

/// The scan at `judged_at` by which somebody was seen is taken back: what was known before holds again.
pub(super) fn unsee(state: &mut State, turn: &mut Turn, staff: &Name, judged_at: Timestamp, before: Option<&Seen>) {
    let Some(on_duty) = state.on_duty.get_mut(staff) else { return };
    if let Some(before) = before.filter(|_| on_duty.seen == Some((judged_at, true))) {
        on_duty.seen = before.last;
    }
    for post in on_duty.posts.clone() {
        let was_ended = before.is_some_and(|before| before.ended.contains(&post));
        if let Some(duty) = state.posts.get_mut(&post).filter(|_| was_ended) {
            duty.told = true;
        }
        reassess(state, turn, &post, Resolution::Cleared);
    }
}

/// The plan, the rule or the clock changed: judges every post anew, in the order in which they begin.
pub(super) fn reassess_all(state: &mut State, turn: &mut Turn, because: Resolution) {
    let mut posts: Vec<(Timestamp, Name)> = state.posts.iter().map(|(id, duty)| (duty.post.from, id.clone())).collect();
    posts.sort();
    for (_, id) in posts {
        reassess(state, turn, &id, because);
    }
}

/// A post begins soon, or is over.
pub(super) fn fire(state: &mut State, turn: &mut Turn, id: &Name) {
    reassess(state, turn, id, Resolution::Over);
}

fn reassess(state: &mut State, turn: &mut Turn, id: &Name, because: Resolution) {
    let Some(duty) = state.posts.get(id) else { return };
    let (rule, key) = (&state.settings.post_unmanned, Key::Post(id.clone()));
    let (from, to) = (duty.post.from, duty.post.to);
    let due = from.minus(rule.before);
    let (enabled, seen) = (rule.enabled, manned_since(state, &duty.post));
    let ended = match seen {
        _ if !enabled => Some(because),
        Some(seen) if seen < due => Some(Resolution::ReportedLate),
        Some(seen) if seen <= from => Some(Resolution::Arrived),
        Some(_) => Some(Resolution::ArrivedLate),
        // Nothing is compared with the plan: what was told stays.
        None if !state.clock.trusted => None,
        None if turn.at >= to => Some(Resolution::Over),
        None if turn.at < due => Some(because),
        None => None,
    };
    if let Some(resolution) = ended {
        end(state, turn, id, resolution, seen);
    }
    if !enabled || seen.is_some() || turn.at >= to || !state.clock.trusted {
        state.deadlines.cancel(&key);
    } else if turn.at < due {
        state.deadlines.arm(&key, due);
    } else {
        state.deadlines.arm(&key, to);
        tell(state, turn, id);
    }
}

/// Since when whoever is on duty at this post has been in the house.
fn manned_since(state: &State, post: &Post) -> Option<Timestamp> {
    let staff = post.staff.as_ref()?;
    let scanned = match state.on_duty.get(staff).and_then(|on_duty| on_duty.seen) {
        Some((seen, is_in)) => Some(seen).filter(|_| is_in),
        // Scanned before the plan knew of a duty: then a visit may know it.
        None => {
            of_guest(&state.visits, staff).filter(|(_, visit)| visit.inside).find_map(|(_, visit)| visit.arrived_at)
        }
    };
    scanned.filter(|seen| *seen >= post.from.minus(SEEN_SINCE))
}

fn tell(state: &mut State, turn: &mut Turn, id: &Name) {
    let silent = silent::unheard_kiosks(state);
    let Some(duty) = state.posts.get_mut(id).filter(|duty| !duty.told) else { return };
    duty.told = true;
    let Post { id, staff, place, from, to } = &duty.post;
    let mut values = Values::from([
        ("post".into(), Value::from(id)),
        ("from".into(), Value::from(*from)),
        ("to".into(), Value::from(*to)),
    ]);
    let named = [("staff", staff), ("place", place)];
    values.extend(named.into_iter().filter_map(|(key, name)| Some((key.into(), Value::from(name.as_ref()?)))));
    values.extend(silent);
    let subject = match (staff, place) {
        (Some(staff), _) => Subject::Guest(staff.clone()),
        (None, Some(place)) => Subject::Room(place.clone()),
        (None, None) => Subject::Gateway,
    };
    let severity = state.settings.post_unmanned.severity;
    let breach = Breach { rule: RuleKind::PostUnmanned, subject, severity, since: turn.at, values };
    state.ledger.open_firing(turn, Key::Post(id.clone()), breach);
}

fn end(state: &mut State, turn: &mut Turn, id: &Name, resolution: Resolution, seen: Option<Timestamp>) {
    let Some(duty) = state.posts.get_mut(id) else { return };
    if std::mem::take(&mut duty.told) {
        let values = seen.map(|seen| ("seen_at".into(), Value::from(seen)));
        state.ledger.resolve(turn, &Key::Post(id.clone()), resolution, values.into_iter().collect());
    }
}
