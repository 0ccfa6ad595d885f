//! The books: what became of every thing that was heard, by link, and what was committed of it, by kind.
//!
//! Promises that nothing leaves the books unseen: whoever hears a thing holds a [`Slip`] for it until its fate is
//! written down, and a slip that is let go of without a word counts as *not kept*. One lock, so that a copy of the
//! books shows one moment. Adds nothing up and judges nothing: see [`conservation`](crate::conservation).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::facts::{Kind, Seq, Timestamp};

/// How often, by a word.
pub type ByWord = BTreeMap<&'static str, u64>;

/// The link of what the gateway says of itself: its start, its clock, rules and plan, links that come and go.
pub const GATEWAY: &str = "gateway";

/// What became of one thing that was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is an entry.
    Kept,
    /// It was kept before, so that no second entry was made.
    Duplicate,
    /// It was not understood, for this reason, and is kept as `rejected`.
    Rejected(&'static str),
    /// It was understood, and there is nothing in it to keep.
    Nothing(&'static str),
    /// A position that says nothing new.
    Thinned,
    /// Given up at this bound: whoever sent it cannot wait and does not know.
    Dropped(&'static str),
    /// Refused at the door by this bound: its sender was told, and nothing of it is kept.
    TurnedAway(&'static str),
    /// It could not be committed and was not acknowledged: its sender sends it again.
    NotKept,
}

/// The account of one link, since the start of this process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// Things heard: a message is as many as it tells, one that tells nothing or is not understood is one.
    pub heard: u64,
    /// Those that are entries.
    pub kept: u64,
    /// Those that were kept before.
    pub duplicates: u64,
    /// Those kept as `rejected`, by reason.
    pub rejected: ByWord,
    /// Those with nothing in them to keep, by reason.
    pub nothing: ByWord,
    /// Positions that said nothing new.
    pub thinned: u64,
    /// Those given up, by bound.
    pub dropped: ByWord,
    /// Those refused at the door, by bound.
    pub turned_away: ByWord,
    /// Those that could not be committed and were not acknowledged.
    pub not_kept: u64,
    /// Slips that are out: heard, and not at their end yet.
    pub in_flight: u64,
}

impl Account {
    fn write_down(&mut self, fate: Fate) {
        match fate {
            Fate::Kept => self.kept += 1,
            Fate::Duplicate => self.duplicates += 1,
            Fate::Rejected(word) => *self.rejected.entry(word).or_default() += 1,
            Fate::Nothing(word) => *self.nothing.entry(word).or_default() += 1,
            Fate::Thinned => self.thinned += 1,
            Fate::Dropped(bound) => *self.dropped.entry(bound).or_default() += 1,
            Fate::TurnedAway(bound) => *self.turned_away.entry(bound).or_default() += 1,
            Fate::NotKept => self.not_kept += 1,
        }
    }
}

/// What the recorder has committed since the start of this process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Committed {
    /// When the books were opened.
    pub since: Option<Timestamp>,
    /// The newest entry then.
    pub first: Seq,
    /// The newest entry now.
    pub newest: Seq,
    /// Entries by kind.
    pub by_kind: BTreeMap<Kind, u64>,
    /// Of these, entries of a commit that had failed and was found in the journal afterwards: their senders were not
    /// acknowledged. Alert changes are not among them.
    pub found: u64,
}

/// How far one lane to upstream has come since the start of this process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Whether its entries are the few that overtake (all kinds but readings and positions), or those two.
    pub urgent: bool,
    /// Where it began: everything up to here was done before.
    pub began: Seq,
    /// Everything of the lane up to here is done.
    pub position: Seq,
    /// Entries acknowledged.
    pub acknowledged: u64,
    /// Entries refused for good and passed by.
    pub parked: u64,
}

/// All accounts, as they stand at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Books {
    /// By link, in the order in which they were first heard.
    pub links: Vec<(String, Account)>,
    /// What the recorder committed.
    pub committed: Committed,
    /// By the name of the lane's cursor.
    pub delivered: BTreeMap<&'static str, Delivered>,
    /// Given up on the way to somebody who listens, by bound: those were committed before, and can be read again.
    pub outward: ByWord,
}

/// The books of one gateway.
#[derive(Debug, Default)]
pub struct Ledger {
    books: Mutex<Books>,
}

