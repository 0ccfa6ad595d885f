//! A receiver on a serial port: NMEA bytes through a pseudo-terminal to a place on the map.

use firmware_sim::nmea::sentence;
use firmware_sim::pty::Pty;
use serde_json::{Value, json};

use crate::{Stream, gateway, until};

/// RMC and GGA of one moment: 31° 14.5818' N, 121° 28.3050' E, 12.4 knots, 87 degrees.
fn burst(at: jiff::Timestamp) -> String {
    let utc = at.to_zoned(jiff::tz::TimeZone::UTC);
    let (time, date) = (utc.strftime("%H%M%S.00"), utc.strftime("%d%m%y"));
    let rmc = sentence(&format!("GPRMC,{time},A,3114.5818,N,12128.3050,E,12.40,87.00,{date},,,A"));
    let gga = sentence(&format!("GPGGA,{time},3114.5818,N,12128.3050,E,1,09,0.9,12.0,M,8.0,M,,"));
    format!("{}\r\n{}\r\n", rmc.trim_end(), gga.trim_end())
}

#[test]
fn nmea_bytes_become_a_place_on_the_map() {
    let dir = tempfile::tempdir().unwrap();
    let mut port = Pty::open(&dir.path().join("gps")).unwrap();
    let extra = format!("[[serial]]\npath = \"{}\"\nvehicle = \"car-1\"", port.link().display());
    let daemon = gateway(dir.path(), "", &extra);
    let mut stream = Stream::live(daemon.http);
    let at = jiff::Timestamp::now();
    let bytes = burst(at);
    // Until the gateway has opened the port nobody hears it.
    until("an open port", || (port.write(b"\r\n").lost == 0).then_some(()));
    assert_eq!(port.write(bytes.as_bytes()).lost, 0);
    let shown = stream.until("position", |event| event.name == "position");
    let body = &shown.data["body"];
    assert_eq!((&body["lat"], &body["lon"]), (&json!(31.24303), &json!(121.47175)));
    assert_eq!((&body["speed_kmh"], &body["course"]), (&json!(22.965), &json!(87)), "12.4 knots: {body}");
    let second = at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
    assert_eq!((&body["fix_at"], &shown.data["observed_at"]), (&json!(second), &json!(second)));
    assert_eq!(shown.data["subject"], "vehicle/car-1");

    let vehicle = daemon.get("/api/v1/overview")["vehicles"][0].clone();
    assert_eq!((&vehicle["id"], &vehicle["state"]), (&json!("car-1"), &json!("moving")));
    assert_eq!((&vehicle["lat"], &vehicle["lon"]), (&json!(31.24303), &json!(121.47175)));

    // A damaged sentence is kept as what it is, and is no position.
    let damaged = burst(at).replacen("3114", "3115", 2);
    port.write(damaged.as_bytes());
    let rejected = stream.until("rejected", |event| event.name == "rejected");
    assert!(rejected.data["body"]["reason"].as_str().unwrap().contains("checksum"), "{:?}", rejected.data);
    assert_eq!(daemon.journal("position").len(), 1);
    let link: Vec<Value> = daemon.journal("device").iter().map(|entry| entry["subject"].clone()).collect();
    assert!(link.contains(&json!("vehicle/car-1")), "the link's coming is said: {link:?}");
}
