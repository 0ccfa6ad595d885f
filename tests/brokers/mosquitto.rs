//! Mosquitto as a child process, and its two clients as commands.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::PATIENCE;
use crate::support::daemon::free_address;
use crate::support::mqtt::Client;

/// A running broker that keeps its sessions on disk. Killed when dropped.
pub struct Mosquitto {
    program: PathBuf,
    process: Option<Child>,
    pub address: SocketAddr,
    dir: tempfile::TempDir,
}

/// Where a program is; says a word when it is nowhere, so that a skipped test is seen.
pub fn find(name: &str) -> Option<PathBuf> {
    let folders = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];
    let found = folders.iter().map(|folder| Path::new(folder).join(name)).find(|path| path.exists());
    if found.is_none() {
        println!("skipped: {name} is not installed");
    }
    found
}

impl Mosquitto {
    /// Starts one with `extra` lines in its configuration; none where it is not installed.
    pub fn start(extra: &str) -> Option<Self> {
        let program = find("mosquitto")?;
        let dir = tempfile::tempdir().unwrap();
        let address = free_address();
        // As root it would become another user who cannot read this folder; for others the line does nothing.
        let config = format!(
            "listener {} {}\nallow_anonymous true\nuser root\npersistence true\npersistence_location {}/\n\
             max_queued_messages 0\n{extra}\n",
            address.port(),
            address.ip(),
            dir.path().display()
        );
        fs::write(dir.path().join("mosquitto.conf"), config).unwrap();
        let mut broker = Self { program, process: None, address, dir };
        broker.run();
        Some(broker)
    }

    /// Starts (again) and waits until it listens.
    pub fn run(&mut self) {
        let config = self.dir.path().join("mosquitto.conf");
        let log = fs::OpenOptions::new().create(true).append(true).open(self.dir.path().join("log.txt")).unwrap();
        let process =
            Command::new(&self.program).arg("-c").arg(config).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        self.process = Some(process);
        let begun = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            assert!(begun.elapsed() < PATIENCE, "mosquitto does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends it as `systemctl stop` does: it lays down its sessions first.
    pub fn stop(&mut self) {
        let mut process = self.process.take().unwrap();
        assert!(Command::new("kill").arg(process.id().to_string()).status().unwrap().success());
        assert!(process.wait().unwrap().success());
    }

    /// Ends it at once and takes away what it had kept.
    pub fn forget(&mut self) {
        let mut process = self.process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
        let _absent = fs::remove_file(self.dir.path().join("mosquitto.db"));
    }

    /// A device at this broker.
    pub fn client(&self, client_id: &str) -> Client {
        Client::plain(self.address, client_id).unwrap()
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ended = process.kill();
            let _reaped = process.wait();
        }
    }
}

/// `mosquitto_pub` or `mosquitto_sub` at one address.
pub struct Tool {
    program: PathBuf,
    address: SocketAddr,
}

impl Tool {
    /// The tool of this name; none where it is not installed.
    pub fn find(name: &str, address: SocketAddr) -> Option<Self> {
        Some(Self { program: find(name)?, address })
    }

    /// The command with these words, separated by blanks, not yet started.
    pub fn command(&self, words: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["-h", &self.address.ip().to_string(), "-p", &self.address.port().to_string()]);
        command.args(words.split(' ')).stdin(Stdio::null());
        command
    }

    /// Runs it with these words, and `payload` as its `-m` where there is one; gives the lines that it printed.
    pub fn run(&self, words: &str, payload: Option<&str>) -> Vec<String> {
        let mut command = self.command(words);
        if let Some(payload) = payload {
            command.args(["-m", payload]);
        }
        let output = command.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words}: {} {errors}", output.status);
        String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
    }
}
