//! What is reported of what is heard, as text in and text out.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::counters::AtBound;
use crate::facts::Span;

const CAR: &[u8] = include_bytes!("../../../../tests/fixtures/nmea/car-reno-tahoe-part2.nmea");

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
    while let Some((report, _)) = outbox.next().await {
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
        got.extend(reports.iter().map(|(report, _)| match &report.fact {
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
        kept.extend(hearing.hear(line.as_bytes(), now.plus(Span::from_millis(ms))));
    }
    assert_eq!(kept.len(), 3);
    let Fact::Rejected(rejected) = &kept[0].0.fact else { panic!("{kept:?}") };
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

#[test]
fn a_port_keeps_every_fix_or_the_ones_that_say_something() {
    let now = Timestamp::from_millis(1_795_400_240_000);
    let kept = |thin| {
        let settings = SerialSettings { thin, ..settings(Path::new("/dev/x")) };
        let mut hearing = Hearing::new(&settings, Arc::new(Counters::default()));
        let mut reports: Vec<outbox::Said> = CAR.chunks(100).flat_map(|bytes| hearing.hear(bytes, now)).collect();
        reports.extend(hearing.quiet(now));
        reports.iter().filter(|(report, _)| report.fact.kind() == Kind::Position).count()
    };
    assert_eq!(kept(false), 2042);
    // Time stands still here, so that only distance, turns, stops and starts count.
    assert!((500..800).contains(&kept(true)), "{}", kept(true));
}
