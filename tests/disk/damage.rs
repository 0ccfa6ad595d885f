//! A database that is damaged while the gateway is away: it starts all the same, goes on from what can be read, and says
//! so everywhere.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::forgetful::Disk;
use crate::support::Daemon;
use crate::{DISK_BYTES, until};

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

/// Every scan in the journal, by the kiosk's own id: verdict and how late the guest was.
fn scans(daemon: &Daemon) -> BTreeMap<String, (Value, Value)> {
    let page = daemon.get("/api/v1/journal?kind=scan&limit=1000");
    let page = page["entries"].as_array().unwrap();
    let scan = |entry: &Value| {
        let body = &entry["body"];
        (body["scan_id"].as_str().unwrap().to_owned(), (body["verdict"].clone(), body["late_by_s"].clone()))
    };
    let found: BTreeMap<_, _> = page.iter().map(scan).collect();
    assert_eq!(found.len(), page.len(), "none twice");
    found
}

/// Everybody is expected in the first minute of the day, and so is late, and later with every scan.
fn plan() -> String {
    let guests = (0..SCANS).map(|n| format!("G-{n:03},Guest {n},guest,00:01,hall\n"));
    std::iter::once("code,name,tier,expected_at,place\n".to_owned()).chain(guests).collect()
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
    let mut daemon = Daemon::prepare(dir.path(), "[plan]\nfile = \"plan.csv\"\n");
    daemon.in_noon_zone();
    fs::write(dir.path().join("plan.csv"), plan()).unwrap();
    daemon.run();
    let verdicts: Vec<Value> = (0..SCANS).map(|n| scan(&daemon, n).1).collect();
    let (before, scans_before) = (entries(&daemon), scans(&daemon));
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
    // Also what was reported again is judged as it was: by the time at which it first came.
    let found = scans(&daemon);
    let of = scans_before.len();
    assert!(found.iter().all(|(id, scan)| scans_before[id] == *scan), "{found:?}");
    assert!(of == SCANS && scans_before.values().all(|(verdict, late)| verdict == "admit" && late.as_i64() > Some(60)));
    let scans_left = found.len();
    // The kiosk sends everything again: what is kept is known, with the verdict it had, and what is lost is kept now.
    for (n, verdict) in verdicts.iter().enumerate() {
        let (status, again) = scan(&daemon, n);
        assert_eq!((status, &again["scan_id"], &again["verdict"]), (200, &verdict["scan_id"], &verdict["verdict"]));
    }
    assert_eq!(scans(&daemon).len(), SCANS, "each once");
    assert!(daemon.stop().success());
    let (code, out, talk) = Daemon::command(&["verify", daemon.data().to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{talk}");
    // Said once, and once for all.
    daemon.run();
    let page = daemon.get("/api/v1/journal?limit=1000&kind=device");
    let told = page["entries"].as_array().unwrap().iter().filter(|entry| entry["body"]["part"] == "journal").count();
    assert_eq!(told, 1);
    Left { entries: kept, of: before.len(), scans: scans_left }
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
    assert!((600..left.of).contains(&left.entries), "{left:?}");
    assert!((SCANS - 8..SCANS).contains(&left.scans), "{left:?}");
}

#[test]
fn a_file_cut_short_costs_what_was_cut() {
    let left = damaged(false, |bytes| bytes.truncate(bytes.len() / 6 * 5));
    println!("cut short: {left:?}");
    assert!((20..SCANS).contains(&left.scans), "{left:?}");
}

#[test]
fn an_empty_file_beside_its_log_costs_what_was_in_the_file() {
    let left = damaged(true, Vec::clear);
    println!("empty beside its log: {left:?}");
    assert_eq!(left.entries, 0, "all of it was in the file");
}

/// A damage is found at a start, and the disk has no room for a new database: the gateway says so, and goes on as soon as
/// there is some.
#[test]
fn a_damage_without_room_waits_for_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::prepare(dir.path(), "");
    let disk = Disk::new(DISK_BYTES);
    let Some(_mount) = disk.mount(&daemon.data()) else { return };
    daemon.run();
    for n in 0..SCANS {
        assert_eq!(scan(&daemon, n).0, 200);
    }
    assert!(daemon.stop().success());
    let path = daemon.data().join("portico.db");
    let mut bytes = fs::read(&path).unwrap();
    bytes[..100].fill(b'#');
    fs::write(&path, &bytes).unwrap();

    // Enough to work with, and not for a second database.
    disk.leave_free((1 << 20) + bytes.len());
    daemon.spawn();
    until("it says what is missing", &daemon, || {
        std::net::TcpStream::connect(daemon.http).is_ok() && {
            let (status, body) = daemon.request("GET", "/readyz", None);
            status == 503 && body.contains("the disk is full") && body.contains("and it takes")
        }
    });
    assert!(set_aside(&daemon).is_none() && fs::read(&path).unwrap() == bytes, "nothing was changed");
    let pid = daemon.pid();
    disk.leave_free(DISK_BYTES);
    daemon.wait_ready();
    assert_eq!(daemon.pid(), pid, "the same process");
    assert_eq!(fs::read(set_aside(&daemon).unwrap()).unwrap(), bytes);
    assert_eq!(scans(&daemon).len(), SCANS);
    assert!(daemon.stop().success());
}
