//! What real receivers sent, against what others found in it (`fixtures/nmea/facts.json`), in every way of cutting it
//! into reads; and what no receiver would send, which must do no harm.

mod damage;
mod fixes;
mod sentences;
mod support;
