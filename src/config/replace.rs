//! Puts new bytes in the place of a file, as plans and configurations are: whole or not at all, with the old one's rights.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

/// Puts the bytes in the place of a file: whole or not at all, also if the power goes meanwhile.
pub fn replace(target: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let draft = folder.join(format!(".{name}.{}.new", std::process::id()));
    let written = write_durably(&draft, target, folder, bytes).and_then(|()| fs::rename(&draft, target));
    if written.is_err() {
        // The error that is told is the first one; a leftover draft is found by its name.
        let _ = fs::remove_file(&draft);
    }
    written?;
    File::open(folder)?.sync_all()
}

fn write_durably(draft: &Path, target: &Path, folder: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = create(draft)?;
    like_the_old_one(&file, draft, target, folder)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Names stand in it: nobody else may read it before it has the rights of the old one.
#[cfg(unix)]
fn create(draft: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)
}

#[cfg(not(unix))]
fn create(draft: &Path) -> io::Result<File> {
    File::create_new(draft)
}

/// Owner and rights of the file that is replaced, or of its folder: the gateway may run as another user than the one
/// who imports.
#[cfg(unix)]
fn like_the_old_one(file: &File, draft: &Path, target: &Path, folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    let (model, mode) = match fs::metadata(target) {
        Ok(old) => (old.clone(), old.permissions().mode() & 0o777),
        Err(_) => (fs::metadata(folder)?, 0o640),
    };
    let ours = file.metadata()?;
    if (ours.uid(), ours.gid()) != (model.uid(), model.gid()) {
        chown(draft, Some(model.uid()), Some(model.gid()))?;
    }
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn like_the_old_one(_: &File, _: &Path, _: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}
