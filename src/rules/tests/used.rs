//! `room_climate` where it judges only rooms that are in use.

use super::check;

const HIGH: &str = "lobby temperature high";

/// What becomes of a warm lobby.
fn used(tale: &str, want: &str) {
    let on = r#"rules {"room_climate":{"only_in_use":true,"lead":"30m"}} @0s"#;
    let want = want.split(", ").filter(|change| !change.is_empty()).map(|change| match change.split_once(' ') {
        Some((_, rest)) if rest.starts_with('@') => format!("{HIGH} {change}"),
        Some(_) | None => change.to_owned(),
    });
    check(&format!("{on}, {tale}"), &want.collect::<Vec<_>>().join(", "));
}

const WARM: &str = "read lobby/t1 temperature=28 @0s..12h/10m";
const COUNTED: &str = "read lobby/p1 occupancy=PEOPLE";

fn counted(people: u32) -> String {
    COUNTED.replace("PEOPLE", &people.to_string())
}

#[test]
fn a_booking_counts_from_its_lead_to_its_end() {
    let plan = "plan lobby booked 9h..10h; hall booked 1h..2h @0s";
    used(&format!("{plan}, {WARM}"), "pending @8h30m, firing @8h35m, over @10h");
    // Also between two readings.
    used(
        "plan lobby booked 1h..1h1m30s @0s, read lobby/t1 temperature=28 @0s..2h/14m",
        "pending @30m, firing @35m, over @1h1m30s",
    );
    // The hold ends with the use: it is over, and nobody is told.
    check(
        r#"rules {"room_climate":{"only_in_use":true,"lead":"0s"}} @0s, plan lobby booked 1h..1h5m @0s, read lobby/t1 temperature=28 @50m, tick @1h4m, tick @1h5m"#,
        "lobby temperature high pending @1h, lobby temperature high over @1h5m, lobby/t1 silent @1h5m",
    );
    // Bookings that follow each other at once, and overlap, are one use.
    used(
        "plan lobby booked 1h..2h; lobby booked 2h..3h; lobby booked 2h30m..2h40m @0s, read lobby/t1 temperature=28 @0s..4h/14m",
        "pending @30m, firing @35m, over @3h",
    );
    // Well again while it is in use.
    used(
        "plan lobby booked 1h..2h @0s, read lobby/t1 temperature=28 @29m, read lobby/t1 temperature=22 @32m",
        "pending @30m, cleared @32m",
    );
}

#[test]
fn people_in_it_use_a_room() {
    used(
        &format!("{} @0s, read lobby/t1 temperature=28 @0s, {} @5m, {} @12m", counted(0), counted(3), counted(0)),
        "pending @5m, firing @10m, over @12m",
    );
    // Counted by either of two sensors, and in the reading that also says how warm it is.
    used(
        "read lobby/p1 occupancy=0 @0s, read lobby/p2 occupancy=0 temperature=28 @0s, \
         read lobby/p2 occupancy=1 temperature=28 @1m, read lobby/p1 occupancy=0 @2m, read lobby/p2 occupancy=0 @3m",
        "pending @1m, over @3m",
    );
    // A booked room with people before and after.
    used(
        &format!(
            "plan lobby booked 2h..3h @0s, {} @10m, read lobby/t1 temperature=28 @11m, {} @20m, tick @21m",
            counted(1),
            counted(0)
        ),
        "pending @11m, firing @16m, over @20m",
    );
}

#[test]
fn what_nobody_knows_of_is_judged() {
    // Neither booked nor counted.
    used("read lobby/t1 temperature=28 @0s, tick @6m", "pending @0s, firing @5m");
    // The one who counts falls silent: nothing says any more that the room is empty.
    used(
        &format!("{} @0s, read lobby/t1 temperature=28 @5m..35m/10m, tick @35m", counted(0)),
        "pending @15m, lobby/p1 silent @15m, firing @20m",
    );
    // In a booked room the bookings go on to say it.
    used(
        &format!("plan lobby booked 9h..10h @0s, {} @0s, read lobby/t1 temperature=28 @5m..35m/10m", counted(1)),
        "pending @5m, firing @10m, over @15m, lobby/p1 silent @15m",
    );
    // Without a trusted clock a booked room counts as used; what is counted needs no clock.
    used(
        "plan lobby booked 9h..10h @0s, read lobby/t1 temperature=28 @1m, clock untrusted @2m, clock trusted @9m, tick @10m",
        "clock_untrusted pending @2m, clock_untrusted firing @2m, pending @2m, firing @7m, clock_untrusted cleared @9m, over @9m",
    );
}

#[test]
fn plans_rules_and_the_clock_change_it() {
    let warm = "read lobby/t1 temperature=28 @0s..1h/10m";
    used(
        &format!("plan lobby booked 9h..10h @0s, {warm}, plan lobby booked 1h10m..2h @1h1m, tick @1h2m"),
        "pending @1h1m",
    );
    used(
        &format!("plan lobby booked 1h..2h @0s, {warm}, plan lobby booked 5h..6h @1h1m"),
        "pending @30m, firing @35m, plan_changed @1h1m",
    );
    // No plan any more: nothing says that it is empty.
    used(&format!("plan lobby booked 9h..10h @0s, {warm}, plan @1h1m, tick @1h10m"), "pending @1h1m, firing @1h6m");
    used(
        &format!(
            "plan lobby booked 1h..2h @0s, {warm}, rules {{\"room_climate\":{{\"only_in_use\":true,\"lead\":\"0s\"}}}} @1h1m, rules {{}} @1h2m"
        ),
        "pending @30m, firing @35m",
    );
    let off = r#"rules {"room_climate":{"only_in_use":false}} @14m"#;
    used(
        &format!("plan lobby booked 9h..10h @0s, read lobby/t1 temperature=28 @10m, {off}, tick @15m"),
        "pending @14m",
    );
    check(
        "plan lobby booked 9h..10h @0s, read lobby/t1 temperature=28 @10m, \
         rules {\"room_climate\":{\"only_in_use\":true}} @11m, rules {\"room_climate\":{\"only_in_use\":true,\"lead\":\"9h\"}} @12m",
        "lobby temperature high pending @10m, lobby temperature high rule_changed @11m, lobby temperature high pending @12m",
    );
    // Our clock is moved over the beginning, and back before it.
    used(
        "plan lobby booked 1h..2h @0s, read lobby/t1 temperature=28 @20m, clock trusted 15m @36m, tick @42m, \
         clock trusted -20m @23m, tick @31m",
        "pending @36m, firing @41m, over @23m, pending @30m",
    );
    // The number of people is still judged by the capacity, in use or not.
    check(
        "rules {\"room_climate\":{\"only_in_use\":true},\"room_crowded\":{\"enabled\":true}} @0s, \
         plan hall holds=10; hall booked 9h..10h @0s, read hall/p1 occupancy=9 temperature=28 @1m, read hall/p1 occupancy=0 temperature=28 @3m",
        "hall temperature high pending @1m, hall occupancy high pending @1m, hall occupancy high firing @2m, \
         hall temperature high over @3m, hall occupancy high cleared @3m",
    );
}
