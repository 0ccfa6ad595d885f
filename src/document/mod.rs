//! What a person wrote, as a tree that knows its places, and what is wrong with it.
//!
//! Promises that every fault names its file, line and column and says what to do, and that reading goes on after a
//! fault, so that all of them are reported together. Knows no section, no column and no key: see `config` and `plan`.

mod fault;
mod fields;
mod json;
mod node;
mod toml;
mod words;

pub use fault::{Fault, Findings, Place, Spot, Style};
pub use fields::{Fields, refused_name};
pub use json::parse as parse_json;
pub use node::{Member, Node, Value};
pub use toml::parse as parse_toml;
pub use words::{closest, list, suggest};
