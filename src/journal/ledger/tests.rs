//! Alerts as they are listed, found and taught from.

use std::path::Path;

use super::*;
use crate::facts::{Entry, Kind};
use crate::journal::{FILE_NAME, Journal};

/// A-n of a rule and a subject in a state, broken since a minute of the day, with what else its body says.
fn alert(seq: Seq, n: u64, rule: &str, subject: &str, state: &str, minute: i64, more: &str) -> Entry {
    let began = Timestamp::from_millis(1_795_392_000_250 + minute * 60_000);
    let cause = if seq > 1 { "1" } else { "null" };
    let body = format!(
        r#"{{"id":"A-{n}","rule":"{rule}","subject":"{subject}","severity":"warning","state":"{state}","at":"{began}",
        "cause":{cause},"pending_at":"{began}","fired_at":null,"acknowledged_at":null,"acknowledged_by":null,
        "resolved_at":null,"resolution":null,"values":{{}},"notes":[]{more}}}"#
    );
    let fact = Fact::read_body(Kind::Alert, &body).unwrap();
    let received_at = Timestamp::from_millis(1_795_392_000_000 + seq as i64);
    let device = Subject::Gateway;
    Entry { seq, subject: fact.subject(&device), device, observed_at: None, received_at, fact }
}

fn day() -> Vec<Entry> {
    let swept = r#","findings":{"handling":{"at":"2026-11-23T00:00:00Z","by":"li","text":"swept"}}"#;
    vec![
        alert(1, 1, "room_climate", "room/lobby", "firing", 0, ""),
        alert(2, 2, "late_arrival", "guest/G-1", "firing", 10, ""),
        alert(3, 1, "room_climate", "room/lobby", "resolved", 0, swept),
        alert(4, 3, "room_climate", "room/lobby-2", "resolved", 20, swept),
        alert(5, 4, "room_climate", "room/hall", "pending", 30, ""),
        alert(6, 5, "clock_untrusted", "gateway", "resolved", 40, swept),
        alert(7, 6, "room_climate", "room/hall", "resolved", 50, ""),
    ]
}

fn keep(dir: &Path, entries: &[Entry]) -> Reader {
    let mut journal = Journal::open(dir, || "e1".to_owned()).unwrap();
    let mut batch = journal.begin().unwrap();
    for entry in entries {
        batch.append(entry).unwrap();
    }
    batch.commit().unwrap();
    Reader::open(dir).unwrap()
}

fn all() -> AlertQuery {
    AlertQuery { limit: 100, bytes_max: 1 << 20, ..AlertQuery::default() }
}

/// The numbers that a query finds, and where it goes on.
fn found(reader: &Reader, query: &AlertQuery) -> String {
    let AlertsFound { bodies, next } = reader.find_alerts(query, |_| true).unwrap();
    let numbers: Vec<&str> = bodies.iter().map(|body| body[7..].split('"').next().unwrap()).collect();
    let next = next.map(|next| format!(" then below {next}"));
    numbers.join(" ") + &next.unwrap_or_default()
}

#[test]
fn alerts_are_found_by_what_they_are_about() {
    let dir = tempfile::tempdir().unwrap();
    let reader = keep(dir.path(), &day());
    let minute = |minute: i64| Some(Timestamp::from_millis(1_795_392_000_250 + minute * 60_000));
    let subject = |text: &str| Some(text.to_owned());
    for (query, want) in [
        (all(), "A-6 A-5 A-4 A-3 A-2 A-1"),
        (AlertQuery { states: vec![AlertState::Firing, AlertState::Pending], ..all() }, "A-4 A-2"),
        (AlertQuery { rule: Some(RuleKind::RoomClimate), ..all() }, "A-6 A-4 A-3 A-1"),
        (AlertQuery { subject: subject("room"), ..all() }, "A-6 A-4 A-3 A-1"),
        (AlertQuery { subject: subject("room/lobby"), ..all() }, "A-1"),
        (AlertQuery { subject: subject("gateway"), ..all() }, "A-5"),
        (AlertQuery { subject: subject("%"), ..all() }, ""),
        (AlertQuery { severity: Some(Severity::Critical), ..all() }, ""),
        (AlertQuery { from: minute(10), to: minute(40), ..all() }, "A-4 A-3 A-2"),
        (AlertQuery { below: Some(3), rule: Some(RuleKind::RoomClimate), subject: subject("room"), ..all() }, "A-1"),
        (AlertQuery { limit: 2, ..all() }, "A-6 A-5 then below 5"),
        (AlertQuery { limit: 2, below: Some(3), ..all() }, "A-2 A-1"),
        (AlertQuery { bytes_max: 1, ..all() }, "A-6 then below 6"),
    ] {
        assert_eq!(found(&reader, &query), want, "{query:?}");
    }
    let fits = |body: &str| body.contains("swept");
    assert_eq!(reader.find_alerts(&all(), fits).unwrap().bodies.len(), 3);
}

