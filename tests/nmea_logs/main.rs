//! What real receivers sent, against what others found in it (`fixtures/nmea/facts.json`), in every way of cutting it
//! into reads; and what no receiver would send, which must do no harm.

// Test targets of their own are not known to be tests by the lint's own measure.
#![allow(clippy::unwrap_used, clippy::panic)]

mod damage;
mod fixes;
mod sentences;
mod support;
