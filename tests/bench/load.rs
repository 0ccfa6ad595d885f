//! A load generator as cheap as can be, so that the two cores are left to the gateway: bytes made beforehand, one
//! thread, a window of unacknowledged publishes a connection.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::mqtt::{Hello, connect_packet, publish_packet};

/// Publishes of one connection without their PUBACK.
pub const WINDOW: usize = 50;

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

/// Publishes over `connections` for `length`; gives PUBACKs a second.
pub fn pubacks_a_second(address: SocketAddr, connections: usize, length: Duration) -> f64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async move {
        let begun = Instant::now();
        let tasks: Vec<_> = (0..connections).map(|number| tokio::spawn(one(address, number, length))).collect();
        let mut acked = 0;
        for task in tasks {
            acked += task.await.unwrap();
        }
        acked as f64 / begun.elapsed().as_secs_f64()
    })
}

async fn one(address: SocketAddr, number: usize, length: Duration) -> u64 {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let client_id = format!("load-{number}");
    let hello = Hello { client_id: &client_id, clean: true, keep_alive_s: 60, will: None };
    stream.write_all(&connect_packet(&hello)).await.unwrap();
    stream.read_exact(&mut [0; 4]).await.unwrap();
    let topic = format!("reception/v1/room/room-{}/sensor/s{number}", number % 20);
    let (mut next, mut waiting, mut acked) = (0_u64, 0_usize, 0_u64);
    let (mut out, mut inbox) = (Vec::new(), vec![0; 4096]);
    let until = Instant::now() + length;
    loop {
        out.clear();
        let sending = Instant::now() < until;
        while sending && waiting < WINDOW {
            next += 1;
            let id = u16::try_from(next % 65_535).unwrap() + 1;
            out.extend(publish_packet(&topic, reading(next).as_bytes(), Some(id), false));
            waiting += 1;
        }
        if !out.is_empty() {
            stream.write_all(&out).await.unwrap();
        }
        if waiting == 0 {
            return acked;
        }
        // A PUBACK is four bytes, and nothing else comes to a client that has not subscribed.
        let mut got = stream.read(&mut inbox).await.unwrap();
        while got % 4 != 0 {
            got += stream.read(&mut inbox[got..]).await.unwrap();
        }
        assert!(got > 0, "the broker closed the connection");
        acked += got as u64 / 4;
        waiting -= got / 4;
    }
}
