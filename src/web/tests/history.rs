//! Charts and tracks, over the wire.

use super::*;

const NOW: &str = "2026-11-23T02:00:00Z";

impl House {
    /// Commits one measurement at so many seconds past the start.
    async fn measure(&self, seconds: i64, room: &str, measured: &str) {
        self.site.clock.set(Timestamp::from_millis(at(NOW).as_millis() + seconds * 1_000));
        let body = format!(r#"{{"room":"{room}","sensor":"t1",{measured}}}"#);
        self.keep(&format!("sensor/{room}/t1"), "reading", &body).await;
    }

    async fn position(&self, seconds: i64, observed: Option<&str>, lat: &str) {
        self.site.clock.set(Timestamp::from_millis(at(NOW).as_millis() + seconds * 1_000));
        let body = format!(r#"{{"lat":{lat},"lon":121.4,"speed_kmh":30.5,"course":null,"fix_at":null}}"#);
        let mut report = report("vehicle/car-1", "position", &body);
        report.observed_at = observed.map(at);
        self.recorder.submit(report).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rooms_chart_has_a_value_a_step_and_none_where_nothing_came() {
    let house = House::open().await;
    house.measure(1, "lobby", r#""temperature":20.5,"co2":400"#).await;
    house.measure(30, "lobby", r#""temperature":21"#).await;
    house.measure(40, "hall", r#""temperature":30"#).await;
    house.measure(185, "lobby", r#""temperature":-3.25,"co2":500"#).await;
    let address = "/api/v1/rooms/lobby/history?from=2026-11-23T02:00:20Z&to=2026-11-23T02:05:00Z&step=1m";
    let chart = house.get(address).await;
    assert_eq!(chart.status, 200, "{}", chart.text);
    let (mean, none) = ([20.75, -3.25], Value::Null);
    assert_eq!(
        chart.json(),
        json!({
            "room": "lobby", "from": "2026-11-23T02:00:00.000Z", "to": "2026-11-23T02:05:00.000Z", "step_s": 60,
            "metrics": {
                "temperature": {
                    "low": [20.5, none, none, -3.25, none],
                    "mean": [mean[0], none, none, mean[1], none],
                    "high": [21, none, none, -3.25, none],
                },
                "co2": {
                    "low": [400, none, none, 500, none],
                    "mean": [400, none, none, 500, none],
                    "high": [400, none, none, 500, none],
                },
            },
        })
    );
    let wide = house.get(&format!("{}&metric=co2,pm25", address.replace("step=1m", "step=5m"))).await.json();
    assert_eq!(wide["metrics"]["co2"], json!({"low": [400], "mean": [450], "high": [500]}));
    assert_eq!(
        wide["metrics"]["pm25"],
        json!({"low": [none], "mean": [none], "high": [none]}),
        "asked for, not measured"
    );
    assert_eq!(keys(&wide["metrics"]).len(), 2);

    // Without anything said: the site's day (its midnight was at 16:00) up to now.
    let day = house.get("/api/v1/rooms/lobby/history").await.json();
    assert_eq!((&day["from"], &day["step_s"]), (&json!("2026-11-22T16:00:00.000Z"), &json!(300)));
    assert_eq!(day["to"], "2026-11-23T02:03:05.000Z");
    let means = day["metrics"]["temperature"]["mean"].as_array().unwrap();
    assert_eq!((means.len(), &means[119], &means[120]), (121, &none, &json!(12.75)));
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_rooms_at_once_have_a_line_each() {
    let house = House::open().await;
    house.measure(1, "lobby", r#""temperature":20,"co2":400"#).await;
    house.measure(61, "lobby", r#""temperature":22"#).await;
    house.measure(62, "hall", r#""co2":900"#).await;
    let lines = house.get("/api/v1/rooms/history").await.json();
    assert_eq!((&lines["from"], &lines["step_s"]), (&json!("2026-11-23T01:01:00.000Z"), &json!(60)));
    let lobby = lines["rooms"]["lobby"]["temperature"].as_array().unwrap();
    assert_eq!((lobby.len(), &lobby[58], &lobby[59], &lobby[60]), (61, &Value::Null, &json!(20), &json!(22)));
    assert_eq!(keys(&lines["rooms"]), ["hall", "lobby"]);
    let one = house.get("/api/v1/rooms/history?metric=co2&step=2m&from=2026-11-23T02:00:00Z").await.json();
    assert_eq!(one["rooms"], json!({"hall": {"co2": [900]}, "lobby": {"co2": [400]}}));
    let none = house.get("/api/v1/rooms/history?metric=pm25").await.json();
    assert_eq!(none["rooms"], json!({}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_track_is_told_in_the_order_of_its_own_time() {
    let house = House::open().await;
    house.position(10, None, "31.1").await;
    house.position(20, Some("2026-11-23T02:00:15Z"), "31.3").await;
    house.position(21, Some("2026-11-23T02:00:12Z"), "31.2").await;
    // A receiver whose date is wrong was where it says when we heard it.
    house.position(30, Some("2007-04-08T02:00:12Z"), "31.4").await;
    let track = house.get("/api/v1/vehicles/car-1/track").await;
    assert_eq!(track.status, 200, "{}", track.text);
    let track = track.json();
    assert_eq!((&track["vehicle"], &track["thinned"]), (&json!("car-1"), &json!(false)));
    assert_eq!(
        (&track["from"], &track["to"]),
        (&json!("2026-11-23T01:00:30.000Z"), &json!("2026-11-23T02:00:30.000Z"))
    );
    let points = track["points"].as_array().unwrap();
    let lats: Vec<f64> = points.iter().map(|point| point["lat"].as_f64().unwrap()).collect();
    assert_eq!(lats, [31.1, 31.2, 31.3, 31.4]);
    assert_eq!(
        points[1],
        json!({"at": "2026-11-23T02:00:12.000Z", "lat": 31.2, "lon": 121.4, "speed_kmh": 30.5, "course": null})
    );
    let part = house.get("/api/v1/vehicles/car-1/track?from=2026-11-23T02:00:11Z&to=2026-11-23T02:00:12Z").await;
    assert_eq!(part.json()["points"].as_array().unwrap().len(), 1);
    let none = house.get("/api/v1/vehicles/car-1/track?to=2026-11-23T01:00:00Z").await.json();
    assert_eq!((&none["points"], &none["from"]), (&json!([]), &json!("2026-11-23T00:00:00.000Z")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_track_is_thinned_and_a_days_chart_is_laid_down_as_it_was() {
    let house = House::open().await;
    for n in 0..2_500_i64 {
        house.position(n, None, &format!("31.{:04}", 1_000 + n)).await;
    }
    let track = house.get("/api/v1/vehicles/car-1/track").await.json();
    let points = track["points"].as_array().unwrap();
    assert_eq!((points.len(), &track["thinned"]), (2_000, &json!(true)));
    assert_eq!((&points[0]["at"], &points[1_999]["lat"]), (&json!("2026-11-23T02:00:00.000Z"), &json!(31.3499)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_knows_of_and_what_is_too_much_is_refused() {
    let house = House::open().await;
    let plan = r#"{"visits":[],"rooms":[{"id":"planned"}],"vehicles":[{"id":"car-9"}]}"#;
    house.keep("operator/li", "plan", plan).await;
    for (path, status, says) in [
        ("rooms/nowhere/history", 404, "/api/v1/overview"),
        ("rooms/%20/history", 404, "/api/v1/overview"),
        ("vehicles/nobody/track", 404, "/api/v1/overview"),
        ("rooms/planned/history?metric=warmth", 400, "temperature, humidity"),
        ("rooms/planned/history?step=1m&from=2026-11-01T00:00:00Z", 400, "would do"),
        ("rooms/planned/history?step=fast", 400, "30m"),
        ("rooms/planned/history?from=today", 400, "RFC 3339"),
        ("rooms/history?from=2026-11-01T00:00:00Z", 400, "more than the 24 hours"),
        ("vehicles/car-9/track?from=2026-11-24T00:00:00Z", 400, "after"),
        ("vehicles/car-9/track?from=2025-11-24T00:00:00Z", 400, "31 days"),
    ] {
        let answer = house.get(&format!("/api/v1/{path}")).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        assert!(answer.problem().contains(says), "{path}: {}", answer.text);
    }
    let planned = house.get("/api/v1/rooms/planned/history").await;
    assert_eq!((planned.status, &planned.json()["metrics"]), (200, &json!({})), "{}", planned.text);
    assert_eq!(house.get("/api/v1/vehicles/car-9/track").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_newest_entries_of_one_device_are_read_backwards() {
    let house = House::open().await;
    let rubbish = |n: u32| format!(r#"{{"link":"mqtt","reason":"no {n}","raw":"AA==","bytes":1}}"#);
    for n in 1..=3 {
        house.keep("kiosk/K01", "rejected", &rubbish(n)).await;
        house.keep("kiosk/K02", "rejected", &rubbish(n)).await;
    }
    house.measure(5, "lobby", r#""co2":400"#).await;
    let read = async |query: &str| {
        let page = house.get(&format!("/api/v1/journal?{query}")).await;
        assert_eq!(page.status, 200, "{query}: {}", page.text);
        let page = page.json();
        let seqs = page["entries"].as_array().unwrap().iter().map(|entry| entry["seq"].as_u64().unwrap());
        (seqs.collect::<Vec<_>>(), page["next"].as_u64().unwrap())
    };
    assert_eq!(read("kind=rejected&device=kiosk/K01&order=newest&limit=2").await, (vec![7, 5], 5));
    assert_eq!(read("kind=rejected&device=kiosk/K01&before=5&limit=2").await, (vec![3], 0));
    assert_eq!(read("device=kiosk/K02").await, (vec![4, 6, 8], 9));
    assert_eq!(read("subject=room&order=newest").await, (vec![9], 0));
    assert_eq!(read("subject=room/lobby&after=9").await, (vec![], 9));
    assert_eq!(read("order=newest&limit=3").await, (vec![9, 8, 7], 7));
}
