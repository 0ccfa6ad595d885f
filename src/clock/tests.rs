//! Whose word moves our time, and how: the machine's clocks as numbers in, moves out.

use super::reckoning::BUILT_AT;
use super::*;

const HOUR: i64 = 3_600_000;
const YEAR: i64 = 365 * 24 * HOUR;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn ms(ms: i64) -> Span {
    Span::from_millis(ms)
}

fn car(name: &str) -> Name {
    name.parse().unwrap()
}

/// A machine whose clocks a test sets, and the gateway's reckoning on it. The true time is `noon` at its start.
struct Machine {
    steady_ms: i64,
    /// How wrong the wall clock is.
    wall_off_ms: i64,
    synchronised: bool,
    reckoning: Reckoning,
}

fn noon() -> Timestamp {
    at("2026-11-23T04:00:00Z")
}

impl Machine {
    /// Started at noon, an hour after the newest entry.
    fn start(wall_off_ms: i64, synchronised: bool) -> Self {
        let seen = Seen { steady: ms(0), wall: noon().plus(ms(wall_off_ms)), synchronised };
        let reckoning = Reckoning::begin(seen, Some(noon().minus(ms(HOUR))));
        Self { steady_ms: 0, wall_off_ms, synchronised, reckoning }
    }

    fn truth(&self) -> Timestamp {
        noon().plus(ms(self.steady_ms))
    }

    fn seen(&self) -> Seen {
        Seen {
            steady: ms(self.steady_ms),
            wall: self.truth().plus(ms(self.wall_off_ms)),
            synchronised: self.synchronised,
        }
    }

    /// Our time against the true one.
    fn error_ms(&self) -> i64 {
        self.reckoning.now(ms(self.steady_ms)).since(self.truth()).as_millis()
    }

    fn pass(&mut self, ms: i64) {
        self.steady_ms += ms;
    }

    /// Looks, and adopts what is proposed as after its commit.
    fn look(&mut self) -> Option<ClockFact> {
        let moved = self.reckoning.look(self.seen());
        self.adopt(moved)
    }

    fn confirm(&mut self, at: Option<Timestamp>) -> Result<Option<ClockFact>, Doubt> {
        let moved = self.reckoning.confirm(at, self.seen())?;
        Ok(self.adopt(moved))
    }

    fn adopt(&mut self, moved: Option<Move>) -> Option<ClockFact> {
        let moved = moved?;
        self.reckoning.adopt(&moved, ms(self.steady_ms));
        assert_eq!(self.reckoning.standing().trusted, moved.fact.trusted);
        Some(moved.fact)
    }

    /// So many fixes at 1 Hz from a receiver that is wrong by so much.
    fn fixes(&mut self, receiver: &str, count: i64, off_ms: i64) {
        for _ in 0..count {
            self.pass(1000);
            let told = self.truth().plus(ms(off_ms));
            self.reckoning.hear(&car(receiver), told, ms(self.steady_ms));
        }
    }

    fn stands(&self) -> (bool, ClockSource) {
        (self.reckoning.standing().trusted, self.reckoning.standing().source)
    }
}

#[test]
fn a_start_believes_what_is_plausible_and_nothing_else() {
    for (off, synchronised, want, error) in [
        (0, false, (true, ClockSource::System), 0),
        (5 * HOUR, false, (true, ClockSource::System), 5 * HOUR),
        (0, true, (true, ClockSource::Ntp), 0),
        (-2 * HOUR, false, (false, ClockSource::None), -HOUR),
        (-56 * YEAR, false, (false, ClockSource::None), -HOUR),
        (50 * YEAR, false, (false, ClockSource::None), -HOUR),
        (3 * YEAR, true, (false, ClockSource::None), -HOUR),
    ] {
        let mut machine = Machine::start(off, synchronised);
        assert_eq!((machine.stands(), machine.error_ms()), (want, error), "{off}");
        let reason = machine.reckoning.standing().reason.clone();
        assert_eq!(reason.is_some(), !want.0, "{reason:?}");
        if !synchronised {
            assert_eq!(machine.look(), None, "a clock that was wrong from the start was not moved");
        }
    }
    let none = Reckoning::begin(Seen { steady: ms(0), wall: Timestamp::from_millis(10), synchronised: false }, None);
    assert_eq!(none.now(ms(5)), BUILT_AT.plus(ms(5)));
}

