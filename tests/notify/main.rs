//! Notifiers against a stand-in that answers as the vendors do: what each receives, what a refusal leads to, what is
//! told after a crash and after an outage.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A test that cannot go on stops here.

#[path = "../brokers/mosquitto.rs"]
#[allow(dead_code)] // The brokers' tests use more of it.
mod mosquitto;
mod post_office;
mod shelved;
mod stand_in;
#[path = "../support/mod.rs"]
mod support;
mod ways;

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};
use stand_in::{Letter, StandIn};
use support::Daemon;
use support::mqtt::Client;
use support::patience::until;

const SECRET: &str = "SECtest-not-real";
/// How long anything may take on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_mins(1);

/// A room is too warm at once, and that is critical: nobody waits for company.
const HOT_AT_ONCE: &str = "[rules.room_climate]\nhold = \"0s\"\nseverity = \"critical\"\n";

fn notifier(kind: &str, name: &str, stand_in: &StandIn, more: &str) -> String {
    format!("[[notify]]\nkind = \"{kind}\"\nname = \"{name}\"\nurl = \"{}\"\n{more}\n", stand_in.url(name))
}

fn secret(dir: &Path) -> &'static str {
    std::fs::create_dir_all(dir).unwrap();
    std::fs::write(dir.join("secret"), SECRET).unwrap();
    std::fs::set_permissions(dir.join("secret"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    "secret_file = \"secret\"\n"
}

fn warm(daemon: &Daemon, room: &str, celsius: f64) {
    let mut client = Client::plain(daemon.mqtt, &format!("sensor-{room}")).unwrap();
    let topic = format!("reception/v1/room/{room}/sensor/t1");
    client.publish_and_wait(&topic, json!({ "temperature": celsius }).to_string().as_bytes()).unwrap();
}

fn view(daemon: &Daemon, name: &str) -> Value {
    let overview = daemon.get("/api/v1/overview");
    overview["notifiers"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap().clone()
}

fn hmac(key: &str, message: &str) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key.as_bytes());
    base64::engine::general_purpose::STANDARD.encode(ring::hmac::sign(&key, message.as_bytes()))
}

#[test]
fn each_vendor_gets_what_its_documents_show_and_the_end_too() {
    let dir = tempfile::tempdir().unwrap();
    let stand_in = StandIn::start();
    let secret = secret(dir.path());
    let called = "mobiles = [\"13800000000\"]\n";
    let kinds = ["dingtalk", "wecom", "feishu", "webhook", "ntfy"];
    let config: String = kinds
        .map(|kind| {
            let more = match kind {
                "dingtalk" => format!("{secret}{called}"),
                "wecom" => called.to_owned(),
                "ntfy" => format!("{secret}topic = \"ops\"\n"),
                _ => secret.to_owned(),
            };
            notifier(kind, kind, &stand_in, &more)
        })
        .concat();
    let daemon = Daemon::start(dir.path(), &format!("{HOT_AT_ONCE}{config}"));
    warm(&daemon, "ballroom", 31.5);
    let fired = stand_in.next_of(&kinds);
    let said = "[Test] Urgent: ballroom is too warm: 31.5 °C\nLimit 27 °C\n";
    let ding = &fired["dingtalk"];
    assert_eq!(ding.body["msgtype"], "text");
    assert!(ding.body["text"]["content"].as_str().unwrap().starts_with(said), "{}", ding.body);
    assert_eq!(ding.body["at"], json!({ "atMobiles": ["13800000000"], "isAtAll": false }));
    let stamp = ding.query("timestamp");
    assert_eq!(ding.query("sign"), hmac(SECRET, &format!("{stamp}\n{SECRET}")));
    assert_eq!(fired["wecom"].body["text"]["mentioned_mobile_list"], json!(["13800000000"]));
    let feishu = &fired["feishu"].body;
    assert!(feishu["content"]["text"].as_str().unwrap().starts_with(said));
    assert_eq!(feishu["sign"], hmac(&format!("{}\n{SECRET}", feishu["timestamp"].as_str().unwrap()), ""));
    let webhook = &fired["webhook"];
    assert_eq!(webhook.header("authorization"), format!("Bearer {SECRET}"));
    let alert = &webhook.body["alerts"][0];
    assert_eq!((&webhook.body["status"], &webhook.body["version"]), (&json!("firing"), &json!("4")));
    assert_eq!((&alert["status"], &alert["labels"]["alertname"]), (&json!("firing"), &json!("room_climate")));
    assert_eq!(alert["annotations"]["value"], "31.5", "texts alone");
    let ntfy = &fired["ntfy"].body;
    assert_eq!((&ntfy["topic"], &ntfy["priority"]), (&json!("ops"), &json!(5)));

    warm(&daemon, "ballroom", 22.0);
    let over = stand_in.next_of(&kinds);
    let wecom = over["wecom"].body["text"]["content"].as_str().unwrap();
    assert_eq!(wecom, "[Test] Over: ballroom is too warm, back within limits");
    assert_eq!(over["webhook"].body["status"], "resolved");
    assert_ne!(over["webhook"].header("idempotency-key"), webhook.header("idempotency-key"));
    for kind in kinds {
        assert_eq!((&view(&daemon, kind)["state"], &view(&daemon, kind)["told"]), (&json!("well"), &json!(2)));
    }
}

