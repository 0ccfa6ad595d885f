//! Verdicts of scans.

use super::{run, tell, time};

/// Entries in; out come the verdicts, each with `+seconds` of lateness and, where it was reported late, `~seconds`.
fn check(input: &str, want: &str) {
    let out = run(input);
    let scans = input.split('\n').flat_map(|line| line.split(", ")).filter(|line| line.trim().starts_with("scan"));
    let got: Vec<String> = out
        .rulings
        .iter()
        .zip(scans)
        .map(|(ruling, scan)| {
            let received = time(scan.rsplit_once('@').unwrap().1.trim());
            let word = serde_json::to_string(&ruling.verdict).unwrap();
            let late = if ruling.late_by_s == 0 { String::new() } else { format!("+{}", ruling.late_by_s) };
            let ago = received.since(ruling.judged_at).as_secs();
            let ago = if ago == 0 { String::new() } else { format!("~{ago}") };
            format!("{}{late}{ago}", word.trim_matches('"'))
        })
        .collect();
    assert_eq!(got.join(" "), want, "\nafter {input}");
}

#[test]
fn the_first_that_applies_is_the_answer() {
    let plan = "plan G-1 9h; G-2 9h cancelled; G-3 9h tomorrow; G-4 9h point=main; G-5 9h attention; G-6 @6h";
    for (scans, want) in [
        ("scan G-0 K1 @8h", "not_found"),
        ("scan G-2 K1 @8h", "cancelled"),
        ("scan G-3 K1 @8h", "wrong_day"),
        ("scan G-3 K1 @32h", "admit"),
        ("scan G-1 K1 @32h", "wrong_day"),
        ("scan G-2 K1 @32h", "cancelled"),
        ("scan G-4 K1 point=side @8h, scan G-4 K1 point=main @8h", "wrong_point admit"),
        ("scan G-4 K1 @8h", "admit"),
        ("scan G-4 K1 point=side @9h1m", "wrong_point+60"),
        ("scan G-5 K1 @8h, scan G-5 K1 @8h1m", "needs_attention already_in"),
        ("scan G-1 K1 @8h59m, scan G-1 K1 @9h1m, scan G-1 K1 exit @10h", "admit already_in left"),
        ("scan G-1 K1 @9h2m, scan G-1 K1 exit @10h, scan G-1 K1 @11h", "admit+120 left+120 admit_again+120"),
        ("scan G-1 K1 @9h2m, scan G-1 K1 @9h3m", "admit+120 already_in+120"),
        ("scan G-1 K1 exit @9h2m, scan G-1 K1 @9h3m", "left+120 admit_again+120"),
        ("scan G-6 K1 @23h", "admit"),
        ("scan G-1 K1 @9h0m0s999ms", "admit"),
    ] {
        check(&format!("{plan}, {scans}"), want);
    }
    check("scan G-1 K1 @8h", "not_found");
    // Called off today, expected tomorrow: today's answer is the one that helps.
    check("plan G-1 9h cancelled; G-1 9h tomorrow @6h, scan G-1 K1 @8h, scan G-1 K1 @32h", "cancelled admit");
}

#[test]
fn of_several_visits_the_nearest_is_meant() {
    let plan = "plan G-1 9h; G-1 14h attention @6h";
    check(&format!("{plan}, scan G-1 K1 @8h55m, scan G-1 K1 @8h56m"), "admit already_in");
    // Nobody scanned the way out, and yet the second visit is a visit.
    check(&format!("{plan}, scan G-1 K1 @8h55m, scan G-1 K1 @14h1m"), "admit needs_attention+60");
    check(&format!("{plan}, scan G-1 K1 @8h55m, scan G-1 K1 exit @10h, scan G-1 K1 @10h5m"), "admit left admit_again");
    // Who goes out leaves where he is, not where he is expected next.
    let out = format!("{plan}, scan G-1 K1 @8h55m, scan G-1 K1 exit @13h, scan G-1 K1 @13h59m");
    check(&out, "admit left needs_attention");
    // One of the two is called off.
    check("plan G-1 9h cancelled; G-1 14h @6h, scan G-1 K1 @9h", "admit");
}

