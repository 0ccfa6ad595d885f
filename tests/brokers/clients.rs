//! Debian's clients against our broker.

use serde_json::{Value, json};

use crate::mosquitto::Tool;
use crate::support::Daemon;
use crate::{scans, until};

/// A gateway with both tools pointed at it; none where they are not installed.
fn stand() -> Option<(tempfile::TempDir, Daemon, Tool, Tool)> {
    let dir = tempfile::tempdir().unwrap();
    let daemon = Daemon::prepare(dir.path(), "");
    let (publish, subscribe) = (Tool::find("mosquitto_pub", daemon.mqtt)?, Tool::find("mosquitto_sub", daemon.mqtt)?);
    let mut daemon = daemon;
    daemon.run();
    Some((dir, daemon, publish, subscribe))
}

#[test]
fn each_version_and_quality_of_service_gets_its_verdict() {
    let Some((_dir, daemon, publish, subscribe)) = stand() else { return };
    // It subscribes and goes away; the verdicts wait in its session.
    let session = "-i pager -c -q 1 -t reception/v1/kiosk/+/verdict";
    subscribe.run(&format!("{session} -E"), None);
    let mut ids = Vec::new();
    for version in ["mqttv31", "mqttv311", "mqttv5"] {
        for qos in 0..=2 {
            let id = format!("{version}-{qos}");
            let payload = format!(r#"{{"scan_id":"{id}","code":"X-1"}}"#);
            publish.run(&format!("-V {version} -q {qos} -t reception/v1/kiosk/{version}/scan"), Some(&payload));
            ids.push(id);
        }
    }
    let heard = subscribe.run(&format!("{session} -C {} -W 30 -F %t|%p", ids.len()), None);
    let mut told = Vec::new();
    for line in &heard {
        let (topic, payload) = line.split_once('|').unwrap();
        let verdict: Value = serde_json::from_str(payload).unwrap();
        let id = verdict["scan_id"].as_str().unwrap().to_owned();
        assert_eq!(topic, format!("reception/v1/kiosk/{}/verdict", id.split_once('-').unwrap().0));
        assert_eq!(verdict["verdict"], "not_found");
        told.push(id);
    }
    told.sort();
    ids.sort();
    assert_eq!(told, ids);
    assert_eq!(scans(&daemon).len(), ids.len());
}

#[test]
fn retained_messages_wildcards_and_last_wills() {
    let Some((_dir, daemon, publish, subscribe)) = stand() else { return };
    publish.run("-q 1 -r -t venue/lobby/lamp", Some("on"));
    publish.run("-q 2 -r -t venue/hall/lamp", Some("off"));
    publish.run("-q 1 -r -t venue/hall/blind/state", Some("down"));
    let mut heard = subscribe.run("-q 2 -t venue/+/lamp -C 2 -W 30 -F %t|%p|%r|%q", None);
    heard.sort();
    assert_eq!(heard, ["venue/hall/lamp|off|1|2", "venue/lobby/lamp|on|1|1"]);
    assert_eq!(subscribe.run("-q 1 -t venue/hall/# -t venue/none -C 2 -W 30", None).len(), 2);
    publish.run("-q 1 -r -n -t venue/hall/blind/state", None);
    assert_eq!(subscribe.run("-q 1 -t venue/# -C 2 -W 30 -F %t", None).len(), 2);

    // A kiosk's own last will, after its process was killed.
    let topic = "reception/v1/kiosk/K09/status";
    let words =
        format!("-i K09 -q 1 -t venue/none --will-topic {topic} --will-payload offline --will-qos 1 --will-retain");
    let mut kiosk = subscribe.command(&words).spawn().unwrap();
    publish.run(&format!("-q 1 -r -t {topic}"), Some("online"));
    // It is there when it shows up among the connections of its own subscription: ask until its will can be had.
    let state = |daemon: &Daemon| daemon.journal("device").pop().map(|entry| entry["body"]["state"].clone());
    assert_eq!(state(&daemon), Some(json!("online")));
    std::thread::sleep(std::time::Duration::from_secs(1));
    kiosk.kill().unwrap();
    kiosk.wait().unwrap();
    until("the last will", || (state(&daemon) == Some(json!("offline"))).then_some(()));
    // Held for those who come later a commit after it is in the journal.
    until("the last will is held", || {
        let heard = subscribe.run(&format!("-q 1 -t {topic} -C 1 -W 30 -F %p|%r"), None);
        (heard == ["offline|1"]).then_some(())
    });
}

#[test]
fn what_is_published_in_the_wrong_place_is_kept_with_its_reason() {
    let Some((_dir, daemon, publish, _)) = stand() else { return };
    for version in ["mqttv311", "mqttv5"] {
        publish.run(&format!("-V {version} -q 1 -t reception/v1/kiosk/K01/scam"), Some("{}"));
        publish.run(&format!("-V {version} -q 2 -t reception/v2/kiosk/K01/scan"), Some("{}"));
    }
    let rejected = daemon.journal("rejected");
    assert_eq!(rejected.len(), 4, "{rejected:#?}");
    for entry in &rejected {
        assert!(entry["body"]["reason"].as_str().unwrap().contains("no topic of the contract"), "{entry}");
    }
}
