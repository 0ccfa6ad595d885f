//! The simulated devices, as the wire sees them.
