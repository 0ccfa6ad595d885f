//! What two hundred open pages cost: memory of the gateway, and the time of those who are answered meanwhile.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::resident_mb;
use crate::support::Daemon;
use crate::support::mqtt::Client;

/// Pages at the same time.
const PAGES: usize = 200;
/// How long each measurement takes.
const LENGTH: Duration = Duration::from_secs(10);
/// Between two readings of the one who is timed: 200 a second.
const EVERY: Duration = Duration::from_millis(5);

/// Prints memory and times: without pages, with pages that read everything, and with pages that read nothing.
pub fn measure(daemon: &Daemon) {
    println!("\n{PAGES} live streams, 200 readings/s   resident, MB   more, MB   PUBACK p50, ms   p99, ms");
    let mut publisher = Client::plain(daemon.mqtt, "streams").unwrap();
    // What is allocated by the first load stays, whoever looks on.
    drive(&mut publisher, &mut [], LENGTH / 2);
    let (before, none) = (resident_mb(daemon.pid()), drive(&mut publisher, &mut [], LENGTH));
    line("none", before, 0.0, &none);
    for (what, reads) in [("all read", true), ("none reads", false)] {
        let mut pages: Vec<Page> = (0..PAGES).map(|_| Page::open(daemon, reads)).collect();
        let times = drive(&mut publisher, &mut pages, LENGTH);
        let after = resident_mb(daemon.pid());
        line(what, after, after - before, &times);
        drop(pages);
    }
}

fn line(what: &str, resident: f64, more: f64, times: &[Duration]) {
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
    println!("{what:<35} {resident:>12.1} {more:>10.1} {:>16.2} {:>9.2}", at(0.5), at(0.99));
}

/// Publishes for `length` and gives how long each took until its PUBACK, shortest first.
fn drive(publisher: &mut Client, pages: &mut [Page], length: Duration) -> Vec<Duration> {
    let (begun, mut times, mut next) = (Instant::now(), Vec::new(), Instant::now());
    while begun.elapsed() < length {
        let body = format!("{{\"temperature\":{}.{:02}}}", 20 + times.len() % 7, times.len() % 100);
        let sent = Instant::now();
        publisher.publish_and_wait("reception/v1/room/hall/sensor/s1", body.as_bytes()).unwrap();
        times.push(sent.elapsed());
        // A few pages a turn: all of them come by several times a second.
        let turn = times.len();
        pages.iter_mut().skip(turn % 10).step_by(10).for_each(Page::take);
        next += EVERY;
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    times.sort();
    times
}

/// An open live stream.
struct Page {
    stream: TcpStream,
    reads: bool,
}

impl Page {
    fn open(daemon: &Daemon, reads: bool) -> Self {
        let mut stream = TcpStream::connect(daemon.http).unwrap();
        // From the whole present on, as a page that was away for long.
        let ask = "GET /api/v1/stream?last_event_id=other-1 HTTP/1.1\r\nhost: localhost\r\n\r\n";
        stream.write_all(ask.as_bytes()).unwrap();
        let mut head = [0; 12];
        stream.read_exact(&mut head).unwrap();
        assert_eq!(&head, b"HTTP/1.1 200");
        stream.set_nonblocking(true).unwrap();
        Self { stream, reads }
    }

    /// Takes what has come, and forgets it.
    fn take(&mut self) {
        let mut bytes = [0; 16 * 1024];
        while self.reads {
            match self.stream.read(&mut bytes) {
                Ok(0) => panic!("the gateway closed a live stream"),
                Ok(_) => {}
                Err(fault) if fault.kind() == ErrorKind::WouldBlock => return,
                Err(fault) => panic!("a live stream broke: {fault}"),
            }
        }
    }
}
