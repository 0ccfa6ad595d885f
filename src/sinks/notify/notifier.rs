//! One notifier at work: read after the cursor, choose, send, move the cursor; wait, back off.
//!
//! Promises that up to where a message goes is on disk before it is sent, and that what may have arrived is tried again
//! under the same key. Chooses nothing and words nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::Instant;

use super::choose::{Change, Choice, Memory, News, choose};
use super::pace::Bucket;
use super::sending::Courier;
use super::{Desk, NotifySettings, NotifyState, NotifyView, Views};
use crate::backoff::Backoff;
use crate::counters::Outcome;
use crate::facts::{Alert, Fact, Kind, Name, Seq, Subject};
use crate::journal::{JournalFault, Lane, Reader};
use crate::recorder::NotKept;
use crate::sinks::carrier::Answer;

/// Alert changes that are looked at together; after a longer outage the rest makes the next message.
const CHANGES_MAX: usize = 2_000;
/// Bytes of them.
const CHANGES_BYTES_MAX: usize = 4 << 20;
/// While nothing newer comes, the clock is looked at so often: it may have been set.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// After a failure.
const BACKOFF: Backoff = Backoff { first: Duration::from_secs(1), most: Duration::from_mins(1) };
/// A message that is refused in its short form so often is passed by.
const REFUSALS_MAX: u32 = 3;
/// After a denial: it takes a person to mend it.
const DENIED: Duration = Duration::from_mins(1);
/// Longer than this nobody is left alone, whatever he asks.
const ASKED_MAX: Duration = Duration::from_mins(15);

/// One notifier at work.
pub(super) struct Notifier {
    settings: NotifySettings,
    desk: Desk,
    views: Views,
    courier: Courier,
    bucket: Bucket,
    /// The names of the cursors: what is told, and up to where a message was begun.
    cursor: String,
    begun: String,
    /// Everything up to here is told or was not wanted.
    position: Seq,
    /// A message up to here may have arrived: it is tried again as it was, and no other is begun before it is taken.
    open: Option<Seq>,
    memory: Memory,
    failures: u32,
    /// How often this message was refused in its short form.
    refusals: u32,
}

impl Notifier {
    pub(super) fn new(settings: NotifySettings, desk: Desk, views: Views, courier: Courier) -> Self {
        let (cursor, begun) = (format!("notify.{}", settings.name), format!("notify.{}.begun", settings.name));
        let bucket = Bucket::new(settings.receiver.allowance());
        let (position, open, memory) = (0, None, Memory::default());
        let (failures, refusals) = (0, 0);
        Self { settings, desk, views, courier, bucket, cursor, begun, position, open, memory, failures, refusals }
    }

    /// Ends only with the recorder.
    pub(super) async fn keep_telling(&mut self) -> Result<(), NotKept> {
        let mut newest = self.desk.recorder.newest();
        while let Err(fault) = self.find_place().await {
            self.failed(NotifyState::Failing, fault.to_string());
            self.back_off().await;
        }
        loop {
            newest.borrow_and_update();
            let now = self.desk.clock.now();
            let (changes, later) = match self.changes().await {
                Ok(found) => found,
                Err(fault) => {
                    self.failed(NotifyState::Failing, fault);
                    self.back_off().await;
                    continue;
                }
            };
            // Taken over with the choice alone: a message that is tried again says the same again.
            let mut memory = self.memory.clone();
            match choose(&changes, &later, now, &self.settings.wants, self.open, &mut memory) {
                Some(Choice::Say(upto, news)) => {
                    self.say(upto, &news).await?;
                    if self.position == upto {
                        self.memory = memory;
                    }
                }
                Some(Choice::Skip(upto)) => {
                    (self.open, self.memory) = (None, memory);
                    self.position = upto;
                    self.desk.recorder.save_cursor(self.cursor.clone(), upto);
                }
                Some(Choice::Wait(until)) => {
                    let wait = self.desk.clock.wait_until(until).map_or(LOOK_EVERY, |wait| wait.min(LOOK_EVERY));
                    let _woken = tokio::time::timeout(wait, newest.changed()).await;
                }
                None => newest.changed().await.map_err(|_| NotKept::Stopped)?,
            }
        }
    }

