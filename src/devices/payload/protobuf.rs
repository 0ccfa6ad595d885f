//! The protobuf wire format, as much as Sparkplug B needs: fields in order, by number and wire type.
//!
//! Source: the Protocol Buffers encoding guide. Knows no schema; groups, which Sparkplug does not use, are refused.

use super::reason::Reason;

/// The value of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Fixed32(u32),
}

/// Reads the fields of one message.
#[derive(Debug, Clone)]
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where the message begins in the payload, so that offsets are the payload's.
    base: usize,
}

impl<'a> Fields<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, base: 0 }
    }

    /// The fields of a message inside this one, whose bytes were just read.
    pub fn inner(&self, bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, base: self.base + self.at - bytes.len() }
    }

    /// The next field's number and value; `None` at the end.
    pub fn next(&mut self) -> Result<Option<(u64, Wire<'a>)>, Reason> {
        if self.at == self.bytes.len() {
            return Ok(None);
        }
        let key = self.varint()?;
        let value = match key & 7 {
            0 => Wire::Varint(self.varint()?),
            1 => Wire::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let length = usize::try_from(self.varint()?).unwrap_or(usize::MAX);
                Wire::Bytes(self.take(length)?)
            }
            5 => Wire::Fixed32(u32::from_le_bytes(self.array()?)),
            _ => return Err(self.fault("a field of an unknown kind")),
        };
        Ok(Some((key >> 3, value)))
    }

    fn varint(&mut self) -> Result<u64, Reason> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(self.fault("a number longer than 64 bits"))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Reason> {
        let bytes = self.take(N)?;
        bytes.try_into().map_err(|_| self.fault("the end comes too early"))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Reason> {
        let bytes = self.bytes.get(self.at..).and_then(|rest| rest.get(..length));
        let bytes = bytes.ok_or_else(|| self.fault("the end comes too early"))?;
        self.at += length;
        Ok(bytes)
    }

    fn fault(&self, what: &'static str) -> Reason {
        Reason::NotSparkplug { at: self.base + self.at, what }
    }
}
