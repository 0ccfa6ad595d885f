//! What the dashboard asks of a long day: a room's chart, a line for every room and a vehicle's track, over HTTP, from a
//! journal of a million entries; and what it costs each entry that this can be answered.

use std::path::Path;
use std::time::{Duration, Instant};

use portico::facts::{Entry, Fact, Kind, Subject, Timestamp};
use portico::journal::{FILE_NAME, Journal};
use rusqlite::{Connection, OpenFlags};

use crate::support::Daemon;

const ENTRIES: u64 = 1_000_000;
const ROOMS: u64 = 60;
const VEHICLES: u64 = 20;
/// The entries come evenly over a day that ends now.
const DAY_MS: i64 = 86_400_000;
/// Entries of one commit.
const TOGETHER: u64 = 1_000;
/// How often each question is asked.
const ASKED: usize = 200;

/// Prints a row a question: p50, p99, and how many plain reads of a row by its key SQLite does in the time of the p50.
pub fn measure(dir: &Path) {
    let daemon = Daemon::prepare(dir, "");
    let from = jiff::Timestamp::now().as_millisecond() - DAY_MS;
    let took = fill(&daemon.data(), from);
    println!(
        "\n{ENTRIES} entries of a day, {ROOMS} rooms, {VEHICLES} vehicles; written {TOGETHER} a commit: {:.1} µs an entry",
        took.as_secs_f64() * 1e6 / ENTRIES as f64
    );
    cost(&daemon.data());
    let raw = raw_read(&daemon.data());
    println!("raw SQLite on the same file: {:.2} µs a row by its key", raw * 1e6);
    let mut daemon = daemon;
    daemon.spawn();
    ready(&mut daemon);
    println!("question                     p50 ms  p99 ms   raw reads of a row   kB   (asked: below 50 ms)");
    let time = |ms: i64| Timestamp::from_millis(ms);
    let (begin, end) = (time(from), time(from + DAY_MS));
    for (what, path) in [
        ("a day of a room, 5 min", format!("/api/v1/rooms/room-7/history?from={begin}&to={end}&step=5m")),
        ("a day of a room, 1 min", format!("/api/v1/rooms/room-7/history?from={begin}&to={end}&step=1m")),
        ("a line for all rooms, 1 h", "/api/v1/rooms/history?metric=temperature".to_owned()),
        ("a track, 1 h", format!("/api/v1/vehicles/car-3/track?from={}&to={end}", time(from + DAY_MS - 3_600_000))),
        ("a track, a day", format!("/api/v1/vehicles/car-3/track?from={begin}&to={end}")),
        (
            "newest rejected of a kiosk",
            "/api/v1/journal?kind=rejected&device=kiosk/K1&order=newest&limit=20".to_owned(),
        ),
        ("one that is nowhere", "/api/v1/journal?device=kiosk/K999&order=newest".to_owned()),
    ] {
        let (mut times, mut bytes) = (Vec::with_capacity(ASKED), 0);
        for _ in 0..ASKED {
            let asked = Instant::now();
            let (status, body) = daemon.request("GET", &path, None);
            times.push(asked.elapsed());
            assert_eq!(status, 200, "{path}: {body}");
            bytes = body.len();
        }
        times.sort_unstable();
        let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64();
        let (p50, p99) = (at(50), at(99));
        println!("{what:<28} {:>6.2} {:>7.2} {:>20.0} {:>4}", p50 * 1e3, p99 * 1e3, p50 / raw, bytes.div_ceil(1_000));
    }
}

/// Eight of eleven entries are readings, two positions, and one is a scan or something that nobody understood.
fn fill(data: &Path, from: i64) -> Duration {
    let mut journal = Journal::open(data, || "bench".to_owned()).unwrap();
    let begun = Instant::now();
    let mut seq = 0;
    while seq < ENTRIES {
        let mut batch = journal.begin().unwrap();
        for _ in 0..TOGETHER {
            seq += 1;
            let received_at = Timestamp::from_millis(from + (seq as i64 - 1) * DAY_MS / ENTRIES as i64);
            let (device, kind, body) = made(seq);
            let (device, fact): (Subject, _) = (device.parse().unwrap(), Fact::read_body(kind, &body).unwrap());
            let subject = fact.subject(&device);
            batch.append(&Entry { seq, subject, device, observed_at: None, received_at, fact }).unwrap();
        }
        batch.commit().unwrap();
    }
    let took = begun.elapsed();
    journal.checkpoint().unwrap();
    took
}

