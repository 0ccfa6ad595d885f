//! A disk that forgets what was not synced, over FUSE: a power cut by command, and every refusal a disk knows.
//!
//! Stricter than most real ones. What is written, created, renamed or removed is only in the cache until its file or
//! folder is synced; a cut keeps any part of the rest, page by page, as chance wills. A sync that fails does what Linux
//! does: the pages count as clean from then on and are read as written, but are on no disk. Lives in memory.

mod state;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use fuser::{
    BackgroundSession, Config, Errno, FileHandle, FileType, Filesystem, FopenFlags, Generation, INodeNo, LockOwner,
    MountOption, OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData, ReplyDirectory, ReplyEmpty, ReplyEntry,
    ReplyOpen, ReplyStatfs, ReplyWrite, Request, TimeOrNow, WriteFlags,
};

use crate::support::Dice;
pub use state::{Deed, Trouble};
use state::{Node, PAGE, ROOT, State};

/// Nothing is remembered by the kernel: what it asks is answered by the disk as it is now.
const NOT_REMEMBERED: Duration = Duration::ZERO;

/// The disk itself, mounted or not. Cloning gives the same disk.
#[derive(Debug, Clone)]
pub struct Disk(Arc<Mutex<State>>);

/// A mounted disk: unmounted when dropped.
pub struct Mount {
    session: Option<BackgroundSession>,
    at: PathBuf,
}

