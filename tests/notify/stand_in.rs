//! A receiver on loopback: keeps what it is sent, by the last word of the path, and answers as it is told.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::support::patience::until;

/// A message as it arrived.
#[derive(Debug, Clone)]
pub struct Letter {
    pub name: String,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Letter {
    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    /// A value of the query, as it was before it was made safe for an address.
    pub fn query(&self, key: &str) -> String {
        let url = reqwest::Url::parse(&format!("http://host{}", self.uri)).unwrap();
        url.query_pairs().find(|(name, _)| name == key).map(|(_, value)| value.into_owned()).unwrap()
    }
}

#[derive(Default)]
struct Shared {
    letters: Mutex<Vec<Letter>>,
    answers: Mutex<BTreeMap<String, String>>,
    held: Mutex<bool>,
    read: Mutex<BTreeMap<String, usize>>,
}

pub struct StandIn {
    address: SocketAddr,
    shared: Arc<Shared>,
    _runtime: Runtime,
}

impl StandIn {
    pub fn start() -> Self {
        Self::at(crate::support::daemon::free_address())
    }

    pub fn at(address: SocketAddr) -> Self {
        let shared = Arc::new(Shared::default());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let router = Router::new().route("/{name}", axum::routing::post(take)).with_state(Arc::clone(&shared));
        let listener = runtime.block_on(tokio::net::TcpListener::bind(address)).unwrap();
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { address, shared, _runtime: runtime }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self, name: &str) -> String {
        format!("http://{}/{name}?token=t", self.address)
    }

    /// From now on.
    pub fn answer(&self, name: &str, body: &str) {
        self.shared.answers.lock().unwrap().insert(name.to_owned(), body.to_owned());
    }

    /// While it is held nothing is answered; what came is kept all the same.
    pub fn hold(&self, held: bool) {
        *self.shared.held.lock().unwrap() = held;
    }

    pub fn letters(&self, name: &str) -> Vec<Letter> {
        self.shared.letters.lock().unwrap().iter().filter(|letter| letter.name == name).cloned().collect()
    }

    pub fn count(&self, name: &str) -> usize {
        self.letters(name).len()
    }

    /// The next message of each.
    pub fn next_of(&self, names: &[&'static str]) -> BTreeMap<&'static str, Letter> {
        let one = |name: &&'static str| {
            let at = self.shared.read.lock().unwrap().get(*name).copied().unwrap_or(0);
            let letter = until(&format!("a message to {name}"), || self.letters(name).get(at).cloned());
            self.shared.read.lock().unwrap().insert((*name).to_owned(), at + 1);
            (*name, letter)
        };
        names.iter().map(one).collect()
    }
}

async fn take(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> String {
    let body = serde_json::from_slice(&body).unwrap();
    shared.letters.lock().unwrap().push(Letter { name: name.clone(), uri, headers, body });
    while *shared.held.lock().unwrap() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let told = shared.answers.lock().unwrap().get(&name).cloned();
    // What WeCom and DingTalk say, and Feishu in one: each reads its own word of it.
    told.unwrap_or_else(|| r#"{"errcode":0,"errmsg":"ok","code":0,"msg":"success"}"#.to_owned())
}
