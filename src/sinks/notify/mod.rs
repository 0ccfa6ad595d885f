//! Notifiers: the alerts, to the people who must know, in a messenger, on a phone, in another system.
//!
//! Promises that each alert is told once after its commit, that a message which may have arrived is tried again under the
//! same key and no other, and that after an outage people get one digest of what is still true instead of a burst of
//! what was. Keeps no queue: the journal is the queue. Decides nothing about alerts.

mod choose;
mod flood;
mod hours;
mod journeys;
mod mail;
mod mqtt;
mod notifier;
mod pace;
mod phrases;
mod receiver;
mod remedies;
mod sending;
mod vendor;
mod words;

use std::path::PathBuf;
use std::sync::Arc;

use jiff::tz::TimeZone;
use reqwest::Url;
use serde::Serialize;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use self::choose::Wants;
pub use self::hours::Hours;
use self::notifier::{Notifier, reason_of, show};
pub use self::receiver::{Postal, Receiver, Topic};
use self::sending::Courier;
pub use self::vendor::Vendor;
pub use self::words::Language;
use super::carrier::Answer;
use super::wire::Timeouts;
use crate::clock::Clock;
use crate::counters::Counters;
use crate::facts::{Name, Seq, Timestamp};
use crate::journal::Reader;
use crate::plan::SharedDirectory;
use crate::recorder::Handle;

/// One notifier, as it is configured.
#[derive(Debug, Clone)]
pub struct NotifySettings {
    /// Its name, in its cursor and on the dashboard; never change it.
    pub name: Name,
    /// Whom it speaks to.
    pub receiver: Receiver,
    /// The address, which may hold a secret.
    pub url: Url,
    /// A file with the secret alone: what it is for depends on the vendor.
    pub secret_file: Option<PathBuf>,
    /// Telephone numbers of those who are called by name, where the vendor can.
    pub mobiles: Vec<String>,
    /// Which alerts it wants.
    pub wants: Wants,
    /// The site's id.
    pub site: Name,
    /// The site's name for people.
    pub site_name: String,
    /// The language it speaks.
    pub language: Language,
    /// Whose hours it tells.
    pub zone: TimeZone,
    /// Whether guests and hosts may be named.
    pub personal_data: bool,
    /// How long one try may take.
    pub timeouts: Timeouts,
}

/// How a notifier fares.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotifyState {
    /// It had nothing to say yet.
    #[default]
    Untried,
    /// The last message was taken.
    Well,
    /// The last try failed; it is tried again.
    Failing,
    /// The receiver does not want us: somebody has to mend something.
    Refused,
}

/// A notifier as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotifyView {
    /// Its name.
    pub name: Name,
    /// Whom it speaks to.
    pub kind: &'static str,
    /// How it fares.
    pub state: NotifyState,
    /// Why, where it does not fare well.
    pub reason: Option<String>,
    /// When its last message was taken, since the start.
    pub told_at: Option<Timestamp>,
    /// Messages taken since the start.
    pub told: u64,
}

impl NotifyView {
    /// Of one that had nothing to say yet.
    pub fn new(settings: &NotifySettings) -> Self {
        let (name, kind) = (settings.name.clone(), settings.receiver.word());
        Self { name, kind, state: NotifyState::Untried, reason: None, told_at: None, told: 0 }
    }
}

/// How all notifiers fare, each in its place.
pub type Views = watch::Sender<Vec<NotifyView>>;

/// What all notifiers work with.
#[derive(Clone)]
pub struct Desk {
    /// Where alerts are read.
    pub reader: Reader,
    /// Where cursors are kept.
    pub recorder: Handle,
    /// Who is behind a code.
    pub directory: SharedDirectory,
    /// The counters.
    pub counters: Arc<Counters>,
    /// The gateway's clock.
    pub clock: Clock,
    /// The newest entry before anything was listened to: a notifier that is new begins there, because nobody wants the
    /// alerts of last week.
    pub from: Seq,
    /// Any random number each time it is asked.
    pub chance: fn() -> u64,
}

/// Sends one message that says no more than that it was sent, and tells what became of it.
///
/// # Errors
/// In words, when it was not taken.
pub async fn try_once(settings: &NotifySettings, directory: SharedDirectory, now: Timestamp) -> Result<(), String> {
    let courier = Courier::new(settings.clone(), directory).map_err(|fault| fault.to_string())?;
    match courier.send(None, &format!("trial-{}", now.as_millis()), now).await {
        Answer::Accepted => Ok(()),
        answer => Err(reason_of(answer).1),
    }
}

/// Tells until `cancel`.
///
/// A TLS provider must be installed for the process (`rustls::crypto::ring`).
pub async fn run(settings: NotifySettings, desk: Desk, views: Views, cancel: CancellationToken) {
    let courier = match Courier::new(settings.clone(), Arc::clone(&desk.directory)) {
        Ok(courier) => courier,
        Err(fault) => {
            tracing::error!(notifier = %settings.name, %fault, "this notifier cannot say anything");
            let refused = (NotifyState::Refused, Some(fault.to_string()));
            return show(&views, &settings.name, |view| (view.state, view.reason) = refused);
        }
    };
    let name = settings.name.clone();
    let mut notifier = Notifier::new(settings, desk, views, courier);
    tokio::select! {
        () = cancel.cancelled() => {}
        ended = notifier.keep_telling() => {
            if let Err(fault) = ended {
                tracing::debug!(notifier = %name, %fault, "this notifier has ended");
            }
        }
    }
}
