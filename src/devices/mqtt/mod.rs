//! MQTT: the built-in broker, clients of existing brokers, and the one intake behind both.

pub mod client;
mod connections;
pub mod filter;
pub mod intake;
pub mod listener;
mod load;
pub mod outlet;
mod pace;
mod pulse;
mod retain;
pub mod routes;
mod sessions;
pub mod topics;
