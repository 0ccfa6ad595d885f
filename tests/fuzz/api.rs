//! A running gateway, and any bytes as the body or the query of a request to it: it answers, with a reason where it
//! refuses, and goes on.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A target speaks by panicking.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use portico::app::{App, Start};
use portico::config;
use portico::facts::Timestamp;
use tokio::runtime::Runtime;

/// Where a body goes. The number of an alert that is not there is as good as any.
const POSTS: [&str; 6] = [
    "/api/v1/scans",
    "/api/v1/alerts/A-1/acknowledge",
    "/api/v1/alerts/A-1/note",
    "/api/v1/alerts/A-1/resolve",
    "/api/v1/alerts/A-1/shelve",
    "/api/v1/alerts/A-1/unshelve",
];
/// Where a query goes.
const GETS: [&str; 2] = ["/api/v1/journal", "/api/v1/alerts"];
/// Whatever else the machine does meanwhile.
const PATIENCE: Duration = Duration::from_secs(30);

struct Gateway {
    app: App,
    connection: Option<TcpStream>,
    _runtime: Runtime,
    _dir: tempfile::TempDir,
}

fn gateway() -> &'static Mutex<Gateway> {
    static GATEWAY: OnceLock<Mutex<Gateway>> = OnceLock::new();
    GATEWAY.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("portico.toml");
        let text = "[site]\nid = \"fuzz\"\nname = \"Fuzz\"\ntime_zone = \"UTC\"\nlanguage = \"en\"\n[data]\ndir = \"data\"\n\
             [web]\nbind = \"127.0.0.1:0\"\n[mqtt.listener]\nbind = \"127.0.0.1:0\"\n";
        std::fs::write(&file, text).unwrap();
        let now = Timestamp::from_millis(jiff::Timestamp::now().as_millisecond());
        let loaded = config::load(&file, now).unwrap_or_else(|faults| panic!("{faults:?}"));
        let runtime = Runtime::new().unwrap();
        let app = runtime.block_on(App::start(Start { loaded, path: None, clock: None })).unwrap();
        Mutex::new(Gateway { app, connection: None, _runtime: runtime, _dir: dir })
    })
}

/// The first byte says what is asked, the rest is the body, or the query as it would be written.
pub fn request(data: &[u8]) {
    let Some((what, rest)) = data.split_first() else { return };
    let what = usize::from(*what) % (POSTS.len() + GETS.len());
    let head = |method: &str, target: &str, length: usize| {
        format!(
            "{method} {target} HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        )
    };
    let request = match POSTS.get(what) {
        Some(path) => [head("POST", path, rest.len()).into_bytes(), rest.to_vec()].concat(),
        None => head("GET", &format!("{}?{}", GETS[what - POSTS.len()], query(rest)), 0).into_bytes(),
    };
    let mut gateway = gateway().lock().unwrap_or_else(PoisonError::into_inner);
    let (status, kind, body) = gateway.ask(&request);
    let shown = String::from_utf8_lossy(&body);
    assert!((200..500).contains(&status), "{status}: {shown}");
    if status >= 400 {
        assert_eq!(kind, "application/problem+json", "{status}: {shown}");
    }
    let _json: serde_json::Value = serde_json::from_slice(&body).unwrap_or_else(|fault| panic!("{fault}: {shown}"));
}

/// Bytes that a request line cannot hold are written as a client would write them.
fn query(bytes: &[u8]) -> String {
    let one = |byte: &u8| match byte {
        b'0'..=b'9'
        | b'A'..=b'Z'
        | b'a'..=b'z'
        | b'-'
        | b'.'
        | b'_'
        | b'~'
        | b'='
        | b'&'
        | b'%'
        | b'+'
        | b':'
        | b',' => char::from(*byte).to_string(),
        other => format!("%{other:02X}"),
    };
    bytes.iter().take(4_000).map(one).collect()
}

impl Gateway {
    /// Status, content type and body of the answer.
    fn ask(&mut self, request: &[u8]) -> (u16, String, Vec<u8>) {
        let mut connection = self.connection.take().unwrap_or_else(|| {
            let connection = TcpStream::connect(self.app.http).unwrap();
            connection.set_read_timeout(Some(PATIENCE)).unwrap();
            connection.set_nodelay(true).unwrap();
            connection
        });
        connection.write_all(request).unwrap();
        let (mut answer, mut chunk) = (Vec::new(), [0; 4096]);
        let mut more = |answer: &mut Vec<u8>| {
            // The fuzzer's own alarm cuts a wait off that has a bound of its own.
            let count = loop {
                match connection.read(&mut chunk) {
                    Err(fault) if fault.kind() == ErrorKind::Interrupted => {}
                    read => break read.expect("an answer"),
                }
            };
            assert!(count > 0, "the connection ended: {}", String::from_utf8_lossy(answer));
            answer.extend_from_slice(&chunk[..count]);
        };
        let end = loop {
            if let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end;
            }
            more(&mut answer);
        };
        let head = String::from_utf8(answer[..end].to_vec()).unwrap().to_ascii_lowercase();
        let field =
            |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(|text| text.trim().to_owned());
        let length: usize = field("content-length:").unwrap_or_else(|| panic!("no length: {head}")).parse().unwrap();
        while answer.len() < end + 4 + length {
            more(&mut answer);
        }
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        if field("connection:").is_none_or(|word| word != "close") {
            self.connection = Some(connection);
        }
        (status, field("content-type:").unwrap_or_default(), answer[end + 4..].to_vec())
    }
}
