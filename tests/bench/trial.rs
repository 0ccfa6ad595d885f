//! The least that can acknowledge what is on disk, to hold the gateway against: the same broker, a hook that is awaited, a
//! channel, one thread that writes a row a message and commits whatever waits together. It looks into nothing, decides
//! nothing, proves nothing and passes nothing on.
//!
//! In a process of its own, as the gateway is: [`serve`] runs in it, [`Trial`] starts it.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rmqtt::context::ServerContext;
use rmqtt::hook::{Handler, HookResult, Parameter, ReturnType, Type};
use rmqtt::net::Builder;
use rmqtt::server::MqttServer;
use rmqtt::types::PublishAclResult;
use rusqlite::{Connection, params};
use tokio::sync::{mpsc, oneshot};

/// The argument that makes this program the trial.
pub const ARGUMENT: &str = "--trial";
/// Messages that may wait, and that are committed together.
const WAITING_MAX: usize = 1_024;
const TOGETHER_MAX: usize = 256;

/// A running trial.
pub struct Trial {
    pub address: SocketAddr,
    process: Child,
}

impl Trial {
    pub fn start(dir: &Path) -> Self {
        std::fs::create_dir_all(dir).unwrap();
        let mut process = Command::new(std::env::current_exe().unwrap())
            .arg(ARGUMENT)
            .arg(dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { address: line.trim().parse().unwrap(), process }
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        let _ended = self.process.kill();
        let _reaped = self.process.wait();
    }
}

struct Waiting {
    topic: String,
    payload: Vec<u8>,
    kept: oneshot::Sender<()>,
}

struct Gate(mpsc::Sender<Waiting>);

#[async_trait::async_trait]
impl Handler for Gate {
    async fn hook(&self, parameter: &Parameter, so_far: Option<HookResult>) -> ReturnType {
        let Parameter::MessagePublishCheckAcl(_, publish) = parameter else { return (true, so_far) };
        let (kept, told) = oneshot::channel();
        let waiting = Waiting { topic: publish.topic.to_string(), payload: publish.payload.to_vec(), kept };
        self.0.send(waiting).await.unwrap();
        told.await.unwrap();
        (false, Some(HookResult::PublishAclResult(PublishAclResult::allow())))
    }
}

/// Prints the address and serves until nobody reads from it any more.
pub fn serve(dir: &Path) {
    let (to, from) = mpsc::channel(WAITING_MAX);
    let path = dir.join("trial.db");
    std::thread::spawn(move || write(&path, from));
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let context = ServerContext::new().busy_check_enable(false).build().await;
        let register = context.extends.hook_mgr().register();
        register.add(Type::MessagePublishCheckAcl, Box::new(Gate(to))).await;
        register.start().await;
        let listener =
            Builder::new().name("trial").laddr("127.0.0.1:0".parse().unwrap()).allow_anonymous(true).nodelay(true);
        let listener = listener.bind().unwrap();
        let address = listener.local_addr().unwrap();
        let server = MqttServer::new(context).listener_by_id(listener.tcp().unwrap(), 1).build();
        println!("{address}");
        tokio::select! {
            ended = server.run() => ended.unwrap(),
            _ = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new())) => {}
        }
    });
}

fn write(path: &Path, mut from: mpsc::Receiver<Waiting>) {
    let conn = Connection::open(path).unwrap();
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE row (seq INTEGER PRIMARY KEY, topic TEXT NOT NULL, payload BLOB NOT NULL)",
    )
    .unwrap();
    let mut insert = conn.prepare("INSERT INTO row (topic, payload) VALUES (?1, ?2)").unwrap();
    while let Some(first) = from.blocking_recv() {
        let mut together = vec![first];
        while together.len() < TOGETHER_MAX
            && let Ok(next) = from.try_recv()
        {
            together.push(next);
        }
        conn.execute_batch("BEGIN IMMEDIATE").unwrap();
        for one in &together {
            insert.execute(params![one.topic, one.payload]).unwrap();
        }
        conn.execute_batch("COMMIT").unwrap();
        for one in together {
            let _gone = one.kept.send(());
        }
    }
}
