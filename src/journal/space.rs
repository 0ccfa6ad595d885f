//! How much room a disk has left.

use std::path::Path;

/// Bytes that this user may still write on the disk under `dir`, which must be there.
#[allow(unsafe_code)]
pub fn free_bytes(dir: &Path) -> std::io::Result<u64> {
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
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}
