use super::*;
use crate::devices::lines::LineBuffer;
use crate::devices::nmea::{Checksum, decode};

/// Sentences in, what is heard out. A script line is a sentence without `$` and checksum, a TAG-led one as it is,
/// `quiet`, or `at <time>`.
fn heard(assembler: &mut FixAssembler, script: &str) -> Vec<Heard> {
    let mut now: Timestamp = "2026-11-23T02:17:20.100Z".parse().unwrap();
    let mut out = Vec::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(at) = line.strip_prefix("at ") {
            now = at.parse().unwrap();
        } else if line == "quiet" {
            out.extend(assembler.flush(now));
        } else {
            let (tag, body) = match line.strip_prefix('\\').and_then(|rest| rest.split_once('\\')) {
                Some((tag, body)) => (format!("\\{tag}*{:02X}\\", xor(tag)), body),
                None => (String::new(), line),
            };
            let text = format!("\n{tag}${body}*{:02X}\n", xor(body));
            let frame = LineBuffer::default().push(text.as_bytes()).remove(0);
            let decoded = decode(&frame, Checksum::Required);
            assert!(decoded.sentence.is_ok(), "{line}: {:?}", decoded.sentence);
            out.extend(assembler.push(&decoded, now));
            // A mark, so that a test sees with which sentence a fix left.
            out.push(Heard::Nobody);
        }
    }
    out
}

fn xor(text: &str) -> u8 {
    text.bytes().fold(0, |sum, byte| sum ^ byte)
}

fn told(heard: &[Heard]) -> String {
    let words = heard.iter().map(|heard| match heard {
        Heard::Fix(fix) => {
            let time = fix.fix_at.map_or("?".into(), |at| at.to_string()[..19].replace('T', " "));
            let mark = if fix.plausible { "" } else { "!" };
            let parts = [("kmh", fix.speed_kmh), ("course", fix.course), ("hdop", fix.hdop)];
            let mut text = format!("[{} {time}{mark}", fix.vehicle);
            for (name, value) in parts {
                text += &value.map_or(String::new(), |value| format!(" {name}={value}"));
            }
            text + &fix.satellites.map_or(String::new(), |count| format!(" sats={count}")) + "]"
        }
        Heard::FixLost(vehicle) => format!("[{vehicle} lost]"),
        Heard::FixBack(vehicle) => format!("[{vehicle} back]"),
        Heard::Nobody => ".".into(),
        Heard::Forgotten(vehicle) => format!("[{vehicle} forgotten]"),
    });
    words.collect()
}

fn check(script: &str, want: &str) {
    let mut assembler = FixAssembler::new(Some("car-1".parse().unwrap()), None);
    assert_eq!(told(&heard(&mut assembler, script)), want, "{script}");
}

fn check_shared(script: &str, want: &str) {
    let mut assembler = FixAssembler::new(None, Some("ttyUSB0".parse().unwrap()));
    // Marks of the script and sentences of nobody look alike here; what counts is that no fix comes of them.
    let heard: Vec<Heard> = heard(&mut assembler, script).into_iter().filter(|h| *h != Heard::Nobody).collect();
    assert_eq!(told(&heard), want, "{script}");
}

const HERE: &str = "3114.5820,N,12128.3051,E";

fn rmc(time: &str, date: &str) -> String {
    format!("GPRMC,{time},A,{HERE},12.4,87.0,{date},,,A\n")
}

fn gga(time: &str) -> String {
    format!("GPGGA,{time},{HERE},1,09,0.9,6.2,M,8.1,M,,\n")
}

