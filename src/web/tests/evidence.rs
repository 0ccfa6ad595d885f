//! From an alert back to the entries that made it.

use super::*;

impl House {
    fn at_second(&self, seconds: i64) {
        self.site.clock.set(Timestamp::from_millis(at(START).as_millis() + seconds * 1_000));
    }

    async fn warm(&self, seconds: i64, room: &str, sensor: &str, temperature: &str) -> Seq {
        self.at_second(seconds);
        let body = format!(r#"{{"room":"{room}","sensor":"{sensor}","temperature":{temperature}}}"#);
        self.keep(&format!("sensor/{room}/{sensor}"), "reading", &body).await
    }

    /// The numbers of an alert's evidence with their kinds, and whether there is more.
    async fn evidence(&self, id: &str) -> (Vec<(Seq, String)>, bool) {
        let answer = self.get(&format!("/api/v1/alerts/{id}/evidence")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let answer = answer.json();
        let entries = answer["entries"].as_array().unwrap().iter();
        let told = entries.map(|entry| (entry["seq"].as_u64().unwrap(), entry["kind"].as_str().unwrap().to_owned()));
        (told.collect(), answer["more"].as_bool().unwrap())
    }

    async fn alert_of(&self, rule: &str) -> Value {
        let found = self.get(&format!("/api/v1/alerts?state=all&rule={rule}")).await.json();
        found["alerts"][0].clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_warm_rooms_alert_leads_to_its_readings_and_to_no_others() {
    let house = House::open().await;
    let long_before = house.warm(0, "lobby", "t1", "20").await;
    let before = house.warm(800, "lobby", "t1", "21").await;
    let other = house.warm(900, "hall", "t1", "20").await;
    let broken = house.warm(1_000, "lobby", "t1", "29").await;
    let holding = house.warm(1_100, "lobby", "t1", "29.5").await;
    let fired = house.warm(1_310, "lobby", "t1", "29.6").await;
    let alert = house.alert_of("room_climate").await;
    assert_eq!(alert["state"], "firing", "{alert}");
    let id = alert["id"].as_str().unwrap().to_owned();
    let (told, more) = house.evidence(&id).await;
    let seqs: Vec<Seq> = told.iter().map(|(seq, _)| *seq).collect();
    assert!(!more && seqs.is_sorted(), "{told:?}");
    for seq in [before, broken, holding] {
        assert!(seqs.contains(&seq), "{seq}: {told:?}");
    }
    for seq in [long_before, other, fired] {
        assert!(!seqs.contains(&seq), "{seq} has nothing to do with it: {told:?}");
    }
    let changes = told.iter().filter(|(_, kind)| kind == "alert").count();
    assert_eq!(changes, 2, "pending and firing: {told:?}");
    let ended = house.warm(1_400, "lobby", "t1", "20").await;
    let (told, _) = house.evidence(&id).await;
    assert!(told.contains(&(ended, "reading".to_owned())), "what ended it: {told:?}");
    assert_eq!(house.get("/api/v1/alerts/A-999/evidence").await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_very_many_entries_the_nearest_are_told() {
    let house = House::open().await;
    let first = house.warm(1_000, "lobby", "t1", "29").await;
    let mut last = first;
    for n in 0..290 {
        last = house.warm(1_001 + n, "lobby", "t1", &format!("29.{n:03}")).await;
    }
    house.warm(1_400, "hall", "t1", "20").await;
    let id = house.alert_of("room_climate").await["id"].as_str().unwrap().to_owned();
    let (told, more) = house.evidence(&id).await;
    assert!(more && told.len() == 200, "{}: {more}", told.len());
    let has = |seq| told.iter().any(|(told, _)| *told == seq);
    assert!(has(first) && has(last), "the ends are told: {told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_guests_alert_shows_the_car_that_brings_them() {
    let house = House::open().await;
    let plan = json!({
        "visits": [{
            "code": "G-1", "tier": "guest", "expected_at": "2026-11-23T02:10:00Z", "vehicle": "car-1",
            "day_from": "2026-11-22T16:00:00Z", "day_to": "2026-11-23T16:00:00Z"
        }],
        "vehicles": [{"id": "car-1"}]
    });
    house.keep("operator/li", "plan", &plan.to_string()).await;
    let mut seqs = Vec::new();
    for (seconds, car) in [(900, "car-1"), (901, "car-2"), (1_500, "car-1")] {
        house.at_second(seconds);
        let body = format!(r#"{{"lat":31.2{seconds},"lon":121.4,"speed_kmh":30,"course":null,"fix_at":null}}"#);
        seqs.push(house.keep(&format!("vehicle/{car}"), "position", &body).await);
    }
    house.warm(2_401, "hall", "t1", "20").await;
    let alert = house.alert_of("late_arrival").await;
    assert_eq!(alert["values"]["vehicle"], "car-1", "{alert}");
    let id = alert["id"].as_str().unwrap().to_owned();
    let has = |told: &[(Seq, String)], seq| told.iter().any(|(told, _)| *told == seq);
    let (told, _) = house.evidence(&id).await;
    assert_eq!((has(&told, seqs[0]), has(&told, seqs[1]), has(&told, seqs[2])), (true, false, true), "{told:?}");
    // The scan that ends it.
    house.at_second(2_500);
    let scan = house.keep("kiosk/K01", "scan", r#"{"scan_id":"K-1","code":"G-1","kiosk":"K01"}"#).await;
    let (told, _) = house.evidence(&id).await;
    assert!(has(&told, scan), "{told:?}");
}
