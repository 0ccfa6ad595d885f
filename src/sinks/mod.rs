//! The outputs: each owns cursors into the journal and reads what is committed, in order.
//!
//! Promises that nothing leaves before its commit and that a dead receiver costs memory for one batch a lane, whatever
//! the length of the outage. Writes nothing into the journal but how far it has come and what was refused for good.

pub mod carrier;
pub mod delivery;
pub mod link;
pub mod notify;
mod sift;
pub mod upstream;
pub mod wire;

/// Any number; the jitter's only need is that gateways which lost the same link differ.
pub fn chance() -> u64 {
    std::hash::BuildHasher::hash_one(&std::collections::hash_map::RandomState::new(), 0_u8)
}
