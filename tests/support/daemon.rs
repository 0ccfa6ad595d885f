//! `portico run` as a child process in a folder of its own.

use std::ffi::OsString;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// A running daemon. Killed when dropped.
pub struct Daemon {
    child: Option<Child>,
    dir: PathBuf,
    /// A command that runs it, as `ip netns exec x`.
    pub within: Vec<String>,
    pub http: SocketAddr,
    pub mqtt: SocketAddr,
    /// What it finds in its environment beside what the test does.
    pub env: Vec<(&'static str, OsString)>,
}

/// An address on loopback that was free a moment ago, and that nobody else is given.
///
/// Each test process has a loopback address of its own. On a shared one, another process could take the port while the
/// daemon is down; and a client that knocks meanwhile could be given the very port it knocks at, and meet itself.
pub fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(20_000);
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    let ip = [127, high.wrapping_add(1), middle, low];
    loop {
        let address = SocketAddr::from((ip, NEXT.fetch_add(1, Ordering::Relaxed)));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

/// The zone in which it is between twelve and one. POSIX names count against the sun: `Etc/GMT-8` is eight hours ahead.
fn noon_zone() -> String {
    let hour = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).hour();
    match 12 - i32::from(hour) {
        0 => "Etc/GMT".to_owned(),
        ahead @ 1.. => format!("Etc/GMT-{ahead}"),
        behind => format!("Etc/GMT+{}", -behind),
    }
}

impl Daemon {
    /// Writes a configuration into `dir` (with `extra` at its end) without starting anything.
    pub fn prepare(dir: &Path, extra: &str) -> Self {
        let (http, mqtt) = (free_address(), free_address());
        let daemon = Self { child: None, dir: dir.to_owned(), within: Vec::new(), http, mqtt, env: Vec::new() };
        fs::create_dir_all(dir).unwrap();
        daemon.configure(extra);
        daemon
    }

    /// Writes the configuration anew, with another end; it holds at the next start.
    pub fn configure(&self, extra: &str) {
        let Self { http, mqtt, .. } = self;
        let config = format!(
            "[site]\nid = \"test\"\nname = \"Test\"\ntime_zone = \"Asia/Shanghai\"\nlanguage = \"en\"\n\
             [data]\ndir = \"data\"\n[web]\nbind = \"{http}\"\n[mqtt.listener]\nbind = \"{mqtt}\"\n{extra}\n"
        );
        fs::write(self.dir.join("portico.toml"), config).unwrap();
    }

    /// Puts the venue where it is about noon, so that no test meets midnight.
    pub fn in_noon_zone(&self) {
        let file = self.dir.join("portico.toml");
        let config = fs::read_to_string(&file).unwrap();
        assert!(config.contains("Asia/Shanghai"));
        fs::write(&file, config.replace("Asia/Shanghai", &noon_zone())).unwrap();
    }

    /// The same gateway with another folder, of which nothing is known. What runs is killed.
    pub fn moved_to(mut self, dir: &Path) -> Self {
        if self.child.is_some() {
            self.kill();
        }
        Self { child: None, dir: dir.to_owned(), within: self.within.clone(), env: self.env.clone(), ..self }
    }

    /// Changes one piece of the configuration.
    pub fn amend(&self, piece: &str, other: &str) {
        let path = self.dir.join("portico.toml");
        let config = fs::read_to_string(&path).unwrap();
        assert!(config.contains(piece), "{config}");
        fs::write(path, config.replacen(piece, other, 1)).unwrap();
    }

    /// Prepares and starts.
    pub fn start(dir: &Path, extra: &str) -> Self {
        let mut daemon = Self::prepare(dir, extra);
        daemon.run();
        daemon
    }

    /// Starts (again) and waits until it is ready.
    pub fn run(&mut self) {
        self.spawn();
        self.wait_ready();
    }

