//! Portico: the edge gateway of an event reception.

pub mod app;
pub mod backoff;
pub mod cli;
pub mod clock;
pub mod config;
pub mod counters;
pub mod devices;
pub mod document;
pub mod facts;
pub mod journal;
pub mod plan;
pub mod recorder;
pub mod rules;
pub mod sinks;
pub mod web;