    /// Finds where it left off.
    async fn find_place(&mut self) -> Result<(), JournalFault> {
        let (reader, cursor, begun) = (self.desk.reader.clone(), self.cursor.clone(), self.begun.clone());
        let found = spawn_blocking(move || {
            let newest = reader.newest()?;
            let position = reader.cursor(&cursor)?.map(|seq| seq.min(newest));
            Ok((position, reader.cursor(&begun)?, newest))
        });
        let (position, begun, newest) = match found.await {
            Ok(found) => found?,
            Err(fault) => return Err(JournalFault::Damaged { seq: 0, reason: fault.to_string() }),
        };
        self.position = position.unwrap_or(self.desk.from);
        self.open = begun.filter(|begun| *begun > self.position && *begun <= newest);
        if position.is_none() {
            self.desk.recorder.save_cursor(self.cursor.clone(), self.desk.from);
        }
        Ok(())
    }

    /// The first changes after the cursor, and how their alerts stand after all that are left.
    async fn changes(&self) -> Result<(Vec<Change>, BTreeMap<Name, Alert>), String> {
        let (reader, after) = (self.desk.reader.clone(), self.position);
        let read = spawn_blocking(move || -> Result<_, JournalFault> {
            let (changes, mut upto) = page(&reader, after)?;
            let ids: BTreeSet<&Name> = changes.iter().map(|change| &change.alert.id).collect();
            let mut later = BTreeMap::new();
            let mut more = !changes.is_empty();
            while more {
                let (next, to) = page(&reader, upto)?;
                (more, upto) = (!next.is_empty(), to);
                for Change { alert, .. } in next.into_iter().filter(|change| ids.contains(&change.alert.id)) {
                    later.insert(alert.id.clone(), alert);
                }
            }
            Ok((changes, later))
        });
        let (mut changes, later) = read.await.map_err(|fault| fault.to_string())?.map_err(|fault| fault.to_string())?;
        // Hosts stand beside the journal, where they can be erased.
        let directory = self.desk.directory.load();
        for change in &mut changes {
            let person = if let Subject::Guest(code) = &change.alert.subject { directory.person(code) } else { None };
            change.is_ours = self.settings.wants.is_for(person.and_then(|person| person.host.as_deref()));
        }
        Ok((changes, later))
    }

    async fn say(&mut self, upto: Seq, news: &News) -> Result<(), NotKept> {
        if let Err(allowed_at) = self.bucket.take(Instant::now()) {
            // What comes meanwhile goes along.
            tokio::time::sleep_until(allowed_at).await;
            return Ok(());
        }
        if self.open != Some(upto) {
            // On disk before it is sent: after a crash the same message is tried under the same key.
            self.settle(self.begun.clone(), upto).await?;
            self.open = Some(upto);
        }
        let key = self.key(upto);
        let answer = self.courier.send(Some(news), &key, self.desk.clock.now()).await;
        self.count(&answer);
        match answer {
            Answer::Accepted => {
                self.told(upto);
                self.settle(self.cursor.clone(), upto).await?;
            }
            Answer::Refused(_) | Answer::TooLarge(_) if self.courier.is_verbose() => {
                // The words themselves may be what it does not take.
                self.courier.be_brief();
                self.open = None;
            }
            Answer::Refused(reason) | Answer::TooLarge(reason) if self.refusals >= REFUSALS_MAX => {
                // Nobody else is kept waiting for it: it stands in the ledger and on the dashboard.
                tracing::error!(notifier = %self.settings.name, reason, key, "this message is refused for good and passed by");
                (self.position, self.open, self.refusals) = (upto, None, 0);
                self.failed(NotifyState::Refused, format!("a message was passed by: {reason}"));
                self.settle(self.cursor.clone(), upto).await?;
            }
            answer => {
                self.refusals += u32::from(matches!(answer, Answer::Refused(_) | Answer::TooLarge(_)));
                // Where it is certain that nothing was taken, the next try may say more.
                let is_certain = !matches!(answer, Answer::Failed(..) | Answer::Late(_));
                let asked = match &answer {
                    Answer::Busy(_, Some(wait)) | Answer::Failed(_, Some(wait)) => Some(*wait),
                    _ => None,
                };
                let (state, reason) = reason_of(answer);
                if is_certain {
                    self.open = None;
                }
                let refused = state == NotifyState::Refused;
                self.failed(state, reason);
                match asked {
                    Some(wait) => tokio::time::sleep(wait.min(ASKED_MAX)).await,
                    None if refused => tokio::time::sleep(DENIED).await,
                    None => self.back_off().await,
                }
            }
        }
        Ok(())
    }

