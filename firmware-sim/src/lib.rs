//! The devices of a venue as the wire sees them: kiosks and room sensors as MQTT clients, vehicles as serial ports
//! that speak NMEA, and a stand-in for the system upstream.
//!
//! The crate reads the contract a second time and never imports the gateway: a mistake in one reading shows as a
//! failing conversation instead of being agreed with itself.
//!
//! ```text
//!  scenario/   Day::generate(seed, date, zone): everything that happens, a pure function of its arguments
//!     │
//!     ├── kiosk  ─┐
//!     ├── sensor ─┴─ link (one MQTT connection) ── outbox (what is not acknowledged yet)      → broker
//!     ├── gps ── track | drive (where the car is) ── nmea (sentences) ── pty (a serial port)  → /…/car-1
//!     │                   └── carry (the recorded drive on another part of the map)
//!     └── upstream (answers, goes away, returns, remembers)                                   ← gateway
//!  run         starts all of them on one clock (time) and sums the day up
//! ```

pub mod carry;
pub mod data;
pub mod drive;
pub mod gps;
pub mod kiosk;
pub mod link;
pub mod nmea;
pub mod outbox;
pub mod pty;
pub mod run;
pub mod scenario;
pub mod sensor;
pub mod summary;
pub mod time;
pub mod track;
pub mod upstream;

pub use run::{Targets, run_day};
pub use scenario::Day;
pub use summary::DaySummary;
pub use time::SimClock;
