//! A new plan over HTTP: looked at, refused whole, put in the place of the old one, and there after a crash.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::Daemon;
use crate::{gateway, until};

/// The time of day so many minutes from now, as a sheet has it, where it is about noon.
fn clock(daemon: &Daemon, minutes: i64) -> String {
    let zone = daemon.get("/api/v1/overview")["site"]["time_zone"].as_str().unwrap().to_owned();
    let at = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(minutes);
    at.to_zoned(jiff::tz::TimeZone::get(&zone).unwrap()).strftime("%H:%M").to_string()
}

fn put(daemon: &Daemon, query: &str, sheet: &str) -> (u16, Value) {
    let (status, body) = daemon.request("PUT", &format!("/api/v1/plan?file=plan.csv{query}"), Some(sheet));
    (status, serde_json::from_str(&body).unwrap_or_else(|fault| panic!("{fault}: {body}")))
}

fn late(daemon: &Daemon) -> Vec<String> {
    let overview = daemon.get("/api/v1/overview");
    let alerts = overview["alerts"].as_array().unwrap().iter().filter(|alert| alert["rule"] == "late_arrival");
    alerts.map(|alert| alert["subject"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_new_plan_is_shown_before_it_is_taken_and_moves_what_is_due() {
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = gateway(dir.path(), "", "");
    let (before, after) = (clock(&daemon, -50), clock(&daemon, 60));
    let old = format!("code,name,expected_at\nG-1,Ada,{before}\nG-2,Bo,{after}\n");
    let (status, first) = put(&daemon, "&by=desk", &old);
    assert_eq!((status, &first["replaced"], &first["counts"]["guests"]), (200, &json!(true), &json!(2)), "{first}");
    assert_eq!(fs::read_to_string(dir.path().join("plan.csv")).unwrap(), old);
    until("Ada is late", || (late(&daemon) == ["guest/G-1"]).then_some(()));
    assert_eq!(daemon.journal("plan").last().unwrap()["device"], "operator/desk");

    // She has called: she comes in an hour, with somebody.
    let new = format!("code,name,expected_at\nG-1,Ada,{after}\nG-2,Bo,{after}\nG-3,Cy,{after}\n");
    let (status, preview) = put(&daemon, "&preview=true", &new);
    assert_eq!((status, &preview["replaced"], &preview["entry"]), (200, &json!(false), &first["entry"]));
    let lists = preview["changes"]["lists"].as_array().unwrap();
    assert_eq!((lists.len(), &lists[0]["list"], &lists[0]["added"][0]["id"]), (2, &json!("visits"), &json!("G-3")));
    assert_eq!(lists[0]["changed"][0]["fields"][0]["field"], "expected_at");
    assert_eq!((late(&daemon).len(), fs::read_to_string(dir.path().join("plan.csv")).unwrap()), (1, old));

    let (status, taken) = put(&daemon, "", &new);
    assert_eq!((status, &taken["changes"]), (200, &preview["changes"]));
    assert!(taken["entry"].as_u64() > first["entry"].as_u64(), "{taken}");
    until("nobody is late", || late(&daemon).is_empty().then_some(()));
    let names: Vec<Value> =
        daemon.get("/api/v1/plan")["visits"].as_array().unwrap().iter().map(|visit| visit["name"].clone()).collect();
    assert_eq!(names, ["Ada", "Bo", "Cy"]);
    // The same once more changes nothing.
    assert_eq!(put(&daemon, "", &new).1["entry"], taken["entry"]);

    daemon.kill();
    daemon.run();
    assert_eq!(daemon.get("/api/v1/plan")["visits"].as_array().unwrap().len(), 3);
    assert_eq!(daemon.journal("plan").last().unwrap()["seq"], taken["entry"], "the file is the plan that holds");
}

#[test]
fn a_plan_with_a_fault_is_refused_whole() {
    let dir = tempfile::tempdir().unwrap();
    let daemon = gateway(
        dir.path(),
        "code,name\nG-1,Ada\n",
        "[[sensor]]\ntopic = \"plc/hall\"\nformat = \"bare\"\nquantity = \"temperature\"\nroom = \"hall\"\nsensor = \"t1\"",
    );
    let file = dir.path().join("plan.csv");
    let refused = |query: &str, sheet: &str, status: u16, says: &str| {
        let (answered, problem) = put(&daemon, query, sheet);
        assert_eq!(answered, status, "{problem}");
        assert!(problem.to_string().contains(says), "{says}: {problem}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "code,name\nG-1,Ada\n");
        assert_eq!(daemon.get("/api/v1/plan")["visits"].as_array().unwrap().len(), 1);
        problem
    };
    let problem = refused("", "code,tier,expected_at\nG-1,boss,25:00\n,,\nG-2,vip,soon\n", 422, "3 faults");
    let places: Vec<(u64, u64)> = problem["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| (fault["line"].as_u64().unwrap(), fault["column"].as_u64().unwrap()))
        .collect();
    assert_eq!(places, [(2, 2), (2, 3), (4, 3)], "{problem}");
    assert!(problem["faults"][0]["hint"].as_str().unwrap().contains("vip"), "{problem}");
    // What the configuration says of rooms does not fit it.
    refused("", r#"{"rooms": [{"id": "lobby"}]}"#, 422, "room \\\"hall\\\" is not in the plan");
    refused("", "code,name\n", 422, "empty");
    // What was looked at is not what holds.
    let tag = |tag: &str| request_tagged(&daemon, tag, "code\nG-7\n");
    assert_eq!(tag("\"1\""), 409);
    assert_eq!(fs::read_to_string(&file).unwrap(), "code,name\nG-1,Ada\n");
    let entry = daemon.journal("plan").last().unwrap()["seq"].clone();
    assert_eq!(tag(&format!("\"{entry}\"")), 200);
    assert_eq!(fs::read_to_string(&file).unwrap(), "code\nG-7\n");
}

fn request_tagged(daemon: &Daemon, tag: &str, sheet: &str) -> u16 {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(daemon.http).unwrap();
    write!(
        stream,
        "PUT /api/v1/plan HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nIf-Match: {tag}\r\nContent-Length: {}\r\n\r\n{sheet}",
        daemon.http,
        sheet.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

/// A folder stands where the plan's file would: it cannot be written, whoever we are.
fn in_the_way(dir: &Path) {
    fs::create_dir(dir.join("plan.csv")).unwrap();
}

#[test]
fn a_plan_that_cannot_be_written_is_not_taken() {
    let dir = tempfile::tempdir().unwrap();
    let daemon = gateway(dir.path(), "", "");
    in_the_way(dir.path());
    let (status, problem) = put(&daemon, "", "code\nG-1\n");
    assert_eq!(status, 409, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("[plan] file"), "{problem}");
    assert!(!problem.to_string().contains(dir.path().to_str().unwrap()), "{problem}");
    assert!(daemon.journal("plan").is_empty());
    fs::remove_dir(dir.path().join("plan.csv")).unwrap();
    assert_eq!(put(&daemon, "", "code\nG-1\n").0, 200);
}

#[test]
fn many_plans_at_once_and_a_reload_leave_one_that_file_and_page_agree_on() {
    let dir = tempfile::tempdir().unwrap();
    let daemon = gateway(dir.path(), "code\nG-0\n", "");
    std::thread::scope(|scope| {
        for n in 1..=8 {
            let daemon = &daemon;
            scope.spawn(move || {
                let (status, answer) = put(daemon, "", &format!("code,name\nG-{n},Guest {n}\n"));
                assert_eq!(status, 200, "{answer}");
                let pid = daemon.pid().to_string();
                assert!(std::process::Command::new("kill").args(["-HUP", &pid]).status().unwrap().success());
            });
        }
    });
    let (status, _) = put(&daemon, "&preview=true", &fs::read_to_string(dir.path().join("plan.csv")).unwrap());
    assert_eq!(status, 200);
    let shown = daemon.get("/api/v1/plan")["visits"][0].clone();
    let file = fs::read_to_string(dir.path().join("plan.csv")).unwrap();
    assert_eq!(file, format!("code,name\n{},{}\n", shown["code"].as_str().unwrap(), shown["name"].as_str().unwrap()));
}
