//! Batches of events by HTTP `POST`.
//!
//! Content is `application/cloudevents-batch+json` (CloudEvents HTTP binding, batched mode), compressed, with an
//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header) that is the same whenever the same events are sent.
//! Counts an answer only once it is there to its last byte. Decides nothing about what it means: see `answers`; nor
//! about what comes next: see `delivery`.

use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Url};
use tokio::net::TcpStream;
use tokio::sync::Mutex;

use super::UpstreamSettings;
use super::answers::judge;
use super::event::{EventWriter, Events};
use super::person::{self, Introduced, Introduction, OfPlan};
use crate::clock::Clock;
use crate::counters::{Counters, Outcome};
use crate::facts::Kind;
use crate::journal::{JournalFault, Reader, Row};
use crate::sinks::carrier::{Answer, Carrier, LoadFault};
use crate::sinks::wire::{self, in_brief, in_words, nobody_there, read_answer, shown};

/// A knock that is not answered for so long is not.
const KNOCK_MAX: Duration = Duration::from_secs(5);
/// How this sink is named in the counters.
pub(super) const LINK: &str = "upstream";

/// Why there is no way to upstream at all.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up connections to {url}: {source}; check that certificates of authorities are installed")]
pub(super) struct HttpFault {
    url: String,
    #[source]
    source: reqwest::Error,
}

/// The way to one collector.
#[derive(Debug)]
pub(super) struct HttpCarrier {
    client: Client,
    url: Url,
    token_file: Option<PathBuf>,
    /// The token as it was last read.
    token: Mutex<Option<HeaderValue>>,
    /// Who was introduced, where names may go upstream.
    introduced: Option<Arc<Introduced>>,
    site: String,
    events_max: usize,
    bytes_max: usize,
    writer: EventWriter,
    reader: Reader,
    counters: Arc<Counters>,
    clock: Clock,
}

impl HttpCarrier {
    pub(super) fn new(
        settings: &UpstreamSettings,
        reader: Reader,
        counters: Arc<Counters>,
        clock: Clock,
    ) -> Result<Self, HttpFault> {
        let client = wire::client(&settings.url, &settings.timeouts)
            .map_err(|source| HttpFault { url: shown(&settings.url), source })?;
        let writer = EventWriter::new(&settings.site);
        Ok(Self {
            client,
            url: settings.url.clone(),
            token_file: settings.token_file.clone(),
            token: Mutex::new(None),
            introduced: settings.personal_data.then(Arc::default),
            site: settings.site.to_string(),
            events_max: settings.pace.events_max,
            bytes_max: settings.pace.bytes_max,
            writer,
            reader,
            counters,
            clock,
        })
    }

    async fn exchange(&self, load: &Arc<Events>, range: Range<usize>) -> Answer {
        if let Some(introduced) = &self.introduced
            && let Some(answer) = self.introduce(introduced, load, &range).await
        {
            return answer;
        }
        let events = load.clone();
        self.send(move || pack_events(&events, &range)).await
    }

    /// Tells who the guests of these events are, ahead of them. An answer where they must wait for it; none where they
    /// can go.
    async fn introduce(&self, introduced: &Arc<Introduced>, load: &Events, range: &Range<usize>) -> Option<Answer> {
        let codes = load.guests(range);
        if codes.is_empty() {
            return None;
        }
        let (known, reader, site) = (introduced.clone(), self.reader.clone(), self.site.clone());
        let found = tokio::task::spawn_blocking(move || {
            // Without a plan nobody has a name.
            let Some((plan, at)) = reader.newest_of(Kind::Plan)? else { return Ok((0, Vec::new())) };
            let strangers = known.strangers(plan, &codes);
            if strangers.is_empty() {
                return Ok((plan, Vec::new()));
            }
            let epochs = reader.epochs();
            let of = OfPlan { site: &site, epoch: epochs.of(plan), seq: plan, at };
            Ok((plan, person::introduce(of, &strangers, &reader.people()?)))
        });
        let (plan, guests) = match found.await {
            Ok(Ok(found)) => found,
            Ok(Err(fault)) => return Some(Answer::Failed(JournalFault::to_string(&fault), None)),
            Err(fault) => return Some(Answer::Failed(format!("reading the people ended early: {fault}"), None)),
        };
        let mut at_once = self.events_max;
        let mut rest = &guests[..];
        while !rest.is_empty() {
            let n = person::fitting(rest, at_once, self.bytes_max);
            let (now, later) = rest.split_at(n);
            let texts: Vec<&str> = now.iter().map(|guest| guest.event.as_str()).collect();
            let text = texts.join(",");
            match self.send(move || pack(&text, "people")).await {
                Answer::Accepted => {}
                // Whom it does not want to know is not held against the entries.
                Answer::Refused(reason) | Answer::TooLarge(reason) if n == 1 => self.unwelcome(now, &reason),
                Answer::Refused(_) | Answer::TooLarge(_) => {
                    at_once = n / 2;
                    continue;
                }
                answer => return Some(answer),
            }
            introduced.know(plan, now);
            rest = later;
        }
        None
    }

    fn unwelcome(&self, guests: &[Introduction], reason: &str) {
        for guest in guests {
            tracing::warn!(code = guest.code, reason, "upstream does not take this guest's name; the rest goes on");
            self.counters.upstream_names_refused.inc();
        }
    }