fn made(seq: u64) -> (String, Kind, String) {
    let round = seq / 11;
    match seq % 11 {
        0 if round.is_multiple_of(50) => {
            let body = r#"{"link":"mqtt","reason":"not JSON","raw":"AAAA","bytes":3}"#;
            (format!("kiosk/K{}", round / 50 % 5), Kind::Rejected, body.to_owned())
        }
        0 => {
            let kiosk = round % 5;
            let body = format!(r#"{{"scan_id":"K{kiosk}-{seq}","code":"G-{}","kiosk":"K{kiosk}"}}"#, round % 3_000);
            (format!("kiosk/K{kiosk}"), Kind::Scan, body)
        }
        place @ 1..=2 => {
            let n = 2 * round + place;
            let (east, north) = (n / VEHICLES % 10_000, n / VEHICLES % 7_000);
            let body = format!(
                r#"{{"lat":31.{:06},"lon":121.{:06},"speed_kmh":32.5,"course":87,"fix_at":null}}"#,
                200_000 + north * 20,
                400_000 + east * 20
            );
            (format!("vehicle/car-{}", n % VEHICLES), Kind::Position, body)
        }
        other => {
            let n = 8 * round + other - 3;
            let (room, sensor) = (n % ROOMS, n / ROOMS % 2);
            // Within every limit, and never the same for long.
            let wave = n / ROOMS % 500;
            let body = format!(
                r#"{{"room":"room-{room}","sensor":"s{sensor}","temperature":{}.{:03},"humidity":{}.5,"co2":{},"pm25":12,"tvoc":210,"occupancy":{},"battery":87}}"#,
                20 + wave % 6,
                wave,
                40 + wave % 9,
                450 + wave / 2,
                wave % 40
            );
            (format!("sensor/room-{room}/s{sensor}"), Kind::Reading, body)
        }
    }
}

/// What stands on the disk for it, and how long it takes to make all of it anew, reading and taking apart every entry:
/// more than an entry pays when it comes.
fn cost(data: &Path) {
    let conn = Connection::open(data.join(FILE_NAME)).unwrap();
    let one = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap() as f64;
    let rows = one("SELECT count(*) FROM minute");
    // A row's header and its key are about 14 bytes.
    let bytes = one("SELECT sum(14 + coalesce(length(figures), 0) + length(seqs)) FROM minute");
    let all =
        one("SELECT sum(90 + length(body) + length(subject) + length(device)) FROM entry WHERE seq <= 100000") * 10.0;
    println!(
        "by minute: {rows:.0} rows, {:.1} B an entry on disk ({:.1} % of the entries' own)",
        bytes / ENTRIES as f64,
        100.0 * bytes / all
    );
    conn.execute_batch("DELETE FROM minute; DELETE FROM minute_subject; DELETE FROM meta WHERE key = 'minutes'")
        .unwrap();
    drop(conn);
    let begun = Instant::now();
    drop(Journal::open(data, || "bench".to_owned()).unwrap());
    let took = begun.elapsed().as_secs_f64();
    println!(
        "made anew from every entry, as an older journal's are: {took:.1} s, {:.2} µs an entry",
        took * 1e6 / ENTRIES as f64
    );
}

/// Seconds to read one row by its key, from all over the file.
fn raw_read(data: &Path) -> f64 {
    let conn = Connection::open_with_flags(data.join(FILE_NAME), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut read = conn.prepare("SELECT body FROM entry WHERE seq = ?1").unwrap();
    let (begun, reads) = (Instant::now(), 100_000_u64);
    let mut bytes = 0;
    for n in 0..reads {
        let seq = n * 7_919 % ENTRIES + 1;
        bytes += read.query_row([seq as i64], |row| row.get::<_, String>(0)).unwrap().len();
    }
    assert!(bytes > 0);
    begun.elapsed().as_secs_f64() / reads as f64
}

/// Its rules have to read the whole day first.
fn ready(daemon: &mut Daemon) {
    let begun = Instant::now();
    while std::net::TcpStream::connect_timeout(&daemon.http, Duration::from_millis(200)).is_err() {
        assert!(daemon.is_running() && begun.elapsed() < Duration::from_mins(3), "not ready: {}", daemon.log());
        std::thread::sleep(Duration::from_millis(20));
    }
}