#[test]
fn a_step_that_nobody_vouches_for_is_not_taken_and_costs_the_trust_until_it_is_undone() {
    for step in [HOUR, -HOUR, 50 * YEAR, -50 * YEAR, 3_000, -3_000] {
        let mut machine = Machine::start(0, false);
        machine.pass(60_000);
        assert_eq!(machine.look(), None);
        machine.wall_off_ms = step;
        machine.pass(2_000);
        let fact = machine.look().unwrap();
        assert_eq!((fact.trusted, fact.source, fact.stepped_ms), (false, ClockSource::System, 0));
        assert!(fact.reason.unwrap().contains("nobody vouches"));
        assert_eq!(machine.error_ms(), 0);
        machine.pass(HOUR);
        assert_eq!(machine.look(), None, "it is said once");
        machine.wall_off_ms = 0;
        let fact = machine.look().unwrap();
        assert_eq!((fact.trusted, fact.source, fact.stepped_ms), (true, ClockSource::System, 0));
        assert_eq!((machine.error_ms(), machine.look()), (0, None));
    }
    // Slewing is no step, however much it adds up to in small pieces that are looked at: 2 s are.
    let mut machine = Machine::start(0, false);
    machine.wall_off_ms = 1_500;
    assert_eq!(machine.look(), None);
    machine.wall_off_ms = 2_000;
    assert!(!machine.look().unwrap().trusted);
}

#[test]
fn nothing_changes_before_it_is_adopted() {
    let mut machine = Machine::start(0, true);
    machine.wall_off_ms = HOUR;
    let moved = machine.reckoning.look(machine.seen()).unwrap();
    assert_eq!(machine.error_ms(), 0);
    // A commit that failed: the same is proposed again.
    machine.pass(2_000);
    let again = machine.reckoning.look(machine.seen()).unwrap();
    assert_eq!(moved.fact, again.fact);
    machine.adopt(Some(again));
    assert_eq!((machine.error_ms(), machine.look()), (HOUR, None));
}

#[test]
fn the_kernels_word_moves_our_time() {
    let mut machine = Machine::start(-56 * YEAR, false);
    machine.pass(600_000);
    (machine.wall_off_ms, machine.synchronised) = (0, true);
    let fact = machine.look().unwrap();
    assert_eq!((fact.trusted, fact.source, fact.stepped_ms), (true, ClockSource::Ntp, HOUR));
    assert_eq!((machine.error_ms(), machine.look()), (0, None));
    // It cannot vouch for what cannot be.
    machine.wall_off_ms = 50 * YEAR;
    let fact = machine.look().unwrap();
    assert_eq!((fact.trusted, machine.error_ms()), (false, 0));
}

#[test]
fn a_short_step_back_makes_time_stand_still_and_a_long_one_begins_an_epoch() {
    let mut machine = Machine::start(0, true);
    machine.pass(10_000);
    machine.wall_off_ms = -30_000;
    let fact = machine.look().unwrap();
    assert_eq!((fact.stepped_ms, fact.begins_epoch()), (0, false));
    assert!(fact.reason.unwrap().contains("standing still"));
    let (mut last, mut stood) = (machine.reckoning.now(ms(10_000)), 0);
    for _ in 0..40 {
        machine.pass(1_000);
        assert_eq!(machine.look(), None);
        let now = machine.reckoning.now(ms(machine.steady_ms));
        assert!(now >= last);
        stood += i64::from(now == last);
        last = now;
    }
    assert_eq!((stood, machine.error_ms()), (30, -30_000));
    // A deadline is waited for by the time that really has to pass.
    machine.wall_off_ms = -60_000;
    machine.look();
    let due = machine.reckoning.now(ms(machine.steady_ms)).plus(ms(1));
    assert_eq!(machine.reckoning.until(due, ms(machine.steady_ms)), ms(30_001));

    let mut machine = Machine::start(0, true);
    machine.wall_off_ms = -HOUR;
    let fact = machine.look().unwrap();
    assert_eq!((fact.stepped_ms, fact.begins_epoch(), machine.error_ms()), (-HOUR, true, -HOUR));
}

#[test]
fn receivers_vouch_when_they_are_sure_and_agree() {
    let mut machine = Machine::start(-56 * YEAR, false);
    machine.fixes("car-1", 4, 0);
    assert_eq!(machine.look(), None, "four fixes are not enough");
    machine.fixes("car-1", 1, 0);
    let fact = machine.look().unwrap();
    assert_eq!((fact.trusted, fact.source, fact.stepped_ms), (true, ClockSource::Gps, HOUR));
    assert!(fact.reason.unwrap().contains("car-1"));
    assert_eq!((machine.error_ms(), machine.look()), (0, None));
    // While it vouches, the wall clock may do what it likes; also afterwards, as long as it is not moved again.
    machine.wall_off_ms = HOUR;
    machine.fixes("car-1", 5, 0);
    assert_eq!(machine.look(), None);
    machine.pass(HOUR);
    assert_eq!((machine.look(), machine.stands()), (None, (true, ClockSource::Gps)));
    machine.wall_off_ms = 3 * HOUR;
    assert!(!machine.look().unwrap().trusted);
}

