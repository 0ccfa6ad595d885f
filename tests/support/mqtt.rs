//! MQTT 3.1.1 as bytes, so that a test sees exactly what is on the wire: which PUBACK came, and when.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// A packet from the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet {
    ConnAck { session_present: bool, code: u8 },
    PubAck(u16),
    SubAck(u16),
    Publish { topic: String, payload: Vec<u8>, id: Option<u16>, retain: bool },
    Other(u8),
}

/// A connection.
pub struct Client {
    stream: TcpStream,
    inbox: Vec<u8>,
    queue: VecDeque<Packet>,
    next_id: u16,
}

/// What to say at CONNECT.
pub struct Hello<'a> {
    pub client_id: &'a str,
    pub clean: bool,
    pub keep_alive_s: u16,
    pub will: Option<(&'a str, &'a str, bool)>,
}

fn text(out: &mut Vec<u8>, value: &[u8]) {
    out.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
    out.extend(value);
}

fn packet(head: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![head];
    let mut left = body.len();
    loop {
        let byte = (left % 128) as u8;
        left /= 128;
        out.push(if left > 0 { byte | 128 } else { byte });
        if left == 0 {
            break;
        }
    }
    out.extend(body);
    out
}

/// The bytes of a CONNECT.
pub fn connect_packet(hello: &Hello<'_>) -> Vec<u8> {
    let mut body = Vec::new();
    text(&mut body, b"MQTT");
    body.push(4);
    let will = hello.will.map_or(0, |(_, _, retain)| 0b0000_1100 | if retain { 0b0010_0000 } else { 0 });
    body.push(will | if hello.clean { 2 } else { 0 });
    body.extend(hello.keep_alive_s.to_be_bytes());
    text(&mut body, hello.client_id.as_bytes());
    if let Some((topic, payload, _)) = hello.will {
        text(&mut body, topic.as_bytes());
        text(&mut body, payload.as_bytes());
    }
    packet(0x10, &body)
}

/// The bytes of a PUBLISH, QoS 1 with an id or QoS 0 without.
pub fn publish_packet(topic: &str, payload: &[u8], id: Option<u16>, retain: bool) -> Vec<u8> {
    let mut body = Vec::new();
    text(&mut body, topic.as_bytes());
    if let Some(id) = id {
        body.extend(id.to_be_bytes());
    }
    body.extend(payload);
    packet(0x30 | if id.is_some() { 2 } else { 0 } | u8::from(retain), &body)
}

impl Client {
    /// Connects and waits for the CONNACK: the first answer counts, there is no second try.
    pub fn connect(address: SocketAddr, hello: &Hello<'_>) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        let mut client = Self { stream, inbox: Vec::new(), queue: VecDeque::new(), next_id: 0 };
        client.stream.write_all(&connect_packet(hello))?;
        match client.wait(Duration::from_secs(10))? {
            Some(Packet::ConnAck { code: 0, .. }) => Ok(client),
            other => Err(std::io::Error::other(format!("no CONNACK but {other:?}"))),
        }
    }

    /// Connects as `client_id` with a clean session.
    pub fn plain(address: SocketAddr, client_id: &str) -> std::io::Result<Self> {
        Self::connect(address, &Hello { client_id, clean: true, keep_alive_s: 60, will: None })
    }

    /// Sends QoS 1 without waiting; gives the packet id.
    pub fn publish(&mut self, topic: &str, payload: &[u8]) -> std::io::Result<u16> {
        self.next_id = self.next_id.checked_add(1).unwrap_or(1);
        self.stream.write_all(&publish_packet(topic, payload, Some(self.next_id), false))?;
        Ok(self.next_id)
    }

    /// Sends raw bytes.
    pub fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Sends QoS 1 and waits for its PUBACK; other packets stay queued.
    pub fn publish_and_wait(&mut self, topic: &str, payload: &[u8]) -> std::io::Result<()> {
        let id = self.publish(topic, payload)?;
        let until = Instant::now() + Duration::from_secs(10);
        let mut aside = VecDeque::new();
        while Instant::now() < until {
            match self.wait(Duration::from_secs(1))? {
                Some(Packet::PubAck(acked)) if acked == id => {
                    aside.append(&mut self.queue);
                    self.queue = aside;
                    return Ok(());
                }
                Some(other) => aside.push_back(other),
                None => {}
            }
        }
        Err(std::io::Error::other("no PUBACK within 10 s"))
    }

    /// Subscribes, QoS 1, and waits for the SUBACK.
    pub fn subscribe(&mut self, filter: &str) -> std::io::Result<()> {
        let mut body = vec![0, 9];
        text(&mut body, filter.as_bytes());
        body.push(1);
        self.stream.write_all(&packet(0x82, &body))?;
        match self.wait(Duration::from_secs(10))? {
            Some(Packet::SubAck(9)) => Ok(()),
            other => Err(std::io::Error::other(format!("no SUBACK but {other:?}"))),
        }
    }

    /// The next packet, or none within `limit`. A QoS 1 publish is acknowledged.
    pub fn wait(&mut self, limit: Duration) -> std::io::Result<Option<Packet>> {
        let until = Instant::now() + limit;
        loop {
            if let Some(packet) = self.queue.pop_front() {
                if let Packet::Publish { id: Some(id), .. } = &packet {
                    let [high, low] = id.to_be_bytes();
                    self.stream.write_all(&[0x40, 2, high, low])?;
                }
                return Ok(Some(packet));
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            self.stream.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
            let mut chunk = [0; 16 * 1024];
            match self.stream.read(&mut chunk) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.inbox.extend(&chunk[..count]),
                Err(fault) if matches!(fault.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return Ok(None),
                Err(fault) => return Err(fault),
            }
            self.parse();
        }
    }

    fn parse(&mut self) {
        while let Some((head, start, end)) = frame(&self.inbox) {
            let body = &self.inbox[start..end];
            let number = |at: usize| u16::from_be_bytes([body[at], body[at + 1]]);
            let packet = match head >> 4 {
                2 => Packet::ConnAck { session_present: body[0] & 1 == 1, code: body[1] },
                3 => {
                    let length = usize::from(number(0));
                    let topic = String::from_utf8_lossy(&body[2..2 + length]).into_owned();
                    let qos = (head >> 1) & 3;
                    let id = (qos > 0).then(|| number(2 + length));
                    let from = 2 + length + if qos > 0 { 2 } else { 0 };
                    Packet::Publish { topic, payload: body[from..].to_vec(), id, retain: head & 1 == 1 }
                }
                4 => Packet::PubAck(number(0)),
                9 => Packet::SubAck(number(0)),
                other => Packet::Other(other),
            };
            self.queue.push_back(packet);
            self.inbox.drain(..end);
        }
    }
}

/// Head byte, start and end of the first whole packet.
fn frame(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let (mut length, mut shift, mut at) = (0_usize, 0, 1);
    loop {
        let byte = *bytes.get(at)?;
        length |= usize::from(byte & 127) << shift;
        at += 1;
        shift += 7;
        if byte & 128 == 0 {
            break;
        }
    }
    (bytes.len() >= at + length).then(|| (bytes[0], at, at + length))
}
