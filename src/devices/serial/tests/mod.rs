mod ports;
mod words;

use super::*;
use crate::facts::{Fact, Kind, Timestamp};

pub(super) fn word(report: &Report) -> String {
    match &report.fact {
        Fact::Device(device) => {
            let reason = device.reason.as_deref().unwrap_or("-");
            let reason = reason.split(" after ").next().unwrap();
            format!("{} {:?}: {reason}", report.device, device.state)
        }
        other => format!("{} {}", report.device, other.kind().word()),
    }
}

pub(super) fn summed(body: &str) -> String {
    format!("${body}*{:02X}\r\n", body.bytes().fold(0, |sum, byte| sum ^ byte))
}

pub(super) fn rmc(second: u32) -> String {
    let (h, m, s) = (second / 3600 % 24, second / 60 % 60, second % 60);
    summed(&format!("GPRMC,{h:02}{m:02}{s:02},A,3114.5820,N,12128.3051,E,12.4,87.0,231126,,,A"))
}

pub(super) fn settings(path: &Path) -> SerialSettings {
    SerialSettings { vehicle: Some("car-1".parse().unwrap()), thin: false, ..SerialSettings::new(path) }
}
