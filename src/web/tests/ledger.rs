//! Scans and alerts with the real rules: what goes in at the API comes out at the API.

use super::*;
use crate::facts::plan::{Person, Plan, Tier, Visit};
use crate::facts::{Command, Name, RuleKind};

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn visit(code: &str, tier: Tier, expected_at: &str) -> Visit {
    Visit {
        code: name(code),
        tier,
        expected_at: Some(at(expected_at)),
        day_from: at("2026-11-22T16:00:00Z"),
        day_to: at("2026-11-23T16:00:00Z"),
        place: Some(name("lobby")),
        point: None,
        vehicle: None,
        cancelled: false,
        attention: false,
    }
}

impl House {
    /// Two guests: one expected now, one an hour ago.
    async fn with_plan() -> Self {
        let house = Self::open().await;
        let mut plan = Plan {
            visits: vec![visit("G-1", Tier::Vip, START), visit("G-2", Tier::Guest, "2026-11-23T01:00:00Z")],
            ..Plan::default()
        };
        let person: Person =
            serde_json::from_str(r#"{"name":"王芳","greeting":"欢迎","needs":["wheelchair"],"host":"李娜"}"#).unwrap();
        plan.people.guests.insert(name("G-1"), person);
        house.directory.store(Arc::new(Directory::of(&plan)));
        let fact = Fact::Plan(Box::new(plan));
        let report = Report { device: Subject::Gateway, observed_at: None, fact, awaited: true };
        house.recorder.submit(report).await.unwrap();
        house
    }

    async fn alert(&self) -> Value {
        let all = self.get("/api/v1/alerts?state=all").await.json();
        all["alerts"][0].clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scan_is_answered_with_its_verdict_and_again_with_the_same() {
    let house = House::with_plan().await;
    let scan = r#"{"scan_id":"K-1","code":"G-1","kiosk":"K","at":"2026-11-23T10:00:00+08:00","method":"qr"}"#;
    let first = house.post("/api/v1/scans", scan).await;
    assert_eq!(first.status, 200, "{}", first.text);
    let guest = json!({"name": "王芳", "tier": "vip", "greeting": "欢迎", "needs": ["wheelchair"], "place": "lobby", "host": "李娜"});
    assert_eq!(
        first.json(),
        json!({"scan_id": "K-1", "verdict": "admit", "guest": guest, "late_by_s": 0, "at": START})
    );
    let newest = *house.recorder.newest().borrow();
    let again = house.post("/api/v1/scans", scan).await;
    assert_eq!(again.text, first.text);
    assert_eq!(*house.recorder.newest().borrow(), newest, "the same scan makes no second entry");
    let kept = house.get("/api/v1/journal?kind=scan").await.json();
    assert_eq!(kept["entries"][0]["body"]["verdict"], "admit");

    let stranger = house.post("/api/v1/scans", r#"{"scan_id":"K-2","code":"G-9","kiosk":"K"}"#).await.json();
    assert_eq!((&stranger["verdict"], &stranger["guest"]), (&json!("not_found"), &Value::Null));

    let overview = house.get("/api/v1/overview").await.json();
    let visit = &overview["visits"][0];
    assert_eq!((&visit["code"], &visit["name"], &visit["state"]), (&json!("G-1"), &json!("王芳"), &json!("arrived")));
    let plan = house.get("/api/v1/plan").await.json();
    assert_eq!((&plan["guests"]["arrived"], plan["visits"].as_array().unwrap().len()), (&json!(1), 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_is_put_aside_and_comes_back_in_time_or_by_hand() {
    let house = House::with_plan().await;
    house.keep_readings(1).await;
    let id = house.alert().await["id"].as_str().unwrap().to_owned();
    let address = |action: &str| format!("/api/v1/alerts/{id}/{action}");
    let aside = house.post(&address("shelve"), r#"{"by":"li","for":"30m","reason":"doors are open"}"#).await;
    assert_eq!(aside.status, 200, "{}", aside.text);
    let shelf = &aside.json()["shelf"];
    assert_eq!((&aside.json()["state"], &shelf["until"]), (&json!("shelved"), &json!("2026-11-23T02:30:00.000Z")));
    assert_eq!(
        (&shelf["for"], &shelf["by"], &shelf["reason"]),
        (&json!("30m"), &json!("li"), &json!("doors are open"))
    );
    assert_eq!(house.get("/api/v1/alerts").await.json()["alerts"][0], aside.json(), "it is still open");
    let taken = house.post(&address("acknowledge"), r#"{"by":"li"}"#).await;
    assert_eq!(taken.status, 409);
    assert!(taken.problem().contains("put aside until 2026-11-23T02:30:00.000Z, by li"), "{}", taken.text);

    let back = house.post(&address("unshelve"), r#"{"by":"wang"}"#).await.json();
    assert_eq!((&back["state"], &back["shelf"]["ended_at"]), (&json!("firing"), &json!(START)));
    let ordered = house.get("/api/v1/journal?kind=command").await.json();
    let ordered = ordered["entries"].as_array().unwrap().last().unwrap()["body"].clone();
    assert_eq!(ordered, json!({"action": "unshelve", "alert": id, "by": "wang"}), "who took it back is kept");

    let until = r#"{"by":"li","until":"2026-11-23T10:20:00+08:00","reason":"doors are open"}"#;
    assert_eq!(house.post(&address("shelve"), until).await.json()["shelf"]["until"], "2026-11-23T02:20:00.000Z");
    house.site.clock.set(at("2026-11-23T02:21:00Z"));
    house.keep_readings(1).await;
    let all = house.get("/api/v1/alerts").await.json();
    let back = all["alerts"].as_array().unwrap().iter().find(|alert| alert["id"] == id.as_str()).unwrap();
    assert_eq!((&back["state"], &back["at"]), (&json!("firing"), &json!("2026-11-23T02:20:00.000Z")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_is_taken_on_commented_and_ended() {
    let house = House::with_plan().await;
    house.keep_readings(1).await;
    let alert = house.alert().await;
    assert_eq!((&alert["rule"], &alert["state"]), (&json!(RuleKind::LateArrival.word()), &json!("firing")));
    let id = alert["id"].as_str().unwrap();
    let address = |action: &str| format!("/api/v1/alerts/{id}/{action}");
    let open = house.get("/api/v1/alerts").await.json();
    assert_eq!(open["alerts"], json!([alert]));

    for (path, body, status) in [
        ("/api/v1/alerts/A-999/acknowledge", r#"{"by":"li"}"#, 404),
        ("/api/v1/alerts/nobody/acknowledge", r#"{"by":"li"}"#, 404),
        (&address("acknowledge"), "{}", 422),
        (&address("acknowledge"), r#"{"by":" "}"#, 422),
        (&address("note"), r#"{"by":"li"}"#, 422),
        (&address("note"), r#"{"by":"li","text":"  "}"#, 422),
        (&address("note"), &json!({"by": "li", "text": "长".repeat(2_001)}).to_string(), 422),
        (&address("shelve"), "{}", 422),
        (&address("shelve"), r#"{"by":"li","reason":"doors are open"}"#, 422),
        (&address("shelve"), r#"{"by":"li","for":"30m","until":"2026-11-23T03:00:00Z","reason":"x"}"#, 422),
        (&address("shelve"), r#"{"by":"li","for":"30m"}"#, 422),
        (&address("shelve"), r#"{"by":"li","for":"30m","reason":" "}"#, 422),
        (&address("shelve"), &json!({"by": "li", "for": "30m", "reason": "长".repeat(501)}).to_string(), 422),
        (&address("shelve"), r#"{"by":"li","for":"half an hour","reason":"x"}"#, 422),
        (&address("shelve"), r#"{"by":"li","for":"0s","reason":"x"}"#, 422),
        (&address("shelve"), r#"{"by":"li","for":"12h 1s","reason":"x"}"#, 422),
        (&address("shelve"), r#"{"by":"li","until":"2026-11-23T01:00:00Z","reason":"x"}"#, 422),
        (&address("shelve"), r#"{"by":"li","until":"2026-11-24T01:00:00Z","reason":"x"}"#, 422),
        (&address("unshelve"), r#"{"by":"li"}"#, 409),
    ] {
        let answer = house.post(path, body).await;
        assert_eq!(answer.status, status, "{path} {body:.80}: {}", answer.text);
        answer.problem();
    }

    let taken = house.post(&address("acknowledge"), r#"{"by":"li-na","note":"calling the driver"}"#).await;
    assert_eq!(taken.status, 200, "{}", taken.text);
    let taken = taken.json();
    assert_eq!((&taken["state"], &taken["acknowledged_by"]), (&json!("acknowledged"), &json!("li-na")));
    assert_eq!(taken["notes"][0]["text"], "calling the driver");
    let newest = *house.recorder.newest().borrow();
    assert_eq!(house.post(&address("acknowledge"), r#"{"by":"li-na"}"#).await.json(), taken, "pressed twice");
    let other = house.post(&address("acknowledge"), r#"{"by":"wang"}"#).await;
    assert_eq!(other.status, 409);
    assert!(other.problem().contains("li-na"));
    assert_eq!(*house.recorder.newest().borrow(), newest, "what changes nothing is not journaled");

    let noted = house.post(&address("note"), r#"{"by":"wang","text":"on the ring road"}"#).await.json();
    assert_eq!(noted["notes"].as_array().unwrap().len(), 2);
    let ended = house.post(&address("resolve"), r#"{"by":"wang"}"#).await.json();
    assert_eq!((&ended["state"], &ended["resolution"]), (&json!("resolved"), &json!("operator")));
    assert_eq!(house.alert().await, ended);
    assert_eq!(house.get("/api/v1/alerts").await.json(), json!({"alerts": []}));
    for action in ["acknowledge", "resolve"] {
        let late = house.post(&address(action), r#"{"by":"wang"}"#).await;
        assert_eq!(late.status, 409);
        assert!(late.problem().contains("resolved"));
    }
    let improved = house.post(&address("note"), r#"{"by":"wang","text":"leave earlier next time"}"#).await;
    assert_eq!(improved.json()["notes"].as_array().unwrap().len(), 3, "{}", improved.text);

    let commands = house.get("/api/v1/journal?kind=command").await.json();
    let by: Vec<&Value> = commands["entries"].as_array().unwrap().iter().map(|entry| &entry["device"]).collect();
    assert_eq!(by, ["operator/li-na", "operator/wang", "operator/wang", "operator/wang"]);
    let _kept_as: Command = serde_json::from_value(commands["entries"][0]["body"].clone()).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_persons_word_on_the_time_is_kept_or_refused_whole() {
    let house = House::open().await;
    for (body, status, says) in [
        ("{}", 422, "by"),
        (r#"{"by":"li","at":"noon"}"#, 422, "RFC 3339"),
        // The tests' day is a made one; what a machine's clock takes and refuses is tried in tests/clock.
        (r#"{"by":"li","at":"2026-11-23T02:00:00Z"}"#, 409, "made day"),
    ] {
        let answer = house.post("/api/v1/clock/trust", body).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text);
        let detail = answer.problem();
        assert!(detail.contains(says), "{body}: {detail}");
    }
    assert_eq!(*house.recorder.newest().borrow(), 2, "nothing of that is in the journal");

    let answer = house.post("/api/v1/clock/trust", r#"{"by":"li"}"#).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let answer = answer.json();
    assert_eq!(answer, json!({"now": START, "clock": {"trusted": true, "source": "system", "reason": null}}));
    let kept = house.get("/api/v1/journal?kind=command").await.json();
    let entry = &kept["entries"][0];
    assert_eq!(
        (&entry["body"], &entry["device"]),
        (&json!({"action": "trust_clock", "by": "li"}), &json!("operator/li"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_found_out_is_kept_and_suggested_the_next_time() {
    let house = House::with_plan().await;
    house.keep_readings(1).await;
    let first = house.alert().await["id"].as_str().unwrap().to_owned();
    let address = |action: &str| format!("/api/v1/alerts/{first}/{action}");
    for (action, body) in [
        ("note", json!({"by": "li", "cause": " "})),
        ("note", json!({"by": "li", "handling": "长".repeat(1_001)})),
        ("resolve", json!({"by": "li", "result": ""})),
    ] {
        let refused = house.post(&address(action), &body.to_string()).await;
        assert_eq!(refused.status, 422, "{body:.80}");
        assert!(
            ["cause", "handling", "result"].iter().any(|word| refused.problem().contains(word)),
            "{}",
            refused.text
        );
    }
    let body = json!({"by": "li", "text": "called", "cause": "jam on the ring road", "improvement": "leave earlier"});
    let noted = house.post(&address("note"), &body.to_string()).await.json();
    assert_eq!(noted["findings"]["cause"], json!({"at": START, "by": "li", "text": "jam on the ring road"}));
    assert_eq!((&noted["notes"][0]["text"], &noted["findings"]["handling"]), (&json!("called"), &Value::Null));
    let body = json!({"by": "wang", "cause": "roadworks", "handling": "sent another car"}).to_string();
    let ended = house.post(&address("resolve"), &body).await.json();
    assert_eq!((&ended["state"], &ended["findings"]["cause"]["by"]), (&json!("resolved"), &json!("wang")));
    assert_eq!(ended["findings"]["improvement"]["text"], "leave earlier", "what is not written anew stays");
    let late = house.post(&address("note"), r#"{"by":"li","result":"ten minutes lost"}"#).await.json();
    assert_eq!((&late["state"], &late["findings"]["result"]["by"]), (&json!("resolved"), &json!("li")), "also later");

    let sheet = house.get(&format!("/api/v1/alerts/{first}")).await.json();
    assert_eq!((&sheet["findings"], &sheet["suggestions"]), (&late["findings"], &json!([])), "not of itself");
    let told: Vec<_> = sheet["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["state"].as_str().unwrap(), one["cause"]["kind"].as_str()))
        .collect();
    let by_person = Some("command");
    assert_eq!(told[1..], [("firing", by_person), ("resolved", by_person), ("resolved", by_person)]);
    assert_eq!(sheet["history"][3]["cause"]["body"]["result"], "ten minutes lost");

    // The other guest is late too: what helped the last time is said.
    house.site.clock.set(at("2026-11-23T03:00:00Z"));
    house.keep_readings(1).await;
    let open = house.get("/api/v1/alerts?rule=late_arrival&state=firing").await.json();
    let second = open["alerts"][0]["id"].as_str().unwrap();
    let sheet = house.get(&format!("/api/v1/alerts/{second}")).await.json();
    let suggested = &sheet["suggestions"];
    assert_eq!((suggested.as_array().unwrap().len(), &suggested[0]["id"]), (1, &json!(first)));
    assert_eq!(suggested[0]["findings"]["handling"]["text"], "sent another car");
    assert_eq!(house.get("/api/v1/alerts/A-999").await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alerts_are_looked_for_by_what_they_say_and_given_in_pages() {
    let house = House::with_plan().await;
    house.keep_readings(1).await;
    house.site.clock.set(at("2026-11-23T03:00:00Z"));
    house.keep_readings(1).await;
    let found = async |query: &str| {
        let answer = house.get(&format!("/api/v1/alerts?state=all&{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text);
        let list = answer.json();
        let subjects = list["alerts"].as_array().unwrap().iter().map(|alert| alert["subject"].as_str().unwrap());
        (subjects.collect::<Vec<_>>().join(" "), list["next"].as_str().map(str::to_owned))
    };
    let guests = "guest/G-1 guest/G-2";
    assert_eq!(found("subject=guest").await, (guests.to_owned(), None));
    assert_eq!(found("rule=late_arrival&severity=warning").await.0, guests);
    assert_eq!(found("subject=guest&from=2026-11-23T01:30:00Z").await.0, "guest/G-1");
    assert_eq!(found("q=%E7%8E%8B%E8%8A%B3").await.0, "guest/G-1", "by a name that is not in the journal");
    assert_eq!(found("q=LATE_arrival&subject=guest/G-2").await.0, "guest/G-2");
    assert_eq!(found("q=nobody").await.0, "");
    let (first, next) = found("subject=guest&limit=1").await;
    let (second, end) = found(&format!("subject=guest&limit=1&after={}", next.unwrap())).await;
    assert_eq!((first.as_str(), second.as_str(), end), ("guest/G-1", "guest/G-2", None));
    for wrong in ["state=over", "rule=late", "severity=high", "from=today", "limit=0", "limit=1001", "after=17"] {
        let refused = house.get(&format!("/api/v1/alerts?{wrong}")).await;
        assert_eq!(refused.status, 400, "{wrong}");
        refused.problem();
    }
    assert_eq!(house.get(&format!("/api/v1/alerts?q={}", "x".repeat(201))).await.status, 400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_taken_on_by_mistake_is_given_back() {
    let house = House::with_plan().await;
    house.keep_readings(1).await;
    let id = house.alert().await["id"].as_str().unwrap().to_owned();
    let address = |order: &str| format!("/api/v1/alerts/{id}/{order}");
    let early = house.post(&address("unacknowledge"), r#"{"by":"li"}"#).await;
    assert_eq!((early.status, early.problem().contains("is firing")), (409, true));
    assert_eq!(house.post(&address("acknowledge"), r#"{"by":"li"}"#).await.status, 200);
    let back = house.post(&address("unacknowledge"), r#"{"by":"wang"}"#).await.json();
    assert_eq!((&back["state"], &back["acknowledged_by"]), (&json!("firing"), &Value::Null));
    let ordered = house.get("/api/v1/journal?kind=command").await.json();
    let ordered = &ordered["entries"].as_array().unwrap().last().unwrap()["body"];
    assert_eq!(*ordered, json!({"action": "unacknowledge", "alert": id, "by": "wang"}));
    let history = house.get(&format!("/api/v1/alerts/{id}")).await.json()["history"].clone();
    let last = history.as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["state"], &last["cause"]["body"]["by"]), (&json!("firing"), &json!("wang")));

    assert_eq!(house.post(&address("acknowledge"), r#"{"by":"li"}"#).await.status, 200);
    house.site.clock.set(at("2026-11-23T02:01:01Z"));
    let late = house.post(&address("unacknowledge"), r#"{"by":"li"}"#).await;
    assert_eq!((late.status, late.problem().contains("by li since 2026-11-23T02:00:00.000Z")), (409, true));
    assert_eq!(house.post("/api/v1/alerts/A-99/unacknowledge", r#"{"by":"li"}"#).await.status, 404);
}
