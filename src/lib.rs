//! Portico: the edge gateway of an event reception.
//!
//! Kiosks, vehicles and rooms report; the **recorder** (one thread) stamps each report, steps the rules over it, and
//! commits the report and everything that follows from it in one SQLite transaction. Only then is the device answered.
//! Everything that looks outward owns a cursor into the journal and reads what is committed, in order. So a slow
//! viewer, a dead uplink, a full queue and a power cut are one and the same case: *resume after my cursor*.
//!
//! ```text
//!  devices             recorder            journal           cursors
//!  kiosk  ─ MQTT ─┐   ┌──────────────┐   ┌───────────┐   ┌─▶ web    dashboard, API, live stream
//!  sensor ─ MQTT ─┼──▶│ stamp        │──▶│ SQLite    │───┼─▶ sinks  upstream
//!  GPS ─ serial ──┤   │ step rules   │   │ one tx    │   └─▶ app    alerts on MQTT
//!  HTTP scan ─────┘   │ commit, ack  │   └───────────┘
//!                     └──────────────┘
//! ```
//!
//! # Invariants
//!
//! 1. **Acknowledged means kept.** No PUBACK and no 2xx before the journal holds the report durably
//!    (`tests/crash`, `tests/power_cut`).
//! 2. **One report, one transaction.** An entry, its verdict and the alert changes that follow commit together or not
//!    at all (`tests/crash.rs`, `tests/replay.rs`).
//! 3. **Replay is exact.** The same entries and the same rules give the same alert changes, byte for byte; deadlines
//!    fire *at* their deadline, however late the thread wakes (`tests/replay.rs`, `tests/simulation`).
//! 4. **`seq` has no holes, and `received_at` never runs back** within an epoch ([`journal`], `tests/clock`).
//! 5. **Each entry carries the hash of the one before it**; personal names are never inside the chain ([`journal`]).
//! 6. **Outputs show only what is committed**, in order, at least once, with an id that makes the receiver's dedupe
//!    exact (`tests/flow.rs`, `tests/outage.rs`).
//! 7. **Bad input is kept with its reason**, counted, shown, never fatal, never silent.
//! 8. **Everything is bounded.** At its bound a sender waits; a device that cannot wait has its loss counted
//!    ([`counters`]).
//! 9. **No data is not "all is well".** A silent device makes what depends on it unknown ([`rules`]).
//!
//! # The modules, in the order of the flow
//!
//! [`facts`] what everyone exchanges · [`document`] TOML and JSON with places · [`plan`] the day as intended ·
//! [`config`] the technician's file · [`clock`], [`backoff`], [`counters`] · [`devices`] in · [`recorder`] the one
//! thread · [`rules`] decide · [`journal`] the truth · [`conservation`] adds up · [`sinks`] and [`web`] out · [`app`] the wiring · [`cli`] the
//! commands. Who may name whom is held by `tests/architecture.rs`.

pub mod app;
pub mod backoff;
pub mod cli;
pub mod clock;
pub mod config;
pub mod conservation;
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
