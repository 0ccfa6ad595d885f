//! What was done by hand and is taken back.

use super::{check, run};

/// A late guest whose alert fires at 9h30m.
const LATE: &str = "plan G-1 9h @1h";

fn tale(tale: &str, want: &str) {
    check(&format!("{LATE}, {tale}"), want);
}

#[test]
fn an_alert_that_was_taken_on_by_mistake_fires_again() {
    tale("ack A-1 li @9h40m, unack A-1 wang @9h40m10s, ack A-1 wang @9h50m", {
        "G-1 firing @9h30m, G-1 acknowledged @9h40m, G-1 firing @9h40m10s, G-1 acknowledged @9h50m"
    });
    let changes = run(&format!("{LATE}, ack A-1 li seen @9h40m, unack A-1 li @9h41m")).changes;
    let back = &changes[2];
    assert_eq!((back.acknowledged_at, &back.acknowledged_by, back.fired_at), (None, &None, changes[0].fired_at));
    assert_eq!(back.notes.len(), 1, "what was said with it stays said");
}

#[test]
fn it_is_given_back_soon_or_not_at_all() {
    tale("ack A-1 li @9h40m, unack A-1 li @9h41m1ms", "G-1 firing @9h30m, G-1 acknowledged @9h40m");
    // Of a clock that went back nobody knows how long ago that was.
    tale("ack A-1 li @9h40m, clock stepped -5m @9h35m5s, unack A-1 li @9h35m10s", {
        "G-1 firing @9h30m, G-1 acknowledged @9h40m"
    });
}

#[test]
fn what_nobody_has_taken_on_is_not_given_back() {
    tale("unack A-1 li @9h31m, unack A-9 li @9h31m", "G-1 firing @9h30m");
    tale("ack A-1 li @9h31m, shelve A-1 li 30m later @9h31m5s, unack A-1 li @9h31m10s", {
        "G-1 firing @9h30m, G-1 acknowledged @9h31m, G-1 shelved until 10h 1m 5s @9h31m5s"
    });
    tale("ack A-1 li @9h31m, scan G-1 K1 @9h31m5s, unack A-1 li @9h31m10s", {
        "G-1 firing @9h30m, G-1 acknowledged @9h31m, G-1 arrived_late @9h31m5s"
    });
}