#[test]
fn one_moment_s_sentences_make_one_fix() {
    let gsa = "GPGSA,A,3,05,12,18,24,25,29,,,,,,,1.6,0.8,1.3\n";
    let vtg = "GPVTG,87.0,T,92.2,M,12.4,N,23.0,K,A\n";
    let gll = |time: &str| format!("GPGLL,{HERE},{time},A,A\n");
    let all = |time: &str| [rmc(time, "231126"), vtg.into(), gga(time), gsa.into(), gll(time)].concat();
    let fix = |time: &str| format!("[car-1 2026-11-23 {time} kmh=22.965 course=87 hdop=0.9 sats=9]");
    // All is known with the GGA, the third sentence of each burst; what comes after it adds nothing.
    check(&(all("021720") + &all("021721") + "quiet"), &format!("..{}.....{}...", fix("02:17:20"), fix("02:17:21")));
    // RMC alone: the first one waits for the pause, each after it is complete at once.
    let alone = |time: &str| format!("[car-1 2026-11-23 {time} kmh=22.965 course=87]");
    check(
        &(rmc("021720", "231126") + "quiet\n" + &rmc("021721", "231126") + &rmc("021722", "231126")),
        &format!(".{}{}.{}.", alone("02:17:20"), alone("02:17:21"), alone("02:17:22")),
    );
    // GGA and VTG alone, the date from our clock; then the VTG is missing once.
    let two = |time: &str, more: &str| format!("[car-1 2026-11-23 {time}{more} hdop=0.9 sats=9]");
    let burst = |time: &str| gga(time) + vtg;
    check(
        &(burst("021720") + &burst("021721") + &gga("021722") + &burst("021723")),
        &format!(
            "..{}.{}..{}.{}.",
            two("02:17:20", " kmh=22.965 course=87"),
            two("02:17:21", " kmh=22.965 course=87"),
            two("02:17:22", ""),
            two("02:17:23", " kmh=22.965 course=87"),
        ),
    );
}

#[test]
fn the_date_comes_from_the_last_that_told_one() {
    // Over midnight: the GGA after the RMC is of the next day, the one before it of the day before.
    check(
        &format!(
            "at 2026-11-23T23:59:58.200Z\n{}quiet\nat 2026-11-24T00:00:00.100Z\n{}quiet",
            rmc("235958", "231126"),
            gga("000000")
        ),
        ".[car-1 2026-11-23 23:59:58 kmh=22.965 course=87].[car-1 2026-11-24 00:00:00 hdop=0.9 sats=9]",
    );
    check(
        &format!("at 2026-11-24T00:00:00.900Z\nGPZDA,000001.00,24,11,2026,,\n{}quiet", gga("235959")),
        "..[car-1 2026-11-23 23:59:59 hdop=0.9 sats=9]",
    );
    // None told: the day on which the time is nearest to ours.
    check(
        &format!("at 2026-11-24T00:00:00.900Z\n{}quiet", gga("235959")),
        ".[car-1 2026-11-23 23:59:59 hdop=0.9 sats=9]",
    );
    check(
        &format!("at 2026-11-23T23:59:59.900Z\n{}quiet", gga("000000")),
        ".[car-1 2026-11-24 00:00:00 hdop=0.9 sats=9]",
    );
    // A TAG block's time serves where our own clock is wrong.
    check_shared(
        &format!("at 2026-10-01T00:00:00Z\n\\s:V1,c:1795400240\\{}quiet", gga("021720")),
        "[V1 2026-11-23 02:17:20! hdop=0.9 sats=9]",
    );
}

#[test]
fn a_week_roll_over_is_put_right_and_any_other_wrong_date_is_told_as_it_is() {
    let at = |now: &str, time: &str, date: &str| format!("at {now}\n{}quiet", rmc(time, date));
    let fix = |time: &str| format!(".[car-1 {time} kmh=22.965 course=87]");
    // The log of April 2019, as it was received then; one and two rounds of 1024 weeks.
    check(&at("2019-04-07T00:02:32Z", "000231.42", "220899"), &fix("2019-04-07 00:02:31"));
    check(&at("2026-11-23T02:17:20Z", "021720", "240887"), &fix("2026-11-23 02:17:20"));
    check(&at("2026-11-23T02:17:20Z", "021720", "090407"), &fix("2026-11-23 02:17:20"));
    for (date, told) in
        [("220899", "1999-08-22"), ("161206", "2006-12-16"), ("060180", "2080-01-06"), ("251126", "2026-11-25")]
    {
        check(&at("2026-11-23T02:17:20Z", "021720", date), &fix(&format!("{told} 02:17:20!")));
    }
    check(&at("2026-11-23T02:17:20Z", "021720", "241126"), &fix("2026-11-24 02:17:20"));
    // "2208-1": a date that is none is no date, and ours is near enough.
    check(&at("2019-04-07T00:02:32Z", "000231.099", "2208-1"), &fix("2019-04-07 00:02:31"));
}

