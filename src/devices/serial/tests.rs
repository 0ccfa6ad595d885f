use std::fs::File;
use std::io::Write;
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::fs::symlink;
use std::pin::Pin;
use std::ptr::{null, null_mut};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::ReadBuf;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;

use super::*;
use crate::counters::{AtBound, OfLink};
use crate::facts::{Fact, Kind, Presence, Subject, Timestamp};

const CAR: &[u8] = include_bytes!("../../../tests/fixtures/nmea/car-reno-tahoe-part2.nmea");

/// A patience that only a stuck test uses up.
const STUCK: Duration = Duration::from_secs(60);

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
    let keep = move |report| {
        let sender = sender.clone();
        async move { sender.send(report).unwrap() }
    };
    let task = tokio::spawn(run(settings, keep, Clock::system(None), Arc::clone(&counters), cancel.clone()));
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

fn word(report: &Report) -> String {
    match &report.fact {
        Fact::Device(device) => {
            let reason = device.reason.as_deref().unwrap_or("-");
            let reason = reason.split(" after ").next().unwrap();
            format!("{} {:?}: {reason}", report.device, device.state)
        }
        other => format!("{} {}", report.device, other.kind().word()),
    }
}

fn summed(body: &str) -> String {
    format!("${body}*{:02X}\r\n", body.bytes().fold(0, |sum, byte| sum ^ byte))
}

fn rmc(second: u32) -> String {
    let (h, m, s) = (second / 3600 % 24, second / 60 % 60, second % 60);
    summed(&format!("GPRMC,{h:02}{m:02}{s:02},A,3114.5820,N,12128.3051,E,12.4,87.0,231126,,,A"))
}

