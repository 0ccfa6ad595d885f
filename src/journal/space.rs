//! How much room a disk has, and how much of it is left.

use std::path::Path;

/// The room of a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bytes that this user may still write.
    pub free: u64,
    /// Bytes of all of it.
    pub total: u64,
}

/// Bytes that this user may still write on the disk under `dir`, which must be there.
pub fn free_bytes(dir: &Path) -> std::io::Result<u64> {
    room(dir).map(|room| room.free)
}

/// The room of the disk under `dir`, which must be there.
#[allow(unsafe_code)]
pub fn room(dir: &Path) -> std::io::Result<Room> {
    use std::os::unix::ffi::OsStrExt;
    let path = std::ffi::CString::new(dir.as_os_str().as_bytes())?;
    // SAFETY: `statvfs` is plain data for which zero is a valid value, the path ends in NUL and outlives the call.
    let (answer, disk) = unsafe {
        let mut disk: libc::statvfs = std::mem::zeroed();
        (libc::statvfs(path.as_ptr(), &raw mut disk), disk)
    };
    if answer != 0 {
        return Err(std::io::Error::last_os_error());
    }
    Ok(Room { free: disk.f_bavail.saturating_mul(disk.f_frsize), total: disk.f_blocks.saturating_mul(disk.f_frsize) })
}
