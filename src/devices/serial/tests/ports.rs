//! Real pseudo-terminals, and ports that behave as unplugged ones do.

use std::fs::File;
use std::io::Write;
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::fs::symlink;
use std::pin::Pin;
use std::ptr::{null, null_mut};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tokio::io::ReadBuf;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;

use super::*;
use crate::clock::Vouchers;
use crate::counters::{AtBound, OfLink};
use crate::facts::Subject;

const CAR: &[u8] = include_bytes!("../../../../tests/fixtures/nmea/car-reno-tahoe-part2.nmea");

/// A patience that only a stuck test uses up.
const STUCK: Duration = Duration::from_mins(1);

/// A receiver's end of a line, and the port's name at ours.
struct Pty {
    device: File,
    _port: OwnedFd,
    name: PathBuf,
}

#[allow(unsafe_code)]
fn pty() -> Pty {
    let (mut device, mut port) = (0, 0);
    // SAFETY: both numbers are written to by the call, the name and settings may be null, and the descriptors that
    // come back are new and owned by nobody else.
    let (device, port) = unsafe {
        assert_eq!(libc::openpty(&raw mut device, &raw mut port, null_mut(), null(), null()), 0);
        (OwnedFd::from_raw_fd(device), OwnedFd::from_raw_fd(port))
    };
    let name = std::fs::read_link(format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&port))).unwrap();
    Pty { device: device.into(), _port: port, name }
}

/// A port that is being listened to, and the reports that come of it.
struct Listening {
    reports: UnboundedReceiver<Report>,
    counters: Arc<Counters>,
    cancel: CancellationToken,
    task: JoinHandle<()>,
}

fn listen(settings: SerialSettings) -> Listening {
    let (sender, reports) = unbounded_channel();
    let (counters, cancel) = (Arc::new(Counters::default()), CancellationToken::new());
    let keep = move |report, _| {
        let sender = sender.clone();
        async move { sender.send(report).unwrap() }
    };
    let task =
        tokio::spawn(run(settings, keep, Clock::system(None, Vouchers::NOBODY), Arc::clone(&counters), cancel.clone()));
    Listening { reports, counters, cancel, task }
}

impl Listening {
    async fn next(&mut self) -> Report {
        timeout(STUCK, self.reports.recv()).await.expect("a report in time").unwrap()
    }

    /// The next report that is not a position.
    async fn next_word(&mut self) -> String {
        loop {
            let report = self.next().await;
            if report.fact.kind() != Kind::Position {
                return word(&report);
            }
        }
    }

    /// Says `line` until it is heard.
    async fn next_position(&mut self, pty: &mut Pty, second: &mut u32) -> Report {
        loop {
            *second += 1;
            pty.device.write_all(rmc(*second).as_bytes()).unwrap();
            match timeout(Duration::from_millis(50), self.reports.recv()).await {
                Ok(report) if report.as_ref().is_some_and(|r| r.fact.kind() == Kind::Position) => {
                    return report.unwrap();
                }
                Ok(report) => println!("passed over: {}", word(&report.unwrap())),
                Err(_) => {}
            }
        }
    }

    async fn stop(mut self) -> Vec<Report> {
        self.cancel.cancel();
        timeout(STUCK, self.task).await.expect("stops in time").unwrap();
        let mut rest = Vec::new();
        while let Some(report) = self.reports.recv().await {
            rest.push(report);
        }
        rest
    }

