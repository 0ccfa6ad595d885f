//! The model's opinion of posts.

use std::collections::{BTreeMap, BTreeSet};

use portico::facts::plan::Post;
use portico::facts::{Direction, Name, RuleKind, Scan, Subject, Timestamp};

use super::Key;
use super::model::Model;

/// Every scan of somebody who was on duty somewhere by the plan of the moment: when it happened, and whether it was a way in.
pub type Duties = BTreeMap<Name, Vec<(Timestamp, bool)>>;

fn key(post: &Post) -> Key {
    let subject = post.staff.clone().map_or(Subject::Gateway, Subject::Guest);
    (RuleKind::PostUnmanned, subject, post.id.to_string())
}

impl Model {
    /// Whether the scan is of somebody on duty.
    pub fn duty_scan(&mut self, scan: &Scan, happened_at: Timestamp) -> bool {
        let on_duty = self.plan.posts.iter().any(|post| post.staff.as_ref() == Some(&scan.code));
        if on_duty {
            let seen = self.duties.entry(scan.code.clone()).or_default();
            seen.push((happened_at, scan.direction == Direction::Entry));
        }
        on_duty
    }

    pub fn duty_plan(&mut self) {
        let on_duty: BTreeSet<Name> = self.plan.posts.iter().filter_map(|post| post.staff.clone()).collect();
        self.duties.retain(|code, _| on_duty.contains(code));
    }

    fn is_manned(&self, post: &Post) -> bool {
        let Some(staff) = &post.staff else { return false };
        match self.duties.get(staff) {
            // The latest that happened, and of two at one moment the one told last.
            Some(seen) => seen.iter().max_by_key(|(at, _)| *at).is_some_and(|(_, is_in)| *is_in),
            None => self.arrived(staff) && self.is_inside(staff),
        }
    }

    pub fn judge_posts(&mut self) {
        let mut open = BTreeSet::new();
        for post in self.plan.posts.clone() {
            let rule = &self.rules.post_unmanned;
            let (due, key) = (post.from.minus(rule.before), key(&post));
            let is_time = due <= self.now && self.now < post.to;
            // Without trust nothing is compared with the plan: what was told stays, nothing is added.
            let stays = if self.trusted { is_time } else { self.broken.contains_key(&key) };
            if rule.enabled && stays && !self.is_manned(&post) {
                open.insert(key);
            }
        }
        self.replace(RuleKind::PostUnmanned, open);
    }
}
