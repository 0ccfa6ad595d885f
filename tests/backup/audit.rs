//! `portico verify` against whoever changes what was recorded: a byte in the file, an entry taken out, two swapped, an
//! alert edited, also by one who makes the chain good again.

use std::path::{Path, PathBuf};

use portico::facts::{AlertState, Entry, Fact};
use portico::journal::{FILE_NAME, Journal, Reader};
use rusqlite::Connection;

use crate::support::Daemon;
use crate::support::mqtt::Client;
use crate::until;

/// A recorded day in which a room was too warm; closed, with everything in one file.
fn recorded(dir: &Path) -> PathBuf {
    let mut daemon = Daemon::start(dir, "[rules.room_climate]\nhold = \"0s\"");
    let mut sensor = Client::plain(daemon.mqtt, "s1").unwrap();
    for tenth in 0..40 {
        let payload = format!(r#"{{"temperature":{}.25,"co2":{}}}"#, 26 + tenth % 4, 700 + tenth);
        sensor.publish_and_wait("reception/v1/room/lobby/sensor/s1", payload.as_bytes()).unwrap();
    }
    until("there is an alert", || {
        let alerts = daemon.get("/api/v1/alerts?state=all");
        alerts["alerts"].as_array().unwrap().iter().any(|alert| alert["rule"] == "room_climate").then_some(())
    });
    assert!(daemon.stop().success());
    let data = daemon.data();
    Connection::open(data.join(FILE_NAME))
        .unwrap()
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    data
}

fn verify(data: &Path) -> (i32, String) {
    let (code, out, talk) = Daemon::command(&["verify", data.to_str().unwrap()]);
    (code, out + &talk)
}

/// A copy of the recorded day, to be spoilt.
fn copy(data: &Path, name: &str) -> PathBuf {
    let copy = data.with_file_name(name);
    std::fs::create_dir_all(&copy).unwrap();
    std::fs::copy(data.join(FILE_NAME), copy.join(FILE_NAME)).unwrap();
    copy
}

fn entries(data: &Path) -> Vec<Entry> {
    let mut entries = Vec::new();
    Reader::open(data)
        .unwrap()
        .replay(0, |entry| {
            entries.push(entry);
            Ok(())
        })
        .unwrap();
    entries
}

#[test]
fn whatever_is_changed_is_found_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let data = recorded(dir.path());
    let (code, told) = verify(&data);
    assert_eq!(code, 0, "{told}");
    let entries = entries(&data);
    let reading = entries.iter().filter(|entry| matches!(entry.fact, Fact::Reading(_))).nth(20).unwrap().seq;
    let is_fired = |entry: &&Entry| matches!(&entry.fact, Fact::Alert(alert) if alert.state == AlertState::Firing);
    let alert = entries.iter().find(is_fired).unwrap().seq;
    let sql = |name: &str, sql: &str| {
        let copy = copy(&data, name);
        Connection::open(copy.join(FILE_NAME)).unwrap().execute_batch(sql).unwrap();
        verify(&copy)
    };
    for (name, change, place) in [
        ("removed", format!("DELETE FROM entry WHERE seq = {reading}"), format!("entry {reading} is missing")),
        (
            "swapped",
            format!(
                "UPDATE entry SET seq = -1 WHERE seq = {reading}; UPDATE entry SET seq = {reading} WHERE seq = {reading} + 1;
                 UPDATE entry SET seq = {reading} + 1 WHERE seq = -1"
            ),
            format!("entry {reading} was changed"),
        ),
        (
            "edited",
            format!("UPDATE entry SET body = replace(body, 'firing', 'pending') WHERE seq = {alert}"),
            format!("entry {alert} was changed"),
        ),
        ("stamped", format!("UPDATE entry SET received_at = received_at + 1 WHERE seq = {reading}"), {
            format!("entry {reading} was changed")
        }),
    ] {
        let (code, told) = sql(name, &change);
        assert_eq!(code, 1, "{name}: {told}");
        assert!(told.contains(&place), "{name}: {place} is not in: {told}");
    }
}

/// One bit of the file itself, as a worn memory card flips it.
#[test]
fn a_flipped_bit_of_the_file_is_found_where_it_lies() {
    let dir = tempfile::tempdir().unwrap();
    let data = recorded(dir.path());
    let copy = copy(&data, "flipped");
    let file = copy.join(FILE_NAME);
    let mut bytes = std::fs::read(&file).unwrap();
    let text = br#""co2":721"#;
    let found: Vec<usize> = (0..bytes.len() - text.len()).filter(|at| bytes[*at..].starts_with(text)).collect();
    assert_eq!(found.len(), 1, "the reading stands once in the file");
    bytes[found[0] + text.len() - 1] ^= 0b0000_0010;
    std::fs::write(&file, bytes).unwrap();
    let changed = entries(&copy).into_iter().zip(entries(&data)).find(|(now, before)| now != before).unwrap().0.seq;
    let (code, told) = verify(&copy);
    assert_eq!(code, 1, "{told}");
    assert!(told.contains(&format!("entry {changed} was changed")), "{told}");
}

/// Who owns the program can write a journal whose chain is unbroken. That its alerts follow from its entries he cannot.
#[test]
fn a_forged_alert_in_an_unbroken_chain_does_not_follow() {
    let dir = tempfile::tempdir().unwrap();
    let data = recorded(dir.path());
    let all = entries(&data);
    let forge = |name: &str, change: &dyn Fn(&mut Vec<Entry>)| {
        let mut entries = all.clone();
        change(&mut entries);
        let forged = data.with_file_name(name);
        let mut journal = Journal::open(&forged, || "forged".to_owned()).unwrap();
        let mut batch = journal.begin().unwrap();
        for (number, entry) in entries.into_iter().enumerate() {
            batch.append(&Entry { seq: number as u64 + 1, ..entry }).unwrap();
        }
        batch.commit().unwrap();
        drop(journal);
        verify(&forged)
    };
    let is_fired = |entry: &Entry| matches!(&entry.fact, Fact::Alert(alert) if alert.state == AlertState::Firing);
    let fired = all.iter().position(is_fired).unwrap();
    let (code, told) = forge("unchanged", &|_| {});
    assert_eq!(code, 0, "{told}");
    let (code, told) = forge("later", &|entries| {
        let Fact::Alert(alert) = &mut entries[fired].fact else { panic!("no alert") };
        alert.fired_at = alert.fired_at.map(|at| at.plus(portico::facts::Span::from_mins(10)));
    });
    let place = format!("entry {}", all[fired].seq);
    assert!(code == 1 && told.contains(&place) && !told.contains("was changed"), "{told}");
    let (code, told) = forge("silenced", &|entries| entries.retain(|entry| !matches!(entry.fact, Fact::Alert(_))));
    assert!(code == 1 && !told.contains("was changed"), "{told}");
}
