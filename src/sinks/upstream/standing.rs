//! What the lanes' fortunes add up to: one state of the upstream, and each change of it once.
//!
//! Pure: time is an argument. Logs nothing itself.

use std::collections::VecDeque;

use serde::Serialize;

use crate::facts::{Seq, Span, Timestamp};
use crate::sinks::delivery::{Health, Progress};

/// Moments by which the rate is told: the last so many that were told, which are seconds apart.
const MOMENTS: usize = 10;
/// With more entries than this to go, upstream is catching up rather than up to date: about one batch.
const BEHIND_MIN: u64 = 500;
/// The reason until the first delivery.
const NOT_HEARD: &str = "not heard from since the start";

/// How upstream stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UpstreamState {
    /// None is configured.
    #[default]
    Off,
    /// It has everything, or will in a moment.
    Connected,
    /// It cannot be reached.
    Offline,
    /// It is there and gets the backlog.
    CatchingUp,
    /// It does not want us; somebody has to change something.
    Refused,
}

/// Upstream as the overview shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct UpstreamView {
    /// How it stands.
    pub state: UpstreamState,
    /// Entries it does not have yet.
    pub backlog: u64,
    /// Everything up to here is acknowledged or parked, on all lanes.
    pub acknowledged_seq: Seq,
    /// Entries it refused for good, ever; they are passed by and listed as parked.
    pub parked: u64,
    /// Since when in this state.
    pub since: Option<Timestamp>,
    /// Since when nothing gets through, whatever the reasons were since; none while it does.
    pub offline_since: Option<Timestamp>,
    /// While it is catching up: entries it takes a second.
    pub rate_per_s: Option<u64>,
    /// While it is catching up: seconds until it has everything, as the backlog shrinks now; none where it does not.
    pub eta_s: Option<u64>,
    /// Why, where it is not well.
    pub reason: Option<String>,
}

/// A change of state that is said aloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// It was there, and is not.
    Lost(String),
    /// It does not want us.
    Refused(String),
    /// It takes what we send: for the first time, or again after so long.
    Up { after: Option<Span> },
    /// The backlog of an outage is delivered, so long after the link came back.
    CaughtUp(Span),
}

/// The state with its history.
#[derive(Debug)]
pub(super) struct Standing {
    view: UpstreamView,
    heard: bool,
    /// What was said last: that it is up, or that it is not; nothing at first.
    said_up: Option<bool>,
    down_since: Option<Timestamp>,
    catching_since: Option<Timestamp>,
    /// When, how many entries were accepted until then, and how many were to go.
    moments: VecDeque<(Timestamp, u64, u64)>,
}

impl Standing {
    /// Nothing is known yet.
    pub(super) fn new(now: Timestamp) -> Self {
        let (state, reason) = (UpstreamState::CatchingUp, Some(NOT_HEARD.to_owned()));
        let view = UpstreamView { state, since: Some(now), reason, ..UpstreamView::default() };
        let moments = VecDeque::new();
        Self { view, heard: false, said_up: None, down_since: None, catching_since: None, moments }
    }

    pub(super) fn view(&self) -> &UpstreamView {
        &self.view
    }

    /// Takes in how the lanes fare and how many entries they have to go.
    pub(super) fn take(&mut self, lanes: &[Progress], backlog: u64, now: Timestamp) -> Option<Change> {
        self.heard |= lanes.iter().any(|lane| lane.accepted > 0);
        let (state, reason) = self.judge(lanes, backlog);
        if state != self.view.state {
            self.view.since = Some(now);
        }
        let before = std::mem::replace(&mut self.view.state, state);
        self.view.backlog = backlog;
        self.view.acknowledged_seq = lanes.iter().map(|lane| lane.position).min().unwrap_or(0);
        self.view.parked = lanes.iter().map(|lane| lane.parked_before + lane.parked).sum();
        self.view.reason.clone_from(&reason);
        self.reckon(lanes.iter().map(|lane| lane.accepted).sum(), now);
        let change = self.turn(before, reason, now);
        self.view.offline_since = self.down_since;
        change
    }

