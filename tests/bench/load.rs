//! A load generator as cheap as can be, so that the two cores are left to the gateway: bytes made beforehand, one
//! thread, a window of unacknowledged publishes a connection that is looked after when a good part of it is free.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::support::mqtt::{Hello, connect_packet, publish_packet};

/// Publishes of one connection without their PUBACK.
pub const WINDOW: usize = 50;
/// Different payloads of one connection, made beforehand.
const PAYLOADS: u64 = 100;
/// Between two looks at every connection: as long as it takes to free about a quarter of the windows.
const LOOK_EVERY: std::ops::RangeInclusive<Duration> = Duration::from_micros(500)..=Duration::from_millis(20);

/// Connections so far: a broker that is still taking leave of the last ones must not take the next for them.
static OPENED: AtomicUsize = AtomicUsize::new(0);

/// A reading of about 200 bytes, made different by its number.
pub fn reading(number: u64) -> String {
    let (temperature, humidity, co2) = (18_000 + number % 9_000, 30_000 + number % 40_000, 400 + number % 800);
    format!(
        "{{\"temperature\":{}.{:03},\"humidity\":{}.{:03},\"co2\":{co2},\"pm25\":12,\"tvoc\":210,\"occupancy\":{},\"battery\":87,\"n\":{number},\"firmware\":\"room-sensor 2.4.1 of the venue's own make, rev C\"}}",
        temperature / 1000,
        temperature % 1000,
        humidity / 1000,
        humidity % 1000,
        number % 120,
    )
}

/// PUBACKs, and how long they took.
pub struct Took {
    pub acked: usize,
    pub took: Duration,
}

/// Publishes over `connections` for `length`.
pub fn publish(address: SocketAddr, connections: usize, length: Duration) -> Took {
    let mut flows: Vec<Flow> = (0..connections).map(|number| Flow::open(address, number)).collect();
    let (begun, mut pause) = (Instant::now(), *LOOK_EVERY.start());
    let mut acked = 0;
    while begun.elapsed() < length {
        let mut now = 0;
        for flow in &mut flows {
            now += flow.take_acks();
            flow.fill();
        }
        acked += now;
        pause = if now < connections * WINDOW / 4 { pause.mul_f64(1.25) } else { pause.mul_f64(0.8) };
        pause = pause.clamp(*LOOK_EVERY.start(), *LOOK_EVERY.end());
        std::thread::sleep(pause);
    }
    while flows.iter().any(|flow| flow.waiting > 0) {
        acked += flows.iter_mut().map(Flow::take_acks).sum::<usize>();
        std::thread::sleep(*LOOK_EVERY.start());
    }
    Took { acked, took: begun.elapsed() }
}

/// One connection.
struct Flow {
    stream: TcpStream,
    packets: Vec<Vec<u8>>,
    /// Where the packet identifier stands, behind the topic.
    id_at: usize,
    next: usize,
    waiting: usize,
    /// Bytes that the kernel did not take yet.
    out: Vec<u8>,
    /// Bytes of a PUBACK that has come in part.
    part: usize,
}

impl Flow {
    fn open(address: SocketAddr, number: usize) -> Self {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        let client_id = format!("load-{}", OPENED.fetch_add(1, Ordering::Relaxed));
        let hello = Hello { client_id: &client_id, clean: true, keep_alive_s: 60, will: None };
        stream.write_all(&connect_packet(&hello)).unwrap();
        stream.read_exact(&mut [0; 4]).unwrap();
        stream.set_nonblocking(true).unwrap();
        let topic = format!("reception/v1/room/room-{}/sensor/s{number}", number % 20);
        let packet = |n| publish_packet(&topic, reading(n).as_bytes(), Some(1), false);
        let packets: Vec<Vec<u8>> = (0..PAYLOADS).map(packet).collect();
        // One byte of kind and two of length stand before the topic's own two bytes of length.
        let id_at = 3 + 2 + topic.len();
        assert_eq!(packets[0][id_at..id_at + 2], [0, 1]);
        Self { stream, packets, id_at, next: 0, waiting: 0, out: Vec::new(), part: 0 }
    }

    /// Sends as many as the window has room for.
    fn fill(&mut self) {
        while self.waiting < WINDOW {
            let id = u16::try_from(self.next % 65_535).unwrap() + 1;
            let packet = &mut self.packets[self.next % PAYLOADS as usize];
            packet[self.id_at..self.id_at + 2].copy_from_slice(&id.to_be_bytes());
            self.out.extend_from_slice(packet);
            self.next += 1;
            self.waiting += 1;
        }
        while !self.out.is_empty() {
            match self.stream.write(&self.out) {
                Ok(sent) => drop(self.out.drain(..sent)),
                Err(fault) if fault.kind() == ErrorKind::WouldBlock => return,
                Err(fault) => panic!("the broker does not read any more: {fault}"),
            }
        }
    }

    /// Counts the PUBACKs that have come. A PUBACK is four bytes, and nothing else comes to a client that has not
    /// subscribed.
    fn take_acks(&mut self) -> usize {
        match self.stream.read(&mut [0; 4 * WINDOW]) {
            Ok(0) => panic!("the broker closed the connection"),
            Ok(got) => {
                let bytes = self.part + got;
                self.part = bytes % 4;
                self.waiting -= bytes / 4;
                bytes / 4
            }
            Err(fault) if fault.kind() == ErrorKind::WouldBlock => 0,
            Err(fault) => panic!("the broker does not answer any more: {fault}"),
        }
    }
}