fn settings(path: &Path) -> SerialSettings {
    SerialSettings { vehicle: Some("car-1".parse().unwrap()), thin: false, ..SerialSettings::new(path) }
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
async fn a_silent_port_and_a_noisy_one_are_opened_anew() {
    let mut pty = pty();
    let mut listening = listen(SerialSettings { silence: Duration::from_millis(400), ..settings(&pty.name) });
    let mut second = 0;
    listening.next_position(&mut pty, &mut second).await;
    assert_eq!(listening.next_word().await, "vehicle/car-1 Offline: silent: is the receiver powered?");
    // It is the same line, and nobody pulled it: heard again after it was opened anew.
    listening.next_position(&mut pty, &mut second).await;
    let noise = tokio::task::spawn_blocking(move || {
        for _ in 0..40 {
            pty.device.write_all(&[0xf8, 0x80, 0x00, 0x78]).unwrap();
            std::thread::sleep(Duration::from_millis(25));
        }
        pty
    });
    let word = listening.next_word().await;
    assert_eq!(word, "vehicle/car-1 Offline: gives bytes but no NMEA sentence: is the baud rate right?");
    let _pty = noise.await.unwrap();
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

#[tokio::test]
async fn a_read_that_gives_nothing_is_the_end_and_not_tried_again() {
    let counters = Arc::new(Counters::default());
    let settings = settings(Path::new("/nowhere"));
    let outbox = Outbox::new(Arc::clone(&counters));
    let (clock, cancel) = (Clock::system(None), CancellationToken::new());
    let mut listener =
        Listener { settings: &settings, hearing: Hearing::new(&settings, counters), outbox: &outbox, clock, cancel };
    let (reads, line) = (AtomicUsize::new(0), rmc(1));
    let ended = listener.session(&mut Unplugged { bytes: line.as_bytes(), reads: &reads }).await;
    assert!(matches!(ended, Ended::Unplugged), "{ended:?}");
    assert_eq!(reads.load(Ordering::Relaxed), 2);
    assert_eq!(word(&outbox.next().await.unwrap()), "vehicle/car-1 Online: -");
    // The fix was still open; the loss of the port tells it, then itself.
    outbox.extend(listener.hearing.lost("unplugged", listener.clock.now()));
    assert_eq!(outbox.next().await.unwrap().fact.kind(), Kind::Position);
    assert_eq!(word(&outbox.next().await.unwrap()), "vehicle/car-1 Offline: unplugged");
}

#[tokio::test]
async fn while_nothing_is_kept_the_oldest_positions_give_way() {
    let counters = Arc::new(Counters::default());
    let outbox = Outbox::new(Arc::clone(&counters));
    let mut hearing = Hearing::new(&settings(Path::new("/nowhere")), Arc::clone(&counters));
    let now = Timestamp::from_millis(1_795_400_240_000);
    let many = outbox::REPORTS_MAX as u32 + 10;
    for second in 0..many {
        outbox.extend(hearing.hear(rmc(second).as_bytes(), now));
    }
    outbox.extend(hearing.lost("unplugged", now));
    outbox.close();
    let mut words = Vec::new();
    while let Some(report) = outbox.next().await {
        words.push(match report.fact {
            Fact::Position(position) => position.fix_at.unwrap().to_string()[11..19].to_owned(),
            _ => word(&report),
        });
    }
    assert_eq!(words.len(), outbox::REPORTS_MAX);
    // One more than the ten for the word that came first, one for the word that came last.
    assert_eq!(words[..2], ["vehicle/car-1 Online: -", "00:00:12"]);
    assert_eq!(words.last().unwrap(), "vehicle/car-1 Offline: unplugged");
    assert_eq!(counters.dropped.get_or_create(&AtBound { bound: "serial_reports_max" }).get(), 12);
}

/// Reports of text in, one a line; `+5s` lets time pass, `quiet` ends what is open.
fn check(settings: &SerialSettings, script: &str, want: &[&str]) {
    let counters = Arc::new(Counters::default());
    let mut hearing = Hearing::new(settings, counters);
    let mut now: Timestamp = "2026-11-23T02:17:20Z".parse().unwrap();
    let mut got = Vec::new();
    for line in script.lines().map(str::trim) {
        let reports = if line == "quiet" {
            hearing.quiet(now)
        } else if let Some(span) = line.strip_prefix('+') {
            now = now.plus(span.parse().unwrap());
            continue;
        } else if line.starts_with('\\') {
            hearing.hear(format!("{line}\n").as_bytes(), now)
        } else {
            hearing.hear(summed(line).as_bytes(), now)
        };
        got.extend(reports.iter().map(|report| match &report.fact {
            Fact::Position(p) => format!("{} at {}", report.device, &p.fix_at.unwrap().to_string()[11..19]),
            _ => word(report),
        }));
    }
    assert_eq!(got, want, "{script}");
}

#[test]
fn losing_the_fix_is_said_once_and_having_it_again_too() {
    let fix = |time: &str| format!("GPRMC,{time},A,3114.5820,N,12128.3051,E,12.4,87.0,231126,,,A");
    let void = |time: &str| format!("GPRMC,{time},V,,,,,,,231126,,,N");
    let script = [
        fix("021720"),
        fix("021721"),
        void("021722"),
        void("021723"),
        "+12s".into(),
        void("021734"),
        "+1s".into(),
        fix("021735"),
        fix("021736"),
        void("021737"),
        void("021738"),
        "+9s".into(),
        void("021746"),
        "+1s".into(),
        void("021747"),
        void("021748"),
        "+1s".into(),
        fix("021749"),
    ]
    .join("\n");
    let want = [
        "vehicle/car-1 Online: -",
        "vehicle/car-1 at 02:17:20",
        "vehicle/car-1 at 02:17:21",
        "vehicle/car-1 NoFix: -",
        "vehicle/car-1 Online: has a fix again",
        "vehicle/car-1 at 02:17:35",
        "vehicle/car-1 at 02:17:36",
        // So soon after, only ten seconds of it are believed.
        "vehicle/car-1 NoFix: -",
        "vehicle/car-1 Online: has a fix again",
        "vehicle/car-1 at 02:17:49",
    ];
    check(&settings(Path::new("/dev/x")), &script, &want);
    // One that never had a fix, and says so by GGA alone.
    let script =
        "GPGGA,021720,,,,,0,00,,,M,,M,,\n+10s\nGPGGA,021730,,,,,0,00,,,M,,M,,\n+10s\nGPGGA,021740,,,,,0,00,,,M,,M,,";
    check(&settings(Path::new("/dev/x")), script, &["vehicle/car-1 Online: -", "vehicle/car-1 NoFix: -"]);
}

#[test]
fn damaged_sentences_are_kept_one_a_second() {
    let counters = Arc::new(Counters::default());
    let mut hearing = Hearing::new(&settings(Path::new("/dev/x")), Arc::clone(&counters));
    let now = Timestamp::from_millis(1_795_400_240_000);
    let line = "$GPRMC,021721.00,V,,,,,,,231126,,,N,V*06\n";
    let mut kept = Vec::new();
    for ms in [0, 1, 500, 999, 1000, 1001, 5000] {
        kept.extend(hearing.hear(line.as_bytes(), now.plus(crate::facts::Span::from_millis(ms))));
    }
    assert_eq!(kept.len(), 3);
    let Fact::Rejected(rejected) = &kept[0].fact else { panic!("{kept:?}") };
    assert_eq!(rejected.link, "serial:/dev/x");
    assert_eq!(rejected.reason, "the checksum is 06, but the bytes make 05");
    assert_eq!(STANDARD.decode(&rejected.raw).unwrap(), line.trim_end().as_bytes());
    assert_eq!(rejected.bytes, line.len() as u64 - 1);
    assert_eq!(counters.dropped.get_or_create(&AtBound { bound: "serial_rejected_every" }).get(), 4);
    assert_eq!(hearing.whole(), 0);
}

#[test]
fn many_vehicles_on_one_line_are_told_apart() {
    let line = SerialSettings { vehicle: None, ..settings(Path::new("/dev/ttyUSB0")) };
    // A receiver of its own: the port's name is the vehicle's.
    check(
        &line,
        "GPRMC,021720,A,3114.5820,N,12128.3051,E,12.4,87.0,231126,,,A\nquiet",
        &["link/serial:/dev/ttyUSB0 Online: -", "vehicle/ttyUSB0 at 02:17:20"],
    );
    // TAG blocks; the second line of a group goes by the first one's source, and what is unnamed is nobody's.
    let tagged = "\\s:VIP03,c:1795400240,n:12*03\\$GPRMC,021720.00,A,3114.5820,N,12128.3051,E,12.4,87.0,231126,,,A*52
        GPRMC,021725,A,3114.5820,N,12128.3051,E,12.4,87.0,231126,,,A
        \\s:VIP04,c:1795400240,n:12*04\\$GPGGA,021721.00,3114.5820,N,12128.3051,E,1,09,0.9,6.2,M,8.1,M,,*51
        quiet";
    check(
        &line,
        tagged,
        &["link/serial:/dev/ttyUSB0 Online: -", "vehicle/VIP03 at 02:17:20", "vehicle/VIP04 at 02:17:21"],
    );
    // A radio's base station: what it repeats without a name is passed over.
    let radio = "PKNID,00,U00207,207,00,
        PKNDS,021720,A,3114.5820,N,12128.3051,E,012.4,087.0,231126,05.20,W00,U00207,207,00,
        PKNSH,3114.5820,N,12128.3051,E,021720,A,U00207,
        GPRMC,021720,A,3114.5820,N,12128.3051,E,000.0,000.0,,,
        GPGGA,021720,3114.5820,N,12128.3051,E,1,09,0.9,6.2,M,8.1,M,,
        PKLSH,3114.5820,N,12128.3051,E,235959,A,100,2001,
        quiet
        PKNSH,3114.5820,N,12128.3051,E,021720,A,U00207,
        quiet";
    check(
        &line,
        radio,
        &["link/serial:/dev/ttyUSB0 Online: -", "vehicle/100-2001 at 23:59:59", "vehicle/U00207 at 02:17:20"],
    );
    let named = "GPSTN,VIP-03\nGPRMC,021720,A,3114.5820,N,12128.3051,E,12.4,87.0,231126,,,A\nquiet";
    check(&line, named, &["link/serial:/dev/ttyUSB0 Online: -", "vehicle/VIP-03 at 02:17:20"]);
}

#[tokio::test]
async fn what_is_held_at_the_end_is_kept_before_the_port_is_left() {
    let mut pty = pty();
    let kept = Arc::new(Mutex::new(Vec::new()));
    let (counters, cancel) = (Arc::new(Counters::default()), CancellationToken::new());
    let sink = Arc::clone(&kept);
    let keep = move |report: Report| {
        let sink = Arc::clone(&sink);
        async move {
            sleep(Duration::from_millis(20)).await;
            sink.lock().unwrap().push(report.fact.kind());
        }
    };
    let settings = settings(&pty.name);
    let task = tokio::spawn(run(settings, keep, Clock::system(None), counters, cancel.clone()));
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
    let _ = Presence::Online;
}
