//! Requests over HTTP, as every sink that speaks it makes them: one client, one reading of an answer, one wording of
//! what went wrong.
//!
//! Promises that no address or secret in it is shown, and that an answer counts only once it is there to its last byte.
//! Decides nothing about what an answer means.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::{Client, Response, Url};

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
/// Bytes of it that are kept.
const KEPT_BYTES_MAX: usize = 8 * 1024;
/// Characters of an answer that make it into a reason.
const SAID_CHARS_MAX: usize = 200;
/// A client for requests to `url`.
pub(super) fn client(url: &Url, timeouts: &Timeouts) -> Result<Client, reqwest::Error> {
    let client = Client::builder()
        .user_agent(concat!("portico/", env!("CARGO_PKG_VERSION")))
        // A redirected POST becomes a GET, and a 200 to that would acknowledge what was never sent.
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(timeouts.connect)
        .read_timeout(timeouts.read)
        .timeout(timeouts.total)
        .pool_idle_timeout(IDLE_MAX)
        .tcp_keepalive(KEEPALIVE_AFTER);
    // What runs on this machine is never behind a proxy, whatever the environment says.
    if is_loopback(url) { client.no_proxy().build() } else { client.build() }
}

/// Reads an answer to its end, keeping as much as a receiver's own words may need.
pub(super) async fn read_answer(mut response: Response) -> Result<String, reqwest::Error> {
    let (mut kept, mut bytes) = (Vec::new(), 0);
    while let Some(chunk) = response.chunk().await? {
        bytes += chunk.len();
        if kept.len() < KEPT_BYTES_MAX {
            kept.extend_from_slice(&chunk);
        }
        if bytes > ANSWER_BYTES_MAX {
            break;
        }
    }
    kept.truncate(KEPT_BYTES_MAX);
    Ok(String::from_utf8_lossy(&kept).trim().to_owned())
}

/// An answer as it goes into a reason: a line, and not too long.
pub(super) fn in_brief(said: &str) -> String {
    let clean = said.chars().map(|c| if c.is_control() { ' ' } else { c });
    clean.take(SAID_CHARS_MAX).collect::<String>().trim().to_owned()
}

/// A failure in a few words, without the address, whose query may hold a secret.
pub(super) fn in_words(fault: reqwest::Error) -> String {
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

/// Whether no connection was made for want of somebody at the other end. A connection that was made and then failed,
/// in its TLS for one, is another matter: there a knock would be answered and mean nothing.
pub(super) fn nobody_there(fault: &reqwest::Error) -> bool {
    if !fault.is_connect() {
        return false;
    }
    let mut source = std::error::Error::source(fault);
    while let Some(cause) = source {
        let absent = cause.downcast_ref::<io::Error>().is_some_and(|cause| {
            matches!(
                cause.kind(),
                io::ErrorKind::ConnectionRefused
                    | io::ErrorKind::HostUnreachable
                    | io::ErrorKind::NetworkUnreachable
                    | io::ErrorKind::NetworkDown
                    | io::ErrorKind::AddrNotAvailable
                    | io::ErrorKind::TimedOut
            )
        });
        // The resolver's own type is private to the library; its words are not.
        if absent || cause.to_string().starts_with("dns error") {
            return true;
        }
        source = cause.source();
    }
    fault.is_timeout()
}

/// Whether it never leaves this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
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

    #[test]
    fn an_address_is_shown_without_its_secrets() {
        assert_eq!(shown(&"https://u:p@host:8443/in?key=secret".parse().unwrap()), "https://host:8443/in");
    }
}
