//! What goes over the live stream, byte for byte (HTML, 9.2: server-sent events).
//!
//! Pure. Every `data` is one line: our JSON holds no line break outside of strings, and there they are escaped.

use axum::body::Bytes;

use crate::facts::{Seq, Timestamp};
use crate::journal::Row;
use crate::web::entries;

/// How long a browser waits before it comes back, milliseconds.
const RETRY_MS: u32 = 2_000;
/// What ends an event.
const END: &[u8] = b"\n\n";

/// One entry, ready to be sent to everybody.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) seq: Seq,
    pub(super) bytes: Bytes,
}

/// The first bytes: an id without data, so that a stream which breaks before its first entry resumes without a hole.
pub(super) fn opening(epoch: &str, seq: Seq) -> Bytes {
    format!("retry: {RETRY_MS}\nid: {epoch}-{seq}\n\n").into()
}

/// An entry.
pub(super) fn entry(epoch: &str, row: &Row) -> Frame {
    let head = format!("id: {epoch}-{}\nevent: {}\ndata: ", row.seq, row.kind.word());
    Frame { seq: row.seq, bytes: event(head, &entries::json(row)) }
}

/// The whole present, to begin anew from, in parts: the overview itself is shared.
pub(super) fn reset(epoch: &str, seq: Seq, overview: Bytes) -> [Bytes; 3] {
    let head = format!("id: {epoch}-{seq}\nevent: reset\ndata: ");
    [head.into(), overview, Bytes::from_static(END)]
}

/// Something that is no entry: it has no id, so that it does not move the place to resume from.
pub(super) fn aside(name: &str, data: &[u8]) -> Bytes {
    event(format!("event: {name}\ndata: "), data)
}

/// What time it is, and whether anything can be kept.
pub(super) fn tick(now: Timestamp, storage: &[u8]) -> Bytes {
    let mut data = format!("{{\"now\":\"{now}\",\"storage\":").into_bytes();
    data.extend_from_slice(storage);
    data.push(b'}');
    aside("tick", &data)
}

fn event(head: String, data: &[u8]) -> Bytes {
    let mut out = head.into_bytes();
    out.reserve_exact(data.len() + END.len());
    out.extend_from_slice(data);
    out.extend_from_slice(END);
    out.into()
}