#[test]
fn a_void_sentence_denies_the_moment_s_position() {
    let void = format!("GPRMC,021720,V,{HERE},12.4,87.0,231126,,,N\n");
    check(&(gga("021720") + &void + "quiet"), "..");
    check(&(void + &gga("021720") + "quiet"), "..");
    // RMC's word counts where the others say that there is none.
    let none = "GPGGA,021720,,,,,0,00,99.99,,,,,,\n";
    check(
        &(none.to_owned() + &rmc("021720", "231126") + "quiet"),
        "..[car-1 2026-11-23 02:17:20 kmh=22.965 course=87]",
    );
}

#[test]
fn the_same_moment_again_is_no_new_fix() {
    let once = ".[car-1 2026-11-23 02:17:20 kmh=22.965 course=87]";
    check(&(rmc("021720", "231126") + "quiet\n" + &rmc("021720", "231126") + "quiet"), &format!("{once}."));
    // A day later it is.
    check(
        &(rmc("021720", "231126") + "quiet\nat 2026-11-24T02:17:20Z\n" + &rmc("021720", "241126") + "quiet"),
        &format!("{once}[car-1 2026-11-24 02:17:20 kmh=22.965 course=87]."),
    );
}

#[test]
fn on_a_busy_line_no_moment_is_held_for_long() {
    let say = |vehicle: &str, body: &str| format!("\\s:{vehicle}\\{body}\n");
    let script = [
        say("A", &rmc("021720", "231126")),
        "at 2026-11-23T02:17:20.900Z\n".into(),
        say("B", &rmc("021720", "231126")),
        "at 2026-11-23T02:17:21.200Z\n".into(),
        say("B", &gga("021720")),
    ]
    .concat();
    check_shared(
        &script.replace("\n\n", "\n"),
        "[A 2026-11-23 02:17:20 kmh=22.965 course=87][B 2026-11-23 02:17:20 kmh=22.965 course=87 hdop=0.9 sats=9]",
    );
}

#[test]
fn each_line_of_a_group_has_its_first_line_s_source() {
    let script = format!(
        "\\g:1-2-7,s:V1\\{}\\g:1-2-8,s:V2\\{}\\g:2-2-7\\{}\\g:2-2-9\\{}quiet",
        rmc("021720", "231126"),
        rmc("021721", "231126"),
        gga("021720"),
        gga("021720"),
    );
    check_shared(
        &script,
        "[V1 2026-11-23 02:17:20 kmh=22.965 course=87 hdop=0.9 sats=9][V2 2026-11-23 02:17:21 kmh=22.965 course=87]",
    );
}

#[test]
fn a_vehicle_too_many_takes_the_place_of_the_one_not_heard_for_longest() {
    let mut assembler = FixAssembler::new(None, None);
    let start: Timestamp = "2026-11-23T02:17:20Z".parse().unwrap();
    let say = |n: usize| {
        let at = start.plus(Span::from_millis(n as i64));
        format!("at {at}\n\\s:V{n}\\{}", rmc("021720", "231126"))
    };
    let script: Vec<String> = (0..=VEHICLES_MAX).map(say).collect();
    let script = script.concat();
    let told = told(&heard(&mut assembler, &script));
    assert!(told.ends_with(".[V0 2026-11-23 02:17:20 kmh=22.965 course=87][V0 forgotten]."), "{told}");
    assert_eq!(assembler.flush("2026-11-23T02:17:21Z".parse().unwrap()).len(), VEHICLES_MAX);
}
