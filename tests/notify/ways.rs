//! The ways that are no request over HTTP: mail, and another broker.

use serde_json::{Value, json};

use crate::mosquitto::Mosquitto;
use crate::post_office::PostOffice;
use crate::support::Daemon;
use crate::support::mqtt::{Client, Packet};
use crate::support::patience::until;
use crate::{HOT_AT_ONCE, PATIENCE, SECRET, secret, view, warm};

fn mail(office: &PostOffice, more: &str) -> String {
    format!(
        "[[notify]]\nkind = \"mail\"\nurl = \"smtp://{}\"\nfrom = \"Portico <portico@venue.test>\"\n\
         to = [\"duty@venue.test\", \"Li <li@venue.test>\"]\nlanguage = \"zh-CN\"\n{more}\n",
        office.address
    )
}

#[test]
fn a_mail_says_it_to_everybody_and_a_second_try_is_known_by_its_id() {
    use base64::Engine as _;
    let dir = tempfile::tempdir().unwrap();
    let office = PostOffice::open();
    office.answer("DATA", "451 greylisted, come again");
    let more = format!("user = \"portico\"\n{}", secret(dir.path()));
    let daemon = Daemon::start(dir.path(), &format!("{HOT_AT_ONCE}{}", mail(&office, &more)));
    warm(&daemon, "ballroom", 31.5);
    let failing = until("it is told to wait", || Some(view(&daemon, "mail")).filter(|view| view["state"] == "failing"));
    assert!(failing["reason"].as_str().unwrap().starts_with("451: "), "{failing}");
    office.answer("DATA", "");
    let mail = until("a mail", || office.mails().first().cloned());
    assert_eq!(mail.to, ["duty@venue.test", "li@venue.test"]);
    let plain = base64::engine::general_purpose::STANDARD.encode(format!("\0portico\0{SECRET}"));
    assert_eq!((mail.from.as_str(), mail.login.clone()), ("portico@venue.test", format!("AUTH PLAIN {plain}")));
    assert!(mail.body().starts_with("[Test] 紧急：ballroom温度过高"), "{}", mail.body());
    assert!(mail.head("Subject").contains("=?utf-8?"), "{}", mail.text);
    assert_eq!((mail.head("Auto-Submitted").as_str(), mail.head("Importance").as_str()), ("auto-generated", "high"));
    let id = mail.head("Message-ID");
    assert!(id.starts_with("<mail-") && id.ends_with("@venue.test>"), "{id}");
    until("it is well", || (view(&daemon, "mail")["state"] == "well").then_some(()));

    warm(&daemon, "ballroom", 22.0);
    let over = until("the end", || office.mails().get(1).cloned());
    assert!(over.body().contains("已解除"), "{}", over.body());
    assert_ne!(over.head("Message-ID"), id);
    assert_eq!(over.head("Importance"), "");
}

#[test]
fn what_a_mail_server_refuses_is_said_with_what_to_check() {
    let dir = tempfile::tempdir().unwrap();
    let office = PostOffice::open();
    let more = format!("user = \"portico\"\n{}", secret(dir.path()));
    let daemon = Daemon::prepare(dir.path(), &mail(&office, &more));
    let file = dir.path().join("portico.toml");
    let test = || Daemon::command(&["notify", "test", "--config", file.to_str().unwrap()]);
    assert_eq!(test().0, 0, "{}", test().2);
    assert!(office.mails()[0].body().contains("测试消息"));
    for (command, answer, remedy) in [
        ("AUTH", "535 5.7.8 no such user", "535: no such user; check user and secret_file"),
        ("RCPT", "550 5.1.1 no such mailbox", "550: no such mailbox; check from and to"),
        ("MAIL", "421 4.3.0 too busy", "421: "),
    ] {
        office.answer(command, answer);
        let (code, out, talk) = test();
        assert_eq!((code, out.as_str()), (1, ""), "{command}");
        let said = talk.replace("5.7.8 ", "").replace("5.1.1 ", "");
        assert!(said.contains(remedy), "{command}: {talk}");
        office.answer(command, "");
    }
    drop(daemon);
}