    /// Packs and posts; where the token is refused, once more with the one that is in its file now.
    async fn send(&self, pack: impl FnOnce() -> io::Result<Packed> + Send + 'static) -> Answer {
        let packed = match tokio::task::spawn_blocking(pack).await {
            Ok(Ok(packed)) => packed,
            Ok(Err(fault)) => return Answer::Failed(format!("cannot compress: {fault}"), None),
            Err(fault) => return Answer::Failed(format!("cannot compress: {fault}"), None),
        };
        let token = match self.current_token().await {
            Ok(token) => token,
            Err(reason) => return Answer::Denied(reason),
        };
        let answer = self.post(&packed, token.clone()).await;
        if !matches!(answer, Answer::Denied(_)) || self.token_file.is_none() {
            return answer;
        }
        match self.read_token().await {
            Ok(fresh) if fresh != token => self.post(&packed, fresh).await,
            Ok(_) => answer,
            Err(reason) => Answer::Denied(reason),
        }
    }

    async fn post(&self, packed: &Packed, token: Option<HeaderValue>) -> Answer {
        let mut request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/cloudevents-batch+json")
            .header(CONTENT_ENCODING, "gzip")
            .header("idempotency-key", packed.key.as_str())
            .body(packed.body.clone());
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, token);
        }
        let response = match request.send().await {
            Ok(response) => response,
            Err(fault) if nobody_there(&fault) => return Answer::Unreachable(in_words(fault)),
            Err(fault) if fault.is_timeout() => return Answer::Late(in_words(fault)),
            Err(fault) => return Answer::Failed(in_words(fault), None),
        };
        let (status, headers) = (response.status(), response.headers().clone());
        match read_answer(response).await {
            Ok(said) => judge(status, &headers, &in_brief(&said), self.clock.now()),
            Err(fault) if fault.is_timeout() => Answer::Late(format!("its answer stopped short after {status}")),
            Err(fault) => Answer::Failed(format!("its answer broke off after {status}: {}", in_words(fault)), None),
        }
    }

    async fn current_token(&self) -> Result<Option<HeaderValue>, String> {
        if self.token_file.is_none() {
            return Ok(None);
        }
        let known = self.token.lock().await.clone();
        if known.is_some() { Ok(known) } else { self.read_token().await }
    }

    async fn read_token(&self) -> Result<Option<HeaderValue>, String> {
        let Some(path) = &self.token_file else { return Ok(None) };
        let text = tokio::fs::read_to_string(path).await.map_err(|fault| {
            format!("cannot read the token file {}: {fault}; check that it is there and readable", path.display())
        })?;
        let token = bearer(&text, path)?;
        *self.token.lock().await = Some(token.clone());
        Ok(Some(token))
    }
}

impl Carrier for HttpCarrier {
    type Load = Events;

    fn load(&self, rows: &[Row]) -> Result<Events, LoadFault> {
        Ok(self.writer.write(rows, &self.reader.epochs())?)
    }

    fn fitting(&self, load: &Events, from: usize, most: usize) -> usize {
        load.fitting(from, most, self.bytes_max)
    }

    async fn deliver(&self, load: &Arc<Events>, range: Range<usize>) -> Answer {
        let answer = self.exchange(load, range).await;
        let outcome = match &answer {
            Answer::Accepted => "accepted",
            Answer::TooLarge(_) => "too_large",
            Answer::Refused(_) => "refused",
            Answer::Busy(..) => "busy",
            Answer::Failed(..) => "failed",
            Answer::Late(_) => "late",
            Answer::Unreachable(_) => "unreachable",
            Answer::Denied(_) => "denied",
        };
        self.counters.upstream_deliveries.get_or_create(&Outcome { link: LINK.to_owned(), outcome }).inc();
        answer
    }

    async fn knock(&self) -> bool {
        let Some(host) = self.url.host_str() else { return false };
        let place = (host.trim_matches(['[', ']']), self.url.port_or_known_default().unwrap_or(0));
        match tokio::time::timeout(KNOCK_MAX, TcpStream::connect(place)).await {
            // On loopback a connection to a port where nobody listens may meet itself.
            Ok(Ok(stream)) => stream.local_addr().ok() != stream.peer_addr().ok(),
            Ok(Err(_)) | Err(_) => false,
        }
    }
}

/// One delivery as it goes out.
struct Packed {
    body: Vec<u8>,
    key: String,
}

/// The key names the first and the last entry and ends in a hash of everything: the same events have the same key at
/// each attempt, and a stretch that was cut differently has another one even where its ends are the same.
fn pack_events(events: &Events, range: &Range<usize>) -> io::Result<Packed> {
    let (first, last) = (events.seq(range.start), events.seq(range.end.saturating_sub(1)));
    pack(events.slice(range), &format!("{first}-{last}"))
}

fn pack(text: &str, name: &str) -> io::Result<Packed> {
    let mut body = GzEncoder::new(Vec::with_capacity(text.len() / 4), Compression::fast());
    body.write_all(b"[")?;
    body.write_all(text.as_bytes())?;
    body.write_all(b"]")?;
    let hash = blake3::hash(text.as_bytes()).to_hex();
    let key = format!("\"{name}-{}\"", hash.get(..16).unwrap_or_default());
    Ok(Packed { body: body.finish()?, key })
}

fn bearer(text: &str, path: &Path) -> Result<HeaderValue, String> {
    let refused = || format!("the token file {} holds no token; write one line of printable ASCII", path.display());
    let token = text.trim();
    if token.is_empty() {
        return Err(refused());
    }
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| refused())?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_one_printable_line_and_never_shown() {
        let path = Path::new("token");
        let token = bearer(" s3cret\n", path).unwrap();
        assert_eq!(token.as_bytes(), b"Bearer s3cret");
        assert!(!format!("{token:?}").contains("s3cret"));
        assert!(bearer("\n", path).is_err());
        assert!(bearer("two\nlines", path).is_err());
    }
}
