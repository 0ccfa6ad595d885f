//! What is given up when room is short, what never is, and what the gateway says of it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failure stops the test: that is what it is for.

mod budget;
mod people;
mod spent;
#[path = "../support/mod.rs"]
mod support;
