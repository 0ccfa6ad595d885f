//! One file a subcommand. Promises results on standard output and talk on standard error. Decides nothing about data.

pub mod check;
pub mod faults;
pub mod plan;

use std::io::Write;

/// Everything went well.
pub const FINE: u8 = 0;
/// Something that was wanted could not be done.
pub const FAILED: u8 = 1;
/// Wrong arguments, configuration or plan (`EX_USAGE` of sysexits.h).
pub const FAULTY: u8 = 64;

/// What a command has to say and how it ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The exit code.
    pub code: u8,
    /// For standard output.
    pub out: String,
    /// For standard error.
    pub talk: String,
}

impl Outcome {
    /// A result and nothing else.
    pub fn fine(out: impl Into<String>) -> Self {
        Self { code: FINE, out: out.into(), talk: String::new() }
    }

    /// Says it, and gives the exit code. A reader that went away (`| head`) changes nothing.
    pub fn say(self) -> u8 {
        let said = std::io::stdout().write_all(self.out.as_bytes());
        let talked = std::io::stderr().write_all(self.talk.as_bytes());
        match (said, talked) {
            (Ok(()), Ok(())) => self.code,
            (Err(error), _) | (_, Err(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => self.code,
            _ => self.code.max(FAILED),
        }
    }
}
