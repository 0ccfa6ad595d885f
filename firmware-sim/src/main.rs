//! The simulated devices alone, against any gateway.
fn main() {}
