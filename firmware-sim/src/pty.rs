//! A vehicle's serial port as a pseudo-terminal behind a path that stays the same. Never waits for whoever reads, and
//! knows nothing of what is written: bytes that nobody takes are counted and gone, as on a wire.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// What became of one write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Written {
    /// Bytes that the reader's side took.
    pub taken: usize,
    /// Bytes that nobody heard: no cable, no reader, or a reader so slow that the buffer was full.
    pub lost: usize,
}

/// A serial port that can be pulled out and put back.
#[derive(Debug)]
pub struct Pty {
    link: PathBuf,
    cable: Option<Cable>,
}

/// What is there while the cable is in.
#[derive(Debug)]
struct Cable {
    master: File,
    terminal: PathBuf,
}

impl Pty {
    /// Makes a pseudo-terminal in raw mode and points `link` at it. A link that is there already is replaced, so that
    /// a run that was killed does not stand in the way of the next.
    ///
    /// # Errors
    /// Whatever the system says: no pseudo-terminals left, the folder is missing or cannot be written, or `link` is
    /// something else than a link.
    pub fn open(link: &Path) -> io::Result<Self> {
        let mut port = Self { link: link.to_owned(), cable: None };
        port.plug()?;
        Ok(port)
    }

    /// The path that the gateway is given.
    pub fn link(&self) -> &Path {
        &self.link
    }

    /// Whether the cable is in.
    pub fn plugged(&self) -> bool {
        self.cable.is_some()
    }

    /// Pulls the cable: the link goes, and whoever reads sees the port hang up. A path that does not lead to our
    /// terminal any more belongs to somebody else and is left alone.
    ///
    /// # Errors
    /// When the link cannot be removed.
    pub fn unplug(&mut self) -> io::Result<()> {
        let Some(cable) = self.cable.take() else { return Ok(()) };
        let ours = fs::read_link(&self.link).is_ok_and(|target| target == cable.terminal);
        if ours { fs::remove_file(&self.link) } else { Ok(()) }
    }

    /// Puts the cable in: a new terminal under the same link. Does nothing if it is in.
    ///
    /// # Errors
    /// As [`Pty::open`].
    pub fn plug(&mut self) -> io::Result<()> {
        if self.cable.is_some() {
            return Ok(());
        }
        let (master, terminal) = open_terminal()?;
        point(&self.link, &terminal)?;
        self.cable = Some(Cable { master, terminal });
        Ok(())
    }

