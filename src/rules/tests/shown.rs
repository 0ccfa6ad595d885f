//! Visits, counts and rooms as they are shown.

use super::{MIDNIGHT, run, time};
use crate::facts::{GuestCounts, Timestamp, VisitState};

#[test]
fn visits_of_the_day_with_their_state_and_lateness() {
    let tale = "plan G-1 9h; G-2 9h; G-3 9h; G-4 9h cancelled; G-5 10h; G-6; G-7 9h tomorrow @6h, \
                scan G-1 K1 @9h5m, scan G-2 K1 @8h, scan G-2 K1 exit @9h, clock trusted @9h29m";
    let engine = run(tale).engine;
    let present = engine.present(7, time("9h31m"));
    let shown: Vec<_> = present.visits.iter().map(|v| (v.code.as_str(), v.state, v.late_by_s)).collect();
    assert_eq!(
        shown,
        [
            ("G-1", VisitState::Arrived, 300),
            ("G-2", VisitState::Left, 0),
            ("G-3", VisitState::Late, 1_860),
            ("G-4", VisitState::Cancelled, 0),
            ("G-5", VisitState::Expected, 0),
            ("G-6", VisitState::Expected, 0),
        ]
    );
    assert_eq!(present.guests, GuestCounts { expected: 5, arrived: 2, late: 1, left: 1, cancelled: 1 });
    assert_eq!((present.seq, present.now, present.clock.trusted), (7, time("9h31m"), true));
    assert_eq!(engine.present(7, time("9h29m59s")).visits[2].state, VisitState::Expected);
    assert_eq!(engine.present(7, time("9h30m")).visits[2].state, VisitState::Late);
    assert_eq!(engine.present(7, time("30h")).visits.len(), 1);
}

#[test]
fn nobody_is_shown_late_by_an_untrusted_clock() {
    let engine = run("clock untrusted @6h, plan G-1 9h @6h").engine;
    let visit = engine.present(1, time("20h")).visits.remove(0);
    assert_eq!((visit.state, visit.late_by_s), (VisitState::Expected, 0));
}

/// A room's limits, what is out of them, whether it is in use, and its booking.
fn room_at(tale: &str, at: &str) -> String {
    let room = run(tale).engine.present(9, time(at)).rooms.remove(0);
    let hour = |at: Timestamp| at.since(MIDNIGHT).to_string();
    let booking = room.booking.map(|booking| format!("{}..{}", hour(booking.from), hour(booking.to)));
    let limits = serde_json::to_string(&room.limits).unwrap().replace('"', "");
    let over = serde_json::to_string(&room.over).unwrap().replace('"', "");
    format!("{limits} {over} {:?} {}", room.in_use, booking.unwrap_or_default())
}

#[test]
fn a_room_is_shown_with_the_limits_that_it_is_judged_by() {
    let own = "{temperature:{low:20,high:24},humidity:{low:30,high:70},co2:{high:1000}}";
    assert_eq!(room_at("plan lobby temperature=20..24 @6h", "7h"), format!("{own} {{}} None "));
    let off = r#"rules {"room_climate":{"enabled":false}} @6h, plan lobby temperature=20..24 @6h"#;
    assert_eq!(room_at(off, "7h"), "{} {} None ");
    let crowd = r#"rules {"room_climate":{"limits":{}},"room_crowded":{"enabled":true}} @6h, plan lobby holds=50 @6h"#;
    assert_eq!(room_at(crowd, "7h"), "{occupancy:{high:40}} {} None ");
}

#[test]
fn out_of_limits_is_what_is_measured_so_until_it_is_back_by_the_band() {
    let rules = r#"rules {"room_climate":{"limits":{"temperature":{"low":18,"high":27,"band":0.5}}}} @6h"#;
    let of = |tale: &str, at: &str| room_at(&format!("{rules}, plan lobby holds=9 @6h, {tale}"), at);
    let limits = "{temperature:{low:18,high:27}}";
    assert_eq!(of("read lobby/t1 temperature=27 @7h", "7h"), format!("{limits} {{}} None "));
    let warm = "read lobby/t1 temperature=27.1 @7h, read lobby/t1 temperature=26.8 @7h1m";
    assert_eq!(of(warm, "7h2m"), format!("{limits} {{temperature:high}} None "));
    assert_eq!(of(&format!("{warm}, read lobby/t1 temperature=26.5 @7h2m"), "7h2m"), format!("{limits} {{}} None "));
    let cold = format!("{warm}, read lobby/t2 temperature=17 @7h2m");
    assert_eq!(of(&cold, "7h2m"), format!("{limits} {{temperature:both}} None "));
    // What was too warm when it was last heard is unknown now.
    assert_eq!(of(&format!("{cold}, tick @20h"), "20h"), format!("{limits} {{}} None "));
}

#[test]
fn a_room_is_in_use_by_its_bookings_and_by_who_is_counted() {
    let rules = r#"rules {"room_climate":{"limits":{},"only_in_use":true,"lead":"30m"}} @6h"#;
    let booked = "plan lobby holds=9; lobby booked 9h..10h; lobby booked 14h..15h @6h";
    let of = |tale: &str, at: &str| room_at(&format!("{rules}, {tale}"), at);
    assert_eq!(of(booked, "8h29m"), "{} {} Some(false) 9h..10h");
    assert_eq!(of(booked, "8h30m"), "{} {} Some(true) 9h..10h");
    assert_eq!(of(booked, "10h"), "{} {} Some(false) 14h..15h");
    assert_eq!(of(booked, "15h"), "{} {} Some(false) ");
    assert_eq!(of(&format!("{booked}, read lobby/t1 occupancy=3 @12h"), "12h"), "{} {} Some(true) 14h..15h");
    assert_eq!(of("plan lobby holds=9 @6h, read lobby/t1 occupancy=0 @12h", "12h"), "{} {} Some(false) ");
    // What time it is nobody knows.
    assert_eq!(of(&format!("{booked}, clock untrusted @7h"), "9h"), "{} {} None ");
}
