//! A guest at the door: from the kiosk's bytes to the verdict, the journal, the live stream and the system above.

use serde_json::{Value, json};

use crate::support::Daemon;
use crate::support::mqtt::Client;
use crate::{PATIENCE, Stream, gateway, moment, next_json, scan, until};

use firmware_sim::upstream::UpstreamControl;

fn plan() -> String {
    format!(
        "code,name,tier,expected_at,place,host,needs,cancelled\n\
         G-1,王芳,vip,{},ballroom,李娜,wheelchair; 素食,\n\
         G-2,Anna Keller,guest,2031-01-01 10:00,lobby,赵敏,,\n\
         G-3,刘洋,guest,{},lobby,赵敏,,yes\n",
        moment(1_800),
        moment(1_800),
    )
}

fn verdict(kiosk: &mut Client, number: u32, code: &str) -> Value {
    let scan_id = format!("K01-{number:06}");
    kiosk.publish_and_wait("reception/v1/kiosk/K01/scan", &scan(&scan_id, code)).unwrap();
    let verdict = next_json(kiosk);
    assert_eq!(verdict["scan_id"], scan_id);
    verdict
}

fn kiosk(daemon: &Daemon) -> Client {
    let mut kiosk = Client::plain(daemon.mqtt, "K01").unwrap();
    kiosk.subscribe("reception/v1/kiosk/K01/verdict").unwrap();
    kiosk
}

#[test]
fn a_scan_is_kept_answered_shown_and_passed_on() {
    let dir = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let upstream = runtime.block_on(UpstreamControl::start(([127, 0, 0, 1], 0).into(), true)).unwrap();
    let link = format!("[upstream]\nkind = \"http\"\nurl = \"http://{}/events\"", upstream.address());
    let daemon = gateway(dir.path(), &plan(), &link);
    let mut stream = Stream::live(daemon.http);
    let mut kiosk = kiosk(&daemon);

    let payload = scan("K01-000001", "G-1");
    kiosk.publish_and_wait("reception/v1/kiosk/K01/scan", &payload).unwrap();
    // Acknowledged means kept: what the PUBACK promises can be read at once.
    let kept = daemon.journal("scan");
    let verdict = next_json(&mut kiosk);
    let asked: Value = serde_json::from_slice(&payload).unwrap();
    let guest = json!({"name": "王芳", "tier": "vip", "greeting": null, "needs": ["wheelchair", "素食"],
        "place": "ballroom", "host": "李娜"});
    assert_eq!(kept.len(), 1, "{kept:?}");
    let entry = &kept[0];
    // The first report of a kiosk teaches how far its clock is off, so by ours it was made when it came.
    let at = &entry["received_at"];
    let want = json!({"scan_id": "K01-000001", "verdict": "admit", "guest": guest, "late_by_s": 0, "at": at});
    assert_eq!(verdict, want);

    assert_eq!((&entry["subject"], &entry["device"]), (&json!("guest/G-1"), &json!("kiosk/K01")));
    assert_eq!(entry["observed_at"], asked["at"]);
    assert_eq!((&entry["body"]["verdict"], &entry["body"]["code"]), (&json!("admit"), &json!("G-1")));
    assert!(!entry.to_string().contains("王芳"), "no name is in the chain: {entry}");
    let shown = stream.until("scan", |event| event.name == "scan");
    assert_eq!(shown.data, *entry, "the stream shows what the journal holds");

    let overview = daemon.get("/api/v1/overview");
    assert_eq!(overview["guests"]["arrived"], 1);
    let visit = overview["visits"].as_array().unwrap().iter().find(|visit| visit["code"] == "G-1").unwrap();
    assert_eq!((&visit["name"], &visit["state"]), (&json!("王芳"), &json!("arrived")));

    // The very same bytes again, as a kiosk sends them that did not hear its PUBACK.
    kiosk.publish_and_wait("reception/v1/kiosk/K01/scan", &payload).unwrap();
    assert_eq!(next_json(&mut kiosk), want, "the same scan gets the same verdict");
    // Another scan of the same guest is another matter.
    assert_eq!(self::verdict(&mut kiosk, 2, "G-1")["verdict"], "already_in");
    assert_eq!(daemon.journal("scan").len(), 2, "the repeated scan made no second entry");

    let id = format!("test/{}/{}", shown.epoch(), shown.seq());
    let sent = until("the event upstream", || upstream.events().into_iter().find(|event| event["id"] == *id));
    assert_eq!(sent["specversion"], "1.0");
    assert_eq!((&sent["source"], &sent["type"]), (&json!("/portico/test"), &json!("portico.scan.v1")));
    assert_eq!((&sent["time"], &sent["subject"]), (&entry["observed_at"], &entry["subject"]));
    assert_eq!(sent["sequence"], format!("{:016}", shown.seq()));
    assert_eq!(sent["data"], entry["body"], "upstream gets the same as the journal holds");
    let all = daemon.get("/api/v1/journal?limit=1000")["entries"].as_array().unwrap().len();
    assert!(runtime.block_on(upstream.wait_for(all, PATIENCE)), "{:?} of {all}", upstream.counts());
    assert_eq!((upstream.conflicts(), upstream.counts().malformed), (vec![], 0));
}

#[test]
fn who_is_not_expected_is_told_so_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    let daemon = gateway(dir.path(), &plan(), "");
    let mut kiosk = kiosk(&daemon);
    let stranger = verdict(&mut kiosk, 1, "X-9999");
    assert_eq!((&stranger["verdict"], &stranger["guest"]), (&json!("not_found"), &Value::Null));
    assert_eq!(verdict(&mut kiosk, 2, "G-2")["verdict"], "wrong_day");
    assert_eq!(verdict(&mut kiosk, 3, "G-3")["verdict"], "cancelled");
    let kept: Vec<Value> = daemon.journal("scan").iter().map(|entry| entry["body"]["verdict"].clone()).collect();
    assert_eq!(kept, ["not_found", "wrong_day", "cancelled"], "a refused scan is kept, too");
    let overview = daemon.get("/api/v1/overview");
    assert_eq!(overview["guests"]["arrived"], 0, "{}", overview["guests"]);
}

#[test]
fn a_scan_over_http_and_over_mqtt_is_the_same_scan() {
    let dir = tempfile::tempdir().unwrap();
    let daemon = gateway(dir.path(), &plan(), "");
    let mut kiosk = kiosk(&daemon);
    let over_mqtt = verdict(&mut kiosk, 1, "G-1");
    let again = json!({"scan_id": "K01-000001", "code": "G-1", "kiosk": "K01"}).to_string();
    let (status, over_http) = daemon.post("/api/v1/scans", &again);
    assert_eq!((status, over_http), (200, over_mqtt));
    assert_eq!(daemon.journal("scan").len(), 1);
    // The same number at another kiosk is another scan.
    let elsewhere = json!({"scan_id": "K01-000001", "code": "G-1", "kiosk": "K02"}).to_string();
    assert_eq!(daemon.post("/api/v1/scans", &elsewhere).1["verdict"], "already_in");
    assert_eq!(daemon.journal("scan").len(), 2);
}