    /// Writes without waiting. Does not fail: what cannot be delivered is [`Written::lost`].
    ///
    /// Until somebody opens the port nothing is kept for them either: a receiver does not remember what it said before
    /// its cable was listened to, and stale positions at the start would be a lie that no real port tells.
    pub fn write(&mut self, bytes: &[u8]) -> Written {
        let Some(Cable { master, .. }) = self.cable.as_mut() else { return Written { taken: 0, lost: bytes.len() } };
        if !somebody_listens(master) {
            return Written { taken: 0, lost: bytes.len() };
        }
        let mut taken = 0;
        while let Some(rest) = bytes.get(taken..).filter(|rest| !rest.is_empty()) {
            match master.write(rest) {
                Ok(0) => break,
                Ok(count) => taken += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        Written { taken, lost: bytes.len() - taken }
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // Nobody is left to tell: a link that stays behind is replaced by the next run.
        drop(self.unplug());
    }
}

/// Swallows what the reader's side sent (gpsd probes its receivers) and tells whether the other side is open: reading a
/// master whose terminal nobody holds is an I/O error, while an open and quiet one would block.
fn somebody_listens(master: &mut File) -> bool {
    let mut sink = [0_u8; 256];
    loop {
        match master.read(&mut sink) {
            Ok(0) => return false,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
        }
    }
}

/// Points `link` at `terminal` in one step, so that nobody ever finds the path half made.
fn point(link: &Path, terminal: &Path) -> io::Result<()> {
    match fs::symlink_metadata(link) {
        Ok(found) if !found.file_type().is_symlink() => {
            let text = format!("{} is in the way: it is not a link; remove it or choose another path", link.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, text));
        }
        Ok(_) | Err(_) => {}
    }
    let mut beside = link.as_os_str().to_owned();
    beside.push(".new");
    drop(fs::remove_file(&beside));
    symlink(terminal, &beside)?;
    fs::rename(&beside, link)
}

/// A new pseudo-terminal: the master, non-blocking, and the path of its terminal in raw mode.
#[allow(unsafe_code)]
fn open_terminal() -> io::Result<(File, PathBuf)> {
    let (mut master, mut terminal) = (-1, -1);
    // SAFETY: `termios` is plain integers, for which all zeroes is a value; `cfmakeraw` writes only into it.
    let mut raw: libc::termios = unsafe { std::mem::zeroed() };
    // SAFETY: a valid pointer to a termios of this frame.
    unsafe { libc::cfmakeraw(&raw mut raw) };
    raw.c_cflag |= libc::CREAD | libc::CLOCAL | libc::B9600;
    // SAFETY: both descriptors and the settings are valid pointers to this frame; name and window size may be null.
    let opened = unsafe {
        libc::openpty(&raw mut master, &raw mut terminal, std::ptr::null_mut(), &raw const raw, std::ptr::null())
    };
    if opened != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: openpty succeeded, so both are open descriptors that nothing else owns; the calls below keep to them.
    let (master, terminal) = unsafe { (OwnedFd::from_raw_fd(master), OwnedFd::from_raw_fd(terminal)) };
    for (fd, command, flag) in [
        (&master, libc::F_SETFL, libc::O_NONBLOCK | libc::O_RDWR),
        (&master, libc::F_SETFD, libc::FD_CLOEXEC),
        (&terminal, libc::F_SETFD, libc::FD_CLOEXEC),
    ] {
        // SAFETY: an open descriptor of ours and two integers.
        if unsafe { libc::fcntl(std::os::fd::AsRawFd::as_raw_fd(fd), command, flag) } == -1 {
            return Err(io::Error::last_os_error());
        }
    }
    // The terminal's own descriptor is closed at the end: from then on the master knows whether anybody listens.
    let path = fs::read_link(format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&terminal)))?;
    Ok((File::from(master), path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::OpenOptionsExt;
    use std::time::Duration;

    fn listen(link: &Path) -> File {
        fs::OpenOptions::new().read(true).write(true).custom_flags(libc::O_NOCTTY).open(link).unwrap()
    }

    fn read(reader: &mut File, count: usize) -> String {
        let mut bytes = vec![0; count];
        reader.read_exact(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn what_is_written_is_read_byte_for_byte() {
        let dir = tempfile::tempdir().unwrap();
        let mut port = Pty::open(&dir.path().join("car-1")).unwrap();
        let mut reader = listen(port.link());
        assert_eq!(port.write(b"$GPRMC*00\r\n\x00\x03"), Written { taken: 13, lost: 0 });
        assert_eq!(read(&mut reader, 13), "$GPRMC*00\r\n\x00\x03", "raw: no echo, no line editing, no CR to LF");
    }

    #[test]
    fn nothing_is_kept_for_a_port_that_nobody_opened() {
        let dir = tempfile::tempdir().unwrap();
        let mut port = Pty::open(&dir.path().join("car-1")).unwrap();
        assert_eq!(port.write(b"early"), Written { taken: 0, lost: 5 });
        let mut reader = listen(port.link());
        port.write(b"now");
        assert_eq!(read(&mut reader, 3), "now");
        drop(reader);
        assert_eq!(port.write(b"late"), Written { taken: 0, lost: 4 });
    }

    #[test]
    fn a_reader_that_does_not_read_costs_bytes_but_no_time() {
        let dir = tempfile::tempdir().unwrap();
        let mut port = Pty::open(&dir.path().join("car-1")).unwrap();
        let _deaf = listen(port.link());
        let mut sum = Written::default();
        for _ in 0..64 {
            let written = port.write(&[b'x'; 1024]);
            sum = Written { taken: sum.taken + written.taken, lost: sum.lost + written.lost };
        }
        assert_eq!(sum.taken + sum.lost, 64 * 1024);
        assert!(sum.lost > 0, "a terminal's buffer is smaller than 64 KiB: {sum:?}");
    }

    #[test]
    fn unplugged_and_replugged_under_the_same_path() {
        let dir = tempfile::tempdir().unwrap();
        let mut port = Pty::open(&dir.path().join("car-1")).unwrap();
        let mut reader = listen(port.link());
        port.unplug().unwrap();
        assert!(!port.plugged());
        assert!(fs::symlink_metadata(port.link()).is_err(), "the path is gone with the cable");
        let mut byte = [0];
        assert_eq!(reader.read(&mut byte).unwrap_or(0), 0, "the reader sees a hang-up");
        assert_eq!(port.write(b"lost"), Written { taken: 0, lost: 4 });

        port.plug().unwrap();
        let mut again = listen(port.link());
        port.write(b"back");
        assert_eq!(read(&mut again, 4), "back");
    }

    #[test]
    fn a_stale_link_is_replaced_and_a_real_file_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let link = dir.path().join("car-1");
        symlink("/nowhere", &link).unwrap();
        drop(Pty::open(&link).unwrap());
        assert!(fs::symlink_metadata(&link).is_err(), "a port takes its link along when it goes");
        fs::write(&link, "precious").unwrap();
        let refused = Pty::open(&link).unwrap_err();
        assert!(refused.to_string().contains("in the way"), "{refused}");
        assert_eq!(fs::read_to_string(&link).unwrap(), "precious");
    }

    #[test]
    fn questions_from_the_reader_do_not_fill_the_port() {
        let dir = tempfile::tempdir().unwrap();
        let mut port = Pty::open(&dir.path().join("car-1")).unwrap();
        let mut reader = listen(port.link());
        for _ in 0..20 {
            reader.write_all(&[b'?'; 512]).unwrap();
            // The kernel hands bytes over in a worker of its own; a moment lets it.
            std::thread::sleep(Duration::from_millis(2));
            assert_eq!(port.write(b"!").taken, 1);
        }
    }
}
