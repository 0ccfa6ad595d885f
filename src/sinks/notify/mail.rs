//! A message as a mail.
//!
//! Promises that a message which is tried again has the same Message-ID, by which a mail server knows it. `smtps` is TLS
//! from the first byte; `smtp` begins it with STARTTLS and gives up where the server has none, but for a server on this
//! machine. Decides nothing about what an answer leads to.

use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use reqwest::Url;

use super::receiver::Postal;
use super::vendor::Letter;
use crate::facts::Severity;
use crate::sinks::carrier::Answer;
use crate::sinks::wire::{Timeouts, in_brief, is_loopback};

/// That nobody's absence note is wanted in return (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// How much it matters (RFC 2156, as most mail programs show it).
#[derive(Clone)]
struct Importance;

impl Header for Importance {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Importance")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "high".to_owned())
    }
}

/// Tries once.
pub(super) async fn send(
    server: &Url,
    postal: &Postal,
    password: Option<&str>,
    letter: &Letter<'_>,
    timeouts: &Timeouts,
) -> Answer {
    let message = match message(postal, letter) {
        Ok(message) => message,
        Err(fault) => return Answer::Refused(format!("this cannot be put into a mail: {fault}")),
    };
    let transport = match transport(server, postal, password, timeouts.connect) {
        Ok(transport) => transport,
        Err(fault) => return Answer::Denied(format!("connections to this server cannot be set up: {fault}")),
    };
    match tokio::time::timeout(timeouts.total, transport.send(message)).await {
        Ok(Ok(_)) => Answer::Accepted,
        Ok(Err(fault)) => judge(&fault),
        Err(_) => Answer::Late("no answer in time".to_owned()),
    }
}

fn message(postal: &Postal, letter: &Letter<'_>) -> Result<Message, lettre::error::Error> {
    let domain = postal.from.email.domain();
    let mut builder = Message::builder()
        .from(postal.from.clone())
        .subject(&letter.text.title)
        .message_id(Some(format!("<{}.{}@{domain}>", letter.key, letter.site)))
        .header(AutoSubmitted)
        .header(ContentType::TEXT_PLAIN);
    if letter.severity() == Severity::Critical {
        builder = builder.header(Importance);
    }
    for to in &postal.to {
        builder = builder.to(to.clone());
    }
    let mut body = letter.text.title.clone();
    for line in &letter.text.lines {
        body.push_str("\r\n");
        body.push_str(line);
    }
    builder.body(body)
}

fn transport(
    server: &Url,
    postal: &Postal,
    password: Option<&str>,
    connect: Duration,
) -> Result<AsyncSmtpTransport<Tokio1Executor>, Error> {
    let host = server.host_str().unwrap_or_default();
    let mut builder = match server.scheme() {
        "smtps" => AsyncSmtpTransport::<Tokio1Executor>::relay(host)?,
        // What never leaves the machine needs no TLS, and a server there seldom has a certificate.
        _ if is_loopback(server) => AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host),
        _ => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(host)?,
    };
    if let Some(port) = server.port() {
        builder = builder.port(port);
    }
    if let (Some(user), Some(password)) = (&postal.user, password) {
        builder = builder.credentials(Credentials::new(user.clone(), password.to_owned()));
    }
    Ok(builder.timeout(Some(connect)).build())
}

/// What a failure means (RFC 5321, sections 4.2.1 to 4.2.3; RFC 4954, section 6).
fn judge(fault: &Error) -> Answer {
    let mut root: &dyn std::error::Error = fault;
    while let Some(source) = root.source() {
        root = source;
    }
    let said = in_brief(&root.to_string());
    let Some(code) = fault.status().map(u16::from) else {
        return match () {
            () if fault.is_timeout() => Answer::Late("no answer in time".to_owned()),
            () if fault.is_tls() => Answer::Denied(format!("{said}; check the address and the server's certificate")),
            // It said something that is no answer, or does not do what we need.
            () if fault.is_response() || fault.is_client() => Answer::Failed(said, None),
            () => Answer::Unreachable(format!("cannot connect: {said}")),
        };
    };
    let reason = format!("{code}: {said}");
    match code {
        // The server, not the message: busy, or it wants to see us again (greylisting).
        400..=499 => Answer::Busy(reason, None),
        530 | 534 | 535 | 538 => Answer::Denied(format!("{reason}; check user and secret_file")),
        552 => Answer::TooLarge(reason),
        550 | 551 | 553 | 554 => Answer::Denied(format!("{reason}; check from and to")),
        _ => Answer::Refused(reason),
    }
}
