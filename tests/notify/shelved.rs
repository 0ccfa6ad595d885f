//! An alert that is put aside: nobody is told of it before it comes back, also where the gateway died meanwhile.

use serde_json::{Value, json};

use super::stand_in::{Letter, StandIn};
use super::support::Daemon;
use super::support::patience::until;
use super::{HOT_AT_ONCE, notifier, warm};

fn subjects(letters: &[Letter]) -> Vec<String> {
    let alerts = letters.iter().flat_map(|letter| letter.body["alerts"].as_array().unwrap());
    alerts.map(|alert| alert["labels"]["subject"].as_str().unwrap().to_owned()).collect()
}

fn told(stand_in: &StandIn, count: usize) -> Vec<Letter> {
    until("a letter", || Some(stand_in.letters("ops")).filter(|letters| letters.len() >= count))
}

fn open_alert(daemon: &Daemon, id: &str) -> Option<Value> {
    let open = daemon.get("/api/v1/alerts");
    open["alerts"].as_array().unwrap().iter().find(|alert| alert["id"] == id).cloned()
}

#[test]
fn it_is_quiet_until_its_time_and_told_again_though_the_gateway_died_meanwhile() {
    let dir = tempfile::tempdir().unwrap();
    let stand_in = StandIn::start();
    let config = notifier("webhook", "ops", &stand_in, "");
    let mut daemon = Daemon::start(dir.path(), &format!("{HOT_AT_ONCE}{config}"));
    warm(&daemon, "lobby", 31.0);
    assert_eq!(subjects(&told(&stand_in, 1)), ["room/lobby"]);
    let body = json!({"by": "li", "for": "4s", "reason": "doors are open"}).to_string();
    let (status, aside) = daemon.post("/api/v1/alerts/A-1/shelve", &body);
    assert_eq!((status, &aside["state"]), (200, &json!("shelved")), "{aside}");

    daemon.kill();
    daemon.run();
    assert!(matches!(open_alert(&daemon, "A-1"), Some(alert) if alert["shelf"]["until"] == aside["shelf"]["until"]));
    warm(&daemon, "hall", 31.0);
    assert_eq!(subjects(&told(&stand_in, 2)), ["room/lobby", "room/hall"]);

    let back = until("it is back", || open_alert(&daemon, "A-1").filter(|alert| alert["state"] == "firing"));
    assert_eq!((&back["at"], &back["shelf"]["ended_at"]), (&aside["shelf"]["until"], &aside["shelf"]["until"]));
    assert_eq!(subjects(&told(&stand_in, 3)), ["room/lobby", "room/hall", "room/lobby"]);

    // Over while it is put aside: its end is told, and nothing comes back.
    let body = json!({"by": "li", "for": "1h", "reason": "doors are open"}).to_string();
    assert_eq!(daemon.post("/api/v1/alerts/A-1/shelve", &body).0, 200);
    warm(&daemon, "lobby", 22.0);
    let letters = told(&stand_in, 4);
    assert_eq!(letters[3].body["status"], "resolved");
    assert!(daemon.stop().success());
    let (code, out, talk) = Daemon::command(&["verify", daemon.data().to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{talk}");
}
