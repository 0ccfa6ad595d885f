//! Whom a notifier speaks to, and by which way: what is posted over HTTP, mail, and another MQTT broker.

use std::time::Duration;

use lettre::message::Mailbox;

use super::pace::Allowance;
use super::vendor::Vendor;

/// Whom a notifier speaks to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receiver {
    /// A service that takes a request over HTTP.
    Posted(Vendor),
    /// Mailboxes, by way of a mail server.
    Mail(Postal),
    /// Whoever has subscribed to a topic of another broker.
    Mqtt(Topic),
}

/// Who writes to whom, and as which user of the mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Postal {
    /// The sender.
    pub from: Mailbox,
    /// Those who are told.
    pub to: Vec<Mailbox>,
    /// The user; none: the server asks for nobody.
    pub user: Option<String>,
}

/// A topic, and as which user of the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// The topic.
    pub name: String,
    /// The user; none: the broker asks for nobody.
    pub user: Option<String>,
}

impl Receiver {
    /// The word in the configuration.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Posted(vendor) => vendor.word(),
            Self::Mail(_) => "mail",
            Self::Mqtt(_) => "mqtt",
        }
    }

    /// How often it may be spoken to.
    pub(super) const fn allowance(&self) -> Allowance {
        match self {
            Self::Posted(vendor) => vendor.allowance(),
            // Servers hold back who writes more often; nobody reads faster.
            Self::Mail(_) => Allowance { burst: 5, every: Duration::from_secs(20) },
            Self::Mqtt(_) => Allowance { burst: 20, every: Duration::from_secs(1) },
        }
    }
}