#[test]
fn receivers_that_cannot_be_right_do_not_vouch() {
    let roll_over = 1024 * 7 * 24 * HOUR;
    for (why, off) in [("a roll-over back", -roll_over), ("a roll-over ahead", roll_over), ("absurdly ahead", 3 * YEAR)]
    {
        let mut machine = Machine::start(-56 * YEAR, false);
        machine.fixes("car-1", 30, off);
        assert_eq!(machine.look(), None, "{why}");
    }
    // Nor does one in a burst, one that jumps about, one played too fast.
    let mut machine = Machine::start(-56 * YEAR, false);
    for n in 0..30 {
        machine.reckoning.hear(&car("car-1"), machine.truth().plus(ms(n * 100)), ms(machine.steady_ms));
    }
    assert_eq!(machine.look(), None);
    for n in 0..30 {
        machine.fixes("car-2", 1, (n % 3) * 10_000);
        assert_eq!(machine.look(), None);
    }
    for n in 0..60 {
        machine.fixes("car-3", 1, n * 1_000);
        assert_eq!(machine.look(), None);
    }
    // Two that are sure of different times: neither.
    for _ in 0..10 {
        machine.fixes("car-4", 1, 0);
        machine.fixes("car-5", 1, 100_000);
    }
    assert_eq!(machine.look(), None);
    // What was heard long ago says nothing.
    let mut machine = Machine::start(-56 * YEAR, false);
    machine.fixes("car-1", 10, 0);
    machine.pass(61_000);
    assert_eq!(machine.look(), None);
}

#[test]
fn a_person_vouches_for_what_can_be() {
    let mut machine = Machine::start(-56 * YEAR, false);
    let absurd = machine.confirm(Some(at("1970-01-01T00:00:00Z"))).unwrap_err();
    assert!(matches!(absurd, Doubt::Absurd { .. }), "{absurd}");
    assert!(machine.confirm(Some(at("2036-01-01T00:00:00Z"))).is_err());
    let fact = machine.confirm(Some(machine.truth())).unwrap().unwrap();
    assert_eq!((fact.trusted, fact.source, fact.stepped_ms), (true, ClockSource::Operator, HOUR));
    assert_eq!((machine.error_ms(), machine.look()), (0, None));
    // Again, or from a clock that is a little off: nothing new.
    assert_eq!(machine.confirm(Some(machine.truth().plus(ms(1_500)))), Ok(None));
    assert_eq!(machine.confirm(None), Ok(None));
    // Our time as it stands, after the machine's clock was moved.
    machine.wall_off_ms = 7 * HOUR;
    assert!(!machine.look().unwrap().trusted);
    let fact = machine.confirm(None).unwrap().unwrap();
    assert_eq!((fact.trusted, fact.stepped_ms, machine.error_ms(), machine.look()), (true, 0, 0, None));
    // A day back: what was recorded was wrong.
    let fact = machine.confirm(Some(machine.truth().minus(ms(24 * HOUR)))).unwrap().unwrap();
    assert!(fact.begins_epoch());
}

#[test]
fn a_person_does_not_overrule_network_time_or_a_receiver() {
    let mut machine = Machine::start(0, true);
    let doubt = machine.confirm(Some(machine.truth().plus(ms(HOUR)))).unwrap_err();
    assert!(doubt.to_string().starts_with("network time vouches"), "{doubt}");
    assert_eq!(machine.confirm(None), Ok(None));
    machine.synchronised = false;
    machine.fixes("car-1", 5, 0);
    let doubt = machine.confirm(Some(machine.truth().plus(ms(HOUR)))).unwrap_err();
    assert!(doubt.to_string().starts_with("a GPS receiver vouches"), "{doubt}");
}

#[test]
fn a_scaled_clock_runs_fast_and_says_how_long_to_wait() {
    let start = Timestamp::from_millis(1_795_000_000_000);
    let clock = Clock::scaled(start, Instant::now(), 3600.0);
    let wait = clock.wait_until(start.plus(Span::from_mins(60))).unwrap();
    assert!(wait <= Duration::from_secs(1) && wait > Duration::from_millis(500), "{wait:?}");
    assert!(clock.now() >= start);
    assert!(clock.look().is_none() && clock.standing().trusted);
    assert_eq!((clock.confirm(None), clock.confirm(Some(start)).is_err()), (Ok(None), true));
}

#[test]
fn a_clock_behind_the_newest_entry_is_not_trusted() {
    let newest = Timestamp::MAX.minus(Span::from_mins(1));
    let clock = Clock::system(Some(newest), Vouchers::NOBODY);
    assert!(!clock.standing().trusted);
    assert!(clock.now() >= newest);
}

#[test]
fn a_manual_clock_stands() {
    let clock = Clock::manual(Timestamp::from_millis(5));
    assert_eq!(clock.now(), Timestamp::from_millis(5));
    assert_eq!(clock.wait_until(Timestamp::from_millis(9)), None);
    clock.set(Timestamp::from_millis(9));
    assert_eq!(clock.now(), Timestamp::from_millis(9));
}
