//! Every line holds in a day that went well, and each part that is one off is named.

use super::*;

fn day() -> (Books, InJournal) {
    let mqtt = Account {
        heard: 21,
        kept: 8,
        duplicates: 2,
        rejected: BTreeMap::from([("not_json", 2), ("too_long", 1)]),
        nothing: BTreeMap::from([("not_ours", 3)]),
        turned_away: BTreeMap::from([("packet_max", 1)]),
        not_kept: 3,
        in_flight: 1,
        ..Account::default()
    };
    let serial = Account {
        heard: 20,
        kept: 6,
        thinned: 10,
        dropped: BTreeMap::from([("serial_reports_max", 3)]),
        rejected: BTreeMap::from([("checksum", 1)]),
        ..Account::default()
    };
    let by_kind = BTreeMap::from([(Kind::Scan, 5), (Kind::Position, 9), (Kind::Rejected, 4), (Kind::Alert, 7)]);
    let committed = Committed { first: 100, newest: 125, by_kind: by_kind.clone(), ..Committed::default() };
    let urgent = Delivered { urgent: true, began: 90, position: 120, acknowledged: 17, parked: 1 };
    let bulk = Delivered { urgent: false, began: 95, position: 100, acknowledged: 2, parked: 0 };
    let books = Books {
        links: vec![("mqtt".to_owned(), mqtt), ("serial:car-1".to_owned(), serial)],
        committed,
        delivered: BTreeMap::from([("upstream.urgent", urgent), ("upstream.bulk", bulk)]),
        outward: ByWord::new(),
    };
    let found = InJournal {
        urgent: by_kind.into_iter().filter(|(kind, _)| kind.is_urgent()).collect(),
        bulk: 9,
        given_up: 0,
        lanes: BTreeMap::from([
            ("upstream.urgent", LaneCount { done_before: 40, passed: 18, backlog: 3, given_up: 0 }),
            ("upstream.bulk", LaneCount { done_before: 50, passed: 2, backlog: 9, given_up: 0 }),
        ]),
    };
    (books, found)
}

/// What a change of the good day leads to: `line name missing` of each difference.
fn check(change: impl FnOnce(&mut Books, &mut InJournal), want: &[&str]) {
    let (mut books, mut found) = day();
    change(&mut books, &mut found);
    let report = draw(&books, &found);
    let got: Vec<String> =
        report.differences.iter().map(|d| format!("{:?} {} {}", d.line, d.name, d.missing)).collect();
    assert_eq!(got, want, "{report}");
    assert_eq!(report.adds_up, want.is_empty());
}

#[test]
fn a_day_that_went_well_adds_up() {
    check(|_, _| {}, &[]);
    check(|books, found| (*books, *found) = (Books::default(), InJournal::default()), &[]);
}

#[test]
fn whatever_is_one_off_is_named_with_its_line() {
    check(|books, _| books.links[0].1.heard += 1, &["Link mqtt 1"]);
    check(|books, _| books.links[0].1.not_kept += 1, &["Link mqtt -1"]);
    check(|books, _| books.links[1].1.thinned -= 1, &["Link serial:car-1 1"]);
    check(|books, _| *books.links[1].1.dropped.get_mut("serial_reports_max").unwrap() -= 2, &["Link serial:car-1 2"]);
    // Heard and kept, but never committed.
    let more = |books: &mut Books| {
        books.links[0].1.heard += 1;
        books.links[0].1.kept += 1;
    };
    check(|books, _| more(books), &["Origin  -1"]);
    // Committed, but not to be found in the journal.
    let scan = |books: &mut Books| *books.committed.by_kind.get_mut(&Kind::Scan).unwrap() += 1;
    check(
        |books, _| {
            more(books);
            scan(books);
        },
        &["Journal  1", "Journal scan 1"],
    );
    check(|_, found| found.bulk += 1, &["Journal  -1"]);
    // A scan in the place of an alert change: the sum is right, and the kinds are not.
    check(
        |_, found| {
            *found.urgent.get_mut(&Kind::Alert).unwrap() -= 1;
            *found.urgent.get_mut(&Kind::Scan).unwrap() += 1;
        },
        &["Journal scan -1", "Journal alert 1"],
    );
    // A cursor that passed an entry which nobody acknowledged.
    check(|_, found| found.lanes.get_mut("upstream.urgent").unwrap().passed += 1, &["Upstream upstream.urgent 1"]);
    check(|books, _| books.delivered.get_mut("upstream.bulk").unwrap().parked += 1, &["Upstream upstream.bulk -1"]);
}

#[test]
fn a_commit_that_was_found_after_its_failure_is_accounted_for() {
    check(
        |books, found| {
            *books.committed.by_kind.get_mut(&Kind::Scan).unwrap() += 2;
            books.committed.found = 2;
            *found.urgent.get_mut(&Kind::Scan).unwrap() += 2;
        },
        &[],
    );
}

#[test]
fn what_was_given_up_since_is_allowed_for_and_no_more() {
    let given_up = |count: u64| {
        move |_: &mut Books, found: &mut InJournal| {
            *found.urgent.get_mut(&Kind::Rejected).unwrap() -= 2;
            found.bulk += 2;
            found.given_up = count;
        }
    };
    check(given_up(2), &[]);
    check(given_up(1), &["Journal rejected 2"]);
}

#[test]
fn the_text_says_each_sum_and_each_difference() {
    let (mut books, found) = day();
    books.outward.insert("subscriber_queue_max", 4);
    let text = draw(&books, &found).to_string();
    for line in [
        "conservation: everything adds up",
        "mqtt: 21 heard = 8 kept + 2 kept before + 3 rejected (not_json 2, too_long 1) + 3 with nothing to keep \
         (not_ours 3) + 1 turned away (packet_max 1) + 3 not kept and not acknowledged + 1 on their way",
        "serial:car-1: 20 heard = 6 kept + 1 rejected (checksum 1) + 10 thinned + 3 given up (serial_reports_max 3)",
        "journal: 25 committed = 18 from links + 7 alert changes; 25 found there, numbers 101 to 125",
        "upstream.urgent: 61 entries = 40 done before + 17 acknowledged + 1 parked + 3 waiting",
        "given up on the way to a listener: 4 at subscriber_queue_max",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    books.links[0].1.heard += 2;
    let text = draw(&books, &found).to_string();
    assert!(
        text.starts_with("conservation: it does not add up\n  of what mqtt heard, 2 are not accounted for"),
        "{text}"
    );
}
