//! Names that change and are erased while their events are on the way.

use super::collector::Conduct::KeepThenResetScans;
use super::collector::wait;
use super::stand::{PATIENCE, QUICK, Stand};

#[test]
fn a_name_that_changes_or_is_erased_between_two_tries_changes_no_event() {
    let sheet = |name: &str| format!("code,name,organisation\nG-1,{name},Riverside\nG-2,Wang Wei,\n");
    let mut stand = Stand::with_plan(&format!("personal_data = true\n{QUICK}"), Some(&sheet("Li Na")));
    stand.collector.state().ledger.secret = Some("Li Na".to_owned());
    stand.settle();
    let tried = |stand: &Stand| stand.collector.state().ledger.order.iter().filter(|(_, bulk)| !bulk).count();
    let settled = tried(&stand);
    // Every scan arrives, and the gateway never learns it.
    stand.collector.state().usual = Some(KeepThenResetScans);
    let codes = ["G-1", "G-2", "G-77"].map(str::to_owned);
    stand.feed_with(20, &codes);
    let told = |stand: &Stand, text: &str| {
        wait(PATIENCE, || stand.collector.state().ledger.people.values().any(|event| event.contains(text)))
    };
    assert!(told(&stand, "\"Li Na\""), "{}", stand.daemon.log());
    // The scan itself has been tried with that name known.
    assert!(wait(PATIENCE, || tried(&stand) > settled), "{}", stand.daemon.log());
    stand.daemon.kill();
    std::fs::write(stand.file("plan.csv"), sheet("Li Na-Wen")).unwrap();
    stand.daemon.run();
    assert!(told(&stand, "\"Li Na-Wen\""), "{}", stand.daemon.log());
    stand.daemon.kill();
    std::fs::write(stand.file("plan.csv"), "code,name\nG-1,\nG-2,Wang Wei\n").unwrap();
    stand.daemon.run();
    let before = stand.collector.state().ledger.people.len();
    stand.feed_with(5, &codes);
    stand.collector.state().usual = None;
    stand.settle();
    let state = stand.collector.state();
    let people: Vec<&String> = state.ledger.people.values().collect();
    let of = |code: &str| people.iter().filter(|event| event.contains(&format!("\"guest/{code}\""))).count();
    // Who was erased comes with the two plans that named them, whoever has a name with the last one too.
    assert_eq!((of("G-1"), of("G-77")), (2, 0), "{people:#?}");
    assert!((1..=3).contains(&of("G-2")), "{people:#?}");
    assert!(state.ledger.people.len() <= before + 1, "an erased name was told again");
}

#[test]
fn a_collector_that_knows_nothing_of_people_gets_everything_else() {
    let sheet = (0..40).map(|n| format!("G-{n},Guest {n}\n")).collect::<Vec<_>>().concat();
    let mut stand = Stand::with_plan(&format!("personal_data = true\n{QUICK}"), Some(&format!("code,name\n{sheet}")));
    stand.collector.state().taste.poison = Some(("portico.person.v1".to_owned(), 422));
    let codes: Vec<String> = (0..40).map(|n| format!("G-{n}")).collect();
    stand.feed_with(10, &codes);
    stand.settle();
    assert!(stand.parked().is_empty(), "{:?}", stand.parked());
    assert!(stand.collector.state().ledger.people.is_empty());
    let (_, metrics) = stand.daemon.request("GET", "/metrics", None);
    assert!(metrics.contains("portico_upstream_names_refused_total 40"), "{metrics}");
}
