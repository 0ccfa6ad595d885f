//! A message as a publish to another broker, acknowledged by it.
//!
//! One connection a message: there are few, and each must find its broker as it is then. The same alerts are published by
//! the built-in broker, each change alone, on `reception/v1/alert`; here they come as people are told of them. Decides
//! nothing about what an answer leads to.

use reqwest::Url;
use rumqttc::{AsyncClient, ConnectReturnCode, ConnectionError, Event, EventLoop, MqttOptions, Packet, QoS};
use serde_json::json;

use super::receiver::Topic;
use super::vendor::Letter;
use crate::sinks::carrier::Answer;
use crate::sinks::wire::Timeouts;

/// The port of MQTT without TLS.
const PORT: u16 = 1883;
/// A digest of many alerts stays far below.
const PACKET_MAX: usize = 1 << 20;

/// Tries once.
pub(super) async fn send(
    broker: &Url,
    topic: &Topic,
    password: Option<&str>,
    letter: &Letter<'_>,
    timeouts: &Timeouts,
) -> Answer {
    let id = format!("portico-{}-{}", letter.site, letter.notifier);
    let mut options = MqttOptions::new(id, broker.host_str().unwrap_or_default(), broker.port().unwrap_or(PORT));
    options.set_clean_session(true).set_max_packet_size(PACKET_MAX, PACKET_MAX);
    if let Some(user) = &topic.user {
        options.set_credentials(user, password.unwrap_or_default());
    }
    let (client, mut events) = AsyncClient::new(options, 2);
    if client.try_publish(&topic.name, QoS::AtLeastOnce, false, body(letter)).is_err() {
        return Answer::Refused("the message is too large or the topic is none".to_owned());
    }
    match tokio::time::timeout(timeouts.total, acknowledged(&mut events)).await {
        Ok(Ok(())) => {
            // Said as a good-bye, so that the broker does not take us for lost; nobody waits for it.
            let _told = client.try_disconnect();
            let _gone = tokio::time::timeout(timeouts.connect, events.poll()).await;
            Answer::Accepted
        }
        Ok(Err(answer)) => answer,
        Err(_) => Answer::Late("no acknowledgement in time".to_owned()),
    }
}

fn body(letter: &Letter<'_>) -> Vec<u8> {
    let alerts = |list: fn(&super::choose::News) -> &Vec<crate::facts::Alert>| letter.news.map(list);
    let told = json!({
        "key": letter.key,
        "site": letter.site,
        "title": letter.text.title,
        "lines": letter.text.lines,
        "severity": letter.severity(),
        "firing": alerts(|news| &news.firing).map_or(&[][..], Vec::as_slice),
        "resolved": alerts(|news| &news.over).map_or(&[][..], Vec::as_slice),
        "test": letter.news.is_none(),
    });
    told.to_string().into_bytes()
}

async fn acknowledged(events: &mut EventLoop) -> Result<(), Answer> {
    let mut is_connected = false;
    loop {
        match events.poll().await {
            Ok(Event::Incoming(Packet::PubAck(_))) => return Ok(()),
            Ok(Event::Incoming(Packet::ConnAck(_))) => is_connected = true,
            Ok(Event::Incoming(Packet::Disconnect)) => {
                return Err(Answer::Failed("the broker closed the connection".to_owned(), None));
            }
            Ok(Event::Incoming(_) | Event::Outgoing(_)) => {}
            Err(fault) => return Err(judge(&fault, is_connected)),
        }
    }
}

fn judge(fault: &ConnectionError, is_connected: bool) -> Answer {
    match fault {
        ConnectionError::ConnectionRefused(code) => match code {
            ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized => {
                Answer::Denied(format!("the broker does not let us in ({code:?}); check user and secret_file"))
            }
            ConnectReturnCode::BadClientId | ConnectReturnCode::RefusedProtocolVersion => {
                Answer::Denied(format!("the broker refuses us: {code:?}"))
            }
            ConnectReturnCode::Success | ConnectReturnCode::ServiceUnavailable => {
                Answer::Busy(format!("the broker is not ready: {code:?}"), None)
            }
        },
        ConnectionError::Io(fault) if !is_connected => Answer::Unreachable(format!("cannot connect: {fault}")),
        ConnectionError::NetworkTimeout | ConnectionError::FlushTimeout => Answer::Late("no answer in time".to_owned()),
        // It may have been taken, and only its acknowledgement is lost.
        other => Answer::Failed(other.to_string(), None),
    }
}