    fn turn(&mut self, before: UpstreamState, reason: Option<String>, now: Timestamp) -> Option<Change> {
        let state = self.view.state;
        match state {
            UpstreamState::Off => None,
            UpstreamState::Offline => (before != state).then(|| Change::Lost(self.down(now, reason))),
            UpstreamState::Refused => (before != state).then(|| Change::Refused(self.down(now, reason))),
            // Where there is a reason it was not heard yet, or asks for patience: that is neither up nor down.
            UpstreamState::Connected | UpstreamState::CatchingUp if reason.is_some() => None,
            UpstreamState::Connected | UpstreamState::CatchingUp => self.up(now),
        }
    }

    /// How fast it takes what waits, and when it will have it all.
    fn reckon(&mut self, accepted: u64, now: Timestamp) {
        (self.view.rate_per_s, self.view.eta_s) = (None, None);
        if self.view.state != UpstreamState::CatchingUp || self.view.reason.is_some() {
            return self.moments.clear();
        }
        if self.moments.len() == MOMENTS {
            self.moments.pop_front();
        }
        self.moments.push_back((now, accepted, self.view.backlog));
        let Some((first_at, first_accepted, first_backlog)) = self.moments.front().copied() else { return };
        let Ok(ms @ 1..) = u64::try_from(now.since(first_at).as_millis()) else { return };
        let per_s = |entries: u64| entries.saturating_mul(1_000) / ms;
        self.view.rate_per_s = Some(per_s(accepted.saturating_sub(first_accepted)));
        let shrinks = per_s(first_backlog.saturating_sub(self.view.backlog));
        self.view.eta_s = self.view.backlog.checked_div(shrinks);
    }

    fn judge(&self, lanes: &[Progress], backlog: u64) -> (UpstreamState, Option<String>) {
        let (mut denied, mut failing, mut busy) = (None, None, None);
        for lane in lanes {
            match &lane.health {
                Health::Denied(reason) => denied = denied.or(Some(reason.clone())),
                Health::Failing(reason) => failing = failing.or(Some(reason.clone())),
                Health::Busy(reason) => busy = busy.or(Some(reason.clone())),
                Health::Untried | Health::Well => {}
            }
        }
        match (denied, failing, busy) {
            (Some(reason), _, _) => (UpstreamState::Refused, Some(reason)),
            (None, Some(reason), _) => (UpstreamState::Offline, Some(reason)),
            (None, None, Some(reason)) => (UpstreamState::CatchingUp, Some(reason)),
            (None, None, None) if !self.heard => (UpstreamState::CatchingUp, Some(NOT_HEARD.to_owned())),
            (None, None, None) if backlog > BEHIND_MIN => (UpstreamState::CatchingUp, None),
            (None, None, None) => (UpstreamState::Connected, None),
        }
    }

    fn down(&mut self, now: Timestamp, reason: Option<String>) -> String {
        self.down_since.get_or_insert(now);
        self.catching_since = None;
        self.said_up = Some(false);
        reason.unwrap_or_default()
    }