impl Disk {
    /// An empty one of this size.
    pub fn new(bytes_max: usize) -> Self {
        let root = Node { folder: true, ..Node::default() };
        Self(Arc::new(Mutex::new(State {
            nodes: BTreeMap::from([(ROOT, root)]),
            next: ROOT + 1,
            bytes_max,
            trouble: Trouble::default(),
            gone: false,
            cut_at: None,
            refused: 0,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Mounts it; none, with a word on standard output, where this machine has no FUSE.
    pub fn mount(&self, at: &Path) -> Option<Mount> {
        std::fs::create_dir_all(at).unwrap();
        let mut config = Config::default();
        config.mount_options = vec![MountOption::FSName("forgetful".to_owned()), MountOption::NoAtime];
        match fuser::spawn_mount(Served(self.clone()), at, &config) {
            Ok(session) => Some(Mount { session: Some(session), at: at.to_owned() }),
            Err(fault) => {
                println!("skipped: no FUSE here ({fault})");
                None
            }
        }
    }

    /// Puts a file there, safe from the start.
    pub fn put(&self, name: &str, bytes: Vec<u8>) {
        let mut state = self.state();
        let ino = state.make(ROOT, OsStr::new(name), false).unwrap();
        let node = state.nodes.get_mut(&ino).unwrap();
        node.now.clone_from(&bytes);
        node.safe = bytes;
        state.nodes.get_mut(&ROOT).unwrap().safe_names.insert(name.into(), ino);
    }

    /// What happens to those who use it from now on.
    pub fn trouble(&self, trouble: Trouble) {
        self.state().trouble = trouble;
    }

    /// How many times it refused.
    pub fn refused(&self) -> u64 {
        self.state().refused
    }

    /// Lets so many bytes be free and no more.
    pub fn leave_free(&self, bytes: usize) {
        let mut state = self.state();
        state.bytes_max = state.used() + bytes;
    }

    /// Cuts the power in place of the `count`th deed of this kind to a file of this name.
    pub fn cut_at(&self, deed: Deed, file: &'static str, count: u64) {
        self.state().cut_at = Some((deed, file, count));
    }

    /// Cuts the power now: from here on nothing is read, written or answered.
    pub fn cut(&self) {
        self.state().gone = true;
    }

    /// Whether the power is cut.
    pub fn is_cut(&self) -> bool {
        self.state().gone
    }

    /// What is found when the power is back.
    pub fn after_the_cut(&self, dice: &mut Dice) -> Self {
        let state = self.state();
        assert!(state.gone, "the power is on");
        let mut nodes = state.nodes.clone();
        for node in nodes.values_mut() {
            node.cut(dice);
        }
        let named: Vec<u64> = nodes.values().flat_map(|node| node.names.values().copied()).collect();
        nodes.retain(|ino, _| *ino == ROOT || named.contains(ino));
        let State { next, bytes_max, refused, .. } = *state;
        let trouble = Trouble::default();
        Self(Arc::new(Mutex::new(State { nodes, next, bytes_max, trouble, gone: false, cut_at: None, refused })))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazily, so that nobody who still holds a file can keep the test from ending.
        let away = std::process::Command::new("umount").arg("-l").arg(&self.at).status();
        if !away.is_ok_and(|status| status.success()) {
            println!("{} could not be unmounted", self.at.display());
        }
        drop(self.session.take());
    }
}

/// The disk as the kernel talks to it.
struct Served(Disk);

fn at(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

impl Filesystem for Served {
    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        match self.0.state().find(parent.0, name) {
            Ok(attr) => reply.entry(&NOT_REMEMBERED, &attr, Generation(0)),
            Err(why) => reply.error(why),
        }
    }

    fn getattr(&self, _: &Request, ino: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        match self.0.state().attr(ino.0) {
            Ok(attr) => reply.attr(&NOT_REMEMBERED, &attr),
            Err(why) => reply.error(why),
        }
    }

    fn setattr(
        &self,
        _: &Request,
        ino: INodeNo,
        _: Option<u32>,
        _: Option<u32>,
        _: Option<u32>,
        size: Option<u64>,
        _: Option<TimeOrNow>,
        _: Option<TimeOrNow>,
        _: Option<SystemTime>,
        _: Option<FileHandle>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<fuser::BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let mut state = self.0.state();
        let resized = size.map_or(Ok(()), |size| state.change(ino.0, at(size), |node| node.resize(at(size))));
        match resized.and_then(|()| state.attr(ino.0)) {
            Ok(attr) => reply.attr(&NOT_REMEMBERED, &attr),
            Err(why) => reply.error(why),
        }
    }

    fn mkdir(&self, _: &Request, parent: INodeNo, name: &OsStr, _: u32, _: u32, reply: ReplyEntry) {
        let mut state = self.0.state();
        match state.make(parent.0, name, true).and_then(|ino| state.attr(ino)) {
            Ok(attr) => reply.entry(&NOT_REMEMBERED, &attr, Generation(0)),
            Err(why) => reply.error(why),
        }
    }

    fn unlink(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        done(self.0.state().unlink(parent.0, name), reply);
    }

    fn rmdir(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        let mut state = self.0.state();
        let empty =
            state.find(parent.0, name).and_then(|attr| state.node(attr.ino.0).map(|node| node.names.is_empty()));
        done(empty.and_then(|empty| if empty { state.unlink(parent.0, name) } else { Err(Errno::ENOTEMPTY) }), reply);
    }

    fn rename(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        new_parent: INodeNo,
        new_name: &OsStr,
        _: RenameFlags,
        reply: ReplyEmpty,
    ) {
        done(self.0.state().rename((parent.0, name), (new_parent.0, new_name)), reply);
    }

    fn open(&self, _: &Request, ino: INodeNo, flags: OpenFlags, reply: ReplyOpen) {
        let mut state = self.0.state();
        let writes = flags.0 & (libc::O_WRONLY | libc::O_RDWR) != 0;
        let opened = if writes && state.trouble.read_only { state.refuse(Errno::EROFS) } else { Ok(()) };
        match opened.and_then(|()| state.node(ino.0).map(|_| ())) {
            Ok(()) => reply.opened(FileHandle(0), FopenFlags::FOPEN_KEEP_CACHE),
            Err(why) => reply.error(why),
        }
    }

    fn create(&self, _: &Request, parent: INodeNo, name: &OsStr, _: u32, _: u32, _: i32, reply: ReplyCreate) {
        let mut state = self.0.state();
        match state.make(parent.0, name, false).and_then(|ino| state.attr(ino)) {
            Ok(attr) => reply.created(&NOT_REMEMBERED, &attr, Generation(0), FileHandle(0), FopenFlags::empty()),
            Err(why) => reply.error(why),
        }
    }

    fn read(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        match self.0.state().node(ino.0) {
            Ok(node) => {
                let from = at(offset).min(node.now.len());
                reply.data(&node.now[from..(from + size as usize).min(node.now.len())]);
            }
            Err(why) => reply.error(why),
        }
    }

    fn write(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        match self.0.state().change(ino.0, at(offset) + data.len(), |node| node.write(at(offset), data)) {
            Ok(()) => reply.written(data.len() as u32),
            Err(why) => reply.error(why),
        }
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        reply.ok();
    }

    fn fsync(&self, _: &Request, ino: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        done(self.0.state().sync(ino.0), reply);
    }

    fn fsyncdir(&self, _: &Request, ino: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        done(self.0.state().sync(ino.0), reply);
    }

    fn readdir(&self, _: &Request, ino: INodeNo, _: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        let state = self.0.state();
        let Ok(node) = state.node(ino.0) else { return reply.error(Errno::EIO) };
        for (n, (name, ino)) in node.names.iter().enumerate().skip(at(offset)) {
            let kind = if state.nodes[ino].folder { FileType::Directory } else { FileType::RegularFile };
            if reply.add(INodeNo(*ino), n as u64 + 1, kind, name) {
                break;
            }
        }
        reply.ok();
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        let state = self.0.state();
        let blocks = |bytes: usize| (bytes / PAGE) as u64;
        let free = blocks(state.bytes_max.saturating_sub(state.used()));
        reply.statfs(blocks(state.bytes_max), free, free, 0, 0, PAGE as u32, 255, PAGE as u32);
    }
}

fn done(outcome: Result<(), Errno>, reply: ReplyEmpty) {
    match outcome {
        Ok(()) => reply.ok(),
        Err(why) => reply.error(why),
    }
}
