//! A clock that is wrong, and one that is set right: what the gateway makes of it, seen from outside.
//!
//! Each test begins at the venue's noon, whatever the time is, and needs libfaketime. `PORTICO_GPS_AFTER_S=600` lets the
//! satellites come into view after ten minutes instead of some seconds.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failure stops the test: that is what it is for.

#[path = "../support/mod.rs"]
mod support;

mod venue;

use std::time::{Duration, Instant};

use firmware_sim::nmea::{Dialect, Fix, Mode, Moment, gga, rmc};
use firmware_sim::pty::Pty;
use portico::facts::Span;
use serde_json::{Value, json};
use support::mqtt::Client;
use venue::{Venue, noon, stepped_ms, time, until, warm};

const HOUR_S: i64 = 3_600;
const YEAR_S: i64 = 365 * 24 * HOUR_S;
/// After the guests are expected.
const LATER_S: i64 = 40 * 60;
/// A receiver says so long that it sees nothing.
const GPS_AFTER_S: u64 = 6;

fn reason(clock: &Value) -> &str {
    clock["reason"].as_str().unwrap_or_default()
}

#[test]
fn a_step_that_nobody_vouches_for_is_not_followed() {
    let Some(library) = venue::library() else { return };
    let mut venue = Venue::at_noon(&library, "");
    venue.daemon.run();
    assert_eq!(venue.clock(), json!({"trusted": true, "source": "system", "reason": null}));
    let mut sensors = Client::plain(venue.daemon.mqtt, "sensors").unwrap();
    sensors.publish_and_wait("reception/v1/kiosk/K01/status", b"online").unwrap();
    for (n, step_s) in [50 * YEAR_S, -HOUR_S, HOUR_S].into_iter().enumerate() {
        let room = format!("room-{n}");
        warm(&mut sensors, &room);
        venue.wall.off_by(step_s);
        until("the doubt", || venue.clock()["trusted"] == false);
        let clock = venue.clock();
        assert!(reason(&clock).contains("nobody vouches"), "{clock}");
        let (status, ready) = venue.daemon.request("GET", "/readyz", None);
        assert!(status == 200 && ready.contains("time is not trusted: the machine's clock was moved by"), "{ready}");
        assert!(venue.is_right(), "{step_s} s were taken over");
        venue.check_hold(&room);
        venue.wall.off_by(0);
        until("the trust", || venue.clock()["trusted"] == true);
        assert!(reason(&venue.clock()).contains("moved back"));
    }
    assert!(venue.is_right());
    assert!(venue.of_kind("clock").iter().all(|clock| stepped_ms(clock) == 0));
    assert_eq!(venue.states("clock_untrusted").join(" "), ["pending firing resolved"; 3].join(" "));
    for born_of_it in ["late_arrival", "kiosk_silent", "sensor_silent"] {
        assert_eq!(venue.alerts(born_of_it), [] as [Value; 0]);
    }
    // Nothing bears a time that was not the venue's.
    for entry in venue.entries() {
        let at = time(&entry["received_at"]);
        assert!(at >= noon() && at <= venue.wall.truth().plus(Span::from_secs(1)), "{entry}");
    }
    assert_eq!(venue.check_and_stop(), 0);
}

/// A receiver in the venue's yard, once a second: it knows the time, and sees satellites or not.
struct Yard {
    port: Pty,
    said_at: Option<Instant>,
}

impl Yard {
    fn speak(&mut self, venue: &Venue, sees: bool) {
        if self.said_at.is_some_and(|at| at.elapsed() < Duration::from_secs(1)) {
            return;
        }
        self.said_at = Some(Instant::now());
        let at = jiff::Timestamp::from_millisecond(venue.wall.truth().as_millis()).unwrap();
        let fix = Fix { lat: 31.24, lon: 121.47, speed_kn: 0.0, course: 0.0, altitude_m: 4.0, mode: Mode::Autonomous };
        let moment = Moment { at, fix: sees.then_some(fix) };
        let said = format!("{}\r\n{}\r\n", rmc(&Dialect::GP, &moment), gga(&Dialect::GP, &moment));
        self.port.write(said.as_bytes());
    }
}

