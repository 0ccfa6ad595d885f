//! `portico demo`: the day that everybody meets first, at a seed of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Four hours a minute: late morning in less than one.
const SPEED: &str = "240";
/// The same guests, drives and mishaps in each run.
const SEED: &str = "7";

/// A running demo. Killed when dropped.
pub struct Demo {
    child: Child,
    begun: Instant,
    /// Where its dashboard is, without a slash at the end.
    pub address: String,
}

impl Demo {
    /// Starts it and waits for its first line.
    pub fn start() -> Self {
        let begun = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_portico"))
            .args(["demo", "--seed", SEED, "--speed", SPEED, "--port", "0"])
            .env("RUST_LOG", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().trim_end_matches('/').to_owned();
        assert!(address.starts_with("http://"), "the demo's first line is {line:?}");
        Self { child, begun, address }
    }

    /// Waits until so much of the day has passed on the wall.
    pub fn reaches(&self, age: Duration) {
        std::thread::sleep(age.saturating_sub(self.begun.elapsed()));
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // In order, so that it takes its folder with it.
        let _told = Command::new("kill").arg(self.child.id().to_string()).status();
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(5) {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _killed = self.child.kill();
        let _reaped = self.child.wait();
    }
}
