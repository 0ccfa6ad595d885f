//! The conservation report: everything that was heard is accounted for, everything that was kept is in the journal, and
//! everything in the journal is upstream, waits for it, or was passed by.
//!
//! Promises that the two sides of each line come from different places, so that a line can fail: what links hear and
//! what becomes of it are written down where they happen ([`ledger`](crate::counters::ledger)), what is kept is counted
//! once by the recorder and once by the journal, what upstream acknowledged is counted by deliveries and compared with
//! the entries that its cursor passed. Changes nothing; words for people are made from it at the edge.

mod shown;

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::counters::ledger::{Account, Books, ByWord, Committed, Delivered};
use crate::facts::{Kind, Seq, Timestamp};
use crate::journal::{JournalFault, Lane, Reader};

/// The report. Counts are since the start of this process unless they say otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Conservation {
    /// When counting began.
    pub since: Option<Timestamp>,
    /// Whether every line adds up.
    pub adds_up: bool,
    /// Where something does not, and by how much.
    pub differences: Vec<Difference>,
    /// What was heard on each link, and what became of it.
    pub links: Vec<LinkLine>,
    /// What was committed.
    pub entries: EntriesLine,
    /// What became of the journal's entries upstream, by lane; empty where there is no upstream.
    pub upstream: Vec<LaneLine>,
    /// Copies given up on the way to somebody who listens, by bound; the entries themselves are kept.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub given_up_outward: ByWord,
}

/// One line that does not add up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Difference {
    /// Which line.
    pub line: LineKind,
    /// Of which link, kind or lane.
    pub name: String,
    /// So many are missing from its parts; negative: so many too many.
    #[serde(rename = "missing")]
    pub missing: i64,
}

/// The lines there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// Heard on a link = what became of it.
    Link,
    /// Entries committed = kept from links + alert changes.
    Origin,
    /// Entries committed = entries in the journal.
    Journal,
    /// Entries of a lane = acknowledged + parked + waiting.
    Upstream,
}

/// One link: `heard` is the sum of everything after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LinkLine {
    /// `mqtt`, `broker:<client id>`, `serial:<vehicle or path>`, `http`; `gateway` for what it says of itself.
    pub link: String,
    /// Things heard: a message is as many as it tells, one that tells nothing or is not understood is one.
    pub heard: u64,
    /// Those that are entries.
    pub kept: u64,
    /// Those recognised as kept before.
    pub duplicates: u64,
    /// Those kept as `rejected`, by reason.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub rejected: ByWord,
    /// Those with nothing in them to keep, by reason.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub nothing_to_keep: ByWord,
    /// Positions that said nothing new.
    pub thinned: u64,
    /// Those given up, by bound.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub dropped: ByWord,
    /// Those refused at the door and told so, by bound.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub turned_away: ByWord,
    /// Those that could not be committed, so that they were not acknowledged and come again.
    pub not_kept: u64,
    /// Those on their way at this moment.
    pub in_flight: u64,
}

/// What was committed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EntriesLine {
    /// The newest entry when counting began.
    pub first_seq: Seq,
    /// The newest entry.
    pub newest_seq: Seq,
    /// Entries committed, as the recorder counted them.
    pub committed: u64,
    /// The same by kind.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub by_kind: ByWord,
    /// Of these, what links brought, `rejected` among them.
    pub from_links: u64,
    /// Of these, alert changes: they follow from other entries and from deadlines.
    pub alert_changes: u64,
    /// Of these, what a failed commit left on disk after all: its senders were not acknowledged.
    pub found_after_failure: u64,
    /// Entries with numbers after `first_seq`, as the journal has them, those given up among them.
    pub in_journal: u64,
    /// Of these, those given up since.
    pub given_up: u64,
}

/// One lane to upstream, over the whole journal: `entries` is the sum of everything after it but the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LaneLine {
    /// The lane, by the name of its cursor.
    pub lane: String,
    /// Entries of the lane in the journal.
    pub entries: u64,
    /// Those acknowledged or passed by before counting began.
    pub done_before: u64,
    /// Those acknowledged since.
    pub acknowledged: u64,
    /// Those refused for good since, and passed by.
    pub parked: u64,
    /// Those that wait.
    pub backlog: u64,
    /// Entries of any kind given up since, between where the lane began and where it is: by so many the sum may differ.
    pub given_up: u64,
}

/// What the journal itself says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InJournal {
    /// Entries since the books were opened, but for readings and positions, by kind.
    pub urgent: BTreeMap<Kind, u64>,
    /// Readings and positions since then.
    pub bulk: u64,
    /// Entries since then that were given up.
    pub given_up: u64,
    /// By lane.
    pub lanes: BTreeMap<&'static str, LaneCount>,
}

/// A lane's entries, counted in the journal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LaneCount {
    /// Up to where it began.
    pub done_before: u64,
    /// From there to the cursor.
    pub passed: u64,
    /// After the cursor.
    pub backlog: u64,
    /// Entries, of all kinds, that were given up between where it began and the cursor.
    pub given_up: u64,
}