    fn lost(&self, link: &str) -> u64 {
        self.counters.links_lost.get_or_create(&OfLink { link: link.into() }).get()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_is_unplugged_and_plugged_in_again_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("by-id");
    let mut listening = listen(settings(&path));
    // Nothing there yet: said once, however often it is tried.
    assert_eq!(
        listening.next_word().await,
        format!("vehicle/car-1 Offline: {} is not there: is the receiver plugged in?", path.display())
    );
    let mut second = 8_240;
    for round in 1..=3 {
        let mut pty = pty();
        let _ = std::fs::remove_file(&path);
        symlink(&pty.name, &path).unwrap();
        let position = listening.next_position(&mut pty, &mut second).await;
        assert_eq!(position.device, Subject::Vehicle("car-1".parse().unwrap()));
        assert!(!position.awaited);
        // Half a sentence, and the plug is pulled.
        pty.device.write_all(b"$GPRMC,0217").unwrap();
        drop(pty);
        assert_eq!(listening.next_word().await, "vehicle/car-1 Offline: unplugged");
        assert_eq!(listening.lost("serial:car-1"), round + 1);
    }
    let up = listening.counters.link_up.get_or_create(&OfLink { link: "serial:car-1".into() }).get();
    assert_eq!(up, 0);
    assert!(listening.stop().await.iter().all(|report| report.fact.kind() != Kind::Rejected));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fix_of_a_drive_comes_through_a_port_unthinned() {
    let mut pty = pty();
    let mut listening = listen(settings(&pty.name));
    let mut second = 0;
    listening.next_position(&mut pty, &mut second).await;
    let writing = tokio::task::spawn_blocking(move || {
        // Odd pieces, so that no read ends where a sentence does.
        for piece in CAR.chunks(997) {
            pty.device.write_all(piece).unwrap();
        }
        pty
    });
    let mut places = Vec::new();
    while places.len() < 2042 {
        let report = listening.next().await;
        match report.fact {
            Fact::Position(position) if position.fix_at < Some(Timestamp::from_millis(1_200_000_000_000)) => {
                assert_eq!(report.observed_at, None, "a date twenty years ago is not believed");
                places.push(position);
            }
            Fact::Position(_) => {}
            other => panic!("{other:?}"),
        }
    }
    let _pty = timeout(STUCK, writing).await.unwrap().unwrap();
    assert_eq!(places[0].fix_at.unwrap().to_string(), "2005-09-26T01:48:30.000Z");
    assert_eq!(places[2041].fix_at.unwrap().to_string(), "2005-09-26T02:56:32.000Z");
    assert_eq!(listening.counters.dropped.get_or_create(&AtBound { bound: "serial_reports_max" }).get(), 0);
    assert!(listening.stop().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_port_is_opened_anew() {
    let mut pty = pty();
    let mut listening = listen(SerialSettings { silence: Duration::from_millis(400), ..settings(&pty.name) });
    let mut second = 0;
    listening.next_position(&mut pty, &mut second).await;
    assert_eq!(listening.next_word().await, "vehicle/car-1 Offline: silent: is the receiver powered?");
    // It is the same line, and nobody pulled it: heard again after it was opened anew.
    listening.next_position(&mut pty, &mut second).await;
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_port_is_said_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    std::fs::write(&path, "").unwrap();
    let unnamed = SerialSettings { vehicle: None, ..settings(&path) };
    let mut listening = listen(unnamed);
    let word = listening.next_word().await;
    let device = format!("link/serial:{}", path.display());
    assert!(
        word.starts_with(&format!("{device} Offline: {} cannot be opened as a serial port", path.display())),
        "{word}"
    );
    assert_eq!(listening.lost(&format!("serial:{}", path.display())), 1);
    listening.stop().await;

    let pty = pty();
    let held = tokio_serial::new(pty.name.to_string_lossy(), 9600).open_native_async().unwrap();
    let mut listening = listen(settings(&pty.name));
    let word = listening.next_word().await;
    assert!(word.contains("is in use: stop the other program"), "{word}");
    drop(held);
    listening.stop().await;
}

/// Gives its bytes once and then, as an unplugged port does, nothing at once and for ever.
struct Unplugged<'a> {
    bytes: &'a [u8],
    reads: &'a AtomicUsize,
}

impl AsyncRead for Unplugged<'_> {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        buf.put_slice(std::mem::take(&mut self.bytes));
        Poll::Ready(Ok(()))
    }
}

async fn session_over(port: &mut (impl AsyncRead + Unpin), silence: Duration) -> (Ended, Vec<Report>) {
    let counters = Arc::new(Counters::default());
    let settings = SerialSettings { silence, ..settings(Path::new("/nowhere")) };
    let outbox = Outbox::new(Arc::clone(&counters));
    let (clock, cancel) = (Clock::system(None, Vouchers::NOBODY), CancellationToken::new());
    let hearing = Hearing::new(&settings, counters);
    let mut listener = Listener { settings: &settings, hearing, outbox: &outbox, clock, cancel };
    let ended = listener.session(port).await;
    outbox.extend(listener.hearing.lost(&ended.why(), listener.clock.now()));
    outbox.close();
    let mut reports = Vec::new();
    while let Some((report, _)) = outbox.next().await {
        reports.push(report);
    }
    (ended, reports)
}

#[tokio::test]
async fn a_read_that_gives_nothing_is_the_end_and_not_tried_again() {
    let (reads, line) = (AtomicUsize::new(0), rmc(1));
    let mut port = Unplugged { bytes: line.as_bytes(), reads: &reads };
    let (ended, reports) = session_over(&mut port, STUCK).await;
    assert!(matches!(ended, Ended::Unplugged), "{ended:?}");
    assert_eq!(reads.load(Ordering::Relaxed), 2);
    // The fix was still open; the loss of the port tells it, then itself.
    let words: Vec<String> = reports.iter().map(word).collect();
    let want = ["vehicle/car-1 Online: -", "vehicle/car-1 position", "vehicle/car-1 Offline: unplugged"];
    assert_eq!(words, want);
}

/// The bytes of another speed, without end.
struct Noisy;

impl AsyncRead for Noisy {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        buf.put_slice(&[0xf8, 0x80, 0x00, 0x78, b'$', 0x00, b'!', 0xff]);
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn a_port_without_a_word_and_one_with_noise_are_given_up() {
    let silence = Duration::from_millis(50);
    let (_other_end, mut silent) = tokio::io::duplex(1);
    let (ended, _) = session_over(&mut silent, silence).await;
    assert!(matches!(ended, Ended::Silent), "{ended:?}");
    let (ended, reports) = session_over(&mut Noisy, silence).await;
    assert!(matches!(ended, Ended::Noise), "{ended:?}");
    let words: Vec<String> = reports.iter().map(word).collect();
    assert_eq!(words, ["vehicle/car-1 Offline: gives bytes but no NMEA sentence: is the baud rate right?"]);
}

#[tokio::test]
async fn what_is_held_at_the_end_is_kept_before_the_port_is_left() {
    let mut pty = pty();
    let kept = Arc::new(Mutex::new(Vec::new()));
    let (counters, cancel) = (Arc::new(Counters::default()), CancellationToken::new());
    let sink = Arc::clone(&kept);
    let keep = move |report: Report, _| {
        let sink = Arc::clone(&sink);
        async move {
            sleep(Duration::from_millis(20)).await;
            sink.lock().unwrap().push(report.fact.kind());
        }
    };
    let settings = settings(&pty.name);
    let task = tokio::spawn(run(settings, keep, Clock::system(None, Vouchers::NOBODY), counters, cancel.clone()));
    let heard = |kept: &Mutex<Vec<Kind>>| kept.lock().unwrap().len();
    let mut second = 0;
    while heard(&kept) == 0 {
        pty.device.write_all(rmc(second).as_bytes()).unwrap();
        second += 1;
        sleep(Duration::from_millis(20)).await;
    }
    cancel.cancel();
    timeout(STUCK, task).await.unwrap().unwrap();
    assert!(kept.lock().unwrap().contains(&Kind::Position));
}