    /// Starts without waiting.
    pub fn spawn(&mut self) {
        let kept = |name| fs::OpenOptions::new().create(true).append(true).open(self.dir.join(name)).unwrap();
        let (log, out) = (kept("log.txt"), kept("out.txt"));
        let program = env!("CARGO_BIN_EXE_portico").to_owned();
        let words: Vec<&String> = self.within.iter().chain([&program]).collect();
        let child = Command::new(words[0])
            .args(&words[1..])
            .args(["run", "--config"])
            .arg(self.dir.join("portico.toml"))
            .env("RUST_LOG", std::env::var("RUST_LOG").unwrap_or_else(|_| "info".to_owned()))
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
    }

    /// Waits until both ports answer.
    pub fn wait_ready(&mut self) {
        let begun = Instant::now();
        loop {
            let open = |address| std::net::TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok();
            if open(self.mqtt) && open(self.http) {
                return;
            }
            let ended = self.child.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none(), "portico ended by itself: {ended:?}\n{}", self.log());
            assert!(begun.elapsed() < Duration::from_secs(30), "portico is not ready after 30 s\n{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Kills it as a power button would a process: no warning, no cleaning up.
    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Asks it to stop, without waiting.
    pub fn terminate(&self) {
        let term = Command::new("kill").arg(self.pid().to_string()).status().unwrap();
        assert!(term.success());
    }

    /// Whether it has not ended by itself.
    pub fn is_running(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| child.try_wait().unwrap().is_none())
    }

    /// Asks it to stop, and waits.
    pub fn stop(&mut self) -> ExitStatus {
        self.terminate();
        let mut child = self.child.take().unwrap();
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(15) {
            if let Some(status) = child.try_wait().unwrap() {
                return status;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        panic!("portico did not stop within 15 s\n{}", self.log());
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// The end of what it logged.
    pub fn log(&self) -> String {
        let text = fs::read_to_string(self.dir.join("log.txt")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    /// What it printed as its result, of all its runs.
    pub fn out(&self) -> String {
        fs::read_to_string(self.dir.join("out.txt")).unwrap_or_default()
    }

    /// Runs another `portico` command on its configuration or data; gives exit code, standard output and error.
    pub fn command(args: &[&str]) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_portico")).args(args).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
    }

    /// A GET answered with JSON.
    pub fn get(&self, path: &str) -> serde_json::Value {
        let (status, body) = self.request("GET", path, None);
        assert!(status < 300, "GET {path}: {status} {body}");
        serde_json::from_str(&body).unwrap_or_else(|fault| panic!("GET {path}: {fault}: {body}"))
    }

    /// The journal's entries of a kind, oldest first, however many.
    pub fn journal(&self, kind: &str) -> Vec<serde_json::Value> {
        let (mut all, mut after) = (Vec::new(), 0);
        loop {
            let page = self.get(&format!("/api/v1/journal?limit=1000&kind={kind}&after={after}"));
            let entries = page["entries"].as_array().unwrap();
            if entries.is_empty() {
                return all;
            }
            all.extend(entries.iter().cloned());
            after = page["next"].as_u64().unwrap();
        }
    }

    /// A POST of JSON; gives status and answer.
    pub fn post(&self, path: &str, body: &str) -> (u16, serde_json::Value) {
        let (status, body) = self.request("POST", path, Some(body));
        (status, serde_json::from_str(&body).unwrap_or(serde_json::Value::Null))
    }

    /// One request, one connection.
    pub fn request(&self, method: &str, path: &str, body: Option<&str>) -> (u16, String) {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(self.http).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let body = body.unwrap_or("");
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.http,
            body.len()
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let text = String::from_utf8_lossy(&answer).into_owned();
        let (head, rest) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
        (status, if chunked { unchunk(rest) } else { rest.to_owned() })
    }
}

fn unchunk(mut text: &str) -> String {
    let mut out = String::new();
    while let Some((size, rest)) = text.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        if size == 0 || size > rest.len() {
            break;
        }
        out.push_str(&rest[..size]);
        text = rest[size..].trim_start_matches("\r\n");
    }
    out
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ended = child.kill();
            let _reaped = child.wait();
        }
    }
}
