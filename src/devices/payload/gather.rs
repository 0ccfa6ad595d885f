//! Gathers the values of one message, source by source, and refuses those that no room can have.
//!
//! Knows no vendor. A source keeps its place among the sources even when all its values are missing, so that the
//! names of sensors do not change with their health.

use std::fmt::Display;

use super::json::Json;
use super::quantity::{Refused, Unfit, Unit, judge, number};
use super::reason::Reason;
use super::{Measured, Nothing, Observed};
use crate::facts::{Measures, Metric, Milli};

/// More sources in one message than this are refused as [`Reason::TooManySources`]: it is a listing, not a sensor.
const SOURCES_MAX: usize = 64;

/// The values of one message so far.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    sources: Vec<Measured>,
    refused: Vec<Refused>,
}

impl Gathering {
    /// Takes the value that `json` gives for `metric`, counted in `unit`.
    pub fn take(&mut self, source: Option<&str>, metric: Metric, unit: Unit, path: impl Display, json: &Json<'_>) {
        match number(metric, json) {
            Ok(Some(value)) => self.put(source, metric, unit, path, value),
            Ok(None) => {
                self.source(source, metric);
            }
            Err(why) => self.refuse(source, metric, path, why),
        }
    }

    /// Takes a value that is a number already.
    pub fn put(&mut self, source: Option<&str>, metric: Metric, unit: Unit, path: impl Display, value: Milli) {
        match judge(metric, unit.convert(value)) {
            Ok(value) => {
                let kept = &mut self.source(source, metric).measures;
                // A device that tells °C and °F tells the same thing twice: what needs no conversion wins.
                if unit == Unit::of(metric) || kept.get(metric).is_none() {
                    kept.set(metric, value);
                }
            }
            Err(why) => self.refuse(source, metric, path, why),
        }
    }

    /// Notes that a value was not taken.
    pub fn refuse(&mut self, source: Option<&str>, metric: Metric, path: impl Display, why: Unfit) {
        self.source(source, metric);
        self.refused.push(Refused { metric, path: path.to_string(), why });
    }

    /// Whether no quantity was met, not even as `null`.
    pub fn is_untouched(&self) -> bool {
        self.sources.is_empty()
    }

    fn source(&mut self, source: Option<&str>, metric: Metric) -> &mut Measured {
        let at = self.sources.iter().position(|known| known.source.as_deref() == source).unwrap_or_else(|| {
            // One too many is enough for `finish` to refuse the message; the rest need not be told apart.
            if self.sources.len() <= SOURCES_MAX {
                let source = source.map(str::to_owned);
                self.sources.push(Measured { source, measures: Measures::default(), offered: Vec::new() });
            }
            self.sources.len() - 1
        });
        let known = &mut self.sources[at];
        if !known.offered.contains(&metric) {
            known.offered.push(metric);
        }
        known
    }

    /// What was observed; `otherwise` when no quantity was met.
    pub fn finish(self, otherwise: Nothing) -> Result<Observed, Reason> {
        if self.sources.len() > SOURCES_MAX {
            return Err(Reason::TooManySources);
        }
        if self.sources.is_empty() {
            return Ok(Observed::Nothing(otherwise));
        }
        if self.refused.is_empty() && self.sources.iter().all(|source| source.measures.is_empty()) {
            return Ok(Observed::Nothing(Nothing::NoValue));
        }
        Ok(Observed::Readings { sources: self.sources, refused: self.refused })
    }
}
