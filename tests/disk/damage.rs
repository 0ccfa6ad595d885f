//! A database that is damaged while the gateway is away: it starts all the same, goes on from what can be read, and says
//! so everywhere.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::Daemon;
use crate::until;

const SCANS: usize = 300;

fn scan(daemon: &Daemon, n: usize) -> (u16, Value) {
    let body = format!(r#"{{"scan_id":"X-{n}","code":"G-{n:03}","kiosk":"K1"}}"#);
    daemon.post("/api/v1/scans", &body)
}

/// Event ids and hashes of everything in the journal.
fn entries(daemon: &Daemon) -> Vec<(u64, String)> {
    let mut found = Vec::new();
    loop {
        let after = found.last().map_or(0, |(seq, _)| *seq);
        let page = daemon.get(&format!("/api/v1/journal?after={after}&limit=500"));
        let page = page["entries"].as_array().unwrap();
        if page.is_empty() {
            return found;
        }
        found.extend(page.iter().map(|e| (e["seq"].as_u64().unwrap(), e["hash"].as_str().unwrap().to_owned())));
    }
}

/// The kiosk's own ids of every scan in the journal, sorted.
fn scan_ids(daemon: &Daemon) -> Vec<String> {
    let page = daemon.get("/api/v1/journal?kind=scan&limit=1000");
    let id = |entry: &Value| entry["body"]["scan_id"].as_str().unwrap().to_owned();
    let mut ids: Vec<String> = page["entries"].as_array().unwrap().iter().map(id).collect();
    ids.sort();
    ids
}

fn set_aside(daemon: &Daemon) -> Option<PathBuf> {
    let files = fs::read_dir(daemon.data()).unwrap().map(|file| file.unwrap().path());
    let is_it = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with("portico.db.damaged-") && name.ends_with('Z')
    };
    files.into_iter().find(is_it)
}

/// What is left after a damage.
#[derive(Debug)]
struct Left {
    /// Entries that are what they were, from the first on, of how many there were.
    entries: usize,
    of: usize,
    /// Scans that are in the journal, be it that they were reported again.
    scans: usize,
}

/// The gateway works, is killed or stopped, its database is damaged, and it starts again: what is left.
fn damaged(kill: bool, damage: impl FnOnce(&mut Vec<u8>)) -> Left {
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::prepare(dir.path(), "");
    daemon.run();
    let verdicts: Vec<Value> = (0..SCANS).map(|n| scan(&daemon, n).1).collect();
    let before = entries(&daemon);
    let epoch = daemon.get("/api/v1/overview")["epoch"].clone();
    if kill {
        daemon.kill();
    } else {
        assert!(daemon.stop().success());
    }
    let path = daemon.data().join("portico.db");
    let mut bytes = fs::read(&path).unwrap();
    damage(&mut bytes);
    fs::write(&path, &bytes).unwrap();

    daemon.run();
    assert_eq!(fs::read(set_aside(&daemon).expect("set aside with its date")).unwrap(), bytes);
    let (status, body) = daemon.request("GET", "/readyz", None);
    assert_eq!(status, 200, "{body}");
    assert!(body.contains("data: the journal was damaged"), "{body}");
    let said = daemon.log().lines().filter(|line| line.contains("is set aside as portico.db.damaged-")).count();
    assert_eq!(said, 1, "{}", daemon.log());
    until("the alert", &daemon, || {
        let alerts = daemon.get("/api/v1/overview")["alerts"].clone();
        alerts.as_array().unwrap().iter().any(|alert| alert["rule"] == "data_given_up" && alert["state"] == "firing")
    });
    assert_ne!(daemon.get("/api/v1/overview")["epoch"], epoch, "what is new is never taken for what was lost");
    let after = entries(&daemon);
    let kept = after.iter().zip(&before).take_while(|(after, before)| after == before).count();
    let mut ids = scan_ids(&daemon);
    let scans = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), scans, "none twice");
    // The kiosk sends everything again: what is kept is known, with the verdict it had, and what is lost is kept now.
    for (n, verdict) in verdicts.iter().enumerate() {
        let (status, again) = scan(&daemon, n);
        assert_eq!((status, &again["scan_id"], &again["verdict"]), (200, &verdict["scan_id"], &verdict["verdict"]));
    }
    assert_eq!(scan_ids(&daemon).len(), SCANS, "each once");
    assert!(daemon.stop().success());
    let (code, out, talk) = Daemon::command(&["verify", daemon.data().to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{talk}");
    // Said once, and once for all.
    daemon.run();
    let page = daemon.get("/api/v1/journal?limit=1000&kind=device");
    let told = page["entries"].as_array().unwrap().iter().filter(|entry| entry["body"]["part"] == "journal").count();
    assert_eq!(told, 1);
    Left { entries: kept, of: before.len(), scans }
}

#[test]
fn a_header_of_rubbish_costs_nothing() {
    let left = damaged(false, |bytes| bytes[..100].fill(b'#'));
    println!("header: {left:?}");
    assert_eq!((left.entries, left.scans), (left.of, SCANS));
}

#[test]
fn a_flipped_page_costs_the_scans_on_it_and_no_others() {
    let left = damaged(false, |bytes| {
        let body = br#""scan_id":"X-200""#;
        let at = bytes.windows(body.len()).position(|window| window == body).unwrap();
        bytes[at / 1024 * 1024..][..1024].fill(0xA5);
    });
    println!("flipped page: {left:?}");
    assert!((150..left.of).contains(&left.entries), "{left:?}");
    assert!((SCANS - 8..SCANS).contains(&left.scans), "{left:?}");
}

#[test]
fn a_file_cut_short_costs_what_was_cut() {
    let left = damaged(false, |bytes| bytes.truncate(bytes.len() / 2));
    println!("cut short: {left:?}");
    assert!((20..left.of).contains(&left.entries), "{left:?}");
}

#[test]
fn an_empty_file_beside_its_log_costs_what_was_in_the_file() {
    let left = damaged(true, Vec::clear);
    println!("empty beside its log: {left:?}");
}
