//! One message from a device, from whatever broker it came: understood, kept, answered.
//!
//! Acknowledges nothing itself: it returns once the message is on disk, and its caller acknowledges then.

use crate::recorder::NotKept;

/// A message as it came.
pub struct Incoming<'a> {
    /// The connection's name in counters and rejected entries.
    pub link: &'a str,
    /// Its topic.
    pub topic: &'a str,
    /// Its bytes.
    pub payload: &'a [u8],
    /// Whether its sender waits for an acknowledgement.
    pub awaited: bool,
}

/// A message for devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its topic.
    pub topic: String,
    /// Its bytes.
    pub payload: Vec<u8>,
}

/// The intake.
pub struct Intake {}

impl Intake {
    /// Takes one message.
    pub async fn take(&self, _incoming: Incoming<'_>) -> Result<Vec<Outgoing>, NotKept> {
        Ok(Vec::new())
    }
}
