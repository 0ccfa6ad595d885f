//! Scenes: scripts for Node that drive one shared browser, and what they ask of the test meanwhile.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// No scene takes so long; one that does hangs.
const LONGEST: Duration = Duration::from_mins(10);

/// A scene that is ready to be played. While it lives no other is: they measure, and share two cores.
pub struct Scene {
    script: PathBuf,
    browser: &'static str,
    pictures: PathBuf,
    _alone: MutexGuard<'static, ()>,
}

/// Where the dashboard's sources and Node's modules are.
fn ui() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/ui")
}

/// Where pictures go: beside what cargo builds.
fn screenshots() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("screenshots")
}

/// Whether a browser can be run here; says what to install where it cannot.
pub fn can_be_played() -> bool {
    browser().is_some()
}

/// Chromium's path; none where it is nowhere.
fn chromium() -> Option<PathBuf> {
    let wished = std::env::var_os("PORTICO_CHROMIUM").map(PathBuf::from);
    let folders = ["/usr/bin", "/usr/local/bin", "/snap/bin"].map(Path::new);
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let usual = folders.iter().flat_map(|folder| names.iter().map(|name| folder.join(name)));
    wished.into_iter().chain(usual).find(|path| path.exists())
}

/// The browser's address; none, with a word for what to install, where it cannot be run here.
fn browser() -> Option<&'static str> {
    /// The address, and what keeps the browser open: it ends when its pipe closes, at the latest with this process.
    static OPEN: OnceLock<Option<(String, Child)>> = OnceLock::new();
    let open = OPEN.get_or_init(|| {
        let Some(program) = chromium() else {
            println!("skipped: Chromium is not installed (Debian: apt-get install chromium fonts-noto-cjk)");
            return None;
        };
        if !ui().join("node_modules/playwright-core").exists() || !ui().join("node_modules/axe-core").exists() {
            println!("skipped: what drives the browser is not installed (npm ci in src/web/ui)");
            return None;
        }
        let built = match Command::new("npm").args(["run", "--silent", "browser"]).current_dir(ui()).output() {
            Ok(built) => built,
            Err(why) => {
                println!("skipped: npm cannot be started ({why}); install Node 20");
                return None;
            }
        };
        let said = String::from_utf8_lossy(&built.stdout) + String::from_utf8_lossy(&built.stderr);
        assert!(built.status.success(), "npm run browser failed:\n{said}");
        let mut child = Command::new("node")
            .arg(ui().join("dist-browser/launch.js"))
            .env("PORTICO_CHROMIUM", program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        assert!(address.starts_with("ws://"), "the browser did not start");
        Some((address.trim().to_owned(), child))
    });
    open.as_ref().map(|(address, _)| address.as_str())
}

impl Scene {
    /// Waits for its turn; none where no browser can be run here.
    pub fn set(name: &str) -> Option<Self> {
        static TURN: Mutex<()> = Mutex::new(());
        let alone = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let browser = browser()?;
        let script = ui().join(format!("dist-browser/{name}.js"));
        Some(Self { script, browser, pictures: screenshots(), _alone: alone })
    }

    /// Plays it against the gateway at `address`. What it orders is done by `act`; the answer goes back to it.
    pub fn play(self, address: &str, mut act: impl FnMut(&str, &Value) -> Value) {
        let begun = Instant::now();
        fs::create_dir_all(&self.pictures).unwrap();
        let mut node = Playing(
            Command::new("node")
                .arg(&self.script)
                .env("PORTICO_BROWSER", self.browser)
                .env("PORTICO_GATEWAY", address)
                .env("PORTICO_PICTURES", &self.pictures)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap(),
        );
        let (mut answers, orders, mut said) =
            (node.0.stdin.take().unwrap(), node.0.stdout.take().unwrap(), node.0.stderr.take().unwrap());
        let pid = node.0.id();
        let (ended, watched) = std::sync::mpsc::channel::<()>();
        let talk = std::thread::scope(|scope| {
            let words = scope.spawn(move || {
                let mut text = String::new();
                said.read_to_string(&mut text).map(|_| text)
            });
            scope.spawn(move || {
                if watched.recv_timeout(LONGEST) == Err(RecvTimeoutError::Timeout) {
                    kill(pid);
                }
            });
            let _if_an_order_fails = Hangman(pid);
            for line in BufReader::new(orders).lines() {
                let order: Value = serde_json::from_str(&line.unwrap()).unwrap();
                let answer = act(order["order"].as_str().unwrap(), &order);
                // A scene that has broken meanwhile says so itself.
                let _gone = writeln!(answers, "{}", if answer.is_null() { json!({}) } else { answer });
            }
            let talk = words.join().unwrap().unwrap();
            drop(ended);
            talk
        });
        let status = node.0.wait().unwrap();
        println!("{talk}{status} after {:.1} s", begun.elapsed().as_secs_f32());
        assert!(status.success(), "the scene says what is wrong, above");
    }
}

fn kill(pid: u32) {
    let _killed = Command::new("kill").args(["-9", &pid.to_string()]).status();
}

/// Ends a script whose test stops: it would wait for an answer for ever, and the test for it.
struct Hangman(u32);

impl Drop for Hangman {
    fn drop(&mut self) {
        if std::thread::panicking() {
            kill(self.0);
        }
    }
}

/// A script that does not outlive a test that stops.
struct Playing(Child);

impl Drop for Playing {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}