#[test]
fn an_alert_tells_its_changes_and_what_taught_whom_to_do_better() {
    let dir = tempfile::tempdir().unwrap();
    let reader = keep(dir.path(), &day());
    let history = reader.alert_history(1, 10).unwrap();
    let told: Vec<_> =
        history.iter().map(|change| (change.row.seq, change.cause.as_ref().map(|row| row.seq))).collect();
    assert_eq!(told, [(1, None), (3, Some(1))]);
    assert_eq!(reader.alert_history(1, 1).unwrap()[0].row.seq, 3, "the newest");
    assert!(reader.alert_history(9, 10).unwrap().is_empty());
    let lessons = |rule, subject: &str, limit| {
        let bodies = reader.lessons(rule, &subject.parse().unwrap(), limit).unwrap();
        bodies.iter().map(|body| body[7..10].to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(lessons(RuleKind::RoomClimate, "room/hall", 9), "A-3 A-1");
    assert_eq!(lessons(RuleKind::RoomClimate, "room/hall", 1), "A-3");
    assert_eq!(lessons(RuleKind::ClockUntrusted, "gateway", 9), "A-5");
    assert_eq!(lessons(RuleKind::RoomClimate, "guest/G-1", 9), "");
}

#[test]
fn a_file_of_the_third_schema_lists_what_it_holds_also_beside_a_damaged_alert() {
    let dir = tempfile::tempdir().unwrap();
    let schema =
        [include_str!("../schema/001.sql"), include_str!("../schema/002.sql"), include_str!("../schema/003.sql")];
    let conn = Connection::open(dir.path().join(FILE_NAME)).unwrap();
    conn.execute_batch(&schema.concat()).unwrap();
    conn.execute_batch("PRAGMA user_version = 3; INSERT INTO epoch VALUES (1, 'old')").unwrap();
    for entry in day() {
        let mut body = Vec::new();
        entry.fact.write_body(&mut body).unwrap();
        let Fact::Alert(alert) = &entry.fact else { panic!() };
        let body = if entry.seq == 5 { "{damaged".to_owned() } else { String::from_utf8(body).unwrap() };
        conn.execute(
            "INSERT INTO entry VALUES (?1, 7, ?2, 'gateway', NULL, ?3, ?4, zeroblob(32))",
            params![entry.seq as i64, entry.subject.to_string(), entry.received_at.as_millis(), body],
        )
        .unwrap();
        conn.execute("INSERT OR REPLACE INTO alert VALUES (?1, ?2)", params![number(alert), entry.seq as i64]).unwrap();
    }
    drop(conn);
    let mut conn = Connection::open(dir.path().join(FILE_NAME)).unwrap();
    crate::journal::schema::migrate(&mut conn, dir.path()).unwrap();
    drop(conn);
    let reader = Reader::open(dir.path()).unwrap();
    assert_eq!(found(&reader, &AlertQuery { rule: Some(RuleKind::RoomClimate), ..all() }), "A-6 A-3 A-1");
    let began = Some(Timestamp::from_millis(1_795_392_000_250));
    assert_eq!(found(&reader, &AlertQuery { to: began, states: vec![AlertState::Resolved], ..all() }), "");
    let query = AlertQuery { from: began, states: vec![AlertState::Resolved], ..all() };
    assert_eq!(found(&reader, &query), "A-6 A-5 A-3 A-1", "to the millisecond");
    let changes = reader.alert_history(1, 10).unwrap();
    assert_eq!(changes.iter().map(|change| change.row.seq).collect::<Vec<_>>(), [1, 3]);
}