    /// Returns when it is on disk, or cannot be. A disk that is full is no reason to fall silent: it may be the very thing
    /// that is to be told, and told twice after a crash is better than not at all.
    async fn settle(&self, cursor: String, upto: Seq) -> Result<(), NotKept> {
        match self.desk.recorder.settle(cursor.clone(), upto).await {
            Ok(()) => Ok(()),
            Err(NotKept::Stopped) => Err(NotKept::Stopped),
            Err(fault @ (NotKept::Full(_) | NotKept::Spent(_) | NotKept::Storage(_))) => {
                tracing::debug!(notifier = %self.settings.name, %fault, "where this notifier is could not be kept");
                self.desk.recorder.save_cursor(cursor, upto);
                Ok(())
            }
        }
    }

    /// Names the stretch of the journal that a message tells of.
    fn key(&self, upto: Seq) -> String {
        let epochs = self.desk.reader.epochs();
        format!("{}-{}-{}-{upto}", self.settings.name, epochs.of(upto), self.position + 1)
    }

    fn told(&mut self, upto: Seq) {
        (self.position, self.open, self.failures, self.refusals) = (upto, None, 0, 0);
        self.courier.be_full();
        let (name, at) = (&self.settings.name, self.desk.clock.now());
        show(&self.views, name, |view| {
            if let Some(reason) = view.reason.take() {
                tracing::info!(notifier = %name, reason, "this notifier is heard again");
            }
            (view.state, view.told_at) = (NotifyState::Well, Some(at));
            view.told += 1;
        });
    }

    /// Said in the log once for each change of state.
    fn failed(&self, state: NotifyState, reason: String) {
        let name = &self.settings.name;
        show(&self.views, name, |view| {
            if view.state != state {
                tracing::warn!(notifier = %name, reason, "a message is not taken; it is tried again");
            }
            (view.state, view.reason) = (state, Some(reason));
        });
    }

    async fn back_off(&mut self) {
        let wait = BACKOFF.delay(self.failures, (self.desk.chance)());
        self.failures = self.failures.saturating_add(1);
        tokio::time::sleep(wait).await;
    }

    fn count(&self, answer: &Answer) {
        let outcome = match answer {
            Answer::Accepted => "accepted",
            Answer::TooLarge(_) | Answer::Refused(_) => "refused",
            Answer::Busy(..) => "busy",
            Answer::Failed(..) => "failed",
            Answer::Late(_) => "late",
            Answer::Unreachable(_) => "unreachable",
            Answer::Denied(_) => "denied",
        };
        let link = self.settings.name.to_string();
        self.desk.counters.notifications.get_or_create(&Outcome { link, outcome }).inc();
    }
}

/// Alert changes after an entry, and up to where there are no others.
fn page(reader: &Reader, after: Seq) -> Result<(Vec<Change>, Seq), JournalFault> {
    let page = reader.read(Lane::Kind(Kind::Alert), after, CHANGES_MAX, CHANGES_BYTES_MAX)?;
    let mut changes = Vec::with_capacity(page.rows.len());
    for row in &page.rows {
        if let Fact::Alert(alert) = row.to_entry()?.fact {
            changes.push(Change { seq: row.seq, at: row.received_at, is_ours: true, alert: *alert });
        }
    }
    Ok((changes, page.upto))
}

/// Changes what is shown of one notifier.
pub(super) fn show(views: &Views, name: &Name, change: impl FnOnce(&mut NotifyView)) {
    views.send_if_modified(|views| {
        let Some(view) = views.iter_mut().find(|view| view.name == *name) else { return false };
        let before = view.clone();
        change(view);
        *view != before
    });
}

/// How a notifier fares after an answer that is no success, and why.
pub(super) fn reason_of(answer: Answer) -> (NotifyState, String) {
    match answer {
        Answer::Accepted => (NotifyState::Well, String::new()),
        Answer::Denied(reason) | Answer::Refused(reason) | Answer::TooLarge(reason) => (NotifyState::Refused, reason),
        Answer::Busy(reason, _) | Answer::Failed(reason, _) | Answer::Late(reason) | Answer::Unreachable(reason) => {
            (NotifyState::Failing, reason)
        }
    }
}
