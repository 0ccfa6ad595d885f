//! The rules. None yet: this engine judges nothing, so that the recorder can be built and tried before them.

use crate::facts::{
    Alert, ClockSource, ClockView, Entry, Fact, GuestCounts, Present, Report, Ruling, Seq, Subject, Timestamp,
};

/// Engine.
pub struct Engine {}
/// Step.
pub struct Step {
    /// Ruling.
    pub ruling: Option<Ruling>,
    /// Changes.
    pub changes: Vec<Alert>,
}
#[allow(missing_docs, clippy::all, clippy::pedantic, unused)]
impl Engine {
    pub fn new() -> Self {
        Self {}
    }
    pub fn restore(_: &[u8]) -> Result<Self, std::fmt::Error> {
        Ok(Self {})
    }
    pub fn snapshot(&self) -> Result<Vec<u8>, std::fmt::Error> {
        Ok(Vec::new())
    }
    pub fn step(&mut self, _: &Entry) -> Step {
        Step { ruling: None, changes: vec![] }
    }
    pub fn take(&mut self, _: &Entry) {}
    pub fn advance(&mut self, _: Timestamp) -> Vec<Alert> {
        vec![]
    }
    pub fn advance_before(&mut self, _: &Subject, _: &Fact, _: Timestamp) -> Vec<Alert> {
        vec![]
    }
    pub fn next_deadline(&self) -> Option<Timestamp> {
        None
    }
    pub fn repeats(&self, _: &Report) -> bool {
        false
    }
    pub fn present(&self, seq: Seq, now: Timestamp) -> Present {
        Present {
            seq,
            now,
            clock: ClockView { trusted: true, source: ClockSource::System, reason: None },
            guests: GuestCounts::default(),
            visits: vec![],
            vehicles: vec![],
            rooms: vec![],
            alerts: vec![],
            devices: vec![],
        }
    }
}