#[test]
fn a_refusal_with_status_200_is_one_and_what_is_still_true_is_told_when_it_is_mended() {
    let dir = tempfile::tempdir().unwrap();
    let stand_in = StandIn::start();
    stand_in.answer("duty", r#"{"errcode":-1,"errmsg":"system busy"}"#);
    stand_in.answer("boss", r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#);
    let config = notifier("dingtalk", "duty", &stand_in, "") + &notifier("wecom", "boss", &stand_in, "");
    let daemon = Daemon::start(dir.path(), &format!("{HOT_AT_ONCE}{config}"));
    warm(&daemon, "lobby", 31.0);
    let state = |name, state: &str| (view(&daemon, name)["state"] == state).then(|| view(&daemon, name));
    let failing = until("the duty robot fails", || state("duty", "failing"));
    assert_eq!(failing["reason"], "errcode -1: system busy");
    let refused = until("the boss's robot refuses", || state("boss", "refused"));
    assert_eq!(refused["reason"], "errcode 93000: invalid webhook url; check the key in the address");
    until("a second try", || (stand_in.count("duty") >= 2).then_some(()));
    stand_in.answer("duty", r#"{"errcode":0,"errmsg":"ok"}"#);
    let well = until("the duty robot is well", || state("duty", "well"));
    assert_eq!((&well["told"], &well["reason"]), (&json!(1), &Value::Null));
    let counted = stand_in.count("duty");
    warm(&daemon, "lobby", 31.2);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(stand_in.count("duty"), counted, "what was told is not told again");
    let metrics = daemon.request("GET", "/metrics", None).1;
    assert!(metrics.contains(r#"portico_notifications_total{link="boss",outcome="denied"} 1"#), "{metrics}");
}

#[test]
fn after_a_crash_the_same_message_is_tried_under_the_same_key() {
    let dir = tempfile::tempdir().unwrap();
    let stand_in = StandIn::start();
    stand_in.hold(true);
    let config = notifier("webhook", "ops", &stand_in, "");
    let mut daemon = Daemon::start(dir.path(), &format!("{HOT_AT_ONCE}{config}"));
    warm(&daemon, "lobby", 31.0);
    // Another alert, which must not change the message that may have arrived.
    let first = until("a message", || stand_in.letters("ops").first().cloned());
    warm(&daemon, "hall", 31.0);
    daemon.kill();
    stand_in.hold(false);
    daemon.run();
    let letters = until("both alerts", || Some(stand_in.letters("ops")).filter(|letters| letters.len() >= 3));
    let key = |letter: &Letter| letter.header("idempotency-key");
    assert_eq!(key(&letters[1]), key(&first));
    assert_eq!(letters[1].body["alerts"], first.body["alerts"]);
    assert_ne!(key(&letters[2]), key(&first));
    assert_eq!(letters[2].body["alerts"][0]["labels"]["subject"], "room/hall");
    // Told is told: a start tells nothing again.
    until("it is on disk", || (view(&daemon, "ops")["told"] == 2).then_some(()));
    daemon.kill();
    daemon.run();
    warm(&daemon, "vip", 31.0);
    let letters = until("the third", || Some(stand_in.letters("ops")).filter(|letters| letters.len() >= 4));
    assert_eq!(letters[3].body["alerts"][0]["labels"]["subject"], "room/vip");
    assert_eq!(letters[3].body["alerts"].as_array().unwrap().len(), 1);
}

#[test]
fn after_an_outage_only_what_is_still_true_is_told_in_one_message() {
    let dir = tempfile::tempdir().unwrap();
    let stand_in = StandIn::start();
    let address = stand_in.address();
    let config = notifier("wecom", "ops", &stand_in, "");
    drop(stand_in);
    let daemon = Daemon::start(dir.path(), &format!("{HOT_AT_ONCE}{config}"));
    for room in ["lobby", "hall", "vip"] {
        warm(&daemon, room, 31.0);
    }
    until("nobody is there", || (view(&daemon, "ops")["state"] == "failing").then_some(()));
    warm(&daemon, "hall", 22.0);
    warm(&daemon, "vip", 22.0);
    let stand_in = StandIn::at(address);
    until("it is told", || (view(&daemon, "ops")["state"] == "well").then_some(()));
    let letters = stand_in.letters("ops");
    let said = letters[0].body["text"]["content"].as_str().unwrap();
    assert!(said.starts_with("[Test] Urgent: lobby is too warm: 31 °C"), "{said}");
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(stand_in.count("ops"), 1, "what came and went untold is not told, nor its end");
}

#[test]
fn a_test_message_goes_out_by_command_and_a_refusal_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let stand_in = StandIn::start();
    let config = notifier("feishu", "ops", &stand_in, "language = \"zh-CN\"\n");
    let daemon = Daemon::prepare(dir.path(), &config);
    let file = dir.path().join("portico.toml");
    let file = file.to_str().unwrap();
    let (code, out, talk) = Daemon::command(&["notify", "test", "ops", "--config", file]);
    assert_eq!((code, out.as_str()), (0, "ops: the test message was taken\n"), "{talk}");
    let said = stand_in.letters("ops")[0].body["content"]["text"].as_str().unwrap().to_owned();
    assert!(said.starts_with("[Test] 测试消息\n发送于 "), "{said}");
    stand_in.answer(
        "ops",
        r#"{"code":19021,"msg":"sign match fail or timestamp is not within one hour from current time"}"#,
    );
    let (code, _, talk) = Daemon::command(&["notify", "test", "--config", file]);
    assert_eq!(code, 1);
    assert!(talk.starts_with("error: ops: the test message was not taken: code 19021: sign match fail"), "{talk}");
    assert_eq!(Daemon::command(&["notify", "test", "nobody", "--config", file]).0, 64);
    drop(daemon);
}
