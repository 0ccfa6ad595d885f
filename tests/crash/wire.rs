//! A vehicle's receiver on a serial port: it never waits, and nobody acknowledges it. What it says while nobody listens
//! is gone; what is kept is kept once.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use firmware_sim::nmea::sentence;
use firmware_sim::pty::Pty;
use portico::facts::Timestamp;

use crate::devices::WIRED;
use crate::now;
use crate::support::Dice;

/// A moment of the receiver lasts so long; faster than any real one, so that every kill meets one.
const MOMENT: Duration = Duration::from_millis(25);

pub struct Wire {
    port: Pty,
    dice: Dice,
}

impl Wire {
    pub fn lay(dir: &Path, seed: u64) -> Self {
        Self { port: Pty::open(&dir.join("gps")).unwrap(), dice: Dice::new(seed) }
    }

    pub fn section(&self) -> String {
        let path = self.port.link().display();
        format!("[[serial]]\npath = \"{path}\"\nvehicle = \"{WIRED}\"\nthin = false\n")
    }

    /// Tells where it is until `stop`, now and then in damaged words.
    pub fn work(&mut self, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            let mut line = self.moment(Timestamp::from_millis(now()));
            if self.dice.roll(20) == 0 {
                line = line.replace("GPRMC", "GPRMX");
            }
            self.port.write(line.as_bytes());
            std::thread::sleep(MOMENT);
        }
    }

    fn moment(&mut self, at: Timestamp) -> String {
        let text = at.to_string();
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let (date, time) = (&digits[..8], &digits[8..]);
        let ddmmyy = format!("{}{}{}", &date[6..8], &date[4..6], &date[2..4]);
        let minutes = 1_458_000 + self.dice.roll(5_000);
        let body = format!(
            "GPRMC,{}.{},A,31{}.{:05},N,12128.30510,E,020.0,087.0,{ddmmyy},,,A",
            &time[..6],
            &time[6..9],
            minutes / 100_000,
            minutes % 100_000
        );
        format!("{}\r\n", sentence(&body).trim())
    }
}
