//! Batches of events by HTTP `POST`, and what the answers mean.
//!
//! Content is `application/cloudevents-batch+json` (CloudEvents HTTP binding, batched mode), compressed, with an
//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header) that is the same whenever the same events are sent.
//! Counts an answer only once it is there to its last byte. Decides nothing about what comes next: see `delivery`.

use std::io::Write;
use std::net::IpAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, Url};
use tokio::sync::Mutex;

use super::UpstreamSettings;
use super::event::{EventWriter, Events, names_a_guest};
use crate::clock::Clock;
use crate::counters::{Counters, Outcome};
use crate::facts::Timestamp;
use crate::journal::{Reader, Row};
use crate::sinks::delivery::{Answer, Carrier, LoadFault};

/// How long one delivery may take, part by part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the connection stands, TLS included.
    pub connect: Duration,
    /// Between two bytes of the answer, and until its first.
    pub read: Duration,
    /// For everything.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), read: Duration::from_secs(30), total: Duration::from_mins(1) }
    }
}

/// An idle connection is closed before the usual server closes it, so that no delivery meets a dying one.
const IDLE_MAX: Duration = Duration::from_secs(50);
/// Silence on a connection after which the kernel asks whether the other end still lives.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(15);
/// Bytes of an answer that are read; of a longer one the connection is given up, its status counts.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Characters of an answer that make it into a reason.
const SAID_CHARS_MAX: usize = 200;
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
    personal_data: bool,
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
        let timeouts = settings.timeouts;
        let mut client = Client::builder()
            .user_agent(concat!("portico/", env!("CARGO_PKG_VERSION")))
            // A redirected POST becomes a GET, and a 200 to that would acknowledge what was never sent.
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(timeouts.connect)
            .read_timeout(timeouts.read)
            .timeout(timeouts.total)
            .pool_idle_timeout(IDLE_MAX)
            .tcp_keepalive(KEEPALIVE_AFTER);
        if is_loopback(&settings.url) {
            // What runs on this machine is never behind a proxy, whatever the environment says.
            client = client.no_proxy();
        }
        let client = client.build().map_err(|source| HttpFault { url: shown(&settings.url), source })?;
        let writer = EventWriter::new(&settings.site, reader.epoch());
        Ok(Self {
            client,
            url: settings.url.clone(),
            token_file: settings.token_file.clone(),
            token: Mutex::new(None),
            personal_data: settings.personal_data,
            bytes_max: settings.pace.bytes_max,
            writer,
            reader,
            counters,
            clock,
        })
    }

    async fn exchange(&self, load: &Arc<Events>, range: Range<usize>) -> Answer {
        let (events, epoch) = (load.clone(), self.reader.epoch().to_owned());
        let packed = match tokio::task::spawn_blocking(move || pack(&events, &range, &epoch)).await {
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
            Err(fault) => return Answer::Failed(in_words(fault), None),
        };
        let (status, headers) = (response.status(), response.headers().clone());
        match read_answer(response).await {
            Ok(said) => judge(status, &headers, &said, self.clock.now()),
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
        let people =
            if self.personal_data && rows.iter().any(names_a_guest) { Some(self.reader.people()?) } else { None };
        Ok(self.writer.write(rows, people.as_ref())?)
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
            Answer::Denied(_) => "denied",
        };
        self.counters.upstream_deliveries.get_or_create(&Outcome { link: LINK.to_owned(), outcome }).inc();
        answer
    }
}

/// One delivery as it goes out.
struct Packed {
    body: Vec<u8>,
    key: String,
}

/// The key names the first and the last entry and ends in a hash of everything: the same events have the same key at
/// each attempt, and a stretch that was cut differently has another one even where its ends are the same.
fn pack(events: &Events, range: &Range<usize>, epoch: &str) -> std::io::Result<Packed> {
    let text = events.slice(range);
    let mut body = GzEncoder::new(Vec::with_capacity(text.len() / 4), Compression::fast());
    body.write_all(b"[")?;
    body.write_all(text.as_bytes())?;
    body.write_all(b"]")?;
    let (first, last) = (events.seq(range.start), events.seq(range.end.saturating_sub(1)));
    let hash = blake3::hash(text.as_bytes()).to_hex();
    let key = format!("\"{epoch}-{first}-{last}-{}\"", hash.get(..16).unwrap_or_default());
    Ok(Packed { body: body.finish()?, key })
}

/// Reads an answer to its end, keeping as much as a reason may need.
async fn read_answer(mut response: Response) -> Result<String, reqwest::Error> {
    let (mut kept, mut bytes) = (Vec::new(), 0);
    while let Some(chunk) = response.chunk().await? {
        bytes += chunk.len();
        if kept.len() < 4 * SAID_CHARS_MAX {
            kept.extend_from_slice(&chunk);
        }
        if bytes > ANSWER_BYTES_MAX {
            break;
        }
    }
    let text = String::from_utf8_lossy(&kept);
    let clean = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    Ok(clean.take(SAID_CHARS_MAX).collect::<String>().trim().to_owned())
}