    fn up(&mut self, now: Timestamp) -> Option<Change> {
        let catching = self.view.state == UpstreamState::CatchingUp;
        if self.said_up != Some(true) {
            self.said_up = Some(true);
            self.catching_since = catching.then_some(now);
            let after = self.down_since.take().map(|since| now.since(since));
            return Some(Change::Up { after });
        }
        if catching {
            return None;
        }
        self.catching_since.take().map(|since| Change::CaughtUp(now.since(since)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(position: Seq, accepted: u64, health: Health) -> Progress {
        Progress { began: 0, position, accepted, parked: 0, parked_before: 0, health }
    }

    fn well(position: Seq) -> Progress {
        lane(position, 1, Health::Well)
    }

    fn failing(position: Seq) -> Progress {
        lane(position, 1, Health::Failing("reset".to_owned()))
    }

    fn denied(position: Seq) -> Progress {
        lane(position, 1, Health::Denied("401".to_owned()))
    }

    fn at(s: i64) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000).plus(Span::from_secs(s))
    }

    /// One line a step: second, lanes, backlog -> state and what is said.
    #[test]
    fn each_change_is_said_once_each_way_with_how_long() {
        use UpstreamState::{CatchingUp, Connected, Offline, Refused};
        let busy = lane(3, 1, Health::Busy("429".to_owned()));
        let untried = lane(0, 0, Health::Untried);
        let up = |after: Option<i64>| Some(Change::Up { after: after.map(Span::from_secs) });
        let steps = [
            (0, [untried.clone(), untried.clone()], 3, CatchingUp, None),
            (1, [well(3), untried], 0, Connected, up(None)),
            (2, [well(3), well(3)], 9, Connected, None),
            (3, [well(3), failing(3)], 20, Offline, Some(Change::Lost("reset".to_owned()))),
            (30, [failing(3), failing(3)], 9000, Offline, None),
            (60, [well(5), failing(3)], 9000, Offline, None),
            (63, [well(5), well(4)], 9000, CatchingUp, up(Some(60))),
            (64, [well(5), busy], 5000, CatchingUp, None),
            (73, [well(5), well(9000)], 0, Connected, Some(Change::CaughtUp(Span::from_secs(10)))),
            (74, [well(5), well(9000)], 4000, CatchingUp, None),
            (75, [well(5), well(9000)], 0, Connected, None),
            (80, [failing(5), well(9000)], 0, Offline, Some(Change::Lost("reset".to_owned()))),
            (90, [denied(5), well(9000)], 0, Refused, Some(Change::Refused("401".to_owned()))),
            (95, [denied(5), denied(9000)], 0, Refused, None),
            (100, [well(6), well(9000)], 0, Connected, up(Some(20))),
        ];
        let mut standing = Standing::new(at(0));
        for (s, lanes, backlog, state, change) in steps {
            assert_eq!(standing.take(&lanes, backlog, at(s)), change, "at {s} s");
            assert_eq!((standing.view().state, standing.view().backlog), (state, backlog), "at {s} s");
        }
        assert_eq!(standing.view().since, Some(at(100)));
        assert_eq!(standing.view().acknowledged_seq, 6);
        assert_eq!(standing.view().reason, None);
    }

    #[test]
    fn catching_up_is_told_with_its_pace_and_its_end_and_an_outage_with_its_beginning() {
        let mut standing = Standing::new(at(0));
        standing.take(&[failing(3), failing(3)], 9_000, at(5));
        assert_eq!(standing.view().offline_since, Some(at(5)));
        standing.take(&[denied(3), failing(3)], 9_000, at(7));
        assert_eq!(standing.view().offline_since, Some(at(5)), "another reason, the same outage");
        // Second, accepted so far, still to go -> a second, seconds to go.
        for (s, accepted, backlog, rate, eta) in [
            (10, 500, 9_000, None, None),
            (11, 1_000, 8_600, Some(500), Some(21)),
            (12, 1_500, 8_200, Some(500), Some(20)),
            (14, 1_500, 8_300, Some(250), Some(47)),
            (15, 1_500, 9_000, Some(200), None),
            (30, 9_000, 100, None, None),
        ] {
            standing.take(&[lane(4, accepted, Health::Well), well(4)], backlog, at(s));
            let view = standing.view();
            assert_eq!((view.rate_per_s, view.eta_s, view.offline_since), (rate, eta, None), "at {s} s");
        }
    }

    #[test]
    fn the_view_is_written_as_the_overview_shows_it() {
        let off = serde_json::to_string(&UpstreamView::default()).unwrap();
        let want = concat!(
            r#"{"state":"off","backlog":0,"acknowledged_seq":0,"parked":0,"since":null,"offline_since":null,"#,
            r#""rate_per_s":null,"eta_s":null,"reason":null}"#
        );
        assert_eq!(off, want);
        let mut standing = Standing::new(at(0));
        standing.take(&[denied(7), well(9)], 12, at(1));
        let refused = serde_json::to_string(standing.view()).unwrap();
        assert!(refused.starts_with(r#"{"state":"refused","backlog":12,"acknowledged_seq":7,"#), "{refused}");
        assert!(refused.ends_with(r#""reason":"401"}"#), "{refused}");
    }
}
