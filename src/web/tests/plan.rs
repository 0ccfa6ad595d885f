//! How a new plan is sent and answered. What becomes of it is tested with the real gateway.

use std::pin::Pin;
use std::sync::Mutex;

use super::*;
use crate::plan::{BYTES_MAX, Changes, Counts, Fault};
use crate::web::{PlanDesk, PlanRefusal, Proposal, Proposed};

/// Answers by what the file is called, and remembers what it was asked.
#[derive(Debug, Default)]
pub(super) struct Clerk {
    asked: Mutex<Vec<Proposal>>,
}

impl PlanDesk for Clerk {
    fn propose(&self, proposal: Proposal) -> Pin<Box<dyn Future<Output = Result<Proposed, PlanRefusal>> + Send + '_>> {
        let (file, replaced) = (proposal.file.display().to_string(), proposal.apply);
        self.asked.lock().unwrap().push(proposal);
        Box::pin(async move {
            match &*file {
                "bad.csv" => Err(PlanRefusal::Faults(vec![Fault::of_file("bad.csv", "what is wrong", "what to do")])),
                "moved.csv" => Err(PlanRefusal::Moved { entry: Some(9) }),
                "empty.csv" => Err(PlanRefusal::Empty),
                "locked.csv" => Err(PlanRefusal::Unwritable("not allowed".to_owned())),
                "full.csv" => Err(PlanRefusal::NotKept("the disk is full".to_owned())),
                _ => Ok(Proposed { replaced, entry: Some(7), counts: Counts::default(), changes: Changes::default() }),
            }
        })
    }
}

async fn put(house: &House, query: &str, tag: Option<&str>, body: Vec<u8>) -> Answer {
    let request = house.client.put(format!("{}/api/v1/plan{query}", house.base)).body(body);
    house.send(tag.map_or(request.try_clone().unwrap(), |tag| request.header("if-match", tag))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_is_handed_over_as_it_was_sent() {
    let house = House::open().await;
    let whole: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let answer = put(&house, "?file=%E8%AE%A1%E5%88%92.xlsx&by=Li&preview=true", Some("\"41\""), whole.clone()).await;
    assert_eq!((answer.status, answer.header("etag")), (200, "\"7\""), "{}", answer.text);
    assert_eq!(answer.json()["replaced"], false);
    assert_eq!(put(&house, "", None, b"code\n".to_vec()).await.json()["replaced"], true);
    let asked: Vec<Proposal> = house.clerk.asked.lock().unwrap().clone();
    let first = &asked[0];
    assert_eq!((first.file.to_str(), first.held, first.apply), (Some("计划.xlsx"), Some(41), false));
    assert_eq!((first.by.as_ref().map(ToString::to_string).as_deref(), &first.bytes), (Some("Li"), &whole));
    assert_eq!((asked[1].held, asked[1].by.as_ref(), asked[1].apply), (None, None, true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_refusal_says_what_to_do() {
    let house = House::open().await;
    for (query, status, says) in [
        ("?file=bad.csv", 422, "1 fault"),
        ("?file=empty.csv", 422, "Is this the right file?"),
        ("?file=moved.csv", 409, "it is entry 9 now"),
        ("?file=locked.csv", 409, "let the user that runs portico write"),
        ("?file=full.csv", 503, "the disk is full"),
        ("?file=", 400, "name of a file"),
        ("?sheet=1", 400, "unknown field"),
        ("?preview=perhaps", 400, "preview"),
        ("?by=", 400, "by"),
    ] {
        let answer = put(&house, query, None, Vec::new()).await;
        assert_eq!(answer.status, status, "{query}");
        assert!(answer.problem().contains(says), "{query}: {}", answer.text);
    }
    let faults = put(&house, "?file=bad.csv", None, Vec::new()).await.json()["faults"].clone();
    assert_eq!(faults, json!([{"file": "bad.csv", "excerpt": "", "what": "what is wrong", "hint": "what to do"}]));
    for tag in ["41", "*", "W/\"41\"", "\"many\""] {
        assert_eq!(put(&house, "", Some(tag), Vec::new()).await.status, 400, "{tag}");
    }
    let before = house.clerk.asked.lock().unwrap().len();
    let large = put(&house, "", None, vec![b' '; BYTES_MAX + 1]).await;
    assert_eq!(large.status, 413);
    assert!(large.problem().contains("16 MiB"), "{}", large.text);
    assert_eq!(house.clerk.asked.lock().unwrap().len(), before, "nobody was asked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_plan_is_tagged_with_its_entry() {
    let house = House::open().await;
    assert_eq!(house.get("/api/v1/plan").await.header("etag"), "");
    let seq = house.keep("gateway", "plan", r#"{"kiosks":[["K1",null]]}"#).await;
    assert_eq!(house.get("/api/v1/plan").await.header("etag"), format!("\"{seq}\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_plan_tells_what_it_has_beside_visits() {
    let house = House::open().await;
    let none = house.get("/api/v1/plan").await.json();
    assert_eq!(none["zones"], json!({"type": "FeatureCollection", "features": []}));
    assert_eq!(none["trips"], json!([]));
    house.keep("gateway", "plan", r#"{"zones":[{"id":"old","ring":[]}]}"#).await;
    let ring = "[[121.47,31.24],[121.48,31.24],[121.48,31.25]]";
    house
        .keep("gateway", "plan", &format!(r#"{{"zones":[{{"id":"yard","ring":{ring}}}],"trips":[],"kiosks":[]}}"#))
        .await;
    let plan = house.get("/api/v1/plan").await.json();
    let zone = &plan["zones"]["features"][0];
    assert_eq!(zone["properties"]["id"], "yard", "the plan that holds");
    assert_eq!(zone["geometry"]["coordinates"][0][2], json!([121.48, 31.25]));
    assert_eq!((&plan["trips"], &plan["bookings"], &plan["visits"]), (&json!([]), &json!([]), &json!([])));
}