#[test]
fn the_kiosks_own_time_counts_where_it_can() {
    let plan = "plan G-1 9h; G-2 9h; G-3 9h; G-4 9h @6h";
    // Cut off for forty minutes.
    check(
        &format!("{plan}, scan G-1 K1 seen=8h @8h, scan G-2 K1 seen=8h58m @9h40m, scan G-3 K1 seen=9h10m @9h40m"),
        "admit admit~2520 admit+600~1800",
    );
    // A day's first thing is a backlog.
    check(&format!("{plan}, scan G-1 K1 seen=8h59m @9h40m"), "admit~2460");
    // An hour fast, and in 1970.
    check(&format!("{plan}, scan G-1 K1 seen=10h1m @9h1m, scan G-2 K1 seen=10h2m @9h2m"), "admit+60 admit+120");
    check(&format!("{plan}, scan G-1 K1 seen=-400000h @9h1m"), "admit+60");
    // Each kiosk has its own clock.
    check(
        &format!(
            "{plan}, scan G-1 K1 seen=8h5m @8h, scan G-2 K2 seen=8h @8h1m, scan G-3 K1 seen=9h5m @9h30m, \
             scan G-4 K2 seen=9h5m @9h30m"
        ),
        "admit admit admit~1800 admit+360~1440",
    );
}

/// Forty minutes without a link, thirty scans in between, told in one go and in order; then live again.
#[test]
fn a_whole_backlog_is_judged_by_its_own_time() {
    let guests: Vec<String> = (0..30).map(|n| format!("G-{n:02} 9h")).collect();
    let mut tale = vec![format!("plan {} @6h", guests.join("; ")), "scan G-99 K1 seen=8h52m @8h50m".to_owned()];
    // Two minutes fast, one scan every eighty seconds.
    let at = |n: i64| time("8h50m").plus(crate::facts::Span::from_secs(n * 80));
    for n in 0..30 {
        let seen = at(n).plus(crate::facts::Span::from_mins(2)).since(super::MIDNIGHT).as_millis();
        tale.push(format!("scan G-{n:02} K1 seen={seen}ms @9h30m{}ms", n * 5));
    }
    let out = run(&tale.join("\n"));
    let late = |n: i64| at(n).since(time("9h")).as_secs().max(0);
    for (n, ruling) in (0..30).zip(&out.rulings[1..]) {
        assert_eq!((ruling.judged_at, ruling.late_by_s), (at(n), late(n)), "scan {n}");
    }
    let mut how: Vec<_> = out.changes.iter().filter(|alert| alert.rule.word() == "late_arrival").map(tell).collect();
    how.retain(|change| !change.contains("firing"));
    assert_eq!(how.len(), 30);
    assert!(how.iter().all(|change| change.contains("reported_late")), "{how:?}");
}

#[test]
fn a_scan_told_late_does_not_move_the_guest_back() {
    let plan = "plan G-1 9h @6h, scan G-9 K2 seen=7h @7h";
    // Out at 10, and then the other kiosk tells that he came in at 8:50.
    let tale = format!("{plan}, scan G-1 K1 exit @10h, scan G-1 K2 seen=8h50m @10h30m, scan G-1 K1 @11h");
    check(&tale, "not_found left+3600 admit_again~6000 admit_again");
    let view = run(&tale).engine.present(1, time("11h")).visits.remove(0);
    assert_eq!(view.arrived_at, Some(time("8h50m")));
    assert_eq!(view.late_by_s, 0);
    let told = run(&tale).changes.iter().map(tell).filter(|change| change.starts_with("G-1")).collect::<Vec<_>>();
    assert_eq!(told, ["G-1 firing @34200000", "G-1 arrived_late @36000000"]);
}

#[test]
fn an_untrusted_clock_turns_nobody_away() {
    let plan = "clock untrusted @0s, plan G-1 9h tomorrow; G-1 14h tomorrow; G-2 9h tomorrow cancelled @0s";
    check(
        &format!("{plan}, scan G-1 K1 @1h, scan G-1 K1 exit @2h, scan G-1 K1 @3h, scan G-2 K1 @3h, scan G-3 K1 @3h"),
        "admit left admit cancelled not_found",
    );
}