#[test]
fn another_broker_gets_each_message_acknowledged_and_again_after_it_was_away() {
    let Some(mut broker) = Mosquitto::start("") else { return };
    let dir = tempfile::tempdir().unwrap();
    let config =
        format!("[[notify]]\nkind = \"mqtt\"\nurl = \"mqtt://{}\"\ntopic = \"venue/alerts\"\n", broker.address);
    let daemon = Daemon::start(dir.path(), &format!("{HOT_AT_ONCE}{config}"));
    let mut listener = broker.client("listener");
    listener.subscribe("venue/#").unwrap();
    warm(&daemon, "lobby", 31.0);
    let told = heard(&mut listener);
    assert_eq!(told["title"], "[Test] Urgent: lobby is too warm: 31 °C");
    assert_eq!((&told["severity"], &told["test"]), (&json!("critical"), &json!(false)));
    assert_eq!(told["firing"][0]["rule"], "room_climate");
    broker.stop();
    warm(&daemon, "lobby", 22.0);
    until("nobody is there", || (view(&daemon, "mqtt")["state"] == "failing").then_some(()));
    broker.run();
    let mut listener = broker.client("listener-2");
    listener.subscribe("venue/#").unwrap();
    let over = heard(&mut listener);
    assert_eq!((&over["resolved"][0]["state"], &over["firing"]), (&json!("resolved"), &json!([])));
    assert_ne!(over["key"], told["key"]);
}

fn heard(listener: &mut Client) -> Value {
    match listener.wait(PATIENCE).unwrap() {
        Some(Packet::Publish { payload, .. }) => serde_json::from_slice(&payload).unwrap(),
        other => panic!("{other:?} in the place of a message"),
    }
}

#[test]
fn each_host_hears_of_his_own_guests_and_nobody_in_the_wrong_hours() {
    let dir = tempfile::tempdir().unwrap();
    let stand_in = crate::StandIn::start();
    let expected = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(3);
    let plan = format!(
        "code,name,expected_at,host\nG-1,Ann,{expected},Li Na\nG-2,Ben,{expected},Wang Wei\n\
         G-3,Cai,{expected},Wang Wei / Li Na\n"
    );
    std::fs::write(dir.path().join("plan.csv"), plan).unwrap();
    // Two hours that are far from now, in the site's zone.
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    let now = jiff::Timestamp::now().to_zoned(zone).hour();
    let closed = format!("hours = \"{:02}:00-{:02}:00\"", (now + 10) % 24, (now + 12) % 24);
    let config = crate::notifier("webhook", "li", &stand_in, "hosts = [\"Li Na\"]\nafter = \"0s\"")
        + &crate::notifier("webhook", "all", &stand_in, "")
        + &crate::notifier("webhook", "closed", &stand_in, &closed);
    let late = "[plan]\nfile = \"plan.csv\"\n[rules.late_arrival]\ngrace = \"0s\"\nseverity = \"critical\"\n";
    let daemon = Daemon::start(dir.path(), &format!("{late}{config}"));
    let told = |name: &str| {
        let letters = stand_in.letters(name);
        let alerts = letters.iter().flat_map(|letter| letter.body["alerts"].as_array().unwrap().clone());
        let mut codes: Vec<String> =
            alerts.map(|alert| alert["labels"]["subject"].as_str().unwrap().to_owned()).collect();
        codes.sort();
        codes
    };
    until("everybody's", || (told("all") == ["guest/G-1", "guest/G-2", "guest/G-3"]).then_some(()));
    until("his own", || (told("li") == ["guest/G-1", "guest/G-3"]).then_some(()));
    assert_eq!(told("closed"), Vec::<String>::new());
    assert_eq!(view(&daemon, "closed")["state"], "untried");
}
