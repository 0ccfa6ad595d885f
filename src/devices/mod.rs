//! In: one file a link, one file a format.

pub mod fix;
pub mod lines;
pub mod mqtt;
pub mod nmea;
pub mod payload;
pub mod serial;

/// A number nobody foresees, for spreading retries.
pub(crate) fn chance() -> u64 {
    std::hash::BuildHasher::hash_one(&std::collections::hash_map::RandomState::new(), std::time::Instant::now())
}
