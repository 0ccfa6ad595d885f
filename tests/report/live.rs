//! The report of a running gateway: of what its devices tell it now, in its API and beside it on the command line.

use serde_json::{Value, json};

use super::{as_json_of, support};
use support::Daemon;
use support::mqtt::Client;
use support::patience::until_so;

/// So many guests are checked in.
const GUESTS: u64 = 12;

#[test]
fn api_and_command_line_say_the_same_while_the_gateway_works() {
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::prepare(dir.path(), "");
    daemon.in_noon_zone();
    let plan = (0..GUESTS).fold("code,name,tier,expected_at,place,host\n".to_owned(), |plan, number| {
        plan + &format!("G-{number},Guest {number},guest,23:30,lobby,Li Na\n")
    });
    std::fs::write(dir.path().join("plan.csv"), plan).unwrap();
    daemon.run();
    let mut kiosk = Client::plain(daemon.mqtt, "report").unwrap();
    for number in 0..GUESTS {
        let scan = json!({"scan_id": format!("s{number}"), "code": format!("G-{number}"), "duration_s": 30 + number});
        kiosk.publish_and_wait("reception/v1/kiosk/K1/scan", scan.to_string().as_bytes()).unwrap();
    }
    kiosk.publish_and_wait("reception/v1/room/hall/sensor/t1", br#"{"temperature":22.5,"occupancy":7}"#).unwrap();
    kiosk.publish_and_wait("reception/v1/kiosk/K1/scan", b"no scan").unwrap();

    let told = daemon.get("/api/v1/report");
    assert_eq!((&told["check_in"]["check_ins"], &told["check_in"]["took"]["median_s"]), (&json!(GUESTS), &json!(35)));
    let all = &told["punctuality"]["all"];
    assert_eq!(
        (&all["expected"], &all["in_time"], &all["in_time_percent"]),
        (&json!(GUESTS), &json!(GUESTS), &json!(100.0))
    );
    assert_eq!(told["punctuality"]["by_host"][0]["name"], "Li Na");
    assert_eq!((&told["quality"]["rejected"], &told["conservation"]["adds_up"]), (&json!(1), &json!(true)), "{told:#}");
    let hall = &told["rooms"]["rooms"][0];
    assert_eq!(
        (&hall["people_max"], &hall["capacity"], &hall["people_max_percent"]),
        (&json!(7.0), &Value::Null, &Value::Null)
    );

    // The command line reads beside the daemon. It knows nothing of the running process, and up to when it tells is later.
    let config = dir.path().join("portico.toml");
    let beside = as_json_of(config.to_str().unwrap(), "today");
    for part in ["day", "site", "from", "to", "punctuality", "check_in", "vehicles", "alerts"] {
        assert_eq!(beside[part], told[part], "{part}");
    }
    assert_eq!(beside["conservation"], Value::Null);

    for (query, status, says) in [
        ("format=html&lang=zh-CN", 200, "<html lang=\"zh-CN\">"),
        ("format=csv&lang=en", 200, "Check-in,By kiosk,K1,Check-ins,12,"),
        ("day=9999-01-01", 400, "has not begun"),
        ("format=doc", 400, "doc"),
    ] {
        let (answered, body) = daemon.request("GET", &format!("/api/v1/report?{query}"), None);
        assert!(answered == status && body.contains(says), "{query}: {answered} {body}");
    }
    // Nobody waits for a report, and nothing breaks by one.
    until_so("the gateway is ready", || daemon.request("GET", "/readyz", None).0 == 200);
    assert!(daemon.stop().success());
}
