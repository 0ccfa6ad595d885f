//! A gateway with a small plan, and what a scene can have done to it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::Daemon;
use crate::support::mqtt::Client;
use crate::support::proxy::Proxy;

/// A moment so many minutes from now, as a plan has it.
pub fn moment(minutes: i64) -> String {
    format!("{:.0}", jiff::Timestamp::now() + jiff::SignedDuration::from_mins(minutes))
}

/// Milliseconds since 1970, as a page counts them.
fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// Twenty guests who are expected soon, `G-1` to `G-20`, and a VIP who is late.
fn plan() -> String {
    let mut plan = "code,name,tier,organisation,expected_at,place,host\n".to_owned();
    for n in 1..=20 {
        let _written = writeln!(plan, "G-{n},Anna Berg {n},guest,North Light,{},hall,Li Na", moment(20 + n));
    }
    let _written = writeln!(plan, "V-1,Maria Rossi,vip,Rossi & Figli,{},vip-1,Li Na", moment(-25));
    plan
}

/// A running gateway at which it is about noon.
pub struct House {
    _dir: tempfile::TempDir,
    daemon: Daemon,
    scans: u32,
    line: Option<Proxy>,
}

impl House {
    /// Starts it.
    pub fn open() -> Self {
        Self::with(|dir| fs::write(dir.join("plan.csv"), plan()).unwrap(), "")
    }

    /// Starts it with the plan that `plan` writes, and more in its configuration.
    pub fn with(plan: impl FnOnce(&Path), extra: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut daemon = Daemon::prepare(dir.path(), extra);
        daemon.in_noon_zone();
        plan(dir.path());
        daemon.run();
        Self { _dir: dir, daemon, scans: 0, line: None }
    }

    /// Where its dashboard is.
    pub fn address(&self) -> String {
        format!("http://{}", self.daemon.http)
    }

    /// Where its broker is.
    pub fn broker(&self) -> std::net::SocketAddr {
        self.daemon.mqtt
    }

    /// The whole present.
    pub fn overview(&self) -> Value {
        self.daemon.get("/api/v1/overview")
    }

    /// Does what a scene orders.
    pub fn act(&mut self, order: &str, details: &Value) -> Value {
        match order {
            "scan" => self.scan(details["code"].as_str().unwrap()),
            "kill" => self.daemon.kill(),
            "run" => self.daemon.run(),
            "line" => {
                let line = Proxy::before(self.daemon.http);
                let address = format!("http://{}", line.address);
                self.line = Some(line);
                return json!({"line": address});
            }
            "cut" => self.line.as_ref().unwrap().go_away(),
            "mend" => self.line.as_ref().unwrap().come_back(),
            _ => panic!("nobody here knows how to {order}"),
        }
        json!({"acknowledged_at": now_ms()})
    }

    /// A kiosk scans a code; done when the broker has acknowledged it.
    fn scan(&mut self, code: &str) {
        self.scans += 1;
        let scan = json!({"scan_id": format!("K1-{}", self.scans), "code": code, "direction": "entry"});
        let mut kiosk = Client::plain(self.daemon.mqtt, "K1").unwrap();
        kiosk.publish_and_wait("reception/v1/kiosk/K1/scan", scan.to_string().as_bytes()).unwrap();
    }
}