/// What an answer means. `now` is our time, for a date to come back at where the answer has no date of its own.
fn judge(status: StatusCode, headers: &HeaderMap, said: &str, now: Timestamp) -> Answer {
    let reason = if said.is_empty() { status.to_string() } else { format!("{status}: {said}") };
    match status.as_u16() {
        200..=299 => Answer::Accepted,
        400 | 422 => Answer::Refused(reason),
        413 => Answer::TooLarge(reason),
        429 => Answer::Busy(reason, asked_wait(headers, now)),
        503 => Answer::Failed(reason, asked_wait(headers, now)),
        // Too slow for it, not done with the same delivery yet, or willing a little later.
        408 | 409 | 425 => Answer::Failed(reason, None),
        300..=399 => {
            let place = headers.get("location").and_then(|place| place.to_str().ok()).unwrap_or("an unnamed place");
            Answer::Denied(format!("{status} to {place}; redirects are not followed: put the final address in `url`"))
        }
        401 | 403 => Answer::Denied(format!("{reason}; check the token")),
        402..=499 => Answer::Denied(format!("{reason}; check the address and what it accepts")),
        _ => Answer::Failed(reason, None),
    }
}

fn asked_wait(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    // Its own date is better than ours: our clock may be wrong, and the wait is between two of its times.
    let now = text(DATE).and_then(http_date).unwrap_or(now);
    retry_after(text(RETRY_AFTER)?, now)
}

/// `Retry-After` (RFC 9110, 10.2.3): whole seconds, or a date, which counts from `now`; none if it is neither.
fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if value.bytes().all(|byte| byte.is_ascii_digit()) && !value.is_empty() {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let ms = http_date(value)?.since(now).as_millis().max(0);
    Some(Duration::from_millis(ms.unsigned_abs()))
}

/// A date as HTTP writes it (RFC 9110, 5.6.7, the preferred form).
fn http_date(text: &str) -> Option<Timestamp> {
    let parsed = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Timestamp::from_millis(parsed.as_millisecond()))
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

/// A failure in a few words, without the address, whose query may hold a secret.
fn in_words(fault: reqwest::Error) -> String {
    let fault = fault.without_url();
    if fault.is_timeout() {
        return if fault.is_connect() { "no connection in time" } else { "no answer in time" }.to_owned();
    }
    let mut root: &dyn std::error::Error = &fault;
    while let Some(source) = root.source() {
        root = source;
    }
    if fault.is_connect() { format!("cannot connect: {root}") } else { root.to_string() }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// An address without what may be secret in it.
pub(super) fn shown(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-23T02:17:20Z".parse().unwrap()
    }

    #[test]
    fn a_wait_is_read_in_seconds_or_as_a_date() {
        let s = |n| Some(Duration::from_secs(n));
        for (value, want) in [
            ("120", s(120)),
            (" 0 ", s(0)),
            ("99999999999999999999999", s(u64::MAX)),
            ("Mon, 23 Nov 2026 02:18:20 GMT", s(60)),
            ("Mon, 23 Nov 2026 02:17:20 GMT", s(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", s(0)),
            ("-5", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after(value, now()), want, "{value:?}");
        }
    }

    #[test]
    fn a_date_to_come_back_at_counts_from_the_answers_own_date() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT"));
        assert_eq!(asked_wait(&headers, now()), Some(Duration::ZERO));
        headers.insert(DATE, HeaderValue::from_static("Sun, 06 Nov 1994 08:49:07 GMT"));
        assert_eq!(asked_wait(&headers, now()), Some(Duration::from_secs(30)));
    }

    #[test]
    fn each_status_has_its_meaning() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static("7"));
        for (status, want) in [
            (200, "accepted"),
            (202, "accepted"),
            (204, "accepted"),
            (302, "denied"),
            (400, "refused"),
            (401, "denied"),
            (403, "denied"),
            (404, "denied"),
            (408, "failed"),
            (409, "failed"),
            (410, "denied"),
            (413, "too large"),
            (415, "denied"),
            (422, "refused"),
            (429, "busy 7"),
            (500, "failed"),
            (502, "failed"),
            (503, "failed 7"),
            (599, "failed"),
        ] {
            let answer = judge(StatusCode::from_u16(status).unwrap(), &headers, "said", now());
            let wait = |wait: Option<Duration>| wait.map_or(String::new(), |wait| format!(" {}", wait.as_secs()));
            let got = match answer {
                Answer::Accepted => "accepted".to_owned(),
                Answer::TooLarge(_) => "too large".to_owned(),
                Answer::Refused(_) => "refused".to_owned(),
                Answer::Busy(_, w) => format!("busy{}", wait(w)),
                Answer::Failed(_, w) => format!("failed{}", wait(w)),
                Answer::Denied(_) => "denied".to_owned(),
            };
            assert_eq!(got, want, "{status}");
        }
    }

    #[test]
    fn a_token_is_one_printable_line_and_never_shown() {
        let path = Path::new("token");
        let token = bearer(" s3cret\n", path).unwrap();
        assert_eq!(token.as_bytes(), b"Bearer s3cret");
        assert!(!format!("{token:?}").contains("s3cret"));
        assert!(bearer("\n", path).is_err());
        assert!(bearer("two\nlines", path).is_err());
        assert_eq!(shown(&"https://u:p@host:8443/in?key=secret".parse().unwrap()), "https://host:8443/in");
    }
}
