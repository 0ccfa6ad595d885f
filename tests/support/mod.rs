//! What black-box tests share: the daemon as a child process, MQTT as bytes, HTTP as JSON.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)] // Each test uses its part; a failure stops it.

pub mod daemon;
pub mod mqtt;
pub mod patience;
pub mod process;
pub mod proxy;

pub use daemon::Daemon;

/// A small seeded generator, so that a failing run can be told by its seed.
pub struct Dice(u64);

impl Dice {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number below `below`.
    pub fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % below
    }
}

/// Tells threads to end, also when what they were started beside panics: a scope waits for them.
pub struct Ends<'a>(pub &'a std::sync::atomic::AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, std::sync::atomic::Ordering::Relaxed);
    }
}

/// The seed of this run: `PORTICO_SEED`, or one from the time. Print it.
pub fn seed() -> u64 {
    std::env::var("PORTICO_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| {
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().subsec_nanos().into()
    })
}
