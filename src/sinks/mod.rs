//! The outputs: each owns cursors into the journal and reads what is committed, in order.
//!
//! Promises that nothing leaves before its commit and that a dead receiver costs memory for one batch a lane, whatever
//! the length of the outage. Writes nothing into the journal but how far it has come and what was refused for good.

pub mod carrier;
pub mod delivery;
pub mod link;
mod sift;
pub mod upstream;
pub mod wire;