/// Asks the journal what stands against the books, and draws the report. May block.
pub fn take(reader: &Reader, books: &Books) -> Result<Conservation, JournalFault> {
    let Committed { first, newest, .. } = books.committed;
    let mut found = InJournal {
        urgent: reader.count_urgent(first, newest)?,
        bulk: reader.count(Lane::Bulk, first, newest)?,
        given_up: reader.count_given_up(first, newest)?,
        lanes: BTreeMap::new(),
    };
    for (name, lane) in &books.delivered {
        let entries = if lane.urgent { Lane::Urgent } else { Lane::Bulk };
        let count = LaneCount {
            done_before: reader.count(entries, 0, lane.began)?,
            passed: reader.count(entries, lane.began, lane.position)?,
            backlog: reader.count(entries, lane.position, newest)?,
            given_up: reader.count_given_up(lane.began, lane.position)?,
        };
        found.lanes.insert(name, count);
    }
    Ok(draw(books, &found))
}

/// The report of these books against this journal.
pub fn draw(books: &Books, found: &InJournal) -> Conservation {
    let mut differences = Vec::new();
    // What was given up since has left its number and not its kind: lines that count kinds are held to that many.
    let mut compare = |line: LineKind, name: &str, whole: u64, parts: u64, given_up: u64| {
        let missing = i64::try_from(i128::from(whole) - i128::from(parts)).unwrap_or(i64::MAX);
        if missing.unsigned_abs() > given_up {
            differences.push(Difference { line, name: name.to_owned(), missing });
        }
    };
    let links: Vec<LinkLine> = books.links.iter().map(|(link, account)| link_line(link, account)).collect();
    for line in &links {
        compare(LineKind::Link, &line.link, line.heard, line.parts(), 0);
    }
    let entries = entries_line(&links, &books.committed, found);
    let origins = entries.from_links + entries.alert_changes + entries.found_after_failure;
    compare(LineKind::Origin, "", entries.committed, origins, 0);
    compare(LineKind::Journal, "", entries.committed, entries.in_journal, 0);
    for kind in Kind::ALL.iter().filter(|kind| kind.is_urgent()) {
        let counted = |counts: &BTreeMap<Kind, u64>| counts.get(kind).copied().unwrap_or_default();
        let (committed, there) = (counted(&books.committed.by_kind), counted(&found.urgent));
        compare(LineKind::Journal, kind.word(), committed, there, found.given_up);
    }
    let lanes = books.delivered.iter();
    let upstream: Vec<LaneLine> =
        lanes.map(|(name, lane)| lane_line(name, *lane, found.lanes.get(name).copied().unwrap_or_default())).collect();
    for line in &upstream {
        compare(LineKind::Upstream, &line.lane, line.entries, line.parts(), line.given_up);
    }
    Conservation {
        since: books.committed.since,
        adds_up: differences.is_empty(),
        differences,
        links,
        entries,
        upstream,
        given_up_outward: books.outward.clone(),
    }
}

fn link_line(link: &str, account: &Account) -> LinkLine {
    let Account { heard, kept, duplicates, rejected, nothing, thinned, dropped, turned_away, not_kept, in_flight } =
        account.clone();
    LinkLine {
        link: link.to_owned(),
        heard,
        kept,
        duplicates,
        rejected,
        nothing_to_keep: nothing,
        thinned,
        dropped,
        turned_away,
        not_kept,
        in_flight,
    }
}

fn sum(counts: &ByWord) -> u64 {
    counts.values().sum()
}

impl LinkLine {
    /// What `heard` must be.
    fn parts(&self) -> u64 {
        self.kept
            + self.duplicates
            + sum(&self.rejected)
            + sum(&self.nothing_to_keep)
            + self.thinned
            + sum(&self.dropped)
            + sum(&self.turned_away)
            + self.not_kept
            + self.in_flight
    }
}

fn entries_line(links: &[LinkLine], committed: &Committed, found: &InJournal) -> EntriesLine {
    EntriesLine {
        first_seq: committed.first,
        newest_seq: committed.newest,
        committed: committed.by_kind.values().sum(),
        by_kind: committed.by_kind.iter().map(|(kind, count)| (kind.word(), *count)).collect(),
        from_links: links.iter().map(|line| line.kept + sum(&line.rejected)).sum(),
        alert_changes: committed.by_kind.get(&Kind::Alert).copied().unwrap_or_default(),
        found_after_failure: committed.found,
        in_journal: found.urgent.values().sum::<u64>() + found.bulk,
        given_up: found.given_up,
    }
}

fn lane_line(name: &str, lane: Delivered, count: LaneCount) -> LaneLine {
    LaneLine {
        lane: name.to_owned(),
        entries: count.done_before + count.passed + count.backlog,
        done_before: count.done_before,
        acknowledged: lane.acknowledged,
        parked: lane.parked,
        backlog: count.backlog,
        given_up: count.given_up,
    }
}

impl LaneLine {
    /// What `entries` must be.
    fn parts(&self) -> u64 {
        self.done_before + self.acknowledged + self.parked + self.backlog
    }
}

#[cfg(test)]
mod tests;
