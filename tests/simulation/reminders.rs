//! The model's opinion of reminders.

use std::collections::BTreeSet;

use portico::facts::plan::{Plan, Visit};
use portico::facts::{RuleKind, Span, Subject};

use super::Key;
use super::model::Model;

fn key(visit: &Visit) -> Key {
    (RuleKind::ArrivalReminder, Subject::Guest(visit.code.clone()), String::new())
}

impl Model {
    /// Another plan holds: a visit that it moves is another matter.
    pub fn reminders_plan(&mut self, old: &Plan) {
        for visit in self.plan.visits.clone() {
            let before = old.visits.iter().find(|other| other.code == visit.code);
            if before.is_some_and(|before| before.expected_at != visit.expected_at) {
                self.set(key(&visit), None, Span::ZERO);
            }
        }
    }

    pub fn judge_reminders(&mut self) {
        let rule = &self.rules.arrival_reminder;
        let mut open = BTreeSet::new();
        for visit in &self.plan.visits {
            let Some(expected) = visit.expected_at else { continue };
            let is_time = expected.minus(rule.before) <= self.now && self.now < expected;
            // Without trust nothing is compared with the plan: what was told stays, nothing is added.
            let stays = if self.trusted { is_time } else { self.broken.contains_key(&key(visit)) };
            let judged = rule.enabled && !visit.cancelled && rule.tiers.contains(&visit.tier);
            if judged && stays && !self.arrived(&visit.code) {
                open.insert(key(visit));
            }
        }
        self.replace(RuleKind::ArrivalReminder, open);
    }
}
