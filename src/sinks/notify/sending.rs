//! Puts news into words, words into the receiver's shape, and sends them once.
//!
//! Promises that no address and no secret is ever shown: vendors put their secrets into addresses. Decides nothing about
//! what an answer leads to.

use std::path::Path;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url};

use super::choose::News;
use super::receiver::{Postal, Receiver, Topic};
use super::vendor::{Letter, Request, Vendor};
use super::words::{Text, Words};
use super::{NotifySettings, mail, mqtt};
use crate::facts::Timestamp;
use crate::plan::SharedDirectory;
use crate::sinks::carrier::Answer;
use crate::sinks::wire::{self, in_words, nobody_there, read_answer};

/// Why a notifier cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up connections to {place}: {source}; check that certificates of authorities are installed")]
pub(super) struct CourierFault {
    place: String,
    #[source]
    source: reqwest::Error,
}

/// By which way.
#[derive(Debug)]
enum Way {
    Posted(Vendor, Client),
    Mail(Postal),
    Mqtt(Topic),
}

/// The way to one receiver.
#[derive(Debug)]
pub(super) struct Courier {
    settings: NotifySettings,
    directory: SharedDirectory,
    way: Way,
    /// Says the matter alone: what it said in full was refused.
    brief: bool,
}

impl Courier {
    pub(super) fn new(settings: NotifySettings, directory: SharedDirectory) -> Result<Self, CourierFault> {
        let way = match settings.receiver.clone() {
            Receiver::Posted(vendor) => {
                let client = wire::client(&settings.url, &settings.timeouts)
                    .map_err(|source| CourierFault { place: place(&settings.url), source })?;
                Way::Posted(vendor, client)
            }
            Receiver::Mail(postal) => Way::Mail(postal),
            Receiver::Mqtt(topic) => Way::Mqtt(topic),
        };
        Ok(Self { settings, directory, way, brief: false })
    }

    pub(super) const fn is_verbose(&self) -> bool {
        !self.brief
    }

    pub(super) const fn be_brief(&mut self) {
        self.brief = true;
    }

    pub(super) const fn be_full(&mut self) {
        self.brief = false;
    }

    /// Tries once. None is a trial. The secret is read each time: it may have been mended.
    pub(super) async fn send(&self, news: Option<&News>, key: &str, now: Timestamp) -> Answer {
        let secret = match &self.settings.secret_file {
            None => None,
            Some(file) => match read_secret(file).await {
                Ok(secret) => Some(secret),
                Err(reason) => return Answer::Denied(reason),
            },
        };
        let text = self.text(news, now);
        let letter = Letter {
            site: self.settings.site.as_str(),
            notifier: self.settings.name.as_str(),
            key,
            text: &text,
            news,
            mobiles: &self.settings.mobiles,
            now,
        };
        let (url, secret, timeouts) = (&self.settings.url, secret.as_deref(), &self.settings.timeouts);
        match &self.way {
            Way::Posted(vendor, client) => post(client, vendor, vendor.request(url, secret, &letter)).await,
            Way::Mail(postal) => mail::send(url, postal, secret, &letter, timeouts).await,
            Way::Mqtt(topic) => mqtt::send(url, topic, secret, &letter, timeouts).await,
        }
    }

    fn text(&self, news: Option<&News>, now: Timestamp) -> Text {
        let directory = self.directory.load();
        let words = Words {
            language: self.settings.language,
            zone: &self.settings.zone,
            site: &self.settings.site_name,
            directory: &directory,
            names: self.settings.personal_data && !self.brief,
            now,
        };
        let mut text = news.map_or_else(|| words.trial(), |news| words.tell(news));
        if self.brief {
            text.lines.clear();
        }
        text
    }
}

/// Posts once.
async fn post(client: &Client, vendor: &Vendor, Request { url, headers, body }: Request) -> Answer {
    let mut request = client.post(url).header(CONTENT_TYPE, "application/json").body(body.to_string());
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let response = match request.send().await {
        Ok(response) => response,
        Err(fault) if nobody_there(&fault) => return Answer::Unreachable(in_words(fault)),
        Err(fault) if fault.is_timeout() => return Answer::Late(in_words(fault)),
        Err(fault) => return Answer::Failed(in_words(fault), None),
    };
    let status = response.status();
    match read_answer(response).await {
        Ok(said) => vendor.judge(status, &said),
        Err(fault) if fault.is_timeout() => Answer::Late(format!("its answer stopped short after {status}")),
        Err(fault) => Answer::Failed(format!("its answer broke off after {status}: {}", in_words(fault)), None),
    }
}

async fn read_secret(file: &Path) -> Result<String, String> {
    let text = tokio::fs::read_to_string(file).await.map_err(|fault| {
        format!("cannot read the secret file {}: {fault}; check that it is there and readable", file.display())
    })?;
    let secret = text.trim();
    if secret.is_empty() { Err(format!("the secret file {} is empty", file.display())) } else { Ok(secret.to_owned()) }
}

/// An address without anything that may be secret: of some vendors the whole path is.
fn place(url: &Url) -> String {
    format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default())
}
