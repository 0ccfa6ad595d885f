//! Portico: the edge gateway of an event reception.

pub mod backoff;
pub mod clock;
pub mod counters;
pub mod devices;
pub mod facts;
pub mod journal;
pub mod recorder;
pub mod rules;
