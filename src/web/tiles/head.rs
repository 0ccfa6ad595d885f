//! The head of a PMTiles file, version 3 (the format's specification, section 3): enough to know one.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes of the head.
const HEAD_BYTES: usize = 127;
/// What every such file begins with; the version follows.
const MAGIC: &[u8] = b"PMTiles";
/// The version that the map reads.
const VERSION: u8 = 3;
/// Where the head says where a part of the file begins and how long it is: root directory, metadata, leaf directories,
/// tiles.
const PARTS: [usize; 4] = [8, 24, 40, 56];

/// Why a file cannot serve as tiles.
#[derive(Debug, thiserror::Error)]
pub enum TilesFault {
    /// It is not there, or may not be read.
    #[error(transparent)]
    Unreadable(#[from] std::io::Error),
    /// It is something else.
    #[error("this is no PMTiles file")]
    Other,
    /// It is of a version that the map does not read.
    #[error("this is PMTiles of version {0}, and the map reads version 3")]
    Version(u8),
    /// It ends before its tiles do.
    #[error("the file has {has} bytes and says that it has {says}: it was copied only in part")]
    CutOff {
        /// Its bytes.
        has: u64,
        /// Where the last of its parts ends.
        says: u64,
    },
}

/// Whether the file at `path` can serve as tiles.
pub fn check(path: &Path) -> Result<(), TilesFault> {
    let file = File::open(path)?;
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Err(TilesFault::Other);
    }
    let mut head = Vec::with_capacity(HEAD_BYTES);
    file.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    let version = head.strip_prefix(MAGIC).and_then(|rest| rest.first().copied()).ok_or(TilesFault::Other)?;
    if version != VERSION {
        return Err(TilesFault::Version(version));
    }
    let has = meta.len();
    let number = |at: usize| {
        let bytes = head.get(at..at + 8).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(u64::MAX, u64::from_le_bytes)
    };
    let says = PARTS.iter().map(|at| number(*at).saturating_add(number(at + 8))).max().unwrap_or(u64::MAX);
    if head.len() < HEAD_BYTES || has < says {
        return Err(TilesFault::CutOff { has, says: says.min(i64::MAX as u64) });
    }
    Ok(())
}