impl Ledger {
    fn open(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A copy.
    pub fn books(&self) -> Books {
        self.open().clone()
    }

    /// The account of this link, opened where there is none.
    pub fn link(self: &Arc<Self>, name: &str) -> Link {
        let mut books = self.open();
        let at = books.links.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
            books.links.push((name.to_owned(), Account::default()));
            books.links.len() - 1
        });
        drop(books);
        Link { ledger: Arc::clone(self), at }
    }

    /// The journal is open, and this is its newest entry.
    pub fn begin(&self, newest: Seq, now: Timestamp) {
        self.open().committed = Committed { since: Some(now), first: newest, newest, ..Committed::default() };
    }

    /// A commit is on disk: these entries by kind, and the fates of everything that was in it, all at once.
    pub fn settle(&self, newest: Seq, kept: &BTreeMap<Kind, u64>, fates: Vec<(Slip, Fate)>) {
        let mut books = self.open();
        books.committed.newest = newest;
        for (kind, count) in kept {
            *books.committed.by_kind.entry(*kind).or_default() += count;
        }
        for (mut slip, fate) in fates {
            slip.hand_in(&mut books, fate);
        }
    }

    /// The journal was opened anew and holds more than was counted: a commit that failed has happened after all.
    pub fn found(&self, newest: Seq, by_kind: &BTreeMap<Kind, u64>) {
        let committed = &mut self.open().committed;
        committed.newest = newest;
        for (kind, count) in by_kind {
            *committed.by_kind.entry(*kind).or_default() += count;
            committed.found += if *kind == Kind::Alert { 0 } else { *count };
        }
    }

    /// A lane to upstream has come so far.
    pub fn delivered(&self, lane: &'static str, so_far: Delivered) {
        self.open().delivered.insert(lane, so_far);
    }

    /// Something committed was given up on the way to somebody who listens.
    pub fn given_up_outward(&self, bound: &'static str) {
        *self.open().outward.entry(bound).or_default() += 1;
    }
}

/// Where things of one link are written down. Shared by cloning.
#[derive(Debug, Clone)]
pub struct Link {
    ledger: Arc<Ledger>,
    at: usize,
}

impl Link {
    /// Something was heard.
    pub fn heard(&self) -> Slip {
        if let Some((_, account)) = self.ledger.open().links.get_mut(self.at) {
            account.heard += 1;
            account.in_flight += 1;
        }
        Slip { link: self.clone(), rejected: None, out: true }
    }
}

/// One thing that was heard, until its fate is written down.
#[derive(Debug)]
#[must_use = "a slip that is let go of counts its thing as not kept"]
pub struct Slip {
    link: Link,
    rejected: Option<&'static str>,
    out: bool,
}

impl Slip {
    /// This slip and, as often as they are asked for, more for what else the same message tells.
    pub fn and_more(self) -> impl Iterator<Item = Self> {
        let link = self.link.clone();
        std::iter::once(self).chain(std::iter::repeat_with(move || link.heard()))
    }

    /// It goes on to be kept as `rejected`, for this reason.
    pub fn rejected(mut self, word: &'static str) -> Self {
        self.rejected = Some(word);
        self
    }

    /// What it becomes once it is an entry.
    pub fn kept(&self) -> Fate {
        self.rejected.map_or(Fate::Kept, Fate::Rejected)
    }

    /// Its end.
    pub fn ended(mut self, fate: Fate) {
        let ledger = Arc::clone(&self.link.ledger);
        self.hand_in(&mut ledger.open(), fate);
    }

    fn hand_in(&mut self, books: &mut Books, fate: Fate) {
        self.out = false;
        if let Some((_, account)) = books.links.get_mut(self.link.at) {
            account.in_flight = account.in_flight.saturating_sub(1);
            account.write_down(fate);
        }
    }
}

impl Drop for Slip {
    fn drop(&mut self) {
        if self.out {
            let ledger = Arc::clone(&self.link.ledger);
            self.hand_in(&mut ledger.open(), Fate::NotKept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(ledger: &Ledger, name: &str) -> Account {
        ledger.books().links.into_iter().find(|(link, _)| link == name).unwrap().1
    }

    #[test]
    fn a_slip_is_out_until_its_end_and_counts_once() {
        let ledger = Arc::new(Ledger::default());
        let link = ledger.link("mqtt");
        let one = link.heard();
        let (two, three) = {
            let mut slips = link.heard().and_more();
            (slips.next().unwrap(), slips.next().unwrap())
        };
        assert_eq!(account(&ledger, "mqtt"), Account { heard: 3, in_flight: 3, ..Account::default() });
        one.ended(Fate::Thinned);
        let two = two.rejected("too_long");
        let fate = two.kept();
        ledger.settle(7, &BTreeMap::from([(Kind::Rejected, 1)]), vec![(two, fate)]);
        drop(three);
        let want = Account {
            heard: 3,
            thinned: 1,
            rejected: BTreeMap::from([("too_long", 1)]),
            not_kept: 1,
            ..Account::default()
        };
        assert_eq!(account(&ledger, "mqtt"), want);
        assert_eq!(ledger.books().committed.newest, 7);
    }

    #[test]
    fn the_same_name_is_the_same_account() {
        let ledger = Arc::new(Ledger::default());
        ledger.link("a").heard().ended(Fate::Kept);
        ledger.link("b").heard().ended(Fate::Dropped("serial_reports_max"));
        ledger.link("a").heard().ended(Fate::Duplicate);
        let books = ledger.books();
        assert_eq!(books.links.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!((account(&ledger, "a").kept, account(&ledger, "a").duplicates), (1, 1));
    }
}