#[test]
fn a_boot_in_1970_waits_for_a_receiver_and_tells_nobody_late_before() {
    let Some(library) = venue::library() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut yard = Yard { port: Pty::open(&folder.path().join("gps")).unwrap(), said_at: None };
    let serial = format!("[[serial]]\npath = \"{}\"\nvehicle = \"car-1\"", yard.port.link().display());
    let mut venue = Venue::at_noon(&library, &serial);
    venue.daemon.run();
    assert_eq!(venue.scan("K01-1", "G-3").0, "not_found");
    assert!(venue.daemon.stop().success());

    // The power was gone for a while, and the machine has no battery.
    venue.wall.pass(LATER_S);
    venue.wall.begin_in_1970();
    venue.daemon.run();
    let clock = venue.clock();
    assert_eq!((&clock["trusted"], &clock["source"]), (&json!(false), &json!("none")));
    assert!(reason(&clock).contains("says 1970-01-01T") && reason(&clock).contains("cannot be right"), "{clock}");
    let overview = venue.daemon.get("/api/v1/overview");
    assert!(time(&overview["now"]) >= noon() && time(&overview["now"]) < noon().plus(Span::from_mins(20)));
    // Guests are let in all the same, and nobody is told late.
    assert_eq!(venue.scan("K01-2", "G-2"), ("admit".to_owned(), 0));
    let after: u64 = std::env::var("PORTICO_GPS_AFTER_S").ok().and_then(|s| s.parse().ok()).unwrap_or(GPS_AFTER_S);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(after) {
        yard.speak(&venue, false);
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(venue.clock()["trusted"], false, "a receiver without a fix vouches for nothing");
    assert_eq!(venue.daemon.get("/api/v1/overview")["guests"]["late"], 0);
    assert_eq!(venue.states("clock_untrusted"), ["pending", "firing"]);
    assert_eq!(venue.alerts("late_arrival"), [] as [Value; 0]);

    until("the receiver's word", || {
        yard.speak(&venue, true);
        venue.clock()["trusted"] == true
    });
    assert_eq!(venue.clock()["source"], "gps");
    assert!(reason(&venue.clock()).contains("the word of the receiver of car-1"));
    assert!(venue.is_right());
    let set = venue.of_kind("clock").pop().unwrap();
    assert!((stepped_ms(&set) - LATER_S * 1000).abs() < 60_000, "{set}");
    assert_eq!(venue.states("clock_untrusted"), ["pending", "firing", "resolved"]);
    // Only now is somebody late, by the right time.
    let late = venue.alerts("late_arrival");
    assert_eq!((late.len(), &late[0]["subject"], &late[0]["cause"]), (1, &json!("guest/G-1"), &set["seq"]));
    let late_by_s = time(&set["received_at"]).since(noon().plus(Span::from_mins(30))).as_secs();
    assert_eq!(late[0]["values"]["late_by_s"], late_by_s);
    assert_eq!(venue.check_and_stop(), 0);
}

#[test]
fn a_person_vouches_and_may_have_been_wrong() {
    let Some(library) = venue::library() else { return };
    let mut venue = Venue::at_noon(&library, "");
    venue.wall.begin_in_1970();
    venue.daemon.run();
    assert_eq!(venue.clock()["source"], "none");
    let say =
        |venue: &Venue, at: &str| venue.daemon.post("/api/v1/clock/trust", &json!({"by": "li", "at": at}).to_string());
    let (status, refused) = say(&venue, "1970-01-01T00:00:10Z");
    assert!(status == 422 && refused["detail"].as_str().unwrap().contains("cannot be now"), "{refused}");
    assert_eq!((venue.of_kind("command").len(), venue.clock()["trusted"].clone()), (1, json!(false)), "rules alone");

    // Months ahead of where it stood, and an hour too far: somebody looked at a watch from abroad.
    let wrong = venue.wall.truth().plus(Span::from_secs(HOUR_S)).to_string();
    let (status, answer) = say(&venue, &wrong);
    assert_eq!((status, &answer["clock"]["source"]), (200, &json!("operator")), "{answer}");
    assert_eq!(venue.states("late_arrival"), ["firing", "firing"], "it is half past twelve, says a person");
    let mut sensors = Client::plain(venue.daemon.mqtt, "sensors").unwrap();
    warm(&mut sensors, "hall");
    let (status, answer) = say(&venue, &venue.wall.truth().to_string());
    assert_eq!((status, &answer["clock"]["trusted"]), (200, &json!(true)), "{answer}");
    assert!(venue.is_right());
    assert_eq!(venue.states("late_arrival"), ["firing", "firing", "resolved", "resolved"]);
    venue.check_hold("hall");
    let told: Vec<Value> = venue.of_kind("command").into_iter().skip(1).map(|entry| entry["body"].clone()).collect();
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|body| body["action"] == "trust_clock" && body["by"] == "li"));

    // Across the epoch: killed, started again with the clock right, and everything is as it was.
    let before = venue.daemon.get("/api/v1/overview")["alerts"].clone();
    venue.daemon.kill();
    venue.wall.off_by(0);
    venue.daemon.run();
    assert_eq!(venue.daemon.get("/api/v1/overview")["alerts"], before);
    assert_eq!(venue.clock()["source"], "system");
    assert!(venue.is_right());
    assert_eq!(venue.check_and_stop(), 1);
}
