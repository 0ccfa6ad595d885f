//! The gateway in a process of its own, so that its memory can be told from the test's: the very program, on a clock that
//! runs faster.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use portico::app::{App, Start};
use portico::clock::Clock;
use portico::config;
use portico::facts::Timestamp;

use super::support::daemon::free_address;

const DIR: &str = "PORTICO_LONG_DIR";
const SPEED: &str = "PORTICO_LONG_SPEED";
/// Bytes: an hour's would be less than the configuration takes.
const BUDGET: &str = "PORTICO_LONG_BUDGET";
const PATIENCE: Duration = Duration::from_mins(1);

/// The gateway's process. Killed when dropped.
pub struct Gateway {
    child: Child,
    dir: PathBuf,
    pub http: SocketAddr,
    pub mqtt: SocketAddr,
}

impl Gateway {
    /// `caller` is the name of the test that calls: it is run again as the gateway, see [`is_the_gateway`].
    pub fn start(caller: &str, dir: &Path, speed: u64, budget: u64) -> Self {
        let (http, mqtt) = (free_address(), free_address());
        let text = format!(
            "[site]\nid = \"long\"\nname = \"Long\"\ntime_zone = \"Asia/Shanghai\"\nlanguage = \"en\"\n\
             [data]\ndir = \"data\"\n[web]\nbind = \"{http}\"\n[mqtt.listener]\nbind = \"{mqtt}\"\n"
        );
        fs::write(dir.join("portico.toml"), text).unwrap();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", caller, "--nocapture"])
            .env(DIR, dir)
            .env(SPEED, speed.to_string())
            .env(BUDGET, budget.to_string())
            .stdin(Stdio::null())
            .stdout(fs::File::create(dir.join("log.txt")).unwrap())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let gateway = Self { child, dir: dir.to_owned(), http, mqtt };
        let begun = Instant::now();
        let is_closed = |address| TcpStream::connect(address).is_err();
        while is_closed(mqtt) || is_closed(http) {
            assert!(begun.elapsed() < PATIENCE, "the gateway does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        gateway
    }

    /// Bytes of memory that are its own: not what it has mapped of its program and its files.
    pub fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() << 10
    }

    /// Has the overview told, whole.
    pub fn overview(&self) {
        let mut stream = TcpStream::connect(self.http).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let host = self.http;
        write!(stream, "GET /api/v1/overview HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    }

    /// The size of one of its files.
    pub fn size(&self, name: &str) -> u64 {
        fs::metadata(self.dir.join("data").join(name)).map_or(0, |found| found.len())
    }

    pub fn stop(&mut self) {
        fs::write(self.dir.join("stop"), "").unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Where this process was started as the gateway's own, runs it until a file says that it is over; else false at once.
pub fn is_the_gateway() -> bool {
    let Ok(dir) = std::env::var(DIR).map(PathBuf::from) else { return false };
    let _already = rustls::crypto::ring::default_provider().install_default();
    let speed: f64 = std::env::var(SPEED).unwrap().parse().unwrap();
    let opens: Timestamp = "2026-11-22T22:00:00Z".parse().unwrap();
    let clock = Clock::scaled(opens, Instant::now(), speed);
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let path = dir.join("portico.toml");
        let mut loaded = config::load(&path, opens).unwrap();
        loaded.config.data.budget = std::env::var(BUDGET).unwrap().parse().unwrap();
        let app = App::start(Start { loaded, path: Some(path), clock: Some(clock) }).await.unwrap();
        while !dir.join("stop").exists() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        app.stop().await;
    });
    true
}
