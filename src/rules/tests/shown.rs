//! Visits and counts as they are shown.

use super::{run, time};
use crate::facts::{GuestCounts, VisitState};

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
