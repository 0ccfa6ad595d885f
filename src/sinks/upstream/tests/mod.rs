//! The whole sink against a real journal, a real recorder and a real collector behind a wire that can be cut.

mod stand;

use std::path::Path;

use tokio::time::{Instant, sleep, timeout};

use self::stand::{Collector, Fault, Gateway, PATIENCE, Reply, wire};
use super::*;
use crate::facts::{Fact, Kind, Report, Subject};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_arrives_once_and_the_cursor_survives_a_restart() {
    let (gateway, collector) = (Gateway::open(), Collector::start(|_| Reply::Keep).await);
    gateway.fill(0, 1300).await;
    let mut sink = gateway.run(Gateway::settings(collector.url()));
    sink.drained(&gateway).await;
    sink.stop().await;
    gateway.check(&collector, &[]);
    let sent: usize = collector.inbox().requests.iter().map(|seen| seen.ids.len()).sum();
    assert_eq!(sent, collector.inbox().kept.len(), "where nothing fails, nothing is sent twice");
    let Gateway { dir, handle, .. } = gateway;
    handle.stop().await;

    let gateway = Gateway::open_in(dir);
    let requests = collector.inbox().requests.len();
    let mut sink = gateway.run(Gateway::settings(collector.url()));
    gateway.fill(1300, 100).await;
    sink.drained(&gateway).await;
    sink.stop().await;
    gateway.check(&collector, &[]);
    gateway.handle.stop().await;
    let again: usize = collector.inbox().requests.iter().skip(requests).map(|seen| seen.ids.len()).sum();
    assert!(again < 200, "{again} events were sent after the restart, when about 100 were new");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_on_its_way_at_a_stop_is_made_again_with_the_same_bytes() {
    let (gateway, collector) = (Gateway::open(), Collector::start(|_| Reply::KeepAndFail).await);
    gateway.fill(0, 700).await;
    let mut sink = gateway.run(Gateway::settings(collector.url()));
    let view = sink.wait("offline", |view| view.state == UpstreamState::Offline && view.backlog > 500).await;
    assert_eq!(view.acknowledged_seq, 0);
    sink.stop().await;
    assert!(!collector.inbox().kept.is_empty());
    let Gateway { dir, handle, .. } = gateway;
    handle.stop().await;

    let gateway = Gateway::open_in(dir);
    collector.change_script(|_| Reply::Keep);
    let mut sink = gateway.run(Gateway::settings(collector.url()));
    sink.drained(&gateway).await;
    sink.stop().await;
    gateway.check(&collector, &[]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_breaks_off_acknowledges_nothing() {
    for broken in [Fault::EndAfter(1000), Fault::ResetAfter(1000), Fault::EndAfter(0)] {
        let (gateway, collector) = (Gateway::open(), Collector::start(|_| Reply::Keep).await);
        let (addr, fault) = wire(collector.addr).await;
        *fault.lock().unwrap() = broken;
        let mut sink = gateway.run(Gateway::settings(format!("http://{addr}/in").parse().unwrap()));
        sink.drained(&gateway).await;
        sink.stop().await;
        gateway.check(&collector, &[]);
        let inbox = collector.inbox();
        let [first, second] = [0, 1].map(|i| &inbox.requests[i]);
        assert_eq!((&first.key, &first.ids), (&second.key, &second.ids), "{broken:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_changed_whatever_the_collector_and_the_wire_do() {
    let mut replies = vec![
        Reply::Say(500, &[]),
        Reply::Say(429, &[("retry-after", "0")]),
        Reply::KeepAndFail,
        Reply::Say(413, &[]),
        Reply::Say(503, &[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")]),
        Reply::Keep,
        Reply::Say(401, &[]),
        Reply::Hang,
        Reply::Say(302, &[("location", "/login")]),
        Reply::Say(502, &[]),
        Reply::Say(409, &[]),
        Reply::Keep,
        Reply::Say(413, &[]),
    ];
    replies.reverse();
    let poisoned = "venue-1/e1/777".to_owned();
    let collector = Collector::start(move |seen| match replies.pop() {
        // It never takes the poisoned one, whatever it is told to do.
        Some(Reply::Keep | Reply::KeepAndFail) | None if seen.ids.contains(&poisoned) => Reply::Say(422, &[]),
        Some(reply) => reply,
        None => Reply::Keep,
    })
    .await;
    let (addr, fault) = wire(collector.addr).await;
    let gateway = Gateway::open();
    gateway.fill(0, 1500).await;
    let mut sink = gateway.run(Gateway::settings(format!("http://{addr}/in").parse().unwrap()));
    for broken in [
        Fault::ResetAfter(0),
        Fault::ResetAfter(20),
        Fault::EndAfter(0),
        Fault::EndAfter(40),
        Fault::ResetAfter(40),
        Fault::Refuse,
    ] {
        *fault.lock().unwrap() = broken;
        gateway.fill(2000, 60).await;
        let hit = if broken == Fault::Refuse {
            sink.wait("offline", |view| view.state == UpstreamState::Offline).await;
            *fault.lock().unwrap() = Fault::None;
            Ok(())
        } else {
            let gone = async {
                while *fault.lock().unwrap() != Fault::None {
                    gateway.fill(3000, 10).await;
                    sleep(Duration::from_millis(20)).await;
                }
            };
            timeout(PATIENCE, gone).await
        };
        assert!(hit.is_ok(), "{broken:?} was never met");
    }
    sink.drained(&gateway).await;
    let view = sink.view.borrow().clone();
    assert_eq!(view.parked, 1, "{view:?}");
    sink.stop().await;
    gateway.check(&collector, &[777]);
    let kept =
        gateway.reader.parked(BULK.cursor).unwrap().into_iter().chain(gateway.reader.parked(URGENT.cursor).unwrap());
    let kept: Vec<_> = kept.collect();
    assert_eq!(kept, [(777, "422 Unprocessable Entity: as the test says".to_owned())]);
    assert_eq!(gateway.counters.upstream_parked.get(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_smaller_batch_is_sent_where_it_is_configured() {
    for (events_max, bytes_max, want) in [(7, 256 * 1024, 7), (500, 1500, 5)] {
        let (gateway, collector) = (Gateway::open(), Collector::start(|_| Reply::Keep).await);
        gateway.fill(0, 100).await;
        let mut settings = Gateway::settings(collector.url());
        (settings.pace.events_max, settings.pace.bytes_max) = (events_max, bytes_max);
        let mut sink = gateway.run(settings);
        sink.drained(&gateway).await;
        sink.stop().await;
        gateway.check(&collector, &[]);
        let largest = collector.inbox().requests.iter().map(|seen| seen.ids.len()).max().unwrap();
        assert!((2..=want).contains(&largest), "{largest} events at once");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_is_the_same_request_with_the_same_key() {
    let mut first = true;
    let collector = Collector::start(move |seen| {
        if seen.ids.len() > 1 && std::mem::take(&mut first) { Reply::KeepAndFail } else { Reply::Keep }
    })
    .await;
    let gateway = Gateway::open();
    gateway.fill(0, 300).await;
    let mut sink = gateway.run(Gateway::settings(collector.url()));
    sink.drained(&gateway).await;
    sink.stop().await;
    gateway.check(&collector, &[]);
    let inbox = collector.inbox();
    let failed = &inbox.requests[0];
    let alike: Vec<_> = inbox.requests.iter().filter(|seen| seen.key == failed.key).collect();
    assert_eq!(alike.len(), 2, "the one that failed, and its retry");
    assert!(alike.iter().all(|seen| seen.ids == failed.ids));
    assert!(inbox.requests[0].key.starts_with("\"1-"), "{}", inbox.requests[0].key);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wait_that_was_asked_for_is_kept_and_capped() {
    let mut waits = vec!["3600", "1"];
    let collector = Collector::start(move |_| match waits.pop() {
        Some("1") => Reply::Say(429, &[("retry-after", "1")]),
        Some(_) => Reply::Say(503, &[("retry-after", "3600")]),
        None => Reply::Keep,
    })
    .await;
    let gateway = Gateway::open();
    gateway.commit().await;
    let mut sink = gateway.run(Gateway::settings(collector.url()));
    sink.wait("busy", |view| view.reason.as_deref().is_some_and(|reason| reason.starts_with("429"))).await;
    sink.drained(&gateway).await;
    sink.stop().await;
    let inbox = collector.inbox();
    let [first, second, third] = [0, 1, 2].map(|i| inbox.requests[i].at);
    assert!(second - first >= Duration::from_secs(1), "the wait it asked for");
    assert!(third - second >= Duration::from_secs(1), "the cap, as an hour was asked for");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_token_is_taken_up_and_a_wrong_one_is_said() {
    let collector = Collector::start(|seen| match seen.token.as_deref() {
        Some("Bearer right") => Reply::Keep,
        Some(_) | None => Reply::Say(401, &[]),
    })
    .await;
    let gateway = Gateway::open();
    let token_file = gateway.dir.path().join("token");
    std::fs::write(&token_file, "wrong\n").unwrap();
    gateway.fill(0, 50).await;
    let mut settings = Gateway::settings(collector.url());
    settings.token_file = Some(token_file.clone());
    let mut sink = gateway.run(settings);
    let view = sink.wait("refused", |view| view.state == UpstreamState::Refused).await;
    assert_eq!(view.reason.as_deref(), Some("401 Unauthorized: as the test says; check the token"));
    assert!(collector.inbox().kept.is_empty());
    write_whole(&token_file, "right\n");
    sink.drained(&gateway).await;
    sink.stop().await;
    gateway.check(&collector, &[]);
    let said = gateway.reader.read(Lane::Kind(Kind::Device), 0, 1000, usize::MAX).unwrap();
    let said = said.rows.iter().filter(|row| row.device.contains("upstream")).count();
    assert_eq!(said, 0, "the gateway's condition says it, in one place");
}

fn write_whole(path: &Path, text: &str) {
    let beside = path.with_extension("new");
    std::fs::write(&beside, text).unwrap();
    std::fs::rename(&beside, path).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_refuses_everything_loses_us_next_to_nothing() {
    let collector = Collector::start(|_| Reply::Say(400, &[])).await;
    let gateway = Gateway::open();
    gateway.fill(0, 2000).await;
    let mut sink = gateway.run(Gateway::settings(collector.url()));
    let view = sink.wait("refused", |view| view.state == UpstreamState::Refused && view.parked >= 64).await;
    assert_eq!(view.parked, 64, "32 a lane");
    collector.change_script(|_| Reply::Keep);
    sink.drained(&gateway).await;
    sink.stop().await;
    let parked = [URGENT, BULK].map(|lane| gateway.reader.parked(lane.cursor).unwrap()).concat();
    let parked: Vec<u64> = parked.into_iter().map(|(seq, _)| seq).collect();
    assert_eq!(parked.len(), 64);
    gateway.check(&collector, &parked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scan_overtakes_a_backlog_that_cannot_be_delivered() {
    // Of what is here only the bulk lane makes long batches.
    let collector = Collector::start(|seen| if seen.ids.len() > 100 { Reply::Hang } else { Reply::Keep }).await;
    let gateway = Gateway::open();
    gateway.fill(1, 600).await;
    let sink = gateway.run(Gateway::settings(collector.url()));
    let scans = async {
        while collector.inbox().order[0].len() < 60 {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, scans).await.unwrap();
    assert!(collector.inbox().order[1].is_empty(), "no reading was taken yet");
    sink.cancel.cancel();
    let begun = Instant::now();
    timeout(PATIENCE, sink.task).await.unwrap().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10), "a hung delivery does not hold up the stop");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_go_upstream_only_where_it_is_allowed() {
    for personal_data in [false, true] {
        let (gateway, collector) = (Gateway::open(), Collector::start(|_| Reply::Keep).await);
        let mut plan = crate::facts::plan::Plan::default();
        let person = crate::facts::plan::Person { name: Some("Li Na".to_owned()), ..Default::default() };
        plan.people.guests.insert("G-0".parse().unwrap(), person);
        let fact = Fact::Plan(Box::new(plan));
        let device = Subject::Gateway;
        gateway.handle.submit(Report { device, observed_at: None, fact, awaited: true }).await.unwrap();
        gateway.fill(0, 20).await;
        let mut sink = gateway.run(UpstreamSettings { personal_data, ..Gateway::settings(collector.url()) });
        sink.drained(&gateway).await;
        sink.stop().await;
        let inbox = collector.inbox();
        let named: Vec<_> = inbox.kept.values().filter(|event| event.contains("Li Na")).collect();
        assert_eq!(named.len(), usize::from(personal_data));
        for event in named {
            assert!(event.contains(r#""type":"portico.person.v1""#), "{event}");
            assert!(event.contains(r#""subject":"guest/G-0""#), "{event}");
            assert!(event.ends_with(r#""data":{"name":"Li Na"}}"#), "{event}");
        }
    }
}
