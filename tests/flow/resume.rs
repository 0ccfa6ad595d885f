//! A viewer that was away gets exactly what it missed, or is told that it must begin anew.

use serde_json::json;

use crate::support::Daemon;
use crate::support::mqtt::Client;
use crate::{Stream, gateway};

/// Takes readings `from..=to` in.
fn readings(daemon: &Daemon, from: u32, to: u32) {
    let mut sensor = Client::plain(daemon.mqtt, "s1").unwrap();
    for co2 in from..=to {
        let payload = format!(r#"{{"co2":{co2}}}"#);
        sensor.publish_and_wait("reception/v1/room/lobby/sensor/s1", payload.as_bytes()).unwrap();
    }
}

fn told(stream: &Stream) -> Vec<u64> {
    let readings = stream.entries.iter().filter(|event| event.name == "reading");
    readings.map(|event| event.data["body"]["co2"].as_u64().unwrap()).collect()
}

#[test]
fn exactly_what_was_missed_is_delivered() {
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = gateway(dir.path(), "", "");
    let mut stream = Stream::live(daemon.http);
    readings(&daemon, 401, 405);
    let last = stream.until("405", |event| event.data["body"]["co2"] == 405).id.unwrap();
    assert_eq!(told(&stream), [401, 402, 403, 404, 405]);
    drop(stream);

    readings(&daemon, 406, 410);
    let mut stream = Stream::resumed(daemon.http, &last);
    assert_eq!(stream.opening().id.unwrap(), last, "it goes on from there");
    readings(&daemon, 411, 412);
    let last = stream.until("412", |event| event.data["body"]["co2"] == 412).id.unwrap();
    assert_eq!(told(&stream), [406, 407, 408, 409, 410, 411, 412]);

    // The gateway dies; whoever watched comes back with what it remembers and misses nothing either.
    daemon.kill();
    daemon.run();
    readings(&daemon, 413, 414);
    let mut stream = Stream::resumed(daemon.http, &last);
    assert_eq!(stream.opening().id.unwrap(), last);
    stream.until("414", |event| event.data["body"]["co2"] == 414);
    assert_eq!(told(&stream), [413, 414]);
    let started = stream.entries.iter().filter(|event| event.data["body"]["reason"] == "started").count();
    assert_eq!(started, 1, "and the restart is one of the things that happened");
}

#[test]
fn a_place_in_another_database_is_no_place() {
    let dir = tempfile::tempdir().unwrap();
    let daemon = gateway(dir.path(), "", "");
    readings(&daemon, 401, 403);
    let now = daemon.get("/api/v1/overview");
    let epoch = now["epoch"].as_str().unwrap();
    let beyond = format!("{epoch}-{}", now["seq"].as_u64().unwrap() + 1_000);
    for foreign in ["deadbeef-2", &beyond, "nonsense"] {
        let mut stream = Stream::resumed(daemon.http, foreign);
        let reset = stream.opening();
        assert_eq!((&reset.name[..], reset.epoch()), ("reset", epoch), "{foreign}");
        assert_eq!(reset.data["seq"], reset.seq(), "{foreign}");
        assert_eq!(reset.data["rooms"][0]["id"], "lobby", "the whole present comes with it: {foreign}");
        assert_eq!(reset.data["site"]["id"], json!("test"));
        readings(&daemon, 404, 404);
        let next = stream.until("404", |event| event.name == "reading");
        assert_eq!(next.data["body"]["co2"], 404);
        readings(&daemon, 403, 403);
    }
}
