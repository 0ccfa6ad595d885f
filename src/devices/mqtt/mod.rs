//! MQTT: the built-in broker, clients of existing brokers, and the one intake behind both.

pub mod client;
pub mod filter;
pub mod intake;
pub mod listener;
pub mod outlet;
mod retain;
pub mod routes;
pub mod topics;
