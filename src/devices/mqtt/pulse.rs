//! For which kiosk a connection of the built-in broker speaks, and when it is time to say that the kiosk lives.
//!
//! Promises that an idle kiosk whose connection still pings is told of often enough not to count as silent, and no more
//! often than that, so that pings do not fill the journal. Believes no connection that speaks for several kiosks: a
//! bridge lives longer than what is behind it. Says nothing of sensors and vehicles, whose silence is that of their
//! values. Reads the clock it is given only where that matters.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::topics::{KIOSKS, Native};
use crate::facts::{Name, Span, Subject, Timestamp};

/// A sign of life is told when nothing was told of the kiosk for so many fifths of what it may be silent: a kiosk that
/// says `online` twice in that time needs no other sign, and one whose client pings twice in it is never late.
const FIFTHS: i64 = 2;

/// How the topic ends on which a kiosk says that it is there.
const STATUS: &str = "status";

/// The connections, by where they come from.
#[derive(Debug, Default)]
pub(super) struct Pulses {
    open: Mutex<HashMap<SocketAddr, Pulse>>,
}

/// One connection that speaks for kiosks.
#[derive(Debug)]
struct Pulse {
    /// None: for more than one.
    kiosk: Option<Name>,
    told_at: Timestamp,
}

impl Pulses {
    fn open(&self) -> MutexGuard<'_, HashMap<SocketAddr, Pulse>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection from `from` said something on `topic` (or leaves its will there) `now`, and it is kept.
    pub(super) fn spoke(&self, from: SocketAddr, topic: &str, now: impl FnOnce() -> Timestamp) {
        // Most of what comes is of no kiosk, and of most kiosks this is known: neither costs more than a look.
        let Some((level, what)) = topic.strip_prefix(KIOSKS).and_then(|rest| rest.split_once('/')) else { return };
        let now = now();
        let mut open = self.open();
        match open.get_mut(&from) {
            Some(Pulse { kiosk: None, .. }) => {}
            // A scan may be one that is kept already, of which no entry tells.
            Some(Pulse { kiosk: Some(kiosk), told_at }) if kiosk.as_str() == level => {
                if what == STATUS {
                    *told_at = now;
                }
            }
            known => {
                let Ok(Some(Subject::Kiosk(kiosk))) = Native::parse(topic).map(|native| native.device()) else {
                    return;
                };
                match known {
                    Some(pulse) => pulse.kiosk = None,
                    None => {
                        open.insert(from, Pulse { kiosk: Some(kiosk), told_at: now });
                    }
                }
            }
        }
    }

    /// Something came from there, if only a ping: the kiosk that it is time to tell of, and it is taken for told. How long
    /// it may be silent, and the time, are `asked` for a kiosk alone.
    pub(super) fn beat(&self, from: SocketAddr, asked: impl FnOnce() -> (Span, Timestamp)) -> Option<Name> {
        let mut open = self.open();
        let pulse = open.get_mut(&from)?;
        let kiosk = pulse.kiosk.clone()?;
        let (may_be_silent, now) = asked();
        if now.since(pulse.told_at).times(5) < may_be_silent.times(FIFTHS) {
            return None;
        }
        pulse.told_at = now;
        Some(kiosk)
    }

    /// The kiosk that alone is spoken for from there.
    pub(super) fn speaks_for(&self, from: SocketAddr) -> Option<Name> {
        self.open().get(&from)?.kiosk.clone()
    }

    /// The connection ended.
    pub(super) fn gone(&self, from: SocketAddr) {
        self.open().remove(&from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `spoke`, `beat` and `gone` at seconds; gives at which beats the kiosk was told of.
    fn check(script: &str, want: &str) {
        let (pulses, from) = (Pulses::default(), "192.0.2.1:40000".parse().unwrap());
        let mut told = Vec::new();
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let words: Vec<&str> = line.split(' ').collect();
            let second: i64 = words[0].parse().unwrap();
            let now = Timestamp::from_millis(second * 1000);
            match words[1..] {
                ["spoke", topic] => pulses.spoke(from, topic, || now),
                ["beat"] => {
                    let kiosk = pulses.beat(from, || (Span::from_mins(2), now));
                    told.extend(kiosk.map(|kiosk| format!("{kiosk}@{second}")));
                }
                ["gone"] => pulses.gone(from),
                _ => panic!("{line}"),
            }
        }
        assert_eq!(told.join(" "), want, "{script}");
    }

    #[test]
    fn an_idle_kiosk_is_told_of_within_its_limit_and_not_at_every_ping() {
        check("0 spoke reception/v1/kiosk/K01/status\n30 beat\n60 beat\n90 beat\n120 beat", "K01@60 K01@120");
        check("0 spoke reception/v1/kiosk/K01/status\n60 beat\n61 beat\n62 beat\n110 beat", "K01@60 K01@110");
        check("0 spoke reception/v1/kiosk/K01/scan\n47 beat\n48 beat", "K01@48");
    }

    #[test]
    fn a_kiosk_that_says_online_itself_needs_no_other_sign() {
        check(
            "0 spoke reception/v1/kiosk/K01/status\n30 beat\n60 spoke reception/v1/kiosk/K01/status\n90 beat\n\
             120 spoke reception/v1/kiosk/K01/status\n150 beat",
            "",
        );
    }

    #[test]
    fn a_bridge_a_sensor_and_who_is_gone_are_no_kiosk() {
        check("0 spoke reception/v1/kiosk/K01/status\n1 spoke reception/v1/kiosk/K02/scan\n60 beat", "");
        check("0 spoke reception/v1/room/lobby/sensor/s1\n60 beat", "");
        check("0 spoke reception/v1/kiosk/K01/verdict\n60 beat", "");
        check("0 spoke reception/v1/kiosk/K01/status\n1 gone\n60 beat", "");
    }
}
